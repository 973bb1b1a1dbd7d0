//! Host keys that were seen or approved on a connection.

use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::{KnownHost, normal_fingerprint};
use courier_domain::{ConnectionId, KnownHostId, Timestamp};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

const KIND: &str = "host key";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    connection_id: Uuid,
    fingerprint: String,
    key_type: String,
    first_seen: Timestamp,
    last_seen: Timestamp,
    approved_by: String,
    revoked_at: Option<Timestamp>,
}

impl From<Row> for KnownHost {
    fn from(row: Row) -> Self {
        KnownHost {
            id: KnownHostId(row.id),
            connection_id: ConnectionId(row.connection_id),
            fingerprint: row.fingerprint,
            key_type: row.key_type,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            approved_by: row.approved_by,
            revoked_at: row.revoked_at,
        }
    }
}

impl Session {
    /// A connection's host keys, also revoked ones, oldest first.
    pub async fn known_hosts(&mut self, connection: ConnectionId) -> Result<Vec<KnownHost>, StoreError> {
        let sql = "SELECT * FROM known_hosts WHERE connection_id = $1 ORDER BY first_seen, id";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).bind(connection.0).fetch_all(c).await?);
        Ok(rows.into_iter().map(KnownHost::from).collect())
    }

    async fn known_host(&mut self, id: KnownHostId) -> Result<KnownHost, StoreError> {
        let sql = "SELECT * FROM known_hosts WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(KnownHost::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }
}

/// What came of keeping the first host key of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstHostKey {
    Kept,
    /// Another session kept the same one meanwhile.
    Known,
    Revoked,
    /// Another session kept another one meanwhile; those that are trusted.
    Other(Vec<String>),
}

impl UnitOfWork {
    /// Trusts a host key if it is the first of its connection, or the one that the connection expects. Of sessions that
    /// begin at the same time, one is first.
    pub async fn keep_first_known_host(&mut self, host: &KnownHost) -> Result<FirstHostKey, StoreError> {
        self.lock("SELECT 1 FROM connections WHERE id = $1 FOR UPDATE", host.connection_id.0).await?;
        let known = self.known_hosts(host.connection_id).await?;
        if let Some(row) = known.iter().find(|k| k.fingerprint == host.fingerprint) {
            let is_revoked = row.revoked_at.is_some();
            return Ok(if is_revoked { FirstHostKey::Revoked } else { FirstHostKey::Known });
        }
        let expected = self.connection(host.connection_id).await?.stored_host_fingerprint;
        let is_expected =
            expected.as_deref().and_then(normal_fingerprint).as_ref() == Some(&host.fingerprint);
        if !known.is_empty() && !is_expected {
            let trusted = known.into_iter().filter(|k| k.revoked_at.is_none());
            return Ok(FirstHostKey::Other(trusted.map(|k| k.fingerprint).collect()));
        }
        self.insert_known_host(host).await?;
        Ok(FirstHostKey::Kept)
    }

    /// Trusts a host key. One that was revoked is trusted again: whoever may call this has decided so.
    pub async fn insert_known_host(&mut self, host: &KnownHost) -> Result<(), StoreError> {
        let sql = "INSERT INTO known_hosts (id, connection_id, fingerprint, key_type, first_seen, last_seen, \
                   approved_by, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (connection_id, fingerprint) DO UPDATE SET last_seen = excluded.last_seen, \
                   approved_by = excluded.approved_by, revoked_at = excluded.revoked_at";
        on!(self, |c| sqlx::query(sql)
            .bind(host.id.0)
            .bind(host.connection_id.0)
            .bind(&host.fingerprint)
            .bind(&host.key_type)
            .bind(host.first_seen)
            .bind(host.last_seen)
            .bind(&host.approved_by)
            .bind(host.revoked_at)
            .execute(c)
            .await
            .map(drop)?);
        let details = json!({
            "fingerprint": host.fingerprint, "key_type": host.key_type, "approved_by": host.approved_by,
        });
        self.audit(AuditableEntityType::Connection, host.connection_id, "HostKeyTrusted", details);
        Ok(())
    }

    /// Notes that the key was seen again. Not audited: it changes nothing about trust.
    pub async fn touch_known_host(&mut self, id: KnownHostId) -> Result<(), StoreError> {
        let now = self.now();
        let sql = "UPDATE known_hosts SET last_seen = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        Ok(())
    }

    /// Marks a key as no longer valid: it is refused from now on, also on a first contact.
    pub async fn revoke_known_host(&mut self, id: KnownHostId) -> Result<(), StoreError> {
        let host = self.known_host(id).await?;
        let now = self.now();
        let sql = "UPDATE known_hosts SET revoked_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        let details = json!({ "fingerprint": host.fingerprint, "key_type": host.key_type });
        self.audit(AuditableEntityType::Connection, host.connection_id, "HostKeyRevoked", details);
        Ok(())
    }
}
