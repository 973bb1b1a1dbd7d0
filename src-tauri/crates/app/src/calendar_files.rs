//! Dates out of files: iCalendar (RFC 5545), or one date a line.
//!
//! Of iCalendar only what calendars of holidays hold is read: events with a date, over one or more days, once or every
//! year. Left out: events at a time of day, and every other rule of repetition, which are refused rather than read wrongly.

use chrono::NaiveDate;
use courier_domain::calendar::{CalendarDate, CalendarDay, MOST_DATES};
use courier_domain::{Problem, Problems};
use std::collections::BTreeSet;

pub(crate) fn dates(text: &str) -> Result<Vec<CalendarDate>, Problems> {
    let text = text.trim_start_matches('\u{feff}');
    let is_ics = text.trim_start().get(..15).is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCALENDAR"));
    let (found, problems) = if is_ics { events(text) } else { lines(text) };
    if !problems.0.is_empty() {
        return Err(problems);
    }
    if found.is_empty() {
        let message = "There is no date in it.";
        return Err(Problems::one(Problem::error("dates", "required", message)));
    }
    Ok(found.into_iter().collect())
}

fn wrong(line: usize, message: &str) -> Problem {
    Problem::error(format!("line {line}"), "invalid", message)
}

/// `2027-04-02, Good Friday`, `12-25;Christmas` or only the date; `#` begins a remark, and the first line may be a
/// header.
fn lines(text: &str) -> (BTreeSet<CalendarDate>, Problems) {
    let (mut found, mut problems) = (BTreeSet::new(), Problems::default());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let plain = |text: &str| text.trim().trim_matches('"').trim().to_owned();
        let (date, name) = line.split_once([',', ';', '\t']).unwrap_or((line, ""));
        match plain(date).parse::<CalendarDay>() {
            Ok(date) => {
                found.insert(CalendarDate { date, name: Some(plain(name)).filter(|name| !name.is_empty()) });
            }
            // A header of columns.
            Err(_) if index == 0 && !date.contains(|c: char| c.is_ascii_digit()) => {}
            Err(problem) => problems.push(wrong(index + 1, &problem.message)),
        }
    }
    (found, problems)
}

/// What one event says.
#[derive(Debug, Default)]
struct Event {
    line: usize,
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    is_timed: bool,
    rule: Option<String>,
    name: Option<String>,
}

fn events(text: &str) -> (BTreeSet<CalendarDate>, Problems) {
    let (mut found, mut problems) = (BTreeSet::new(), Problems::default());
    let mut event: Option<Event> = None;
    for (number, line) in unfolded(text) {
        let Some((head, value)) = head_and_value(&line) else { continue };
        let name = head.split(';').next().unwrap_or(head).to_ascii_uppercase();
        match (name.as_str(), &mut event) {
            ("BEGIN", open) if value.eq_ignore_ascii_case("VEVENT") => {
                *open = Some(Event { line: number, ..Event::default() });
            }
            ("END", _) if value.eq_ignore_ascii_case("VEVENT") => {
                if let Some(done) = event.take() {
                    let line = done.line;
                    match days(done) {
                        Ok(days) => found.extend(days),
                        Err(message) => problems.push(wrong(line, message)),
                    }
                }
            }
            ("DTSTART", Some(event)) => (event.start, event.is_timed) = (date(value), value.contains('T')),
            ("DTEND", Some(event)) => event.end = date(value),
            ("RRULE", Some(event)) => event.rule = Some(value.to_ascii_uppercase()),
            ("SUMMARY", Some(event)) => event.name = Some(unescaped(value)).filter(|text| !text.is_empty()),
            _ => {}
        }
    }
    (found, problems)
}

/// The name with its parameters, and the value: parted by the first colon that is in no quotes.
fn head_and_value(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    Some((line.get(..colon)?, line.get(colon + 1..)?.trim()))
}

/// Lines with their numbers; one that begins with a blank goes on the line before (section 3.1).
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ => lines.push((index + 1, line.to_owned())),
        }
    }
    lines
}

fn date(value: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(value.get(..8)?, "%Y%m%d").ok()
}

/// Section 3.3.11, in one line.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut escaped = false;
    for c in text.chars() {
        match (escaped, c) {
            (false, '\\') => escaped = true,
            (true, 'n' | 'N') => (escaped, out) = (false, out + " "),
            (_, c) => {
                out.push(c);
                escaped = false;
            }
        }
    }
    out.trim().chars().take(200).collect()
}

/// The dates of an event; its end is not one of them (section 3.6.1).
fn days(event: Event) -> Result<Vec<CalendarDate>, &'static str> {
    let start = event.start.ok_or("This event has no date.")?;
    if event.is_timed {
        return Err("This event has a time of day; a calendar has whole days.");
    }
    let parts = event.rule.as_deref().unwrap_or_default().split(';').filter(|part| !part.is_empty());
    let parts: BTreeSet<&str> = parts.filter(|part| *part != "INTERVAL=1").collect();
    let every_year = match parts.iter().copied().collect::<Vec<_>>().as_slice() {
        [] => false,
        ["FREQ=YEARLY"] => true,
        _ => return Err("This event repeats in another way than every year on its date; enter its dates."),
    };
    let after = event.end.filter(|end| *end > start).or(start.succ_opt()).unwrap_or(start);
    let dates = start.iter_days().take_while(|date| *date < after).take(MOST_DATES);
    Ok(dates
        .map(|date| CalendarDate {
            date: if every_year { CalendarDay::every_year(date) } else { CalendarDay::Once(date) },
            name: event.name.clone(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let found = dates(text).unwrap();
        found.into_iter().map(|d| format!("{} {}", d.date, d.name.unwrap_or_default())).collect()
    }

    #[test]
    fn a_line_has_a_date_and_perhaps_a_word() {
        let text = "date,name\n# of Berlin\n2027-03-26, Good Friday\n12-25;\"Christmas\"\n\n01-01\n";
        assert_eq!(shown(text), ["01-01 ", "12-25 Christmas", "2027-03-26 Good Friday"]);
    }

    #[test]
    fn every_line_without_a_date_is_said() {
        let problems = dates("2027-03-26\n2027-02-30\nsoon, Party\n").unwrap_err();
        let paths: Vec<_> = problems.0.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(paths, ["line 2", "line 3"]);
        assert_eq!(dates("# nothing\n").unwrap_err().0[0].code, "required");
    }

    #[test]
    fn holidays_of_a_calendar_file_are_read() {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270326\r\n\
                    DTEND;VALUE=DATE:20270327\r\nSUMMARY;LANGUAGE=\"de:x\":Good\r\n  Friday\\, a holiday\r\nEND:VEVENT\r\n\
                    BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Closed\r\n\
                    END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20200101\r\nRRULE:FREQ=YEARLY;INTERVAL=1\r\nEND:VEVENT\r\n\
                    END:VCALENDAR\r\n";
        assert_eq!(
            shown(text),
            [
                "01-01 ",
                "2026-12-24 Closed",
                "2026-12-25 Closed",
                "2026-12-26 Closed",
                "2027-03-26 Good Friday, a holiday"
            ]
        );
    }

    #[test]
    fn events_that_would_be_read_wrongly_are_refused() {
        let event =
            |lines: &str| format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
        for lines in [
            "DTSTART:20270326T090000Z",
            "SUMMARY:No date",
            "DTSTART:20270326\nRRULE:FREQ=WEEKLY",
            "DTSTART:20271125\nRRULE:FREQ=YEARLY;BYDAY=4TH;BYMONTH=11",
            "DTSTART:20270326\nRRULE:FREQ=YEARLY;COUNT=3",
        ] {
            assert_eq!(dates(&event(lines)).unwrap_err().0[0].path, "line 2", "{lines}");
        }
    }
}
