//! Work that shows when it was done twice or not at all.
//!
//! Every run has a number and a letter with that number in it. It sets a value, copies the letter under the run's own
//! id, moves the letter to `out`, and every fourth also sends it to the server. Copies and uploads take another name
//! where one is there already, so that whatever is done a second time lies there as a second file; a letter can be moved
//! only once. Nothing here asks the store: what is looked at is what lies on the disk and on the server.

use crate::history;
use crate::patience::PATIENCE;
use crate::world::World;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Every so many, a run also sends.
const SENDS: u64 = 4;
/// Runs that wait or run at a time, so that those who make work do not outrun those who do it.
const AHEAD: usize = 24;

/// The work of one world.
pub(crate) struct Work<'a> {
    world: &'a World,
    asked: Mutex<Asked>,
}

/// What was asked for.
#[derive(Debug, Default)]
struct Asked {
    /// Numbers of runs, asked for and perhaps queued.
    numbers: u64,
    /// Runs by id, whose place in the queue was acknowledged, with their numbers.
    acknowledged: BTreeMap<String, u64>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(world: &'a World) -> Result<Self> {
        for folder in ["letters", "made", "out"] {
            std::fs::create_dir_all(world.folder().join(folder))?;
        }
        std::fs::create_dir_all(world.sshd.data().join("sent"))?;
        world.apply(&bundle(world))?;
        Ok(Self { world, asked: Mutex::default() })
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn made(&self) -> PathBuf {
        self.world.folder().join("made")
    }

    /// Letters that were copied so far.
    pub(crate) fn done(&self) -> Result<usize> {
        Ok(names(&self.made())?.len())
    }

    /// Queues one run, from whatever machine; `false` when the store did not take it, or did not say so.
    pub(crate) fn ask(&self) -> Result<bool> {
        let number = {
            let mut asked = self.asked();
            asked.numbers += 1;
            asked.numbers
        };
        std::fs::write(self.world.folder().join(format!("letters/{number}.txt")), letter(number))?;
        let job = if number.is_multiple_of(SENDS) { "send" } else { "keep" };
        let done = self.world.run(&["--json", "run", job, "--param", &format!("n={number}"), "--detach"])?;
        if done.status != 0 {
            return Ok(false);
        }
        let told: Value = serde_json::from_str(&done.stdout)?;
        let id = told["id"].as_str().context("no id")?.to_owned();
        self.asked().acknowledged.insert(id, number);
        Ok(true)
    }

    /// As many as are acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.asked().acknowledged.len()
    }

    /// Waits until `more` letters were copied since there were `before`.
    pub(crate) fn until_done(&self, before: usize, more: usize) -> Result<()> {
        wait_until(&format!("{more} more runs after {before}"), || Ok(self.done()? >= before + more))
    }

    /// Whether those who do the work keep up.
    pub(crate) fn has_room(&self) -> Result<bool> {
        Ok(self.acknowledged() < self.done()? + AHEAD)
    }

    /// Waits until nothing is queued and nothing runs.
    pub(crate) fn until_over(&self) -> Result<()> {
        wait_until("the end of all runs", || {
            // Both at once: one that is taken over goes from running to queued.
            let open = ["execution", "list", "--state", "queued", "--state", "running", "--limit", "1"];
            Ok(self.world.json(&open)?.as_array().is_some_and(Vec::is_empty))
        })
    }

    /// Everything that must not be, in the history and in what the work has left. Call it when no node runs.
    pub(crate) fn violations(&self) -> Result<Vec<String>> {
        let entries = self.world.history()?;
        let asked = self.asked();
        let mut found = history::violations(&entries, asked.acknowledged.keys().map(String::as_str));
        let ended = history::ended(&entries);

        // Every run made one copy, of its own letter.
        let mut letters = BTreeMap::new();
        for name in names(&self.made())? {
            let content = std::fs::read_to_string(self.made().join(&name))?;
            let number = (1..=asked.numbers).find(|n| letter(*n) == content);
            match (name.strip_suffix(".txt"), number) {
                (Some(id), Some(number)) if ended.contains_key(id) => {
                    if asked.acknowledged.get(id).is_some_and(|acknowledged| *acknowledged != number) {
                        found.push(format!("{name} holds the letter {number} of another run"));
                    }
                    if let Some(other) = letters.insert(number, id.to_owned()) {
                        found.push(format!("the letter {number} was copied by {other} and by {id}"));
                    }
                }
                _ => found.push(format!("made/{name} is nobody's work, or done twice")),
            }
        }
        for id in ended.keys().filter(|id| !letters.values().any(|made| made == *id)) {
            found.push(format!("run {id} left no copy"));
        }

        // Every letter of a run was moved, and those of no run lie where they lay.
        let numbers: BTreeSet<u64> = letters.into_keys().collect();
        let files = |numbers: &mut dyn Iterator<Item = u64>| -> BTreeSet<String> {
            numbers.map(|n| format!("{n}.txt")).collect()
        };
        let sends = numbers.iter().copied().filter(|n| n.is_multiple_of(SENDS));
        let rest = (1..=asked.numbers).filter(|n| !numbers.contains(n));
        let places = [
            (self.world.folder().join("out"), files(&mut numbers.iter().copied())),
            (self.world.folder().join("letters"), files(&mut rest.into_iter())),
            (self.world.sshd.data().join("sent"), files(&mut sends.into_iter())),
        ];
        for (folder, expected) in places {
            let there = names(&folder)?;
            let place = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.extend(expected.difference(&there).map(|name| format!("{place}/{name} is missing")));
            found.extend(there.difference(&expected).map(|name| format!("{place}/{name} must not be there")));
            for name in there.intersection(&expected) {
                let content = std::fs::read_to_string(folder.join(name))?;
                if name.strip_suffix(".txt").and_then(|n| n.parse().ok()).map(letter) != Some(content) {
                    found.push(format!("{place}/{name} does not hold its letter"));
                }
            }
        }
        Ok(found)
    }

    /// Fails if anything is as it must not be. `why` is told with it.
    pub(crate) fn check(&self, why: &str) -> Result<()> {
        let found = self.violations()?;
        ensure!(found.is_empty(), "{why}: {} violations\n{}", found.len(), found.join("\n"));
        Ok(())
    }
}

/// Waits until it is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        ensure!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        // The machine is needed by those who are waited for.
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Ok(())
}

/// Of a few blocks, so that it is not written at once.
fn letter(number: u64) -> String {
    format!("Letter {number}.\n").repeat(1_000)
}

fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

fn bundle(world: &World) -> Value {
    let at = |name: &str| world.folder().join(name).display().to_string();
    let step = |name: &str, kind: &str, configuration: Value| json!({ "name": name, "type_key": kind, "configuration": configuration });
    let letter = at("letters/{{ params.n }}.txt");
    let steps = [
        step("Note", "context.set", json!({ "values": { "number": "{{ params.n }}" } })),
        step(
            "Copy",
            "file.copy",
            json!({ "source_path": letter, "destination_path": at("made/{{ execution.id }}.txt"), "overwrite": "rename" }),
        ),
        step(
            "Move",
            "file.move",
            json!({ "source_path": letter, "destination_path": at("out/"), "overwrite": "fail" }),
        ),
        step(
            "Send",
            "sftp.upload",
            json!({ "connection_id": "partner", "local_path": at("out/{{ params.n }}.txt"), "remote_path": world.sshd.remote("sent/"), "overwrite": "rename" }),
        ),
    ];
    let job = |name: &str, steps: &[Value]| {
        json!({ "name": name, "max_instances": 16, "parameters": [{ "name": "n", "type": "text", "required": true }],
                "failure_policy": { "type": "retry_step", "max_retries": 5, "backoff_base_seconds": 1, "backoff_max_seconds": 1 },
                "steps": steps })
    };
    json!({
        "courier": 1,
        // A run whose nodes are killed all the time is taken over more often than a sane one ever is.
        "settings": { "job.concurrency_limit": "16", "job.rescue_limit": "1000" },
        "ssh_keys": [{ "name": "ops", "import": { "file": world.sshd.client_key() } }],
        "connections": [{ "name": "partner", "protocol": "sftp", "host": "127.0.0.1", "port": world.sshd.port(),
                          "username": world.sshd.user(), "auth_method": "ssh_key", "ssh_key_id": "ops",
                          "host_key_policy": "trust_on_first_use" }],
        "jobs": [job("keep", &steps[..3]), job("send", &steps)],
    })
}
