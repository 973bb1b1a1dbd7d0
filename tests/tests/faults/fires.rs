//! Schedules while nodes are killed, stopped and set to other times: every fire time counts once, and none is passed over
//! in silence.

use crate::history::Entry;
use crate::kills::spin;
use crate::node::Node;
use crate::storms::Clock;
use crate::work::wait_until;
use crate::world::{Database, World};
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use courier_testkit::data::Dice;
use courier_testkit::soak::times;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often a node is killed or stopped.
const BLOWS: u64 = 6;
/// How often the clocks are set.
const JUMPS: u64 = 4;

type Instant = DateTime<Utc>;

/// A job that a schedule starts every second, whatever else is going on.
fn ticking(world: &World, policy: &str) -> Result<()> {
    world.apply(&json!({
        "courier": 1,
        "settings": { "job.concurrency_limit": "16", "job.rescue_limit": "1000" },
        "jobs": [{
            "name": "tick", "max_instances": 16,
            "steps": [{ "name": "Note", "type_key": "context.set", "configuration": { "values": { "done": true } } }],
            "schedules": [{ "schedule_type": "cron", "cron_expression": "* * * * * ?", "time_zone": "UTC",
                            "misfire_policy": policy }],
        }],
    }))
}

/// What the history tells of fire times.
#[derive(Debug, Default)]
struct Fires {
    /// In the order in which they were taken.
    taken: Vec<Instant>,
    /// From the first to the last of each report, and how many.
    missed: Vec<(Instant, Instant, u64)>,
    /// Runs that a schedule has started.
    runs: u64,
}

impl Fires {
    fn of(entries: &[Entry]) -> Result<Self> {
        let mut fires = Self::default();
        let at = |details: &Value, name: &str| -> Result<Instant> {
            details[name].as_str().context("no time")?.parse().context("not a time")
        };
        for entry in entries {
            match (entry.entity_type(), entry.operation()) {
                ("schedule", "Fired") => fires.taken.push(at(entry.details(), "fire_time")?),
                ("schedule", "Misfired") => fires.missed.push((
                    at(entry.details(), "first_at")?,
                    at(entry.details(), "last_at")?,
                    entry.details()["count"].as_u64().unwrap_or(0),
                )),
                ("job_execution", "StateChanged") if entry.details()["triggered_by"] == "schedule" => {
                    fires.runs += 1;
                }
                _ => {}
            }
        }
        Ok(fires)
    }

    /// Everything that must not be.
    fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        let different: BTreeSet<&Instant> = self.taken.iter().collect();
        if different.len() != self.taken.len() {
            found.push(format!("{} fire times were taken twice", self.taken.len() - different.len()));
        }
        for pair in different.iter().collect::<Vec<_>>().windows(2) {
            let [one, next] = pair else { continue };
            let reported = self
                .missed
                .iter()
                .any(|(first, last, _)| *first <= ***one && ***next <= *last + TimeDelta::seconds(1));
            if ***next - ***one != TimeDelta::seconds(1) && !reported {
                found.push(format!("between {one} and {next} nothing was fired and nothing is said"));
            }
        }
        found
    }
}

fn check(world: &World, expected_runs: impl Fn(&Fires) -> u64, why: &str) -> Result<()> {
    let fires = Fires::of(&world.history()?)?;
    let mut found = fires.violations();
    let expected = expected_runs(&fires);
    if fires.runs != expected {
        found.push(format!("{} runs were started instead of {expected}", fires.runs));
    }
    ensure!(found.is_empty(), "{why}: {} violations\n{}", found.len(), found.join("\n"));
    ensure!(!fires.taken.is_empty(), "{why}: nothing was fired at all");
    Ok(())
}

fn fired(world: &World) -> Result<usize> {
    let runs = world.json(&["execution", "list", "--job", "tick", "--limit", "10000"])?;
    Ok(runs.as_array().map_or(0, Vec::len))
}

/// The runs that are left are done, and no more are started.
fn end(world: &World, nodes: Vec<Node>) -> Result<()> {
    let schedules = world.json(&["schedule", "list"])?;
    world.ok(&["schedule", "disable", schedules[0]["id"].as_str().context("no schedule")?])?;
    wait_until("the end of all runs", || {
        let open = ["queued", "running"]
            .iter()
            .map(|state| world.json(&["execution", "list", "--state", state, "--limit", "1"]));
        Ok(open.collect::<Result<Vec<_>>>()?.iter().all(|left| left.as_array().is_some_and(Vec::is_empty)))
    })?;
    nodes.into_iter().try_for_each(Node::end)
}

#[test]
fn every_fire_time_counts_once_though_nodes_are_killed_and_stopped() -> Result<()> {
    for database in [Database::Sqlite, Database::Postgres] {
        let world = World::new(database, &[])?;
        ticking(&world, "run_all")?;
        let mut dice = Dice::new();
        let why = format!("COURIER_SEED={} on {database:?}", dice.seed);
        let mut nodes = vec![world.agent(0)?, world.agent(1)?];
        for blow in 0..times("BLOWS", BLOWS) {
            let before = fired(&world)?;
            wait_until("another fire", || Ok(fired(&world)? > before)).context(why.clone())?;
            spin(Duration::from_millis(dice.below(1_000)));
            let victim = usize::try_from(dice.below(2))?;
            if blow % 2 == 0 {
                nodes[victim].kill();
                nodes[victim] = world.agent(victim)?;
            } else {
                // As a machine that sleeps; the other one goes on.
                nodes[victim].freeze()?;
                spin(Duration::from_millis(500 + dice.below(1_500)));
                nodes[victim].wake()?;
            }
        }
        end(&world, nodes).context(why.clone())?;
        check(&world, |fires| fires.taken.len() as u64, &why)?;
    }
    Ok(())
}

#[test]
fn clocks_that_jump_neither_fire_twice_nor_pass_over_in_silence() -> Result<()> {
    for database in [Database::Sqlite, Database::Postgres] {
        let world = World::new(database, &[])?;
        ticking(&world, "run_once")?;
        let mut dice = Dice::new();
        let why = format!("COURIER_SEED={} on {database:?}", dice.seed);
        let clocks: Vec<Clock> = (0..2).map(|home| Clock::new(&world, home)).collect::<Result<_>>()?;
        let nodes = clocks.iter().enumerate().map(|(home, clock)| clock.agent(&world, home));
        let nodes: Vec<Node> = nodes.collect::<Result<_>>()?;
        let mut ahead = 0;
        for _ in 0..times("JUMPS", JUMPS) {
            let before = fired(&world)?;
            wait_until("another fire", || Ok(fired(&world)? > before)).context(why.clone())?;
            // Forwards only: after a jump back nothing is due for as long as it was.
            ahead += 61 + dice.below(7_200);
            for clock in &clocks {
                clock.set(&format!("+{ahead}"))?;
            }
        }
        let before = fired(&world)?;
        wait_until("a fire after the last jump", || Ok(fired(&world)? > before)).context(why.clone())?;
        end(&world, nodes).context(why.clone())?;
        // One run for each report of missed times is among those taken: it stands for the first of them.
        check(&world, |fires| fires.taken.len() as u64, &why)?;
    }
    Ok(())
}
