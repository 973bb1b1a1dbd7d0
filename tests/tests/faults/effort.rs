//! How much of everything: what every run of the tests affords, or what `npm run soak` asks for.

use std::time::Duration;

/// Far more than anything here takes, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The number that the environment asks for by `COURIER_SOAK_<name>`, else the usual one.
pub(crate) fn times(name: &str, usual: u64) -> u64 {
    let asked = std::env::var(format!("COURIER_SOAK_{name}")).ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(usual)
}
