//! Stored OpenPGP keys in use: what their status allows, and opening them out of the vault.
//!
//! Left out: which keys a step or a person names. Invariant: a key whose status forbids a purpose is never opened for it.

use crate::error::StepError;
use crate::places;
use courier_domain::ErrorCode;
use courier_domain::key::{PgpKey, PgpKeyStatus, PgpKeyType};
use courier_keys::pgp::{Certificate, PrivateKey};
use courier_vault::Vault;

/// What a key is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sign, or be encrypted to.
    Protect,
    /// Decrypt.
    Read,
    /// Check what was signed: what a revoked key signed is told, and not good.
    Check,
}

/// # Errors
/// The key's status forbids it; the message says why.
pub fn check_status(key: &PgpKey, purpose: Purpose) -> Result<(), StepError> {
    let allowed = match purpose {
        Purpose::Protect => key.status.may_protect(),
        Purpose::Read => key.status.may_read(),
        Purpose::Check => key.status != PgpKeyStatus::Deleted,
    };
    if allowed {
        return Ok(());
    }
    let why = match key.status {
        PgpKeyStatus::Retired => "it is retired: it opens old files but protects no new ones",
        PgpKeyStatus::Revoked => "it is revoked",
        PgpKeyStatus::Deleted => "it was deleted",
        PgpKeyStatus::Active | PgpKeyStatus::Expiring => "of its status",
    };
    Err(StepError::new(
        ErrorCode::KeyUnusable,
        format!("The key {} cannot be used because {why}. Choose another key.", key.name),
    ))
}

/// Whether a key is one of our pairs that may open messages.
pub fn opens(key: &PgpKey) -> bool {
    key.status.may_read() && key.key_type == PgpKeyType::KeyPair && key.private_key_data.is_some()
}

/// Certificates to check signatures with.
#[derive(Debug)]
pub struct Signers {
    /// Their signatures count.
    pub accepted: Vec<Certificate>,
    /// Their signatures are known, and not good.
    pub revoked: Vec<Certificate>,
}

impl Signers {
    /// # Errors
    /// A stored certificate cannot be read.
    pub fn of(keys: &[PgpKey]) -> Result<Self, StepError> {
        let (revoked, accepted): (Vec<_>, Vec<_>) =
            keys.iter().cloned().partition(|key| key.status == PgpKeyStatus::Revoked);
        Ok(Self { accepted: certificates(&accepted)?, revoked: certificates(&revoked)? })
    }
}

/// The certificates of stored keys.
pub fn certificates(keys: &[PgpKey]) -> Result<Vec<Certificate>, StepError> {
    keys.iter().map(|key| Ok(Certificate::parse(key.public_key_data.as_bytes())?)).collect()
}

/// The unlocked private part of a stored key pair.
///
/// # Errors
/// A partner's key; the vault is locked; the stored passphrase does not open it.
pub fn open_private(vault: &Vault, key: &PgpKey) -> Result<PrivateKey, StepError> {
    let Some(sealed) = &key.private_key_data else {
        return Err(StepError::new(
            ErrorCode::KeyUnusable,
            format!("{} is a partner's public key; choose one of our key pairs.", key.name),
        ));
    };
    let material = vault.open_secret(&places::pgp_private(key.id), sealed)?;
    let passphrase = match &key.passphrase_hash {
        Some(sealed) => vault.open_secret(&places::pgp_passphrase(key.id), sealed)?.into_string().ok(),
        None => None,
    };
    let certificate = Certificate::parse(key.public_key_data.as_bytes())?;
    Ok(PrivateKey::open(&material, passphrase.as_ref())?.brought_up_to(&certificate)?)
}
