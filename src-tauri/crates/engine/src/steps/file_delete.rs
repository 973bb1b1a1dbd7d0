//! `file.delete`: what is gone already is what was wanted, unless the step says otherwise.
//!
//! Links are removed, never followed. What is about to go is recorded before, so that whoever goes on after a crash does
//! not miss it. Invariant: the run's own folder, Courier's home, the user's home and every folder that holds one of them
//! stay.

use super::transferred;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::local;
use crate::worker::KeptFiles;
use crate::workspace::Workspace;
use courier_domain::ErrorCode;
use courier_domain::step::{FileDelete, OnMissing, PathList};
use courier_store::Intent;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &StepContext, mut params: FileDelete) -> Result<Outcome, StepError> {
    context.check_lease().await?;
    if !context.intents().await?.is_empty() {
        // An earlier attempt of this step began to delete: what is gone is gone by it.
        params.on_missing = OnMissing::Succeed;
    }
    let (paths, workspace, made) = (params.path.clone(), context.workspace.clone(), context.kept.clone());
    let doomed = context.blocking(move |_| doomed(paths, &workspace, &made)).await?;
    context.record_intents(doomed).await?;
    let workspace = context.workspace.clone();
    let kept = kept(&workspace, &context.services.workspaces);
    let deleted = context.blocking(move |work| delete(&params, &workspace, &kept, work)).await?;
    let mut outcome = Outcome::default();
    outcome.outputs.insert("file_count".into(), deleted.len().into());
    outcome.consumed = deleted;
    Ok(outcome)
}

/// What is about to go: of a folder, the files in it that earlier steps made.
fn doomed(paths: PathList, workspace: &Workspace, made: &KeptFiles) -> Result<Vec<Intent>, StepError> {
    let mut doomed = BTreeSet::new();
    for pattern in paths.0 {
        let literal = pattern.literal().map(|text| workspace.join(text));
        if let Some(path) = literal.filter(|path| is_folder(path) || path.is_symlink()) {
            doomed.extend(made.below(&path));
            doomed.insert(path);
            continue;
        }
        let found = local::select(&PathList(vec![pattern]), workspace)?;
        doomed.extend(found.files.into_iter().map(|file| file.path));
    }
    let intent = |path: PathBuf| {
        let source = path.to_string_lossy().into_owned();
        Intent { destination: transferred::gone(&source), source, size: 0, sha256: None }
    };
    Ok(doomed.into_iter().map(intent).collect())
}

fn delete(
    params: &FileDelete,
    workspace: &Workspace,
    kept: &[PathBuf],
    work: &crate::context::BlockingWork,
) -> Result<Vec<PathBuf>, StepError> {
    let mut deleted = Vec::new();
    for pattern in &params.path.0 {
        let folder = pattern.literal().map(|text| workspace.join(text)).filter(|p| is_folder(p));
        if let Some(folder) = folder {
            if !params.recursive {
                return Err(StepError::new(
                    ErrorCode::Validation,
                    format!(
                        "{} is a folder; switch on deleting folders, or name its files.",
                        folder.display()
                    ),
                ));
            }
            refuse_kept(&folder, kept)?;
            remove_tree(&folder, work)?;
            deleted.push(folder);
            continue;
        }
        let link = pattern.literal().map(|text| workspace.join(text)).filter(|p| p.is_symlink());
        if let Some(link) = link {
            // The link is what was named, not where it leads.
            gone(std::fs::remove_file(&link)).map_err(|e| StepError::io("delete", &link, e))?;
            deleted.push(link);
            continue;
        }
        let found = local::select(&PathList(vec![pattern.clone()]), workspace)?;
        if params.on_missing == OnMissing::Fail && found.files.is_empty() {
            return Err(StepError::new(
                ErrorCode::FileNotFound,
                format!("There is no {}.", pattern.as_str()),
            ));
        }
        for file in found.files {
            if work.cancel.is_cancelled() {
                return Err(StepError::cancelled());
            }
            match std::fs::remove_file(&file.path) {
                Ok(()) => deleted.push(file.path),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(StepError::io("delete", &file.path, error)),
            }
        }
    }
    Ok(deleted)
}

/// What no step may take away.
pub(crate) fn kept(workspace: &Workspace, workspaces: &Path) -> Vec<PathBuf> {
    let home = std::env::home_dir().into_iter();
    [workspace.folder.clone(), workspaces.to_owned()].into_iter().chain(home).collect()
}

pub(crate) fn refuse_kept(folder: &Path, kept: &[PathBuf]) -> Result<(), StepError> {
    let real = std::fs::canonicalize(folder).map_err(|e| StepError::io("read", folder, e))?;
    let holds = |kept: &PathBuf| std::fs::canonicalize(kept).is_ok_and(|kept| kept.starts_with(&real));
    match real.parent().is_none() || kept.iter().any(holds) {
        true => Err(StepError::new(
            ErrorCode::Validation,
            format!("{} is not deleted: it holds Courier's own files or your home folder.", folder.display()),
        )),
        false => Ok(()),
    }
}

/// A link to a folder is not one.
fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.is_dir())
}

/// Removes a folder and all in it, stopping within a file.
fn remove_tree(folder: &Path, work: &crate::context::BlockingWork) -> Result<(), StepError> {
    let listing = std::fs::read_dir(folder).map_err(|e| StepError::io("list", folder, e))?;
    for entry in listing {
        if work.cancel.is_cancelled() {
            return Err(StepError::cancelled());
        }
        let path = entry.map_err(|e| StepError::io("list", folder, e))?.path();
        if is_folder(&path) {
            remove_tree(&path, work)?;
        } else {
            gone(std::fs::remove_file(&path)).map_err(|e| StepError::io("delete", &path, e))?;
        }
    }
    gone(std::fs::remove_dir(folder)).map_err(|e| StepError::io("delete", folder, e))
}

/// Somebody else was quicker: it is gone all the same.
fn gone(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
