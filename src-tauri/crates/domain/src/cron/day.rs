//! The two day fields: of the month or of the week, one of them.

use super::field::{Field, Values, invalid, number};
use crate::problem::Problem;
use chrono::{Datelike, NaiveDate, Weekday};

pub(super) const OF_MONTH: Field = Field::new("day of month", 1, 31);
/// Quartz counts from Sunday.
pub(super) const OF_WEEK: Field =
    Field::named("day of week", 1, 7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]);
const DAYS_A_WEEK: u32 = 7;

/// Which days an expression means, months and years aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Days {
    Every,
    OfMonth(Vec<MonthDay>),
    OfWeek(Vec<WeekDay>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MonthDay {
    On(Values),
    /// `15W`: the weekday nearest to it in the same month; a month without that day has none.
    Nearest(u32),
    /// `L-3`: so many days before the last; `LW`, `L-3W`: the weekday nearest to that.
    FromLast {
        days: u32,
        nearest: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WeekDay {
    On(Values),
    /// `6#3`: the third Friday of the month.
    Nth {
        weekday: u32,
        nth: u32,
    },
    /// `6L`: the last Friday of the month.
    Last {
        weekday: u32,
    },
}

impl Days {
    pub(super) fn parse(of_month: &str, of_week: &str) -> Result<Self, Problem> {
        match (of_month, of_week) {
            ("?", "?") => Err(invalid(
                "`?` may stand in one of the two day fields; write `*` in the other for every day.".into(),
            )),
            ("?" | "*", "?" | "*") => Ok(Self::Every),
            (_, "?" | "*") => of_month.split(',').map(MonthDay::parse).collect::<Result<_, _>>().map(Self::OfMonth),
            ("?" | "*", _) => of_week.split(',').map(WeekDay::parse).collect::<Result<_, _>>().map(Self::OfWeek),
            _ => Err(invalid(
                "Give the day of month or the day of week and write `?` in the other; together they have no clear \
                 meaning."
                    .into(),
            )),
        }
    }

    pub(super) fn have(&self, date: NaiveDate) -> bool {
        match self {
            Self::Every => true,
            Self::OfMonth(days) => days.iter().any(|day| day.is(date)),
            Self::OfWeek(days) => days.iter().any(|day| day.is(date)),
        }
    }
}

impl MonthDay {
    fn parse(term: &str) -> Result<Self, Problem> {
        let nearest = term.ends_with('W');
        let day = term.strip_suffix('W').unwrap_or(term);
        if day == "L" {
            return Ok(Self::FromLast { days: 0, nearest });
        }
        if let Some(days) = day.strip_prefix("L-") {
            return match number(days) {
                Some(days) if days <= 30 => Ok(Self::FromLast { days, nearest }),
                _ => Err(invalid(
                    "In the day of month, `L-` takes a number of days before the last: 0 to 30.".into(),
                )),
            };
        }
        if nearest {
            return OF_MONTH.value(day).map(Self::Nearest);
        }
        OF_MONTH.parse(term).map(Self::On)
    }

    fn is(&self, date: NaiveDate) -> bool {
        let length = u32::from(date.num_days_in_month());
        match *self {
            Self::On(ref days) => days.has(date.day()),
            Self::Nearest(day) => day <= length && nearest_weekday(date, day, length) == Some(date.day()),
            Self::FromLast { days, .. } if days >= length => false,
            Self::FromLast { days, nearest: false } => date.day() == length - days,
            Self::FromLast { days, nearest: true } => {
                nearest_weekday(date, length - days, length) == Some(date.day())
            }
        }
    }
}

/// The day from Monday to Friday that is nearest to `day` without leaving the month of `date`.
fn nearest_weekday(date: NaiveDate, day: u32, length: u32) -> Option<u32> {
    Some(match date.with_day(day)?.weekday() {
        Weekday::Sat if day > 1 => day - 1,
        Weekday::Sat => day + 2,
        Weekday::Sun if day < length => day + 1,
        Weekday::Sun => day - 2,
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => day,
    })
}

impl WeekDay {
    fn parse(term: &str) -> Result<Self, Problem> {
        if term == "L" {
            return OF_WEEK.parse("SAT").map(Self::On);
        }
        if let Some((weekday, nth)) = term.split_once('#') {
            let weekday = OF_WEEK.value(weekday)?;
            return match number(nth) {
                Some(nth) if (1..=5).contains(&nth) => Ok(Self::Nth { weekday, nth }),
                _ => Err(invalid(
                    "In the day of week, `#` is followed by which one of the month: 1 to 5.".into(),
                )),
            };
        }
        if let Some(weekday) = term.strip_suffix('L') {
            return OF_WEEK.value(weekday).map(|weekday| Self::Last { weekday });
        }
        OF_WEEK.parse(term).map(Self::On)
    }

    fn is(&self, date: NaiveDate) -> bool {
        let today = date.weekday().number_from_sunday();
        match *self {
            Self::On(ref days) => days.has(today),
            Self::Nth { weekday, nth } => today == weekday && date.day().div_ceil(DAYS_A_WEEK) == nth,
            Self::Last { weekday } => {
                today == weekday && date.day() + DAYS_A_WEEK > u32::from(date.num_days_in_month())
            }
        }
    }
}
