//! What happened to every run, as the audit log tells it, and what must never have happened.
//!
//! The log is written in the same transactions as the changes and in their order, so it is a history of what the store
//! went through. [`violations`] knows nothing of the engine: a history in which a run ends twice, or a step is done
//! after another node has taken the run, is wrong whatever the reason.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One entry of `courier audit export`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Entry {
    sequence: i64,
    entity_type: String,
    entity_id: String,
    operation: String,
    details: Value,
}

impl Entry {
    pub(crate) fn entity_type(&self) -> &str {
        &self.entity_type
    }

    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    pub(crate) fn details(&self) -> &Value {
        &self.details
    }
}

/// The entries of an export, without the lines around them.
pub(crate) fn read(export: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for line in export.lines() {
        let line: Value = serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))?;
        if line.get("operation").is_some() {
            entries.push(serde_json::from_value(line)?);
        }
    }
    Ok(entries)
}

/// A run as far as the history was read.
#[derive(Debug)]
struct Run {
    state: String,
    /// What it said when it ended.
    said: String,
    epoch: i64,
    /// Steps that are done, by order and iteration.
    done: BTreeSet<(i64, String)>,
}

impl Default for Run {
    fn default() -> Self {
        Self { state: "created".to_owned(), said: String::new(), epoch: 0, done: BTreeSet::new() }
    }
}

/// Runs that ended, by id, with the state they ended in.
pub(crate) fn ended(entries: &[Entry]) -> BTreeMap<String, String> {
    let ends = entries.iter().filter(|e| e.entity_type == "job_execution" && e.operation == "StateChanged");
    let ends = ends.map(|e| (e.entity_id.clone(), text(&e.details, "to")));
    ends.collect::<BTreeMap<_, _>>().into_iter().filter(|(_, state)| is_over(state)).collect()
}

/// Everything that must not be, each as a sentence. Every run that is in the history, and everyone in `acknowledged`,
/// must have ended well.
pub(crate) fn violations<'a>(
    entries: &[Entry],
    acknowledged: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut runs: BTreeMap<String, Run> = BTreeMap::new();
    for entry in entries {
        let told = match (entry.entity_type.as_str(), entry.operation.as_str()) {
            ("job_execution", "StateChanged") => {
                run_changed(runs.entry(entry.entity_id.clone()).or_default(), &entry.details)
            }
            ("job_execution", "Retried") => {
                runs.entry(entry.entity_id.clone()).or_default().done.clear();
                Vec::new()
            }
            ("step_execution", "StateChanged") => {
                let run = runs.entry(text(&entry.details, "job_execution_id")).or_default();
                step_changed(run, &entry.details)
            }
            _ => Vec::new(),
        };
        found.extend(
            told.into_iter().map(|what| format!("entry {} of {}: {what}", entry.sequence, entry.entity_id)),
        );
    }
    for id in acknowledged {
        if !runs.contains_key(id) {
            found.push(format!("run {id} was acknowledged and is lost"));
        }
    }
    for (id, run) in &runs {
        if run.state != "completed" {
            found.push(format!("run {id} was left {}{}", run.state, run.said));
        }
    }
    found
}

fn run_changed(run: &mut Run, details: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let (from, to) = (text(details, "from"), text(details, "to"));
    if is_over(&run.state) {
        found.push(format!("the run became {to} after it had ended as {}", run.state));
    } else if from != run.state {
        found.push(format!("the run became {to} from {from}, but it was {}", run.state));
    }
    if to == "running" {
        let epoch = details["epoch"].as_i64().unwrap_or(0);
        if epoch <= run.epoch {
            found.push(format!("the epoch went from {} to {epoch}", run.epoch));
        }
        if !details["claimed_by"].is_string() {
            found.push("nobody in particular took the run".to_owned());
        }
        run.epoch = epoch;
    }
    run.said = details["error_message"].as_str().map(|words| format!(": {words}")).unwrap_or_default();
    run.state = to;
    found
}

fn step_changed(run: &mut Run, details: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let to = text(details, "to");
    let step = (details["step_order"].as_i64().unwrap_or(-1), text(details, "iteration_path"));
    if run.state != "running" {
        found.push(format!("step {} became {to} while the run was {}", step.0, run.state));
    }
    if run.done.contains(&step) {
        found.push(format!("step {} became {to} after it was done", step.0));
    }
    if to == "completed" {
        run.done.insert(step);
    }
    found
}

fn is_over(state: &str) -> bool {
    matches!(state, "completed" | "failed" | "cancelled")
}

fn text(details: &Value, name: &str) -> String {
    details[name].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn history(changes: &[(&str, Value)]) -> Vec<Entry> {
        let entry = |(n, (kind, details)): (usize, &(&str, Value))| Entry {
            sequence: n as i64 + 1,
            entity_type: (*kind).to_owned(),
            entity_id: if *kind == "job_execution" { "r" } else { "s" }.to_owned(),
            operation: "StateChanged".to_owned(),
            details: details.clone(),
        };
        changes.iter().enumerate().map(entry).collect()
    }

    fn run(from: &str, to: &str) -> (&'static str, Value) {
        ("job_execution", json!({ "from": from, "to": to }))
    }

    fn claim(epoch: i64) -> (&'static str, Value) {
        let details = json!({ "from": "queued", "to": "running", "claimed_by": "n", "epoch": epoch });
        ("job_execution", details)
    }

    fn step(to: &str) -> (&'static str, Value) {
        let details = json!({ "job_execution_id": "r", "step_order": 0, "iteration_path": "", "to": to });
        ("step_execution", details)
    }

    fn told(changes: &[(&str, Value)]) -> String {
        violations(&history(changes), ["r"]).join("\n")
    }

    #[test]
    fn a_run_that_was_rescued_and_went_on_is_in_order() {
        let rescued = [
            run("created", "queued"),
            claim(1),
            step("running"),
            run("running", "queued"),
            claim(2),
            step("running"),
            step("completed"),
            run("running", "completed"),
        ];
        assert_eq!(told(&rescued), "");
        assert_eq!(ended(&history(&rescued)), BTreeMap::from([("r".to_owned(), "completed".to_owned())]));
    }

    #[test]
    fn each_thing_that_must_not_be_is_found() {
        let begun = [run("created", "queued"), claim(1)];
        let over = [&begun[..], &[step("completed"), run("running", "completed")]].concat();
        let cases: [(Vec<_>, &str); 8] = [
            (Vec::new(), "run r was acknowledged and is lost"),
            (begun.to_vec(), "run r was left running"),
            ([&begun[..], &[run("running", "failed")]].concat(), "run r was left failed"),
            ([&over[..], &[run("running", "completed")]].concat(), "after it had ended as completed"),
            ([&over[..], &[step("completed")]].concat(), "step 0 became completed after it was done"),
            ([&begun[..], &[run("running", "queued"), step("running")]].concat(), "while the run was queued"),
            ([&begun[..], &[claim(2)]].concat(), "from queued, but it was running"),
            ([&begun[..], &[run("running", "queued"), claim(1)]].concat(), "the epoch went from 1 to 1"),
        ];
        for (changes, expected) in cases {
            let told = told(&changes);
            assert!(told.contains(expected), "`{expected}` is not in `{told}`");
        }
    }
}
