//! `file.list`: local files and folders as values for later steps.

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::files::{Disk, Files, Kind};
use crate::local;
use crate::workspace::Workspace;
use courier_domain::pattern::{self, PathPattern};
use courier_domain::step::{FileList, PathList};
use courier_domain::{ErrorCode, Timestamp};
use courier_transfer::Entry;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

pub(crate) async fn run(context: &StepContext, params: FileList) -> Result<Outcome, StepError> {
    let workspace = context.workspace.clone();
    let entries = context.blocking(move |work| list(&Disk, &params, &workspace, &work.cancel)).await?;
    Ok(Outcome { outputs: outputs(&entries)?, ..Outcome::default() })
}

/// What the step hands on.
pub(crate) fn outputs(entries: &[Entry]) -> Result<Map<String, Value>, StepError> {
    let mut outputs = Map::new();
    outputs.insert("file_count".into(), entries.iter().filter(|e| !e.is_directory).count().into());
    let values: Result<Vec<_>, _> = entries.iter().map(serde_json::to_value).collect();
    let values = values.map_err(|error| StepError {
        code: ErrorCode::Internal,
        message: "The listing could not be kept.".into(),
        cause: Some(Box::new(error)),
    })?;
    outputs.insert("entries".into(), values.into());
    Ok(outputs)
}

/// What the paths mean; blocking.
pub(crate) fn list(
    files: &dyn Files,
    params: &FileList,
    workspace: &Workspace,
    cancel: &CancellationToken,
) -> Result<Vec<Entry>, StepError> {
    let invalid = |field: &str, text: &str, error: &dyn std::fmt::Display| {
        StepError::new(ErrorCode::Validation, format!("{field}: {text} is not a valid pattern: {error}"))
    };
    let names = pattern::compile(&params.pattern).map_err(|e| invalid("pattern", &params.pattern, &e))?;
    let mut entries = Vec::new();
    for path in &params.path.0 {
        for (path, is_named) in meant(files, path, workspace)? {
            let mut open = Vec::new();
            match (entry(files, &path)?, is_named) {
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
                for (child, _) in children(files, &folder)? {
                    if cancel.is_cancelled() {
                        return Err(StepError::cancelled());
                    }
                    // What vanished meanwhile is not there.
                    let Some(one) = entry(files, &child)? else { continue };
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
fn meant(
    files: &dyn Files,
    path: &PathPattern,
    workspace: &Workspace,
) -> Result<Vec<(PathBuf, Named)>, StepError> {
    let typed = workspace.join(path.as_str());
    if let Some(literal) = path.literal().map(|text| workspace.join(text)) {
        return Ok(vec![(literal, Named::ByItsPath)]);
    }
    if files.itself(&typed).is_ok() {
        return Ok(vec![(typed, Named::ByItsPath)]);
    }
    let mut found: Vec<_> = local::select_in(files, &PathList(vec![path.clone()]), workspace)?
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
    let mut open = if files.is_folder(&base) { vec![(base.clone(), 1)] } else { Vec::new() };
    while let Some((folder, level)) = open.pop() {
        for (child, kind) in children(files, &folder)? {
            if kind != Kind::Folder {
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

fn children(files: &dyn Files, folder: &Path) -> Result<Vec<(PathBuf, Kind)>, StepError> {
    files.children(folder).map_err(|e| StepError::io("list", folder, e))
}

/// `None` when nothing is there.
fn entry(files: &dyn Files, path: &Path) -> Result<Option<Entry>, StepError> {
    let own = match files.itself(path) {
        Ok(own) => own,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StepError::io("read", path, error)),
    };
    let is_link = own.kind == Kind::Link;
    // A link that leads nowhere is still there.
    let found = if is_link { files.follow(path).unwrap_or(own) } else { own };
    let is_directory = found.kind == Kind::Folder;
    Ok(Some(Entry {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        path: path.to_string_lossy().into_owned(),
        size: if is_directory { 0 } else { found.size },
        modified_at: found.modified.map(Timestamp::from),
        is_directory,
        is_link,
    }))
}
