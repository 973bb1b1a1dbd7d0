//! What starts runs by itself: schedules, chains, and jobs that another one starts; and the deadlines of what is expected.
//!
//! Every node that takes work does this; that of two only one starts something is the store's doing: a fire time is
//! taken once, a run of a chain is moved by one at a time, and whatever starts has a key that is used once.

pub(crate) mod chains;
mod deadlines;
pub(crate) mod dependencies;
mod schedules;
mod start;
pub(crate) mod timer;

pub use start::{Refusal, Start, may_start, start_chain, start_job};
