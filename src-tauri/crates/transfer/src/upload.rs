//! One file from this disk to a server: temporary name, verification, atomic rename.
//!
//! An upload that broke off goes on where the server is proven to have it (see [`crate::send`] and
//! [`crate::ledger`]). Invariant: with `atomic`, the final name is only ever given to bytes that the server has
//! acknowledged and that verified.

use crate::download::{blocking, remote_sha256};
use crate::journal::Head;
use crate::ledger::{Ledger, Resume};
use crate::partial::Owner;
use crate::publish::{Decision, decide_remote};
use crate::remote::{FileState, Remote, Replace, join_remote, parent_of};
use crate::send::{Sending, Sent};
use crate::stream::{FileReceipt, Outcome};
use crate::{BeforePublish, Control, Publication, TransferError};
use courier_domain::receipt::{Direction, Verification};
use courier_domain::step::Overwrite;
use courier_domain::{Retry, Timestamp};
use futures::future::try_join;
use std::path::PathBuf;
use std::time::Duration;

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
    /// What happens after a cut.
    pub resume: Resume,
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

/// Uploads one file. Dropping the future stops it and leaves the unfinished file on the server.
pub async fn upload(
    remote: &dyn Remote,
    request: UploadRequest,
    ctl: &Control,
) -> Result<Outcome, TransferError> {
    ctl.check()?;
    let source = source_state(request.source.clone()).await?;
    let mut ledger = open_ledger(remote, &request, source).await?;
    // Without a temporary name, what an earlier attempt began is under the final one: not somebody else's file.
    let begun_there = !request.atomic && ledger.has_begun();
    let rule = if begun_there { Overwrite::Overwrite } else { request.overwrite };
    let deciding = decide_remote(remote, &request.destination, rule, source.modified_at);
    // At once, since each is a round trip. Where the destination is there already, so is its folder.
    let (decided, ()) = ctl.or_cancelled(try_join(deciding, make_folder(remote, &request))).await?;
    let (destination, replace) = match decided {
        Decision::Go { destination, replace } => (destination, replace),
        Decision::Skip { reason } => {
            return Ok(Outcome::Skipped { path: request.destination, reason: reason.to_owned() });
        }
    };
    let temporary = if request.atomic { temporary_path(&request, &destination) } else { destination.clone() };
    let work = Work { remote, request: &request, destination, temporary, replace, source, ctl };
    let outcome = work.run(&mut ledger).await;
    match &outcome {
        Ok(_) => ledger.forget().await,
        Err(error) => work.clean_up(error, &mut ledger).await,
    }
    outcome.map(Outcome::Moved)
}

async fn make_folder(remote: &dyn Remote, request: &UploadRequest) -> Result<(), TransferError> {
    if request.create_directories {
        remote.mkdir_all(parent_of(&request.destination)).await?;
    }
    Ok(())
}

async fn open_ledger(
    remote: &dyn Remote,
    request: &UploadRequest,
    source: SourceState,
) -> Result<Ledger, TransferError> {
    let state = FileState { size: source.size, modified_at: source.modified_at };
    let head = Head::of(&request.source.to_string_lossy(), state, &remote.server_identity());
    let head = head.bound_for(&request.destination);
    let acknowledges = remote.capabilities().positioned_writes;
    Ledger::open(request.source.clone(), head, acknowledges, &request.resume, request.owner).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceState {
    pub(crate) size: u64,
    /// As exact as the disk tells it.
    pub(crate) modified_at: Option<Timestamp>,
}

pub(crate) async fn source_state(path: PathBuf) -> Result<SourceState, TransferError> {
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
    async fn run(&self, ledger: &mut Ledger) -> Result<FileReceipt, TransferError> {
        let started_at = self.ctl.clock.now();
        self.ctl.or_cancelled(self.make_room(ledger)).await?;
        let sent = self.ctl.or_cancelled(self.send_and_verify(ledger)).await?;
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
            resumed_bytes: sent.resumed_bytes,
            verified_by: self.request.verify,
            server_identity: self.remote.server_identity(),
            source_modified_at: self.source.modified_at,
            atomic,
        })
    }

    /// Takes over what older epochs left under their own names.
    async fn make_room(&self, ledger: &mut Ledger) -> Result<(), TransferError> {
        if self.request.atomic && self.request.suffix.is_none() {
            let name = self.destination.rsplit('/').next().unwrap_or(&self.destination);
            for older in self.request.owner.older_part_names(name).iter().rev() {
                let older = beside(&self.destination, older);
                match self.remote.rename(&older, &self.temporary, Replace::Yes).await {
                    Ok(()) => ledger.note_begun(),
                    Err(TransferError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn send_and_verify(&self, ledger: &mut Ledger) -> Result<Sent, TransferError> {
        let sending = Sending {
            remote: self.remote,
            request: self.request,
            temporary: &self.temporary,
            source: self.source,
            ctl: self.ctl,
        };
        let sent = sending.run(ledger).await?;
        match self.verify(&sent).await {
            // The fault may lie in what an earlier attempt left.
            Err(TransferError::VerificationFailed { .. }) if sent.resumed_bytes > 0 => {
                tracing::warn!(
                    "a file that was gone on with did not verify; it is sent again from the beginning"
                );
                ledger.forget().await;
                let sent = sending.run(ledger).await?;
                self.verify(&sent).await.map(|()| sent)
            }
            verified => verified.map(|()| sent),
        }
    }

    async fn verify(&self, sent: &Sent) -> Result<(), TransferError> {
        let size = match sent.size_there {
            Some(size) => Some(size),
            None => self.remote.stat(&self.temporary).await?.map(|e| e.size),
        };
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
    async fn publish(&self, sent: &Sent) -> Result<bool, TransferError> {
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

    /// Keeps what a later attempt can go on with; the rest goes, unless it may be somebody else's by now.
    async fn clean_up(&self, error: &TransferError, ledger: &mut Ledger) {
        match error {
            TransferError::LeaseLost => return,
            // Nobody knows what is on the server: the next attempt has to look.
            lost if lost.is_lost() => {
                if let Err(error) = ledger.leave_word().await {
                    tracing::warn!(%error, "an upload's journal could not be written");
                }
                return;
            }
            TransferError::SourceChanged { .. } | TransferError::VerificationFailed { .. } => {}
            TransferError::Cancelled if ledger.is_kept() && !self.request.resume.is_given_up() => return,
            other if other.retry() != Retry::Never && ledger.is_kept() => return,
            _ => {}
        }
        ledger.forget().await;
        if self.request.atomic
            && !matches!(
                tokio::time::timeout(CLEAN_UP, self.remote.delete(&self.temporary)).await,
                Ok(Ok(()))
            )
        {
            tracing::debug!("a temporary file stays on the server");
        }
    }
}
