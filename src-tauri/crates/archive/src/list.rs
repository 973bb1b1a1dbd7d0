//! What is in an archive, without unpacking it.

use crate::error::Result;
use crate::format::{self, Format};
use crate::limits::Limits;
use crate::zip;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Directory,
    Symlink,
    Special,
}

/// One entry as the archive declares it. Names are for showing; only [`extract`](crate::extract) judges them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEntry {
    pub name: String,
    pub kind: EntryKind,
    /// Unpacked bytes, as declared.
    pub size: u64,
    /// Packed bytes.
    pub packed_size: u64,
    pub encrypted: bool,
}

/// The entries in the archive's order. Only the number of entries is limited here.
pub fn list(archive: &Path, limits: &Limits) -> Result<Vec<ArchiveEntry>> {
    match format::detect_or_refuse(archive)? {
        Format::Zip => zip::list(archive, limits),
    }
}
