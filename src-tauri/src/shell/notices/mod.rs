//! Notices on the desktop: what a notification rule has to tell here, as the system shows it.
//!
//! A click opens the window on the page of what it is about, where the system tells of clicks (Linux).

#[cfg(target_os = "linux")]
mod desktop;

use courier_app::{App, Notice};
use tauri::AppHandle;

/// Shows every notice from now on, until the process ends.
pub(crate) fn show(handle: AppHandle, courier: &App) {
    tauri::async_runtime::spawn(show_all(handle, courier.notices()));
}

#[cfg(target_os = "linux")]
use desktop::show_all;

#[cfg(not(target_os = "linux"))]
async fn show_all(handle: AppHandle, mut notices: tokio::sync::broadcast::Receiver<Notice>) {
    use tauri_plugin_notification::NotificationExt;
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match notices.recv().await {
            Ok(notice) => {
                let shown = handle.notification().builder().title(&notice.title).body(body(&notice)).show();
                if let Err(error) = shown {
                    tracing::info!(%error, "the desktop shows no notifications");
                }
            }
            Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "notices were not shown"),
            Err(RecvError::Closed) => return,
        }
    }
}

/// The text below the title: without the sentence that says the same.
fn body(notice: &Notice) -> &str {
    let rest = notice.text.strip_prefix(notice.title.as_str()).and_then(|rest| rest.strip_prefix('.'));
    rest.unwrap_or(&notice.text).trim()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use courier_app::domain::audit::AuditableEntityType;
    use courier_app::domain::event::EventType;
    use courier_app::domain::{DomainEventId, EventDeliveryId, Timestamp};
    use uuid::Uuid;

    pub(crate) fn notice() -> Notice {
        Notice {
            delivery_id: EventDeliveryId(Uuid::from_u128(7)),
            rule: "here".into(),
            event_id: Some(DomainEventId(Uuid::from_u128(8))),
            event_type: Some(EventType::JobFailed),
            entity_type: AuditableEntityType::JobExecution,
            entity_id: Uuid::from_u128(1),
            occurred_at: Timestamp::UNIX_EPOCH,
            subject_type: AuditableEntityType::Job,
            subject_id: Uuid::from_u128(2),
            subject_name: Some("Invoices".into()),
            title: "Job Invoices has failed".into(),
            text: "Job Invoices has failed.\n\nThere is no a<b>&c.\n".into(),
            repeated: 0,
            recovered_from: 0,
            payload: serde_json::json!({}),
        }
    }

    #[test]
    fn the_title_is_not_said_twice() {
        assert_eq!(body(&notice()), "There is no a<b>&c.");
        let other = Notice { text: "Nothing has happened.\n".into(), ..notice() };
        assert_eq!(body(&other), "Nothing has happened.");
    }
}
