//! SSH keys: metadata, the public line, and sealed private material.

use crate::audit::{changes, facts};
use crate::column::{Text, name_key};
use crate::job::taken;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Sealed;
use courier_domain::key::{SshKey, SshKeyStatus, SshKeyType};
use courier_domain::{SshKeyId, Timestamp};
use serde_json::{Value, json};
use sqlx::FromRow;
use uuid::Uuid;

const KIND: &str = "SSH key";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    key_type: Text<SshKeyType>,
    public_key_data: String,
    private_key_data: Vec<u8>,
    passphrase_hash: Option<Vec<u8>>,
    fingerprint: String,
    status: Text<SshKeyStatus>,
    notes: Option<String>,
    created_by: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
}

impl From<Row> for SshKey {
    fn from(row: Row) -> Self {
        SshKey {
            id: SshKeyId(row.id),
            name: row.name,
            key_type: row.key_type.0,
            public_key_data: row.public_key_data,
            private_key_data: Sealed(row.private_key_data),
            passphrase_hash: row.passphrase_hash.map(Sealed),
            fingerprint: row.fingerprint,
            status: row.status.0,
            notes: row.notes,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_deleted: row.is_deleted,
            deleted_at: row.deleted_at,
        }
    }
}

impl Session {
    /// A key, also a deleted one.
    pub async fn ssh_key(&mut self, id: SshKeyId) -> Result<SshKey, StoreError> {
        let sql = "SELECT * FROM ssh_keys WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(SshKey::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// A key that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_ssh_key(&mut self, name_or_id: &str) -> Result<SshKey, StoreError> {
        let sql = "SELECT * FROM ssh_keys WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        row.map(SshKey::from).ok_or_else(|| StoreError::not_found(KIND, name_or_id))
    }

    /// The key with this fingerprint (`SHA256:…`) that is not deleted.
    pub async fn ssh_key_by_fingerprint(&mut self, fingerprint: &str) -> Result<Option<SshKey>, StoreError> {
        let sql = "SELECT * FROM ssh_keys WHERE fingerprint = $1 AND NOT is_deleted";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(fingerprint).fetch_optional(c).await?);
        Ok(row.map(SshKey::from))
    }

    /// Every key that is not deleted, by name.
    pub async fn ssh_keys(&mut self) -> Result<Vec<SshKey>, StoreError> {
        let sql = "SELECT * FROM ssh_keys WHERE NOT is_deleted ORDER BY name_key";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(SshKey::from).collect())
    }
}

/// Binds every column in the order both statements below name them.
macro_rules! bound {
    ($sql:expr, $key:expr) => {
        sqlx::query($sql)
            .bind($key.id.0)
            .bind(&$key.name)
            .bind(name_key(&$key.name))
            .bind(Text($key.key_type))
            .bind(&$key.public_key_data)
            .bind($key.private_key_data.0.as_slice())
            .bind($key.passphrase_hash.as_ref().map(|s| s.0.as_slice()))
            .bind(&$key.fingerprint)
            .bind(Text($key.status))
            .bind(&$key.notes)
            .bind($key.updated_at)
    };
}

impl UnitOfWork {
    pub async fn insert_ssh_key(&mut self, key: &SshKey) -> Result<(), StoreError> {
        if self.ssh_key_by_fingerprint(&key.fingerprint).await?.is_some() {
            return Err(already_there(KIND, &key.fingerprint));
        }
        let sql = "INSERT INTO ssh_keys (id, name, name_key, key_type, public_key_data, private_key_data, \
                   passphrase_hash, fingerprint, status, notes, updated_at, created_by, created_at, is_deleted) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, FALSE)";
        let inserted = on!(self, |c| bound!(sql, key)
            .bind(&key.created_by)
            .bind(key.created_at)
            .execute(c)
            .await
            .map(drop));
        taken(inserted, KIND, &key.name)?;
        self.audit(AuditableEntityType::SshKey, key.id, "Created", facts(key));
        Ok(())
    }

    /// Stores an edited key, as `updated_at` the instant at which this happens. `seen` is the `updated_at` that the
    /// editor had loaded: refused if somebody else has changed it since.
    pub async fn update_ssh_key(&mut self, key: &SshKey, seen: Timestamp) -> Result<SshKey, StoreError> {
        let before = self.living_ssh_key(key.id).await?;
        let mut key = key.clone();
        key.updated_at = self.later_than(before.updated_at);
        let sql = "UPDATE ssh_keys SET name = $2, name_key = $3, key_type = $4, public_key_data = $5, \
                   private_key_data = $6, passphrase_hash = $7, fingerprint = $8, status = $9, notes = $10, \
                   updated_at = $11 WHERE id = $1 \
                   AND updated_at = $12 AND NOT is_deleted";
        let updated =
            on!(self, |c| bound!(sql, key).bind(seen).execute(c).await.map(|done| done.rows_affected()));
        if taken(updated, KIND, &key.name)? == 0 {
            let current = self.living_ssh_key(key.id).await?;
            let (about, entity) = ((KIND, current.name.as_str()), (AuditableEntityType::SshKey, key.id.0));
            return Err(self.out_of_date(about, entity, &key, &current).await);
        }
        let mut details = changes(&before, &key);
        if let Value::Object(fields) = &mut details {
            for (what, changed) in [
                ("public_key", before.public_key_data != key.public_key_data),
                ("private_key", before.private_key_data != key.private_key_data),
                ("passphrase", before.passphrase_hash != key.passphrase_hash),
            ] {
                if changed {
                    fields.insert(what.into(), json!("changed"));
                }
            }
        }
        let operation = if before.status == key.status { "Updated" } else { "StateChanged" };
        self.audit(AuditableEntityType::SshKey, key.id, operation, details);
        Ok(key)
    }

    /// Deletes a key for good: its secret material is overwritten, what it was stays readable. Refused while a
    /// connection logs in with it.
    pub async fn delete_ssh_key(&mut self, id: SshKeyId) -> Result<(), StoreError> {
        let key = self.living_ssh_key(id).await?;
        let sql =
            "SELECT name FROM connections WHERE ssh_key_id = $1 AND NOT is_deleted ORDER BY name LIMIT 5";
        let users: Vec<String> = on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_all(c).await?);
        if !users.is_empty() {
            let by =
                format!("the connection{} {}", if users.len() == 1 { "" } else { "s" }, users.join(", "));
            return Err(StoreError::InUse { kind: KIND, name: key.name, by });
        }
        let now = self.now();
        self.overwrite("ssh_keys", &["private_key_data", "passphrase_hash"], id.0).await?;
        let sql = "UPDATE ssh_keys SET is_deleted = TRUE, deleted_at = $2, updated_at = $2, status = 'deleted', \
                   private_key_data = $3, passphrase_hash = NULL WHERE id = $1";
        let empty: &[u8] = &[];
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).bind(empty).execute(c).await.map(drop)?);
        let details = json!({ "name": key.name, "fingerprint": key.fingerprint });
        self.audit(AuditableEntityType::SshKey, id, "Deleted", details);
        Ok(())
    }

    async fn living_ssh_key(&mut self, id: SshKeyId) -> Result<SshKey, StoreError> {
        let key = self.ssh_key(id).await?;
        if key.is_deleted { Err(StoreError::not_found(KIND, key.name)) } else { Ok(key) }
    }
}

/// The refusal of a key whose fingerprint is stored.
pub(crate) fn already_there(kind: &'static str, fingerprint: &str) -> StoreError {
    StoreError::AlreadyThere { kind, what: fingerprint.to_owned() }
}
