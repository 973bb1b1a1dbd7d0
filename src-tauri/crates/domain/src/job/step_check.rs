//! What is wrong with one step's configuration: its fields, its references, and the names inside its templates.

use super::check::References;
use super::draft::JobParameter;
use crate::problem::{Problem, Problems};
use crate::step::{Configuration, FieldSpec, FieldType, NameTemplate, StepType, Widget};
use crate::template;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The names a template may use at one place.
pub(super) struct Visible<'a> {
    pub(super) parameters: &'a [JobParameter],
    pub(super) steps: &'a BTreeMap<String, BTreeSet<String>>,
    /// Aliases of the whole job, for a better message.
    pub(super) later: &'a BTreeSet<String>,
    /// Loops around the place.
    pub(super) loops: usize,
}

/// Checks one step's configuration: unknown and missing fields, values that are not templates, references, and every
/// name inside templates.
pub(super) fn check_configuration(
    step_type: StepType,
    configuration: &Configuration,
    references: &References,
    visible: &Visible<'_>,
) -> Problems {
    let spec = step_type.spec();
    let mut problems = Problems::default();
    // Values that hold templates are only known at run time; a stand-in of the right type takes their place.
    let mut resolved = configuration.clone();
    let mut unknown_yet = BTreeSet::new();
    for field in &spec.fields {
        let Some(value) = configuration.get(&field.name) else { continue };
        let mut texts = Vec::new();
        collect_texts(value, &field.name, &mut texts);
        if field.field_type == FieldType::Condition {
            for (_, text) in &mut texts {
                *text = template::as_expression(text);
            }
        }
        let mut has_template = false;
        for (path, text) in &texts {
            match template::names(text) {
                Ok(names) => {
                    has_template |= template::is_template(text);
                    for name in names {
                        let of_a_file = field.field_type == FieldType::NameTemplate
                            && NameTemplate::FILE_NAMES.contains(&name.as_str());
                        if !of_a_file && let Err(message) = visible.knows(&name) {
                            problems.push(Problem::error(path.as_str(), "unknown_name", message));
                        }
                    }
                }
                Err(error) => {
                    has_template = true;
                    problems.push(Problem::error(path.as_str(), "template", capitalised(&error.to_string())));
                }
            }
        }
        if has_template {
            let reference = matches!(
                field.field_type,
                FieldType::ConnectionId
                    | FieldType::JobId
                    | FieldType::PgpKeyId
                    | FieldType::PgpKeyIdList
                    | FieldType::Secret
            );
            if reference {
                problems.push(Problem::error(
                    field.name.as_str(),
                    "no_template",
                    "Choose one here; a template cannot stand for it.",
                ));
            }
            // Values may be anything, so templates among them stand for themselves.
            if field.field_type != FieldType::Values {
                resolved.insert(field.name.clone(), stand_in(field));
            }
            // Of a condition only its place is checked, not what it amounts to.
            if field.field_type != FieldType::Condition {
                unknown_yet.insert(field.name.as_str());
            }
        }
    }
    match step_type.parse(&resolved) {
        Ok(params) => {
            let mut found = params.check();
            found.0.retain(|problem| !unknown_yet.contains(problem.path.as_str()));
            problems.extend(found);
        }
        Err(found) => problems.extend(found),
    }
    for field in &spec.fields {
        let Some(value) = resolved.get(&field.name) else { continue };
        check_reference(step_type, field.widget, &field.name, value, references, &mut problems);
    }
    problems
}

fn check_reference(
    step_type: StepType,
    widget: Widget,
    name: &str,
    value: &Value,
    references: &References,
    problems: &mut Problems,
) {
    let missing = |what: &str| {
        Problem::error(
            name,
            "unknown_reference",
            format!("This {what} does not exist any more; choose another."),
        )
    };
    let ids: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    for id in ids {
        match widget {
            Widget::Connection => match id.parse().map(|id| references.connections.get(&id)) {
                Ok(Some(speaks)) => {
                    if let Some(message) = step_type.misfit(*speaks) {
                        problems.push(Problem::error(name, "wrong_protocol", message));
                    }
                }
                Ok(None) => problems.push(missing("connection")),
                // Told by the field's own check.
                Err(_) => {}
            },
            Widget::Job => {
                if id.parse().is_ok_and(|id| !references.jobs.contains_key(&id)) {
                    problems.push(missing("job"));
                }
            }
            Widget::PgpKey | Widget::PgpKeys => {
                if id.parse().is_ok_and(|id| !references.pgp_keys.contains(&id)) {
                    problems.push(missing("key"));
                }
            }
            Widget::RemotePath
            | Widget::LocalPath
            | Widget::Globs
            | Widget::Template
            | Widget::Secret
            | Widget::Number
            | Widget::Switch
            | Widget::Choice
            | Widget::Values => {}
        }
    }
}

/// A valid value of the field's type, for checking the rest of the configuration.
fn stand_in(field: &FieldSpec) -> Value {
    match field.field_type {
        FieldType::Text | FieldType::PathList | FieldType::TextList | FieldType::NameTemplate => {
            Value::String("x".into())
        }
        FieldType::Integer => Value::from(1),
        FieldType::Boolean => Value::Bool(true),
        FieldType::Value => Value::String("x".into()),
        FieldType::List => Value::Array(vec![Value::String("x".into())]),
        FieldType::Condition => Value::Bool(true),
        FieldType::Choice => field.choices.first().map_or(Value::Null, |c| Value::String(c.value.clone())),
        FieldType::ConnectionId
        | FieldType::JobId
        | FieldType::PgpKeyId
        | FieldType::PgpKeyIdList
        | FieldType::Secret
        | FieldType::Values => Value::Null,
    }
}

fn collect_texts(value: &Value, path: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => texts.push((path.to_owned(), text.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_texts(item, &format!("{path}[{index}]"), texts);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                collect_texts(item, &format!("{path}.{name}"), texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Visible<'_> {
    fn knows(&self, name: &str) -> Result<(), String> {
        let parts: Vec<&str> = name.split('.').collect();
        match parts.as_slice() {
            ["now", ..] => Ok(()),
            ["job", "id" | "name" | "version", ..]
            | ["execution", "id" | "triggered_by" | "started_at" | "attempt", ..] => Ok(()),
            // There where a chain has started the run; what its members hand on is known to the chain only.
            ["chain", ..] => Ok(()),
            // There where a monitor has started the run.
            ["monitor"] | ["monitor", "name" | "event" | "files", ..] => Ok(()),
            ["job"] | ["execution"] | ["params"] | ["steps"] => Ok(()),
            ["loop", rest @ ..] => self.knows_of_loop(rest),
            ["params", parameter, ..] => {
                if self.parameters.iter().any(|p| p.name == *parameter) {
                    return Ok(());
                }
                let known: Vec<_> = self.parameters.iter().map(|p| format!("params.{}", p.name)).collect();
                Err(format!("This job has no parameter `{parameter}`{}.", listed(&known)))
            }
            ["steps", alias, rest @ ..] => match (self.steps.get(*alias), rest.first()) {
                (Some(outputs), Some(output)) if !outputs.contains(*output) => {
                    let known: Vec<_> = outputs.iter().map(|o| format!("steps.{alias}.{o}")).collect();
                    Err(format!("The step `{alias}` has no output `{output}`{}.", listed(&known)))
                }
                (Some(_), _) => Ok(()),
                (None, _) if self.later.contains(*alias) => Err(format!(
                    "The step `{alias}` has no results here: it does not come before this one, is disabled, or stands in a loop or a branch that is over."
                )),
                (None, _) => {
                    let known: Vec<_> = self.steps.keys().map(|a| format!("steps.{a}")).collect();
                    Err(format!("There is no earlier step `{alias}`{}.", listed(&known)))
                }
            },
            _ => Err(format!(
                "`{name}` is not known here; there are steps, params, job, execution, chain, monitor and now."
            )),
        }
    }

    /// `item`, `index`, and the same of the loops around by `parent`.
    fn knows_of_loop(&self, rest: &[&str]) -> Result<(), String> {
        let parents = rest.iter().take_while(|part| **part == "parent").count();
        match rest.get(parents) {
            _ if self.loops == 0 => Err("`loop` is known only inside a For each.".to_owned()),
            _ if parents >= self.loops => {
                Err(format!("`loop.parent` goes too far; loops around this step: {}.", self.loops))
            }
            None | Some(&("item" | "index")) => Ok(()),
            Some(name) => {
                Err(format!("A loop has no `{name}`; there are loop.item, loop.index and loop.parent."))
            }
        }
    }
}

fn listed(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; there are {}", known.join(", ")) }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).chain(".".chars()).collect())
}
