//! Reading what strangers sent: a fault of the library's reader is an error of the message, never of Courier.
//!
//! Sequoia 2.4 panics on some messages that are cut behind the head of their encrypted data.

use sequoia_openpgp as openpgp;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a reader. What it had begun to write is for the caller to throw away, as after any error.
pub(super) fn contained<T>(read: impl FnOnce() -> openpgp::Result<T>) -> openpgp::Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(openpgp::Error::MalformedMessage("its parts do not fit together".into()).into())
    })
}
