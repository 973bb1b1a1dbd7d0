//! An empty store for one case, with a clock that stands still and ids that grow.

use chrono::{DateTime, TimeDelta};
use courier_domain::execution::{JobExecution, NewExecution, StepExecution, StepExecutionState};
use courier_domain::job::{Job, JobDraft};
use courier_domain::{Clock, IdSource, JobExecutionId, JobId, JobStepId, NodeId, StepExecutionId, Timestamp};
use courier_store::{ClaimRequest, Lease, Store, StoreError, StoreUrl};
use courier_testkit::postgres::PrivatePostgres;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use uuid::Uuid;

/// Where stores are made.
pub(crate) enum Host {
    Sqlite,
    Postgres(Box<PrivatePostgres>),
}

#[derive(Debug)]
pub(crate) struct StandingClock(Mutex<Timestamp>);

impl StandingClock {
    pub(crate) fn at(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

#[derive(Debug, Default)]
pub(crate) struct GrowingIds(AtomicU64);

impl IdSource for GrowingIds {
    fn new_id(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        uuid::Builder::from_unix_timestamp_millis(1_772_352_000_000 + n, &[7; 10]).into_uuid()
    }
}

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) clock: Arc<StandingClock>,
    pub(crate) ids: Arc<GrowingIds>,
    pub(crate) url: StoreUrl,
    pub(crate) folder: TempDir,
}

pub(crate) const ME: &str = "ana@desk";

impl Fixture {
    pub(crate) async fn open(host: &Host, case: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match host {
            Host::Sqlite => StoreUrl::in_home(folder.path()),
            Host::Postgres(cluster) => {
                let name: String = case.split("::").last().unwrap_or(case).chars().take(60).collect();
                StoreUrl::parse(&cluster.create_database(&name).unwrap()).unwrap()
            }
        };
        let start = DateTime::parse_from_rfc3339("2026-03-01T08:00:00.000001Z").unwrap().to_utc();
        let clock = Arc::new(StandingClock(Mutex::new(start)));
        let ids = Arc::new(GrowingIds::default());
        let store = Store::open(&url, clock.clone(), ids.clone()).await.unwrap();
        Self { store, clock, ids, url, folder }
    }

    /// A second store on the same database, as another process has it.
    pub(crate) async fn another(&self) -> Result<Store, StoreError> {
        Store::open(&self.url, self.clock.clone(), self.ids.clone()).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn draft(&self, name: &str) -> JobDraft {
        serde_json::from_value(json!({
            "name": name,
            "description": "from the partner to the share",
            "failure_policy": { "type": "retry_step", "max_retries": 2 },
            "parameters": [{ "name": "day", "type": "text", "default": "{{ now }}" }],
            "time_zone": "Europe/Berlin",
            "priority": 0,
            "steps": [
                { "name": "Copy", "type_key": "file.copy",
                  "configuration": { "source_path": "/in/*", "destination_path": "/out/" } },
                { "name": "Delete", "type_key": "file.delete", "timeout_seconds": 0, "enabled": false,
                  "configuration": { "path": "/in/*" }, "failure_policy": { "type": "skip_and_continue" } },
            ],
        }))
        .unwrap()
    }

    pub(crate) fn new_job(&self, draft: JobDraft) -> Job {
        Job::new(JobId(self.ids.new_id()), draft, self.now(), || JobStepId(self.ids.new_id()))
    }

    pub(crate) async fn try_insert_job(&self, name: &str) -> Result<Job, StoreError> {
        let job = self.new_job(self.draft(name));
        let mut work = self.store.begin(ME).await?;
        work.insert_job(&job).await?;
        work.commit().await?;
        Ok(job)
    }

    pub(crate) async fn insert_job(&self, name: &str) -> Job {
        self.try_insert_job(name).await.unwrap()
    }

    pub(crate) async fn insert_job_with(&self, name: &str, change: impl FnOnce(&mut JobDraft)) -> Job {
        let mut draft = self.draft(name);
        change(&mut draft);
        let job = self.new_job(draft);
        let mut work = self.store.begin(ME).await.unwrap();
        work.insert_job(&job).await.unwrap();
        work.commit().await.unwrap();
        job
    }

    pub(crate) fn new_execution(&self, job: &Job) -> JobExecution {
        JobExecution::new(NewExecution {
            id: JobExecutionId(self.ids.new_id()),
            job_id: job.id,
            job_version_number: job.current_version,
            triggered_by: format!("manual:{ME}"),
            priority: job.priority,
            parameters: BTreeMap::from([("day".to_owned(), json!("2026-03-01"))]),
            retry_of: None,
            trigger_key: None,
            now: self.now(),
        })
    }

    pub(crate) async fn enqueue(&self, job: &Job) -> JobExecution {
        let mut work = self.store.begin(ME).await.unwrap();
        let queued = work.enqueue(&self.new_execution(job)).await.unwrap();
        work.commit().await.unwrap();
        queued
    }

    pub(crate) fn node(&self) -> NodeId {
        NodeId(self.ids.new_id())
    }

    pub(crate) async fn claim(&self, node_id: NodeId, slots: u32) -> Vec<JobExecution> {
        let request = ClaimRequest { node_id, node_name: "desk".into(), slots, only: None };
        let mut work = self.store.begin("system").await.unwrap();
        let claimed = work.claim(&request).await.unwrap();
        work.commit().await.unwrap();
        claimed
    }

    /// A run of a new job that a node holds.
    pub(crate) async fn running(&self, name: &str) -> (Job, JobExecution, Lease) {
        let job = self.insert_job(name).await;
        self.enqueue(&job).await;
        let execution = self.claim(self.node(), 1).await.remove(0);
        let lease = Lease::of(&execution).unwrap();
        (job, execution, lease)
    }

    pub(crate) fn step(&self, job: &Job, order: usize, state: StepExecutionState) -> StepExecution {
        StepExecution {
            id: StepExecutionId(self.ids.new_id()),
            job_execution_id: JobExecutionId(Uuid::nil()),
            job_step_id: job.steps[order].id,
            step_order: job.steps[order].step_order,
            state,
            started_at: (state != StepExecutionState::Pending).then(|| self.now()),
            completed_at: state.is_terminal().then(|| self.now()),
            duration_ms: None,
            bytes_processed: None,
            output_data: None,
            error_message: None,
            error_stack_trace: None,
            retry_attempt: 0,
            iteration_path: String::new(),
            error_code: None,
            loop_id: None,
            resume_data: None,
        }
    }

    /// Runs a statement of the test's own, past the store.
    pub(crate) async fn raw(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        Ok(match &self.url {
            StoreUrl::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let mut connection = sqlx::ConnectOptions::connect(&options).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?.rows_affected()
            }
            StoreUrl::Postgres(url) => {
                let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?.rows_affected()
            }
        })
    }
}
