//! Connections. Their SSH key is still a name, their passwords only where they come from.

use super::{names, take_name, take_secret};
use crate::bundle::read::{fields, join, object};
use crate::bundle::secret::SecretSource;
use courier_domain::Problems;
use courier_domain::connection::{ConnectionDraft, SshAlgorithmConfig};
use serde_json::{Value, json};

#[derive(Debug)]
pub(in crate::bundle) struct ConnectionEntry {
    pub(in crate::bundle) path: String,
    /// Without its SSH key.
    pub(in crate::bundle) draft: ConnectionDraft,
    /// Name or id.
    pub(in crate::bundle) ssh_key: Option<String>,
    /// The connection whose server is the jump host: name or id.
    pub(in crate::bundle) jump: Option<String>,
    pub(in crate::bundle) password: Option<SecretSource>,
    pub(in crate::bundle) proxy_password: Option<SecretSource>,
    pub(in crate::bundle) tags: Option<Vec<String>>,
}

/// The fields that a connection needs, with stand-ins.
pub(in crate::bundle) fn minimal_connection() -> Value {
    json!({ "name": "", "protocol": "sftp", "host": "", "username": "" })
}

pub(super) fn connection(path: String, value: Value, problems: &mut Problems) -> Option<ConnectionEntry> {
    let mut map = object(value, &path, problems)?;
    let tags = names(map.remove("tags"), &join(&path, "tags"), problems);
    let password = take_secret(&mut map, "password", &path, problems);
    let proxy_password = take_secret(&mut map, "proxy_password", &path, problems);
    let ssh_key = take_name(&mut map, "ssh_key_id", "an SSH key", &path, problems);
    let jump = take_name(&mut map, "jump_connection_id", "a connection", &path, problems);
    let algorithms = match map.remove("ssh_algorithms").filter(|v| !v.is_null()) {
        None => None,
        Some(value) => {
            let at = join(&path, "ssh_algorithms");
            object(value, &at, problems)
                .and_then(|map| fields::<SshAlgorithmConfig>(&json!({}), map, &at, problems))
        }
    };
    let draft: ConnectionDraft = fields(&minimal_connection(), map, &path, problems)?;
    Some(ConnectionEntry {
        path,
        draft: ConnectionDraft { ssh_algorithms: algorithms, ..draft },
        ssh_key,
        jump,
        password,
        proxy_password,
        tags,
    })
}
