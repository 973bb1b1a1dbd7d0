//! [`Remote`]: an open connection as the engine sees it, the same for every protocol.
//!
//! Retry and time limits are layers around it (see `layer`), never inside a protocol. Paths are the server's, with
//! `/` between names. Invariant: every [`Entry`] that a listing hands out has a name that passed [`crate::safe_name`].

use crate::TransferError;
use crate::memory::Budget;
use async_trait::async_trait;
use courier_domain::Timestamp;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::sync::Arc;

/// A file or folder in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Entry {
    pub name: String,
    /// As the server takes it back: the listed folder joined with the name.
    pub path: String,
    /// Bytes; 0 for folders.
    pub size: u64,
    pub modified_at: Option<Timestamp>,
    pub is_directory: bool,
    /// Reached through a symbolic link. Recursion does not follow those.
    #[serde(skip)]
    #[specta(skip)]
    pub is_link: bool,
}

/// A name from a server that Courier does not touch, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Refused {
    /// The folder it was seen in.
    pub folder: String,
    /// The name with every doubtful character escaped.
    pub name: String,
    pub reason: String,
    /// The name as it came, to be matched with patterns only.
    #[serde(skip)]
    #[specta(skip)]
    pub raw: String,
    #[serde(skip)]
    #[specta(skip)]
    pub is_directory: bool,
}

/// What a folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Listing {
    pub entries: Vec<Entry>,
    pub refused: Vec<Refused>,
}

/// What a server can do beyond the least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Capabilities {
    /// A rename replaces an existing file in one step.
    pub atomic_replace: bool,
    /// Written data can be forced to the server's disk.
    pub fsync: bool,
    pub server_checksum: bool,
    pub resume_download: bool,
    pub resume_upload: bool,
    pub positioned_writes: bool,
    pub set_mtime: bool,
    /// Open files at once.
    pub parallel_handles: u32,
}

/// What a server says may be done at a path, asked for without changing anything there. `None` where it does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Access {
    /// The file's content can be read, the folder's listed.
    pub read: Option<bool>,
    /// The file can be written, the folder takes new ones.
    pub write: Option<bool>,
    /// Bytes that the folder's disk has room for.
    pub free: Option<u64>,
}

/// What a rename does to a file that already has the new name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Takes its place. In one step where the server can; see [`Capabilities::atomic_replace`].
    Yes,
    /// Stays; the rename fails with [`TransferError::AlreadyExists`].
    No,
}

/// Size and time of an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    pub size: u64,
    pub modified_at: Option<Timestamp>,
}

/// An open connection. Cheap to share; operations may run at the same time.
#[async_trait]
pub trait Remote: Send + Sync + std::fmt::Debug {
    fn capabilities(&self) -> Capabilities;
    /// The budget for what its transfers hold; one of its own unless a layer says whose.
    fn memory(&self) -> Arc<Budget> {
        Arc::default()
    }
    /// The host key's fingerprint or the certificate's thumbprint.
    fn server_identity(&self) -> String;
    /// The folder itself is not in the listing. Names that are unsafe stand in [`Listing::refused`].
    async fn list(&self, path: &str) -> Result<Listing, TransferError>;
    /// `None` when there is nothing of that name. Follows links. Pipes, sockets and devices are
    /// [`TransferError::NotAFile`]: opening one could wait for ever.
    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError>;
    /// What may be done with a file or folder that is there. Changes nothing; reads no content.
    async fn access(&self, _path: &str) -> Result<Access, TransferError> {
        Ok(Access::default())
    }
    /// Reads from `offset` to the end.
    async fn open_read(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteReader>, TransferError>;
    /// Writes a new file from its beginning; what had the name is emptied. `permissions` are Unix mode bits.
    async fn open_write(
        &self,
        path: &str,
        permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError>;
    /// Goes on inside an existing file from `offset`, which is at most its size; a shorter file is refused. What lies
    /// behind `offset` is cut off, or written over where the server cannot cut: the caller has more to write than
    /// that. Never moves what comes before `offset`.
    async fn open_write_at(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError>;
    /// The server's own SHA-256 of a file, lower-case hex. `None` when it cannot make one; then reading the file back
    /// is the proof.
    async fn sha256(&self, _path: &str) -> Result<Option<String>, TransferError> {
        Ok(None)
    }
    async fn rename(&self, from: &str, to: &str, replace: Replace) -> Result<(), TransferError>;
    async fn delete(&self, path: &str) -> Result<(), TransferError>;
    async fn mkdir(&self, path: &str) -> Result<(), TransferError>;
    /// Only an empty folder.
    async fn rmdir(&self, path: &str) -> Result<(), TransferError>;
    async fn set_mtime(&self, path: &str, at: Timestamp) -> Result<(), TransferError>;
    /// Says goodbye. Later calls fail with [`TransferError::Lost`].
    async fn close(&self);

    /// The folder and every missing one above it. An existing folder is success.
    async fn mkdir_all(&self, path: &str) -> Result<(), TransferError> {
        let mut missing = Vec::new();
        let mut at = path.trim_end_matches('/');
        while !at.is_empty() {
            match self.stat(at).await {
                Ok(Some(entry)) if entry.is_directory => break,
                Ok(Some(_)) => return Err(TransferError::NotAFolder { path: at.to_owned() }),
                // Some servers fail where the path leads through a file; what stands above tells.
                Ok(None) | Err(TransferError::Server { .. }) => missing.push(at),
                Err(error) => return Err(error),
            }
            at = parent_of(at);
            if at == "." {
                break;
            }
        }
        for folder in missing.into_iter().rev() {
            match self.mkdir(folder).await {
                Ok(()) => {}
                Err(error) => match self.stat(folder).await? {
                    // Somebody else was faster.
                    Some(entry) if entry.is_directory => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }
}

/// A remote file being read, in order, with as many requests in flight as the path needs.
#[async_trait]
pub trait RemoteReader: Send + std::fmt::Debug {
    /// The next bytes, never empty; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransferError>;
    /// Size and time of the open file now.
    async fn state(&mut self) -> Result<FileState, TransferError>;
    async fn close(&mut self) -> Result<(), TransferError>;
}

/// A remote file being written, in order.
#[async_trait]
pub trait RemoteWriter: Send + std::fmt::Debug {
    /// The best length of a block for [`RemoteWriter::write`]; longer ones are refused.
    fn block_len(&self) -> usize;
    /// Hands one block over. Returns before the server has it; an earlier block's failure comes out here or in
    /// [`RemoteWriter::finish`].
    async fn write(&mut self, block: Vec<u8>) -> Result<(), TransferError>;
    /// Waits until the server has everything, forces it to disk where it can, closes.
    async fn finish(&mut self) -> Result<(), TransferError>;
    /// The file's size as the server told it after the last byte, once [`RemoteWriter::finish`] has returned. `None`
    /// where that has to be asked for.
    fn size(&self) -> Option<u64> {
        None
    }
    /// Bytes that the server has acknowledged, from the file's beginning without a gap; what was there before a
    /// [`Remote::open_write_at`] counts. Servers without [`Capabilities::positioned_writes`] acknowledge nothing
    /// before the end.
    fn acknowledged(&self) -> u64;
}

/// A folder and a name, joined as servers do.
pub fn join_remote(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        f if f.ends_with('/') => format!("{f}{name}"),
        f => format!("{f}/{name}"),
    }
}

/// The folder that holds `path`: `/` for names in the root, `.` for plain names.
pub fn parent_of(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((parent, _)) => parent,
        None => ".",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_what_holds_the_name() {
        assert_eq!(parent_of("/a/b"), "/a");
        assert_eq!(parent_of("/a/b/"), "/a");
        assert_eq!(parent_of("/a"), "/");
        assert_eq!(parent_of("a"), ".");
        assert_eq!(join_remote("/", "a"), "/a");
        assert_eq!(join_remote("/x", "a"), "/x/a");
        assert_eq!(join_remote("", "a"), "a");
    }
}
