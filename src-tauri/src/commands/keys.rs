//! OpenPGP and SSH keys.

use super::{Answer, Courier};
use courier_app::domain::key::{PgpKey, SshKey};
use courier_app::domain::{PgpKeyId, SshKeyId};
use courier_app::{KeyImport, PgpImportResult, PgpKeyDraft, PgpKeyRow, SshKeyDraft, SshKeyRow, Use};
use uuid::Uuid;

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_list(courier: Courier<'_>) -> Answer<Vec<PgpKeyRow>> {
    courier.pgp_keys_list().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_generate(courier: Courier<'_>, draft: PgpKeyDraft) -> Answer<PgpKey> {
    courier.pgp_keys_generate(draft).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_import(courier: Courier<'_>, source: KeyImport) -> Answer<PgpImportResult> {
    courier.pgp_keys_import(source).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_export(
    courier: Courier<'_>,
    id: PgpKeyId,
    path: String,
    armored: bool,
) -> Answer<()> {
    courier.pgp_keys_export(id, &path, armored).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_retire(courier: Courier<'_>, id: PgpKeyId) -> Answer<()> {
    courier.pgp_keys_retire(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_delete(courier: Courier<'_>, id: PgpKeyId) -> Answer<()> {
    courier.pgp_keys_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn ssh_keys_list(courier: Courier<'_>) -> Answer<Vec<SshKeyRow>> {
    courier.ssh_keys_list().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn ssh_keys_generate(courier: Courier<'_>, draft: SshKeyDraft) -> Answer<SshKey> {
    courier.ssh_keys_generate(draft).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn ssh_keys_import(courier: Courier<'_>, source: KeyImport) -> Answer<SshKey> {
    courier.ssh_keys_import(source).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn ssh_keys_export_public(courier: Courier<'_>, id: SshKeyId) -> Answer<String> {
    courier.ssh_keys_export_public(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn ssh_keys_retire(courier: Courier<'_>, id: SshKeyId) -> Answer<()> {
    courier.ssh_keys_retire(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn ssh_keys_delete(courier: Courier<'_>, id: SshKeyId) -> Answer<()> {
    courier.ssh_keys_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn keys_where_used(courier: Courier<'_>, id: Uuid) -> Answer<Vec<Use>> {
    courier.keys_where_used(id).await
}
