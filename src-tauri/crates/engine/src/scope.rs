//! Resolves a step's configuration: what templates see, and how each field's texts are rendered.
//!
//! Secrets are never in scope. Paths that an expression yields are literal, see [`courier_domain::pattern`].

use crate::error::StepError;
use chrono::TimeZone;
use courier_domain::pattern::PathPattern;
use courier_domain::step::{Comparison, Configuration, FieldType, StepParams, StepType, Widget};
use courier_domain::template::{self, Known, RenderAs, Scope, TemplateError};
use courier_domain::{ErrorCode, Timestamp};
use serde_json::{Value, json};

/// What templates of one run may refer to beside steps.
#[derive(Debug, Clone)]
pub(crate) struct RunFacts {
    pub(crate) job_id: String,
    pub(crate) job_name: String,
    pub(crate) job_version: i32,
    pub(crate) execution_id: String,
    pub(crate) triggered_by: String,
    pub(crate) started_at: Timestamp,
    pub(crate) attempt: i32,
    /// IANA name; `None` is the system's zone.
    pub(crate) time_zone: Option<String>,
    pub(crate) params: Known,
    /// What the chain's members before this run have handed on.
    pub(crate) chain: Option<Known>,
    /// What a monitor told, where one has started the run.
    pub(crate) monitor: Option<Known>,
}

impl RunFacts {
    /// All of them as a step sees them that begins now.
    pub(crate) fn scope(&self, now: Timestamp) -> Scope {
        let zone = self.time_zone.as_deref();
        let job = json!({ "id": self.job_id, "name": self.job_name, "version": self.job_version });
        let execution = json!({
            "id": self.execution_id,
            "triggered_by": self.triggered_by,
            "started_at": local(self.started_at, zone),
            "attempt": self.attempt,
        });
        let mut scope = Scope::default();
        scope.insert("now", &local(now, zone));
        scope.insert("job", &job);
        scope.insert("execution", &execution);
        scope.insert("params", self.params.clone());
        if let Some(chain) = &self.chain {
            scope.insert("chain", chain.clone());
        }
        if let Some(monitor) = &self.monitor {
            scope.insert("monitor", monitor.clone());
        }
        scope
    }
}

/// An instant in a zone; without one in the system's.
pub(crate) fn local(at: Timestamp, zone: Option<&str>) -> String {
    match zone.and_then(|z| z.parse::<chrono_tz::Tz>().ok()) {
        Some(zone) => zone.from_utc_datetime(&at.naive_utc()).to_rfc3339(),
        None => at.with_timezone(&chrono::Local).to_rfc3339(),
    }
}

/// A step's parameters once every template is rendered.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) params: StepParams,
    /// The local paths among them; of a pattern the folder below which everything that matches lies.
    pub(crate) local_paths: Vec<String>,
}

/// Renders every template of a configuration and parses the result.
pub(crate) fn resolve(
    step_type: StepType,
    configuration: &Configuration,
    scope: &Scope,
) -> Result<Resolved, StepError> {
    let spec = step_type.spec();
    let mut resolved = Configuration::new();
    for (name, value) in configuration {
        let field_type = spec.fields.iter().find(|f| f.name == *name).map(|f| f.field_type);
        if field_type == Some(FieldType::NameTemplate) {
            // Rendered later, for each file by itself.
            resolved.insert(name.clone(), json!({ "text": value, "scope": used_of(scope, value) }));
            continue;
        }
        let mode = if field_type == Some(FieldType::PathList) { RenderAs::Path } else { RenderAs::Text };
        let rendered = match (field_type, value) {
            (Some(FieldType::Condition), Value::String(text)) => {
                template::render(&template::as_expression(text), scope, mode)
            }
            _ => render(value, scope, mode),
        };
        let rendered = match rendered {
            // Whether something exists can be asked of what does not.
            Err(TemplateError::UnknownName { .. }) if name == "left" && asks_for_existence(configuration) => {
                Value::Null
            }
            rendered => rendered.map_err(|error| {
                let error = StepError::from(error);
                StepError { message: format!("{name}: {}", error.message), ..error }
            })?,
        };
        resolved.insert(name.clone(), rendered);
    }
    for field in spec.fields.iter().filter(|f| f.widget == Widget::Secret) {
        if let Some(Value::String(_)) = resolved.get(&field.name) {
            return Err(StepError::new(
                ErrorCode::Validation,
                format!("{}: a secret is kept in the vault; enter it again in the job.", field.name),
            ));
        }
    }
    let local = spec.fields.iter().filter(|f| f.widget == Widget::LocalPath);
    let local_paths = local
        .filter_map(|f| Some((f.field_type, resolved.get(&f.name)?)))
        .flat_map(|(field_type, value)| local_paths(field_type, value))
        .collect();
    Ok(Resolved { params: step_type.parse(&resolved)?, local_paths })
}

fn asks_for_existence(configuration: &Configuration) -> bool {
    configuration.get("operator").and_then(Value::as_str) == Some(Comparison::Exists.as_str())
}

/// What a text uses of the scope, at the same places.
fn used_of(scope: &Scope, text: &Value) -> Value {
    let mut used = Value::Object(Configuration::new());
    let names = text.as_str().and_then(|text| template::names(text).ok()).unwrap_or_default();
    for name in names {
        let Some(value) = scope.lookup(&name) else { continue };
        let mut at = &mut used;
        for part in name.split('.') {
            if !at.is_object() {
                *at = Value::Object(Configuration::new());
            }
            at = &mut at[part];
        }
        *at = value;
    }
    used
}

fn local_paths(field_type: FieldType, value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) if field_type == FieldType::PathList => {
            let pattern = PathPattern(text.clone());
            vec![pattern.literal().unwrap_or_else(|| pattern.split_base().0)]
        }
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(|item| local_paths(field_type, item)).collect(),
        // The parameters' own parser says what is wrong with it.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// Renders every text in a value.
pub(crate) fn render(value: &Value, scope: &Scope, mode: RenderAs) -> Result<Value, TemplateError> {
    Ok(match value {
        Value::String(text) => template::render(text, scope, mode)?,
        Value::Array(items) => {
            let mut out = Vec::with_capacity(items.len());
            for item in items {
                // A list in a list of paths is each of its members.
                match render(item, scope, mode)? {
                    Value::Array(inner) if mode == RenderAs::Path => out.extend(inner),
                    one => out.push(one),
                }
            }
            Value::Array(out)
        }
        Value::Object(fields) => {
            let rendered: Result<serde_json::Map<_, _>, _> =
                fields.iter().map(|(k, v)| Ok((k.clone(), render(v, scope, mode)?))).collect();
            Value::Object(rendered?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> RunFacts {
        RunFacts {
            job_id: "j".into(),
            job_name: "Fetch".into(),
            job_version: 3,
            execution_id: "e".into(),
            triggered_by: "schedule".into(),
            started_at: "2026-11-23T06:30:00Z".parse().unwrap(),
            attempt: 0,
            time_zone: Some("Europe/Berlin".into()),
            params: Known::from(&json!({})),
            chain: None,
            monitor: None,
        }
    }

    #[test]
    fn now_is_in_the_jobs_time_zone() {
        let scope = facts().scope("2026-11-23T23:30:00Z".parse().unwrap());
        let day = template::render("{{ now | date('%Y-%m-%d') }}", &scope, RenderAs::Text).unwrap();
        assert_eq!(day, "2026-11-24");
    }

    #[test]
    fn lists_of_paths_from_several_steps_become_one_list() {
        let steps = json!({ "a": { "files": ["/w/1"] }, "b": { "files": ["/w/2*"] } });
        let scope = Scope::from(&json!({ "steps": steps }));
        let configuration = json!({ "path": ["{{ steps.a.files }}", "{{ steps.b.files }}", "/x/*.tmp"] });
        let resolved = resolve(StepType::FileDelete, configuration.as_object().unwrap(), &scope).unwrap();
        assert_eq!(resolved.local_paths, ["/w/1", "/w/2*", "/x"]);
        let StepParams::FileDelete(delete) = resolved.params else { panic!("not a delete") };
        let paths: Vec<_> = delete.path.0.iter().map(|p| p.as_str()).collect();
        assert_eq!(paths, ["/w/1", "/w/2[*]", "/x/*.tmp"]);
    }
}
