//! The archive formats, and telling them apart by content. File names are not asked: partners name files as they like.

use crate::error::{ArchiveError, Result};
use crate::{tar, volumes, zip};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// An archive format that can be read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Zip,
    Tar,
    TarGz,
    TarZst,
    /// One file.
    Gzip,
    SevenZip,
}

impl Format {
    /// As people and bundles write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarZst => "tar.zst",
            Self::Gzip => "gzip",
            Self::SevenZip => "7z",
        }
    }

    pub(crate) const fn takes_password(self) -> bool {
        matches!(self, Self::Zip | Self::SevenZip)
    }

    pub(crate) const fn has_parts(self) -> bool {
        matches!(self, Self::Zip | Self::SevenZip)
    }
}

/// Bytes from the start that are enough to know every format.
const PROBE_BYTES: u64 = 512;

/// The format of a file by its first bytes; `None` if it is no archive that can be read here.
///
/// A zip is known by its first local header or, when empty, by its end record (APPNOTE 4.3.6), a tar by the checksum of
/// its first header, also inside gzip and Zstandard. Self-extracting programs start otherwise and are not recognised on
/// purpose.
pub fn detect(path: &Path) -> Result<Option<Format>> {
    let file = File::open(path).map_err(ArchiveError::io("open", path))?;
    let mut head = Vec::new();
    file.take(PROBE_BYTES).read_to_end(&mut head).map_err(ArchiveError::io("read", path))?;
    Ok(match head.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Format::Zip),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some(Format::SevenZip),
        [0x1f, 0x8b, ..] if tar::starts_with_tar(path, Format::TarGz)? => Some(Format::TarGz),
        [0x1f, 0x8b, ..] => Some(Format::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]
            if tar::starts_with_tar(path, Format::TarZst)? =>
        {
            Some(Format::TarZst)
        }
        head if tar::is_header(head) => Some(Format::Tar),
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
