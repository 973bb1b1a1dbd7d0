//! Failures made on purpose, for tests; release builds have none of it.
//!
//! Within a process one statement of a unit of work is not sent and answers with an error instead, which proves that a
//! unit of work is all or nothing wherever it fails. Whole programs are started with a shorter lease, so that a test of
//! nodes that fall silent need not wait half a minute, or with leases that nobody checks: the control of those tests,
//! which must find the damage that follows.
//!
//! Left out: a COMMIT that fails, which a deferred constraint of the test's own brings about in the database.

use crate::queue::{Lease, Renewal};
use courier_domain::Timestamp;
use std::cell::Cell;
use std::future::Future;
use std::sync::LazyLock;

/// Seconds of a lease, instead of [`crate::LEASE_SECONDS`].
const LEASE: &str = "COURIER_FAULT_LEASE_SECONDS";
/// Set to anything: a holder's writes are taken whoever has the run by now.
const UNFENCED: &str = "COURIER_FAULT_UNFENCED";

static LEASE_SECONDS: LazyLock<Option<u32>> =
    LazyLock::new(|| std::env::var(LEASE).ok()?.parse().ok().filter(|seconds| *seconds > 0));
static IS_UNFENCED: LazyLock<bool> = LazyLock::new(|| std::env::var_os(UNFENCED).is_some());

tokio::task_local! {
    /// Statements that still succeed.
    static LEFT: Cell<u32>;
}

/// Runs `work` with its `number`th statement (1 is the first) and all after it failing, as if the connection were lost.
pub async fn fail_at_statement<F: Future>(number: u32, work: F) -> F::Output {
    LEFT.scope(Cell::new(number.saturating_sub(1)), work).await
}

/// Called before each statement.
pub(crate) fn before_statement() -> Result<(), sqlx::Error> {
    let left = LEFT.try_with(|left| left.replace(left.get().saturating_sub(1)));
    if left == Ok(0) { Err(sqlx::Error::WorkerCrashed) } else { Ok(()) }
}

pub(crate) fn lease_seconds() -> Option<u32> {
    *LEASE_SECONDS
}

pub(crate) fn is_unfenced() -> bool {
    *IS_UNFENCED
}

/// Leases that are lost count as renewed, too.
pub(crate) fn renewed_anyway(leases: &[Lease], renewed: Vec<Renewal>, expires: Timestamp) -> Vec<Renewal> {
    let anyway = |lease: &Lease| Renewal {
        execution_id: lease.execution_id,
        lease_expires_at: expires,
        cancel_requested: false,
        pause_requested: false,
    };
    let lost = leases.iter().filter(|lease| renewed.iter().all(|r| r.execution_id != lease.execution_id));
    let lost: Vec<Renewal> = lost.map(anyway).collect();
    renewed.into_iter().chain(lost).collect()
}
