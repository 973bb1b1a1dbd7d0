//! What a person decides about a server's identity: host keys that are trusted or no longer, certificates that are pinned.

use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::ConnectionId;
use courier_domain::connection::{
    ConnectionProtocol, HostKeyPolicy, KnownHost, TlsCertPolicy, normal_fingerprint, normal_thumbprint,
};
use serde::Deserialize;
use specta::Type;

/// What becomes of the host keys that were trusted until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Earlier {
    /// The new key takes the place of those of its own type, which are revoked. A server has one key of each type.
    Replaced,
    /// They stay: several servers answer under one name.
    Kept,
}

impl App {
    /// Accepts a host key as this server's. A person who has compared the fingerprint may also take back that it was
    /// revoked.
    ///
    /// # Errors
    /// Not a fingerprint.
    pub async fn connections_trust(
        &self,
        id: ConnectionId,
        fingerprint: &str,
        key_type: &str,
        earlier: Earlier,
    ) -> Result<()> {
        let fingerprint = host_fingerprint(fingerprint)?;
        let mut unit = self.begin().await?;
        let mut connection = unit.connection(id).await?;
        let known = unit.known_hosts(id).await?;
        let row = known.iter().find(|k| k.fingerprint == fingerprint);
        let key_type = row.map_or(key_type, |k| k.key_type.as_str());
        if row.is_none_or(|k| k.revoked_at.is_some()) {
            let now = unit.now();
            let host = KnownHost {
                id: row.map_or_else(|| self.new_id(), |k| k.id),
                connection_id: id,
                fingerprint: fingerprint.clone(),
                key_type: if key_type.is_empty() { "unknown".to_owned() } else { key_type.to_owned() },
                first_seen: now,
                last_seen: now,
                approved_by: self.actor().to_owned(),
                revoked_at: None,
            };
            unit.insert_known_host(&host).await?;
        }
        if earlier == Earlier::Replaced {
            let same_type = |k: &&KnownHost| {
                k.fingerprint != fingerprint && k.revoked_at.is_none() && k.key_type == key_type
            };
            for old in known.iter().filter(same_type) {
                unit.revoke_known_host(old.id).await?;
            }
        }
        let expected = connection.stored_host_fingerprint.as_deref();
        if connection.host_key_policy == HostKeyPolicy::Manual && expected != Some(fingerprint.as_str()) {
            connection.stored_host_fingerprint = Some(fingerprint);
            unit.update_connection(&connection, connection.updated_at).await?;
        }
        Ok(unit.commit().await?)
    }

    /// From now on the server is refused when it shows this host key, under every policy.
    ///
    /// # Errors
    /// Not a fingerprint; not a known key of this connection.
    pub async fn connections_revoke(&self, id: ConnectionId, fingerprint: &str) -> Result<()> {
        let fingerprint = host_fingerprint(fingerprint)?;
        let mut unit = self.begin().await?;
        let known = unit.known_hosts(id).await?;
        let Some(row) = known.iter().find(|k| k.fingerprint == fingerprint) else {
            return Err(AppError::problem(
                "fingerprint",
                "unknown_name",
                format!("{fingerprint} is not among the known host keys of this connection."),
            ));
        };
        if row.revoked_at.is_none() {
            unit.revoke_known_host(row.id).await?;
        }
        Ok(unit.commit().await?)
    }

    /// Pins the certificate that a person has compared: from now on the server must present it.
    pub async fn connections_pin(&self, id: ConnectionId, thumbprint: &str) -> Result<()> {
        let Some(thumbprint) = normal_thumbprint(thumbprint) else {
            return Err(AppError::problem(
                "fingerprint",
                "invalid",
                "A certificate's SHA-256 has 64 hex digits, with or without colons.",
            ));
        };
        let mut unit = self.begin().await?;
        let before = unit.connection(id).await?;
        if before.protocol != ConnectionProtocol::Ftps {
            return Err(AppError::problem(
                "connection",
                "invalid",
                "Only FTPS servers present a certificate.",
            ));
        }
        let mut draft = before.to_draft();
        draft.tls_cert_policy = TlsCertPolicy::PinnedThumbprint;
        draft.tls_pinned_thumbprint = Some(thumbprint);
        if draft != before.to_draft() {
            let mut connection = before.clone();
            connection.edit(draft, None, unit.now())?;
            unit.update_connection(&connection, before.updated_at).await?;
        }
        Ok(unit.commit().await?)
    }
}

fn host_fingerprint(text: &str) -> Result<String> {
    normal_fingerprint(text).ok_or_else(|| {
        AppError::problem(
            "fingerprint",
            "invalid",
            "A host key fingerprint looks like `SHA256:` followed by 43 letters, digits, `+` or `/`.",
        )
    })
}
