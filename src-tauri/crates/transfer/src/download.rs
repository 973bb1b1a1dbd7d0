//! One file from a server to this disk: temporary name, journal, verification, atomic rename.
//!
//! Invariant: the final name is only ever given to bytes that came from one unchanged version of the source.

use crate::journal::{BLOCK, Head, Journal, Proven, prove};
use crate::partial::{Owner, Partial};
use crate::publish::{Decision, decide_local, publish_local};
use crate::remote::{Entry, FileState, Remote, RemoteReader, Replace};
use crate::stream::{FileReceipt, FileSink, Outcome, Written};
use crate::{BeforePublish, Control, ProgressTick, Publication, TransferError, space};
use courier_domain::receipt::{Direction, Verification};
use courier_domain::step::Overwrite;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// Times that a lost connection may be taken up again without a single byte of progress.
const FRUITLESS: u32 = 3;

pub struct DownloadRequest {
    /// As listed; the path decides, size and time are looked up again.
    pub source: Entry,
    /// The file's final path. Missing folders are made.
    pub destination: PathBuf,
    pub owner: Owner,
    pub overwrite: Overwrite,
    /// Go on with what an earlier attempt of the same execution proved; keep what this one proves if it fails.
    pub resume: bool,
    pub verify: Verification,
    pub preserve_mtime: bool,
    pub before_publish: BeforePublish,
}

impl std::fmt::Debug for DownloadRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DownloadRequest")
            .field("source", &self.source.path)
            .field("destination", &self.destination)
            .finish_non_exhaustive()
    }
}

/// Downloads one file. Dropping the future stops it and leaves the partial file.
pub async fn download(
    remote: &dyn Remote,
    request: DownloadRequest,
    ctl: &Control,
) -> Result<Outcome, TransferError> {
    ctl.check()?;
    if request.source.is_directory {
        return Err(TransferError::IsAFolder { path: request.source.path.clone() });
    }
    let (destination, replace) = match prepare(&request).await? {
        Decision::Go { destination, replace } => (destination, replace),
        Decision::Skip { reason } => {
            return Ok(Outcome::Skipped {
                path: request.destination.display().to_string(),
                reason: reason.to_owned(),
            });
        }
    };
    let partial = Partial::of(&destination, request.owner)?;
    let mut work = Work { remote, request: &request, destination, replace, partial, ctl };
    let outcome = work.run().await;
    if let Err(error) = &outcome {
        work.clean_up(error).await;
    }
    outcome.map(Outcome::Moved)
}

async fn prepare(request: &DownloadRequest) -> Result<Decision<PathBuf>, TransferError> {
    let (destination, rule, time) =
        (request.destination.clone(), request.overwrite, request.source.modified_at);
    blocking(move || {
        if let Some(folder) = destination.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| TransferError::local("making the folder", folder, error))?;
        }
        decide_local(&destination, rule, time)
    })
    .await
}

struct Work<'a> {
    remote: &'a dyn Remote,
    request: &'a DownloadRequest,
    destination: PathBuf,
    replace: Replace,
    partial: Partial,
    ctl: &'a Control,
}

impl Work<'_> {
    async fn run(&mut self) -> Result<FileReceipt, TransferError> {
        let started_at = self.ctl.clock.now();
        let (mut reader, state, proven) = self.ctl.or_cancelled(self.open()).await?;
        let resumed_bytes = proven.length;
        self.find_room(state.size.saturating_sub(resumed_bytes)).await?;
        let sink = self.sink(state, proven)?;
        let written = self.receive(&mut reader, state, resumed_bytes, sink).await?;
        if self.request.verify == Verification::Sha256 {
            self.compare_again(&written).await?;
        }
        self.publish(&written).await?;
        Ok(FileReceipt {
            direction: Direction::Download,
            remote_path: self.request.source.path.clone(),
            local_path: self.destination.clone(),
            size: written.size,
            sha256: written.sha256,
            started_at,
            completed_at: self.ctl.clock.now(),
            resumed_bytes,
            verified_by: self.request.verify,
            server_identity: self.remote.server_identity(),
            source_modified_at: state.modified_at,
            atomic: true,
        })
    }

    fn path(&self) -> &str {
        &self.request.source.path
    }

    /// Opens the source behind what is proven already.
    async fn open(&self) -> Result<(Box<dyn RemoteReader>, FileState, Proven), TransferError> {
        if self.request.resume {
            let partial = self.partial.clone();
            blocking(move || partial.adopt()).await?;
            if let Some((state, proven)) = self.proven().await? {
                let mut reader = self.remote.open_read(self.path(), proven.length).await?;
                if reader.state().await? == state {
                    return Ok((reader, state, proven));
                }
                reader.close().await?;
            }
        } else {
            self.remove_partial().await;
        }
        let mut reader = self.remote.open_read(self.path(), 0).await?;
        let state = reader.state().await?;
        Ok((reader, state, Proven::nothing()))
    }

    async fn proven(&self) -> Result<Option<(FileState, Proven)>, TransferError> {
        if !self.partial.journal.exists() {
            return Ok(None);
        }
        let Some(entry) = self.remote.stat(self.path()).await? else {
            return Err(TransferError::NotFound { path: self.path().to_owned() });
        };
        let state = FileState { size: entry.size, modified_at: entry.modified_at };
        let (journal, part) = (self.partial.journal.clone(), self.partial.part.clone());
        let head = Head::of(self.path(), state, &self.remote.server_identity());
        let proven = blocking(move || Ok(prove(&journal, &part, &head, u64::MAX))).await?;
        Ok((proven.length > 0).then_some((state, proven)))
    }

    /// Refuses what cannot fit, before the disk is full for everybody.
    async fn find_room(&self, bytes: u64) -> Result<(), TransferError> {
        let part = self.partial.part.clone();
        let free = blocking(move || Ok(part.parent().and_then(space::free))).await?;
        if free.is_none_or(|free| bytes <= free) {
            return Ok(());
        }
        Err(TransferError::DiskFull { path: self.destination.display().to_string(), cause: None })
    }

    fn sink(&self, state: FileState, proven: Proven) -> Result<FileSink, TransferError> {
        let journal = if self.request.resume && state.size > BLOCK {
            let head = Head::of(self.path(), state, &self.remote.server_identity());
            let journal = Journal::create(&self.partial.journal, &head);
            Some(journal.map_err(|error| TransferError::local("writing", &self.partial.journal, error))?)
        } else {
            None
        };
        let mtime = state.modified_at.filter(|_| self.request.preserve_mtime);
        Ok(FileSink::open(self.partial.part.clone(), proven, journal, mtime, &self.remote.memory()))
    }

    async fn receive(
        &self,
        reader: &mut Box<dyn RemoteReader>,
        state: FileState,
        from: u64,
        mut sink: FileSink,
    ) -> Result<Written, TransferError> {
        match self.ctl.or_cancelled(self.pump(reader, state, from, &mut sink)).await {
            Ok(()) => sink.finish().await,
            Err(error) => {
                sink.abandon().await;
                Err(error)
            }
        }
    }

    async fn pump(
        &self,
        reader: &mut Box<dyn RemoteReader>,
        state: FileState,
        from: u64,
        sink: &mut FileSink,
    ) -> Result<(), TransferError> {
        let (mut received, mut fruitless) = (from, 0);
        self.tick(received, state);
        loop {
            let step = match reader.next().await {
                Ok(None) => reader.state().await.map(|now| (None, now)),
                Ok(block) => Ok((block, state)),
                Err(error) => Err(error),
            };
            match step {
                Ok((Some(block), _)) => {
                    received += block.len() as u64;
                    if received > state.size {
                        return Err(self.changed());
                    }
                    sink.write(block).await?;
                    fruitless = 0;
                    self.tick(received, state);
                }
                Ok((None, now)) if now == state && received == state.size => break,
                Ok((None, _)) => return Err(self.changed()),
                Err(error) if error.is_lost() && fruitless < FRUITLESS => {
                    fruitless += 1;
                    // The layer below reconnects, or says that it will not.
                    *reader = self.remote.open_read(self.path(), received).await?;
                    if reader.state().await? != state {
                        return Err(self.changed());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        // All bytes are here and the source is unchanged: a failing close loses nothing.
        if let Err(error) = reader.close().await {
            tracing::debug!(%error, "closing a remote file failed");
        }
        Ok(())
    }

    fn changed(&self) -> TransferError {
        TransferError::SourceChanged { path: self.path().to_owned() }
    }

    fn tick(&self, bytes: u64, state: FileState) {
        (self.ctl.progress)(ProgressTick { file: self.path().to_owned(), bytes, total: Some(state.size) });
    }

    async fn compare_again(&self, written: &Written) -> Result<(), TransferError> {
        let again = self.ctl.or_cancelled(remote_sha256(self.remote, self.path())).await?;
        if again == written.sha256 {
            return Ok(());
        }
        Err(TransferError::VerificationFailed {
            path: self.path().to_owned(),
            detail: format!("SHA-256 {} was received, the server now has {again}", written.sha256),
        })
    }

    async fn publish(&self, written: &Written) -> Result<(), TransferError> {
        self.ctl.check()?;
        let publication = Publication {
            temporary: self.partial.part.clone(),
            destination: self.destination.clone(),
            size: written.size,
            sha256: written.sha256.clone(),
        };
        (self.request.before_publish)(publication).await?;
        let (part, journal) = (self.partial.part.clone(), self.partial.journal.clone());
        let (destination, replace) = (self.destination.clone(), self.replace);
        blocking(move || {
            publish_local(&part, &destination, replace)?;
            if let Err(error) = std::fs::remove_file(&journal)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::debug!(%error, "a finished journal stays behind");
            }
            Ok(())
        })
        .await
    }

    /// Keeps what a later attempt can prove, removes what it cannot.
    async fn clean_up(&self, error: &TransferError) {
        let useless = match error {
            TransferError::SourceChanged { .. } | TransferError::VerificationFailed { .. } => true,
            TransferError::LeaseLost => false,
            _ => !self.partial.journal.exists(),
        };
        if useless {
            self.remove_partial().await;
        }
    }

    async fn remove_partial(&self) {
        let partial = self.partial.clone();
        let removed = blocking(move || {
            partial.remove();
            Ok(())
        });
        if let Err(error) = removed.await {
            tracing::warn!(%error, "unfinished files could not be removed");
        }
    }
}

/// A remote file's SHA-256 in lower-case hex: the server's own if it makes one, else by reading the file.
pub async fn remote_sha256(remote: &dyn Remote, path: &str) -> Result<String, TransferError> {
    match remote.sha256(path).await {
        Ok(Some(there)) => return Ok(there.to_ascii_lowercase()),
        Ok(None) => {}
        Err(error) if error.is_lost() => return Err(error),
        Err(error) => tracing::debug!(%error, "the server's own checksum failed"),
    }
    let mut reader = remote.open_read(path, 0).await?;
    let mut hash = Sha256::new();
    while let Some(block) = reader.next().await? {
        hash.update(&block);
    }
    reader.close().await?;
    Ok(hex::encode(hash.finalize()))
}

/// Runs work that may wait for the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TransferError> + Send + 'static,
) -> Result<T, TransferError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|panic| TransferError::Internal { detail: panic.to_string() })?
}
