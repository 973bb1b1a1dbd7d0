//! How Courier ends: running work comes to a point of return first, within 20 s, whoever asked for the end.

use courier_app::{App, RunningEngine};
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Manager, RunEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons};

/// The engine while it runs.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    engine: Mutex<Option<RunningEngine>>,
}

impl Lifecycle {
    pub(crate) fn new(engine: RunningEngine) -> Self {
        Self { engine: Mutex::new(Some(engine)) }
    }

    fn take(&self) -> Option<RunningEngine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Quits; when work is running, asks first.
pub(crate) fn ask_to_quit(handle: &AppHandle) {
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let courier = handle.state::<App>().inner().clone();
        let running = courier.app_status().await.map_or(0, |status| status.engine.running);
        if running == 0 {
            return quit(handle).await;
        }
        let text = match running {
            1 => "A job is running. It is paused and goes on when Courier starts again.".to_owned(),
            n => format!("{n} jobs are running. They are paused and go on when Courier starts again."),
        };
        let asked = handle.clone();
        handle
            .dialog()
            .message(text)
            .title("Quit Courier?")
            .buttons(MessageDialogButtons::OkCancelCustom("Pause and quit".into(), "Keep running".into()))
            .show(move |yes| {
                if yes {
                    tauri::async_runtime::spawn(quit(asked));
                }
            });
    });
}

/// Shuts the engine down, closes the store, ends the process.
async fn quit(handle: AppHandle) {
    if let Some(engine) = handle.state::<Lifecycle>().take() {
        engine.shutdown().await;
        handle.state::<App>().close().await;
    }
    handle.exit(0);
}

/// The last window's closing is no reason to end.
pub(crate) fn on_run_event(handle: &AppHandle, event: RunEvent) {
    if let RunEvent::ExitRequested { api, code: None, .. } = event {
        api.prevent_exit();
        tracing::debug!(
            windows = handle.webview_windows().len(),
            "the last window is closed; Courier goes on"
        );
    }
}

/// SIGTERM and the end of the session pause the work and exit.
pub(crate) fn end_on_signals(handle: AppHandle) {
    #[cfg(unix)]
    tauri::async_runtime::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int), Ok(mut hup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
        else {
            return tracing::error!("signals cannot be heard");
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            _ = hup.recv() => {}
        }
        quit(handle).await;
    });
    #[cfg(not(unix))]
    drop(handle);
}
