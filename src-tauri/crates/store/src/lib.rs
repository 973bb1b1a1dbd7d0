//! Courier's store: SQLite and PostgreSQL behind one [`Store`].
//!
//! Reads are methods of [`Session`], changes are methods of [`UnitOfWork`]; each aggregate has its own file with its
//! rows and its SQL, and no SQL stands outside this crate. Every verb that changes something writes its audit entry
//! and its domain events in the same transaction, so a change without a record cannot be committed.
//! `docs/domain-model.md` says where each field is kept and what stands beside it.
//!
//! Left out on purpose: rules of the domain (they are in `courier-domain`, whose state machines decide every
//! transition made here), secrets in clear (the store sees only sealed bytes), and waiting for work (the engine does).
//!
//! Invariant: what [`UnitOfWork::commit`] has acknowledged is durable, and a unit of work that was not acknowledged
//! left nothing behind.

mod activity;
mod audit;
mod backup;
mod bell;
mod calendar;
mod chain;
mod chain_execution;
mod change;
mod check;
mod column;
mod connection;
mod delivery_line;
mod dependency;
mod domain_event;
mod error;
mod event_delivery;
mod event_subject;
mod execution;
mod execution_list;
mod execution_log;
mod expected_files;
#[cfg(debug_assertions)]
mod fault;
mod fence;
mod first_signs;
mod glance;
mod intent;
mod iteration;
mod job;
mod known_host;
mod living;
mod migrate;
mod missed;
mod monitor;
mod monitor_file_log;
mod monitor_watch;
mod node;
mod not_begun;
mod notification_rule;
mod open;
mod page;
mod passage;
mod pgp_key;
mod purge;
mod queue;
mod receipt;
mod rescue;
mod retention;
mod rewrap;
mod run;
mod schedule;
mod secret;
mod session;
mod setting;
mod ssh_key;
mod step_execution;
mod tag;
mod unit_of_work;
mod url;
mod writer;

pub use activity::{ExecutionCounts, Moved};
pub use audit::{
    AuditCheckpoint, AuditExport, AuditExportFormat, AuditFault, AuditFilter, AuditPrune, AuditSigner,
    AuditTrust, AuditVerdict, AuditVerification, AuditedThing, CheckpointPlace, verify_audit_export,
};
pub use backup::{Backup, Restored, backup, restore};
pub use calendar::CalendarUse;
pub use chain_execution::{ChainExecutionFilter, MemberNote};
pub use change::Change;
pub use check::{DatabaseCheck, Finding, FindingState, check};
pub use delivery_line::{Claimable, LineKey, Told, Waiting};
pub use domain_event::{EventFilter, NewestEvents};
pub use error::{BothSides, StoreError};
pub use event_delivery::{DeliveryFilter, NewDelivery};
pub use event_subject::Subject;
pub use execution::{ExecutionSummary, QueueCounts};
pub use execution_list::{ExecutionFilter, ListedExecution};
pub use execution_log::{LogFilter, LogLevel, LogLine, LogPage};
#[cfg(debug_assertions)]
pub use fault::fail_at_statement;
pub use first_signs::FirstSigns;
pub use glance::Glance;
pub use intent::Intent;
pub use iteration::{LoopBody, StepCounts, iteration_path};
pub use known_host::FirstHostKey;
pub use migrate::{BeforeMigration, Migrated, migrate, schema_version};
pub use monitor_file_log::{FileLogFilter, NewFileLog};
pub use monitor_watch::{FolderKnowledge, MonitorDuty};
pub use node::{HeldRun, Node};
pub use open::Store;
pub use page::{Cursor, MAX_PAGE, Page};
pub use passage::{FoundPassage, FoundRun, KnownFile};
pub use queue::{ClaimRequest, LEASE_SECONDS, Lease, Renewal, lease_time};
pub use receipt::{FetchedFile, FoundReceipt, ReceiptTotals};
pub use retention::Pruned;
pub use rewrap::SealedColumn;
pub use run::{Checkpoint, Ending, Outcome};
pub use schedule::OwnedSchedule;
pub use session::Session;
pub use tag::TagUse;
pub use unit_of_work::UnitOfWork;
pub use url::StoreUrl;
