//! Flood control: the same trouble with the same thing is told once in half an hour; what comes meanwhile is counted, and
//! the count is told when the time is over and the trouble is not.
//!
//! Only trouble is counted. Completed runs and the like are told each time, because programs wait for them.

use super::rules::{failure_before, recovery_of};
use chrono::TimeDelta;
use courier_domain::Timestamp;
use courier_domain::event::{DomainEvent, EventType};
use courier_domain::notification::{DeliveryState, NotificationRule};
use courier_store::{Session, StoreError, Subject};

const WINDOW: TimeDelta = TimeDelta::minutes(30);

/// What is done with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Tell(Standing),
    /// Counted; the count is told at this time.
    Count {
        repeat_at: Timestamp,
    },
    /// Nobody needs to know any more.
    Pass,
}

/// How an event stands to what was told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    New,
    /// The trouble goes on: it has come so many times since it was told.
    Again {
        times: u64,
        since: Timestamp,
    },
    /// The trouble is over, after so many failures.
    Over {
        failures: u64,
    },
}

/// Whether it is trouble, of which one message is enough.
const fn is_trouble(event_type: EventType) -> bool {
    use EventType as T;
    match event_type {
        T::JobFailed
        | T::StepFailed
        | T::ChainFailed
        | T::MonitorFailed
        | T::ExpectedFileMissing
        | T::ScheduleMisfired
        | T::WatcherAutoDisabled
        | T::AuditBroken
        | T::KeyExpiringSoon
        | T::KeyExpired
        | T::HostKeyChanged
        | T::InsecureTrustUsed => true,
        T::JobStarted
        | T::JobCompleted
        | T::JobPaused
        | T::JobResumed
        | T::JobCancelled
        | T::StepStarted
        | T::StepCompleted
        | T::StepSkipped
        | T::StepPaused
        | T::StepResumed
        | T::StepCancelled
        | T::ChainStarted
        | T::ChainCompleted
        | T::ChainPaused
        | T::ChainResumed
        | T::ChainCancelled
        | T::MonitorTriggered
        | T::MonitorRecovered
        | T::ExpectedFileArrived => false,
    }
}

/// Everything about the subject that came before the event is settled: told, counted or given up.
pub(super) async fn judge(
    session: &mut Session,
    rule: &NotificationRule,
    event: &DomainEvent,
    subject: Subject,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let of = |event_type: EventType| (rule.id, subject.id, event_type);
    if let Some(failure) = failure_before(event.event_type) {
        let last = session.last_told(of(event.event_type), event.id).await?.map(|told| told.event_id());
        let told = session.count_deliveries(of(failure), DeliveryState::Delivered, last, event.id).await?;
        if told > 0 {
            let counted =
                session.count_deliveries(of(failure), DeliveryState::Suppressed, last, event.id).await?;
            return Ok(Verdict::Tell(Standing::Over { failures: told + counted }));
        }
        let is_listed = rule.event_types.contains(&event.event_type);
        return Ok(if is_listed { Verdict::Tell(Standing::New) } else { Verdict::Pass });
    }
    if !is_trouble(event.event_type) {
        return Ok(Verdict::Tell(Standing::New));
    }
    let Some(last) = session.last_told(of(event.event_type), event.id).await? else {
        return Ok(Verdict::Tell(Standing::New));
    };
    let repeat_at = last.delivered_at + WINDOW;
    if now < repeat_at {
        return Ok(Verdict::Count { repeat_at });
    }
    let over = match recovery_of(event.event_type) {
        Some(recovery) => session.last_told(of(recovery), event.id).await?,
        None => None,
    };
    if over.is_some_and(|over| over.event_id() > last.event_id()) {
        return Ok(Verdict::Tell(Standing::New));
    }
    let after = Some(last.event_id());
    let counted =
        session.count_deliveries(of(event.event_type), DeliveryState::Suppressed, after, event.id).await?;
    Ok(Verdict::Tell(Standing::Again { times: counted + 1, since: last.delivered_at }))
}
