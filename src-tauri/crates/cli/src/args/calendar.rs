//! `courier calendar` as it is typed.

use super::monitor::ListPage;
use clap::{Args as ClapArgs, Subcommand};
use courier_domain::calendar::{CalendarDate, CalendarDay, Weekday};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CalendarCommand {
    /// List the calendars with what uses them
    List {
        /// Those that were deleted instead
        #[arg(long)]
        deleted: bool,
        #[command(flatten)]
        page: ListPage,
    },
    /// Show one calendar with its days and what uses it
    Show { calendar: String },
    /// Make a calendar
    Create {
        name: String,
        #[command(flatten)]
        days: CalendarDays,
    },
    /// Change a calendar; what comes next of all who use it moves at once
    Edit {
        calendar: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// Take this date out; may be given several times
        #[arg(long, value_name = "DATE", value_parser = day)]
        remove: Vec<CalendarDay>,
        /// Take all dates out before others come in
        #[arg(long)]
        clear: bool,
        #[command(flatten)]
        days: CalendarDays,
    },
    /// Delete a calendar that nothing uses
    Delete { calendar: String },
    /// Undo a delete
    Restore { calendar: String },
    /// Show which schedules and monitors use a calendar
    WhereUsed { calendar: String },
}

/// What a calendar skips.
#[derive(Debug, ClapArgs)]
pub(crate) struct CalendarDays {
    /// Empty text takes it away
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Skipped in every week, instead of what was: saturday, sunday, …, or none; may be given several times
    #[arg(long, value_name = "DAY", value_parser = weekday)]
    pub(crate) weekday: Vec<Option<Weekday>>,
    /// A skipped date, 2027-03-26 or 12-25 for every year, perhaps with a word: 12-25=Christmas; may be given several
    /// times
    #[arg(long, value_name = "DATE[=WORD]", value_parser = date)]
    pub(crate) date: Vec<CalendarDate>,
    /// Dates of a file: iCalendar (.ics), or lines such as 2027-03-26,Good Friday; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
}

pub(crate) fn weekday(text: &str) -> Result<Option<Weekday>, String> {
    if text == "none" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

fn day(text: &str) -> Result<CalendarDay, String> {
    text.parse().map_err(|problem: courier_domain::Problem| problem.message)
}

fn date(text: &str) -> Result<CalendarDate, String> {
    let (date, name) = text.split_once('=').unwrap_or((text, ""));
    Ok(CalendarDate { date: day(date)?, name: Some(name.trim().to_owned()).filter(|n| !n.is_empty()) })
}
