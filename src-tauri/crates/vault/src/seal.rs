//! The blob that a stored secret is: envelope encryption bound to its place.
//!
//! Layout, version 1: version (1 byte), vault key id (8), wrapped data key (nonce 12, key 32, tag 16), secret
//! (nonce 12, ciphertext, tag 16). AES-256-GCM twice; every secret has its own random data key. The wrapped data key is
//! bound to version, key id and place; the secret to version and place only, so that a new vault key re-wraps
//! data keys without touching secrets.
//!
//! Invariant: a blob opens only unchanged, and only at the place it was sealed for.

use crate::cipher::{self, KEY_LEN, OVERHEAD};
use crate::error::{Result, VaultError};
use crate::key::{KEY_ID_LEN, VaultKey};
use crate::rotation::KeyRing;
use crate::secret::SecretBytes;
use courier_domain::connection::Sealed;
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const WRAPPED_LEN: usize = KEY_LEN + OVERHEAD;
const HEAD_LEN: usize = 1 + KEY_ID_LEN + WRAPPED_LEN;

/// Where a secret is stored: table, row and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretRef {
    pub table: &'static str,
    pub id: Uuid,
    pub field: &'static str,
}

impl SecretRef {
    pub fn new(table: &'static str, id: impl Into<Uuid>, field: &'static str) -> Self {
        Self { table, id: id.into(), field }
    }

    /// Length-prefixed, so that no two places have the same bytes.
    fn bound_to(&self, purpose: &str, extra: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(96);
        for part in [
            purpose.as_bytes(),
            &[VERSION],
            extra,
            self.table.as_bytes(),
            self.id.as_bytes(),
            self.field.as_bytes(),
        ] {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part);
        }
        out
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.field, self.id)
    }
}

/// Seals `plain` for one place.
pub(crate) fn seal(key: &VaultKey, place: &SecretRef, plain: &[u8]) -> Result<Sealed> {
    let mut data_key = Zeroizing::new([0_u8; KEY_LEN]);
    cipher::fill_random(&mut *data_key)?;
    let key_id = key.id();
    let mut blob = Vec::with_capacity(HEAD_LEN + plain.len() + OVERHEAD);
    blob.push(VERSION);
    blob.extend_from_slice(&key_id);
    blob.extend(cipher::encrypt(key.expose(), &*data_key, &place.bound_to("data key", &key_id))?);
    blob.extend(cipher::encrypt(&data_key, plain, &place.bound_to("secret", &[]))?);
    Ok(Sealed(blob))
}

/// Opens a blob sealed for `place`.
pub(crate) fn open(keys: &KeyRing, place: &SecretRef, sealed: &Sealed) -> Result<SecretBytes> {
    let damaged = || VaultError::SecretDamaged { place: *place };
    let (_, data_key, body) = unwrap(keys, place, sealed)?;
    let mut plain = cipher::decrypt(&data_key, body, &place.bound_to("secret", &[])).ok_or_else(damaged)?;
    Ok(SecretBytes::new(std::mem::take(&mut *plain)))
}

/// The blob with its data key under the newest vault key; `None` when it is under that one already.
pub(crate) fn rewrap(keys: &KeyRing, place: &SecretRef, sealed: &Sealed) -> Result<Option<Sealed>> {
    let (under, data_key, body) = unwrap(keys, place, sealed)?;
    let newest = keys.newest();
    let key_id = newest.id();
    if under == key_id {
        return Ok(None);
    }
    let mut blob = Vec::with_capacity(sealed.0.len());
    blob.push(VERSION);
    blob.extend_from_slice(&key_id);
    blob.extend(cipher::encrypt(newest.expose(), &*data_key, &place.bound_to("data key", &key_id))?);
    blob.extend_from_slice(body);
    Ok(Some(Sealed(blob)))
}

type DataKey = Zeroizing<[u8; KEY_LEN]>;

/// The id of the vault key it is under, its data key, and the secret under that.
fn unwrap<'a>(
    keys: &KeyRing,
    place: &SecretRef,
    sealed: &'a Sealed,
) -> Result<([u8; KEY_ID_LEN], DataKey, &'a [u8])> {
    let damaged = || VaultError::SecretDamaged { place: *place };
    let blob = &sealed.0;
    if blob.len() < HEAD_LEN + OVERHEAD || blob[0] != VERSION {
        return Err(damaged());
    }
    let (head, body) = blob.split_at(HEAD_LEN);
    let (key_id, wrapped) = head[1..].split_at(KEY_ID_LEN);
    let Some(key) = keys.find(key_id) else {
        return Err(VaultError::SecretUnderOtherKey {
            place: *place,
            sealed_under: hex::encode(key_id),
            current: keys.newest().id_text(),
        });
    };
    let data_key =
        cipher::decrypt(key.expose(), wrapped, &place.bound_to("data key", key_id)).ok_or_else(damaged)?;
    let data_key = Zeroizing::new(data_key.as_slice().try_into().map_err(|_| damaged())?);
    Ok((key.id(), data_key, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(id: u128) -> SecretRef {
        SecretRef::new("connections", Uuid::from_u128(id), "password_encrypted")
    }

    #[test]
    fn a_sealed_secret_opens_at_its_place() {
        let key = VaultKey::generate().unwrap();
        let keys = KeyRing::new(VaultKey::from_slice(key.expose()).unwrap());
        for plain in [&b""[..], b"x", &[7_u8; 70_000]] {
            let sealed = seal(&key, &place(1), plain).unwrap();
            assert_eq!(open(&keys, &place(1), &sealed).unwrap().expose(), plain);
        }
    }

    #[test]
    fn the_same_secret_never_seals_to_the_same_bytes() {
        let key = VaultKey::generate().unwrap();
        assert_ne!(seal(&key, &place(1), b"pw").unwrap(), seal(&key, &place(1), b"pw").unwrap());
    }

    #[test]
    fn every_flipped_bit_is_found_and_named() {
        let key = VaultKey::generate().unwrap();
        let keys = KeyRing::new(VaultKey::from_slice(key.expose()).unwrap());
        let sealed = seal(&key, &place(1), b"a password").unwrap();
        for bit in 0..sealed.0.len() * 8 {
            let mut bad = sealed.clone();
            bad.0[bit / 8] ^= 1 << (bit % 8);
            let error = open(&keys, &place(1), &bad).unwrap_err();
            assert_eq!(error.code(), courier_domain::ErrorCode::SecretDamaged, "bit {bit}");
            assert!(error.to_string().contains("connections.password_encrypted"), "{error}");
        }
    }

    #[test]
    fn every_truncation_is_found() {
        let key = VaultKey::generate().unwrap();
        let keys = KeyRing::new(VaultKey::from_slice(key.expose()).unwrap());
        let sealed = seal(&key, &place(1), b"a password").unwrap();
        for len in 0..sealed.0.len() {
            let short = Sealed(sealed.0[..len].to_vec());
            assert_eq!(
                open(&keys, &place(1), &short).unwrap_err().code(),
                courier_domain::ErrorCode::SecretDamaged
            );
        }
    }

    #[test]
    fn a_blob_moved_to_another_row_field_or_table_does_not_open() {
        let key = VaultKey::generate().unwrap();
        let keys = KeyRing::new(VaultKey::from_slice(key.expose()).unwrap());
        let sealed = seal(&key, &place(1), b"pw").unwrap();
        let id = Uuid::from_u128(1);
        for other in [
            place(2),
            SecretRef::new("connections", id, "passphrase"),
            SecretRef::new("pgp_keys", id, "password_encrypted"),
        ] {
            let error = open(&keys, &other, &sealed).unwrap_err();
            assert!(matches!(error, VaultError::SecretDamaged { place } if place == other), "{error}");
        }
    }

    #[test]
    fn a_blob_of_another_vault_says_so() {
        let sealed = seal(&VaultKey::generate().unwrap(), &place(1), b"pw").unwrap();
        let error = open(&KeyRing::new(VaultKey::generate().unwrap()), &place(1), &sealed).unwrap_err();
        assert!(matches!(error, VaultError::SecretUnderOtherKey { .. }), "{error}");
    }
}
