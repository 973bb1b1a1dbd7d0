//! One file from this disk to a server: temporary name, verification, atomic rename.
//!
//! A cut upload starts again: proving the remote part would mean to read it back, which costs what sending it costs.
//! Invariant: with `atomic`, the final name is only ever given to bytes that the server has acknowledged and that
//! verified.

use crate::download::{blocking, remote_sha256};
use crate::partial::Owner;
use crate::publish::{Decision, decide_remote};
use crate::remote::{Remote, Replace, join_remote, parent_of};
use crate::stream::{FileReceipt, FileSource, Outcome, Written};
use crate::{BeforePublish, Control, ProgressTick, Publication, TransferError};
use courier_domain::Timestamp;
use courier_domain::receipt::{Direction, Verification};
use courier_domain::step::Overwrite;
use std::path::PathBuf;
use std::time::Duration;

/// Times that an upload is begun again after a lost connection; the layer below limits the reconnects.
const ATTEMPTS: u32 = 4;

/// How long removing the temporary file may hold up a failing or cancelled upload.
const CLEAN_UP: Duration = Duration::from_millis(700);

pub struct UploadRequest {
    pub source: PathBuf,
    /// The file's final path on the server.
    pub destination: String,
    pub owner: Owner,
    /// Write under a temporary name, then rename.
    pub atomic: bool,
    /// The temporary name's ending instead of Courier's own.
    pub suffix: Option<String>,
    pub overwrite: Overwrite,
    pub create_directories: bool,
    pub verify: Verification,
    pub preserve_mtime: bool,
    /// Unix mode bits of the new file.
    pub permissions: Option<u32>,
    pub before_publish: BeforePublish,
}

impl std::fmt::Debug for UploadRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadRequest")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .finish_non_exhaustive()
    }
}

/// Uploads one file.
pub async fn upload(
    remote: &dyn Remote,
    request: UploadRequest,
    ctl: &Control,
) -> Result<Outcome, TransferError> {
    ctl.check()?;
    let source = source_state(request.source.clone()).await?;
    let decided = ctl
        .or_cancelled(decide_remote(remote, &request.destination, request.overwrite, source.modified_at))
        .await?;
    let (destination, replace) = match decided {
        Decision::Go { destination, replace } => (destination, replace),
        Decision::Skip { reason } => {
            return Ok(Outcome::Skipped { path: request.destination, reason: reason.to_owned() });
        }
    };
    let temporary = if request.atomic { temporary_path(&request, &destination) } else { destination.clone() };
    let work = Work { remote, request: &request, destination, temporary, replace, source, ctl };
    let outcome = work.run().await;
    if let Err(error) = &outcome {
        work.clean_up(error).await;
    }
    outcome.map(Outcome::Moved)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SourceState {
    size: u64,
    modified_at: Option<Timestamp>,
}

async fn source_state(path: PathBuf) -> Result<SourceState, TransferError> {
    blocking(move || {
        let found =
            std::fs::metadata(&path).map_err(|error| TransferError::local("reading", &path, error))?;
        if found.is_dir() {
            return Err(TransferError::IsAFolder { path: path.display().to_string() });
        }
        Ok(SourceState { size: found.len(), modified_at: found.modified().ok().map(Timestamp::from) })
    })
    .await
}

fn temporary_path(request: &UploadRequest, destination: &str) -> String {
    let name = destination.rsplit('/').next().unwrap_or(destination);
    let temporary = match &request.suffix {
        Some(suffix) => format!("{name}{suffix}"),
        None => request.owner.part_name(name),
    };
    beside(destination, &temporary)
}

fn beside(path: &str, name: &str) -> String {
    match parent_of(path) {
        "." => name.to_owned(),
        folder => join_remote(folder, name),
    }
}

struct Work<'a> {
    remote: &'a dyn Remote,
    request: &'a UploadRequest,
    destination: String,
    temporary: String,
    replace: Replace,
    source: SourceState,
    ctl: &'a Control,
}

impl Work<'_> {
    async fn run(&self) -> Result<FileReceipt, TransferError> {
        let started_at = self.ctl.clock.now();
        self.ctl.or_cancelled(self.make_room()).await?;
        let sent = self.ctl.or_cancelled(self.send_again_when_lost()).await?;
        self.ctl.or_cancelled(self.verify(&sent)).await?;
        self.ctl.check()?;
        let atomic = self.publish(&sent).await?;
        Ok(FileReceipt {
            direction: Direction::Upload,
            remote_path: self.destination.clone(),
            local_path: self.request.source.clone(),
            size: sent.size,
            sha256: sent.sha256,
            started_at,
            completed_at: self.ctl.clock.now(),
            resumed_bytes: 0,
            verified_by: self.request.verify,
            server_identity: self.remote.server_identity(),
            source_modified_at: self.source.modified_at,
            atomic,
        })
    }

    /// Folders, and what older epochs left under their own names.
    async fn make_room(&self) -> Result<(), TransferError> {
        if self.request.create_directories {
            self.remote.mkdir_all(parent_of(&self.destination)).await?;
        }
        if self.request.atomic && self.request.suffix.is_none() {
            let name = self.destination.rsplit('/').next().unwrap_or(&self.destination);
            for older in self.request.owner.older_part_names(name) {
                let older = beside(&self.destination, &older);
                match self.remote.rename(&older, &self.temporary, Replace::Yes).await {
                    Ok(()) | Err(TransferError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn send_again_when_lost(&self) -> Result<Written, TransferError> {
        let mut attempt = 1;
        loop {
            match self.send().await {
                Err(error) if error.is_lost() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn send(&self) -> Result<Written, TransferError> {
        let mut writer = self.remote.open_write(&self.temporary, self.request.permissions).await?;
        let mut source = FileSource::open(self.request.source.clone(), writer.block_len());
        self.tick(0);
        let mut sent = 0;
        while let Some(block) = source.blocks.recv().await {
            sent += block.len() as u64;
            if sent > self.source.size {
                return Err(self.changed());
            }
            writer.write(block).await?;
            self.tick(writer.acknowledged());
        }
        let read = source.finish().await?;
        writer.finish().await?;
        self.tick(read.size);
        if read.size != self.source.size || source_state(self.request.source.clone()).await? != self.source {
            return Err(self.changed());
        }
        Ok(read)
    }

    async fn verify(&self, sent: &Written) -> Result<(), TransferError> {
        let there = self.remote.stat(&self.temporary).await?;
        let size = there.map(|e| e.size);
        if size != Some(sent.size) {
            return Err(TransferError::VerificationFailed {
                path: self.destination.clone(),
                detail: match size {
                    Some(size) => format!("{} bytes were sent, the server has {size}", sent.size),
                    None => "the server does not have it after the upload".to_owned(),
                },
            });
        }
        if self.request.verify == Verification::Sha256 {
            let there = remote_sha256(self.remote, &self.temporary).await?;
            if there != sent.sha256 {
                return Err(TransferError::VerificationFailed {
                    path: self.destination.clone(),
                    detail: format!("SHA-256 {} was sent, the server has {there}", sent.sha256),
                });
            }
        }
        if self.request.preserve_mtime
            && let Some(at) = self.source.modified_at
        {
            self.remote.set_mtime(&self.temporary, at).await?;
        }
        Ok(())
    }

    /// Whether the file appeared in one step.
    async fn publish(&self, sent: &Written) -> Result<bool, TransferError> {
        let publication = Publication {
            temporary: PathBuf::from(&self.temporary),
            destination: PathBuf::from(&self.destination),
            size: sent.size,
            sha256: sent.sha256.clone(),
        };
        (self.request.before_publish)(publication).await?;
        if !self.request.atomic {
            return Ok(false);
        }
        match self.remote.rename(&self.temporary, &self.destination, self.replace).await {
            Ok(()) => {}
            // Whether the server renamed before the cut only the server knows.
            Err(error) if error.is_lost() => {
                let (left, there) =
                    (self.remote.stat(&self.temporary).await?, self.remote.stat(&self.destination).await?);
                match left {
                    Some(_) => {
                        self.remote.rename(&self.temporary, &self.destination, self.replace).await?;
                    }
                    None if there.is_some_and(|e| e.size == sent.size) => {}
                    None => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
        Ok(self.remote.capabilities().atomic_replace || self.replace == Replace::No)
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

    /// The temporary file goes, unless it may be somebody else's by now.
    async fn clean_up(&self, error: &TransferError) {
        if !self.request.atomic || matches!(error, TransferError::LeaseLost) || error.is_lost() {
            return;
        }
        if !matches!(tokio::time::timeout(CLEAN_UP, self.remote.delete(&self.temporary)).await, Ok(Ok(()))) {
            tracing::debug!("a temporary file stays on the server");
        }
    }
}
