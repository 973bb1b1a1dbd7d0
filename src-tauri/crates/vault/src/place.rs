//! Putting a vault key where it will be kept, without ever displacing another one.
//!
//! Left out: writing `vault.json`. Invariant: a key that is already in the keychain entry or key file is taken over or
//! refused, never overwritten.

use crate::error::{Result, VaultError};
use crate::file::Method;
use crate::key::{PassphraseWrap, VaultKey};
use crate::key_file::{self, Guard};
use crate::keychain::PATIENT;
use crate::state::{InitMethod, KeySource};
use crate::vault::Inner;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const MIN_PASSPHRASE: usize = 8;

/// Where the key comes from that is put in its place.
pub(crate) enum Supply {
    Given(VaultKey),
    /// The one that is there already, or a new one.
    FoundOrNew,
    /// The one that is there already: secrets are stored, which a new one could not read.
    Found,
}

impl Supply {
    /// For a place without a key.
    fn take(self) -> Result<VaultKey> {
        match self {
            Supply::Given(key) => Ok(key),
            Supply::FoundOrNew => VaultKey::generate(),
            Supply::Found => Err(VaultError::SecretsWouldBeLost),
        }
    }
}

/// Puts a key where `method` says.
pub(crate) fn place_key(vault: &Inner, method: InitMethod, key: Supply) -> Result<(VaultKey, Method)> {
    match method {
        InitMethod::Keychain => {
            let keychain = &vault.options.keychain;
            let account = account_of(&vault.home);
            keychain.probe()?;
            let key = match (key, keychain.get(&account, PATIENT)) {
                (Supply::FoundOrNew | Supply::Found, Ok(found)) => found,
                (Supply::Given(key), Ok(found)) if found.id() == key.id() => key,
                (Supply::Given(key), Ok(found)) => {
                    // Another key is there: it may be the only copy of somebody's key.
                    return Err(VaultError::WrongKey {
                        key_source: KeySource::Keychain,
                        found: found.id_text(),
                        needed: key.id_text(),
                    });
                }
                (key, Err(VaultError::KeychainEntryMissing { .. })) => {
                    let key = key.take()?;
                    keychain.set(&account, &key)?;
                    key
                }
                (_, Err(error)) => return Err(error),
            };
            Ok((key, Method::Keychain { account }))
        }
        InitMethod::Passphrase(passphrase) => {
            if passphrase.expose().chars().count() < MIN_PASSPHRASE {
                return Err(VaultError::PassphraseTooShort { minimum: MIN_PASSPHRASE });
            }
            let key = key.take()?;
            let wrap = PassphraseWrap::make(&key, &passphrase)?;
            Ok((key, Method::Passphrase(wrap)))
        }
        InitMethod::KeyFile(path) => {
            let path = absolute(&path);
            let key = match key {
                Supply::Given(key) => key_file::read_or_create(&path, Some(&key))?,
                Supply::FoundOrNew => key_file::read_or_create(&path, None)?,
                Supply::Found => key_file::read(&path, Guard::Permissions)?,
            };
            Ok((key, Method::KeyFile { path }))
        }
    }
}

/// The keychain entry of one home, so that several homes of one user keep apart.
pub(crate) fn account_of(home: &Path) -> String {
    let home = absolute(home);
    let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
    format!("vault-key-{}", hex::encode(&digest[..8]))
}

pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
