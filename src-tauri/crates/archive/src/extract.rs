//! Unpacking an archive, whatever its format.
//!
//! Invariant: the target directory is made here, private to the user, and is gone again after any error.

use crate::control::Control;
use crate::error::{ArchiveError, Result};
use crate::format::{self, Format};
use crate::limits::Limits;
use crate::staging::Staging;
use crate::{gzip, nested, sevenz, tar, zip};
use globset::GlobSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// What to unpack where. The password has no way into `Debug`.
#[derive(Clone, Copy)]
pub struct ExtractRequest<'a> {
    pub archive: &'a Path,
    /// A name that does not exist yet, in a folder that does; becomes a directory with mode 0700.
    pub into: &'a Path,
    /// Only this format will do; `None` is any.
    pub format: Option<Format>,
    pub password: Option<&'a str>,
    /// Entries to unpack, by path in the archive with `/`; an empty set means all.
    pub include: &'a GlobSet,
    /// Entries to leave out, also when included.
    pub exclude: &'a GlobSet,
    /// Leave folders out and put every file directly into the target.
    pub flatten: bool,
    pub limits: Limits,
}

impl fmt::Debug for ExtractRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractRequest")
            .field("archive", &self.archive)
            .field("into", &self.into)
            .field("password", &self.password.is_some())
            .field("flatten", &self.flatten)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Paths relative to the target, in the archive's order.
    pub files: Vec<PathBuf>,
    /// Folders that are entries of their own, likewise. They may be empty.
    pub folders: Vec<PathBuf>,
    /// Bytes of those files.
    pub bytes: u64,
}

/// Unpacks an archive into a fresh directory, judging every entry first, also those that are left out.
pub fn extract(request: &ExtractRequest<'_>, control: &Control<'_>) -> Result<Extracted> {
    let format = format::detect_or_refuse(request.archive)?;
    if let Some(expected) = request.format.filter(|expected| *expected != format) {
        let (found, expected) = (format.as_str(), expected.as_str());
        return Err(ArchiveError::OtherFormat { archive: request.archive.to_path_buf(), found, expected });
    }
    let staging = Staging::create(request.into)?;
    let extracted = match format {
        Format::Zip => zip::extract(&staging, request, control),
        Format::Tar | Format::TarGz | Format::TarZst => tar::extract(&staging, request, control, format),
        Format::Gzip => gzip::extract(&staging, request, control),
        Format::SevenZip => sevenz::extract(&staging, request, control),
    }?;
    let extracted = match request.limits.max_nesting_depth {
        0 => extracted,
        _ => nested::unpack(request, control, extracted)?,
    };
    staging.keep();
    Ok(extracted)
}
