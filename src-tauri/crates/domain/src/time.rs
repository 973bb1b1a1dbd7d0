//! Time and identity as arguments.

use crate::macros::text_enum;
use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, Utc};
use uuid::Uuid;

/// An instant in UTC, whole microseconds (the finest that both databases keep).
pub type Timestamp = DateTime<Utc>;

/// Cuts an instant to what both databases keep.
pub fn to_micros(at: DateTime<Utc>) -> Timestamp {
    at.trunc_subsecs(6)
}

text_enum! {
    pub enum Weekday {
        Monday = "monday", Tuesday = "tuesday", Wednesday = "wednesday", Thursday = "thursday",
        Friday = "friday", Saturday = "saturday", Sunday = "sunday",
    }
}

impl Weekday {
    pub fn of(date: NaiveDate) -> Self {
        match date.weekday() {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }
}

/// Where "now" comes from. Implementations return whole microseconds.
pub trait Clock: Send + Sync + std::fmt::Debug {
    fn now(&self) -> Timestamp;

    /// Whether it is this machine's own clock, which another machine's need not agree with.
    fn is_machines(&self) -> bool {
        false
    }
}

/// Where new ids come from. Implementations return UUIDv7.
pub trait IdSource: Send + Sync + std::fmt::Debug {
    fn new_id(&self) -> Uuid;
}
