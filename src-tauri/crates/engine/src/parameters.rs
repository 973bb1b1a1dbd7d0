//! What a run is started with: the given values, checked against what the job declares, with defaults filled in.
//!
//! Invariant: a run's parameters have every declared name that has a value, in the declared type.

use chrono::TimeZone;
use courier_domain::job::{Job, given};
use courier_domain::template::{self, RenderAs, Scope};
use courier_domain::{Problem, Problems, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The parameters of a run of `job` that begins now, or everything wrong with what was given.
pub fn resolve(
    job: &Job,
    values: &BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<BTreeMap<String, Value>, Problems> {
    let mut problems = given::unknown(&job.parameters, values);
    let mut out = BTreeMap::new();
    let scope = scope(job, now);
    for parameter in &job.parameters {
        let path = format!("parameters.{}", parameter.name);
        let value = match values.get(&parameter.name).filter(|v| !v.is_null()) {
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
        match value.and_then(|value| given::typed(parameter, value)) {
            Ok(value) => {
                out.insert(parameter.name.clone(), value);
            }
            Err(message) => problems.push(Problem::error(path, "invalid", message)),
        }
    }
    problems.into_result().map(|()| out)
}

/// [`given::check`] for a job.
pub fn check(job: &Job, values: &BTreeMap<String, Value>) -> Problems {
    given::check(&job.parameters, values)
}

/// [`given::missing`] for a job.
pub fn missing(job: &Job, values: &BTreeMap<String, Value>) -> Problems {
    given::missing(&job.parameters, values)
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
