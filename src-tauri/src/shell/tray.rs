//! The tray icon. On Linux a tray has no click and no tooltip, so everything is in its menu.

use super::{lifecycle, window};
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;

const ICON: &[u8] = include_bytes!("../../../icons/tray.png");

pub(crate) fn build(app: &tauri::App) -> tauri::Result<()> {
    let menu = Menu::with_items(
        app,
        &[
            &MenuItem::with_id(app, "open", "Open Courier", true, None::<&str>)?,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?,
        ],
    )?;
    let built = TrayIconBuilder::with_id("courier")
        .icon(Image::from_bytes(ICON)?)
        .menu(&menu)
        .on_menu_event(|handle, event| match event.id().as_ref() {
            "open" => window::show(handle),
            "quit" => lifecycle::ask_to_quit(handle),
            other => tracing::debug!(other, "an unknown tray entry"),
        })
        .build(app);
    // A desktop without a tray is fine: the window has everything.
    if let Err(error) = built {
        tracing::info!(%error, "this desktop has no tray");
    }
    Ok(())
}
