//! kill -9 of nodes at random points, while others go on and more work comes.

use crate::node::Node;
use crate::work::Work;
use crate::world::{Database, World};
use anyhow::{Context, Result};
use courier_testkit::data::Dice;
use courier_testkit::soak::times;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a node is killed.
const KILLS: u64 = 20;

#[test]
fn acknowledged_work_survives_kills_of_two_nodes_on_one_file() -> Result<()> {
    survives(Database::Sqlite, 2)
}

#[test]
fn acknowledged_work_survives_kills_of_three_nodes_on_one_server() -> Result<()> {
    survives(Database::Postgres, 3)
}

fn survives(database: Database, nodes: usize) -> Result<()> {
    let world = World::new(database, &[])?;
    let work = Work::new(&world)?;
    let mut dice = Dice::new();
    let why = format!("COURIER_SEED={} on {database:?}", dice.seed);
    let nodes = asking(&work, || kill(&world, &work, nodes, &mut dice)).context(why.clone())?;
    work.until_over().context(why.clone())?;
    nodes.into_iter().try_for_each(Node::end)?;
    work.check(&why)
}

/// Does something while work is asked for all the time; runs that the store refuses meanwhile are nobody's.
pub(crate) fn asking<T>(work: &Work<'_>, meanwhile: impl FnOnce() -> Result<T>) -> Result<T> {
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asks = scope.spawn(|| -> Result<()> {
            while !enough.load(Ordering::Relaxed) {
                match work.has_room()? {
                    true => drop(work.ask()?),
                    false => std::thread::park_timeout(Duration::from_millis(5)),
                }
            }
            Ok(())
        });
        let done = meanwhile();
        enough.store(true, Ordering::Relaxed);
        asks.join().map_err(|_| anyhow::anyhow!("whoever asks for work broke"))??;
        done
    })
}

/// Kills one node after another, and now and then all at once, each as soon as a random number of runs and a random
/// moment are over; each is started again. Gives the nodes that live in the end.
fn kill(world: &World, work: &Work<'_>, nodes: usize, dice: &mut Dice) -> Result<Vec<Node>> {
    let mut alive: Vec<Node> = (0..nodes).map(|home| world.agent(home)).collect::<Result<_>>()?;
    let mut left = times("KILLS", KILLS);
    while left > 0 {
        work.until_done(work.done()?, 1 + usize::try_from(dice.below(4))?)?;
        spin(Duration::from_micros(dice.below(100_000)));
        let all = dice.below(5) == 0;
        let chosen = usize::try_from(dice.below(nodes as u64))?;
        let victims: Vec<usize> = if all { (0..nodes).collect() } else { vec![chosen] };
        for victim in &victims {
            alive.get_mut(*victim).context("no such node")?.kill();
            left = left.saturating_sub(1);
        }
        for victim in victims {
            *alive.get_mut(victim).context("no such node")? = world.agent(victim)?;
        }
    }
    Ok(alive)
}

/// A moment of a length that is known beforehand is no sleep that anything waits for.
pub(crate) fn spin(moment: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < moment {
        std::thread::yield_now();
    }
}
