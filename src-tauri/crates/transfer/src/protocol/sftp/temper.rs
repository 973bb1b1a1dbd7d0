//! Whether a server is asked one thing at a time.
//!
//! Some servers choke on requests that come before the last was answered: they hang up or refuse at the very start of
//! a transfer. Seen twice, this session and those that replace it go on with one request of 32 KiB at a time; what
//! then works is remembered for the connection. Left out: asking again, which is the retry layer's.

use crate::{Target, TrustSink};
use courier_domain::connection::{Learned, TransferProfile};
use std::sync::{Arc, Mutex, PoisonError};

/// A transfer that came this far did not choke at its start, in bytes.
const EARLY: u64 = 1024 * 1024;
/// Transfers that choke before the server is taken for such a one.
const TIMES: u32 = 2;
/// The length of a request to such a server: what every server must take.
pub(crate) const SMALL: u64 = 32 * 1024;

#[derive(Debug)]
enum State {
    /// So many transfers in a row choked.
    Pipelined(u32),
    /// Found out here; nobody was told yet.
    Tried,
    Known,
}

/// Where it is told.
struct Told {
    target: Arc<Target>,
    trust: Arc<dyn TrustSink>,
}

pub(crate) struct Temper {
    state: Mutex<State>,
    told: Option<Told>,
}

impl std::fmt::Debug for Temper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Temper").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Temper {
    /// What the connection's profile says, or an earlier session learnt. `trust` is told what this one learns.
    pub(crate) fn of(target: &Arc<Target>, trust: &Arc<dyn TrustSink>) -> Self {
        let told = Told { target: Arc::clone(target), trust: Arc::clone(trust) };
        Self { told: Some(told), ..Self::known_to(target) }
    }

    /// As [`Temper::of`], for a session that only looks.
    pub(crate) fn known_to(target: &Target) -> Self {
        let connection = &target.connection;
        Self::new(connection.transfer_profile == TransferProfile::Compat || connection.learned.compat)
    }

    fn new(compat: bool) -> Self {
        Self { state: Mutex::new(if compat { State::Known } else { State::Pipelined(0) }), told: None }
    }

    pub(crate) fn is_compat(&self) -> bool {
        !matches!(*self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Pipelined(_))
    }

    /// A transfer failed after so many bytes, with several requests in flight.
    pub(crate) fn failed_after(&self, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Pipelined(times) = &mut *state
            && bytes < EARLY
        {
            *times += 1;
            if *times >= TIMES {
                tracing::info!("the server chokes on requests in flight; going on with one at a time");
                *state = State::Tried;
            }
        }
    }

    /// A transfer of so many bytes came to its end.
    pub(crate) async fn finished(&self, bytes: u64) {
        if self.went_well(bytes)
            && let Some(Told { target, trust }) = &self.told
        {
            let learned = Learned { compat: true, ..target.connection.learned };
            trust.learnt(&target.connection, learned).await;
        }
    }

    /// True, once, when a transfer shows that one request at a time is what this server needs.
    fn went_well(&self, bytes: u64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Pipelined(times) => {
                if bytes > SMALL {
                    *times = 0;
                }
                false
            }
            State::Tried => {
                *state = State::Known;
                true
            }
            State::Known => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_early_failures_make_it_gentle_and_success_is_told_once() {
        let temper = Temper::new(false);
        temper.failed_after(0);
        assert!(!temper.is_compat());
        temper.failed_after(4096);
        assert!(temper.is_compat());
        assert!(temper.went_well(100));
        assert!(!temper.went_well(100), "told once");
    }

    #[test]
    fn a_late_failure_or_one_that_stays_alone_changes_nothing() {
        let temper = Temper::new(false);
        temper.failed_after(EARLY);
        temper.failed_after(0);
        assert!(!temper.went_well(10 * EARLY));
        temper.failed_after(0);
        assert!(!temper.is_compat());
        assert!(Temper::new(true).is_compat() && !Temper::new(true).went_well(1));
    }
}
