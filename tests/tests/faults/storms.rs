//! What befalls everybody at once: the database server goes away and comes back, clocks jump.

use crate::history;
use crate::kills::{asking, spin};
use crate::node::Node;
use crate::work::{Work, wait_until};
use crate::world::{Database, World};
use anyhow::{Context, Result, ensure};
use courier_testkit::data::Dice;
use courier_testkit::soak::times;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How often the database server crashes.
const CRASHES: u64 = 5;
/// How often a clock is set.
const JUMPS: u64 = 12;
/// Where clocks are set to, in seconds from the right time.
const TIMES: [&str; 6] = ["-90000", "-3600", "-31", "+0", "+31", "+3600"];

/// A lease that is over soon enough for clocks to matter.
const LEASE: (&str, &str) = ("COURIER_FAULT_LEASE_SECONDS", "3");
/// Half of a lease: whoever waited for its end would not be done by then.
const BEFORE_THE_LEASE_IS_OVER: Duration = Duration::from_secs(15);
/// Rounds of a loop that is not over when the server goes away.
const ROUNDS: usize = 300;

#[test]
fn acknowledged_work_survives_crashes_of_the_database_server() -> Result<()> {
    let world = World::new(Database::Postgres, &[])?;
    let work = Work::new(&world)?;
    let mut dice = Dice::new();
    let why = format!("COURIER_SEED={}", dice.seed);
    let (server, _) = world.postgres.as_ref().context("no server")?;
    let nodes = vec![world.agent(0)?, world.agent(1)?];
    asking(&work, || {
        for _ in 0..times("CRASHES", CRASHES) {
            work.until_done(work.done()?, 1 + usize::try_from(dice.below(8))?)?;
            spin(Duration::from_micros(dice.below(50_000)));
            server.stop()?;
            spin(Duration::from_millis(dice.below(500)));
            server.start_again()?;
        }
        Ok(())
    })
    .context(why.clone())?;
    work.until_over().context(why.clone())?;
    nodes.into_iter().try_for_each(Node::end)?;
    work.check(&why)
}

#[test]
fn clocks_that_jump_lose_nothing_and_do_nothing_twice() -> Result<()> {
    for (database, nodes) in [(Database::Sqlite, 2), (Database::Postgres, 3)] {
        let world = World::new(database, &[LEASE])?;
        let work = Work::new(&world)?;
        let mut dice = Dice::new();
        let why = format!("COURIER_SEED={} on {database:?}", dice.seed);
        let clocks: Vec<Clock> = (0..nodes).map(|home| Clock::new(&world, home)).collect::<Result<_>>()?;
        let agents = (0..nodes).zip(&clocks).map(|(home, clock)| clock.agent(&world, home));
        let agents: Vec<Node> = agents.collect::<Result<_>>()?;
        asking(&work, || {
            for _ in 0..times("JUMPS", JUMPS) {
                work.until_done(work.done()?, 1 + usize::try_from(dice.below(4))?)?;
                let clock = &clocks[usize::try_from(dice.below(nodes as u64))?];
                clock.set(TIMES[usize::try_from(dice.below(TIMES.len() as u64))?])?;
            }
            Ok(())
        })
        .context(why.clone())?;
        clocks.iter().try_for_each(|clock| clock.set("+0"))?;
        work.until_over().context(why.clone())?;
        agents.into_iter().try_for_each(Node::end)?;
        work.check(&why)?;
    }
    Ok(())
}

#[test]
fn a_run_that_could_not_read_goes_on_as_soon_as_the_server_is_back() -> Result<()> {
    let world = World::new(Database::Postgres, &[])?;
    let (letter, made) = (world.folder().join("letter"), world.folder().join("made"));
    std::fs::write(&letter, "Letter.")?;
    std::fs::create_dir(&made)?;
    let steps = json!([
        { "name": "Each", "type_key": "flow.foreach", "configuration": { "source": format!("{{{{ range({ROUNDS}) | list }}}}"), "concurrency": 2 } },
        { "name": "Copy", "type_key": "file.copy",
          "configuration": { "source_path": letter, "destination_path": format!("{}/{{{{ loop.item }}}}", made.display()), "overwrite": "fail" } },
        { "name": "End", "type_key": "flow.end" },
    ]);
    world.apply(&json!({ "courier": 1, "jobs": [{ "name": "copies", "steps": steps }] }))?;
    let node = world.agent(0)?;
    let run = world.json(&["run", "copies", "--detach"])?;
    let id = run["id"].as_str().context("no id")?;
    let copies = || Ok::<_, anyhow::Error>(std::fs::read_dir(&made)?.count());
    wait_until("a few copies", || Ok(copies()? > 10))?;
    let (server, _) = world.postgres.as_ref().context("no server")?;
    server.stop()?;
    let before = copies()?;
    ensure!(before + 2 < ROUNDS, "all was done before the server went away");
    server.start_again()?;
    let back = Instant::now();
    // What was under way when it went away may be there already.
    wait_until("more copies", || Ok(copies()? > before + 2))?;
    ensure!(back.elapsed() < BEFORE_THE_LEASE_IS_OVER, "it took {:?}", back.elapsed());
    wait_until("the end of the run", || {
        let state = world.json(&["execution", "show", id])?["state"].clone();
        ensure!(state != "failed", "the run failed");
        Ok(state == "completed")
    })?;
    ensure!(copies()? == ROUNDS, "{} copies", copies()?);
    node.end()?;
    let found = history::violations(&world.history()?, [id]);
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

/// On several machines the clocks differ; the server's decides whether a lease is over.
#[test]
fn a_node_whose_clock_is_ahead_takes_nothing_from_one_that_is_alive() -> Result<()> {
    let world = World::new(Database::Postgres, &[LEASE])?;
    let steps = json!([{ "name": "Wait", "type_key": "flow.wait", "configuration": { "seconds": 5 } }]);
    world.apply(&json!({ "courier": 1, "jobs": [{ "name": "wait", "steps": steps }] }))?;
    let right = world.agent(0)?;
    let run = world.json(&["run", "wait", "--detach"])?;
    let id = run["id"].as_str().context("no id")?;
    let show = || world.json(&["execution", "show", id]);
    wait_until("the run", || Ok(show()?["state"] == "running"))?;
    let clock = Clock::new(&world, 1)?;
    clock.set("+3600")?;
    let ahead = clock.agent(&world, 1)?;
    wait_until("the end of the run", || Ok(show()?["state"] == "completed"))?;
    [right, ahead].into_iter().try_for_each(Node::end)?;
    let history = world.history()?;
    let claims = history.iter().filter(|entry| entry.details()["epoch"].is_i64()).count();
    ensure!(claims == 1, "the run was taken {claims} times");
    Ok(())
}

/// The wall clock of one program; what measures spans is left alone, as it is when a person sets the time.
pub(crate) struct Clock {
    file: PathBuf,
    library: PathBuf,
}

impl Clock {
    pub(crate) fn new(world: &World, home: usize) -> Result<Self> {
        let clock = Self { file: world.folder().join(format!("clock-{home}")), library: library()? };
        clock.set("+0")?;
        Ok(clock)
    }

    /// Whoever reads it meanwhile finds the old time or the new one.
    pub(crate) fn set(&self, offset: &str) -> Result<()> {
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, offset)?;
        Ok(std::fs::rename(beside, &self.file)?)
    }

    pub(crate) fn agent(&self, world: &World, home: usize) -> Result<Node> {
        let mut command: Command = world.command(home, &["-v", "agent"])?;
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        Node::start(command)
    }
}

fn library() -> Result<PathBuf> {
    let folders = std::fs::read_dir(Path::new("/usr/lib"))?.flatten().map(|entry| entry.path());
    folders
        .map(|folder| folder.join("faketime/libfaketime.so.1"))
        .find(|library| library.exists())
        .context("libfaketime is not there: install the package `faketime`")
}
