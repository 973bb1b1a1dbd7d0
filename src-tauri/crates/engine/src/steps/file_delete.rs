//! `file.delete`: what is gone already is what was wanted, unless the step says otherwise.

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::local;
use courier_domain::ErrorCode;
use courier_domain::step::{FileDelete, OnMissing, PathList};
use std::path::PathBuf;

pub(crate) async fn run(context: &StepContext, params: FileDelete) -> Result<Outcome, StepError> {
    context.check_lease().await?;
    let workspace = context.workspace.clone();
    let deleted = context.blocking(move |work| delete(&params, &workspace, work)).await?;
    let mut outcome = Outcome::default();
    outcome.outputs.insert("file_count".into(), deleted.len().into());
    outcome.consumed = deleted;
    Ok(outcome)
}

fn delete(
    params: &FileDelete,
    workspace: &std::path::Path,
    work: &crate::context::BlockingWork,
) -> Result<Vec<PathBuf>, StepError> {
    let mut deleted = Vec::new();
    for pattern in &params.path.0 {
        let folder = pattern.literal().map(|text| workspace.join(text)).filter(|p| p.is_dir());
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
            std::fs::remove_dir_all(&folder).map_err(|e| StepError::io("delete", &folder, e))?;
            deleted.push(folder);
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
