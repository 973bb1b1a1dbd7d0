//! Keeps decrypted values out of core dumps.
//!
//! Left out: Windows, where error reporting writes no memory by default, and locking memory against swapping.

/// Switches core dumps off for this process and what it starts. Call it first thing in `main`.
///
/// # Errors
/// The system's reason, if the limit cannot be set.
#[cfg(unix)]
pub fn protect_process() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

/// Does nothing on this system: it writes no core dumps by default.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn protect_process() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #[test]
    fn core_dumps_are_off_afterwards() {
        super::protect_process().unwrap();
        let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
