//! Before a run goes on: the files that finished steps handed on must still be what they were.
//!
//! If one is not, the run goes back to the step that made it, where doing that step again is safe; else it says which
//! file is missing.

use crate::copy;
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::execution::{FileProof, JobContext};
use courier_domain::job::JobStep;
use std::collections::HashSet;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Checks every proof; takes steps back whose files are gone. `given` are files that a step which had not finished took
/// away on purpose, so nobody misses them. Returns what to tell in the log.
pub(crate) async fn check_files(
    steps: &[JobStep],
    context: &mut JobContext,
    given: &HashSet<String>,
) -> Result<Vec<String>, StepError> {
    context.files.retain(|proof| !given.contains(&proof.path));
    let proofs = context.files.clone();
    let broken = tokio::task::spawn_blocking(move || {
        proofs.into_iter().filter(|proof| !is_intact(proof)).collect::<Vec<_>>()
    })
    .await
    .map_err(|error| StepError::new(ErrorCode::Internal, error.to_string()))?;
    let first = broken
        .iter()
        .filter_map(|proof| steps.iter().find(|s| s.alias == proof.step).map(|step| (step, proof)))
        .min_by_key(|(step, _)| step.step_order);
    let Some((step, proof)) = first else { return Ok(Vec::new()) };
    for again in
        steps.iter().filter(|s| s.step_order >= step.step_order && context.finished.contains(&s.step_order))
    {
        if !may_repeat(again) {
            return Err(StepError::new(
                ErrorCode::FileNotFound,
                format!(
                    "{} is gone or has changed since the step {} made it, and the step {} cannot be done twice. Start a new run.",
                    proof.path, step.name, again.name
                ),
            ));
        }
    }
    let from = step.step_order;
    let dropped: Vec<&str> =
        steps.iter().filter(|s| s.step_order >= from).map(|s| s.alias.as_str()).collect();
    context.finished.retain(|order| *order < from);
    context.steps.retain(|alias, _| !dropped.contains(&alias.as_str()));
    context.files.retain(|file| !dropped.contains(&file.step.as_str()));
    Ok(vec![format!("{} is gone or has changed; going back to the step {}.", proof.path, step.name)])
}

fn is_intact(proof: &FileProof) -> bool {
    let path = Path::new(&proof.path);
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == proof.size)
        && copy::digest(path, &CancellationToken::new()).is_ok_and(|d| d.sha256 == proof.sha256)
}

/// A step that took its source away finds nothing the second time.
fn may_repeat(step: &JobStep) -> bool {
    let keeps = |field: &str| step.configuration.get(field).is_none_or(|value| value == "keep");
    match step.type_key.as_str().split_once('.') {
        Some(("sftp" | "ftp" | "ftps", "download")) => keeps("after_download"),
        Some(("sftp" | "ftp" | "ftps", "upload")) => keeps("after_upload"),
        Some(("sftp" | "ftp" | "ftps", "rename" | "rmdir" | "delete")) => false,
        Some(("file", "move" | "delete")) => false,
        _ => true,
    }
}
