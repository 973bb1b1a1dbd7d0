//! Cron expressions in Quartz syntax: what they mean, and the instants they name in a time zone.
//!
//! Six fields, and a year if one likes: second, minute, hour, day of month, month, day of week. Ranges may wrap
//! (`FRI-MON`, `22-2`), days know `?`, `L`, `L-3`, `LW`, `15W`, `6L` and `6#3`. Left out: schedules and misfires,
//! which [`crate::schedule`] and the engine add, and the days of a [`Calendar`].
//!
//! Invariant: an expression that exists is valid, and a search in it ends: years past [`LAST_YEAR`] have no fire times.

mod day;
mod field;
mod search;
mod words;

pub(crate) use search::day_begins;

use crate::Timestamp;
use crate::calendar::{Calendar, next_kept};
use crate::problem::Problem;
use chrono_tz::Tz;
use day::Days;
use field::{Field, Values, invalid};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The longest text that is read, in characters.
pub const MAX_LENGTH: usize = 256;
/// Years that an expression can name.
pub const FIRST_YEAR: u32 = 1970;
pub const LAST_YEAR: u32 = 2199;

const SECONDS: Field = Field::new("seconds", 0, 59);
const MINUTES: Field = Field::new("minutes", 0, 59);
const HOURS: Field = Field::new("hours", 0, 23);
const MONTHS: Field = Field::named(
    "month",
    1,
    12,
    &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
);
const YEARS: Field = Field::new("year", FIRST_YEAR, LAST_YEAR);

/// A valid cron expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct CronExpression {
    text: String,
    seconds: Values,
    minutes: Values,
    hours: Values,
    days: Days,
    months: Values,
    years: Values,
}

impl CronExpression {
    /// Reads an expression. The problem has no path; its message names the field and what belongs there.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.chars().count() > MAX_LENGTH {
            return Err(invalid(format!("A cron expression has at most {MAX_LENGTH} characters.")));
        }
        let fields: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
        let parts: Vec<&str> = fields.iter().map(String::as_str).collect();
        let (seconds, minutes, hours, of_month, months, of_week, years) = match parts.as_slice() {
            [s, m, h, d, mo, w] => (s, m, h, d, mo, w, &"*"),
            [s, m, h, d, mo, w, y] => (s, m, h, d, mo, w, y),
            [_, _, _, _, _] => {
                return Err(invalid(
                    "A cron expression starts with the seconds: put `0` before these five fields.".into(),
                ));
            }
            [nickname] if nickname.starts_with('@') => {
                return Err(invalid(
                    "Names such as @daily are not known here; write `0 0 0 * * ?` for every midnight.".into(),
                ));
            }
            other => {
                return Err(invalid(format!(
                    "A cron expression has six fields, or seven with the year (second, minute, hour, day of month, \
                     month, day of week), such as `0 30 6 ? * MON-FRI`; this one has {}.",
                    other.len()
                )));
            }
        };
        Ok(Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            seconds: SECONDS.parse(seconds)?,
            minutes: MINUTES.parse(minutes)?,
            hours: HOURS.parse(hours)?,
            days: Days::parse(of_month, of_week)?,
            months: MONTHS.parse(months)?,
            years: YEARS.parse(years)?,
        })
    }

    /// The expression as it was written, with single blanks.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In words, such as `At 06:30, Monday to Friday`, if there are short ones.
    pub fn in_words(&self) -> Option<String> {
        words::of(self)
    }

    /// The first fire time after `after`, or none before the end of [`LAST_YEAR`].
    ///
    /// An expression whose seconds, minutes and hours are single values names fixed times: one that a change of the
    /// clock leaves out comes at the first instant after the gap, one that happens twice comes the first time only.
    /// Every other expression (`*`, ranges, steps) follows the clock on the wall: nothing in a gap, both times in an
    /// overlap, so that "every 15 minutes" keeps going.
    pub fn next_after(&self, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        search::next_after(self, after, zone)
    }

    /// As [`CronExpression::next_after`], without times on the calendar's skipped days.
    pub fn next_kept(&self, after: Timestamp, zone: Tz, calendar: Option<&Calendar>) -> Option<Timestamp> {
        next_kept(calendar, zone, after, |after| self.next_after(after, zone))
    }

    /// The fire times after `after`, in order.
    pub fn upcoming(&self, after: Timestamp, zone: Tz) -> impl Iterator<Item = Timestamp> + '_ {
        std::iter::successors(self.next_after(after, zone), move |last| self.next_after(*last, zone))
    }

    fn has_fixed_times(&self) -> bool {
        [&self.seconds, &self.minutes, &self.hours].iter().all(|values| values.are_single)
    }
}

impl std::fmt::Display for CronExpression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for CronExpression {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }
}

impl TryFrom<String> for CronExpression {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<CronExpression> for String {
    fn from(expression: CronExpression) -> Self {
        expression.text
    }
}

#[cfg(test)]
mod tests;
