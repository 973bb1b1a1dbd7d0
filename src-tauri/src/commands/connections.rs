//! Connections: list, save, test, trust, browse.

use super::{Answer, Courier};
use courier_app::domain::connection::{Connection, ConnectionDraft};
use courier_app::domain::{ConnectionId, Timestamp};
use courier_app::{ConnectionRow, ConnectionView, Entry, Probe, SecretString, StageReport, TestReport};
use tauri::ipc::Channel;

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_list(courier: Courier<'_>) -> Answer<Vec<ConnectionRow>> {
    courier.connections_list().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_get(courier: Courier<'_>, id: ConnectionId) -> Answer<ConnectionView> {
    courier.connections_get(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_save(
    courier: Courier<'_>,
    id: Option<ConnectionId>,
    draft: ConnectionDraft,
    password: Option<SecretString>,
    proxy_password: Option<SecretString>,
    seen: Option<Timestamp>,
) -> Answer<Connection> {
    courier.connections_save(id, draft, password, proxy_password, seen).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_delete(courier: Courier<'_>, id: ConnectionId) -> Answer<()> {
    courier.connections_delete(id).await
}

/// Reports each stage as it ends.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_test(
    courier: Courier<'_>,
    id: ConnectionId,
    channel: Channel<StageReport>,
) -> Answer<TestReport> {
    // A window that is gone needs no stages; the test's result is recorded all the same.
    courier.connections_test(id, Probe::Write, move |stage| drop(channel.send(stage.clone()))).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_trust(
    courier: Courier<'_>,
    id: ConnectionId,
    fingerprint: String,
    key_type: String,
) -> Answer<()> {
    courier.connections_trust(id, &fingerprint, &key_type).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_browse(
    courier: Courier<'_>,
    id: ConnectionId,
    path: String,
) -> Answer<Vec<Entry>> {
    courier.connections_browse(id, &path).await
}
