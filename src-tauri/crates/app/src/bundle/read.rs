//! Taking a parsed bundle apart so that everything wrong with it is found at once.
//!
//! A struct's fields are known from a serialised example of it, so that no list of names is kept twice; each field of
//! the input is tried alone in that example, so that one bad field does not hide the next.

use courier_domain::{Problem, Problems};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The text as values, or where it stops being YAML.
pub(super) fn parse(text: &str) -> Result<Value, Problem> {
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    // As YAML 1.2 has it: `n`, `no` and `on` are names like any other.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let place = error.location().map(|l| format!("Line {}, column {}: ", l.line(), l.column()));
        Problem::error("", "syntax", format!("{}this is not valid YAML: {error}", place.unwrap_or_default()))
    })
}

/// An object, or a problem.
pub(super) fn object(value: Value, path: &str, problems: &mut Problems) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        other => {
            problems.push(Problem::error(
                path,
                "invalid",
                format!("This needs fields and values, not {}.", kind(&other)),
            ));
            None
        }
    }
}

/// The members of a list with their paths; an absent list is empty.
pub(super) fn list(value: Option<Value>, path: &str, problems: &mut Problems) -> Vec<(String, Value)> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            items.into_iter().enumerate().map(|(i, item)| (format!("{path}[{i}]"), item)).collect()
        }
        Some(other) => {
            problems.push(Problem::error(
                path,
                "invalid",
                format!("This needs a list, not {}.", kind(&other)),
            ));
            Vec::new()
        }
    }
}

/// A struct from an object. `minimal` holds exactly its required fields with values of the right type. Fields that are
/// null count as absent. After a problem the bad fields are left out, so that checking can go on and find more.
pub(super) fn fields<T: Serialize + DeserializeOwned>(
    minimal: &Value,
    mut input: Map<String, Value>,
    path: &str,
    problems: &mut Problems,
) -> Option<T> {
    let before = problems.0.len();
    input.retain(|_, value| !value.is_null());
    let example =
        serde_json::from_value::<T>(minimal.clone()).and_then(|example| serde_json::to_value(&example));
    let Ok(Value::Object(example)) = example else {
        problems.push(Problem::error(path, "internal", "This version cannot read such an object."));
        return None;
    };
    let known: Vec<&str> = example.keys().map(String::as_str).collect();
    let mut good = minimal.as_object().cloned().unwrap_or_default();
    for (name, value) in input.iter() {
        if !example.contains_key(name) {
            problems.push(unknown(&join(path, name), name, &known));
            continue;
        }
        let mut probe = example.clone();
        probe.insert(name.clone(), value.clone());
        if let Err(error) = serde_json::from_value::<T>(Value::Object(probe)) {
            problems.push(Problem::error(join(path, name), "invalid", said(&error)));
            continue;
        }
        good.insert(name.clone(), value.clone());
    }
    for name in minimal.as_object().into_iter().flat_map(Map::keys) {
        if !input.contains_key(name) {
            problems.push(Problem::error(join(path, name), "required", "This is needed."));
        }
    }
    match serde_json::from_value(Value::Object(good)) {
        Ok(value) => Some(value),
        Err(error) => {
            // Each field alone was good, so this is only told when nothing else was.
            if problems.0.len() == before {
                problems.push(Problem::error(path, "invalid", said(&error)));
            }
            None
        }
    }
}

/// Refuses everything that is left in an object, naming what is known.
pub(super) fn nothing_else(left: &Map<String, Value>, known: &[&str], path: &str, problems: &mut Problems) {
    for name in left.keys() {
        problems.push(unknown(&join(path, name), name, known));
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "fields and values",
    }
}

fn unknown(path: &str, name: &str, known: &[&str]) -> Problem {
    let near = known.iter().filter(|k| distance(name, k) <= 2).min_by_key(|k| distance(name, k));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}.", known.join(", ")),
    };
    Problem::error(path, "unknown_field", format!("There is no field `{name}` here; {help}"))
}

/// What serde said, as a sentence without its mention of a position, in a bundle writer's words.
pub(super) fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let mut text = text.split(" at line ").next().unwrap_or_default().to_owned();
    for (rust, plain) in [
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u32", "expected a whole number from 0"),
        ("expected i32", "expected a whole number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected fields and values"),
        ("expected a string", "expected a text"),
    ] {
        text = text.replace(rust, plain);
    }
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// Edits between two names (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, cb) in b.iter().enumerate() {
            let (Some(&left), Some(&above)) = (row.get(j), row.get(j + 1)) else { continue };
            let cost = diagonal + usize::from(ca != *cb);
            diagonal = above;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = cost.min(left + 1).min(above + 1);
            }
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::connection::ConnectionDraft;
    use serde_json::json;

    #[test]
    fn every_bad_field_is_found_at_once() {
        let minimal = json!({ "name": "n", "protocol": "sftp", "host": "h", "username": "u" });
        let Value::Object(input) =
            json!({ "name": "a", "protocol": "sftpp", "host": 5, "usernme": "u", "port": "x" })
        else {
            panic!("an object")
        };
        let mut problems = Problems::default();
        let read = fields::<ConnectionDraft>(&minimal, input, "connections[0]", &mut problems).unwrap();
        assert_eq!(
            (read.name.as_str(), read.host.as_str()),
            ("a", "h"),
            "the good fields are kept for further checks"
        );
        let mut found: Vec<_> = problems.0.iter().map(|p| (p.path.as_str(), p.code.as_str())).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("connections[0].host", "invalid"),
                ("connections[0].port", "invalid"),
                ("connections[0].protocol", "invalid"),
                ("connections[0].username", "required"),
                ("connections[0].usernme", "unknown_field"),
            ]
        );
        let hint = problems.0.iter().find(|p| p.code == "unknown_field").unwrap();
        assert!(hint.message.contains("`username`"), "{}", hint.message);
        let port = problems.0.iter().find(|p| p.path.ends_with("port")).unwrap();
        assert_eq!(port.message, "Invalid type: string \"x\", expected a whole number from 0 to 65535.");
    }

    #[test]
    fn text_that_is_no_yaml_is_refused_with_its_line() {
        let problem = parse("courier: 1\njobs: [\n").unwrap_err();
        assert!(problem.message.starts_with("Line "), "{}", problem.message);
    }

    #[test]
    fn only_true_and_false_are_no_names() {
        assert_eq!(parse("[n, no, on, yes, true]").unwrap(), json!(["n", "no", "on", "yes", true]));
    }

    #[test]
    fn names_that_are_nearly_right_are_near() {
        assert_eq!(distance("usernme", "username"), 1);
        assert_eq!(distance("host", "port"), 2);
        assert_eq!(distance("", "abc"), 3);
    }
}
