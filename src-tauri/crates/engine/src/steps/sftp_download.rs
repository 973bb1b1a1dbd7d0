//! `sftp.download`: finds the files, fetches several at once, proves each, and only then touches the source.

use super::transferred::{self, Skipped};
use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::local;
use chrono::TimeDelta;
use courier_domain::ErrorCode;
use courier_domain::step::{AfterTransfer, OnNoFiles, SftpDownload};
use courier_store::{FetchedFile, Intent, LogLevel};
use courier_transfer::{DownloadRequest, Remote, Replace, Selected, TransferError, join_remote};
use futures::{FutureExt, StreamExt};
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &StepContext, params: SftpDownload) -> Result<Outcome, StepError> {
    transferred::check_move_to(params.after_download, params.move_to.as_deref())?;
    let remote = context.sessions.remote(&context.services, params.connection_id).await?;
    let found = select(context, &*remote, &params).await?;
    if found.files.is_empty() && found.refused.is_empty() && params.on_no_files == OnNoFiles::Fail {
        let shown: Vec<_> = params.remote_path.0.iter().map(|p| p.as_str()).collect();
        return Err(StepError::new(
            ErrorCode::NoFiles,
            format!("No file on the server matches {}.", shown.join(", ")),
        ));
    }

    let folder = context.workspace.join(params.local_path.as_deref().unwrap_or("."));
    let folder: PathBuf = folder.components().collect();
    let sources: Vec<PathBuf> = found.files.iter().map(|f| PathBuf::from(&f.entry.path)).collect();
    let targets: Vec<PathBuf> = found.files.iter().map(|f| folder.join(&f.relative_path)).collect();
    local::refuse_collisions(&sources, &targets)?;
    context.progress.expect(found.files.iter().map(|f| f.entry.size).sum());

    let intents = context.intents().await?;
    plan(context, &found.files, &targets, &intents).await?;
    let at_once = usize::try_from(params.concurrency.clamp(1, 32)).unwrap_or(1);
    let mut fetches = Vec::with_capacity(targets.len());
    for (file, target) in found.files.iter().zip(targets) {
        fetches.push(one(context, &*remote, &params, &intents, file, target).boxed());
    }
    let mut results = futures::stream::iter(fetches).buffered(at_once);
    let (mut made, mut bytes) = (Vec::new(), 0);
    while let Some(result) = results.next().await {
        if let Some((file, size)) = result? {
            bytes += size;
            made.push(file);
        }
    }
    drop(results);
    transferred::report_refused(context, &found.refused)?;
    Ok(Outcome::files(made, bytes))
}

/// Records where files are going to be built, so that unfinished ones are found again when the run is given up.
async fn plan(
    context: &StepContext,
    files: &[Selected],
    targets: &[PathBuf],
    known: &[Intent],
) -> Result<(), StepError> {
    let planned = files.iter().zip(targets).map(|(file, target)| Intent {
        source: file.entry.path.clone(),
        destination: target.to_string_lossy().into_owned(),
        size: file.entry.size,
        // Nothing is published yet.
        sha256: None,
    });
    let new = planned.filter(|p| !known.iter().any(|k| k.destination == p.destination)).collect();
    context.record_intents(new).await
}

/// One file, from the look for earlier work to what becomes of the source.
async fn one(
    context: &StepContext,
    remote: &dyn Remote,
    params: &SftpDownload,
    intents: &[Intent],
    file: &Selected,
    target: PathBuf,
) -> Result<Option<(Made, u64)>, StepError> {
    let own = intents.iter().find(|i| Path::new(&i.destination) == target);
    let done = match transferred::already_mine(context, own, target.clone()).await? {
        Some(made) => Some((made, file.entry.size)),
        None => fetch(context, remote, params, file, target).await?,
    };
    if done.is_some() {
        after(context, remote, params, file).await?;
    }
    Ok(done)
}

struct Found {
    files: Vec<Selected>,
    refused: Vec<courier_transfer::Refused>,
}

async fn select(
    context: &StepContext,
    remote: &dyn Remote,
    params: &SftpDownload,
) -> Result<Found, StepError> {
    use courier_transfer::Depth;
    let depth = if params.recursive { Depth::Tree } else { Depth::Folder };
    let (mut files, mut refused): (Vec<Selected>, Vec<_>) = (Vec::new(), Vec::new());
    for pattern in &params.remote_path.0 {
        let found = transferred::stoppable(
            context,
            courier_transfer::expand(remote, pattern, depth, &params.exclude_patterns),
        )
        .await?;
        if let (true, true, Some(path)) =
            (found.files.is_empty(), found.refused.is_empty(), pattern.literal())
        {
            let there = transferred::stoppable(context, remote.stat(&path)).await?;
            if there.is_none() && params.on_no_files == OnNoFiles::Fail {
                return Err(TransferError::NotFound { path }.into());
            }
        }
        for file in found.files {
            if !files.iter().any(|f| f.entry.path == file.entry.path) {
                files.push(file);
            }
        }
        refused.extend(found.refused);
    }
    if params.min_age_sec > 0 {
        let newest = context.services.clock.now() - TimeDelta::seconds(i64::from(params.min_age_sec));
        files.retain(|f| f.entry.modified_at.is_none_or(|at| at <= newest));
    }
    if params.only_new {
        let mut session = context.services.store.read().await?;
        let mut new = Vec::with_capacity(files.len());
        for file in files {
            let this = FetchedFile {
                connection: params.connection_id,
                remote_path: &file.entry.path,
                size: file.entry.size,
                modified_at: file.entry.modified_at,
            };
            let known = session.was_fetched(context.step.job_id, context.lease.execution_id, &this).await?;
            if !known {
                new.push(file);
            }
        }
        files = new;
    }
    if let Some(most) = params.max_files {
        files.sort_by_key(|f| f.entry.modified_at);
        files.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    }
    Ok(Found { files, refused })
}

async fn fetch(
    context: &StepContext,
    remote: &dyn Remote,
    params: &SftpDownload,
    file: &Selected,
    target: PathBuf,
) -> Result<Option<(Made, u64)>, StepError> {
    let request = DownloadRequest {
        source: file.entry.clone(),
        destination: target,
        owner: context.owner(),
        overwrite: params.overwrite,
        resume: params.resume,
        verify: params.verify,
        preserve_mtime: params.preserve_mtime,
        before_publish: transferred::before_publish(context, &file.entry.path),
    };
    let control = transferred::control(context);
    match courier_transfer::download(remote, request, &control).await? {
        courier_transfer::Outcome::Moved(receipt) => {
            context.receipt(params.connection_id, &receipt);
            let line = transferred::line("Fetched", &receipt);
            context.log(LogLevel::Info, Some(&file.entry.path), line);
            let made = Made { path: receipt.local_path.clone(), sha256: Some(receipt.sha256.clone()) };
            Ok(Some((made, receipt.size)))
        }
        courier_transfer::Outcome::Skipped { path, reason } => {
            Skipped { path: &path, reason: &reason }.log(context);
            Ok(None)
        }
    }
}

/// What happens to the source; only once the copy is proven.
async fn after(
    context: &StepContext,
    remote: &dyn Remote,
    params: &SftpDownload,
    file: &Selected,
) -> Result<(), StepError> {
    let path = file.entry.path.as_str();
    let done = match params.after_download {
        AfterTransfer::Keep => return Ok(()),
        AfterTransfer::Delete => {
            context.check_lease().await?;
            remote.delete(path).await
        }
        AfterTransfer::Move => {
            context.check_lease().await?;
            let to = join_remote(params.move_to.as_deref().unwrap_or_default(), &file.relative_path);
            remote.mkdir_all(courier_transfer::parent_of(&to)).await?;
            move_beside(remote, path, &to).await
        }
    };
    match done {
        Ok(()) => {
            let what = if params.after_download == AfterTransfer::Delete { "Deleted" } else { "Moved away" };
            context.log(LogLevel::Info, Some(path), format!("{what} on the server."));
            Ok(())
        }
        // An earlier attempt did it already.
        Err(TransferError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Moves a fetched source away; an earlier file of that name stays, and the new one is numbered.
async fn move_beside(remote: &dyn Remote, from: &str, to: &str) -> Result<(), TransferError> {
    let mut target = to.to_owned();
    for number in 2..10_000u32 {
        if remote.stat(&target).await?.is_none() {
            match remote.rename(from, &target, Replace::No).await {
                Err(TransferError::AlreadyExists { .. }) => {}
                done => return done,
            }
        }
        target = numbered(to, number);
    }
    Err(TransferError::AlreadyExists { path: to.to_owned() })
}

/// `/done/a.csv` becomes `/done/a (2).csv`.
fn numbered(path: &str, number: u32) -> String {
    let (folder, name) = match path.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), path),
    };
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{folder}{stem} ({number}).{extension}"),
        _ => format!("{folder}{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn a_number_goes_before_the_ending() {
        assert_eq!(numbered("/done/a.csv", 2), "/done/a (2).csv");
        assert_eq!(numbered("/done.x/plain", 3), "/done.x/plain (3)");
        assert_eq!(numbered(".hidden", 2), ".hidden (2)");
    }
}
