//! What differs between two objects of a bundle, field by field, in the words of the bundle.

use courier_domain::job::FieldChange;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every field that differs, in the order of their paths.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<FieldChange> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    leaves(before, "", &mut old);
    leaves(after, "", &mut new);
    let mut found = Vec::new();
    for (path, from) in &old {
        let to = new.get(path);
        if Some(from) != to {
            found.push(FieldChange { path: path.clone(), from: Some(from.clone()), to: to.cloned() });
        }
    }
    for (path, to) in new {
        if !old.contains_key(&path) {
            found.push(FieldChange { path, from: None, to: Some(to) });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(value, &path, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                let name =
                    item.get("name").and_then(Value::as_str).map_or_else(|| index.to_string(), str::to_owned);
                leaves(item, &format!("{path}[{name}]"), found);
            }
            let order: Vec<&Value> = items.iter().filter_map(|item| item.get("name")).collect();
            if order.len() > 1 {
                found.insert(format!("{path}.order"), order.into_iter().cloned().collect());
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            found.insert(path.to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(before: Value, after: Value) -> Vec<(String, Option<Value>, Option<Value>)> {
        differences(&before, &after).into_iter().map(|d| (d.path, d.from, d.to)).collect()
    }

    #[test]
    fn members_of_lists_are_found_by_their_names() {
        let before = json!({ "steps": [{ "name": "Get", "x": 1 }, { "name": "Put", "x": 2 }] });
        let after = json!({ "steps": [{ "name": "Get", "x": 1 }, { "name": "Put", "x": 3 }] });
        assert_eq!(found(before, after), [("steps[Put].x".to_owned(), Some(json!(2)), Some(json!(3)))]);
    }

    #[test]
    fn another_order_is_a_difference() {
        let before = json!({ "steps": [{ "name": "A" }, { "name": "B" }] });
        let after = json!({ "steps": [{ "name": "B" }, { "name": "A" }] });
        assert_eq!(
            found(before, after),
            [("steps.order".to_owned(), Some(json!(["A", "B"])), Some(json!(["B", "A"])))]
        );
    }

    #[test]
    fn a_field_that_comes_or_goes_is_a_difference() {
        assert_eq!(
            found(json!({ "a": 1 }), json!({ "b": ["x"] })),
            [("a".to_owned(), Some(json!(1)), None), ("b".to_owned(), None, Some(json!(["x"])))]
        );
        assert!(found(json!({ "a": {} }), json!({ "a": {} })).is_empty());
    }
}
