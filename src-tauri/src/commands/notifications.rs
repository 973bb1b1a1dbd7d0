//! Notification rules, events, and what became of telling them.

use super::{Answer, Courier};
use courier_app::domain::notification::RuleDraft;
use courier_app::domain::{DomainEventId, NotificationRuleId, Timestamp};
use courier_app::{
    DeliveriesFilter, DeliveriesPage, EventsFilter, EventsPage, NotificationRuleRow, NotificationTrial,
    SecretString,
};

#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_list(courier: Courier<'_>) -> Answer<Vec<NotificationRuleRow>> {
    courier.notification_rules_list().await
}

/// Rules that were deleted, newest deletion first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_deleted(courier: Courier<'_>) -> Answer<Vec<NotificationRuleRow>> {
    courier.notification_rules_deleted().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_get(
    courier: Courier<'_>,
    id: NotificationRuleId,
) -> Answer<NotificationRuleRow> {
    courier.notification_rules_get(id).await
}

/// Saves a new rule, or a change of one; without a secret the stored one stays with its channel, an empty one removes it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_save(
    courier: Courier<'_>,
    id: Option<NotificationRuleId>,
    draft: RuleDraft,
    secret: Option<SecretString>,
    expected: Option<Timestamp>,
) -> Answer<NotificationRuleRow> {
    courier.notification_rules_save(id, draft, secret, expected).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_enable(
    courier: Courier<'_>,
    id: NotificationRuleId,
    enabled: bool,
) -> Answer<NotificationRuleRow> {
    courier.notification_rules_set_enabled(id, enabled).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_delete(courier: Courier<'_>, id: NotificationRuleId) -> Answer<()> {
    courier.notification_rules_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_restore(
    courier: Courier<'_>,
    id: NotificationRuleId,
) -> Answer<NotificationRuleRow> {
    courier.notification_rules_restore(id).await
}

/// Sends a notice by the rule now, and says what came of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_rules_test(
    courier: Courier<'_>,
    id: NotificationRuleId,
) -> Answer<NotificationTrial> {
    courier.notification_rules_test(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn events_list(courier: Courier<'_>, filter: EventsFilter) -> Answer<EventsPage> {
    courier.events_list(filter).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn deliveries_list(
    courier: Courier<'_>,
    filter: DeliveriesFilter,
) -> Answer<DeliveriesPage> {
    courier.deliveries_list(filter).await
}

/// Sends again what was given up: the deliveries of these events, or all; returns how many.
#[tauri::command]
#[specta::specta]
pub(crate) async fn events_replay(courier: Courier<'_>, events: Option<Vec<DomainEventId>>) -> Answer<u64> {
    courier.events_replay(events).await
}
