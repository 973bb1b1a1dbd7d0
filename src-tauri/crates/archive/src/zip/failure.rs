//! Errors of the `zip` crate in the words of this one.

use crate::error::ArchiveError;
use std::io;
use std::path::Path;
use zip::result::ZipError;

/// How the crate begins to tell that an entry's local header says something else than the directory.
const CONTRADICTION: &str = "header inconsistency detected: ";

/// An error while the structure of the archive was read.
#[expect(clippy::wildcard_enum_match_arm, reason = "the zip crate's enum is open")]
pub(super) fn reading(archive: &Path, error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) => content(archive, None, error),
        ZipError::InvalidArchive(what) => match what.strip_prefix(CONTRADICTION) {
            Some(what) => ArchiveError::damaged(
                archive,
                format!("an entry's header and the directory disagree: {what}"),
            ),
            None => ArchiveError::damaged(archive, what),
        },
        ZipError::UnsupportedArchive(what) => unsupported(archive, what.to_owned()),
        ZipError::CompressionMethodNotSupported(method) => unsupported(archive, compression(method)),
        other => ArchiveError::Damaged {
            archive: archive.to_path_buf(),
            what: "its structure cannot be read".into(),
            source: Some(Box::new(other)),
        },
    }
}

/// An error while the directory was looked for. If the archive is in parts, the last ones may be missing.
pub(super) fn opening_archive(archive: &Path, last_part: Option<&Path>, error: ZipError) -> ArchiveError {
    match (reading(archive, error), last_part) {
        (ArchiveError::Damaged { archive, what, source }, Some(last)) => {
            let what = format!("{what}; its last part here is {}, perhaps more are missing", last.display());
            ArchiveError::Damaged { archive, what, source }
        }
        (error, _) => error,
    }
}

/// The crate's own words, where the archive is named already.
#[expect(clippy::wildcard_enum_match_arm, reason = "the zip crate's enum is open")]
pub(super) fn plain(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(what) => what.to_string(),
        other => other.to_string(),
    }
}

/// An error while one entry was opened.
#[expect(clippy::wildcard_enum_match_arm, reason = "the zip crate's enum is open")]
pub(super) fn opening(archive: &Path, entry: &str, encrypted: bool, error: ZipError) -> ArchiveError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            ArchiveError::PasswordMissing { archive: archive.to_path_buf(), entry: entry.to_owned() }
        }
        ZipError::InvalidPassword => {
            ArchiveError::PasswordWrong { archive: archive.to_path_buf(), entry: entry.to_owned() }
        }
        ZipError::Io(error) => content(archive, Some((entry, encrypted)), error),
        other => reading(archive, other),
    }
}

/// An error while bytes were read. What the operating system says is a failing disk, anything else a bad archive.
pub(super) fn content(archive: &Path, entry: Option<(&str, bool)>, error: io::Error) -> ArchiveError {
    if error.raw_os_error().is_some() {
        return ArchiveError::Io { action: "read", path: archive.to_path_buf(), source: error };
    }
    // The crate tells an unknown compression only at the first read.
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ZipError>());
    if let Some(ZipError::CompressionMethodNotSupported(method)) = inner {
        return unsupported(archive, compression(*method));
    }
    let what = match entry {
        None if error.kind() == io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        None => error.to_string(),
        // Neither encryption of zip knows a wrong password for sure before the last byte.
        Some((entry, true)) => format!("{entry:?} does not match its checksum, or the password is wrong"),
        Some((entry, false)) => format!("{entry:?} does not match its checksum ({error})"),
    };
    ArchiveError::Damaged { archive: archive.to_path_buf(), what, source: Some(Box::new(error)) }
}

fn unsupported(archive: &Path, what: String) -> ArchiveError {
    ArchiveError::Unsupported { archive: archive.to_path_buf(), what }
}

fn compression(method: u16) -> String {
    let name = match method {
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "xz",
        98 => "PPMd",
        _ => return format!("it uses compression method {method}; ask for one made with deflate"),
    };
    format!("it is compressed with {name}; ask for one made with deflate")
}
