//! What the window has to do with the desktop around it: pages that are asked for there, and the start with the session.

use super::Answer;
use crate::ipc::Page;
use crate::shell::autostart::Autostart;
use crate::shell::pages::Asked;
use tauri::State;

/// The page that a person has asked for outside the window, once.
#[tauri::command]
#[specta::specta]
pub(crate) fn page_asked(asked: State<'_, Asked>) -> Option<Page> {
    asked.take()
}

/// Whether Courier starts when this person logs in, as the system has it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn autostart_get(autostart: State<'_, Autostart>) -> Answer<bool> {
    autostart.is_on()
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn autostart_set(autostart: State<'_, Autostart>, enabled: bool) -> Answer<()> {
    autostart.set(enabled)
}
