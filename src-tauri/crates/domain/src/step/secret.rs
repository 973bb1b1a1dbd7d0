//! Secrets in a step's configuration: only ever a reference into the vault.

use super::field::FieldValue;
use super::spec::FieldType;
use crate::SecretId;
use serde_json::Value;

/// `{"secret_id": "…"}` in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretValue(pub SecretId);

impl FieldValue for SecretValue {
    const TYPE: FieldType = FieldType::Secret;
    fn from_value(value: &Value) -> Result<Self, String> {
        let id = match value {
            Value::Object(object) if object.len() == 1 => object.get("secret_id").and_then(Value::as_str),
            _ => None,
        };
        id.and_then(|text| text.parse().ok())
            .map(SecretValue)
            .ok_or_else(|| "a secret is kept in the vault and never written here; enter it again".to_owned())
    }
}
