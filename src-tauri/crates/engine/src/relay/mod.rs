//! The relay: tells people and programs of events, as the notification rules say.
//!
//! An event becomes a delivery for each rule that wants it, and a delivery is claimed, sent and recorded, in this order:
//! a node that dies in between has told nobody or tells again, never forgets. Events that nobody wants are passed many
//! at once. What is about one thing goes to one rule in the order in which it happened.
//!
//! Left out: rows and claims (the store), what a rule may say (the domain).
//!
//! Invariant: nothing is recorded as delivered that a channel has not taken.

mod channels;
mod flood;
mod message;
mod rules;

pub use channels::DesktopHub;
pub use message::Notice;

use crate::context::Services;
use channels::SendError;
use chrono::TimeDelta;
use courier_domain::event::DomainEvent;
use courier_domain::notification::{EventDelivery, NotificationChannel, NotificationRule};
use courier_domain::{NodeId, NotificationRuleId, Timestamp};
use courier_store::{Claimable, StoreError, Subject};
use courier_vault::VaultState;
use flood::Verdict;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Finds what no news told of.
const POLL: Duration = Duration::from_secs(2);
/// News comes in crowds, and one look serves them all.
const GATHER: Duration = Duration::from_millis(100);
/// Between two looks while there is more to decide, so that other writers have the most of the time.
const PAUSE: Duration = Duration::from_millis(20);
/// Events that one transaction deals with: some milliseconds on SQLite.
const BATCH: u32 = 500;
const AT_ONCE: usize = 16;
/// Longer than any sending takes, so that a claim is over only if its node is.
const CLAIM: TimeDelta = TimeDelta::seconds(90);
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(5);
const LONGEST_RETRY: TimeDelta = TimeDelta::minutes(30);
/// The last comes about three hours after the first.
const ATTEMPTS: i32 = 13;
/// What no window has shown by then is news no more.
const WINDOW_LIMIT: TimeDelta = TimeDelta::days(1);
/// Sendings have this long to come to an end when the node ends.
const END_LIMIT: Duration = Duration::from_secs(2);

/// Tells until the node ends.
pub(crate) async fn run(services: Arc<Services>, node: NodeId, stop: CancellationToken) {
    let mut changes = services.store.changes();
    let mut relay = Relay { services: services.clone(), node, sending: JoinSet::new() };
    loop {
        let wait = match relay.look().await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(%error, "the relay could not reach the store; it tries again");
                POLL
            }
        };
        let mut gather = false;
        tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = relay.sending.join_next(), if !relay.sending.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a notification broke; it is sent again");
                }
            }
            news = changes.recv() => match news {
                // The store is closing; the stop signal follows.
                Err(RecvError::Closed) => tokio::time::sleep(POLL).await,
                Ok(_) | Err(RecvError::Lagged(_)) => gather = true,
            },
            () = services.desktop.opened() => {}
            () = tokio::time::sleep(wait) => {}
        }
        if gather {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(GATHER) => {}
            }
            changes = changes.resubscribe();
        }
    }
    relay.end().await;
}

struct Relay {
    services: Arc<Services>,
    node: NodeId,
    sending: JoinSet<()>,
}

impl Relay {
    /// Does what there is to do, and says how long it can wait for more.
    async fn look(&mut self) -> Result<Duration, StoreError> {
        let now = self.services.clock.now();
        let waiting = self.services.store.read().await?.waiting_deliveries(now).await?;
        let more = waiting.undecided && self.decide(now).await?;
        if waiting.next_repeat_at.is_some_and(|at| at <= now) {
            let mut unit = self.services.store.begin("system").await?;
            unit.repeat_deliveries().await?;
            unit.commit().await?;
        }
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if waiting.undecided || is_due(waiting.next_repeat_at) || is_due(waiting.next_attempt_at) {
            self.claim(now).await?;
        }
        if more {
            return Ok(PAUSE);
        }
        let next =
            [waiting.next_attempt_at, waiting.next_repeat_at].into_iter().flatten().filter(|at| *at > now);
        let until = next.min().and_then(|at| (at - now).to_std().ok());
        Ok(until.map_or(POLL, |until| until.min(POLL)))
    }

    /// Decides who is told of a number of events; returns whether there may be more.
    async fn decide(&self, until: Timestamp) -> Result<bool, StoreError> {
        let store = &self.services.store;
        let mut session = store.read().await?;
        let rules: Vec<NotificationRule> =
            session.notification_rules().await?.into_iter().filter(|rule| rule.is_enabled).collect();
        let open = session.open_failures().await?.into_iter().collect();
        let wanted = rules::wanted(&rules, &open);
        let events = session.undelivered_events_of(&wanted, until, BATCH).await?;
        let subjects = session.subjects_of(&events).await?;
        let about: Vec<Subject> = subjects.values().copied().collect();
        let tags = session.tags_of_subjects(&about).await?;
        drop(session);
        let is_full = events.len() >= BATCH as usize;
        let kept = rules::kept(&wanted, &events, &rules, is_full);
        let decided = rules::decide(&rules, &events, &subjects, &tags, open);
        let mut unit = store.begin("system").await?;
        let passed = unit.pass_unwanted_events(&kept, until, BATCH).await?;
        for (rule, subject, failure) in decided.over {
            unit.close_failures(rule, subject, failure).await?;
            unit.forget_repeats(rule, subject, failure).await?;
        }
        unit.insert_deliveries(&decided.deliveries).await?;
        unit.mark_events_processed(&decided.nobodys).await?;
        unit.commit().await?;
        // Ends that were kept back are decided at the next look.
        Ok(passed >= u64::from(BATCH) || is_full || kept.len() > wanted.len())
    }

    /// Begins to send what is due.
    async fn claim(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let free = AT_ONCE.saturating_sub(self.sending.len());
        let Ok(limit @ 1..) = u32::try_from(free) else { return Ok(()) };
        let services = &self.services;
        let rules = services.store.read().await?.notification_rules().await?;
        let no_window = !services.desktop.is_open();
        let is_shut = services.vault.status().state != VaultState::Unlocked;
        let desktop: Vec<NotificationRuleId> = rules
            .iter()
            .filter(|rule| no_window && matches!(rule.channel, NotificationChannel::Desktop {}))
            .map(|rule| rule.id)
            .collect();
        let mut except = desktop.clone();
        except.extend(rules.iter().filter(|r| is_shut && r.secret_encrypted.is_some()).map(|rule| rule.id));
        let mut unit = services.store.begin("system").await?;
        let late = "No window was open for a day that could have shown this.";
        unit.give_up_deliveries(&desktop, now - WINDOW_LIMIT, late).await?;
        let claim = Claimable { node_id: self.node, until: now + CLAIM, except, limit };
        let claimed = unit.claim_deliveries(&claim).await?;
        unit.commit().await?;
        for delivery in claimed {
            let (services, node) = (self.services.clone(), self.node);
            self.sending.spawn(async move {
                if let Err(error) = deliver(&services, node, &delivery).await {
                    tracing::warn!(%error, delivery = %delivery.id, "a notification was not recorded");
                }
            });
        }
        Ok(())
    }

    /// Lets what is being sent come to an end, and gives the rest back.
    async fn end(mut self) {
        let all = async { while self.sending.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(END_LIMIT, all).await;
        self.sending.shutdown().await;
        let back = async {
            let mut unit = self.services.store.begin("system").await?;
            unit.release_deliveries(self.node).await?;
            unit.commit().await
        };
        let back: Result<(), StoreError> = back.await;
        if let Err(error) = back {
            tracing::debug!(%error, "what was not sent stays claimed for a while");
        }
    }
}

/// Sends one delivery and records what became of it.
async fn deliver(services: &Services, node: NodeId, delivery: &EventDelivery) -> Result<(), StoreError> {
    let mut session = services.store.read().await?;
    let rule = session.notification_rule(delivery.rule_id).await?;
    let event = session.domain_event(delivery.event_id).await?;
    let subject = subject_of(&mut session, &event).await?;
    let now = services.clock.now();
    let verdict = if rule.is_enabled && !rule.is_deleted {
        flood::judge(&mut session, &rule, &event, subject, now).await?
    } else {
        Verdict::Pass
    };
    let name = session.subject_name(subject).await?;
    drop(session);
    let standing = match verdict {
        Verdict::Tell(standing) => standing,
        Verdict::Count { repeat_at } => {
            let mut unit = services.store.begin("system").await?;
            unit.check_delivery_claim(delivery.id, node).await?;
            unit.delivery_counted(delivery.id, repeat_at).await?;
            return unit.commit().await;
        }
        Verdict::Pass => {
            let mut unit = services.store.begin("system").await?;
            unit.check_delivery_claim(delivery.id, node).await?;
            unit.delivery_suppressed(delivery.id).await?;
            forget_if_over(&mut unit, &rule, &event, subject).await?;
            return unit.commit().await;
        }
    };
    let notice = message::notice(delivery, &rule, &event, subject, name, standing);
    let sent = channels::send(services, &rule, &notice).await;
    let mut unit = services.store.begin("system").await?;
    unit.check_delivery_claim(delivery.id, node).await?;
    match sent {
        Ok(()) => {
            unit.delivery_delivered(delivery.id).await?;
            forget_if_over(&mut unit, &rule, &event, subject).await?;
            tracing::info!(delivery = %delivery.id, rule = %rule.id, event = %event.event_type, "told");
        }
        Err(SendError { message, again }) => match retry_after(delivery.attempts).filter(|_| again) {
            Some(delay) => {
                tracing::info!(delivery = %delivery.id, rule = %rule.id, error = %message, "not told yet");
                unit.delivery_failed(delivery.id, &message, services.clock.now() + delay).await?;
            }
            None => {
                tracing::warn!(delivery = %delivery.id, rule = %rule.id, error = %message, "given up");
                unit.delivery_dead(delivery.id, &message).await?;
            }
        },
    }
    unit.commit().await
}

/// An end was told or passed: what was counted before it is not told any more.
async fn forget_if_over(
    unit: &mut courier_store::UnitOfWork,
    rule: &NotificationRule,
    event: &DomainEvent,
    subject: Subject,
) -> Result<(), StoreError> {
    match rules::failure_before(event.event_type) {
        Some(failure) => unit.forget_repeats(rule.id, subject.id, failure).await,
        None => Ok(()),
    }
}

async fn subject_of(
    session: &mut courier_store::Session,
    event: &DomainEvent,
) -> Result<Subject, StoreError> {
    let subjects = session.subjects_of(std::slice::from_ref(event)).await?;
    subjects
        .get(&event.id)
        .copied()
        .ok_or_else(|| StoreError::Damaged { what: format!("event {} is about nothing", event.id) })
}

/// How long after an attempt the next one comes, given how many failed before it; nothing after the last.
fn retry_after(failed_before: i32) -> Option<TimeDelta> {
    if failed_before + 1 >= ATTEMPTS {
        return None;
    }
    let doubled = u32::try_from(failed_before.clamp(0, 20)).unwrap_or(20);
    Some(FIRST_RETRY.checked_mul(1 << doubled).map_or(LONGEST_RETRY, |delay| delay.min(LONGEST_RETRY)))
}

/// Sends a notice that only says that the rule's channel works.
///
/// # Errors
/// What the channel or the vault said.
pub(crate) async fn test(services: &Services, rule: &NotificationRule) -> Result<(), String> {
    let notice = message::trial(services.ids.new_id(), rule, services.clock.now());
    channels::send(services, rule, &notice).await.map_err(|error| error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_further_apart_and_end() {
        let delays: Vec<_> = (0..ATTEMPTS).map_while(retry_after).map(|delay| delay.num_seconds()).collect();
        assert_eq!(delays[..5], [5, 10, 20, 40, 80]);
        assert_eq!(delays.len(), 12);
        assert!(delays.iter().all(|delay| *delay <= 1_800));
    }
}
