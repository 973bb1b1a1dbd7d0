//! Lines of LIST, which no document describes: as `ls -l` prints them, and as Windows does.
//!
//! Times are the server's own, without a zone, and a recent one without a year: [`ServerClock`] makes them absolute.

use super::facts::Kind;
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use courier_domain::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) when: When,
    /// As it came; of a link, without where it leads.
    pub(crate) name: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    Entry(Found),
    /// `total 12`, and the framing of a listing within a reply.
    Nothing,
}

/// A time as a listing tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Within the last half year; the date's year means nothing.
    Recent(NaiveDateTime),
    /// To the minute.
    Minute(NaiveDateTime),
    Day(NaiveDate),
}

/// What one file's true time tells of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerClock {
    /// The server's time is ahead of UTC by this.
    ahead: TimeDelta,
    /// A time, in the server's zone, within the half year that has no year in listings.
    near: NaiveDateTime,
}

/// Zones differ by quarters of an hour.
const QUARTER: i64 = 15 * 60;
/// A leap year, so that every day of a line without a year exists.
const ANY_YEAR: i32 = 2000;

impl When {
    pub(crate) fn is_to_the_minute(self) -> bool {
        matches!(self, When::Recent(_) | When::Minute(_))
    }

    /// The clock that shows this for the moment `truly`.
    pub(crate) fn clock(self, truly: Timestamp) -> Option<ServerClock> {
        let utc = truly.naive_utc();
        let shown = match self {
            When::Minute(shown) => shown,
            When::Recent(shown) => nearest(shown, utc)?,
            When::Day(_) => return None,
        };
        let ahead = (shown - utc).num_seconds();
        let quarters = (ahead + QUARTER / 2).div_euclid(QUARTER);
        // From UTC-12 to UTC+14; anything else is a file that changed meanwhile.
        (-48..=56).contains(&quarters).then(|| {
            let ahead = TimeDelta::seconds(quarters * QUARTER);
            ServerClock { ahead, near: utc + ahead }
        })
    }

    /// `None` where the listing does not tell enough.
    pub(crate) fn absolute(self, clock: Option<ServerClock>) -> Option<Timestamp> {
        let clock = clock?;
        let shown = match self {
            When::Minute(shown) => shown,
            When::Recent(shown) => nearest(shown, clock.near)?,
            When::Day(day) => day.and_time(NaiveTime::MIN),
        };
        Some((shown - clock.ahead).and_utc())
    }
}

/// The year that brings a date without one nearest to `near`.
fn nearest(shown: NaiveDateTime, near: NaiveDateTime) -> Option<NaiveDateTime> {
    let year = near.year();
    let candidates = [year - 1, year, year + 1].into_iter().filter_map(|year| shown.with_year(year));
    candidates.min_by_key(|at| (*at - near).num_seconds().abs())
}

/// `None` for a line that is in no known form.
pub(crate) fn read(line: &[u8]) -> Option<Line> {
    if line.is_empty() || is_total(line) {
        return Some(Line::Nothing);
    }
    unix(line).or_else(|| windows(line)).map(Line::Entry)
}

fn is_total(line: &[u8]) -> bool {
    line.strip_prefix(b"total ").is_some_and(|rest| rest.iter().all(|b| b.is_ascii_digit() || *b == b' '))
}

/// Words of a line with where each ends.
fn words(line: &[u8]) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < line.len() && words.len() < 16 {
        if line[at] == b' ' {
            at += 1;
            continue;
        }
        let end = line[at..].iter().position(|b| *b == b' ').map_or(line.len(), |n| at + n);
        // What is not text can only be a name.
        words.push((std::str::from_utf8(&line[at..end]).unwrap_or(""), end));
        at = end;
    }
    words
}

/// `-rw-r--r--   1 owner group   12 Nov 24 00:10 name`, with or without link count and group, owners with blanks, day
/// before month, or a date in ISO form.
fn unix(line: &[u8]) -> Option<Found> {
    let mode = line.get(..10)?;
    let kind = match mode[0] {
        b'-' => Kind::File,
        b'd' => Kind::Folder,
        b'l' => Kind::Link,
        b'p' | b's' | b'b' | b'c' | b'D' => Kind::Other,
        _ => return None,
    };
    if !mode[1..].iter().all(|b| b"rwxsStTlL-+.".contains(b)) {
        return None;
    }
    let words = words(line);
    // The first words that can be a size and a date are.
    for at in 2..words.len() {
        let Some(size) = words[at - 1].0.parse().ok() else { continue };
        let Some((when, taken)) = unix_time(&words[at..]) else { continue };
        let end = words[at + taken - 1].1;
        // One blank parts the name; further ones are its own.
        let mut name = line.get(end + 1..)?.to_vec();
        if kind == Kind::Link
            && let Some(arrow) = name.windows(4).position(|w| w == b" -> ")
        {
            name.truncate(arrow);
        }
        if name.is_empty() {
            return None;
        }
        return Some(Found { kind, size, when, name });
    }
    None
}

/// A date at the beginning of `words` and how many of them it takes.
fn unix_time(words: &[(&str, usize)]) -> Option<(When, usize)> {
    let word = |at: usize| words.get(at).map(|(word, _)| *word);
    if let Ok(day) = NaiveDate::parse_from_str(word(0)?, "%Y-%m-%d") {
        let time = NaiveTime::parse_from_str(word(1)?.get(..5)?, "%H:%M").ok()?;
        // GNU's full form has a zone of its own.
        let zone = word(2).is_some_and(|z| z.len() == 5 && z.starts_with(['+', '-']));
        return Some((When::Minute(day.and_time(time)), if zone { 3 } else { 2 }));
    }
    let (month, day) = match month(word(0)?) {
        Some(month) => (month, word(1)?),
        None => (month(word(1)?)?, word(0)?),
    };
    let day = day.trim_end_matches([',', '.']).parse().ok()?;
    let last = word(2)?;
    if last.contains(':') {
        let time = NaiveTime::parse_from_str(&format!("{last:0>5}"), "%H:%M").ok()?;
        let date = NaiveDate::from_ymd_opt(ANY_YEAR, month, day)?;
        return Some((When::Recent(date.and_time(time)), 3));
    }
    let year = last.parse().ok().filter(|year| (1970..10_000).contains(year))?;
    Some((When::Day(NaiveDate::from_ymd_opt(year, month, day)?), 3))
}

fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_ascii_lowercase();
    NAMES.iter().zip(1..).find(|(name, _)| **name == word).map(|(_, number)| number)
}

/// `11-24-26  12:10AM       <DIR>          name`, `2026-11-24  00:10               12 name`.
fn windows(line: &[u8]) -> Option<Found> {
    let words = words(line);
    let word = |at: usize| words.get(at).map(|(word, _)| *word);
    let day = windows_day(word(0)?)?;
    let clock = word(1)?.to_ascii_uppercase();
    let (digits, afternoon) = match (clock.strip_suffix("AM"), clock.strip_suffix("PM")) {
        (Some(digits), _) => (digits, Some(false)),
        (None, Some(digits)) => (digits, Some(true)),
        (None, None) => (clock.as_str(), None),
    };
    let (hours, minutes) = digits.split_once(':')?;
    let hours: u32 = hours.parse().ok()?;
    let hours = match afternoon {
        None => hours,
        Some(afternoon) => hours % 12 + if afternoon { 12 } else { 0 },
    };
    let time = NaiveTime::from_hms_opt(hours, minutes.parse().ok()?, 0)?;
    let (what, end) = *words.get(2)?;
    let rest = line.get(end + 1..)?;
    let (kind, size, name) = match what.to_ascii_uppercase().as_str() {
        "<DIR>" => (Kind::Folder, 0, rest.trim_ascii_start()),
        "<SYMLINK>" | "<SYMLINKD>" | "<JUNCTION>" => (Kind::Link, 0, rest.trim_ascii_start()),
        size => (Kind::File, size.replace([',', '.'], "").parse().ok()?, rest),
    };
    // Where a link leads stands in brackets.
    let arrow = if kind == Kind::Link { name.windows(2).position(|w| w == b" [") } else { None };
    let name = name[..arrow.unwrap_or(name.len())].to_vec();
    (!name.is_empty()).then(|| Found { kind, size, when: When::Minute(day.and_time(time)), name })
}

fn windows_day(word: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<u32>().ok();
    let (year, month, day) = if a.len() == 4 { (*a, *b, *c) } else { (*c, *a, *b) };
    let year = match (year.len(), number(year)?) {
        (4, year) => year,
        (2, year) if year < 70 => 2000 + year,
        (2, year) => 1900 + year,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(month)?, number(day)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Found {
        match read(line.as_bytes()) {
            Some(Line::Entry(found)) => found,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn lines_as_servers_print_them() {
        for (line, kind, size, name) in [
            ("-rw-r--r--    1 0        0              12 Nov 24 00:10 a b  c", Kind::File, 12, "a b  c"),
            (
                "-rw-r--r--    1 0        0              12 Nov 24  2019  led by a blank",
                Kind::File,
                12,
                " led by a blank",
            ),
            ("drwxr-xr-x   2 user     group        4096 Jan  1 2001 -rf", Kind::Folder, 4096, "-rf"),
            ("lrwxrwxrwx   1 u g 7 Nov 24 00:10 link -> target", Kind::Link, 7, "link"),
            ("prw-r--r--   1 u g 0 Nov 24 00:10 pipe", Kind::Other, 0, "pipe"),
            ("-rw-r--r--+  1 DOM\\some user Domain Users 5 Feb 29 23:59 x", Kind::File, 5, "x"),
            ("-rw-r--r--   1 owner 1024 Mar 3 2020 no group", Kind::File, 1024, "no group"),
            ("-rw-r--r--   1 u g 1024 24 Nov 00:10 day first", Kind::File, 1024, "day first"),
            ("-rw-r--r--   1 u g 1024 2026-11-24 00:10 iso", Kind::File, 1024, "iso"),
            ("-rw-r--r--   1 u g 9 Nov 24 00:10 1 Jan 1 2020 tricky", Kind::File, 9, "1 Jan 1 2020 tricky"),
            ("11-24-26  12:10AM       <DIR>          My Folder", Kind::Folder, 0, "My Folder"),
            ("11-24-2026  01:10PM            1,234,567 a file.txt", Kind::File, 1_234_567, "a file.txt"),
            ("2026-11-24  13:10                   12  led", Kind::File, 12, " led"),
        ] {
            let found = found(line);
            assert_eq!(
                (found.kind, found.size, found.name),
                (kind, size, name.as_bytes().to_vec()),
                "{line}"
            );
        }
        assert_eq!(read(b"total 12"), Some(Line::Nothing));
        for no in
            ["hello", "226 Transfer complete", "-rw-r--r-- 1 u g 12 Nov 24 00:10", "99-99-99 00:10 12 x"]
        {
            assert_eq!(read(no.as_bytes()), None, "{no}");
        }
    }

    #[test]
    fn one_true_time_places_all_others() {
        // Two hours ahead of UTC, asked shortly after a new year.
        let recent = found("-rw-r--r-- 1 u g 1 Dec 31 23:30 a").when;
        let clock = recent.clock(at("2026-12-31T21:30:41Z"));
        assert_eq!(recent.absolute(clock), Some(at("2026-12-31T21:30:00Z")));
        let next = found("-rw-r--r-- 1 u g 1 Jan 1 00:30 b").when;
        assert_eq!(next.absolute(clock), Some(at("2026-12-31T22:30:00Z")));
        let windows = found("01-02-27  12:30AM  1 c").when;
        assert_eq!(windows.absolute(clock), Some(at("2027-01-01T22:30:00Z")));
        let old = found("-rw-r--r-- 1 u g 1 Jan 1 2001 d").when;
        assert_eq!(old.absolute(clock), Some(at("2000-12-31T22:00:00Z")));
        assert_eq!(old.clock(at("2001-01-01T00:00:00Z")), None);
        assert_eq!(recent.absolute(None), None);
    }
}
