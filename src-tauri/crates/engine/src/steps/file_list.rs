//! `file.list`: local files and folders as values for later steps.

use crate::context::{BlockingWork, Outcome, StepContext};
use crate::error::StepError;
use crate::local;
use crate::workspace::Workspace;
use courier_domain::pattern::{self, PathPattern};
use courier_domain::step::{FileList, PathList};
use courier_domain::{ErrorCode, Timestamp};
use courier_transfer::Entry;
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &StepContext, params: FileList) -> Result<Outcome, StepError> {
    let workspace = context.workspace.clone();
    let entries = context.blocking(move |work| list(&params, &workspace, work)).await?;
    let mut outcome = Outcome::default();
    outcome.outputs.insert("file_count".into(), entries.iter().filter(|e| !e.is_directory).count().into());
    let values: Result<Vec<_>, _> = entries.iter().map(serde_json::to_value).collect();
    let values = values.map_err(|error| StepError {
        code: ErrorCode::Internal,
        message: "The listing could not be kept.".into(),
        cause: Some(Box::new(error)),
    })?;
    outcome.outputs.insert("entries".into(), values.into());
    Ok(outcome)
}

fn list(params: &FileList, workspace: &Workspace, work: &BlockingWork) -> Result<Vec<Entry>, StepError> {
    let invalid = |field: &str, text: &str, error: &dyn std::fmt::Display| {
        StepError::new(ErrorCode::Validation, format!("{field}: {text} is not a valid pattern: {error}"))
    };
    let names = pattern::compile(&params.pattern).map_err(|e| invalid("pattern", &params.pattern, &e))?;
    let mut entries = Vec::new();
    for path in &params.path.0 {
        for (path, is_named) in meant(path, workspace)? {
            let mut open = Vec::new();
            match (entry(&path)?, is_named) {
                // A folder means what is in it, a file itself.
                (Some(one), Named::ByItsPath) if one.is_directory => open.push(path),
                (Some(one), _) => {
                    if params.recursive && one.is_directory && !one.is_link {
                        open.push(path);
                    }
                    if names.is_match(&one.name) {
                        entries.push(one);
                    }
                }
                (None, _) => {
                    let message = format!("There is no {}.", path.display());
                    return Err(StepError::new(ErrorCode::FileNotFound, message));
                }
            }
            while let Some(folder) = open.pop() {
                for child in children(&folder)? {
                    if work.cancel.is_cancelled() {
                        return Err(StepError::cancelled());
                    }
                    // What vanished meanwhile is not there.
                    let Some(one) = entry(&child)? else { continue };
                    if params.recursive && one.is_directory && !one.is_link {
                        open.push(child);
                    }
                    if names.is_match(&one.name) {
                        entries.push(one);
                    }
                }
            }
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    Ok(entries)
}

/// How something came into the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    ByItsPath,
    ByAPattern,
}

/// What a path or pattern means: files, and for a pattern also folders.
fn meant(path: &PathPattern, workspace: &Workspace) -> Result<Vec<(PathBuf, Named)>, StepError> {
    let typed = workspace.join(path.as_str());
    if let Some(literal) = path.literal().map(|text| workspace.join(text)) {
        return Ok(vec![(literal, Named::ByItsPath)]);
    }
    if typed.symlink_metadata().is_ok() {
        return Ok(vec![(typed, Named::ByItsPath)]);
    }
    let mut found: Vec<_> = local::select(&PathList(vec![path.clone()]), workspace)?
        .files
        .into_iter()
        .map(|file| (file.path, Named::ByAPattern))
        .collect();
    let (base, below) = path.split_base();
    let base = workspace.join(base);
    let matcher = pattern::compile(&below).map_err(|error| {
        let message = format!("path: {} is not a valid pattern: {error}", path.as_str());
        StepError::new(ErrorCode::Validation, message)
    })?;
    // As deep as the pattern can reach.
    let deep = below.contains("**");
    let depth = below.split('/').count();
    let mut open = if base.is_dir() { vec![(base.clone(), 1)] } else { Vec::new() };
    while let Some((folder, level)) = open.pop() {
        for child in children(&folder)? {
            let is_folder = child.symlink_metadata().is_ok_and(|meta| meta.is_dir());
            if !is_folder {
                continue;
            }
            if child.strip_prefix(&base).is_ok_and(|relative| matcher.is_match(relative)) {
                found.push((child.clone(), Named::ByAPattern));
            }
            if deep || level < depth {
                open.push((child, level + 1));
            }
        }
    }
    Ok(found)
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, StepError> {
    let listing = std::fs::read_dir(folder).map_err(|e| StepError::io("list", folder, e))?;
    listing.map(|entry| entry.map(|e| e.path()).map_err(|e| StepError::io("list", folder, e))).collect()
}

/// `None` when nothing is there.
fn entry(path: &Path) -> Result<Option<Entry>, StepError> {
    let own = match path.symlink_metadata() {
        Ok(own) => own,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StepError::io("read", path, error)),
    };
    let is_link = own.is_symlink();
    // A link that leads nowhere is still there.
    let meta = if is_link { std::fs::metadata(path).unwrap_or(own) } else { own };
    Ok(Some(Entry {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        path: path.to_string_lossy().into_owned(),
        size: if meta.is_dir() { 0 } else { meta.len() },
        modified_at: meta.modified().ok().map(Timestamp::from),
        is_directory: meta.is_dir(),
        is_link,
    }))
}
