//! The shell around the window: start, tray, closing, ending.
//!
//! Invariant: the engine runs from the start until [`lifecycle`] has shut it down, whether a window is open or not.

pub(crate) mod autostart;
mod drops;
pub(crate) mod environment;
mod events;
mod lifecycle;
mod notices;
pub(crate) mod pages;
mod power;
pub(crate) mod progress;
pub(crate) mod reveal;
mod single;
pub(crate) mod transfers;
mod tray;
pub(crate) mod window;

use courier_app::{App, AppError, Logs, OpenOptions, Verbosity, Work};
use std::path::PathBuf;
use tauri::Manager;
use tauri::async_runtime::block_on;
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};

/// The argument of a start without a window.
pub(crate) const HIDDEN: &str = "--hidden";

/// What a start shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Window,
    /// Nothing but the tray; the window is made when somebody asks for it.
    Tray,
}

/// Opens the application and runs it until the person quits.
pub(crate) fn run(start: Start, home: Option<PathBuf>, database_url: Option<String>) -> anyhow::Result<()> {
    let _logs = Logs::start(home.as_deref(), Verbosity::Quiet);
    let autostart = autostart::Autostart::of_this_program(home.as_deref());
    match block_on(App::open(OpenOptions { home, database_url, vault: None })) {
        Ok(app) => open(start, app, autostart),
        Err(error) => explain(error),
    }
}

fn open(start: Start, courier: App, autostart: autostart::Autostart) -> anyhow::Result<()> {
    let ipc = crate::ipc::builder();
    let built = tauri::Builder::default()
        .plugin(single::plugin(courier.home()))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .manage(courier.clone())
        .manage(autostart)
        .manage(events::Untold::default())
        .manage(pages::Asked::default())
        .manage(progress::Gate::default())
        .manage(transfers::Transfers::default())
        .invoke_handler(ipc.invoke_handler())
        .setup(move |app| {
            ipc.mount_events(app);
            app.manage(single::Lock::take(courier.home())?);
            let engine = block_on(courier.start_engine(Work::All))?;
            app.manage(lifecycle::Lifecycle::new(engine));
            events::forward(app.handle().clone(), &courier);
            notices::show(app.handle().clone(), &courier);
            power::follow(app.handle().clone(), &courier);
            tray::build(app, &courier)?;
            app.manage(window::Letters::of_this_desktop());
            match start {
                Start::Window => window::open(app.handle())?,
                Start::Tray => {}
            }
            lifecycle::end_on_signals(app.handle().clone());
            Ok(())
        })
        .on_window_event(window::on_event)
        .build(tauri::generate_context!())?;
    built.run(lifecycle::on_run_event);
    Ok(())
}

/// Courier cannot be opened: says why in a dialog, and on the terminal for those who started it there.
fn explain(error: AppError) -> anyhow::Result<()> {
    let text = match &error.hint {
        Some(hint) => format!("{}\n\n{hint}", error.message),
        None => error.message.clone(),
    };
    let shown = text.clone();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .setup(move |app| {
            let handle = app.handle().clone();
            app.dialog()
                .message(shown)
                .title("Courier cannot start")
                .kind(MessageDialogKind::Error)
                .show(move |_| handle.exit(1));
            Ok(())
        })
        .build(tauri::generate_context!());
    if let Ok(built) = built {
        built.run(|_, _| {});
    }
    anyhow::bail!(text)
}
