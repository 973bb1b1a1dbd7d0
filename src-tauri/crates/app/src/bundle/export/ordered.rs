//! Objects as people read them: known fields first and in order, defaults left out.

use crate::error::{AppError, Result};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// An object whose fields keep the order a person reads them in.
#[derive(Debug, Default)]
pub(in crate::bundle) struct Ordered(pub(super) Vec<(String, Node)>);

#[derive(Debug)]
pub(super) enum Node {
    Value(Value),
    Object(Ordered),
    List(Vec<Ordered>),
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, node) in &self.0 {
            map.serialize_entry(name, node)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Node::Value(value) => value.serialize(serializer),
            Node::Object(object) => object.serialize(serializer),
            Node::List(items) => items.serialize(serializer),
        }
    }
}

impl Ordered {
    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.0.push((name.to_owned(), Node::Value(value)));
    }

    /// A list, unless it is empty.
    pub(in crate::bundle) fn put_list(&mut self, name: &str, items: Vec<Ordered>) {
        if !items.is_empty() {
            self.0.push((name.to_owned(), Node::List(items)));
        }
    }

    /// Names, unless there are none.
    pub(super) fn put_names(&mut self, name: &str, names: &[String]) {
        if !names.is_empty() {
            self.put(name, Value::from(names.to_vec()));
        }
    }
}

/// A draft's fields without those that have their default, in `order`, the others after it.
pub(super) fn trimmed(
    draft: &impl Serialize,
    example: &impl Serialize,
    required: &[&str],
) -> Result<Map<String, Value>> {
    let (Value::Object(mut fields), Value::Object(example)) = (
        serde_json::to_value(draft).map_err(AppError::internal)?,
        serde_json::to_value(example).map_err(AppError::internal)?,
    ) else {
        return Err(AppError::internal("a draft is not an object"));
    };
    fields.retain(|name, value| required.contains(&name.as_str()) || example.get(name) != Some(value));
    Ok(fields)
}

pub(super) fn ordered(mut fields: Map<String, Value>, order: &[&str]) -> Ordered {
    let mut out = Ordered::default();
    for name in order {
        if let Some(value) = fields.remove(*name) {
            out.0.push(((*name).to_owned(), Node::Value(value)));
        }
    }
    out.0.extend(fields.into_iter().map(|(name, value)| (name, Node::Value(value))));
    out
}
