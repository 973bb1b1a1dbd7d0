//! `courier schedule` and `courier job depend` as they are typed.

use clap::{ArgGroup, Args as ClapArgs, Subcommand};
use courier_domain::Timestamp;
use courier_domain::schedule::{MisfirePolicy, OverlapPolicy};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// List schedules of jobs and chains
    List(ScheduleListArgs),
    /// Show one schedule
    Show { id: Uuid },
    /// Print the next fire times of a cron expression, such as "0 30 6 ? * MON-FRI"
    Next(ScheduleNextArgs),
    /// Let a schedule fire from now on
    Enable { id: Uuid },
    /// Keep a schedule from firing
    Disable { id: Uuid },
    /// Start what a schedule starts, now, and print the run's id; when it fires next stays as it is
    Fire { id: Uuid },
    /// List fire times that were not used as they came, newest first
    Missed(MissedArgs),
    /// Give a job or chain a schedule and print its id
    Add(ScheduleAddArgs),
    /// Pass over the skipped days of a calendar, or of none
    Calendar {
        id: Uuid,
        /// Name or id; left out, every day counts again
        calendar: Option<String>,
    },
    /// Take a schedule away; what it has started stays
    Remove { id: Uuid },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ScheduleListArgs {
    /// Only of this job or chain
    pub(crate) owner: Option<String>,
    /// Only those that fire, or do not
    #[arg(long)]
    pub(crate) enabled: Option<bool>,
    /// At most so many
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on after this schedule: the id of the last one seen
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<Uuid>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MissedArgs {
    /// Only of this schedule
    pub(crate) id: Option<Uuid>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ScheduleNextArgs {
    /// Quartz: second, minute, hour, day, month, weekday and perhaps the year
    pub(crate) expression: String,
    /// Such as Europe/Berlin [default: the system's]
    #[arg(long = "tz", value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Without the skipped days of this calendar
    #[arg(long, value_name = "CALENDAR")]
    pub(crate) calendar: Option<String>,
    /// How many
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) count: u32,
    /// From this time on, such as 2026-03-01T08:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = super::instant)]
    pub(crate) after: Option<Timestamp>,
}

#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("when").required(true).args(["cron", "at"]))]
pub(crate) struct ScheduleAddArgs {
    /// The job or chain to start
    pub(crate) owner: String,
    /// Fire by this Quartz expression
    #[arg(long, value_name = "EXPR")]
    pub(crate) cron: Option<String>,
    /// Fire once, at this time
    #[arg(long, value_name = "TIME", value_parser = super::instant)]
    pub(crate) at: Option<Timestamp>,
    /// The expression's time zone, such as Europe/Berlin [default: the system's]
    #[arg(long = "tz", value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Pass over the skipped days of this calendar
    #[arg(long, value_name = "CALENDAR")]
    pub(crate) calendar: Option<String>,
    /// What becomes of missed times: run_once, skip or run_all
    #[arg(long, value_name = "POLICY", value_parser = misfire, default_value = "run_once")]
    pub(crate) misfire: MisfirePolicy,
    /// While a run of it is not over: queue or skip
    #[arg(long, value_name = "POLICY", value_parser = overlap, default_value = "queue")]
    pub(crate) overlap: OverlapPolicy,
    /// A parameter of its runs; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// Add it, but do not let it fire yet
    #[arg(long)]
    pub(crate) disabled: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DependArgs {
    /// The job that waits
    pub(crate) job: String,
    /// The job that it waits for
    #[arg(long, value_name = "JOB")]
    pub(crate) on: String,
    /// Go on after a failure of it too
    #[arg(long)]
    pub(crate) run_on_failure: bool,
    /// Start when it ends, instead of only waiting for it
    #[arg(long)]
    pub(crate) trigger: bool,
}

fn misfire(text: &str) -> Result<MisfirePolicy, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

fn overlap(text: &str) -> Result<OverlapPolicy, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}
