//! Deliveries in line: which may be sent now, by whom, and what came before them.
//!
//! What is about one thing goes to one rule in the order in which it happened, so only the first of a line can be
//! claimed. A claim ends by itself, because whoever has it may be gone.
//!
//! Left out: what is told and what is only counted (the engine).
//!
//! Invariant: a delivery that is claimed is pending, and the first of its line.

use crate::column::Text;
use crate::event_delivery::Row;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::event::{DomainEvent, EventType};
use courier_domain::notification::{DeliveryState, EventDelivery};
use courier_domain::{DomainEventId, EventDeliveryId, NodeId, NotificationRuleId, Timestamp};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Waiting {
    /// There are events of which nobody has decided who is told.
    pub undecided: bool,
    /// When the next delivery may be sent that nobody has claimed.
    pub next_attempt_at: Option<Timestamp>,
    /// When the next count is told.
    pub next_repeat_at: Option<Timestamp>,
}

/// Which deliveries a node may take.
#[derive(Debug, Clone)]
pub struct Claimable {
    pub node_id: NodeId,
    /// Until when the node has them.
    pub until: Timestamp,
    /// Rules that this node cannot tell now.
    pub except: Vec<NotificationRuleId>,
    pub limit: u32,
}

/// What a rule is told of one thing: the rule, the subject, the type of event.
pub type LineKey = (NotificationRuleId, Uuid, EventType);

/// A delivery that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Told {
    event_id: Uuid,
    pub delivered_at: Timestamp,
}

impl Told {
    pub fn event_id(self) -> DomainEventId {
        DomainEventId(self.event_id)
    }
}

impl Session {
    /// Whether and when there is something to do. Cheap, for whoever asks often.
    pub async fn waiting_deliveries(&mut self, now: Timestamp) -> Result<Waiting, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM domain_events e WHERE e.processed_at IS NULL AND NOT EXISTS \
                   (SELECT 1 FROM event_deliveries d WHERE d.event_id = e.id)) AS undecided, \
                   (SELECT MIN(next_attempt_at) FROM event_deliveries WHERE state = 'pending' \
                   AND (claimed_until IS NULL OR claimed_until <= $1)) AS next_attempt_at, \
                   (SELECT MIN(repeat_at) FROM event_deliveries WHERE repeat_at IS NOT NULL) AS next_repeat_at";
        Ok(on!(self, |c| sqlx::query_as(sql).bind(now).fetch_one(c).await?))
    }

    /// Events of these types until then that nobody has dealt with: not processed, and not on their way to any rule.
    /// Oldest first.
    pub async fn undelivered_events_of(
        &mut self,
        types: &[EventType],
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DomainEvent>, StoreError> {
        if types.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<crate::domain_event::Row> = on!(self, |c| {
            let mut query = QueryBuilder::new(
                "SELECT e.* FROM domain_events e WHERE e.processed_at IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM event_deliveries d WHERE d.event_id = e.id) AND e.event_type IN (",
            );
            let mut separated = query.separated(", ");
            for event_type in types {
                separated.push_bind(Text(*event_type));
            }
            query.push(") AND e.occurred_at <= ").push_bind(until);
            query.push(" ORDER BY e.id LIMIT ").push_bind(i64::from(limit));
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(DomainEvent::from).collect())
    }

    /// Failures after which nothing has come that says that they are over: rule, subject and type of each, and its event.
    pub async fn open_failures(&mut self) -> Result<Vec<(LineKey, DomainEventId)>, StoreError> {
        let sql =
            "SELECT rule_id, subject_id, event_type, event_id FROM event_deliveries WHERE awaits_recovery";
        let rows: Vec<(Uuid, Uuid, Text<EventType>, Uuid)> =
            on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows
            .into_iter()
            .map(|(rule, subject, of, event)| {
                ((NotificationRuleId(rule), subject, of.0), DomainEventId(event))
            })
            .collect())
    }

    /// The last delivery of this type about the subject that arrived, among those before `before`.
    pub async fn last_told(
        &mut self,
        (rule, subject, event_type): LineKey,
        before: DomainEventId,
    ) -> Result<Option<Told>, StoreError> {
        let sql = "SELECT event_id, delivered_at FROM event_deliveries WHERE rule_id = $1 AND subject_id = $2 \
                   AND event_type = $3 AND event_id < $4 AND state = 'delivered' ORDER BY event_id DESC LIMIT 1";
        Ok(on!(self, |c| sqlx::query_as(sql)
            .bind(rule.0)
            .bind(subject)
            .bind(Text(event_type))
            .bind(before.0)
            .fetch_optional(c)
            .await?))
    }

    /// How many deliveries of this type about the subject ended in `state` after event `after`, before event `before`.
    pub async fn count_deliveries(
        &mut self,
        (rule, subject, event_type): LineKey,
        state: DeliveryState,
        after: Option<DomainEventId>,
        before: DomainEventId,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM event_deliveries WHERE rule_id = $1 AND subject_id = $2 AND event_type = $3 \
                   AND state = $4 AND event_id > $5 AND event_id < $6";
        let count: i64 = on!(self, |c| sqlx::query_scalar(sql)
            .bind(rule.0)
            .bind(subject)
            .bind(Text(event_type))
            .bind(Text(state))
            .bind(after.map_or(Uuid::nil(), |id| id.0))
            .bind(before.0)
            .fetch_one(c)
            .await?);
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

impl UnitOfWork {
    /// Marks the oldest events until then that are of none of these types as dealt with, at most `limit`; returns how many
    /// that were. What another node is marking is left to it.
    pub async fn pass_unwanted_events(
        &mut self,
        wanted: &[EventType],
        until: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let (now, by) = (self.now(), self.actor().to_owned());
        let lock = if self.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" };
        Ok(on!(self, |c| {
            let mut query = QueryBuilder::new("UPDATE domain_events SET processed_at = ");
            query.push_bind(now).push(", processed_by = ").push_bind(&by);
            query.push(
                " WHERE id IN (SELECT e.id FROM domain_events e WHERE e.processed_at IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM event_deliveries d WHERE d.event_id = e.id) AND e.occurred_at <= ",
            );
            query.push_bind(until);
            if !wanted.is_empty() {
                query.push(" AND e.event_type NOT IN (");
                let mut separated = query.separated(", ");
                for event_type in wanted {
                    separated.push_bind(Text(*event_type));
                }
                query.push(")");
            }
            query.push(" ORDER BY e.id LIMIT ").push_bind(i64::from(limit)).push(lock).push(")");
            query.build().execute(c).await?.rows_affected()
        }))
    }

    /// Something says that the failures of this rule and subject are over: none waits for that any more.
    pub async fn close_failures(
        &mut self,
        rule: NotificationRuleId,
        subject: Uuid,
        event_type: EventType,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE event_deliveries SET awaits_recovery = FALSE WHERE awaits_recovery AND rule_id = $1 \
                   AND subject_id = $2 AND event_type = $3";
        on!(self, |c| sqlx::query(sql)
            .bind(rule.0)
            .bind(subject)
            .bind(Text(event_type))
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }

    /// Takes deliveries whose time has come, each the first of its line, the most overdue; in the order in
    /// which they happened.
    pub async fn claim_deliveries(&mut self, claim: &Claimable) -> Result<Vec<EventDelivery>, StoreError> {
        let now = self.now();
        let lock = if self.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" };
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("UPDATE event_deliveries SET claimed_by = ");
            query.push_bind(claim.node_id.0).push(", claimed_until = ").push_bind(claim.until);
            query.push(
                " WHERE id IN (SELECT d.id FROM event_deliveries d WHERE d.state = 'pending' AND d.next_attempt_at <= ",
            );
            query.push_bind(now).push(" AND (d.claimed_until IS NULL OR d.claimed_until <= ").push_bind(now);
            query.push(
                ") AND NOT EXISTS (SELECT 1 FROM event_deliveries p WHERE p.state = 'pending' \
                 AND p.rule_id = d.rule_id AND p.subject_id = d.subject_id AND p.event_id < d.event_id)",
            );
            if !claim.except.is_empty() {
                query.push(" AND d.rule_id NOT IN (");
                let mut separated = query.separated(", ");
                for rule in &claim.except {
                    separated.push_bind(rule.0);
                }
                query.push(")");
            }
            query.push(" ORDER BY d.next_attempt_at, d.id LIMIT ").push_bind(i64::from(claim.limit));
            query.push(lock).push(") RETURNING *");
            query.build_query_as().fetch_all(c).await?
        });
        let mut claimed: Vec<EventDelivery> = rows.into_iter().map(EventDelivery::from).collect();
        claimed.sort_by_key(|delivery| delivery.event_id);
        Ok(claimed)
    }

    /// Refuses as a conflict when the node's claim is over and somebody else has the delivery.
    pub async fn check_delivery_claim(
        &mut self,
        id: EventDeliveryId,
        node: NodeId,
    ) -> Result<(), StoreError> {
        let sql = "SELECT 1 FROM event_deliveries WHERE id = $1 AND claimed_by = $2";
        let held: Option<i32> =
            on!(self, |c| sqlx::query_scalar(sql).bind(id.0).bind(node.0).fetch_optional(c).await?);
        match held {
            Some(_) => Ok(()),
            None => {
                let what = format!("{id}, which another node has taken over,");
                Err(StoreError::AlreadyThere { kind: "delivery", what })
            }
        }
    }

    /// Gives back what a node has claimed and not sent.
    pub async fn release_deliveries(&mut self, node: NodeId) -> Result<(), StoreError> {
        let sql = "UPDATE event_deliveries SET claimed_by = NULL, claimed_until = NULL \
                   WHERE state = 'pending' AND claimed_by = $1";
        on!(self, |c| sqlx::query(sql).bind(node.0).execute(c).await.map(drop)?);
        Ok(())
    }

    /// It is counted; what was counted is told at `repeat_at` by the newest that was, unless it is over by then.
    pub async fn delivery_counted(
        &mut self,
        id: EventDeliveryId,
        repeat_at: Timestamp,
    ) -> Result<EventDelivery, StoreError> {
        let counted = self.delivery_suppressed(id).await?;
        let sql = "UPDATE event_deliveries SET repeat_at = NULL WHERE repeat_at IS NOT NULL AND id <> $1 \
                   AND (rule_id, subject_id, event_type) = \
                   (SELECT rule_id, subject_id, event_type FROM event_deliveries WHERE id = $1)";
        on!(self, |c| sqlx::query(sql).bind(id.0).execute(c).await.map(drop)?);
        let sql = "UPDATE event_deliveries SET repeat_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(repeat_at).execute(c).await.map(drop)?);
        Ok(counted)
    }

    /// What was counted of these is not told any more.
    pub async fn forget_repeats(
        &mut self,
        rule: NotificationRuleId,
        subject: Uuid,
        event_type: EventType,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE event_deliveries SET repeat_at = NULL WHERE repeat_at IS NOT NULL AND rule_id = $1 \
                   AND subject_id = $2 AND event_type = $3";
        on!(self, |c| sqlx::query(sql)
            .bind(rule.0)
            .bind(subject)
            .bind(Text(event_type))
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }

    /// Sends on their way what was counted and is to be told now; returns how many.
    pub async fn repeat_deliveries(&mut self) -> Result<u64, StoreError> {
        let now = self.now();
        let sql = "UPDATE event_deliveries SET state = 'pending', next_attempt_at = $1, repeat_at = NULL, \
                   updated_at = $1 WHERE repeat_at <= $1 RETURNING event_id";
        let events: Vec<Uuid> = on!(self, |c| sqlx::query_scalar(sql).bind(now).fetch_all(c).await?);
        self.reopen_events(&events).await?;
        Ok(events.len() as u64)
    }

    /// Gives up what has waited since before `before` for one of these rules to be able to tell; returns how many.
    pub async fn give_up_deliveries(
        &mut self,
        rules: &[NotificationRuleId],
        before: Timestamp,
        error: &str,
    ) -> Result<u64, StoreError> {
        let mut late = Vec::new();
        for rule in rules {
            let sql = "SELECT id FROM event_deliveries WHERE state = 'pending' AND rule_id = $1 \
                       AND next_attempt_at < $2 AND claimed_by IS NULL ORDER BY event_id LIMIT 500";
            let ids: Vec<Uuid> =
                on!(self, |c| sqlx::query_scalar(sql).bind(rule.0).bind(before).fetch_all(c).await?);
            late.extend(ids);
        }
        for id in &late {
            self.delivery_dead(EventDeliveryId(*id), error).await?;
        }
        Ok(late.len() as u64)
    }
}
