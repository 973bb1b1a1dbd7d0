//! Revoking OpenPGP keys: ours with a reason, partners' by the certificate that they send.
//!
//! Invariant: a revocation certificate is in the store only sealed, and leaves it only by
//! [`App::pgp_keys_export_revocation`], which is audited.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::local;
use courier_domain::audit::AuditableEntityType;
use courier_domain::key::{PgpKey, PgpKeyEvent, PgpKeyStatus, RevocationReason};
use courier_domain::step::OutputFormat;
use courier_domain::{ErrorCode, PgpKeyId};
use courier_engine::places;
use courier_keys::pgp::{self, Certificate, PrivateKey};
use courier_vault::SecretBytes;
use std::path::{Path, PathBuf};

impl App {
    /// A certificate that revokes the key when partners import it: the one that was made with the key, else a new one.
    /// Audited.
    ///
    /// # Errors
    /// A partner's key: only its owner can revoke it.
    pub async fn pgp_keys_export_revocation(&self, id: PgpKeyId) -> Result<String> {
        let key = self.read().await?.pgp_key(id).await?;
        self.vault_needed()?;
        let kept = match &key.revocation_certificate {
            Some(sealed) => self.vault().open_secret(&places::pgp_revocation(id), sealed)?.into_string().ok(),
            None => None,
        };
        let text = match kept {
            Some(text) => text.expose().to_owned(),
            None => self.make_revocation(&key, RevocationReason::Unspecified, "").await?,
        };
        let mut unit = self.begin().await?;
        let details = serde_json::json!({ "name": key.name });
        unit.audit(AuditableEntityType::PgpKey, id.0, "RevocationExported", details);
        unit.commit().await?;
        Ok(text)
    }

    /// Writes that certificate to a new file that only its user can read: who has it can revoke the key.
    pub async fn pgp_keys_export_revocation_to(&self, id: PgpKeyId, path: &str) -> Result<()> {
        let text = self.pgp_keys_export_revocation(id).await?;
        local::write_new(PathBuf::from(path), SecretBytes::new(text.into_bytes()), local::Access::Owner).await
    }

    async fn make_revocation(&self, key: &PgpKey, reason: RevocationReason, message: &str) -> Result<String> {
        let Some(sealed) = &key.private_key_data else {
            return Err(AppError::new(
                ErrorCode::KeyUnusable,
                format!("The key `{}` is a partner's: only its owner can revoke it.", key.name),
            )
            .with_hint("Import the revocation certificate that the partner sends, or retire the key here."));
        };
        self.vault_needed()?;
        let (private, own) = self.open_pgp(key, sealed)?;
        let (now, message) = (self.now(), message.to_owned());
        let made = blocking(move || {
            PrivateKey::open(&private, own.as_ref())
                .and_then(|key| pgp::make_revocation(&key, reason, &message, now))
        });
        Ok(made.await??)
    }

    /// Revokes a key of ours for good: it does nothing any more, here and with everybody who imports its public part
    /// again.
    ///
    /// # Errors
    /// A partner's key; a deleted one; a message of several lines.
    pub async fn pgp_keys_revoke(
        &self,
        id: PgpKeyId,
        reason: RevocationReason,
        message: &str,
    ) -> Result<PgpKey> {
        if message.chars().any(char::is_control) || message.chars().count() > 500 {
            let wrong = "A message is one line of at most 500 characters.";
            return Err(AppError::problem("message", "invalid", wrong));
        }
        let key = self.read().await?.pgp_key(id).await?;
        if key.status == PgpKeyStatus::Revoked {
            return Ok(key);
        }
        let revocation = self.make_revocation(&key, reason, message).await?;
        self.revoke_by(key, revocation.into_bytes()).await
    }

    /// Applies a revocation certificate that a partner has sent to the key `id`.
    ///
    /// # Errors
    /// Not a revocation certificate of this key.
    pub async fn pgp_keys_import_revocation(&self, id: PgpKeyId, path: &str) -> Result<PgpKey> {
        let bytes = local::read_key_file(Path::new(path)).await?;
        let key = self.read().await?.pgp_key(id).await?;
        self.revoke_by(key, bytes.expose().to_vec()).await
    }

    async fn revoke_by(&self, key: PgpKey, revocation: Vec<u8>) -> Result<PgpKey> {
        let (now, public) = (self.now(), key.public_key_data.clone());
        let applied = blocking(move || {
            let revoked = pgp::revoked(&Certificate::parse(public.as_bytes())?, &revocation, now)?;
            pgp::export_public(&revoked, OutputFormat::Armored)
        });
        let public = String::from_utf8(applied.await??).map_err(AppError::internal)?;
        let status = key.status.apply(PgpKeyEvent::Revoke)?;
        let mut unit = self.begin().await?;
        let revoked = PgpKey { public_key_data: public, status, ..key };
        let revoked = unit.update_pgp_key(&revoked, revoked.updated_at).await?;
        unit.commit().await?;
        Ok(revoked)
    }
}
