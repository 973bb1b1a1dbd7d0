//! AES-256-GCM with a random nonce, in the one form the vault uses: nonce, ciphertext, tag.
//!
//! Invariant: a key encrypts few enough messages for random nonces (the vault key wraps one data key for each
//! secret, a data key encrypts one secret).

use crate::error::{Result, VaultError};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

pub(crate) const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// What encryption adds to the length.
pub(crate) const OVERHEAD: usize = NONCE_LEN + TAG_LEN;

pub(crate) fn fill_random(out: &mut [u8]) -> Result<()> {
    getrandom::fill(out).map_err(|source| VaultError::Random { source })
}

pub(crate) fn encrypt(key: &[u8; KEY_LEN], plain: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0_u8; NONCE_LEN];
    fill_random(&mut nonce)?;
    let sealed = Aes256Gcm::new(key.into())
        .encrypt((&nonce).into(), Payload { msg: plain, aad })
        .map_err(|_| VaultError::TooLong { bytes: plain.len() })?;
    let mut out = Vec::with_capacity(NONCE_LEN + sealed.len());
    out.extend_from_slice(&nonce);
    out.extend(sealed);
    Ok(out)
}

/// `None` when the key, the bytes or the associated data are not what was encrypted.
pub(crate) fn decrypt(key: &[u8; KEY_LEN], sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
    Aes256Gcm::new(key.into()).decrypt(nonce.into(), Payload { msg: body, aad }).ok().map(Zeroizing::new)
}
