//! What a run is started with: the given values, checked against what the job declares, with defaults filled in.
//!
//! Invariant: a run's parameters have every declared name that has a value, in the declared type.

use chrono::TimeZone;
use courier_domain::job::{Job, JobParameter, ParameterType};
use courier_domain::template::{self, RenderAs, Scope};
use courier_domain::{Problem, Problems, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The parameters of a run of `job` that begins now, or everything wrong with what was given.
pub fn resolve(
    job: &Job,
    given: &BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<BTreeMap<String, Value>, Problems> {
    let mut problems = unknown(job, given);
    let mut out = BTreeMap::new();
    let scope = scope(job, now);
    for parameter in &job.parameters {
        let path = format!("parameters.{}", parameter.name);
        let value = match given.get(&parameter.name).filter(|v| !v.is_null()) {
            Some(value) => Ok(value.clone()),
            None => match &parameter.default {
                Some(default) => render(default, &scope),
                None if parameter.required => {
                    problems.push(Problem::error(path, "required", "Give a value for this parameter."));
                    continue;
                }
                None => continue,
            },
        };
        match value.and_then(|value| typed(parameter, value)) {
            Ok(value) => {
                out.insert(parameter.name.clone(), value);
            }
            Err(message) => problems.push(Problem::error(path, "invalid", message)),
        }
    }
    problems.into_result().map(|()| out)
}

/// Everything wrong with values that are kept for runs to come: names that the job does not have and values that are not
/// of their type. What is a template gets its value in the run.
pub fn check(job: &Job, given: &BTreeMap<String, Value>) -> Problems {
    let mut problems = unknown(job, given);
    for parameter in &job.parameters {
        let Some(value) = given.get(&parameter.name).filter(|v| !v.is_null() && !is_template(v)) else {
            continue;
        };
        if let Err(message) = typed(parameter, value.clone()) {
            problems.push(Problem::error(format!("parameters.{}", parameter.name), "invalid", message));
        }
    }
    problems
}

/// Parameters that nothing gives a value to.
pub fn missing(job: &Job, given: &BTreeMap<String, Value>) -> Problems {
    let mut problems = Problems::default();
    for parameter in job.parameters.iter().filter(|p| p.required && p.default.is_none()) {
        if given.get(&parameter.name).is_none_or(Value::is_null) {
            let path = format!("parameters.{}", parameter.name);
            problems.push(Problem::error(path, "required", "Give a value for this parameter."));
        }
    }
    problems
}

fn is_template(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("{{") || text.contains("{%"))
}

fn unknown(job: &Job, given: &BTreeMap<String, Value>) -> Problems {
    let mut problems = Problems::default();
    for name in given.keys() {
        if !job.parameters.iter().any(|p| p.name == *name) {
            let known: Vec<_> = job.parameters.iter().map(|p| p.name.as_str()).collect();
            let known = if known.is_empty() {
                "the job has none".to_owned()
            } else {
                format!("there are {}", known.join(", "))
            };
            problems.push(Problem::error(
                format!("parameters.{name}"),
                "unknown_field",
                format!("There is no parameter `{name}`; {known}."),
            ));
        }
    }
    problems
}

fn scope(job: &Job, now: Timestamp) -> Scope {
    let local = match job.time_zone.as_deref().and_then(|z| z.parse::<chrono_tz::Tz>().ok()) {
        Some(zone) => zone.from_utc_datetime(&now.naive_utc()).to_rfc3339(),
        None => now.with_timezone(&chrono::Local).to_rfc3339(),
    };
    let job = json!({ "id": job.id, "name": job.name, "version": job.current_version });
    Scope::from(&json!({ "now": local, "job": job }))
}

fn render(default: &Value, scope: &Scope) -> Result<Value, String> {
    match default {
        Value::String(text) => {
            template::render(text, scope, RenderAs::Text).map_err(|e| format!("The default: {e}."))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Ok(default.clone())
        }
    }
}

/// A value in the parameter's type; text is parsed, because the command line has nothing else.
fn typed(parameter: &JobParameter, value: Value) -> Result<Value, String> {
    match (parameter.parameter_type, value) {
        (ParameterType::Text, value @ Value::String(_)) => Ok(value),
        (ParameterType::Text, Value::Number(n)) => Ok(Value::String(n.to_string())),
        (ParameterType::Text, Value::Bool(b)) => Ok(Value::String(b.to_string())),
        (ParameterType::Number, value @ Value::Number(_)) => Ok(value),
        (ParameterType::Number, Value::String(text)) => match serde_json::from_str(text.trim()) {
            Ok(value @ Value::Number(_)) => Ok(value),
            _ => Err(format!("`{text}` is not a number.")),
        },
        (ParameterType::Boolean, value @ Value::Bool(_)) => Ok(value),
        (ParameterType::Boolean, Value::String(text)) => match text.trim() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("`{text}` is neither true nor false.")),
        },
        (ParameterType::Date, Value::String(text)) => {
            let date = text.trim();
            let good = chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
                || chrono::DateTime::parse_from_rfc3339(date).is_ok();
            if good {
                Ok(Value::String(date.to_owned()))
            } else {
                Err(format!("`{text}` is not a date such as 2026-11-23."))
            }
        }
        (ParameterType::List, value @ Value::Array(_)) => Ok(value),
        (ParameterType::List, Value::String(text)) => match serde_json::from_str(&text) {
            Ok(value @ Value::Array(_)) => Ok(value),
            _ => Ok(text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(Value::from).collect()),
        },
        (kind, value) => Err(format!("This needs a {kind}, not {value}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::job::JobDraft;
    use courier_domain::{JobId, JobStepId};
    use uuid::Uuid;

    fn job(parameters: Value) -> Job {
        let draft: JobDraft = serde_json::from_value(
            json!({ "name": "j", "time_zone": "Europe/Berlin", "parameters": parameters, "steps": [] }),
        )
        .unwrap();
        Job::new(JobId(Uuid::nil()), draft, at(), || JobStepId(Uuid::nil()))
    }

    fn at() -> Timestamp {
        "2026-11-23T23:30:00Z".parse().unwrap()
    }

    fn given(values: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(values).unwrap()
    }

    #[test]
    fn defaults_are_rendered_in_the_jobs_time_zone() {
        let job = job(json!([{ "name": "day", "type": "text", "default": "{{ now | date('%Y-%m-%d') }}" }]));
        assert_eq!(resolve(&job, &given(json!({})), at()).unwrap()["day"], "2026-11-24");
        assert_eq!(resolve(&job, &given(json!({ "day": "x" })), at()).unwrap()["day"], "x");
    }

    #[test]
    fn texts_become_the_declared_type() {
        let job = job(json!([
            { "name": "n", "type": "number" }, { "name": "b", "type": "boolean" },
            { "name": "d", "type": "date" }, { "name": "l", "type": "list" },
        ]));
        let out =
            resolve(&job, &given(json!({ "n": "3", "b": "true", "d": "2026-01-02", "l": "a, b" })), at())
                .unwrap();
        assert_eq!(json!(out), json!({ "n": 3, "b": true, "d": "2026-01-02", "l": ["a", "b"] }));
    }

    #[test]
    fn values_for_later_are_checked_unless_they_are_templates() {
        let job = job(json!([{ "name": "n", "type": "number" }, { "name": "must", "required": true }]));
        let bad = given(json!({ "n": "three", "other": 1 }));
        let paths = |problems: Problems| problems.0.into_iter().map(|p| p.path).collect::<Vec<_>>();
        assert_eq!(paths(check(&job, &bad)), ["parameters.other", "parameters.n"]);
        assert_eq!(paths(missing(&job, &bad)), ["parameters.must"]);
        let good = given(json!({ "n": "{{ chain.fetch.steps.download.file_count }}", "must": "x" }));
        assert!(check(&job, &good).0.is_empty() && missing(&job, &good).0.is_empty());
    }

    #[test]
    fn every_bad_parameter_is_named() {
        let job = job(json!([{ "name": "n", "type": "number" }, { "name": "must", "required": true }]));
        let problems = resolve(&job, &given(json!({ "n": "three", "other": 1 })), at()).unwrap_err();
        let paths: Vec<_> = problems.0.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(paths, ["parameters.other", "parameters.n", "parameters.must"]);
    }
}
