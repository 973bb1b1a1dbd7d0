//! New OpenPGP keys: certification, signing and encryption key, user id, expiry, revocation certificate.
//!
//! Invariant: certificates made here advertise integrity protection of version 1 only, because gpg up to 2.2 reads
//! nothing newer.

use super::certificate::{KeyInfo, info, timestamp};
use super::export::armored_certificate;
use crate::error::{KeysError, Result};
use courier_domain::Timestamp;
use courier_domain::key::PgpAlgorithm;
use courier_vault::{SecretBytes, SecretString};
use sequoia_openpgp as openpgp;

use openpgp::Profile;
use openpgp::cert::{CertBuilder, CipherSuite};
use openpgp::serialize::SerializeInto;
use openpgp::types::{Features, KeyFlags};
use std::time::{Duration, SystemTime};

/// What key to make.
#[derive(Debug)]
pub struct PgpKeySpec<'a> {
    pub algorithm: PgpAlgorithm,
    /// Usually `Name <mail@example.org>`.
    pub user_id: &'a str,
    /// `None` never expires.
    pub expires_in: Option<Duration>,
    pub passphrase: Option<&'a SecretString>,
}

/// A new key.
#[derive(Debug)]
pub struct GeneratedPgp {
    pub info: KeyInfo,
    pub public_armored: String,
    /// The private key, under its passphrase if one was given.
    pub private: SecretBytes,
    /// Publishing it revokes the key for good.
    pub revocation_armored: String,
}

/// Makes a key. RSA 4096 takes seconds.
///
/// # Errors
/// [`KeysError::Invalid`] for a user id or expiry that cannot be; [`KeysError::Library`].
pub fn generate(spec: &PgpKeySpec<'_>, now: Timestamp) -> Result<GeneratedPgp> {
    check(spec, now)?;
    let failed = |error| KeysError::library("made a key", error);
    let mut builder = CertBuilder::new()
        .set_profile(Profile::RFC4880)
        .map_err(failed)?
        .set_features(Features::empty().set_seipdv1())
        .map_err(failed)?
        .set_cipher_suite(suite(spec.algorithm))
        .set_creation_time(SystemTime::from(now))
        .set_validity_period(spec.expires_in)
        .add_userid(spec.user_id.trim())
        .set_primary_key_flags(KeyFlags::empty().set_certification())
        .add_signing_subkey()
        .add_subkey(KeyFlags::empty().set_transport_encryption().set_storage_encryption(), None, None);
    if let Some(passphrase) = spec.passphrase {
        builder = builder.set_password(Some(passphrase.expose().into()));
    }
    let (cert, revocation) = builder.generate().map_err(failed)?;
    Ok(GeneratedPgp {
        info: info(&cert, now)?,
        public_armored: armored_certificate(&cert)?,
        private: SecretBytes::new(cert.as_tsk().to_vec().map_err(failed)?),
        revocation_armored: super::revoke::armored(revocation)?,
    })
}

fn check(spec: &PgpKeySpec<'_>, now: Timestamp) -> Result<()> {
    let invalid = |field, message: &str| Err(KeysError::Invalid { field, message: message.into() });
    let user_id = spec.user_id.trim();
    if user_id.is_empty() {
        return invalid("user_id", "Enter a name or mail address for the key.");
    }
    if user_id.chars().any(char::is_control) || user_id.len() > 1000 {
        return invalid("user_id", "A key's user id is one line of at most 1000 bytes.");
    }
    if spec.passphrase.is_some_and(SecretString::is_empty) {
        return invalid("passphrase", "Enter a passphrase, or leave it out.");
    }
    // The format keeps seconds in 32 bits.
    let whole = spec.expires_in.is_none_or(|after| {
        (1..=u64::from(u32::MAX)).contains(&after.as_secs())
            && timestamp(SystemTime::from(now)).timestamp().saturating_add_unsigned(after.as_secs())
                <= i64::from(u32::MAX)
    });
    if !whole {
        return invalid("expires_in", "A key expires after at least a second and before the year 2106.");
    }
    Ok(())
}

const fn suite(algorithm: PgpAlgorithm) -> CipherSuite {
    match algorithm {
        PgpAlgorithm::Rsa2048 => CipherSuite::RSA2k,
        PgpAlgorithm::Rsa3072 => CipherSuite::RSA3k,
        PgpAlgorithm::Rsa4096 => CipherSuite::RSA4k,
        PgpAlgorithm::EccCurve25519 => CipherSuite::Cv25519,
        PgpAlgorithm::EccP256 => CipherSuite::P256,
        PgpAlgorithm::EccP384 => CipherSuite::P384,
    }
}
