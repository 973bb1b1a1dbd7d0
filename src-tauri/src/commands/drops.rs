//! What was dropped on the window, and the drafts that can be made of it.

use super::{Answer, Courier};
use courier_app::DroppedPath;
use courier_app::domain::job::JobDraft;
use courier_app::domain::monitor::MonitorDraft;
use courier_app::domain::{ConnectionId, PgpKeyId};

#[tauri::command]
#[specta::specta]
pub(crate) async fn drops_look(courier: Courier<'_>, paths: Vec<String>) -> Answer<Vec<DroppedPath>> {
    courier.drops_look(paths).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn drops_upload(
    courier: Courier<'_>,
    paths: Vec<String>,
    connection: ConnectionId,
    folder: String,
) -> Answer<JobDraft> {
    courier.drops_upload(paths, connection, &folder).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn drops_encrypt(
    courier: Courier<'_>,
    paths: Vec<String>,
    recipient: PgpKeyId,
) -> Answer<JobDraft> {
    courier.drops_encrypt(paths, recipient).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn drops_watch(courier: Courier<'_>, paths: Vec<String>) -> Answer<MonitorDraft> {
    courier.drops_watch(paths).await
}
