//! Each channel with a real peer, well and not, and what errors say of secrets.

use super::world::{PATIENCE, World};
use courier_domain::event::EventType;
use courier_domain::notification::DeliveryState;
use courier_testkit::{Hook, MailOptions, MailServer, Rabbit, Reply};
use futures::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use serde_json::{Value, json};
use std::time::Duration;

const TYPES: [EventType; 1] = [EventType::JobFailed];
const SECRET: &str = "canary-7f3a9c";

fn mail(server: &MailServer) -> Value {
    json!({ "type": "email", "host": "127.0.0.1", "port": server.port(), "security": "none", "username": "courier",
        "from": "courier@example.org", "to": ["ops@example.org", "night@example.org"] })
}

fn login() -> Option<(String, String)> {
    Some(("courier".into(), SECRET.into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_says_in_plain_words_what_happened() {
    let server = MailServer::start(MailOptions {
        login: login(),
        replies: vec!["451 the disk is full".into()],
        ..MailOptions::default()
    })
    .unwrap();
    let world = World::new().await;
    let rule = world.rule(&TYPES, mail(&server), Some(SECRET), json!({})).await;
    let job = world.job("Rechnungen Ü\r\nBcc: eve@example.org").await;
    world.happens(job, EventType::JobFailed, 1).await;
    let running = world.start().await;
    let failed = world.until(&rule, |d| d.first().is_some_and(|d| d.attempts == 1)).await;
    let error = failed[0].last_error.clone().unwrap();
    assert!(error.contains("451") && error.contains("the disk is full"), "{error}");
    world.clock.advance(chrono::TimeDelta::seconds(5));
    let letter = server.wait_for(1, PATIENCE).unwrap().remove(0);
    world.until_quiet().await;
    running.shutdown().await;
    assert_eq!(letter.from, "courier@example.org");
    assert_eq!(letter.to, ["ops@example.org", "night@example.org"]);
    assert!(letter.logged_in && !letter.over_tls);
    assert_eq!(letter.header("From"), Some("Courier <courier@example.org>"));
    assert_eq!(letter.header("Bcc"), None, "a name is no header: {}", letter.text);
    let id = format!("<{}@example.org>", failed[0].id);
    assert_eq!(letter.header("Message-ID"), Some(id.as_str()));
    assert!(letter.header("Subject").unwrap().starts_with("[Courier] Job "), "{}", letter.text);
    assert!(letter.text.contains("no such file 1"), "{}", letter.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_refuses_for_good_is_not_asked_again() {
    let world = World::new().await;
    let refusing =
        MailOptions { login: login(), replies: vec!["554 no such place".into()], ..Default::default() };
    let server = MailServer::start(refusing).unwrap();
    let rule = world.rule(&TYPES, mail(&server), Some(SECRET), json!({})).await;
    let other =
        MailServer::start(MailOptions { login: login(), repeats_login: true, ..Default::default() }).unwrap();
    let wrong = format!("{SECRET}-wrong");
    let locked_out = world.rule(&TYPES, mail(&other), Some(&wrong), json!({})).await;
    let job = world.job("Invoices").await;
    world.happens(job, EventType::JobFailed, 1).await;
    let running = world.start().await;
    let is_dead = |d: &[courier_domain::notification::EventDelivery]| {
        d.first().is_some_and(|d| d.state == DeliveryState::Dead)
    };
    let dead = world.until(&rule, is_dead).await;
    assert!(dead[0].last_error.as_ref().unwrap().contains("554"), "{dead:?}");
    let dead = world.until(&locked_out, is_dead).await;
    let error = dead[0].last_error.clone().unwrap();
    // PLAIN's words, as they were sent.
    let sent = base64(format!("\0courier\0{wrong}").as_bytes());
    assert!(!error.contains(&wrong) && !error.contains(&sent), "{error}");
    running.shutdown().await;
    assert!(server.letters().is_empty() && other.letters().is_empty());
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_to_this_computer_is_refused_unless_it_is_allowed() {
    let hook = Hook::start([]).unwrap();
    let world = World::new().await;
    let by_name = hook.url().replace("127.0.0.1", "localhost");
    let mut rules = Vec::new();
    for url in [hook.url(), by_name] {
        rules.push(world.rule(&TYPES, json!({ "type": "webhook", "url": url }), None, json!({})).await);
    }
    let job = world.job("Invoices").await;
    world.happens(job, EventType::JobFailed, 1).await;
    let running = world.start().await;
    for rule in &rules {
        let dead = world.until(rule, |d| d.first().is_some_and(|d| d.state == DeliveryState::Dead)).await;
        let error = dead[0].last_error.clone().unwrap();
        assert!(error.contains("security.webhook_allow_loopback"), "{error}");
    }
    assert!(hook.calls().is_empty());
    world.allow_loopback().await;
    let mut unit = world.store.begin("tester@here").await.unwrap();
    assert_eq!(unit.replay_dead_deliveries(None).await.unwrap(), 2);
    unit.commit().await.unwrap();
    hook.wait_for(2, PATIENCE).unwrap();
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_follows_nobody_and_does_not_wait_for_ever() {
    let elsewhere = Hook::start([]).unwrap();
    let replies = [Reply::Redirect(elsewhere.url()), Reply::Never, Reply::Echo, Reply::Status(410)];
    let hook = Hook::start(replies).unwrap();
    let world = World::new().await;
    world.allow_loopback().await;
    let channel = json!({ "type": "webhook", "url": hook.url() });
    let rule = world.rule(&TYPES, channel, Some(SECRET), json!({})).await;
    let job = world.job("Invoices").await;
    world.happens(job, EventType::JobFailed, 1).await;
    let running = world.start().await;
    for (attempt, words) in
        [(1, "redirects are not followed"), (2, "no answer in time"), (3, "400"), (4, "410")]
    {
        let tried = world.until(&rule, |d| d.first().is_some_and(|d| d.attempts == attempt)).await.remove(0);
        let error = tried.last_error.unwrap();
        assert!(error.contains(words) && !error.contains("/hook"), "{error}");
        assert_eq!(tried.state == DeliveryState::Dead, attempt == 4, "gone is gone");
        world.clock.advance(chrono::TimeDelta::minutes(1));
    }
    running.shutdown().await;
    assert!(elsewhere.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_confirms_and_keeps_a_message() {
    let rabbit = Rabbit::start("ops", SECRET).unwrap();
    let at = |password: &str| format!("amqp://ops:{password}@127.0.0.1:{}/%2f", rabbit.port());
    let connection = Connection::connect(&at(SECRET), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare("news".into(), options, FieldTable::default()).await.unwrap();
    let world = World::new().await;
    let url = format!("amqp://ops@127.0.0.1:{}/%2f", rabbit.port());
    let by_type = json!({ "type": "amqp", "url": url, "exchange": "amq.topic" });
    let rule = world.rule(&TYPES, by_type, Some(SECRET), json!({})).await;
    let job = world.job("Invoices").await;
    world.happens(job, EventType::JobFailed, 1).await;
    let running = world.start().await;
    let lost = world.until(&rule, |d| d.first().is_some_and(|d| d.attempts == 1)).await;
    assert!(lost[0].last_error.as_ref().unwrap().contains("no queue"), "{lost:?}");
    channel
        .queue_bind(
            "news".into(),
            "amq.topic".into(),
            "JobFailed".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .unwrap();
    world.clock.advance(chrono::TimeDelta::seconds(5));
    let mut consumer = channel
        .basic_consume("news".into(), "test".into(), BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    let message = tokio::time::timeout(PATIENCE, consumer.next()).await.unwrap().unwrap().unwrap();
    let properties = &message.properties;
    assert_eq!(*properties.delivery_mode(), Some(2), "persistent");
    assert_eq!(properties.message_id().as_ref().unwrap().to_string(), lost[0].id.to_string());
    assert_eq!(properties.kind().as_ref().unwrap().to_string(), "JobFailed");
    let body: Value = serde_json::from_slice(&message.data).unwrap();
    assert_eq!((&body["title"], &body["payload"]["n"]), (&json!("Job Invoices has failed"), &json!(1)));
    world.until_quiet().await;

    let wrong = json!({ "type": "amqp", "url": url, "exchange": "", "routing_key": "news" });
    let locked_out = world.rule(&TYPES, wrong, Some("canary-wrong"), json!({})).await;
    let error = world.engine.try_notification(&locked_out).await.unwrap_err();
    assert!(!error.contains("canary") && error.contains("127.0.0.1"), "{error}");
    let direct = json!({ "type": "amqp", "url": url, "exchange": "", "routing_key": "news" });
    let direct = world.rule(&TYPES, direct, Some(SECRET), json!({})).await;
    world.engine.try_notification(&direct).await.unwrap();
    let trial =
        tokio::time::timeout(Duration::from_secs(10), consumer.next()).await.unwrap().unwrap().unwrap();
    let body: Value = serde_json::from_slice(&trial.data).unwrap();
    assert_eq!(body["event_type"], Value::Null, "{body}");
    running.shutdown().await;
    connection.close(200, "".into()).await.unwrap();
}
