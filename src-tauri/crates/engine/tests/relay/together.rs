//! Several nodes, many events, and nodes without a window or with a locked vault.

use super::world::{MockClock, World};
use super::{PATIENCE, body};
use chrono::TimeDelta;
use courier_domain::event::EventType;
use courier_domain::notification::DeliveryState;
use courier_store::StoreUrl;
use courier_testkit::Hook;
use courier_testkit::postgres::PrivatePostgres;
use courier_vault::Unlock;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_on_postgresql_tell_each_event_once_and_in_order() {
    let cluster = PrivatePostgres::start().unwrap();
    let url = StoreUrl::parse(&cluster.create_database("relay").unwrap()).unwrap();
    let clock: Arc<MockClock> = Arc::default();
    let one = World::on(tempfile::tempdir().unwrap(), &url, clock.clone()).await;
    let two = World::on(tempfile::tempdir().unwrap(), &url, clock).await;
    one.allow_loopback().await;
    let hook = Hook::start([]).unwrap();
    let channel = json!({ "type": "webhook", "url": hook.url() });
    let rule = one.rule(&[EventType::JobStarted], channel, None, json!({})).await;
    let mut jobs = Vec::new();
    for n in 0..5 {
        jobs.push(one.job(&format!("job {n}")).await);
    }
    let running = [one.start().await, two.start().await];
    for n in 0..40 {
        let world = if n % 2 == 0 { &one } else { &two };
        for job in &jobs {
            world.happens(*job, EventType::JobStarted, n).await;
        }
    }
    hook.wait_for(200, PATIENCE).unwrap();
    one.until(&rule, |d| d.len() == 200 && d.iter().all(|d| d.state == DeliveryState::Delivered)).await;
    one.until_quiet().await;
    let calls = hook.calls();
    assert_eq!(calls.len(), 200, "none twice");
    let mut heard: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for call in &calls {
        let body = body(call);
        let name = body["subject_name"].as_str().unwrap().to_owned();
        heard.entry(name).or_default().push(body["payload"]["n"].as_i64().unwrap());
    }
    assert!(heard.values().all(|numbers| numbers.iter().copied().eq(0..40)), "{heard:?}");
    for node in running {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_notice_waits_for_a_window_and_for_a_day_at_most() {
    let world = World::new().await;
    let rule = world.rule(&[EventType::JobStarted], json!({ "type": "desktop" }), None, json!({})).await;
    let job = world.job("Invoices").await;
    let running = world.start().await;
    world.happens(job, EventType::JobStarted, 1).await;
    let waiting = world.until(&rule, |d| d.len() == 1).await;
    assert_eq!(waiting[0].state, DeliveryState::Pending);
    let mut notices = world.engine.desktop().subscribe();
    let notice = tokio::time::timeout(PATIENCE, notices.recv()).await.unwrap().unwrap();
    assert_eq!((notice.title.as_str(), notice.subject_id), ("Job Invoices has started", job.0));
    world.until(&rule, |d| d[0].state == DeliveryState::Delivered).await;
    drop(notices);
    world.happens(job, EventType::JobStarted, 2).await;
    world.until(&rule, |d| d.len() == 2).await;
    world.clock.advance(TimeDelta::hours(25));
    let late = world.until(&rule, |d| d[1].state == DeliveryState::Dead).await;
    assert!(late[1].last_error.as_ref().unwrap().contains("No window"), "{late:?}");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_waits_until_the_vault_is_open() {
    let world = World::new().await;
    world.allow_loopback().await;
    let hook = Hook::start([]).unwrap();
    let channel = json!({ "type": "webhook", "url": hook.url() });
    let rule = world.rule(&[EventType::JobStarted], channel, Some("hush"), json!({})).await;
    let job = world.job("Invoices").await;
    world.vault.lock();
    let running = world.start().await;
    world.happens(job, EventType::JobStarted, 1).await;
    world.until(&rule, |d| d.len() == 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(world.deliveries(&rule).await[0].attempts, 0, "that is nobody's failure");
    world.vault.unlock(Unlock::KeyFile(None)).unwrap();
    let calls = hook.wait_for(1, PATIENCE).unwrap();
    assert!(calls[0].is_signed_by("hush").unwrap());
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn years_of_events_that_nobody_wants_are_passed() {
    let world = World::new().await;
    let job = world.job("Invoices").await;
    let mut unit = world.store.begin("system").await.unwrap();
    for _ in 0..3_000 {
        unit.event(courier_domain::event::NewEvent {
            event_type: EventType::JobFailed,
            entity_type: courier_domain::audit::AuditableEntityType::JobExecution,
            entity_id: world.store.ids().new_id(),
            payload: json!({ "job_id": job }),
        });
    }
    unit.commit().await.unwrap();
    let types = [EventType::JobFailed];
    let rule = world.rule(&types, json!({ "type": "desktop" }), None, json!({})).await;
    let mut notices = world.engine.desktop().subscribe();
    let running = world.start().await;
    world.until_quiet().await;
    assert!(world.deliveries(&rule).await.is_empty() && notices.try_recv().is_err(), "it was made later");
    running.shutdown().await;
}
