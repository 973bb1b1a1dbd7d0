//! The words of a notice: one line for those who look up for a moment, and a text for those who read on.
//!
//! Names and errors come from elsewhere: they are shown as text, in one line each.

use super::flood::Standing;
use super::rules::recovery_of;
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{DomainEvent, EventType};
use courier_domain::notification::{EventDelivery, NotificationRule};
use courier_domain::{DomainEventId, EventDeliveryId, Timestamp};
use courier_store::Subject;
use serde::Serialize;
use serde_json::{Value, json};
use specta::Type;
use uuid::Uuid;

/// What is told. As JSON it is the body of a webhook and of a message to a broker.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Notice {
    /// The same when it is sent again.
    pub delivery_id: EventDeliveryId,
    /// The rule's name.
    pub rule: String,
    /// Nothing for a trial.
    pub event_id: Option<DomainEventId>,
    pub event_type: Option<EventType>,
    /// What raised the event, such as the run of a job.
    pub entity_type: AuditableEntityType,
    pub entity_id: Uuid,
    pub occurred_at: Timestamp,
    /// What the event is about, such as the job.
    pub subject_type: AuditableEntityType,
    pub subject_id: Uuid,
    pub subject_name: Option<String>,
    pub title: String,
    pub text: String,
    /// How many times it has come since it was told last; 0 for the first time.
    pub repeated: u32,
    /// How many failures are over with this; 0 if none were told.
    pub recovered_from: u32,
    /// The event's own data.
    pub payload: Value,
}

impl Notice {
    /// The event's type for programs.
    pub(super) fn kind(&self) -> &'static str {
        self.event_type.map_or("Test", EventType::as_str)
    }
}

pub(super) fn notice(
    delivery: &EventDelivery,
    rule: &NotificationRule,
    event: &DomainEvent,
    subject: Subject,
    name: Option<String>,
    standing: Standing,
) -> Notice {
    let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let (repeated, recovered_from) = match standing {
        Standing::New => (0, 0),
        Standing::Again { times, .. } => (count(times), 0),
        Standing::Over { failures } => (0, count(failures)),
    };
    let thing = thing(subject.kind, name.as_deref());
    Notice {
        delivery_id: delivery.id,
        rule: rule.name.clone(),
        event_id: Some(event.id),
        event_type: Some(event.event_type),
        entity_type: event.entity_type.parse().unwrap_or(subject.kind),
        entity_id: event.entity_id,
        occurred_at: event.occurred_at,
        subject_type: subject.kind,
        subject_id: subject.id,
        subject_name: name,
        title: title(&thing, event.event_type, standing),
        text: text(rule, event, &thing, standing),
        repeated,
        recovered_from,
        payload: event.payload.clone(),
    }
}

/// A notice that only says that the rule's channel works.
pub(super) fn trial(id: Uuid, rule: &NotificationRule, now: Timestamp) -> Notice {
    Notice {
        delivery_id: EventDeliveryId(id),
        rule: rule.name.clone(),
        event_id: None,
        event_type: None,
        entity_type: AuditableEntityType::NotificationRule,
        entity_id: rule.id.0,
        occurred_at: now,
        subject_type: AuditableEntityType::NotificationRule,
        subject_id: rule.id.0,
        subject_name: Some(rule.name.clone()),
        title: format!("Test of the notification rule {}", line(&rule.name)),
        text: format!("Courier can tell you by the rule {}. Nothing has happened.\n", line(&rule.name)),
        repeated: 0,
        recovered_from: 0,
        payload: json!({}),
    }
}

/// A text of somebody else in one line.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

fn thing(kind: AuditableEntityType, name: Option<&str>) -> String {
    use AuditableEntityType as T;
    let kind = match kind {
        T::Job => "Job",
        T::JobExecution => "A run",
        T::StepExecution => "A step",
        T::Chain => "Chain",
        T::ChainExecution => "A run of a chain",
        T::Connection => "Connection",
        T::PgpKey => "OpenPGP key",
        T::SshKey => "SSH key",
        T::FileMonitor => "Monitor",
        T::Tag => "Tag",
        T::SystemSetting => "A setting",
        T::Vault => "The audit log",
        T::Schedule => "A schedule",
        T::NotificationRule => "Notification rule",
        T::Calendar => "Calendar",
    };
    match name {
        Some(name) => format!("{kind} {}", line(name)),
        None => kind.to_owned(),
    }
}

fn times(n: u64) -> String {
    if n == 1 { "once more".to_owned() } else { format!("{n} more times") }
}

fn title(thing: &str, event_type: EventType, standing: Standing) -> String {
    match standing {
        Standing::New => format!("{thing}{}", happened(event_type)),
        // Each deadline waits for files of its own.
        Standing::Again { times: n, .. } if event_type == EventType::ExpectedFileMissing => {
            format!("{thing}{}, {}", happened(event_type), times(n))
        }
        Standing::Over { .. } if event_type == EventType::ExpectedFileArrived => {
            format!("{thing}{}", happened(event_type))
        }
        Standing::Again { times: n, .. } if recovery_of(event_type).is_some() => {
            format!("{thing} is still failing, {n} more")
        }
        Standing::Again { times: n, .. } => format!("{thing}{}, {}", happened(event_type), times(n)),
        Standing::Over { failures: 1 } => format!("{thing} works again"),
        Standing::Over { failures } => format!("{thing} works again after {failures} failures"),
    }
}

/// What comes behind the name of the thing.
fn happened(event_type: EventType) -> &'static str {
    use EventType as T;
    match event_type {
        T::JobStarted | T::ChainStarted => " has started",
        T::JobCompleted | T::ChainCompleted => " has completed",
        T::JobFailed | T::ChainFailed => " has failed",
        T::JobPaused | T::ChainPaused => " is paused",
        T::JobResumed | T::ChainResumed => " goes on",
        T::JobCancelled | T::ChainCancelled => " was cancelled",
        T::StepStarted => ": a step has started",
        T::StepCompleted => ": a step has completed",
        T::StepFailed => ": a step has failed",
        T::StepSkipped => ": a step was skipped",
        T::StepPaused => ": a step is paused",
        T::StepResumed => ": a step goes on",
        T::StepCancelled => ": a step was cancelled",
        T::MonitorTriggered => " found files",
        T::MonitorFailed => " has failed and stopped looking",
        T::MonitorRecovered => " works again",
        T::ExpectedFileMissing => ": expected files are missing",
        T::ExpectedFileArrived => ": the expected files have come",
        T::ScheduleMisfired => ": a scheduled start was missed",
        T::WatcherAutoDisabled => ": watching the folder was switched off, it is looked at from time to time",
        T::AuditBroken => " is not whole any more",
        T::KeyExpiringSoon => " expires soon",
        T::KeyExpired => " has expired",
        T::HostKeyChanged => ": the server's host key has changed and was refused",
        T::InsecureTrustUsed => ": the server was trusted without a check",
    }
}

fn text(rule: &NotificationRule, event: &DomainEvent, thing: &str, standing: Standing) -> String {
    let mut lines = vec![format!("{}.", title(thing, event.event_type, standing))];
    let known = |field: &str| event.payload[field].as_str().filter(|text| !text.trim().is_empty()).map(line);
    if let Some(error) = known("error_message").or_else(|| known("error")) {
        lines.push(format!("\n{error}"));
    }
    if let Some(missing) = missing_files(&event.payload) {
        lines.push(format!("\n{missing}"));
    }
    lines.push(String::new());
    lines.push(format!("When: {} UTC", moment(event.occurred_at)));
    if let Standing::Again { since, .. } = standing {
        lines.push(format!("Told last: {} UTC", moment(since)));
    }
    for (label, field) in [
        ("Error code", "error_code"),
        ("Expires", "expires_at"),
        ("Deadline", "deadline_at"),
        ("Pattern", "file_pattern"),
        ("Fingerprint", "fingerprint"),
        ("Presented", "presented"),
    ] {
        if let Some(value) = known(field) {
            lines.push(format!("{label}: {value}"));
        }
    }
    if let Ok(AuditableEntityType::JobExecution | AuditableEntityType::ChainExecution) =
        event.entity_type.parse()
    {
        lines.push(format!("Run: {}", event.entity_id));
    } else if let Some(run) = known("job_execution_id") {
        lines.push(format!("Run: {run}"));
    }
    lines.push(format!("\nYou are told of this by Courier's notification rule {}.\n", line(&rule.name)));
    lines.join("\n")
}

/// What a deadline found, where the event is about one.
fn missing_files(payload: &Value) -> Option<String> {
    let (expected, found) = (payload["expected_count"].as_u64()?, payload["found_count"].as_u64()?);
    Some(format!("{found} of {expected} files were there by the deadline."))
}

fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
