//! The library's errors in our words.

use crate::error::ArchiveError;
use sevenz_rust2::Error;
use std::path::Path;

/// What went wrong with reading. `with_password` says whether one was given; `entry` what was read.
pub(super) fn reading(archive: &Path, entry: &str, with_password: bool, error: Error) -> ArchiveError {
    let archive = || archive.to_path_buf();
    let entry = || if entry.is_empty() { "its list of files".to_owned() } else { entry.to_owned() };
    match error {
        Error::PasswordRequired => ArchiveError::PasswordMissing { archive: archive(), entry: entry() },
        Error::MaybeBadPassword(_) => ArchiveError::PasswordWrong { archive: archive(), entry: entry() },
        // What is decrypted with a wrong password is noise, and noise has another checksum.
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch if with_password => {
            ArchiveError::PasswordWrong { archive: archive(), entry: entry() }
        }
        Error::MaxMemLimited { actaul_kb, max_kb } => ArchiveError::Limit {
            archive: archive(),
            limit: format!("it asks for {} MiB of memory, {} are allowed", actaul_kb / 1024, max_kb / 1024),
        },
        Error::UnsupportedCompressionMethod(method) => ArchiveError::Unsupported {
            archive: archive(),
            what: format!("{:?} uses the method {method}, which is not read here", entry()),
        },
        Error::Unsupported(what) => ArchiveError::Unsupported { archive: archive(), what: what.into_owned() },
        Error::ExternalUnsupported => {
            ArchiveError::Unsupported { archive: archive(), what: "its headers lie elsewhere".into() }
        }
        Error::UnsupportedVersion { major, minor } => ArchiveError::Unsupported {
            archive: archive(),
            what: format!("its format has the version {major}.{minor}"),
        },
        Error::Io(source, _) if source.raw_os_error().is_some() => {
            ArchiveError::Io { action: "read", path: archive(), source }
        }
        other => ArchiveError::damaged(&archive(), other.to_string()),
    }
}

/// A fault of the library's reader on what a stranger sent is a fault of the archive.
pub(super) fn contained<T>(
    archive: &Path,
    work: impl FnOnce() -> Result<T, ArchiveError>,
) -> Result<T, ArchiveError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ArchiveError::damaged(archive, "its parts do not fit together")))
}
