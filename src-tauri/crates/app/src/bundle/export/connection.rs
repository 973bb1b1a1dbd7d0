//! Connections: their key by name, their passwords as places to fill in.

use super::names::NamesById;
use super::ordered::{Ordered, ordered, trimmed};
use crate::bundle::shape::minimal_connection;
use crate::error::{AppError, Result};
use courier_domain::connection::{Connection, ConnectionDraft, ConnectionStatus, ProxyConfig};
use serde_json::json;

/// `tags` are names.
pub(in crate::bundle) fn connection(
    connection: &Connection,
    tags: &[String],
    names: &NamesById,
) -> Result<Ordered> {
    let example: ConnectionDraft =
        serde_json::from_value(minimal_connection()).map_err(AppError::internal)?;
    let required = ["name", "protocol", "host", "port", "username", "auth_method", "host_key_policy"];
    let mut draft = connection.to_draft();
    if connection.waits_for_password() {
        // Disabled only until somebody gives the password, its own or the proxy's.
        draft.status = ConnectionStatus::Active;
    }
    let mut fields = trimmed(&draft, &example, &required)?;
    for reference in ["ssh_key_id", "jump_connection_id"] {
        if let Some(value) = fields.get_mut(reference) {
            names.put(value);
        }
    }
    if connection.auth_method.needs_password() {
        fields.insert("password".to_owned(), json!({ "prompt": true }));
    }
    let asks = connection.proxy.as_ref().is_some_and(ProxyConfig::needs_password);
    if asks || connection.proxy_password_encrypted.is_some() {
        fields.insert("proxy_password".to_owned(), json!({ "prompt": true }));
    }
    let mut out = ordered(
        fields,
        &[
            "name",
            "group",
            "protocol",
            "host",
            "port",
            "username",
            "auth_method",
            "ssh_key_id",
            "password",
            "jump_connection_id",
            "proxy",
            "proxy_password",
        ],
    );
    out.put_names("tags", tags);
    Ok(out)
}
