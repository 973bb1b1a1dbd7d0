//! An expression in words: "At 06:30, Monday to Friday". The window says the same ones; `words.json` holds both to it.
//!
//! Left out: an expression that has no short words. Its own text says more.

use super::day::{OF_MONTH, OF_WEEK};
use super::field::{Field, number};
use super::{CronExpression, HOURS, MINUTES, MONTHS, SECONDS, YEARS};
use std::collections::BTreeSet;

/// More times than these are no help in words.
const MOST_TIMES: usize = 6;
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const COUNTED: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// How a field is written.
enum Shape {
    Every,
    /// Values written one by one.
    Few(Vec<u32>),
    Range(u32, u32),
    /// Every so many from a value on, or from the lowest.
    Step {
        from: u32,
        by: u32,
    },
    Other,
}

impl Shape {
    /// The shape of a field's text in upper case, which is valid.
    fn of(field: &Field, text: &str) -> Self {
        let value = |text: &str| field.value(text).ok();
        if text.contains(',') {
            let values: Option<BTreeSet<u32>> = text.split(',').map(value).collect();
            return values.map_or(Self::Other, |values| Self::Few(values.into_iter().collect()));
        }
        let read = || match text.split_once('/') {
            None if text == "*" => Some(Self::Every),
            None => match text.split_once('-') {
                Some((from, to)) => Some(Self::Range(value(from)?, value(to)?)),
                None => Some(Self::Few(vec![value(text)?])),
            },
            Some(("*", "1")) => Some(Self::Every),
            Some((from, by)) => {
                let from = if matches!(from, "*" | "") { field.lowest() } else { value(from)? };
                Some(Self::Step { from, by: number(by)? })
            }
        };
        read().unwrap_or(Self::Other)
    }

    fn one(&self) -> Option<u32> {
        match self {
            Self::Few(values) => match values.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            _ => None,
        }
    }

    /// `January and July`, `April to September`; nothing where every value is meant.
    fn named(&self, name: impl Fn(u32) -> String) -> Option<String> {
        match self {
            Self::Every => Some(String::new()),
            Self::Few(values) => Some(listed(values.iter().copied().map(name))),
            Self::Range(from, to) => Some(format!("{} to {}", name(*from), name(*to))),
            Self::Step { .. } | Self::Other => None,
        }
    }
}

pub(super) fn of(expression: &CronExpression) -> Option<String> {
    let fields: Vec<String> = expression.as_str().split_whitespace().map(str::to_ascii_uppercase).collect();
    let [second, minute, hour, of_month, month, of_week, year @ ..] = fields.as_slice() else { return None };
    let time = times(&Shape::of(&SECONDS, second), &Shape::of(&MINUTES, minute), &Shape::of(&HOURS, hour))?;
    let days = days(of_month, of_week, time.starts_with("At "))?;
    let months = Shape::of(&MONTHS, month).named(|month| name(&MONTH_NAMES, month))?;
    let years = Shape::of(&YEARS, year.first().map_or("*", String::as_str)).named(|year| year.to_string())?;
    let within = |words: String| if words.is_empty() { words } else { format!(", in {words}") };
    Some(format!("{time}{days}{}{}", within(months), within(years)))
}

fn times(seconds: &Shape, minutes: &Shape, hours: &Shape) -> Option<String> {
    let Some(second) = seconds.one() else {
        let always = matches!((minutes, hours), (Shape::Every, Shape::Every));
        return if always { every(seconds, "second", "minute") } else { None };
    };
    let at = |hour: u32, minute: u32| match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    match (minutes, hours) {
        (Shape::Every | Shape::Step { .. }, _) => {
            let words = every(minutes, "minute", "hour")?;
            let late = if second == 0 { String::new() } else { format!(", at second {second}") };
            let (from, to) = match hours {
                Shape::Every => return Some(format!("{words}{late}")),
                Shape::Range(from, to) => (*from, *to),
                _ => hours.one().map(|hour| (hour, hour))?,
            };
            Some(format!("{words}{late}, from {from:02}:00 to {to:02}:59"))
        }
        (Shape::Few(minutes), Shape::Few(hours)) => {
            let times = hours.iter().flat_map(|hour| minutes.iter().map(|minute| at(*hour, *minute)));
            let times: Vec<String> = times.collect();
            (times.len() <= MOST_TIMES).then(|| format!("At {}", listed(times)))
        }
        _ if second != 0 => None,
        (Shape::Few(minutes), Shape::Every) => match minutes.as_slice() {
            [0] => Some("Every hour, on the hour".to_owned()),
            few if few.len() <= MOST_TIMES => {
                let past = few.iter().map(|minute| format!("{minute:02}"));
                Some(format!("Every hour, at {} past", listed(past)))
            }
            _ => None,
        },
        (_, Shape::Step { from, by }) => {
            let from = at(*from, minutes.one()?);
            Some(if *by == 1 {
                format!("Every hour, from {from}")
            } else {
                format!("Every {by} hours, from {from}")
            })
        }
        (_, Shape::Range(from, to)) => {
            let minute = minutes.one()?;
            Some(format!("Every hour from {} to {}", at(*from, minute), at(*to, minute)))
        }
        _ => None,
    }
}

/// `Every 15 minutes`; one that does not go into 60 begins anew with each hour or minute.
fn every(shape: &Shape, unit: &str, whole: &str) -> Option<String> {
    let (from, by) = match shape {
        Shape::Every => return Some(format!("Every {unit}")),
        Shape::Step { from, by } => (*from, *by),
        _ => return None,
    };
    let begins = match from {
        0 if 60 % by == 0 => String::new(),
        0 => format!(", anew each {whole}"),
        _ => format!(", from {unit} {from} of each {whole}"),
    };
    Some(if by == 1 { format!("Every {unit}{begins}") } else { format!("Every {by} {unit}s{begins}") })
}

fn days(of_month: &str, of_week: &str, is_at: bool) -> Option<String> {
    let any = |text: &str| matches!(text, "?" | "*");
    match (any(of_month), any(of_week)) {
        (true, true) => Some(if is_at { ", every day".to_owned() } else { String::new() }),
        (false, _) => {
            let days: Option<Vec<String>> = of_month.split(',').map(day_of_month).collect();
            Some(format!(", on {} of the month", listed(days?)))
        }
        (true, false) => {
            let days: Option<Vec<String>> = of_week.split(',').map(day_of_week).collect();
            let words = listed(days?);
            Some(if words.starts_with("the ") { format!(", on {words}") } else { format!(", {words}") })
        }
    }
}

fn day_of_month(term: &str) -> Option<String> {
    let nearest = term.ends_with('W');
    let day = term.strip_suffix('W').unwrap_or(term);
    if day == "L" {
        return Some(if nearest { "the last weekday" } else { "the last day" }.to_owned());
    }
    if let Some(before) = day.strip_prefix("L-") {
        let place = match number(before)? {
            1 => "the day before the last".to_owned(),
            before => format!("the {} day before the last", ordinal(before)),
        };
        return Some(if nearest { format!("the weekday nearest to {place}") } else { place });
    }
    if nearest {
        return Some(format!("the weekday nearest to the {}", ordinal(OF_MONTH.value(day).ok()?)));
    }
    Shape::of(&OF_MONTH, day).named(|day| format!("the {}", ordinal(day)))
}

fn day_of_week(term: &str) -> Option<String> {
    let weekday = |text: &str| OF_WEEK.value(text).ok().map(|day| name(&WEEKDAYS, day));
    if term == "L" {
        return weekday("SAT");
    }
    if let Some((day, nth)) = term.split_once('#') {
        return Some(format!("the {} {} of the month", name(&COUNTED, number(nth)?), weekday(day)?));
    }
    if let Some(day) = term.strip_suffix('L') {
        return Some(format!("the last {} of the month", weekday(day)?));
    }
    Shape::of(&OF_WEEK, term).named(|day| name(&WEEKDAYS, day))
}

/// The name of a value that is counted from one.
fn name(names: &[&str], value: u32) -> String {
    let at = usize::try_from(value).unwrap_or(usize::MAX).checked_sub(1);
    at.and_then(|at| names.get(at)).map_or_else(|| value.to_string(), |name| (*name).to_owned())
}

fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// `a, b and c`.
fn listed(words: impl IntoIterator<Item = String>) -> String {
    let mut words: Vec<String> = words.into_iter().collect();
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
        None => String::new(),
    }
}
