//! OpenPGP keys: listing, making, exporting, retiring, destroying.
//!
//! Invariant: a private key is in the store only sealed, and leaves it only by [`App::pgp_keys_export_private`], which
//! is audited.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::local;
use crate::uses::step_uses;
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::{Sealed, check_name};
use courier_domain::key::{PgpAlgorithm, PgpKey, PgpKeyEvent, PgpKeyStatus, PgpKeyType};
use courier_domain::step::OutputFormat;
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{ErrorCode, PgpKeyId, Problem, Problems, Timestamp, setting};
use courier_engine::places;
use courier_keys::pgp::{self, Certificate, KeyInfo, PgpKeySpec, PrivateKey, Standing};
use courier_vault::{SecretBytes, SecretString};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::path::PathBuf;
use std::time::Duration;

/// A key in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PgpKeyRow {
    pub key: PgpKey,
    /// Steps that refer to it.
    pub uses: usize,
    /// By name.
    pub tags: Vec<Tag>,
}

/// A key to be made.
#[derive(Debug, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct PgpKeyDraft {
    pub name: String,
    pub algorithm: PgpAlgorithm,
    /// Usually `Name <mail@example.org>`.
    pub user_id: String,
    /// Absent never expires.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
    #[serde(default)]
    pub passphrase: Option<SecretString>,
}

impl App {
    pub async fn pgp_keys_list(&self) -> Result<Vec<PgpKeyRow>> {
        let mut session = self.read().await?;
        let uses = step_uses(&session.jobs().await?);
        let keys = session.pgp_keys().await?;
        let ids: Vec<_> = keys.iter().map(|key| key.id.0).collect();
        let mut tags = session.tags_of(TaggableEntityType::PgpKey, &ids).await?;
        Ok(keys
            .into_iter()
            .map(|key| PgpKeyRow {
                uses: uses.get(&key.id.0).map_or(0, Vec::len),
                tags: tags.remove(&key.id.0).unwrap_or_default(),
                key,
            })
            .collect())
    }

    /// The key with that name (in any case), id or fingerprint.
    pub async fn pgp_keys_find(&self, what: &str) -> Result<PgpKey> {
        let mut session = self.read().await?;
        let fingerprint = what.replace(' ', "").to_uppercase();
        if fingerprint.len() >= 40
            && let Some(key) = session.pgp_key_by_fingerprint(&fingerprint).await?
        {
            return Ok(key);
        }
        Ok(session.find_pgp_key(what).await?)
    }

    pub async fn pgp_keys_generate(&self, draft: PgpKeyDraft) -> Result<PgpKey> {
        let key = self.generate_pgp(self.new_id(), draft).await?;
        let mut unit = self.begin().await?;
        unit.insert_pgp_key(&key).await?;
        unit.commit().await?;
        Ok(key)
    }

    /// Makes a key without storing it.
    pub(crate) async fn generate_pgp(&self, id: PgpKeyId, draft: PgpKeyDraft) -> Result<PgpKey> {
        draft.check().into_result()?;
        self.vault_needed()?;
        let now = self.now();
        let passphrase = draft.passphrase.filter(|p| !p.is_empty());
        let (made, passphrase) = blocking(move || {
            let made = pgp::generate(
                &PgpKeySpec {
                    algorithm: draft.algorithm,
                    user_id: &draft.user_id,
                    expires_in: draft
                        .expires_in_days
                        .map(|days| Duration::from_secs(u64::from(days) * 86_400)),
                    passphrase: passphrase.as_ref(),
                },
                now,
            );
            (made, passphrase)
        })
        .await?;
        let made = made?;
        let revocation =
            self.vault().seal(&places::pgp_revocation(id), made.revocation_armored.as_bytes())?;
        let row = self
            .pgp_row(
                id,
                draft.name,
                &made.info,
                made.public_armored,
                Some(&made.private),
                passphrase.as_ref(),
            )
            .await?;
        Ok(PgpKey { revocation_certificate: Some(revocation), ..row })
    }

    /// The row of a key that was made or read, as it is today.
    pub(crate) async fn pgp_row(
        &self,
        id: PgpKeyId,
        name: String,
        info: &KeyInfo,
        public_armored: String,
        private: Option<&SecretBytes>,
        passphrase: Option<&SecretString>,
    ) -> Result<PgpKey> {
        let now = self.now();
        if private.is_some() {
            self.vault_needed()?;
        }
        let private_key_data = match private {
            Some(private) => Some(self.vault().seal(&places::pgp_private(id), private.expose())?),
            None => None,
        };
        let passphrase_hash = match passphrase {
            Some(text) => Some(self.vault().seal(&places::pgp_passphrase(id), text.expose().as_bytes())?),
            None => None,
        };
        Ok(PgpKey {
            id,
            name,
            fingerprint: info.fingerprint.clone(),
            short_key_id: info.short_key_id.clone(),
            algorithm: info.algorithm,
            key_type: if private.is_some() { PgpKeyType::KeyPair } else { PgpKeyType::PublicOnly },
            purpose: None,
            status: status_of(info, now, self.key_warning().await?),
            public_key_data: public_armored,
            private_key_data,
            passphrase_hash,
            expires_at: info.expires_at,
            successor_key_id: None,
            created_by: self.actor().to_owned(),
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
            user_ids: info.user_ids.clone(),
            revocation_certificate: None,
        })
    }

    /// The public certificate, for partners.
    pub async fn pgp_keys_export_public(&self, id: PgpKeyId, format: OutputFormat) -> Result<Vec<u8>> {
        let key = self.read().await?.pgp_key(id).await?;
        let bytes = blocking(move || {
            Certificate::parse(key.public_key_data.as_bytes()).and_then(|c| pgp::export_public(&c, format))
        })
        .await??;
        Ok(bytes)
    }

    /// Writes the public certificate to a new file.
    pub async fn pgp_keys_export(&self, id: PgpKeyId, path: &str, armored: bool) -> Result<()> {
        let format = if armored { OutputFormat::Armored } else { OutputFormat::Binary };
        let bytes = self.pgp_keys_export_public(id, format).await?;
        local::write_new(PathBuf::from(path), SecretBytes::new(bytes), local::Access::Everyone).await
    }

    /// Writes the private key to a new file that only its user can read. Audited.
    pub async fn pgp_keys_export_private_to(
        &self,
        id: PgpKeyId,
        path: &str,
        passphrase: Option<SecretString>,
        armored: bool,
    ) -> Result<()> {
        let format = if armored { OutputFormat::Armored } else { OutputFormat::Binary };
        let passphrase = passphrase.filter(|p| !p.is_empty());
        let bytes = self.pgp_keys_export_private(id, passphrase, format).await?;
        local::write_new(PathBuf::from(path), bytes, local::Access::Owner).await
    }

    /// The private key, under `passphrase` or in clear. Audited.
    pub async fn pgp_keys_export_private(
        &self,
        id: PgpKeyId,
        passphrase: Option<SecretString>,
        format: OutputFormat,
    ) -> Result<SecretBytes> {
        let key = self.read().await?.pgp_key(id).await?;
        let Some(sealed) = &key.private_key_data else {
            return Err(AppError::new(
                ErrorCode::KeyUnusable,
                format!("The key `{}` is a partner's: it has no private part here.", key.name),
            ));
        };
        let (private, own) = self.open_pgp(&key, sealed)?;
        let bytes = blocking(move || {
            PrivateKey::open(&private, own.as_ref())
                .and_then(|key| pgp::export_private(&key, passphrase.as_ref(), format))
        })
        .await??;
        let mut unit = self.begin().await?;
        unit.audit(
            AuditableEntityType::PgpKey,
            id.0,
            "PrivateKeyExported",
            serde_json::json!({ "name": key.name }),
        );
        unit.commit().await?;
        Ok(bytes)
    }

    /// The private part and its passphrase, out of the vault.
    pub(crate) fn open_pgp(
        &self,
        key: &PgpKey,
        sealed: &Sealed,
    ) -> Result<(SecretBytes, Option<SecretString>)> {
        let private = self.vault().open_secret(&places::pgp_private(key.id), sealed)?;
        let own = match &key.passphrase_hash {
            Some(sealed) => {
                self.vault().open_secret(&places::pgp_passphrase(key.id), sealed)?.into_string().ok()
            }
            None => None,
        };
        Ok((private, own))
    }

    /// How long before its end a key is called expiring.
    pub(crate) async fn key_warning(&self) -> Result<TimeDelta> {
        Ok(TimeDelta::days(self.read().await?.setting_i64(setting::KEY_WARNING_DAYS).await?))
    }

    /// Keeps the key for old files only: it decrypts and verifies, but encrypts and signs no more.
    pub async fn pgp_keys_retire(&self, id: PgpKeyId) -> Result<()> {
        let mut unit = self.begin().await?;
        let mut key = unit.pgp_key(id).await?;
        if key.status == PgpKeyStatus::Retired {
            return Ok(());
        }
        key.status = key.status.apply(PgpKeyEvent::Retire).map_err(|_| {
            let message = format!("The key `{}` is {} and cannot be retired.", key.name, key.status);
            AppError::new(ErrorCode::InvalidTransition, message)
        })?;
        unit.update_pgp_key(&key, key.updated_at).await?;
        Ok(unit.commit().await?)
    }

    /// Destroys the key's material; its name and fingerprint stay in the record.
    ///
    /// # Errors
    /// A job uses it; the message names the job.
    pub async fn pgp_keys_delete(&self, id: PgpKeyId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_pgp_key(id).await?;
        Ok(unit.commit().await?)
    }
}

impl PgpKeyDraft {
    /// What is wrong with it, as far as it shows before the key is made.
    pub(crate) fn check(&self) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        if self.user_id.trim().is_empty() {
            problems.push(Problem::error("user_id", "required", "Enter a name or mail address for the key."));
        }
        if self.expires_in_days == Some(0) {
            problems.push(Problem::error("expires_in_days", "out_of_range", "Enter at least 1 day."));
        }
        problems
    }
}

/// The status of a key by what it says of itself.
pub(crate) fn status_of(info: &KeyInfo, now: Timestamp, warning: TimeDelta) -> PgpKeyStatus {
    match info.standing {
        Standing::Revoked => PgpKeyStatus::Revoked,
        Standing::Expired => PgpKeyStatus::Retired,
        Standing::Good => match PgpKeyStatus::Active.due(info.expires_at, now, warning) {
            Some(PgpKeyEvent::NearEnd) => PgpKeyStatus::Expiring,
            _ => PgpKeyStatus::Active,
        },
    }
}
