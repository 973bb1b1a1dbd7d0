//! Steps that touch no file: waiting, failing on purpose, setting values.

use crate::courier::{Courier, Done};
use crate::nodes::agent;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn apply(courier: &Courier, steps: &Value) -> Result<Done> {
    let bundle = json!({ "courier": 1, "jobs": [{ "name": "one", "failure_policy": { "type": "stop" }, "steps": steps }] });
    courier.apply(&bundle.to_string())
}

fn step(name: &str, kind: &str, configuration: Value) -> Value {
    json!({ "name": name, "type_key": kind, "configuration": configuration })
}

fn last(done: &Done) -> Result<Value> {
    Ok(serde_json::from_str(done.stdout.lines().last().context("nothing was printed")?)?)
}

#[test]
fn values_that_a_step_sets_keep_their_types_for_later_steps() -> Result<()> {
    let courier = Courier::new()?;
    let (from, to) = (courier.folder().join("a.csv"), courier.folder().join("out-7"));
    std::fs::write(&from, "a")?;
    let values = json!({ "files": [from], "number": 7, "text": "{{ job.name }}-{{ params.n }}", "list": "{{ [1, 2] }}" });
    let copy = json!({
        "source_path": "{{ steps.set.files }}",
        "destination_path": format!("{}/out-{{{{ steps.set.number }}}}/", courier.folder().display()),
    });
    let again =
        json!({ "values": { "length": "{{ steps.set.list | length }}", "text": "{{ steps.set.text }}" } });
    let bundle = json!({ "courier": 1, "jobs": [{ "name": "one",
        "parameters": [{ "name": "n", "type": "number", "default": 3 }],
        "steps": [
            step("Set", "context.set", json!({ "values": values })),
            step("Copy", "file.copy", copy),
            step("Again", "context.set", again),
        ] }] });
    courier.apply(&bundle.to_string())?.expect(0)?;
    let run = last(&courier.run(&["--json", "run", "one"])?.expect(0)?)?;
    let context: Value = serde_json::from_str(run["context_snapshot"].as_str().context("no context")?)?;
    assert_eq!(context["steps"]["again"], json!({ "length": 2, "text": "one-3" }));
    assert_eq!(std::fs::read(to.join("a.csv"))?, b"a");
    Ok(())
}

#[test]
fn what_is_wrong_with_such_steps_is_found_before_they_run() -> Result<()> {
    let courier = Courier::new()?;
    for (kind, configuration, words) in [
        ("context.set", json!({}), "configuration.values: This is needed"),
        ("context.set", json!({ "values": { "a b": 1 } }), "`a b` is no name"),
        (
            "context.set",
            json!({ "values": { "a": "{{ steps.later.x }}" } }),
            "There is no earlier step `later`",
        ),
        ("context.set", json!({ "values": { "a": "{{ 1 + }}" } }), "not a valid template"),
        ("flow.wait", json!({}), "Say how long, or until when"),
        ("flow.wait", json!({ "seconds": 1, "until": "2027-01-01T00:00:00Z" }), "not both"),
        ("flow.wait", json!({ "until": "tomorrow" }), "not a date and time with its offset"),
        ("flow.wait", json!({ "seconds": -1 }), "configuration.seconds"),
        ("flow.fail", json!({}), "configuration.message: This is needed"),
    ] {
        let refused = apply(&courier, &json!([step("One", kind, configuration)]))?.expect(2)?;
        ensure!(refused.stderr.contains(words), "{kind}: {}", refused.stderr);
    }
    let unknown = json!([
        step("Set", "context.set", json!({ "values": { "a": 1 } })),
        step("Use", "flow.fail", json!({ "message": "{{ steps.set.b }}" })),
    ]);
    let refused = apply(&courier, &unknown)?.expect(2)?;
    ensure!(refused.stderr.contains("`set` has no output `b`; there are steps.set.a"), "{}", refused.stderr);
    Ok(())
}

#[test]
fn a_run_fails_with_the_words_that_its_job_has_for_it() -> Result<()> {
    let courier = Courier::new()?;
    let steps = json!([
        step("Fail", "flow.fail", json!({ "message": "{{ job.name }}: nothing was delivered today" })),
        step("Never", "flow.wait", json!({ "seconds": 600 })),
    ]);
    apply(&courier, &steps)?.expect(0)?;
    let run = courier.run(&["--json", "run", "one"])?.expect(1)?;
    let run = last(&run)?;
    assert_eq!(run["error_message"], "one: nothing was delivered today");
    assert_eq!(run["error_code"], "failed_on_purpose");
    Ok(())
}

#[test]
fn a_wait_ends_when_it_is_over_and_at_once_where_it_is_past() -> Result<()> {
    let courier = Courier::new()?;
    let steps = json!([
        step("Long ago", "flow.wait", json!({ "until": "2020-01-01T00:00:00Z" })),
        step("Now", "flow.wait", json!({ "until": "{{ now }}" })),
        step("None", "flow.wait", json!({ "seconds": 0 })),
        json!({ "name": "Short", "type_key": "flow.wait", "configuration": { "seconds": 2 }, "timeout_seconds": 1 }),
    ]);
    apply(&courier, &steps)?.expect(0)?;
    let run = last(&courier.run(&["--json", "run", "one"])?.expect(0)?)?;
    let took: Vec<i64> = run["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| step["attempts"][0]["duration_ms"].as_i64().unwrap_or(-1))
        .collect();
    ensure!(took.len() == 4 && took[..3].iter().all(|ms| (0..1_000).contains(ms)), "{took:?}");
    // The time limit of a step is not for waits.
    ensure!((2_000..10_000).contains(&took[3]), "{took:?}");
    Ok(())
}

#[test]
fn a_wait_that_was_paused_or_killed_keeps_its_end_and_is_cancelled_at_once() -> Result<()> {
    let courier = Courier::new()?;
    apply(&courier, &json!([step("Wait", "flow.wait", json!({ "seconds": 3_600 }))]))?.expect(0)?;
    let mut node = agent(&courier)?;
    let queued = courier.json(&["run", "one", "--detach"])?;
    let id = queued["id"].as_str().context("no id")?;
    let until = |state: &str| -> Result<()> {
        let begun = Instant::now();
        loop {
            let shown = courier.json(&["execution", "show", id])?;
            if shown["state"] == state {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                bail!("it did not come to {state}: {shown}");
            }
        }
    };
    let waits = |times: usize| -> Result<Vec<String>> {
        let begun = Instant::now();
        loop {
            let log = courier.ok(&["execution", "logs", id])?;
            let ends: Vec<String> = log
                .lines()
                .filter_map(|line| Some(line.split_once("Waiting until ")?.1.to_owned()))
                .collect();
            if ends.len() == times {
                return Ok(ends);
            }
            ensure!(begun.elapsed() < PATIENCE, "it did not wait {times} times: {log}");
        }
    };
    waits(1)?;
    courier.ok(&["execution", "pause", id])?;
    until("paused")?;
    courier.ok(&["execution", "resume", id])?;
    waits(2)?;
    // Killed; the next node takes over once the lease is over.
    drop(node);
    node = agent(&courier)?;
    let ends = waits(3)?;
    ensure!(ends.iter().all(|end| *end == ends[0]), "the end moved: {ends:?}");
    let asked = Instant::now();
    courier.ok(&["execution", "cancel", id])?;
    until("cancelled")?;
    ensure!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
    drop(node);
    Ok(())
}

#[test]
fn a_job_that_begins_anew_waits_anew() -> Result<()> {
    let courier = Courier::new()?;
    let away = json!({ "connection_id": "away", "remote_path": "/x" });
    let bundle = json!({ "courier": 1,
        "ssh_keys": [{ "name": "k", "generate": { "key_type": "ed25519" } }],
        "connections": [{ "name": "away", "protocol": "sftp", "host": "127.0.0.1", "port": 9, "username": "u",
            "auth_method": "ssh_key", "ssh_key_id": "k" }],
        "jobs": [{ "name": "one",
            "failure_policy": { "type": "retry_job", "max_retries": 1, "backoff_base_seconds": 1, "backoff_max_seconds": 1 },
            "steps": [step("Wait", "flow.wait", json!({ "seconds": 1 })), step("List", "sftp.list", away)] }] });
    courier.apply(&bundle.to_string())?.expect(0)?;
    let run = last(&courier.run(&["--json", "run", "one"])?.expect(6)?)?;
    let log = courier.ok(&["execution", "logs", run["id"].as_str().context("no id")?])?;
    let ends: Vec<&str> = log.lines().filter_map(|line| Some(line.split_once("Waiting until ")?.1)).collect();
    ensure!(ends.len() == 2 && ends[0] != ends[1], "{ends:?}");
    Ok(())
}
