//! One field of an expression: lists, ranges, steps and names become the set of values they stand for.
//!
//! Left out: what only days know (`?`, `L`, `W`, `#`); see [`super::day`].

use crate::problem::Problem;
use std::collections::BTreeSet;

/// Which values a field may have. Values are written as numbers or, where there are names, by name; the first name
/// stands for `low`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    title: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

/// The values that a field stands for, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values {
    set: BTreeSet<u32>,
    /// Whether each was written by itself: no `*`, no range, no step.
    pub(super) are_single: bool,
}

impl Values {
    pub(super) fn has(&self, value: u32) -> bool {
        self.set.contains(&value)
    }

    /// The first value that is not below `from`.
    pub(super) fn at_or_after(&self, from: u32) -> Option<u32> {
        self.set.range(from..).next().copied()
    }

    pub(super) fn first(&self) -> Option<u32> {
        self.set.first().copied()
    }
}

pub(super) fn invalid(message: String) -> Problem {
    Problem::error("", "invalid", message)
}

/// A number in digits only: no sign.
pub(super) fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Field {
    pub(super) const fn new(title: &'static str, low: u32, high: u32) -> Self {
        Self { title, low, high, names: &[] }
    }

    pub(super) const fn named(
        title: &'static str,
        low: u32,
        high: u32,
        names: &'static [&'static str],
    ) -> Self {
        Self { title, low, high, names }
    }

    pub(super) fn lowest(&self) -> u32 {
        self.low
    }

    /// Reads a whole field in upper case.
    pub(super) fn parse(&self, text: &str) -> Result<Values, Problem> {
        let mut values = Values { set: BTreeSet::new(), are_single: true };
        for term in text.split(',') {
            let (set, is_single) = self.term(term)?;
            values.set.extend(set);
            values.are_single &= is_single;
        }
        Ok(values)
    }

    /// The values of one term of the list, and whether it is a single value.
    fn term(&self, term: &str) -> Result<(BTreeSet<u32>, bool), Problem> {
        let (range, step) = match term.split_once('/') {
            Some((range, step)) => (range, Some(self.step(term, step)?)),
            None => (term, None),
        };
        let (start, end) = match (range, step) {
            ("*", _) | ("", Some(_)) => (self.low, self.high),
            _ => match range.split_once('-') {
                Some((start, end)) => (self.value(start)?, self.value(end)?),
                None => {
                    let start = self.value(range)?;
                    (start, if step.is_some() { self.high } else { start })
                }
            },
        };
        let is_single = step.is_none() && range != "*" && !range.contains('-');
        let each = usize::try_from(step.unwrap_or(1)).unwrap_or(usize::MAX);
        Ok((self.span(start, end)?.step_by(each).collect(), is_single))
    }

    /// One value, by number or name.
    pub(super) fn value(&self, text: &str) -> Result<u32, Problem> {
        let by_name = (self.low..).zip(self.names).find(|(_, name)| **name == text).map(|(value, _)| value);
        match by_name.or_else(|| number(text)) {
            Some(value) if (self.low..=self.high).contains(&value) => Ok(value),
            _ => Err(self.refuse(text)),
        }
    }

    fn refuse(&self, text: &str) -> Problem {
        let what = match text {
            "" => "a value is missing".to_owned(),
            "?" => "`?` has no meaning; it stands only for a day. Write `*`".to_owned(),
            _ => format!("`{}` is not a value", text.escape_debug()),
        };
        let names = match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!(", or {first} to {last}"),
            _ => String::new(),
        };
        invalid(format!("In the {}, {what}: enter {} to {}{names}.", self.title, self.low, self.high))
    }

    fn step(&self, term: &str, text: &str) -> Result<u32, Problem> {
        let highest = self.high.min(self.high - self.low + 1);
        match number(text) {
            Some(step) if (1..=highest).contains(&step) => Ok(step),
            _ => Err(invalid(format!(
                "In the {}, the step in `{}` must be a number from 1 to {highest}.",
                self.title,
                term.escape_debug()
            ))),
        }
    }

    /// From `start` to `end`, over the end of the field if `end` comes first.
    fn span(&self, start: u32, end: u32) -> Result<Box<dyn Iterator<Item = u32>>, Problem> {
        if start <= end {
            return Ok(Box::new(start..=end));
        }
        if self.low >= super::FIRST_YEAR {
            return Err(invalid(format!("In the {}, {start}-{end} runs backwards.", self.title)));
        }
        Ok(Box::new((start..=self.high).chain(self.low..=end)))
    }
}
