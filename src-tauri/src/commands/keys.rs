//! OpenPGP and SSH keys.

use super::{Answer, Courier};
use courier_app::domain::audit::AuditLogEntry;
use courier_app::domain::key::{PgpKey, RevocationReason, SshKey};
use courier_app::domain::{PgpKeyId, SshKeyId};
use courier_app::{
    KeyImport, MoveMode, MovedUsers, PgpImportResult, PgpKeyDraft, PgpKeyRow, SecretString, SshKeyDraft,
    SshKeyRow, Use,
};
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
pub(crate) async fn pgp_keys_export_private(
    courier: Courier<'_>,
    id: PgpKeyId,
    path: String,
    passphrase: Option<SecretString>,
    armored: bool,
) -> Answer<()> {
    courier.pgp_keys_export_private_to(id, &path, passphrase, armored).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_export_revocation(
    courier: Courier<'_>,
    id: PgpKeyId,
    path: String,
) -> Answer<()> {
    courier.pgp_keys_export_revocation_to(id, &path).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_revoke(
    courier: Courier<'_>,
    id: PgpKeyId,
    reason: RevocationReason,
    message: String,
) -> Answer<PgpKey> {
    courier.pgp_keys_revoke(id, reason, &message).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_import_revocation(
    courier: Courier<'_>,
    id: PgpKeyId,
    path: String,
) -> Answer<PgpKey> {
    courier.pgp_keys_import_revocation(id, &path).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_set_successor(
    courier: Courier<'_>,
    id: PgpKeyId,
    successor_id: Option<PgpKeyId>,
) -> Answer<PgpKey> {
    courier.pgp_keys_set_successor(id, successor_id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_move_preview(courier: Courier<'_>, id: PgpKeyId) -> Answer<MovedUsers> {
    courier.pgp_keys_move_users(id, MoveMode::Preview).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn pgp_keys_move_users(courier: Courier<'_>, id: PgpKeyId) -> Answer<MovedUsers> {
    courier.pgp_keys_move_users(id, MoveMode::Move).await
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

#[tauri::command]
#[specta::specta]
pub(crate) async fn keys_history(courier: Courier<'_>, id: Uuid) -> Answer<Vec<AuditLogEntry>> {
    courier.keys_history(id).await
}
