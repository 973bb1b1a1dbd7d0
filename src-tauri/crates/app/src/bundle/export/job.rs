//! Jobs with their steps, schedules and dependencies.

use super::names::NamesById;
use super::ordered::{Node, Ordered, ordered, trimmed};
use super::schedule::schedule;
use crate::error::{AppError, Result};
use courier_domain::dependency::DependencyDraft;
use courier_domain::job::{Job, JobDraft, StepDraft, slug};
use courier_domain::schedule::ScheduleDraft;
use courier_domain::step::{FieldType, StepType};
use serde_json::{Value, json};

/// What stands beside a job and is written with it.
#[derive(Debug, Clone, Default)]
pub(in crate::bundle) struct Attached {
    /// Names.
    pub(in crate::bundle) tags: Vec<String>,
    pub(in crate::bundle) schedules: Vec<ScheduleDraft>,
    pub(in crate::bundle) dependencies: Vec<DependencyDraft>,
    /// Disabled only until somebody gives a step's secret.
    pub(in crate::bundle) waits_for_secret: bool,
}

pub(in crate::bundle) fn job(job: &Job, attached: &Attached, names: &NamesById) -> Result<Ordered> {
    let example: JobDraft = serde_json::from_value(json!({ "name": "" })).map_err(AppError::internal)?;
    let draft = job.to_draft();
    let mut fields = trimmed(&draft, &example, &["name"])?;
    fields.remove("steps");
    if let Some(Value::Array(parameters)) = fields.get_mut("parameters") {
        for parameter in parameters.iter_mut().filter_map(Value::as_object_mut) {
            parameter.retain(|name, value| {
                !value.is_null() && (name != "required" || *value != Value::Bool(false))
            });
        }
    }
    if !job.is_enabled && !attached.waits_for_secret {
        fields.insert("is_enabled".to_owned(), Value::Bool(false));
    }
    let mut out = ordered(
        fields,
        &[
            "name",
            "description",
            "is_enabled",
            "failure_policy",
            "time_zone",
            "max_instances",
            "priority",
            "run_on",
        ],
    );
    let steps = draft.steps.iter().map(|s| step(s, names)).collect::<Result<_>>()?;
    out.0.push(("steps".to_owned(), Node::List(steps)));
    out.put_list("schedules", attached.schedules.iter().map(|s| schedule(s, names)).collect::<Result<_>>()?);
    out.put_list(
        "dependencies",
        attached.dependencies.iter().map(|d| dependency(d, names)).collect::<Result<_>>()?,
    );
    out.put_names("tags", &attached.tags);
    Ok(out)
}

pub(in crate::bundle) fn step(step: &StepDraft, names: &NamesById) -> Result<Ordered> {
    let defaults: StepDraft =
        serde_json::from_value(json!({ "name": "", "type_key": "" })).map_err(AppError::internal)?;
    let example = StepDraft { id: step.id, alias: Some(slug(&step.name)), ..defaults };
    let mut fields = trimmed(step, &example, &["name", "type_key"])?;
    fields.remove("configuration");
    let mut configuration = step.configuration.clone();
    let mut order: Vec<String> = configuration.keys().cloned().collect();
    if let Ok(step_type) = step.type_key.parse::<StepType>() {
        // In the order of the step type's spec.
        let spec = step_type.spec().fields;
        order = spec.iter().map(|f| f.name.clone()).filter(|name| configuration.contains_key(name)).collect();
        for field in spec {
            let Some(value) = configuration.get_mut(&field.name) else { continue };
            match field.field_type {
                FieldType::ConnectionId
                | FieldType::JobId
                | FieldType::PgpKeyId
                | FieldType::PgpKeyIdList => names.put(value),
                FieldType::Secret if !value.is_null() => *value = json!({ "prompt": true }),
                FieldType::Secret
                | FieldType::Text
                | FieldType::Integer
                | FieldType::Boolean
                | FieldType::Choice
                | FieldType::PathList
                | FieldType::TextList
                | FieldType::NameTemplate
                | FieldType::Value
                | FieldType::List
                | FieldType::Condition
                | FieldType::Values => {}
            }
        }
    }
    let first = ["name", "alias", "type_key"];
    let mut out = ordered(fields, &first);
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    let at = out.0.iter().take_while(|(name, _)| first.contains(&name.as_str())).count();
    out.0.insert(at, ("configuration".to_owned(), Node::Object(ordered(configuration, &order))));
    Ok(out)
}

fn dependency(draft: &DependencyDraft, names: &NamesById) -> Result<Ordered> {
    let example = DependencyDraft {
        upstream_job_id: draft.upstream_job_id,
        run_on_failure: false,
        trigger_downstream: false,
    };
    let mut fields = trimmed(draft, &example, &["upstream_job_id"])?;
    if let Some(value) = fields.get_mut("upstream_job_id") {
        names.put(value);
    }
    Ok(ordered(fields, &["upstream_job_id"]))
}
