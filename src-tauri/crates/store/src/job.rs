//! Jobs with their steps and versions.
//!
//! Invariant: each save makes the next version; a step that leaves its job is kept as deleted, because runs refer to
//! it.

use crate::audit::{changes, facts};
use crate::column::{Whole, name_key};
use crate::session::{ROWS, Session, on};
use crate::setting::known;
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::job::{FailurePolicy, Job, JobParameter, JobStep, JobVersion};
use courier_domain::schedule::JobSchedule;
use courier_domain::step::Configuration;
use courier_domain::{JobId, JobStepId, JobVersionId, Timestamp};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::HashMap;
use uuid::Uuid;

const KIND: &str = "job";

#[derive(FromRow)]
struct JobRow {
    id: Uuid,
    name: String,
    description: Option<String>,
    current_version: i32,
    failure_policy: Json<FailurePolicy>,
    is_enabled: bool,
    parameters: Json<Vec<JobParameter>>,
    time_zone: Option<String>,
    max_instances: i32,
    priority: i32,
    run_on: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct StepRow {
    id: Uuid,
    job_id: Uuid,
    step_order: i32,
    name: String,
    alias: String,
    type_key: String,
    configuration: Json<Configuration>,
    timeout_seconds: Whole<u32>,
    failure_policy: Option<Json<FailurePolicy>>,
    enabled: bool,
}

#[derive(FromRow)]
struct VersionRow {
    id: Uuid,
    job_id: Uuid,
    version_number: i32,
    config_snapshot: String,
    created_at: Timestamp,
    created_by: String,
}

#[derive(FromRow)]
struct VersionAndSetting {
    #[sqlx(flatten)]
    version: VersionRow,
    setting: Option<String>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Job {
            id: JobId(row.id),
            name: row.name,
            description: row.description,
            current_version: row.current_version,
            failure_policy: row.failure_policy.0,
            is_enabled: row.is_enabled,
            parameters: row.parameters.0,
            time_zone: row.time_zone,
            max_instances: row.max_instances,
            priority: row.priority,
            run_on: row.run_on,
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_deleted: row.is_deleted,
            deleted_at: row.deleted_at,
            steps: Vec::new(),
        }
    }
}

impl From<StepRow> for JobStep {
    fn from(row: StepRow) -> Self {
        JobStep {
            id: JobStepId(row.id),
            job_id: JobId(row.job_id),
            step_order: row.step_order,
            name: row.name,
            alias: row.alias,
            type_key: row.type_key,
            configuration: row.configuration.0,
            timeout_seconds: row.timeout_seconds.0,
            failure_policy: row.failure_policy.map(|p| p.0),
            enabled: row.enabled,
        }
    }
}

impl From<VersionRow> for JobVersion {
    fn from(row: VersionRow) -> Self {
        JobVersion {
            id: JobVersionId(row.id),
            job_id: JobId(row.job_id),
            version_number: row.version_number,
            config_snapshot: row.config_snapshot,
            created_at: row.created_at,
            created_by: row.created_by,
        }
    }
}

impl Session {
    /// A job with its steps, also a deleted one.
    pub async fn job(&mut self, id: JobId) -> Result<Job, StoreError> {
        let sql = "SELECT * FROM jobs WHERE id = $1";
        let row: Option<JobRow> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        self.with_steps(row.ok_or_else(|| StoreError::not_found(KIND, id))?).await
    }

    /// A job that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_job(&mut self, name_or_id: &str) -> Result<Job, StoreError> {
        let sql = "SELECT * FROM jobs WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<JobRow> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        self.with_steps(row.ok_or_else(|| StoreError::not_found(KIND, name_or_id))?).await
    }

    async fn with_steps(&mut self, row: JobRow) -> Result<Job, StoreError> {
        let sql = "SELECT * FROM job_steps WHERE job_id = $1 AND NOT is_deleted ORDER BY step_order";
        let steps: Vec<StepRow> = on!(self, |c| sqlx::query_as(sql).bind(row.id).fetch_all(c).await?);
        let mut job = Job::from(row);
        job.steps = steps.into_iter().map(JobStep::from).collect();
        Ok(job)
    }

    /// Every job that is not deleted, with its steps, by name. Two queries in all.
    pub async fn jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        let jobs = "SELECT * FROM jobs WHERE NOT is_deleted ORDER BY name_key";
        let steps = "SELECT s.* FROM job_steps s JOIN jobs j ON j.id = s.job_id \
                     WHERE NOT j.is_deleted AND NOT s.is_deleted ORDER BY s.job_id, s.step_order";
        self.list(jobs, steps).await
    }

    /// Deleted jobs, newest deletion first.
    pub async fn deleted_jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        let jobs = "SELECT * FROM jobs WHERE is_deleted ORDER BY deleted_at DESC";
        let steps = "SELECT s.* FROM job_steps s JOIN jobs j ON j.id = s.job_id \
                     WHERE j.is_deleted AND NOT s.is_deleted ORDER BY s.job_id, s.step_order";
        self.list(jobs, steps).await
    }

    async fn list(&mut self, jobs: &'static str, steps: &'static str) -> Result<Vec<Job>, StoreError> {
        let jobs: Vec<JobRow> = on!(self, |c| sqlx::query_as(jobs).fetch_all(c).await?);
        let steps: Vec<StepRow> = on!(self, |c| sqlx::query_as(steps).fetch_all(c).await?);
        let mut by_job: HashMap<Uuid, Vec<JobStep>> = HashMap::new();
        for step in steps {
            by_job.entry(step.job_id).or_default().push(step.into());
        }
        Ok(jobs
            .into_iter()
            .map(|row| {
                let mut job = Job::from(row);
                job.steps = by_job.remove(&job.id.0).unwrap_or_default();
                job
            })
            .collect())
    }

    /// A job's versions, newest first.
    pub async fn job_versions(&mut self, id: JobId) -> Result<Vec<JobVersion>, StoreError> {
        let sql = "SELECT * FROM job_versions WHERE job_id = $1 ORDER BY version_number DESC";
        let rows: Vec<VersionRow> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_all(c).await?);
        Ok(rows.into_iter().map(JobVersion::from).collect())
    }

    /// One version of a job.
    pub async fn job_version(&mut self, id: JobId, number: i32) -> Result<JobVersion, StoreError> {
        let sql = "SELECT * FROM job_versions WHERE job_id = $1 AND version_number = $2";
        let row: Option<VersionRow> =
            on!(self, |c| sqlx::query_as(sql).bind(id.0).bind(number).fetch_optional(c).await?);
        let row = row.ok_or_else(|| StoreError::not_found("job version", format!("{id}@{number}")))?;
        Ok(row.into())
    }

    /// One version of a job, and a setting's value or default: what a run begins with, as one statement.
    pub async fn job_version_and_setting(
        &mut self,
        id: JobId,
        number: i32,
        key: &str,
    ) -> Result<(JobVersion, String), StoreError> {
        let spec = known(key)?;
        let sql = "SELECT v.*, (SELECT s.value FROM system_settings s WHERE s.key = $3) AS setting \
                   FROM job_versions v WHERE v.job_id = $1 AND v.version_number = $2";
        let row: Option<VersionAndSetting> = on!(self, |c| sqlx::query_as(sql)
            .bind(id.0)
            .bind(number)
            .bind(spec.key)
            .fetch_optional(c)
            .await?);
        let row = row.ok_or_else(|| StoreError::not_found("job version", format!("{id}@{number}")))?;
        Ok((row.version.into(), row.setting.unwrap_or_else(|| spec.default.to_owned())))
    }
}

impl UnitOfWork {
    /// Stores a new job (its `current_version` is 1) with its first version.
    pub async fn insert_job(&mut self, job: &Job) -> Result<(), StoreError> {
        let sql = "INSERT INTO jobs (id, name, name_key, description, current_version, failure_policy, is_enabled, \
                   parameters, time_zone, max_instances, priority, run_on, created_at, updated_at, is_deleted, \
                   deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        let inserted = on!(self, |c| sqlx::query(sql)
            .bind(job.id.0)
            .bind(&job.name)
            .bind(name_key(&job.name))
            .bind(&job.description)
            .bind(job.current_version)
            .bind(Json(&job.failure_policy))
            .bind(job.is_enabled)
            .bind(Json(&job.parameters))
            .bind(&job.time_zone)
            .bind(job.max_instances)
            .bind(job.priority)
            .bind(&job.run_on)
            .bind(job.created_at)
            .bind(job.updated_at)
            .bind(job.is_deleted)
            .bind(job.deleted_at)
            .execute(c)
            .await
            .map(drop));
        taken(inserted, KIND, &job.name)?;
        self.put_steps(job).await?;
        self.put_version(job).await?;
        self.audit(AuditableEntityType::Job, job.id, "Created", facts(job));
        Ok(())
    }

    /// Stores an edited job as its next version; refused if somebody else has saved one since it was loaded. Whether
    /// it is enabled is no part of a version and stays as it is stored.
    pub async fn update_job(&mut self, job: &Job) -> Result<(), StoreError> {
        let before = self.job(job.id).await?;
        let sql = "UPDATE jobs SET name = $2, name_key = $3, description = $4, current_version = $5, \
                   failure_policy = $6, parameters = $7, time_zone = $8, max_instances = $9, priority = $10, \
                   run_on = $11, updated_at = $12 \
                   WHERE id = $1 AND current_version = $5 - 1 AND NOT is_deleted";
        let updated = on!(self, |c| sqlx::query(sql)
            .bind(job.id.0)
            .bind(&job.name)
            .bind(name_key(&job.name))
            .bind(&job.description)
            .bind(job.current_version)
            .bind(Json(&job.failure_policy))
            .bind(Json(&job.parameters))
            .bind(&job.time_zone)
            .bind(job.max_instances)
            .bind(job.priority)
            .bind(&job.run_on)
            .bind(job.updated_at)
            .execute(c)
            .await
            .map(|done| done.rows_affected()));
        if taken(updated, KIND, &job.name)? == 0 {
            let current = self.living_job(job.id).await?;
            let (about, entity) = ((KIND, current.name.as_str()), (AuditableEntityType::Job, job.id.0));
            return Err(self.out_of_date(about, entity, job, &current).await);
        }
        // All leave, then those that stay come back, so that steps may trade places and aliases.
        let leave = "UPDATE job_steps SET is_deleted = TRUE WHERE job_id = $1 AND NOT is_deleted";
        on!(self, |c| sqlx::query(leave).bind(job.id.0).execute(c).await.map(drop)?);
        self.put_steps(job).await?;
        self.put_version(job).await?;
        self.audit(AuditableEntityType::Job, job.id, "Updated", changes(&before, job));
        Ok(())
    }

    async fn put_steps(&mut self, job: &Job) -> Result<(), StoreError> {
        if job.steps.is_empty() {
            return Ok(());
        }
        let insert = "INSERT INTO job_steps (id, job_id, step_order, name, alias, type_key, configuration, \
                      timeout_seconds, failure_policy, enabled, is_deleted) ";
        let replace = " ON CONFLICT (id) DO UPDATE SET step_order = excluded.step_order, name = excluded.name, \
                       alias = excluded.alias, type_key = excluded.type_key, \
                       configuration = excluded.configuration, timeout_seconds = excluded.timeout_seconds, \
                       failure_policy = excluded.failure_policy, enabled = excluded.enabled, \
                       is_deleted = excluded.is_deleted WHERE job_steps.job_id = excluded.job_id";
        let mut written = 0;
        for steps in job.steps.chunks(ROWS) {
            written += on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(steps, |mut values, step| {
                    values
                        .push_bind(step.id.0)
                        .push_bind(job.id.0)
                        .push_bind(step.step_order)
                        .push_bind(&step.name)
                        .push_bind(&step.alias)
                        .push_bind(&step.type_key)
                        .push_bind(Json(&step.configuration))
                        .push_bind(Whole(step.timeout_seconds))
                        .push_bind(step.failure_policy.as_ref().map(Json))
                        .push_bind(step.enabled)
                        .push_bind(false);
                });
                query.push(replace);
                query.build().execute(c).await?.rows_affected()
            });
        }
        if written != job.steps.len() as u64 {
            return Err(StoreError::Damaged {
                what: format!("a step of job {} belongs to another job", job.id),
            });
        }
        Ok(())
    }

    async fn put_version(&mut self, job: &Job) -> Result<(), StoreError> {
        let snapshot = serde_json::to_string(&job.to_draft())
            .map_err(|e| StoreError::Damaged { what: format!("job {}: {e}", job.id) })?;
        let sql = "INSERT INTO job_versions (id, job_id, version_number, config_snapshot, created_at, created_by) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let (id, actor, now) = (self.new_id(), self.actor().to_owned(), self.now());
        on!(self, |c| sqlx::query(sql)
            .bind(id)
            .bind(job.id.0)
            .bind(job.current_version)
            .bind(&snapshot)
            .bind(now)
            .bind(&actor)
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }

    /// Lets a job be started, or not. No change of version: it is not part of what the job does.
    pub async fn set_job_enabled(&mut self, id: JobId, enabled: bool) -> Result<Job, StoreError> {
        let mut job = self.living_job(id).await?;
        if job.is_enabled != enabled {
            (job.is_enabled, job.updated_at) = (enabled, self.now());
            let sql = "UPDATE jobs SET is_enabled = $2, updated_at = $3 WHERE id = $1";
            on!(self, |c| sqlx::query(sql)
                .bind(id.0)
                .bind(enabled)
                .bind(job.updated_at)
                .execute(c)
                .await
                .map(drop)?);
            let operation = if enabled { "Enabled" } else { "Disabled" };
            self.audit(AuditableEntityType::Job, id, operation, json!({ "name": job.name }));
        }
        Ok(job)
    }

    /// Hides a job; its history stays and [`UnitOfWork::restore_job`] brings it back. Refused while it has a run that
    /// is not over, and while a chain, a monitor or another job's dependency names it.
    pub async fn delete_job(&mut self, id: JobId) -> Result<(), StoreError> {
        let job = self.living_job(id).await?;
        let busy = "SELECT COUNT(*) FROM job_executions WHERE job_id = $1 AND state IN ('created', 'queued', 'running', 'paused')";
        let busy: i64 = on!(self, |c| sqlx::query_scalar(busy).bind(id.0).fetch_one(c).await?);
        if busy > 0 {
            let by = format!("{busy} unfinished run{}", if busy == 1 { "" } else { "s" });
            return Err(StoreError::InUse { kind: KIND, name: job.name, by });
        }
        self.refuse_if_job_is_used(&job).await?;
        let now = self.now();
        let sql = "UPDATE jobs SET is_deleted = TRUE, deleted_at = $2, updated_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        self.audit(AuditableEntityType::Job, id, "Deleted", json!({ "name": job.name }));
        Ok(())
    }

    /// Brings a deleted job back, if its name is still free and the jobs that it waits for are there. Its schedules go
    /// on from now.
    pub async fn restore_job(&mut self, id: JobId) -> Result<Job, StoreError> {
        let mut job = self.job(id).await?;
        if job.is_deleted {
            let upstream = self.upstream_dependencies(id).await?;
            self.hold_jobs_again(upstream.iter().map(|d| d.upstream_job_id), "dependencies").await?;
            let now = self.now();
            let sql = "UPDATE jobs SET is_deleted = FALSE, deleted_at = NULL, updated_at = $2 WHERE id = $1";
            let restored = on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop));
            taken(restored, KIND, &job.name)?;
            self.wake_schedules::<JobSchedule>(id).await?;
            (job.is_deleted, job.deleted_at, job.updated_at) = (false, None, now);
            self.audit(AuditableEntityType::Job, id, "Restored", json!({ "name": job.name }));
        }
        Ok(job)
    }

    async fn living_job(&mut self, id: JobId) -> Result<Job, StoreError> {
        let job = self.job(id).await?;
        if job.is_deleted { Err(StoreError::not_found(KIND, job.name)) } else { Ok(job) }
    }
}

/// Turns a refusal by a unique index into a name that is taken.
pub(crate) fn taken<T>(
    result: Result<T, sqlx::Error>,
    kind: &'static str,
    name: &str,
) -> Result<T, StoreError> {
    result.map_err(|error| {
        let error = StoreError::from(error);
        if error.is_duplicate() { StoreError::NameTaken { kind, name: name.to_owned() } } else { error }
    })
}
