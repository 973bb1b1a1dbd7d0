//! The one condition under which the holder of a run may write: it has the newest lease, and the run is running.
//!
//! Every statement that a holder sends for one run ends in [`held!`]; leases are renewed many at once, by
//! [`push_held`]. Left out: what a refused statement means to the caller, which is always [`crate::StoreError::LeaseLost`].
//!
//! Invariant: with another epoch than the newest no row is changed.

use crate::queue::Lease;
use sqlx::{Database, Encode, QueryBuilder, Type};
use uuid::Uuid;

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
            concat!($before, " WHERE id = $1 AND claimed_by = $2 AND epoch = $3 AND state = 'running'", $after)
        }
    };
}

pub(crate) use held;

/// The same condition for several leases.
pub(crate) fn push_held<DB: Database>(query: &mut QueryBuilder<DB>, leases: &[Lease])
where
    Uuid: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    #[cfg(debug_assertions)]
    if crate::fault::is_unfenced() {
        query.push(" WHERE (FALSE");
        for lease in leases {
            query.push(" OR id = ").push_bind(lease.execution_id.0);
        }
        query.push(")");
        return;
    }
    query.push(" WHERE state = 'running' AND (FALSE");
    for lease in leases {
        query.push(" OR (id = ").push_bind(lease.execution_id.0);
        query.push(" AND claimed_by = ").push_bind(lease.node_id.0);
        query.push(" AND epoch = ").push_bind(lease.epoch).push(")");
    }
    query.push(")");
}
