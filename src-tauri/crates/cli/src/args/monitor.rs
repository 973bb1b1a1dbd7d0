//! `courier monitor`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use courier_domain::MonitorFileLogId;
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
    Pause { monitor: String },
    /// Let a paused monitor go on
    Resume { monitor: String },
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
    /// Delete a monitor; what it started stays
    Delete { monitor: String },
    /// Undo a delete
    Restore { monitor: String },
}

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

fn state(text: &str) -> Result<MonitorState, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}
