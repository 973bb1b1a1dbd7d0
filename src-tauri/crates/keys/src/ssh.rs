//! SSH keys: made, read in the formats people have, written as OpenSSH writes them.
//!
//! Left out: agents and certificates. Invariant: fingerprints are what `ssh-keygen -l` prints.

use crate::error::{KeysError, Result};
use crate::pem;
use courier_domain::key::SshKeyType;
use courier_vault::{SecretBytes, SecretString};
use russh::keys::ssh_key::private::{KeypairData, RsaKeypair};
use russh::keys::ssh_key::{Kdf, LineEnding, public};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey, PublicKey, decode_secret_key};

/// A key pair in the form that is stored.
#[derive(Debug)]
pub struct SshKeyPair {
    pub key_type: SshKeyType,
    /// One line: type, base64, comment.
    pub public_line: String,
    /// `SHA256:…`
    pub fingerprint: String,
    /// OpenSSH format, without a passphrase: the vault seals it.
    pub private: SecretBytes,
}

/// Makes a key pair. RSA 4096 takes seconds.
///
/// # Errors
/// [`KeysError::Invalid`] for a comment of several lines; [`KeysError::Library`].
pub fn generate(key_type: SshKeyType, comment: &str) -> Result<SshKeyPair> {
    if comment.chars().any(char::is_control) {
        let message = "A key's comment is one line.".into();
        return Err(KeysError::Invalid { field: "comment", message });
    }
    let failed = |error| KeysError::library("made an SSH key", error);
    let mut rng = russh::keys::key::safe_rng();
    let rsa = |rng: &mut _, bits| PrivateKey::new(KeypairData::from(RsaKeypair::random(rng, bits)?), comment);
    let mut key = match key_type {
        SshKeyType::Rsa2048 => rsa(&mut rng, 2048),
        SshKeyType::Rsa3072 => rsa(&mut rng, 3072),
        SshKeyType::Rsa4096 => rsa(&mut rng, 4096),
        SshKeyType::Ed25519 => PrivateKey::random(&mut rng, Algorithm::Ed25519),
        SshKeyType::Ecdsa256 => {
            PrivateKey::random(&mut rng, Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 })
        }
    }
    .map_err(failed)?;
    key.set_comment(comment);
    stored_form(&key)
}

/// Reads a private key: OpenSSH, PEM (PKCS#1, PKCS#8) or PuTTY, with its passphrase if it has one.
///
/// # Errors
/// [`KeysError::PassphraseNeeded`], [`KeysError::WrongPassphrase`], [`KeysError::KeyUnreadable`],
/// [`KeysError::Unsupported`] for kinds of keys Courier does not use.
pub fn import(bytes: &[u8], passphrase: Option<&SecretString>) -> Result<SshKeyPair> {
    stored_form(&decode(bytes, passphrase)?)
}

/// The fingerprint of a public key as one OpenSSH line, as a `.pub` file has it.
///
/// # Errors
/// [`KeysError::KeyUnreadable`].
pub fn public_fingerprint(line: &str) -> Result<String> {
    Ok(public_key(line)?.fingerprint(HashAlg::Sha256).to_string())
}

/// The public half of a key alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshPublicKey {
    pub key_type: SshKeyType,
    /// One OpenSSH line, as it was given.
    pub public_line: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
}

/// Reads a public key as one OpenSSH line.
///
/// # Errors
/// [`KeysError::KeyUnreadable`], and [`KeysError::Unsupported`] for a type that cannot log in here.
pub fn read_public(line: &str) -> Result<SshPublicKey> {
    let key = public_key(line)?;
    Ok(SshPublicKey {
        key_type: key_type(&key)?,
        public_line: line.trim().to_owned(),
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
    })
}

fn public_key(line: &str) -> Result<PublicKey> {
    PublicKey::from_openssh(line.trim())
        .map_err(|error| KeysError::KeyUnreadable { why: format!("{error}."), source: Some(error.into()) })
}

/// The key for logging in, from its stored form.
///
/// # Errors
/// As [`import`].
pub fn load_private(stored: &SecretBytes, passphrase: Option<&SecretString>) -> Result<PrivateKey> {
    decode(stored.expose(), passphrase)
}

fn stored_form(key: &PrivateKey) -> Result<SshKeyPair> {
    let failed = |error| KeysError::library("wrote an SSH key", error);
    let key_type = key_type(key.public_key())?;
    let text = key.to_openssh(LineEnding::LF).map_err(failed)?;
    Ok(SshKeyPair {
        key_type,
        public_line: key.public_key().to_openssh().map_err(failed)?,
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        private: SecretBytes::new(text.as_bytes().to_vec()),
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's list grows; what is not named here is unsupported"
)]
fn key_type(key: &PublicKey) -> Result<SshKeyType> {
    let unsupported =
        |what| KeysError::Unsupported { what, instead: "Use Ed25519, ECDSA P-256, or RSA from 2048 bits." };
    match key.key_data() {
        public::KeyData::Ed25519(_) => Ok(SshKeyType::Ed25519),
        public::KeyData::Ecdsa(ecdsa) if ecdsa.curve() == EcdsaCurve::NistP256 => Ok(SshKeyType::Ecdsa256),
        public::KeyData::Rsa(rsa) => match rsa.key_size() {
            4096.. => Ok(SshKeyType::Rsa4096),
            3072.. => Ok(SshKeyType::Rsa3072),
            2048.. => Ok(SshKeyType::Rsa2048),
            bits => Err(unsupported(format!("An RSA key of {bits} bits"))),
        },
        other => Err(unsupported(format!("An SSH key of type {}", other.algorithm().as_str()))),
    }
}

fn decode(bytes: &[u8], passphrase: Option<&SecretString>) -> Result<PrivateKey> {
    let unreadable = |why: &str| KeysError::KeyUnreadable { why: why.into(), source: None };
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("it is not text."))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if is_public(text) {
        return Err(unreadable("this is the public half. Choose the file without `.pub`."));
    }
    if let Some(why) = is_unreasonable(text) {
        return Err(unreadable(why));
    }
    let locked = is_locked(text);
    if locked && passphrase.is_none_or(SecretString::is_empty) {
        return Err(KeysError::PassphraseNeeded { key: "in this file".into() });
    }
    let normal = text.replace("\r\n", "\n");
    let opened = match passphrase {
        Some(passphrase) if pem::is_protected(text) => Some(pem::opened(&normal, passphrase)?),
        Some(_) | None => None,
    };
    let passphrase = if locked && opened.is_none() { passphrase.map(SecretString::expose) } else { None };
    match decode_secret_key(opened.as_ref().map_or(&normal, |text| &**text), passphrase) {
        Ok(key) => Ok(key),
        Err(_) if locked => Err(KeysError::WrongPassphrase { key: "in this file".into() }),
        Err(error) => Err(KeysError::KeyUnreadable { why: format!("{error}."), source: Some(error.into()) }),
    }
}

/// The most that opening a file may cost, thousands of times what programs choose: whoever wrote the file chooses.
const MAX_BCRYPT_ROUNDS: u32 = 2_048;
const MAX_ARGON2_KIB: u64 = 1 << 20;
/// KiB times passes.
const MAX_ARGON2_WORK: u64 = 1 << 23;

/// Why the file is not even tried, if it is not.
fn is_unreasonable(text: &str) -> Option<&'static str> {
    const TOO_MUCH: &str = "opening it would take unreasonably long. Save the key anew with usual settings.";
    if text.starts_with("PuTTY-User-Key-File-") {
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(line.trim().parse::<u64>().unwrap_or(u64::MAX))
        };
        let (memory, passes) = (number("Argon2-Memory").unwrap_or(1), number("Argon2-Passes").unwrap_or(1));
        let lanes = number("Argon2-Parallelism").unwrap_or(1);
        if memory == 0 || passes == 0 || lanes == 0 {
            return Some("it is damaged.");
        }
        let is_much =
            memory > MAX_ARGON2_KIB || memory.saturating_mul(passes) > MAX_ARGON2_WORK || lanes > 64;
        return is_much.then_some(TOO_MUCH);
    }
    if !text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
        return None;
    }
    match PrivateKey::from_openssh(text).ok()?.kdf() {
        Kdf::Bcrypt { rounds, .. } if *rounds > MAX_BCRYPT_ROUNDS => Some(TOO_MUCH),
        _ => None,
    }
}

fn is_public(text: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-", "-----BEGIN PUBLIC KEY", "---- BEGIN SSH2 PUBLIC KEY"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// Whether the file says that its key is under a passphrase.
fn is_locked(text: &str) -> bool {
    if text.starts_with("PuTTY-User-Key-File-") {
        return !text.lines().any(|line| line.trim() == "Encryption: none");
    }
    if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
        return PrivateKey::from_openssh(text).is_ok_and(|key| key.is_encrypted());
    }
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || pem::is_protected(text)
}

#[cfg(test)]
#[path = "ssh_tests.rs"]
mod tests;
