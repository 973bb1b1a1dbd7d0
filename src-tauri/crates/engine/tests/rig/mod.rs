//! A Courier without surfaces: a store in a temporary home, an engine on it, and jobs of file steps.

use courier_domain::connection::{Connection, ConnectionDraft};
use courier_domain::execution::{JobExecution, JobExecutionState, NewExecution, StepExecution};
use courier_domain::job::{Job, JobDraft};
use courier_domain::{
    Clock, ConnectionId, FileMonitorId, IdSource, JobExecutionId, JobId, JobStepId, Timestamp,
};
use courier_engine::{Engine, EngineParts, RunningEngine, Work, places};
use courier_store::{Store, StoreUrl};
use courier_vault::{InitMethod, Keychain, Vault, VaultOptions};
use serde_json::{Value, json};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::from(std::time::UNIX_EPOCH + std::time::UNIX_EPOCH.elapsed().unwrap_or_default())
    }
}

/// Time as it will be two years from now.
#[derive(Debug)]
struct Later;

impl Clock for Later {
    fn now(&self) -> Timestamp {
        Now.now() + chrono::TimeDelta::days(2 * 366)
    }
}

#[derive(Debug)]
pub(crate) struct Ids;

impl IdSource for Ids {
    #[expect(clippy::disallowed_methods, reason = "this is the test's source of ids")]
    fn new_id(&self) -> uuid::Uuid {
        uuid::Uuid::now_v7()
    }
}

pub(crate) struct Rig {
    pub(crate) home: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) engine: Engine,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::on(None).await
    }

    /// With the store at an address, or in the home.
    pub(crate) async fn on(url: Option<StoreUrl>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>) = (Arc::new(Now), Arc::new(Ids));
        let url = url.unwrap_or_else(|| StoreUrl::in_home(home.path()));
        let store = Store::open(&url, clock.clone(), ids).await.unwrap();
        let engine = engine(home.path(), &store, clock);
        Self { home, store, engine }
    }

    /// A vault that is open, for what has passwords.
    pub(crate) fn with_vault(self) -> Self {
        let folder = self.path("private");
        std::fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        self.vault().init(InitMethod::KeyFile(folder.join("vault.key"))).unwrap();
        Self { engine: engine(self.home.path(), &self.store, Arc::new(Now)), ..self }
    }

    pub(crate) fn vault(&self) -> Vault {
        vault(self.home.path(), Arc::new(Now))
    }

    /// Stores a connection with a password; what `draft` leaves out is the default.
    pub(crate) async fn connection(&self, draft: Value, password: &str) -> Connection {
        let id = ConnectionId(Ids.new_id());
        let sealed = self.vault().seal(&places::connection_password(id), password.as_bytes()).unwrap();
        let draft: ConnectionDraft = serde_json::from_value(draft).unwrap();
        let connection = Connection::new(id, draft, Some(sealed), Now.now()).unwrap();
        let mut unit = self.store.begin("tester@here").await.unwrap();
        unit.insert_connection(&connection).await.unwrap();
        unit.commit().await.unwrap();
        connection
    }

    /// Resumes a failed run and waits for its end.
    pub(crate) async fn resume(&self, id: JobExecutionId) -> JobExecution {
        let mut unit = self.store.begin("tester@here").await.unwrap();
        unit.resume(id).await.unwrap();
        unit.commit().await.unwrap();
        let running = self.start().await;
        let ended = self.until(id, |e| e.state.is_terminal()).await;
        running.shutdown().await;
        ended
    }

    /// What the last attempt of a step handed on, also when it failed.
    pub(crate) async fn outputs(&self, id: JobExecutionId, step_order: i32) -> Value {
        let rows = self.steps(id).await;
        let last = rows.iter().rfind(|row| row.step_order == step_order).unwrap();
        last.output_data.as_deref().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
    }

    /// Another node on the same store, as a process of its own would open it.
    pub(crate) async fn neighbour(&self, url: &StoreUrl, name: &str) -> Engine {
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>) = (Arc::new(Now), Arc::new(Ids));
        let store = Store::open(url, clock.clone(), ids).await.unwrap();
        engine_named(self.home.path(), &store, clock, name)
    }

    /// The same Courier two years later.
    pub(crate) fn two_years_later(&self) -> Engine {
        engine(self.home.path(), &self.store, Arc::new(Later))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) async fn job(&self, policy: Value, steps: Value) -> JobId {
        let name = format!("job {}", Ids.new_id());
        let draft: JobDraft =
            serde_json::from_value(json!({ "name": name, "failure_policy": policy, "steps": steps }))
                .unwrap();
        let now = Now.now();
        let job = Job::new(JobId(Ids.new_id()), draft, now, || JobStepId(Ids.new_id()));
        let mut unit = self.store.begin("tester@here").await.unwrap();
        unit.insert_job(&job).await.unwrap();
        unit.commit().await.unwrap();
        job.id
    }

    pub(crate) async fn enqueue(&self, job: JobId) -> JobExecutionId {
        let execution = JobExecution::new(NewExecution {
            id: JobExecutionId(Ids.new_id()),
            job_id: job,
            job_version_number: 1,
            triggered_by: "manual:tester@here".into(),
            priority: 0,
            parameters: Default::default(),
            retry_of: None,
            trigger_key: None,
            now: Now.now(),
        });
        let mut unit = self.store.begin("tester@here").await.unwrap();
        unit.enqueue(&execution).await.unwrap();
        unit.commit().await.unwrap();
        execution.id
    }

    pub(crate) async fn start(&self) -> RunningEngine {
        self.engine.start(Work::All).await.unwrap()
    }

    /// Runs a job to wherever it stops.
    pub(crate) async fn run(&self, job: JobId) -> JobExecution {
        let running = self.start().await;
        let id = self.enqueue(job).await;
        let ended = self.until(id, |e| e.state.is_terminal() || e.state == JobExecutionState::Paused).await;
        running.shutdown().await;
        ended
    }

    /// Waits for the store's news until the execution is as wanted.
    pub(crate) async fn until(
        &self,
        id: JobExecutionId,
        wanted: impl Fn(&JobExecution) -> bool,
    ) -> JobExecution {
        let mut changes = self.store.changes();
        loop {
            let execution = self.store.read().await.unwrap().execution(id).await.unwrap();
            if wanted(&execution) {
                return execution;
            }
            let _ = changes.recv().await;
        }
    }

    /// Waits until somebody knows what is in the folder of a monitor.
    pub(crate) async fn until_looked(&self, id: FileMonitorId) {
        while self.store.read().await.unwrap().directory_state(id).await.unwrap().is_none() {
            self.beat().await;
        }
    }

    /// Waits for the store's next news, or a moment: not everything is news.
    pub(crate) async fn beat(&self) {
        let _ = tokio::time::timeout(Duration::from_millis(100), self.store.changes().recv()).await;
    }

    pub(crate) async fn steps(&self, id: JobExecutionId) -> Vec<StepExecution> {
        self.store.read().await.unwrap().step_executions(id).await.unwrap()
    }

    pub(crate) async fn log(&self, id: JobExecutionId) -> String {
        let lines = self.store.read().await.unwrap().log_lines(id, 0, 1_000).await.unwrap();
        lines.into_iter().map(|l| l.message).collect::<Vec<_>>().join("\n")
    }
}

fn vault(home: &Path, clock: Arc<dyn Clock>) -> Vault {
    let mut options = VaultOptions::new(clock);
    options.keychain = Keychain::disabled();
    Vault::open(home, options)
}

fn engine(home: &Path, store: &Store, clock: Arc<dyn Clock>) -> Engine {
    engine_named(home, store, clock, "test")
}

fn engine_named(home: &Path, store: &Store, clock: Arc<dyn Clock>, name: &str) -> Engine {
    Engine::new(EngineParts {
        store: store.clone(),
        vault: vault(home, clock.clone()),
        home: home.to_owned(),
        clock,
        ids: Arc::new(Ids),
        node_name: name.into(),
    })
}

/// Every file below a folder, sorted, relative.
pub(crate) fn files_below(folder: &Path) -> Vec<String> {
    fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}
