//! Where a file came from, what was done to it, where it went: over steps and jobs, by name and by hash.

use crate::courier::Courier;
use crate::world::World;
use anyhow::{Context, Result};
use courier_testkit::{Sshd, SshdOptions, data};
use serde_json::{Value, json};

/// What a passport tells, in a word and two names.
fn told(passport: &Value) -> Vec<(String, String, String)> {
    let name = |end: &Value| {
        let path = end["path"].as_str().unwrap_or("-");
        path.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let events = passport["events"].as_array().into_iter().flatten();
    events.map(|event| (text(&event["fate"]), name(&event["source"]), name(&event["result"]))).collect()
}

fn is(event: &(String, String, String), fate: &str, source: &str, result: &str) -> bool {
    (event.0.as_str(), event.1.as_str(), event.2.as_str()) == (fate, source, result)
}

#[test]
fn what_was_delivered_is_traced_back_to_what_was_fetched() -> Result<()> {
    let world = World::new()?;
    world.run()?.expect(0)?;
    let (name, content) = world.invoices.iter().next().context("no invoice")?;
    for asked in [name.clone(), data::sha256(content), world.delivered().join(name).display().to_string()] {
        let found = world.courier.json(&["file", "where", &asked])?;
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{asked}: {found}");
        assert_eq!(found[0]["sha256"], data::sha256(content), "{asked}: {found}");
        assert_eq!(found[0]["names"][0], name.as_str(), "{asked}: {found}");
        let zip = name.replace(".csv", ".zip");
        let sealed = format!("{zip}.pgp");
        let events = told(&found[0]);
        assert!(is(&events[0], "fetched", &sealed, &sealed), "{events:?}");
        assert!(is(&events[1], "made", &sealed, &zip), "{events:?}");
        assert!(is(&events[2], "made", &zip, name), "{events:?}");
        assert!(is(&events[3], "moved", name, name), "{events:?}");
        assert_eq!(events.len(), 4, "{events:?}");
        assert_eq!(found[0]["events"][0]["run"]["job_name"], "fetch-invoices");
        assert_eq!(found[0]["events"][0]["proof"]["verified_by"], "size");
    }
    // From the other end: what became of what was fetched.
    let sealed = name.replace(".csv", ".zip.pgp");
    let events = told(&world.courier.json(&["file", "where", &sealed])?[0]);
    assert!(is(events.last().context("no event")?, "moved", name, name), "{events:?}");
    let shown = world.courier.ok(&["file", "where", name])?;
    assert!(shown.contains("made by pgp.decrypt") && shown.contains("moved by file.move"), "{shown}");
    world.courier.run(&["file", "where", "never moved.csv"])?.expect(3)?;
    Ok(())
}

fn sent(courier: &Courier, name: &str) -> Result<Value> {
    let found = courier.json(&["file", "where", name])?;
    let events = found[0]["events"].as_array().context("no events")?.clone();
    events.into_iter().find(|event| event["fate"] == "sent").context("it was not sent")
}

#[test]
fn a_file_goes_on_from_job_to_job_and_is_sent_again_by_its_receipt() -> Result<()> {
    let courier = Courier::new()?;
    let sshd = Sshd::start(SshdOptions::default())?;
    let folder = courier.folder().join("files");
    std::fs::create_dir_all(&folder)?;
    for (name, content) in [("a.csv", "one"), ("b.csv", "two")] {
        std::fs::write(folder.join(name), content)?;
    }
    let at = |name: &str| folder.join(name).display().to_string();
    let step = |name: &str, kind: &str, configuration: Value| json!({ "name": name, "type_key": kind, "configuration": configuration });
    let bundle = json!({
        "courier": 1,
        "ssh_keys": [{ "name": "k", "import": { "file": sshd.client_key() } }],
        "connections": [connection(&sshd)],
        "jobs": [
            { "name": "pack", "steps": [
                step("Copy", "file.copy", json!({ "source_path": at("a.csv"), "destination_path": at("in/") })),
                step("Zip", "file.zip", json!({ "source_paths": [at("in/a.csv"), at("b.csv")], "output_path": at("both.zip") })),
                step("Check", "file.checksum", json!({ "path": at("both.zip") })),
            ] },
            { "name": "deliver", "steps": [
                step("Put", "sftp.upload", json!({ "connection_id": "partner", "local_path": at("both.zip"), "remote_path": sshd.remote("both.tmp") })),
                step("Name", "sftp.rename", json!({ "connection_id": "partner", "paths": sshd.remote("both.tmp"), "to": sshd.remote("both.zip") })),
                step("Away", "file.delete", json!({ "path": at("b.csv") })),
            ] },
        ],
    });
    courier.apply(&bundle.to_string())?.expect(0)?;
    courier.run(&["run", "pack"])?.expect(0)?;
    courier.run(&["run", "deliver"])?.expect(0)?;

    let events = told(&courier.json(&["file", "where", "a.csv"])?[0]);
    let wanted = [
        ("moved", "a.csv", "a.csv"),
        ("made", "a.csv", "both.zip"),
        ("checked", "both.zip", "both.zip"),
        ("sent", "both.zip", "both.tmp"),
        ("moved", "both.tmp", "both.zip"),
    ];
    assert_eq!(events.len(), wanted.len(), "{events:?}");
    for (event, (fate, source, result)) in events.iter().zip(wanted) {
        assert!(is(event, fate, source, result), "{event:?} {events:?}");
    }
    // What lay in the archive beside it is another file's life.
    assert!(!events.iter().any(|event| event.1 == "b.csv"), "{events:?}");

    // The very bytes are sent again from where they are, and that is part of the life too.
    let receipt =
        sent(&courier, "both.zip")?["proof"]["receipt_id"].as_str().context("no receipt")?.to_owned();
    let delivered = sshd.data().join("both.zip");
    std::fs::remove_file(&delivered)?;
    std::fs::rename(at("both.zip"), at("in/elsewhere.zip"))?;
    let done = courier.run(&["file", "send", &receipt])?;
    assert!(
        done.stderr.contains("in none of the places") && done.stderr.contains("deliver"),
        "{}",
        done.stderr
    );
    std::fs::write(at("both.zip"), "something else of that name")?;
    courier.run(&["file", "send", &receipt])?.expect(done.status)?;
    assert!(!delivered.exists(), "other bytes are not sent");
    std::fs::rename(at("in/elsewhere.zip"), at("both.zip"))?;
    courier.run(&["file", "send", &receipt])?.expect(0)?;
    assert!(!sshd.data().join("both.tmp").exists(), "it goes under its last name");
    assert_eq!(std::fs::read(&delivered)?, std::fs::read(at("both.zip"))?);
    let done = courier.run(&["file", "send", &receipt])?;
    assert!(done.status != 0 && done.stderr.contains("Already there"), "{}", done.stderr);
    courier.run(&["file", "send", &receipt, "--overwrite"])?.expect(0)?;
    let found = courier.json(&["file", "where", "both.zip"])?;
    let again = found[0]["events"].as_array().into_iter().flatten();
    let again: Vec<&Value> = again.filter(|event| event["operation"] == "hand.send_again").collect();
    assert_eq!(again.len(), 2, "{found}");
    assert_eq!(again[0]["result"]["connection_name"], "partner");
    assert_eq!(again[0]["source"]["connection_name"], Value::Null);
    courier.run(&["file", "send", "nonsense"])?.expect(3)?;
    Ok(())
}

fn connection(sshd: &Sshd) -> Value {
    json!({
        "name": "partner", "protocol": "sftp", "host": "127.0.0.1", "port": sshd.port(), "username": sshd.user(),
        "auth_method": "ssh_key", "ssh_key_id": "k", "host_key_policy": "trust_on_first_use",
    })
}
