//! The look at everything, the first steps, and the sample.

use super::{Answer, Courier};
use courier_app::{AppStatus, Demo, FirstSteps, NodeView};

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
