//! Local files as the steps' rules look at them: what is where, and what a folder holds.
//!
//! A run looks at the disk itself; a rehearsal looks at the disk as the steps before would have left it. One rule
//! serves both. Left out: content.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
    /// A pipe, socket or device.
    Other,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    /// Bytes; of no meaning for folders.
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
}

/// Blocking, as the disk is.
pub(crate) trait Files {
    /// What a path leads to, links followed.
    fn follow(&self, path: &Path) -> io::Result<Found>;
    /// What is at the path itself.
    fn itself(&self, path: &Path) -> io::Result<Found>;
    /// What a folder holds, in no order. Links are told, not followed.
    fn children(&self, folder: &Path) -> io::Result<Vec<(PathBuf, Kind)>>;

    fn is_folder(&self, path: &Path) -> bool {
        self.follow(path).is_ok_and(|found| found.kind == Kind::Folder)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.follow(path).is_ok_and(|found| found.kind == Kind::File)
    }
}

/// The disk as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disk;

impl From<std::fs::FileType> for Kind {
    fn from(kind: std::fs::FileType) -> Self {
        if kind.is_symlink() {
            Kind::Link
        } else if kind.is_dir() {
            Kind::Folder
        } else if kind.is_file() {
            Kind::File
        } else {
            Kind::Other
        }
    }
}

impl From<&std::fs::Metadata> for Found {
    fn from(meta: &std::fs::Metadata) -> Self {
        Self { kind: meta.file_type().into(), size: meta.len(), modified: meta.modified().ok() }
    }
}

impl Files for Disk {
    fn follow(&self, path: &Path) -> io::Result<Found> {
        std::fs::metadata(path).map(|meta| Found::from(&meta))
    }

    fn itself(&self, path: &Path) -> io::Result<Found> {
        std::fs::symlink_metadata(path).map(|meta| Found::from(&meta))
    }

    fn children(&self, folder: &Path) -> io::Result<Vec<(PathBuf, Kind)>> {
        std::fs::read_dir(folder)?
            .map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?.into()))))
            .collect()
    }
}
