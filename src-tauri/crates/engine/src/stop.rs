//! Why a run has to stop, told once to everything that works on it.

use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// The reason that came first wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    Cancel,
    Pause,
    /// This node is ending; the run goes on later, here or elsewhere.
    Shutdown,
    /// Another node has it now; leave no trace.
    LeaseLost,
}

/// The stop button of one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<StopReason>>,
}

impl Stop {
    pub(crate) fn press(&self, reason: StopReason) {
        // Losing the race means that somebody else's reason stands.
        let _ = self.reason.set(reason);
        self.token.cancel();
    }

    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    pub(crate) fn reason(&self) -> Option<StopReason> {
        self.token.is_cancelled().then(|| self.reason.get().copied().unwrap_or(StopReason::Shutdown))
    }
}
