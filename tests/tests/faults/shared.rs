//! One database, two agents, and a third program that asks for work and looks at the list, as the window does: every run
//! is done once, though an agent dies every few seconds.

use crate::kills::spin;
use crate::node::Node;
use crate::work::Work;
use crate::world::{Database, World};
use anyhow::{Context, Result, ensure};
use courier_testkit::data::Dice;
use courier_testkit::soak::times;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const JOBS: u64 = 200;
/// Programs that ask for work at the same time.
const ASKING: u64 = 2;

#[test]
fn two_agents_and_a_window_share_runs_while_agents_die() -> Result<()> {
    let world = World::new(Database::Postgres, &[])?;
    let work = Work::new(&world)?;
    let mut dice = Dice::new();
    let why = format!("COURIER_SEED={}", dice.seed);
    let jobs = times("JOBS", JOBS);
    let over = AtomicBool::new(false);
    let agents = std::thread::scope(|scope| -> Result<Vec<Node>> {
        let asking: Vec<_> = (0..ASKING)
            .map(|n| {
                let (work, mine) = (&work, (0..jobs).filter(|job| job % ASKING == n).count());
                scope.spawn(move || -> Result<()> {
                    for _ in 0..mine {
                        ensure!(work.ask()?, "a run was refused");
                    }
                    Ok(())
                })
            })
            .collect();
        let looking = scope.spawn(|| look(&world, &over));
        let mut agents = vec![world.agent(0)?, world.agent(1)?];
        let killed = (|| -> Result<()> {
            while asking.iter().any(|asks| !asks.is_finished()) || work.done()? < usize::try_from(jobs)? {
                spin(Duration::from_millis(1_000 + dice.below(2_000)));
                let victim = usize::try_from(dice.below(2))?;
                agents[victim].kill();
                agents[victim] = world.agent(victim)?;
            }
            work.until_over()
        })();
        over.store(true, Ordering::Relaxed);
        for asks in asking {
            asks.join().map_err(|_| anyhow::anyhow!("whoever asks for work broke"))??;
        }
        looking.join().map_err(|_| anyhow::anyhow!("whoever looks broke"))??;
        killed.map(|()| agents)
    })
    .context(why.clone())?;
    agents.into_iter().try_for_each(Node::end)?;
    ensure!(work.acknowledged() == usize::try_from(jobs)?, "{} runs", work.acknowledged());
    work.check(&why)
}

/// Lists all runs again and again: none is there twice, none goes away, and none that has ended runs again.
fn look(world: &World, over: &AtomicBool) -> Result<()> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    while !over.load(Ordering::Relaxed) {
        let listed = world.json(&["execution", "list", "--limit", "10000"])?;
        let mut seen = BTreeMap::new();
        for run in listed.as_array().into_iter().flatten() {
            let field = |name: &str| run[name].as_str().map(str::to_owned).context("a run without it");
            let (id, state) = (field("id")?, field("state")?);
            ensure!(
                known.get(&id).is_none_or(|was| was != "completed" || state == was.as_str()),
                "{id} is {state} again"
            );
            ensure!(seen.insert(id.clone(), state).is_none(), "{id} is listed twice");
        }
        ensure!(matches!(listed, Value::Array(_)), "no list: {listed}");
        let gone = known.keys().find(|id| !seen.contains_key(*id));
        ensure!(gone.is_none(), "{gone:?} is listed no more");
        known = seen;
    }
    Ok(())
}
