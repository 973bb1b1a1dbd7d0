//! Certificates and private keys as values, and what a person sees of them.
//!
//! Invariant: a [`Certificate`] has no secret parts; a [`PrivateKey`] has at least one, all of them unlocked, in
//! sequoia's own protected memory.

use super::contained::contained;
use crate::error::{KeysError, Result};
use chrono::{DateTime, Utc};
use courier_domain::Timestamp;
use courier_domain::key::PgpAlgorithm;
use courier_vault::{SecretBytes, SecretString};
use sequoia_openpgp as openpgp;

use openpgp::Cert;
use openpgp::Packet;
use openpgp::cert::amalgamation::key::PrimaryKey;
use openpgp::crypto::Password;
use openpgp::crypto::mpi::PublicKey as Material;
use openpgp::packet::Key;
use openpgp::packet::key::{SecretKeyMaterial, SecretParts, UnspecifiedRole};
use openpgp::parse::Parse;
use openpgp::policy::StandardPolicy;
use openpgp::types::{Curve, RevocationStatus};
use std::fmt;
use std::time::SystemTime;

/// Somebody's public certificate.
#[derive(Clone)]
pub struct Certificate(pub(crate) Cert);

impl Certificate {
    /// Reads one certificate, armored or binary; secret parts are left behind.
    ///
    /// # Errors
    /// [`KeysError::KeyUnreadable`].
    pub fn parse(data: &[u8]) -> Result<Self> {
        let cert = contained(|| Cert::from_bytes(data)).map_err(unreadable)?;
        Ok(Self(cert.strip_secret_key_material()))
    }

    /// Upper-case hex.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint().to_hex()
    }

    /// # Errors
    /// As [`info`].
    pub fn info(&self, now: Timestamp) -> Result<KeyInfo> {
        info(&self.0, now)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

/// One of our key pairs, unlocked.
pub struct PrivateKey(pub(crate) Cert);

impl PrivateKey {
    /// Reads and unlocks a key pair.
    ///
    /// # Errors
    /// [`KeysError::KeyUnreadable`], [`KeysError::PassphraseNeeded`], [`KeysError::WrongPassphrase`].
    pub fn open(material: &SecretBytes, passphrase: Option<&SecretString>) -> Result<Self> {
        let cert = contained(|| Cert::from_bytes(material.expose())).map_err(unreadable)?;
        Self::unlock(cert, passphrase)
    }

    pub(crate) fn unlock(cert: Cert, passphrase: Option<&SecretString>) -> Result<Self> {
        let name = cert.fingerprint().to_hex();
        let password = passphrase.map(|text| Password::from(text.expose()));
        let mut opened = Vec::new();
        let mut usable = 0_usize;
        for ka in cert.keys().secret() {
            let key: Key<SecretParts, UnspecifiedRole> = ka.key().clone().role_into_unspecified();
            match key.secret() {
                SecretKeyMaterial::Unencrypted(_) => usable += 1,
                // What smart cards leave on the disk: a note that the secret is elsewhere.
                SecretKeyMaterial::Encrypted(secret) if !secret.s2k().is_supported() => {}
                SecretKeyMaterial::Encrypted(_) => {
                    let Some(password) = &password else {
                        return Err(KeysError::PassphraseNeeded { key: name });
                    };
                    let key = key
                        .decrypt_secret(password)
                        .map_err(|_| KeysError::WrongPassphrase { key: name.clone() })?;
                    opened.push(packet(key, ka.primary()));
                    usable += 1;
                }
            }
        }
        if usable == 0 {
            return Err(KeysError::KeyUnreadable { why: "it has no private part.".into(), source: None });
        }
        let (cert, _) = cert.insert_packets(opened).map_err(|e| KeysError::library("unlocked a key", e))?;
        Ok(Self(cert))
    }

    /// Upper-case hex.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint().to_hex()
    }

    /// The public part.
    pub fn certificate(&self) -> Certificate {
        Certificate(self.0.clone().strip_secret_key_material())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.fingerprint())
    }
}

/// The packet that carries a secret key in its place in a certificate.
pub(crate) fn packet(key: Key<SecretParts, UnspecifiedRole>, primary: bool) -> Packet {
    if primary {
        Packet::SecretKey(key.role_into_primary())
    } else {
        Packet::SecretSubkey(key.role_into_subordinate())
    }
}

/// Whether a certificate is good at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Good,
    Expired,
    Revoked,
}

/// What a person sees of an OpenPGP key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Upper-case hex.
    pub fingerprint: String,
    /// The last 16 hex characters of the fingerprint.
    pub short_key_id: String,
    pub algorithm: PgpAlgorithm,
    /// Validly bound user ids, most important first.
    pub user_ids: Vec<String>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub standing: Standing,
    pub can_encrypt: bool,
    pub can_sign: bool,
}

/// Reads a certificate's facts, and checks its binding signatures while at it.
///
/// # Errors
/// [`KeysError::KeyUnusable`] when no binding signature is acceptable, [`KeysError::Unsupported`] for algorithms that
/// Courier does not use.
pub(crate) fn info(cert: &Cert, now: Timestamp) -> Result<KeyInfo> {
    let policy = StandardPolicy::new();
    let fingerprint = cert.fingerprint().to_hex();
    let algorithm = algorithm(cert)?;
    let valid = cert.with_policy(&policy, SystemTime::from(now)).map_err(|error| KeysError::KeyUnusable {
        key: fingerprint.clone(),
        purpose: "do anything",
        why: reasons(&error),
    })?;
    let standing = if matches!(valid.revocation_status(), RevocationStatus::Revoked(_)) {
        Standing::Revoked
    } else if valid.alive().is_err() {
        Standing::Expired
    } else {
        Standing::Good
    };
    let keys = || valid.keys().supported().alive().revoked(false);
    Ok(KeyInfo {
        short_key_id: fingerprint[fingerprint.len().saturating_sub(16)..].to_owned(),
        user_ids: valid
            .userids()
            .map(|user| String::from_utf8_lossy(user.userid().value()).into_owned())
            .collect(),
        algorithm,
        created_at: timestamp(cert.primary_key().key().creation_time()),
        expires_at: valid.primary_key().key_expiration_time().map(timestamp),
        can_encrypt: keys().for_transport_encryption().for_storage_encryption().next().is_some(),
        can_sign: keys().for_signing().next().is_some(),
        standing,
        fingerprint,
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "sequoia's lists grow; what is not named here is unsupported"
)]
fn algorithm(cert: &Cert) -> Result<PgpAlgorithm> {
    let key = cert.primary_key().key();
    let curve = match key.mpis() {
        Material::RSA { .. } => {
            return match key.mpis().bits() {
                Some(4096..) => Ok(PgpAlgorithm::Rsa4096),
                Some(3072..) => Ok(PgpAlgorithm::Rsa3072),
                Some(2048..) => Ok(PgpAlgorithm::Rsa2048),
                bits => Err(unsupported(format!("An RSA key of {} bits", bits.unwrap_or(0)))),
            };
        }
        Material::Ed25519 { .. } => return Ok(PgpAlgorithm::EccCurve25519),
        Material::EdDSA { curve, .. } | Material::ECDSA { curve, .. } => curve,
        _ => return Err(unsupported(format!("The key algorithm {}", key.pk_algo()))),
    };
    match curve {
        Curve::Ed25519 | Curve::Cv25519 => Ok(PgpAlgorithm::EccCurve25519),
        Curve::NistP256 => Ok(PgpAlgorithm::EccP256),
        Curve::NistP384 => Ok(PgpAlgorithm::EccP384),
        other => Err(unsupported(format!("The elliptic curve {other}"))),
    }
}

fn unsupported(what: String) -> KeysError {
    KeysError::Unsupported { what, instead: "Use RSA from 2048 bits, Curve25519, P-256 or P-384." }
}

pub(crate) fn unreadable(error: impl Into<crate::error::Cause>) -> KeysError {
    let source = error.into();
    KeysError::KeyUnreadable { why: format!("{source}."), source: Some(source) }
}

/// An error with its causes, in one line.
pub(crate) fn reasons(error: impl AsRef<dyn std::error::Error + Send + Sync>) -> String {
    let mut text = String::new();
    let mut next: Option<&dyn std::error::Error> = Some(error.as_ref());
    while let Some(error) = next {
        let part = error.to_string();
        if !text.contains(&part) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&part);
        }
        next = error.source();
    }
    text
}

pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    DateTime::<Utc>::from(time)
}
