//! `courier chain` as it is typed.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use courier_domain::ChainExecutionId;
use courier_domain::chain::ChainExecutionState;

#[derive(Debug, Subcommand)]
pub(crate) enum ChainCommand {
    /// List the chains
    List(ChainListArgs),
    /// Show one chain with its members and schedules
    Show { chain: String },
    /// Let a chain run
    Enable { chain: String },
    /// Keep a chain from running
    Disable { chain: String },
    /// Delete a chain; its history stays
    Delete { chain: String },
    /// Undo a delete
    Restore { chain: String },
    /// Run a chain and follow it to its end. If no Courier is running that takes work, this command does it
    Run(ChainRunArgs),
    /// List runs of chains, newest first, or show one with its members
    Executions(ChainExecutionsArgs),
    /// Let no more members of a run begin, and those that run come to a point of return
    Pause { run: ChainExecutionId },
    /// Let a paused run go on
    Resume { run: ChainExecutionId },
    /// Give a run up, with every member that is not over
    Cancel { run: ChainExecutionId },
    /// Do again what has failed in a run; what completed stays done
    Retry { run: ChainExecutionId },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ChainListArgs {
    /// Only those with this in their name
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only those that may run, or may not
    #[arg(long)]
    pub(crate) enabled: Option<bool>,
    /// Only with this tag
    #[arg(long, conflicts_with = "deleted")]
    pub(crate) tag: Option<String>,
    /// Those that were deleted
    #[arg(long)]
    pub(crate) deleted: bool,
    #[arg(long, value_enum, default_value_t = ChainSort::Name)]
    pub(crate) sort: ChainSort,
    /// At most so many
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on after this chain: the id of the last one seen
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChainSort {
    /// By name
    Name,
    /// Last changed first
    Changed,
    /// Next to fire first
    Next,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ChainRunArgs {
    pub(crate) chain: String,
    /// A parameter for the jobs that have it; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// Start it and print its id
    #[arg(long)]
    pub(crate) detach: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ChainExecutionsArgs {
    /// Only of this chain
    pub(crate) chain: Option<String>,
    /// Show this run
    #[arg(long, value_name = "ID", conflicts_with_all = ["chain", "state", "after"])]
    pub(crate) id: Option<String>,
    /// Only in this state; may be given several times
    #[arg(long, value_parser = state)]
    pub(crate) state: Vec<ChainExecutionState>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on after this run
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}

fn state(text: &str) -> Result<ChainExecutionState, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}
