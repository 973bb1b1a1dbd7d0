//! SQLite's one writer, and the group commit behind it.
//!
//! SQLite takes one writer at a time and a durable commit costs an fsync. Units of work that wait for their turn while
//! another is written therefore share one transaction: each is a savepoint in it, and one task commits them all and
//! only then tells each that it is durable. A unit that fails takes only its savepoint with it.
//!
//! Left out: PostgreSQL, which groups commits itself.
//!
//! Invariant: a unit is acknowledged after the COMMIT that contains it has returned, never before; when that COMMIT
//! fails, every unit in it is told so.

use crate::StoreError;
use crate::audit::Head;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// The writer; clones are the same one.
#[derive(Clone)]
pub(crate) struct Writer {
    state: Arc<Mutex<State>>,
}

struct State {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    /// Nobody gets a turn any more.
    closed: bool,
    /// A transaction is open.
    open: bool,
    /// The last unit's savepoint holds something that must not be committed.
    dirty: bool,
    /// Units in the open transaction that wait for its COMMIT.
    waiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// The audit chain's end inside the open transaction, once it was read.
    head: Option<Head>,
}

/// One unit's turn on the writer. Dropped without [`Turn::commit`], its changes are undone.
pub(crate) struct Turn {
    state: Option<OwnedMutexGuard<State>>,
    writer: Writer,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let state = State {
            options,
            connection: Some(connection),
            closed: false,
            open: false,
            dirty: false,
            waiting: Vec::new(),
            head: None,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Waits for the turn, first come first served.
    pub(crate) async fn begin(&self) -> Result<Turn, StoreError> {
        let state = self.state.clone().lock_owned().await;
        let mut turn = Turn { state: Some(state), writer: self.clone() };
        let state = turn.state()?;
        if state.closed {
            return Err(sqlx::Error::PoolClosed.into());
        }
        state.settle().await;
        // Set before the statement runs: if this future is dropped meanwhile, `Drop` finds something to undo.
        state.dirty = true;
        if state.open {
            state.execute("RELEASE unit; SAVEPOINT unit").await?;
        } else {
            state.open = true;
            state.head = None;
            state.execute("BEGIN IMMEDIATE; SAVEPOINT unit").await?;
        }
        Ok(turn)
    }

    /// Commits whatever group is open.
    async fn flush(&self) {
        let mut state = self.state.lock().await;
        state.settle().await;
        if state.open {
            let committed = state.execute("COMMIT").await;
            if committed.is_err() {
                state.abandon().await;
            }
            state.end(committed);
        }
    }

    /// Finishes what is being written and ends the writer's connection; later turns are refused.
    pub(crate) async fn close(&self) {
        self.flush().await;
        let mut state = self.state.lock().await;
        state.closed = true;
        let connection = state.connection.take();
        drop(state);
        if let Some(connection) = connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the database file failed");
        }
    }
}

impl State {
    async fn execute(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => empty.insert(self.options.connect().await?),
        };
        sqlx::query(sql).execute(connection).await?;
        Ok(())
    }

    /// Undoes what a dropped unit left. SQLite ends the whole transaction itself on some errors (a full disk); then
    /// the units that wait in it are lost and told so.
    async fn settle(&mut self) {
        if !std::mem::take(&mut self.dirty) || !self.open {
            return;
        }
        self.head = None;
        if self.waiting.is_empty() {
            self.abandon().await;
            self.open = false;
        } else if let Err(error) = self.execute("ROLLBACK TO unit").await {
            tracing::warn!(%error, units = self.waiting.len(), "the database ended a transaction by itself");
            self.abandon().await;
            let reason = "a change beside this one failed, for want of space perhaps, and the database undid both; \
                          nothing was kept, so try again";
            self.end(Err(StoreError::Unavailable { reason, cause: None }));
        }
    }

    /// Ends the transaction without keeping anything. A connection that cannot even do that is given up.
    async fn abandon(&mut self) {
        // Without a transaction there is nothing to roll back, and SQLite says so with an error.
        if self.execute("ROLLBACK").await.is_err() && self.execute("SELECT 1").await.is_err() {
            self.connection = None;
        }
    }

    fn end(&mut self, result: Result<(), StoreError>) {
        self.open = false;
        self.head = None;
        for waiting in self.waiting.drain(..) {
            // A unit whose caller went away needs no answer.
            let _ = waiting.send(result.clone());
        }
    }
}

impl Turn {
    fn state(&mut self) -> Result<&mut State, StoreError> {
        Ok(self.state.as_deref_mut().ok_or(sqlx::Error::WorkerCrashed)?)
    }

    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.state.as_deref_mut().and_then(|s| s.connection.as_mut()).ok_or(sqlx::Error::WorkerCrashed)
    }

    /// The audit chain's end as this transaction knows it.
    pub(crate) fn head(&mut self) -> Option<&mut Option<Head>> {
        self.state.as_deref_mut().map(|s| &mut s.head)
    }

    /// Keeps the unit's changes; returns when they are durable.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let Some(mut state) = self.state.take() else { return Err(sqlx::Error::WorkerCrashed.into()) };
        let (done, waiting) = oneshot::channel();
        state.dirty = false;
        state.waiting.push(done);
        let first = state.waiting.len() == 1;
        drop(state);
        if first {
            // The lock is fair: whoever waits for a turn now is written before this task commits.
            let writer = self.writer.clone();
            tokio::spawn(async move { writer.flush().await });
        }
        waiting.await.unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()))
    }

    /// Undoes the unit's changes, now.
    pub(crate) async fn rollback(mut self) {
        if let Some(mut state) = self.state.take() {
            state.settle().await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(state) = self.state.take() else { return };
        let pending = state.dirty;
        drop(state);
        // Somebody must end the transaction, or other programs could not write until our next turn.
        if pending && let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let writer = self.writer.clone();
            runtime.spawn(async move { writer.state.lock().await.settle().await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::ErrorCode;
    use std::time::Duration;
    use tempfile::TempDir;

    async fn writer(folder: &TempDir, pages: u32) -> (Writer, SqliteConnectOptions) {
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("t.db"))
            .create_if_missing(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_millis(50))
            .pragma("max_page_count", pages.to_string());
        let mut connection = options.connect().await.unwrap();
        let create = "CREATE TABLE IF NOT EXISTS t (n INTEGER NOT NULL UNIQUE, x BLOB)";
        sqlx::query(create).execute(&mut connection).await.unwrap();
        (Writer::new(connection, options.clone()), options)
    }

    async fn put(writer: &Writer, n: i64, bytes: usize) -> Result<(), StoreError> {
        let mut turn = writer.begin().await?;
        let insert = "INSERT INTO t (n, x) VALUES ($1, $2)";
        sqlx::query(insert).bind(n).bind(vec![0; bytes]).execute(turn.connection()?).await?;
        turn.commit().await
    }

    async fn stored(options: &SqliteConnectOptions) -> Vec<i64> {
        let mut connection = options.connect().await.unwrap();
        sqlx::query_scalar("SELECT n FROM t ORDER BY n").fetch_all(&mut connection).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_loses_nothing_that_was_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        // A limit of pages fails in the same place and with the same error as the disk does.
        let (writer, options) = writer(&folder, 40).await;
        let results = futures::future::join_all((0..100).map(|n| {
            let writer = &writer;
            async move { (n, put(writer, n, 5_000).await) }
        }))
        .await;
        let (kept, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(|(_, result)| result.is_ok());
        assert!(!kept.is_empty() && !refused.is_empty(), "{} kept, {} refused", kept.len(), refused.len());
        let errors: Vec<_> = refused.into_iter().map(|(_, result)| result.unwrap_err()).collect();
        assert!(errors.iter().all(|e| e.code() == ErrorCode::StoreUnavailable), "{errors:?}");
        assert!(errors.iter().any(|e| e.to_string().contains("the disk is full")), "{errors:?}");
        assert_eq!(stored(&options).await, kept.into_iter().map(|(n, _)| n).collect::<Vec<_>>());
        // What fits is still taken.
        put(&writer, 1_000, 1).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_locked_file_is_said_plainly_and_used_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, options) = writer(&folder, 1_000).await;
        let mut other = options.connect().await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let error = put(&writer, 1, 1).await.unwrap_err();
        assert!(error.to_string().contains("another program"), "{error}");
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        put(&writer, 1, 1).await.unwrap();
        assert_eq!(stored(&options).await, [1]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn units_that_wait_for_each_other_share_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, options) = writer(&folder, 1_000).await;
        let mut other = options.connect().await.unwrap();
        let version = "PRAGMA data_version";
        let before: i64 = sqlx::query_scalar(version).fetch_one(&mut other).await.unwrap();
        let first = writer.begin().await.unwrap();
        // Ten wait for their turn before the first is over; polled once, each stands in line.
        let mut waiting: Vec<_> = (0..10).map(|n| Box::pin(put(&writer, n, 1))).collect();
        for unit in &mut waiting {
            assert!(futures::poll!(unit.as_mut()).is_pending());
        }
        let first = Box::pin(first.commit());
        let (first, rest) = futures::join!(first, futures::future::join_all(waiting));
        assert!(first.is_ok() && rest.iter().all(Result::is_ok), "{first:?} {rest:?}");
        assert_eq!(stored(&options).await.len(), 10);
        let after: i64 = sqlx::query_scalar(version).fetch_one(&mut other).await.unwrap();
        assert_eq!(after - before, 1, "one commit for all of them");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_duplicate_in_a_group_fails_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, options) = writer(&folder, 1_000).await;
        let results = futures::future::join_all((0..30).map(|n| put(&writer, n / 2, 1))).await;
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 15);
        assert_eq!(stored(&options).await, (0..15).collect::<Vec<_>>());
    }
}
