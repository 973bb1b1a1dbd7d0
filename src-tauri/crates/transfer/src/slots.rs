//! How many sessions to one server may be open at once, counted over everything that shares the slots.
//!
//! Whoever asked first is served first. Left out: who gives an idle session up for somebody who waits; [`is_wanted`]
//! tells that it would help. Invariant: never more slots are out than the limit was when each was given.
//!
//! [`is_wanted`]: SessionSlots::is_wanted

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

#[derive(Debug)]
pub struct SessionSlots {
    state: Mutex<State>,
    asked: Notify,
}

#[derive(Debug)]
struct State {
    limit: u32,
    taken: u32,
    waiting: VecDeque<oneshot::Sender<SessionSlot>>,
}

/// The right to one session; goes back when dropped.
#[derive(Debug)]
pub struct SessionSlot {
    slots: Arc<SessionSlots>,
}

/// A place in the queue; dropping it leaves the queue.
#[derive(Debug)]
pub struct SlotRequest {
    granted: oneshot::Receiver<SessionSlot>,
}

impl SlotRequest {
    /// Waits for the turn. `None` only when the slots themselves are gone.
    pub async fn granted(self) -> Option<SessionSlot> {
        self.granted.await.ok()
    }
}

impl SessionSlots {
    pub fn new(limit: u32) -> Arc<Self> {
        let state = State { limit: limit.max(1), taken: 0, waiting: VecDeque::new() };
        Arc::new(Self { state: Mutex::new(state), asked: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At least one. A lower limit takes nothing away from who has a slot.
    pub fn set_limit(self: &Arc<Self>, limit: u32) {
        self.state().limit = limit.max(1);
        self.serve();
    }

    /// A slot, if one is free and nobody waits for it.
    pub fn try_take(self: &Arc<Self>) -> Option<SessionSlot> {
        let mut state = self.state();
        state.waiting.retain(|waiter| !waiter.is_closed());
        if state.taken >= state.limit || !state.waiting.is_empty() {
            return None;
        }
        state.taken += 1;
        Some(SessionSlot { slots: Arc::clone(self) })
    }

    /// Queues for a slot, at once: what is given back from now on may be the asker's.
    pub fn ask(self: &Arc<Self>) -> SlotRequest {
        let (grant, granted) = oneshot::channel();
        self.state().waiting.push_back(grant);
        self.serve();
        self.asked.notify_waiters();
        SlotRequest { granted }
    }

    /// Whether somebody waits.
    pub fn is_wanted(&self) -> bool {
        self.state().waiting.iter().any(|waiter| !waiter.is_closed())
    }

    /// Returns when somebody waits.
    pub async fn wanted(&self) {
        loop {
            // Before the look, so that nobody asks unheard in between.
            let asked = self.asked.notified();
            if self.is_wanted() {
                return;
            }
            asked.await;
        }
    }

    /// Hands free slots to those who wait.
    fn serve(self: &Arc<Self>) {
        loop {
            let waiter = {
                let mut state = self.state();
                if state.taken >= state.limit {
                    return;
                }
                let Some(waiter) = state.waiting.pop_front() else { return };
                state.taken += 1;
                waiter
            };
            // Who has left the queue meanwhile gives it back by not taking it.
            if let Err(unwanted) = waiter.send(SessionSlot { slots: Arc::clone(self) }) {
                drop(unwanted);
            }
        }
    }
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        {
            let mut state = self.slots.state();
            state.taken = state.taken.saturating_sub(1);
        }
        self.slots.serve();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn there_are_as_many_as_the_limit_says() {
        let slots = SessionSlots::new(2);
        let (a, b) = (slots.try_take().unwrap(), slots.try_take().unwrap());
        assert!(slots.try_take().is_none());
        drop(a);
        let c = slots.try_take().unwrap();
        slots.set_limit(1);
        drop(b);
        assert!(slots.try_take().is_none(), "a lower limit holds as slots come back");
        drop(c);
        assert!(slots.try_take().is_some());
    }

    #[test]
    fn who_asked_first_is_served_first_and_who_left_is_passed_over() {
        let slots = SessionSlots::new(1);
        let held = slots.try_take().unwrap();
        let (first, second) = (slots.ask(), slots.ask());
        assert!(slots.is_wanted());
        drop(first);
        drop(held);
        assert!(slots.try_take().is_none(), "it is the waiter's");
        let granted = second.granted().now_or_never().unwrap().unwrap();
        assert!(!slots.is_wanted());
        drop(granted);
        assert!(slots.try_take().is_some());
    }

    #[test]
    fn a_higher_limit_serves_who_waits() {
        let slots = SessionSlots::new(1);
        let _held = slots.try_take().unwrap();
        let asked = slots.ask();
        slots.set_limit(2);
        assert!(asked.granted().now_or_never().flatten().is_some());
    }
}
