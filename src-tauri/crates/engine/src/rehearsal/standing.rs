//! What can be told of a step whose files nobody knows yet: whether its server can be reached and its keys may be used.

use super::foreseen::{Foreseen, Halt, Look};
use super::pgp;
use super::stage::Stage;
use crate::key_use::Purpose;
use courier_domain::PgpKeyId;
use courier_domain::job::JobStep;
use courier_domain::step::{StepType, Widget, protects};
use serde_json::Value;

/// Adds what stands in the way to the step's problems.
pub(super) async fn look(stage: &mut Stage, foreseen: &mut Foreseen, step: &JobStep, step_type: StepType) {
    for field in step_type.spec().fields {
        let Some(value) = step.configuration.get(&field.name) else { continue };
        let looked = match field.widget {
            Widget::Connection => connection(stage, value, step_type).await,
            Widget::PgpKey => signing_key(stage, foreseen, value).await,
            Widget::PgpKeys => keys(stage, foreseen, value, &field.name).await,
            Widget::RemotePath
            | Widget::LocalPath
            | Widget::Globs
            | Widget::Template
            | Widget::Secret
            | Widget::Number
            | Widget::Switch
            | Widget::Choice
            | Widget::Values
            | Widget::Job => Ok(()),
        };
        match looked {
            Ok(()) | Err(Halt::Unknown(_)) => {}
            Err(Halt::Cannot(error)) => foreseen.problems.push(error),
        }
    }
}

async fn connection(stage: &mut Stage, value: &Value, step_type: StepType) -> Look<()> {
    // An expression is known when the step runs.
    let Some(id) = value.as_str().and_then(|id| id.parse().ok()) else { return Ok(()) };
    let cancel = stage.cancel.clone();
    tokio::select! {
        () = cancel.cancelled() => Ok(()),
        reached = stage.remote(id, step_type) => reached.map(drop),
        () = tokio::time::sleep(super::STEP_LIMIT) => Ok(()),
    }
}

async fn signing_key(stage: &Stage, foreseen: &mut Foreseen, value: &Value) -> Look<()> {
    let Some(id) = value.as_str().and_then(|id| id.parse().ok()) else { return Ok(()) };
    pgp::signer(stage, foreseen, id).await.map(drop)
}

async fn keys(stage: &Stage, foreseen: &mut Foreseen, value: &Value, field: &str) -> Look<()> {
    let named = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let ids: Vec<PgpKeyId> = named.filter_map(|id| id.parse().ok()).collect();
    let purpose = match field {
        field if protects(field) => Purpose::Protect,
        "private_key_ids" => Purpose::Read,
        _ => Purpose::Check,
    };
    pgp::keys(stage, foreseen, &ids, purpose).await.map(drop)
}
