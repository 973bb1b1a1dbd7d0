//! The disk and a server as a quick look sees them: listings only, and no more of them than a person waits for.
//!
//! What lies beyond the bounds is not there for whoever looks; `is_cut` says that something was left out. Invariant:
//! nothing here changes anything, and no content is read.

use crate::files::{Disk, Files, Found, Kind};
use async_trait::async_trait;
use courier_domain::Timestamp;
use courier_transfer::{
    Capabilities, Entry, Listing, Remote, RemoteReader, RemoteWriter, Replace, TransferError,
};
use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio_util::sync::CancellationToken;

/// Entries that are looked at.
pub(super) const MOST_ENTRIES: usize = 10_000;
/// Folders that a server is asked for; each is a round trip.
const MOST_FOLDERS: usize = 400;

/// The disk, until so many entries were seen.
#[derive(Debug)]
pub(super) struct BoundedDisk {
    left: Cell<usize>,
    is_cut: Cell<bool>,
    cancel: CancellationToken,
}

impl BoundedDisk {
    pub(super) fn new(most: usize, cancel: CancellationToken) -> Self {
        Self { left: Cell::new(most), is_cut: Cell::new(false), cancel }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }
}

impl Files for BoundedDisk {
    fn follow(&self, path: &Path) -> io::Result<Found> {
        Disk.follow(path)
    }

    fn itself(&self, path: &Path) -> io::Result<Found> {
        Disk.itself(path)
    }

    fn children(&self, folder: &Path) -> io::Result<Vec<(PathBuf, Kind)>> {
        let mut children = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            if self.left.get() == 0 {
                self.is_cut.set(true);
                break;
            }
            if self.cancel.is_cancelled() {
                break;
            }
            self.left.set(self.left.get() - 1);
            let entry = entry?;
            children.push((entry.path(), entry.file_type()?.into()));
        }
        Ok(children)
    }
}

/// A server, until so many entries or folders were seen.
#[derive(Debug)]
pub(super) struct BoundedRemote {
    server: Arc<dyn Remote>,
    entries_left: AtomicUsize,
    folders_left: AtomicUsize,
    is_cut: AtomicBool,
}

impl BoundedRemote {
    pub(super) fn new(server: Arc<dyn Remote>, most: usize) -> Self {
        Self {
            server,
            entries_left: AtomicUsize::new(most),
            folders_left: AtomicUsize::new(MOST_FOLDERS),
            is_cut: AtomicBool::new(false),
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }
}

/// What no look asks for.
fn beyond<T>(path: &str) -> Result<T, TransferError> {
    Err(TransferError::Internal { detail: format!("a look at names touched {path}") })
}

#[async_trait]
impl Remote for BoundedRemote {
    fn capabilities(&self) -> Capabilities {
        self.server.capabilities()
    }

    fn server_identity(&self) -> String {
        self.server.server_identity()
    }

    async fn list(&self, path: &str) -> Result<Listing, TransferError> {
        let entries_left = self.entries_left.load(Ordering::Relaxed);
        let folders_left = self.folders_left.load(Ordering::Relaxed);
        if entries_left == 0 || folders_left == 0 {
            self.cut();
            return Ok(Listing::default());
        }
        let mut listing = self.server.list(path).await?;
        if listing.entries.len() > entries_left {
            listing.entries.truncate(entries_left);
            self.cut();
        }
        self.entries_left.store(entries_left - listing.entries.len(), Ordering::Relaxed);
        self.folders_left.store(folders_left - 1, Ordering::Relaxed);
        Ok(listing)
    }

    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError> {
        self.server.stat(path).await
    }

    async fn open_read(&self, path: &str, _offset: u64) -> Result<Box<dyn RemoteReader>, TransferError> {
        beyond(path)
    }

    async fn open_write(
        &self,
        path: &str,
        _permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError> {
        beyond(path)
    }

    async fn open_write_at(&self, path: &str, _offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError> {
        beyond(path)
    }

    async fn rename(&self, from: &str, _to: &str, _replace: Replace) -> Result<(), TransferError> {
        beyond(from)
    }

    async fn delete(&self, path: &str) -> Result<(), TransferError> {
        beyond(path)
    }

    async fn mkdir(&self, path: &str) -> Result<(), TransferError> {
        beyond(path)
    }

    async fn rmdir(&self, path: &str) -> Result<(), TransferError> {
        beyond(path)
    }

    async fn set_mtime(&self, path: &str, _at: Timestamp) -> Result<(), TransferError> {
        beyond(path)
    }

    /// The session is closed by whoever opened it.
    async fn close(&self) {}
}
