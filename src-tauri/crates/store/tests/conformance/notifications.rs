//! Notification rules, and events on their way to them.

use crate::fixture::{Fixture, ME};
use crate::monitors::{insert_chain, insert_monitor, literal};
use crate::tags::insert_tag;
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Sealed;
use courier_domain::event::{DomainEvent, EventType, NewEvent};
use courier_domain::notification::{DeliveryState, EventDelivery, NotificationRule};
use courier_domain::problem::Problems;
use courier_domain::{DomainEventId, ErrorCode, IdSource, NodeId, NotificationRuleId};
use courier_store::{AuditFilter, Claimable, DeliveryFilter, NewDelivery, NewestEvents, StoreError, Subject};
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

/// On its way to a rule, about something of its own.
pub(crate) fn new(event_id: DomainEventId, rule_id: NotificationRuleId) -> NewDelivery {
    let (event_type, subject_id) = (EventType::JobFailed, event_id.0);
    NewDelivery { event_id, rule_id, event_type, subject_id, awaits_recovery: false }
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
    let pairs =
        [(events[0], ops), (events[0], desk), (events[0], log), (events[1], ops)].map(|(e, r)| new(e, r));
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
    let pairs: Vec<_> = events.iter().flat_map(|event| rules.map(|rule| new(*event, rule))).collect();
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

/// Events in order, each on its way to the rule about the same thing.
async fn line(f: &Fixture, rule: NotificationRuleId, count: usize) -> (Vec<DomainEventId>, uuid::Uuid) {
    let (events, subject_id) = (raise(f, count).await, f.ids.new_id());
    let deliveries: Vec<_> =
        events.iter().map(|event| NewDelivery { subject_id, ..new(*event, rule) }).collect();
    let mut work = f.store.begin("system").await.unwrap();
    work.insert_deliveries(&deliveries).await.unwrap();
    work.commit().await.unwrap();
    (events, subject_id)
}

async fn claim(f: &Fixture, node: NodeId, except: &[NotificationRuleId]) -> Vec<EventDelivery> {
    let until = f.now() + TimeDelta::seconds(60);
    let claim = Claimable { node_id: node, until, except: except.to_vec(), limit: 9 };
    let mut work = f.store.begin("system").await.unwrap();
    let claimed = work.claim_deliveries(&claim).await.unwrap();
    work.commit().await.unwrap();
    claimed
}

pub(crate) async fn what_is_about_one_thing_is_claimed_in_order_by_one_node(f: &Fixture) {
    let (ops, desk) = (insert_rule(f, "ops").await.id, insert_rule(f, "desk").await.id);
    let (first, _) = line(f, ops, 3).await;
    let (second, _) = line(f, ops, 1).await;
    let (shown, _) = line(f, desk, 1).await;
    let (a, b) = (NodeId(f.ids.new_id()), NodeId(f.ids.new_id()));
    let events = |claimed: &[EventDelivery]| claimed.iter().map(|d| d.event_id).collect::<Vec<_>>();
    let claimed = claim(f, a, &[desk]).await;
    assert_eq!(events(&claimed), [first[0], second[0]], "the first of each line");
    assert_eq!(events(&claim(f, b, &[]).await), [shown[0]], "what nobody has, and b can show it");
    assert!(claim(f, b, &[]).await.is_empty());
    let waiting = f.store.read().await.unwrap().waiting_deliveries(f.now()).await.unwrap();
    assert_eq!(waiting.next_attempt_at, Some(f.now()), "the second of a line waits for the first");

    // One that failed keeps its place.
    let mut work = f.store.begin("system").await.unwrap();
    work.check_delivery_claim(claimed[0].id, a).await.unwrap();
    let stolen = work.check_delivery_claim(claimed[0].id, b).await.unwrap_err();
    assert_eq!(stolen.code(), ErrorCode::Conflict, "{stolen}");
    work.rollback().await;
    let mut work = f.store.begin("system").await.unwrap();
    work.delivery_failed(claimed[0].id, "503", f.now() + TimeDelta::seconds(5)).await.unwrap();
    work.commit().await.unwrap();
    assert!(claim(f, b, &[]).await.is_empty(), "the rest of the line waits with it");
    f.clock.advance(TimeDelta::seconds(5));
    assert_eq!(events(&claim(f, b, &[]).await), [first[0]]);
    let mut work = f.store.begin("system").await.unwrap();
    work.delivery_delivered(claimed[0].id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(events(&claim(f, a, &[]).await), [first[1]]);

    // A claim ends by itself, or when its node is known to be gone.
    f.clock.advance(TimeDelta::seconds(60));
    let again = claim(f, b, &[desk]).await;
    assert_eq!(events(&again), [first[1], second[0]]);
    let mut work = f.store.begin("system").await.unwrap();
    work.expire_leases(b).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(events(&claim(f, a, &[desk]).await), [first[1], second[0]]);
    // Nobody could show it for long enough.
    let mut work = f.store.begin("system").await.unwrap();
    let day_ago = f.now() - TimeDelta::days(1);
    assert_eq!(work.give_up_deliveries(&[ops], day_ago, "no").await.unwrap(), 0, "its time has not come");
    assert_eq!(work.give_up_deliveries(&[ops], f.now(), "no").await.unwrap(), 1, "the others are claimed");
    work.commit().await.unwrap();
    for bad in [
        "UPDATE event_deliveries SET claimed_until = NULL WHERE claimed_by IS NOT NULL",
        "UPDATE event_deliveries SET repeat_at = created_at WHERE state = 'pending'",
        "UPDATE event_deliveries SET event_type = ''",
    ] {
        assert!(f.raw(bad).await.is_err(), "{bad}");
    }
}

pub(crate) async fn what_is_counted_is_told_when_its_time_comes(f: &Fixture) {
    let ops = insert_rule(f, "ops").await.id;
    let (events, subject) = line(f, ops, 4).await;
    let node = NodeId(f.ids.new_id());
    let told = claim(f, node, &[]).await.remove(0);
    let mut work = f.store.begin("system").await.unwrap();
    work.delivery_delivered(told.id).await.unwrap();
    work.commit().await.unwrap();
    let later = f.now() + TimeDelta::minutes(30);
    for _ in 0..2 {
        let counted = claim(f, node, &[]).await.remove(0);
        let mut work = f.store.begin("system").await.unwrap();
        work.delivery_counted(counted.id, later).await.unwrap();
        work.commit().await.unwrap();
    }
    let key = (ops, subject, EventType::JobFailed);
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.last_told(key, events[3]).await.unwrap().unwrap().event_id(), events[0]);
    assert_eq!(session.last_told(key, events[0]).await.unwrap(), None, "nothing before the first");
    let state = DeliveryState::Suppressed;
    assert_eq!(session.count_deliveries(key, state, Some(events[0]), events[3]).await.unwrap(), 2);
    assert_eq!(session.waiting_deliveries(f.now()).await.unwrap().next_repeat_at, Some(later));
    drop(session);
    let mut work = f.store.begin("system").await.unwrap();
    assert_eq!(work.repeat_deliveries().await.unwrap(), 0, "not yet");
    work.commit().await.unwrap();
    f.clock.advance(TimeDelta::minutes(30));
    let mut work = f.store.begin("system").await.unwrap();
    assert_eq!(work.repeat_deliveries().await.unwrap(), 1);
    work.commit().await.unwrap();
    let repeated = claim(f, node, &[]).await;
    assert_eq!(repeated.iter().map(|d| d.event_id).collect::<Vec<_>>(), [events[2]], "the newest of them");
    let unprocessed = NewestEvents { processed: Some(false), limit: 9, ..Default::default() };
    let open: Vec<_> = newest(f, &unprocessed).await.iter().map(|e| e.id).collect();
    assert_eq!(open, [events[3], events[2]]);
    let mut work = f.store.begin("system").await.unwrap();
    work.delivery_counted(repeated[0].id, later).await.unwrap();
    work.forget_repeats(ops, subject, EventType::JobFailed).await.unwrap();
    assert_eq!(work.repeat_deliveries().await.unwrap(), 0, "it is over");
    work.commit().await.unwrap();
}

pub(crate) async fn events_are_about_what_people_know(f: &Fixture) {
    use AuditableEntityType as T;
    let job = f.insert_job("Invoices").await;
    let run = f.enqueue(&job).await;
    let chain = insert_chain(f, "nightly").await;
    let lost = f.ids.new_id();
    let mut work = f.store.begin("system").await.unwrap();
    for (entity_type, entity_id, payload) in [
        (T::JobExecution, run.id.0, json!({ "job_id": job.id })),
        (T::JobExecution, run.id.0, json!({})),
        (T::StepExecution, f.ids.new_id(), json!({ "job_execution_id": run.id })),
        (T::ChainExecution, lost, json!({ "chain_id": chain })),
        (T::StepExecution, lost, json!({ "job_execution_id": lost })),
    ] {
        work.event(NewEvent { event_type: EventType::StepFailed, entity_type, entity_id, payload });
    }
    work.commit().await.unwrap();
    let filter = NewestEvents { event_type: Some(EventType::StepFailed), limit: 9, ..Default::default() };
    let mut events = newest(f, &filter).await;
    events.reverse();
    let mut session = f.store.read().await.unwrap();
    let subjects = session.subjects_of(&events).await.unwrap();
    let found: Vec<_> = events.iter().map(|event| subjects[&event.id]).collect();
    let about_job = Subject { kind: T::Job, id: job.id.0 };
    assert_eq!(found[..3], [about_job; 3]);
    assert_eq!(found[3], Subject { kind: T::Chain, id: chain });
    assert_eq!(found[4], Subject { kind: T::StepExecution, id: lost }, "its run is gone");
    assert_eq!(session.subject_name(about_job).await.unwrap().as_deref(), Some("Invoices"));
    assert_eq!(session.subject_name(found[4]).await.unwrap(), None);
    assert_eq!(session.events_by_id(&[events[1].id]).await.unwrap(), events[1..2]);
}

pub(crate) async fn events_that_nobody_wants_are_passed_many_at_once(f: &Fixture) {
    let events = raise(f, 40).await;
    let mut work = f.store.begin("system").await.unwrap();
    let wanted = [EventType::JobFailed];
    assert_eq!(work.pass_unwanted_events(&wanted, f.now(), 99).await.unwrap(), 0);
    let before = f.now() - TimeDelta::seconds(1);
    assert_eq!(work.pass_unwanted_events(&[], before, 99).await.unwrap(), 0, "they came later");
    assert_eq!(work.pass_unwanted_events(&[EventType::JobStarted], f.now(), 30).await.unwrap(), 30);
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let rest = session.undelivered_events_of(&wanted, f.now(), 99).await.unwrap();
    assert_eq!(rest.iter().map(|e| e.id).collect::<Vec<_>>(), events[30..], "the oldest went first");
    assert!(session.undelivered_events_of(&wanted, before, 99).await.unwrap().is_empty());
    assert!(session.waiting_deliveries(f.now()).await.unwrap().undecided);
}
