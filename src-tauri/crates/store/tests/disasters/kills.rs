//! kill -9 of twenty writers at random points.

use crate::check::faults;
use crate::writers::{Tells, Told, WallClock, start};
use courier_domain::Clock;
use courier_store::StoreUrl;
use courier_testkit::postgres::PrivatePostgres;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

/// How often the writers are killed; `COURIER_TEST_KILLS` asks for more.
const KILLS: u64 = 20;

/// A generator that a printed seed repeats.
struct Dice(u64);

impl Dice {
    /// From 0 to `limit` - 1, by SplitMix64.
    fn throw(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

fn kills() -> u64 {
    std::env::var("COURIER_TEST_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS)
}

/// Lets writers work until they told of some changes and a moment more, kills them, and gives all that they told.
fn until_killed(address: &str, tells: Tells, dice: &mut Dice) -> Vec<Told> {
    let mut child = start(address, tells);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (enough, moment) = (1 + dice.throw(150), Duration::from_micros(dice.throw(15_000)));
    let mut told = Vec::new();
    for line in lines.by_ref() {
        told.extend(Told::parse(&line.unwrap()));
        if told.len() as u64 >= enough {
            break;
        }
    }
    assert!(!told.is_empty(), "the writers did not begin");
    // A moment of a length that is known beforehand is no sleep that anything waits for.
    let begun = Instant::now();
    while begun.elapsed() < moment {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What was told before the kill and lies in the pipe counts too; a line that was cut off does not.
    told.extend(lines.map_while(Result::ok).filter_map(|line| Told::parse(&line)));
    told
}

fn seed() -> u64 {
    std::env::var("COURIER_TEST_SEED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| WallClock.now().timestamp_micros().unsigned_abs())
}

async fn nothing_is_lost(url: StoreUrl, address: &str) {
    let seed = seed();
    let mut dice = Dice(seed);
    let mut told = Vec::new();
    for kill in 1..=kills() {
        told.extend(until_killed(address, Tells::AfterCommit, &mut dice));
        let faults = faults(&url, &told).await;
        assert!(faults.is_empty(), "kill {kill} with COURIER_TEST_SEED={seed}: {faults:#?}");
    }
    println!("{} changes survived {} kills", told.len(), kills());
}

async fn too_early_is_caught(url: StoreUrl, address: &str) {
    let mut dice = Dice(seed());
    for _ in 0..KILLS {
        let told = until_killed(address, Tells::BeforeCommit, &mut dice);
        if faults(&url, &told).await.iter().any(|fault| fault.starts_with("told of and lost")) {
            return;
        }
    }
    panic!("changes that were told of before their commit were never found missing");
}

fn sqlite() -> (tempfile::TempDir, StoreUrl, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::in_home(folder.path());
    let address = format!("sqlite:{}", folder.path().join("courier.db").display());
    (folder, url, address)
}

fn postgres() -> (PrivatePostgres, StoreUrl, String) {
    let cluster = PrivatePostgres::start().unwrap();
    let address = cluster.create_database("kills").unwrap();
    (cluster, StoreUrl::parse(&address).unwrap(), address)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_of_twenty_writers_on_sqlite() {
    let (_folder, url, address) = sqlite();
    nothing_is_lost(url, &address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_of_twenty_writers_on_postgresql() {
    let (_cluster, url, address) = postgres();
    nothing_is_lost(url, &address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_before_the_commit_is_caught_on_sqlite() {
    let (_folder, url, address) = sqlite();
    too_early_is_caught(url, &address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_before_the_commit_is_caught_on_postgresql() {
    let (_cluster, url, address) = postgres();
    too_early_is_caught(url, &address).await;
}
