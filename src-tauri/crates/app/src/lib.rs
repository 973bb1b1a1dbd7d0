//! Courier's use cases: what a person can do, said once for the window and the command line.
//!
//! [`App`] is the one place where store, vault and engine are put together; its methods are the commands that the
//! window calls over IPC and the command line calls directly, named `noun_verb`. Each file holds one area with its
//! methods and the view types that they return.
//!
//! Left out on purpose: how a result looks (window and command line decide), and every rule (domain and engine have
//! them).
//!
//! Invariant: every change goes through one unit of work of the store, and every failure leaves as an [`AppError`].

mod about;
mod activity;
mod algorithms;
mod app;
mod archives;
mod audit;
mod audit_pages;
mod bundle;
mod calendar_files;
mod calendars;
mod chain_runs;
mod chains;
mod connections;
mod database;
mod demo;
mod dependencies;
mod doctor;
mod drops;
mod error;
mod executions;
mod expected_files;
mod first_steps;
mod follow;
mod glance;
mod import;
mod iterations;
mod jobs;
mod jumps;
mod local;
mod logs;
mod matching;
mod monitors;
mod nodes;
mod notifications;
mod passports;
mod pgp_files;
mod pgp_imports;
mod pgp_keys;
mod power;
mod program;
mod rehearsals;
mod retry;
mod revocations;
mod run_log;
mod schedules;
mod secrets;
mod settings;
mod ssh_keys;
mod status;
mod successors;
mod surroundings;
mod tags;
mod transfers;
mod trust;
mod uses;
mod vault;
mod vault_rotation;
mod versions;

pub use about::{About, AboutDatabase, CryptographyUse, FipsStatement, Library};
pub use activity::{Activity, HourOfRuns, MovedByJob, RunCounts};
pub use app::{App, OpenOptions};
pub use archives::{
    ArchiveDraft, ArchiveEntryKind, ArchiveListing, ArchiveListingEntry, ArchiveUnpacking, MadeArchive,
    UnpackedArchive,
};
pub use audit::{AuditChecks, AuditPage, AuditQuery};
pub use audit_pages::{
    AuditBreak, AuditChoices, AuditExportRequest, AuditFileFormat, AuditOwner, AuditProgress, AuditReport,
    AuditRow, AuditRows, OnAuditProgress,
};
pub use bundle::{
    Applied, ApplyMode, ApplyRequest, BundleKind, ExportFormat, JobTemplate, MadeStart, PlanAction,
    PlannedChange, Prompt, ReadSteps, TemplateStart, Unnamed,
};
pub use calendars::CalendarRow;
pub use chains::{
    ChainExecutionFilter, ChainExecutionPage, ChainExecutionRow, ChainExecutionView, ChainJob, ChainLastRun,
    ChainRow, ChainView,
};
pub use connections::{ConnectionRow, ConnectionUse, ConnectionView, RefusedName, RemoteFolder};
pub use courier_domain as domain;
pub use courier_engine::{
    ExecutionProgress, Notice, PathsMatch, PlannedFile, Rehearsal, RehearsalProblem, RehearsedStep,
    RunningEngine, Verdict, Work,
};
pub use courier_keys::pgp::SignatureRule;
pub use courier_store::{
    AuditExportFormat, AuditFault, AuditVerdict, AuditVerification, Change, CheckpointPlace,
};
pub use courier_store::{Backup, DatabaseCheck, Finding, FindingState, Migrated, Restored};
pub use courier_transfer::{
    AlgorithmChoices, Depth, Entry, Probe, ProgressTick, Stage, StageReport, StageState, TestReport,
    algorithm_choices, escaped,
};
pub use courier_vault::{
    KeySource, Keychain, SecretBytes, SecretString, VaultOptions, VaultState, VaultStatus, protect_process,
};
pub use database::{Database, DatabaseReport};
pub use demo::Demo;
pub use dependencies::DependencyRow;
pub use doctor::{Check, CheckState};
pub use drops::DroppedPath;
pub use error::{AppError, Result};
pub use executions::{
    ExecutionFilter, ExecutionPage, ExecutionRow, ExecutionView, ReceiptTally, StepView, WaitedFor,
};
pub use expected_files::{ExpectedMonitor, ExpectedStanding};
pub use first_steps::{FirstSign, FirstStep, FirstStepKey, FirstStepState, FirstSteps};
pub use follow::{Followed, RunUpdate};
pub use glance::{Glance, GlancedRun};
pub use import::{
    ImportAction, ImportKind, ImportPlace, ImportPreview, ImportRequest, ImportSource, ImportedConnection,
    ImportedKey, MissingSecret, usual_ssh_config,
};
pub use iterations::{IterationPage, IterationQuery, IterationView, LoopTally, StepTally};
pub use jobs::{JobRow, JobVersionRow, JobView, LastRun, RecentRun};
pub use logs::{Logs, Verbosity};
pub use matching::PathsAsked;
pub use monitors::{BindingView, MonitorFileFilter, MonitorFilePage, MonitorFilter, MonitorRow, MonitorView};
pub use nodes::{NodeRun, NodeView};
pub use notifications::{
    DeliveriesFilter, DeliveriesPage, DeliveryRow, EventRow, EventsFilter, EventsPage, NotificationRuleRow,
    NotificationTrial,
};
pub use passports::{EventRun, FileEvent, FileFate, FilePlace, FoundFile, Passport, Proof};
pub use pgp_files::{CheckedSignature, FileWork, MadeFile};
pub use pgp_imports::{KeyImport, PgpImportResult};
pub use pgp_keys::{PgpKeyDraft, PgpKeyRow};
pub use power::{Conditions, PowerSettings};
pub use program::{ProgramFile, program_file};
pub use retry::{RetryFrom, RetryPreview};
pub use run_log::{LogLine, LogPage, LogQuery};
pub use schedules::{Fired, MissedFilter, MissedRow, ScheduleFilter, ScheduleOwner, ScheduleRow};
pub use settings::SettingView;
pub use ssh_keys::{SshKeyDraft, SshKeyRow};
pub use status::{AppCounts, AppStatus, EngineStatus};
pub use successors::{MoveMode, MovedJob, MovedUsers};
pub use tags::TagRow;
pub use tokio_util::sync::CancellationToken;
pub use transfers::{MovedFile, OnTick};
pub use trust::Earlier;
pub use uses::{Reference, Use};
pub use vault::{RecoveryCode, VaultMethod};
pub use vault_rotation::{RotationReport, RotationStep};
pub use versions::VersionDiff;
