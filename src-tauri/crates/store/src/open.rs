//! Opening a store: the file or the server, and its connections.

use crate::change::{self, Change, News};
use crate::migrate::{self, BeforeMigration, PATIENCE, sqlite_options};
use crate::session::{Link, Session};
use crate::writer::Writer;
use crate::{StoreError, StoreUrl, UnitOfWork};
use courier_domain::{Clock, IdSource};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Connection, PgConnection, PgPool, Postgres, SqlitePool, Transaction};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, broadcast, oneshot, watch};
use tokio::task::JoinHandle;

const READERS: u32 = 4;
/// A server's connection that has been idle for so long is asked whether it is still there.
const ASK_AFTER: Duration = Duration::from_millis(100);
/// Readers and writers on PostgreSQL, and one that listens.
const SERVER_CONNECTIONS: u32 = 16;

/// The store. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    follower: Arc<Follower>,
}

pub(crate) struct Inner {
    database: Database,
    pub(crate) news: News,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    location: String,
}

enum Database {
    Sqlite { readers: SqlitePool, writer: Writer },
    Postgres(PgPool),
}

/// The task that hears of other processes' changes; ends with the store.
struct Follower {
    task: AsyncMutex<JoinHandle<()>>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

impl Follower {
    fn new(task: JoinHandle<()>, stop: Option<oneshot::Sender<()>>) -> Arc<Self> {
        Arc::new(Self { task: AsyncMutex::new(task), stop: Mutex::new(stop) })
    }

    /// Waits until the task has let go of the database.
    async fn end(&self) {
        let mut task = self.task.lock().await;
        match self.stop.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // One that is over already needs no word.
            Some(stop) => drop(stop.send(())),
            None => task.abort(),
        }
        if !task.is_finished() {
            let _ = (&mut *task).await;
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.get_mut().abort();
    }
}

impl Store {
    /// As [`Store::open_after`]; a SQLite file that has to be migrated is backed up beside itself, and a server's
    /// database is migrated only as far as nothing can be lost.
    pub async fn open(
        url: &StoreUrl,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, StoreError> {
        let before = match url {
            StoreUrl::Sqlite(path) => BeforeMigration::back_up(url, path.parent().unwrap_or(Path::new(""))),
            StoreUrl::Postgres(_) => BeforeMigration::OnlyAdditions,
        };
        Self::open_after(url, &before, clock, ids).await
    }

    /// Opens the store and brings its tables up to date once `before` is so. A SQLite file is created (mode 0600) if it
    /// is not there; its folder must exist. A database written by a newer Courier is refused and not changed.
    pub async fn open_after(
        url: &StoreUrl,
        before: &BeforeMigration,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, StoreError> {
        let location = url.to_string();
        match url {
            StoreUrl::Sqlite(path) => {
                let options = sqlite_options(path);
                let (mut writer, _) = migrate::open_file(path, before, &*clock).await?;
                // What a savepoint would undo is kept in memory; else every page of every unit of work goes to a file.
                sqlx::query("PRAGMA temp_store = MEMORY").execute(&mut writer).await?;
                let readers = SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(PATIENCE)
                    // A file does not go away as a server does, and asking costs as much as a query.
                    .test_before_acquire(false)
                    .connect_lazy_with(options.clone().pragma("query_only", "on"));
                let database = Database::Sqlite {
                    readers,
                    writer: Writer::new(writer, options.clone().pragma("temp_store", "MEMORY")),
                };
                let inner = Arc::new(Inner { database, news: News::new(), clock, ids, location });
                let read_to = change::newest(&mut inner.read().await?).await?;
                let (stop, stopped) = oneshot::channel();
                let file = (path.clone(), options);
                let follower = change::follow_sqlite(Arc::downgrade(&inner), file, read_to, stopped);
                Ok(Self { inner, follower: Follower::new(tokio::spawn(follower), Some(stop)) })
            }
            StoreUrl::Postgres(address) => {
                migrate::migrate_server(address, before, &*clock).await?;
                let pool = PgPoolOptions::new()
                    .max_connections(SERVER_CONNECTIONS)
                    .acquire_timeout(PATIENCE)
                    .test_before_acquire(false)
                    .before_acquire(|connection, idle| Box::pin(is_there(connection, idle.idle_for)))
                    .after_connect(|connection, _| Box::pin(limit_silence(connection)))
                    .connect(address)
                    .await?;
                let database = Database::Postgres(pool.clone());
                let inner = Arc::new(Inner { database, news: News::new(), clock, ids, location });
                let read_to = change::newest(&mut inner.read().await?).await?;
                let follower = change::follow_postgres(Arc::downgrade(&inner), pool, read_to);
                Ok(Self { inner, follower: Follower::new(tokio::spawn(follower), None) })
            }
        }
    }

    /// A connection for queries.
    pub async fn read(&self) -> Result<Session, StoreError> {
        self.inner.read().await
    }

    /// A unit of work in the name of `actor` (`user@host` or `system`). Between this and its commit, wait for nothing
    /// but the store: on SQLite every other writer waits for it.
    pub async fn begin(&self, actor: &str) -> Result<UnitOfWork, StoreError> {
        let link = match &self.inner.database {
            Database::Sqlite { writer, .. } => Link::SqliteWriter(writer.begin().await?),
            Database::Postgres(pool) => Link::PostgresWriter(begin_uninterrupted(pool.clone()).await?),
        };
        // After the turn was given, so that the order of times is the order of commits.
        let now = self.inner.clock.now();
        Ok(UnitOfWork::new(Session { link }, self.inner.clone(), actor, now))
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    pub fn ids(&self) -> &Arc<dyn IdSource> {
        &self.inner.ids
    }

    /// Where the store is, fit to be shown: without a password.
    pub fn location(&self) -> &str {
        &self.inner.location
    }

    /// Changes whenever there may be something new to claim.
    pub fn watch_queue(&self) -> watch::Receiver<u64> {
        self.inner.news.queue()
    }

    /// Committed changes, of this process at once and of others soon after.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.news.changes()
    }

    /// Finishes what is being written and closes every connection.
    pub async fn close(&self) {
        self.follower.end().await;
        match &self.inner.database {
            Database::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Database::Postgres(pool) => pool.close().await,
        }
    }
}

impl Inner {
    pub(crate) async fn read(&self) -> Result<Session, StoreError> {
        let link = match &self.database {
            Database::Sqlite { readers, .. } => Link::SqliteReader(readers.acquire().await?),
            Database::Postgres(pool) => Link::PostgresReader(pool.acquire().await?),
        };
        Ok(Session { link })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.inner.location)
    }
}

/// A node that stops in the middle of a unit of work (its machine sleeps, or is gone without a word) would keep its locks,
/// among them those of the queue and of the audit chain, until TCP gives up after hours. The server ends its session
/// first, well within a lease; a unit of work that is alive waits for nothing so long.
async fn limit_silence(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SET idle_in_transaction_session_timeout = '10s'").execute(connection).await?;
    Ok(())
}

/// A connection that has been used just now is there; asking it would be a round trip for every query.
async fn is_there(connection: &mut PgConnection, idle_for: Duration) -> Result<bool, sqlx::Error> {
    if idle_for >= ASK_AFTER {
        connection.ping().await?;
    }
    Ok(true)
}

/// Begins to the end, also when whoever asked goes away meanwhile: sqlx does not know of a transaction whose BEGIN was
/// interrupted, and the next to get the connection would be in the middle of it.
async fn begin_uninterrupted(pool: PgPool) -> Result<Transaction<'static, Postgres>, StoreError> {
    match tokio::spawn(async move { pool.begin().await }).await {
        Ok(begun) => Ok(begun?),
        Err(error) => Err(sqlx::Error::Io(std::io::Error::other(error)).into()),
    }
}
