//! Destroying sealed material: zeros are written over it before its row forgets it, so that no free page of an SQLite
//! file keeps it. PostgreSQL keeps old row versions until it vacuums; there the vault is what protects them.

use crate::session::on;
use crate::{StoreError, UnitOfWork};
use sqlx::QueryBuilder;
use uuid::Uuid;

impl UnitOfWork {
    /// Puts as many zeros where the row's sealed columns have bytes.
    pub(crate) async fn overwrite(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        id: Uuid,
    ) -> Result<(), StoreError> {
        let postgres = self.is_postgres();
        on!(self, |c| {
            let mut query = QueryBuilder::new("UPDATE ");
            query.push(table).push(" SET ");
            for (index, column) in columns.iter().enumerate() {
                query.push(if index == 0 { "" } else { ", " }).push(*column).push(" = ");
                if postgres {
                    query.push("decode(repeat('00', length(").push(*column).push(")), 'hex')");
                } else {
                    query.push("zeroblob(length(").push(*column).push("))");
                }
            }
            query.push(" WHERE id = ").push_bind(id);
            query.build().execute(c).await.map(drop)?
        });
        Ok(())
    }
}
