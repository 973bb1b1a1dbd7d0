//! The audit log: append-only rows, chained by hashes, sealed by signed checkpoints.
//!
//! `entry_hash` is the SHA-256 over the fields in [`canonical::write`]'s order, each preceded by its length in bytes as
//! eight bytes, most significant first; `previous_hash` is the row's before it, 64 zeros for the first. `sequence` has
//! no gap. A checkpoint is the signed hash of one entry; a prune record is the signed hash where the chain begins after
//! older entries were given up.
//!
//! Left out: the signing key. It never comes here; whoever signs hands in the finished record, and what is checked
//! here is its public half.
//!
//! Invariant: sequences follow the order of commits. On SQLite the writer gives that order, on PostgreSQL a lock that is
//! taken last in the transaction and held until its commit.

mod about;
mod append;
mod canonical;
mod chain;
mod checkpoint;
mod details;
mod export;
mod export_check;
mod list;
mod page;
mod prune;
mod sealed;
mod verify;

pub use about::AuditedThing;
pub(crate) use append::{Head, append};
pub(crate) use details::{changes, facts};
pub use export::{AuditExport, AuditExportFormat};
pub use export_check::verify_audit_export;
pub use list::AuditFilter;
pub use sealed::{AuditCheckpoint, AuditPrune, AuditSigner};
pub use verify::{AuditFault, AuditTrust, AuditVerdict, AuditVerification, CheckpointPlace};

/// `previous_hash` of the first row.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
