//! News of committed changes, from this process and from others that share the store.
//!
//! The audit log is the list of changes, so whoever has read it up to a sequence knows what is new. Waking is only an
//! optimisation: rows are the truth, and whoever misses news finds the rows later.

use crate::StoreError;
use crate::open::Inner;
use crate::session::{Session, on};
use courier_domain::audit::AuditableEntityType;
use sqlx::postgres::PgListener;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgPool, SqliteConnection};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{broadcast, oneshot, watch};
use uuid::Uuid;

/// Something that changed and is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub entity_type: AuditableEntityType,
    pub entity_id: Uuid,
}

/// The channel that PostgreSQL's commits are announced on.
pub(crate) const CHANNEL: &str = "courier";
/// How often another process's commits on the same SQLite file are looked for; each time costs some 100 µs.
const SQLITE_POLL: Duration = Duration::from_millis(50);
/// How often a lost connection for PostgreSQL's announcements is tried again.
const RECONNECT: Duration = Duration::from_millis(500);
/// Announcements are not waited for longer than this: looking into the log finds what was missed.
const SILENCE: Duration = Duration::from_secs(5);
/// News that a slow receiver may fall behind by; after that it is told that it lagged.
const BACKLOG: usize = 4_096;

/// Where news goes.
pub(crate) struct News {
    changes: broadcast::Sender<Change>,
    queue: watch::Sender<u64>,
    /// Sequences committed here, so that the reader of the log does not announce them again.
    ours: Mutex<BTreeSet<i64>>,
}

impl News {
    pub(crate) fn new() -> Self {
        Self {
            changes: broadcast::Sender::new(BACKLOG),
            queue: watch::Sender::new(0),
            ours: Mutex::default(),
        }
    }

    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub(crate) fn queue(&self) -> watch::Receiver<u64> {
        self.queue.subscribe()
    }

    /// Notes audit rows that this process is about to commit.
    pub(crate) fn expect(&self, sequences: Range<i64>) {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner).extend(sequences);
    }

    /// Takes back [`News::expect`] after a commit that failed.
    pub(crate) fn forget(&self, sequences: Range<i64>) {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner).retain(|s| !sequences.contains(s));
    }

    /// Tells everybody who listens.
    pub(crate) fn announce(&self, changes: &[Change]) {
        for change in changes {
            // Nobody listening is fine.
            let _ = self.changes.send(*change);
        }
        if changes.iter().any(|c| may_free_work(c.entity_type)) {
            self.queue.send_modify(|n| *n = n.wrapping_add(1));
        }
    }

    /// Of rows read from the log up to `read_to`, those that another process wrote.
    fn foreign(&self, rows: Vec<(i64, Change)>) -> Vec<Change> {
        let mut ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        rows.into_iter().filter(|(sequence, _)| !ours.remove(sequence)).map(|(_, change)| change).collect()
    }
}

/// Whether a change of this kind can mean that there is something to claim.
fn may_free_work(entity_type: AuditableEntityType) -> bool {
    use AuditableEntityType as T;
    match entity_type {
        T::Job | T::JobExecution | T::ChainExecution | T::SystemSetting | T::Vault => true,
        T::StepExecution
        | T::Chain
        | T::Connection
        | T::PgpKey
        | T::SshKey
        | T::FileMonitor
        | T::Tag
        | T::Schedule
        | T::NotificationRule => false,
    }
}

/// The newest sequence, 0 for an empty log.
pub(crate) async fn newest(session: &mut Session) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) FROM audit_log_entries";
    Ok(on!(session, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
}

/// Reads the log after `read_to` and announces what others wrote; returns how far it is read now.
async fn catch_up(inner: &Inner, mut read_to: i64) -> Result<i64, StoreError> {
    let sql = "SELECT sequence, entity_type, entity_id FROM audit_log_entries WHERE sequence > $1 \
               ORDER BY sequence LIMIT 1000";
    loop {
        let mut session = inner.read().await?;
        let rows: Vec<(i64, crate::column::Text<AuditableEntityType>, Uuid)> =
            on!(session, |c| sqlx::query_as(sql).bind(read_to).fetch_all(c).await?);
        let Some(last) = rows.last() else { return Ok(read_to) };
        read_to = last.0;
        let rows = rows.into_iter().map(|(sequence, entity_type, entity_id)| {
            (sequence, Change { entity_type: entity_type.0, entity_id })
        });
        inner.news.announce(&inner.news.foreign(rows.collect()));
    }
}

/// Looks for commits of other connections on the SQLite file until the store is dropped.
pub(crate) async fn follow_sqlite(
    inner: Weak<Inner>,
    options: SqliteConnectOptions,
    mut read_to: i64,
    mut stop: oneshot::Receiver<()>,
) {
    let mut seen: Option<i64> = None;
    let mut connection: Option<SqliteConnection> = None;
    let mut tick = tokio::time::interval(SQLITE_POLL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // Only here, because a connection that is abandoned while it opens lets go of the file later than anybody knows.
        tokio::select! {
            _ = &mut stop => break,
            _ = tick.tick() => {}
        }
        let Some(inner) = inner.upgrade() else { break };
        let open = match &mut connection {
            Some(open) => open,
            none => match options.connect().await {
                Ok(open) => none.insert(open),
                Err(_) => continue,
            },
        };
        // Changes only when another connection has committed; reads no row.
        match sqlx::query_scalar::<_, i64>("PRAGMA data_version").fetch_one(open).await {
            Ok(version) if seen == Some(version) => {}
            Ok(version) => match catch_up(&inner, read_to).await {
                Ok(now) => (seen, read_to) = (Some(version), now),
                Err(error) => tracing::debug!(%error, "looking for other processes' changes failed"),
            },
            Err(_) => connection = None,
        }
    }
    // Whoever closes the store may count on nobody having the file open.
    if let Some(connection) = connection
        && let Err(error) = connection.close().await
    {
        tracing::debug!(%error, "closing the connection that looks for changes failed");
    }
}

/// Listens for commits announced by PostgreSQL until the store is dropped.
pub(crate) async fn follow_postgres(inner: Weak<Inner>, pool: PgPool, mut read_to: i64) {
    let mut listener: Option<PgListener> = None;
    let mut tick = tokio::time::interval(RECONNECT);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let open = match &mut listener {
            Some(open) => open,
            none => {
                tick.tick().await;
                let Ok(mut open) = PgListener::connect_with(&pool).await else { continue };
                if open.listen(CHANNEL).await.is_err() {
                    continue;
                }
                none.insert(open)
            }
        };
        // After a lost connection the first answer is `None`: what was missed is in the log.
        let heard = tokio::time::timeout(SILENCE, open.try_recv()).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Ok(Err(_)) = heard {
            listener = None;
        }
        match catch_up(&inner, read_to).await {
            Ok(now) => read_to = now,
            Err(error) => tracing::debug!(%error, "looking for other nodes' changes failed"),
        }
    }
}
