//! Calendars: named days on which schedules and expected-file clocks rest.
//!
//! Left out: who uses one (a schedule and a monitor name theirs). Invariant: the search for a kept day ends, also in a
//! calendar that keeps none.

use crate::connection::check_name;
use crate::cron::day_begins;
use crate::problem::{Problem, Problems};
pub use crate::time::Weekday;
use crate::{CalendarId, Timestamp};
use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::str::FromStr;

/// Dates that one calendar may name.
pub const MOST_DATES: usize = 5_000;
/// Whoever has no kept time within these years has none: weekdays and dates of the year have come together in every way
/// by then, leap days over a century without one too.
const HORIZON_DAYS: u64 = 50 * 366;
const MOMENT: TimeDelta = TimeDelta::microseconds(1);

/// One date, as text `2027-04-02`; or the same date of every year, as text `12-25`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub enum CalendarDay {
    EveryYear { month: u32, day: u32 },
    Once(NaiveDate),
}

impl CalendarDay {
    /// The day of every year that the date is in its own.
    pub fn every_year(date: NaiveDate) -> Self {
        Self::EveryYear { month: date.month(), day: date.day() }
    }
}

impl std::fmt::Display for CalendarDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EveryYear { month, day } => write!(f, "{month:02}-{day:02}"),
            Self::Once(date) => write!(f, "{date}"),
        }
    }
}

impl FromStr for CalendarDay {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let once = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self::Once);
        // 29 February is a date of the year, so it is read in a leap year.
        let yearly = || NaiveDate::parse_from_str(&format!("2000-{text}"), "%Y-%m-%d").ok();
        // Written in one way, so that no date stands in a calendar twice.
        once.or_else(|| yearly().map(Self::every_year)).filter(|day| day.to_string() == text).ok_or_else(
            || {
                let message = format!(
                    "`{text}` is not a date; write 2027-04-02 for that day, or 12-25 for every 25 December."
                );
                Problem::error("", "invalid", message)
            },
        )
    }
}

impl TryFrom<String> for CalendarDay {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<CalendarDay> for String {
    fn from(day: CalendarDay) -> Self {
        day.to_string()
    }
}

/// A skipped date with a word such as `Christmas`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct CalendarDate {
    pub date: CalendarDay,
    #[serde(default)]
    pub name: Option<String>,
}

/// A calendar. Its name is unique without regard to case among what is not deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Calendar {
    pub id: CalendarId,
    pub name: String,
    pub description: Option<String>,
    /// Skipped in every week, from Monday on.
    pub weekdays: Vec<Weekday>,
    /// Skipped dates; those of every year first, each once and in order.
    pub dates: Vec<CalendarDate>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
}

/// What people enter about a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct CalendarDraft {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub weekdays: Vec<Weekday>,
    #[serde(default)]
    pub dates: Vec<CalendarDate>,
}

impl CalendarDraft {
    /// Everything wrong with it, each with its path.
    pub fn check(&self) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        if Weekday::ALL.iter().all(|day| self.weekdays.contains(day)) {
            let message = "A calendar that skips every weekday leaves no day; keep at least one.";
            problems.push(Problem::error("weekdays", "never_fires", message));
        }
        if self.dates.len() > MOST_DATES {
            let message = format!("A calendar has at most {MOST_DATES} dates.");
            problems.push(Problem::error("dates", "too_many", message));
        }
        for (index, date) in self.dates.iter().enumerate() {
            let name = date.name.as_deref().unwrap_or_default();
            if name.chars().count() > 200 || name.chars().any(char::is_control) {
                let message = "A word has at most 200 characters, none of them a control character.";
                problems.push(Problem::error(format!("dates[{index}].name"), "invalid", message));
            }
        }
        problems
    }
}

impl Calendar {
    /// A new calendar from a draft whose check found no error.
    pub fn new(id: CalendarId, draft: CalendarDraft, now: Timestamp) -> Self {
        let mut calendar = Self {
            id,
            name: String::new(),
            description: None,
            weekdays: Vec::new(),
            dates: Vec::new(),
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
        };
        calendar.edit(draft, now);
        calendar
    }

    /// Takes over a draft whose check found no error. Of a date that stands there twice, the one with a word counts.
    pub fn edit(&mut self, draft: CalendarDraft, now: Timestamp) {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        self.name = draft.name;
        self.description = filled(draft.description);
        self.weekdays = Weekday::ALL.iter().copied().filter(|day| draft.weekdays.contains(day)).collect();
        self.dates = draft
            .dates
            .into_iter()
            .map(|date| CalendarDate { date: date.date, name: filled(date.name) })
            .collect();
        self.dates.sort_by_key(|date| (date.date, date.name.is_none()));
        self.dates.dedup_by_key(|date| date.date);
        self.updated_at = now;
    }

    /// The draft that describes the calendar as it is.
    pub fn to_draft(&self) -> CalendarDraft {
        CalendarDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            weekdays: self.weekdays.clone(),
            dates: self.dates.clone(),
        }
    }

    /// Whether nothing happens on that day.
    pub fn skips(&self, date: NaiveDate) -> bool {
        let has = |day: CalendarDay| self.dates.binary_search_by_key(&day, |skipped| skipped.date).is_ok();
        self.weekdays.contains(&Weekday::of(date))
            || has(CalendarDay::Once(date))
            || has(CalendarDay::every_year(date))
    }

    /// The first day after `date` that is kept; none up to `last`.
    fn kept_after(&self, date: NaiveDate, last: NaiveDate) -> Option<NaiveDate> {
        if self.weekdays.len() == Weekday::ALL.len() {
            return None;
        }
        date.iter_days().skip(1).take_while(|day| *day <= last).find(|day| !self.skips(*day))
    }
}

/// The first time after `after` that is on no skipped day, of those that `next` gives: the first one after an instant.
/// A day is meant in `zone`.
pub(crate) fn next_kept(
    calendar: Option<&Calendar>,
    zone: Tz,
    after: Timestamp,
    next: impl Fn(Timestamp) -> Option<Timestamp>,
) -> Option<Timestamp> {
    let mut at = next(after)?;
    let Some(calendar) = calendar else { return Some(at) };
    let date_of = |at: Timestamp| at.with_timezone(&zone).date_naive();
    let last = date_of(at).checked_add_days(Days::new(HORIZON_DAYS))?;
    loop {
        let date = date_of(at);
        if !calendar.skips(date) {
            return Some(at);
        }
        // Where the clock goes back over midnight a day begins before its eve is over; the search never goes back.
        let begin = day_begins(zone, calendar.kept_after(date, last)?)? - MOMENT;
        at = next(begin.max(at))?;
    }
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
