//! A job as it was: each save leaves a whole snapshot.

use super::JobStep;
use super::draft::{JobDraft, slug};
use crate::{JobId, JobStepId, JobVersionId, Timestamp};
use serde::Serialize;
use specta::Type;

/// A job as it was at one save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct JobVersion {
    pub id: JobVersionId,
    pub job_id: JobId,
    pub version_number: i32,
    /// A [`JobDraft`] as JSON, every step with id and alias.
    pub config_snapshot: String,
    pub created_at: Timestamp,
    pub created_by: String,
}

/// A job definition before it has a file of its own: the steps of a snapshot.
pub fn steps_of_snapshot(
    job_id: JobId,
    snapshot: &str,
) -> Result<(JobDraft, Vec<JobStep>), serde_json::Error> {
    let draft: JobDraft = serde_json::from_str(snapshot)?;
    let steps = draft
        .steps
        .iter()
        .zip(0i32..)
        .map(|(step, step_order)| JobStep {
            id: step.id.unwrap_or(JobStepId(uuid::Uuid::nil())),
            job_id,
            step_order,
            name: step.name.clone(),
            alias: step.alias.clone().unwrap_or_else(|| slug(&step.name)),
            type_key: step.type_key.clone(),
            configuration: step.configuration.clone(),
            timeout_seconds: step.timeout_seconds,
            failure_policy: step.failure_policy.clone(),
            enabled: step.enabled,
        })
        .collect();
    Ok((draft, steps))
}
