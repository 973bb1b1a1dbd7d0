//! What fetching and delivering share: steering a transfer, recording intents, telling what was refused.

use crate::amount::amount;
use crate::context::{Made, StepContext};
use crate::copy;
use crate::error::StepError;
use crate::file_result::FileResult;
use courier_domain::ErrorCode;
use courier_domain::step::AfterTransfer;
use courier_store::{Intent, LogLevel};
use courier_transfer::{BeforePublish, Control, FileReceipt, Refused, TransferError, escaped};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Progress goes to the step, stopping comes from it.
pub(super) fn control(context: &StepContext) -> Control {
    let progress = context.progress.clone();
    Control {
        cancel: context.cancel.clone(),
        progress: Arc::new(move |tick| progress.file(&tick.file, tick.bytes)),
        clock: context.services.clock.clone(),
    }
}

/// Ends a wait for the server when the step is stopped.
pub(crate) async fn stoppable<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, TransferError>>,
) -> Result<T, StepError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(StepError::cancelled()),
        done = work => Ok(done?),
    }
}

/// Records the intent and checks the lease, in one unit of work, right before a file gets its final name.
pub(super) fn before_publish(context: &StepContext, source: &str) -> BeforePublish {
    let (services, lease, order) = (context.services.clone(), context.lease, context.step.step_order);
    let (path, source) = (context.iteration_path.clone(), source.to_owned());
    Arc::new(move |publication| {
        let (services, lease, path, source) = (services.clone(), lease, path.clone(), source.clone());
        Box::pin(async move {
            let intent = Intent {
                source,
                destination: publication.destination.to_string_lossy().into_owned(),
                size: publication.size,
                sha256: Some(publication.sha256),
            };
            let recorded = async {
                let mut unit = services.store.begin("system").await?;
                unit.record_intents(&lease, order, &path, &[intent]).await?;
                unit.commit().await
            };
            recorded.await.map_err(|error: courier_store::StoreError| match error.code() {
                ErrorCode::LeaseLost => TransferError::LeaseLost,
                code => TransferError::NotPublished {
                    message: error.to_string(),
                    code,
                    cause: Some(Box::new(error)),
                },
            })
        })
    })
}

/// A destination that an earlier attempt of this step published: there, with the recorded size (bytes) and hash.
pub(super) async fn already_mine(
    context: &StepContext,
    intent: Option<&Intent>,
    path: PathBuf,
) -> Result<Option<(Made, u64)>, StepError> {
    let Some(intent) = intent.cloned() else { return Ok(None) };
    context
        .blocking(move |work| {
            let mine = is_published(&intent, &work.cancel)?;
            Ok(mine.then_some((Made { sha256: intent.sha256, ..Made::at(path) }, intent.size)))
        })
        .await
}

/// Whether the destination holds what was recorded before it got its name. Blocking.
pub(super) fn is_published(intent: &Intent, cancel: &CancellationToken) -> Result<bool, StepError> {
    let Some(sha256) = &intent.sha256 else { return Ok(false) };
    let path = Path::new(&intent.destination);
    if !std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == intent.size) {
        return Ok(false);
    }
    Ok(copy::digest(path, cancel)?.sha256 == *sha256)
}

/// The error for names that were refused, each told in the log and the results; `None` when there are none.
pub(super) fn refused_names(context: &StepContext, refused: &[Refused]) -> Option<StepError> {
    if refused.is_empty() {
        return None;
    }
    for one in refused {
        let message = format!("Refused {} in {}: {}", one.name, escaped(&one.folder), one.reason);
        context.log(LogLevel::Error, None, message);
        context.result(FileResult::refused(one));
    }
    let names: Vec<String> = refused.iter().take(5).map(|r| format!("{} ({})", r.name, r.reason)).collect();
    let more = if refused.len() > 5 { format!(" and {} more", refused.len() - 5) } else { String::new() };
    Some(StepError::new(
        ErrorCode::UnsafeName,
        format!(
            "{} names on the server are not safe to use here and were left alone: {}{more}. Have them renamed.",
            refused.len(),
            names.join(", ")
        ),
    ))
}

/// The destination of an intent that says: once proven, this source is taken away.
pub(super) fn gone(path: &str) -> String {
    format!("gone:{path}")
}

/// The sources that a step has taken away, as its intents tell.
pub(super) fn sources_taken(intents: &[Intent]) -> impl Iterator<Item = String> {
    intents.iter().filter(|i| i.destination == gone(&i.source)).map(|i| i.source.clone())
}

/// Where the files are whose sources a step has taken away, as its intents tell.
pub(crate) fn taken_away(intents: &[Intent]) -> impl Iterator<Item = PathBuf> {
    let marks: HashSet<&str> = intents.iter().map(|i| i.destination.as_str()).collect();
    intents
        .iter()
        .filter(move |i| i.destination != gone(&i.source) && marks.contains(gone(&i.source).as_str()))
        .map(|i| PathBuf::from(&i.destination))
}

/// One line of the log about a finished file.
pub(super) fn line(what: &str, receipt: &FileReceipt) -> String {
    let seconds = (receipt.completed_at - receipt.started_at).num_milliseconds().max(1) as f64 / 1000.0;
    let moved = receipt.size.saturating_sub(receipt.resumed_bytes);
    let rate = amount((moved as f64 / seconds) as u64);
    let resumed = match receipt.resumed_bytes {
        0 => String::new(),
        bytes => format!(", went on from {}", amount(bytes)),
    };
    let atomic = if receipt.atomic { "" } else { ", not atomic on this server" };
    let name = escaped(name_of(&receipt.remote_path));
    let (size, proof) = (amount(receipt.size), receipt.verified_by);
    format!("{what} {name}: {size} in {seconds:.1} s ({rate}/s), {proof} verified{resumed}{atomic}.")
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Tells of a file that a rule of the step left alone.
pub(super) fn skipped(context: &StepContext, file: &str, reason: &str) {
    context.log(LogLevel::Info, Some(file), format!("Left as it is: {}", escaped(reason)));
    context.result(FileResult::skipped(&escaped(file), reason));
}

/// "Move" needs to know where to.
pub(crate) fn check_move_to(after: AfterTransfer, move_to: Option<&str>) -> Result<(), StepError> {
    if after == AfterTransfer::Move && move_to.is_none_or(str::is_empty) {
        return Err(StepError::new(
            ErrorCode::Validation,
            "move_to: Name the folder for files that were transferred.",
        ));
    }
    Ok(())
}
