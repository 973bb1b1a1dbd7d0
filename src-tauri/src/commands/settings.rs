//! Settings that hold for everybody who shares the store.

use super::{Answer, Courier};
use courier_app::SettingView;
use courier_app::domain::Timestamp;

#[tauri::command]
#[specta::specta]
pub(crate) async fn settings_list(courier: Courier<'_>) -> Answer<Vec<SettingView>> {
    courier.settings_list().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn settings_set(
    courier: Courier<'_>,
    key: String,
    value: String,
    seen: Option<Timestamp>,
) -> Answer<()> {
    courier.settings_set(&key, &value, seen).await
}
