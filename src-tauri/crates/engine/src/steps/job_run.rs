//! `job.run`: another job, as a run of its own that this one waits for.
//!
//! The run is found again by its trigger key when this step goes on after a pause or a crash. While this run waits, it
//! takes no place among those that may run at once, so that waiting never keeps back what it waits for.

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::parameters;
use crate::stop::StopReason;
use courier_domain::audit::AuditableEntityType;
use courier_domain::execution::{JobContext, JobExecution, JobExecutionState, NewExecution, TriggerKind};
use courier_domain::step::JobRun;
use courier_domain::{ErrorCode, JobExecutionId, JobId};
use courier_store::{Change, LogLevel, StoreError, UnitOfWork};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Finds what no change told of.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Jobs that start each other, from the first to the last.
const DEEPEST: usize = 20;

pub(crate) async fn run(context: &StepContext, params: JobRun) -> Result<Outcome, StepError> {
    let mut changes = context.services.store.changes();
    let child = match found(context).await? {
        Some(child) if params.wait && child.state == JobExecutionState::Paused => {
            go_on(context, child.id).await?;
            child
        }
        Some(child) => child,
        None => start(context, &params).await?,
    };
    if !params.wait {
        return Ok(outcome(child.id, "queued", json!({})));
    }
    context.log(LogLevel::Info, None, format!("Waiting for the run {}.", child.id));
    let _waiting = Waiting::begin(context);
    end_of(context, &params, child.id, &mut changes).await
}

/// Counts among the node's runs that only wait.
struct Waiting<'a>(&'a StepContext);

impl<'a> Waiting<'a> {
    fn begin(context: &'a StepContext) -> Self {
        context.services.waiting.fetch_add(1, Ordering::Relaxed);
        Self(context)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.services.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn end_of(
    context: &StepContext,
    params: &JobRun,
    child: JobExecutionId,
    changes: &mut Receiver<Change>,
) -> Result<Outcome, StepError> {
    loop {
        let now = context.services.store.read().await?.execution(child).await?;
        if now.state.is_terminal() {
            return ended(params, now);
        }
        tokio::select! {
            () = context.cancel.cancelled() => {
                // Whoever stops a run means what it waits for too. A node that only ends does not.
                match context.stop.reason() {
                    Some(StopReason::Cancel) => cancel(context, child).await?,
                    Some(StopReason::Pause) => pause(context, child).await?,
                    Some(StopReason::Shutdown | StopReason::LeaseLost) | None => {}
                }
                return Err(StepError::cancelled());
            }
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = told_of(changes, child) => {}
        }
    }
}

/// Until something happened to the run.
async fn told_of(changes: &mut Receiver<Change>, id: JobExecutionId) {
    loop {
        match changes.recv().await {
            Ok(change)
                if change.entity_type == AuditableEntityType::JobExecution && change.entity_id == id.0 =>
            {
                return;
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            // The store is closing; the stop signal follows.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn trigger_key(context: &StepContext) -> String {
    format!("job:{}", context.step_execution)
}

async fn found(context: &StepContext) -> Result<Option<JobExecution>, StepError> {
    Ok(context.services.store.read().await?.execution_triggered_by_key(&trigger_key(context)).await?)
}

async fn start(context: &StepContext, params: &JobRun) -> Result<JobExecution, StepError> {
    let parent = context.lease.execution_id;
    refuse_circle(context, params.job_id).await?;
    let mut unit = context.services.store.begin("system").await?;
    let job = unit.job(params.job_id).await?;
    if !job.is_enabled {
        let message = format!("The job `{}` is disabled. Enable it, then run again.", job.name);
        return Err(StepError::new(ErrorCode::Conflict, message));
    }
    let given = params.parameters.iter().flat_map(|values| &values.0);
    let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
    let execution = JobExecution::new(NewExecution {
        id: JobExecutionId(context.services.ids.new_id()),
        job_id: job.id,
        job_version_number: job.current_version,
        triggered_by: format!("{}:{parent}", TriggerKind::Job),
        parameters: parameters::resolve(&job, &given, unit.now())?,
        priority: job.priority,
        retry_of: None,
        trigger_key: Some(trigger_key(context)),
        now: unit.now(),
    });
    let queued = unit.enqueue(&execution).await?;
    if params.wait {
        unit.await_run(&context.lease, queued.id).await?;
    }
    unit.commit().await?;
    Ok(queued)
}

/// A job that would start itself, by however many others between, would never end.
async fn refuse_circle(context: &StepContext, job: JobId) -> Result<(), StepError> {
    let mut session = context.services.store.read().await?;
    let mut above = Some(context.lease.execution_id);
    for _ in 0..DEEPEST {
        let Some(id) = above else { return Ok(()) };
        let run = match session.execution(id).await {
            Ok(run) => run,
            Err(StoreError::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if run.job_id == job {
            let name = session.job(job).await?.name;
            return Err(StepError::new(
                ErrorCode::Validation,
                format!("The job `{name}` would start itself: this run belongs to one of it."),
            ));
        }
        above = run.triggered_by.strip_prefix("job:").and_then(|id| id.parse().ok());
    }
    Err(StepError::new(ErrorCode::Validation, format!("More than {DEEPEST} jobs start each other here.")))
}

async fn cancel(context: &StepContext, child: JobExecutionId) -> Result<(), StepError> {
    let mut unit = context.services.store.begin("system").await?;
    let asked = unit.request_cancel(child).await;
    if_it_can(unit, asked).await
}

/// One that has not begun stays in the queue.
async fn pause(context: &StepContext, child: JobExecutionId) -> Result<(), StepError> {
    let mut unit = context.services.store.begin("system").await?;
    let asked = unit.request_pause(child).await;
    if_it_can(unit, asked).await
}

/// It was paused with this run, or by itself; this run goes on, and it waits for it.
async fn go_on(context: &StepContext, child: JobExecutionId) -> Result<(), StepError> {
    let mut unit = context.services.store.begin("system").await?;
    let asked = unit.resume(child).await;
    if_it_can(unit, asked).await
}

/// A run that has ended meanwhile, or goes on already, is as it should be.
async fn if_it_can(unit: UnitOfWork, asked: Result<JobExecution, StoreError>) -> Result<(), StepError> {
    match asked {
        Ok(_) => Ok(unit.commit().await?),
        Err(StoreError::InvalidTransition { .. }) => {
            unit.rollback().await;
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn ended(params: &JobRun, child: JobExecution) -> Result<Outcome, StepError> {
    let steps = json!(JobContext::from_snapshot(&child.context_snapshot).steps);
    match child.state {
        JobExecutionState::Completed => Ok(outcome(child.id, child.state.as_str(), steps)),
        JobExecutionState::Cancelled => Err(StepError::new(
            ErrorCode::JobFailed,
            format!("The run {} of the job {} was cancelled.", child.id, params.job_id),
        )),
        JobExecutionState::Failed
        | JobExecutionState::Created
        | JobExecutionState::Queued
        | JobExecutionState::Running
        | JobExecutionState::Paused => {
            let why = child.error_message.unwrap_or_else(|| "no reason was given".into());
            Err(StepError::new(ErrorCode::JobFailed, format!("The run {} failed: {why}", child.id)))
        }
    }
}

fn outcome(id: JobExecutionId, state: &str, steps: Value) -> Outcome {
    let mut outputs = serde_json::Map::new();
    outputs.insert("execution_id".into(), id.to_string().into());
    outputs.insert("state".into(), state.into());
    outputs.insert("steps".into(), steps);
    Outcome { outputs, ..Outcome::default() }
}
