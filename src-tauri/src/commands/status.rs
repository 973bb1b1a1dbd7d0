//! The look at everything, the first steps, what this Courier is, and the sample.

use super::{Answer, Courier};
use courier_app::{About, AppStatus, Demo, FirstSteps, NodeView};
use serde::Serialize;
use specta::Type;

/// This Courier and the window that shows it.
#[derive(Debug, Clone, Serialize, Type)]
pub(crate) struct AboutThis {
    courier: About,
    /// The version of tauri.
    tauri: String,
    /// What draws the window, with its version: `WebKitGTK 2.50.1`.
    webview: Option<String>,
}

#[cfg(target_os = "linux")]
const WEBVIEW: &str = "WebKitGTK";
#[cfg(target_os = "windows")]
const WEBVIEW: &str = "WebView2";
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
const WEBVIEW: &str = "WebKit";

/// Versions, and which library does which cryptography.
#[tauri::command]
#[specta::specta]
pub(crate) async fn about(courier: Courier<'_>) -> Answer<AboutThis> {
    Ok(AboutThis {
        courier: courier.about().await?,
        tauri: tauri::VERSION.to_owned(),
        webview: tauri::webview_version().ok().map(|version| format!("{WEBVIEW} {version}")),
    })
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn app_status(courier: Courier<'_>) -> Answer<AppStatus> {
    courier.app_status().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn first_steps(courier: Courier<'_>) -> Answer<FirstSteps> {
    courier.first_steps().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn demo_create(courier: Courier<'_>) -> Answer<Demo> {
    courier.demo_create().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn nodes_list(courier: Courier<'_>) -> Answer<Vec<NodeView>> {
    courier.nodes_list().await
}
