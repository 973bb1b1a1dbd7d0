//! How a caller watches and stops a long call.
//!
//! Left out: rates and throttling of the reports.

use std::fmt;
use tokio_util::sync::CancellationToken;

/// Stop button and progress of one call.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Checked at every chunk of at most 1 MiB.
    pub cancel: &'a CancellationToken,
    /// Told how many bytes of the input are read so far, at every chunk; must not block.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("cancelled", &self.cancel.is_cancelled()).finish_non_exhaustive()
    }
}
