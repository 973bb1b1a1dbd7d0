//! Making an archive, whatever its format.
//!
//! The archive is written to a temporary name that the caller renames. Invariant: after an error that name is free again.

use crate::control::Control;
use crate::error::{ArchiveError, Result};
use crate::format::Format;
use crate::source::{self, SourceFile};
use crate::volumes::VolumeWriter;
use crate::{gzip, sevenz, tar, zip};
use std::fmt;
use std::path::{Path, PathBuf};

/// What to put where. The password has no way into `Debug`.
#[derive(Clone, Copy)]
pub struct CreateRequest<'a> {
    /// A name that does not exist yet; the caller renames what was made into place.
    pub output_temp: &'a Path,
    /// See [`collect`](crate::collect). An empty list is refused.
    pub sources: &'a [SourceFile],
    pub format: Format,
    /// 0 (store) to 9 (smallest); `None` is the format's own default.
    pub level: Option<u32>,
    /// Encrypts every entry (zip: WinZip AES-256, AE-2; 7z: AES-256, names too); other formats take none.
    pub password: Option<&'a str>,
    /// Read the archive back and compare checksums and authentication codes before saying that it is done.
    pub verify: bool,
    /// Cuts the archive into files of at most this many bytes, `output_temp` with `.001`, `.002`, … at the end.
    pub max_part_bytes: Option<u64>,
}

/// Parts smaller than this are more trouble than use.
const LEAST_PART_BYTES: u64 = 1024;

impl fmt::Debug for CreateRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateRequest")
            .field("output_temp", &self.output_temp)
            .field("sources", &self.sources.len())
            .field("format", &self.format)
            .field("level", &self.level)
            .field("encrypted", &self.password.is_some())
            .field("verify", &self.verify)
            .field("max_part_bytes", &self.max_part_bytes)
            .finish()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Created {
    /// Files stored; folders do not count.
    pub file_count: u64,
    /// Bytes of the sources.
    pub bytes: u64,
    /// Bytes of the archive, of all its parts.
    pub archive_size: u64,
    /// The files that were made, in order: `output_temp`, or its parts.
    pub parts: Vec<PathBuf>,
}

/// Writes, syncs and (if asked) verifies an archive. On any error every file that was made is removed.
pub fn create(request: &CreateRequest<'_>, control: &Control<'_>) -> Result<Created> {
    if request.sources.is_empty() {
        return Err(ArchiveError::NoFiles);
    }
    if request.password.is_some_and(str::is_empty) {
        return Err(ArchiveError::PasswordEmpty);
    }
    if let Some(level) = request.level.filter(|level| *level > 9) {
        return Err(ArchiveError::Level { level });
    }
    if let Some(size) = request.max_part_bytes.filter(|size| *size < LEAST_PART_BYTES) {
        return Err(ArchiveError::PartSize { size, least: LEAST_PART_BYTES });
    }
    let format = request.format.as_str();
    if request.password.is_some() && !request.format.takes_password() {
        return Err(ArchiveError::NoPassword { format });
    }
    if request.max_part_bytes.is_some() && !request.format.has_parts() {
        return Err(ArchiveError::NoParts { format });
    }
    source::refuse_same_names(request.sources)?;

    let mut output = VolumeWriter::create(request.output_temp, request.max_part_bytes)?;
    let result = match request.format {
        Format::Zip => zip::create(&mut output, request, control),
        Format::Tar | Format::TarGz | Format::TarZst => tar::create(&mut output, request, control),
        Format::Gzip => gzip::create(&mut output, request, control),
        Format::SevenZip => sevenz::create(&mut output, request, control),
    };
    if result.is_err() {
        output.remove();
    }
    result
}
