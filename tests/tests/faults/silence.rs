//! Nodes that fall silent: stopped for longer than their lease and then continued, or dead for good.

use crate::node::Node;
use crate::parcel::Parcels;
use crate::work::wait_until;
use crate::world::Database;
use anyhow::{Context, Result, ensure};
use courier_testkit::soak::times;
use std::time::{Duration, Instant};

/// Nodes that are stopped in the middle of a transfer.
const STALE: u64 = 5;
/// As many are silent at the same time.
const TOGETHER: u64 = 5;
/// Seconds of a lease where half a minute would be waited for in vain: long enough to stop all of them in it.
const LEASE: &str = "8";
const LEASE_NAME: &str = "COURIER_FAULT_LEASE_SECONDS";
const UNFENCED_NAME: &str = "COURIER_FAULT_UNFENCED";
/// A node is stopped for so long where a lease takes three seconds.
pub(crate) const LONGER_THAN_A_SHORT_LEASE: Duration = Duration::from_secs(4);
/// A dead node's work goes on within this time after its lease.
const TAKEN_OVER: Duration = Duration::from_secs(30);

#[test]
fn stale_nodes_on_one_file_leave_no_effect() -> Result<()> {
    stale(Database::Sqlite)
}

#[test]
fn stale_nodes_on_one_server_leave_no_effect() -> Result<()> {
    stale(Database::Postgres)
}

fn stale(database: Database) -> Result<()> {
    let mut left = times("STALE", STALE);
    while left > 0 {
        let together = left.min(TOGETHER);
        let mut parcels = Parcels::new(database, &[(LEASE_NAME, LEASE)])?;
        // Each is stopped before the next begins, so that each has a run of its own.
        let jobs = ["send", "fetch"];
        let mut waiting = parcels.ask(jobs[0])?.context("the store is locked")?;
        let mut silent = Vec::new();
        for home in 0..usize::try_from(together)? {
            let node = parcels.world.agent(home)?;
            parcels.until_moving(&waiting)?;
            waiting = parcels.freeze(&node, jobs[(home + 1) % jobs.len()])?;
            silent.push(node);
        }
        parcels.hurry();
        let heir = parcels.world.agent(silent.len())?;
        parcels.until_over()?;
        silent.iter().try_for_each(Node::wake)?;
        silent.iter().try_for_each(Parcels::until_told)?;
        silent.into_iter().chain([heir]).try_for_each(Node::end)?;
        let found = parcels.violations()?;
        ensure!(found.is_empty(), "{database:?}: {} violations\n{}", found.len(), found.join("\n"));
        left -= together;
    }
    Ok(())
}

/// The control: the same without leases being checked, where the damage must be found.
#[test]
fn without_fencing_a_stale_node_delivers_again_and_is_found_out() -> Result<()> {
    for database in [Database::Sqlite, Database::Postgres] {
        let mut parcels = Parcels::new(database, &[(LEASE_NAME, "3"), (UNFENCED_NAME, "1")])?;
        let id = parcels.ask("send")?.context("the store is locked")?;
        let stale = parcels.world.agent(0)?;
        parcels.until_moving(&id)?;
        parcels.freeze(&stale, "fetch")?;
        parcels.hurry();
        let heir = parcels.world.agent(1)?;
        parcels.until_over()?;
        stale.wake()?;
        parcels.until_delivered(&id, 2)?;
        [stale, heir].into_iter().try_for_each(Node::end)?;
        let found = parcels.violations()?;
        ensure!(found.contains(&format!("run {id} delivered 2 times")), "{database:?}: {found:?}");
    }
    Ok(())
}

#[test]
fn the_work_of_a_node_that_died_with_its_machine_goes_on() -> Result<()> {
    // The lease that everybody has on the one, a shorter one on the other.
    goes_on(Database::Postgres, Duration::from_secs(30), &[])?;
    goes_on(Database::Sqlite, Duration::from_secs(8), &[(LEASE_NAME, LEASE)])
}

fn goes_on(database: Database, lease: Duration, environment: &[(&'static str, &str)]) -> Result<()> {
    let mut parcels = Parcels::new(database, environment)?;
    let id = parcels.ask("store")?.context("the store is locked")?;
    let mut dead = parcels.world.agent(0)?;
    parcels.until_moving(&id)?;
    // The heir works already when the other dies: who starts afterwards looks for dead neighbours by itself.
    let proof = parcels.freeze(&dead, "store")?;
    let heir = parcels.world.agent(1)?;
    parcels.until_moving(&proof)?;
    dead.kill();
    let since = Instant::now();
    parcels.hurry();
    wait_until("another node to take the run", || {
        Ok(parcels.world.json(&["execution", "show", &id])?["epoch"].as_i64() > Some(1))
    })?;
    let took = since.elapsed();
    ensure!(took < lease + TAKEN_OVER, "{database:?}: taken over after {took:?}");
    parcels.until_over()?;
    heir.end()?;
    let found = parcels.violations()?;
    ensure!(found.is_empty(), "{database:?}: {} violations\n{}", found.len(), found.join("\n"));
    Ok(())
}
