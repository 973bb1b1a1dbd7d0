//! Domain events: written in the transaction of the change, read by whoever reacts.
//!
//! Left out: delivery. Rows stay with `processed_at` null until somebody has dealt with them.

use crate::StoreError;
use crate::column::{Text, kept_json};
use crate::session::{ROWS, Session, on};
use courier_domain::event::{DomainEvent, EventType, NewEvent};
use courier_domain::{DomainEventId, IdSource, Timestamp};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    event_type: Text<EventType>,
    entity_type: String,
    entity_id: Uuid,
    payload: Json<Value>,
    occurred_at: Timestamp,
    processed_at: Option<Timestamp>,
    processed_by: Option<String>,
}

impl From<Row> for DomainEvent {
    fn from(row: Row) -> Self {
        DomainEvent {
            id: DomainEventId(row.id),
            event_type: row.event_type.0,
            entity_type: row.entity_type,
            entity_id: row.entity_id,
            payload: row.payload.0,
            occurred_at: row.occurred_at,
            processed_at: row.processed_at,
            processed_by: row.processed_by,
        }
    }
}

/// Which events to list from the newest on.
#[derive(Debug, Clone, Default)]
pub struct NewestEvents {
    pub event_type: Option<EventType>,
    pub entity_id: Option<Uuid>,
    /// Only events that are not processed, or only those that are.
    pub processed: Option<bool>,
    /// Only events older than this one: the cursor of the next page.
    pub before: Option<DomainEventId>,
    pub limit: u32,
}

/// Which events to list.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub entity_id: Option<Uuid>,
    /// Only events after this one: the cursor of the next page.
    pub after: Option<DomainEventId>,
    pub limit: u32,
}

/// Writes the events, as one statement unless they are very many.
pub(crate) async fn append(
    session: &mut Session,
    events: &[NewEvent],
    now: Timestamp,
    ids: &dyn IdSource,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO domain_events (id, event_type, entity_type, entity_id, payload, occurred_at) ";
    for events in events.chunks(ROWS) {
        on!(session, |c| {
            let mut query = QueryBuilder::new(insert);
            query.push_values(events, |mut values, event| {
                values
                    .push_bind(ids.new_id())
                    .push_bind(Text(event.event_type))
                    .push_bind(Text(event.entity_type))
                    .push_bind(event.entity_id)
                    .push_bind(Json(kept_json(&event.payload)))
                    .push_bind(now);
            });
            query.build().execute(c).await.map(drop)?;
        });
    }
    Ok(())
}

impl Session {
    /// Events, oldest first.
    pub async fn domain_events(&mut self, filter: &EventFilter) -> Result<Vec<DomainEvent>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM domain_events WHERE TRUE");
            if let Some(entity_id) = filter.entity_id {
                query.push(" AND entity_id = ").push_bind(entity_id);
            }
            if let Some(after) = filter.after {
                query.push(" AND id > ").push_bind(after.0);
            }
            query.push(" ORDER BY id LIMIT ").push_bind(i64::from(filter.limit));
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(DomainEvent::from).collect())
    }

    /// Events, newest first.
    pub async fn newest_events(&mut self, filter: &NewestEvents) -> Result<Vec<DomainEvent>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM domain_events WHERE TRUE");
            if let Some(event_type) = filter.event_type {
                query.push(" AND event_type = ").push_bind(Text(event_type));
            }
            if let Some(entity_id) = filter.entity_id {
                query.push(" AND entity_id = ").push_bind(entity_id);
            }
            match filter.processed {
                Some(true) => drop(query.push(" AND processed_at IS NOT NULL")),
                Some(false) => drop(query.push(" AND processed_at IS NULL")),
                None => {}
            }
            if let Some(before) = filter.before {
                query.push(" AND id < ").push_bind(before.0);
            }
            query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.limit));
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(DomainEvent::from).collect())
    }
}
