//! What can go wrong with keys and protected files, in words that say what to do.
//!
//! Invariant: no message holds key material, a passphrase or plaintext.

use courier_domain::ErrorCode;
use std::io;
use std::path::PathBuf;

pub type Result<T, E = KeysError> = std::result::Result<T, E>;

/// A cause from the cryptographic libraries.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    #[error("Stopped on request; nothing was written.")]
    Cancelled,
    #[error("Cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },

    #[error("{message}")]
    Invalid { field: &'static str, message: String },
    #[error("{what} is not supported. {instead}")]
    Unsupported { what: String, instead: &'static str },
    #[error("This is not a key that Courier can read: {why}")]
    KeyUnreadable { why: String, source: Option<Cause> },
    #[error("The key {key} cannot be used to {purpose}: {why}")]
    KeyUnusable { key: String, purpose: &'static str, why: String },
    #[error("The key {key} is protected by a passphrase. Enter it.")]
    PassphraseNeeded { key: String },
    #[error("The passphrase of the key {key} is wrong.")]
    WrongPassphrase { key: String },
    #[error("The cryptographic library failed while it {doing}.")]
    Library { doing: &'static str, source: Cause },

    #[error("The file {} is not an encrypted OpenPGP message.", path.display())]
    NotEncrypted { path: PathBuf },
    #[error(
        "None of the given keys opens {}. It is encrypted to {recipients}. Import the private key it was encrypted to, \
         or ask the sender to encrypt to yours.",
        path.display()
    )]
    NoDecryptionKey { path: PathBuf, recipients: String },
    #[error("The file {} is not signed, but a signature is required.", path.display())]
    SignatureMissing { path: PathBuf },
    #[error("The signature of {} is not good: {why}", path.display())]
    SignatureInvalid { path: PathBuf, why: String },
    #[error("The file {} is signed by {issuer}, whose key is not among the accepted signers.", path.display())]
    UnknownSigner { path: PathBuf, issuer: String },
    #[error("The file {} is damaged or was changed on its way: {why}. Get it again from its sender.", path.display())]
    MessageDamaged { path: PathBuf, why: String, source: Option<Cause> },
    #[error(
        "The file {} unpacks to more than {max_ratio} times its own size, and was refused. Raise the setting \
         `archive.max_compression_ratio` if you trust the sender.",
        path.display()
    )]
    Bomb { path: PathBuf, max_ratio: u64 },
}

impl KeysError {
    /// What the rest of Courier knows this error as.
    pub fn code(&self) -> ErrorCode {
        match self {
            KeysError::Cancelled => ErrorCode::Cancelled,
            KeysError::Io { source, .. } => io_code(source.kind()),
            KeysError::Invalid { .. } => ErrorCode::Validation,
            KeysError::Unsupported { .. } => ErrorCode::Unsupported,
            KeysError::KeyUnreadable { .. } => ErrorCode::KeyUnreadable,
            KeysError::KeyUnusable { .. } => ErrorCode::KeyUnusable,
            KeysError::PassphraseNeeded { .. } | KeysError::WrongPassphrase { .. } => {
                ErrorCode::WrongPassphrase
            }
            KeysError::Library { .. } => ErrorCode::Internal,
            KeysError::NoDecryptionKey { .. } => ErrorCode::NoDecryptionKey,
            KeysError::SignatureMissing { .. } => ErrorCode::SignatureMissing,
            KeysError::SignatureInvalid { .. } => ErrorCode::SignatureInvalid,
            KeysError::UnknownSigner { .. } => ErrorCode::UnknownSigner,
            KeysError::Bomb { .. } => ErrorCode::ArchiveLimit,
            KeysError::NotEncrypted { .. } | KeysError::MessageDamaged { .. } => ErrorCode::MessageDamaged,
        }
    }

    pub(crate) fn library(doing: &'static str, source: impl Into<Cause>) -> Self {
        KeysError::Library { doing, source: source.into() }
    }
}

fn io_code(kind: io::ErrorKind) -> ErrorCode {
    if matches!(kind, io::ErrorKind::NotFound) {
        ErrorCode::FileNotFound
    } else if matches!(kind, io::ErrorKind::PermissionDenied) {
        ErrorCode::PermissionDenied
    } else if matches!(kind, io::ErrorKind::AlreadyExists) {
        ErrorCode::AlreadyExists
    } else if matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        ErrorCode::DiskFull
    } else {
        ErrorCode::IoFailed
    }
}
