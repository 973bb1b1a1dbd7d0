//! Who refers to a job or a chain: what is referred to must be there, and stays there.
//!
//! Invariant: whoever stores a reference holds the row it refers to, and whoever deletes a row locks it before looking
//! for references; so of two that happen at once, one waits and sees what the other has done.

use crate::session::{on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::chain::JobChain;
use courier_domain::job::Job;
use courier_domain::problem::Problem;
use courier_domain::{JobChainId, JobId, Problems};
use sqlx::QueryBuilder;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Names that a refusal lists, at most.
const NAMED: i64 = 5;

/// Living chains with the job as a living member.
const CHAINS: &str = "SELECT DISTINCT c.name FROM job_chains c JOIN job_chain_members m ON m.chain_id = c.id \
                      WHERE m.job_id = $1 AND NOT m.is_deleted AND NOT c.is_deleted ORDER BY c.name LIMIT $2";
/// Living jobs that wait for the job.
const DOWNSTREAM: &str = "SELECT j.name FROM jobs j JOIN job_dependencies d ON d.downstream_job_id = j.id \
                          WHERE d.upstream_job_id = $1 AND NOT j.is_deleted ORDER BY j.name LIMIT $2";
const MONITORS_OF_JOB: &str = "SELECT DISTINCT f.name FROM file_monitors f JOIN monitor_job_bindings b ON b.monitor_id = f.id \
     WHERE b.job_id = $1 AND NOT b.is_deleted AND NOT f.is_deleted ORDER BY f.name LIMIT $2";
const MONITORS_OF_CHAIN: &str = "SELECT DISTINCT f.name FROM file_monitors f JOIN monitor_job_bindings b ON b.monitor_id = f.id \
     WHERE b.chain_id = $1 AND NOT b.is_deleted AND NOT f.is_deleted ORDER BY f.name LIMIT $2";

impl UnitOfWork {
    /// Keeps the jobs from being deleted until the unit of work ends; refuses if one is deleted already.
    pub(crate) async fn hold_jobs(&mut self, ids: impl IntoIterator<Item = JobId>) -> Result<(), StoreError> {
        let ids: BTreeSet<Uuid> = ids.into_iter().map(|id| id.0).collect();
        if ids.is_empty() {
            return Ok(());
        }
        // SQLite's one writer is lock enough.
        let lock = sql!(self, sqlite: "", postgres: " FOR SHARE");
        let rows: Vec<(Uuid, String, bool)> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT id, name, is_deleted FROM jobs WHERE id IN (");
            let mut listed = query.separated(", ");
            for id in &ids {
                listed.push_bind(*id);
            }
            // In one order, so that two who want the same jobs do not wait for each other.
            query.push(") ORDER BY id").push(lock);
            query.build_query_as().fetch_all(c).await?
        });
        let found: HashMap<Uuid, (String, bool)> =
            rows.into_iter().map(|(id, name, is_deleted)| (id, (name, is_deleted))).collect();
        for id in ids {
            match found.get(&id) {
                None => return Err(StoreError::not_found("job", id)),
                Some((name, true)) => return Err(StoreError::not_found("job", name)),
                Some((_, false)) => {}
            }
        }
        Ok(())
    }

    /// As [`UnitOfWork::hold_jobs`], for something deleted that needs the jobs to come back.
    pub(crate) async fn hold_jobs_again(
        &mut self,
        ids: impl IntoIterator<Item = JobId>,
        path: &str,
    ) -> Result<(), StoreError> {
        let held = self.hold_jobs(ids).await;
        if let Err(StoreError::NotFound { what, .. }) = &held {
            let message = format!("It needs the job `{what}`, which is deleted; restore that first.");
            return Err(Problems::one(Problem::error(path, "unknown_reference", message)).into());
        }
        held
    }

    /// As [`UnitOfWork::hold_jobs`], for one chain.
    pub(crate) async fn hold_chain(&mut self, id: JobChainId) -> Result<(), StoreError> {
        let sql = sql!(self,
            sqlite: "SELECT name, is_deleted FROM job_chains WHERE id = $1",
            postgres: "SELECT name, is_deleted FROM job_chains WHERE id = $1 FOR SHARE");
        let row: Option<(String, bool)> =
            on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        match row {
            None => Err(StoreError::not_found(crate::chain::KIND, id)),
            Some((name, true)) => Err(StoreError::not_found(crate::chain::KIND, name)),
            Some((_, false)) => Ok(()),
        }
    }

    /// Refuses if a living chain, monitor or dependency names the job, and says which. What the job itself waits for
    /// does not hold it.
    pub(crate) async fn refuse_if_job_is_used(&mut self, job: &Job) -> Result<(), StoreError> {
        self.lock("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", job.id.0).await?;
        let mut by = Vec::new();
        by.extend(named("chain", &self.names(CHAINS, job.id.0).await?));
        by.extend(named("monitor", &self.names(MONITORS_OF_JOB, job.id.0).await?));
        by.extend(named("dependent job", &self.names(DOWNSTREAM, job.id.0).await?));
        refuse("job", &job.name, &by)
    }

    /// Refuses if the chain has a run that is not over or a living monitor starts it, and says which.
    pub(crate) async fn refuse_if_chain_is_used(&mut self, chain: &JobChain) -> Result<(), StoreError> {
        self.lock("SELECT 1 FROM job_chains WHERE id = $1 FOR UPDATE", chain.id.0).await?;
        let busy = "SELECT COUNT(*) FROM chain_executions WHERE chain_id = $1 \
                    AND state IN ('pending', 'running', 'paused')";
        let busy: i64 = on!(self, |c| sqlx::query_scalar(busy).bind(chain.id.0).fetch_one(c).await?);
        let mut by = Vec::new();
        if busy > 0 {
            by.push(format!("{busy} unfinished run{}", if busy == 1 { "" } else { "s" }));
        }
        by.extend(named("monitor", &self.names(MONITORS_OF_CHAIN, chain.id.0).await?));
        refuse(crate::chain::KIND, &chain.name, &by)
    }

    /// Waits for whoever holds the row.
    pub(crate) async fn lock(&mut self, postgres: &'static str, id: Uuid) -> Result<(), StoreError> {
        if self.is_postgres() {
            on!(self, |c| sqlx::query(postgres).bind(id).execute(c).await.map(drop)?);
        }
        Ok(())
    }

    async fn names(&mut self, sql: &'static str, id: Uuid) -> Result<Vec<String>, StoreError> {
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(id).bind(NAMED).fetch_all(c).await?))
    }
}

/// `the chain a`, `the chains a, b`; nothing for no names.
fn named(kind: &str, names: &[String]) -> Option<String> {
    let plural = match names.len() {
        0 => return None,
        1 => "",
        _ => "s",
    };
    Some(format!("the {kind}{plural} {}", names.join(", ")))
}

fn refuse(kind: &'static str, name: &str, by: &[String]) -> Result<(), StoreError> {
    if by.is_empty() {
        return Ok(());
    }
    Err(StoreError::InUse { kind, name: name.to_owned(), by: by.join(" and ") })
}
