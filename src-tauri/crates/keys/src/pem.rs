//! Private keys in PEM as OpenSSL protected them before PKCS#8: `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421 as
//! OpenSSL uses it, with its `EVP_BytesToKey` over MD5).
//!
//! The protection is weak by today's measure; what is read this way is stored under the vault's.

use crate::error::{KeysError, Result};
use aes::{Aes128, Aes192, Aes256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyIvInit};
use courier_vault::SecretString;
use des::TdesEde3;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

/// Whether the text is such a key.
pub(crate) fn is_protected(text: &str) -> bool {
    text.contains("Proc-Type: 4,ENCRYPTED")
}

/// The same key without its protection, as PEM.
///
/// # Errors
/// [`KeysError::WrongPassphrase`]; [`KeysError::Unsupported`] for other ciphers; [`KeysError::KeyUnreadable`].
pub(crate) fn opened(text: &str, passphrase: &SecretString) -> Result<Zeroizing<String>> {
    let unreadable = |why: &str| KeysError::KeyUnreadable { why: why.into(), source: None };
    let label = text
        .lines()
        .find_map(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"))
        .ok_or_else(|| unreadable("it has no first line."))?;
    let (cipher, iv) = text
        .lines()
        .find_map(|line| line.strip_prefix("DEK-Info: ")?.trim().split_once(','))
        .ok_or_else(|| unreadable("it does not say how it is protected."))?;
    let iv = hex::decode(iv.trim()).map_err(|_| unreadable("its DEK-Info is damaged."))?;
    let body: String = text
        .lines()
        .filter(|line| !line.starts_with("-----") && !line.contains(':'))
        .map(str::trim)
        .collect();
    let sealed = BASE64.decode(body).map_err(|_| unreadable("its text is damaged."))?;
    let plain = match cipher {
        "AES-128-CBC" => cbc::<Aes128>(passphrase, &iv, &sealed),
        "AES-192-CBC" => cbc::<Aes192>(passphrase, &iv, &sealed),
        "AES-256-CBC" => cbc::<Aes256>(passphrase, &iv, &sealed),
        "DES-EDE3-CBC" => cbc::<TdesEde3>(passphrase, &iv, &sealed),
        other => {
            return Err(KeysError::Unsupported {
                what: format!("A PEM key protected with {other}"),
                instead: "Rewrite it with `ssh-keygen -p -f FILE` and import that.",
            });
        }
    };
    // A wrong key leaves no padding behind, or (one time in 256) no sequence that begins like a key.
    let plain = plain
        .filter(|plain| plain.first() == Some(&0x30))
        .ok_or_else(|| KeysError::WrongPassphrase { key: "in this file".into() })?;
    let text = Zeroizing::new(BASE64.encode(&*plain));
    let mut pem = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    Ok(pem)
}

fn cbc<C: BlockCipherDecrypt + cbc::cipher::KeyInit>(
    passphrase: &SecretString,
    iv: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let key = derive(passphrase, iv.get(..8)?, C::key_size());
    let cipher = cbc::Decryptor::<C>::new_from_slices(&key, iv).ok()?;
    cipher.decrypt_padded_vec::<Pkcs7>(sealed).ok().map(Zeroizing::new)
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one round.
fn derive(passphrase: &SecretString, salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::new());
    while key.len() < length {
        let last = key.len().saturating_sub(16);
        let digest = Md5::new()
            .chain_update(key.get(last..).unwrap_or_default())
            .chain_update(passphrase.expose().as_bytes())
            .chain_update(salt)
            .finalize();
        key.extend_from_slice(&digest);
    }
    key.truncate(length);
    key
}
