//! Values given for a job's parameters: by a run, a schedule, a chain, another job's step, or as defaults.

use super::draft::{JobParameter, ParameterType};
use crate::problem::{Problem, Problems};
use crate::template;
use serde_json::{Number, Value};
use std::collections::BTreeMap;

/// The largest whole number that every part of Courier, and whoever reads its JSON, keeps exactly: 2^53.
const EXACT: u64 = 1 << 53;

/// Everything wrong with values that are kept for runs to come: names that the job does not have and values that are
/// not of their type. What is a template gets its value in the run.
pub fn check(parameters: &[JobParameter], given: &BTreeMap<String, Value>) -> Problems {
    let mut problems = unknown(parameters, given);
    for parameter in parameters {
        let Some(value) = given.get(&parameter.name).filter(|v| !v.is_null()) else { continue };
        if let Err(message) = fits(parameter, value) {
            problems.push(Problem::error(format!("parameters.{}", parameter.name), "invalid", message));
        }
    }
    problems
}

/// Parameters that nothing gives a value to.
pub fn missing(parameters: &[JobParameter], given: &BTreeMap<String, Value>) -> Problems {
    let mut problems = Problems::default();
    for parameter in parameters.iter().filter(|p| p.required && p.default.is_none()) {
        if given.get(&parameter.name).is_none_or(Value::is_null) {
            let path = format!("parameters.{}", parameter.name);
            problems.push(Problem::error(path, "required", "Give a value for this parameter."));
        }
    }
    problems
}

/// Values under names that are no parameters.
pub fn unknown(parameters: &[JobParameter], given: &BTreeMap<String, Value>) -> Problems {
    let mut problems = Problems::default();
    for name in given.keys() {
        if !parameters.iter().any(|p| p.name == *name) {
            let known: Vec<_> = parameters.iter().map(|p| p.name.as_str()).collect();
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

/// Whether a value will do, as far as that can be known before the run.
pub(super) fn fits(parameter: &JobParameter, value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) if template::is_template(text) => template::names(text)
            .map(drop)
            .map_err(|error| super::step_check::capitalised(&error.to_string())),
        other => typed(parameter, other.clone()).map(drop),
    }
}

/// A value in the parameter's type; text is parsed, because the command line has nothing else.
pub fn typed(parameter: &JobParameter, value: Value) -> Result<Value, String> {
    if holds_nul(&value) {
        return Err("This holds a NUL character, which is no part of a text.".to_owned());
    }
    match (parameter.parameter_type, value) {
        (ParameterType::Text, value @ Value::String(_)) => Ok(value),
        (ParameterType::Text, Value::Number(n)) => Ok(Value::String(n.to_string())),
        (ParameterType::Text, Value::Bool(b)) => Ok(Value::String(b.to_string())),
        (ParameterType::Number, Value::Number(number)) => exact(number),
        (ParameterType::Number, Value::String(text)) => match serde_json::from_str(text.trim()) {
            Ok(Value::Number(number)) => exact(number),
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
        (ParameterType::List, Value::String(text)) => list(&text),
        (kind, value) => Err(format!("This needs a {kind}, not {value}.")),
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn exact(number: Number) -> Result<Value, String> {
    let small = match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) => whole.unsigned_abs() <= EXACT,
        (None, Some(whole)) => whole <= EXACT,
        (None, None) => number.as_f64().is_some_and(|n| n.abs() <= EXACT as f64),
    };
    if small {
        return Ok(Value::Number(number));
    }
    Err(format!(
        "`{number}` is too large to be kept exactly, which goes up to {EXACT}; let the parameter be a text instead."
    ))
}

/// A JSON list, or texts with commas between them.
fn list(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('[') {
        return match serde_json::from_str(text) {
            Ok(value @ Value::Array(_)) => Ok(value),
            _ => Err(format!("`{text}` begins like a JSON list such as [\"a\", \"b\"], but is none.")),
        };
    }
    Ok(text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn typed_as(kind: ParameterType, value: Value) -> Result<Value, String> {
        let parameter = JobParameter {
            name: "p".into(),
            parameter_type: kind,
            default: None,
            required: false,
            description: None,
        };
        typed(&parameter, value)
    }

    #[test]
    fn a_number_is_kept_exactly_or_refused() {
        let number = |value| typed_as(ParameterType::Number, value);
        assert_eq!(number(json!("9007199254740992")), Ok(json!(9_007_199_254_740_992_i64)));
        assert_eq!(number(json!("-2.5")), Ok(json!(-2.5)));
        for large in ["9007199254740993", "-9007199254740993", "99999999999999999999999999"] {
            assert!(number(json!(large)).unwrap_err().contains("too large"), "{large}");
        }
        assert!(number(json!(u64::MAX)).unwrap_err().contains("too large"));
    }

    #[test]
    fn what_begins_like_a_list_must_be_one() {
        let list = |text: &str| typed_as(ParameterType::List, json!(text));
        assert_eq!(list("[1, 2]"), Ok(json!([1, 2])));
        assert_eq!(list("1, 2"), Ok(json!(["1", "2"])));
        assert!(list("[1,2").unwrap_err().contains("but is none"));
        assert!(list(" [a]").unwrap_err().contains("but is none"));
    }
}
