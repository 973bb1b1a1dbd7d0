//! Replacing the vault key, so that a crash at any point loses nothing.
//!
//! The next key is made and kept in `vault.json`, wrapped by the one it replaces, together with what `vault.json` will
//! be; from then on secrets are sealed under it, and both keys open. The caller re-wraps every stored secret
//! ([`Vault::rewrap`]). Then the key's place gets the next key, and `vault.json` is replaced: between the two, either
//! key is recognised. Replaced keys stay, wrapped by the newest, so that a backup from their time can be restored.
//!
//! Left out: where stored secrets are. Invariant: whichever key is in the keychain, key file or under the passphrase,
//! `vault.json` leads from it to every key that a stored secret may need.

use crate::cipher;
use crate::error::{Result, VaultError};
use crate::file::{Method, SetupLock, VaultFile};
use crate::key::{KEY_ID_LEN, PassphraseWrap, RecoveryWrap, VaultKey};
use crate::key_file::{self, Guard};
use crate::keychain::PATIENT;
use crate::place::absolute;
use crate::recovery::RecoveryCode;
use crate::seal::{self, SecretRef};
use crate::secret::SecretString;
use crate::state::KeySource;
use crate::vault::Vault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use courier_domain::Timestamp;
use courier_domain::connection::Sealed;
use serde::{Deserialize, Serialize};

/// The key that is on its way in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Incoming {
    pub(crate) started_at: Timestamp,
    /// Under the key that it replaces.
    key: WrappedKey,
    /// What `vault.json` will be.
    pub(crate) next: Box<VaultFile>,
}

/// A vault key under another one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrappedKey {
    key_id: String,
    wrapped: String,
}

impl WrappedKey {
    fn make(key: &VaultKey, under: &VaultKey) -> Result<Self> {
        let wrapped = cipher::encrypt(under.expose(), key.expose(), &Self::bound_to(key, under))?;
        Ok(Self { key_id: key.id_text(), wrapped: BASE64.encode(wrapped) })
    }

    fn open(&self, under: &VaultKey) -> Result<VaultKey> {
        let damaged = || VaultError::file_damaged("wrapped vault key");
        let wrapped = BASE64.decode(&self.wrapped).map_err(|_| damaged())?;
        let id = hex::decode(&self.key_id).map_err(|_| damaged())?;
        let key = cipher::decrypt(under.expose(), &wrapped, &[&id[..], &under.id()].concat())
            .ok_or_else(damaged)?;
        VaultKey::from_slice(&key).ok_or_else(damaged)
    }

    fn bound_to(key: &VaultKey, under: &VaultKey) -> Vec<u8> {
        [key.id(), under.id()].concat()
    }
}

/// Every key of one vault: the one that its place holds, and those that stored secrets may need besides.
pub(crate) struct KeyRing {
    current: VaultKey,
    next: Option<VaultKey>,
    replaced: Vec<VaultKey>,
}

impl KeyRing {
    pub(crate) fn new(key: VaultKey) -> Self {
        Self { current: key, next: None, replaced: Vec::new() }
    }

    /// All keys that `file` leads to from `found`, the key of its place; `None` when it is another vault's key.
    pub(crate) fn of(file: &VaultFile, found: VaultKey) -> Result<Option<Self>> {
        if file.fits(&found) {
            let next = file.incoming.as_ref().map(|incoming| incoming.key.open(&found)).transpose()?;
            let replaced = file.replaced.iter().map(|key| key.open(&found)).collect::<Result<_>>()?;
            return Ok(Some(Self { current: found, next, replaced }));
        }
        let Some(incoming) = file.incoming.as_ref().filter(|incoming| incoming.next.fits(&found)) else {
            return Ok(None);
        };
        let mut replaced: Vec<VaultKey> =
            incoming.next.replaced.iter().map(|key| key.open(&found)).collect::<Result<_>>()?;
        let current = replaced.pop().filter(|key| file.fits(key));
        let current = current.ok_or_else(|| VaultError::file_damaged("replaced vault key"))?;
        Ok(Some(Self { current, next: Some(found), replaced }))
    }

    /// The key whose place is in `vault.json`.
    pub(crate) const fn current(&self) -> &VaultKey {
        &self.current
    }

    /// The key that new secrets are sealed under.
    pub(crate) fn newest(&self) -> &VaultKey {
        self.next.as_ref().unwrap_or(&self.current)
    }

    pub(crate) fn find(&self, id: &[u8]) -> Option<&VaultKey> {
        debug_assert_eq!(id.len(), KEY_ID_LEN);
        self.next.iter().chain([&self.current]).chain(&self.replaced).find(|key| key.id() == id)
    }
}

impl Vault {
    /// Begins to replace the vault key, or takes up a rotation that was cut off. Gives the recovery code of the new key,
    /// to be shown before anything else happens; until the end the old code opens the vault, too.
    ///
    /// A vault under a passphrase needs it again.
    ///
    /// # Errors
    /// [`VaultError::Locked`]; the passphrase is missing or wrong; the key's place cannot take another key.
    pub fn start_rotation(&self, passphrase: Option<&SecretString>) -> Result<RecoveryCode> {
        let _lock = SetupLock::take(self.home())?;
        let mut file = VaultFile::load(self.home())?.ok_or(VaultError::Uninitialised)?;
        let current = self.current_key()?;
        let ring = KeyRing::of(&file, current)?.ok_or(VaultError::Locked)?;
        self.check_place(&file, &ring)?;
        let code = RecoveryCode::generate()?;
        let recovery = RecoveryWrap::make(ring.newest(), &code)?;
        if let Some(incoming) = &mut file.incoming {
            incoming.next.recovery = Some(recovery);
        } else {
            file.incoming = Some(self.new_incoming(&file, &ring, passphrase, &code)?);
        }
        file.replace(self.home())?;
        let started = KeyRing::of(&file, ring.current)?.ok_or(VaultError::Locked)?;
        tracing::info!(from = %file.key_id, to = %started.newest().id_text(), "vault key rotation");
        self.rotating(file, started);
        Ok(code)
    }

    /// The secret under the newest key; `None` when it is so already.
    ///
    /// # Errors
    /// As [`open_secret`](Self::open_secret).
    pub fn rewrap(&self, place: &SecretRef, sealed: &Sealed) -> Result<Option<Sealed>> {
        self.with_keys(|ring| seal::rewrap(ring, place, sealed))
    }

    /// Puts the next key where the vault's key is kept. Every stored secret must have been re-wrapped.
    ///
    /// # Errors
    /// [`VaultError::NoRotation`]; the keychain's and the disk's own errors.
    pub fn place_next_key(&self) -> Result<()> {
        let _lock = SetupLock::take(self.home())?;
        let file = VaultFile::load(self.home())?.ok_or(VaultError::Uninitialised)?;
        let ring = KeyRing::of(&file, self.current_key()?)?.ok_or(VaultError::Locked)?;
        let next = ring.next.as_ref().ok_or(VaultError::NoRotation)?;
        self.check_place(&file, &ring)?;
        match &file.method {
            Method::Keychain { account } => self.options().keychain.set(account, next),
            Method::KeyFile { path } => key_file::replace(path, next),
            // The wrapped key is in the file that comes next.
            Method::Passphrase(_) => Ok(()),
            Method::SystemdCredential => {
                Err(VaultError::PlaceNotOurs { key_source: KeySource::SystemdCredential })
            }
        }
    }

    /// Ends the rotation: `vault.json` is the next key's.
    ///
    /// # Errors
    /// [`VaultError::NoRotation`]; the disk's own errors.
    pub fn finish_rotation(&self) -> Result<()> {
        let _lock = SetupLock::take(self.home())?;
        let file = VaultFile::load(self.home())?.ok_or(VaultError::Uninitialised)?;
        let ring = KeyRing::of(&file, self.current_key()?)?.ok_or(VaultError::Locked)?;
        let (Some(incoming), Some(next)) = (file.incoming, ring.next) else {
            return Err(VaultError::NoRotation);
        };
        let file = *incoming.next;
        file.replace(self.home())?;
        let ring = KeyRing::of(&file, next)?.ok_or_else(|| VaultError::file_damaged("next vault key"))?;
        tracing::info!(key_id = %file.key_id, "vault key replaced");
        self.rotating(file, ring);
        Ok(())
    }

    fn new_incoming(
        &self,
        file: &VaultFile,
        ring: &KeyRing,
        passphrase: Option<&SecretString>,
        code: &RecoveryCode,
    ) -> Result<Incoming> {
        let key = VaultKey::generate()?;
        let method = match (&file.method, passphrase) {
            (Method::Passphrase(wrap), Some(passphrase)) => {
                wrap.open(passphrase)?.ok_or(VaultError::WrongPassphrase)?;
                Method::Passphrase(PassphraseWrap::make(&key, passphrase)?)
            }
            (Method::Passphrase(_), None) => return Err(VaultError::PassphraseNeeded),
            (other, _) => other.clone(),
        };
        let now = self.options().clock.now();
        let recovery = RecoveryWrap::make(&key, code)?;
        let mut next = VaultFile::new(key.id_text(), now, method, key.check_value()?, Some(recovery));
        let older = ring.replaced.iter().chain([&ring.current]);
        next.replaced = older.map(|old| WrappedKey::make(old, &key)).collect::<Result<_>>()?;
        Ok(Incoming { started_at: now, key: WrappedKey::make(&key, &ring.current)?, next: Box::new(next) })
    }

    /// The place must be the vault's own and hold one of its keys: nobody else's key is displaced, and no other copy of
    /// the key is left behind that the next start would believe.
    fn check_place(&self, file: &VaultFile, ring: &KeyRing) -> Result<()> {
        let options = self.options();
        let ours = |found: VaultKey, key_source| {
            ring.find(&found.id()).map(|_| ()).ok_or_else(|| VaultError::WrongKey {
                key_source,
                found: found.id_text(),
                needed: file.key_id.clone(),
            })
        };
        let from_elsewhere = match &options.key_file {
            Some(path) => !matches!(&file.method, Method::KeyFile { path: own } if *own == absolute(path)),
            None => options.credential_file.is_some(),
        };
        if from_elsewhere {
            let key_source =
                if options.key_file.is_some() { KeySource::KeyFile } else { KeySource::SystemdCredential };
            return Err(VaultError::PlaceNotOurs { key_source });
        }
        match &file.method {
            Method::Keychain { account } => {
                ours(options.keychain.get(account, PATIENT)?, KeySource::Keychain)
            }
            Method::KeyFile { path } => {
                ours(key_file::read(path, Guard::Permissions)?, KeySource::KeyFile)?;
                key_file::check_replaceable(path)
            }
            Method::Passphrase(_) => Ok(()),
            Method::SystemdCredential => {
                Err(VaultError::PlaceNotOurs { key_source: KeySource::SystemdCredential })
            }
        }
    }
}

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
