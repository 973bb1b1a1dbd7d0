//! The tray: how Courier is as an icon and a line, the newest runs, and what one wants to do without the window.
//!
//! On Linux a tray has no click and no tooltip, so everything is in its menu. It follows the changes in the store, at
//! most once a second, and nothing happens while nothing changes.
//!
//! Invariant: only the main thread touches the menu (tauri sees to it), and only what differs is touched, so that a menu
//! that is open stays as it is.

mod view;

use super::{lifecycle, pages, window};
use crate::ipc::Page;
use courier_app::domain::audit::AuditableEntityType;
use courier_app::{App, AppError, Change};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::async_runtime::block_on;
use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;
use view::{Entry, Mood, View};

const FINE: &[u8] = include_bytes!("../../../../icons/tray.png");
const WORKING: &[u8] = include_bytes!("../../../../icons/tray-working.png");
const NEEDS_ATTENTION: &[u8] = include_bytes!("../../../../icons/tray-attention.png");

const OPEN: &str = "open";
const PAUSE: &str = "pause";
const RESUME: &str = "resume";
const QUIT: &str = "quit";
/// Of a run, before its place in the list.
const RUN: &str = "run-";

/// The tray is brought up to date so far apart.
const APART: Duration = Duration::from_secs(1);

/// What a menu is made of that can change.
struct Entries {
    line: MenuItem<Wry>,
    runs: Vec<MenuItem<Wry>>,
    pause: MenuItem<Wry>,
    resume: MenuItem<Wry>,
}

/// The tray as it is shown now.
struct Tray {
    icon: TrayIcon,
    entries: Entries,
    shown: View,
}

/// The runs that the menu shows, for a click on one.
#[derive(Debug, Default)]
struct ShownRuns(Mutex<Vec<Uuid>>);

impl ShownRuns {
    fn put(&self, view: &View) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *runs = view.runs.iter().map(|(id, _)| *id).collect();
    }

    fn get(&self, place: usize) -> Option<Uuid> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(place).copied()
    }
}

/// Puts the icon up, and keeps it up to date until the store closes.
pub(crate) fn build(app: &tauri::App, courier: &App) -> anyhow::Result<()> {
    // From before the first look, so that nothing falls between the two.
    let changes = courier.changes();
    let glance = block_on(courier.app_glance())?;
    app.manage(ShownRuns::default());
    match Tray::build(app.handle(), courier, View::of(&glance)) {
        Ok(tray) => drop(tauri::async_runtime::spawn(follow(tray, app.handle().clone(), changes))),
        // A desktop without a tray is fine: the window has everything.
        Err(error) => tracing::info!(%error, "this desktop has no tray"),
    }
    Ok(())
}

async fn follow(mut tray: Tray, handle: AppHandle, mut changes: Receiver<Change>) {
    let courier = handle.state::<App>().inner().clone();
    let mut due = Instant::now();
    while changed(&mut changes).await {
        sleep_until(due).await;
        due = Instant::now() + APART;
        // One look is enough for all that has come meanwhile.
        changes = changes.resubscribe();
        match courier.app_glance().await {
            Ok(glance) => {
                if let Err(error) = tray.show(&handle, View::of(&glance)) {
                    tracing::debug!(%error, "the tray could not be changed");
                }
            }
            Err(error) => tracing::debug!(%error, "the tray could not look"),
        }
    }
}

/// Waits for a change that can be seen here; false when the store has closed.
async fn changed(changes: &mut Receiver<Change>) -> bool {
    loop {
        match changes.recv().await {
            Ok(change) if !is_seen(change.entity_type) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

fn is_seen(entity_type: AuditableEntityType) -> bool {
    use AuditableEntityType as T;
    match entity_type {
        T::Job | T::JobExecution | T::FileMonitor | T::PgpKey | T::Vault => true,
        T::StepExecution
        | T::Chain
        | T::ChainExecution
        | T::Connection
        | T::SshKey
        | T::Tag
        | T::SystemSetting
        | T::Schedule
        | T::Calendar
        | T::NotificationRule => false,
    }
}

impl Tray {
    fn build(handle: &AppHandle, courier: &App, view: View) -> tauri::Result<Self> {
        let (menu, entries) = menu(handle, &view)?;
        handle.state::<ShownRuns>().put(&view);
        let icon = TrayIconBuilder::with_id("courier")
            .icon(icon(view.mood)?)
            .tooltip(&view.line)
            // Icons lie in files on Linux, and another Courier of this person has some of its own.
            .temp_dir_path(courier.home().join("tray"))
            .menu(&menu)
            .on_menu_event(|handle, event| chosen(handle, event.id().as_ref()))
            .build(handle)?;
        Ok(Self { icon, entries, shown: view })
    }

    fn show(&mut self, handle: &AppHandle, view: View) -> tauri::Result<()> {
        handle.state::<ShownRuns>().put(&view);
        if view.mood != self.shown.mood {
            self.icon.set_icon(Some(icon(view.mood)?))?;
        }
        if view.line != self.shown.line {
            self.icon.set_tooltip(Some(&view.line))?;
        }
        if view.runs.len() == self.shown.runs.len() {
            self.entries.show(&self.shown, &view)?;
        } else {
            let (menu, entries) = menu(handle, &view)?;
            self.icon.set_menu(Some(menu))?;
            self.entries = entries;
        }
        self.shown = view;
        Ok(())
    }
}

impl Entries {
    fn show(&self, before: &View, now: &View) -> tauri::Result<()> {
        if now.line != before.line {
            self.line.set_text(&now.line)?;
        }
        for ((item, (_, before)), (_, now)) in self.runs.iter().zip(&before.runs).zip(&now.runs) {
            if now != before {
                item.set_text(now)?;
            }
        }
        for (item, before, now) in
            [(&self.pause, &before.pause, &now.pause), (&self.resume, &before.resume, &now.resume)]
        {
            if now.text != before.text {
                item.set_text(&now.text)?;
            }
            if now.enabled != before.enabled {
                item.set_enabled(now.enabled)?;
            }
        }
        Ok(())
    }
}

fn icon(mood: Mood) -> tauri::Result<Image<'static>> {
    Image::from_bytes(match mood {
        Mood::Fine => FINE,
        Mood::Working => WORKING,
        Mood::NeedsAttention => NEEDS_ATTENTION,
    })
}

fn menu(handle: &AppHandle, view: &View) -> tauri::Result<(Menu<Wry>, Entries)> {
    let item =
        |id: &str, entry: &Entry| MenuItem::with_id(handle, id, &entry.text, entry.enabled, None::<&str>);
    let named = |text: &str, enabled| Entry { text: text.to_owned(), enabled };
    let separator = || PredefinedMenuItem::separator(handle);
    let entries = Entries {
        line: item("line", &named(&view.line, false))?,
        runs: view
            .runs
            .iter()
            .enumerate()
            .map(|(place, (_, text))| item(&format!("{RUN}{place}"), &named(text, true)))
            .collect::<tauri::Result<_>>()?,
        pause: item(PAUSE, &view.pause)?,
        resume: item(RESUME, &view.resume)?,
    };
    let menu = Menu::with_items(handle, &[&item(OPEN, &named("Open Courier", true))?, &entries.line])?;
    if !entries.runs.is_empty() {
        menu.append(&separator()?)?;
    }
    for run in &entries.runs {
        menu.append(run)?;
    }
    let quit = item(QUIT, &named("Quit", true))?;
    let rest: [&dyn IsMenuItem<Wry>; 5] =
        [&separator()?, &entries.pause, &entries.resume, &separator()?, &quit];
    menu.append_items(&rest)?;
    Ok((menu, entries))
}

fn chosen(handle: &AppHandle, id: &str) {
    match id {
        OPEN => window::show(handle),
        PAUSE => steer(handle, Steer::Pause),
        RESUME => steer(handle, Steer::Resume),
        QUIT => lifecycle::ask_to_quit(handle),
        other => {
            let place = other.strip_prefix(RUN).and_then(|place| place.parse().ok());
            match place.and_then(|place| handle.state::<ShownRuns>().get(place)) {
                Some(run) => pages::ask(handle, Page::of(AuditableEntityType::JobExecution, run)),
                None => tracing::debug!(other, "an unknown tray entry"),
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Steer {
    Pause,
    Resume,
}

fn steer(handle: &AppHandle, how: Steer) {
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let courier = handle.state::<App>().inner().clone();
        let (done, doing) = match how {
            Steer::Pause => (courier.monitors_pause_all().await, "Courier cannot pause the monitors"),
            Steer::Resume => (courier.monitors_resume_all().await, "Courier cannot resume the monitors"),
        };
        if let Err(error) = done {
            explain(&handle, doing, &error);
        }
    });
}

/// The window may be closed, so the system says it.
fn explain(handle: &AppHandle, title: &str, error: &AppError) {
    tracing::warn!(%error, "{title}");
    let text = match &error.hint {
        Some(hint) => format!("{}\n\n{hint}", error.message),
        None => error.message.clone(),
    };
    handle.dialog().message(text).title(title).kind(MessageDialogKind::Error).show(|_| {});
}
