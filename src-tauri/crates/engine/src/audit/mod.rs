//! Sealing the audit log: the signing key, and the task that makes checkpoints while a node runs.
//!
//! The key is an Ed25519 seed, sealed in the vault like every other secret and made when it is first needed. While the
//! vault is locked, checkpoints wait. Left out: when a checkpoint is due and how the chain is checked; the store knows.

mod file;

pub use file::{CheckpointFile, read_checkpoint_file};

use crate::context::Services;
use crate::error::EngineError;
use crate::places;
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Sealed;
use courier_domain::{ErrorCode, setting};
use courier_store::{AuditSigner, Store};
use courier_vault::{Vault, VaultError, VaultState};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is looked whether a checkpoint is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The key that checkpoints and prune records are signed with. Wiped when it is dropped.
pub struct AuditKey(SigningKey);

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey(..)")
    }
}

impl AuditSigner for AuditKey {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl AuditKey {
    /// The store's key. The first call makes it; a key that a lost vault had sealed is replaced, both on the record.
    ///
    /// # Errors
    /// The vault is not unlocked, the sealed key is damaged, or the store fails.
    pub async fn of(store: &Store, vault: &Vault) -> Result<Self, EngineError> {
        let id = places::AUDIT_SIGNING_KEY;
        let is_lost = match store.read().await?.secret(id).await {
            Ok(sealed) => match Self::open(vault, &sealed) {
                Ok(key) => return Ok(key),
                Err(VaultError::SecretUnderOtherKey { .. }) => true,
                Err(error) => return Err(error.into()),
            },
            Err(error) if error.code() == ErrorCode::NotFound => false,
            Err(error) => return Err(error.into()),
        };
        let mut seed = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(|_| EngineError::NoRandomness)?;
        let new = vault.seal(&places::step_secret(id), &*seed)?;
        let mut unit = store.begin("system").await?;
        let kept = if is_lost {
            unit.put_secret(id, &new).await?;
            new.clone()
        } else {
            unit.put_secret_once(id, &new).await?
        };
        let key = Self::open(vault, &kept)?;
        // Another node may have been faster.
        if kept == new {
            let operation = if is_lost { "AuditKeyReplaced" } else { "AuditKeyCreated" };
            let details = json!({ "public_key": hex::encode(key.public_key()) });
            unit.audit(AuditableEntityType::Vault, Uuid::nil(), operation, details);
        }
        unit.commit().await?;
        Ok(key)
    }

    /// The public half in hex, for whoever checks signatures; none while the vault does not give the key, or if none
    /// was ever made.
    pub async fn known_public(store: &Store, vault: &Vault) -> Result<Option<String>, EngineError> {
        if vault.state() != VaultState::Unlocked {
            return Ok(None);
        }
        match store.read().await?.secret(places::AUDIT_SIGNING_KEY).await {
            Ok(sealed) => Ok(Self::open(vault, &sealed).ok().map(|key| hex::encode(key.public_key()))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn open(vault: &Vault, sealed: &Sealed) -> Result<Self, VaultError> {
        let place = places::step_secret(places::AUDIT_SIGNING_KEY);
        let seed = vault.open_secret(&place, sealed)?;
        match seed.expose().try_into() {
            Ok(seed) => Ok(Self(SigningKey::from_bytes(seed))),
            Err(_) => Err(VaultError::SecretDamaged { place }),
        }
    }
}

/// Makes checkpoints that are due, and once more when the node ends.
pub(crate) async fn run(services: Arc<Services>, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut said = String::new();
    loop {
        let over = tokio::select! {
            () = stop.cancelled() => true,
            _ = look.tick() => false,
        };
        let told = match keep(&services).await {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        };
        if !told.is_empty() && told != said {
            tracing::warn!(error = %told, "a checkpoint of the audit log is late; it is made when the cause is gone");
        }
        said = told;
        if over {
            return;
        }
    }
}

async fn keep(services: &Services) -> Result<(), EngineError> {
    let now = services.clock.now();
    if services.vault.state() == VaultState::Unlocked
        && services.store.read().await?.audit_checkpoint_due(now).await?
    {
        let key = AuditKey::of(&services.store, &services.vault).await?;
        while services.store.read().await?.audit_checkpoint_due(now).await? {
            let mut unit = services.store.begin("system").await?;
            let made = unit.checkpoint_audit(&key).await?;
            unit.commit().await?;
            if made == 0 {
                break;
            }
        }
    }
    let path = services.store.read().await?.setting(setting::AUDIT_CHECKPOINT_FILE).await?;
    if path.is_empty() { Ok(()) } else { file::follow(&services.store, PathBuf::from(path)).await }
}
