//! What only this machine has: its files, its dialogs, and secrets on their way into the vault.

use super::{Answer, Courier};
use courier_app::domain::SecretId;
use courier_app::{ArchiveListing, Entry, SecretString};
use serde::Deserialize;
use specta::Type;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

/// What a person is asked to pick.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PickKind {
    OpenFile,
    OpenFolder,
    SaveFile,
}

#[derive(Debug, Clone, Deserialize, Type)]
pub(crate) struct PickRequest {
    kind: PickKind,
    title: String,
    /// What a new file is called unless the person says otherwise.
    #[serde(default)]
    name: Option<String>,
}

/// Asks for a file or folder with the system's own dialog; `null` when the person thinks better of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn local_pick(handle: AppHandle, request: PickRequest) -> Answer<Option<String>> {
    let (sender, picked) = oneshot::channel();
    let done = move |path: Option<tauri_plugin_dialog::FilePath>| {
        // The window may have been closed meanwhile.
        let _ = sender.send(path.map(|p| p.to_string()));
    };
    let mut dialog = handle.dialog().file().set_title(&request.title);
    if let Some(window) = handle.get_webview_window(crate::shell::window::MAIN) {
        dialog = dialog.set_parent(&window);
    }
    if let Some(name) = request.name {
        dialog = dialog.set_file_name(name);
    }
    match request.kind {
        PickKind::OpenFile => dialog.pick_file(done),
        PickKind::OpenFolder => dialog.pick_folder(done),
        PickKind::SaveFile => dialog.save_file(done),
    }
    Ok(picked.await.ok().flatten())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn local_browse(courier: Courier<'_>, path: String) -> Answer<Vec<Entry>> {
    courier.local_browse(&path).await
}

/// Shows what is at an absolute path in the system's file manager.
#[tauri::command]
#[specta::specta]
pub(crate) async fn local_reveal(path: String) -> Answer<()> {
    crate::shell::reveal::show(&path).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn secrets_create(courier: Courier<'_>, value: SecretString) -> Answer<SecretId> {
    courier.secrets_create(value).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn archives_list(
    courier: Courier<'_>,
    path: String,
    password: Option<SecretString>,
) -> Answer<ArchiveListing> {
    courier.archives_list(&path, password).await
}
