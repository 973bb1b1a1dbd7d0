//! Sealed columns as a rotation of the vault key goes through them: the same secrets under another key.
//!
//! Left out: audit entries and `updated_at`; what a row says has not changed, so nobody's edit is out of date. Deleted
//! rows are gone through, too.

use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::connection::Sealed;
use uuid::Uuid;

/// A column of sealed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    pub table: &'static str,
    pub column: &'static str,
}

impl Session {
    /// At most `limit` sealed values of rows after `after`, in the order of their ids.
    pub async fn sealed_after(
        &mut self,
        SealedColumn { table, column }: SealedColumn,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<(Uuid, Sealed)>, StoreError> {
        let sql = format!(
            "SELECT id, {column} FROM {table} WHERE id > $1 AND {column} IS NOT NULL AND length({column}) > 0 \
             ORDER BY id LIMIT $2"
        );
        let rows: Vec<(Uuid, Vec<u8>)> = on!(self, |c| sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await?);
        Ok(rows.into_iter().map(|(id, bytes)| (id, Sealed(bytes))).collect())
    }
}

impl UnitOfWork {
    /// Puts `to` in the place of `from`; `false` when something else is there by now.
    pub async fn replace_sealed(
        &mut self,
        SealedColumn { table, column }: SealedColumn,
        id: Uuid,
        from: &Sealed,
        to: &Sealed,
    ) -> Result<bool, StoreError> {
        let sql = format!("UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3");
        let changed = on!(self, |c| sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(to.0.as_slice())
            .bind(id)
            .bind(from.0.as_slice())
            .execute(c)
            .await?
            .rows_affected());
        Ok(changed == 1)
    }
}
