//! Guides keep up with the specs: whatever they show is there, and would be taken.

use super::*;
use crate::problem::Severity;
use crate::step::{FieldSpec, FieldType, Widget};
use crate::template;
use serde_json::json;
use std::collections::BTreeSet;

/// As it would be stored: with ids in the place of names, and with something of the right kind in that of templates.
fn stored(field: &FieldSpec, value: &Value) -> Value {
    let id = json!("00000000-0000-0000-0000-000000000001");
    match field.field_type {
        FieldType::ConnectionId | FieldType::JobId | FieldType::PgpKeyId => id,
        FieldType::PgpKeyIdList => json!([id]),
        FieldType::Secret => json!({ "secret_id": id }),
        FieldType::List => json!(["one"]),
        FieldType::Integer if value.is_string() => json!(1),
        FieldType::Condition => json!(true),
        FieldType::Text
        | FieldType::Integer
        | FieldType::Boolean
        | FieldType::Choice
        | FieldType::PathList
        | FieldType::TextList
        | FieldType::NameTemplate
        | FieldType::Values
        | FieldType::Value => value.clone(),
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn every_step_type_has_a_guide_that_says_something() {
    for guide in guides() {
        let key = &guide.type_key;
        assert!(!guide.purpose.is_empty() && !guide.when.is_empty() && !guide.examples.is_empty(), "{key}");
        let mut words = vec![guide.purpose.clone()];
        words.extend(guide.when.iter().chain(&guide.facts).cloned());
        words.extend(guide.failures.iter().flat_map(|one| [one.cause.clone(), one.remedy.clone()]));
        for text in &words {
            assert!(text.ends_with(['.', ':']), "{key}: {text}");
            assert!(!text.contains("{protocol}"), "{key}: {text}");
        }
        let codes: BTreeSet<_> = guide.failures.iter().map(|one| one.code).collect();
        assert_eq!(codes.len(), guide.failures.len(), "{key} tells of a failure twice");
    }
}

#[test]
fn what_goes_with_it_is_there() {
    for guide in guides() {
        for other in &guide.related {
            let other: StepType = other.parse().unwrap();
            assert_ne!(other.as_str(), guide.type_key);
        }
    }
}

#[test]
fn every_example_would_be_taken() {
    for step_type in StepType::ALL {
        let spec = step_type.spec();
        for GuideExample { title, configuration } in step_type.guide().examples {
            let at = format!("{step_type}: {title}");
            let mut found = Vec::new();
            let mut resolved = Configuration::new();
            for (name, value) in &configuration {
                let field = spec.fields.iter().find(|field| field.name == *name);
                let field = field.unwrap_or_else(|| unknown(&at, name));
                texts(value, &mut found);
                if field.widget != Widget::Template {
                    assert!(!value.is_null(), "{at}: {name}");
                }
                resolved.insert(name.clone(), stored(field, value));
            }
            for text in found {
                template::names(&text).unwrap_or_else(|error| unknown(&at, &format!("{text}: {error}")));
            }
            let params = step_type.parse(&resolved).unwrap_or_else(|found| unknown(&at, &found.to_string()));
            // What is a template is only known at run time.
            let problems = params.check();
            let serious = problems.0.iter().find(|problem| {
                let mut words = Vec::new();
                configuration.get(&problem.path).into_iter().for_each(|value| texts(value, &mut words));
                problem.severity == Severity::Error && !words.iter().any(|text| template::is_template(text))
            });
            assert!(serious.is_none(), "{at}: {serious:?}");
        }
    }
}

fn unknown(at: &str, what: &str) -> ! {
    panic!("{at}: {what}")
}
