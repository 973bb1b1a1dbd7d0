//! An open SFTP session as a [`Remote`].

use super::channel::{Begun, Session};
use super::error::request;
use super::lanes::{Dial, Lanes};
use super::line::Line;
use super::read::SftpReader;
use super::temper::{self, Temper};
use super::trust::Seen;
use super::write::SftpWriter;
use super::{access, checksum, list};
use crate::TransferError;
use crate::pace::Paces;
use crate::remote::{Access, Capabilities, Entry, Listing, Remote, RemoteReader, RemoteWriter, Replace};
use async_trait::async_trait;
use courier_domain::Timestamp;
use russh_sftp::client::rawsession::Limits;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// OpenSSH's extensions that are used when offered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extensions {
    pub(crate) posix_rename: bool,
    pub(crate) fsync: bool,
    pub(crate) statvfs: bool,
    /// Checksums made by the server (ProFTPD).
    pub(crate) check_file: bool,
}

/// How requests are shaped for this server and path.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) read_len: u32,
    pub(crate) write_len: usize,
    pub(crate) round_trip: Duration,
    /// One request at a time.
    pub(crate) compat: bool,
    pub(crate) temper: Arc<Temper>,
    pub(crate) paces: Paces,
}

/// What every server takes in one request.
const SAFE_LEN: u64 = temper::SMALL;
/// The most asked for in one request: OpenSSH's limit.
const MOST_LEN: u64 = 255 * 1024;
/// From here on the path, not the processor, is the limit.
const FAR_AFTER: Duration = Duration::from_millis(3);

impl Shape {
    fn of(limits: Limits, round_trip: Duration, temper: &Arc<Temper>, paces: &Paces) -> Self {
        let compat = temper.is_compat();
        let most = if compat { SAFE_LEN } else { MOST_LEN };
        let within = |limit: Option<u64>| limit.unwrap_or(SAFE_LEN).clamp(1024, most);
        Self {
            read_len: u32::try_from(paces.block(within(limits.read_len))).unwrap_or(u32::MAX),
            write_len: usize::try_from(within(limits.write_len)).unwrap_or(usize::MAX),
            round_trip,
            compat,
            temper: Arc::clone(temper),
            paces: paces.clone(),
        }
    }

    pub(crate) fn is_far(&self) -> bool {
        !self.compat && self.round_trip > FAR_AFTER
    }
}

pub(crate) struct SftpRemote {
    lanes: Lanes,
    limits: Limits,
    round_trip: Duration,
    temper: Arc<Temper>,
    paces: Paces,
    open_handles: u32,
    extensions: Extensions,
}

impl std::fmt::Debug for SftpRemote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SftpRemote")
            .field("seen", &self.seen())
            .field("round_trip", &self.round_trip)
            .finish_non_exhaustive()
    }
}

impl SftpRemote {
    pub(crate) fn new(session: Session, begun: Begun, temper: Arc<Temper>, paces: Paces) -> Self {
        let Begun { line, limits, extensions, round_trip } = begun;
        let most = limits.open_handles.and_then(|h| u32::try_from(h).ok()).unwrap_or(100);
        Self {
            lanes: Lanes::new(session, line, limits),
            limits,
            round_trip,
            temper,
            paces,
            // OpenSSH's handles above 127 are not text, which the library needs them to be.
            open_handles: most.min(100),
            extensions,
        }
    }

    /// Lets large transfers also use further connections; see [`Lanes`].
    pub(crate) async fn dial_with(&self, dial: Dial) {
        self.lanes.dial_with(dial).await;
    }

    pub(crate) fn seen(&self) -> &Seen {
        &self.lanes.session().seen
    }

    /// Where files are looked at, renamed and deleted.
    fn line(&self) -> &Line {
        self.lanes.first()
    }

    fn shape(&self) -> Shape {
        Shape::of(self.limits, self.round_trip, &self.temper, &self.paces)
    }

    pub(crate) fn extensions(&self) -> Extensions {
        self.extensions
    }

    async fn attributes(&self, path: &str) -> Result<Option<FileAttributes>, TransferError> {
        match self.line().ask(self.line().raw.stat(path)).await {
            Ok(found) => Ok(Some(found.attrs)),
            Err(error) => match request(error, "looking at", path) {
                TransferError::NotFound { .. } => Ok(None),
                other => Err(other),
            },
        }
    }

    async fn posix_rename(&self, from: &str, to: &str) -> Result<(), TransferError> {
        let mut data = Vec::with_capacity(from.len() + to.len() + 8);
        for text in [from, to] {
            let length = u32::try_from(text.len()).map_err(|_| TransferError::UnsafeName {
                name: crate::escaped(text),
                reason: "it is too long".to_owned(),
            })?;
            data.extend_from_slice(&length.to_be_bytes());
            data.extend_from_slice(text.as_bytes());
        }
        let answer = self.line().ask(self.line().raw.extended("posix-rename@openssh.com", data)).await;
        match answer.map_err(|error| request(error, "renaming", from))? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(request(status.into(), "renaming", from)),
            _ => Err(TransferError::Protocol {
                doing: "renaming".to_owned(),
                detail: "it sent an unexpected answer".to_owned(),
            }),
        }
    }

    /// The protocol's own rename: never replaces on servers that keep to version 3.
    async fn plain_rename(&self, from: &str, to: &str) -> Result<(), TransferError> {
        match self.line().ask(self.line().raw.rename(from, to)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(request(error, "renaming", from)),
        }
    }

    /// Whether a failure to write is for want of space: servers only say "failure".
    pub(crate) async fn is_full(line: &Line, path: &str) -> bool {
        line.ask(line.raw.statvfs(crate::parent_of(path))).await.is_ok_and(|fs| fs.blocks_avail == 0)
    }
}

#[async_trait]
impl Remote for SftpRemote {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            atomic_replace: self.extensions.posix_rename,
            fsync: self.extensions.fsync,
            server_checksum: self.extensions.check_file,
            resume_download: true,
            resume_upload: true,
            positioned_writes: true,
            set_mtime: true,
            parallel_handles: self.open_handles,
        }
    }

    fn server_identity(&self) -> String {
        self.seen().fingerprint.clone().unwrap_or_default()
    }

    async fn list(&self, path: &str) -> Result<Listing, TransferError> {
        list::list(self.line(), path, &self.shape()).await
    }

    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError> {
        let Some(attributes) = self.attributes(path).await? else { return Ok(None) };
        if list::is_special(&attributes) {
            return Err(TransferError::NotAFile { path: path.to_owned() });
        }
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
        Ok(Some(list::entry(name.to_owned(), path.to_owned(), &attributes, false)))
    }

    async fn access(&self, path: &str) -> Result<Access, TransferError> {
        access::access(self.line(), self.extensions, path).await
    }

    async fn open_read(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteReader>, TransferError> {
        Ok(Box::new(SftpReader::open(&self.lanes, self.shape(), path, offset).await?))
    }

    async fn open_write(
        &self,
        path: &str,
        permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError> {
        let how = (OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE, permissions);
        let manner = (self.shape(), self.extensions);
        let writer = SftpWriter::open(&self.lanes, manner, path, how, "creating").await?;
        Ok(match permissions {
            Some(permissions) => Box::new(writer.with_permissions(permissions).await?),
            None => Box::new(writer),
        })
    }

    async fn open_write_at(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError> {
        let how = (OpenFlags::WRITE, None);
        let manner = (self.shape(), self.extensions);
        let writer = SftpWriter::open(&self.lanes, manner, path, how, "going on with").await?;
        Ok(Box::new(writer.going_on_at(offset).await?))
    }

    async fn sha256(&self, path: &str) -> Result<Option<String>, TransferError> {
        if !self.extensions.check_file {
            return Ok(None);
        }
        checksum::sha256(self.line(), path).await
    }

    async fn rename(&self, from: &str, to: &str, replace: Replace) -> Result<(), TransferError> {
        match replace {
            Replace::Yes if self.extensions.posix_rename => self.posix_rename(from, to).await,
            Replace::Yes => match self.plain_rename(from, to).await {
                Ok(()) => Ok(()),
                Err(error @ (TransferError::NotFound { .. } | TransferError::Lost { .. })) => Err(error),
                // No step in one on this server: away with the old, then again.
                Err(error) => {
                    if self.attributes(to).await?.is_none() {
                        return Err(error);
                    }
                    self.delete(to).await?;
                    self.plain_rename(from, to).await
                }
            },
            Replace::No => {
                // Some servers replace in spite of the protocol, so look first.
                if self.attributes(to).await?.is_some() {
                    return Err(TransferError::AlreadyExists { path: to.to_owned() });
                }
                self.plain_rename(from, to).await
            }
        }
    }

    async fn delete(&self, path: &str) -> Result<(), TransferError> {
        self.line()
            .ask(self.line().raw.remove(path))
            .await
            .map(|_| ())
            .map_err(|error| request(error, "deleting", path))
    }

    async fn mkdir(&self, path: &str) -> Result<(), TransferError> {
        let made = self.line().ask(self.line().raw.mkdir(path, FileAttributes::empty())).await;
        made.map(|_| ()).map_err(|error| request(error, "making the folder", path))
    }

    async fn rmdir(&self, path: &str) -> Result<(), TransferError> {
        self.line()
            .ask(self.line().raw.rmdir(path))
            .await
            .map(|_| ())
            .map_err(|error| request(error, "removing the folder", path))
    }

    async fn set_mtime(&self, path: &str, at: Timestamp) -> Result<(), TransferError> {
        // Version 3 has 32 bits for seconds.
        let seconds = u32::try_from(at.timestamp().max(0)).unwrap_or(u32::MAX);
        let attributes =
            FileAttributes { atime: Some(seconds), mtime: Some(seconds), ..FileAttributes::empty() };
        let set = self.line().ask(self.line().raw.setstat(path, attributes)).await;
        set.map(|_| ()).map_err(|error| request(error, "setting the time of", path))
    }

    async fn close(&self) {
        self.lanes.close().await;
    }
}
