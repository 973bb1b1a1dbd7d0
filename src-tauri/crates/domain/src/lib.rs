//! Courier's domain: what a job, a connection, a key and a run *are*, and which changes are allowed.
//!
//! Pure on purpose: no async runtime, database, file system, clock or randomness. Time and ids come in as
//! arguments ([`Clock`], [`IdSource`]), so every rule here is tested without waiting.
//!
//! Invariant: a value that a constructor of this crate handed out is valid; everything that is stored, sent to the
//! window or imported passes through the same constructors.

mod macros;

pub mod audit;
pub mod calendar;
pub mod chain;
pub mod connection;
pub mod cron;
pub mod dependency;
pub mod error;
pub mod event;
pub mod execution;
pub mod expected;
pub mod id;
pub mod job;
pub mod key;
pub mod monitor;
pub mod notification;
pub mod passage;
pub mod pattern;
pub mod problem;
pub mod receipt;
pub mod schedule;
pub mod setting;
pub mod step;
pub mod tag;
pub mod template;
pub mod time;

pub use error::{CauseClass, ErrorCode, Retry};
pub use id::*;
pub use problem::{Problem, Problems, Severity};
pub use time::{Clock, IdSource, Timestamp};
