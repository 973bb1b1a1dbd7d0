//! How long anything here may take.

use std::time::Duration;

/// Far more than it takes, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);
