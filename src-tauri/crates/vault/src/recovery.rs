//! The recovery code: shown once at set-up, opens the vault when the keychain entry, key file or passphrase is lost.
//!
//! 160 random bits as 32 characters of Crockford's base 32, in groups of four. Reading forgives case, spaces, dashes and
//! the look-alikes `O`, `I` and `L`. Invariant: the code itself is stored nowhere.

use crate::cipher::{self, KEY_LEN};
use crate::error::{Result, VaultError};
use crate::secret::SecretString;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LEN: usize = 32;

/// A recovery code, as 32 characters of the alphabet.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    pub(crate) fn generate() -> Result<Self> {
        let mut random = Zeroizing::new([0_u8; LEN]);
        cipher::fill_random(&mut *random)?;
        // 256 is a multiple of 32, so taking five bits of each byte is unbiased.
        Ok(Self(Zeroizing::new(
            random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect(),
        )))
    }

    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`VaultError::RecoveryCodeShape`] when it cannot be a recovery code.
    pub fn parse(text: &SecretString) -> Result<Self> {
        let mut code = Zeroizing::new(String::with_capacity(LEN));
        for c in text.expose().chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if !c.is_ascii() || !ALPHABET.contains(&(c as u8)) || code.len() == LEN {
                return Err(VaultError::RecoveryCodeShape);
            }
            code.push(c);
        }
        if code.len() == LEN { Ok(Self(code)) } else { Err(VaultError::RecoveryCodeShape) }
    }

    /// The code in groups of four, for showing it once.
    pub fn expose(&self) -> SecretString {
        let mut shown = String::with_capacity(LEN + LEN / 4);
        for (index, c) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                shown.push('-');
            }
            shown.push(c);
        }
        SecretString::new(shown)
    }

    pub(crate) fn derive(&self, salt: &[u8]) -> Zeroizing<[u8; KEY_LEN]> {
        let digest = Sha256::new()
            .chain_update(b"courier vault recovery\0")
            .chain_update((salt.len() as u64).to_be_bytes())
            .chain_update(salt)
            .chain_update(self.0.as_bytes())
            .finalize();
        Zeroizing::new(digest.into())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_was_typed() {
        let code = RecoveryCode(Zeroizing::new("01ABCDEFGHJKMNPQRSTVWXYZ01234567".into()));
        assert_eq!(code.expose().expose(), "01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-0123-4567");
        for typed in ["01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-0123-4567", " oIab cdef ghjk mnpq rstv wxyz o123 4567\n"]
        {
            assert_eq!(*RecoveryCode::parse(&SecretString::from(typed)).unwrap().0, *code.0);
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for bad in [
            "",
            "abcd",
            "01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-0123-456U",
            "01AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-0123-45678",
        ] {
            assert!(matches!(
                RecoveryCode::parse(&SecretString::from(bad)),
                Err(VaultError::RecoveryCodeShape)
            ));
        }
    }

    #[test]
    fn generated_codes_differ() {
        assert_ne!(*RecoveryCode::generate().unwrap().0, *RecoveryCode::generate().unwrap().0);
    }
}
