//! Jobs: named, versioned pipelines of steps.
//!
//! [`JobDraft`] is what people edit and bundles hold; [`JobDraft::check`] finds everything wrong with it at once, with
//! paths. A [`Job`] is a checked draft under an id; each change of it is a [`JobVersion`] with the whole snapshot.

pub mod blocks;
mod calls;
mod check;
mod diff;
mod draft;
pub mod given;
mod params_check;
mod policy;
mod rekey;
mod step_check;
mod version;

use crate::step::Configuration;
use crate::{JobId, JobStepId, Timestamp};
use draft::any_node;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeSet;

pub use calls::KnownJob;
pub use check::References;
pub use diff::{FieldChange, diff};
pub use draft::{JobDraft, JobParameter, ParameterType, StepDraft, slug};
pub use policy::{FailurePolicy, FailurePolicyType};
pub use rekey::{KeyMove, MovedKey, OldKey};
pub use version::{JobVersion, steps_of_snapshot};

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct JobStep {
    pub id: JobStepId,
    pub job_id: JobId,
    /// 0-based.
    pub step_order: i32,
    pub name: String,
    pub alias: String,
    pub type_key: String,
    pub configuration: Configuration,
    pub timeout_seconds: u32,
    pub failure_policy: Option<FailurePolicy>,
    pub enabled: bool,
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Job {
    pub id: JobId,
    pub name: String,
    pub description: Option<String>,
    pub current_version: i32,
    pub failure_policy: FailurePolicy,
    pub is_enabled: bool,
    pub parameters: Vec<JobParameter>,
    pub time_zone: Option<String>,
    pub max_instances: i32,
    pub priority: i32,
    pub run_on: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
    pub steps: Vec<JobStep>,
}

impl Job {
    /// A new job from a draft whose check found no error. `step_id` gives the ids of new steps.
    pub fn new(id: JobId, draft: JobDraft, now: Timestamp, step_id: impl FnMut() -> JobStepId) -> Self {
        let mut job = Self {
            id,
            name: String::new(),
            description: None,
            current_version: 0,
            failure_policy: FailurePolicy::default(),
            is_enabled: true,
            parameters: Vec::new(),
            time_zone: None,
            max_instances: 1,
            priority: 0,
            run_on: any_node(),
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
            steps: Vec::new(),
        };
        job.edit(draft, now, step_id);
        job
    }

    /// Takes over a draft whose check found no error, as the next version. Step ids of other jobs are not taken over.
    pub fn edit(&mut self, draft: JobDraft, now: Timestamp, step_id: impl FnMut() -> JobStepId) {
        let mine: BTreeSet<JobStepId> = self.steps.iter().map(|s| s.id).collect();
        self.take_over(draft, now, |id| mine.contains(id), step_id);
    }

    /// Takes over a version of this job, as the next one. Steps that have left since come back as themselves, so that
    /// history still points at them.
    pub fn revert(&mut self, version: JobDraft, now: Timestamp, step_id: impl FnMut() -> JobStepId) {
        self.take_over(version, now, |_| true, step_id);
    }

    fn take_over(
        &mut self,
        mut draft: JobDraft,
        now: Timestamp,
        is_mine: impl Fn(&JobStepId) -> bool,
        mut step_id: impl FnMut() -> JobStepId,
    ) {
        draft.fill_aliases();
        let mut used = BTreeSet::new();
        let job_id = self.id;
        self.steps = draft
            .steps
            .into_iter()
            .zip(0i32..)
            .map(|(step, step_order)| JobStep {
                id: step.id.filter(|id| is_mine(id) && used.insert(*id)).unwrap_or_else(&mut step_id),
                job_id,
                step_order,
                alias: step.alias.unwrap_or_else(|| slug(&step.name)),
                name: step.name,
                type_key: step.type_key,
                configuration: step.configuration,
                timeout_seconds: step.timeout_seconds,
                failure_policy: step.failure_policy,
                enabled: step.enabled,
            })
            .collect();
        self.name = draft.name;
        self.description = draft.description.filter(|d| !d.trim().is_empty());
        self.failure_policy = draft.failure_policy;
        self.parameters = draft.parameters;
        self.time_zone = draft.time_zone;
        self.max_instances = draft.max_instances;
        self.priority = draft.priority;
        self.run_on = draft.run_on;
        self.current_version += 1;
        self.updated_at = now;
    }

    /// The draft that describes the job as it is.
    pub fn to_draft(&self) -> JobDraft {
        JobDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            failure_policy: self.failure_policy.clone(),
            parameters: self.parameters.clone(),
            time_zone: self.time_zone.clone(),
            max_instances: self.max_instances,
            priority: self.priority,
            run_on: self.run_on.clone(),
            steps: self.steps.iter().map(JobStep::to_draft).collect(),
        }
    }
}

impl JobStep {
    /// The step as people edit it.
    pub fn to_draft(&self) -> StepDraft {
        StepDraft {
            id: Some(self.id),
            name: self.name.clone(),
            alias: Some(self.alias.clone()),
            type_key: self.type_key.clone(),
            configuration: self.configuration.clone(),
            timeout_seconds: self.timeout_seconds,
            failure_policy: self.failure_policy.clone(),
            enabled: self.enabled,
        }
    }
}

#[cfg(test)]
mod tests;
