//! Runs of jobs, read. How they move is in `queue`, `run` and `rescue`.

use crate::StoreError;
use crate::column::Text;
use crate::session::{Session, on, sql};
use courier_domain::execution::{ExecutionEvent, JobExecution, JobExecutionState};
use courier_domain::{ChainExecutionId, ErrorCode, JobExecutionId, JobId, NodeId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
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

/// Which runs to list. The default is the newest ones of everything.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    pub job_id: Option<JobId>,
    /// Any of these; all states when empty.
    pub states: Vec<JobExecutionState>,
    /// Only runs older than this one: the cursor of the next page.
    pub before: Option<JobExecutionId>,
    pub limit: u32,
}

/// What a list of jobs shows of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExecutionSummary {
    pub id: JobExecutionId,
    pub job_id: JobId,
    pub state: JobExecutionState,
    pub had_skips: bool,
    pub error_code: Option<ErrorCode>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(FromRow)]
struct SummaryRow {
    id: Uuid,
    job_id: Uuid,
    state: Text<JobExecutionState>,
    had_skips: bool,
    error_code: Option<Text<ErrorCode>>,
    queued_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    created_at: Timestamp,
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

    /// The run, kept from others' changes until the unit of work ends.
    pub(crate) async fn locked_execution(&mut self, id: JobExecutionId) -> Result<JobExecution, StoreError> {
        // SQLite's one writer is lock enough.
        let sql = sql!(self,
            sqlite: "SELECT * FROM job_executions WHERE id = $1",
            postgres: "SELECT * FROM job_executions WHERE id = $1 FOR UPDATE");
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(JobExecution::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// Runs, newest first.
    pub async fn executions(&mut self, filter: &ExecutionFilter) -> Result<Vec<JobExecution>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM job_executions WHERE TRUE");
            if let Some(job_id) = filter.job_id {
                query.push(" AND job_id = ").push_bind(job_id.0);
            }
            if !filter.states.is_empty() {
                query.push(" AND state IN (");
                let mut states = query.separated(", ");
                for state in &filter.states {
                    states.push_bind(Text(*state));
                }
                query.push(")");
            }
            if let Some(before) = filter.before {
                query.push(" AND id < ").push_bind(before.0);
            }
            // Ids grow with time, so they are the order of creation and a cursor that never skips a row.
            query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.limit));
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(JobExecution::from).collect())
    }

    /// The newest `per_job` runs of every job that is not deleted, newest first within a job; one query.
    pub async fn recent_executions(&mut self, per_job: u32) -> Result<Vec<ExecutionSummary>, StoreError> {
        // Both read `per_job` index entries for each job, however long its history.
        let sql = sql!(self,
            sqlite: "SELECT e.id, e.job_id, e.state, e.had_skips, e.error_code, e.queued_at, e.started_at, \
                     e.completed_at, e.created_at FROM jobs j JOIN job_executions e ON e.id IN \
                     (SELECT x.id FROM job_executions x WHERE x.job_id = j.id ORDER BY x.id DESC LIMIT $1) \
                     WHERE NOT j.is_deleted ORDER BY e.job_id, e.id DESC",
            postgres: "SELECT e.id, e.job_id, e.state, e.had_skips, e.error_code, e.queued_at, e.started_at, \
                       e.completed_at, e.created_at FROM jobs j CROSS JOIN LATERAL \
                       (SELECT x.* FROM job_executions x WHERE x.job_id = j.id ORDER BY x.id DESC LIMIT $1) e \
                       WHERE NOT j.is_deleted ORDER BY e.job_id, e.id DESC");
        let rows: Vec<SummaryRow> =
            on!(self, |c| sqlx::query_as(sql).bind(i64::from(per_job)).fetch_all(c).await?);
        Ok(rows
            .into_iter()
            .map(|row| ExecutionSummary {
                id: JobExecutionId(row.id),
                job_id: JobId(row.job_id),
                state: row.state.0,
                had_skips: row.had_skips,
                error_code: row.error_code.map(|c| c.0),
                queued_at: row.queued_at,
                started_at: row.started_at,
                completed_at: row.completed_at,
                created_at: row.created_at,
            })
            .collect())
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
