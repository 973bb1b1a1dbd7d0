//! Secrets of step fields: sealed bytes under an id that the step's configuration names.
//!
//! Left out: audit entries; the entity that a secret belongs to has them.

use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::SecretId;
use courier_domain::connection::Sealed;

impl Session {
    pub async fn secret(&mut self, id: SecretId) -> Result<Sealed, StoreError> {
        let sql = "SELECT sealed FROM secrets WHERE id = $1";
        let sealed: Option<Vec<u8>> =
            on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_optional(c).await?);
        sealed.map(Sealed).ok_or_else(|| StoreError::not_found("secret", id))
    }

    /// Whether there is one under this id; a step may name a place whose secret is still to be given.
    pub async fn has_secret(&mut self, id: SecretId) -> Result<bool, StoreError> {
        let sql = "SELECT COUNT(*) FROM secrets WHERE id = $1";
        let found: i64 = on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_one(c).await?);
        Ok(found > 0)
    }
}

impl UnitOfWork {
    /// Stores a secret, or replaces it.
    pub async fn put_secret(&mut self, id: SecretId, sealed: &Sealed) -> Result<(), StoreError> {
        let now = self.now();
        let sql = "INSERT INTO secrets (id, sealed, created_at, updated_at) VALUES ($1, $2, $3, $3) \
                   ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at";
        on!(self, |c| sqlx::query(sql)
            .bind(id.0)
            .bind(sealed.0.as_slice())
            .bind(now)
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }

    /// Forgets a secret; one that is not there is forgotten already.
    pub async fn delete_secret(&mut self, id: SecretId) -> Result<(), StoreError> {
        let sql = "DELETE FROM secrets WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).execute(c).await.map(drop)?);
        Ok(())
    }
}
