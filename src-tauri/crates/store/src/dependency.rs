//! Dependencies between jobs that stand alone.
//!
//! Left out: waiting (the queue asks). Invariant: the stored edges make no cycle, not even by two that are added at the
//! same time; those of deleted jobs count, because the jobs may come back. The audit knows them under the job that
//! waits.

use crate::iteration::push_in;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::dependency::{JobDependency, cycle};
use courier_domain::problem::Problem;
use courier_domain::{JobDependencyId, JobId, Problems, Timestamp};
use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

const KIND: &str = "dependency";
/// The PostgreSQL advisory lock under which edges are added.
const LOCK: i64 = 0x636f_7572_0010;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    upstream_job_id: Uuid,
    downstream_job_id: Uuid,
    run_on_failure: bool,
    trigger_downstream: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for JobDependency {
    fn from(row: Row) -> Self {
        JobDependency {
            id: JobDependencyId(row.id),
            upstream_job_id: JobId(row.upstream_job_id),
            downstream_job_id: JobId(row.downstream_job_id),
            run_on_failure: row.run_on_failure,
            trigger_downstream: row.trigger_downstream,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Session {
    pub async fn dependency(&mut self, id: JobDependencyId) -> Result<JobDependency, StoreError> {
        let sql = "SELECT * FROM job_dependencies WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(JobDependency::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// What the job waits for, oldest first.
    pub async fn upstream_dependencies(&mut self, job: JobId) -> Result<Vec<JobDependency>, StoreError> {
        self.edges("SELECT * FROM job_dependencies WHERE downstream_job_id = $1 ORDER BY id", Some(job)).await
    }

    /// What waits for the job, oldest first; deleted jobs too.
    pub async fn downstream_dependencies(&mut self, job: JobId) -> Result<Vec<JobDependency>, StoreError> {
        self.edges("SELECT * FROM job_dependencies WHERE upstream_job_id = $1 ORDER BY id", Some(job)).await
    }

    /// Every dependency of a job that is not deleted, oldest first.
    /// Those by which the end of one of these jobs starts another.
    pub async fn triggering_dependencies(
        &mut self,
        upstreams: &BTreeSet<JobId>,
    ) -> Result<Vec<JobDependency>, StoreError> {
        if upstreams.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM job_dependencies WHERE trigger_downstream");
            push_in(&mut query, "upstream_job_id", upstreams.iter().map(|id| id.0));
            query.push(" ORDER BY id").build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(JobDependency::from).collect())
    }

    pub async fn dependencies(&mut self) -> Result<Vec<JobDependency>, StoreError> {
        let sql = "SELECT d.* FROM job_dependencies d JOIN jobs j ON j.id = d.downstream_job_id \
                   WHERE NOT j.is_deleted ORDER BY d.id";
        self.edges(sql, None).await
    }

    async fn edges(
        &mut self,
        sql: &'static str,
        job: Option<JobId>,
    ) -> Result<Vec<JobDependency>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| {
            let query = sqlx::query_as(sql);
            let query = match job {
                Some(job) => query.bind(job.0),
                None => query,
            };
            query.fetch_all(c).await?
        });
        Ok(rows.into_iter().map(JobDependency::from).collect())
    }
}

impl UnitOfWork {
    /// Stores a new edge. Refused if it is there already, if a job is deleted, and if it closes a cycle, whose path is
    /// told by the jobs' names.
    pub async fn insert_dependency(&mut self, dependency: &JobDependency) -> Result<(), StoreError> {
        if self.is_postgres() {
            // Two edges that close a cycle only together must not miss each other.
            let lock = "SELECT pg_advisory_xact_lock($1)";
            on!(self, |c| sqlx::query(lock).bind(LOCK).execute(c).await.map(drop)?);
        }
        let (upstream, downstream) = (dependency.upstream_job_id, dependency.downstream_job_id);
        self.hold_jobs([upstream, downstream]).await?;
        let all = "SELECT upstream_job_id, downstream_job_id FROM job_dependencies";
        let mut edges: Vec<(Uuid, Uuid)> = on!(self, |c| sqlx::query_as(all).fetch_all(c).await?);
        let names = self.both_names(dependency).await?;
        if edges.contains(&(upstream.0, downstream.0)) {
            let what = format!("of `{}` on `{}`", name(&names, downstream.0), name(&names, upstream.0));
            return Err(StoreError::AlreadyThere { kind: KIND, what });
        }
        if upstream == downstream {
            let message = format!("`{}` cannot wait for itself.", name(&names, upstream.0));
            return Err(Problems::one(Problem::error("upstream_job_id", "cycle", message)).into());
        }
        edges.push((upstream.0, downstream.0));
        if let Some(path) = cycle(edges) {
            let names = self.job_names().await?;
            let path: Vec<String> = path.into_iter().map(|id| name(&names, id)).collect();
            let message = format!("The jobs would wait for each other: {}.", path.join(" → "));
            return Err(Problems::one(Problem::error("upstream_job_id", "cycle", message)).into());
        }
        let sql = "INSERT INTO job_dependencies (id, upstream_job_id, downstream_job_id, run_on_failure, \
                   trigger_downstream, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        on!(self, |c| sqlx::query(sql)
            .bind(dependency.id.0)
            .bind(upstream.0)
            .bind(downstream.0)
            .bind(dependency.run_on_failure)
            .bind(dependency.trigger_downstream)
            .bind(dependency.created_at)
            .bind(dependency.updated_at)
            .execute(c)
            .await
            .map(drop)?);
        let details = told(dependency, &names);
        self.audit(AuditableEntityType::Job, downstream, "DependencyAdded", details);
        Ok(())
    }

    /// Forgets an edge.
    pub async fn delete_dependency(&mut self, id: JobDependencyId) -> Result<(), StoreError> {
        let dependency = self.dependency(id).await?;
        let names = self.both_names(&dependency).await?;
        let sql = "DELETE FROM job_dependencies WHERE id = $1";
        let gone = on!(self, |c| sqlx::query(sql).bind(id.0).execute(c).await?.rows_affected());
        if gone == 0 {
            return Err(StoreError::not_found(KIND, id));
        }
        let details = told(&dependency, &names);
        self.audit(AuditableEntityType::Job, dependency.downstream_job_id, "DependencyRemoved", details);
        Ok(())
    }

    async fn both_names(&mut self, dependency: &JobDependency) -> Result<HashMap<Uuid, String>, StoreError> {
        let sql = "SELECT id, name FROM jobs WHERE id IN ($1, $2)";
        let rows: Vec<(Uuid, String)> = on!(self, |c| sqlx::query_as(sql)
            .bind(dependency.upstream_job_id.0)
            .bind(dependency.downstream_job_id.0)
            .fetch_all(c)
            .await?);
        Ok(rows.into_iter().collect())
    }

    async fn job_names(&mut self) -> Result<HashMap<Uuid, String>, StoreError> {
        let sql = "SELECT id, CASE WHEN is_deleted THEN name || ' (deleted)' ELSE name END FROM jobs";
        let rows: Vec<(Uuid, String)> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().collect())
    }
}

fn name(names: &HashMap<Uuid, String>, id: Uuid) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

fn told(dependency: &JobDependency, names: &HashMap<Uuid, String>) -> Value {
    json!({
        "dependency_id": dependency.id, "upstream_job_id": dependency.upstream_job_id,
        "upstream": name(names, dependency.upstream_job_id.0), "run_on_failure": dependency.run_on_failure,
        "trigger_downstream": dependency.trigger_downstream,
    })
}
