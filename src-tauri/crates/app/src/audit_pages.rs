//! The record as a person looks at it: entries with the names of what they are about, what they can be filtered by,
//! and checking and exporting that can be followed and stopped.
//!
//! Left out: which entries are listed, and what a check compares (`audit`).

use crate::app::{App, blocking};
use crate::audit::{AuditChecks, AuditPage, AuditQuery};
use crate::error::{AppError, Result};
use courier_domain::audit::{AuditLogEntry, AuditableEntityType};
use courier_domain::{AuditLogEntryId, ErrorCode, Timestamp};
use courier_store::{AuditExportFormat, AuditVerdict, AuditVerification};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IntoInnerError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// An entry in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct AuditRow {
    pub entry: AuditLogEntry,
    /// What people call the thing; of a run or a schedule the name of its job or chain, of a step also its own. Absent for
    /// what has no name, or is gone for good.
    pub name: Option<String>,
    /// Of a step its run, of a chain's run its chain, of a schedule what it starts.
    pub owner: Option<AuditOwner>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct AuditOwner {
    pub entity_type: AuditableEntityType,
    pub entity_id: Uuid,
}

/// Entries, newest first.
#[derive(Debug, Clone, Serialize, Type)]
pub struct AuditRows {
    pub items: Vec<AuditRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// What there is to filter by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AuditChoices {
    pub operations: Vec<String>,
    /// The first 200 by name.
    pub people: Vec<String>,
}

/// How far a check or an export has come, in entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct AuditProgress {
    pub done: u64,
    pub of: u64,
}

/// Hears how far it has come.
pub type OnAuditProgress = Arc<dyn Fn(AuditProgress) + Send + Sync>;

/// The first entry that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AuditBreak {
    pub sequence: i64,
    /// Absent when the entry itself is gone.
    pub entry_id: Option<AuditLogEntryId>,
    /// What is wrong with it, to be read after "The chain is broken at entry 7:".
    pub reason: String,
}

/// What a check of the whole record found, and how much stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AuditReport {
    /// Absent when the chain is whole.
    pub broken: Option<AuditBreak>,
    /// The last entry that is as it was written; one less than the first that is kept when none is.
    pub whole_to: i64,
    /// The first entry that is kept.
    pub first_sequence: i64,
    pub pruned_by: Option<String>,
    pub pruned_at: Option<Timestamp>,
    /// Signed checkpoints in the store that fit, and the last entry that one of them has sealed.
    pub checkpoints: u64,
    pub sealed_to: Option<i64>,
    /// The same of checkpoints kept elsewhere.
    pub outside_checkpoints: u64,
    pub sealed_outside_to: Option<i64>,
    /// What cannot be told, in sentences.
    pub notes: Vec<String>,
}

impl From<AuditVerification> for AuditReport {
    fn from(found: AuditVerification) -> Self {
        let broken = match found.verdict {
            AuditVerdict::Whole { .. } => None,
            AuditVerdict::Broken { sequence, entry_id, reason } => {
                Some(AuditBreak { sequence, entry_id, reason: reason.to_string() })
            }
        };
        Self {
            broken,
            whole_to: found.last_sequence,
            first_sequence: found.first_sequence,
            pruned_by: found.pruned_by,
            pruned_at: found.pruned_at,
            checkpoints: found.checkpoints,
            sealed_to: found.sealed_to,
            outside_checkpoints: found.outside_checkpoints,
            sealed_outside_to: found.sealed_outside_to,
            notes: found.notes,
        }
    }
}

/// How an exported file looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AuditFileFormat {
    /// Its chain can be computed again by anyone.
    JsonLines,
    /// For a spreadsheet.
    Csv,
}

/// What of the record goes into which file.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct AuditExportRequest {
    /// A file that does not exist yet.
    pub path: PathBuf,
    pub format: AuditFileFormat,
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Until before this instant.
    pub until: Option<Timestamp>,
}

impl App {
    /// A page of entries with the names of what they are about.
    ///
    /// # Errors
    /// As [`App::audit_list`].
    pub async fn audit_rows(&self, query: AuditQuery) -> Result<AuditRows> {
        let AuditPage { items, next } = self.audit_list(query).await?;
        let things: Vec<_> = items.iter().map(|entry| (entry.entity_type, entry.entity_id)).collect();
        let known = self.read().await?.audited_things(&things).await?;
        let row = |entry: AuditLogEntry| {
            let thing = known.get(&(entry.entity_type, entry.entity_id));
            let owner = thing.and_then(|thing| thing.owner);
            let owner = owner.map(|(entity_type, entity_id)| AuditOwner { entity_type, entity_id });
            AuditRow { entry, name: thing.map(|thing| thing.name.clone()), owner }
        };
        Ok(AuditRows { items: items.into_iter().map(row).collect(), next })
    }

    /// What the record can be filtered by.
    pub async fn audit_choices(&self) -> Result<AuditChoices> {
        let mut session = self.read().await?;
        Ok(AuditChoices {
            operations: session.audited_operations().await?,
            people: session.audited_people().await?,
        })
    }

    /// [`App::audit_verify`] with nothing to compare but what this store has and its settings name.
    ///
    /// # Errors
    /// As there; or it was stopped.
    pub async fn audit_check(
        &self,
        cancel: CancellationToken,
        on_progress: OnAuditProgress,
    ) -> Result<AuditReport> {
        let span = self.read().await?.audit_span().await?;
        let count = |from: i64, to: i64| u64::try_from(to - from + 1).unwrap_or(0);
        let mut on_read = |read: i64| {
            if let Some((first, last)) = span {
                on_progress(AuditProgress { done: count(first, read), of: count(first, last.max(read)) });
            }
        };
        let found = self.audit_verify_followed(AuditChecks::default(), &mut on_read);
        match cancel.run_until_cancelled(found).await {
            Some(found) => Ok(found?.into()),
            None => Err(AppError::new(ErrorCode::Cancelled, "The check was stopped.")),
        }
    }

    /// [`App::audit_export`] into a new file that only its owner can read; gives how many bytes it has. Nothing is left of
    /// one that fails or is stopped.
    ///
    /// # Errors
    /// As there; the file is there already or cannot be written; or it was stopped.
    pub async fn audit_export_file(
        &self,
        request: AuditExportRequest,
        cancel: CancellationToken,
        on_progress: OnAuditProgress,
    ) -> Result<u64> {
        let AuditExportRequest { path, format, since, until } = request;
        let format = match format {
            AuditFileFormat::JsonLines => AuditExportFormat::JsonLines,
            AuditFileFormat::Csv => AuditExportFormat::Csv,
        };
        let mut file = BufWriter::new(create(&path).map_err(|e| AppError::disk("write", &path, &e))?);
        let written = self.audit_export_followed(format, since, until, &mut file, &on_progress);
        let written = match cancel.run_until_cancelled(written).await {
            Some(Ok(bytes)) => {
                let durable = move || file.into_inner().map_err(IntoInnerError::into_error)?.sync_all();
                match blocking(durable).await? {
                    Ok(()) => return Ok(bytes),
                    Err(error) => Err(AppError::disk("write", &path, &error)),
                }
            }
            Some(Err(error)) => Err(error),
            None => Err(AppError::new(ErrorCode::Cancelled, "The export was stopped.")),
        };
        // Half a record is worth less than none.
        let _ = std::fs::remove_file(&path);
        written
    }
}

/// A new file that only its owner may read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
