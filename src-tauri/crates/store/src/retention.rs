//! Retention: runs that ended before the history that people want to keep are removed, a little at a time.
//!
//! Each piece is a transaction of its own, made smaller or larger by how long the one before it took, so that whoever
//! else writes waits for a moment and not for a month of history. Ended half-way, the next pruning goes on where this
//! one stopped; two at once do the same work and no harm.
//!
//! Left out: which day is the last (the caller has the setting), the audit log (it prunes itself, with a proof), and
//! folders of runs (the engine's).
//!
//! Invariant: nothing goes that somebody may still let go on, unless it failed before that day: paused and unfinished
//! runs stay, however old, and so does every run of a chain that is not over.

use crate::execution_list::{APART, first_id};
use crate::session::{Conn, Session, on, sql};
use crate::{Store, StoreError, UnitOfWork};
use courier_domain::Timestamp;
use courier_domain::audit::AuditableEntityType;
use serde::Serialize;
use serde_json::json;
use sqlx::{AssertSqlSafe, Database, Encode, QueryBuilder, Type};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    pub executions: u64,
    pub chain_executions: u64,
    /// Events that were processed.
    pub events: u64,
    /// Rows that belonged to those: steps, receipts, passages of files, log lines, intents, links, deliveries.
    pub belongings: u64,
}

/// What is removed by itself; what belongs to it goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Executions,
    /// After the runs, because a chain's run stays while one of its members' runs does.
    ChainExecutions,
    Events,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Executions, Kind::ChainExecutions, Kind::Events];

    const fn table(self) -> &'static str {
        match self {
            Kind::Executions => "job_executions",
            Kind::ChainExecutions => "chain_executions",
            Kind::Events => "domain_events",
        }
    }

    /// Rows that end with it, as table and column, in an order that the foreign keys allow.
    const fn belongings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Kind::Executions => &[
                ("execution_log_lines", "job_execution_id"),
                ("receipts", "job_execution_id"),
                ("file_passages", "job_execution_id"),
                ("step_intents", "job_execution_id"),
                ("iteration_intents", "job_execution_id"),
                ("step_executions", "job_execution_id"),
                ("monitor_file_log_executions", "job_execution_id"),
                ("run_triggers", "job_execution_id"),
            ],
            Kind::ChainExecutions => &[
                ("chain_member_executions", "chain_execution_id"),
                ("monitor_file_log_executions", "chain_execution_id"),
                ("run_triggers", "chain_execution_id"),
            ],
            Kind::Events => &[("event_deliveries", "event_id")],
        }
    }

    /// Rows that stay and forget it, as table and column.
    const fn references(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Kind::Executions => {
                &[("job_executions", "retry_of"), ("chain_member_executions", "job_execution_id")]
            }
            Kind::ChainExecutions | Kind::Events => &[],
        }
    }

    /// What will be removed, while nothing is yet: `$1` the day, `$2` an id that all of it is below.
    const fn expected(self) -> &'static str {
        match self {
            Kind::ChainExecutions => {
                "t.completed_at < $1 AND t.id < $2 AND NOT EXISTS (SELECT 1 FROM job_executions e \
                 WHERE e.chain_execution_id = t.id AND (e.completed_at IS NULL OR e.completed_at >= $1))"
            }
            Kind::Executions | Kind::Events => self.condition(),
        }
    }

    /// What is old enough, with the same values.
    const fn condition(self) -> &'static str {
        match self {
            // Only what is over has completed.
            Kind::Executions => {
                "t.completed_at < $1 AND t.id < $2 AND NOT EXISTS (SELECT 1 FROM chain_executions c \
                 WHERE c.id = t.chain_execution_id AND c.completed_at IS NULL)"
            }
            Kind::ChainExecutions => {
                "t.completed_at < $1 AND t.id < $2 AND NOT EXISTS (SELECT 1 FROM job_executions e \
                 WHERE e.chain_execution_id = t.id)"
            }
            Kind::Events => "t.processed_at IS NOT NULL AND t.occurred_at < $1 AND t.id < $2",
        }
    }
}

/// How much one transaction does.
struct Pace {
    rows: i64,
}

impl Pace {
    /// What a transaction should take: far less than anybody notices.
    const GOAL: Duration = Duration::from_millis(5);
    const LEAST: i64 = 16;
    const MOST: i64 = 2_000;
    /// A run has about this many rows.
    const BELONGINGS: i64 = 8;

    fn new() -> Self {
        Self { rows: 128 }
    }

    fn runs(&self) -> i64 {
        (self.rows / Self::BELONGINGS).max(1)
    }

    fn took(&mut self, time: Duration) {
        let share = Self::GOAL.as_secs_f64() / time.as_secs_f64().max(0.000_1);
        self.rows = ((self.rows as f64 * share.clamp(0.25, 1.5)) as i64).clamp(Self::LEAST, Self::MOST);
    }
}

impl Store {
    /// Removes runs, and chains' runs, that ended before then, with all that belongs to them, and processed events that
    /// are older. Waits for `pause` after each transaction. One audit entry, committed with the first piece, says what
    /// is removed; nothing is recorded when there is nothing to remove.
    pub async fn prune_executions(&self, before: Timestamp, pause: Duration) -> Result<Pruned, StoreError> {
        let mut session = self.read().await?;
        let mut found = [0; Kind::ALL.len()];
        for (kind, found) in Kind::ALL.into_iter().zip(&mut found) {
            *found = session.count_old(kind, before).await?;
        }
        drop(session);
        let [executions, chain_executions, events] = found;
        let mut record = Some(json!({
            "ended_before": before, "executions": executions, "chain_executions": chain_executions, "events": events,
        }));
        let mut pruned = Pruned::default();
        let mut pace = Pace::new();
        for (kind, _) in Kind::ALL.into_iter().zip(found).filter(|(_, found)| *found > 0) {
            let mut after = Uuid::nil();
            loop {
                let mut unit = self.begin("system").await?;
                let began = Instant::now();
                let ids = unit.old(kind, before, after, pace.runs()).await?;
                let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
                    unit.rollback().await;
                    break;
                };
                if let Some(details) = record.take() {
                    unit.audit(AuditableEntityType::JobExecution, *first, "Pruned", details);
                }
                let (belongings, removed) = unit.remove(kind, &ids, pace.rows).await?;
                unit.commit().await?;
                pace.took(began.elapsed());
                pruned.belongings += belongings;
                // Some of their rows may be left for the next round.
                if let Some(removed) = removed {
                    after = *last;
                    match kind {
                        Kind::Executions => pruned.executions += removed,
                        Kind::ChainExecutions => pruned.chain_executions += removed,
                        Kind::Events => pruned.events += removed,
                    }
                }
                self.read().await?.settle().await?;
                tokio::time::sleep(pause).await;
            }
        }
        Ok(pruned)
    }
}

impl Session {
    /// Has SQLite move what was committed from its log into the file now, beside the writers; left to itself it does
    /// so in the middle of somebody's commit, and what was removed lies far apart.
    async fn settle(&mut self) -> Result<(), StoreError> {
        if let Conn::Sqlite(connection) = self.conn()? {
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(connection).await?;
        }
        Ok(())
    }

    async fn count_old(&mut self, kind: Kind, before: Timestamp) -> Result<i64, StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {} t WHERE {}", kind.table(), kind.expected());
        Ok(on!(self, |c| sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(before)
            .bind(first_id(before + APART))
            .fetch_one(c)
            .await?))
    }
}

impl UnitOfWork {
    /// The first of what is old enough after an id, kept from others' changes until the unit of work ends.
    async fn old(
        &mut self,
        kind: Kind,
        before: Timestamp,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreError> {
        let lock = sql!(self, sqlite: "", postgres: " FOR UPDATE OF t SKIP LOCKED");
        let sql = format!(
            "SELECT t.id FROM {} t WHERE t.id > $3 AND {} ORDER BY t.id LIMIT $4{lock}",
            kind.table(),
            kind.condition()
        );
        Ok(on!(self, |c| sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(before)
            .bind(first_id(before + APART))
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await?))
    }

    /// Removes at most about `budget` rows: first what belongs to these, then, if that is all gone, these. Returns how
    /// many belonged to them, and how many of these are gone, or none if there was too much for one go.
    async fn remove(
        &mut self,
        kind: Kind,
        ids: &[Uuid],
        budget: i64,
    ) -> Result<(u64, Option<u64>), StoreError> {
        let mut left = budget.unsigned_abs();
        let mut belongings = 0;
        for (table, column) in kind.belongings() {
            // By the row's place, because not every table has an id, and neither database deletes with a limit.
            let (head, tail) = sql!(self,
                sqlite: ("rowid IN (SELECT rowid", ")"),
                postgres: ("ctid = ANY (ARRAY (SELECT ctid", "))"));
            let removed = on!(self, |c| {
                let mut query = QueryBuilder::new("DELETE FROM ");
                query.push(table).push(" WHERE ").push(head).push(" FROM ").push(table);
                push_ids(&mut query, column, ids);
                query.push(" LIMIT ").push_bind(i64::try_from(left).unwrap_or(i64::MAX)).push(tail);
                query.build().execute(c).await?.rows_affected()
            });
            belongings += removed;
            left = left.saturating_sub(removed);
            if left == 0 {
                return Ok((belongings, None));
            }
        }
        for (table, column) in kind.references() {
            on!(self, |c| {
                let mut query = QueryBuilder::new("UPDATE ");
                query.push(table).push(" SET ").push(column).push(" = NULL");
                push_ids(&mut query, column, ids);
                query.build().execute(c).await.map(drop)?;
            });
        }
        let removed = on!(self, |c| {
            let mut query = QueryBuilder::new("DELETE FROM ");
            query.push(kind.table());
            push_ids(&mut query, "id", ids);
            query.build().execute(c).await?.rows_affected()
        });
        Ok((belongings, Some(removed)))
    }
}

fn push_ids<DB: Database>(query: &mut QueryBuilder<DB>, column: &str, ids: &[Uuid])
where
    Uuid: for<'q> Encode<'q, DB> + Type<DB>,
{
    query.push(" WHERE ").push(column).push(" IN (");
    let mut listed = query.separated(", ");
    for id in ids {
        listed.push_bind(*id);
    }
    query.push(")");
}
