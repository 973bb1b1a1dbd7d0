//! How fast the audit log is verified, beside a bare loop that only reads the same rows.
//!
//! `audit_speed ROWS PAIRS` fills a log of its own on SQLite and on a private PostgreSQL, measures both in turn, and
//! prints one JSON object for each database. Then everything is pruned while somebody else writes, and the longest
//! that a write took is told.

use anyhow::{Context, Result, bail, ensure};
use courier_domain::audit::AuditableEntityType;
use courier_domain::{Clock, IdSource, Timestamp};
use courier_store::{AuditSigner, AuditTrust, AuditVerdict, Store, StoreUrl};
use courier_testkit::postgres::PrivatePostgres;
use ed25519_dalek::{Signer, SigningKey};
use futures::TryStreamExt;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const SELECT: &str = "SELECT sequence, previous_hash, id, entity_type, entity_id, operation, performed_by, \
                      performed_at, details, entry_hash FROM audit_log_entries ORDER BY sequence";
/// Entries in one unit of work while filling.
const UNIT: u64 = 2_000;

/// A clock and ids that need no system.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Clock for Counted {
    fn now(&self) -> Timestamp {
        let n = i64::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap_or(0);
        Timestamp::from_timestamp_micros(1_780_000_000_000_000 + n * 1_234_567).unwrap_or_default()
    }
}

impl IdSource for Counted {
    fn new_id(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        uuid::Builder::from_unix_timestamp_millis(1_780_000_000_000 + n, &[7; 10]).into_uuid()
    }
}

struct Key(SigningKey);

impl AuditSigner for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut number = |otherwise| args.next().map_or(Ok(otherwise), |text| text.parse::<u64>());
    let (rows, pairs) = (number(1_000_000)?, number(5)?);
    let folder = tempfile::tempdir()?;
    measure("SQLite", &StoreUrl::in_home(folder.path()), rows, pairs).await?;
    let cluster = PrivatePostgres::start()?;
    measure("PostgreSQL", &StoreUrl::parse(&cluster.create_database("speed")?)?, rows, pairs).await
}

async fn measure(name: &str, url: &StoreUrl, rows: u64, pairs: u64) -> Result<()> {
    let store = Store::open(url, Arc::new(Counted::default()), Arc::new(Counted::default())).await?;
    let key = Key(SigningKey::from_bytes(&[1; 32]));
    let filled = Instant::now();
    fill(&store, rows, &key).await?;
    let filled = filled.elapsed();
    let (mut verified, mut read) = (Vec::new(), Vec::new());
    // The first pair warms caches and is not counted.
    for pair in 0..=pairs {
        let ours = verify(&store, rows, &key).await?;
        let bare = bare_loop(url, rows).await?;
        if pair > 0 {
            verified.push(rows as f64 / ours.as_secs_f64());
            read.push(rows as f64 / bare.as_secs_f64());
        }
    }
    let (pruned, longest) = prune(&store, &key).await?;
    let told = json!({
        "database": name, "rows": rows, "verified": verified, "read": read,
        "filled_per_second": rows as f64 / filled.as_secs_f64(),
        "pruned_per_second": rows as f64 / pruned.as_secs_f64(),
        "longest_write_while_pruning_ms": longest.as_secs_f64() * 1_000.0,
    });
    writeln!(std::io::stdout(), "{told}")?;
    store.close().await;
    Ok(())
}

/// Entries as a node writes them, and a checkpoint for each thousand.
async fn fill(store: &Store, rows: u64, key: &Key) -> Result<()> {
    let ids = Counted::default();
    for begin in (0..rows).step_by(usize::try_from(UNIT)?) {
        let mut unit = store.begin("system").await?;
        for n in begin..rows.min(begin + UNIT) {
            let details = json!({
                "from": "queued", "to": "running", "job_id": ids.new_id(), "job_name": format!("fetch-invoices-{}", n % 97),
                "attempt": n % 4,
            });
            unit.audit(AuditableEntityType::JobExecution, ids.new_id(), "StateChanged", details);
        }
        unit.commit().await?;
        let mut unit = store.begin("system").await?;
        unit.checkpoint_audit(key).await?;
        unit.commit().await?;
    }
    Ok(())
}

async fn verify(store: &Store, rows: u64, key: &Key) -> Result<Duration> {
    let trust = AuditTrust { public_keys: vec![hex::encode(key.public_key())], outside: Vec::new() };
    let begun = Instant::now();
    let found = store.read().await?.verify_audit_against(trust).await?;
    let took = begun.elapsed();
    ensure!(found.verdict == AuditVerdict::Whole { entries: rows }, "{found:?}");
    Ok(took)
}

/// Reads every row and every byte of it, and does nothing with them.
async fn bare_loop(url: &StoreUrl, rows: u64) -> Result<Duration> {
    macro_rules! read_all {
        ($connection:expr) => {{
            let mut connection = $connection;
            let begun = Instant::now();
            let (mut seen, mut bytes) = (0_u64, 0_usize);
            {
                let mut stream = sqlx::query(SELECT).fetch(&mut connection);
                while let Some(row) = stream.try_next().await? {
                    seen += 1;
                    for column in [1, 2, 3, 4, 5, 6, 8, 9] {
                        bytes += row.try_get_unchecked::<&[u8], _>(column)?.len();
                    }
                }
            }
            ensure!(seen == rows && bytes > 0, "{seen} rows");
            let took = begun.elapsed();
            connection.close().await?;
            took
        }};
    }
    Ok(match url {
        StoreUrl::Sqlite(path) => read_all!(SqliteConnectOptions::new().filename(path).connect().await?),
        StoreUrl::Postgres(address) => read_all!(PgConnection::connect(address).await?),
    })
}

/// Prunes all while another task writes small units; how long it took, and the longest of those writes.
async fn prune(store: &Store, key: &Key) -> Result<(Duration, Duration)> {
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let other = store.clone();
    let writer = tokio::spawn(async move {
        let mut longest = Duration::ZERO;
        while let Err(tokio::sync::oneshot::error::TryRecvError::Empty) = stopped.try_recv() {
            let begun = Instant::now();
            let mut unit = other.begin("system").await?;
            unit.audit(AuditableEntityType::Job, Uuid::nil(), "Exported", json!({}));
            unit.commit().await?;
            longest = longest.max(begun.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok::<_, courier_store::StoreError>(longest)
    });
    let far = Timestamp::from_timestamp(4_000_000_000, 0).context("no such time")?;
    let last = store.read().await?.audit_last_before(far).await?.context("nothing to prune")?;
    let begun = Instant::now();
    let gone = store.prune_audit("system", last, key).await?;
    let took = begun.elapsed();
    if stop.send(()).is_err() {
        bail!("the writer ended early");
    }
    ensure!(i64::try_from(gone)? == last, "{gone} of {last} rows went");
    Ok((took, writer.await??))
}
