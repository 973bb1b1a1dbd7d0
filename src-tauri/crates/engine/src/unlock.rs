//! Opens the vault while a node runs, once its key can be had: the keychain was unlocked, the key file is there again.
//!
//! Left out: asking a person; the surfaces do. Runs that are held go on because the node watches the vault.

use crate::context::Services;
use courier_domain::audit::AuditableEntityType;
use courier_store::StoreError;
use courier_vault::VaultState;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const TRY_EVERY: Duration = Duration::from_secs(3);

pub(crate) async fn run(services: Arc<Services>, stop: CancellationToken) {
    let mut state = services.vault.watch();
    loop {
        let shut = state.wait_for(|state| matches!(state, VaultState::Locked | VaultState::Unavailable));
        tokio::select! {
            () = stop.cancelled() => return,
            // The vault lives as long as the services do.
            _ = shut => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TRY_EVERY) => {}
        }
        let vault = services.vault.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || vault.try_again()).await {
            tracing::error!(%error, "the vault could not be tried");
            return;
        }
        if services.vault.state() == VaultState::Unlocked
            && let Err(error) = record(&services).await
        {
            tracing::warn!(%error, "the vault is open, which is not on the record");
        }
    }
}

/// For the audit log, and for whoever shows the vault.
async fn record(services: &Services) -> Result<(), StoreError> {
    let mut unit = services.store.begin("system").await?;
    let details = json!({ "key_source": services.vault.status().key_source });
    unit.audit(AuditableEntityType::Vault, Uuid::nil(), "Unlocked", details);
    unit.commit().await
}
