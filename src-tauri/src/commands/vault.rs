//! Setting up, unlocking and locking the vault. Passphrases come in and never go out.

use super::{Answer, Courier};
use courier_app::{RecoveryCode, RotationReport, SecretString, VaultMethod};

#[tauri::command]
#[specta::specta]
pub(crate) async fn vault_init(courier: Courier<'_>, how: VaultMethod) -> Answer<RecoveryCode> {
    courier.vault_init(how).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn vault_unlock(courier: Courier<'_>, how: VaultMethod) -> Answer<()> {
    courier.vault_unlock(how).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn vault_recover(
    courier: Courier<'_>,
    code: SecretString,
    keep: Option<VaultMethod>,
) -> Answer<()> {
    courier.vault_recover(code, keep).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn vault_rotate_start(
    courier: Courier<'_>,
    passphrase: Option<SecretString>,
) -> Answer<RecoveryCode> {
    courier.vault_rotate_start(passphrase).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn vault_rotate_finish(courier: Courier<'_>) -> Answer<RotationReport> {
    courier.vault_rotate_finish(|_| {}).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn vault_lock(courier: Courier<'_>) -> Answer<()> {
    courier.vault_lock().await
}

/// Writes a recovery code that was just shown to a new file.
#[tauri::command]
#[specta::specta]
pub(crate) async fn recovery_code_save(courier: Courier<'_>, path: String, code: SecretString) -> Answer<()> {
    courier.recovery_code_save(&path, code).await
}
