//! WinZip's AES-256 encryption, version AE-2: keys by PBKDF2 with HMAC-SHA1, CTR with a little-endian counter that
//! starts at 1, and the first ten bytes of an HMAC-SHA1 over what was encrypted. Writing only; reading is `zip`'s.
//! <https://www.winzip.com/en/support/aes-encryption/>
//!
//! Invariant: each entry has a random salt of its own, so no key stream is used twice.

use ::aes::Aes256;
use ::aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128LE;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::io;
use zeroize::Zeroizing;

const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
const CHECK_BYTES: usize = 2;
const CODE_BYTES: usize = 10;
const ITERATIONS: u32 = 1000;

/// Bytes around the encrypted content.
pub(super) const OVERHEAD_BYTES: u64 = (SALT_BYTES + CHECK_BYTES + CODE_BYTES) as u64;

/// Keys of one entry. Slow to make on purpose.
pub(super) struct Keys {
    salt: [u8; SALT_BYTES],
    derived: Zeroizing<[u8; 2 * KEY_BYTES + CHECK_BYTES]>,
}

impl Keys {
    pub(super) fn derive(password: &str) -> io::Result<Self> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        Ok(Self::with_salt(password, salt))
    }

    fn with_salt(password: &str, salt: [u8; SALT_BYTES]) -> Self {
        let mut derived = Zeroizing::new([0; 2 * KEY_BYTES + CHECK_BYTES]);
        pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), &salt, ITERATIONS, &mut *derived);
        Self { salt, derived }
    }

    /// What stands before the content: the salt, and two bytes that tell most wrong passwords.
    pub(super) fn head(&self) -> Vec<u8> {
        let check = self.derived.get(2 * KEY_BYTES..).unwrap_or_default();
        [self.salt.as_slice(), check].concat()
    }

    pub(super) fn cipher(&self) -> io::Result<Cipher> {
        let (key, rest) = self.derived.split_at(KEY_BYTES);
        let (code_key, _) = rest.split_at(KEY_BYTES);
        let mut counter = [0; 16];
        counter[0] = 1;
        Ok(Cipher {
            stream: Ctr128LE::new_from_slices(key, &counter).map_err(io::Error::other)?,
            code: Hmac::new_from_slice(code_key).map_err(io::Error::other)?,
        })
    }
}

/// Encrypts one entry's packed content, piece by piece.
pub(super) struct Cipher {
    stream: Ctr128LE<Aes256>,
    code: Hmac<Sha1>,
}

impl Cipher {
    pub(super) fn encrypt(&mut self, bytes: &mut [u8]) {
        self.stream.apply_keystream(bytes);
        self.code.update(bytes);
    }

    /// The authentication code, which stands behind the content.
    pub(super) fn finish(self) -> Vec<u8> {
        let code = self.code.finalize().into_bytes();
        code.get(..CODE_BYTES).unwrap_or_default().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_entries_with_one_password_have_nothing_in_common() {
        let (a, b) = (Keys::derive("pa55").unwrap(), Keys::derive("pa55").unwrap());
        assert_ne!(a.salt, b.salt);
        assert_ne!(*a.derived, *b.derived);
    }

    #[test]
    fn pieces_encrypt_as_the_whole() {
        let keys = Keys::with_salt("pa55", [7; SALT_BYTES]);
        let plain: Vec<u8> = (0..200).collect();
        let mut whole = plain.clone();
        let mut cipher = keys.cipher().unwrap();
        cipher.encrypt(&mut whole);
        let code = cipher.finish();

        let mut pieces = plain.clone();
        let mut cipher = keys.cipher().unwrap();
        for piece in pieces.chunks_mut(37) {
            cipher.encrypt(piece);
        }
        assert_eq!(pieces, whole);
        assert_ne!(pieces, plain);
        assert_eq!(cipher.finish(), code);
        assert_eq!(code.len(), CODE_BYTES);
        assert_eq!(keys.head().len() + code.len(), OVERHEAD_BYTES as usize);
    }
}
