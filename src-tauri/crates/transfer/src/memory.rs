//! How much memory transfers hold: one budget for all of this node, in equal shares for whoever holds bytes now.
//!
//! A transfer is one holder for what its connection has under way and one for what waits between the connection and
//! the disk. Shares shrink at once when another comes; what is held beyond them is not taken back, it drains. Left out:
//! where the budget is kept. Invariant: a holder that asks before it takes more holds no more than its share, or one
//! block where that is longer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bytes, until somebody says otherwise.
const USUAL: u64 = 256 * 1024 * 1024;

#[derive(Debug)]
pub struct Budget {
    bytes: AtomicU64,
    holders: AtomicU64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: AtomicU64::new(USUAL), holders: AtomicU64::new(0) }
    }
}

impl Budget {
    /// In bytes.
    pub fn set(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn join(self: &Arc<Self>) -> Holder {
        self.holders.fetch_add(1, Ordering::Relaxed);
        Holder { budget: Arc::clone(self) }
    }
}

/// Counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Holder {
    budget: Arc<Budget>,
}

impl Holder {
    /// The most that it may hold now, in bytes.
    pub(crate) fn share(&self) -> u64 {
        let holders = self.budget.holders.load(Ordering::Relaxed).max(1);
        self.budget.bytes.load(Ordering::Relaxed) / holders
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.budget.holders.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What waits between a connection and the disk, counted in bytes. One side is a thread, the other a task.
#[derive(Debug)]
pub(crate) struct Load {
    holder: Holder,
    state: Mutex<State>,
    freed: Condvar,
    told: Notify,
}

#[derive(Debug, Default)]
struct State {
    bytes: u64,
    is_over: bool,
}

impl Load {
    pub(crate) fn new(budget: &Arc<Budget>) -> Arc<Self> {
        let holder = budget.join();
        Arc::new(Self { holder, state: Mutex::default(), freed: Condvar::new(), told: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fits(&self, state: &mut State, bytes: u64) -> bool {
        let fits = state.is_over || state.bytes == 0 || state.bytes + bytes <= self.holder.share();
        if fits {
            state.bytes += bytes;
        }
        fits
    }

    /// Waits for room, in a task. Only one may.
    pub(crate) async fn add(&self, bytes: usize) {
        while !self.fits(&mut self.state(), bytes as u64) {
            self.told.notified().await;
        }
    }

    /// Waits for room, in a thread.
    pub(crate) fn add_blocking(&self, bytes: usize) {
        let mut state = self.state();
        while !self.fits(&mut state, bytes as u64) {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn free(&self, bytes: usize) {
        {
            let mut state = self.state();
            state.bytes = state.bytes.saturating_sub(bytes as u64);
        }
        self.tell();
    }

    /// Nobody frees anything any more: who waits goes on at once, and finds out by other means.
    pub(crate) fn end(&self) {
        self.state().is_over = true;
        self.tell();
    }

    fn tell(&self) {
        self.freed.notify_all();
        self.told.notify_one();
    }
}

/// Ends a [`Load`] when it goes, in whatever way.
#[derive(Debug)]
pub(crate) struct Ends(pub(crate) Arc<Load>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn budget(bytes: u64) -> Arc<Budget> {
        let budget = Arc::new(Budget::default());
        budget.set(bytes);
        budget
    }

    #[test]
    fn holders_have_equal_shares_of_what_the_budget_is_now() {
        let budget = budget(1200);
        let first = budget.join();
        assert_eq!(first.share(), 1200);
        let others = [budget.join(), budget.join()];
        assert_eq!(first.share(), 400);
        budget.set(600);
        assert_eq!(first.share(), 200);
        drop(others);
        assert_eq!(first.share(), 600);
    }

    #[test]
    fn a_load_stays_within_its_share_and_always_takes_one_block() {
        let budget = budget(1000);
        let load = Load::new(&budget);
        assert!(load.add(5000).now_or_never().is_some(), "a block longer than the share goes alone");
        assert!(load.add(1).now_or_never().is_none());
        load.free(5000);
        assert!(load.add(600).now_or_never().is_some());
        assert!(load.add(600).now_or_never().is_none());
        assert!(load.add(400).now_or_never().is_some());
        let other = budget.join();
        load.free(600);
        assert!(load.add(200).now_or_never().is_none(), "the share is 500 now, and 400 are held");
        drop(other);
        assert!(load.add(200).now_or_never().is_some());
    }

    #[test]
    fn a_thread_that_waits_for_room_goes_on_when_it_is_freed_or_over() {
        let load = Load::new(&budget(100));
        load.add_blocking(100);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| load.add_blocking(50));
            load.free(100);
            waits.join().unwrap();
            let waits = scope.spawn(|| load.add_blocking(80));
            drop(Ends(Arc::clone(&load)));
            waits.join().unwrap();
        });
    }
}
