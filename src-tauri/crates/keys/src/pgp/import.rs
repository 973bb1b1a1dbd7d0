//! Keys coming in: armored, binary, one or a whole keyring, public or private.
//!
//! Left out: duplicates, which the caller finds by fingerprint. Invariant: every key handed out has a binding signature
//! that the policy accepts; the others are named with the reason.

use super::certificate::{KeyInfo, PrivateKey, info, unreadable};
use super::contained::contained;
use super::export::armored_certificate;
use crate::error::{KeysError, Result};
use courier_domain::Timestamp;
use courier_vault::{SecretBytes, SecretString};
use sequoia_openpgp as openpgp;

use openpgp::Cert;
use openpgp::cert::CertParser;
use openpgp::parse::Parse;
use openpgp::serialize::SerializeInto;

const ARMOR: &[u8] = b"-----BEGIN PGP ";

/// What a file of keys held.
#[derive(Debug)]
pub struct Import {
    pub keys: Vec<ImportedPgp>,
    /// What was in the file but is of no use, with the reason.
    pub refused: Vec<Refused>,
}

/// One key of a file.
#[derive(Debug)]
pub struct ImportedPgp {
    pub info: KeyInfo,
    pub public_armored: String,
    /// The private key as it came, under its own passphrase if it has one.
    pub private: Option<SecretBytes>,
    /// Whether the private key needs a passphrase (which then was the given one).
    pub has_passphrase: bool,
}

/// A key that cannot be used.
#[derive(Debug)]
pub struct Refused {
    /// Upper-case hex; empty when it is not even a certificate.
    pub fingerprint: String,
    pub error: KeysError,
}

/// Reads keys. The passphrase, if given, is tried on every private key.
///
/// # Errors
/// When not one key is good, the first one's reason: [`KeysError::KeyUnreadable`], [`KeysError::KeyUnusable`],
/// [`KeysError::Unsupported`], [`KeysError::PassphraseNeeded`], [`KeysError::WrongPassphrase`].
pub fn import(bytes: &[u8], passphrase: Option<&SecretString>, now: Timestamp) -> Result<Import> {
    let mut found = Import { keys: Vec::new(), refused: Vec::new() };
    for block in blocks(bytes) {
        let parser = match contained(|| Ok(CertParser::from_bytes(block)?.collect::<Vec<_>>())) {
            Ok(found) => found,
            Err(error) => {
                found.refused.push(Refused { fingerprint: String::new(), error: unreadable(error) });
                continue;
            }
        };
        for cert in parser {
            match cert {
                Ok(cert) => match take(&cert, passphrase, now) {
                    Ok(key) => found.keys.push(key),
                    Err(error) => {
                        found.refused.push(Refused { fingerprint: cert.fingerprint().to_hex(), error });
                    }
                },
                Err(error) => {
                    found.refused.push(Refused { fingerprint: String::new(), error: unreadable(error) });
                }
            }
        }
    }
    if found.keys.is_empty() {
        let first = found.refused.into_iter().next().map(|refused| refused.error);
        return Err(first.unwrap_or_else(|| KeysError::KeyUnreadable {
            why: "there is no OpenPGP key in it.".into(),
            source: None,
        }));
    }
    Ok(found)
}

fn take(cert: &Cert, passphrase: Option<&SecretString>, now: Timestamp) -> Result<ImportedPgp> {
    let info = info(cert, now)?;
    let mut private = None;
    let mut has_passphrase = false;
    if cert.is_tsk() {
        has_passphrase = cert.keys().secret().any(|key| !key.key().has_unencrypted_secret());
        // Opened only to prove that the passphrase is right.
        PrivateKey::unlock(cert.clone(), passphrase)?;
        let bytes = cert.as_tsk().to_vec().map_err(|error| KeysError::library("read a key", error))?;
        private = Some(SecretBytes::new(bytes));
    }
    let public = cert.clone().strip_secret_key_material();
    Ok(ImportedPgp { info, public_armored: armored_certificate(&public)?, private, has_passphrase })
}

/// A text file may hold several armored keys one after another; sequoia reads the first of them only.
fn blocks(bytes: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        bytes.windows(ARMOR.len()).enumerate().filter(|(_, part)| *part == ARMOR).map(|(at, _)| at).collect();
    if starts.is_empty() {
        return vec![bytes];
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).map(|(start, end)| &bytes[*start..end]).collect()
}
