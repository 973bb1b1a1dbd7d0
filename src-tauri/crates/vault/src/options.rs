//! What the vault takes from its surroundings, as values, so that tests need no environment of their own.

use crate::keychain::Keychain;
use courier_domain::Clock;
use std::path::PathBuf;
use std::sync::Arc;

/// How a vault finds its key without asking a person.
#[derive(Debug, Clone)]
pub struct VaultOptions {
    /// The OS keychain, or none.
    pub keychain: Keychain,
    /// `COURIER_VAULT_KEY_FILE`: 32 raw bytes; beats everything else.
    pub key_file: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY/courier-vault`, where systemd puts a service's credential.
    pub credential_file: Option<PathBuf>,
    /// For the date of set-up.
    pub clock: Arc<dyn Clock>,
}

impl VaultOptions {
    /// The system's keychain and nothing from the environment.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { keychain: Keychain::system(), key_file: None, credential_file: None, clock }
    }

    /// As [`new`](Self::new), plus what the environment names.
    pub fn from_env(clock: Arc<dyn Clock>) -> Self {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            key_file: path("COURIER_VAULT_KEY_FILE"),
            credential_file: path("CREDENTIALS_DIRECTORY")
                .map(|folder| folder.join("courier-vault"))
                .filter(|file| file.exists()),
            ..Self::new(clock)
        }
    }
}
