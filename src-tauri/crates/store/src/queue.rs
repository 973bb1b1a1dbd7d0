//! The queue: how runs get in, who takes them, and who keeps them.
//!
//! A row is the truth; waking is an optimisation. Every transition is decided by the domain's state machine on the row
//! as it is locked in this unit of work.
//!
//! Invariant: a run has one holder at a time, the one with the newest epoch; and no more runs than
//! `job.concurrency_limit`, nor than a job's `max_instances`, are held at once over all nodes.

use crate::column::Text;
use crate::execution::{Row, apply};
use crate::fence::held;
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{EventType, NewEvent};
use courier_domain::execution::{ExecutionEvent, JobExecution, JobExecutionState};
use courier_domain::setting::{CONCURRENCY_LIMIT, setting};
use courier_domain::{ErrorCode, JobExecutionId, JobId, NodeId, Timestamp};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use std::cmp::Reverse;
use uuid::Uuid;

/// Seconds until a run whose node is silent is taken over. Renew well before.
pub const LEASE_SECONDS: i64 = 30;

/// [`LEASE_SECONDS`]. A debug build may be told another length, for tests of nodes that fall silent.
pub fn lease_time() -> TimeDelta {
    #[cfg(debug_assertions)]
    if let Some(seconds) = crate::fault::lease_seconds() {
        return TimeDelta::seconds(seconds.into());
    }
    TimeDelta::seconds(LEASE_SECONDS)
}

/// The PostgreSQL advisory lock under which runs are claimed, so that limits hold over all nodes.
const LOCK: i64 = 0x636f_7572_0002;

/// The right to work on a run, until it expires or a newer epoch is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub execution_id: JobExecutionId,
    pub node_id: NodeId,
    pub epoch: i64,
    pub expires_at: Timestamp,
}

impl Lease {
    /// The lease of a run that is held by somebody.
    pub fn of(execution: &JobExecution) -> Option<Self> {
        Some(Self {
            execution_id: execution.id,
            node_id: execution.claimed_by?,
            epoch: execution.epoch,
            expires_at: execution.lease_expires_at?,
        })
    }

    pub(crate) fn lost(&self) -> StoreError {
        StoreError::LeaseLost { execution_id: self.execution_id }
    }
}

/// Who wants work, and how much.
#[derive(Debug, Clone)]
pub struct ClaimRequest {
    pub node_id: NodeId,
    /// Jobs may be bound to a node by this name.
    pub node_name: String,
    /// Most runs to take.
    pub slots: u32,
    /// Only this run, or those of this run of a chain, for a node that lives for one.
    pub only: Option<Uuid>,
}

/// A lease that was prolonged, and what people want of the run meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Renewal {
    #[sqlx(try_from = "Uuid")]
    pub execution_id: JobExecutionId,
    pub lease_expires_at: Timestamp,
    pub cancel_requested: bool,
    pub pause_requested: bool,
}

/// What the queued run `q` still waits for: dependencies `d` on jobs `p` that were not done since its job last started. A
/// run that has begun, one of a chain, and one that another run waits for wait for nothing. Only the newest runs count,
/// so that history does not slow a claim.
macro_rules! unmet {
    ($never:literal) => {
        concat!(
            "job_dependencies d JOIN jobs p ON p.id = d.upstream_job_id WHERE d.downstream_job_id = q.job_id \
             AND q.started_at IS NULL AND q.chain_execution_id IS NULL AND q.awaited_by IS NULL AND NOT p.is_deleted \
             AND NOT EXISTS (SELECT 1 FROM (SELECT u.state, u.completed_at FROM job_executions u \
             WHERE u.job_id = d.upstream_job_id ORDER BY u.id DESC LIMIT 100) n WHERE n.completed_at > \
             COALESCE((SELECT b.started_at FROM job_executions b WHERE b.job_id = q.job_id \
             AND b.started_at IS NOT NULL ORDER BY b.id DESC LIMIT 1), ",
            $never,
            ") AND (n.state = 'completed' OR (d.run_on_failure AND n.state IN ('failed', 'cancelled'))))"
        )
    };
}

impl Session {
    /// The jobs that a queued run waits for, by name.
    pub async fn waited_for(&mut self, id: JobExecutionId) -> Result<Vec<(JobId, String)>, StoreError> {
        let sql = sql!(self,
            sqlite: concat!("SELECT p.id, p.name FROM job_executions q CROSS JOIN ", unmet!("''"),
                " AND q.id = $1 AND q.state = 'queued' ORDER BY p.name_key"),
            postgres: concat!("SELECT p.id, p.name FROM job_executions q CROSS JOIN ",
                unmet!("TIMESTAMPTZ '-infinity'"), " AND q.id = $1 AND q.state = 'queued' ORDER BY p.name_key"),
        );
        let rows: Vec<(Uuid, String)> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_all(c).await?);
        Ok(rows.into_iter().map(|(id, name)| (JobId(id), name)).collect())
    }
}

impl UnitOfWork {
    /// Puts a new run into the queue: it is stored as Queued. One whose trigger key was used before is refused as
    /// [`StoreError::AlreadyTriggered`], which leaves the unit of work as it was.
    pub async fn enqueue(&mut self, execution: &JobExecution) -> Result<JobExecution, StoreError> {
        let mut queued = execution.clone();
        queued.state = apply(execution, ExecutionEvent::Enqueue)?;
        queued.queued_at = Some(self.now());
        let sql = "INSERT INTO job_executions (id, job_id, job_version_number, chain_execution_id, triggered_by, \
                   state, queued_at, context_snapshot, priority, parameters, retry_of, attempt, had_skips, epoch, \
                   rescues, created_at, updated_at, trigger_key) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, FALSE, 0, 0, $13, $7, $14) \
                   ON CONFLICT (trigger_key) WHERE trigger_key IS NOT NULL DO NOTHING RETURNING *";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql)
            .bind(queued.id.0)
            .bind(queued.job_id.0)
            .bind(queued.job_version_number)
            .bind(queued.chain_execution_id.map(|c| c.0))
            .bind(&queued.triggered_by)
            .bind(Text(queued.state))
            .bind(queued.queued_at)
            .bind(&queued.context_snapshot)
            .bind(queued.priority)
            .bind(Json(&queued.parameters))
            .bind(queued.retry_of.map(|r| r.0))
            .bind(queued.attempt)
            .bind(queued.created_at)
            .bind(&queued.trigger_key)
            .fetch_optional(c)
            .await?);
        let already = || StoreError::AlreadyTriggered { key: queued.trigger_key.clone().unwrap_or_default() };
        let queued = JobExecution::from(row.ok_or_else(already)?);
        if let Some(retried) = queued.retry_of {
            self.copy_run_trigger(retried, queued.id).await?;
        }
        self.record(execution.state, &queued, None, json!({ "triggered_by": queued.triggered_by }));
        Ok(queued)
    }

    /// Takes the oldest runs by priority that may run now. Their leases last [`lease_time`].
    pub async fn claim(&mut self, request: &ClaimRequest) -> Result<Vec<JobExecution>, StoreError> {
        if self.is_postgres() {
            // Its statistics are older than a queue that grows, so the planner would sort all that is queued, taking it
            // for a few rows, where the index has the order; and compile a statement that takes 3 ms.
            let lock = "SELECT pg_advisory_xact_lock($1), set_config('enable_sort', 'off', TRUE), \
                        set_config('enable_bitmapscan', 'off', TRUE), set_config('enable_seqscan', 'off', TRUE), \
                        set_config('jit', 'off', TRUE)";
            on!(self, |c| sqlx::query(lock).bind(LOCK).execute(c).await.map(drop)?);
        }
        let count = "SELECT (SELECT COUNT(*) FROM job_executions r WHERE r.state = 'running' \
                     AND NOT EXISTS (SELECT 1 FROM job_executions a WHERE a.awaited_by = r.id \
                     AND a.state NOT IN ('completed', 'failed', 'cancelled'))), \
                     (SELECT value FROM system_settings WHERE key = $1)";
        let (running, limit): (i64, Option<String>) =
            on!(self, |c| sqlx::query_as(count).bind(CONCURRENCY_LIMIT).fetch_one(c).await?);
        let default = setting(CONCURRENCY_LIMIT).map_or("", |s| s.default);
        let limit = limit.as_deref().unwrap_or(default).parse::<i64>().unwrap_or(1);
        let free = (limit - running).min(i64::from(request.slots));
        if free <= 0 {
            return Ok(Vec::new());
        }
        // Candidates come from the index of what is queued, so history does not slow this down; more than are
        // wanted, because several may be of one job. Whoever claims wakes itself and comes back for the rest.
        let sql = sql!(self, sqlite: CLAIM_SQLITE, postgres: CLAIM_POSTGRES);
        let (now, expires) = (self.now(), self.shared_now().await? + lease_time());
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql)
            .bind(request.node_id.0)
            .bind(now)
            .bind(expires)
            .bind(&request.node_name)
            .bind(request.only)
            .bind(free * 4 + 16)
            .bind(free)
            .fetch_all(c)
            .await?);
        let mut claimed: Vec<JobExecution> = rows.into_iter().map(JobExecution::from).collect();
        claimed.sort_by_key(|e| (Reverse(e.priority), e.queued_at, e.id));
        for execution in &claimed {
            self.written_by_holder(execution.id);
            let event = (execution.epoch == 1).then_some(EventType::JobStarted);
            let details = json!({ "claimed_by": request.node_id, "epoch": execution.epoch });
            self.record(JobExecutionState::Queued, execution, event, details);
        }
        Ok(claimed)
    }

    /// Prolongs leases. One that is missing from the answer is lost: stop working on that run.
    pub async fn renew(&mut self, leases: &[Lease]) -> Result<Vec<Renewal>, StoreError> {
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let expires = self.shared_now().await? + lease_time();
        if self.is_postgres() {
            // In the order in which ends of several runs take the same rows: neither waits for the other in a circle.
            on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT 1 FROM job_executions WHERE id IN (");
                let mut list = query.separated(", ");
                for lease in leases {
                    list.push_bind(lease.execution_id.0);
                }
                query.push(") ORDER BY id FOR UPDATE").build().execute(c).await.map(drop)?;
            });
        }
        let renewed: Vec<Renewal> = on!(self, |c| {
            let mut query = QueryBuilder::new("UPDATE job_executions SET lease_expires_at = ");
            query.push_bind(expires).push(" WHERE state = 'running' AND (FALSE");
            for lease in leases {
                query.push(" OR (id = ").push_bind(lease.execution_id.0);
                query.push(" AND claimed_by = ").push_bind(lease.node_id.0);
                query.push(" AND epoch = ").push_bind(lease.epoch).push(")");
            }
            query.push(
                ") RETURNING id AS execution_id, lease_expires_at, \
                 cancel_requested_at IS NOT NULL AS cancel_requested, \
                 pause_requested_at IS NOT NULL AS pause_requested",
            );
            query.build_query_as().fetch_all(c).await?
        });
        #[cfg(debug_assertions)]
        if crate::fault::is_unfenced() {
            return Ok(crate::fault::renewed_anyway(leases, renewed, expires));
        }
        Ok(renewed)
    }

    /// Cancels a run that nobody holds, at once; asks the holder of one that runs. Asking twice is fine.
    pub async fn request_cancel(&mut self, id: JobExecutionId) -> Result<JobExecution, StoreError> {
        let before = self.locked_execution(id).await?;
        let after = apply(&before, ExecutionEvent::Cancel)?;
        if before.state == JobExecutionState::Running {
            return self.ask(before, "cancel_requested_at", "CancelRequested").await;
        }
        let now = self.now();
        let sql = "UPDATE job_executions SET state = $2, completed_at = $3, cancel_requested_at = $3, \
                   error_code = $4, updated_at = $3 WHERE id = $1 RETURNING *";
        let row: Row = on!(self, |c| sqlx::query_as(sql)
            .bind(id.0)
            .bind(Text(after))
            .bind(now)
            .bind(Text(ErrorCode::Cancelled))
            .fetch_one(c)
            .await?);
        let cancelled = JobExecution::from(row);
        self.close_steps(&cancelled, ErrorCode::Cancelled).await?;
        self.record(before.state, &cancelled, Some(EventType::JobCancelled), json!({}));
        Ok(cancelled)
    }

    /// Asks the holder of a running run to pause it at its next point of return.
    pub async fn request_pause(&mut self, id: JobExecutionId) -> Result<JobExecution, StoreError> {
        let before = self.locked_execution(id).await?;
        apply(&before, ExecutionEvent::Pause)?;
        self.ask(before, "pause_requested_at", "PauseRequested").await
    }

    async fn ask(
        &mut self,
        before: JobExecution,
        column: &'static str,
        operation: &'static str,
    ) -> Result<JobExecution, StoreError> {
        let now = self.now();
        let row: Row = on!(self, |c| {
            let mut query = QueryBuilder::new("UPDATE job_executions SET ");
            query.push(column).push(" = COALESCE(").push(column).push(", ").push_bind(now);
            query.push("), updated_at = ").push_bind(now).push(" WHERE id = ").push_bind(before.id.0);
            query.push(" RETURNING *").build_query_as().fetch_one(c).await?
        });
        self.audit(
            AuditableEntityType::JobExecution,
            before.id,
            operation,
            json!({ "job_id": before.job_id }),
        );
        Ok(row.into())
    }

    /// Lets a paused or failed run go on: the same run, its pinned version, from where it stopped.
    pub async fn resume(&mut self, id: JobExecutionId) -> Result<JobExecution, StoreError> {
        let before = self.locked_execution(id).await?;
        let event = if before.state == JobExecutionState::Failed {
            ExecutionEvent::ResumeFailed
        } else {
            ExecutionEvent::Resume
        };
        let after = apply(&before, event)?;
        let sql = "UPDATE job_executions SET state = $2, queued_at = $3, updated_at = $3, completed_at = NULL, \
                   error_code = NULL, error_message = NULL, cancel_requested_at = NULL, \
                   pause_requested_at = NULL, rescues = 0 WHERE id = $1 RETURNING *";
        let now = self.now();
        let row: Row =
            on!(self, |c| sqlx::query_as(sql).bind(id.0).bind(Text(after)).bind(now).fetch_one(c).await?);
        let resumed = JobExecution::from(row);
        self.record(before.state, &resumed, Some(EventType::JobResumed), json!({}));
        Ok(resumed)
    }

    /// Notes that a run waits for another one: until that is over, it does not count among those that may run at once.
    pub async fn await_run(&mut self, lease: &Lease, awaited: JobExecutionId) -> Result<(), StoreError> {
        self.hold(lease).await?;
        let sql = "UPDATE job_executions SET awaited_by = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql)
            .bind(awaited.0)
            .bind(lease.execution_id.0)
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }

    /// Makes sure that the lease is the newest one, and keeps it so until the unit of work ends.
    pub(crate) async fn hold(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let sql = held!("UPDATE job_executions SET updated_at = $4", "");
        let now = self.now();
        let held = on!(self, |c| sqlx::query(sql)
            .bind(lease.execution_id.0)
            .bind(lease.node_id.0)
            .bind(lease.epoch)
            .bind(now)
            .execute(c)
            .await?
            .rows_affected());
        if held == 1 { Ok(()) } else { Err(lease.lost()) }
    }

    /// The entry, and the event if there is one, of a transition.
    pub(crate) fn record(
        &mut self,
        from: JobExecutionState,
        after: &JobExecution,
        event: Option<EventType>,
        details: Value,
    ) {
        let mut facts = json!({
            "job_id": after.job_id, "job_version_number": after.job_version_number, "from": from,
            "to": after.state,
        });
        if let (Value::Object(facts), Value::Object(details)) = (&mut facts, details) {
            facts.extend(details);
            if let Some(code) = after.error_code {
                facts.insert("error_code".into(), json!(code));
                facts.insert("error_message".into(), json!(after.error_message));
            }
        }
        if let Some(event_type) = event {
            self.event(NewEvent {
                event_type,
                entity_type: AuditableEntityType::JobExecution,
                entity_id: after.id.0,
                payload: facts.clone(),
            });
        }
        self.audit(AuditableEntityType::JobExecution, after.id, "StateChanged", facts);
    }
}

/// Jobs that run as often as they may are found first and their runs passed by what the index of the queue says, so that
/// a long line behind one of them costs no row. The texts differ in the row locks, which SQLite does not need, and in
/// how its planner is kept from beginning with the jobs, or from sorting all that is queued.
macro_rules! claim {
    ($join:literal, $lock:literal, $never:literal) => {
        concat!(
            "WITH busy AS (SELECT r.job_id FROM job_executions r JOIN jobs j ON j.id = r.job_id \
             WHERE r.state = 'running' GROUP BY r.job_id, j.max_instances HAVING COUNT(*) >= j.max_instances), \
             candidates AS (SELECT q.id, q.job_id, q.priority, q.queued_at FROM job_executions q ",
            $join,
            " jobs j ON j.id = q.job_id WHERE q.state = 'queued' AND q.job_id NOT IN (SELECT b.job_id FROM busy b) \
             AND (j.run_on = 'any' OR j.run_on = $4) AND ($5 IS NULL OR q.id = $5 \
             OR q.chain_execution_id = $5 OR q.awaited_by IN (SELECT w.id FROM job_executions w WHERE w.claimed_by = $1 AND w.state = 'running')) \
             AND NOT EXISTS (SELECT 1 FROM chain_executions x WHERE x.id = q.chain_execution_id \
             AND x.state = 'paused') AND NOT EXISTS (SELECT 1 FROM ",
            unmet!($never),
            ") ORDER BY q.priority DESC, q.queued_at, q.id LIMIT $6",
            $lock,
            "), ranked AS (SELECT c.*, ROW_NUMBER() OVER \
             (PARTITION BY c.job_id ORDER BY c.priority DESC, c.queued_at, c.id) AS place FROM candidates c) \
             UPDATE job_executions SET state = 'running', claimed_by = $1, started_at = COALESCE(started_at, $2), \
             updated_at = $2, lease_expires_at = $3, epoch = epoch + 1 WHERE id IN \
             (SELECT k.id FROM ranked k JOIN jobs j ON j.id = k.job_id WHERE k.place + \
             (SELECT COUNT(*) FROM job_executions r WHERE r.job_id = k.job_id AND r.state = 'running') \
             <= j.max_instances ORDER BY k.priority DESC, k.queued_at, k.id LIMIT $7) RETURNING *"
        )
    };
}
const CLAIM_SQLITE: &str = claim!("INDEXED BY job_executions_queue CROSS JOIN", "", "''");
const CLAIM_POSTGRES: &str = claim!("JOIN", " FOR UPDATE OF q SKIP LOCKED", "TIMESTAMPTZ '-infinity'");
