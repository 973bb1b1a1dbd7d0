//! `flow.if`, `flow.wait`, `flow.fail` and `context.set`: steps that touch no file.

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use chrono::TimeDelta;
use courier_domain::step::{ContextSet, FlowFail, FlowIf, FlowWait};
use courier_domain::{ErrorCode, Timestamp};
use courier_store::{Intent, LogLevel};
use std::time::Duration;

/// The longest sleep before the clock is asked again: it may have been set, or the machine may have slept.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Waits; a wait that was interrupted goes on to the end that it had.
pub(crate) async fn wait(context: &StepContext, params: FlowWait) -> Result<Outcome, StepError> {
    let clock = &context.services.clock;
    let end = match remembered(context).await? {
        Some(end) => end,
        None => {
            let end = end(&params, clock.now())?;
            remember(context, end).await?;
            end
        }
    };
    context.log(LogLevel::Info, None, format!("Waiting until {}.", end.format("%Y-%m-%d %H:%M:%S UTC")));
    while let Ok(left) = (end - clock.now()).to_std()
        && !left.is_zero()
    {
        tokio::select! {
            () = context.cancel.cancelled() => return Err(StepError::cancelled()),
            () = tokio::time::sleep(left.min(LOOK_AGAIN)) => {}
        }
    }
    Ok(Outcome::default())
}

fn end(params: &FlowWait, now: Timestamp) -> Result<Timestamp, StepError> {
    let invalid = |message: &str| StepError::new(ErrorCode::Validation, message);
    match (params.seconds, &params.until) {
        (Some(seconds), None) => Ok(now + TimeDelta::seconds(i64::from(seconds))),
        (None, Some(until)) => until.trim().parse().map_err(|_| invalid(FlowWait::NO_MOMENT)),
        (None, None) | (Some(_), Some(_)) => Err(invalid("Say either how long to wait or until when.")),
    }
}

async fn remembered(context: &StepContext) -> Result<Option<Timestamp>, StepError> {
    let mine = context.step_execution.to_string();
    let intents = context.intents().await?;
    Ok(intents
        .iter()
        .filter(|intent| intent.source == mine)
        .find_map(|intent| intent.destination.parse().ok()))
}

/// The moment is what this step is about to reach; another attempt of it has an end of its own.
async fn remember(context: &StepContext, end: Timestamp) -> Result<(), StepError> {
    let source = context.step_execution.to_string();
    let intent = Intent { source, destination: end.to_rfc3339(), size: 0, sha256: None };
    context.record_intents(vec![intent]).await
}

/// Whether the condition holds.
pub(crate) fn decide(params: &FlowIf) -> Result<Outcome, StepError> {
    let held = params.holds().map_err(|message| StepError::new(ErrorCode::Validation, message))?;
    let outputs = [("result".to_owned(), held.into())].into_iter().collect();
    Ok(Outcome { outputs, ..Outcome::default() })
}

/// Fails, as it was told to.
pub(crate) fn fail(params: FlowFail) -> Result<Outcome, StepError> {
    Err(StepError::new(ErrorCode::FailedOnPurpose, params.message))
}

/// Hands its values on.
pub(crate) fn set(params: ContextSet) -> Outcome {
    Outcome { outputs: params.values.0, ..Outcome::default() }
}
