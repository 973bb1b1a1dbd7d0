//! The expected-file clock of a monitor: so many files by a time of day, else people are told.
//!
//! Left out: checking (the engine does, at each deadline in one transaction) and counting (the store does, in the
//! monitor's file log).

use crate::calendar::{Calendar, Weekday};
use crate::cron::{CronExpression, day_begins};
use crate::pattern::compile;
use crate::problem::{Problem, Problems};
use crate::{CalendarId, ExpectedFileCheckId, FileMonitorId, Timestamp};
use chrono::{Days, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;
use std::str::FromStr;

/// Files that one clock may ask for.
const MOST_FILES: u32 = 100_000;
/// So far back the deadline before is looked for.
const LOOK_BACK_DAYS: u64 = 366;
const MOMENT: TimeDelta = TimeDelta::microseconds(1);

/// A time of day, as text `09:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(try_from = "String", into = "String")]
#[specta(type = String)]
pub struct TimeOfDay {
    hour: u32,
    minute: u32,
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl FromStr for TimeOfDay {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let number = |part: &str, last: u32| {
            let is_plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u32>().ok().filter(|n| is_plain && *n <= last)
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Some(Self { hour: number(hour, 23)?, minute: number(minute, 59)? }))
            .ok_or_else(|| {
                Problem::error("", "invalid", format!("`{text}` is not a time of day such as 09:00."))
            })
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// What a monitor must have seen by when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFiles {
    /// A glob, as the monitor's own. None means every file that counts for the monitor.
    #[serde(default)]
    pub file_pattern: Option<String>,
    /// Different files, at least.
    #[serde(default = "one")]
    pub min_count: u32,
    /// The deadline's time of day.
    pub by: TimeOfDay,
    /// Files count from this time on, the last one before the deadline. None means from the deadline before.
    #[serde(default)]
    pub since: Option<TimeOfDay>,
    /// Days that have a deadline; none means every day.
    #[serde(default)]
    pub weekdays: Vec<Weekday>,
    /// IANA name; absent means the system's, which whoever saves fills in.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Its skipped days have no deadline.
    #[serde(default)]
    pub calendar_id: Option<CalendarId>,
}

fn one() -> u32 {
    1
}

/// What was found at one deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ExpectedFileCheck {
    pub id: ExpectedFileCheckId,
    pub monitor_id: FileMonitorId,
    pub deadline_at: Timestamp,
    /// Files count from here on.
    pub counted_from: Timestamp,
    pub expected_count: u32,
    /// Files that were there by the deadline.
    pub found_count: u32,
    /// When the missing ones were there too; before the next deadline, or at it.
    pub arrived_at: Option<Timestamp>,
    pub checked_at: Timestamp,
}

impl ExpectedFileCheck {
    /// Files are missing still.
    pub fn is_open(&self) -> bool {
        self.found_count < self.expected_count && self.arrived_at.is_none()
    }
}

impl ExpectedFiles {
    /// Everything wrong with it, each with its path.
    pub fn check(&self, calendars: &BTreeMap<CalendarId, Calendar>) -> Problems {
        let mut problems = Problems::default();
        if let Some(error) = self.file_pattern.as_deref().and_then(|glob| compile(glob).err()) {
            problems.push(Problem::error("file_pattern", "invalid", error.to_string()));
        }
        if !(1..=MOST_FILES).contains(&self.min_count) {
            let message = format!("Enter a number from 1 to {MOST_FILES}.");
            problems.push(Problem::error("min_count", "out_of_range", message));
        }
        if let Some(zone) = self.time_zone.as_deref().filter(|zone| zone.parse::<Tz>().is_err()) {
            let message = format!("`{zone}` is not a time zone; use a name such as Europe/Berlin.");
            problems.push(Problem::error("time_zone", "invalid", message));
        }
        match self.calendar_id.map(|id| calendars.get(&id)) {
            Some(None) => {
                let message = "This calendar does not exist any more; choose another.";
                problems.push(Problem::error("calendar_id", "unknown_reference", message));
            }
            Some(Some(calendar)) if self.days().all(|day| calendar.weekdays.contains(&day)) => {
                let message = format!("`{}` skips every day that has a deadline.", calendar.name);
                problems.push(Problem::error("calendar_id", "never_fires", message));
            }
            Some(Some(_)) | None => {}
        }
        problems
    }

    fn days(&self) -> impl Iterator<Item = Weekday> + '_ {
        Weekday::ALL.iter().copied().filter(|day| self.weekdays.is_empty() || self.weekdays.contains(day))
    }

    /// The zone in which times and days are meant.
    pub fn zone(&self) -> Tz {
        self.time_zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC)
    }

    /// The deadlines as an expression: a fixed time, for which changes of the clock have their rule.
    fn cron(&self) -> Option<CronExpression> {
        let days: Vec<&str> = self
            .days()
            .map(|day| match day {
                Weekday::Monday => "MON",
                Weekday::Tuesday => "TUE",
                Weekday::Wednesday => "WED",
                Weekday::Thursday => "THU",
                Weekday::Friday => "FRI",
                Weekday::Saturday => "SAT",
                Weekday::Sunday => "SUN",
            })
            .collect();
        CronExpression::parse(&format!("0 {} {} ? * {}", self.by.minute, self.by.hour, days.join(","))).ok()
    }

    /// The first deadline after `after`; none if the calendar skips them all.
    pub fn deadline_after(&self, after: Timestamp, calendar: Option<&Calendar>) -> Option<Timestamp> {
        self.cron()?.next_kept(after, self.zone(), calendar)
    }

    /// The newest deadline that is not after `now`, of those from `first` on; and the one that follows it.
    pub fn passed(
        &self,
        first: Timestamp,
        now: Timestamp,
        calendar: Option<&Calendar>,
    ) -> (Timestamp, Option<Timestamp>) {
        let next = self.deadline_after(now, calendar);
        let newest = self.deadline_before(now + MOMENT, calendar).filter(|newest| *newest >= first);
        (newest.unwrap_or(first), next)
    }

    /// From when on files count towards the deadline.
    pub fn counted_from(&self, deadline: Timestamp, calendar: Option<&Calendar>) -> Timestamp {
        let zone = self.zone();
        let found = match self.since {
            Some(since) => {
                let date = deadline.with_timezone(&zone).date_naive();
                let date = if since < self.by { Some(date) } else { date.pred_opt() };
                date.and_then(|date| on_day(since, date, zone)).filter(|at| *at < deadline)
            }
            None => self.deadline_before(deadline, calendar),
        };
        found.unwrap_or(deadline - TimeDelta::days(1))
    }

    /// As [`ExpectedFiles::counted_from`]; what came too late for the deadline of `before`, the newest check, does not
    /// count once more.
    pub fn counted_after(
        &self,
        deadline: Timestamp,
        calendar: Option<&Calendar>,
        before: Option<&ExpectedFileCheck>,
    ) -> Timestamp {
        let from = self.counted_from(deadline, calendar);
        let late = before.and_then(|check| check.arrived_at);
        late.filter(|at| self.since.is_none() && *at < deadline).map_or(from, |at| at.max(from))
    }

    /// The last deadline before `before`, unless it is more than a year ago.
    fn deadline_before(&self, before: Timestamp, calendar: Option<&Calendar>) -> Option<Timestamp> {
        let zone = self.zone();
        let today = before.with_timezone(&zone).date_naive();
        let earliest = today.checked_sub_days(Days::new(LOOK_BACK_DAYS))?;
        std::iter::successors(Some(today), |date| date.pred_opt())
            .take_while(|date| *date >= earliest)
            .filter(|date| self.days().any(|day| day == Weekday::of(*date)))
            .filter(|date| !calendar.is_some_and(|calendar| calendar.skips(*date)))
            .filter_map(|date| on_day(self.by, date, zone))
            .find(|at| *at < before)
    }
}

/// A time on a day, as [`CronExpression::next_after`] has fixed times: after a gap, or the first of two.
fn on_day(time: TimeOfDay, date: NaiveDate, zone: Tz) -> Option<Timestamp> {
    let daily = CronExpression::parse(&format!("0 {} {} * * ?", time.minute, time.hour)).ok()?;
    daily.next_after(day_begins(zone, date)? - MOMENT, zone)
}

#[cfg(test)]
#[path = "expected_tests.rs"]
mod tests;
