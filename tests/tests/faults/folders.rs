//! Monitors while the nodes that look after them are killed and stopped: every file starts one run, whoever finds it.

use crate::kills::spin;
use crate::node::Node;
use crate::work::wait_until;
use crate::world::{Database, World};
use crate::{history, silence};
use anyhow::{Context, Result, ensure};
use courier_testkit::data::Dice;
use courier_testkit::soak::times;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a node is killed or stopped, and so many files come meanwhile.
const BLOWS: u64 = 6;
const FILES: u64 = 600;
/// The same where a look takes seconds, because it is at a server.
const REMOTE_BLOWS: u64 = 2;
const REMOTE_FILES: u64 = 12;
/// A lease that is over before anybody tires of waiting for it.
const LEASE: (&str, &str) = ("COURIER_FAULT_LEASE_SECONDS", "3");

#[test]
fn files_of_a_folder_start_one_run_each_on_one_file() -> Result<()> {
    survives(Database::Sqlite, 2, Inbox::local)
}

#[test]
fn files_of_a_folder_start_one_run_each_on_one_server() -> Result<()> {
    survives(Database::Postgres, 2, Inbox::local)
}

#[test]
fn files_of_a_server_start_one_run_each_when_its_watcher_dies() -> Result<()> {
    survives(Database::Postgres, 2, Inbox::remote)
}

/// A folder that is watched, and how fast things go there.
struct Inbox {
    folder: PathBuf,
    target: Value,
    interval: u32,
    blows: u64,
    files: u64,
}

impl Inbox {
    fn local(world: &World) -> Self {
        let folder = world.folder().join("in");
        let target = json!({ "type": "local", "path": folder });
        Self { folder, target, interval: 1, blows: times("BLOWS", BLOWS), files: times("FILES", FILES) }
    }

    fn remote(world: &World) -> Self {
        let target = json!({ "type": "remote", "connection_id": "partner", "path": world.sshd.remote("in") });
        let (blows, files) = (times("REMOTE_BLOWS", REMOTE_BLOWS), times("REMOTE_FILES", REMOTE_FILES));
        Self { folder: world.sshd.data().join("in"), target, interval: 10, blows, files }
    }

    /// Puts a whole file there, by a name of its own.
    fn put(&self, number: u64) -> Result<()> {
        let beside = self.folder.join(format!("{number}.part"));
        std::fs::write(&beside, format!("Letter {number}."))?;
        Ok(std::fs::rename(beside, self.folder.join(format!("{number}.txt")))?)
    }
}

fn survives(database: Database, nodes: usize, inbox: fn(&World) -> Inbox) -> Result<()> {
    let world = World::new(database, &[LEASE])?;
    let inbox = inbox(&world);
    let made = world.folder().join("made");
    for folder in [&inbox.folder, &made] {
        std::fs::create_dir_all(folder)?;
    }
    world.apply(&bundle(&world, &inbox, &made))?;
    let mut dice = Dice::new();
    let why = format!("COURIER_SEED={} on {database:?}", dice.seed);
    let mut alive: Vec<Node> = (0..nodes).map(|home| world.agent(home)).collect::<Result<_>>()?;
    // What is there at the first look is known and starts nothing.
    wait_until("the first look", || Ok(world.json(&["monitor", "show", "Inbox"])?["looked_at"].is_string()))?;
    let started = || Ok::<_, anyhow::Error>(names(&made)?.len() as u64);
    let (mut put, rounds) = (0, inbox.blows + 1);
    for round in 1..=rounds {
        for number in put..inbox.files * round / rounds {
            inbox.put(number)?;
        }
        put = inbox.files * round / rounds;
        // In the middle of what there is to do.
        let some = started()? + 1 + dice.below((put - started()?).max(1) / 2);
        wait_until("a few more files", || Ok(started()? >= some.min(put)))
            .with_context(|| format!("{why}\n{}", told(&alive)))?;
        spin(Duration::from_micros(dice.below(50_000)));
        if round == rounds {
            break;
        }
        let victim = usize::try_from(dice.below(nodes as u64))?;
        let node = alive.get_mut(victim).context("no such node")?;
        if dice.below(3) == 0 {
            node.freeze()?;
            spin(silence::LONGER_THAN_A_SHORT_LEASE);
            node.wake()?;
        } else {
            node.kill();
            *node = world.agent(victim)?;
        }
    }
    wait_until("all files", || Ok(started()? >= put)).with_context(|| format!("{why}\n{}", told(&alive)))?;
    // Whoever comes last has looked at everything that came before.
    inbox.put(put)?;
    wait_until("the last file", || Ok(started()? > put)).context(why.clone())?;
    wait_until("the end of all runs", || {
        let left = world.json(&["execution", "list", "--state", "running", "--limit", "1"])?;
        let queued = world.json(&["execution", "list", "--state", "queued", "--limit", "1"])?;
        Ok([left, queued].iter().all(|list| list.as_array().is_some_and(Vec::is_empty)))
    })
    .context(why.clone())?;
    alive.into_iter().try_for_each(Node::end)?;
    check(&world, &made, put + 1).context(why)
}

/// What the nodes said.
fn told(nodes: &[Node]) -> String {
    nodes.iter().map(|node| node.log().text()).collect::<Vec<_>>().join("\n---\n")
}

/// Each file was copied once, by a run of its own, and its history is sound.
fn check(world: &World, made: &Path, files: u64) -> Result<()> {
    let expected: BTreeSet<String> = (0..files).map(|number| format!("{number}.txt")).collect();
    let there = names(made)?;
    let lost: Vec<_> = expected.difference(&there).collect();
    let doubled: Vec<_> = there.difference(&expected).collect();
    ensure!(lost.is_empty() && doubled.is_empty(), "lost: {lost:?}, done twice: {doubled:?}");
    let found = history::violations(&world.history()?, []);
    ensure!(found.is_empty(), "{}", found.join("\n"));
    let logged = world.json(&["monitor", "files", "Inbox", "--limit", "10000"])?;
    let logged = logged.as_array().map_or(0, Vec::len) as u64;
    ensure!(logged == files, "{logged} files of {files} are in the log");
    Ok(())
}

fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let entries =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Result<BTreeSet<String>> = entries.collect();
    Ok(names?.into_iter().filter(|name| name.ends_with(".txt")).collect())
}

/// Every file is a run, which copies it under its name, or beside it if it is there already.
fn bundle(world: &World, inbox: &Inbox, made: &Path) -> Value {
    let copy = match inbox.target["type"].as_str() {
        Some("remote") => json!({ "name": "Take", "type_key": "sftp.download", "configuration": {
            "connection_id": "partner", "remote_path": "{{ monitor.files[0].path }}",
            "local_path": format!("{}/", made.display()), "overwrite": "rename" } }),
        _ => json!({ "name": "Take", "type_key": "file.copy", "configuration": {
            "source_path": "{{ monitor.files[0].path }}", "destination_path": format!("{}/", made.display()),
            "overwrite": "rename" } }),
    };
    json!({
        "courier": 1,
        "settings": { "job.concurrency_limit": "16", "job.rescue_limit": "1000" },
        "ssh_keys": [{ "name": "ops", "import": { "file": world.sshd.client_key() } }],
        "connections": [{ "name": "partner", "protocol": "sftp", "host": "127.0.0.1", "port": world.sshd.port(),
                          "username": world.sshd.user(), "auth_method": "ssh_key", "ssh_key_id": "ops",
                          "host_key_policy": "trust_on_first_use" }],
        "jobs": [{ "name": "take", "max_instances": 16, "steps": [copy],
                   "failure_policy": { "type": "retry_step", "max_retries": 5, "backoff_base_seconds": 1, "backoff_max_seconds": 1 } }],
        "monitors": [{ "name": "Inbox", "watch_target": inbox.target, "run_on": "any", "file_patterns": ["*.txt"],
                       "polling_interval_sec": inbox.interval, "stability_window_sec": 1, "batch_mode": false,
                       "max_consecutive_failures": 1_000, "bindings": [{ "job_id": "take" }] }],
    })
}
