//! How many bytes one transfer keeps under way: as many as arrive in two round trips, measured again and again.
//!
//! While the number itself is the limit, twice a round trip's worth is twice as much as before: it grows until the
//! path, the server or this machine is the limit. What is under way beyond that only waits somewhere, and makes
//! everything asked after it wait too, so it shrinks as well. Left out: which lane a request takes, and what all
//! transfers of a session may hold together; see `lanes`. Invariant: between one block and the ceiling.

use std::time::{Duration, Instant};

/// At first.
const FIRST: u64 = 4 * 1024 * 1024;
/// Requests that every server has been seen to take at once: what OpenSSH's client sends to all of them.
const FIRST_REQUESTS: u64 = 64;
const MOST_REQUESTS: u64 = 512;
/// What a server may need for an answer beyond the round trip.
const SERVING: Duration = Duration::from_millis(10);
/// Down to what arrives in this time, but within these bounds, nothing is gained by having less under way.
const PATIENCE: Duration = Duration::from_millis(250);
const LEAST: (u64, u64) = (1024 * 1024, FIRST);

/// What is known at the beginning of a transfer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// The length of one request.
    pub(crate) block: u64,
    pub(crate) round_trip: Duration,
    /// The most that may ever be under way, in bytes.
    pub(crate) ceiling: u64,
}

#[derive(Debug)]
pub(crate) struct Flow {
    target: u64,
    least: u64,
    ceiling: u64,
    round_trip: Duration,
    moved: u64,
    since: Instant,
}

impl Flow {
    pub(crate) fn new(start: Start, now: Instant) -> Self {
        let block = start.block.max(1);
        let ceiling = start.ceiling.min(MOST_REQUESTS * block).max(block);
        Self {
            target: FIRST.min(FIRST_REQUESTS * block).min(ceiling),
            least: block,
            ceiling,
            round_trip: start.round_trip,
            moved: 0,
            since: now,
        }
    }

    /// One request of `block` bytes at a time, for servers that choke on more.
    pub(crate) fn single(block: u64, now: Instant) -> Self {
        let block = block.max(1);
        let round_trip = Duration::ZERO;
        Self { target: block, least: block, ceiling: block, round_trip, moved: 0, since: now }
    }

    /// Bytes to keep under way.
    pub(crate) fn target(&self) -> u64 {
        self.target
    }

    /// So many bytes were answered.
    pub(crate) fn arrived(&mut self, bytes: u64, now: Instant) {
        self.moved += bytes;
        let time = now.saturating_duration_since(self.since);
        if self.moved < self.target && time < PATIENCE + self.round_trip {
            return;
        }
        let rate = self.moved as f64 / time.as_secs_f64().max(1e-6);
        (self.moved, self.since) = (0, now);
        let in_time = |time: Duration| (rate * time.as_secs_f64()) as u64;
        let wanted = in_time(2 * self.round_trip + SERVING).max(in_time(PATIENCE).clamp(LEAST.0, LEAST.1));
        self.target = wanted.clamp(self.target / 2, self.target * 2).clamp(self.least, self.ceiling);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    /// Runs a transfer over a path that carries `limit` bytes a second at most, `round_trip` away.
    fn settled(round_trip: Duration, limit: u64, block: u64) -> u64 {
        let mut now = Instant::now();
        let mut flow = Flow::new(Start { block, round_trip, ceiling: 24 * MIB }, now);
        for _ in 0..40 {
            let turn = flow.target();
            now += round_trip.max(Duration::from_secs_f64(turn as f64 / limit as f64));
            flow.arrived(turn, now);
        }
        flow.target()
    }

    #[test]
    fn a_near_server_gets_no_more_than_it_uses() {
        let target = settled(Duration::from_micros(100), 400 * MIB, 255 * 1024);
        assert!((4 * MIB..=5 * MIB).contains(&target), "{target}");
    }

    #[test]
    fn a_far_server_gets_what_fills_the_path() {
        let far = Duration::from_millis(50);
        assert_eq!(settled(far, 1 << 40, 255 * 1024), 24 * MIB);
        let target = settled(far, 100 * MIB, 255 * 1024);
        assert!((10 * MIB..12 * MIB).contains(&target), "{target}");
    }

    #[test]
    fn a_slow_path_is_not_clogged() {
        let target = settled(Duration::from_millis(1), 2 * MIB, 255 * 1024);
        assert_eq!(target, MIB);
    }

    #[test]
    fn small_requests_start_as_few_as_every_server_takes() {
        let start = Start { block: 32 * 1024, round_trip: Duration::from_millis(200), ceiling: 24 * MIB };
        assert_eq!(Flow::new(start, Instant::now()).target(), 2 * MIB);
        assert_eq!(settled(Duration::from_millis(200), 1 << 40, 32 * 1024), 16 * MIB);
    }

    #[test]
    fn one_at_a_time_stays_one_at_a_time() {
        let mut now = Instant::now();
        let mut flow = Flow::single(32 * 1024, now);
        for _ in 0..100 {
            now += Duration::from_millis(1);
            flow.arrived(32 * 1024, now);
        }
        assert_eq!(flow.target(), 32 * 1024);
    }
}
