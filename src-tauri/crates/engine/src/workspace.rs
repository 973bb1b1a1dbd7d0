//! The folder of a run: mode 0700, named by the execution, removed when nothing can resume from it.

use crate::error::StepError;
use courier_domain::JobExecutionId;
use std::path::{Path, PathBuf};

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
