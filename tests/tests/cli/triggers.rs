//! What starts by itself: schedules, chains, and jobs that depend on others; on the real binary.

use crate::courier::Courier;
use crate::nodes::{agent, end};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        ensure!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}

fn step(name: &str, kind: &str, configuration: Value) -> Value {
    json!({ "name": name, "type_key": kind, "configuration": configuration })
}

fn note(value: &str) -> Value {
    step("Note", "context.set", json!({ "values": { "word": value } }))
}

fn states(courier: &Courier, id: &str) -> Result<Vec<(String, String)>> {
    let run = courier.json(&["chain", "executions", "--id", id])?;
    let members = run["members"].as_array().context("no members")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(members.iter().map(|member| (text(&member["name"]), text(&member["state"]))).collect())
}

/// Two branches that come together, the same job twice, a value of each upstream in the last one's parameters.
fn diamond(broken: bool) -> Value {
    let word = if broken { "{{ params.nothing }}" } else { "{{ params.word }}" };
    json!({
        "courier": 1,
        "jobs": [
            { "name": "say", "parameters": [{ "name": "word", "type": "text", "required": true }],
              "steps": [step("Note", "context.set", json!({ "values": { "word": "{{ params.word }}!" } }))] },
            { "name": "break", "parameters": [{ "name": "word", "type": "text", "required": true }],
              "steps": [step("End", "flow.fail", json!({ "message": "broken on purpose" }))] },
            { "name": "join", "parameters": [{ "name": "words", "type": "text", "required": true }],
              "steps": [step("Note", "context.set",
                  json!({ "values": { "words": "{{ params.words }}", "first": "{{ chain.left.steps.note.word }}" } }))] },
        ],
        "chains": [{ "name": "night", "members": [
            { "name": "begin", "job_id": "say", "parameters": { "word": "begin" } },
            { "name": "left", "job_id": "say", "parameters": { "word": "left of {{ chain.begin.steps.note.word }}" },
              "depends_on": [{ "member": "begin" }] },
            { "name": "right", "job_id": if broken { "break" } else { "say" }, "parameters": { "word": "right" },
              "depends_on": [{ "member": "begin" }] },
            { "name": "end", "job_id": "join",
              "parameters": { "words": "{{ chain.left.steps.note.word }} and {{ chain.right.state }}" },
              "depends_on": [{ "member": "left" }, { "member": "right" }] },
            { "name": "tidy", "job_id": "say", "parameters": { "word": word },
              "depends_on": [{ "member": "end", "run_on_upstream_failure": true }] },
        ] }],
    })
}

#[test]
fn a_chain_runs_its_branches_and_hands_their_outputs_on() -> Result<()> {
    let courier = Courier::new()?;
    let mut bundle = diamond(false);
    bundle["chains"][0]["members"][4]["parameters"]["word"] = json!("tidy");
    courier.apply(&bundle.to_string())?.expect(0)?;
    let done = courier.run(&["chain", "run", "night", "--json"])?.expect(0)?;
    let last: Value = serde_json::from_str(done.stdout.lines().last().context("nothing was printed")?)?;
    assert_eq!(last["state"], "completed", "{last}");
    let id = last["id"].as_str().context("no id")?;
    assert!(states(&courier, id)?.iter().all(|(_, state)| state == "completed"));
    let runs = courier.json(&["execution", "list"])?;
    assert_eq!(runs.as_array().map(Vec::len), Some(5));
    let join =
        runs.as_array().into_iter().flatten().find(|run| run["job_name"] == "join").context("no run")?;
    let join = courier.json(&["execution", "show", join["id"].as_str().unwrap_or_default()])?;
    assert_eq!(join["steps"][0]["outputs"]["words"], "left of begin!! and completed");
    assert_eq!(join["steps"][0]["outputs"]["first"], "left of begin!!");
    assert_eq!(join["triggered_by"], format!("chain:{id}"));
    Ok(())
}

#[test]
fn a_chain_that_fails_leaves_out_what_depends_on_it_and_is_retried_where_it_failed() -> Result<()> {
    let courier = Courier::new()?;
    let mut bundle = diamond(true);
    bundle["chains"][0]["members"][4]["parameters"]["word"] = json!("tidy");
    courier.apply(&bundle.to_string())?.expect(0)?;
    let done = courier.run(&["chain", "run", "night", "--json"])?.expect(1)?;
    let last: Value = serde_json::from_str(done.stdout.lines().last().context("nothing was printed")?)?;
    let id = last["id"].as_str().context("no id")?.to_owned();
    assert_eq!(last["state"], "failed", "{last}");
    let message = last["error_message"].as_str().unwrap_or_default();
    assert!(message.contains("`right` failed") && message.contains("broken on purpose"), "{message}");
    let name = |states: &[(String, String)], wanted: &str| {
        states.iter().find(|(name, _)| name == wanted).map(|(_, state)| state.clone()).unwrap_or_default()
    };
    let was = states(&courier, &id)?;
    assert_eq!(
        (name(&was, "left"), name(&was, "end"), name(&was, "tidy")),
        ("completed".into(), "skipped".into(), "completed".into()),
        "{was:?}"
    );

    // The job is mended; the chain goes on where it failed, and nobody else is done again.
    let mended = json!({ "courier": 1, "jobs": [{ "name": "break",
        "parameters": [{ "name": "word", "type": "text", "required": true }], "steps": [note("mended")] }] });
    courier.apply(&mended.to_string())?.expect(0)?;
    courier.run(&["chain", "retry", &id])?.expect(0)?;
    let agent = agent(&courier)?;
    until("the chain is over", || {
        Ok(courier.json(&["chain", "executions", "--id", &id])?["state"] == "completed")
    })?;
    end(agent)?;
    let runs = courier.json(&["execution", "list"])?;
    // begin, left, right, tidy; then right and end.
    assert_eq!(runs.as_array().map(Vec::len), Some(6), "{runs}");
    courier.run(&["chain", "retry", &id])?.expect(5)?;
    Ok(())
}

#[test]
fn a_chain_is_paused_goes_on_and_is_cancelled_as_a_whole() -> Result<()> {
    let courier = Courier::new()?;
    let wait = |seconds: u64| vec![step("Wait", "flow.wait", json!({ "seconds": seconds }))];
    let bundle = json!({
        "courier": 1,
        "jobs": [{ "name": "long", "steps": wait(900) }, { "name": "after", "steps": wait(0) }],
        "chains": [{ "name": "slow", "members": [
            { "name": "one", "job_id": "long" }, { "name": "two", "job_id": "after", "depends_on": [{ "member": "one" }] },
        ] }],
    });
    courier.apply(&bundle.to_string())?.expect(0)?;
    let agent = agent(&courier)?;
    let told = courier.json(&["chain", "run", "slow", "--detach"])?;
    let id = told["id"].as_str().context("no id")?.to_owned();
    let run_of_one = || -> Result<Value> {
        let runs = courier.json(&["execution", "list", "--job", "long"])?;
        Ok(runs[0].clone())
    };
    let is = |state: &str| until(state, || Ok(run_of_one()?["state"] == state));
    is("running")?;
    courier.run(&["chain", "pause", &id])?.expect(0)?;
    is("paused")?;
    assert_eq!(courier.json(&["chain", "executions", "--id", &id])?["state"], "paused");
    courier.run(&["chain", "pause", &id])?.expect(5)?;
    courier.run(&["chain", "resume", &id])?.expect(0)?;
    is("running")?;
    courier.run(&["chain", "cancel", &id])?.expect(0)?;
    is("cancelled")?;
    let states = states(&courier, &id)?;
    assert!(states.iter().all(|(_, state)| state == "cancelled"), "{states:?}");
    end(agent)?;
    Ok(())
}

#[test]
fn a_schedule_fires_once_for_each_time_over_restarts() -> Result<()> {
    let courier = Courier::new()?;
    let bundle = json!({
        "courier": 1,
        "jobs": [{ "name": "tick", "max_instances": 8,
            "parameters": [{ "name": "word", "type": "text", "required": true }], "steps": [note("{{ params.word }}")],
            "schedules": [{ "schedule_type": "cron", "cron_expression": "* * * * * ?", "parameters": { "word": "x" } }] }],
    });
    courier.apply(&bundle.to_string())?.expect(0)?;
    let count = || -> Result<usize> {
        Ok(courier
            .json(&["execution", "list", "--job", "tick", "--limit", "10000"])?
            .as_array()
            .map_or(0, Vec::len))
    };
    for round in 1..=3 {
        let mut agent = agent(&courier)?;
        until("it has fired", || Ok(count()? >= round * 2))?;
        agent.0.kill()?;
        agent.0.wait()?;
    }
    let schedule = courier.json(&["schedule", "list"])?[0].clone();
    courier.run(&["schedule", "disable", schedule["id"].as_str().unwrap_or_default()])?.expect(0)?;
    let fired = count()?;
    let audit = courier.ok(&["audit", "export"])?;
    let times: Vec<String> = audit
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|entry| entry["operation"] == "Fired")
        .map(|entry| entry["details"]["fire_time"].to_string())
        .collect();
    let different: std::collections::BTreeSet<_> = times.iter().collect();
    assert_eq!((times.len(), different.len()), (fired, fired), "one run for each fire time: {times:?}");
    let by_hand = courier.json(&["schedule", "fire", schedule["id"].as_str().unwrap_or_default()])?;
    let run = courier.json(&["execution", "show", by_hand["id"].as_str().context("no id")?])?;
    assert!(run["triggered_by"].as_str().unwrap_or_default().starts_with("manual:"), "{run}");
    assert_eq!(run["parameters"]["word"], "x");
    Ok(())
}

#[test]
fn a_job_waits_for_another_or_is_started_by_it() -> Result<()> {
    let courier = Courier::new()?;
    let job = |name: &str| json!({ "name": name, "steps": [note(name)] });
    let bundle = json!({ "courier": 1, "jobs": [job("first"), job("gated"), job("started")] });
    courier.apply(&bundle.to_string())?.expect(0)?;
    courier.run(&["job", "depend", "gated", "--on", "first"])?.expect(0)?;
    courier.run(&["job", "depend", "started", "--on", "first", "--trigger"])?.expect(0)?;
    let agent = agent(&courier)?;
    let gated = courier.json(&["run", "gated", "--detach"])?["id"].as_str().context("no id")?.to_owned();
    let shown = courier.json(&["execution", "show", &gated])?;
    assert_eq!(
        (&shown["state"], &shown["waits_for"][0]["job_name"]),
        (&json!("queued"), &json!("first")),
        "{shown}"
    );
    let text = courier.ok(&["execution", "show", &gated])?;
    assert!(text.contains("waits for first to be done"), "{text}");
    courier.run(&["run", "first"])?.expect(0)?;
    until("the gated run is over", || {
        Ok(courier.json(&["execution", "show", &gated])?["state"] == "completed")
    })?;
    until("the started job is over", || {
        let runs = courier.json(&["execution", "list", "--job", "started"])?;
        Ok(runs[0]["state"] == "completed" && runs.as_array().map(Vec::len) == Some(1))
    })?;
    let started = courier.json(&["execution", "list", "--job", "started"])?;
    assert!(started[0]["triggered_by"].as_str().unwrap_or_default().starts_with("dependency:"), "{started}");
    // Once more: it waits for a newer end of the first.
    let again = courier.json(&["run", "gated", "--detach"])?["id"].as_str().context("no id")?.to_owned();
    assert_eq!(courier.json(&["execution", "show", &again])?["waits_for"][0]["job_name"], "first");
    courier.run(&["run", "first"])?.expect(0)?;
    until("it is over", || Ok(courier.json(&["execution", "show", &again])?["state"] == "completed"))?;
    end(agent)
}
