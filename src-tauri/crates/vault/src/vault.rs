//! The vault's life: set up, locked, unlocked, and sealing while unlocked.
//!
//! Left out: blob format (`seal`) and key storage (`keychain`, `key_file`, `file`). Invariants: opening never fails and
//! never asks a person to wait; a vault that cannot be unlocked says why and is never replaced; the key is wiped on
//! lock.

use crate::error::{Result, VaultError};
use crate::file::{Method, SetupLock, VaultFile};
use crate::key::{RecoveryWrap, VaultKey};
use crate::key_file::{self, Guard};
use crate::keychain::{BRIEF, PATIENT};
use crate::options::VaultOptions;
use crate::place::{Supply, absolute, place_key};
use crate::recovery::RecoveryCode;
use crate::rotation::KeyRing;
use crate::seal::{self, SecretRef};
use crate::secret::{SecretBytes, SecretString};
use crate::state::{InitMethod, KeySource, Unlock, VaultState, VaultStatus};

use courier_domain::connection::Sealed;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The vault of one Courier home. Clones share everything.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) home: PathBuf,
    pub(crate) options: VaultOptions,
    held: Mutex<Held>,
    state: watch::Sender<VaultState>,
}

struct Held {
    file: Option<VaultFile>,
    keys: Option<KeyRing>,
    /// Where the key in use came from, if not from what the file says.
    source: Option<KeySource>,
    state: VaultState,
    detail: String,
    /// A person locked it, so only a person opens it again.
    by_hand: bool,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("home", &self.0.home).field("status", &self.status()).finish()
    }
}

impl Vault {
    /// Opens the vault of `home` and unlocks it if that needs no person. With a key file or service credential from
    /// the environment, an empty home is set up with that key. Blocks for at most some seconds.
    pub fn open(home: &Path, options: VaultOptions) -> Self {
        let (state, _) = watch::channel(VaultState::Uninitialised);
        let held = Held {
            file: None,
            keys: None,
            source: None,
            state: VaultState::Uninitialised,
            detail: VaultError::Uninitialised.to_string(),
            by_hand: false,
        };
        let vault = Self(Arc::new(Inner { home: home.to_owned(), options, held: Mutex::new(held), state }));
        if let Err(error) = vault.unlock_unattended(BRIEF) {
            vault.note(&error);
        }
        vault
    }

    pub fn state(&self) -> VaultState {
        self.held().state
    }

    pub fn status(&self) -> VaultStatus {
        let held = self.held();
        VaultStatus {
            state: held.state,
            key_source: held.source.or_else(|| held.file.as_ref().map(|file| file.method.source())),
            detail: held.detail.clone(),
            key_id: held.file.as_ref().map(|file| file.key_id.clone()),
            created_at: held.file.as_ref().map(|file| file.created_at),
            has_recovery_code: held.file.as_ref().is_some_and(|file| file.recovery.is_some()),
            rotating_since: held.file.as_ref().and_then(|file| file.incoming.as_ref()).map(|i| i.started_at),
        }
    }

    /// Tells every change of state.
    pub fn watch(&self) -> watch::Receiver<VaultState> {
        self.0.state.subscribe()
    }

    /// The first start without any configuration: sets the vault up in the keychain if that works, else leaves it
    /// uninitialised with the reason as its detail. `Some` is the new vault's recovery code, to be shown once.
    ///
    /// Do not call it when the store holds secrets already; they belong to a vault that was lost.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock) and [`init`](Self::init), except that a missing keychain is no error.
    pub fn ensure(&self) -> Result<Option<RecoveryCode>> {
        match self.state() {
            VaultState::Unlocked => return Ok(None),
            VaultState::Locked | VaultState::Unavailable => {
                return self.unlock_unattended(BRIEF).map(|()| None);
            }
            VaultState::Uninitialised => {}
        }
        match self.init(InitMethod::Keychain) {
            Ok(code) => Ok(Some(code)),
            Err(VaultError::AlreadyInitialised) => self.unlock_unattended(BRIEF).map(|()| None),
            Err(
                error @ (VaultError::KeychainAbsent { .. }
                | VaultError::KeychainLocked { .. }
                | VaultError::KeychainFailed { .. }
                | VaultError::KeychainWaiting
                | VaultError::KeychainDisabled),
            ) => {
                let mut held = self.held();
                held.detail = format!("{error} Choose a passphrase or a key file for Courier's secrets.");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Sets the vault up. The recovery code is shown once and stored nowhere. A key that this home already has in the
    /// keychain or in the given file is taken over, so that secrets sealed under it stay readable.
    ///
    /// # Errors
    /// [`VaultError::AlreadyInitialised`]; the keychain's, key file's and disk's own errors.
    pub fn init(&self, method: InitMethod) -> Result<RecoveryCode> {
        self.init_with(method, Supply::FoundOrNew)
    }

    /// Sets the vault up again for a home whose description was lost while its store holds secrets: only with a key
    /// that is there already, so that they stay readable.
    ///
    /// # Errors
    /// [`VaultError::SecretsWouldBeLost`], and as [`init`](Self::init).
    pub fn init_again(&self, method: InitMethod) -> Result<RecoveryCode> {
        self.init_with(method, Supply::Found)
    }

    fn init_with(&self, method: InitMethod, supply: Supply) -> Result<RecoveryCode> {
        let _lock = SetupLock::take(&self.0.home)?;
        if VaultFile::load(&self.0.home)?.is_some() {
            return Err(VaultError::AlreadyInitialised);
        }
        let (key, method) = place_key(&self.0, method, supply)?;
        let code = RecoveryCode::generate()?;
        let recovery = RecoveryWrap::make(&key, &code)?;
        self.set_up(key, method, Some(recovery))?;
        Ok(code)
    }

    /// Keeps the unlocked vault's key in another place: a new passphrase, the keychain again, a key file.
    ///
    /// # Errors
    /// [`VaultError::Locked`] and as [`init`](Self::init).
    pub fn keep_key_in(&self, method: InitMethod) -> Result<()> {
        let _lock = SetupLock::take(&self.0.home)?;
        let Some(mut file) = VaultFile::load(&self.0.home)? else { return Err(VaultError::Uninitialised) };
        if file.incoming.is_some() {
            return Err(VaultError::Rotating);
        }
        let (key, method) = place_key(&self.0, method, Supply::Given(self.current_key()?))?;
        let keys = keys_of(&file, key, method.source())?;
        file.method = method;
        file.replace(&self.0.home)?;
        self.unlocked(file, keys, None);
        Ok(())
    }

    /// Unlocks the vault. Asking the keychain may wait for a person.
    ///
    /// # Errors
    /// One for each cause: wrong passphrase, keychain absent, locked, entry gone, ambiguous, wrong key, key file
    /// refused, other key source.
    pub fn unlock(&self, with: Unlock) -> Result<()> {
        let result = self.try_unlock(with);
        if let Err(error) = &result
            && self.state() != VaultState::Unlocked
        {
            self.note(error);
        }
        result
    }

    /// Opens a vault whose key could not be had before, if it can be had now without troubling a person. One that a
    /// person locked stays locked. Blocks for at most some seconds.
    pub fn try_again(&self) {
        {
            let held = self.held();
            let is_shut = matches!(held.state, VaultState::Locked | VaultState::Unavailable);
            if !is_shut || held.by_hand {
                return;
            }
        }
        let file = match VaultFile::load(&self.0.home) {
            Ok(file) => file,
            Err(error) => return self.note(&error),
        };
        let options = &self.0.options;
        if options.key_file.is_none() && options.credential_file.is_none() {
            match file.as_ref().map(|file| &file.method) {
                Some(Method::Keychain { .. }) if !options.keychain.is_quiet() => return,
                Some(Method::Passphrase(_)) => return,
                _ => {}
            }
        }
        if let Err(error) = self.unlock_unattended(BRIEF)
            && self.state() != VaultState::Unlocked
        {
            self.note(&error);
        }
    }

    /// Unlocks with the recovery code. Afterwards use [`keep_key_in`](Self::keep_key_in) to repair what was lost.
    ///
    /// # Errors
    /// [`VaultError::WrongRecoveryCode`], [`VaultError::NoRecoveryCode`], [`VaultError::RecoveryCodeShape`].
    pub fn unlock_with_recovery(&self, code: &SecretString) -> Result<()> {
        let code = RecoveryCode::parse(code)?;
        let file = self.load()?;
        // While the key is being replaced, the codes of both keys are good.
        let next = file.incoming.as_ref().and_then(|incoming| incoming.next.recovery.as_ref());
        let wraps: Vec<_> = file.recovery.iter().chain(next).collect();
        if wraps.is_empty() {
            return Err(VaultError::NoRecoveryCode);
        }
        let mut key = None;
        for wrap in wraps {
            key = key.or(wrap.open(&code)?);
        }
        let key = key.ok_or(VaultError::WrongRecoveryCode)?;
        let keys = KeyRing::of(&file, key)?.ok_or_else(|| VaultError::file_damaged("recovery key"))?;
        self.unlocked(file, keys, None);
        Ok(())
    }

    /// Wipes the key. Sealing and opening fail with [`VaultError::Locked`] until it is unlocked again.
    pub fn lock(&self) {
        let mut held = self.held();
        if held.state == VaultState::Unlocked {
            held.keys = None;
            held.by_hand = true;
            held.detail = "You locked the vault. Jobs that need secrets wait until you unlock it.".into();
            self.enter(&mut held, VaultState::Locked);
        }
    }

    /// Encrypts a secret for the one place where it will be stored.
    ///
    /// # Errors
    /// [`VaultError::Locked`], [`VaultError::Uninitialised`], [`VaultError::Unavailable`].
    pub fn seal(&self, place: &SecretRef, plain: &[u8]) -> Result<Sealed> {
        self.with_keys(|keys| seal::seal(keys.newest(), place, plain))
    }

    /// Decrypts a secret of that place.
    ///
    /// # Errors
    /// As [`seal`](Self::seal), and [`VaultError::SecretDamaged`] naming the place.
    pub fn open_secret(&self, place: &SecretRef, sealed: &Sealed) -> Result<SecretBytes> {
        match self.with_keys(|keys| seal::open(keys, place, sealed)) {
            Err(VaultError::SecretUnderOtherKey { .. }) if self.catch_up()? => {
                self.with_keys(|keys| seal::open(keys, place, sealed))
            }
            result => result,
        }
    }

    /// Another Courier of this home may have replaced the key since this one unlocked. Whether there are other keys now.
    fn catch_up(&self) -> Result<bool> {
        let Some(file) = VaultFile::load(&self.0.home)? else { return Ok(false) };
        let newest = |file: &VaultFile| {
            file.incoming
                .as_ref()
                .map_or_else(|| file.key_id.clone(), |incoming| incoming.next.key_id.clone())
        };
        if self.held().file.as_ref().is_some_and(|known| newest(known) == newest(&file)) {
            return Ok(false);
        }
        if let Some(keys) = KeyRing::of(&file, self.current_key()?)? {
            self.unlocked(file, keys, None);
            return Ok(true);
        }
        match self.unlock_unattended(BRIEF) {
            Ok(()) => Ok(true),
            Err(error) => {
                self.held().keys = None;
                self.note(&error);
                Err(error)
            }
        }
    }

    pub(crate) fn home(&self) -> &Path {
        &self.0.home
    }

    pub(crate) fn options(&self) -> &VaultOptions {
        &self.0.options
    }

    /// A copy of the key that the vault's place holds.
    pub(crate) fn current_key(&self) -> Result<VaultKey> {
        self.with_keys(|keys| VaultKey::from_slice(keys.current().expose()).ok_or(VaultError::Locked))
    }

    /// Goes on with these keys; where the first of them came from stays as it was.
    pub(crate) fn rotating(&self, file: VaultFile, keys: KeyRing) {
        let mut held = self.held();
        held.file = Some(file);
        held.keys = Some(keys);
    }

    pub(crate) fn with_keys<T>(&self, work: impl FnOnce(&KeyRing) -> Result<T>) -> Result<T> {
        let held = self.held();
        match (&held.keys, held.state) {
            (Some(keys), _) => work(keys),
            (None, VaultState::Uninitialised) => Err(VaultError::Uninitialised),
            (None, VaultState::Locked | VaultState::Unlocked) => Err(VaultError::Locked),
            (None, VaultState::Unavailable) => Err(VaultError::Unavailable { detail: held.detail.clone() }),
        }
    }

    fn try_unlock(&self, with: Unlock) -> Result<()> {
        let file = self.load()?;
        let actual = file.method.source();
        let other = |asked| VaultError::OtherKeySource { asked, actual };
        let key = match (with, &file.method) {
            (Unlock::Keychain, Method::Keychain { account }) => {
                self.0.options.keychain.get(account, PATIENT)?
            }
            (Unlock::Keychain, _) => return Err(other(KeySource::Keychain)),
            (Unlock::Passphrase(passphrase), Method::Passphrase(wrap)) => {
                wrap.open(&passphrase)?.ok_or(VaultError::WrongPassphrase)?
            }
            (Unlock::Passphrase(_), _) => return Err(other(KeySource::Passphrase)),
            (Unlock::KeyFile(Some(path)), _) => {
                let keys = keys_of(&file, key_file::read(&path, Guard::Permissions)?, KeySource::KeyFile)?;
                self.unlocked(file, keys, None);
                return Ok(());
            }
            (Unlock::KeyFile(None), Method::KeyFile { path }) => key_file::read(path, Guard::Permissions)?,
            (Unlock::KeyFile(None), _) => return Err(other(KeySource::KeyFile)),
        };
        let keys = keys_of(&file, key, actual)?;
        self.unlocked(file, keys, None);
        Ok(())
    }

    /// Everything that needs no person, strongest first.
    fn unlock_unattended(&self, wait: Duration) -> Result<()> {
        let file = VaultFile::load(&self.0.home)?;
        self.held().file.clone_from(&file);
        if let Some((key, method)) = self.key_from_environment()? {
            let source = method.source();
            let file = match file {
                Some(file) => file,
                None => {
                    let _lock = SetupLock::take(&self.0.home)?;
                    match VaultFile::load(&self.0.home)? {
                        Some(file) => file,
                        None => return self.set_up(key, method, None),
                    }
                }
            };
            let keys = keys_of(&file, key, source)?;
            self.unlocked(file, keys, Some(source));
            return Ok(());
        }
        let Some(file) = file else { return Ok(()) };
        let key = match &file.method {
            Method::Keychain { account } => self.0.options.keychain.get(account, wait)?,
            Method::KeyFile { path } => key_file::read(path, Guard::Permissions)?,
            Method::Passphrase(_) => return Err(VaultError::Locked),
            Method::SystemdCredential => {
                return Err(VaultError::Unavailable {
                    detail:
                        "its key is systemd's credential `courier-vault`, and this process was given none. \
                             Start Courier as that service, or give the key with COURIER_VAULT_KEY_FILE."
                            .into(),
                });
            }
        };
        let keys = keys_of(&file, key, file.method.source())?;
        self.unlocked(file, keys, None);
        Ok(())
    }

    fn key_from_environment(&self) -> Result<Option<(VaultKey, Method)>> {
        let options = &self.0.options;
        if let Some(path) = &options.key_file {
            let key = key_file::read(path, Guard::Permissions)?;
            return Ok(Some((key, Method::KeyFile { path: absolute(path) })));
        }
        if let Some(path) = &options.credential_file {
            return Ok(Some((key_file::read(path, Guard::ServiceManager)?, Method::SystemdCredential)));
        }
        Ok(None)
    }

    fn set_up(&self, key: VaultKey, method: Method, recovery: Option<RecoveryWrap>) -> Result<()> {
        let now = self.0.options.clock.now();
        let file = VaultFile::new(key.id_text(), now, method, key.check_value()?, recovery);
        file.create(&self.0.home)?;
        tracing::info!(key_id = %file.key_id, source = %file.method.source(), "vault set up");
        self.unlocked(file, KeyRing::new(key), None);
        Ok(())
    }

    fn load(&self) -> Result<VaultFile> {
        let file = VaultFile::load(&self.0.home)?;
        self.held().file.clone_from(&file);
        file.ok_or(VaultError::Uninitialised)
    }

    fn unlocked(&self, file: VaultFile, keys: KeyRing, source: Option<KeySource>) {
        let mut held = self.held();
        let from = source.unwrap_or_else(|| file.method.source());
        held.detail = format!("Unlocked with the {from}.");
        held.source = source;
        held.file = Some(file);
        held.keys = Some(keys);
        held.by_hand = false;
        self.enter(&mut held, VaultState::Unlocked);
    }

    /// Keeps why the vault did not unlock.
    fn note(&self, error: &VaultError) {
        use VaultError as V;
        // A mistyped passphrase or a wrong way in changes nothing about the vault.
        if matches!(error, V::WrongPassphrase | V::OtherKeySource { .. }) {
            return;
        }
        let state = if matches!(error, V::Uninitialised) {
            VaultState::Uninitialised
        } else if matches!(error, V::Locked | V::KeychainLocked { .. } | V::KeychainWaiting) {
            VaultState::Locked
        } else {
            VaultState::Unavailable
        };
        let mut held = self.held();
        held.detail = error.to_string();
        self.enter(&mut held, state);
    }

    fn enter(&self, held: &mut Held, state: VaultState) {
        held.state = state;
        self.0.state.send_if_modified(|current| std::mem::replace(current, state) != state);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A panic elsewhere cannot leave half a change here: every change is made on values computed before.
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keys_of(file: &VaultFile, key: VaultKey, key_source: KeySource) -> Result<KeyRing> {
    let found = key.id_text();
    KeyRing::of(file, key)?.ok_or_else(|| VaultError::WrongKey {
        key_source,
        found,
        needed: file.key_id.clone(),
    })
}

#[cfg(test)]
#[path = "vault_tests.rs"]
pub(crate) mod tests;

#[cfg(test)]
#[cfg(all(unix, not(target_os = "macos")))]
#[path = "secret_service_tests.rs"]
mod secret_service_tests;
