//! The folder of a run: mode 0700, named by the execution, removed when nothing can resume from it.

use crate::error::StepError;
use crate::roots::Roots;
use courier_domain::JobExecutionId;
use std::collections::HashSet;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// The folder, and where else the run's steps may read and write.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(crate) folder: PathBuf,
    pub(crate) roots: Roots,
}

impl Deref for Workspace {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.folder
    }
}

/// Where an execution's folder is.
pub(crate) fn path(root: &Path, execution: JobExecutionId) -> PathBuf {
    root.join(execution.to_string())
}

/// Makes the folder, or finds it from an earlier claim.
pub(crate) fn open(root: &Path, execution: JobExecutionId) -> Result<PathBuf, StepError> {
    let folder = path(root, execution);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).map_err(|e| StepError::io("create", &folder, e))?;
    Ok(folder)
}

/// Empties the folder, but for `keep`: files that exist nowhere else any more.
pub(crate) fn clean(
    root: &Path,
    execution: JobExecutionId,
    keep: &HashSet<PathBuf>,
) -> Result<(), StepError> {
    let folder = path(root, execution);
    if keep.iter().any(|file| file.starts_with(&folder)) {
        clean_folder(&folder, keep)
    } else {
        remove(root, execution);
        open(root, execution).map(drop)
    }
}

fn clean_folder(folder: &Path, keep: &HashSet<PathBuf>) -> Result<(), StepError> {
    for entry in std::fs::read_dir(folder).map_err(|e| StepError::io("list", folder, e))? {
        let entry = entry.map_err(|e| StepError::io("list", folder, e))?;
        let path = entry.path();
        if keep.contains(&path) {
            continue;
        }
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && keep.iter().any(|file| file.starts_with(&path)) {
            clean_folder(&path, keep)?;
            continue;
        }
        let gone = if is_folder { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        gone.map_err(|e| StepError::io("delete", &path, e))?;
    }
    Ok(())
}

/// Removes everything in it; nothing there is success.
pub(crate) fn remove(root: &Path, execution: JobExecutionId) {
    let folder = path(root, execution);
    match std::fs::remove_dir_all(&folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "a run's folder could not be removed")
        }
    }
}
