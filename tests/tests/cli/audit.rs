//! `courier audit`: filters and pages, a chain that is checked in the store and in a file, and nothing secret in it.

use crate::courier::{Courier, finish};
use crate::nodes::{agent, end};
use anyhow::{Context, Result};
use serde_json::{Value, json};

const CANARY: &str = "canary-5b2e-secret";

fn job(name: &str) -> Value {
    json!({ "name": name, "steps": [
        { "name": "Delete", "type_key": "file.delete", "configuration": { "path": "/nowhere/*" } },
    ] })
}

fn apply_jobs(courier: &Courier, jobs: &[Value]) -> Result<()> {
    courier.apply(&json!({ "courier": 1, "jobs": jobs }).to_string())?.expect(0)?;
    Ok(())
}

fn sequences(entries: &Value) -> Vec<i64> {
    entries.as_array().into_iter().flatten().filter_map(|e| e["sequence"].as_i64()).collect()
}

#[test]
fn the_record_is_filtered_and_paged() -> Result<()> {
    let courier = Courier::new()?;
    apply_jobs(&courier, &[job("first"), job("second")])?;
    courier.ok(&["job", "disable", "first"])?;
    courier.ok(&["job", "delete", "second"])?;
    courier.ok(&["settings", "set", "job.concurrency_limit", "7"])?;
    let list = |args: &[&str]| -> Result<Value> { courier.json(&[&["audit", "list"], args].concat()) };
    let all = list(&[])?;
    assert_eq!(sequences(&all), [5, 4, 3, 2, 1]);
    assert_eq!(sequences(&list(&["--limit", "2"])?), [5, 4]);
    assert_eq!(sequences(&list(&["--limit", "2", "--after", "4"])?), [3, 2]);
    assert_eq!(sequences(&list(&["--entity-type", "system_setting"])?), [5]);
    assert_eq!(sequences(&list(&["--entity", "job.concurrency_limit"])?), [5]);
    assert_eq!(sequences(&list(&["--entity", "SECOND"])?), [4, 2], "also of a deleted job");
    assert_eq!(sequences(&list(&["--entity", all[4]["entity_id"].as_str().context("no id")?])?), [3, 1]);
    assert_eq!(sequences(&list(&["--operation", "Deleted"])?), [4]);
    let me = all[0]["performed_by"].as_str().context("nobody")?;
    assert_eq!(sequences(&list(&["--by", me])?).len(), 5);
    assert_eq!(sequences(&list(&["--by", "nobody@nowhere"])?).len(), 0);
    let last = all[0]["performed_at"].as_str().context("no time")?;
    assert_eq!(sequences(&list(&["--since", last])?), [5]);
    assert_eq!(sequences(&list(&["--until", last])?), [4, 3, 2, 1]);
    assert_eq!(sequences(&list(&["--since", "2020-01-01"])?).len(), 5);
    courier.run(&["audit", "list", "--entity", "never-was"])?.expect(3)?;
    courier.run(&["audit", "list", "--since", "yesterday"])?.expect(2)?;
    courier.run(&["audit", "list", "--entity-type", "planet"])?.expect(2)?;
    courier.run(&["audit", "list", "--after", "x"])?.expect(2)?;
    Ok(())
}

#[test]
fn a_node_seals_the_record_and_the_file_kept_elsewhere_proves_it() -> Result<()> {
    let courier = Courier::new()?;
    let file = courier.folder().join("checkpoints.jsonl").display().to_string();
    courier.ok(&["settings", "set", "audit.checkpoint_file", &file])?;
    let jobs: Vec<Value> = (0..1_000).map(|n| job(&format!("job {n}"))).collect();
    apply_jobs(&courier, &jobs)?;
    let before = courier.json(&["audit", "verify"])?;
    assert_eq!((&before["whole"], &before["checkpoints"]), (&json!(true), &json!(0)), "{before}");
    // A node's last act is to seal what is due.
    end(agent(&courier)?)?;
    let lines = std::fs::read_to_string(&file)?;
    let checkpoints: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert!(checkpoints.iter().any(|c| c["sequence"] == 1_000), "{lines}");
    let found = courier.json(&["audit", "verify"])?;
    assert_eq!((&found["whole"], &found["keys_known"]), (&json!(true), &json!(true)), "{found}");
    assert_eq!(found["outside_checkpoints"], checkpoints.len(), "{found}");
    let made = courier.json(&["audit", "list", "--operation", "AuditKeyCreated"])?;
    assert_eq!(made[0]["details"]["public_key"], checkpoints[0]["public_key"]);

    // The file of another store proves that this one is not it.
    let other = Courier::new()?;
    apply_jobs(&other, &[job("only")])?;
    let broken = other.run(&["audit", "verify", "--checkpoint-file", &file])?.expect(1)?;
    assert!(broken.stderr.contains("broken at entry 2: it is missing"), "{}", broken.stderr);
    let broken = other.run(&["audit", "verify", "--json", "--checkpoint-file", &file])?.expect(1)?.json()?;
    assert_eq!((&broken["whole"], &broken["fault"]), (&json!(false), &json!("tail_missing")), "{broken}");
    assert_eq!(broken["sequence"], 2);

    // An edited line of the file is told from a line that a crash cut off.
    let edited = courier.folder().join("edited.jsonl").display().to_string();
    std::fs::write(&edited, lines.replace("\"sequence\":1000,", "\"sequence\":999,") + "{\"sequence\":12")?;
    let broken = courier.run(&["audit", "verify", "--checkpoint-file", &edited])?.expect(1)?;
    assert!(broken.stderr.contains("broken at entry 999"), "{}", broken.stderr);
    assert!(broken.stderr.contains("are no checkpoint"), "{}", broken.stderr);
    courier.run(&["audit", "verify", "--checkpoint-file", "/nowhere/at/all"])?.expect(3)?;
    courier.run(&["settings", "set", "audit.checkpoint_file", "not/absolute"])?.expect(2)?;
    Ok(())
}

#[test]
fn an_export_proves_itself_and_an_edited_one_does_not() -> Result<()> {
    let courier = Courier::new()?;
    apply_jobs(&courier, &[job("=HYPERLINK(1)"), job("second"), job("third")])?;
    let file = courier.folder().join("audit.jsonl").display().to_string();
    courier.ok(&["audit", "export", "--output", &file])?;
    courier.run(&["audit", "export", "--output", &file])?.expect(5)?;
    let text = std::fs::read_to_string(&file)?;
    assert_eq!(text, courier.ok(&["audit", "export", "--format", "jsonl"])?);
    let elsewhere = Courier::new()?;
    let found = elsewhere.json(&["audit", "verify", "--export", &file])?;
    assert_eq!((&found["whole"], &found["entries"]), (&json!(true), &json!(3)), "{found}");
    std::fs::write(&file, text.replacen("\"second\"", "\"other\"", 1))?;
    let broken = elsewhere.run(&["audit", "verify", "--export", &file])?.expect(1)?;
    assert!(broken.stderr.contains("broken at entry 2: its fields"), "{}", broken.stderr);

    let csv = courier.ok(&["audit", "export", "--format", "csv"])?;
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.starts_with("sequence,id,entity_type"), "{csv}");
    assert!(courier.ok(&["audit", "export", "--since", "2100-01-01"])?.is_empty());
    Ok(())
}

#[test]
fn no_secret_is_in_the_record() -> Result<()> {
    let courier = Courier::new()?;
    let bundle = r#"
courier: 1
connections:
  - { name: server, protocol: sftp, host: HOST, username: u, auth_method: password, password: { env: CANARY } }
jobs:
  - name: unpack
    steps:
      - { name: Unpack, type_key: file.unzip, configuration: { archive_path: /in/a.zip, password: { env: CANARY } } }
"#;
    let with_canary = |args: &[&str], value: &str| {
        let mut command = courier.command(args)?;
        command.env("CANARY", value);
        finish(command)
    };
    for (host, value) in
        [("a.example.org", CANARY.to_owned()), ("b.example.org", format!("{CANARY}-changed"))]
    {
        let file = courier.bundle(&bundle.replace("HOST", host))?;
        with_canary(&["apply", "-f", &file], &value)?.expect(0)?;
    }
    let user = ["--user-id", "Ours <o@example.org>", "--passphrase-env", "CANARY"];
    with_canary(&[&["key", "pgp", "generate", "ours"], user.as_slice()].concat(), CANARY)?.expect(0)?;
    courier.ok(&["key", "ssh", "generate", "ops"])?;
    courier.ok(&["settings", "set", "job.concurrency_limit", "9"])?;
    let record = courier.ok(&["audit", "export"])?;
    assert!(record.lines().count() >= 7, "{record}");
    for there in ["b.example.org", "file.unzip", "\"password\"", "ours", "ops", "job.concurrency_limit"] {
        assert!(record.contains(there), "{there}: {record}");
    }
    for secret in ["canary-5b2e", "BEGIN", "PRIVATE"] {
        assert!(!record.contains(secret), "{secret}: {record}");
    }
    Ok(())
}
