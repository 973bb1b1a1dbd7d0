//! Notification rules: what they are about by name, their secret as a place to fill in.

use super::names::NamesById;
use super::ordered::{Ordered, ordered, trimmed};
use crate::bundle::shape::minimal_rule;
use crate::error::{AppError, Result};
use courier_domain::notification::{NotificationRule, RuleDraft};
use serde_json::{Value, json};

pub(in crate::bundle) fn rule(rule: &NotificationRule, names: &NamesById) -> Result<Ordered> {
    let example: RuleDraft = serde_json::from_value(minimal_rule()).map_err(AppError::internal)?;
    let mut draft = rule.to_draft();
    if rule.secret_encrypted.as_ref().is_some_and(|sealed| sealed.0.is_empty()) {
        // Disabled only until somebody gives its secret.
        draft.is_enabled = true;
    }
    let mut fields = trimmed(&draft, &example, &["name", "event_types", "channel"])?;
    for about in ["tags", "jobs", "chains", "monitors"] {
        if let Some(value) = fields.get_mut(about) {
            names.put(value);
        }
    }
    if rule.secret_encrypted.is_some()
        && let Some(Value::Object(channel)) = fields.get_mut("channel")
    {
        channel.insert("secret".to_owned(), json!({ "prompt": true }));
    }
    Ok(ordered(
        fields,
        &["name", "is_enabled", "event_types", "tags", "jobs", "chains", "monitors", "channel"],
    ))
}
