//! Keeps live progress from flooding the window.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// At most five messages a second in all pass.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    passed: Mutex<Option<Instant>>,
}

const APART: Duration = Duration::from_millis(200);

impl Gate {
    /// Whether one message may pass now.
    pub(crate) fn is_open(&self) -> bool {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if passed.is_some_and(|at| now.duration_since(at) < APART) {
            return false;
        }
        *passed = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_pass_one_at_a_time() {
        let gate = Gate::default();
        assert!(gate.is_open());
        assert!(!gate.is_open());
    }
}
