//! What the relay tells, when and how often: real webhooks, mail servers, a broker, a desktop, and a clock that is moved.

mod channels;
mod expected;
mod floods;
mod together;
mod world;

use chrono::TimeDelta;
use courier_domain::event::EventType;
use courier_domain::notification::DeliveryState;
use courier_testkit::{Call, Hook, Reply};
use serde_json::{Value, json};
use world::{PATIENCE, World};

/// What a webhook was told, by the event's own number.
fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap()
}

fn numbers(calls: &[Call], job: &str) -> Vec<i64> {
    let bodies = calls.iter().map(body).filter(|body| body["subject_name"] == job);
    bodies.map(|body| body["payload"]["n"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_hears_of_one_job_in_order_also_after_a_failure() {
    let world = World::new().await;
    world.allow_loopback().await;
    let hook = Hook::start([Reply::Status(500)]).unwrap();
    let channel = json!({ "type": "webhook", "url": hook.url() });
    let types = [EventType::JobStarted, EventType::JobCompleted];
    let rule = world.rule(&types, channel, Some("hush-hush"), json!({})).await;
    let (slow, other) = (world.job("slow").await, world.job("other").await);
    for n in 1..=3 {
        world.happens(slow, EventType::JobStarted, n).await;
    }
    let running = world.start().await;
    hook.wait_for(1, PATIENCE).unwrap();
    world.until(&rule, |d| d.iter().any(|d| d.attempts == 1)).await;
    world.happens(other, EventType::JobCompleted, 9).await;
    let calls = hook.wait_for(2, PATIENCE).unwrap();
    assert_eq!(numbers(&calls, "other"), [9], "another job does not wait");
    assert_eq!(numbers(&calls, "slow"), [1], "the rest of the line does");
    let failed = &world.deliveries(&rule).await[0];
    assert_eq!(failed.last_error.as_deref(), Some("127.0.0.1 answered 500 Internal Server Error."));
    let wait = failed.next_attempt_at.unwrap() - failed.updated_at;
    assert!((TimeDelta::seconds(4)..=TimeDelta::seconds(6)).contains(&wait), "{wait}");
    world.clock.advance(TimeDelta::seconds(5));
    let calls = hook.wait_for(5, PATIENCE).unwrap();
    assert_eq!(numbers(&calls, "slow"), [1, 1, 2, 3]);
    world.until_quiet().await;
    running.shutdown().await;
    for call in &calls {
        assert!(call.is_signed_by("hush-hush").unwrap());
        assert!(!call.is_signed_by("hush").unwrap());
        let body = body(call);
        assert_eq!(call.headers["x-courier-event"], body["event_type"]);
        assert_eq!(call.headers["x-courier-delivery"], body["delivery_id"]);
        assert_eq!(call.headers["content-type"], "application/json");
    }
    assert_eq!(body(&calls[0])["delivery_id"], body(&calls[2])["delivery_id"], "the same one again");
    assert_eq!(body(&calls[0])["title"], "Job slow has started");
    let ended = world.deliveries(&rule).await;
    assert!(ended.iter().all(|d| d.state == DeliveryState::Delivered), "{ended:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrives_is_given_up_and_can_be_sent_again() {
    let world = World::new().await;
    world.allow_loopback().await;
    let hook = Hook::start(vec![Reply::Status(503); 13]).unwrap();
    let channel = json!({ "type": "webhook", "url": hook.url() });
    let rule = world.rule(&[EventType::JobCancelled], channel, None, json!({})).await;
    let job = world.job("Invoices").await;
    world.happens(job, EventType::JobCancelled, 1).await;
    let running = world.start().await;
    let mut waits = Vec::new();
    for attempt in 1..=13 {
        let delivery =
            world.until(&rule, |d| d.first().is_some_and(|d| d.attempts == attempt)).await.remove(0);
        let Some(next) = delivery.next_attempt_at else { break };
        waits.push((next - delivery.updated_at).num_seconds());
        world.clock.advance(next - delivery.updated_at);
    }
    assert!(waits.is_sorted() && waits.len() == 12, "{waits:?}");
    let dead = world.deliveries(&rule).await.remove(0);
    assert_eq!((dead.state, dead.attempts), (DeliveryState::Dead, 13));
    assert_eq!(dead.last_error.as_deref(), Some("127.0.0.1 answered 503 Service Unavailable."));
    world.until_quiet().await;
    let mut unit = world.store.begin("tester@here").await.unwrap();
    assert_eq!(unit.replay_dead_deliveries(Some(&[dead.event_id])).await.unwrap(), 1);
    unit.commit().await.unwrap();
    let calls = hook.wait_for(14, PATIENCE).unwrap();
    let ids: std::collections::BTreeSet<_> =
        calls.iter().map(|call| call.headers["x-courier-delivery"].clone()).collect();
    assert_eq!(ids.len(), 1);
    world.until(&rule, |d| d[0].state == DeliveryState::Delivered).await;
    world.until_quiet().await;
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_hears_of_what_it_is_about_since_it_is_there() {
    let world = World::new().await;
    let (a, b) = (world.job("a").await, world.job("b").await);
    let tag = courier_domain::tag::Tag::new(
        courier_domain::TagId(world.store.ids().new_id()),
        serde_json::from_value(json!({ "name": "partner-x" })).unwrap(),
        world.store.clock().now(),
    );
    let mut unit = world.store.begin("tester@here").await.unwrap();
    unit.insert_tag(&tag).await.unwrap();
    unit.tag_entities(tag.id, courier_domain::tag::TaggableEntityType::Job, &[b.0]).await.unwrap();
    unit.commit().await.unwrap();
    world.happens(a, EventType::JobStarted, 0).await;
    let types = [EventType::JobStarted];
    let desk = json!({ "type": "desktop" });
    let all = world.rule(&types, desk.clone(), None, json!({})).await;
    let by_job = world.rule(&types, desk.clone(), None, json!({ "jobs": [a] })).await;
    let by_tag = world.rule(&types, desk.clone(), None, json!({ "tags": [tag.id] })).await;
    let either = world.rule(&types, desk.clone(), None, json!({ "tags": [tag.id], "jobs": [a] })).await;
    let disabled = world.rule(&types, desk, None, json!({ "is_enabled": false })).await;
    let mut notices = world.engine.desktop().subscribe();
    let running = world.start().await;
    world.happens(a, EventType::JobStarted, 1).await;
    world.happens(b, EventType::JobStarted, 2).await;
    world.happens(b, EventType::JobPaused, 3).await;
    world.until_quiet().await;
    running.shutdown().await;
    let mut heard = std::collections::BTreeMap::<String, Vec<i64>>::new();
    while let Ok(notice) = notices.try_recv() {
        heard.entry(notice.rule).or_default().push(notice.payload["n"].as_i64().unwrap());
    }
    heard.values_mut().for_each(|numbers| numbers.sort_unstable());
    assert_eq!(heard.remove(&all.name), Some(vec![1, 2]), "nothing from before it was made");
    assert_eq!(heard.remove(&by_job.name), Some(vec![1]));
    assert_eq!(heard.remove(&by_tag.name), Some(vec![2]));
    assert_eq!(heard.remove(&either.name), Some(vec![1, 2]));
    assert_eq!(heard.remove(&disabled.name), None);
    assert!(heard.is_empty(), "{heard:?}");
}
