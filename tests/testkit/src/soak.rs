//! How often a harness repeats what it does: as often as every run of the tests affords, or as `npm run soak` asks for.

/// The number that the environment asks for by `COURIER_SOAK_<name>`, else the usual one.
pub fn times(name: &str, usual: u64) -> u64 {
    let asked = std::env::var(format!("COURIER_SOAK_{name}")).ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(usual)
}
