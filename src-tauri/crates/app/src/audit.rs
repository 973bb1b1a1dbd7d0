//! The record of who did what: reading it, proving it whole, exporting it, and giving up its oldest part.

use crate::app::{App, blocking};
use crate::audit_pages::{AuditProgress, OnAuditProgress};
use crate::error::{AppError, Result};
use courier_domain::audit::{AuditLogEntry, AuditableEntityType};
use courier_domain::event::{EventType, NewEvent};
use courier_domain::{ErrorCode, Timestamp, setting};
use courier_engine::audit::{AuditKey, CheckpointFile, read_checkpoint_file};
use courier_store::{
    AuditExportFormat, AuditFilter, AuditTrust, AuditVerdict, AuditVerification, verify_audit_export,
};
use serde::Deserialize;
use serde_json::json;
use specta::Type;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// The most entries that one page may have.
const MAX_PAGE: u32 = 10_000;

/// Which entries to list; the default is the newest of everything.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct AuditQuery {
    pub entity_type: Option<AuditableEntityType>,
    /// An id, a name (also one that something deleted had), or a setting's key.
    pub entity: Option<String>,
    pub operation: Option<String>,
    pub performed_by: Option<String>,
    /// At this instant or later.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// 0 means 50.
    pub limit: u32,
    /// [`AuditPage::next`] of the page before.
    pub after: Option<String>,
}

/// Entries, newest first.
#[derive(Debug, Clone)]
pub struct AuditPage {
    pub items: Vec<AuditLogEntry>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// What the record is compared with beside itself.
#[derive(Debug, Clone, Default)]
pub struct AuditChecks {
    /// Checkpoints kept elsewhere; absent means the file of the setting `audit.checkpoint_file`.
    pub checkpoint_file: Option<PathBuf>,
    /// Signing keys that were ours before, Ed25519 in hex.
    pub trusted_keys: Vec<String>,
}

impl App {
    /// # Errors
    /// Nothing has or had the name; the cursor is none.
    pub async fn audit_list(&self, query: AuditQuery) -> Result<AuditPage> {
        let limit = if query.limit == 0 { 50 } else { query.limit.min(MAX_PAGE) };
        let before_sequence = match query.after.as_deref() {
            None => None,
            Some(text) => Some(text.parse::<i64>().map_err(|_| {
                AppError::problem("after", "invalid", format!("`{text}` is not a place in this list."))
            })?),
        };
        let mut session = self.read().await?;
        let entity_ids = match query.entity.as_deref() {
            None => Vec::new(),
            Some(text) => match text.parse::<Uuid>() {
                Ok(id) => vec![id],
                Err(_) => session.audited_ids(text).await?,
            },
        };
        if let (Some(text), true) = (&query.entity, entity_ids.is_empty()) {
            let message = format!("Nothing that the record is about has the name `{text}`.");
            return Err(AppError::new(ErrorCode::NotFound, message));
        }
        let filter = AuditFilter {
            entity_type: query.entity_type,
            entity_ids,
            operation: query.operation,
            performed_by: query.performed_by,
            since: query.since,
            until: query.until,
            before_sequence,
            limit: limit + 1,
        };
        let mut items = session.audit_entries(&filter).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|e| e.sequence.to_string());
        Ok(AuditPage { items, next })
    }

    /// Recomputes the whole chain of hashes and compares it with every checkpoint.
    ///
    /// # Errors
    /// The store, or the file of checkpoints that was named, cannot be read. A broken chain is no error.
    pub async fn audit_verify(&self, checks: AuditChecks) -> Result<AuditVerification> {
        self.audit_verify_followed(checks, &mut |_| ()).await
    }

    /// The same; `on_read` is told the sequences up to which the record was read.
    pub(crate) async fn audit_verify_followed(
        &self,
        checks: AuditChecks,
        on_read: &mut (dyn FnMut(i64) + Send),
    ) -> Result<AuditVerification> {
        // What a person brings along may not belong to this store; that is no alarm.
        let is_own = checks.checkpoint_file.is_none() && checks.trusted_keys.is_empty();
        let (trust, notes) = self.audit_trust(checks, true).await?;
        let mut found = self.read().await?.verify_audit_followed(trust, on_read).await?;
        if is_own
            && let AuditVerdict::Broken { sequence, entry_id, reason } = &found.verdict
            && let Err(error) = self
                .tell_of_break(json!({
                    "sequence": sequence, "entry_id": entry_id, "reason": reason,
                }))
                .await
        {
            tracing::warn!(%error, "nobody could be told that the audit log is broken");
        }
        found.notes.extend(notes);
        Ok(found)
    }

    async fn tell_of_break(&self, payload: serde_json::Value) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.event(NewEvent {
            event_type: EventType::AuditBroken,
            entity_type: AuditableEntityType::Vault,
            entity_id: Uuid::nil(),
            payload,
        });
        Ok(unit.commit().await?)
    }

    /// Checks an exported file by itself; of this store only its signing key is used.
    ///
    /// # Errors
    /// A file cannot be read. A broken chain is no error.
    pub async fn audit_verify_export(&self, file: PathBuf, checks: AuditChecks) -> Result<AuditVerification> {
        let (trust, notes) = self.audit_trust(checks, false).await?;
        let checked = blocking(move || {
            let open = || verify_audit_export(BufReader::with_capacity(1 << 16, File::open(&file)?), trust);
            open().map_err(|e| AppError::disk("read", &file, &e))
        });
        let mut found = checked.await??;
        found.notes.extend(notes);
        Ok(found)
    }

    /// Writes the entries from `since` until before `until`, oldest first, a page at a time; gives how many bytes.
    ///
    /// # Errors
    /// The store cannot be read, an entry is missing, or writing fails.
    pub async fn audit_export(
        &self,
        format: AuditExportFormat,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        out: &mut (dyn Write + Send),
    ) -> Result<u64> {
        self.audit_export_followed(format, since, until, out, &(Arc::new(|_| ()) as OnAuditProgress)).await
    }

    /// The same, and tells how far it has come.
    pub(crate) async fn audit_export_followed(
        &self,
        format: AuditExportFormat,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        out: &mut (dyn Write + Send),
        on_progress: &OnAuditProgress,
    ) -> Result<u64> {
        let mut session = self.read().await?;
        let mut export = session.export_audit(format, since, until).await?;
        let of = export.left();
        let mut written = 0;
        loop {
            let page = export.page(&mut session).await?;
            on_progress(AuditProgress { done: of.saturating_sub(export.left()), of });
            if page.is_empty() {
                out.flush().map_err(|e| unwritten(&e))?;
                return Ok(written);
            }
            out.write_all(&page).map_err(|e| unwritten(&e))?;
            written += page.len() as u64;
        }
    }

    /// Gives up every entry before an instant, on a signed record, in short transactions; gives how many rows went.
    ///
    /// # Errors
    /// The vault is not unlocked: without its key nothing is given up.
    pub async fn audit_prune_before(&self, before: Timestamp) -> Result<u64> {
        let key = AuditKey::of(self.store(), self.vault()).await?;
        Ok(self.store().prune_audit_before(self.actor(), before, &key).await?)
    }

    /// What can be relied on, and what of it could not be had.
    async fn audit_trust(&self, checks: AuditChecks, of_store: bool) -> Result<(AuditTrust, Vec<String>)> {
        let mut trust = AuditTrust { public_keys: checks.trusted_keys, outside: Vec::new() };
        let mut notes = Vec::new();
        trust.public_keys.extend(AuditKey::known_public(self.store(), self.vault()).await?);
        let path = match checks.checkpoint_file {
            Some(path) => path,
            None => {
                let path = self.read().await?.setting(setting::AUDIT_CHECKPOINT_FILE).await?;
                if path.is_empty() || !of_store {
                    return Ok((trust, notes));
                }
                // Nothing was written to it yet, or somebody took it away.
                if !Path::new(&path).exists() {
                    notes.push(format!("The file of checkpoints, {path}, is not there."));
                    return Ok((trust, notes));
                }
                PathBuf::from(path)
            }
        };
        let shown = path.display().to_string();
        let read =
            blocking(move || read_checkpoint_file(&path).map_err(|e| AppError::disk("read", &path, &e)));
        let CheckpointFile { checkpoints, unreadable } = read.await??;
        if let [first, ..] = unreadable.as_slice() {
            let count = unreadable.len();
            notes.push(format!("{count} lines of {shown} are no checkpoint; the first is line {first}."));
        }
        trust.outside = checkpoints;
        Ok((trust, notes))
    }
}

fn unwritten(error: &std::io::Error) -> AppError {
    AppError::new(ErrorCode::IoFailed, format!("The export cannot be written: {error}."))
}
