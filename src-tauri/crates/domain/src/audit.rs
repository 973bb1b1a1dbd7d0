//! The record of who did what, append-only and chained by hashes (the store computes them).

use crate::macros::text_enum;
use crate::{AuditLogEntryId, Timestamp};
use serde::Serialize;
use specta::Type;
use uuid::Uuid;

text_enum! {
    pub enum AuditableEntityType {
        Job = "job", JobExecution = "job_execution", StepExecution = "step_execution",
        Chain = "chain", ChainExecution = "chain_execution", Connection = "connection",
        PgpKey = "pgp_key", SshKey = "ssh_key", FileMonitor = "file_monitor",
        Tag = "tag", SystemSetting = "system_setting", Vault = "vault",
        Schedule = "schedule", NotificationRule = "notification_rule", Calendar = "calendar",
    }
}

/// One change, as it is stored. `sequence`, `previous_hash` and `entry_hash` make the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct AuditLogEntry {
    pub id: AuditLogEntryId,
    pub entity_type: AuditableEntityType,
    pub entity_id: Uuid,
    /// `Created`, `Updated`, `Deleted`, `StateChanged`, `UsedForEncrypt`, `Connected`, …
    pub operation: String,
    /// `user@host` or `system`.
    pub performed_by: String,
    pub performed_at: Timestamp,
    pub details: serde_json::Value,
    pub sequence: i64,
    pub previous_hash: String,
    pub entry_hash: String,
}

/// An entry before the store numbers and chains it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEntry {
    pub entity_type: AuditableEntityType,
    pub entity_id: Uuid,
    pub operation: &'static str,
    pub performed_by: String,
    pub details: serde_json::Value,
}
