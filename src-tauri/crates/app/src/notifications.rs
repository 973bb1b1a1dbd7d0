//! Notification rules, and events with what became of telling them.
//!
//! Left out: sending (the engine does). Invariant: a rule's secret comes in once and never goes out.

use crate::app::App;
use crate::error::Result;
use courier_domain::event::{DomainEvent, EventType};
use courier_domain::notification::{EventDelivery, NotificationRule, RuleDraft};
use courier_domain::{DomainEventId, NotificationRuleId, Timestamp};
use courier_engine::places;
use courier_store::{DeliveryFilter, NewestEvents};
use courier_vault::SecretString;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;
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

    /// Saves a new rule, or a change of rule `id`. Without a secret a stored one stays. With `expected`, the `updated_at`
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
                if sealed.is_none() && rule.to_draft() == before.to_draft() && seen == before.updated_at {
                    return Ok(before.into());
                }
                rule.secret_encrypted = sealed.or(rule.secret_encrypted);
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
