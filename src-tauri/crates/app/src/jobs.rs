//! Jobs: listing, editing, versions.
//!
//! Invariant: what is saved passed [`JobDraft::check`]; a save that changes nothing makes no version.

use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::execution::JobExecutionState;
use courier_domain::job::{Job, JobDraft, JobVersion, References};
use courier_domain::step::{self, StepGuide, StepSpec};
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{ErrorCode, JobExecutionId, JobId, Problem, Timestamp};
use courier_store::{ExecutionSummary, ListedExecution, Session};
use serde::Serialize;
use specta::Type;
use std::collections::HashMap;

/// How many runs a row of the list shows.
const RECENT: u32 = 12;

/// A job in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct JobRow {
    pub id: JobId,
    pub name: String,
    pub is_enabled: bool,
    pub current_version: i32,
    pub step_count: usize,
    pub last: Option<LastRun>,
    /// At most 12, newest last.
    pub recent: Vec<RecentRun>,
    /// By name.
    pub tags: Vec<Tag>,
    pub updated_at: Timestamp,
}

/// The newest run of a job.
#[derive(Debug, Clone, Serialize, Type)]
pub struct LastRun {
    pub execution_id: JobExecutionId,
    pub state: JobExecutionState,
    pub error_code: Option<ErrorCode>,
    pub error_message: Option<String>,
    pub had_skips: bool,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// Files that the last finished step handed on.
    pub files: Option<i64>,
    /// Their bytes.
    pub bytes: Option<i64>,
    /// 0 to 1 while it runs.
    pub progress: Option<f64>,
}

#[derive(Debug, Clone, Copy, Serialize, Type)]
pub struct RecentRun {
    pub execution_id: JobExecutionId,
    pub state: JobExecutionState,
}

/// A job as its page shows it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct JobView {
    pub job: Job,
    /// Who made its first version.
    pub created_by: String,
    /// By name. No version holds them.
    pub tags: Vec<Tag>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct JobVersionRow {
    pub version_number: i32,
    pub created_at: Timestamp,
    pub created_by: String,
}

impl From<JobVersion> for JobVersionRow {
    fn from(v: JobVersion) -> Self {
        Self { version_number: v.version_number, created_at: v.created_at, created_by: v.created_by }
    }
}

/// Everything that steps of a job may refer to; `own` is the job itself, once it is there.
pub(crate) async fn references(session: &mut Session, own: Option<JobId>) -> Result<References> {
    Ok(References {
        connections: session.connections().await?.iter().map(|c| (c.id, c.protocol)).collect(),
        pgp_keys: session.pgp_keys().await?.iter().map(|k| k.id).collect(),
        jobs: session.jobs().await?.iter().map(|job| (job.id, job.into())).collect(),
        own,
    })
}

impl App {
    /// Every step type with its fields and outputs, in the palette's order.
    pub fn step_types(&self) -> Vec<StepSpec> {
        step::specs()
    }

    /// What is to be known of every step type beyond its fields, in the same order.
    pub fn step_guides(&self) -> Vec<StepGuide> {
        step::guides()
    }

    pub async fn jobs_list(&self) -> Result<Vec<JobRow>> {
        let mut session = self.read().await?;
        let jobs = session.jobs().await?;
        let mut recent: HashMap<JobId, Vec<ExecutionSummary>> = HashMap::new();
        for run in session.recent_executions(RECENT).await? {
            recent.entry(run.job_id).or_default().push(run);
        }
        let newest: Vec<JobExecutionId> = recent.values().filter_map(|runs| Some(runs.first()?.id)).collect();
        let mut last = HashMap::new();
        for run in session.executions_of(&newest).await? {
            last.insert(run.job_id, self.last_run(run)?);
        }
        let ids: Vec<_> = jobs.iter().map(|job| job.id.0).collect();
        let mut tags = session.tags_of(TaggableEntityType::Job, &ids).await?;
        let mut rows = Vec::with_capacity(jobs.len());
        for job in jobs {
            let runs = recent.remove(&job.id).unwrap_or_default();
            let last = last.remove(&job.id);
            rows.push(JobRow {
                id: job.id,
                name: job.name,
                is_enabled: job.is_enabled,
                current_version: job.current_version,
                step_count: job.steps.len(),
                last,
                recent: runs.iter().rev().map(|r| RecentRun { execution_id: r.id, state: r.state }).collect(),
                tags: tags.remove(&job.id.0).unwrap_or_default(),
                updated_at: job.updated_at,
            });
        }
        Ok(rows)
    }

    fn last_run(&self, run: ListedExecution) -> Result<LastRun> {
        Ok(LastRun {
            progress: self.progress_of(&run)?,
            execution_id: run.id,
            state: run.state,
            error_code: run.error_code,
            error_message: run.error_message,
            had_skips: run.had_skips,
            started_at: run.started_at,
            completed_at: run.completed_at,
            files: run.files,
            bytes: run.bytes,
        })
    }

    pub async fn jobs_get(&self, id: JobId) -> Result<JobView> {
        let mut session = self.read().await?;
        let job = session.job(id).await?;
        let created_by = session.job_versions(id).await?.pop().map(|v| v.created_by).unwrap_or_default();
        let mut tags = session.tags_of(TaggableEntityType::Job, &[id.0]).await?;
        Ok(JobView { job, created_by, tags: tags.remove(&id.0).unwrap_or_default() })
    }

    /// The job with that name (in any case) or id.
    pub async fn jobs_find(&self, name_or_id: &str) -> Result<Job> {
        Ok(self.read().await?.find_job(name_or_id).await?)
    }

    /// Everything wrong with a draft, of job `id` or of a new one; warnings too. Changes nothing.
    pub async fn jobs_validate(&self, id: Option<JobId>, draft: &JobDraft) -> Result<Vec<Problem>> {
        let references = references(&mut self.read().await?, id).await?;
        Ok(draft.check(&references).0)
    }

    /// Saves a new job, or a change as the next version of job `id`. With `expected_version` it is refused when
    /// somebody else saved meanwhile.
    pub async fn jobs_save(
        &self,
        id: Option<JobId>,
        draft: JobDraft,
        expected_version: Option<i32>,
    ) -> Result<Job> {
        let mut unit = self.begin().await?;
        let references = references(&mut unit, id).await?;
        draft.check(&references).into_result()?;
        let new_step = || self.new_id();
        let job = match id {
            None => {
                let job = Job::new(self.new_id(), draft, unit.now(), new_step);
                unit.insert_job(&job).await?;
                job
            }
            Some(id) => {
                let before = unit.job(id).await?;
                let mut job = before.clone();
                job.edit(draft, unit.now(), new_step);
                if job.to_draft() == before.to_draft() {
                    return Ok(before);
                }
                if let Some(expected) = expected_version {
                    // The store refuses a version that does not follow the newest one.
                    job.current_version = expected.saturating_add(1);
                }
                unit.update_job(&job).await?;
                job
            }
        };
        unit.commit().await?;
        Ok(job)
    }

    /// Takes a job away; its history stays, and [`App::jobs_restore`] brings it back.
    pub async fn jobs_delete(&self, id: JobId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_job(id).await?;
        Ok(unit.commit().await?)
    }

    pub async fn jobs_restore(&self, id: JobId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.restore_job(id).await?;
        Ok(unit.commit().await?)
    }

    /// A deleted job by name or id; the newest of several with the same name.
    pub async fn jobs_find_deleted(&self, name_or_id: &str) -> Result<Job> {
        let deleted = self.read().await?.deleted_jobs().await?;
        let wanted = name_or_id.to_lowercase();
        let mut found: Vec<Job> = deleted
            .into_iter()
            .filter(|j| j.name.to_lowercase() == wanted || j.id.to_string() == wanted)
            .collect();
        found.sort_by_key(|j| j.deleted_at);
        found.pop().ok_or_else(|| {
            AppError::new(ErrorCode::NotFound, format!("There is no deleted job `{name_or_id}`."))
        })
    }

    pub async fn jobs_enable(&self, id: JobId, enabled: bool) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.set_job_enabled(id, enabled).await?;
        Ok(unit.commit().await?)
    }

    /// A copy under a free name.
    pub async fn jobs_duplicate(&self, id: JobId) -> Result<Job> {
        let mut unit = self.begin().await?;
        let job = unit.job(id).await?;
        let taken: Vec<String> = unit.jobs().await?.iter().map(|j| j.name.to_lowercase()).collect();
        let name = (1..)
            .map(|n| if n == 1 { format!("{} (copy)", job.name) } else { format!("{} (copy {n})", job.name) })
            .find(|name| !taken.contains(&name.to_lowercase()))
            .unwrap_or_default();
        let mut draft = JobDraft { name, ..job.to_draft() };
        for step in &mut draft.steps {
            step.id = None;
        }
        let copy = Job::new(self.new_id(), draft, unit.now(), || self.new_id());
        unit.insert_job(&copy).await?;
        unit.commit().await?;
        Ok(copy)
    }

    /// Newest first.
    pub async fn jobs_versions(&self, id: JobId) -> Result<Vec<JobVersionRow>> {
        let versions = self.read().await?.job_versions(id).await?;
        Ok(versions.into_iter().map(JobVersionRow::from).collect())
    }
}
