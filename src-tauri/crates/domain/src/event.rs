//! Domain events: what happened, for those who react to it. Written in the transaction of the change.

use crate::macros::text_enum;
use crate::{DomainEventId, Timestamp};
use serde::Serialize;
use specta::Type;
use uuid::Uuid;

text_enum! {
    pub enum EventType {
        JobStarted = "JobStarted", JobCompleted = "JobCompleted", JobFailed = "JobFailed",
        JobPaused = "JobPaused", JobResumed = "JobResumed", JobCancelled = "JobCancelled",
        StepStarted = "StepStarted", StepCompleted = "StepCompleted", StepFailed = "StepFailed",
        StepSkipped = "StepSkipped", StepPaused = "StepPaused", StepResumed = "StepResumed",
        StepCancelled = "StepCancelled",
        ChainStarted = "ChainStarted", ChainCompleted = "ChainCompleted", ChainFailed = "ChainFailed",
        ChainPaused = "ChainPaused", ChainResumed = "ChainResumed", ChainCancelled = "ChainCancelled",
        MonitorTriggered = "MonitorTriggered", MonitorFailed = "MonitorFailed",
        MonitorRecovered = "MonitorRecovered", ExpectedFileMissing = "ExpectedFileMissing",
        ExpectedFileArrived = "ExpectedFileArrived",
        ScheduleMisfired = "ScheduleMisfired", WatcherAutoDisabled = "WatcherAutoDisabled",
        AuditBroken = "AuditBroken",
        KeyExpiringSoon = "KeyExpiringSoon", KeyExpired = "KeyExpired",
        HostKeyChanged = "HostKeyChanged", InsecureTrustUsed = "InsecureTrustUsed",
    }
}

/// A stored event. `processed_at` is set when every subscriber is done with it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct DomainEvent {
    pub id: DomainEventId,
    pub event_type: EventType,
    /// The kind of the entity it is about, as in the audit.
    pub entity_type: String,
    pub entity_id: Uuid,
    pub payload: serde_json::Value,
    pub occurred_at: Timestamp,
    pub processed_at: Option<Timestamp>,
    pub processed_by: Option<String>,
}

/// An event before it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub event_type: EventType,
    pub entity_type: crate::audit::AuditableEntityType,
    pub entity_id: Uuid,
    pub payload: serde_json::Value,
}
