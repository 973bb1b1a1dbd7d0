//! FTP sessions with one server as a [`Remote`].

use super::data::{Flow, NoFlow, Order};
use super::error::{refusal, said, unexpected};
use super::features::System;
use super::look::Act;
use super::pool::{Lease, Pool};
use super::read::FtpReader;
use super::session::{Session, argument};
use super::tls::Agreed;
use super::write::FtpWriter;
use crate::remote::{
    Access, Capabilities, Entry, FileState, Listing, Remote, RemoteReader, RemoteWriter, Replace,
};
use crate::{TlsCertificate, TransferError, escaped};
use async_trait::async_trait;
use courier_domain::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};

/// What stands for the server's identity where nothing proves one.
const NOT_PROTECTED: &str = "ftp (not protected)";
/// Times that a transfer is begun, where the server's TLS asks for another try.
const ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub(crate) struct FtpRemote {
    pool: Pool,
    /// A rename over an existing file had to be made in two steps.
    replaced_in_two: AtomicBool,
}

impl FtpRemote {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, replaced_in_two: AtomicBool::new(false) }
    }

    pub(crate) fn certificate(&self) -> Option<&TlsCertificate> {
        self.pool.certificate()
    }

    pub(crate) fn agreed(&self) -> Option<&Agreed> {
        self.pool.agreed()
    }

    /// By MLSD, whose form is laid down.
    pub(crate) fn lists_exactly(&self) -> bool {
        self.pool.known().features.mlst
    }

    /// Begins a transfer. Where the server's TLS 1.3 does not carry it, again with 1.2.
    async fn begin(&self, order: Order<'_>, act: Act) -> Result<(Lease, Flow), TransferError> {
        let lease = self.pool.lease().await?;
        self.begin_on(lease, order, act).await
    }

    async fn begin_on(
        &self,
        mut lease: Lease,
        order: Order<'_>,
        act: Act,
    ) -> Result<(Lease, Flow), TransferError> {
        let mut attempt = 1;
        loop {
            match lease.session()?.begin(order).await {
                Ok(flow) => return Ok((lease, flow)),
                Err(NoFlow::Refused(reply)) => {
                    return Err(lease.session()?.explain(reply, order.doing, order.path, act).await);
                }
                Err(NoFlow::Unresumed(error)) => {
                    drop(lease);
                    if attempt == ATTEMPTS {
                        return Err(error);
                    }
                    attempt += 1;
                    self.pool.only_12().await;
                    lease = self.pool.lease().await?;
                }
                Err(NoFlow::Failed(error)) => return Err(error),
            }
        }
    }

    /// Where a server refuses REST, what is whole up to its end can still be gone on with.
    async fn append(&self, lease: Lease, path: &str) -> Result<(Lease, Flow), TransferError> {
        let order = Order { verb: "APPE", argument: Some(path), path, doing: "going on with", restart: 0 };
        self.begin_on(lease, order, Act::UseFile).await
    }
}

fn file_state(found: Option<Entry>, path: &str) -> Result<FileState, TransferError> {
    match found {
        Some(entry) if entry.is_directory => Err(TransferError::IsAFolder { path: path.to_owned() }),
        Some(entry) => Ok(FileState { size: entry.size, modified_at: entry.modified_at }),
        None => Err(TransferError::NotFound { path: path.to_owned() }),
    }
}

impl Session {
    async fn simple(&mut self, verb: &str, path: &str, doing: &str, act: Act) -> Result<(), TransferError> {
        let reply = self.ask(verb, &argument(path)).await?;
        if reply.is_done() {
            return Ok(());
        }
        Err(self.explain(reply, doing, path, act).await)
    }

    /// Whether it took two steps.
    async fn rename(&mut self, from: &str, to: &str, replace: Replace) -> Result<bool, TransferError> {
        if replace == Replace::No && self.look(to).await?.is_some() {
            return Err(TransferError::AlreadyExists { path: to.to_owned() });
        }
        let refused = match self.rename_once(from, to).await? {
            None => return Ok(false),
            Some(reply) => reply,
        };
        let says_exists =
            matches!(refusal(&refused, "renaming", to), Some(TransferError::AlreadyExists { .. }));
        let may_be_in_the_way = says_exists || self.known.features.system == System::Other;
        if replace == Replace::Yes
            && may_be_in_the_way
            && self.look(to).await?.is_some_and(|e| !e.is_directory)
        {
            // No replacing in one step on this server: away with the old, then again.
            self.simple("DELE", to, "deleting", Act::UseFile).await?;
            return match self.rename_once(from, to).await? {
                None => Ok(true),
                Some(reply) => Err(self.explain(reply, "renaming", to, Act::Make).await),
            };
        }
        let said = said(&refused);
        Err(match self.explain(refused, "renaming", to, Act::Make).await {
            // Of a rename that may replace, that something is there is no reason.
            TransferError::AlreadyExists { .. } if replace == Replace::Yes && !says_exists => {
                TransferError::PermissionDenied { path: from.to_owned(), cause: Some(said) }
            }
            // The new name could be made: it is the old one that may not be taken away.
            TransferError::PermissionDenied { cause, .. } => {
                TransferError::PermissionDenied { path: from.to_owned(), cause }
            }
            other => other,
        })
    }

    /// `None` when it is done, else what the server said to the new name.
    async fn rename_once(
        &mut self,
        from: &str,
        to: &str,
    ) -> Result<Option<super::control::Reply>, TransferError> {
        let reply = self.ask("RNFR", &argument(from)).await?;
        if reply.code != 350 {
            return Err(self.explain(reply, "renaming", from, Act::Use).await);
        }
        let reply = self.ask("RNTO", &argument(to)).await?;
        Ok((!reply.is_done()).then_some(reply))
    }

    async fn set_mtime(&mut self, path: &str, at: Timestamp) -> Result<(), TransferError> {
        let doing = "setting the time of";
        let time = at.format("%Y%m%d%H%M%S");
        let verb = if self.known.features.mfmt { "MFMT" } else { "MDTM" };
        if !self.known.features.sets_mtime() {
            return Err(TransferError::Unsupported(format!(
                "The server cannot set the time of {}.",
                escaped(path)
            )));
        }
        let reply = self.ask(verb, &format!("{time} {}", argument(path))).await?;
        if !reply.is_done() {
            return Err(match refusal(&reply, doing, path) {
                Some(error) => error,
                None => self.explain(reply, doing, path, Act::UseFile).await,
            });
        }
        if verb == "MDTM" {
            // Where MDTM only asks, the answer could look like success.
            let now = self.look(path).await?.and_then(|entry| entry.modified_at);
            if now.map(|now| now.timestamp()) != Some(at.timestamp()) {
                return Err(TransferError::PermissionDenied {
                    path: path.to_owned(),
                    cause: Some(said(&reply)),
                });
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Remote for FtpRemote {
    fn capabilities(&self) -> Capabilities {
        let features = &self.pool.known().features;
        Capabilities {
            atomic_replace: features.system == System::Unix && !self.replaced_in_two.load(Ordering::Relaxed),
            fsync: false,
            server_checksum: features.has_checksum(),
            resume_download: features.restart,
            resume_upload: true,
            positioned_writes: false,
            set_mtime: features.sets_mtime(),
            parallel_handles: u32::try_from(self.pool.most()).unwrap_or(u32::MAX),
        }
    }

    fn server_identity(&self) -> String {
        self.pool.certificate().map_or_else(|| NOT_PROTECTED.to_owned(), |c| c.thumbprint.clone())
    }

    async fn list(&self, path: &str) -> Result<Listing, TransferError> {
        let mut attempt = 1;
        loop {
            let mut lease = self.pool.lease().await?;
            match lease.session()?.list(path).await {
                Ok(listing) => return Ok(listing),
                Err(NoFlow::Unresumed(_)) if attempt < ATTEMPTS => {
                    drop(lease);
                    attempt += 1;
                    self.pool.only_12().await;
                }
                Err(NoFlow::Refused(reply)) => return Err(unexpected(&reply, "listing")),
                Err(NoFlow::Unresumed(error) | NoFlow::Failed(error)) => return Err(error),
            }
        }
    }

    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError> {
        self.pool.lease().await?.session()?.look(path).await
    }

    async fn access(&self, path: &str) -> Result<Access, TransferError> {
        self.pool.lease().await?.session()?.access(path).await
    }

    async fn open_read(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteReader>, TransferError> {
        let mut lease = self.pool.lease().await?;
        let before = file_state(lease.session()?.look(path).await?, path)?;
        let order = Order { verb: "RETR", argument: Some(path), path, doing: "opening", restart: offset };
        let (lease, flow) = self.begin_on(lease, order, Act::UseFile).await?;
        Ok(Box::new(FtpReader::new(lease, flow, path, before)))
    }

    async fn open_write(
        &self,
        path: &str,
        permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError> {
        let order = Order { verb: "STOR", argument: Some(path), path, doing: "creating", restart: 0 };
        let (lease, flow) = self.begin(order, Act::Make).await?;
        Ok(Box::new(FtpWriter::new(lease, flow, path, 0, permissions)))
    }

    async fn open_write_at(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError> {
        let mut lease = self.pool.lease().await?;
        let there = file_state(lease.session()?.look(path).await?, path)?;
        if there.size < offset {
            return Err(TransferError::VerificationFailed {
                path: path.to_owned(),
                detail: format!("the server has {} bytes of it, and {offset} should be there", there.size),
            });
        }
        let order =
            Order { verb: "STOR", argument: Some(path), path, doing: "going on with", restart: offset };
        let fits = there.size == offset;
        let (lease, flow) = if fits && !self.pool.known().features.restart {
            self.append(lease, path).await?
        } else {
            match self.begin_on(lease, order, Act::UseFile).await {
                Err(TransferError::Unsupported(_)) if fits => {
                    self.append(self.pool.lease().await?, path).await?
                }
                begun => begun?,
            }
        };
        Ok(Box::new(FtpWriter::new(lease, flow, path, offset, None)))
    }

    async fn sha256(&self, path: &str) -> Result<Option<String>, TransferError> {
        if !self.pool.known().features.has_checksum() {
            return Ok(None);
        }
        self.pool.lease().await?.session()?.sha256(path).await
    }

    async fn rename(&self, from: &str, to: &str, replace: Replace) -> Result<(), TransferError> {
        if self.pool.lease().await?.session()?.rename(from, to, replace).await? {
            self.replaced_in_two.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn delete(&self, path: &str) -> Result<(), TransferError> {
        self.pool.lease().await?.session()?.simple("DELE", path, "deleting", Act::UseFile).await
    }

    async fn mkdir(&self, path: &str) -> Result<(), TransferError> {
        self.pool.lease().await?.session()?.simple("MKD", path, "making the folder", Act::Make).await
    }

    async fn rmdir(&self, path: &str) -> Result<(), TransferError> {
        self.pool.lease().await?.session()?.simple("RMD", path, "removing the folder", Act::UseFolder).await
    }

    async fn set_mtime(&self, path: &str, at: Timestamp) -> Result<(), TransferError> {
        self.pool.lease().await?.session()?.set_mtime(path, at).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
