//! `courier run`: queues a run, and follows it to its end.

use crate::args::RunArgs;
use crate::exit;
use crate::output::{Out, bytes, took};
use crate::progress::Shown;
use crate::stops::{StopSignal, Stops};
use courier_app::{App, AppError, ExecutionView, RunUpdate, RunningEngine, Work};
use courier_domain::JobExecutionId;
use courier_domain::execution::{JobExecution, JobExecutionState};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A node that is alive takes a new run at once; one that lives for a run of its own never does.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn run(app: &App, args: RunArgs, out: &Out) -> Result<u8, AppError> {
    let job = app.jobs_find(&args.job).await?;
    if args.dry_run {
        return super::rehearsal::run(app, &job, &parameters(&args.param)?, out).await;
    }
    if !args.detach && !app.has_node().await? {
        // This process would be the node, and could only wait for somebody to unlock the vault elsewhere.
        app.vault_ready()?;
    }
    let id = app.jobs_run(job.id, parameters(&args.param)?).await?;
    if args.detach {
        if out.json {
            out.json(&json!({ "id": id }));
        } else {
            out.line(&id.to_string());
        }
        return Ok(exit::DONE);
    }
    let ended = follow(app, id, out).await?;
    let view = app.executions_get(id).await?;
    ended.report(app, &view, out).await?;
    Ok(ended.status())
}

/// How following a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    run: JobExecution,
    /// This process was asked to go while the run was not over; the run goes on without it.
    left: bool,
}

impl Ended {
    pub(super) fn status(&self) -> u8 {
        if self.left { exit::CANCELLED } else { exit::status_of_run(&self.run) }
    }

    pub(super) async fn report(&self, app: &App, view: &ExecutionView, out: &Out) -> Result<(), AppError> {
        if out.json {
            out.json(&super::execution::document(app, view).await?);
            return Ok(());
        }
        if !self.left {
            report(view, out);
            return Ok(());
        }
        let (job, id) = (&view.job_name, self.run.id);
        out.note(&match self.run.state {
            JobExecutionState::Running => format!("{job} goes on at another node; this command only stopped following it."),
            JobExecutionState::Created | JobExecutionState::Queued | JobExecutionState::Paused => format!(
                "Stopped, not cancelled: {job} waits and goes on by itself when Courier is started (window or \
                 `courier agent`). `courier execution cancel {id}` gives it up."
            ),
            JobExecutionState::Completed | JobExecutionState::Failed | JobExecutionState::Cancelled => {
                report(view, out);
                return Ok(());
            }
        });
        Ok(())
    }
}

/// `name=value` pairs; the job knows their types.
pub(super) fn parameters(given: &[String]) -> Result<BTreeMap<String, Value>, AppError> {
    let mut values = BTreeMap::new();
    for pair in given {
        let Some((name, value)) = pair.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            let message = format!("Write a parameter as NAME=VALUE, not `{pair}`.");
            return Err(AppError::problem("param", "invalid", message));
        };
        let name = name.trim();
        if values.insert(name.to_owned(), Value::String(value.to_owned())).is_some() {
            let message = format!("The parameter `{name}` is given twice.");
            return Err(AppError::problem("param", "duplicate", message));
        }
    }
    Ok(values)
}

/// Follows a run until nothing moves it any more. This process is the run's node if no other takes it. Ctrl-C cancels
/// the run, a second one leaves at once; a shutdown pauses the run at a point of return and leaves it to go on later.
pub(super) async fn follow(app: &App, id: JobExecutionId, out: &Out) -> Result<Ended, AppError> {
    let mut shown = Shown::new(out);
    let mut followed = app.executions_follow(id);
    let mut node: Option<RunningEngine> = None;
    if !app.has_node().await? {
        node = Some(app.start_engine(Work::Only(id)).await?);
    }
    let patience = tokio::time::sleep(PATIENCE);
    tokio::pin!(patience);
    let mut waited = false;
    let mut stops = Stops::listen()?;
    let (mut asked, mut left) = (false, false);
    let run = loop {
        tokio::select! {
            update = followed.next() => match update? {
                RunUpdate::Progress(progress) => {
                    if out.json {
                        out.json(&json!({ "progress": progress }));
                    }
                    shown.progress(&progress);
                }
                RunUpdate::Changed(execution) => {
                    let view = app.executions_get(id).await?;
                    if out.json {
                        out.json(&json!({ "state": execution.state, "step": running_step(&view) }));
                    }
                    shown.steps(&view);
                }
                RunUpdate::Ended(execution) => break execution,
            },
            () = &mut patience, if !waited => {
                waited = true;
                let queued = app.executions_get(id).await?.execution.state == JobExecutionState::Queued;
                if node.is_none() && queued && app.vault_ready().is_ok() {
                    node = Some(app.start_engine(Work::Only(id)).await?);
                }
            }
            signal = stops.next() => {
                if signal == StopSignal::Shutdown && !asked {
                    left = true;
                    shown.line("Stopping: the run pauses at a checkpoint and goes on later.");
                    if let Some(node) = node.take() {
                        tokio::select! {
                            () = node.shutdown() => {}
                            _ = stops.next() => std::process::exit(i32::from(exit::CANCELLED)),
                        }
                    }
                    break Box::new(app.executions_get(id).await?.execution);
                }
                if asked {
                    std::process::exit(i32::from(exit::CANCELLED));
                }
                asked = true;
                shown.line("Cancelling; press Ctrl-C again to leave at once.");
                app.executions_cancel(id).await?;
            }
        }
    };
    shown.steps(&app.executions_get(id).await?);
    shown.finish();
    if let Some(node) = node {
        node.shutdown().await;
    }
    Ok(Ended { left: left && !run.state.is_terminal(), run: *run })
}

fn running_step(view: &ExecutionView) -> Option<&str> {
    let running = |s: &&courier_app::StepView| s.attempts.last().is_some_and(|a| !a.state.is_terminal());
    view.steps.iter().find(running).map(|s| s.step.alias.as_str())
}

/// The result of a run: a sentence, and what went wrong.
fn report(view: &ExecutionView, out: &Out) {
    let run = &view.execution;
    let time = took(run.started_at, run.completed_at);
    match run.state {
        JobExecutionState::Completed if run.had_skips => {
            out.line(&format!(
                "{} completed in {time}, with steps skipped because of errors.",
                view.job_name
            ));
        }
        JobExecutionState::Completed => {
            let moved = match view.receipts.files {
                0 => String::new(),
                1 => format!(", 1 file transferred ({})", bytes(view.receipts.bytes)),
                n => format!(", {n} files transferred ({})", bytes(view.receipts.bytes)),
            };
            out.line(&format!("{} completed in {time}{moved}.", view.job_name));
        }
        JobExecutionState::Failed => {
            let step = view.steps.iter().find(|s| {
                s.attempts.last().is_some_and(|a| a.error_code.is_some() && a.error_code == run.error_code)
            });
            let at = step.map(|s| format!(" at `{}`", s.step.name)).unwrap_or_default();
            let message = run.error_message.as_deref().unwrap_or("no reason was recorded");
            let cause = run.error_code.map(|code| format!(" ({})", code.class())).unwrap_or_default();
            out.note(&format!("error: {} failed{at}{cause}: {message}", view.job_name));
            if let Some(hint) = run.error_code.and_then(|code| AppError::new(code, "").hint) {
                out.hint(&format!("hint: {hint}"));
            }
            out.hint(&format!("hint: `courier execution show {}` has the details.", run.id));
        }
        JobExecutionState::Cancelled => out.note(&format!("{} was cancelled.", view.job_name)),
        JobExecutionState::Paused => {
            out.note(&format!(
                "{} is paused; `courier execution resume {}` lets it go on.",
                view.job_name, run.id
            ));
        }
        JobExecutionState::Created | JobExecutionState::Queued | JobExecutionState::Running => {
            out.note(&format!("{} is {}.", view.job_name, run.state));
        }
    }
}
