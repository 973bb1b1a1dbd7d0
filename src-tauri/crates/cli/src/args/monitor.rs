//! `courier monitor`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use courier_domain::MonitorFileLogId;
use courier_domain::calendar::Weekday;
use courier_domain::expected::TimeOfDay;
use courier_domain::monitor::MonitorState;

#[derive(Debug, Subcommand)]
pub(crate) enum MonitorCommand {
    /// List the monitors
    List {
        /// Only in this state; may be given several times
        #[arg(long, value_parser = state)]
        state: Vec<MonitorState>,
        /// Only with this tag
        #[arg(long)]
        tag: Option<String>,
        /// Those that were deleted instead
        #[arg(long, conflicts_with_all = ["state", "tag"])]
        deleted: bool,
        #[command(flatten)]
        page: ListPage,
    },
    /// Show one monitor with what it starts
    Show { monitor: String },
    /// Let a disabled monitor watch
    Activate { monitor: String },
    /// Keep a monitor from starting anything, for a while
    Pause {
        #[arg(required_unless_present = "all")]
        monitor: Option<String>,
        /// Every active monitor at once
        #[arg(long, conflicts_with = "monitor")]
        all: bool,
    },
    /// Let a paused monitor go on
    Resume {
        #[arg(required_unless_present = "all")]
        monitor: Option<String>,
        /// Those that were paused with --all, or from the tray
        #[arg(long, conflicts_with = "monitor")]
        all: bool,
    },
    /// Switch a monitor off
    Disable { monitor: String },
    /// Confirm that a monitor's error was seen, so that it goes on
    Acknowledge { monitor: String },
    /// List the files it started something for, newest first
    Files {
        monitor: String,
        /// Only this file
        #[arg(long)]
        path: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Go on after this entry
        #[arg(long, value_name = "ID")]
        after: Option<MonitorFileLogId>,
    },
    /// Forget files, so that they trigger again
    Forget {
        monitor: String,
        /// As `monitor files` shows them
        #[arg(required = true)]
        path: Vec<String>,
    },
    /// Take files that are there as processed, so that they start nothing until they change
    Mark {
        monitor: String,
        #[arg(required = true)]
        path: Vec<String>,
    },
    /// Start again what files have started
    Rerun {
        monitor: String,
        /// As `monitor files` shows them
        #[arg(required = true)]
        path: Vec<String>,
    },
    /// Wait for files by a time of day, else people are told; what is left out stays as it is
    Expect(ExpectArgs),
    /// List what monitors wait for, the earliest deadline first
    Expected,
    /// List what was found at the deadlines of a monitor, newest first
    Checks {
        monitor: String,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Look at the folder now
    Scan { monitor: String },
    /// Delete a monitor; what it started stays
    Delete { monitor: String },
    /// Undo a delete
    Restore { monitor: String },
}

/// The expected-file clock of a monitor.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExpectArgs {
    pub(crate) monitor: String,
    /// By this time of day, such as 09:00
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) by: Option<TimeOfDay>,
    /// So many different files, at least [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u32>,
    /// Only files like this, such as "sales*.csv"; none for every file of the monitor
    #[arg(long, value_name = "GLOB")]
    pub(crate) pattern: Option<String>,
    /// Count files from this time of day on; none counts from the deadline before
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Since>,
    /// Only on this day: monday, …; none for every day; may be given several times
    #[arg(long, value_name = "DAY", value_parser = super::calendar::weekday)]
    pub(crate) weekday: Vec<Option<Weekday>>,
    /// In which the times are meant, such as Europe/Berlin [default: the system's]
    #[arg(long = "tz", value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Not on the skipped days of this calendar; none for no calendar
    #[arg(long, value_name = "CALENDAR")]
    pub(crate) calendar: Option<String>,
    /// Wait for nothing any more
    #[arg(long, conflicts_with_all = ["by", "count", "pattern", "since", "weekday", "time_zone", "calendar"])]
    pub(crate) off: bool,
}

/// A time of day, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Since(pub(crate) Option<TimeOfDay>);

/// Which part of a list, in which order.
#[derive(Debug, ClapArgs)]
pub(crate) struct ListPage {
    #[arg(long, value_enum, default_value_t = ListSort::Name)]
    pub(crate) sort: ListSort,
    /// At most so many
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on after this one: the id of the last one seen
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListSort {
    /// By name
    Name,
    /// Last changed first
    Changed,
}

fn time(text: &str) -> Result<TimeOfDay, String> {
    text.parse().map_err(|problem: courier_domain::Problem| problem.message)
}

fn since(text: &str) -> Result<Since, String> {
    if text == "none" { Ok(Since(None)) } else { time(text).map(|at| Since(Some(at))) }
}

fn state(text: &str) -> Result<MonitorState, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}
