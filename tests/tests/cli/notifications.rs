//! Who is told of what by the built binary: an agent that is killed in between, mail over TLS, trials of rules, and what
//! became of it all.

use crate::courier::{Courier, Done, files_below, finish};
use crate::nodes::agent;
use anyhow::{Context, Result, ensure};
use courier_testkit::{Authority, Hook, Leaf, MailOptions, MailServer, MailTls, Reply};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A job that fails, and a rule that tells by this channel.
fn set_up(channel: &Value, secret: &str) -> Result<Courier> {
    let courier = Courier::new()?;
    let bundle = json!({
        "courier": 1,
        "settings": { "security.webhook_allow_loopback": "true" },
        "jobs": [{ "name": "broken", "steps": [
            { "name": "Copy", "type_key": "file.copy",
              "configuration": { "source_path": "/nowhere/x", "destination_path": "/nowhere/y" } },
        ] }],
        "notification_rules": [{ "name": "tell-ops", "event_types": ["JobFailed"], "channel": channel }],
    });
    let file = courier.bundle(&bundle.to_string())?;
    let mut apply = courier.command(&["apply", "-f", &file])?;
    apply.env("SECRET", secret);
    finish(apply)?.expect(0)?;
    Ok(courier)
}

fn webhook(hook: &Hook) -> Value {
    json!({ "type": "webhook", "url": hook.url(), "secret": { "env": "SECRET" } })
}

fn until(courier: &Courier, state: &str) -> Result<Value> {
    let began = Instant::now();
    loop {
        let log = courier.json(&["notify", "log", "tell-ops"])?;
        if log[0]["state"] == state {
            return Ok(log[0].clone());
        }
        ensure!(began.elapsed() < PATIENCE, "it is not {state}: {log}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_node_that_is_killed_between_sending_and_recording_tells_again() -> Result<()> {
    let hook = Hook::start([Reply::Never])?;
    let courier = set_up(&webhook(&hook), "hush-hush")?;
    let mut first = agent(&courier)?;
    courier.run(&["run", "broken"])?.expect(1)?;
    let sent = hook.wait_for(1, PATIENCE)?;
    first.0.kill()?;
    first.0.wait()?;
    let pending = courier.json(&["events", "list", "--type", "JobFailed"])?;
    ensure!(pending[0]["deliveries"][0]["state"] == "pending", "{pending}");
    let _second = agent(&courier)?;
    let again = hook.wait_for(2, PATIENCE)?;
    assert_eq!(sent[0].headers["x-courier-delivery"], again[1].headers["x-courier-delivery"]);
    assert_eq!(sent[0].body, again[1].body, "the very same");
    ensure!(again[1].is_signed_by("hush-hush")?);
    let told = until(&courier, "delivered")?;
    assert_eq!((&told["event_type"], &told["subject_name"]), (&json!("JobFailed"), &json!("broken")));
    assert_eq!(hook.calls().len(), 2);
    Ok(())
}

#[test]
fn what_was_given_up_is_seen_and_sent_again() -> Result<()> {
    let hook = Hook::start([Reply::Status(410)])?;
    let courier = set_up(&webhook(&hook), "hush-hush")?;
    let _agent = agent(&courier)?;
    courier.run(&["run", "broken"])?.expect(1)?;
    let dead = until(&courier, "dead")?;
    assert_eq!(dead["last_error"], "127.0.0.1 answered 410 Gone.");
    let shown = courier.ok(&["events", "list", "--type", "JobFailed"])?;
    ensure!(shown.contains("dead (127.0.0.1 answered 410 Gone.)"), "{shown}");
    let shown = courier.ok(&["notify", "log", "--state", "dead"])?;
    ensure!(shown.contains("tell-ops") && shown.contains("410 Gone"), "{shown}");
    let replayed = courier.json(&["events", "replay"])?;
    assert_eq!(replayed, json!({ "replayed": 1 }));
    until(&courier, "delivered")?;
    assert_eq!(hook.calls().len(), 2);
    Ok(())
}

#[test]
fn a_trial_of_a_rule_says_whether_it_arrived() -> Result<()> {
    let hook = Hook::start([Reply::Status(200), Reply::Status(500)])?;
    let courier = set_up(&webhook(&hook), "hush-hush")?;
    let told = courier.ok(&["notify", "test", "TELL-OPS"])?;
    ensure!(told.contains("tell-ops told by webhook"), "{told}");
    let call = hook.calls().remove(0);
    ensure!(call.is_signed_by("hush-hush")? && call.headers["x-courier-event"] == "Test", "{call:?}");
    let failed = courier.run(&["notify", "test", "tell-ops", "--json"])?.expect(1)?.json()?;
    assert_eq!(
        failed,
        json!({ "delivered": false, "error": "127.0.0.1 answered 500 Internal Server Error." })
    );
    courier.ok(&["settings", "set", "security.webhook_allow_loopback", "false"])?;
    let refused = courier.run(&["notify", "test", "tell-ops"])?.expect(1)?;
    ensure!(refused.stdout.contains("security.webhook_allow_loopback"), "{refused:?}");
    assert_eq!(hook.calls().len(), 2, "it was not even called");
    courier.run(&["notify", "test", "nobody"])?.expect(3)?;
    let audit = courier.json(&["audit", "list", "--entity", "tell-ops", "--operation", "Tested"])?;
    assert_eq!(audit.as_array().map(Vec::len), Some(3), "{audit}");
    Ok(())
}

#[test]
fn mail_goes_over_tls_that_can_be_trusted() -> Result<()> {
    let (authority, stranger) = (Authority::new()?, Authority::new()?);
    let login = ("courier".to_owned(), "hush-hush".to_owned());
    for security in ["starttls", "tls"] {
        for (leaf, arrives) in [(Leaf::Good, true), (Leaf::WrongHost, false), (Leaf::Expired, false)] {
            let certificate = authority.issue(leaf)?;
            let tls = match security {
                "tls" => MailTls::FromTheStart(certificate),
                _ => MailTls::StartTls(certificate),
            };
            let server =
                MailServer::start(MailOptions { tls, login: Some(login.clone()), ..Default::default() })?;
            let channel = json!({
                "type": "email", "host": "127.0.0.1", "port": server.port(), "security": security,
                "username": "courier", "from": "courier@example.org", "to": ["ops@example.org"],
                "secret": { "env": "SECRET" },
            });
            let courier = set_up(&channel, "hush-hush")?;
            let tried = |trusted: &Authority| -> Result<Done> {
                let mut test = courier.command(&["notify", "test", "tell-ops"])?;
                test.env("SSL_CERT_FILE", trusted.certificate());
                finish(test)
            };
            tried(&stranger)?.expect(1)?;
            ensure!(server.letters().is_empty(), "{security}: a stranger was trusted");
            let done = tried(&authority)?.expect(if arrives { 0 } else { 1 })?;
            let letters = server.letters();
            assert_eq!(letters.len(), usize::from(arrives), "{security}, {leaf:?}: {}", done.stdout);
            ensure!(letters.iter().all(|letter| letter.over_tls && letter.logged_in));
        }
    }
    Ok(())
}

#[test]
fn a_rules_secret_is_in_no_word_and_no_file() -> Result<()> {
    let secret = "canary-0d5e91b7c2";
    let mail = MailServer::start(MailOptions {
        login: Some(("courier".to_owned(), "another".to_owned())),
        repeats_login: true,
        ..MailOptions::default()
    })?;
    let hook = Hook::start(vec![Reply::Echo; 9])?;
    let channels = [
        webhook(&hook),
        json!({ "type": "email", "host": "127.0.0.1", "port": mail.port(), "security": "none",
            "username": "courier", "from": "courier@example.org", "to": ["ops@example.org"],
            "secret": { "env": "SECRET" } }),
        json!({ "type": "amqp", "url": format!("amqp://ops@127.0.0.1:{}", mail.port()), "exchange": "x",
            "secret": { "env": "SECRET" } }),
    ];
    use base64::Engine;
    let base64 = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    let clothes = [
        secret.to_owned(),
        hex::encode(secret),
        base64(secret.to_owned()),
        base64(format!("\0courier\0{secret}")),
        base64(format!("\0ops\0{secret}")),
    ];
    for channel in channels {
        let courier = set_up(&channel, secret)?;
        let mut said = String::new();
        for args in [
            vec!["-vvv", "notify", "test", "tell-ops"],
            vec!["-vvv", "notify", "show", "tell-ops", "--json"],
            vec!["-vvv", "audit", "list", "--json"],
            vec!["-vvv", "export"],
        ] {
            let done = courier.run(&args)?;
            said.push_str(&(done.stdout + &done.stderr));
        }
        let agent = agent(&courier)?;
        courier.run(&["run", "broken"])?.expect(1)?;
        let began = Instant::now();
        while courier.json(&["notify", "log"])?[0]["attempts"].as_i64().unwrap_or(0) == 0 {
            ensure!(began.elapsed() < PATIENCE, "nothing was tried");
            std::thread::sleep(Duration::from_millis(100));
        }
        drop(agent);
        said.push_str(&courier.run(&["notify", "log", "--json"])?.stdout);
        ensure!(!clothes.iter().any(|worn| said.contains(worn)), "it was said: {said}");
        for file in files_below(&courier.home()) {
            let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
            let is_there = clothes.iter().any(|worn| memchr::memmem::find(&bytes, worn.as_bytes()).is_some());
            ensure!(!is_there, "it stands in {}", file.display());
        }
    }
    Ok(())
}
