//! OpenPGP keys: metadata, the public block, and sealed private material.

use crate::audit::{changes, facts};
use crate::column::{Text, name_key};
use crate::session::{Session, on};
use crate::ssh_key::already_there;
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Sealed;
use courier_domain::key::{PgpAlgorithm, PgpKey, PgpKeyStatus, PgpKeyType};
use courier_domain::{PgpKeyId, Timestamp};
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

const KIND: &str = "OpenPGP key";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    fingerprint: String,
    short_key_id: String,
    algorithm: Text<PgpAlgorithm>,
    key_type: Text<PgpKeyType>,
    purpose: Option<String>,
    status: Text<PgpKeyStatus>,
    public_key_data: String,
    private_key_data: Option<Vec<u8>>,
    passphrase_hash: Option<Vec<u8>>,
    expires_at: Option<Timestamp>,
    successor_key_id: Option<Uuid>,
    created_by: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
    user_ids: Json<Vec<String>>,
    revocation_certificate: Option<Vec<u8>>,
}

impl From<Row> for PgpKey {
    fn from(row: Row) -> Self {
        PgpKey {
            id: PgpKeyId(row.id),
            name: row.name,
            fingerprint: row.fingerprint,
            short_key_id: row.short_key_id,
            algorithm: row.algorithm.0,
            key_type: row.key_type.0,
            purpose: row.purpose,
            status: row.status.0,
            public_key_data: row.public_key_data,
            private_key_data: row.private_key_data.map(Sealed),
            passphrase_hash: row.passphrase_hash.map(Sealed),
            expires_at: row.expires_at,
            successor_key_id: row.successor_key_id.map(PgpKeyId),
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_deleted: row.is_deleted,
            deleted_at: row.deleted_at,
            user_ids: row.user_ids.0,
            revocation_certificate: row.revocation_certificate.map(Sealed),
        }
    }
}

impl Session {
    /// A key, also a deleted one.
    pub async fn pgp_key(&mut self, id: PgpKeyId) -> Result<PgpKey, StoreError> {
        let sql = "SELECT * FROM pgp_keys WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(PgpKey::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// A key that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_pgp_key(&mut self, name_or_id: &str) -> Result<PgpKey, StoreError> {
        let sql = "SELECT * FROM pgp_keys WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        row.map(PgpKey::from).ok_or_else(|| StoreError::not_found(KIND, name_or_id))
    }

    /// The key with this fingerprint (upper-case hex) that is not deleted.
    pub async fn pgp_key_by_fingerprint(&mut self, fingerprint: &str) -> Result<Option<PgpKey>, StoreError> {
        let sql = "SELECT * FROM pgp_keys WHERE fingerprint = $1 AND NOT is_deleted";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(fingerprint).fetch_optional(c).await?);
        Ok(row.map(PgpKey::from))
    }

    /// Every key that is not deleted, by name.
    pub async fn pgp_keys(&mut self) -> Result<Vec<PgpKey>, StoreError> {
        let sql = "SELECT * FROM pgp_keys WHERE NOT is_deleted ORDER BY name_key";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(PgpKey::from).collect())
    }
}

/// Binds every column in the order both statements below name them.
macro_rules! bound {
    ($sql:expr, $key:expr) => {
        sqlx::query($sql)
            .bind($key.id.0)
            .bind(&$key.name)
            .bind(name_key(&$key.name))
            .bind(&$key.fingerprint)
            .bind(&$key.short_key_id)
            .bind(Text($key.algorithm))
            .bind(Text($key.key_type))
            .bind(&$key.purpose)
            .bind(Text($key.status))
            .bind(&$key.public_key_data)
            .bind($key.private_key_data.as_ref().map(|s| s.0.as_slice()))
            .bind($key.passphrase_hash.as_ref().map(|s| s.0.as_slice()))
            .bind($key.expires_at)
            .bind($key.successor_key_id.map(|k| k.0))
            .bind($key.updated_at)
            .bind(Json(&$key.user_ids))
            .bind($key.revocation_certificate.as_ref().map(|s| s.0.as_slice()))
    };
}

impl UnitOfWork {
    pub async fn insert_pgp_key(&mut self, key: &PgpKey) -> Result<(), StoreError> {
        if self.pgp_key_by_fingerprint(&key.fingerprint).await?.is_some() {
            return Err(already_there(KIND, &key.fingerprint));
        }
        let sql = "INSERT INTO pgp_keys (id, name, name_key, fingerprint, short_key_id, algorithm, key_type, \
                   purpose, status, public_key_data, private_key_data, passphrase_hash, expires_at, \
                   successor_key_id, updated_at, user_ids, revocation_certificate, created_by, created_at, is_deleted) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, FALSE)";
        let inserted = on!(self, |c| bound!(sql, key)
            .bind(&key.created_by)
            .bind(key.created_at)
            .execute(c)
            .await
            .map(drop));
        crate::job::taken(inserted, KIND, &key.name)?;
        self.audit(AuditableEntityType::PgpKey, key.id, "Created", facts(key));
        Ok(())
    }

    /// Stores an edited key, as `updated_at` the instant at which this happens. `seen` is the `updated_at` that the
    /// editor had loaded: refused if somebody else has changed it since.
    pub async fn update_pgp_key(&mut self, key: &PgpKey, seen: Timestamp) -> Result<PgpKey, StoreError> {
        let before = self.living_pgp_key(key.id).await?;
        let mut key = key.clone();
        key.updated_at = self.later_than(before.updated_at);
        let sql = "UPDATE pgp_keys SET name = $2, name_key = $3, fingerprint = $4, short_key_id = $5, \
                   algorithm = $6, key_type = $7, purpose = $8, status = $9, public_key_data = $10, \
                   private_key_data = $11, passphrase_hash = $12, expires_at = $13, successor_key_id = $14, \
                   updated_at = $15, user_ids = $16, revocation_certificate = $17 WHERE id = $1 \
                   AND updated_at = $18 AND NOT is_deleted";
        let updated =
            on!(self, |c| bound!(sql, key).bind(seen).execute(c).await.map(|done| done.rows_affected()));
        if crate::job::taken(updated, KIND, &key.name)? == 0 {
            let current = self.living_pgp_key(key.id).await?;
            let (about, entity) = ((KIND, current.name.as_str()), (AuditableEntityType::PgpKey, key.id.0));
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
        self.audit(AuditableEntityType::PgpKey, key.id, operation, details);
        Ok(key)
    }

    /// Deletes a key for good: its secret material is overwritten, what it was stays readable. Refused while a job's
    /// current steps name it.
    pub async fn delete_pgp_key(&mut self, id: PgpKeyId) -> Result<(), StoreError> {
        let key = self.living_pgp_key(id).await?;
        self.refuse_if_jobs_name(id.0, KIND, &key.name).await?;
        let now = self.now();
        let sealed = ["private_key_data", "passphrase_hash", "revocation_certificate"];
        self.overwrite("pgp_keys", &sealed, id.0).await?;
        let sql = "UPDATE pgp_keys SET is_deleted = TRUE, deleted_at = $2, updated_at = $2, status = 'deleted', \
                   private_key_data = NULL, passphrase_hash = NULL, revocation_certificate = NULL WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        let details = json!({ "name": key.name, "fingerprint": key.fingerprint });
        self.audit(AuditableEntityType::PgpKey, id, "Deleted", details);
        Ok(())
    }

    async fn living_pgp_key(&mut self, id: PgpKeyId) -> Result<PgpKey, StoreError> {
        let key = self.pgp_key(id).await?;
        if key.is_deleted { Err(StoreError::not_found(KIND, key.name)) } else { Ok(key) }
    }
}
