//! Steps without a job, in the words of a bundle: what is copied in a builder can be pasted into a bundle's job, and what
//! stands in a bundle into a builder.
//!
//! Left out: secrets, which no text has, and ids, which are another store's. Invariant: what `steps_write` has written,
//! `steps_read` reads as the same steps, save their secrets.

use super::ExportFormat;
use super::export::{Ordered, step, written};
use super::plan::refer_steps;
use super::read::parse;
use super::shape::steps;
use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::job::{JobDraft, StepDraft, blocks};
use courier_domain::step::StepType;
use courier_domain::{ErrorCode, Problem, Problems};
use serde::Serialize;
use serde_json::{Map, Value, json};
use specta::Type;

/// Steps that were read from a text.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ReadSteps {
    /// Without ids; each has an alias.
    pub steps: Vec<StepDraft>,
    /// What was left empty: connections, keys and jobs that are not in this store, and secrets.
    pub missing: Vec<Problem>,
}

impl App {
    /// Steps as the `steps` of a job in a bundle, in YAML. References are written by name, secrets as places to fill in.
    pub async fn steps_write(&self, steps: &[StepDraft]) -> Result<String> {
        let names = self.names_by_id().await?;
        let mut out = Ordered::default();
        out.put_list("steps", steps.iter().map(|s| step(s, &names)).collect::<Result<_>>()?);
        written(&out, ExportFormat::Yaml)
    }

    /// The steps of a text: a list of them, a job's `steps`, or a bundle with one job. Changes nothing.
    ///
    /// # Errors
    /// The text has no steps; what is wrong with those that it has, each with its path; a block that is not whole.
    pub async fn steps_read(&self, text: &str) -> Result<ReadSteps> {
        let list = parse(text).ok().and_then(steps_of).ok_or_else(no_steps)?;
        let mut problems = Problems::default();
        let (steps, secrets) = steps(Some(list), "steps", &mut problems);
        let types: Vec<Option<StepType>> = steps.iter().map(|s| s.type_key.parse().ok()).collect();
        for (index, step) in
            steps.iter().enumerate().filter(|(index, _)| matches!(types.get(*index), Some(None)))
        {
            let message = format!("There is no step type `{}`.", step.type_key);
            problems.push(Problem::error(format!("steps[{index}].type_key"), "unknown_type", message));
        }
        problems.0.extend(blocks::parse(&types).err().unwrap_or_default().0);
        problems.into_result()?;
        let mut draft: JobDraft =
            serde_json::from_value(json!({ "name": "" })).map_err(AppError::internal)?;
        draft.steps = steps;
        draft.fill_aliases();
        let mut missing = refer_steps(self, &mut draft.steps).await?;
        for secret in secrets {
            missing.push(Problem::error(
                format!("steps[{}].configuration.{}", secret.step, secret.field),
                "secret",
                "Secrets are not copied; enter it again.",
            ));
        }
        Ok(ReadSteps { steps: draft.steps, missing: missing.0 })
    }
}

/// The list of steps in what was parsed.
fn steps_of(value: Value) -> Option<Value> {
    let is_step = |item: &Value| item.get("type_key").is_some();
    match value {
        Value::Array(items) if items.iter().any(is_step) => Some(Value::Array(items)),
        // One step, as an editor may hold it.
        Value::Object(map) if map.contains_key("type_key") => Some(Value::Array(vec![Value::Object(map)])),
        Value::Object(map) => job_of(map)?.remove("steps").filter(|steps| steps.get(0).is_some_and(is_step)),
        _ => None,
    }
}

/// The job itself, or the only one of a bundle.
fn job_of(mut map: Map<String, Value>) -> Option<Map<String, Value>> {
    match map.remove("jobs") {
        None => Some(map),
        Some(Value::Array(jobs)) => match <[Value; 1]>::try_from(jobs) {
            Ok([Value::Object(job)]) => Some(job),
            _ => None,
        },
        Some(_) => None,
    }
}

fn no_steps() -> AppError {
    AppError::new(ErrorCode::Validation, "There are no steps in this text.").with_hint(
        "Copy steps in a builder, or the steps of one job of a bundle: a list in which each step has its type_key.",
    )
}
