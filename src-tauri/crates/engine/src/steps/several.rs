//! Several files of one step at once. A file that fails does not stop the others: what is running goes on, and unless
//! the trouble is everybody's (the server is away, the disk is full), what has not begun begins. The step then fails
//! and lists what failed.
//!
//! Invariant: no result of a file that ended is lost, whatever becomes of its neighbours.

use super::transferred::refused_names;
use crate::context::StepContext;
use crate::error::StepError;
use crate::file_result::FileResult;
use courier_domain::{CauseClass, ErrorCode, Retry};
use courier_store::LogLevel;
use courier_transfer::{Refused, escaped};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

/// What the files came to.
pub(super) struct Several<R> {
    /// Of the files that ended well, in the order of the work.
    pub(super) done: Vec<R>,
    failures: Vec<Failure>,
    not_begun: usize,
}

struct Failure {
    file: String,
    error: StepError,
}

/// Works on at most `at_once` pieces at the same time. `name` tells a piece's file. An error that ends the whole run
/// (stopped, taken over, no store) comes back at once; every other is kept until the end.
pub(super) async fn several<'a, W, R>(
    context: &StepContext,
    at_once: u32,
    work: Vec<W>,
    name: impl Fn(&W) -> String,
    start: impl Fn(W) -> BoxFuture<'a, Result<R, StepError>>,
) -> Result<Several<R>, StepError> {
    let at_once = usize::try_from(at_once.max(1)).unwrap_or(1);
    let mut waiting = work.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    let mut begins = true;
    loop {
        while begins && running.len() < at_once {
            let Some((index, piece)) = waiting.next() else { break };
            let (file, ending) = (name(&piece), start(piece));
            running.push(async move { (index, file, ending.await) });
        }
        match running.next().await {
            None => break,
            Some((index, _, Ok(result))) => done.push((index, result)),
            Some((_, _, Err(error))) if ends_the_run(&error) => {
                if error.code == ErrorCode::Cancelled {
                    // Each was told to stop, and tidies up behind itself.
                    while running.next().await.is_some() {}
                }
                return Err(error);
            }
            Some((index, file, Err(error))) => {
                begins &= is_the_files_own(&error);
                context.log(LogLevel::Error, Some(&file), format!("{} failed: {error}", escaped(&file)));
                context.result(FileResult::failed(&escaped(&file), &error.message));
                failures.push((index, Failure { file, error }));
            }
        }
    }
    done.sort_by_key(|(index, _)| *index);
    failures.sort_by_key(|(index, _)| *index);
    Ok(Several {
        done: done.into_iter().map(|(_, result)| result).collect(),
        failures: failures.into_iter().map(|(_, failure)| failure).collect(),
        not_begun: waiting.count(),
    })
}

fn ends_the_run(error: &StepError) -> bool {
    error.code.class() == CauseClass::Stopped || error.code == ErrorCode::StoreUnavailable
}

/// Whether only this file is concerned, so that the others may do better.
fn is_the_files_own(error: &StepError) -> bool {
    match error.code.class() {
        CauseClass::Permission | CauseClass::Data | CauseClass::Configuration => true,
        CauseClass::Disk => error.code != ErrorCode::DiskFull,
        CauseClass::Vault
        | CauseClass::Store
        | CauseClass::Network
        | CauseClass::Trust
        | CauseClass::Authentication
        | CauseClass::Key
        | CauseClass::Timeout
        | CauseClass::Stopped
        | CauseClass::Internal => false,
    }
}

/// How many failures the step's message tells; the run's log has every one.
const TOLD: usize = 5;

impl<R> Several<R> {
    /// The results, or the one error that stands for everything that failed or was refused. If some of it may pass by
    /// itself, so may the error.
    pub(super) fn verdict(
        self,
        context: &StepContext,
        refused: &[Refused],
        verb: &str,
    ) -> Result<Vec<R>, StepError> {
        let refusal = refused_names(context, refused);
        let Self { done, mut failures, not_begun } = self;
        if failures.is_empty() {
            return match refusal {
                Some(error) => Err(error),
                None => Ok(done),
            };
        }
        if failures.len() == 1 && done.is_empty() && not_begun == 0 && refusal.is_none() {
            return Err(failures.remove(0).error);
        }
        let all = done.len() + failures.len() + not_begun;
        let mut told: Vec<String> = failures
            .iter()
            .take(TOLD)
            .map(|f| format!("{}: {}", escaped(&f.file), f.error.message))
            .collect();
        if failures.len() > TOLD {
            told.push(format!("And {} more; the run's log names each.", failures.len() - TOLD));
        }
        let mut message = format!("{} of {all} files failed. {}", failures.len(), told.join(" "));
        message.push_str(&format!(
            " {} {} {verb}.",
            done.len(),
            if done.len() == 1 { "was" } else { "were" }
        ));
        if not_begun > 0 {
            message.push_str(&format!(" {not_begun} were not begun."));
        }
        if let Some(refusal) = refusal {
            message.push_str(&format!(" {refusal}"));
        }
        let worst = failures.iter().position(|f| f.error.code.retry() == Retry::Later).unwrap_or(0);
        let error = failures.remove(worst).error;
        Err(StepError { code: error.code, message, cause: Some(Box::new(error)) })
    }
}
