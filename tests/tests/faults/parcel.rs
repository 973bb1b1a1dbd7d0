//! One file on its way over a slow line, long enough to stop its node in the middle of it.
//!
//! The names that `send` and `fetch` give have the time in them: a node that goes on after another has done its work
//! finds nothing at its own name, and nothing but its lost lease keeps it from delivering a second time. `store` gives
//! a name that every attempt agrees on.

use crate::history;
use crate::node::Node;
use crate::patience::PATIENCE;
use crate::work::wait_until;
use crate::world::{Database, World};
use anyhow::{Context, Result, ensure};
use courier_testkit::proxy::Rules;
use courier_testkit::{Proxy, data};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const SIZE: u64 = 1_000_000;
/// Bytes a second; ten seconds for a parcel.
const SLOW: u64 = 100_000;
/// How names end that are not final.
const PART: &str = ".part";
/// What a store that is locked is told by.
const STORE_UNAVAILABLE: i32 = 7;

pub(crate) struct Parcels {
    pub(crate) world: World,
    line: Proxy,
    /// Runs by id, with their job.
    asked: BTreeMap<String, String>,
}

impl Parcels {
    pub(crate) fn new(database: Database, environment: &[(&'static str, &str)]) -> Result<Self> {
        let world = World::new(database, environment)?;
        let line = Proxy::start(world.sshd.port(), Rules { rate: Some(SLOW), ..Rules::default() })?;
        for folder in [world.folder().join("fetched"), world.sshd.data().join("sent")] {
            std::fs::create_dir_all(folder)?;
        }
        for source in [world.folder().join("parcel.bin"), world.sshd.data().join("parcel.bin")] {
            data::write_file(&source, SIZE, 7)?;
        }
        world.apply(&bundle(&world, &line))?;
        Ok(Self { world, line, asked: BTreeMap::new() })
    }

    /// Queues a run of `job` (`send`, `fetch` or `store`); `None` where the store is locked.
    pub(crate) fn ask(&mut self, job: &str) -> Result<Option<String>> {
        let done = self.world.run(&["--json", "run", job, "--detach"])?;
        if done.status == STORE_UNAVAILABLE {
            return Ok(None);
        }
        ensure!(done.status == 0, "{}", done.stderr);
        let told: Value = serde_json::from_str(&done.stdout)?;
        let id = told["id"].as_str().context("no id")?.to_owned();
        self.asked.insert(id.clone(), job.to_owned());
        Ok(Some(id))
    }

    /// Waits until a part of the run's parcel has arrived.
    pub(crate) fn until_moving(&self, id: &str) -> Result<()> {
        wait_until("a part of the parcel", || {
            Ok(self.files()?.iter().any(|(name, _)| name.starts_with(id) && name.ends_with(PART)))
        })
    }

    /// Stops a node, but not while it holds up everybody: a machine that sleeps in the middle of a write to a SQLite
    /// file keeps it locked, and nobody can do anything about that. Gives the run that proved it, of another job.
    pub(crate) fn freeze(&mut self, node: &Node, job: &str) -> Result<String> {
        loop {
            node.freeze()?;
            if let Some(id) = self.ask(job)? {
                return Ok(id);
            }
            node.wake()?;
        }
    }

    /// From now on nothing is slow.
    pub(crate) fn hurry(&self) {
        self.line.set(Rules::default());
    }

    /// Waits until every run has ended.
    pub(crate) fn until_over(&self) -> Result<()> {
        wait_until("the end of all runs", || {
            let listed =
                self.world.json(&["execution", "list", "--state", "completed", "--limit", "10000"])?;
            Ok(listed.as_array().map(Vec::len) == Some(self.asked.len()))
        })
    }

    /// Waits until a run has so many files at their names.
    pub(crate) fn until_delivered(&self, id: &str, times: usize) -> Result<()> {
        wait_until("a delivery", || Ok(self.delivered(id)?.len() >= times))
    }

    /// Waits until a node that was stopped has found out that its run is another's.
    pub(crate) fn until_told(node: &Node) -> Result<()> {
        node.log().wait_for("another node has taken the run over", PATIENCE)
    }

    /// Everything that must not be. Call it when no node runs.
    pub(crate) fn violations(&self) -> Result<Vec<String>> {
        let entries = self.world.history()?;
        let mut found = history::violations(&entries, self.asked.keys().map(String::as_str));
        let content = data::sha256(&data_of_parcel(&self.world)?);
        for id in self.asked.keys() {
            let delivered = self.delivered(id)?;
            if delivered.len() != 1 {
                found.push(format!("run {id} delivered {} times", delivered.len()));
            }
            for path in delivered {
                if data::sha256(&std::fs::read(&path)?) != content {
                    found.push(format!("{} is not the parcel", path.display()));
                }
            }
        }
        for (name, _) in self.files()?.into_iter().filter(|(name, _)| name.ends_with(PART)) {
            // What was begun under a name that no other attempt knows stays there; nobody takes it for a parcel.
            if self.asked.iter().any(|(id, job)| name.starts_with(id) && job == "store") {
                found.push(format!("{name} was left behind"));
            }
        }
        Ok(found)
    }

    fn delivered(&self, id: &str) -> Result<Vec<PathBuf>> {
        let whole =
            |(name, path): (String, PathBuf)| (name.starts_with(id) && !name.ends_with(PART)).then_some(path);
        Ok(self.files()?.into_iter().filter_map(whole).collect())
    }

    /// Everything that was delivered or begun, by its name below the folder of its kind.
    fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut found = Vec::new();
        for folder in [self.world.folder().join("fetched"), self.world.sshd.data().join("sent")] {
            let mut open = vec![folder.clone()];
            while let Some(inner) = open.pop() {
                for entry in std::fs::read_dir(inner)? {
                    let path = entry?.path();
                    // One that is renamed meanwhile is found under one of its names, or the next time.
                    if path.is_dir() {
                        open.push(path);
                    } else {
                        found.push((path.strip_prefix(&folder)?.to_string_lossy().into_owned(), path));
                    }
                }
            }
        }
        Ok(found)
    }
}

fn data_of_parcel(world: &World) -> Result<Vec<u8>> {
    Ok(std::fs::read(world.folder().join("parcel.bin"))?)
}

fn bundle(world: &World, line: &Proxy) -> Value {
    let parcel = world.folder().join("parcel.bin");
    let fetched = world.folder().join("fetched");
    let name = "{{ execution.id }}-{{ now | date('%H%M%S%f') }}";
    let job = |job: &str, kind: &str, mut configuration: Value| {
        configuration["connection_id"] = json!("partner");
        json!({ "name": job, "max_instances": 16, "failure_policy": { "type": "stop" },
                "steps": [{ "name": "Parcel", "type_key": kind, "configuration": configuration }] })
    };
    json!({
        "courier": 1,
        "settings": { "job.concurrency_limit": "16" },
        "ssh_keys": [{ "name": "ops", "import": { "file": world.sshd.client_key() } }],
        "connections": [{ "name": "partner", "protocol": "sftp", "host": "127.0.0.1", "port": line.port(),
                          "username": world.sshd.user(), "auth_method": "ssh_key", "ssh_key_id": "ops",
                          "host_key_policy": "trust_on_first_use" }],
        "jobs": [
            job("send", "sftp.upload", json!({ "local_path": parcel, "remote_path": world.sshd.remote(&format!("sent/{name}")) })),
            job("fetch", "sftp.download", json!({ "remote_path": world.sshd.remote("parcel.bin"), "local_path": fetched.join(name) })),
            job("store", "sftp.upload", json!({ "local_path": parcel, "remote_path": world.sshd.remote("sent/{{ execution.id }}.bin") })),
        ],
    })
}
