//! The unit of work: a change, its audit entries and its events, committed together or not at all.
//!
//! Entries and events are collected in memory and written just before the commit as one statement each. The audit
//! comes last, because on PostgreSQL it takes the lock that gives the chain its order.

use crate::audit;
use crate::change::{CHANNEL, Change};
use crate::column::Text;
use crate::open::Inner;
use crate::session::{Link, Session, on};
use crate::{BothSides, StoreError, domain_event};
use chrono::TimeDelta;
use courier_domain::audit::{AuditableEntityType, NewAuditEntry};
use courier_domain::event::NewEvent;
use courier_domain::{JobExecutionId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Postgres, Transaction};
use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use uuid::Uuid;

/// Changes that belong together. Dropped without [`UnitOfWork::commit`], it changes nothing; after an error from one
/// of its verbs, drop it.
#[derive(Debug)]
pub struct UnitOfWork {
    session: Session,
    inner: Arc<Inner>,
    actor: String,
    now: Timestamp,
    entries: Vec<NewAuditEntry>,
    events: Vec<NewEvent>,
    /// Runs that are written by whoever holds them.
    held: HashSet<Uuid>,
}

impl UnitOfWork {
    pub(crate) fn new(session: Session, inner: Arc<Inner>, actor: &str, now: Timestamp) -> Self {
        let actor = actor.to_owned();
        Self { session, inner, actor, now, entries: Vec::new(), events: Vec::new(), held: HashSet::new() }
    }

    /// Notes that it is the run's holder who writes.
    pub(crate) fn written_by_holder(&mut self, run: JobExecutionId) {
        self.held.insert(run.0);
    }

    /// In whose name it is done.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The one instant at which everything in it happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// [`Session::shared_now`].
    pub(crate) async fn shared_now(&mut self) -> Result<Timestamp, StoreError> {
        let clock = self.inner.clock.clone();
        self.session.shared_now(&*clock).await
    }

    /// When a row that was changed at `before` is changed again: now, but never the same instant twice, because
    /// `updated_at` tells whoever edits it whether it is still what they have seen.
    pub(crate) fn later_than(&self, before: Timestamp) -> Timestamp {
        self.now.max(before + TimeDelta::microseconds(1))
    }

    /// The refusal of a change by whoever has not seen the newest one, which the audit log knows.
    pub(crate) async fn out_of_date<T: Serialize>(
        &mut self,
        (kind, name): (&'static str, &str),
        (entity_type, entity_id): (AuditableEntityType, Uuid),
        yours: &T,
        current: &T,
    ) -> StoreError {
        let (changed_by, changed_at) = match self.last_change(entity_type, entity_id).await {
            Ok(last) => last.unwrap_or_else(|| ("somebody".to_owned(), self.now)),
            Err(error) => return error,
        };
        let (yours, current) = (audit::facts(yours), audit::facts(current));
        let sides = Box::new(BothSides { yours, current, changed_by, changed_at });
        StoreError::OutOfDate { kind, name: name.to_owned(), sides }
    }

    async fn last_change(
        &mut self,
        entity_type: AuditableEntityType,
        entity_id: Uuid,
    ) -> Result<Option<(String, Timestamp)>, StoreError> {
        let sql = "SELECT performed_by, performed_at FROM audit_log_entries \
                   WHERE entity_type = $1 AND entity_id = $2 ORDER BY sequence DESC LIMIT 1";
        Ok(on!(self, |c| sqlx::query_as(sql)
            .bind(Text(entity_type))
            .bind(entity_id)
            .fetch_optional(c)
            .await?))
    }

    pub(crate) fn new_id(&self) -> Uuid {
        self.inner.ids.new_id()
    }

    /// Records something that is no row of its own, such as the use of a key. Changes of rows record themselves.
    pub fn audit(
        &mut self,
        entity_type: AuditableEntityType,
        entity_id: impl Into<Uuid>,
        operation: &'static str,
        details: Value,
    ) {
        let performed_by = self.actor.clone();
        let entity_id = entity_id.into();
        self.entries.push(NewAuditEntry { entity_type, entity_id, operation, performed_by, details });
    }

    /// Raises an event. Changes of state raise theirs themselves.
    pub fn event(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Writes entries and events, commits, and tells who waits for changes. On an error nothing has changed.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let mut changes: Vec<Change> = Vec::with_capacity(self.entries.len());
        let mut told = HashSet::with_capacity(self.entries.len());
        for entry in &self.entries {
            if told.insert((entry.entity_type, entry.entity_id)) {
                let by_holder = self.held.contains(&entry.entity_id);
                changes.push(Change {
                    entity_type: entry.entity_type,
                    entity_id: entry.entity_id,
                    by_holder,
                });
            }
        }
        let ids = self.inner.ids.clone();
        domain_event::append(&mut self.session, &self.events, self.now, &*ids).await?;
        let sequences = audit::append(&mut self.session, &self.entries, self.now, &*ids, CHANNEL).await?;
        self.inner.news.expect(sequences.clone());
        let committed = match self.session.link {
            Link::SqliteWriter(turn) => turn.commit().await,
            Link::PostgresWriter(transaction) if sequences.is_empty() => {
                transaction.commit().await.map_err(StoreError::from)
            }
            Link::PostgresWriter(transaction) => commit_durably(transaction).await,
            Link::SqliteReader(_) | Link::PostgresReader(_) => Err(sqlx::Error::WorkerCrashed.into()),
        };
        match &committed {
            Ok(()) => self.inner.news.announce(&changes),
            Err(_) => self.inner.news.forget(sequences),
        }
        committed
    }

    /// Undoes everything now, instead of soon after the drop.
    pub async fn rollback(self) {
        match self.session.link {
            Link::SqliteWriter(turn) => turn.rollback().await,
            // A connection that is gone has rolled back by itself.
            Link::PostgresWriter(transaction) => drop(transaction.rollback().await),
            Link::SqliteReader(_) | Link::PostgresReader(_) => {}
        }
    }
}

/// Commits, and waits until PostgreSQL has it on its disk: a commit is durable when a later one is. The later one comes
/// without the lock of the audit chain, so that many wait together, and over the same connection: a server that lost
/// the first one in a crash has lost that connection too, and another would not tell.
async fn commit_durably(mut transaction: Transaction<'static, Postgres>) -> Result<(), StoreError> {
    let sql = "COMMIT AND CHAIN; SELECT pg_logical_emit_message(TRUE, 'courier', '')";
    sqlx::raw_sql(sql).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

impl Deref for UnitOfWork {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for UnitOfWork {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}
