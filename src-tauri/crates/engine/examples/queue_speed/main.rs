//! How fast the queue is: from queued to running, and runs a second that do nothing but are recorded in full, beside a
//! bare loop that writes the same rows.
//!
//! `queue_speed begin SAMPLES` and `queue_speed throughput RUNS PAIRS` measure SQLite on disk and a private PostgreSQL,
//! both with durable commits; one JSON object for each. A run has one step, which sets a value. The bare loop neither
//! reads nor decides nor computes hashes; it has the writers that serve its database best.

mod bare;

use anyhow::{Context, Result, ensure};
use courier_domain::execution::{JobExecution, JobExecutionState, NewExecution};
use courier_domain::job::{Job, JobDraft};
use courier_domain::setting::CONCURRENCY_LIMIT;
use courier_domain::time::to_micros;
use courier_domain::{Clock, IdSource, JobExecutionId, JobId, JobStepId, NodeId, Timestamp};
use courier_engine::{Engine, EngineParts, RunningEngine, Work};
use courier_store::{AuditVerdict, ClaimRequest, Store, StoreUrl};
use courier_testkit::postgres::PrivatePostgres;
use courier_vault::{Keychain, Vault, VaultOptions};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Runs at a time.
const AT_ONCE: u32 = 64;
/// Runs that are queued when claims are timed: few, and many.
const LINES: [usize; 2] = [100, 10_000];
/// Runs that are queued in one unit of work.
const BATCH: usize = 500;

#[derive(Debug)]
struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        to_micros(Timestamp::from(
            std::time::UNIX_EPOCH + std::time::UNIX_EPOCH.elapsed().unwrap_or_default(),
        ))
    }
}

#[derive(Debug)]
struct Ids;

impl IdSource for Ids {
    #[expect(clippy::disallowed_methods, reason = "this is the measurement's source of ids")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let what = args.next().context("begin or throughput")?;
    let mut number = |name| args.next().context(name)?.parse::<usize>().context(name);
    let wanted = match what.as_str() {
        "begin" => Wanted::Begin { samples: number("SAMPLES")? },
        "throughput" => Wanted::Throughput { runs: number("RUNS")?, pairs: number("PAIRS")? },
        other => anyhow::bail!("`{other}` is not measured"),
    };
    let folder = tempfile::tempdir()?;
    measure("SQLite", || in_folder(folder.path()), &wanted).await?;
    let cluster = PrivatePostgres::start_durable()?;
    let databases = AtomicU64::new(0);
    let next = || {
        let name = format!("speed{}", databases.fetch_add(1, Ordering::Relaxed));
        Ok(StoreUrl::parse(&cluster.create_database(&name)?)?)
    };
    measure("PostgreSQL", next, &wanted).await
}

enum Wanted {
    Begin { samples: usize },
    Throughput { runs: usize, pairs: usize },
}

fn in_folder(folder: &Path) -> Result<StoreUrl> {
    Ok(StoreUrl::in_home(&tempfile::Builder::new().prefix("speed").tempdir_in(folder)?.keep()))
}

async fn measure(name: &str, url: impl Fn() -> Result<StoreUrl>, wanted: &Wanted) -> Result<()> {
    let told = match *wanted {
        Wanted::Begin { samples } => {
            let here = begin(&url()?, samples, Asks::Here).await?;
            let elsewhere = begin(&url()?, samples, Asks::Elsewhere).await?;
            let mut claims = Vec::new();
            for queued in LINES {
                claims.push(json!({ "queued": queued, "milliseconds": claim(&url()?, queued).await? }));
            }
            json!({ "database": name, "here": here, "elsewhere": elsewhere, "claims": claims })
        }
        Wanted::Throughput { runs, pairs } => {
            let (mut courier, mut loops) = (Vec::new(), Vec::new());
            for _ in 0..pairs {
                courier.push(throughput(&url()?, runs).await?);
                loops.push(bare(&url()?, runs).await?);
            }
            json!({ "database": name, "courier": courier, "bare": loops })
        }
    };
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}

/// A store with the job that does nothing.
struct Place {
    store: Store,
    job: JobId,
    home: tempfile::TempDir,
}

impl Place {
    async fn new(url: &StoreUrl) -> Result<Self> {
        let store = Store::open(url, Arc::new(Now), Arc::new(Ids)).await?;
        let draft: JobDraft =
            serde_json::from_value(json!({ "name": "nothing", "max_instances": AT_ONCE, "steps": [
            { "name": "Set", "type_key": "context.set", "configuration": { "values": { "done": true } } },
        ] }))?;
        let job = Job::new(JobId(Ids.new_id()), draft, Now.now(), || JobStepId(Ids.new_id()));
        let mut unit = store.begin("bench").await?;
        unit.set_setting(CONCURRENCY_LIMIT, &AT_ONCE.to_string()).await?;
        unit.insert_job(&job).await?;
        unit.commit().await?;
        Ok(Self { store, job: job.id, home: tempfile::tempdir()? })
    }

    async fn queue(&self, runs: usize) -> Result<Vec<JobExecutionId>> {
        self.queue_in(&self.store, runs).await
    }

    async fn queue_in(&self, store: &Store, runs: usize) -> Result<Vec<JobExecutionId>> {
        let mut ids = Vec::with_capacity(runs);
        while ids.len() < runs {
            let mut unit = store.begin("bench").await?;
            for _ in 0..BATCH.min(runs - ids.len()) {
                let execution = JobExecution::new(NewExecution {
                    id: JobExecutionId(Ids.new_id()),
                    job_id: self.job,
                    job_version_number: 1,
                    triggered_by: "manual:bench@here".into(),
                    parameters: Default::default(),
                    priority: 0,
                    retry_of: None,
                    trigger_key: None,
                    now: unit.now(),
                });
                ids.push(unit.enqueue(&execution).await?.id);
            }
            unit.commit().await?;
        }
        Ok(ids)
    }

    async fn node(&self) -> Result<RunningEngine> {
        let mut options = VaultOptions::new(Arc::new(Now));
        options.keychain = Keychain::disabled();
        let engine = Engine::new(EngineParts {
            store: self.store.clone(),
            vault: Vault::open(self.home.path(), options),
            home: self.home.path().to_owned(),
            clock: Arc::new(Now),
            ids: Arc::new(Ids),
            node_name: "bench".into(),
        });
        Ok(engine.start(Work::All).await?)
    }

    /// Waits until nothing is queued and nothing runs.
    async fn until_over(&self) -> Result<()> {
        let mut queue = self.store.watch_queue();
        loop {
            let counts = self.store.read().await?.queue_counts().await?;
            if (counts.queued, counts.running) == (0, 0) {
                return Ok(());
            }
            queue.changed().await?;
        }
    }
}

/// Who queues the run: the process with the node, or one that shares nothing with it but the database.
#[derive(Clone, Copy)]
enum Asks {
    Here,
    Elsewhere,
}

/// Milliseconds from before a run is queued until it is seen running, on a node that has nothing else to do.
async fn begin(url: &StoreUrl, samples: usize, asks: Asks) -> Result<Vec<f64>> {
    let place = Place::new(url).await?;
    let node = place.node().await?;
    let store = match asks {
        Asks::Here => place.store.clone(),
        Asks::Elsewhere => Store::open(url, Arc::new(Now), Arc::new(Ids)).await?,
    };
    let mut took = Vec::with_capacity(samples);
    for _ in 0..samples {
        let mut changes = place.store.changes();
        let begun = Instant::now();
        let id = *place.queue_in(&store, 1).await?.first().context("nothing was queued")?;
        loop {
            let state = place.store.read().await?.execution(id).await?.state;
            if state != JobExecutionState::Queued {
                break;
            }
            changes.recv().await?;
        }
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
        place.until_over().await?;
    }
    node.shutdown().await;
    store.close().await;
    place.store.close().await;
    Ok(took)
}

/// Milliseconds that it takes to claim, again and again the oldest of as many as are queued.
async fn claim(url: &StoreUrl, queued: usize) -> Result<Vec<f64>> {
    let place = Place::new(url).await?;
    place.queue(queued).await?;
    let request =
        ClaimRequest { node_id: NodeId(Ids.new_id()), node_name: "bench".into(), slots: AT_ONCE, only: None };
    let mut took = Vec::new();
    for _ in 0..50 {
        let begun = Instant::now();
        let mut unit = place.store.begin("bench").await?;
        let claimed = unit.claim(&request).await?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
        ensure!(claimed.len() == AT_ONCE as usize, "{} were claimed", claimed.len());
        unit.rollback().await;
    }
    place.store.close().await;
    Ok(took)
}

/// Runs a second, from the start of a node to the end of the last run.
async fn throughput(url: &StoreUrl, runs: usize) -> Result<f64> {
    let place = Place::new(url).await?;
    place.queue(runs).await?;
    let begun = Instant::now();
    let node = place.node().await?;
    place.until_over().await?;
    let took = begun.elapsed();
    node.shutdown().await;
    let verdict = place.store.read().await?.verify_audit().await?;
    ensure!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
    place.store.close().await;
    Ok(rate(runs, took))
}

/// The same rows as [`throughput`] writes, in as many transactions.
async fn bare(url: &StoreUrl, runs: usize) -> Result<f64> {
    let place = Place::new(url).await?;
    let ids = place.queue(runs).await?;
    place.store.close().await;
    let begun = Instant::now();
    bare::write(url, ids, &|| Ids.new_id()).await?;
    Ok(rate(runs, begun.elapsed()))
}

fn rate(runs: usize, took: Duration) -> f64 {
    runs as f64 / took.as_secs_f64()
}
