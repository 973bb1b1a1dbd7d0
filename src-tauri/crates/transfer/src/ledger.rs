//! What of an upload the server has acknowledged: in memory while the call lasts, and in a journal for a later one.
//!
//! Every so many bytes there is a mark: a length, and the SHA-256 of the source up to it. A mark counts once the server
//! has acknowledged its length; servers that acknowledge nothing before the end are asked for the file's size instead.
//! Left out: whether the server still has those bytes (see `tail`). Invariant: a length that is handed out is proven
//! for the source: the bytes before it have the hash that was recorded when they were sent.

use crate::TransferError;
use crate::download::blocking;
use crate::journal::{BLOCK, Head, Journal, Proven, prove};
use crate::partial::{Owner, Partial};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes between two marks where the server's word is the file's size: what lies between the last mark and the size is
/// read back, so there is little of it.
const UNACKNOWLEDGED: u64 = 1024 * 1024;

/// Whether and how an upload that broke off goes on where it was.
#[derive(Clone)]
pub enum Resume {
    /// Every attempt begins with the first byte.
    No,
    /// A connection that is lost and made again goes on; a later call begins anew.
    Here,
    /// A later call of the same execution goes on as well, also after this process was killed.
    Across {
        /// A folder of the execution's own on this machine, where the journal is kept until the file is delivered.
        journals: PathBuf,
        /// Asked when the transfer is cancelled: whether there will be no later call.
        given_up: Arc<dyn Fn() -> bool + Send + Sync>,
    },
}

impl Resume {
    pub(crate) fn is_given_up(&self) -> bool {
        match self {
            Resume::No | Resume::Here => true,
            Resume::Across { given_up, .. } => given_up(),
        }
    }
}

impl std::fmt::Debug for Resume {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Resume::No => f.write_str("No"),
            Resume::Here => f.write_str("Here"),
            Resume::Across { journals, .. } => {
                f.debug_struct("Across").field("journals", journals).finish_non_exhaustive()
            }
        }
    }
}

/// What one upload has got across.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// The source as it was when this call began.
    head: Head,
    local: PathBuf,
    /// Marks lie so many bytes apart.
    pub(crate) spacing: u64,
    place: Option<Partial>,
    journal: Option<Journal>,
    /// Handed over, but not acknowledged.
    pending: VecDeque<Proven>,
    acknowledged: Option<Proven>,
    /// Whether anything may be on the server from an attempt before.
    begun: bool,
}

impl Ledger {
    /// Takes over what an earlier call or epoch recorded. `acknowledges`: the server does so while it is written to.
    pub(crate) async fn open(
        local: PathBuf,
        head: Head,
        acknowledges: bool,
        resume: &Resume,
        owner: Owner,
    ) -> Result<Self, TransferError> {
        let place = match resume {
            Resume::No | Resume::Here => None,
            Resume::Across { journals, .. } => Some(Partial::of(&journals.join(key(&head)), owner)?),
        };
        let adopted = place.clone();
        let begun = blocking(move || {
            let Some(place) = adopted else { return Ok(false) };
            place.adopt()?;
            Ok(place.journal.exists())
        })
        .await?;
        let spacing = if acknowledges { BLOCK } else { UNACKNOWLEDGED };
        let (pending, acknowledged) = (VecDeque::new(), None);
        Ok(Self { head, local, spacing, place, journal: None, pending, acknowledged, begun })
    }

    /// Whether an attempt before may have left something on the server.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun
    }

    pub(crate) fn note_begun(&mut self) {
        self.begun = true;
    }

    /// Whether a later call can go on from here.
    pub(crate) fn is_kept(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.journal.exists())
    }

    /// Bytes that are acknowledged up to the last mark.
    pub(crate) fn length(&self) -> u64 {
        self.acknowledged.as_ref().map_or(0, |mark| mark.length)
    }

    /// The longest mark within the first `most` bytes that the source still proves.
    pub(crate) async fn proven(&self, most: u64) -> Result<Proven, TransferError> {
        if let Some(mark) = self.acknowledged.as_ref().filter(|mark| mark.length <= most) {
            return Ok(mark.clone());
        }
        let Some(place) = &self.place else { return Ok(Proven::nothing()) };
        let (journal, local, head) = (place.journal.clone(), self.local.clone(), self.head.clone());
        blocking(move || Ok(prove(&journal, &local, &head, most))).await
    }

    /// Begins to record an attempt that goes on behind `from`.
    pub(crate) async fn begin(&mut self, from: &Proven, always: bool) -> Result<(), TransferError> {
        self.pending.clear();
        self.acknowledged = (from.length > 0).then(|| from.clone());
        self.begun = true;
        if always || self.head.size > self.spacing {
            self.write_journal(from).await?;
        }
        Ok(())
    }

    /// Makes sure that a later call looks at what this one has left on the server.
    pub(crate) async fn leave_word(&mut self) -> Result<(), TransferError> {
        if self.is_kept() { Ok(()) } else { self.write_journal(&Proven::nothing()).await }
    }

    async fn write_journal(&mut self, from: &Proven) -> Result<(), TransferError> {
        let Some(place) = &self.place else { return Ok(()) };
        let (at, head, from) = (place.journal.clone(), self.head.clone(), from.clone());
        self.journal = Some(
            blocking(move || {
                let written = Journal::create(&at, &head).and_then(|mut journal| {
                    if from.length > 0 {
                        journal.note(from.length, &from.hash)?;
                    }
                    Ok(journal)
                });
                written.map_err(|error| TransferError::local("writing", at, error))
            })
            .await?,
        );
        Ok(())
    }

    pub(crate) fn handed_over(&mut self, mark: Proven) {
        self.pending.push_back(mark);
    }

    /// The server has the first `length` bytes.
    pub(crate) async fn acknowledge(&mut self, length: u64) -> Result<(), TransferError> {
        while self.pending.front().is_some_and(|mark| mark.length <= length) {
            let Some(mark) = self.pending.pop_front() else { break };
            self.note(mark).await?;
        }
        Ok(())
    }

    /// The server has everything.
    pub(crate) async fn complete(&mut self, whole: Proven) -> Result<(), TransferError> {
        self.pending.clear();
        if self.length() == whole.length { Ok(()) } else { self.note(whole).await }
    }

    async fn note(&mut self, mark: Proven) -> Result<(), TransferError> {
        if let (Some(mut journal), Some(place)) = (self.journal.take(), &self.place) {
            let (at, mark) = (place.journal.clone(), mark.clone());
            let noted = blocking(move || {
                let noted = journal.note(mark.length, &mark.hash);
                noted.map(|()| journal).map_err(|error| TransferError::local("writing", at, error))
            });
            self.journal = Some(noted.await?);
        }
        self.acknowledged = Some(mark);
        Ok(())
    }

    /// Nothing of this upload is gone on with.
    pub(crate) async fn forget(&mut self) {
        self.pending.clear();
        self.acknowledged = None;
        self.journal = None;
        let Some(place) = self.place.clone() else { return };
        let removed = blocking(move || {
            place.remove();
            Ok(())
        });
        if let Err(error) = removed.await {
            tracing::warn!(%error, "an upload's journal could not be removed");
        }
    }
}

/// The journal's name: one for each server and destination.
fn key(head: &Head) -> String {
    let mut hash = Sha256::new();
    for part in [&head.server, "\0", head.destination.as_deref().unwrap_or_default()] {
        hash.update(part);
    }
    format!("upload-{}", &hex::encode(hash.finalize())[..32])
}
