//! Replacing the vault key: every stored secret is put under the new one while Courier goes on working.
//!
//! Left out: how both keys stay known in between (the vault). Invariant: the key's place changes only after a pass over
//! all secrets found nothing under an older key.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::vault::RecoveryCode;
use courier_domain::ErrorCode;
use courier_engine::places;
use courier_store::SealedColumn;
use courier_vault::SecretString;
use serde::Serialize;
use specta::Type;
use uuid::Uuid;

/// Secrets for each read and each commit.
const BATCH: u32 = 200;
/// Other Couriers that have not noticed the new key may write under the old one meanwhile; it is read anyway.
const MOST_PASSES: u32 = 8;

/// Where a rotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationStep {
    /// So many secrets are under the new key by now.
    Rewrapped(u64),
    /// The key's place holds the new key.
    Placed,
    /// Nothing is left to do.
    Finished,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RotationReport {
    /// Secrets that are under the new key now.
    pub rewrapped: u64,
    /// Stored secrets that no key of this vault opens, by place; they were unreadable before.
    pub unreadable: Vec<String>,
}

impl App {
    /// Begins to replace the vault key, or takes up a rotation that was cut off. The recovery code is the new key's; show
    /// it, then call [`vault_rotate_finish`](Self::vault_rotate_finish).
    pub async fn vault_rotate_start(&self, passphrase: Option<SecretString>) -> Result<RecoveryCode> {
        self.vault_needed()?;
        let vault = self.vault().clone();
        let code = blocking(move || vault.start_rotation(passphrase.as_ref())).await??;
        self.vault_audit("RotationStarted").await?;
        Ok(RecoveryCode { recovery_code: code.expose().expose().to_owned() })
    }

    /// Puts every stored secret under the new key, and the new key in the old one's place. `on_step` hears how far it is.
    pub async fn vault_rotate_finish(
        &self,
        on_step: impl Fn(RotationStep) + Send + Sync,
    ) -> Result<RotationReport> {
        self.vault_needed()?;
        if self.vault_status().rotating_since.is_none() {
            return Err(AppError::new(ErrorCode::Conflict, "The vault key is not being replaced."));
        }
        let mut report = RotationReport { rewrapped: 0, unreadable: Vec::new() };
        for _ in 0..MOST_PASSES {
            let before = report.rewrapped;
            report.unreadable.clear();
            for column in places::COLUMNS {
                self.rewrap_column(column, &mut report, &on_step).await?;
            }
            if report.rewrapped == before {
                break;
            }
        }
        let vault = self.vault().clone();
        blocking(move || vault.place_next_key()).await??;
        on_step(RotationStep::Placed);
        let vault = self.vault().clone();
        blocking(move || vault.finish_rotation()).await??;
        self.vault_audit("Rotated").await?;
        on_step(RotationStep::Finished);
        Ok(report)
    }

    async fn rewrap_column(
        &self,
        column: SealedColumn,
        report: &mut RotationReport,
        on_step: &(impl Fn(RotationStep) + Send + Sync),
    ) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            let batch = self.read().await?.sealed_after(column, after, BATCH).await?;
            let Some((last, _)) = batch.last() else { return Ok(()) };
            after = *last;
            let mut unit = self.begin().await?;
            let mut done = 0;
            for (id, sealed) in &batch {
                let place = places::of_row(column, *id);
                match self.vault().rewrap(&place, sealed) {
                    Ok(None) => {}
                    Ok(Some(fresh)) => {
                        done += u64::from(unit.replace_sealed(column, *id, sealed, &fresh).await?)
                    }
                    Err(error) if error.code() == ErrorCode::SecretDamaged => {
                        report.unreadable.push(place.to_string());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if done == 0 {
                unit.rollback().await;
                continue;
            }
            unit.commit().await?;
            report.rewrapped += done;
            on_step(RotationStep::Rewrapped(report.rewrapped));
        }
    }

    /// How many stored secrets open, and the places of those that do not.
    pub(crate) async fn secrets_opened(&self) -> Result<(u64, Vec<String>)> {
        let (mut good, mut bad) = (0, Vec::new());
        for column in places::COLUMNS {
            let mut after = Uuid::nil();
            loop {
                let batch = self.read().await?.sealed_after(column, after, BATCH).await?;
                let Some((last, _)) = batch.last() else { break };
                after = *last;
                for (id, sealed) in &batch {
                    let place = places::of_row(column, *id);
                    match self.vault().open_secret(&place, sealed) {
                        Ok(_) => good += 1,
                        Err(error) if error.code() == ErrorCode::SecretDamaged => bad.push(place.to_string()),
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok((good, bad))
    }
}
