//! `courier execution logs`: parts of a run's log, and going along with it.

use crate::courier::Courier;
use crate::nodes::{Ended, agent};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Five items, each with a line of its own step, and an end as wanted.
fn apply(courier: &Courier, last: Value) -> Result<()> {
    let jobs = json!({ "courier": 1, "jobs": [{ "name": "talk", "failure_policy": { "type": "stop" }, "steps": [
        { "name": "Each", "type_key": "flow.foreach", "configuration": { "source": "{{ [1, 2, 3, 4, 5] }}" } },
        { "name": "Say it", "type_key": "flow.wait", "configuration": { "seconds": 0 } },
        { "name": "End", "type_key": "flow.end" },
        last,
    ] }] });
    courier.apply(&jobs.to_string())?.expect(0)?;
    Ok(())
}

fn good() -> Value {
    json!({ "name": "Last", "type_key": "flow.wait", "configuration": { "seconds": 0 } })
}

fn lines(value: &Value) -> Result<Vec<i64>> {
    let list = value.as_array().context("no list")?;
    list.iter().map(|line| line["sequence"].as_i64().context("no sequence")).collect()
}

#[test]
fn a_log_is_read_in_parts_by_level_and_by_step() -> Result<()> {
    let courier = Courier::new()?;
    apply(
        &courier,
        json!({ "name": "Fail", "type_key": "flow.fail", "configuration": { "message": "no more" } }),
    )?;
    courier.run(&["run", "talk"])?.expect(1)?;
    let id = courier.json(&["execution", "list"])?[0]["id"].as_str().context("no id")?.to_owned();
    let logs = |more: &[&str]| courier.json(&[&["execution", "logs", &id], more].concat());
    let all = lines(&logs(&[])?)?;
    ensure!(all.len() >= 12, "{all:?}");
    assert_eq!(lines(&logs(&["--limit", "4"])?)?, all[..4]);
    assert_eq!(lines(&logs(&["--limit", "4", "--after", "4"])?)?, all[4..8]);
    assert_eq!(lines(&logs(&["--after", &all.len().to_string()])?)?, Vec::<i64>::new());
    let part = courier.run(&["execution", "logs", &id, "--limit", "4"])?.expect(0)?;
    assert_eq!(part.stdout.lines().count(), 4);
    ensure!(part.stderr.contains("--after 4"), "{}", part.stderr);

    let errors = logs(&["--level", "error"])?;
    ensure!(!lines(&errors)?.is_empty(), "no errors in {errors}");
    ensure!(errors.as_array().is_some_and(|l| l.iter().all(|l| l["level"] == "error")), "{errors}");
    let said = logs(&["--step", "Say it"])?;
    ensure!(lines(&said)?.len() >= 5, "{said}");
    ensure!(said.as_array().is_some_and(|l| l.iter().all(|l| l["step_alias"] == "say_it")), "{said}");
    assert_eq!(said, logs(&["--step", "say_it"])?);
    courier.run(&["execution", "logs", &id, "--step", "nobody"])?.expect(3)?;
    courier.run(&["execution", "logs", &id, "--level", "loud"])?.expect(2)?;
    // A run that is over is shown to its end, and gives its own status.
    let followed = courier.run(&["--json", "execution", "logs", &id, "-f"])?.expect(1)?;
    let shown: Vec<Value> = followed.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(lines(&json!(shown))?, all);
    Ok(())
}

#[test]
fn a_log_is_followed_from_before_the_run_begins_until_it_ends() -> Result<()> {
    let courier = Courier::new()?;
    apply(&courier, good())?;
    let id = courier.json(&["run", "talk", "--detach"])?["id"].as_str().context("no id")?.to_owned();
    let mut follower = Ended(
        courier.command(&["--json", "execution", "logs", &id, "--follow"])?.stdout(Stdio::piped()).spawn()?,
    );
    let mut shown = BufReader::new(follower.0.stdout.take().context("no stdout")?).lines();
    let node = agent(&courier)?;
    let mut seen: Vec<Value> = Vec::new();
    for line in shown.by_ref() {
        seen.push(serde_json::from_str(&line?)?);
    }
    assert_eq!(follower.0.wait()?.code(), Some(0));
    drop(node);
    assert_eq!(json!(seen), courier.json(&["execution", "logs", &id])?);
    ensure!(!seen.is_empty(), "nothing was shown");
    Ok(())
}
