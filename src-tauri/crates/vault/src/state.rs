//! The vault as a person sees it, and what a person can ask of it.

use crate::secret::SecretString;
use courier_domain::Timestamp;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::fmt;
use std::path::PathBuf;

/// What the vault can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum VaultState {
    /// No key was chosen yet.
    Uninitialised,
    /// A person must unlock it; jobs that need secrets wait.
    Locked,
    Unlocked,
    /// Its key cannot be had; `detail` says why.
    Unavailable,
}

/// Where the vault key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    Keychain,
    Passphrase,
    KeyFile,
    SystemdCredential,
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeySource::Keychain => "keychain",
            KeySource::Passphrase => "passphrase",
            KeySource::KeyFile => "key file",
            KeySource::SystemdCredential => "systemd credential",
        })
    }
}

/// The vault as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct VaultStatus {
    pub state: VaultState,
    pub key_source: Option<KeySource>,
    /// One sentence: why it is as it is, and what to do.
    pub detail: String,
    /// 16 hex characters that name the key without revealing it.
    pub key_id: Option<String>,
    pub created_at: Option<Timestamp>,
    /// Whether a recovery code was given out.
    pub has_recovery_code: bool,
    /// Since when its key is being replaced; `courier vault rotate` goes on with it.
    pub rotating_since: Option<Timestamp>,
}

/// Where a new vault keeps its key.
#[derive(Debug)]
pub enum InitMethod {
    Keychain,
    Passphrase(SecretString),
    /// The key in this file, which is made if it does not exist.
    KeyFile(PathBuf),
}

/// What unlocks a vault.
#[derive(Debug)]
pub enum Unlock {
    Keychain,
    Passphrase(SecretString),
    /// The configured key file, or another copy of it.
    KeyFile(Option<PathBuf>),
}
