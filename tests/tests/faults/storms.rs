//! What befalls everybody at once: the database server goes away and comes back, clocks jump.

use crate::kills::{asking, spin};
use crate::node::Node;
use crate::work::Work;
use crate::world::{Database, World};
use anyhow::{Context, Result};
use courier_testkit::data::Dice;
use courier_testkit::soak::times;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How often the database server crashes.
const CRASHES: u64 = 5;
/// How often a clock is set.
const JUMPS: u64 = 12;
/// Where clocks are set to, in seconds from the right time.
const TIMES: [&str; 6] = ["-90000", "-3600", "-31", "+0", "+31", "+3600"];

/// A lease that is over soon: a run whose node could not read its job while the server was away waits for that.
const LEASE: (&str, &str) = ("COURIER_FAULT_LEASE_SECONDS", "3");

#[test]
fn acknowledged_work_survives_crashes_of_the_database_server() -> Result<()> {
    let world = World::new(Database::Postgres, &[LEASE])?;
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

/// The wall clock of one program; what measures spans is left alone, as it is when a person sets the time.
struct Clock {
    file: PathBuf,
    library: PathBuf,
}

impl Clock {
    fn new(world: &World, home: usize) -> Result<Self> {
        let clock = Self { file: world.folder().join(format!("clock-{home}")), library: library()? };
        clock.set("+0")?;
        Ok(clock)
    }

    /// Whoever reads it meanwhile finds the old time or the new one.
    fn set(&self, offset: &str) -> Result<()> {
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, offset)?;
        Ok(std::fs::rename(beside, &self.file)?)
    }

    fn agent(&self, world: &World, home: usize) -> Result<Node> {
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
