//! `courier notify` and `courier events`.

use clap::Subcommand;
use courier_domain::event::EventType;
use courier_domain::notification::DeliveryState;
use courier_domain::{DomainEventId, EventDeliveryId};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// List the rules that say who is told of what
    Rules,
    /// Show one rule
    Show { rule: String },
    /// Let a rule tell
    Enable { rule: String },
    /// Keep a rule from telling
    Disable { rule: String },
    /// Delete a rule
    Delete { rule: String },
    /// Send a notice by a rule now, and say whether it arrived
    Test { rule: String },
    /// List what was told, is to be told, or was not, newest first
    Log {
        /// Only by this rule
        rule: Option<String>,
        /// Only in this state: pending, delivered, suppressed, dead
        #[arg(long, value_parser = state)]
        state: Option<DeliveryState>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Go on after this delivery
        #[arg(long, value_name = "ID")]
        after: Option<EventDeliveryId>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events, newest first, with what became of telling them
    List {
        /// Only of this type, such as JobFailed
        #[arg(long = "type", value_name = "TYPE", value_parser = event_type)]
        event_type: Option<EventType>,
        /// Only about the thing with this id
        #[arg(long, value_name = "ID")]
        entity: Option<Uuid>,
        /// Only what is not dealt with
        #[arg(long)]
        pending: bool,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Go on after this event
        #[arg(long, value_name = "ID")]
        after: Option<DomainEventId>,
    },
    /// Send again what was given up: of these events, or all
    Replay { event: Vec<DomainEventId> },
}

fn state(text: &str) -> Result<DeliveryState, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

fn event_type(text: &str) -> Result<EventType, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}
