//! From an instant to the next fire time: first on the wall's clock, then through the changes of that clock.
//!
//! Invariant: every round of a search moves forward, and the wall's clock ends with the last year.

use super::{CronExpression, FIRST_YEAR, LAST_YEAR};
use crate::Timestamp;
use chrono::{
    Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

const SECOND: TimeDelta = TimeDelta::seconds(1);

pub(super) fn next_after(expression: &CronExpression, after: Timestamp, zone: Tz) -> Option<Timestamp> {
    let earliest = Utc.with_ymd_and_hms(i32::try_from(FIRST_YEAR).ok()?, 1, 1, 0, 0, 0).single()?;
    // A day before the first year, whose first fire time may be on its first second in any zone.
    let after = after.max(earliest - TimeDelta::days(1));
    if after.year() > i32::try_from(LAST_YEAR).ok()? {
        return None;
    }
    let from = after.with_nanosecond(0)? + SECOND;
    if expression.has_fixed_times() {
        next_fixed(expression, after, wall(zone, after), zone)
    } else {
        next_on_the_wall(expression, from, zone)
    }
}

/// Fixed times: the first instant of an overlap, the instant after a gap. Wall times up to `wall_now` are past by that
/// rule, even if they happen again.
fn next_fixed(
    expression: &CronExpression,
    after: Timestamp,
    wall_now: NaiveDateTime,
    zone: Tz,
) -> Option<Timestamp> {
    let mut from = wall_now.with_nanosecond(0)? + SECOND;
    loop {
        let wall_time = next_wall_time(expression, from)?;
        let instant = match zone.from_local_datetime(&wall_time) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.to_utc()),
            MappedLocalTime::None => end_of_gap(zone, wall_time),
        };
        if let Some(at) = instant.filter(|at| *at > after) {
            return Some(at);
        }
        from = wall_time + SECOND;
    }
}

/// Every instant at which the wall's clock shows a time of the expression; the first from `from` on.
fn next_on_the_wall(expression: &CronExpression, from: Timestamp, zone: Tz) -> Option<Timestamp> {
    let mut from = from;
    loop {
        let shown = wall(zone, from);
        let wall_time = next_wall_time(expression, shown);
        if let MappedLocalTime::Ambiguous(first, second) = zone.from_local_datetime(&shown)
            && first.to_utc() == from
        {
            // The clock goes back before long and shows earlier times than `shown` again.
            let turn = change_between(zone, from, second.to_utc())?;
            let before_turn = wall_time.and_then(|time| from.checked_add_signed(time - shown));
            match before_turn.filter(|at| *at < turn) {
                Some(at) => return Some(at),
                None => {
                    from = turn;
                    continue;
                }
            }
        }
        let wall_time = wall_time?;
        let instants = match zone.from_local_datetime(&wall_time) {
            MappedLocalTime::Single(at) => [Some(at.to_utc()), None],
            MappedLocalTime::Ambiguous(first, second) => [Some(first.to_utc()), Some(second.to_utc())],
            MappedLocalTime::None => [None, None],
        };
        if let Some(at) = instants.into_iter().flatten().find(|at| *at >= from) {
            return Some(at);
        }
        from = end_of_gap(zone, wall_time).filter(|end| *end > from)?;
    }
}

fn wall(zone: Tz, at: Timestamp) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

/// The first instant of a day; of a day that a change of the clock leaves out, of the one after it.
pub(crate) fn day_begins(zone: Tz, date: NaiveDate) -> Option<Timestamp> {
    let midnight = date.and_hms_opt(0, 0, 0)?;
    match zone.from_local_datetime(&midnight) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.to_utc()),
        MappedLocalTime::None => end_of_gap(zone, midnight),
    }
}

/// The first instant after the gap that `wall_time` is in.
fn end_of_gap(zone: Tz, wall_time: NaiveDateTime) -> Option<Timestamp> {
    // No zone is further than 15 h from UTC, and no gap longer than a day.
    let before = wall_time.and_utc() - TimeDelta::hours(39);
    let offset = TimeDelta::seconds(i64::from(offset_at(zone, before)));
    change_between(zone, before, wall_time.and_utc() - offset)
}

/// The first instant in `(low, high]` at which the clock differs from UTC otherwise than at `low`.
fn change_between(zone: Tz, low: Timestamp, high: Timestamp) -> Option<Timestamp> {
    let before = offset_at(zone, low);
    if offset_at(zone, high) == before {
        return None;
    }
    let (mut low, mut high) = (low, high);
    while high - low > SECOND {
        let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
        if offset_at(zone, middle) == before { low = middle } else { high = middle }
    }
    Some(high)
}

fn offset_at(zone: Tz, at: Timestamp) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// The first time of the expression on a calendar and clock without changes, from `from` (whole seconds) on.
fn next_wall_time(expression: &CronExpression, from: NaiveDateTime) -> Option<NaiveDateTime> {
    let mut date = from.date();
    if expression.is_on(date)
        && let Some(time) = expression.time_from(from.hour(), from.minute(), from.second())
    {
        return date.and_hms_opt(time.0, time.1, time.2);
    }
    let (hour, minute, second) = expression.time_from(0, 0, 0)?;
    loop {
        date = expression.day_after(date)?;
        if expression.days.have(date) {
            return date.and_hms_opt(hour, minute, second);
        }
    }
}

impl CronExpression {
    fn is_on(&self, date: NaiveDate) -> bool {
        u32::try_from(date.year()).is_ok_and(|year| self.years.has(year))
            && self.months.has(date.month())
            && self.days.have(date)
    }

    /// The next day in one of the months and years.
    fn day_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        let next = date.checked_add_days(Days::new(1))?;
        let mut year = self.years.at_or_after(u32::try_from(next.year()).ok()?)?;
        if i32::try_from(year).ok()? == next.year() {
            match self.months.at_or_after(next.month()) {
                Some(month) if month == next.month() => return Some(next),
                Some(month) => return NaiveDate::from_ymd_opt(next.year(), month, 1),
                None => year = self.years.at_or_after(year + 1)?,
            }
        }
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, self.months.first()?, 1)
    }

    /// The first time of day that is not before the given one.
    fn time_from(&self, hour: u32, minute: u32, second: u32) -> Option<(u32, u32, u32)> {
        let (first_minute, first_second) = (self.minutes.first()?, self.seconds.first()?);
        let later_hour = |from| self.hours.at_or_after(from).map(|h| (h, first_minute, first_second));
        if !self.hours.has(hour) {
            return later_hour(hour);
        }
        let later_minute = |from| self.minutes.at_or_after(from).map(|m| (hour, m, first_second));
        let within = if self.minutes.has(minute) {
            self.seconds.at_or_after(second).map(|s| (hour, minute, s)).or_else(|| later_minute(minute + 1))
        } else {
            later_minute(minute)
        };
        within.or_else(|| later_hour(hour + 1))
    }
}
