//! Jobs of a bundle: names become ids, steps keep theirs by alias, and secrets change only when they are others.

use super::super::secret::SecretSource;
use super::super::shape::JobEntry;
use super::super::{ApplyRequest, PlanAction};
use super::{Known, Names, Plan, PlannedJob};
use crate::app::App;
use crate::error::Result;
use courier_domain::job::References;
use courier_domain::step::{FieldType, StepType};
use courier_domain::{Problem, Problems, SecretId};
use courier_engine::places;
use courier_vault::SecretString;
use serde_json::{Value, json};

pub(super) async fn job(
    app: &App,
    request: &ApplyRequest,
    entry: JobEntry,
    known: &Known,
    plan: &mut Plan,
) -> Result<()> {
    let JobEntry { path, mut draft, is_enabled, secrets } = entry;
    let before = known.stored_jobs.iter().find(|j| j.name.to_lowercase() == draft.name.to_lowercase());
    draft.fill_aliases();
    // The same alias is the same step, so that history still points at it.
    for step in &mut draft.steps {
        let old = before.and_then(|j| j.steps.iter().find(|s| Some(&s.alias) == step.alias.as_ref()));
        step.id = old.map(|s| s.id);
    }
    for (index, step) in draft.steps.iter_mut().enumerate() {
        let Ok(step_type) = step.type_key.parse::<StepType>() else { continue };
        for field in step_type.spec().fields {
            let Some(value) = step.configuration.get_mut(&field.name) else { continue };
            let at = format!("{path}.steps[{index}].configuration.{}", field.name);
            let problems = &mut plan.problems;
            match field.field_type {
                FieldType::ConnectionId => refer(value, &at, "connection", &known.connections, problems),
                FieldType::PgpKeyId | FieldType::PgpKeyIdList => {
                    refer(value, &at, "PGP key", &known.pgp_keys, problems)
                }
                FieldType::Text
                | FieldType::Integer
                | FieldType::Boolean
                | FieldType::Choice
                | FieldType::PathList
                | FieldType::TextList
                | FieldType::Secret => {}
            }
        }
    }
    for secret in secrets {
        let Some(step) = draft.steps.get_mut(secret.step) else { continue };
        let at = format!("{path}.steps[{}].configuration.{}", secret.step, secret.field);
        let stored = before
            .and_then(|j| j.steps.iter().find(|s| Some(s.id) == step.id))
            .and_then(|s| s.configuration.get(&secret.field))
            .and_then(|v| v.get("secret_id"))
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<SecretId>().ok());
        let id = match (stored, &secret.source) {
            (Some(id), SecretSource::Prompt) => id,
            (stored, source) => {
                let Some(value) = source.resolve(&at, &request.folder, &request.prompt, &mut plan.problems)
                else {
                    continue;
                };
                match stored {
                    Some(id) if opens_to(app, id, &value).await => id,
                    _ => {
                        let id: SecretId = app.new_id();
                        plan.needs_vault = true;
                        plan.secrets.push((id, value));
                        id
                    }
                }
            }
        };
        step.configuration.insert(secret.field, json!({ "secret_id": id }));
    }
    let references = References {
        connections: known.connections.0.values().copied().collect(),
        pgp_keys: known.pgp_keys.0.values().copied().collect(),
    };
    plan.more(draft.check(&references).under(&path));
    let action = match before {
        None => PlanAction::Create,
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), before.updated_at, || app.new_id());
            let same_draft = after.to_draft() == before.to_draft();
            let same_switch = is_enabled.is_none_or(|on| on == before.is_enabled);
            if same_draft && same_switch {
                PlanAction::Unchanged
            } else {
                let name = draft.name.clone();
                plan.jobs.push(PlannedJob {
                    id: before.id,
                    before: Some(before.clone()),
                    draft: Some(draft).filter(|_| !same_draft),
                    is_enabled: is_enabled.filter(|_| !same_switch),
                });
                plan.change("job", &name, PlanAction::Update);
                return Ok(());
            }
        }
    };
    plan.change("job", &draft.name, action);
    if action == PlanAction::Create {
        let is_enabled = is_enabled.filter(|on| !on);
        plan.jobs.push(PlannedJob { id: app.new_id(), before: None, draft: Some(draft), is_enabled });
    }
    Ok(())
}

/// Whether a stored step secret has this value.
async fn opens_to(app: &App, id: SecretId, value: &SecretString) -> bool {
    let Ok(mut session) = app.read().await else { return false };
    let Ok(sealed) = session.secret(id).await else { return false };
    app.vault()
        .open_secret(&places::step_secret(id), &sealed)
        .is_ok_and(|old| old.expose() == value.expose().as_bytes())
}

/// Puts ids where names stand. A template stays; the job's own check refuses it.
fn refer<T: Copy + std::fmt::Display>(
    value: &mut Value,
    path: &str,
    kind: &str,
    names: &Names<T>,
    problems: &mut Problems,
) {
    match value {
        Value::String(name) if courier_domain::template::is_template(name) || name.is_empty() => {}
        Value::String(name) => match names.find(name) {
            Some(id) => *value = Value::String(id.to_string()),
            None => problems.push(Problem::error(
                path,
                "unknown_name",
                format!("There is no {kind} with the name or id `{name}`."),
            )),
        },
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                refer(item, &format!("{path}[{index}]"), kind, names, problems);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}
