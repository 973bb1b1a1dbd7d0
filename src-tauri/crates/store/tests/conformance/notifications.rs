//! Notification rules, and events on their way to them.

use crate::fixture::{Fixture, ME};
use crate::monitors::{insert_chain, insert_monitor, literal};
use crate::tags::insert_tag;
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Sealed;
use courier_domain::event::{DomainEvent, EventType, NewEvent};
use courier_domain::notification::{DeliveryState, NotificationRule};
use courier_domain::problem::Problems;
use courier_domain::{DomainEventId, ErrorCode, IdSource, NotificationRuleId};
use courier_store::{AuditFilter, DeliveryFilter, NewestEvents, StoreError};
use serde_json::{Value, json};

pub(crate) fn rule(f: &Fixture, name: &str, more: Value) -> NotificationRule {
    let mut draft = json!({
        "name": name,
        "event_types": ["JobFailed", "MonitorFailed"],
        "channel": { "type": "webhook", "url": "https://hooks.example.org/x" },
    });
    for (field, value) in more.as_object().unwrap() {
        draft[field] = value.clone();
    }
    let draft = serde_json::from_value(draft).unwrap();
    NotificationRule::new(NotificationRuleId(f.ids.new_id()), draft, Some(Sealed(vec![0, 159, 7])), f.now())
}

async fn insert_rule(f: &Fixture, name: &str) -> NotificationRule {
    let rule = rule(f, name, json!({}));
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_notification_rule(&rule).await.unwrap();
    work.commit().await.unwrap();
    rule
}

pub(crate) async fn raise(f: &Fixture, count: usize) -> Vec<DomainEventId> {
    let entity_id = f.ids.new_id();
    let mut work = f.store.begin("system").await.unwrap();
    for n in 0..count {
        work.event(NewEvent {
            event_type: EventType::JobFailed,
            entity_type: AuditableEntityType::JobExecution,
            entity_id,
            payload: json!({ "n": n }),
        });
    }
    work.commit().await.unwrap();
    let mut events =
        newest(f, &NewestEvents { entity_id: Some(entity_id), limit: 99, ..Default::default() }).await;
    events.reverse();
    events.into_iter().map(|event| event.id).collect()
}

async fn newest(f: &Fixture, filter: &NewestEvents) -> Vec<DomainEvent> {
    f.store.read().await.unwrap().newest_events(filter).await.unwrap()
}

pub(crate) async fn a_rule_comes_back_as_it_was_saved(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let (tag, chain) = (insert_tag(f, "partner-x").await, insert_chain(f, "nightly").await);
    let monitor = insert_monitor(f, "Inbox", &job).await;
    let about = json!({
        "tags": [tag.id], "jobs": [job.id], "chains": [chain], "monitors": [monitor.id], "is_enabled": false,
        "channel": { "type": "email", "host": "mail.example.org", "port": 587, "security": "starttls",
            "username": "me", "from": "courier@example.org", "to": ["ops@example.org"] },
    });
    let saved = rule(f, "Bescheid sagen, Ü", about);
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_notification_rule(&saved).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.notification_rule(saved.id).await.unwrap(), saved);
    assert_eq!(session.find_notification_rule("BESCHEID SAGEN, ü").await.unwrap(), saved);
    assert_eq!(session.notification_rules().await.unwrap(), vec![saved.clone()]);
    drop(session);

    let mut edited = saved.clone();
    let mut draft = saved.to_draft();
    draft.name = "tell-ops".into();
    edited.edit(draft, f.now());
    edited.secret_encrypted = Some(Sealed(b"sealed-but-still-nobodys-business".to_vec()));
    let mut work = f.store.begin(ME).await.unwrap();
    let edited = work.update_notification_rule(&edited, saved.updated_at).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().notification_rule(saved.id).await.unwrap(), edited);
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.update_notification_rule(&saved, saved.updated_at).await.unwrap_err();
    assert!(matches!(refused, StoreError::OutOfDate { kind: "notification rule", .. }), "{refused}");
    work.rollback().await;

    let mut work = f.store.begin(ME).await.unwrap();
    assert!(work.set_notification_rule_enabled(saved.id, true).await.unwrap().is_enabled);
    work.delete_notification_rule(saved.id).await.unwrap();
    assert!(work.notification_rules().await.unwrap().is_empty());
    work.insert_notification_rule(&rule(f, "TELL-OPS", json!({}))).await.unwrap();
    work.commit().await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    let taken = work.restore_notification_rule(saved.id).await.unwrap_err();
    assert_eq!(taken.code(), ErrorCode::Conflict, "{taken}");
    work.rollback().await;
    let mut work = f.store.begin(ME).await.unwrap();
    let other = work.find_notification_rule("tell-ops").await.unwrap();
    work.delete_notification_rule(other.id).await.unwrap();
    let restored = work.restore_notification_rule(saved.id).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.find_notification_rule("tell-ops").await.unwrap(), restored);
    assert_eq!(session.deleted_notification_rules().await.unwrap().len(), 1);
    let filter = AuditFilter { entity_ids: vec![saved.id.0], limit: 99, ..Default::default() };
    let entries = session.audit_entries(&filter).await.unwrap();
    let operations: Vec<_> = entries.iter().rev().map(|e| e.operation.as_str()).collect();
    assert_eq!(operations, ["Created", "Updated", "Enabled", "Deleted", "Restored"]);
    assert_eq!(entries[3].details["secret"], "changed");
    assert!(!format!("{entries:?}").contains("nobodys-business"));
}

pub(crate) async fn a_rule_is_about_things_that_exist(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let lost = f.ids.new_id();
    let about = json!({ "jobs": [job.id, lost], "tags": [lost], "chains": [lost], "monitors": [lost] });
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.insert_notification_rule(&rule(f, "tell-ops", about)).await.unwrap_err();
    let StoreError::Invalid(Problems(problems)) = &refused else { panic!("{refused}") };
    let paths: Vec<_> = problems.iter().map(|p| p.path.as_str()).collect();
    assert_eq!(paths, ["tags[0]", "jobs[1]", "chains[0]", "monitors[0]"]);
    work.rollback().await;
    insert_rule(f, "tell-ops").await;
    for bad in [
        "UPDATE notification_rules SET channel = '{\"type\":\"pigeon\"}'",
        "UPDATE notification_rules SET name = ''",
        "UPDATE notification_rules SET is_deleted = TRUE",
    ] {
        assert!(f.raw(bad).await.is_err(), "{bad}");
    }
}

pub(crate) async fn an_event_is_processed_when_its_last_delivery_is_over(f: &Fixture) {
    let (ops, desk, log) =
        (insert_rule(f, "ops").await.id, insert_rule(f, "desk").await.id, insert_rule(f, "log").await.id);
    let events = raise(f, 3).await;
    let mut work = f.store.begin("system").await.unwrap();
    let undelivered: Vec<_> = work.undelivered_events(99).await.unwrap().iter().map(|e| e.id).collect();
    assert_eq!(undelivered, events);
    let pairs = [(events[0], ops), (events[0], desk), (events[0], log), (events[1], ops)];
    let mut deliveries = work.insert_deliveries(&pairs).await.unwrap();
    deliveries.sort_by_key(|d| d.id);
    assert_eq!(deliveries.len(), 4);
    assert!(work.insert_deliveries(&pairs).await.unwrap().is_empty(), "each is on its way once");
    assert_eq!(work.mark_events_processed(&events).await.unwrap(), 1, "only the one that nobody is told of");
    work.commit().await.unwrap();
    let due = f.store.read().await.unwrap().due_deliveries(f.now(), 99).await.unwrap();
    assert_eq!(due, deliveries);

    let later = f.now() + TimeDelta::seconds(5);
    let mut work = f.store.begin("system").await.unwrap();
    let failed = work.delivery_failed(deliveries[0].id, "503", later).await.unwrap();
    assert_eq!(
        (failed.attempts, failed.state, failed.last_error.as_deref()),
        (1, DeliveryState::Pending, Some("503"))
    );
    work.delivery_delivered(deliveries[1].id).await.unwrap();
    work.delivery_suppressed(deliveries[2].id).await.unwrap();
    work.commit().await.unwrap();
    let unprocessed = NewestEvents { processed: Some(false), limit: 9, ..Default::default() };
    assert_eq!(newest(f, &unprocessed).await.len(), 2, "one of its deliveries is still pending");
    assert_eq!(f.store.read().await.unwrap().due_deliveries(f.now(), 99).await.unwrap(), deliveries[3..]);
    f.clock.advance(TimeDelta::seconds(5));
    let due = f.store.read().await.unwrap().due_deliveries(f.now(), 99).await.unwrap();
    assert_eq!(due.iter().map(|d| d.id).collect::<Vec<_>>(), [deliveries[3].id, deliveries[0].id]);
    let mut work = f.store.begin("system").await.unwrap();
    let dead = work.delivery_dead(deliveries[0].id, "503 again").await.unwrap();
    assert_eq!((dead.attempts, dead.state), (2, DeliveryState::Dead));
    let refused = work.delivery_delivered(deliveries[0].id).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "{refused}");
    work.rollback().await;
    let mut work = f.store.begin("system").await.unwrap();
    work.delivery_dead(deliveries[0].id, "503 again").await.unwrap();
    work.commit().await.unwrap();
    let processed = NewestEvents { processed: Some(true), limit: 9, ..Default::default() };
    let done = newest(f, &processed).await;
    assert_eq!(done.iter().map(|e| e.id).collect::<Vec<_>>(), [events[2], events[0]]);
    assert_eq!((done[1].processed_at, done[1].processed_by.as_deref()), (Some(f.now()), Some("system")));

    // What was given up can be sent again.
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.replay_dead_deliveries(Some(&[events[1]])).await.unwrap(), 0);
    assert_eq!(work.replay_dead_deliveries(None).await.unwrap(), 1);
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let filter =
        DeliveryFilter { events: vec![events[0]], rule_id: Some(ops), limit: 9, ..Default::default() };
    let again = session.deliveries(&filter).await.unwrap().remove(0);
    assert_eq!(
        (again.state, again.attempts, again.next_attempt_at),
        (DeliveryState::Pending, 0, Some(f.now()))
    );
    drop(session);
    assert_eq!(newest(f, &unprocessed).await.len(), 2, "its event is on its way again");
    let nobody = literal(f, f.ids.new_id());
    for bad in [
        "UPDATE event_deliveries SET state = 'lost'".to_owned(),
        "UPDATE event_deliveries SET next_attempt_at = NULL WHERE state = 'pending'".to_owned(),
        "UPDATE event_deliveries SET delivered_at = NULL WHERE state = 'delivered'".to_owned(),
        "UPDATE event_deliveries SET attempts = -1".to_owned(),
        format!("UPDATE event_deliveries SET rule_id = {nobody}"),
        format!("UPDATE event_deliveries SET event_id = {nobody}"),
    ] {
        assert!(f.raw(&bad).await.is_err(), "{bad}");
    }
}

pub(crate) async fn of_deliveries_that_end_at_once_one_closes_the_event(f: &Fixture) {
    let rules = [insert_rule(f, "a").await.id, insert_rule(f, "b").await.id, insert_rule(f, "c").await.id];
    let events = raise(f, 20).await;
    let pairs: Vec<_> = events.iter().flat_map(|event| rules.map(|rule| (*event, rule))).collect();
    let mut work = f.store.begin("system").await.unwrap();
    let deliveries = work.insert_deliveries(&pairs).await.unwrap();
    work.commit().await.unwrap();
    let other = f.another().await.unwrap();
    futures::future::join_all(deliveries.iter().enumerate().map(|(n, delivery)| {
        let store = if n % 2 == 0 { &f.store } else { &other };
        async move {
            let mut work = store.begin("system").await.unwrap();
            work.delivery_delivered(delivery.id).await.unwrap();
            work.commit().await.unwrap();
        }
    }))
    .await;
    other.close().await;
    let open = NewestEvents { processed: Some(false), limit: 99, ..Default::default() };
    assert!(newest(f, &open).await.is_empty());
}
