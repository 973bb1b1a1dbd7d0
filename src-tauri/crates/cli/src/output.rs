//! The only place that writes to the terminal.
//!
//! Invariant: standard output gets results and nothing else; text from servers and files never carries control
//! characters to the terminal; a closed pipe ends the program quietly.

use crate::args::GlobalArgs;
use courier_app::AppError;
use courier_domain::{Problem, Severity, Timestamp};
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// How results are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Out {
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        Self { json: global.json, quiet: global.quiet }
    }

    /// One line of a result.
    pub(crate) fn line(&self, text: &str) {
        self.bytes(format!("{}\n", shown(text)).as_bytes());
    }

    /// A result as one JSON document on one line.
    pub(crate) fn json(&self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.bytes(format!("{text}\n").as_bytes()),
            Err(error) => self.note(&format!("courier: cannot write the result: {error}")),
        }
    }

    /// A result as it is: a bundle, a key.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
            // Whoever read has enough.
            if error.kind() == ErrorKind::BrokenPipe {
                std::process::exit(0);
            }
            self.note(&format!("error: The result cannot be written to standard output: {error}."));
            std::process::exit(1);
        }
    }

    /// Something a person should know, on standard error.
    pub(crate) fn note(&self, text: &str) {
        // Nobody may be listening.
        let _ = writeln!(std::io::stderr().lock(), "{}", shown(text));
    }

    /// As [`Out::note`], unless `--quiet`.
    pub(crate) fn hint(&self, text: &str) {
        if !self.quiet {
            self.note(text);
        }
    }

    /// A warning with its path.
    pub(crate) fn warnings(&self, problems: &[Problem]) {
        for problem in problems {
            self.hint(&format!("warning: {problem}"));
        }
    }

    /// A failure: every problem with its path, then what to do.
    pub(crate) fn error(&self, error: &AppError) {
        if self.json {
            // Programs read it from standard error; results stay alone on standard output.
            if let Ok(mut value) = serde_json::to_value(error) {
                if let Some(map) = value.as_object_mut() {
                    map.insert("cause_class".to_owned(), error.code.class().as_str().into());
                }
                let _ = writeln!(std::io::stderr().lock(), "{value}");
                return;
            }
        }
        if error.problems.is_empty() {
            self.note(&format!("error: {}", error.message));
        }
        for problem in &error.problems {
            let word = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            self.note(&format!("{word}: {problem}"));
        }
        if let Some(cause) = error.context.get("cause") {
            self.hint(&format!("cause: {cause}"));
        }
        if let Some(hint) = &error.hint {
            self.hint(&format!("hint: {hint}"));
        }
    }

    /// Rows under headings, columns aligned.
    pub(crate) fn table(&self, headings: &[&str], rows: &[Vec<String>]) {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|r| r.iter().map(|cell| shown(cell)).collect()).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|r| r.get(column)).map(|cell| cell.chars().count());
            cells.chain(headings.get(column).map(|h| h.chars().count())).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..headings.len()).map(width).collect();
        let put = |cells: &[String]| {
            let padded: Vec<String> =
                cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            self.bytes(format!("{}\n", padded.join("  ").trim_end()).as_bytes());
        };
        if !self.quiet {
            put(&headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
        }
        for row in &rows {
            put(row);
        }
    }
}

/// Text without what a terminal would obey: control characters and writing-direction overrides are spelled out. A line
/// end stays.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let harmful = (c.is_control() && c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let escaped: Vec<char> = if harmful { c.escape_default().collect() } else { vec![c] };
            escaped
        })
        .collect()
}

/// `1.2 MB`.
pub(crate) fn bytes(count: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {name}") }
}

/// An instant in the local time zone.
pub(crate) fn instant(at: Option<Timestamp>) -> String {
    at.map_or_else(
        || "-".to_owned(),
        |at| at.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// Seconds between two instants.
pub(crate) fn took(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{:.1} s", (to - from).num_milliseconds() as f64 / 1_000.0),
        _ => "-".to_owned(),
    }
}

/// How far an instant is away, in the two largest units: `40 min`, `3 h 5 min`, `2 d 4 h`.
pub(crate) fn away(from: Timestamp, to: Timestamp) -> String {
    let seconds = (to - from).num_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(
            shown("a\u{1b}[31mred\u{7}\r\n\u{202e}b\u{9b}"),
            "a\\u{1b}[31mred\\u{7}\\r\n\\u{202e}b\\u{9b}"
        );
        assert_eq!(shown("Grüße 日本"), "Grüße 日本");
    }

    #[test]
    fn what_is_near_is_said_finer_than_what_is_far() {
        let from: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        let said = |seconds| away(from, from + chrono::TimeDelta::seconds(seconds));
        assert_eq!(
            [said(-5), said(59), said(2_400), said(11_100), said(187_200)],
            ["0 s", "59 s", "40 min", "3 h 5 min", "2 d 4 h"]
        );
    }

    #[test]
    fn sizes_are_rounded_for_people() {
        assert_eq!((bytes(999).as_str(), bytes(1_234_567).as_str()), ("999 B", "1.2 MB"));
    }
}
