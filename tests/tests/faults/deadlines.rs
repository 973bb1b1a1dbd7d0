//! Deadlines of expected files while nodes are killed and clocks jump: each is checked once, and told once if files are
//! missing.

use crate::node::Node;
use crate::storms::Clock;
use crate::work::wait_until;
use crate::world::{Database, World};
use anyhow::{Context, Result, ensure};
use courier_testkit::data::Dice;
use courier_testkit::soak::times;
use serde_json::json;
use std::collections::BTreeSet;

/// How often the clocks go on to another day.
const JUMPS: u64 = 4;
const DAY: u64 = 86_400;

/// What the audit log and the events say of the clock.
struct Told {
    /// Deadlines that were checked, in their order.
    checked: Vec<String>,
    missing: usize,
}

fn told(world: &World) -> Result<Told> {
    let entries = world.history()?;
    let checked = entries.iter().filter(|entry| entry.operation() == "DeadlineChecked");
    let checked = checked.map(|entry| entry.details()["deadline_at"].as_str().unwrap_or_default().to_owned());
    let checked = checked.collect();
    let events = world.json(&["events", "list", "--type", "ExpectedFileMissing", "--limit", "1000"])?;
    Ok(Told { checked, missing: events.as_array().map_or(0, Vec::len) })
}

#[test]
fn a_deadline_is_checked_once_by_two_nodes_though_one_is_killed_and_clocks_jump() -> Result<()> {
    for database in [Database::Sqlite, Database::Postgres] {
        let world = World::new(database, &[])?;
        let folder = world.folder().join("in");
        std::fs::create_dir(&folder)?;
        world.apply(&json!({
            "courier": 1,
            "jobs": [{ "name": "import", "steps": [{ "name": "Note", "type_key": "context.set",
                "configuration": { "values": { "done": true } } }] }],
            "monitors": [{ "name": "inbox", "watch_target": { "type": "local", "path": folder }, "run_on": "any",
                "bindings": [{ "job_id": "import" }],
                "expected_files": { "by": "12:00", "time_zone": "UTC" } }],
        }))?;
        let mut dice = Dice::new();
        let why = format!("COURIER_SEED={} on {database:?}", dice.seed);
        let clocks: Vec<Clock> = (0..2).map(|home| Clock::new(&world, home)).collect::<Result<_>>()?;
        let nodes = clocks.iter().enumerate().map(|(home, clock)| clock.agent(&world, home));
        let mut nodes: Vec<Node> = nodes.collect::<Result<_>>()?;
        let mut ahead = 0;
        for jump in 0..times("JUMPS", JUMPS) {
            let before = told(&world)?.checked.len();
            // At least one deadline passes, and of several only the newest is checked.
            ahead += 2 * DAY + dice.below(2 * DAY);
            for clock in &clocks {
                clock.set(&format!("+{ahead}"))?;
            }
            wait_until("another deadline", || Ok(told(&world)?.checked.len() > before))
                .context(why.clone())?;
            let victim = usize::try_from(dice.below(2))?;
            nodes[victim].kill();
            nodes[victim] = clocks[victim].agent(&world, victim)?;
            // Back by less than a day, over the deadline that was checked perhaps.
            if jump % 2 == 1 {
                ahead -= dice.below(DAY / 2);
                for clock in &clocks {
                    clock.set(&format!("+{ahead}"))?;
                }
            }
        }
        nodes.into_iter().try_for_each(Node::end)?;
        let Told { checked, missing } = told(&world)?;
        let different: BTreeSet<&String> = checked.iter().collect();
        ensure!(different.len() == checked.len(), "{why}: checked twice: {checked:?}");
        ensure!(different.iter().copied().eq(&checked), "{why}: out of order: {checked:?}");
        ensure!(missing == checked.len(), "{why}: {missing} of {} deadlines were told", checked.len());
        let more = (checked.len() + 1).to_string();
        let rows = world.json(&["monitor", "checks", "inbox", "--limit", &more])?;
        // Old checks are removed in time; those that are left are the newest.
        let kept: Vec<&str> =
            rows.as_array().into_iter().flatten().filter_map(|r| r["deadline_at"].as_str()).collect();
        ensure!(
            !kept.is_empty()
                && kept.iter().copied().eq(checked.iter().rev().map(String::as_str).take(kept.len())),
            "{why}: {rows}"
        );
    }
    Ok(())
}
