//! Times of something done again and again, as a row of the table.

use std::time::{Duration, Instant};

/// What every row has to reach.
pub(crate) const GOAL: Duration = Duration::from_millis(20);
pub(crate) const HEADER: [&str; 2] =
    ["| what | times | p50 ms | p95 ms | max ms | goal |", "|---|---|---|---|---|---|"];

#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn since(&mut self, began: Instant) {
        self.add(began.elapsed());
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that `share` of all stay below, in milliseconds.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let place = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
        sorted.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }

    /// A row that has reached the goal if its 95th percentile has.
    pub(crate) fn row(&self, what: &str) -> String {
        let goal = GOAL.as_secs_f64() * 1_000.0;
        let mark = if self.at(0.95) <= goal { "met" } else { "missed" };
        format!(
            "| {what} | {} | {:.2} | {:.2} | {:.2} | p95 ≤ {goal:.0} ms: {mark} |",
            self.len(),
            self.at(0.5),
            self.at(0.95),
            self.at(1.0)
        )
    }
}
