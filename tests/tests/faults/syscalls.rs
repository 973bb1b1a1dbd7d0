//! The main flows, killed before each of their durable system calls in turn: keep, send, fetch, seal and open files by
//! a job, and apply a bundle.
//!
//! Every flow is started anew, with a number of its own, and killed one call later each time until it comes to its end
//! alive. After each kill a node starts, as it would on the next morning: a run whose place in the queue is known is
//! brought to its end, one that is not has left no trace. Takes long, and needs the program `kill_at` of the test kit.

use crate::history;
use crate::work::wait_until;
use crate::world::{Database, World, binary};
use anyhow::{Context, Result, ensure};
use courier_testkit::soak::times;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const KILLED: i32 = 137;
/// No flow has more durable calls.
const MOST: u64 = 2_000;
const FLOWS: [&str; 5] = ["keep", "send", "fetch", "seal", "open"];

#[test]
#[ignore = "takes long: npm run soak"]
fn every_flow_survives_a_kill_at_each_durable_call() -> Result<()> {
    let place = Place::new()?;
    for flow in FLOWS {
        let calls = survives(|n| place.run(flow, n)).with_context(|| flow.to_owned())?;
        eprintln!("{flow}: killed at {calls} calls");
    }
    let calls = survives(|n| place.apply(n)).context("apply")?;
    eprintln!("apply: killed at {calls} calls");
    place.over()
}

/// Tries with the kill at the first call, at the second, and so on; gives the number of kills.
fn survives(attempt: impl Fn(u64) -> Result<bool>) -> Result<u64> {
    let step = times("STRIDE", 1);
    for (kills, n) in (0..).zip((1..=MOST).step_by(usize::try_from(step)?)) {
        let killed = attempt(n).with_context(|| format!("killed before its durable call {n}"))?;
        if !killed {
            return Ok(kills);
        }
    }
    anyhow::bail!("it never came to its end")
}

struct Place {
    world: World,
    kill_at: PathBuf,
}

impl Place {
    fn new() -> Result<Self> {
        let world = World::new(Database::Sqlite, &[])?;
        let kill_at = binary()?.with_file_name("examples").join("kill_at");
        ensure!(kill_at.is_file(), "{} is missing: run `npm run soak`", kill_at.display());
        for folder in ["letters", "done"] {
            std::fs::create_dir(world.folder().join(folder))?;
        }
        for folder in ["sent", "out"] {
            std::fs::create_dir(world.sshd.data().join(folder))?;
        }
        let place = Self { world, kill_at };
        place.world.apply(&place.bundle())?;
        // What `open` opens.
        place.write(&place.at("letters/open.txt"), 0)?;
        let (letter, zip, sealed) =
            (place.text("letters/open.txt"), place.text("open.zip"), place.text("open.zip.pgp"));
        place.world.ok(&["archive", "create", &zip, &letter, "--format", "zip"])?;
        place.world.ok(&[
            "pgp",
            "encrypt",
            &zip,
            "--recipient",
            "ours",
            "--sign-with",
            "ours",
            "--output",
            &sealed,
        ])?;
        Ok(place)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.world.folder().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    fn write(&self, path: &Path, n: u64) -> Result<()> {
        std::fs::write(path, content(n)).with_context(|| path.display().to_string())
    }

    /// Runs the command and kills it; whether it was killed.
    fn killed(&self, n: u64, args: &[&str]) -> Result<bool> {
        let plain = self.world.command(0, args)?;
        let mut command = Command::new(&self.kill_at);
        command.arg(n.to_string()).arg(plain.get_program()).args(plain.get_args());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let done = command.stdin(Stdio::null()).output().context("cannot start kill_at")?;
        match done.status.code() {
            Some(KILLED) => Ok(true),
            Some(0) => Ok(false),
            _ => anyhow::bail!("ended with {}: {}", done.status, String::from_utf8_lossy(&done.stderr)),
        }
    }

    /// One run of a flow, which is killed at its `n`th durable call and brought to its end by another node.
    fn run(&self, flow: &str, n: u64) -> Result<bool> {
        let name = format!("{flow}-{n}.txt");
        let source = match flow {
            "fetch" => self.world.sshd.data().join("out").join(&name),
            _ => self.at("letters").join(&name),
        };
        self.write(&source, n)?;
        let before = self.runs()?;
        let killed = self.killed(n, &["run", flow, "--param", &format!("n={n}")])?;
        if killed {
            let node = self.world.agent(0)?;
            wait_until("the end of the run", || self.is_idle())?;
            node.end()?;
        }
        let is_known = self.runs()? > before;
        ensure!(killed || is_known, "a run that ended is not known");
        let left = self.left(flow, n)?;
        ensure!(left.len() == usize::from(is_known), "known: {is_known}, left: {left:?}");
        for path in &left {
            self.is_right(flow, path, n)?;
        }
        let taken = is_known && matches!(flow, "keep" | "send" | "fetch");
        ensure!(source.exists() != taken, "known: {is_known}, and the source is there: {}", source.exists());
        Ok(killed)
    }

    fn runs(&self) -> Result<usize> {
        let runs = self.world.json(&["execution", "list", "--limit", "10000"])?;
        Ok(runs.as_array().map_or(0, Vec::len))
    }

    fn is_idle(&self) -> Result<bool> {
        let runs = self.world.json(&["execution", "list", "--limit", "10000"])?;
        let moving = |run: &Value| matches!(run["state"].as_str(), Some("queued" | "running" | "paused"));
        Ok(!runs.as_array().is_some_and(|runs| runs.iter().any(moving)))
    }

    /// What the flow has left where it delivers; names that are not final are among it.
    fn left(&self, flow: &str, n: u64) -> Result<Vec<PathBuf>> {
        let folder = if flow == "send" { self.world.sshd.data().join("sent") } else { self.at("done") };
        let prefix = format!("{flow}-{n}.");
        let mut left = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                left.push(entry.path());
            }
        }
        Ok(left)
    }

    fn is_right(&self, flow: &str, path: &Path, n: u64) -> Result<()> {
        let found = match flow {
            "seal" => {
                let opened = self.text("opened.zip");
                let sealed = path.display().to_string();
                self.world.ok(&[
                    "pgp",
                    "decrypt",
                    &sealed,
                    "--require-signature",
                    "--output",
                    &opened,
                    "--overwrite",
                ])?;
                let into = self.text("unpacked");
                std::fs::create_dir_all(&into)?;
                self.world.ok(&["archive", "extract", &opened, "--output", &into])?;
                let file = self.at("unpacked").join(format!("seal-{n}.txt"));
                let found = std::fs::read_to_string(file)?;
                std::fs::remove_dir_all(into)?;
                found
            }
            _ => std::fs::read_to_string(path)?,
        };
        let expected = content(if flow == "open" { 0 } else { n });
        ensure!(found == expected, "{} does not hold what it must", path.display());
        Ok(())
    }

    /// Applies a bundle with a new job; killed, it is there or not, and can be applied again.
    fn apply(&self, n: u64) -> Result<bool> {
        let name = format!("applied-{n}");
        let step =
            json!({ "name": "Step", "type_key": "context.set", "configuration": { "values": { "n": n } } });
        let bundle = json!({ "courier": 1, "tags": [{ "name": name }],
                             "jobs": [{ "name": name, "tags": [name], "steps": [step] }] });
        let file = self.text("applied.json");
        std::fs::write(&file, bundle.to_string())?;
        let killed = self.killed(n, &["apply", "-f", &file])?;
        let jobs = || -> Result<usize> {
            let jobs = self.world.json(&["job", "list"])?;
            Ok(jobs.as_array().into_iter().flatten().filter(|job| job["name"] == name.as_str()).count())
        };
        let there = jobs()?;
        ensure!(there == 1 || (killed && there == 0), "the job is there {there} times");
        self.world.ok(&["apply", "-f", &file])?;
        ensure!(jobs()? == 1, "the job is not there");
        Ok(killed)
    }

    /// Once everything is over.
    fn over(&self) -> Result<()> {
        let found = history::violations(&self.world.history()?, []);
        ensure!(found.is_empty(), "{} violations\n{}", found.len(), found.join("\n"));
        self.world.ok(&["db", "check"]).map(drop)
    }

    fn bundle(&self) -> Value {
        let step = |name: &str, kind: &str, configuration: Value| json!({ "name": name, "type_key": kind, "configuration": configuration });
        let letter = |flow: &str| self.text(&format!("letters/{flow}-{{{{ params.n }}}}.txt"));
        let done = |name: &str| self.text(&format!("done/{name}"));
        let moved = |from: &str, to: String| {
            step(
                "Move",
                "file.move",
                json!({ "source_path": from, "destination_path": to, "overwrite": "fail" }),
            )
        };
        let sshd = &self.world.sshd;
        let remote = |name: &str| sshd.remote(name);
        let flows = [
            ("keep", vec![moved(&letter("keep"), done(""))]),
            (
                "send",
                vec![step(
                    "Send",
                    "sftp.upload",
                    json!({ "connection_id": "partner", "local_path": letter("send"), "remote_path": remote("sent/"), "after_upload": "delete", "overwrite": "fail" }),
                )],
            ),
            (
                "fetch",
                vec![
                    step(
                        "Fetch",
                        "sftp.download",
                        json!({ "connection_id": "partner", "remote_path": remote("out/fetch-{{ params.n }}.txt"), "after_download": "delete" }),
                    ),
                    moved("{{ steps.fetch.files }}", done("")),
                ],
            ),
            (
                "seal",
                vec![
                    step(
                        "Pack",
                        "file.zip",
                        json!({ "source_paths": letter("seal"), "output_path": "sealed.zip", "overwrite": "fail" }),
                    ),
                    step(
                        "Seal",
                        "pgp.encrypt",
                        json!({ "input_path": "{{ steps.pack.archive }}", "recipient_key_ids": ["ours"], "signing_key_id": "ours" }),
                    ),
                    moved("{{ steps.seal.files }}", done("seal-{{ params.n }}.zip.pgp")),
                ],
            ),
            (
                "open",
                vec![
                    step(
                        "Open",
                        "pgp.decrypt",
                        json!({ "input_path": self.text("open.zip.pgp"), "output_path": "open.zip", "require_signature": true, "signer_key_ids": ["ours"] }),
                    ),
                    step(
                        "Unpack",
                        "file.unzip",
                        json!({ "archive_path": "{{ steps.open.files }}", "overwrite": "fail" }),
                    ),
                    moved("{{ steps.unpack.files }}", done("open-{{ params.n }}.txt")),
                ],
            ),
        ];
        let job = |(name, steps): &(&str, Vec<Value>)| {
            json!({ "name": name, "parameters": [{ "name": "n", "type": "text", "required": true }],
                    "failure_policy": { "type": "stop" }, "steps": steps })
        };
        json!({
            "courier": 1,
            "ssh_keys": [{ "name": "ops", "import": { "file": sshd.client_key() } }],
            "pgp_keys": [{ "name": "ours", "generate": { "algorithm": "ecc_curve25519", "user_id": "Ours <ours@example.org>", "expires_in_days": 30 } }],
            "connections": [{ "name": "partner", "protocol": "sftp", "host": "127.0.0.1", "port": sshd.port(),
                              "username": sshd.user(), "auth_method": "ssh_key", "ssh_key_id": "ops",
                              "host_key_policy": "trust_on_first_use" }],
            "jobs": flows.iter().map(job).collect::<Vec<_>>(),
        })
    }
}

fn content(n: u64) -> String {
    format!("Letter {n}.\n").repeat(1_000)
}
