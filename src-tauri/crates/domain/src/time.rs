//! Time and identity as arguments.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

/// An instant in UTC, whole microseconds (the finest that both databases keep).
pub type Timestamp = DateTime<Utc>;

/// Cuts an instant to what both databases keep.
pub fn to_micros(at: DateTime<Utc>) -> Timestamp {
    at.trunc_subsecs(6)
}

/// Where "now" comes from. Implementations return whole microseconds.
pub trait Clock: Send + Sync + std::fmt::Debug {
    fn now(&self) -> Timestamp;
}

/// Where new ids come from. Implementations return UUIDv7.
pub trait IdSource: Send + Sync + std::fmt::Debug {
    fn new_id(&self) -> Uuid;
}
