//! One attempt of a step: templates, time limit, stop signal, grace, and panics turned into errors.

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::scope::{self, Resolved};
use crate::steps;
use crate::stop::Stop;
use courier_domain::ErrorCode;
use courier_domain::job::JobStep;
use courier_domain::step::{StepParams, StepType};
use courier_domain::template::Scope;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// How long a step that was told to stop may take before it is abandoned.
const GRACE: Duration = Duration::from_secs(10);

/// How an attempt ended.
pub(crate) enum Ended {
    Done(Outcome),
    Failed(StepError),
    /// The run was stopped; the step's own result no longer matters.
    Stopped,
}

pub(crate) async fn run(context: &StepContext, scope: &Scope, stop: &Stop) -> Ended {
    let params = match resolve(context, scope).and_then(|resolved| admitted(context, resolved)) {
        Ok(params) => params,
        Err(error) => return Ended::Failed(error),
    };
    // A wait has an end of its own, and so has another run.
    let is_wait = matches!(params, StepParams::FlowWait(_) | StepParams::JobRun(_));
    let step = AssertUnwindSafe(steps::run(context, params)).catch_unwind();
    tokio::pin!(step);
    let limit = match context.step.timeout_seconds {
        0 => Duration::MAX,
        _ if is_wait => Duration::MAX,
        seconds => Duration::from_secs(u64::from(seconds)),
    };
    let result = tokio::select! {
        biased;
        done = &mut step => done,
        () = stop.token().cancelled() => {
            context.cancel.cancel();
            return match tokio::time::timeout(GRACE, &mut step).await {
                // It was just done when it was told to stop.
                Ok(Ok(Ok(outcome))) => Ended::Done(outcome),
                Ok(_) => Ended::Stopped,
                Err(_) => {
                    tracing::warn!(step = %context.step.alias, "a step did not stop and was abandoned");
                    Ended::Stopped
                }
            };
        }
        () = sleep(limit) => {
            context.cancel.cancel();
            let stopped = tokio::time::timeout(GRACE, &mut step).await.is_ok();
            return Ended::Failed(timed_out(context.step.timeout_seconds, stopped));
        }
    };
    match result {
        Ok(Ok(outcome)) => Ended::Done(outcome),
        Ok(Err(_)) if stop.reason().is_some() => Ended::Stopped,
        Ok(Err(error)) => Ended::Failed(error),
        Err(panic) => Ended::Failed(broke(&panic)),
    }
}

async fn sleep(limit: Duration) {
    if limit == Duration::MAX {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(limit).await;
}

fn resolve(context: &StepContext, scope: &Scope) -> Result<Resolved, StepError> {
    scope::resolve(step_type(&context.step)?, &context.step.configuration, scope)
}

pub(crate) fn step_type(step: &JobStep) -> Result<StepType, StepError> {
    step.type_key.parse().map_err(|_| {
        StepError::new(ErrorCode::Validation, format!("There is no step type `{}`.", step.type_key))
    })
}

/// The parameters, unless a path among them lies where steps may not go.
fn admitted(context: &StepContext, resolved: Resolved) -> Result<StepParams, StepError> {
    for path in &resolved.local_paths {
        context.workspace.roots.admit(&context.workspace.join(path))?;
    }
    Ok(resolved.params)
}

fn timed_out(seconds: u32, stopped: bool) -> StepError {
    let rest = if stopped { "" } else { " It did not stop when told to and was abandoned." };
    StepError::new(
        ErrorCode::Timeout,
        format!(
            "The step was not done after {seconds} s, its time limit. Raise the limit or find out what is slow.{rest}"
        ),
    )
}

fn broke(panic: &(dyn std::any::Any + Send)) -> StepError {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason was given");
    StepError::new(ErrorCode::Internal, format!("This step broke: {what}. Please report it with the log."))
}
