//! The record of who did what: reading it, and checking that nobody changed it.

use crate::app::App;
use crate::error::Result;
use courier_domain::audit::AuditLogEntry;
use courier_store::{AuditFilter, AuditVerdict};

impl App {
    /// Newest first.
    pub async fn audit_list(&self, filter: &AuditFilter) -> Result<Vec<AuditLogEntry>> {
        Ok(self.read().await?.audit_entries(filter).await?)
    }

    /// Recomputes the whole chain of hashes.
    pub async fn audit_verify(&self) -> Result<AuditVerdict> {
        Ok(self.read().await?.verify_audit().await?)
    }
}
