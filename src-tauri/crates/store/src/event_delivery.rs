//! The outbox: each event on its way to each rule that is told of it.
//!
//! Left out: who is told of what and how (the engine). Moves of a delivery are not audited: the row says it all.
//!
//! Invariant: an event's `processed_at` is set exactly while it has been dealt with and none of its deliveries is
//! pending; whoever ends a delivery holds the event's row, so that of two who end the last ones, the later one sees it.

use crate::column::Text;
use crate::domain_event;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{DomainEvent, EventType};
use courier_domain::notification::{DeliveryState, EventDelivery};
use courier_domain::{DomainEventId, EventDeliveryId, NotificationRuleId, Timestamp};
use serde_json::json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const KIND: &str = "delivery";
/// Rows of one statement: eleven values each stay below what either database takes.
const ROWS: usize = 2_000;

/// An event that a rule is to be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewDelivery {
    pub event_id: DomainEventId,
    pub rule_id: NotificationRuleId,
    pub event_type: EventType,
    /// The job, chain, monitor, key or connection that the event is about.
    pub subject_id: Uuid,
    /// It is the first failure after which an end is worth telling.
    pub awaits_recovery: bool,
}

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    event_id: Uuid,
    rule_id: Uuid,
    state: Text<DeliveryState>,
    attempts: i32,
    next_attempt_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
    last_error: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for EventDelivery {
    fn from(row: Row) -> Self {
        EventDelivery {
            id: EventDeliveryId(row.id),
            event_id: DomainEventId(row.event_id),
            rule_id: NotificationRuleId(row.rule_id),
            state: row.state.0,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            delivered_at: row.delivered_at,
            last_error: row.last_error,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub events: Vec<DomainEventId>,
    pub rule_id: Option<NotificationRuleId>,
    pub state: Option<DeliveryState>,
    /// Only deliveries older than this one: the cursor of the next page.
    pub before: Option<EventDeliveryId>,
    pub limit: u32,
}

impl Session {
    /// Deliveries, newest first.
    pub async fn deliveries(&mut self, filter: &DeliveryFilter) -> Result<Vec<EventDelivery>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM event_deliveries WHERE TRUE");
            if !filter.events.is_empty() {
                query.push(" AND event_id IN (");
                let mut separated = query.separated(", ");
                for event in &filter.events {
                    separated.push_bind(event.0);
                }
                query.push(")");
            }
            if let Some(rule) = filter.rule_id {
                query.push(" AND rule_id = ").push_bind(rule.0);
            }
            if let Some(state) = filter.state {
                query.push(" AND state = ").push_bind(Text(state));
            }
            if let Some(before) = filter.before {
                query.push(" AND id < ").push_bind(before.0);
            }
            query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.limit));
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(EventDelivery::from).collect())
    }

    /// Pending deliveries whose time has come, most overdue first.
    pub async fn due_deliveries(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<EventDelivery>, StoreError> {
        let sql = "SELECT * FROM event_deliveries WHERE state = 'pending' AND next_attempt_at <= $1 \
                   ORDER BY next_attempt_at, id LIMIT $2";
        let rows: Vec<Row> =
            on!(self, |c| sqlx::query_as(sql).bind(now).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(rows.into_iter().map(EventDelivery::from).collect())
    }

    /// Events that nobody has dealt with: not processed, and not on their way to any rule. Oldest first.
    pub async fn undelivered_events(&mut self, limit: u32) -> Result<Vec<DomainEvent>, StoreError> {
        let sql = "SELECT e.* FROM domain_events e WHERE e.processed_at IS NULL \
                   AND NOT EXISTS (SELECT 1 FROM event_deliveries d WHERE d.event_id = e.id) \
                   ORDER BY e.id LIMIT $1";
        let rows: Vec<domain_event::Row> =
            on!(self, |c| sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(rows.into_iter().map(DomainEvent::from).collect())
    }
}

impl UnitOfWork {
    /// Sends events on their way to rules, each once; returns those that were not on it yet.
    pub async fn insert_deliveries(
        &mut self,
        deliveries: &[NewDelivery],
    ) -> Result<Vec<EventDelivery>, StoreError> {
        let now = self.now();
        // In one order, so that two who insert the same wait for each other only once.
        let deliveries: BTreeSet<NewDelivery> = deliveries.iter().copied().collect();
        let rows: Vec<(Uuid, NewDelivery)> = deliveries.into_iter().map(|new| (self.new_id(), new)).collect();
        let insert = "INSERT INTO event_deliveries (id, event_id, rule_id, event_type, subject_id, awaits_recovery, \
                      state, attempts, next_attempt_at, created_at, updated_at) ";
        let mut inserted = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS) {
            let new: Vec<Row> = on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(rows, |mut values, (id, new)| {
                    values
                        .push_bind(*id)
                        .push_bind(new.event_id.0)
                        .push_bind(new.rule_id.0)
                        .push_bind(Text(new.event_type))
                        .push_bind(new.subject_id)
                        .push_bind(new.awaits_recovery)
                        .push_bind(Text(DeliveryState::Pending))
                        .push_bind(0i32)
                        .push_bind(now)
                        .push_bind(now)
                        .push_bind(now);
                });
                query.push(" ON CONFLICT (event_id, rule_id) DO NOTHING RETURNING *");
                query.build_query_as().fetch_all(c).await?
            });
            inserted.extend(new.into_iter().map(EventDelivery::from));
        }
        Ok(inserted)
    }

    /// Marks events as dealt with, except those that are still on their way to a rule; returns how many that were.
    pub async fn mark_events_processed(&mut self, events: &[DomainEventId]) -> Result<u64, StoreError> {
        let (now, by) = (self.now(), self.actor().to_owned());
        let mut marked = 0;
        for events in events.chunks(ROWS) {
            marked += on!(self, |c| {
                let mut query = QueryBuilder::new("UPDATE domain_events SET processed_at = ");
                query.push_bind(now).push(", processed_by = ").push_bind(&by);
                query.push(" WHERE processed_at IS NULL AND id IN (");
                let mut separated = query.separated(", ");
                for event in events {
                    separated.push_bind(event.0);
                }
                query.push(
                    ") AND NOT EXISTS (SELECT 1 FROM event_deliveries d WHERE d.event_id = domain_events.id \
                     AND d.state = 'pending')",
                );
                query.build().execute(c).await?.rows_affected()
            });
        }
        Ok(marked)
    }

    /// It has arrived.
    pub async fn delivery_delivered(&mut self, id: EventDeliveryId) -> Result<EventDelivery, StoreError> {
        let now = self.now();
        self.move_delivery(id, |delivery| {
            delivery.state = DeliveryState::Delivered;
            delivery.attempts = delivery.attempts.saturating_add(1);
            (delivery.next_attempt_at, delivery.delivered_at) = (None, Some(now));
            delivery.last_error = None;
        })
        .await
    }

    /// An attempt failed; the next one is at `next_attempt_at`.
    pub async fn delivery_failed(
        &mut self,
        id: EventDeliveryId,
        error: &str,
        next_attempt_at: Timestamp,
    ) -> Result<EventDelivery, StoreError> {
        self.move_delivery(id, |delivery| {
            delivery.attempts = delivery.attempts.saturating_add(1);
            delivery.next_attempt_at = Some(next_attempt_at);
            delivery.last_error = Some(error.to_owned());
        })
        .await
    }

    /// The last attempt failed; it is given up until somebody sends it again.
    pub async fn delivery_dead(
        &mut self,
        id: EventDeliveryId,
        error: &str,
    ) -> Result<EventDelivery, StoreError> {
        self.move_delivery(id, |delivery| {
            delivery.state = DeliveryState::Dead;
            delivery.attempts = delivery.attempts.saturating_add(1);
            delivery.next_attempt_at = None;
            delivery.last_error = Some(error.to_owned());
        })
        .await
    }

    /// It is counted and not sent.
    pub async fn delivery_suppressed(&mut self, id: EventDeliveryId) -> Result<EventDelivery, StoreError> {
        self.move_delivery(id, |delivery| {
            delivery.state = DeliveryState::Suppressed;
            delivery.next_attempt_at = None;
        })
        .await
    }

    /// Changes a delivery that is pending; refused as a conflict if it is not any more.
    async fn move_delivery(
        &mut self,
        id: EventDeliveryId,
        change: impl FnOnce(&mut EventDelivery),
    ) -> Result<EventDelivery, StoreError> {
        let sql = "SELECT event_id FROM event_deliveries WHERE id = $1";
        let event: Option<Uuid> = on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_optional(c).await?);
        let event = event.ok_or_else(|| StoreError::not_found(KIND, id))?;
        self.hold_event(event).await?;
        let sql = "SELECT * FROM event_deliveries WHERE id = $1";
        let row: Row = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_one(c).await?);
        let mut delivery = EventDelivery::from(row);
        if delivery.state != DeliveryState::Pending {
            let what = format!("{id}, which is {} and no longer pending,", delivery.state);
            return Err(StoreError::AlreadyThere { kind: KIND, what });
        }
        change(&mut delivery);
        delivery.updated_at = self.now();
        let sql = "UPDATE event_deliveries SET state = $2, attempts = $3, next_attempt_at = $4, delivered_at = $5, \
                   last_error = $6, updated_at = $7, claimed_by = NULL, claimed_until = NULL WHERE id = $1";
        on!(self, |c| sqlx::query(sql)
            .bind(id.0)
            .bind(Text(delivery.state))
            .bind(delivery.attempts)
            .bind(delivery.next_attempt_at)
            .bind(delivery.delivered_at)
            .bind(&delivery.last_error)
            .bind(delivery.updated_at)
            .execute(c)
            .await
            .map(drop)?);
        if delivery.state != DeliveryState::Pending {
            self.mark_events_processed(&[delivery.event_id]).await?;
        }
        Ok(delivery)
    }

    /// Something of these events is on its way again.
    pub(crate) async fn reopen_events(&mut self, events: &[Uuid]) -> Result<(), StoreError> {
        for ids in events.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(
                    "UPDATE domain_events SET processed_at = NULL, processed_by = NULL WHERE id IN (",
                );
                let mut separated = query.separated(", ");
                for id in ids {
                    separated.push_bind(*id);
                }
                query.push(")");
                query.build().execute(c).await.map(drop)?;
            });
        }
        Ok(())
    }

    pub(crate) async fn hold_event(&mut self, id: Uuid) -> Result<(), StoreError> {
        // SQLite's one writer is lock enough.
        if self.is_postgres() {
            let lock = "SELECT 1 FROM domain_events WHERE id = $1 FOR UPDATE";
            on!(self, |c| sqlx::query(lock).bind(id).execute(c).await.map(drop)?);
        }
        Ok(())
    }

    /// Sends dead deliveries again: those of these events, or all of them; returns how many. Recorded for each rule.
    pub async fn replay_dead_deliveries(
        &mut self,
        events: Option<&[DomainEventId]>,
    ) -> Result<u64, StoreError> {
        let now = self.now();
        let mut rules: BTreeMap<Uuid, u64> = BTreeMap::new();
        let mut reopened = BTreeSet::new();
        let chunks = events.map_or_else(|| vec![None], |ids| ids.chunks(ROWS).map(Some).collect());
        for chunk in chunks {
            let rows: Vec<(Uuid, Uuid)> = on!(self, |c| {
                let mut query = QueryBuilder::new(
                    "UPDATE event_deliveries SET state = 'pending', attempts = 0, next_attempt_at = ",
                );
                query.push_bind(now).push(", updated_at = ").push_bind(now).push(" WHERE state = 'dead'");
                if let Some(ids) = chunk {
                    query.push(" AND event_id IN (");
                    let mut separated = query.separated(", ");
                    for id in ids {
                        separated.push_bind(id.0);
                    }
                    query.push(")");
                }
                query.push(" RETURNING event_id, rule_id");
                query.build_query_as().fetch_all(c).await?
            });
            for (event, rule) in rows {
                reopened.insert(event);
                *rules.entry(rule).or_default() += 1;
            }
        }
        let reopened: Vec<Uuid> = reopened.into_iter().collect();
        self.reopen_events(&reopened).await?;
        let replayed = rules.values().sum();
        for (rule, count) in rules {
            let details = json!({ "deliveries": count });
            self.audit(AuditableEntityType::NotificationRule, rule, "Replayed", details);
        }
        Ok(replayed)
    }
}
