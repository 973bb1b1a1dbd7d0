//! The archive formats, and telling them apart by content. File names are not asked: partners name files as they like.

use crate::error::{ArchiveError, Result};
use crate::{volumes, zip};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// An archive format that can be read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Zip,
}

/// Bytes from the start that are enough to know every format.
const PROBE_BYTES: u64 = 4;

/// The format of a file by its first bytes; `None` if it is no archive that can be read here.
///
/// A zip is known by its first local header or, when empty, by its end record (APPNOTE 4.3.6). Self-extracting
/// programs start otherwise and are not recognised on purpose.
pub fn detect(path: &Path) -> Result<Option<Format>> {
    let file = File::open(path).map_err(ArchiveError::io("open", path))?;
    let mut head = Vec::new();
    file.take(PROBE_BYTES).read_to_end(&mut head).map_err(ArchiveError::io("read", path))?;
    Ok(match head.as_slice() {
        b"PK\x03\x04" | b"PK\x05\x06" => Some(Format::Zip),
        _ => None,
    })
}

pub(crate) fn detect_or_refuse(path: &Path) -> Result<Format> {
    detect(path)?.ok_or_else(|| unknown(path))
}

/// Why a file is no archive that can be read, as exactly as can be told.
fn unknown(path: &Path) -> ArchiveError {
    if let Some(first) = volumes::first_of(path) {
        return ArchiveError::LaterVolume { path: path.to_path_buf(), first };
    }
    zip::multi_disk_refusal(path)
        .unwrap_or_else(|| ArchiveError::UnknownFormat { archive: path.to_path_buf() })
}
