//! Puts the parts together: home folder, store, vault and engine.
//!
//! Left out: what a person can do with them; that is in the areas' files. Invariant: nothing runs before
//! [`App::start_engine`]; an opened [`App`] only reads and writes the store.

use crate::database::store_url;
use crate::demo::Sandboxes;
use crate::error::Result;
use crate::surroundings::{self, SystemClock, SystemIds};
use courier_domain::{Clock, IdSource, Timestamp};
use courier_engine::{Engine, EngineParts, RunningEngine, Work};
use courier_store::{BeforeMigration, Change, Session, Store, UnitOfWork};
use courier_vault::{Vault, VaultOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Where Courier finds its data and its key.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Absent means the platform's data folder.
    pub home: Option<PathBuf>,
    /// `postgres://…` or a SQLite file; absent means SQLite in the home.
    pub database_url: Option<String>,
    /// Absent means the system's keychain and what the environment names.
    pub vault: Option<VaultOptions>,
}

/// An opened Courier. Clones share everything.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    vault: Vault,
    engine: Engine,
    home: PathBuf,
    database: String,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    actor: String,
    node_name: String,
    sandboxes: Sandboxes,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("home", &self.inner.home).finish_non_exhaustive()
    }
}

impl App {
    /// Opens the home, making folder and store where they are missing and migrating the store.
    ///
    /// # Errors
    /// The folder cannot be made or the store cannot be used. A vault that cannot be opened is no error: its status
    /// says why.
    pub async fn open(options: OpenOptions) -> Result<Self> {
        let home = match options.home {
            Some(home) => home,
            None => surroundings::default_home()?,
        };
        let home = surroundings::make_home(&home)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
        let url = store_url(&home, options.database_url.as_deref())?;
        let before = BeforeMigration::back_up(&url, &home);
        let store = Store::open_after(&url, &before, clock.clone(), ids.clone()).await?;
        let vault = open_vault(home.clone(), options.vault, clock.clone()).await?;
        let node_name = surroundings::host_name();
        let engine = Engine::new(EngineParts {
            store: store.clone(),
            vault: vault.clone(),
            home: home.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            node_name: node_name.clone(),
        });
        let inner = Inner {
            store,
            vault,
            engine,
            database: url.to_string(),
            clock,
            ids,
            actor: surroundings::actor(),
            node_name,
            sandboxes: Sandboxes::new(&home),
            home,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes this process a node that takes work from the queue, until the returned value is shut down. The sample's
    /// server runs as long.
    pub async fn start_engine(&self, work: Work) -> Result<RunningEngine> {
        self.sandbox_wake().await;
        Ok(self.inner.engine.start(work).await?)
    }

    /// Closes the store and stops the sample's server. Call it last.
    pub async fn close(&self) {
        self.inner.sandboxes.stop().await;
        self.inner.store.close().await;
    }

    /// Everything that changes in the store from now on, by this process or another.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.store.changes()
    }

    pub fn home(&self) -> &Path {
        &self.inner.home
    }

    pub fn node_name(&self) -> &str {
        &self.inner.node_name
    }

    /// Who changes things through this process: `user@host`.
    pub fn actor(&self) -> &str {
        &self.inner.actor
    }

    /// The store's place, without a password.
    pub(crate) fn database(&self) -> &str {
        &self.inner.database
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn sandboxes(&self) -> &Sandboxes {
        &self.inner.sandboxes
    }

    /// The time by Courier's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    pub(crate) fn ids(&self) -> &dyn IdSource {
        &*self.inner.ids
    }

    pub(crate) fn new_id<T: From<uuid::Uuid>>(&self) -> T {
        self.inner.ids.new_id().into()
    }

    pub(crate) async fn read(&self) -> Result<Session> {
        Ok(self.inner.store.read().await?)
    }

    pub(crate) async fn begin(&self) -> Result<UnitOfWork> {
        Ok(self.inner.store.begin(&self.inner.actor).await?)
    }
}

/// Asking a keychain blocks, so it happens on a thread of its own.
async fn open_vault(home: PathBuf, options: Option<VaultOptions>, clock: Arc<dyn Clock>) -> Result<Vault> {
    let options = options.unwrap_or_else(|| VaultOptions::from_env(clock));
    blocking(move || Vault::open(&home, options)).await
}

/// Runs blocking work beside the runtime.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(crate::error::AppError::internal)
}
