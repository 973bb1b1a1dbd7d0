//! `sftp.upload`: delivers several files at once; each appears under its name only when it is whole and verified.

use super::transferred::{self, Skipped};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::local::{self, LocalFile};
use crate::publish;
use courier_domain::ErrorCode;
use courier_domain::step::{AfterTransfer, OnNoFiles, SftpUpload};
use courier_store::{Intent, LogLevel};
use courier_transfer::{Remote, UploadRequest, join_remote};
use futures::{FutureExt, StreamExt};
use serde_json::Value;
use std::path::PathBuf;

pub(crate) async fn run(context: &StepContext, params: SftpUpload) -> Result<Outcome, StepError> {
    transferred::check_move_to(params.after_upload, params.move_to.as_deref())?;
    let permissions = octal(params.permissions.as_deref())?;
    let files = {
        let (patterns, workspace) = (params.local_path.clone(), context.workspace.clone());
        context.blocking(move |_| local::select(&patterns, &workspace)).await?
    };
    let remote = context.sessions.remote(&context.services, params.connection_id).await?;
    let intents = context.intents().await?;
    let mut sent = Sent::default();
    for missing in &files.missing {
        sent.earlier(context, &*remote, &intents, &missing.to_string_lossy()).await?;
    }
    if files.files.is_empty() && sent.paths.is_empty() {
        return match params.on_no_files {
            OnNoFiles::Succeed => Ok(sent.outcome()),
            OnNoFiles::Fail => {
                Err(StepError::new(ErrorCode::NoFiles, "No local file matches what this step shall send."))
            }
        };
    }
    let targets = destinations(context, &*remote, &params, &files.files).await?;
    context.progress.expect(files.files.iter().map(|f| f.size).sum());

    let at_once = usize::try_from(params.concurrency.clamp(1, 32)).unwrap_or(1);
    let mut sends = Vec::with_capacity(targets.len());
    for (file, target) in files.files.iter().zip(targets) {
        sends.push(send(context, &*remote, &params, file, target, &intents, permissions).boxed());
    }
    let mut results = futures::stream::iter(sends).buffered(at_once);
    while let Some(result) = results.next().await {
        if let Some(one) = result? {
            sent.add(one);
        }
    }
    drop(results);
    Ok(sent.outcome())
}

#[derive(Default)]
struct Sent {
    paths: Vec<Value>,
    bytes: u64,
    consumed: Vec<PathBuf>,
}

struct One {
    path: String,
    size: u64,
    consumed: Option<PathBuf>,
}

impl Sent {
    fn add(&mut self, one: One) {
        self.paths.push(one.path.into());
        self.bytes += one.size;
        self.consumed.extend(one.consumed);
    }

    /// A source that is gone counts as sent if an earlier attempt recorded it and the server has it.
    async fn earlier(
        &mut self,
        context: &StepContext,
        remote: &dyn Remote,
        intents: &[Intent],
        missing: &str,
    ) -> Result<(), StepError> {
        if let Some(intent) = intents.iter().find(|i| i.source == missing) {
            let there = transferred::stoppable(context, remote.stat(&intent.destination)).await?;
            if there.is_some_and(|entry| entry.size == intent.size) {
                self.paths.push(intent.destination.clone().into());
                self.bytes += intent.size;
                return Ok(());
            }
        }
        Err(StepError::new(ErrorCode::FileNotFound, format!("There is no {missing}.")))
    }

    fn outcome(self) -> Outcome {
        let mut outcome = Outcome { bytes: Some(self.bytes), consumed: self.consumed, ..Outcome::default() };
        if let Some(first) = self.paths.first() {
            outcome.outputs.insert("file".into(), first.clone());
        }
        outcome.outputs.insert("file_count".into(), self.paths.len().into());
        outcome.outputs.insert("bytes".into(), self.bytes.into());
        outcome.outputs.insert("files".into(), self.paths.into());
        outcome
    }
}

async fn destinations(
    context: &StepContext,
    remote: &dyn Remote,
    params: &SftpUpload,
    files: &[LocalFile],
) -> Result<Vec<String>, StepError> {
    let named = params.remote_path.as_str();
    let there = transferred::stoppable(context, remote.stat(named)).await?;
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
    params: &SftpUpload,
    file: &LocalFile,
    target: String,
    intents: &[Intent],
    permissions: Option<u32>,
) -> Result<Option<One>, StepError> {
    let name = file.path.to_string_lossy().into_owned();
    let mine = intents.iter().any(|i| i.destination == target && i.source == name && i.sha256.is_some());
    let request = UploadRequest {
        source: file.path.clone(),
        destination: target,
        owner: context.owner(),
        atomic: params.atomic_upload,
        suffix: params.atomic_suffix.clone(),
        // Our own earlier delivery is replaced, whatever the rule says about other people's files.
        overwrite: if mine { courier_domain::step::Overwrite::Overwrite } else { params.overwrite },
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
            let consumed = after(context, params, file).await?;
            Ok(Some(One { path: receipt.remote_path, size: receipt.size, consumed }))
        }
        courier_transfer::Outcome::Skipped { path, reason } => {
            Skipped { path: &path, reason: &reason }.log(context);
            Ok(None)
        }
    }
}

/// What happens to the local file; only once the copy is proven.
async fn after(
    context: &StepContext,
    params: &SftpUpload,
    file: &LocalFile,
) -> Result<Option<PathBuf>, StepError> {
    if params.after_upload == AfterTransfer::Keep {
        return Ok(None);
    }
    context.check_lease().await?;
    let folder = context.workspace.join(params.move_to.as_deref().unwrap_or_default());
    let (path, target) = (file.path.clone(), folder.join(&file.relative));
    let delete = params.after_upload == AfterTransfer::Delete;
    context
        .blocking(move |_| {
            if delete {
                std::fs::remove_file(&path).map_err(|e| StepError::io("delete", &path, e))?;
            } else {
                publish::make_parents(&target)?;
                std::fs::rename(&path, &target).map_err(|e| StepError::io("move", &path, e))?;
            }
            Ok(Some(path))
        })
        .await
}

fn octal(text: Option<&str>) -> Result<Option<u32>, StepError> {
    let Some(text) = text else { return Ok(None) };
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(Some(mode)),
        _ => Err(StepError::new(
            ErrorCode::Validation,
            format!("permissions: `{text}` is not an octal mode such as 640."),
        )),
    }
}
