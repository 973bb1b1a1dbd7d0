//! What an entry says of a change: before and after, with secrets left out.
//!
//! Invariant: sealed secrets never serialise, so nothing here can hold one.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// What an entry says of an entity that is new: all that it shows of itself. Long public key blocks stay out.
pub(crate) fn facts<T: Serialize>(entity: &T) -> Value {
    let mut value = serde_json::to_value(entity).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        for noise in ["public_key_data", "created_at", "updated_at", "is_deleted", "deleted_at"] {
            fields.remove(noise);
        }
    }
    value
}

/// What an entry says of a change: each field that differs, from what to what.
pub(crate) fn changes<T: Serialize>(before: &T, after: &T) -> Value {
    let (Value::Object(before), Value::Object(after)) = (facts(before), facts(after)) else {
        return Value::Null;
    };
    let mut changed = Map::new();
    for (field, from) in &before {
        let to = after.get(field).unwrap_or(&Value::Null);
        if from != to {
            changed.insert(field.clone(), json!({ "from": from, "to": to }));
        }
    }
    for (field, to) in after.iter().filter(|(field, _)| !before.contains_key(*field)) {
        changed.insert(field.clone(), json!({ "from": null, "to": to }));
    }
    Value::Object(changed)
}
