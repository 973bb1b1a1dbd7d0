//! Runs of jobs, read one by one. Lists of them are in `execution_list`, how they move in `queue`, `run` and `rescue`.

use crate::StoreError;
use crate::column::Text;
use crate::session::{Session, on, sql};
use courier_domain::execution::{ExecutionEvent, JobExecution, JobExecutionState};
use courier_domain::{ChainExecutionId, ErrorCode, JobExecutionId, JobId, NodeId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) const KIND: &str = "run";

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    job_id: Uuid,
    job_version_number: i32,
    chain_execution_id: Option<Uuid>,
    triggered_by: String,
    state: Text<JobExecutionState>,
    queued_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    context_snapshot: String,
    priority: i32,
    parameters: Json<BTreeMap<String, Value>>,
    retry_of: Option<Uuid>,
    trigger_key: Option<String>,
    attempt: i32,
    had_skips: bool,
    error_code: Option<Text<ErrorCode>>,
    error_message: Option<String>,
    cancel_requested_at: Option<Timestamp>,
    pause_requested_at: Option<Timestamp>,
    claimed_by: Option<Uuid>,
    lease_expires_at: Option<Timestamp>,
    epoch: i64,
    rescues: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for JobExecution {
    fn from(row: Row) -> Self {
        JobExecution {
            id: JobExecutionId(row.id),
            job_id: JobId(row.job_id),
            job_version_number: row.job_version_number,
            chain_execution_id: row.chain_execution_id.map(ChainExecutionId),
            triggered_by: row.triggered_by,
            state: row.state.0,
            queued_at: row.queued_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            context_snapshot: row.context_snapshot,
            priority: row.priority,
            parameters: row.parameters.0,
            retry_of: row.retry_of.map(JobExecutionId),
            trigger_key: row.trigger_key,
            attempt: row.attempt,
            had_skips: row.had_skips,
            error_code: row.error_code.map(|c| c.0),
            error_message: row.error_message,
            cancel_requested_at: row.cancel_requested_at,
            pause_requested_at: row.pause_requested_at,
            claimed_by: row.claimed_by.map(NodeId),
            lease_expires_at: row.lease_expires_at,
            epoch: row.epoch,
            rescues: row.rescues,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ExecutionSummary {
    pub id: JobExecutionId,
    pub job_id: JobId,
    pub state: JobExecutionState,
}

#[derive(FromRow)]
struct SummaryRow {
    id: Uuid,
    job_id: Uuid,
    state: Text<JobExecutionState>,
}

/// How full the queue is, over all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QueueCounts {
    pub queued: i64,
    pub running: i64,
}

impl Session {
    pub async fn execution(&mut self, id: JobExecutionId) -> Result<JobExecution, StoreError> {
        let sql = "SELECT * FROM job_executions WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(JobExecution::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// The run that was started under a trigger key.
    pub async fn execution_triggered_by_key(
        &mut self,
        key: &str,
    ) -> Result<Option<JobExecution>, StoreError> {
        let sql = "SELECT * FROM job_executions WHERE trigger_key = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(key).fetch_optional(c).await?);
        Ok(row.map(JobExecution::from))
    }

    /// The run, kept from others' changes until the unit of work ends.
    pub(crate) async fn locked_execution(&mut self, id: JobExecutionId) -> Result<JobExecution, StoreError> {
        // SQLite's one writer is lock enough.
        let sql = sql!(self,
            sqlite: "SELECT * FROM job_executions WHERE id = $1",
            postgres: "SELECT * FROM job_executions WHERE id = $1 FOR UPDATE");
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(JobExecution::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// Whether anything is queued; as quick with many as with few.
    pub async fn has_queued(&mut self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM job_executions WHERE state = 'queued')";
        Ok(on!(self, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
    }

    /// The newest `per_job` runs of every job that is not deleted, newest first within a job; one query.
    pub async fn recent_executions(&mut self, per_job: u32) -> Result<Vec<ExecutionSummary>, StoreError> {
        // Both read `per_job` index entries for each job and no row, however long the history.
        let sql = sql!(self,
            sqlite: "SELECT e.id, e.job_id, e.state FROM jobs j CROSS JOIN job_executions e \
                     WHERE e.job_id = j.id AND NOT j.is_deleted AND e.id >= COALESCE(\
                     (SELECT x.id FROM job_executions x WHERE x.job_id = j.id ORDER BY x.id DESC LIMIT 1 OFFSET $1 - 1), \
                     x'') ORDER BY e.job_id, e.id DESC",
            postgres: "SELECT e.id, e.job_id, e.state FROM jobs j CROSS JOIN LATERAL \
                       (SELECT x.id, x.job_id, x.state FROM job_executions x WHERE x.job_id = j.id \
                       ORDER BY x.id DESC LIMIT $1) e WHERE NOT j.is_deleted ORDER BY e.job_id, e.id DESC");
        let rows: Vec<SummaryRow> =
            on!(self, |c| sqlx::query_as(sql).bind(i64::from(per_job)).fetch_all(c).await?);
        let summary = |row: SummaryRow| ExecutionSummary {
            id: JobExecutionId(row.id),
            job_id: JobId(row.job_id),
            state: row.state.0,
        };
        Ok(rows.into_iter().map(summary).collect())
    }

    pub async fn queue_counts(&mut self) -> Result<QueueCounts, StoreError> {
        let sql = "SELECT (SELECT COUNT(*) FROM job_executions WHERE state = 'queued'), \
                   (SELECT COUNT(*) FROM job_executions WHERE state = 'running')";
        let (queued, running) = on!(self, |c| sqlx::query_as(sql).fetch_one(c).await?);
        Ok(QueueCounts { queued, running })
    }
}

/// The state after the event, as the domain's state machine has it.
pub(crate) fn apply(
    execution: &JobExecution,
    event: ExecutionEvent,
) -> Result<JobExecutionState, StoreError> {
    execution
        .state
        .apply(event)
        .map_err(|cause| StoreError::InvalidTransition { what: format!("run {}", execution.id), cause })
}
