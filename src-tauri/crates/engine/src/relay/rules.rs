//! Which rule wants which event.
//!
//! A rule that names tags, jobs, chains or monitors is about those; with none of them it is about everything. A rule
//! that tells of failures tells also, once, that one is over. It is not told of what happened before it was made.

use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{DomainEvent, EventType};
use courier_domain::notification::NotificationRule;
use courier_domain::{DomainEventId, TagId};
use courier_store::{LineKey, NewDelivery, Subject};
use std::collections::{BTreeMap, BTreeSet};

/// Failures that a rule has told of, or is about to, and that nothing has ended since, with the event of each.
pub(super) type OpenFailures = BTreeMap<LineKey, DomainEventId>;

/// What becomes of a number of events.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) deliveries: Vec<NewDelivery>,
    /// Events that no rule is told of.
    pub(super) nobodys: Vec<DomainEventId>,
    /// Failures that are over.
    pub(super) over: Vec<LineKey>,
}

/// Failures, each with what says that it is over.
const ENDS: [(EventType, EventType); 4] = [
    (EventType::JobFailed, EventType::JobCompleted),
    (EventType::ChainFailed, EventType::ChainCompleted),
    (EventType::MonitorFailed, EventType::MonitorRecovered),
    (EventType::ExpectedFileMissing, EventType::ExpectedFileArrived),
];

/// What says that a failure is over.
pub(super) fn recovery_of(event_type: EventType) -> Option<EventType> {
    ENDS.iter().find(|(failure, _)| *failure == event_type).map(|(_, end)| *end)
}

/// The failure that this says to be over.
pub(super) fn failure_before(event_type: EventType) -> Option<EventType> {
    ENDS.iter().find(|(_, end)| *end == event_type).map(|(failure, _)| *failure)
}

/// The types of which some rule may have to be told now. Ends are among them only while something is open: most runs
/// complete, and a queue at full speed must not be looked at run by run.
pub(super) fn wanted(rules: &[NotificationRule], open: &OpenFailures) -> Vec<EventType> {
    let mut wanted: BTreeSet<EventType> = rules.iter().flat_map(|rule| rule.event_types.clone()).collect();
    let waiting = open.keys().filter(|(id, _, _)| rules.iter().any(|rule| rule.id == *id));
    wanted.extend(waiting.filter_map(|(_, _, failure)| recovery_of(*failure)));
    wanted.into_iter().collect()
}

/// The types that must not be passed over yet. The end of a failure that is only now found may stand among the events
/// that were not looked at; `all` says that there may be failures behind these events.
pub(super) fn kept(
    wanted: &[EventType],
    events: &[DomainEvent],
    rules: &[NotificationRule],
    all: bool,
) -> Vec<EventType> {
    let mut kept: BTreeSet<EventType> = wanted.iter().copied().collect();
    if all {
        kept.extend(rules.iter().flat_map(|rule| &rule.event_types).filter_map(|of| recovery_of(*of)));
    } else {
        kept.extend(events.iter().filter_map(|event| recovery_of(event.event_type)));
    }
    kept.into_iter().collect()
}

/// Decides who is told of the events, which are in the order in which they happened.
pub(super) fn decide(
    rules: &[NotificationRule],
    events: &[DomainEvent],
    subjects: &BTreeMap<DomainEventId, Subject>,
    tags: &BTreeMap<Subject, Vec<TagId>>,
    mut open: OpenFailures,
) -> Decided {
    let mut decided = Decided::default();
    for event in events {
        let Some(subject) = subjects.get(&event.id) else { continue };
        let carried = tags.get(subject).map_or(&[][..], Vec::as_slice);
        let before = decided.deliveries.len();
        for rule in rules {
            let over = failure_before(event.event_type).map(|failure| (rule.id, subject.id, failure));
            let is_over = over.filter(|key| open.get(key).is_some_and(|failure| *failure < event.id));
            if let Some(key) = is_over {
                open.remove(&key);
                decided.over.push(key);
                for earlier in &mut decided.deliveries {
                    if (earlier.rule_id, earlier.subject_id, earlier.event_type) == key {
                        earlier.awaits_recovery = false;
                    }
                }
            }
            if is_over.is_none() && !wants(rule, event, *subject, carried) {
                continue;
            }
            let key = (rule.id, subject.id, event.event_type);
            decided.deliveries.push(NewDelivery {
                event_id: event.id,
                rule_id: rule.id,
                event_type: event.event_type,
                subject_id: subject.id,
                awaits_recovery: recovery_of(event.event_type).is_some()
                    && open.insert(key, event.id).is_none(),
            });
        }
        if decided.deliveries.len() == before {
            decided.nobodys.push(event.id);
        }
    }
    decided
}

fn wants(rule: &NotificationRule, event: &DomainEvent, subject: Subject, tags: &[TagId]) -> bool {
    if !rule.event_types.contains(&event.event_type) || event.occurred_at < rule.created_at {
        return false;
    }
    let is_about_all =
        rule.tags.is_empty() && rule.jobs.is_empty() && rule.chains.is_empty() && rule.monitors.is_empty();
    let (kind, id) = (subject.kind, subject.id);
    let is_named = (kind == AuditableEntityType::Job && rule.jobs.iter().any(|job| job.0 == id))
        || (kind == AuditableEntityType::Chain && rule.chains.iter().any(|chain| chain.0 == id))
        || (kind == AuditableEntityType::FileMonitor && rule.monitors.iter().any(|monitor| monitor.0 == id));
    is_about_all || is_named || tags.iter().any(|tag| rule.tags.contains(tag))
}
