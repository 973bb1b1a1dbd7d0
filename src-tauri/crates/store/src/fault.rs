//! Failures made on purpose: one statement of a unit of work is not sent and answers with an error instead.
//!
//! For tests, which prove with it that a unit of work is all or nothing wherever it fails; release builds have none of
//! it. Left out: a COMMIT that fails, which a deferred constraint of the test's own brings about in the database.

use std::cell::Cell;
use std::future::Future;

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
