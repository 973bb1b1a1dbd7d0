//! Getting an upload's bytes across: from the beginning, or behind what the server is proven to have.
//!
//! After a cut the last acknowledged mark is where it goes on, so at most the bytes between two marks and what was in
//! flight are sent again. Where the server has fewer, has other bytes, or does not let its file be read back, it
//! starts again, in a file of its own: a server that still writes late blocks of the lost connection into the old one
//! spoils nothing. Invariant: what this returns was read from one unchanged version of the source.

use crate::control::{Control, ProgressTick};
use crate::journal::Proven;
use crate::ledger::{Ledger, Resume};
use crate::remote::{Remote, RemoteWriter};
use crate::stream::FileSource;
use crate::tail::{self, Found, TAIL};
use crate::upload::{SourceState, source_state};
use crate::{TransferError, UploadRequest};

/// Times that a lost connection may be taken up again without a single acknowledged mark.
const FRUITLESS: u32 = 3;
/// Times that the remote file's end is looked at while somebody else may still be writing it.
const LOOKS: u32 = 3;

/// One upload's way to the server.
#[derive(Debug)]
pub(crate) struct Sending<'a> {
    pub(crate) remote: &'a dyn Remote,
    pub(crate) request: &'a UploadRequest,
    /// The path that is written to.
    pub(crate) temporary: &'a str,
    pub(crate) source: SourceState,
    pub(crate) ctl: &'a Control,
}

/// What went across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// Bytes that the server had from before this call.
    pub(crate) resumed_bytes: u64,
    /// The size that the server told when it had everything, if it did.
    pub(crate) size_there: Option<u64>,
}

/// Where writing begins.
struct Start {
    /// `None` when there is nothing left to write.
    writer: Option<Box<dyn RemoteWriter>>,
    from: Proven,
}

impl Sending<'_> {
    /// Sends until the server has everything, over lost connections.
    pub(crate) async fn run(&self, ledger: &mut Ledger) -> Result<Sent, TransferError> {
        let (mut fruitless, mut resumed_bytes) = (0, None);
        loop {
            let before = ledger.length();
            match self.once(ledger, &mut resumed_bytes).await {
                Ok(sent) => return Ok(sent),
                Err(error) if error.is_lost() => {
                    fruitless = if ledger.length() > before { 0 } else { fruitless + 1 };
                    if fruitless > FRUITLESS {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn once(&self, ledger: &mut Ledger, resumed: &mut Option<u64>) -> Result<Sent, TransferError> {
        let Start { writer, from } = self.start(ledger).await?;
        // What later attempts of this call go on from was sent by this call.
        let resumed_bytes = resumed.map_or(from.length, |before| before.min(from.length));
        *resumed = Some(resumed_bytes);
        ledger.begin(&from, !self.request.atomic).await?;
        self.tick(from.length);
        let mut size_there = None;
        let whole = match writer {
            Some(mut writer) => {
                let written = self.write(&mut *writer, from, ledger).await;
                if written.is_err() && self.acknowledges() {
                    ledger.acknowledge(writer.acknowledged()).await?;
                }
                size_there = writer.size();
                written?
            }
            None => from,
        };
        if whole.length != self.source.size || source_state(self.request.source.clone()).await? != self.source
        {
            return Err(self.changed());
        }
        ledger.complete(whole.clone()).await?;
        self.tick(whole.length);
        Ok(Sent { size: whole.length, sha256: whole.hex(), resumed_bytes, size_there })
    }

    async fn write(
        &self,
        writer: &mut dyn RemoteWriter,
        from: Proven,
        ledger: &mut Ledger,
    ) -> Result<Proven, TransferError> {
        let mut sent = from.length;
        let mut source = FileSource::open(
            self.request.source.clone(),
            writer.block_len(),
            from,
            ledger.spacing,
            &self.remote.memory(),
        );
        while let Some(block) = source.next().await {
            sent += block.bytes.len() as u64;
            if sent > self.source.size {
                return Err(self.changed());
            }
            if let Some(mark) = block.mark {
                ledger.handed_over(mark);
            }
            writer.write(block.bytes).await?;
            let across = if self.acknowledges() { writer.acknowledged() } else { sent };
            ledger.acknowledge(across).await?;
            self.tick(across);
        }
        let whole = source.finish().await?;
        writer.finish().await?;
        Ok(whole)
    }

    /// Opens the remote file, behind what is proven if there is anything.
    async fn start(&self, ledger: &mut Ledger) -> Result<Start, TransferError> {
        if !ledger.has_begun() {
            ledger.note_begun();
            return self.begin_anew().await;
        }
        if !matches!(self.request.resume, Resume::No) && self.remote.capabilities().resume_upload {
            match self.go_on(ledger).await {
                Ok(Some(start)) => return Ok(start),
                Ok(None) => {}
                Err(error) if error.is_lost() => return Err(error),
                Err(error) => tracing::debug!(%error, "an unfinished upload cannot be gone on with"),
            }
        }
        if self.request.atomic {
            match self.remote.delete(self.temporary).await {
                Err(error) if error.is_lost() => return Err(error),
                Err(TransferError::NotFound { .. }) | Ok(()) => {}
                // Emptying it is the next best.
                Err(error) => tracing::debug!(%error, "an unfinished upload could not be removed"),
            }
        }
        self.begin_anew().await
    }

    async fn begin_anew(&self) -> Result<Start, TransferError> {
        let writer = self.remote.open_write(self.temporary, self.request.permissions).await?;
        Ok(Start { writer: Some(writer), from: Proven::nothing() })
    }

    async fn go_on(&self, ledger: &Ledger) -> Result<Option<Start>, TransferError> {
        for _ in 0..LOOKS {
            let there = self.remote.stat(self.temporary).await?;
            let Some(size) = there.map(|entry| entry.size).filter(|size| *size <= self.source.size) else {
                return Ok(None);
            };
            let mark = ledger.proven(size).await?;
            if mark.length == 0 {
                return Ok(None);
            }
            let source = self.request.source.clone();
            if self.acknowledges() {
                // Cut first, so that no more than the tail is read back.
                let writer = self.remote.open_write_at(self.temporary, mark.length).await?;
                let read_from = mark.length.saturating_sub(TAIL);
                let found =
                    tail::compare(self.remote, self.temporary, source, read_from, mark.length).await?;
                // More is what a server that cannot cut has there; it is written over.
                let same = found != Found::Different;
                return Ok(same.then_some(Start { writer: Some(writer), from: mark }));
            }
            let read_from = mark.length.min(size.saturating_sub(TAIL));
            match tail::compare(self.remote, self.temporary, source.clone(), read_from, size).await? {
                Found::Same => {}
                Found::Different => return Ok(None),
                Found::More => continue,
            }
            let from = tail::hash_on(source, mark, size).await?;
            let writer = match size == self.source.size {
                true => None,
                false => Some(self.remote.open_write_at(self.temporary, size).await?),
            };
            return Ok(Some(Start { writer, from }));
        }
        Ok(None)
    }

    /// Whether the server says what it has while it is written to; else its file's size does.
    fn acknowledges(&self) -> bool {
        self.remote.capabilities().positioned_writes
    }

    fn changed(&self) -> TransferError {
        TransferError::SourceChanged { path: self.request.source.display().to_string() }
    }

    fn tick(&self, bytes: u64) {
        (self.ctl.progress)(ProgressTick {
            file: self.request.source.display().to_string(),
            bytes,
            total: Some(self.source.size),
        });
    }
}
