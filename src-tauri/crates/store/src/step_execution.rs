//! Attempts of steps: one row for each attempt and iteration.
//!
//! What a run of many iterations asks for comes in parts, so that nobody holds all of them.
//!
//! Invariant: a row that is completed, failed or skipped never changes again.

use crate::column::{Text, kept};
use crate::session::{ROWS, Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{EventType, NewEvent};
use courier_domain::execution::{InvalidTransition, StepExecution, StepExecutionState};
use courier_domain::{ErrorCode, JobExecutionId, JobStepId, LoopId, StepExecutionId, Timestamp};
use serde_json::json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    job_execution_id: Uuid,
    job_step_id: Uuid,
    step_order: i32,
    state: Text<StepExecutionState>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    duration_ms: Option<i64>,
    bytes_processed: Option<i64>,
    output_data: Option<String>,
    error_message: Option<String>,
    error_stack_trace: Option<String>,
    retry_attempt: i32,
    iteration_path: String,
    error_code: Option<Text<ErrorCode>>,
    loop_id: Option<Uuid>,
    resume_data: Option<String>,
}

impl From<Row> for StepExecution {
    fn from(row: Row) -> Self {
        StepExecution {
            id: StepExecutionId(row.id),
            job_execution_id: JobExecutionId(row.job_execution_id),
            job_step_id: JobStepId(row.job_step_id),
            step_order: row.step_order,
            state: row.state.0,
            started_at: row.started_at,
            completed_at: row.completed_at,
            duration_ms: row.duration_ms,
            bytes_processed: row.bytes_processed,
            output_data: row.output_data,
            error_message: row.error_message,
            error_stack_trace: row.error_stack_trace,
            retry_attempt: row.retry_attempt,
            iteration_path: row.iteration_path,
            error_code: row.error_code.map(|c| c.0),
            loop_id: row.loop_id.map(LoopId),
            resume_data: row.resume_data,
        }
    }
}

impl Session {
    /// A run's step rows by step, iteration and attempt.
    pub async fn step_executions(
        &mut self,
        execution: JobExecutionId,
    ) -> Result<Vec<StepExecution>, StoreError> {
        let sql = "SELECT * FROM step_executions WHERE job_execution_id = $1 \
                   ORDER BY step_order, iteration_path, retry_attempt, id";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).bind(execution.0).fetch_all(c).await?);
        Ok(rows.into_iter().map(StepExecution::from).collect())
    }
}

/// Iterations in one read.
const PAGE: i64 = 1_000;

impl Session {
    /// The step rows of a run that stand in no loop, by step and attempt.
    pub async fn steps_outside_loops(
        &mut self,
        execution: JobExecutionId,
    ) -> Result<Vec<StepExecution>, StoreError> {
        let sql = "SELECT * FROM step_executions WHERE job_execution_id = $1 AND iteration_path = '' \
                   ORDER BY step_order, retry_attempt, id";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).bind(execution.0).fetch_all(c).await?);
        Ok(rows.into_iter().map(StepExecution::from).collect())
    }

    /// Rows of the step that ends a loop's iterations, a part at a time: those behind the path and attempt of `after`.
    /// Of one iteration the newest is the last.
    pub async fn iteration_ends(
        &mut self,
        execution: JobExecutionId,
        loop_id: LoopId,
        end_order: i32,
        after: Option<&(String, i32)>,
    ) -> Result<Vec<StepExecution>, StoreError> {
        let sql = "SELECT * FROM step_executions WHERE job_execution_id = $1 AND step_order = $2 \
                   AND (iteration_path, retry_attempt) > ($3, $4) AND loop_id = $5 \
                   ORDER BY iteration_path, retry_attempt LIMIT $6";
        let (path, attempt) = after.map_or(("", -1), |(path, attempt)| (path.as_str(), *attempt));
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql)
            .bind(execution.0)
            .bind(end_order)
            .bind(path)
            .bind(attempt)
            .bind(loop_id.0)
            .bind(PAGE)
            .fetch_all(c)
            .await?);
        Ok(rows.into_iter().map(StepExecution::from).collect())
    }

    /// Rows of iterations that a resume has to know more of, and that were made after `since`, a part at a time.
    pub async fn resume_data_since(
        &mut self,
        execution: JobExecutionId,
        since: LoopId,
        after: Option<StepExecutionId>,
    ) -> Result<Vec<StepExecution>, StoreError> {
        let sql = "SELECT * FROM step_executions WHERE job_execution_id = $1 AND iteration_path <> '' \
                   AND resume_data IS NOT NULL AND id > $2 ORDER BY id LIMIT $3";
        let after = after.map_or(since.0, |id| id.0);
        let rows: Vec<Row> =
            on!(self, |c| sqlx::query_as(sql).bind(execution.0).bind(after).bind(PAGE).fetch_all(c).await?);
        Ok(rows.into_iter().map(StepExecution::from).collect())
    }

    /// The highest attempt of any step from `first` to `last` in any iteration of a run.
    pub async fn newest_attempt(
        &mut self,
        execution: JobExecutionId,
        first: i32,
        last: i32,
    ) -> Result<Option<i32>, StoreError> {
        let sql = "SELECT MAX(retry_attempt) FROM step_executions WHERE job_execution_id = $1 \
                   AND step_order BETWEEN $2 AND $3 AND iteration_path <> ''";
        Ok(on!(self, |c| sqlx::query_scalar(sql)
            .bind(execution.0)
            .bind(first)
            .bind(last)
            .fetch_one(c)
            .await?))
    }
}

/// A row that is new or has changed, of the run that its writer holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Put<'a> {
    execution: JobExecutionId,
    step: &'a StepExecution,
    /// It began since it was last written, and is over already.
    begun: bool,
}

impl<'a> Put<'a> {
    pub(crate) fn of(
        execution: JobExecutionId,
        steps: &'a [StepExecution],
        begun: &'a [StepExecutionId],
    ) -> impl Iterator<Item = Self> {
        steps.iter().map(move |step| Self { execution, step, begun: begun.contains(&step.id) })
    }
}

impl UnitOfWork {
    /// Writes new rows and new states of rows, as one statement unless they are very many, with an entry and an event
    /// for each.
    pub(crate) async fn put_step_executions(&mut self, rows: &[Put<'_>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let insert = "INSERT INTO step_executions (id, job_execution_id, job_step_id, step_order, state, started_at, \
                      completed_at, duration_ms, bytes_processed, output_data, error_message, error_stack_trace, \
                      retry_attempt, iteration_path, error_code, loop_id, resume_data) ";
        let replace = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, started_at = excluded.started_at, \
                       completed_at = excluded.completed_at, duration_ms = excluded.duration_ms, \
                       bytes_processed = excluded.bytes_processed, output_data = excluded.output_data, \
                       error_message = excluded.error_message, error_stack_trace = excluded.error_stack_trace, \
                       error_code = excluded.error_code, loop_id = excluded.loop_id, \
                       resume_data = excluded.resume_data \
                       WHERE step_executions.job_execution_id = excluded.job_execution_id \
                       AND step_executions.state NOT IN ('completed', 'failed', 'skipped')";
        let mut written = 0;
        for some in rows.chunks(ROWS) {
            written += on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(some, |mut values, row| {
                    let step = row.step;
                    let running = step.state == StepExecutionState::Running;
                    let over = step.state.is_terminal();
                    values
                        .push_bind(step.id.0)
                        .push_bind(row.execution.0)
                        .push_bind(step.job_step_id.0)
                        .push_bind(step.step_order)
                        .push_bind(Text(step.state))
                        .push_bind(step.started_at.or_else(|| running.then_some(now)))
                        .push_bind(if over { step.completed_at.or(Some(now)) } else { None })
                        .push_bind(step.duration_ms)
                        .push_bind(step.bytes_processed)
                        .push_bind(&step.output_data)
                        .push_bind(step.error_message.as_deref().map(kept))
                        .push_bind(step.error_stack_trace.as_deref().map(kept))
                        .push_bind(step.retry_attempt)
                        .push_bind(&step.iteration_path)
                        .push_bind(step.error_code.map(Text))
                        .push_bind(step.loop_id.map(|id| id.0))
                        .push_bind(&step.resume_data);
                });
                query.push(replace);
                query.build().execute(c).await?.rows_affected()
            });
        }
        if written != rows.len() as u64 {
            let runs: BTreeSet<String> = rows.iter().map(|row| row.execution.to_string()).collect();
            return Err(StoreError::InvalidTransition {
                what: format!("a step of run {}", Vec::from_iter(runs).join(" or ")),
                cause: InvalidTransition { state: "over", event: "change" },
            });
        }
        for Put { execution, step, begun } in rows {
            if *begun {
                self.step_began(*execution, step);
            }
            let details = json!({
                "job_execution_id": execution, "step_order": step.step_order, "iteration_path": step.iteration_path,
                "retry_attempt": step.retry_attempt, "to": step.state, "error_code": step.error_code,
                "error_message": step.error_message, "bytes_processed": step.bytes_processed,
                "duration_ms": step.duration_ms,
            });
            self.event(NewEvent {
                event_type: event_of(step),
                entity_type: AuditableEntityType::StepExecution,
                entity_id: step.id.0,
                payload: details.clone(),
            });
            self.audit(AuditableEntityType::StepExecution, step.id, "StateChanged", details);
        }
        Ok(())
    }
}

impl UnitOfWork {
    /// The record of a beginning whose row is over already.
    fn step_began(&mut self, execution: JobExecutionId, step: &StepExecution) {
        let details = json!({
            "job_execution_id": execution, "step_order": step.step_order, "iteration_path": step.iteration_path,
            "retry_attempt": step.retry_attempt, "to": StepExecutionState::Running, "error_code": null,
            "error_message": null, "bytes_processed": null, "duration_ms": null,
        });
        self.event(NewEvent {
            event_type: EventType::StepStarted,
            entity_type: AuditableEntityType::StepExecution,
            entity_id: step.id.0,
            payload: details.clone(),
        });
        self.audit(AuditableEntityType::StepExecution, step.id, "StateChanged", details);
    }
}

fn event_of(step: &StepExecution) -> EventType {
    match step.state {
        StepExecutionState::Pending => EventType::StepPaused,
        StepExecutionState::Running => EventType::StepStarted,
        StepExecutionState::Completed => EventType::StepCompleted,
        StepExecutionState::Failed if step.error_code == Some(ErrorCode::Cancelled) => {
            EventType::StepCancelled
        }
        StepExecutionState::Failed => EventType::StepFailed,
        StepExecutionState::Skipped => EventType::StepSkipped,
    }
}
