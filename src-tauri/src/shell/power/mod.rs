//! The computer's power and network: it stays awake while this process works on runs, and schedules wait for mains power
//! or an unmetered network if people want that.
//!
//! Sleep itself needs nothing here: clocks and leases are looked at by the second, so a computer that wakes up finds what
//! it missed, and what it worked on goes on or was taken over.

mod awake;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use others as system;

use super::events;
use awake::Wakefulness;
use courier_app::domain::audit::AuditableEntityType;
use courier_app::{App, Change, PowerSettings};
use std::time::Duration;
use tauri::AppHandle;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The computer is asked so often, while schedules may have to wait.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// Follows the work, the settings and the computer until the store closes.
pub(crate) fn follow(handle: AppHandle, courier: &App) {
    tauri::async_runtime::spawn(stay_awake(courier.clone()));
    tauri::async_runtime::spawn(hold_schedules(handle, courier.clone()));
}

async fn stay_awake(courier: App) {
    let (mut changes, mut working) = (courier.changes(), courier.working());
    let wakefulness = Wakefulness::start();
    loop {
        let Some(wanted) = settings(&courier).await else { return };
        loop {
            wakefulness.want(wanted.keep_awake && *working.borrow_and_update() > 0);
            tokio::select! {
                told = settings_changed(&mut changes) => match told {
                    Some(()) => break,
                    None => return,
                },
                still = working.changed() => if still.is_err() { return },
            }
        }
    }
}

async fn hold_schedules(handle: AppHandle, courier: App) {
    let mut changes = courier.changes();
    loop {
        let Some(wanted) = settings(&courier).await else { return };
        let mut sensors = system::Sensors::default();
        loop {
            let now = if wanted.waits() { sensors.read().await } else { Default::default() };
            let hold = wanted.hold(now);
            if hold != courier.schedule_hold() {
                tracing::info!(?hold, "schedules wait, or do not any more");
                courier.hold_schedules(hold);
                // The window asks how Courier is, as after a change of a setting.
                events::changed(&handle, AuditableEntityType::SystemSetting);
            }
            let again = async {
                if wanted.waits() {
                    tokio::time::sleep(ASK_AGAIN).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                told = settings_changed(&mut changes) => match told {
                    Some(()) => break,
                    None => return,
                },
                () = again => {}
            }
        }
    }
}

/// Nothing when the store is closed.
async fn settings(courier: &App) -> Option<PowerSettings> {
    courier.power_settings().await.inspect_err(|error| tracing::warn!(%error, "no settings of power")).ok()
}

/// The next change of a setting, or nothing when the store has closed.
async fn settings_changed(changes: &mut Receiver<Change>) -> Option<()> {
    loop {
        match changes.recv().await {
            Ok(change) if change.entity_type == AuditableEntityType::SystemSetting => return Some(()),
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return Some(()),
            Err(RecvError::Closed) => return None,
        }
    }
}
