//! Making an archive, whatever its format.
//!
//! The archive is written to a temporary name that the caller renames. Invariant: after an error that name is free again.

use crate::control::Control;
use crate::error::{ArchiveError, Result};
use crate::format::Format;
use crate::source::{self, SourceFile};
use crate::zip;
use std::fmt;
use std::fs;
use std::path::Path;

/// What to put where. The password has no way into `Debug`.
#[derive(Clone, Copy)]
pub struct CreateRequest<'a> {
    /// A name that does not exist yet; the caller renames it into place.
    pub output_temp: &'a Path,
    /// See [`collect`](crate::collect). An empty list is refused.
    pub sources: &'a [SourceFile],
    pub format: Format,
    /// 0 (store) to 9 (smallest); `None` is the format's own default.
    pub level: Option<u32>,
    /// Encrypts every entry (zip: WinZip AES-256, AE-2).
    pub password: Option<&'a str>,
    /// Read the archive back and compare checksums and authentication codes before saying that it is done.
    pub verify: bool,
}

impl fmt::Debug for CreateRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateRequest")
            .field("output_temp", &self.output_temp)
            .field("sources", &self.sources.len())
            .field("format", &self.format)
            .field("level", &self.level)
            .field("encrypted", &self.password.is_some())
            .field("verify", &self.verify)
            .finish()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    pub file_count: u64,
    /// Bytes of the sources.
    pub bytes: u64,
    /// Bytes of the archive.
    pub archive_size: u64,
}

/// Writes, syncs and (if asked) verifies an archive. On any error the temporary file is removed.
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
    source::refuse_same_names(request.sources)?;

    let output = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(request.output_temp)
        .map_err(ArchiveError::io("create", request.output_temp))?;
    let result = match request.format {
        Format::Zip => zip::create(output, request, control),
    };
    if result.is_err() {
        // The first error is the one to tell; a left-over name fails the next attempt with its own message.
        let _ = fs::remove_file(request.output_temp);
    }
    result
}
