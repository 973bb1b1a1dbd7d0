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

    /// Ends the writer's connection; later turns open a new one.
    pub(crate) async fn close(&self) {
        self.flush().await;
        let connection = self.state.lock().await.connection.take();
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
            self.abandon().await;
            self.end(Err(error));
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
