//! How a caller watches and stops work that runs for minutes.
//!
//! Invariant: no loop over bytes or entries goes on for more than a block after `cancel` was triggered.

use crate::error::{ArchiveError, Result};
use std::fmt;
use tokio_util::sync::CancellationToken;

/// Stop signal and progress of one call.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    pub cancel: &'a CancellationToken,
    /// Called with the number of content bytes (not of compressed bytes) done so far. Called often; throttle outside.
    pub progress: &'a dyn Fn(u64),
}

impl Control<'_> {
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(ArchiveError::Cancelled) } else { Ok(()) }
    }

    pub(crate) fn report(&self, bytes: u64) {
        (self.progress)(bytes);
    }
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("cancelled", &self.cancel.is_cancelled()).finish_non_exhaustive()
    }
}
