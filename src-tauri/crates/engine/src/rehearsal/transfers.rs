//! `*.download` and `*.upload`, rehearsed: real listings, no content.

use super::foreseen::{Foreseen, Look, text};
use super::imagined_disk::Size;
use super::imagined_remote::ImaginedRemote;
use super::local_files::{check_readable, check_takes_away, size_of};
use super::placing::{MissingFolders, Wanted, place};
use super::remote_files::{check_takes_away_there, refused_names, sure_of};
use super::stage::{Local, Stage};
use super::words::{self, files, sized};
use crate::error::StepError;
use crate::local::{self, LocalFile};
use crate::steps::transferred::{check_move_to, stoppable};
use crate::steps::upload;
use crate::steps::wanted::Seeker;
use courier_domain::ErrorCode;
use courier_domain::step::{AfterTransfer, Download, OnNoFiles, StepType, Upload};
use courier_transfer::{
    Decision, Entry, Remote, Replace, Selected, Selection, TransferError, escaped, join_remote, parent_of,
};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::SystemTime;

/// Questions to a server at once.
const AT_ONCE: usize = 8;
/// Files that are asked about one by one; of more, the first stand for all.
const ASKED: usize = 200;

pub(super) async fn download(stage: &mut Stage, params: Download, step: StepType) -> Look<Foreseen> {
    check_move_to(params.after_download, params.move_to.as_deref())?;
    let remote = stage.remote(params.connection_id, step).await?;
    let found = wanted(stage, &remote, &params).await?;
    let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
    foreseen.problems.extend(refused_names(&found.refused));
    if found.files.is_empty() && foreseen.problems.is_empty() {
        sure_of(&remote)?;
        if params.on_no_files == OnNoFiles::Fail {
            let shown: Vec<_> = params.remote_path.0.iter().map(|p| escaped(p.as_str())).collect();
            return Err(StepError::new(
                ErrorCode::NoFiles,
                format!("No file on the server matches {}.", shown.join(", ")),
            )
            .into());
        }
        foreseen.summary = "Nothing on the server matches; the step would go on without a file.".to_owned();
        foreseen.hand_on(&[]);
        return Ok(foreseen);
    }
    foreseen.trouble(unreadable(stage, &remote, &found.files).await?);
    let sources: Vec<(Selected, Size)> =
        found.files.into_iter().map(|file| (file.clone(), remote.size(&file.entry))).collect();
    let (folder, overwrite) = (params.local_path.clone(), params.overwrite);
    let (mut foreseen, sources) = stage
        .on_disk(move |local| {
            fetch(local, &mut foreseen, folder.as_deref(), overwrite, &sources)?;
            Ok((foreseen, sources))
        })
        .await?;
    after_download(stage, &remote, &params, &mut foreseen, &sources).await?;
    Ok(foreseen)
}

/// The files that a run would fetch now.
async fn wanted(stage: &Stage, remote: &ImaginedRemote, params: &Download) -> Look<Selection> {
    let seeker = Seeker {
        services: &stage.services,
        cancel: &stage.cancel,
        job: stage.job,
        execution: stage.execution,
    };
    let meant = match seeker.meant(remote, params, |_| false).await {
        Err(error) if error.code == ErrorCode::FileNotFound => {
            sure_of(remote)?;
            return Err(error.into());
        }
        meant => meant?,
    };
    let files = seeker.narrow(remote, params, meant.files, 0).await?;
    Ok(Selection { files, refused: meant.refused })
}

/// Files whose content the server would not hand out.
async fn unreadable(stage: &Stage, remote: &ImaginedRemote, files: &[Selected]) -> Look<Vec<StepError>> {
    let mut asked: Vec<BoxFuture<'_, Result<Option<StepError>, StepError>>> = Vec::new();
    for file in files.iter().take(ASKED) {
        let path = file.entry.path.clone();
        let asking = async move {
            let access = stoppable(&stage.cancel, remote.access(&path)).await?;
            let denied = access.read == Some(false);
            Ok(denied.then(|| TransferError::PermissionDenied { path, cause: None }.into()))
        };
        asked.push(asking.boxed());
    }
    let asked = futures::stream::iter(asked).buffered(AT_ONCE);
    let denied: Vec<Option<StepError>> = asked.try_collect().await?;
    Ok(denied.into_iter().flatten().collect())
}

fn modified(entry: &Entry) -> Option<SystemTime> {
    entry.modified_at.map(SystemTime::from)
}

/// The local side of a download.
fn fetch(
    local: &mut Local,
    foreseen: &mut Foreseen,
    folder: Option<&str>,
    overwrite: courier_domain::step::Overwrite,
    sources: &[(Selected, Size)],
) -> Look<()> {
    let into = local.join(folder.unwrap_or("."));
    let names: Vec<PathBuf> = sources.iter().map(|(file, _)| PathBuf::from(&file.entry.path)).collect();
    let targets: Vec<PathBuf> = sources.iter().map(|(file, _)| into.join(&file.relative_path)).collect();
    for target in &targets {
        local.workspace.roots.admit(target)?;
    }
    local::refuse_same(&names, &targets)?;
    if local::refuse_collisions(&names, &targets).is_err() {
        foreseen.notes.push(
            "Some names differ only by case; whether the disk keeps them apart only the run tells."
                .to_owned(),
        );
    }
    let wanted: Vec<Wanted> = sources
        .iter()
        .zip(targets)
        .map(|((file, size), target)| Wanted { target, size: *size, modified: modified(&file.entry) })
        .collect();
    let places = place(local, foreseen, &wanted, overwrite, MissingFolders::Made);
    let fetched: Vec<(&Selected, PathBuf, Size)> =
        sources.iter().zip(places).filter_map(|((file, size), place)| Some((file, place?, *size))).collect();
    let written: Vec<(PathBuf, Size)> =
        fetched.iter().map(|(_, target, size)| (target.clone(), *size)).collect();
    foreseen.trouble(local.room.take(&written));
    let total = words::sum(written.iter().map(|(_, size)| *size));
    let to = folder.map_or("the run's own folder".to_owned(), str::to_owned);
    foreseen.summary = format!("Would fetch {} to {to}.", sized(fetched.len(), total));
    for (file, target, size) in &fetched {
        foreseen.plan(Some(&file.entry.path), Some(&text(target)), Some(*size));
        local.disk.put(target, *size, modified(&file.entry));
    }
    foreseen.hand_on(&written);
    Ok(())
}

/// What would become of the files on the server.
async fn after_download(
    stage: &Stage,
    remote: &ImaginedRemote,
    params: &Download,
    foreseen: &mut Foreseen,
    sources: &[(Selected, Size)],
) -> Look<()> {
    let entries: Vec<&Entry> = sources.iter().map(|(file, _)| &file.entry).collect();
    match params.after_download {
        AfterTransfer::Keep => return Ok(()),
        AfterTransfer::Delete => {
            foreseen.notes.push("Afterwards they would be deleted on the server.".to_owned());
        }
        AfterTransfer::Move => {
            let to = params.move_to.as_deref().unwrap_or_default();
            foreseen.notes.push(format!("Afterwards they would be moved to {to} on the server."));
        }
    }
    check_takes_away_there(stage, remote, foreseen, entries.iter().map(|entry| entry.path.as_str())).await?;
    for (file, _) in sources {
        let path = file.entry.path.as_str();
        match &params.move_to {
            Some(folder) if params.after_download == AfterTransfer::Move => {
                let to = join_remote(folder, &file.relative_path);
                stoppable(&stage.cancel, remote.mkdir_all(parent_of(&to))).await?;
                stoppable(&stage.cancel, remote.rename(path, &to, Replace::No)).await?;
            }
            _ => stoppable(&stage.cancel, remote.delete(path)).await?,
        }
    }
    Ok(())
}

pub(super) async fn upload(stage: &mut Stage, params: Upload, step: StepType) -> Look<Foreseen> {
    check_move_to(params.after_upload, params.move_to.as_deref())?;
    upload::octal(params.permissions.as_deref())?;
    let (patterns, if_none) = (params.local_path.clone(), params.on_no_files);
    let found = stage
        .on_disk(move |local| {
            let found = local.find(&patterns)?;
            if let Some(path) = found.missing.first() {
                let message = format!("There is no {}.", path.display());
                return Err(StepError::new(ErrorCode::FileNotFound, message).into());
            }
            if found.files.is_empty() && if_none == OnNoFiles::Fail {
                let message = "No local file matches what this step shall send.";
                return Err(StepError::new(ErrorCode::NoFiles, message).into());
            }
            let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
            check_readable(local, &mut foreseen, &found.files);
            let sized = found.files.into_iter().map(|file| (size_of(local, &file), file));
            let sized: Vec<(Size, LocalFile)> = sized.collect();
            Ok((foreseen, sized))
        })
        .await;
    // Whether the server can be reached is worth knowing, whatever there is to send.
    let remote = stage.remote(params.connection_id, step).await;
    let (mut foreseen, found) = found?;
    let remote = remote?;
    if found.is_empty() {
        foreseen.summary = "No local file matches; the step would go on without a file.".to_owned();
        foreseen.hand_on(&[]);
        return Ok(foreseen);
    }
    let locals: Vec<LocalFile> = found.iter().map(|(_, file)| file.clone()).collect();
    let targets = upload::destinations(&stage.cancel, &*remote, &params, &locals).await?;
    let sent = decide(stage, &remote, &params, &mut foreseen, &found, targets).await?;
    check_there(stage, &remote, &params, &mut foreseen, &sent).await?;
    let total = words::sum(sent.iter().map(|(_, _, size)| *size));
    foreseen.summary =
        format!("Would send {} to {}.", sized(sent.len(), total), escaped(&params.remote_path));
    for (file, target, size) in &sent {
        foreseen.plan(Some(&text(&file.path)), Some(target), Some(*size));
        if params.create_directories {
            stoppable(&stage.cancel, remote.mkdir_all(parent_of(target))).await?;
        }
        remote.put(target, *size, None);
    }
    foreseen.hand_on_paths(sent.iter().map(|(_, target, _)| target.clone()).collect());
    if !total.is_estimate {
        foreseen.outputs.insert("bytes".into(), total.bytes.into());
    }
    let sources = sent.iter().map(|(file, ..)| (file.path.clone(), file.relative.clone())).collect();
    after_upload(stage, &params, foreseen, sources).await
}

/// A file, where it would go, and its size.
type Sent<'a> = (&'a LocalFile, String, Size);

/// What the overwrite rule makes of each.
async fn decide<'a>(
    stage: &Stage,
    remote: &ImaginedRemote,
    params: &Upload,
    foreseen: &mut Foreseen,
    found: &'a [(Size, LocalFile)],
    targets: Vec<String>,
) -> Look<Vec<Sent<'a>>> {
    let mut deciding: Vec<BoxFuture<'_, Result<Decision<String>, StepError>>> = Vec::new();
    for ((_, file), target) in found.iter().zip(targets) {
        let modified = file.modified.map(courier_domain::Timestamp::from);
        let one = async move {
            let decided = courier_transfer::decide_remote(remote, &target, params.overwrite, modified);
            stoppable(&stage.cancel, decided).await
        };
        deciding.push(one.boxed());
    }
    let decided: Vec<Result<Decision<String>, StepError>> =
        futures::stream::iter(deciding).buffered(AT_ONCE).collect().await;
    let (mut sent, mut refused, mut kept) = (Vec::with_capacity(found.len()), Vec::new(), 0);
    for ((size, file), decided) in found.iter().zip(decided) {
        match decided {
            Ok(Decision::Go { destination, .. }) => sent.push((file, destination, *size)),
            Ok(Decision::Skip { .. }) => kept += 1,
            // Of this file alone; anything else is everybody's trouble.
            Err(error) if matches!(error.code, ErrorCode::AlreadyExists | ErrorCode::Validation) => {
                refused.push(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    foreseen.trouble(refused);
    if kept > 0 {
        foreseen.notes.push(format!("{} would be left alone: the server has them already.", files(kept)));
    }
    Ok(sent)
}

/// The folders on the server: there or to be made, with the right to write and room.
async fn check_there(
    stage: &Stage,
    remote: &ImaginedRemote,
    params: &Upload,
    foreseen: &mut Foreseen,
    sent: &[Sent<'_>],
) -> Look<()> {
    let parents: BTreeSet<&str> = sent.iter().map(|(_, target, _)| parent_of(target)).collect();
    let total = words::sum(sent.iter().map(|(_, _, size)| *size));
    let mut looked = BTreeSet::new();
    for parent in parents.into_iter().take(ASKED) {
        let folder = nearest(stage, remote, parent).await?;
        if !params.create_directories && folder != parent {
            sure_of(remote)?;
            let path = parent.to_owned();
            foreseen.problems.push(TransferError::NotFound { path }.into());
            continue;
        }
        if !looked.insert(folder.clone()) {
            continue;
        }
        let access = stoppable(&stage.cancel, remote.access(&folder)).await?;
        match access.write {
            Some(true) => {}
            Some(false) => {
                let path = folder.clone();
                foreseen.problems.push(TransferError::PermissionDenied { path, cause: None }.into());
            }
            None if remote.is_imagined(&folder) => {}
            None => foreseen.notes.push(format!(
                "Whether we may write in {} the server does not say; the run will tell.",
                escaped(&folder)
            )),
        }
        if let Some(free) = access.free.filter(|free| *free < total.bytes) {
            foreseen.problems.push(StepError::new(
                ErrorCode::DiskFull,
                format!(
                    "The server has no room in {}: {} are needed, and {} are free.",
                    escaped(&folder),
                    crate::amount::amount(total.bytes),
                    crate::amount::amount(free)
                ),
            ));
        }
    }
    Ok(())
}

/// The folder, or the first above it that is there.
pub(super) async fn nearest(stage: &Stage, remote: &ImaginedRemote, folder: &str) -> Look<String> {
    let mut at = folder;
    while at != "." && at != "/" {
        match stoppable(&stage.cancel, remote.stat(at)).await? {
            Some(entry) if entry.is_directory => return Ok(at.to_owned()),
            Some(_) => return Err(TransferError::NotAFolder { path: at.to_owned() }.into()),
            None => at = parent_of(at),
        }
    }
    Ok(at.to_owned())
}

/// What would become of the local files.
async fn after_upload(
    stage: &Stage,
    params: &Upload,
    mut foreseen: Foreseen,
    sources: Vec<(PathBuf, PathBuf)>,
) -> Look<Foreseen> {
    let after = params.after_upload;
    if after == AfterTransfer::Keep {
        return Ok(foreseen);
    }
    let move_to = params.move_to.clone().unwrap_or_default();
    stage
        .on_disk(move |local| {
            check_takes_away(local, &mut foreseen, sources.iter().map(|(path, _)| path));
            let folder = local.join(&move_to);
            for (path, relative) in &sources {
                match after {
                    AfterTransfer::Move => local.disk.rename(path, &folder.join(relative)),
                    AfterTransfer::Delete | AfterTransfer::Keep => local.disk.remove(path),
                }
            }
            foreseen.notes.push(match after {
                AfterTransfer::Move => format!("Afterwards they would be moved to {move_to}."),
                AfterTransfer::Delete | AfterTransfer::Keep => {
                    "Afterwards they would be deleted here.".to_owned()
                }
            });
            Ok(foreseen)
        })
        .await
}
