//! News of committed changes, from this process and from others that share the store.
//!
//! The audit log is the list of changes, so whoever has read it up to a sequence knows what is new. Waking is only an
//! optimisation: rows are the truth, and whoever misses news finds the rows later.

use crate::StoreError;
use crate::bell::Bell;
use crate::open::Inner;
use crate::session::{Session, on};
use courier_domain::audit::AuditableEntityType;
use sqlx::postgres::PgListener;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgPool, SqliteConnection};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

/// Something that changed and is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub entity_type: AuditableEntityType,
    pub entity_id: Uuid,
    /// The holder of a run says here what it did itself, so nothing is asked of it. Never set for what another process
    /// did, which may have taken the run over.
    pub by_holder: bool,
}

/// The channel that PostgreSQL's commits are announced on.
pub(crate) const CHANNEL: &str = "courier";
/// How often another process's commits on the same SQLite file are looked for, whatever else is known; each time costs
/// some 100 µs.
const SQLITE_POLL: Duration = Duration::from_millis(50);
/// The same where a bell rings for what is written.
const SQLITE_CHECK: Duration = Duration::from_millis(500);
/// How often it is asked whether anybody has written to the file's log, which costs some 10 µs and tells when to look at
/// once. What is written is seen only when it is durable, so looking goes on for as long as [`SQLITE_POLL`].
const SQLITE_GLANCE: Duration = Duration::from_millis(5);
/// Where nobody has committed for a while and no bell rings, it is glanced at less often.
const SQLITE_REST: Duration = Duration::from_millis(15);
const RESTS_AFTER: Duration = Duration::from_secs(10);
/// So many new rows that are all ours mean that there is enough to do: the next look can wait for its time.
const BUSY: i64 = 64;
/// After announcements of nothing but our own commits, the next ones are gathered for so long.
const GATHER: Duration = Duration::from_millis(5);
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

    /// Whether all rows of the log after `read_to`, up to `newest`, were written here. If so they are done with.
    fn are_ours(&self, read_to: i64, newest: i64) -> bool {
        let mut ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        let all = ours.range(read_to + 1..=newest).count() as i64 == newest - read_to;
        if all {
            *ours = ours.split_off(&(newest + 1));
        }
        all
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
        | T::NotificationRule
        | T::Calendar => false,
    }
}

/// The newest sequence, 0 for an empty log.
pub(crate) async fn newest(session: &mut Session) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) FROM audit_log_entries";
    Ok(on!(session, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
}

/// How far the log is read, and whether a look found only what was written here.
struct Read {
    to: i64,
    ours: bool,
}

/// Reads the log after `read_to` and announces what others wrote.
async fn catch_up(inner: &Inner, mut read_to: i64) -> Result<Read, StoreError> {
    let sql = "SELECT sequence, entity_type, entity_id FROM audit_log_entries WHERE sequence > $1 \
               ORDER BY sequence LIMIT 1000";
    let mut session = inner.read().await?;
    let newest = newest(&mut session).await?;
    if newest <= read_to || inner.news.are_ours(read_to, newest) {
        return Ok(Read { to: newest.max(read_to), ours: true });
    }
    loop {
        let rows: Vec<(i64, crate::column::Text<AuditableEntityType>, Uuid)> =
            on!(session, |c| sqlx::query_as(sql).bind(read_to).fetch_all(c).await?);
        let Some(last) = rows.last() else { return Ok(Read { to: read_to, ours: false }) };
        read_to = last.0;
        let rows = rows.into_iter().map(|(sequence, entity_type, entity_id)| {
            (sequence, Change { entity_type: entity_type.0, entity_id, by_holder: false })
        });
        inner.news.announce(&inner.news.foreign(rows.collect()));
    }
}

/// What the file system says of a SQLite file's log: it changes whenever somebody writes there. Asking opens nothing,
/// because closing a file gives up the locks that SQLite has on it.
fn glance(log: &Path) -> Option<(u64, Option<SystemTime>)> {
    let metadata = std::fs::metadata(log).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// When to look for other connections' commits.
struct Watch {
    log: PathBuf,
    bell: Option<Bell>,
    seen: Option<(u64, Option<SystemTime>)>,
    written: Option<Instant>,
    looked: Option<Instant>,
    changed: Instant,
    busy: bool,
}

impl Watch {
    fn of(file: &Path) -> Self {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let bell = Bell::new().inspect_err(|error| tracing::debug!(%error, "no bell rings for writes")).ok();
        let changed = Instant::now();
        Self { log: log.into(), bell, seen: None, written: None, looked: None, changed, busy: false }
    }

    /// Waits until it is time to ask [`Watch::is_due`].
    async fn pause(&mut self) {
        if self.written.is_some_and(|at| at.elapsed() < SQLITE_POLL) {
            return tokio::time::sleep(SQLITE_GLANCE).await;
        }
        let bell = self.bell.as_ref().filter(|bell| bell.set(&self.log).is_ok());
        let Some(bell) = bell else {
            let rests = self.changed.elapsed() >= RESTS_AFTER;
            return tokio::time::sleep(if rests { SQLITE_REST } else { SQLITE_GLANCE }).await;
        };
        // Written before it was set.
        if glance(&self.log) != self.seen {
            return;
        }
        match tokio::time::timeout(SQLITE_CHECK, bell.rung()).await {
            Ok(Ok(())) => self.written = Some(Instant::now()),
            Ok(Err(error)) => {
                tracing::debug!(%error, "no bell rings for writes any more");
                self.bell = None;
            }
            Err(_) => {}
        }
    }

    fn is_due(&mut self) -> bool {
        let (now, seen) = (Instant::now(), glance(&self.log));
        if seen != self.seen {
            (self.seen, self.written) = (seen, Some(now));
        }
        let recently = |at: Option<Instant>| at.is_some_and(|at| now - at < SQLITE_POLL);
        let due = !recently(self.looked) || (recently(self.written) && !self.busy);
        if due {
            self.looked = Some(now);
        }
        due
    }
}

/// Looks for commits of other connections on the SQLite file until the store is dropped.
pub(crate) async fn follow_sqlite(
    inner: Weak<Inner>,
    (file, options): (PathBuf, SqliteConnectOptions),
    mut read_to: i64,
    mut stop: oneshot::Receiver<()>,
) {
    let mut seen: Option<i64> = None;
    let mut connection: Option<SqliteConnection> = None;
    let mut watch = Watch::of(&file);
    loop {
        // Only here, because a connection that is abandoned while it opens lets go of the file later than anybody knows.
        tokio::select! {
            _ = &mut stop => break,
            () = watch.pause() => {}
        }
        let Some(inner) = inner.upgrade() else { break };
        if !watch.is_due() {
            continue;
        }
        let open = match &mut connection {
            Some(open) => open,
            none => match options.connect().await {
                Ok(open) => none.insert(open),
                Err(_) => continue,
            },
        };
        // Changes only when another connection has committed; reads no row.
        match sqlx::query_scalar::<_, i64>("PRAGMA data_version").fetch_one(open).await {
            Ok(version) if seen == Some(version) => watch.busy = false,
            Ok(version) => match catch_up(&inner, read_to).await {
                Ok(now) => {
                    watch.busy = now.ours && now.to - read_to > BUSY;
                    watch.changed = Instant::now();
                    (seen, read_to) = (Some(version), now.to);
                }
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
        match heard {
            Ok(Err(_)) => listener = None,
            // One look is enough for all that is there.
            Ok(Ok(_)) => while open.next_buffered().is_some() {},
            Err(_) => {}
        }
        match catch_up(&inner, read_to).await {
            Ok(now) => {
                let ours = now.ours && now.to > read_to;
                read_to = now.to;
                if ours {
                    drop(inner);
                    tokio::time::sleep(GATHER).await;
                }
            }
            Err(error) => tracing::debug!(%error, "looking for other nodes' changes failed"),
        }
    }
}
