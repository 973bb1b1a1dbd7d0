//! Notification rules, and events with what became of telling them.
//!
//! Left out: sending (the engine does), and showing on a desktop (the shell does). Invariant: a rule's secret comes in once and never goes out.

use crate::app::App;
use crate::error::Result;
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{DomainEvent, EventType};
use courier_domain::notification::{DeliveryState, EventDelivery, NotificationRule, RuleDraft};
use courier_domain::{DomainEventId, EventDeliveryId, NotificationRuleId, Timestamp};
use courier_engine::{Notice, places};
use courier_store::{DeliveryFilter, NewestEvents};
use courier_vault::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use specta::Type;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tokio::sync::broadcast;
use uuid::Uuid;

/// Deliveries that a page of events shows at most.
const DELIVERIES: u32 = 100_000;

/// A rule as list and page show it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct NotificationRuleRow {
    pub rule: NotificationRule,
    pub has_secret: bool,
}

impl From<NotificationRule> for NotificationRuleRow {
    fn from(rule: NotificationRule) -> Self {
        Self { has_secret: rule.secret_encrypted.is_some(), rule }
    }
}

/// Which events to list. `after` is the `next` of the page before.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct EventsFilter {
    pub event_type: Option<EventType>,
    pub entity_id: Option<Uuid>,
    /// Only events that are dealt with, or only those that are not.
    pub processed: Option<bool>,
    pub limit: u32,
    pub after: Option<DomainEventId>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct EventsPage {
    /// Newest first.
    pub items: Vec<EventRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<DomainEventId>,
}

/// An event with its way to each rule.
#[derive(Debug, Clone, Serialize, Type)]
pub struct EventRow {
    pub event: DomainEvent,
    pub deliveries: Vec<EventDelivery>,
}

/// What came of trying a rule's channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct NotificationTrial {
    pub delivered: bool,
    /// Why it did not arrive.
    pub error: Option<String>,
}

/// Which deliveries to list. `after` is the `next` of the page before.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct DeliveriesFilter {
    pub rule_id: Option<NotificationRuleId>,
    pub state: Option<DeliveryState>,
    pub limit: u32,
    pub after: Option<EventDeliveryId>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct DeliveriesPage {
    /// Newest first.
    pub items: Vec<DeliveryRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<EventDeliveryId>,
}

/// An event's way to one rule, with both by name.
#[derive(Debug, Clone, Serialize, Type)]
pub struct DeliveryRow {
    pub delivery: EventDelivery,
    pub rule: String,
    pub event_type: EventType,
    pub subject_type: AuditableEntityType,
    pub subject_id: Uuid,
    pub subject_name: Option<String>,
}

impl App {
    /// Rules that are not deleted, by name.
    pub async fn notification_rules_list(&self) -> Result<Vec<NotificationRuleRow>> {
        let rules = self.read().await?.notification_rules().await?;
        Ok(rules.into_iter().map(NotificationRuleRow::from).collect())
    }

    pub async fn notification_rules_get(&self, id: NotificationRuleId) -> Result<NotificationRuleRow> {
        Ok(self.read().await?.notification_rule(id).await?.into())
    }

    /// The rule with that name (in any case) or id.
    pub async fn notification_rules_find(&self, name_or_id: &str) -> Result<NotificationRule> {
        Ok(self.read().await?.find_notification_rule(name_or_id).await?)
    }

    /// Saves a new rule, or a change of rule `id`. Without a secret the stored one stays with its channel; an empty one
    /// takes it away. With `expected`, the `updated_at`
    /// that the editor had loaded, it is refused when somebody else saved meanwhile.
    pub async fn notification_rules_save(
        &self,
        id: Option<NotificationRuleId>,
        draft: RuleDraft,
        secret: Option<SecretString>,
        expected: Option<Timestamp>,
    ) -> Result<NotificationRuleRow> {
        draft.check().into_result()?;
        let target = id.unwrap_or_else(|| self.new_id());
        let removes = secret.as_ref().is_some_and(SecretString::is_empty);
        let sealed = match secret.filter(|secret| !secret.is_empty()) {
            Some(secret) => {
                self.vault_needed()?;
                let place = places::notification_secret(target);
                Some(self.vault().seal(&place, secret.expose().as_bytes())?)
            }
            None => None,
        };
        let mut unit = self.begin().await?;
        let rule = match id {
            None => {
                let rule = NotificationRule::new(target, draft, sealed, unit.now());
                unit.insert_notification_rule(&rule).await?;
                rule
            }
            Some(id) => {
                let before = unit.notification_rule(id).await?;
                let mut rule = before.clone();
                rule.edit(draft, unit.now());
                let seen = expected.unwrap_or(before.updated_at);
                let keeps = sealed.is_none() && !(removes && before.secret_encrypted.is_some());
                if keeps && rule.to_draft() == before.to_draft() && seen == before.updated_at {
                    return Ok(before.into());
                }
                rule.secret_encrypted = sealed.or(rule.secret_encrypted.filter(|_| !removes));
                unit.update_notification_rule(&rule, seen).await?
            }
        };
        unit.commit().await?;
        Ok(rule.into())
    }

    pub async fn notification_rules_set_enabled(
        &self,
        id: NotificationRuleId,
        enabled: bool,
    ) -> Result<NotificationRuleRow> {
        let mut unit = self.begin().await?;
        let rule = unit.set_notification_rule_enabled(id, enabled).await?;
        unit.commit().await?;
        Ok(rule.into())
    }

    pub async fn notification_rules_delete(&self, id: NotificationRuleId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_notification_rule(id).await?;
        Ok(unit.commit().await?)
    }

    pub async fn notification_rules_restore(&self, id: NotificationRuleId) -> Result<NotificationRuleRow> {
        let mut unit = self.begin().await?;
        let rule = unit.restore_notification_rule(id).await?;
        unit.commit().await?;
        Ok(rule.into())
    }

    /// Sends a notice by the rule now, from this process, and says what came of it; also by a rule that is disabled.
    pub async fn notification_rules_test(&self, id: NotificationRuleId) -> Result<NotificationTrial> {
        let rule = self.read().await?.notification_rule(id).await?;
        if rule.secret_encrypted.is_some() {
            self.vault_needed()?;
        }
        let error = self.engine().try_notification(&rule).await.err();
        let trial = NotificationTrial { delivered: error.is_none(), error };
        let mut unit = self.begin().await?;
        let details = json!({ "name": rule.name, "delivered": trial.delivered, "error": trial.error });
        unit.audit(AuditableEntityType::NotificationRule, rule.id, "Tested", details);
        unit.commit().await?;
        Ok(trial)
    }

    /// Rules that were deleted, newest deletion first.
    pub async fn notification_rules_deleted(&self) -> Result<Vec<NotificationRuleRow>> {
        let rules = self.read().await?.deleted_notification_rules().await?;
        Ok(rules.into_iter().map(NotificationRuleRow::from).collect())
    }

    /// What was told, is to be told, or was not, newest first.
    pub async fn deliveries_list(&self, filter: DeliveriesFilter) -> Result<DeliveriesPage> {
        let limit = filter.limit.clamp(1, courier_store::MAX_PAGE);
        let asked = DeliveryFilter {
            rule_id: filter.rule_id,
            state: filter.state,
            before: filter.after,
            limit: limit + 1,
            ..DeliveryFilter::default()
        };
        let mut session = self.read().await?;
        let mut deliveries = session.deliveries(&asked).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = deliveries.len() > limit;
        deliveries.truncate(limit);
        let next = deliveries.last().filter(|_| more).map(|delivery| delivery.id);
        let events: Vec<DomainEventId> = deliveries.iter().map(|delivery| delivery.event_id).collect();
        let events = session.events_by_id(&events).await?;
        let subjects = session.subjects_of(&events).await?;
        let events: BTreeMap<DomainEventId, DomainEvent> = events.into_iter().map(|e| (e.id, e)).collect();
        let mut rules: BTreeMap<NotificationRuleId, String> = BTreeMap::new();
        let mut names: BTreeMap<_, Option<String>> = BTreeMap::new();
        let mut items = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            // Pruned between the two looks.
            let (Some(event), Some(subject)) =
                (events.get(&delivery.event_id), subjects.get(&delivery.event_id))
            else {
                continue;
            };
            let rule = match rules.entry(delivery.rule_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(session.notification_rule(delivery.rule_id).await?.name),
            };
            let name = match names.entry(*subject) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(session.subject_name(*subject).await?),
            };
            items.push(DeliveryRow {
                rule: rule.clone(),
                event_type: event.event_type,
                subject_type: subject.kind,
                subject_id: subject.id,
                subject_name: name.clone(),
                delivery,
            });
        }
        Ok(DeliveriesPage { items, next })
    }

    /// Notices for the desktop from now on. As long as the receiver lives, this process is one that shows them.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.engine().desktop().subscribe()
    }

    pub async fn events_list(&self, filter: EventsFilter) -> Result<EventsPage> {
        let limit = filter.limit.clamp(1, courier_store::MAX_PAGE);
        let asked = NewestEvents {
            event_type: filter.event_type,
            entity_id: filter.entity_id,
            processed: filter.processed,
            before: filter.after,
            limit: limit + 1,
        };
        let mut session = self.read().await?;
        let mut events = session.newest_events(&asked).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = events.len() > limit;
        events.truncate(limit);
        let next = events.last().filter(|_| more).map(|event| event.id);
        let mut of: BTreeMap<DomainEventId, Vec<EventDelivery>> = BTreeMap::new();
        if !events.is_empty() {
            let events = events.iter().map(|event| event.id).collect();
            let asked = DeliveryFilter { events, limit: DELIVERIES, ..DeliveryFilter::default() };
            for delivery in session.deliveries(&asked).await? {
                of.entry(delivery.event_id).or_default().push(delivery);
            }
        }
        let items = events
            .into_iter()
            .map(|event| EventRow { deliveries: of.remove(&event.id).unwrap_or_default(), event })
            .collect();
        Ok(EventsPage { items, next })
    }

    /// Sends again what was given up: the deliveries of these events, or all; returns how many.
    pub async fn events_replay(&self, events: Option<Vec<DomainEventId>>) -> Result<u64> {
        let mut unit = self.begin().await?;
        let replayed = unit.replay_dead_deliveries(events.as_deref()).await?;
        unit.commit().await?;
        Ok(replayed)
    }
}
