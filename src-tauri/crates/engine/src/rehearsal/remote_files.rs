//! `*.list`, `*.mkdir`, `*.rmdir`, `*.rename` and `*.delete`, rehearsed on real listings.

use super::foreseen::{Foreseen, Halt, Look};
use super::imagined_remote::ImaginedRemote;
use super::stage::Stage;
use super::transfers::nearest;
use super::words::{counted, files};
use crate::error::StepError;
use crate::steps::remote_named::{self, Named};
use crate::steps::transferred::stoppable;
use crate::steps::{file_list, remote_list, remote_rename};
use courier_domain::ErrorCode;
use courier_domain::step::{
    OnMissing, PathList, RemoteDelete, RemoteList, RemoteMkdir, RemoteRename, RemoteRmdir, StepType,
};
use courier_transfer::{Decision, Refused, Remote, Replace, Selected, TransferError, escaped, parent_of};
use std::collections::BTreeSet;

/// Folders whose rights are asked for.
const ASKED: usize = 50;

/// Halts where an earlier step would change what is on the server, and nobody knows how.
pub(super) fn sure_of(remote: &ImaginedRemote) -> Look<()> {
    match remote.doubts() {
        Some(step) => Err(Halt::Unknown(format!(
            "It works with what the step {step} leaves on the server, and that cannot be known before the run."
        ))),
        None => Ok(()),
    }
}

/// The problem with names that no step touches.
pub(super) fn refused_names(refused: &[Refused]) -> Option<StepError> {
    let first = refused.first()?;
    Some(StepError::new(
        ErrorCode::UnsafeName,
        format!(
            "{} on the server not safe to use here, first {} ({}). Have them renamed.",
            counted(refused.len(), "name is", "names are"),
            first.name,
            first.reason
        ),
    ))
}

/// The rights on the folders that would lose files.
pub(super) async fn check_takes_away_there<'a>(
    stage: &Stage,
    remote: &ImaginedRemote,
    foreseen: &mut Foreseen,
    paths: impl Iterator<Item = &'a str>,
) -> Look<()> {
    check_writable(stage, remote, foreseen, paths.map(|path| parent_of(path).to_owned()).collect()).await
}

async fn check_writable(
    stage: &Stage,
    remote: &ImaginedRemote,
    foreseen: &mut Foreseen,
    folders: BTreeSet<String>,
) -> Look<()> {
    let mut denied = Vec::new();
    for path in folders.into_iter().take(ASKED) {
        if stoppable(&stage.cancel, remote.access(&path)).await?.write == Some(false) {
            denied.push(TransferError::PermissionDenied { path, cause: None }.into());
        }
    }
    foreseen.trouble(denied);
    Ok(())
}

pub(super) async fn list(stage: &mut Stage, params: RemoteList, step: StepType) -> Look<Foreseen> {
    let names = remote_list::names(&params)?;
    let remote = stage.remote(params.connection_id, step).await?;
    sure_of(&remote)?;
    let (entries, refused) = remote_list::list(&stage.cancel, &*remote, &params, names).await?;
    let mut foreseen = Foreseen::doing(format!("Would list {}.", counted(entries.len(), "entry", "entries")));
    foreseen.problems.extend(refused_names(&refused));
    foreseen.outputs = file_list::outputs(&entries)?;
    foreseen.files = Some(Vec::new());
    for entry in entries.iter().filter(|entry| !entry.is_directory) {
        foreseen.plan(Some(&entry.path), None, Some(remote.size(entry)));
    }
    Ok(foreseen)
}

pub(super) async fn mkdir(stage: &mut Stage, params: RemoteMkdir, step: StepType) -> Look<Foreseen> {
    let remote = stage.remote(params.connection_id, step).await?;
    let mut foreseen = Foreseen::default();
    let (mut made, mut there) = (Vec::new(), 0);
    for path in &params.paths.0 {
        let folder = path.literal().filter(|folder| !folder.trim().is_empty()).ok_or_else(|| {
            let message = format!("paths: `{}` does not name one folder.", escaped(path.as_str()));
            StepError::new(ErrorCode::Validation, message)
        })?;
        let folder = folder.trim_end_matches('/').to_owned();
        match stoppable(&stage.cancel, remote.stat(&folder)).await? {
            Some(entry) if entry.is_directory => {
                there += 1;
                continue;
            }
            Some(_) => return Err(TransferError::NotAFolder { path: folder }.into()),
            None => {}
        }
        let above = parent_of(&folder);
        let nearest = nearest(stage, &remote, above).await?;
        if !params.recursive && nearest != above {
            sure_of(&remote)?;
            if params.on_missing == OnMissing::Fail {
                return Err(TransferError::NotFound { path: above.to_owned() }.into());
            }
            foreseen.notes.push(format!("{folder} would be left out: the folder above is not there."));
            continue;
        }
        let write = stoppable(&stage.cancel, remote.access(&nearest)).await?.write;
        if write == Some(false) {
            foreseen.problems.push(TransferError::PermissionDenied { path: nearest, cause: None }.into());
        }
        stoppable(&stage.cancel, remote.mkdir_all(&folder)).await?;
        made.push(folder);
    }
    foreseen.summary = match made.as_slice() {
        [] => "Nothing to make; the folders are there.".to_owned(),
        [one] => format!("Would make the folder {}.", escaped(one)),
        many => format!("Would make {} folders, first {}.", many.len(), escaped(&many[0])),
    };
    if there > 0 && !made.is_empty() {
        foreseen.notes.push(format!("{} already.", counted(there, "folder is there", "folders are there")));
    }
    Ok(foreseen)
}

/// What the paths name, unless an earlier step may have made or removed it.
async fn find(
    stage: &Stage,
    remote: &ImaginedRemote,
    paths: &PathList,
    on_missing: OnMissing,
) -> Look<Named> {
    match remote_named::find(&stage.cancel, remote, paths, on_missing, &[]).await {
        Err(error) if error.code == ErrorCode::FileNotFound => {
            sure_of(remote)?;
            Err(error.into())
        }
        Ok(named) if named.entries.is_empty() => {
            sure_of(remote)?;
            Ok(named)
        }
        found => Ok(found?),
    }
}

/// The paths that were named outright, not by a pattern.
pub(super) async fn rmdir(stage: &mut Stage, params: RemoteRmdir, step: StepType) -> Look<Foreseen> {
    let remote = stage.remote(params.connection_id, step).await?;
    let mut found = find(stage, &remote, &params.paths, params.on_missing).await?;
    found.only_folders(&params.paths);
    let mut foreseen = Foreseen::default();
    foreseen.problems.extend(refused_names(&found.refused));
    let mut problems = Vec::new();
    for one in &found.entries {
        let path = one.entry.path.clone();
        if !one.entry.is_directory {
            problems.push(TransferError::NotAFolder { path }.into());
        } else if !params.recursive {
            let listing = stoppable(&stage.cancel, remote.list(&path)).await?;
            let inside = listing.entries.len() + listing.refused.len();
            if inside > 0 {
                let message = format!(
                    "{} is not empty ({}). Switch on removing what is inside, or empty it before.",
                    escaped(&path),
                    counted(inside, "entry", "entries")
                );
                problems.push(StepError::new(ErrorCode::Validation, message));
            }
        }
    }
    foreseen.trouble(problems);
    take_away(stage, &remote, &mut foreseen, &found.entries).await?;
    let inside = if params.recursive { " with everything inside" } else { "" };
    foreseen.summary = match found.entries.len() {
        0 => "Nothing is there to remove; the step would go on.".to_owned(),
        count => format!("Would remove {}{inside}.", counted(count, "folder", "folders")),
    };
    Ok(foreseen)
}

pub(super) async fn delete(stage: &mut Stage, params: RemoteDelete, step: StepType) -> Look<Foreseen> {
    let remote = stage.remote(params.connection_id, step).await?;
    let mut found = find(stage, &remote, &params.paths, params.on_missing).await?;
    let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
    foreseen.problems.extend(refused_names(&found.refused));
    if !params.recursive {
        found.only_files(&params.paths);
        let folders = found.entries.iter().filter(|one| one.entry.is_directory && !one.entry.is_link);
        let problems = folders.map(|one| {
            StepError::new(
                ErrorCode::Validation,
                format!(
                    "{} is a folder; switch on deleting folders, or name its files.",
                    escaped(&one.entry.path)
                ),
            )
        });
        foreseen.trouble(problems.collect());
    }
    for one in &found.entries {
        let size = (!one.entry.is_directory).then(|| remote.size(&one.entry));
        foreseen.plan(Some(&one.entry.path), None, size);
    }
    take_away(stage, &remote, &mut foreseen, &found.entries).await?;
    let folders = found.entries.iter().filter(|one| one.entry.is_directory).count();
    foreseen.summary = match (found.entries.len() - folders, folders) {
        (0, 0) => "Nothing is there to delete; the step would go on.".to_owned(),
        (count, 0) => format!("Would delete {} on the server.", files(count)),
        (count, folders) => format!(
            "Would delete {} and {} with everything inside on the server.",
            files(count),
            counted(folders, "folder", "folders")
        ),
    };
    // How many files lie in a folder is counted by the run.
    if folders == 0 {
        foreseen.outputs.insert("file_count".into(), found.entries.len().into());
    }
    Ok(foreseen)
}

async fn take_away(
    stage: &Stage,
    remote: &ImaginedRemote,
    foreseen: &mut Foreseen,
    entries: &[Selected],
) -> Look<()> {
    check_takes_away_there(stage, remote, foreseen, entries.iter().map(|one| one.entry.path.as_str()))
        .await?;
    for one in entries {
        stoppable(&stage.cancel, remote.delete(&one.entry.path)).await?;
    }
    Ok(())
}

pub(super) async fn rename(stage: &mut Stage, params: RemoteRename, step: StepType) -> Look<Foreseen> {
    let remote = stage.remote(params.connection_id, step).await?;
    let found = match remote_rename::sources(&stage.cancel, &*remote, &params, &[]).await {
        Err(error) if error.code == ErrorCode::FileNotFound => {
            sure_of(&remote)?;
            return Err(error.into());
        }
        found => found?,
    };
    let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
    foreseen.problems.extend(refused_names(&found.refused));
    let targets = remote_rename::targets(&stage.cancel, &*remote, &params, &found.entries).await?;
    let (mut renamed, mut refused, mut kept) = (Vec::new(), Vec::new(), 0);
    for (source, target) in found.entries.iter().zip(targets) {
        match remote_rename::decide(&stage.cancel, &*remote, params.overwrite, source, target).await {
            Ok(Decision::Go { destination, .. }) => renamed.push((source, destination)),
            Ok(Decision::Skip { .. }) => kept += 1,
            Err(error) if error.code == ErrorCode::AlreadyExists => refused.push(error),
            Err(error) => return Err(error.into()),
        }
    }
    foreseen.trouble(refused);
    if kept > 0 {
        foreseen.notes.push(format!("{} would be left alone: the new name is taken.", files(kept)));
    }
    let mut folders = BTreeSet::new();
    for (source, target) in &renamed {
        folders.insert(parent_of(&source.entry.path).to_owned());
        folders.insert(nearest(stage, &remote, parent_of(target)).await?);
    }
    check_writable(stage, &remote, &mut foreseen, folders).await?;
    foreseen.summary = format!("Would rename {} on the server.", counted(renamed.len(), "entry", "entries"));
    for (source, target) in &renamed {
        let entry = &source.entry;
        let size = (!entry.is_directory).then(|| remote.size(entry));
        foreseen.plan(Some(&entry.path), Some(target), size);
        stoppable(&stage.cancel, remote.mkdir_all(parent_of(target))).await?;
        stoppable(&stage.cancel, remote.rename(&entry.path, target, Replace::Yes)).await?;
    }
    foreseen.hand_on_paths(renamed.into_iter().map(|(_, target)| target).collect());
    Ok(foreseen)
}
