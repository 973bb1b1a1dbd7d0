//! A server as the steps before would have left it: what it really has, with imagined files over it and others gone.
//!
//! It is a [`Remote`], so that the rules of steps look at it as at any other. Invariant: no call here changes anything on
//! the server; what would change it changes what is imagined, and content is neither read nor written.

use super::imagined_disk::Size;
use crate::sessions::Session;
use async_trait::async_trait;
use courier_domain::Timestamp;
use courier_transfer::{
    Access, Capabilities, Entry, Listing, Remote, RemoteReader, RemoteWriter, Replace, TransferError,
    join_remote, parent_of,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
struct Changes {
    /// What would be at a path; `None` is nothing.
    there: BTreeMap<String, Option<Entry>>,
    /// Files whose size is an estimate.
    estimates: BTreeSet<String>,
    /// A step that would change something here, and nobody knows what.
    doubt: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct ImaginedRemote {
    server: Session,
    changes: Mutex<Changes>,
}

/// Without what makes one path look like two.
fn plain(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    let trimmed = trimmed.strip_prefix("./").unwrap_or(trimmed);
    if trimmed.is_empty() && path.starts_with('/') { "/".to_owned() } else { trimmed.to_owned() }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| folder == "/" || rest.starts_with('/'))
}

impl ImaginedRemote {
    pub(super) fn of(server: Session) -> Self {
        Self { server, changes: Mutex::default() }
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file would be there.
    pub(super) fn put(&self, path: &str, size: Size, modified_at: Option<Timestamp>) {
        let path = plain(path);
        let entry = entry(&path, size.bytes, modified_at, false);
        let mut changes = self.changes();
        if size.is_estimate {
            changes.estimates.insert(path.clone());
        }
        changes.there.insert(path, Some(entry));
    }

    /// The size of a file that [`Remote::stat`] or a listing told.
    pub(super) fn size(&self, entry: &Entry) -> Size {
        let is_estimate = self.changes().estimates.contains(&plain(&entry.path));
        Size { bytes: entry.size, is_estimate }
    }

    /// Whether the file would be there only by an earlier step.
    pub(super) fn is_imagined(&self, path: &str) -> bool {
        matches!(self.changes().there.get(&plain(path)), Some(Some(_)))
    }

    pub(super) fn doubt(&self, step: &str) {
        self.changes().doubt.get_or_insert_with(|| step.to_owned());
    }

    pub(super) fn doubts(&self) -> Option<String> {
        self.changes().doubt.clone()
    }

    /// What was imagined: nothing, something, or that there would be nothing.
    fn imagined(&self, path: &str) -> Option<Option<Entry>> {
        let changes = self.changes();
        if let Some(change) = changes.there.get(path) {
            return Some(change.clone());
        }
        let is_hidden = changes.there.iter().any(|(above, change)| {
            // A folder that would be new, and one that would be gone, hold nothing of what is really there.
            change.as_ref().is_none_or(|entry| entry.is_directory) && is_below(path, above)
        });
        is_hidden.then_some(None)
    }

    fn vanish(&self, path: &str) {
        let path = plain(path);
        let mut changes = self.changes();
        changes.there.retain(|other, _| !is_below(other, &path));
        changes.there.insert(path, None);
    }
}

fn entry(path: &str, size: u64, modified_at: Option<Timestamp>, is_directory: bool) -> Entry {
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    Entry { name, path: path.to_owned(), size, modified_at, is_directory, is_link: false }
}

/// What no rehearsal asks for.
fn content<T>(path: &str) -> Result<T, TransferError> {
    Err(TransferError::Internal { detail: format!("a rehearsal touched the content of {path}") })
}

#[async_trait]
impl Remote for ImaginedRemote {
    fn capabilities(&self) -> Capabilities {
        self.server.capabilities()
    }

    fn server_identity(&self) -> String {
        self.server.server_identity()
    }

    async fn list(&self, path: &str) -> Result<Listing, TransferError> {
        let folder = plain(path);
        let mut listing = match self.imagined(&folder) {
            None => self.server.list(path).await?,
            Some(Some(there)) if there.is_directory => Listing::default(),
            Some(Some(_)) => return Err(TransferError::NotAFolder { path: path.to_owned() }),
            Some(None) => return Err(TransferError::NotFound { path: path.to_owned() }),
        };
        let changes = self.changes();
        listing.entries.retain(|entry| !changes.there.contains_key(&plain(&join_remote(path, &entry.name))));
        let here = |path: &str| match parent_of(path) {
            "." => folder.is_empty() || folder == ".",
            above => plain(above) == folder,
        };
        listing.entries.extend(
            changes.there.iter().filter(|(path, _)| here(path)).filter_map(|(_, change)| change.clone()),
        );
        Ok(listing)
    }

    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError> {
        match self.imagined(&plain(path)) {
            Some(change) => Ok(change),
            None => self.server.stat(path).await,
        }
    }

    async fn access(&self, path: &str) -> Result<Access, TransferError> {
        match self.imagined(&plain(path)) {
            // What we would have made is ours.
            Some(_) => Ok(Access::default()),
            None => self.server.access(path).await,
        }
    }

    async fn open_read(&self, path: &str, _offset: u64) -> Result<Box<dyn RemoteReader>, TransferError> {
        content(path)
    }

    async fn open_write(
        &self,
        path: &str,
        _permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError> {
        content(path)
    }

    async fn open_write_at(&self, path: &str, _offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError> {
        content(path)
    }

    async fn rename(&self, from: &str, to: &str, _replace: Replace) -> Result<(), TransferError> {
        let Some(there) = self.stat(from).await? else {
            return Err(TransferError::NotFound { path: from.to_owned() });
        };
        let is_estimate = self.size(&there).is_estimate;
        self.vanish(from);
        let to = plain(to);
        let mut changes = self.changes();
        if is_estimate {
            changes.estimates.insert(to.clone());
        }
        changes.there.insert(to.clone(), Some(entry(&to, there.size, there.modified_at, there.is_directory)));
        Ok(())
    }

    async fn delete(&self, path: &str) -> Result<(), TransferError> {
        self.vanish(path);
        Ok(())
    }

    async fn mkdir(&self, path: &str) -> Result<(), TransferError> {
        let path = plain(path);
        let folder = entry(&path, 0, None, true);
        self.changes().there.insert(path, Some(folder));
        Ok(())
    }

    async fn rmdir(&self, path: &str) -> Result<(), TransferError> {
        self.vanish(path);
        Ok(())
    }

    async fn set_mtime(&self, _path: &str, _at: Timestamp) -> Result<(), TransferError> {
        Ok(())
    }

    /// The session is closed by whoever opened it.
    async fn close(&self) {}
}
