//! Opening a store: the file or the server, its migrations, its connections.

use crate::change::{self, Change, News};
use crate::session::{Link, Session};
use crate::writer::Writer;
use crate::{StoreError, StoreUrl, UnitOfWork};
use courier_domain::{Clock, IdSource};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool, SqlitePool};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

static SQLITE: Migrator = sqlx::migrate!("../../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../../migrations/postgres");

/// How long a statement waits for another program's write, and a caller for a free connection.
const PATIENCE: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// Readers and writers on PostgreSQL, and one that listens.
const SERVER_CONNECTIONS: u32 = 16;

/// The store. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    _follower: Arc<Follower>,
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
struct Follower(JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Store {
    /// Opens the store and brings its tables up to date. A SQLite file is created (mode 0600) if it is not there; its
    /// folder must exist. A database written by a newer Courier is refused and not changed.
    pub async fn open(
        url: &StoreUrl,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, StoreError> {
        let location = url.to_string();
        match url {
            StoreUrl::Sqlite(path) => {
                let options = sqlite_options(path);
                let writer = open_file(path, &options).await?;
                let readers = SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(PATIENCE)
                    .connect_lazy_with(options.clone().pragma("query_only", "on"));
                let database = Database::Sqlite { readers, writer: Writer::new(writer, options.clone()) };
                let inner = Arc::new(Inner { database, news: News::new(), clock, ids, location });
                let read_to = change::newest(&mut inner.read().await?).await?;
                let follower = change::follow_sqlite(Arc::downgrade(&inner), options, read_to);
                Ok(Self { inner, _follower: Arc::new(Follower(tokio::spawn(follower))) })
            }
            StoreUrl::Postgres(address) => {
                let pool = PgPoolOptions::new()
                    .max_connections(SERVER_CONNECTIONS)
                    .acquire_timeout(PATIENCE)
                    .connect(address)
                    .await?;
                POSTGRES.run(&pool).await.map_err(|e| StoreError::migration(location.clone(), e))?;
                let database = Database::Postgres(pool.clone());
                let inner = Arc::new(Inner { database, news: News::new(), clock, ids, location });
                let read_to = change::newest(&mut inner.read().await?).await?;
                let follower = change::follow_postgres(Arc::downgrade(&inner), pool, read_to);
                Ok(Self { inner, _follower: Arc::new(Follower(tokio::spawn(follower))) })
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
            Database::Postgres(pool) => Link::PostgresWriter(pool.begin().await?),
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
        self._follower.0.abort();
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

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
}

/// Makes the file if need be and migrates it, one process at a time.
async fn open_file(
    path: &Path,
    options: &SqliteConnectOptions,
) -> Result<sqlx::SqliteConnection, StoreError> {
    let lock_path = path.with_extension("lock");
    create_private(path)?;
    let lock = create_private(&lock_path)?;
    let failed = |cause: std::io::Error| StoreError::File { path: lock_path.clone(), cause: Arc::new(cause) };
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|e| failed(std::io::Error::other(e)))?
        .map_err(failed)?;
    let mut connection = options.connect().await?;
    let migrated = SQLITE.run(&mut connection).await;
    drop(lock);
    migrated.map_err(|e| StoreError::migration(path.display().to_string(), e))?;
    Ok(connection)
}

/// Opens a file that only its owner may read, creating it if it is not there.
fn create_private(path: &Path) -> Result<File, StoreError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|cause| StoreError::File { path: path.into(), cause: Arc::new(cause) })
}
