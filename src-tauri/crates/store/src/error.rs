//! What can go wrong in the store, said so that a person knows what to do.

use courier_domain::execution::InvalidTransition;
use courier_domain::{ErrorCode, JobExecutionId, Problems, Timestamp};
use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use std::path::PathBuf;
use std::sync::Arc;

/// `a` or `an`, as the word is spoken.
fn article(kind: &str) -> &'static str {
    if kind.starts_with("SSH") || kind.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    }
}

/// What a refused change would have overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BothSides {
    /// What the refused caller wanted to store: its fields, without secrets.
    pub yours: Value,
    /// What is stored, in the same form.
    pub current: Value,
    /// Who stored it.
    pub changed_by: String,
    pub changed_at: Timestamp,
}

/// An error of the store. Clones share their cause, because one failed commit can answer several units of work.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("there is no {kind} `{what}`")]
    NotFound { kind: &'static str, what: String },
    #[error("there is already {} {kind} named `{name}`; choose another name", article(kind))]
    NameTaken { kind: &'static str, name: String },
    #[error("the {kind} {what} is already there")]
    AlreadyThere { kind: &'static str, what: String },
    #[error("what `{key}` starts was started already")]
    AlreadyTriggered { key: String },
    #[error("the {kind} `{name}` is still used by {by}; change that first")]
    InUse { kind: &'static str, name: String, by: String },
    #[error(
        "the {kind} `{name}` was changed by {} in the meantime (at {}); load it again and repeat the change",
        sides.changed_by,
        sides.changed_at.format("%Y-%m-%d %H:%M:%S UTC")
    )]
    OutOfDate { kind: &'static str, name: String, sides: Box<BothSides> },
    #[error(transparent)]
    Invalid(#[from] Problems),
    #[error("{what}: {cause}")]
    InvalidTransition { what: String, cause: InvalidTransition },
    #[error("run {execution_id} was taken over by another node; this one's work on it no longer counts")]
    LeaseLost { execution_id: JobExecutionId },
    #[error(
        "`{text}` is not a database that Courier knows; use a file path, `sqlite:PATH` or `postgres://…`"
    )]
    UnknownUrl { text: String },
    #[error("the database {location} was written by a newer Courier; install that version or a later one")]
    TooNew { location: String },
    #[error(
        "the database {location} was migrated by a different build of Courier ({cause}); restore it from a backup"
    )]
    Foreign { location: String, cause: String },
    #[error("{location} holds tables that are not Courier's; choose another database")]
    NotCourier { location: String },
    #[error(
        "the database {location} must be brought up to date, but the backup before that could not be made ({cause}); \
         nothing was changed"
    )]
    BackupFirst { location: String, cause: Box<StoreError> },
    #[error(
        "the database {location} needs a backup before its tables go to version {version}, and Courier cannot make one \
         here; back it up, then run `courier db migrate --without-backup`"
    )]
    BackupNeeded { location: String, version: i64 },
    #[error(
        "bringing the database {location} to version {version} failed, and nothing of that step was kept: {cause}"
    )]
    MigrationFailed { location: String, version: i64, cause: Box<StoreError> },
    #[error("the backup {} could not be written: {cause}", path.display())]
    Backup { path: PathBuf, cause: Box<StoreError> },
    #[error("{} is not a whole database of Courier's: {what}", path.display())]
    BadBackup { path: PathBuf, what: String },
    #[error("{} exists already; choose another name or allow it to be overwritten", path.display())]
    FileExists { path: PathBuf },
    #[error("{} belongs to the store itself; choose another file", path.display())]
    IsTheStore { path: PathBuf },
    #[error("the database {location} is open in a Courier; close the window, stop agents, then try again")]
    StillOpen { location: String },
    #[error("the database {location} is on a server; restore it there with `pg_restore --clean --if-exists`")]
    ServersOwn { location: String },
    #[error(
        "the program {program} is not there; install PostgreSQL's client programs or use the server's own backup"
    )]
    NoProgram { program: &'static str },
    #[error("{program} failed: {said}")]
    Program { program: &'static str, said: String },
    #[error("the store's file {} cannot be used: {cause}", path.display())]
    File { path: PathBuf, cause: Arc<std::io::Error> },
    #[error("the store is not available: {reason}")]
    Unavailable {
        reason: &'static str,
        #[source]
        cause: Option<Arc<sqlx::Error>>,
    },
    #[error("the store holds something that Courier cannot read: {what}")]
    Damaged { what: String },
    /// A rule of the tables that no caller may run into; always a defect.
    #[error("the store refused a change that breaks its rules: {cause}")]
    Refused { cause: Arc<sqlx::Error> },
    #[error("the store failed: {cause}")]
    Database { cause: Arc<sqlx::Error> },
}

impl StoreError {
    pub fn code(&self) -> ErrorCode {
        match self {
            StoreError::NotFound { .. } => ErrorCode::NotFound,
            StoreError::NameTaken { .. }
            | StoreError::AlreadyThere { .. }
            | StoreError::AlreadyTriggered { .. }
            | StoreError::InUse { .. }
            | StoreError::OutOfDate { .. } => ErrorCode::Conflict,
            StoreError::Invalid(_) | StoreError::UnknownUrl { .. } => ErrorCode::Validation,
            StoreError::InvalidTransition { .. } => ErrorCode::InvalidTransition,
            StoreError::LeaseLost { .. } => ErrorCode::LeaseLost,
            StoreError::TooNew { .. } => ErrorCode::StoreTooNew,
            StoreError::BackupFirst { cause, .. }
            | StoreError::MigrationFailed { cause, .. }
            | StoreError::Backup { cause, .. } => cause.code(),
            StoreError::BadBackup { .. } => ErrorCode::VerificationFailed,
            StoreError::FileExists { .. } => ErrorCode::AlreadyExists,
            StoreError::IsTheStore { .. } => ErrorCode::Validation,
            StoreError::StillOpen { .. } => ErrorCode::Conflict,
            StoreError::ServersOwn { .. } => ErrorCode::Unsupported,
            StoreError::NotCourier { .. }
            | StoreError::BackupNeeded { .. }
            | StoreError::NoProgram { .. }
            | StoreError::Program { .. } => ErrorCode::StoreUnavailable,
            StoreError::File { .. } | StoreError::Unavailable { .. } | StoreError::Foreign { .. } => {
                ErrorCode::StoreUnavailable
            }
            StoreError::Damaged { .. } | StoreError::Refused { .. } | StoreError::Database { .. } => {
                ErrorCode::Internal
            }
        }
    }

    /// Whether a unique index refused the row; callers turn that into a name that is taken.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, StoreError::Refused { cause }
            if cause.as_database_error().is_some_and(DatabaseError::is_unique_violation))
    }

    pub(crate) fn backup_first(location: &str, cause: StoreError) -> Self {
        StoreError::BackupFirst { location: location.to_owned(), cause: Box::new(cause) }
    }

    /// Whether what is stored is at fault, and not the way to it.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            StoreError::Unavailable { cause, .. } => cause
                .as_ref()
                .and_then(|e| e.as_database_error()?.try_downcast_ref::<sqlx::sqlite::SqliteError>()?.code())
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 0xff, 11 | 26)),
            StoreError::Database { cause } => cause.as_database_error().is_some(),
            other => matches!(other, StoreError::Damaged { .. }),
        }
    }

    pub(crate) fn not_found(kind: &'static str, what: impl ToString) -> Self {
        StoreError::NotFound { kind, what: what.to_string() }
    }

    pub(crate) fn migration(location: String, error: MigrateError) -> Self {
        if let MigrateError::VersionMissing(_) = error {
            StoreError::TooNew { location }
        } else if let MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) = error {
            cause.into()
        } else {
            StoreError::Foreign { location, cause: error.to_string() }
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(reason) = unavailable(&error) {
            return StoreError::Unavailable { reason, cause: Some(Arc::new(error)) };
        }
        if let sqlx::Error::ColumnDecode { index, source } = &error {
            return StoreError::Damaged { what: format!("column {index}: {source}") };
        }
        let broken_rule = error.as_database_error().is_some_and(|e| {
            e.is_unique_violation() || e.is_foreign_key_violation() || e.is_check_violation()
        });
        let cause = Arc::new(error);
        if broken_rule { StoreError::Refused { cause } } else { StoreError::Database { cause } }
    }
}

/// Why the database cannot serve at present, or `None` if the error has another kind of cause.
fn unavailable(error: &sqlx::Error) -> Option<&'static str> {
    if let Some(error) = error.as_database_error() {
        let code = error.code()?;
        return match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
            // SQLite's extended result codes keep the primary code in the low byte.
            Some(_) => sqlite_reason(code.parse::<u32>().ok()? & 0xff),
            None => postgres_reason(&code),
        };
    }
    if matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed) {
        Some(
            "the connection to the database was lost or could not be made; check that it runs and can be reached",
        )
    } else if matches!(error, sqlx::Error::PoolTimedOut) {
        Some("the database did not answer in time; check that it runs and can be reached")
    } else if matches!(error, sqlx::Error::PoolClosed) {
        Some("the store is closed")
    } else {
        None
    }
}

/// Result codes: <https://www.sqlite.org/rescode.html>.
fn sqlite_reason(primary: u32) -> Option<&'static str> {
    match primary {
        5 | 6 => Some("another program keeps the database file locked; close it or wait"),
        8 => Some("the database file or its folder is read-only; allow writing to it"),
        10 => Some("the disk reported an error while reading or writing the database file"),
        11 | 26 => Some("the database file is damaged or is no database; restore it from a backup"),
        13 => Some("the disk is full; free some space"),
        14 => Some("the database file cannot be opened; check that its folder exists and may be written to"),
        _ => None,
    }
}

/// SQLSTATE classes: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn postgres_reason(state: &str) -> Option<&'static str> {
    match state {
        "53100" => Some("the database server's disk is full; free some space there"),
        "53300" => Some("the database server takes no more connections"),
        "25006" => Some("the database is read-only at present"),
        "28P01" | "28000" => Some("the database refused the user name or password"),
        "3D000" => Some("the database does not exist on that server; create it first"),
        "25P03" => {
            Some("the database server ended the connection because this program was silent for too long")
        }
        _ if state.starts_with("08") || state.starts_with("57P") => {
            Some("the database server ended the connection; check that it runs")
        }
        _ => None,
    }
}
