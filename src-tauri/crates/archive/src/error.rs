//! Everything that can go wrong with an archive, in words a person can act on.

use courier_domain::ErrorCode;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub type Result<T, E = ArchiveError> = std::result::Result<T, E>;

/// Why an entry was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsafeReason {
    Empty,
    Absolute,
    Parent,
    DriveLetter,
    DeviceName,
    ControlCharacter,
    TooLong,
    UnportableName,
    Symlink,
    HardLink,
    SpecialFile,
    SetUserId,
    SameName,
    FileAndFolder,
    Overlapping,
}

impl fmt::Display for UnsafeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it has no name",
            Self::Absolute => "its name is an absolute path",
            Self::Parent => "its name leads out of the target folder (`..`)",
            Self::DriveLetter => "its name starts with a drive letter",
            Self::DeviceName => "its name is that of a device",
            Self::ControlCharacter => "its name has control characters",
            Self::TooLong => "its name is too long",
            Self::UnportableName => "its name cannot be kept on every system",
            Self::Symlink => "it is a symbolic link",
            Self::HardLink => "it is a link to another file",
            Self::SpecialFile => "it is a device, pipe or socket",
            Self::SetUserId => "it would run with another user's rights (setuid or setgid)",
            Self::SameName => "another entry has the same name, or one that differs only by case or by how letters are written",
            Self::FileAndFolder => "another entry uses its name as a folder",
            Self::Overlapping => "its data overlaps another entry's",
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("{} is damaged: {what}. Ask the sender for a fresh copy", archive.display())]
    Damaged {
        archive: PathBuf,
        what: String,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    #[error("{} is not an archive of a known kind (zip, tar, tar.gz, tar.zst, gzip, 7z)", archive.display())]
    UnknownFormat { archive: PathBuf },
    #[error("{} cannot be read: {what}", archive.display())]
    Unsupported { archive: PathBuf, what: String },
    #[error("{} was refused: entry {entry:?} is not safe to extract, {reason}. Nothing was extracted", archive.display())]
    Unsafe { archive: PathBuf, entry: String, reason: UnsafeReason },
    #[error("{} was refused: {limit}. Raise the `archive.*` setting if you trust the sender", archive.display())]
    Limit { archive: PathBuf, limit: String },
    #[error("{} is encrypted ({entry:?}): set the step's password", archive.display())]
    PasswordMissing { archive: PathBuf, entry: String },
    #[error("the password does not open {} ({entry:?})", archive.display())]
    PasswordWrong { archive: PathBuf, entry: String },
    #[error("an empty password protects nothing: set one or leave it out")]
    PasswordEmpty,
    #[error("{} and {} would both be stored as {name:?}: rename one, or set another base path", first.display(), second.display())]
    SameName { name: String, first: PathBuf, second: PathBuf },
    #[error("{} cannot be stored as {name:?}: {reason}", path.display())]
    SourceName { path: PathBuf, name: String, reason: UnsafeReason },
    #[error("{} is not a file or folder", path.display())]
    SourceKind { path: PathBuf },
    #[error("{} is not below the base path {}", path.display(), base.display())]
    OutsideBase { path: PathBuf, base: PathBuf },
    #[error("gzip holds one file, not {count}: choose tar.gz")]
    OneFileOnly { count: u64 },
    #[error("{format} takes no password: choose zip or 7z")]
    NoPassword { format: &'static str },
    #[error("{format} is not written in parts: choose zip or 7z")]
    NoParts { format: &'static str },
    #[error("{} is {found}, not {expected}", archive.display())]
    OtherFormat { archive: PathBuf, found: &'static str, expected: &'static str },
    #[error("there is nothing to put into the archive")]
    NoFiles,
    #[error("compression level {level} is not one of 0 to 9")]
    Level { level: u32 },
    #[error("a part of {size} bytes is too small: at least {least} are needed")]
    PartSize { size: u64, least: u64 },
    #[error("{} is missing: {} goes on in it, and {} is there. Put all parts into one folder", missing.display(), archive.display(), after.display())]
    VolumeMissing { archive: PathBuf, missing: PathBuf, after: PathBuf },
    #[error("{} was refused: it is a link, folder or device, not a part of an archive", path.display())]
    VolumeKind { path: PathBuf },
    #[error("{} is a later part of an archive: name the first, {}", path.display(), first.display())]
    LaterVolume { path: PathBuf, first: PathBuf },
    #[error("{} changed while it was being read", path.display())]
    SourceChanged { path: PathBuf },
    #[error("the archive {} did not read back as it was written: {what}", archive.display())]
    Verification { archive: PathBuf, what: String },
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cancelled")]
    Cancelled,
}

impl ArchiveError {
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Damaged { .. } | Self::UnknownFormat { .. } => ErrorCode::ArchiveDamaged,
            Self::Unsupported { .. } => ErrorCode::Unsupported,
            Self::Unsafe { .. } | Self::VolumeKind { .. } => ErrorCode::ArchiveUnsafe,
            Self::VolumeMissing { .. } => ErrorCode::FileNotFound,
            Self::Limit { .. } => ErrorCode::ArchiveLimit,
            Self::PasswordMissing { .. } | Self::PasswordWrong { .. } => ErrorCode::ArchivePassword,
            Self::SameName { .. } => ErrorCode::AlreadyExists,
            Self::SourceName { .. } => ErrorCode::UnsafeName,
            Self::OneFileOnly { .. }
            | Self::NoPassword { .. }
            | Self::NoParts { .. }
            | Self::OtherFormat { .. }
            | Self::PasswordEmpty
            | Self::SourceKind { .. }
            | Self::OutsideBase { .. }
            | Self::Level { .. }
            | Self::PartSize { .. }
            | Self::LaterVolume { .. } => ErrorCode::Validation,
            Self::NoFiles => ErrorCode::NoFiles,
            Self::SourceChanged { .. } => ErrorCode::SourceChanged,
            Self::Verification { .. } => ErrorCode::VerificationFailed,
            Self::Io { source, .. } => io_code(source),
            Self::Cancelled => ErrorCode::Cancelled,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn damaged(archive: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { archive: archive.to_path_buf(), what: what.into(), source: None }
    }

    pub(crate) fn refused(archive: &Path, entry: &str, reason: UnsafeReason) -> Self {
        Self::Unsafe { archive: archive.to_path_buf(), entry: entry.to_owned(), reason }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's enum is open")]
fn io_code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::NotFound => ErrorCode::FileNotFound,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorCode::PermissionDenied,
        io::ErrorKind::AlreadyExists => ErrorCode::AlreadyExists,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::IoFailed,
    }
}
