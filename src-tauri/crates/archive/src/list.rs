//! What is in an archive, without unpacking it.

use crate::error::{Result, UnsafeReason};
use crate::format::{self, Format};
use crate::limits::Limits;
use crate::{gzip, sevenz, tar, zip};
use std::path::Path;
use std::time::SystemTime;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Directory,
    Symlink,
    HardLink,
    Special,
}

/// One entry as the archive declares it. Names are for showing; only [`extract`](crate::extract) judges them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEntry {
    pub name: String,
    pub kind: EntryKind,
    /// Unpacked bytes, as declared.
    pub size: u64,
    /// Packed bytes, where an entry has a size of its own.
    pub packed_size: Option<u64>,
    pub encrypted: bool,
    pub modified: Option<SystemTime>,
    /// Why the entry, and with it the archive, would not be unpacked; judged by itself.
    pub refused: Option<UnsafeReason>,
}

/// An archive without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub format: Format,
    /// In the archive's order.
    pub entries: Vec<ArchiveEntry>,
}

/// Lists the entries. The number of entries is limited, and for formats that have no list of their own the bytes that
/// are read to find them. A password is needed only where the names are encrypted, too.
pub fn list(archive: &Path, password: Option<&str>, limits: &Limits) -> Result<Listing> {
    let format = format::detect_or_refuse(archive)?;
    let entries = match format {
        Format::Zip => zip::list(archive, limits),
        Format::Tar | Format::TarGz | Format::TarZst => tar::list(archive, limits, format),
        Format::Gzip => gzip::list(archive),
        Format::SevenZip => sevenz::list(archive, limits, password),
    }?;
    Ok(Listing { format, entries })
}
