//! `*.upload`: delivers several files at once; each appears under its name only when it is whole and verified.
//!
//! What becomes of the local file is recorded before it happens, so that a step that starts again counts a file whose
//! source it took away as sent.

use super::several::several;
use super::transferred::{self, gone};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::file_result::FileResult;
use crate::local::{self, LocalFile};
use crate::publish;
use crate::stop::StopReason;
use courier_domain::ErrorCode;
use courier_domain::step::{AfterTransfer, OnNoFiles, Overwrite, Upload};
use courier_store::{Intent, LogLevel};
use courier_transfer::{Remote, Resume, UploadRequest, escaped, join_remote};
use futures::FutureExt;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub(crate) async fn run(context: &StepContext, params: Upload) -> Result<Outcome, StepError> {
    transferred::check_move_to(params.after_upload, params.move_to.as_deref())?;
    let permissions = octal(params.permissions.as_deref())?;
    let found = {
        let (patterns, workspace) = (params.local_path.clone(), context.workspace.clone());
        context.blocking(move |_| local::select(&patterns, &workspace)).await?
    };
    let intents = context.intents().await?;
    let earlier = earlier(context, &found.files, &intents);
    if let Some(path) = found.missing.iter().find(|path| !is_taken(&intents, path)) {
        return Err(StepError::new(ErrorCode::FileNotFound, format!("There is no {}.", path.display())));
    }
    if found.files.is_empty() && earlier.is_empty() {
        return match params.on_no_files {
            OnNoFiles::Succeed => Ok(outcome(Vec::new())),
            OnNoFiles::Fail => {
                Err(StepError::new(ErrorCode::NoFiles, "No local file matches what this step shall send."))
            }
        };
    }
    let session = context.session(params.connection_id).await?;
    let remote: &dyn Remote = &*session;
    let targets = destinations(&context.cancel, remote, &params, &found.files).await?;
    context.progress.expect(found.files.iter().map(|f| f.size).sum());

    let work: Vec<(&LocalFile, String)> = found.files.iter().zip(targets).collect();
    let sent = several(
        context,
        params.concurrency.clamp(1, 32),
        work,
        |(file, _)| file.path.to_string_lossy().into_owned(),
        |(file, target)| send(context, remote, &params, file, target, &intents, permissions).boxed(),
    )
    .await?;
    let sent = sent.verdict(context, &[], "sent")?;
    Ok(outcome(earlier.into_iter().chain(sent.into_iter().flatten()).collect()))
}

/// A file on the server that this step sent.
struct Sent {
    path: String,
    size: u64,
}

fn outcome(sent: Vec<Sent>) -> Outcome {
    let bytes = sent.iter().map(|one| one.size).sum();
    let paths: Vec<Value> = sent.into_iter().map(|one| one.path.into()).collect();
    let mut outcome = Outcome { bytes: Some(bytes), ..Outcome::default() };
    if let Some(first) = paths.first() {
        outcome.outputs.insert("file".into(), first.clone());
    }
    outcome.outputs.insert("file_count".into(), paths.len().into());
    outcome.outputs.insert("bytes".into(), bytes.into());
    outcome.outputs.insert("files".into(), paths.into());
    outcome
}

/// Whether an earlier attempt of this step sent the file, proved it, and recorded that it takes it away.
fn is_taken(intents: &[Intent], path: &Path) -> bool {
    let mark = gone(&path.to_string_lossy());
    intents.iter().any(|intent| intent.destination == mark)
}

/// What an earlier attempt of this step sent and took away here. The partner may have collected it since.
fn earlier(context: &StepContext, files: &[LocalFile], intents: &[Intent]) -> Vec<Sent> {
    let published = intents.iter().filter(|i| i.sha256.is_some() && i.destination != gone(&i.source));
    let mut sent = Vec::new();
    for intent in published {
        let source = Path::new(&intent.source);
        if is_taken(intents, source) && !files.iter().any(|f| f.path == source) {
            context.result(FileResult::done_before(&escaped(&intent.source), intent.size));
            sent.push(Sent { path: intent.destination.clone(), size: intent.size });
        }
    }
    sent
}

/// Where on the server each of the files goes.
pub(crate) async fn destinations(
    cancel: &CancellationToken,
    remote: &dyn Remote,
    params: &Upload,
    files: &[LocalFile],
) -> Result<Vec<String>, StepError> {
    let named = params.remote_path.as_str();
    let there = transferred::stoppable(cancel, remote.stat(named)).await?;
    let folder = named.ends_with('/') || there.is_some_and(|entry| entry.is_directory);
    if !folder && files.len() > 1 {
        return Err(StepError::new(
            ErrorCode::Validation,
            format!(
                "remote_path: {} files cannot all go to {named}. End it with / to name a folder.",
                files.len()
            ),
        ));
    }
    let target = |file: &LocalFile| match folder {
        true => Ok(join_remote(named, &local::portable(&file.relative)?)),
        false => Ok(named.to_owned()),
    };
    let targets = files.iter().map(target).collect::<Result<Vec<String>, StepError>>()?;
    let sources: Vec<PathBuf> = files.iter().map(|f| f.path.clone()).collect();
    let results: Vec<PathBuf> = targets.iter().map(PathBuf::from).collect();
    local::refuse_collisions(&sources, &results)?;
    Ok(targets)
}

async fn send(
    context: &StepContext,
    remote: &dyn Remote,
    params: &Upload,
    file: &LocalFile,
    target: String,
    intents: &[Intent],
    permissions: Option<u32>,
) -> Result<Option<Sent>, StepError> {
    let name = file.path.to_string_lossy().into_owned();
    let own = intents.iter().find(|i| i.destination == target && i.source == name);
    if let Some(sha256) = sent_before(context, remote, params, file, own).await? {
        let result = FileResult::done_before(&escaped(&name), file.size);
        after(context, params, file, &sha256).await?;
        context.result(result);
        return Ok(Some(Sent { path: target, size: file.size }));
    }
    let request = UploadRequest {
        source: file.path.clone(),
        destination: target,
        owner: context.owner(),
        atomic: params.atomic_upload,
        suffix: params.atomic_suffix.clone(),
        overwrite: params.overwrite,
        resume: if params.resume { across(context) } else { Resume::No },
        create_directories: params.create_directories,
        verify: params.verify,
        preserve_mtime: params.preserve_mtime,
        permissions,
        before_publish: transferred::before_publish(context, &name),
    };
    match courier_transfer::upload(remote, request, &transferred::control(context)).await? {
        courier_transfer::Outcome::Moved(receipt) => {
            context.receipt(params.connection_id, &receipt);
            context.log(LogLevel::Info, Some(&name), transferred::line("Sent", &receipt));
            after(context, params, file, &receipt.sha256).await?;
            context.result(FileResult::moved(&escaped(&name), &receipt));
            Ok(Some(Sent { path: receipt.remote_path, size: receipt.size }))
        }
        courier_transfer::Outcome::Skipped { reason, .. } => {
            transferred::skipped(context, &name, &reason);
            Ok(None)
        }
    }
}

/// The run's folder keeps what the server acknowledged, for the next attempt or whoever takes the run over here.
fn across(context: &StepContext) -> Resume {
    let stop = context.stop.clone();
    Resume::Across {
        journals: context.workspace.folder.clone(),
        given_up: Arc::new(move || stop.reason() == Some(StopReason::Cancel)),
    }
}

/// The hash of the file, if an earlier attempt delivered it: recorded, unchanged here, and at its name with that hash.
/// A file of the same size is not enough, somebody else may have put it there.
async fn sent_before(
    context: &StepContext,
    remote: &dyn Remote,
    params: &Upload,
    file: &LocalFile,
    own: Option<&Intent>,
) -> Result<Option<String>, StepError> {
    let Some(Intent { size, sha256: Some(sha256), destination, .. }) = own else { return Ok(None) };
    let there = transferred::stoppable(&context.cancel, remote.stat(destination)).await?;
    if *size != file.size || there.is_none_or(|entry| entry.is_directory || entry.size != *size) {
        return Ok(None);
    }
    let path = file.path.clone();
    let here = context.blocking(move |work| crate::copy::digest(&path, &work.cancel)).await?;
    // Reading it back costs what sending it again costs; only where that is not allowed is it worth it.
    if here.sha256 != *sha256 || params.overwrite == Overwrite::Overwrite {
        return Ok(None);
    }
    let there =
        transferred::stoppable(&context.cancel, courier_transfer::remote_sha256(remote, destination)).await?;
    Ok((there == *sha256).then(|| sha256.clone()))
}

/// What happens to the local file; only once the copy is proven.
async fn after(
    context: &StepContext,
    params: &Upload,
    file: &LocalFile,
    sha256: &str,
) -> Result<(), StepError> {
    if params.after_upload == AfterTransfer::Keep {
        return Ok(());
    }
    let name = file.path.to_string_lossy().into_owned();
    // Recording it checks the lease, too.
    let taken =
        Intent { destination: gone(&name), source: name, size: file.size, sha256: Some(sha256.to_owned()) };
    context.record_intents(vec![taken]).await?;
    let folder = context.workspace.join(params.move_to.as_deref().unwrap_or_default());
    let (path, target) = (file.path.clone(), folder.join(&file.relative));
    let delete = params.after_upload == AfterTransfer::Delete;
    context
        .blocking(move |work| {
            if delete {
                std::fs::remove_file(&path).map_err(|e| StepError::io("delete", &path, e))
            } else {
                publish::move_aside(&path, &target, &work.cancel)
            }
        })
        .await?;
    context.consume(file.path.clone());
    Ok(())
}

pub(crate) fn octal(text: Option<&str>) -> Result<Option<u32>, StepError> {
    let Some(text) = text else { return Ok(None) };
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(Some(mode)),
        _ => Err(StepError::new(
            ErrorCode::Validation,
            format!("permissions: `{text}` is not an octal mode such as 640."),
        )),
    }
}
