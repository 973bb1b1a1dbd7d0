//! Following the chain row by row, and past every checkpoint on the way.
//!
//! Knows nothing of databases and files; stops at the first entry that is not as it was written.

use super::canonical;
use super::page::Page;
use super::verify::{AuditFault, CheckpointPlace};
use courier_domain::AuditLogEntryId;

/// What a checkpoint says, and where it was kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Anchor {
    pub(super) sequence: i64,
    pub(super) entry_hash: String,
    pub(super) place: CheckpointPlace,
}

/// Where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Break {
    pub(super) sequence: i64,
    pub(super) entry_id: Option<AuditLogEntryId>,
    pub(super) fault: AuditFault,
}

/// How far the chain was followed.
#[derive(Debug)]
pub(super) struct Chain {
    last: i64,
    hash: Vec<u8>,
    anchors: Vec<Anchor>,
    passed: usize,
    entries: u64,
}

impl Chain {
    /// Begins behind `after`, whose hash is `hash`. `anchors` are of later entries.
    pub(super) fn new(after: i64, hash: &str, mut anchors: Vec<Anchor>) -> Self {
        anchors.sort();
        Self { last: after, hash: hash.as_bytes().to_vec(), anchors, passed: 0, entries: 0 }
    }

    /// Follows the chain through a page.
    pub(super) fn follow(&mut self, page: &Page) -> Result<(), Break> {
        for entry in page.entries() {
            let computed = canonical::hash(entry.covered);
            let fault = if entry.sequence != self.last + 1 {
                Some(AuditFault::Missing)
            } else if entry.previous_hash != self.hash {
                Some(AuditFault::NotContinued)
            } else if entry.entry_hash != computed {
                Some(AuditFault::FieldsChanged)
            } else {
                None
            };
            let at = |fault| Break { sequence: entry.sequence, entry_id: Some(entry.id), fault };
            if let Some(fault) = fault {
                return Err(at(fault));
            }
            self.last = entry.sequence;
            self.entries += 1;
            self.hash.clear();
            self.hash.extend_from_slice(entry.entry_hash);
            self.pass_anchors(entry.entry_hash).map_err(at)?;
        }
        Ok(())
    }

    /// Checks the checkpoints of the entry that was just followed.
    fn pass_anchors(&mut self, entry_hash: &[u8]) -> Result<(), AuditFault> {
        while let Some(anchor) = self.anchors.get(self.passed).filter(|a| a.sequence <= self.last) {
            if anchor.entry_hash.as_bytes() != entry_hash {
                let held = self.anchors[..self.passed].iter().rfind(|a| a.sequence < anchor.sequence);
                let since = held.map_or(1, |a| a.sequence + 1);
                return Err(AuditFault::Rewritten { since, place: anchor.place });
            }
            self.passed += 1;
        }
        Ok(())
    }

    /// At the end: nothing that a checkpoint has seen may be missing, unless this is a piece of the log. Gives the
    /// number of entries that were followed and the last one's sequence.
    pub(super) fn end(self, is_piece: bool) -> Result<(u64, i64), Break> {
        match self.anchors.last().filter(|a| a.sequence > self.last && !is_piece) {
            Some(anchor) => Err(Break {
                sequence: self.last + 1,
                entry_id: None,
                fault: AuditFault::TailMissing { until: anchor.sequence, place: anchor.place },
            }),
            None => Ok((self.entries, self.last)),
        }
    }
}
