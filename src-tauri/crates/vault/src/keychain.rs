//! The OS keychain: Secret Service, macOS Keychain or Windows Credential Manager. It holds one entry, the vault key.
//!
//! Every call runs on a thread of its own: the Secret Service client blocks, must not run inside an async runtime, and
//! can wait minutes for a person at its password prompt. Left out: searching, and other applications' entries.
//!
//! Invariant: "the entry is missing" is only said after a probe wrote, read and deleted another entry, because a
//! locked keyring answers "no such entry" too.

use crate::cipher;
use crate::error::{Result, VaultError};
use crate::key::VaultKey;
use keyring_core::{CredentialStore, Entry};
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;
use zeroize::Zeroizing;

const SERVICE: &str = "dev.courier.app";
/// Long enough for a person to type the keyring's password.
pub(crate) const PATIENT: Duration = Duration::from_secs(120);
/// What starting up may wait; a prompt answered later still counts.
pub(crate) const BRIEF: Duration = Duration::from_secs(5);

/// Which keychain to use.
#[derive(Clone)]
pub struct Keychain(Choice);

#[derive(Clone)]
enum Choice {
    System,
    Disabled,
    #[cfg(test)]
    Given(Arc<CredentialStore>),
}

impl Keychain {
    /// The operating system's.
    pub const fn system() -> Self {
        Self(Choice::System)
    }

    /// None: as on a machine without one.
    pub const fn disabled() -> Self {
        Self(Choice::Disabled)
    }

    #[cfg(test)]
    pub(crate) fn given(store: Arc<CredentialStore>) -> Self {
        Self(Choice::Given(store))
    }

    /// Whether asking it now shows nobody a prompt.
    pub(crate) fn is_quiet(&self) -> bool {
        match &self.0 {
            Choice::System => self.run(BRIEF, |_| Ok(system_is_quiet())).unwrap_or(false),
            Choice::Disabled => false,
            #[cfg(test)]
            Choice::Given(_) => true,
        }
    }

    /// Proves that entries can be written, read and deleted.
    pub(crate) fn probe(&self) -> Result<()> {
        self.run(PATIENT, probe)
    }

    /// The vault key stored as `account`.
    pub(crate) fn get(&self, account: &str, wait: Duration) -> Result<VaultKey> {
        let account = account.to_owned();
        self.run(wait, move |store| get(store, &account))
    }

    /// Stores the key and reads it back.
    pub(crate) fn set(&self, account: &str, key: &VaultKey) -> Result<()> {
        let (account, bytes) = (account.to_owned(), Zeroizing::new(*key.expose()));
        self.run(PATIENT, move |store| {
            entry(store, &account)?.set_secret(&*bytes).map_err(|error| plain(&account, error))?;
            let stored = get(store, &account)?;
            if stored.expose() == &*bytes {
                Ok(())
            } else {
                Err(VaultError::KeychainEntryDamaged { account })
            }
        })
    }

    /// Runs on a new thread and waits at most `wait`; a later result is dropped (and wiped).
    fn run<T: Send + 'static>(
        &self,
        wait: Duration,
        work: impl FnOnce(&Arc<CredentialStore>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let choice = self.clone();
        let (done, result) = sync_channel(1);
        std::thread::Builder::new()
            .name("keychain".into())
            .spawn(move || {
                // The receiver may have stopped waiting; then nobody needs the answer.
                let _ = done.send(choice.store().and_then(|store| work(&store)));
            })
            .map_err(|source| VaultError::Io {
                doing: "start a thread for",
                path: "keychain".into(),
                source,
            })?;
        match result.recv_timeout(wait) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => Err(VaultError::KeychainWaiting),
            Err(RecvTimeoutError::Disconnected) => {
                Err(VaultError::Unavailable { detail: "the keychain's client broke off".into() })
            }
        }
    }

    fn store(&self) -> Result<Arc<CredentialStore>> {
        match &self.0 {
            Choice::System => system_store(),
            Choice::Disabled => Err(VaultError::KeychainDisabled),
            #[cfg(test)]
            Choice::Given(store) => Ok(store.clone()),
        }
    }
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Choice::System => "Keychain(system)",
            Choice::Disabled => "Keychain(disabled)",
            #[cfg(test)]
            Choice::Given(_) => "Keychain(given)",
        })
    }
}

fn system_store() -> Result<Arc<CredentialStore>> {
    #[cfg(all(unix, not(target_os = "macos")))]
    let made = zbus_secret_service_keyring_store::Store::new();
    #[cfg(target_os = "macos")]
    let made = apple_native_keyring_store::keychain::Store::new();
    #[cfg(windows)]
    let made = windows_native_keyring_store::Store::new();
    match made {
        Ok(store) => Ok(store),
        Err(error) => Err(VaultError::KeychainAbsent { source: Box::new(error) }),
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn system_is_quiet() -> bool {
    use secret_service::{EncryptionType, blocking::SecretService};
    SecretService::connect(EncryptionType::Plain)
        .and_then(|service| service.get_default_collection()?.is_locked())
        .is_ok_and(|locked| !locked)
}

/// macOS asks for the keychain's password when it is locked, and tells nobody whether it is.
#[cfg(target_os = "macos")]
fn system_is_quiet() -> bool {
    false
}

/// Credentials are open to whoever is logged in.
#[cfg(windows)]
fn system_is_quiet() -> bool {
    true
}

fn entry(store: &Arc<CredentialStore>, account: &str) -> Result<Entry> {
    store.build(SERVICE, account, None).map_err(|error| plain(account, error))
}

fn get(store: &Arc<CredentialStore>, account: &str) -> Result<VaultKey> {
    match entry(store, account)?.get_secret() {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            VaultKey::from_slice(&bytes)
                .ok_or_else(|| VaultError::KeychainEntryDamaged { account: account.to_owned() })
        }
        Err(keyring_core::Error::NoEntry) => {
            probe(store)?;
            Err(VaultError::KeychainEntryMissing { account: account.to_owned() })
        }
        Err(error) => Err(plain(account, error)),
    }
}

fn probe(store: &Arc<CredentialStore>) -> Result<()> {
    let mut random = [0_u8; 8];
    cipher::fill_random(&mut random)?;
    // A name of its own, so that two Couriers that start together do not see each other's probe.
    let account = format!("probe-{}", hex::encode(random));
    let entry = entry(store, &account)?;
    let step = |result: keyring_core::Result<()>| match result {
        Err(error @ keyring_core::Error::PlatformFailure(_)) => {
            Err(VaultError::KeychainAbsent { source: Box::new(error) })
        }
        other => other.map_err(|error| plain(&account, error)),
    };
    step(entry.set_secret(&random))?;
    let read = entry.get_secret();
    let deleted = entry.delete_credential();
    match read {
        Ok(read) if read == random => step(deleted),
        Ok(_) => Err(VaultError::KeychainEntryDamaged { account }),
        Err(error) => Err(plain(&account, error)),
    }
}

fn plain(account: &str, error: keyring_core::Error) -> VaultError {
    use keyring_core::Error as E;
    let account = account.to_owned();
    if let E::Ambiguous(entries) = &error {
        VaultError::KeychainAmbiguous { account, count: entries.len() }
    } else if matches!(error, E::NoStorageAccess(_)) {
        VaultError::KeychainLocked { source: Box::new(error) }
    } else if matches!(error, E::NoEntry) {
        VaultError::KeychainEntryMissing { account }
    } else if matches!(error, E::BadEncoding(_) | E::BadDataFormat(_, _)) {
        VaultError::KeychainEntryDamaged { account }
    } else {
        VaultError::KeychainFailed { source: Box::new(error) }
    }
}
