//! The main window. Closing it keeps the engine running, and says so once.

use super::{drops, events};
use courier_app::App;
use tauri::{AppHandle, Manager, Theme, WebviewUrl, WebviewWindowBuilder, Window, WindowEvent};
use tauri_plugin_notification::NotificationExt;

/// The main window's label, as the capabilities name it.
pub(crate) const MAIN: &str = "main";

/// Of the page, before anybody has changed it.
const SIZE: [f64; 2] = [1280.0, 800.0];
const LEAST: [f64; 2] = [1024.0, 600.0];

/// The size of a new window, for which the display has room.
fn size(handle: &AppHandle) -> [f64; 2] {
    let Letters { scale } = *handle.state::<Letters>();
    let room = handle.primary_monitor().ok().flatten().map(|monitor| {
        let room = monitor.work_area().size.to_logical::<f64>(monitor.scale_factor());
        [room.width, room.height]
    });
    let [width, height] = SIZE.map(|length| length * scale);
    let [most_wide, most_high] = room.unwrap_or([f64::INFINITY; 2]);
    [width.min(most_wide).max(LEAST[0]), height.min(most_high).max(LEAST[1])]
}

/// How much larger than usual the page draws everything because the desktop's letters are larger. GTK knows only whole
/// scales, so that on many desktops 125 or 150 per cent are that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letters {
    scale: f64,
}

impl Letters {
    /// Only the main thread may ask.
    #[cfg(target_os = "linux")]
    pub(crate) fn of_this_desktop() -> Self {
        const USUAL: f64 = 96.0;
        let screen = gtk::gdk::Screen::default();
        Self { scale: screen.map_or(1.0, |screen| (screen.resolution() / USUAL).clamp(1.0, 3.0)) }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) const fn of_this_desktop() -> Self {
        Self { scale: 1.0 }
    }
}

pub(crate) fn open(handle: &AppHandle) -> tauri::Result<()> {
    let [width, height] = size(handle);
    let window = WebviewWindowBuilder::new(handle, MAIN, WebviewUrl::default())
        .title("Courier")
        .inner_size(width, height)
        .min_inner_size(LEAST[0], LEAST[1])
        .background_color(ground(handle))
        .build()?;
    window.set_focus()
}

/// The ground of the first frame, so that nothing flashes.
fn ground(handle: &AppHandle) -> tauri::window::Color {
    let dark = handle
        .webview_windows()
        .values()
        .next()
        .and_then(|w| w.theme().ok())
        .is_some_and(|theme| theme == Theme::Dark);
    if dark {
        tauri::window::Color(0x16, 0x16, 0x18, 0xff)
    } else {
        tauri::window::Color(0xff, 0xff, 0xff, 0xff)
    }
}

/// Brings the window back, making one if there is none yet.
pub(crate) fn show(handle: &AppHandle) {
    let handle = handle.clone();
    // Whoever asks may be on the main thread, which a new window needs for itself.
    tauri::async_runtime::spawn_blocking(move || {
        let shown = match handle.get_webview_window(MAIN) {
            Some(window) => {
                window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus())
            }
            None => open(&handle),
        };
        match shown {
            Ok(()) => events::tell(&handle),
            Err(error) => tracing::error!(%error, "the window could not be shown"),
        }
    });
}

/// Closing only hides the window; files that are dropped on it are the page's.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            if let Err(error) = window.hide() {
                tracing::error!(%error, "the window could not be hidden");
            }
            say_once(window.app_handle());
        }
        WindowEvent::DragDrop(event) => drops::tell(window, event),
        _ => {}
    }
}

/// Tells the first time only; a mark in the data folder remembers.
fn say_once(handle: &AppHandle) {
    let mark = handle.state::<App>().home().join("window-closed-once");
    if mark.exists() {
        return;
    }
    let said = handle
        .notification()
        .builder()
        .title("Courier goes on running")
        .body("Jobs run while the window is closed. Open or quit Courier from the tray.")
        .show();
    match said {
        Ok(()) => drop(std::fs::write(mark, b"")),
        Err(error) => tracing::info!(%error, "the desktop shows no notifications"),
    }
}
