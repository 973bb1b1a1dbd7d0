//! What the holder of a run writes: checkpoints and its end.
//!
//! Invariant: a write under an epoch that is not the newest changes nothing and is answered with a lost lease.

use crate::column::{Text, kept};
use crate::execution::Row;
use crate::fence::held;
use crate::queue::Lease;
use crate::session::on;
use crate::step_execution::Put;
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::EventType;
use courier_domain::execution::{
    ExecutionEvent, JobExecution, JobExecutionState, StepExecution, StepExecutionState,
};
use courier_domain::{ErrorCode, StepExecutionId};
use serde::Deserialize;
use serde_json::json;
use std::cmp::Reverse;

/// Step rows of several runs in one statement; far below both databases' limits of bound values.
const STEP_ROWS: usize = 500;

/// How far a run is. Steps are the rows that are new or have changed since the last checkpoint.
#[derive(Debug, Clone, Copy, Default)]
pub struct Checkpoint<'a> {
    pub steps: &'a [StepExecution],
    /// Those of them that began since then and are over already: their beginning is recorded too.
    pub begun: &'a [StepExecutionId],
    /// The run's context as JSON, if it has changed.
    pub context_snapshot: Option<&'a str>,
}

/// How a run ends, or stops for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Completed { had_skips: bool },
    Failed { code: ErrorCode, message: String },
    Cancelled,
    Paused,
}

/// The last write of a holder.
#[derive(Debug, Clone)]
pub struct Ending<'a> {
    pub outcome: Outcome,
    /// Step rows that are new or have changed since the last checkpoint.
    pub steps: &'a [StepExecution],
    /// Those of them that began since then and are over already: their beginning is recorded too.
    pub begun: &'a [StepExecutionId],
    /// The run's context as JSON, if it has changed.
    pub context_snapshot: Option<&'a str>,
}

/// What steps handed on: files of the last completed one that counts any, bytes of the last that moved any. What
/// iterations did is added up at the end.
#[derive(Debug, Clone, Copy)]
struct Moved {
    files: Option<i64>,
    bytes: Option<i64>,
}

impl Moved {
    fn by(steps: &[StepExecution]) -> Self {
        let mut completed: Vec<_> = steps
            .iter()
            .filter(|s| s.state == StepExecutionState::Completed && s.iteration_path.is_empty())
            .collect();
        completed.sort_by_key(|s| (Reverse(s.step_order), Reverse(s.retry_attempt)));
        let files = completed.iter().find_map(|s| {
            let outputs: Counted = serde_json::from_str(s.output_data.as_deref()?).ok()?;
            outputs.file_count.filter(|n| *n >= 0)
        });
        Self { files, bytes: completed.iter().find_map(|s| s.bytes_processed.filter(|b| *b > 0)) }
    }
}

/// Of a step's outputs, what is counted.
#[derive(Deserialize)]
struct Counted {
    file_count: Option<i64>,
}

impl Outcome {
    fn event(&self) -> (ExecutionEvent, EventType) {
        match self {
            Outcome::Completed { .. } => (ExecutionEvent::Complete, EventType::JobCompleted),
            Outcome::Failed { .. } => (ExecutionEvent::Fail, EventType::JobFailed),
            Outcome::Cancelled => (ExecutionEvent::Cancel, EventType::JobCancelled),
            Outcome::Paused => (ExecutionEvent::Pause, EventType::JobPaused),
        }
    }

    fn error(&self) -> (Option<ErrorCode>, Option<&str>) {
        match self {
            Outcome::Completed { .. } | Outcome::Paused => (None, None),
            Outcome::Failed { code, message } => (Some(*code), Some(message)),
            Outcome::Cancelled => (Some(ErrorCode::Cancelled), None),
        }
    }
}

impl UnitOfWork {
    /// Writes step rows and the context. A step that completed proves progress: the count of rescues starts anew.
    pub async fn checkpoint(&mut self, lease: &Lease, checkpoint: &Checkpoint<'_>) -> Result<(), StoreError> {
        let moved = Moved::by(checkpoint.steps);
        let progress = checkpoint.steps.iter().any(|s| s.state == StepExecutionState::Completed);
        let sql = held!(
            "UPDATE job_executions SET context_snapshot = COALESCE($4, context_snapshot), \
             rescues = CASE WHEN $5 THEN 0 ELSE rescues END, updated_at = $6, \
             files = COALESCE($7, files), bytes = COALESCE($8, bytes)",
            ""
        );
        let now = self.now();
        let held = on!(self, |c| sqlx::query(sql)
            .bind(lease.execution_id.0)
            .bind(lease.node_id.0)
            .bind(lease.epoch)
            .bind(checkpoint.context_snapshot)
            .bind(progress)
            .bind(now)
            .bind(moved.files)
            .bind(moved.bytes)
            .execute(c)
            .await?
            .rows_affected());
        if held != 1 {
            return Err(lease.lost());
        }
        self.written_by_holder(lease.execution_id);
        let rows: Vec<Put<'_>> = Put::of(lease.execution_id, checkpoint.steps, checkpoint.begun).collect();
        self.put_step_executions(&rows).await
    }

    /// Ends the run, or pauses it, and gives the lease back.
    pub async fn finish(&mut self, lease: &Lease, ending: &Ending<'_>) -> Result<JobExecution, StoreError> {
        let ending = self.as_asked(lease, ending).await?;
        let after = self.end_run(lease, &ending).await?;
        let rows: Vec<Put<'_>> = Put::of(lease.execution_id, ending.steps, ending.begun).collect();
        self.put_step_executions(&rows).await?;
        self.end_steps(&ending, &after).await?;
        Ok(after)
    }

    /// [`UnitOfWork::finish`] of several runs, all or none, with their step rows as one statement. Gives the runs as they
    /// are now.
    pub async fn finish_all(
        &mut self,
        endings: &[(Lease, Ending<'_>)],
    ) -> Result<Vec<JobExecution>, StoreError> {
        // One order for everybody who takes several runs' rows, so that nobody waits for another in a circle.
        let mut wanted: Vec<_> = endings.iter().collect();
        wanted.sort_by_key(|(lease, _)| lease.execution_id);
        let (mut in_order, mut ended) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
        for (lease, ending) in wanted {
            let ending = self.as_asked(lease, ending).await?;
            ended.push(self.end_run(lease, &ending).await?);
            in_order.push((lease, ending));
        }
        let rows: Vec<Put<'_>> = in_order
            .iter()
            .flat_map(|(lease, ending)| Put::of(lease.execution_id, ending.steps, ending.begun))
            .collect();
        for rows in rows.chunks(STEP_ROWS) {
            self.put_step_executions(rows).await?;
        }
        for ((_, ending), after) in in_order.iter().zip(&ended) {
            self.end_steps(ending, after).await?;
        }
        Ok(ended)
    }

    /// The ending with what people wanted since its holder was asked to pause: the run is cancelled all the same.
    async fn as_asked<'a>(&mut self, lease: &Lease, ending: &Ending<'a>) -> Result<Ending<'a>, StoreError> {
        let mut ending = ending.clone();
        if ending.outcome == Outcome::Paused {
            let run = self.locked_execution(lease.execution_id).await?;
            if run.cancel_requested_at.is_some() {
                ending.outcome = Outcome::Cancelled;
            }
        }
        Ok(ending)
    }

    /// The run's own row.
    async fn end_run(&mut self, lease: &Lease, ending: &Ending<'_>) -> Result<JobExecution, StoreError> {
        let from = JobExecutionState::Running;
        let (event, _) = ending.outcome.event();
        let to = from.apply(event).map_err(|cause| StoreError::InvalidTransition {
            what: format!("run {}", lease.execution_id),
            cause,
        })?;
        let (code, message) = ending.outcome.error();
        let had_skips = matches!(ending.outcome, Outcome::Completed { had_skips: true });
        let now = self.now();
        let sql = held!(
            "UPDATE job_executions SET state = $4, completed_at = $5, had_skips = $6, error_code = $7, \
             error_message = $8, context_snapshot = COALESCE($9, context_snapshot), updated_at = $10, \
             claimed_by = NULL, lease_expires_at = NULL, rescues = 0, \
             files = COALESCE($11, files), bytes = COALESCE($12, bytes), \
             pause_requested_at = CASE WHEN $4 = 'paused' THEN pause_requested_at END",
            " RETURNING *"
        );
        let moved = Moved::by(ending.steps);
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql)
            .bind(lease.execution_id.0)
            .bind(lease.node_id.0)
            .bind(lease.epoch)
            .bind(Text(to))
            .bind(to.is_terminal().then_some(now))
            .bind(had_skips)
            .bind(code.map(Text))
            .bind(message.map(kept))
            .bind(ending.context_snapshot)
            .bind(now)
            .bind(moved.files)
            .bind(moved.bytes)
            .fetch_optional(c)
            .await?);
        self.written_by_holder(lease.execution_id);
        Ok(JobExecution::from(row.ok_or_else(|| lease.lost())?))
    }

    /// The steps that the end of their run ends, and the record of that end.
    async fn end_steps(&mut self, ending: &Ending<'_>, after: &JobExecution) -> Result<(), StoreError> {
        if after.state != JobExecutionState::Completed {
            let (code, _) = ending.outcome.error();
            self.close_steps(after, code.unwrap_or(ErrorCode::Paused)).await?;
        }
        let (_, event_type) = ending.outcome.event();
        let details = json!({ "had_skips": after.had_skips });
        self.record(JobExecutionState::Running, after, Some(event_type), details);
        Ok(())
    }

    /// Begins the run anew from its first step, as the next attempt of the same run.
    pub async fn retry_whole_job(&mut self, lease: &Lease, context_snapshot: &str) -> Result<(), StoreError> {
        let sql = held!(
            "UPDATE job_executions SET attempt = attempt + 1, context_snapshot = $4, updated_at = $5",
            " RETURNING attempt"
        );
        let now = self.now();
        let attempt: Option<i32> = on!(self, |c| sqlx::query_scalar(sql)
            .bind(lease.execution_id.0)
            .bind(lease.node_id.0)
            .bind(lease.epoch)
            .bind(context_snapshot)
            .bind(now)
            .fetch_optional(c)
            .await?);
        let attempt = attempt.ok_or_else(|| lease.lost())?;
        self.written_by_holder(lease.execution_id);
        let details = json!({ "attempt": attempt });
        self.audit(AuditableEntityType::JobExecution, lease.execution_id, "Retried", details);
        Ok(())
    }

    /// Leaves no step running when its run stops: what ran goes back to pending on a pause or rescue, and has failed
    /// otherwise; on a cancel, what had not begun is skipped.
    pub(crate) async fn close_steps(
        &mut self,
        after: &JobExecution,
        code: ErrorCode,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let sql = match after.state {
            JobExecutionState::Queued | JobExecutionState::Paused => {
                "UPDATE step_executions SET state = 'pending', started_at = NULL \
                 WHERE job_execution_id = $1 AND state = 'running' AND $2 IS NOT NULL AND $3 IS NOT NULL"
            }
            JobExecutionState::Failed | JobExecutionState::Cancelled => {
                "UPDATE step_executions SET error_code = $3, state = 'failed', completed_at = $2 \
                 WHERE job_execution_id = $1 AND state = 'running'"
            }
            JobExecutionState::Created | JobExecutionState::Running | JobExecutionState::Completed => {
                return Ok(());
            }
        };
        on!(self, |c| sqlx::query(sql)
            .bind(after.id.0)
            .bind(now)
            .bind(Text(code))
            .execute(c)
            .await
            .map(drop)?);
        if after.state == JobExecutionState::Cancelled { self.skip_not_begun(after).await } else { Ok(()) }
    }
}
