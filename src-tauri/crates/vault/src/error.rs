//! What can go wrong with the vault, in words that say what to do.
//!
//! Invariant: no message holds a secret, a passphrase or a recovery code.

use crate::seal::SecretRef;
use crate::state::KeySource;
use courier_domain::ErrorCode;
use std::path::PathBuf;

pub type Result<T, E = VaultError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    #[error(
        "The vault is not set up yet. Choose the keychain, a passphrase or a key file (`courier vault init`)."
    )]
    Uninitialised,
    #[error(
        "The vault is set up already. Unlock it instead; a new key would make every stored secret unreadable."
    )]
    AlreadyInitialised,
    #[error(
        "The store holds secrets, but the vault that sealed them is gone. Restore `vault.json` from a backup, or name the \
         keychain or key file that still holds its key. A new key would make every stored secret unreadable."
    )]
    SecretsWouldBeLost,
    #[error("The vault is locked. Unlock it (`courier vault unlock`) and try again.")]
    Locked,
    #[error("The vault cannot be used: {detail}")]
    Unavailable { detail: String },

    #[error(
        "There is no keychain here: nothing answers to the Secret Service. Log in to a desktop session, or use a \
         passphrase or a key file."
    )]
    KeychainAbsent { source: Box<keyring_core::Error> },
    #[error("The keychain is locked. Unlock it, then unlock the vault.")]
    KeychainLocked { source: Box<keyring_core::Error> },
    #[error("The keychain still waits for an answer. Look for its password prompt, then unlock the vault.")]
    KeychainWaiting,
    #[error(
        "The keychain works, but Courier's entry `{account}` is gone from it. Restore the entry from a backup, or \
         unlock with the recovery code. No new key was made, because it could not read your stored secrets."
    )]
    KeychainEntryMissing { account: String },
    #[error(
        "The keychain holds {count} entries `{account}`, and Courier does not guess. Delete all but the right one."
    )]
    KeychainAmbiguous { account: String, count: usize },
    #[error(
        "The keychain entry `{account}` is not a vault key. Restore it from a backup, or use the recovery code."
    )]
    KeychainEntryDamaged { account: String },
    #[error("The keychain failed.")]
    KeychainFailed { source: Box<keyring_core::Error> },
    #[error("The keychain is switched off here.")]
    KeychainDisabled,

    #[error(
        "The {key_source} holds another vault's key: found {found}, needed {needed}. Give the right key, or use the \
         recovery code."
    )]
    WrongKey { key_source: KeySource, found: String, needed: String },
    #[error("The passphrase is wrong.")]
    WrongPassphrase,
    #[error("The passphrase is too short. Use at least {minimum} characters.")]
    PassphraseTooShort { minimum: usize },
    #[error("The recovery code is wrong.")]
    WrongRecoveryCode,
    #[error("A recovery code is 32 letters and digits in groups of four. Check what you typed.")]
    RecoveryCodeShape,
    #[error("This vault has no recovery code: it opens with its key file only.")]
    NoRecoveryCode,
    #[error("This vault's key is in the {actual}, not in the {asked}. Unlock it with the {actual}.")]
    OtherKeySource { asked: KeySource, actual: KeySource },

    #[error("This vault is under a passphrase. Give it again: the new key is kept under it, too.")]
    PassphraseNeeded,
    #[error(
        "The vault's key comes from the {key_source} that Courier was started with, which Courier cannot replace. Start \
         it without, or keep the key in a place of its own first."
    )]
    PlaceNotOurs { key_source: KeySource },
    #[error("The vault key is being replaced. Finish that first (`courier vault rotate`).")]
    Rotating,
    #[error("The vault key is not being replaced.")]
    NoRotation,

    #[error("The key file {} is refused: {why}", path.display())]
    KeyFileRefused { path: PathBuf, why: String },
    #[error("Cannot read the key file {}.", path.display())]
    KeyFileUnreadable { path: PathBuf, source: std::io::Error },

    #[error("The vault's description is damaged ({what}). Restore `vault.json` from a backup.")]
    FileDamaged { what: String },
    #[error("The vault's description was written by a newer Courier (version {version}). Update Courier.")]
    FileTooNew { version: u32 },
    #[error("Cannot {doing} {}.", path.display())]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },

    #[error("The stored secret {place} is damaged or was moved from another place. Enter it again.")]
    SecretDamaged { place: SecretRef },
    #[error(
        "The stored secret {place} was sealed under vault key {sealed_under}, but this vault's key is {current}, or \
         it is damaged. Restore the right vault, or enter it again."
    )]
    SecretUnderOtherKey { place: SecretRef, sealed_under: String, current: String },
    #[error("A secret of {bytes} bytes is too long to seal.")]
    TooLong { bytes: usize },
    #[error("The system gives no random numbers.")]
    Random { source: getrandom::Error },
}

impl VaultError {
    pub(crate) fn file_damaged(what: impl Into<String>) -> Self {
        VaultError::FileDamaged { what: what.into() }
    }

    /// What the rest of Courier knows this error as.
    pub const fn code(&self) -> ErrorCode {
        use VaultError as V;
        match self {
            V::Uninitialised => ErrorCode::VaultUninitialised,
            V::AlreadyInitialised
            | V::OtherKeySource { .. }
            | V::PlaceNotOurs { .. }
            | V::Rotating
            | V::NoRotation
            | V::SecretsWouldBeLost => ErrorCode::Conflict,
            V::Locked | V::KeychainLocked { .. } | V::KeychainWaiting => ErrorCode::VaultLocked,
            V::Unavailable { .. }
            | V::KeychainAbsent { .. }
            | V::KeychainEntryMissing { .. }
            | V::KeychainAmbiguous { .. }
            | V::KeychainEntryDamaged { .. }
            | V::KeychainFailed { .. }
            | V::KeychainDisabled
            | V::KeyFileRefused { .. }
            | V::KeyFileUnreadable { .. }
            | V::FileDamaged { .. }
            | V::FileTooNew { .. } => ErrorCode::VaultUnavailable,
            V::WrongKey { .. } => ErrorCode::VaultWrongKey,
            V::WrongPassphrase | V::WrongRecoveryCode => ErrorCode::WrongPassphrase,
            V::PassphraseNeeded
            | V::PassphraseTooShort { .. }
            | V::RecoveryCodeShape
            | V::NoRecoveryCode
            | V::TooLong { .. } => ErrorCode::Validation,
            V::Io { .. } => ErrorCode::IoFailed,
            V::SecretDamaged { .. } | V::SecretUnderOtherKey { .. } => ErrorCode::SecretDamaged,
            V::Random { .. } => ErrorCode::Internal,
        }
    }
}
