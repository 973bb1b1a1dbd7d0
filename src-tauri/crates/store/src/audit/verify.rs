//! Whether the log is as it was written, and what of that can be told.
//!
//! Left out: where public keys and outside checkpoints come from. Invariant: of all that is wrong, the entry with the
//! lowest sequence is named.

use super::append::start;
use super::chain::{Anchor, Break, Chain};
use super::page::Page;
use super::sealed::{self, AuditCheckpoint, AuditPrune};
use crate::StoreError;
use crate::session::{Conn, Link, Session};
use courier_domain::{AuditLogEntryId, Timestamp};
use serde::Serialize;
use sqlx::{Connection, Postgres, Sqlite, Transaction};
use std::collections::BTreeSet;

/// Rows read at once. The next page is read while one is hashed.
const PAGE: i64 = 10_000;
/// Pages that wait to be hashed.
const AHEAD: usize = 2;

/// Where a checkpoint was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointPlace {
    /// Beside the log, where whoever owns the database can reach it.
    Store,
    /// In a file kept elsewhere.
    File,
}

impl CheckpointPlace {
    fn shown(self) -> &'static str {
        match self {
            CheckpointPlace::Store => "a checkpoint in the store",
            CheckpointPlace::File => "a checkpoint kept outside the store",
        }
    }
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum AuditFault {
    #[error("one or more entries before it are missing")]
    Missing,
    #[error("it does not continue the entry before it")]
    NotContinued,
    #[error("its fields are not what was recorded")]
    FieldsChanged,
    #[error("{} recorded another hash for it; the entries from {since} on were written anew", place.shown())]
    Rewritten { since: i64, place: CheckpointPlace },
    #[error("it is missing, with all entries up to {until}, which {} has seen", place.shown())]
    TailMissing { until: i64, place: CheckpointPlace },
    #[error("{} for it has a signature that does not fit", place.shown())]
    CheckpointForged { place: CheckpointPlace },
    #[error("{} for it was signed with a key that is not this vault's", place.shown())]
    CheckpointKeyUnknown { place: CheckpointPlace },
    #[error("line {line} of the file is no entry")]
    Unreadable { line: u64 },
    #[error("the record that entries up to it were pruned has a signature that does not fit")]
    PruneForged,
    #[error("the record that entries up to it were pruned was signed with a key that is not this vault's")]
    PruneKeyUnknown,
}

/// What a check of the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum AuditVerdict {
    Whole {
        entries: u64,
    },
    /// The first entry that is not as it was written.
    Broken {
        sequence: i64,
        /// Absent when the entry itself is gone.
        entry_id: Option<AuditLogEntryId>,
        reason: AuditFault,
    },
}

/// What the check may rely on.
#[derive(Debug, Clone, Default)]
pub struct AuditTrust {
    /// Signing keys known to be ours, Ed25519 in hex. None: they could not be had.
    pub public_keys: Vec<String>,
    /// Checkpoints that were kept elsewhere; their keys are taken for ours.
    pub outside: Vec<AuditCheckpoint>,
}

/// The verdict, and how much stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditVerification {
    #[serde(flatten)]
    pub verdict: AuditVerdict,
    /// Where the chain begins: 1 until entries were pruned.
    pub first_sequence: i64,
    /// The last sequence, one less than the first for an empty log. Of a broken chain, how far it is whole.
    pub last_sequence: i64,
    /// Entries up to here were pruned, by whom and when; the chain begins behind them.
    pub pruned_to: Option<i64>,
    pub pruned_by: Option<String>,
    pub pruned_at: Option<Timestamp>,
    /// Checkpoints in the store that were compared.
    pub checkpoints: u64,
    /// Checkpoints kept elsewhere that were compared.
    pub outside_checkpoints: u64,
    /// The last entry that a checkpoint in the store has sealed.
    pub sealed_to: Option<i64>,
    /// The last entry that a checkpoint kept elsewhere has sealed.
    pub sealed_outside_to: Option<i64>,
    /// Whether signatures could be compared with keys that are known to be ours.
    pub keys_known: bool,
    /// What cannot be told, in sentences.
    pub notes: Vec<String>,
}

impl Session {
    /// Computes the chain anew from its first row and names the first that is wrong, with nothing to rely on but the
    /// store itself.
    pub async fn verify_audit(&mut self) -> Result<AuditVerdict, StoreError> {
        Ok(self.verify_audit_against(AuditTrust::default()).await?.verdict)
    }

    /// Computes the chain anew and compares it with every checkpoint.
    pub async fn verify_audit_against(&mut self, trust: AuditTrust) -> Result<AuditVerification, StoreError> {
        self.verify_audit_followed(trust, &mut |_| ()).await
    }

    /// The same; `on_read` is told the sequences up to which the log was read.
    pub async fn verify_audit_followed(
        &mut self,
        trust: AuditTrust,
        on_read: &mut (dyn FnMut(i64) + Send),
    ) -> Result<AuditVerification, StoreError> {
        let mut snapshot = Snapshot::begin(self).await?;
        let prune = sealed::newest_prune(snapshot.conn()?).await?;
        let start = start(snapshot.conn()?).await?;
        let inside = sealed::checkpoints_after(snapshot.conn()?, start.sequence, i64::MAX).await?;
        let (begin, hash) = (start.sequence, start.hash);
        let plan = Plan { prune, start: begin, hash, inside, trust, is_piece: false };

        let (pages, mut read) = tokio::sync::mpsc::channel::<Page>(AHEAD);
        let judged = tokio::task::spawn_blocking(move || plan.judge(|| Ok(read.blocking_recv())));
        let mut after = start.sequence;
        loop {
            let page = Page::read(snapshot.conn()?, after, PAGE).await?;
            let Some(last) = page.last_sequence() else { break };
            after = last;
            on_read(last);
            // Refused once the first bad entry is found.
            if pages.send(page).await.is_err() {
                break;
            }
        }
        drop(pages);
        judged.await.map_err(|_| sqlx::Error::WorkerCrashed.into())
    }
}

/// All that is known before the first row is read.
pub(super) struct Plan {
    pub(super) prune: Option<AuditPrune>,
    /// The chain begins behind this entry, which had this hash.
    pub(super) start: i64,
    pub(super) hash: String,
    pub(super) inside: Vec<AuditCheckpoint>,
    pub(super) trust: AuditTrust,
    /// A piece of the log, which may end before its checkpoints do.
    pub(super) is_piece: bool,
}

impl Plan {
    /// Follows the pages to their end or to the first fault.
    pub(super) fn judge(self, mut next: impl FnMut() -> Result<Option<Page>, Break>) -> AuditVerification {
        let mut known: BTreeSet<String> = self.trust.public_keys.iter().map(|k| k.to_lowercase()).collect();
        known.extend(self.trust.outside.iter().filter(|c| c.is_genuine()).map(|c| c.public_key.clone()));
        let mut faults: Vec<Break> =
            self.prune.iter().filter_map(|prune| judge_prune(prune, &known)).collect();

        let mut anchors = Vec::new();
        let outside = self.trust.outside.into_iter().filter(|c| c.sequence > self.start);
        let all = self.inside.into_iter().map(|c| (c, CheckpointPlace::Store));
        for (checkpoint, place) in all.chain(outside.map(|c| (c, CheckpointPlace::File))) {
            match judge_checkpoint(&checkpoint, place, &known) {
                Some(fault) => faults.push(fault),
                None => {
                    let AuditCheckpoint { sequence, entry_hash, .. } = checkpoint;
                    anchors.push(Anchor { sequence, entry_hash, place });
                }
            }
        }
        let places: Vec<(i64, CheckpointPlace)> = anchors.iter().map(|a| (a.sequence, a.place)).collect();

        let mut chain = Chain::new(self.start, &self.hash, anchors);
        let followed = loop {
            match next() {
                Ok(Some(page)) => {
                    if let Err(broken) = chain.follow(&page) {
                        break Err(broken);
                    }
                }
                Ok(None) => break chain.end(self.is_piece),
                Err(unreadable) => break Err(unreadable),
            }
        };
        let (mut entries, mut last_sequence) = (0, self.start);
        match followed {
            Ok(followed) => (entries, last_sequence) = followed,
            Err(broken) => faults.push(broken),
        }
        faults.sort_by_key(|f| f.sequence);
        let verdict = match faults.into_iter().next() {
            None => AuditVerdict::Whole { entries },
            Some(Break { sequence, entry_id, fault }) => {
                last_sequence = sequence - 1;
                AuditVerdict::Broken { sequence, entry_id, reason: fault }
            }
        };
        let compared = |wanted| {
            places
                .iter()
                .filter(move |(at, place)| *place == wanted && *at <= last_sequence)
                .map(|(at, _)| *at)
        };
        let (inside, outside) = (CheckpointPlace::Store, CheckpointPlace::File);
        let mut found = AuditVerification {
            verdict,
            first_sequence: self.start + 1,
            last_sequence,
            pruned_to: self.prune.as_ref().map(|p| p.pruned_to),
            pruned_by: self.prune.as_ref().map(|p| p.performed_by.clone()),
            pruned_at: self.prune.as_ref().map(|p| p.pruned_at),
            checkpoints: compared(inside).count() as u64,
            outside_checkpoints: compared(outside).count() as u64,
            sealed_to: compared(inside).max(),
            sealed_outside_to: compared(outside).max(),
            keys_known: !known.is_empty(),
            notes: Vec::new(),
        };
        found.notes = found.limits();
        found
    }
}

impl AuditVerification {
    /// What this check cannot tell.
    fn limits(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let AuditVerdict::Broken { .. } = self.verdict {
            return notes;
        }
        let owner =
            "whoever owns the database could have changed or removed them and computed the chain anew";
        match self.sealed_outside_to {
            None if self.last_sequence >= self.first_sequence => {
                notes.push(format!("No checkpoint kept outside the store covers these entries: {owner}."));
            }
            Some(to) if to < self.last_sequence => {
                notes.push(format!(
                    "Entries after {to} are covered by no checkpoint kept outside the store: {owner}."
                ));
            }
            None | Some(_) => {}
        }
        if self.checkpoints > 0 && !self.keys_known {
            notes.push(
                "The signing key could not be had from the vault, so each signature was compared with the key that \
                 stands beside it; somebody could have made both."
                    .to_owned(),
            );
        }
        notes
    }
}

fn judge_prune(prune: &AuditPrune, known: &BTreeSet<String>) -> Option<Break> {
    let fault = if !prune.is_genuine() {
        AuditFault::PruneForged
    } else if !known.is_empty() && !known.contains(&prune.public_key) {
        AuditFault::PruneKeyUnknown
    } else {
        return None;
    };
    Some(Break { sequence: prune.pruned_to, entry_id: None, fault })
}

fn judge_checkpoint(
    checkpoint: &AuditCheckpoint,
    place: CheckpointPlace,
    known: &BTreeSet<String>,
) -> Option<Break> {
    let fault = if !checkpoint.is_genuine() {
        AuditFault::CheckpointForged { place }
    } else if !known.is_empty() && !known.contains(&checkpoint.public_key) {
        AuditFault::CheckpointKeyUnknown { place }
    } else {
        return None;
    };
    Some(Break { sequence: checkpoint.sequence, entry_id: None, fault })
}

/// One state of the log for as long as the check takes, whatever others write or prune meanwhile.
enum Snapshot<'a> {
    Sqlite(Transaction<'a, Sqlite>),
    Postgres(Transaction<'a, Postgres>),
    /// A unit of work has one anyway.
    Within(Conn<'a>),
}

impl<'a> Snapshot<'a> {
    async fn begin(session: &'a mut Session) -> Result<Self, StoreError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let has_one = match &session.link {
            Link::SqliteReader(_) | Link::PostgresReader(_) => false,
            Link::SqliteWriter(_) | Link::PostgresWriter(_) => true,
        };
        if let Link::PostgresReader(connection) = &mut session.link {
            // As with units of work, an interrupted beginning would stay; a check is rare enough for a new connection.
            connection.close_on_drop();
        }
        Ok(match session.conn()? {
            conn if has_one => Snapshot::Within(conn),
            Conn::Sqlite(connection) => Snapshot::Sqlite(connection.begin().await?),
            Conn::Postgres(connection) => Snapshot::Postgres(connection.begin_with(begin).await?),
        })
    }

    fn conn(&mut self) -> Result<Conn<'_>, sqlx::Error> {
        match self {
            Snapshot::Sqlite(transaction) => Ok(Conn::Sqlite(transaction)),
            Snapshot::Postgres(transaction) => Ok(Conn::Postgres(transaction)),
            Snapshot::Within(conn) => conn.conn(),
        }
    }
}
