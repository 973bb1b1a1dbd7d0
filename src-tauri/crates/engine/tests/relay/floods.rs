//! Trouble that goes on: told once, counted, told again with the count, and its end said.

use super::world::World;
use chrono::TimeDelta;
use courier_domain::event::EventType;
use courier_domain::notification::{DeliveryState, NotificationRule};
use courier_engine::Notice;
use serde_json::json;
use tokio::sync::broadcast::Receiver;

/// The next notice, in time.
async fn next(notices: &mut Receiver<Notice>) -> Notice {
    tokio::time::timeout(super::PATIENCE, notices.recv()).await.unwrap().unwrap()
}

/// Waits until all that happened is told or counted.
async fn settled(world: &World, rule: &NotificationRule, deliveries: usize) {
    world.until(rule, |d| d.len() == deliveries && d.iter().all(|d| d.state != DeliveryState::Pending)).await;
}

async fn world(types: &[EventType]) -> (World, NotificationRule, Receiver<Notice>) {
    let world = World::new().await;
    let rule = world.rule(types, json!({ "type": "desktop" }), None, json!({})).await;
    let notices = world.engine.desktop().subscribe();
    (world, rule, notices)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_keeps_failing_is_told_now_and_then_and_its_recovery_once() {
    let (world, rule, mut notices) = world(&[EventType::JobFailed]).await;
    let (job, other, last) =
        (world.job("Invoices").await, world.job("Orders").await, world.job("Stock").await);
    let running = world.start().await;
    world.happens(job, EventType::JobFailed, 1).await;
    let first = next(&mut notices).await;
    assert_eq!((first.title.as_str(), first.repeated), ("Job Invoices has failed", 0));
    assert!(first.text.contains("no such file 1"), "{}", first.text);
    for n in 2..=4 {
        world.happens(job, EventType::JobFailed, n).await;
    }
    world.happens(other, EventType::JobFailed, 9).await;
    assert_eq!(next(&mut notices).await.title, "Job Orders has failed", "another job is another thing");
    settled(&world, &rule, 5).await;
    assert!(notices.is_empty());

    // The time is over, and so are three more failures.
    world.clock.advance(TimeDelta::minutes(31));
    let again = next(&mut notices).await;
    assert_eq!((again.title.as_str(), again.repeated), ("Job Invoices is still failing, 3 more", 3));
    assert!(again.text.contains("no such file 4"), "the newest: {}", again.text);
    settled(&world, &rule, 5).await;
    // Nothing more came: nothing more is told.
    world.clock.advance(TimeDelta::minutes(31));
    world.happens(job, EventType::JobFailed, 5).await;
    assert_eq!(next(&mut notices).await.title, "Job Invoices is still failing, 1 more");
    world.happens(job, EventType::JobFailed, 6).await;
    settled(&world, &rule, 7).await;

    // It works again, which is said once, with all failures.
    world.happens(job, EventType::JobCompleted, 7).await;
    let over = next(&mut notices).await;
    assert_eq!(over.title, "Job Invoices works again after 6 failures");
    assert_eq!((over.event_type, over.recovered_from), (Some(EventType::JobCompleted), 6));
    world.happens(job, EventType::JobCompleted, 8).await;
    world.until_quiet().await;
    world.clock.advance(TimeDelta::minutes(31));
    // Who looks for what is new sees what is to be repeated by then.
    world.happens(last, EventType::JobFailed, 9).await;
    assert_eq!(next(&mut notices).await.title, "Job Stock has failed");
    world.until_quiet().await;
    assert!(notices.is_empty(), "what was counted before the end is no news");
    world.happens(job, EventType::JobFailed, 10).await;
    assert_eq!(next(&mut notices).await.title, "Job Invoices has failed", "a new trouble");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_flaps_is_no_flood() {
    let (world, rule, mut notices) = world(&[EventType::JobFailed]).await;
    let job = world.job("Invoices").await;
    let running = world.start().await;
    for n in 0..5 {
        world.happens(job, EventType::JobFailed, n).await;
        world.happens(job, EventType::JobCompleted, n).await;
        settled(&world, &rule, usize::try_from(n).unwrap() * 2 + 2).await;
    }
    world.happens(job, EventType::JobFailed, 5).await;
    settled(&world, &rule, 11).await;
    let mut titles = Vec::new();
    while let Ok(notice) = notices.try_recv() {
        titles.push(notice.title);
    }
    assert_eq!(titles, ["Job Invoices has failed", "Job Invoices works again"]);
    world.clock.advance(TimeDelta::minutes(31));
    let last = next(&mut notices).await;
    assert!(last.text.contains("no such file 5"), "it fails at last, and that is told: {last:?}");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_trouble_is_told_each_time() {
    let (world, rule, mut notices) = world(&[EventType::JobFailed, EventType::JobCompleted]).await;
    let job = world.job("Invoices").await;
    let running = world.start().await;
    for n in 0..3 {
        world.happens(job, EventType::JobCompleted, n).await;
        assert_eq!(next(&mut notices).await.title, "Job Invoices has completed");
    }
    world.happens(job, EventType::JobFailed, 3).await;
    assert_eq!(next(&mut notices).await.title, "Job Invoices has failed");
    world.happens(job, EventType::JobCompleted, 4).await;
    assert_eq!(next(&mut notices).await.title, "Job Invoices works again");
    world.happens(job, EventType::JobCompleted, 5).await;
    assert_eq!(next(&mut notices).await.title, "Job Invoices has completed");
    settled(&world, &rule, 6).await;
    running.shutdown().await;
}
