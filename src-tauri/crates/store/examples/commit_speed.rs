//! Units of work a second, beside a bare loop that writes the same rows in transactions of its own.
//!
//! `commit_speed SECONDS PAIRS` measures 1, 5 and 20 writers on SQLite (in the temporary folder, and in memory where
//! there is /dev/shm) and on a private PostgreSQL whose commits are durable; one JSON object for each. A unit of work
//! changes one row and records it: a job is enabled or disabled, with its audit entry and an event. The bare loop has
//! as many connections as there are writers; it neither reads nor computes hashes.

use anyhow::{Context, Result};
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{EventType, NewEvent};
use courier_domain::job::{Job, JobDraft};
use courier_domain::{Clock, IdSource, JobId, JobStepId, Timestamp};
use courier_store::{AuditVerdict, Store, StoreUrl};
use courier_testkit::postgres::PrivatePostgres;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const WRITERS: [usize; 3] = [1, 5, 20];

/// A clock and ids that need no system.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Clock for Counted {
    fn now(&self) -> Timestamp {
        let n = i64::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap_or(0);
        Timestamp::from_timestamp_micros(1_780_000_000_000_000 + n * 997).unwrap_or_default()
    }
}

impl IdSource for Counted {
    fn new_id(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        uuid::Builder::from_unix_timestamp_millis(1_780_000_000_000 + n, &[7; 10]).into_uuid()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let seconds = args.next().map_or(Ok(2.0), |text| text.parse::<f64>())?;
    let pairs = args.next().map_or(Ok(5), |text| text.parse::<u32>())?;
    let span = Duration::from_secs_f64(seconds);
    let folder = tempfile::tempdir()?;
    measure("SQLite on disk", || in_folder(folder.path()), span, pairs).await?;
    if Path::new("/dev/shm").is_dir() {
        let folder = tempfile::tempdir_in("/dev/shm")?;
        measure("SQLite in memory", || in_folder(folder.path()), span, pairs).await?;
    }
    let cluster = PrivatePostgres::start_durable()?;
    let databases = AtomicU64::new(0);
    let next = || {
        let name = format!("speed{}", databases.fetch_add(1, Ordering::Relaxed));
        Ok(StoreUrl::parse(&cluster.create_database(&name)?)?)
    };
    measure("PostgreSQL", next, span, pairs).await
}

fn in_folder(folder: &Path) -> Result<StoreUrl> {
    Ok(StoreUrl::in_home(&tempfile::Builder::new().prefix("speed").tempdir_in(folder)?.keep()))
}

/// Ours and the bare loop in turn, each on a store that was filled alike.
async fn measure(name: &str, url: impl Fn() -> Result<StoreUrl>, span: Duration, pairs: u32) -> Result<()> {
    for writers in WRITERS {
        let (mut courier, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..pairs {
            courier.push(units(&url()?, writers, span).await?);
            bare.push(bare_loop(&url()?, writers, span).await?);
        }
        let told = json!({ "database": name, "writers": writers, "courier": courier, "bare": bare });
        writeln!(std::io::stdout(), "{told}")?;
    }
    Ok(())
}

async fn open(url: &StoreUrl) -> Result<Store> {
    Ok(Store::open(url, Arc::new(Counted::default()), Arc::new(Counted::default())).await?)
}

/// One job for each writer.
async fn jobs(store: &Store, writers: usize) -> Result<Vec<JobId>> {
    let mut made = Vec::new();
    let mut unit = store.begin("bench").await?;
    for n in 0..writers {
        let draft: JobDraft = serde_json::from_value(json!({ "name": format!("job {n}"), "steps": [
            { "name": "Delete", "type_key": "file.delete", "configuration": { "path": "/in/*" } },
        ] }))?;
        let job =
            Job::new(JobId(store.ids().new_id()), draft, unit.now(), || JobStepId(store.ids().new_id()));
        unit.insert_job(&job).await?;
        made.push(job.id);
    }
    unit.commit().await?;
    Ok(made)
}

/// Units of work a second.
async fn units(url: &StoreUrl, writers: usize, span: Duration) -> Result<f64> {
    let store = open(url).await?;
    let jobs = jobs(&store, writers).await?;
    let begun = Instant::now();
    let tasks: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut done = 0_u64;
                while begun.elapsed() < span {
                    let mut unit = store.begin("bench").await?;
                    unit.set_job_enabled(job, done % 2 == 1).await?;
                    unit.event(event(job));
                    unit.commit().await?;
                    done += 1;
                }
                anyhow::Ok(done)
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    let speed = done as f64 / begun.elapsed().as_secs_f64();
    let verdict = store.read().await?.verify_audit().await?;
    anyhow::ensure!(verdict == AuditVerdict::Whole { entries: done + writers as u64 }, "{verdict:?}");
    store.close().await;
    Ok(speed)
}

fn event(job: JobId) -> NewEvent {
    NewEvent {
        event_type: EventType::JobPaused,
        entity_type: AuditableEntityType::Job,
        entity_id: job.0,
        payload: json!({ "name": "job" }),
    }
}

/// The same three rows in each transaction, on a connection for each writer.
async fn bare_loop(url: &StoreUrl, writers: usize, span: Duration) -> Result<f64> {
    let store = open(url).await?;
    let jobs = jobs(&store, writers).await?;
    store.close().await;
    // Far from the ids that the store has given.
    let ids = Arc::new(Counted(AtomicU64::new(1 << 30)));
    let sequence = Arc::new(AtomicI64::new(1_000_000));
    let begun = Instant::now();
    macro_rules! work {
        ($job:ident, $connection:expr, $begin:expr) => {{
            let (sequence, ids) = (sequence.clone(), ids.clone());
            let mut connection = $connection;
            tokio::spawn(async move {
                let mut done = 0_u64;
                let hash = "0".repeat(64);
                while begun.elapsed() < span {
                    let now = ids.now();
                    sqlx::query($begin).execute(&mut connection).await?;
                    sqlx::query("UPDATE jobs SET is_enabled = $2, updated_at = $3 WHERE id = $1")
                        .bind($job.0)
                        .bind(done % 2 == 1)
                        .bind(now)
                        .execute(&mut connection)
                        .await?;
                    sqlx::query(
                        "INSERT INTO domain_events (id, event_type, entity_type, entity_id, payload, occurred_at) \
                         VALUES ($1, 'JobPaused', 'job', $2, $3, $4)",
                    )
                    .bind(ids.new_id())
                    .bind($job.0)
                    .bind(sqlx::types::Json(json!({ "name": "job" })))
                    .bind(now)
                    .execute(&mut connection)
                    .await?;
                    sqlx::query(
                        "INSERT INTO audit_log_entries (id, entity_type, entity_id, operation, performed_by, \
                         performed_at, details, sequence, previous_hash, entry_hash) \
                         VALUES ($1, 'job', $2, 'Enabled', 'bench', $3, '{\"name\":\"job\"}', $4, $5, $5)",
                    )
                    .bind(ids.new_id())
                    .bind($job.0)
                    .bind(now)
                    .bind(sequence.fetch_add(1, Ordering::Relaxed))
                    .bind(&hash)
                    .execute(&mut connection)
                    .await?;
                    sqlx::query("COMMIT").execute(&mut connection).await?;
                    done += 1;
                }
                connection.close().await?;
                anyhow::Ok(done)
            })
        }};
    }
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(match url {
            StoreUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(60));
                work!(job, options.connect().await?, "BEGIN IMMEDIATE")
            }
            StoreUrl::Postgres(address) => work!(job, PgConnection::connect(address).await?, "BEGIN"),
        });
    }
    let mut done = 0;
    for task in tasks {
        done += task.await?.context("the bare loop failed")?;
    }
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}
