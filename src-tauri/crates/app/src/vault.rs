//! Setting up, unlocking and locking the vault.
//!
//! Invariant: a new recovery code leaves only through [`App::vault_init`], [`App::vault_ensure`] and
//! [`App::vault_rotate_start`], once.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::local::{Access, write_new};
use courier_domain::ErrorCode;
use courier_domain::audit::AuditableEntityType;
use courier_engine::places;
use courier_vault::{InitMethod, SecretBytes, SecretString, Unlock, VaultState, VaultStatus};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::path::PathBuf;
use uuid::Uuid;

/// How the vault's key is kept or given.
#[derive(Debug, Deserialize, Type)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum VaultMethod {
    Keychain,
    Passphrase { passphrase: SecretString },
    KeyFile { path: String },
}

/// A new vault's recovery code, to be shown once and kept by a person.
#[derive(Clone, Serialize, Type)]
pub struct RecoveryCode {
    pub recovery_code: String,
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

impl App {
    pub fn vault_status(&self) -> VaultStatus {
        self.vault().status()
    }

    /// Sets the vault up. Where the store holds secrets already, only with the key that they were sealed under.
    ///
    /// # Errors
    /// It is set up already, or the keychain or file refuses; stored secrets would be lost.
    pub async fn vault_init(&self, method: VaultMethod) -> Result<RecoveryCode> {
        let vault = self.vault().clone();
        let method = init_method(method)?;
        let again = self.has_secrets().await?;
        let code =
            blocking(move || if again { vault.init_again(method) } else { vault.init(method) }).await??;
        self.vault_audit("Initialised").await?;
        Ok(RecoveryCode { recovery_code: code.expose().expose().to_owned() })
    }

    /// Sets the vault up in the keychain if nothing was chosen yet and the store holds no secrets of a lost vault.
    /// `Some` is the new recovery code.
    pub async fn vault_ensure(&self) -> Result<Option<RecoveryCode>> {
        if self.vault().state() == VaultState::Unlocked || self.has_secrets().await? {
            return Ok(None);
        }
        let vault = self.vault().clone();
        let code = blocking(move || vault.ensure()).await??;
        if code.is_some() {
            self.vault_audit("Initialised").await?;
        }
        Ok(code.map(|code| RecoveryCode { recovery_code: code.expose().expose().to_owned() }))
    }

    /// Unlocks the vault; jobs that wait for it go on.
    pub async fn vault_unlock(&self, method: VaultMethod) -> Result<()> {
        let vault = self.vault().clone();
        let with = match method {
            VaultMethod::Keychain => Unlock::Keychain,
            VaultMethod::Passphrase { passphrase } => Unlock::Passphrase(passphrase),
            VaultMethod::KeyFile { path } if path.is_empty() => Unlock::KeyFile(None),
            VaultMethod::KeyFile { path } => Unlock::KeyFile(Some(absolute(&path)?)),
        };
        blocking(move || vault.unlock(with)).await??;
        self.vault_audit("Unlocked").await
    }

    /// Unlocks with the recovery code, and keeps the key in `keep` from now on: what should have unlocked the vault is
    /// lost.
    pub async fn vault_recover(&self, code: SecretString, keep: Option<VaultMethod>) -> Result<()> {
        let vault = self.vault().clone();
        let keep = keep.map(init_method).transpose()?;
        let kept = blocking(move || {
            vault.unlock_with_recovery(&code)?;
            keep.map_or(Ok(()), |method| vault.keep_key_in(method))
        });
        kept.await??;
        self.vault_audit("Recovered").await
    }

    /// Writes a recovery code that was just shown to a new file that only its owner can read.
    ///
    /// # Errors
    /// The file exists, or is in Courier's own folder: a code that is lost with what it opens is of no use.
    pub async fn recovery_code_save(&self, path: &str, code: SecretString) -> Result<()> {
        let path = absolute(path)?;
        if path.starts_with(self.home()) {
            return Err(AppError::problem(
                "path",
                "forbidden",
                "This is Courier's own folder, and the code would be lost with it. Choose a place elsewhere, best on another device.",
            ));
        }
        let text = format!(
            "Recovery code of Courier's vault\n\n    {}\n\nIt opens the vault of {} when nothing else does: Unlock, Use the recovery code.\n\
             Made {}. Whoever has it can read every stored password and private key.\n",
            code.expose(),
            self.actor(),
            self.now().format("%Y-%m-%d"),
        );
        write_new(path, SecretBytes::new(text.into_bytes()), Access::Owner).await
    }

    pub async fn vault_lock(&self) -> Result<()> {
        self.vault().lock();
        self.vault_audit("Locked").await
    }

    /// Fails with the reason where runs are held because the vault's key cannot be had. A vault that was never set up
    /// holds nothing.
    pub fn vault_ready(&self) -> Result<()> {
        match self.vault().state() {
            VaultState::Unlocked | VaultState::Uninitialised => Ok(()),
            VaultState::Locked | VaultState::Unavailable => self.vault_needed(),
        }
    }

    /// Fails with the reason unless secrets can be sealed and opened now.
    pub(crate) fn vault_needed(&self) -> Result<()> {
        let status = self.vault().status();
        let code = match status.state {
            VaultState::Unlocked => return Ok(()),
            VaultState::Locked => ErrorCode::VaultLocked,
            VaultState::Uninitialised => ErrorCode::VaultUninitialised,
            VaultState::Unavailable => ErrorCode::VaultUnavailable,
        };
        Err(AppError { hint: None, ..AppError::new(code, status.detail) })
    }

    pub(crate) async fn vault_audit(&self, operation: &'static str) -> Result<()> {
        let mut unit = self.begin().await?;
        let details = serde_json::json!({ "key_source": self.vault().status().key_source });
        unit.audit(AuditableEntityType::Vault, Uuid::nil(), operation, details);
        Ok(unit.commit().await?)
    }

    /// Whether the store holds anything sealed that a new key would lose; the audit log's own key is made anew.
    async fn has_secrets(&self) -> Result<bool> {
        let mut session = self.read().await?;
        for column in places::COLUMNS {
            let found = session.sealed_after(column, Uuid::nil(), 2).await?;
            if found.iter().any(|(id, _)| *id != places::AUDIT_SIGNING_KEY.0) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn init_method(method: VaultMethod) -> Result<InitMethod> {
    Ok(match method {
        VaultMethod::Keychain => InitMethod::Keychain,
        VaultMethod::Passphrase { passphrase } => InitMethod::Passphrase(passphrase),
        VaultMethod::KeyFile { path } => InitMethod::KeyFile(absolute(&path)?),
    })
}

fn absolute(path: &str) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| AppError::disk("find", path.as_ref(), &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::SystemClock;
    use crate::{OpenOptions, VaultOptions};
    use std::sync::Arc;

    #[tokio::test]
    async fn a_recovery_code_is_saved_for_its_owner_alone_and_away_from_the_vault() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Some(VaultOptions::new(Arc::new(SystemClock)));
        let home = Some(folder.path().join("home"));
        let app = App::open(OpenOptions { home, database_url: None, vault }).await.unwrap();
        let save = async |path: &std::path::Path| {
            let code = SecretString::from("ABCD-EFGH");
            app.recovery_code_save(&path.display().to_string(), code).await
        };
        let kept = folder.path().join("code.txt");
        save(&kept).await.unwrap();
        assert!(std::fs::read_to_string(&kept).unwrap().contains("    ABCD-EFGH\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(save(&kept).await.unwrap_err().code, ErrorCode::AlreadyExists);
        let inside = app.home().join("code.txt");
        assert_eq!(save(&inside).await.unwrap_err().code, ErrorCode::Validation);
        assert!(!inside.exists());
        app.close().await;
    }
}
