//! The one condition under which the holder of a run may write: it has the newest lease, and the run is running.
//!
//! Every statement that a holder sends for one run ends in [`held!`]. Left out: renewals, which are for many runs at
//! once, and what a refused statement means to the caller, which is always [`crate::StoreError::LeaseLost`].
//!
//! Invariant: with another epoch than the newest no row is changed.

/// A statement for whoever holds a run: its text before and after the condition, which takes the lease's run, node and
/// epoch as `$1`, `$2` and `$3`.
#[cfg(not(debug_assertions))]
macro_rules! held {
    ($before:literal, $after:literal) => {
        concat!($before, " WHERE id = $1 AND claimed_by = $2 AND epoch = $3 AND state = 'running'", $after)
    };
}

/// As in release builds, unless a test has switched it off to see what would happen without.
#[cfg(debug_assertions)]
macro_rules! held {
    ($before:literal, $after:literal) => {
        if $crate::fault::is_unfenced() {
            concat!($before, " WHERE id = $1 AND $2 IS NOT NULL AND $3 IS NOT NULL", $after)
        } else {
            concat!(
                $before,
                " WHERE id = $1 AND claimed_by = $2 AND epoch = $3 AND state = 'running'",
                $after
            )
        }
    };
}

pub(crate) use held;
