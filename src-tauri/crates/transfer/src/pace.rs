//! How fast transfers may be: a bucket for each connection and one for all of this node, shared by whatever moves bytes
//! there.
//!
//! Who asked first is served first, so transfers that move blocks of one size get equal shares. A limit that changes, or
//! whose hours begin, holds for transfers under way within [`LOOK_AGAIN`]. Left out: where limits are kept, and who
//! tells of a change. Invariant: over any span a bucket hands out no more than its limit for that span and
//! [`SAVED`].

use crate::memory::Budget;
use courier_domain::connection::{Connection, RateLimit};
use courier_domain::{Clock, ConnectionId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// The longest wait without looking at the limit again.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// What was not used is good for so long: the network does not deliver evenly.
const SAVED: Duration = Duration::from_millis(500);
/// Blocks are so short that this many pass in a second, within reason.
const BLOCKS_A_SECOND: u64 = 8;
const SHORTEST: u64 = 4 * 1024;

/// One limit and who has used how much of it.
pub struct Pace {
    limit: RwLock<RateLimit>,
    clock: Arc<dyn Clock>,
    /// Fair: held by whoever is being served.
    turn: tokio::sync::Mutex<Bucket>,
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Bytes that may move, as of an instant.
struct Bucket {
    saved: f64,
    at: Instant,
}

impl Bucket {
    /// Takes what is there of `wanted`.
    fn draw(&mut self, per_sec: u64, wanted: f64, now: Instant) -> f64 {
        let rate = per_sec as f64;
        let earned = now.saturating_duration_since(self.at).as_secs_f64() * rate;
        self.at = now;
        self.saved = (self.saved + earned).min((rate * SAVED.as_secs_f64()).max(wanted));
        let drawn = self.saved.min(wanted);
        self.saved -= drawn;
        drawn
    }
}

impl Pace {
    pub fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Arc<Self> {
        let bucket = Bucket { saved: 0.0, at: Instant::now() };
        Arc::new(Self { limit: RwLock::new(limit), clock, turn: tokio::sync::Mutex::new(bucket) })
    }

    pub fn set(&self, limit: RateLimit) {
        *self.limit.write().unwrap_or_else(PoisonError::into_inner) = limit;
    }

    /// Bytes per second; `None` is no limit.
    fn now(&self) -> Option<u64> {
        let limit = self.limit.read().unwrap_or_else(PoisonError::into_inner);
        // Reading the clock for nothing would be felt: this is asked for every block.
        if limit.bytes_per_sec == 0 && limit.windows.is_empty() {
            return None;
        }
        limit.at(self.clock.now())
    }

    /// Waits until so many bytes may move.
    async fn take(&self, bytes: u64) {
        if self.now().is_none() {
            return;
        }
        let mut bucket = self.turn.lock().await;
        let mut wanted = bytes as f64;
        while let Some(per_sec) = self.now() {
            wanted -= bucket.draw(per_sec, wanted, Instant::now());
            // Less than a byte is a rounding of the sums above.
            if wanted < 1.0 {
                return;
            }
            let wait = Duration::from_secs_f64(wanted / per_sec as f64);
            tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
        }
    }
}

/// Every limit that holds for one session.
#[derive(Debug, Clone, Default)]
pub struct Paces {
    paces: Vec<Arc<Pace>>,
    memory: Arc<Budget>,
}

impl Paces {
    pub fn new(paces: Vec<Arc<Pace>>, memory: Arc<Budget>) -> Self {
        Self { paces, memory }
    }

    /// What transfers may hold in memory.
    pub(crate) fn memory(&self) -> &Arc<Budget> {
        &self.memory
    }

    /// The lowest limit.
    pub(crate) fn now(&self) -> Option<u64> {
        self.paces.iter().filter_map(|pace| pace.now()).min()
    }

    /// Waits until so many bytes may move.
    pub(crate) async fn take(&self, bytes: usize) {
        for pace in &self.paces {
            pace.take(bytes as u64).await;
        }
    }

    /// The length of blocks that keeps the flow even.
    pub(crate) fn block(&self, usual: u64) -> u64 {
        self.now().map_or(usual, |rate| (rate / BLOCKS_A_SECOND).max(SHORTEST).min(usual))
    }

    /// Bytes that may be asked for ahead, so that the network does not carry at once what is to flow evenly.
    pub(crate) fn ahead(&self, usual: u64) -> u64 {
        self.now().map_or(usual, |rate| (rate / 2).max(SHORTEST).min(usual))
    }
}

/// The limits of this node: its own, and those of the connections that something has open.
#[derive(Debug)]
pub struct Paced {
    node: Arc<Pace>,
    memory: Arc<Budget>,
    connections: Mutex<HashMap<ConnectionId, Weak<Pace>>>,
    clock: Arc<dyn Clock>,
}

impl Paced {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let node = Pace::new(RateLimit::default(), Arc::clone(&clock));
        Self { node, memory: Arc::default(), connections: Mutex::default(), clock }
    }

    /// The limit of all transfers together.
    pub fn limit_node(&self, limit: RateLimit) {
        self.node.set(limit);
    }

    /// The memory of all transfers together, in bytes.
    pub fn limit_memory(&self, bytes: u64) {
        self.memory.set(bytes);
    }

    /// What holds for a session with the connection, as it is stored now; sessions that are open hear of it, too.
    pub fn of(&self, connection: &Connection) -> Paces {
        let limit = connection.rate_limit.clone().unwrap_or_default();
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.retain(|_, pace| pace.strong_count() > 0);
        let own = match connections.get(&connection.id).and_then(Weak::upgrade) {
            Some(pace) => {
                pace.set(limit);
                pace
            }
            None => {
                let pace = Pace::new(limit, Arc::clone(&self.clock));
                connections.insert(connection.id, Arc::downgrade(&pace));
                pace
            }
        };
        Paces::new(vec![own, Arc::clone(&self.node)], Arc::clone(&self.memory))
    }

    /// Whether a session with the connection is open.
    pub fn concerns(&self, id: ConnectionId) -> bool {
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.get(&id).is_some_and(|pace| pace.strong_count() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::Timestamp;
    use std::sync::atomic::{AtomicU64, Ordering};

    const KIB: u64 = 1024;

    /// Goes with tokio's paused time.
    #[derive(Debug)]
    struct Paused {
        began: Instant,
        at: Timestamp,
    }

    impl Clock for Paused {
        fn now(&self) -> Timestamp {
            self.at + chrono::Duration::from_std(self.began.elapsed()).unwrap()
        }
    }

    fn clock(at: &str) -> Arc<dyn Clock> {
        Arc::new(Paused { began: Instant::now(), at: at.parse().unwrap() })
    }

    fn pace(limit: serde_json::Value) -> Arc<Pace> {
        Pace::new(serde_json::from_value(limit).unwrap(), clock("2026-11-23T07:59:50Z"))
    }

    /// Bytes that went through in a time, taken in blocks.
    async fn moved(paces: &Paces, block: u64, time: Duration) -> u64 {
        let moved = AtomicU64::new(0);
        let moving = async {
            loop {
                paces.take(usize::try_from(block).unwrap()).await;
                moved.fetch_add(block, Ordering::Relaxed);
            }
        };
        let ended: Result<std::convert::Infallible, _> = tokio::time::timeout(time, moving).await;
        assert!(ended.is_err());
        moved.load(Ordering::Relaxed)
    }

    #[tokio::test(start_paused = true)]
    async fn what_flows_is_what_the_limit_says() {
        let paces = Paces::new(vec![pace(serde_json::json!({ "bytes_per_sec": 100 * KIB }))], Arc::default());
        let bytes = moved(&paces, 16 * KIB, Duration::from_secs(10)).await;
        assert!((980 * KIB..=1000 * KIB).contains(&bytes), "{bytes}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_saved_while_idle_is_little() {
        let paces = Paces::new(vec![pace(serde_json::json!({ "bytes_per_sec": 100 * KIB }))], Arc::default());
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let bytes = moved(&paces, 10 * KIB, Duration::from_secs(1)).await;
        assert!(bytes <= 150 * KIB, "{bytes}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_block_longer_than_a_second_is_worth_passes_in_its_time() {
        let paces = Paces::new(vec![pace(serde_json::json!({ "bytes_per_sec": KIB }))], Arc::default());
        let began = Instant::now();
        paces.take(10 * 1024).await;
        assert!(began.elapsed().abs_diff(Duration::from_secs(10)) < Duration::from_millis(50));
    }

    #[tokio::test(start_paused = true)]
    async fn two_transfers_share_alike() {
        let paces = Paces::new(vec![pace(serde_json::json!({ "bytes_per_sec": 100 * KIB }))], Arc::default());
        let time = Duration::from_secs(20);
        let (a, b) = tokio::join!(moved(&paces, 10 * KIB, time), moved(&paces, 10 * KIB, time));
        assert!(a.abs_diff(b) <= 20 * KIB, "{a} and {b}");
        assert!((1950 * KIB..=2000 * KIB).contains(&(a + b)), "{}", a + b);
    }

    #[tokio::test(start_paused = true)]
    async fn hours_that_begin_hold_for_what_is_under_way() {
        let window = serde_json::json!({
            "bytes_per_sec": 10 * KIB,
            "windows": [{ "from": "08:00", "until": "18:00", "bytes_per_sec": 100 * KIB }],
        });
        let paces = Paces::new(vec![pace(window)], Arc::default());
        let slow = moved(&paces, KIB, Duration::from_secs(9)).await;
        let fast = moved(&paces, KIB, Duration::from_secs(11)).await;
        assert!((85 * KIB..=90 * KIB).contains(&slow), "{slow}");
        assert!((990 * KIB..=1030 * KIB).contains(&fast), "{fast}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_lifted_wakes_who_waits() {
        let own = pace(serde_json::json!({ "bytes_per_sec": 1 }));
        let paces = Paces::new(vec![Arc::clone(&own)], Arc::default());
        let began = Instant::now();
        let lift = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            own.set(RateLimit::default());
        };
        tokio::join!(paces.take(1_000_000), lift);
        assert!(began.elapsed() <= Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn the_lower_limit_counts_and_the_node_s_is_shared_by_its_connections() {
        let clock = clock("2026-11-23T12:00:00Z");
        let node =
            Pace::new(RateLimit { bytes_per_sec: 60 * KIB, ..RateLimit::default() }, Arc::clone(&clock));
        let of = |rate: u64| {
            let own =
                Pace::new(RateLimit { bytes_per_sec: rate, ..RateLimit::default() }, Arc::clone(&clock));
            Paces::new(vec![own, Arc::clone(&node)], Arc::default())
        };
        let (slow, fast) = (of(10 * KIB), of(0));
        assert_eq!((slow.now(), fast.now()), (Some(10 * KIB), Some(60 * KIB)));
        let time = Duration::from_secs(20);
        let (a, b) = tokio::join!(moved(&slow, 2 * KIB, time), moved(&fast, 2 * KIB, time));
        assert!((190 * KIB..=200 * KIB).contains(&a), "{a}");
        assert!((980 * KIB..=1010 * KIB).contains(&b), "{b}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_holds_nobody_up() {
        let paces = Paces::new(vec![pace(serde_json::json!({ "bytes_per_sec": KIB }))], Arc::default());
        let gone = tokio::time::timeout(Duration::from_secs(1), paces.take(1_000_000)).await;
        assert!(gone.is_err());
        let began = Instant::now();
        paces.take(1024).await;
        assert!(began.elapsed() <= Duration::from_secs(1));
    }
}
