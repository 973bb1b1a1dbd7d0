//! `*.download`: finds the files, fetches several at once, proves each, and only then touches the source.
//!
//! What becomes of the source is recorded before it happens, so that a step that starts again counts a file whose
//! source it took away as fetched.

use super::several::several;
use super::transferred::{self, gone};
use super::wanted::Seeker;
use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::file_result::FileResult;
use crate::local;
use courier_domain::ErrorCode;
use courier_domain::step::{AfterTransfer, Download, OnNoFiles};
use courier_store::{Intent, LogLevel};
use courier_transfer::{DownloadRequest, Remote, Replace, Selected, TransferError, escaped, join_remote};
use futures::FutureExt;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &StepContext, params: Download) -> Result<Outcome, StepError> {
    transferred::check_move_to(params.after_download, params.move_to.as_deref())?;
    let session = context.session(params.connection_id).await?;
    let remote: &dyn Remote = &*session;
    let intents = context.intents().await?;
    let mut found = select(context, remote, &params, &intents).await?;
    let nothing = found.files.is_empty() && found.refused.is_empty() && found.earlier.is_empty();
    if nothing && params.on_no_files == OnNoFiles::Fail {
        let shown: Vec<_> = params.remote_path.0.iter().map(|p| escaped(p.as_str())).collect();
        return Err(StepError::new(
            ErrorCode::NoFiles,
            format!("No file on the server matches {}.", shown.join(", ")),
        ));
    }

    let folder = context.workspace.join(params.local_path.as_deref().unwrap_or("."));
    let folder: PathBuf = folder.components().collect();
    refuse_twins(context, &mut found, &folder).await?;
    let sources: Vec<PathBuf> = found.files.iter().map(|f| PathBuf::from(&f.entry.path)).collect();
    let targets: Vec<PathBuf> = found.files.iter().map(|f| folder.join(&f.relative_path)).collect();
    local::refuse_same(&sources, &targets)?;
    context.progress.expect(found.files.iter().map(|f| f.entry.size).sum());

    plan(context, &found.files, &targets, &intents).await?;
    let work: Vec<(&Selected, PathBuf)> = found.files.iter().zip(targets).collect();
    let fetched = several(
        context,
        params.concurrency.clamp(1, 32),
        work,
        |(file, _)| file.entry.path.clone(),
        |(file, target)| one(context, remote, &params, &intents, file, target).boxed(),
    )
    .await?;
    let (mut made, mut bytes) = (Vec::new(), 0);
    let fetched = fetched.verdict(context, &found.refused, "fetched")?;
    for (file, size) in found.earlier.into_iter().chain(fetched.into_iter().flatten()) {
        bytes += size;
        made.push(file);
    }
    Ok(Outcome::files(made, bytes))
}

/// Takes out the files that the disk would put under one name, and tells of names that only look the same.
async fn refuse_twins(context: &StepContext, found: &mut Found, folder: &Path) -> Result<(), StepError> {
    let (files, folder, owner) = (found.files.clone(), folder.to_owned(), context.owner());
    let twins = context.blocking(move |_| Ok(courier_transfer::twins(&folder, &files, owner)?)).await?;
    for (one, other) in &twins.alike {
        let message = format!("{one} and {other} look alike: their letters are only composed differently.");
        context.log(LogLevel::Warn, None, message);
    }
    for (place, refused) in twins.refused.into_iter().rev() {
        found.files.remove(place);
        found.refused.push(refused);
    }
    Ok(())
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
    params: &Download,
    intents: &[Intent],
    file: &Selected,
    target: PathBuf,
) -> Result<Option<(Made, u64)>, StepError> {
    let own = intents.iter().find(|i| Path::new(&i.destination) == target && i.source == file.entry.path);
    let (done, result) = match transferred::already_mine(context, own, target.clone()).await? {
        Some((made, size)) => ((made, size), FileResult::done_before(&escaped(&file.entry.path), size)),
        None => match fetch(context, remote, params, file, target).await? {
            Some(fetched) => fetched,
            None => return Ok(None),
        },
    };
    after(context, remote, params, file, &done).await?;
    context.result(result);
    Ok(Some(done))
}

struct Found {
    files: Vec<Selected>,
    refused: Vec<courier_transfer::Refused>,
    /// Files of an earlier attempt of this step whose source is not there any more.
    earlier: Vec<(Made, u64)>,
}

async fn select(
    context: &StepContext,
    remote: &dyn Remote,
    params: &Download,
    intents: &[Intent],
) -> Result<Found, StepError> {
    let seeker = Seeker {
        services: &context.services,
        cancel: &context.cancel,
        job: context.step.job_id,
        execution: context.lease.execution_id,
    };
    let is_taken = |path: &str| intents.iter().any(|i| i.destination == gone(path));
    let meant = seeker.meant(remote, params, is_taken).await?;
    let earlier = earlier(context, &meant.files, intents).await?;
    let files = seeker.narrow(remote, params, meant.files, earlier.len()).await?;
    Ok(Found { files, refused: meant.refused, earlier })
}

/// What an earlier attempt of this step fetched and took away from the server.
async fn earlier(
    context: &StepContext,
    files: &[Selected],
    intents: &[Intent],
) -> Result<Vec<(Made, u64)>, StepError> {
    let there: HashSet<&str> = files.iter().map(|f| f.entry.path.as_str()).collect();
    let taken: HashSet<PathBuf> = transferred::taken_away(intents).collect();
    let mut found = Vec::new();
    for intent in intents {
        let path = PathBuf::from(&intent.destination);
        if there.contains(intent.source.as_str()) || !taken.contains(&path) {
            continue;
        }
        if let Some((made, size)) = transferred::already_mine(context, Some(intent), path).await? {
            context.result(FileResult::done_before(&escaped(&intent.source), size));
            found.push((made, size));
        }
    }
    Ok(found)
}

/// A file that was moved, with its size.
type Fetched = (Made, u64);

async fn fetch(
    context: &StepContext,
    remote: &dyn Remote,
    params: &Download,
    file: &Selected,
    target: PathBuf,
) -> Result<Option<(Fetched, FileResult)>, StepError> {
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
            let result = FileResult::moved(&escaped(&file.entry.path), &receipt);
            let made = Made { sha256: Some(receipt.sha256), ..Made::at(receipt.local_path) };
            Ok(Some(((made, receipt.size), result)))
        }
        courier_transfer::Outcome::Skipped { reason, .. } => {
            transferred::skipped(context, &file.entry.path, &reason);
            Ok(None)
        }
    }
}

/// What happens to the source; only once the copy is proven.
async fn after(
    context: &StepContext,
    remote: &dyn Remote,
    params: &Download,
    file: &Selected,
    (made, size): &Fetched,
) -> Result<(), StepError> {
    if params.after_download == AfterTransfer::Keep {
        return Ok(());
    }
    let path = file.entry.path.as_str();
    // Recording it checks the lease, too.
    let taken =
        Intent { source: path.to_owned(), destination: gone(path), size: *size, sha256: made.sha256.clone() };
    context.record_intents(vec![taken]).await?;
    let (done, what) = match params.after_download {
        AfterTransfer::Keep => return Ok(()),
        AfterTransfer::Delete => (remote.delete(path).await, "Deleted"),
        AfterTransfer::Move => {
            let to = join_remote(params.move_to.as_deref().unwrap_or_default(), &file.relative_path);
            remote.mkdir_all(courier_transfer::parent_of(&to)).await?;
            (move_beside(remote, path, &to).await, "Moved away")
        }
    };
    match done {
        Ok(()) => {
            context.log(LogLevel::Info, Some(path), format!("{what} on the server."));
            Ok(())
        }
        // It is gone, which is what was wanted: an earlier request did it before the connection was cut.
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
