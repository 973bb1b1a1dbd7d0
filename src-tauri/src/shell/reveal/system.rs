//! On macOS the Finder, on Windows the Explorer.

use super::{Place, nobody};
use courier_app::{AppError, Result};

/// A folder is marked, too: opening one that macOS takes for a program would run it.
pub(super) async fn show(place: &Place) -> Result<()> {
    let (Place::File(path) | Place::Folder(path)) = place;
    let path = path.clone();
    let shown = tokio::task::spawn_blocking(move || tauri_plugin_opener::reveal_item_in_dir(path)).await;
    shown.map_err(AppError::internal)?.map_err(|error| nobody(place).with("cause", error))
}
