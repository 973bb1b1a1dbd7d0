//! The vault key, and how it is wrapped under something a person knows.
//!
//! Left out: where wrapped keys are kept (`file`) and where bare ones are (`keychain`, `key_file`). Invariant: a key's
//! id is derived from the key, so the same key file or keychain entry always opens the same secrets, even if
//! `vault.json` was lost.

use crate::cipher::{self, KEY_LEN};
use crate::error::{Result, VaultError};
use crate::recovery::RecoveryCode;
use crate::secret::SecretString;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub(crate) const KEY_ID_LEN: usize = 8;
const SALT_LEN: usize = 16;
const CHECK_TEXT: &[u8] = b"courier vault check";
/// OWASP's second recommendation for Argon2id, with more memory: about 0.2 s on a small machine.
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// A damaged or hostile file must not make unlocking take all memory.
const MAX_MEMORY_KIB: u32 = 1_048_576;
const MAX_PASSES: u32 = 64;

/// The 256-bit key under which every data key is wrapped.
pub(crate) struct VaultKey(Zeroizing<[u8; KEY_LEN]>);

impl VaultKey {
    pub(crate) fn generate() -> Result<Self> {
        let mut key = Zeroizing::new([0_u8; KEY_LEN]);
        cipher::fill_random(&mut *key)?;
        Ok(Self(key))
    }

    /// `None` unless there are exactly 32 bytes.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|key| Self(Zeroizing::new(key)))
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    pub(crate) fn id(&self) -> [u8; KEY_ID_LEN] {
        let digest = Sha256::new().chain_update(b"courier vault key id\0").chain_update(*self.0).finalize();
        let mut id = [0; KEY_ID_LEN];
        id.copy_from_slice(&digest[..KEY_ID_LEN]);
        id
    }

    pub(crate) fn id_text(&self) -> String {
        hex::encode(self.id())
    }

    /// A value that only this key can have made.
    pub(crate) fn check_value(&self) -> Result<String> {
        Ok(BASE64.encode(cipher::encrypt(&self.0, CHECK_TEXT, &self.id())?))
    }

    pub(crate) fn made_check_value(&self, check: &str) -> bool {
        BASE64
            .decode(check)
            .ok()
            .and_then(|sealed| cipher::decrypt(&self.0, &sealed, &self.id()))
            .is_some_and(|plain| plain.as_slice() == CHECK_TEXT)
    }
}

/// The vault key under a passphrase, through Argon2id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassphraseWrap {
    salt: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    wrapped: String,
}

impl PassphraseWrap {
    pub(crate) fn make(key: &VaultKey, passphrase: &SecretString) -> Result<Self> {
        let mut salt = [0_u8; SALT_LEN];
        cipher::fill_random(&mut salt)?;
        let mut wrap = Self {
            salt: BASE64.encode(salt),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            wrapped: String::new(),
        };
        let derived = wrap.derive(passphrase)?;
        wrap.wrapped = BASE64.encode(cipher::encrypt(&derived, key.expose(), b"passphrase")?);
        Ok(wrap)
    }

    /// `None` when the passphrase is not the one.
    pub(crate) fn open(&self, passphrase: &SecretString) -> Result<Option<VaultKey>> {
        let wrapped = BASE64.decode(&self.wrapped).map_err(|_| VaultError::file_damaged("wrapped key"))?;
        let derived = self.derive(passphrase)?;
        Ok(cipher::decrypt(&derived, &wrapped, b"passphrase").and_then(|key| VaultKey::from_slice(&key)))
    }

    fn derive(&self, passphrase: &SecretString) -> Result<Zeroizing<[u8; KEY_LEN]>> {
        let bad = || VaultError::file_damaged("passphrase parameters");
        if self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES {
            return Err(bad());
        }
        let salt = BASE64.decode(&self.salt).map_err(|_| bad())?;
        let params =
            Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_LEN)).map_err(|_| bad())?;
        let mut out = Zeroizing::new([0_u8; KEY_LEN]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &salt, &mut *out)
            .map_err(|_| bad())?;
        Ok(out)
    }
}

/// The vault key under the recovery code. The code has 160 random bits, so one hash is enough.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoveryWrap {
    salt: String,
    wrapped: String,
}

impl RecoveryWrap {
    pub(crate) fn make(key: &VaultKey, code: &RecoveryCode) -> Result<Self> {
        let mut salt = [0_u8; SALT_LEN];
        cipher::fill_random(&mut salt)?;
        let wrapped = cipher::encrypt(&code.derive(&salt), key.expose(), b"recovery")?;
        Ok(Self { salt: BASE64.encode(salt), wrapped: BASE64.encode(wrapped) })
    }

    /// `None` when the code is not the one.
    pub(crate) fn open(&self, code: &RecoveryCode) -> Result<Option<VaultKey>> {
        let bad = |_| VaultError::file_damaged("recovery key");
        let salt = BASE64.decode(&self.salt).map_err(bad)?;
        let wrapped = BASE64.decode(&self.wrapped).map_err(bad)?;
        Ok(cipher::decrypt(&code.derive(&salt), &wrapped, b"recovery")
            .and_then(|key| VaultKey::from_slice(&key)))
    }
}
