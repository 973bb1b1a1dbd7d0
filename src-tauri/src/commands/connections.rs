//! Connections: list, save, test, trust; the server's files.

use super::{Answer, Courier};
use crate::shell::progress::Gate;
use crate::shell::transfers::Transfers;
use courier_app::domain::connection::{Connection, ConnectionDraft};
use courier_app::domain::step::Overwrite;
use courier_app::domain::{ConnectionId, Timestamp};
use courier_app::{
    AlgorithmChoices, ConnectionRow, ConnectionView, Depth, Earlier, FirstSign, MovedFile, OnTick, Probe,
    ProgressTick, RemoteFolder, SecretString, StageReport, TestReport,
};
use serde::Deserialize;
use specta::Type;
use std::path::Path;
use std::sync::Arc;
use tauri::State;
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
    let report =
        courier.connections_test(id, Probe::Write, move |stage| drop(channel.send(stage.clone()))).await?;
    courier.first_steps_note(FirstSign::Tested(&report)).await;
    Ok(report)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_trust(
    courier: Courier<'_>,
    id: ConnectionId,
    fingerprint: String,
    key_type: String,
    earlier: Earlier,
) -> Answer<()> {
    courier.connections_trust(id, &fingerprint, &key_type, earlier).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_revoke(
    courier: Courier<'_>,
    id: ConnectionId,
    fingerprint: String,
) -> Answer<()> {
    courier.connections_revoke(id, &fingerprint).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_pin(
    courier: Courier<'_>,
    id: ConnectionId,
    thumbprint: String,
) -> Answer<()> {
    courier.connections_pin(id, &thumbprint).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_browse(
    courier: Courier<'_>,
    id: ConnectionId,
    path: String,
) -> Answer<RemoteFolder> {
    courier.connections_browse(id, &path).await
}

/// The SSH algorithms that connections can list.
#[tauri::command]
#[specta::specta]
pub(crate) async fn ssh_algorithms() -> Answer<AlgorithmChoices> {
    Ok(courier_app::algorithm_choices())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_make_folder(
    courier: Courier<'_>,
    id: ConnectionId,
    path: String,
) -> Answer<()> {
    courier.connections_make_folder(id, &path).await
}

/// Replaces nothing that is there.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_rename(
    courier: Courier<'_>,
    id: ConnectionId,
    from: String,
    to: String,
) -> Answer<()> {
    courier.connections_rename(id, &from, &to, Overwrite::Fail).await
}

/// A folder goes with all that is in it. Answers the removed paths.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_remove(
    courier: Courier<'_>,
    id: ConnectionId,
    path: String,
) -> Answer<Vec<String>> {
    courier.connections_remove(id, &path, Depth::Tree).await
}

/// A file that is moved by hand. `transfer` is a name of the window's own, by which it can be stopped.
#[derive(Debug, Deserialize, Type)]
pub(crate) struct MoveRequest {
    transfer: String,
    connection_id: ConnectionId,
    remote: String,
    local: String,
    /// Replaces a file that is there; without it that is an error.
    overwrite: bool,
}

impl MoveRequest {
    fn overwrite(&self) -> Overwrite {
        if self.overwrite { Overwrite::Overwrite } else { Overwrite::Fail }
    }
}

/// `local` is a file, or a folder that is there.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_download(
    courier: Courier<'_>,
    transfers: State<'_, Transfers>,
    request: MoveRequest,
    channel: Channel<ProgressTick>,
) -> Answer<Vec<MovedFile>> {
    let running = transfers.begin(&request.transfer);
    let (id, local) = (request.connection_id, Path::new(&request.local));
    courier
        .connections_fetch(id, &request.remote, local, request.overwrite(), running.cancel(), ticks(channel))
        .await
}

/// `remote` is a file, or a folder when it ends with `/`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_upload(
    courier: Courier<'_>,
    transfers: State<'_, Transfers>,
    request: MoveRequest,
    channel: Channel<ProgressTick>,
) -> Answer<Vec<MovedFile>> {
    let running = transfers.begin(&request.transfer);
    let (id, local) = (request.connection_id, Path::new(&request.local));
    courier
        .connections_send(id, local, &request.remote, request.overwrite(), running.cancel(), ticks(channel))
        .await
}

/// Stops a download or upload by hand; one that has ended is no error.
#[tauri::command]
#[specta::specta]
pub(crate) async fn transfers_stop(transfers: State<'_, Transfers>, transfer: String) -> Answer<()> {
    transfers.stop(&transfer);
    Ok(())
}

pub(super) fn ticks(channel: Channel<ProgressTick>) -> OnTick {
    let gate = Gate::default();
    Arc::new(move |tick| {
        if gate.is_open() {
            // A window that is gone needs no progress.
            drop(channel.send(tick));
        }
    })
}
