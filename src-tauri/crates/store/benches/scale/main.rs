//! How the store does with a year of history: lists, counts and claims on 1,000,000 runs, 5,000,000 steps and 5,000,000
//! audit entries, and what a writer feels while old months are removed. On SQLite and on PostgreSQL, as Markdown.
//!
//! `COURIER_BENCH_RUNS` makes another size. `COURIER_BENCH_SQLITE` (a file) and `COURIER_BENCH_POSTGRES` (the URL of a
//! database) name places that are filled once, used again, and left.

mod copy;
mod fill;
mod history;
mod measure;
mod prune;
mod timing;

use anyhow::Result;
use chrono::SubsecRound;
use courier_domain::{Clock, IdSource, Timestamp};
use courier_store::{Store, StoreUrl};
use courier_testkit::postgres::PrivatePostgres;
use std::io::Write;
use std::sync::Arc;
use uuid::Uuid;

/// The real time and fresh ids.
#[derive(Debug)]
pub(crate) struct Real;

impl Clock for Real {
    #[expect(clippy::disallowed_methods, reason = "a bench runs in real time")]
    fn now(&self) -> Timestamp {
        chrono::Utc::now().trunc_subsecs(6)
    }
}

impl IdSource for Real {
    #[expect(clippy::disallowed_methods, reason = "a bench runs in real time")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

pub(crate) async fn open(url: &StoreUrl) -> Result<Store> {
    Ok(Store::open(url, Arc::new(Real), Arc::new(Real)).await?)
}

fn say(text: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

async fn on(name: &str, url: &StoreUrl, runs: u64) -> Result<()> {
    let filled = fill::fill(url, runs).await?;
    say(&format!("\n### {name}\n\n{filled}\n"));
    for line in measure::measure(url).await? {
        say(&line);
    }
    say("");
    for line in prune::prune(url).await? {
        say(&line);
    }
    Ok(())
}

fn main() -> Result<()> {
    let runs = std::env::var("COURIER_BENCH_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let (sqlite, postgres) = (std::env::var("COURIER_BENCH_SQLITE"), std::env::var("COURIER_BENCH_POSTGRES"));
    let only = sqlite.is_ok() || postgres.is_ok();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if !only || sqlite.is_ok() {
        let folder = tempfile::Builder::new().prefix("courier-scale.").tempdir()?;
        let path = sqlite.map_or_else(|_| folder.path().join("courier.db"), Into::into);
        runtime.block_on(on("SQLite", &StoreUrl::Sqlite(path), runs))?;
    }
    if !only || postgres.is_ok() {
        let (_cluster, url) = match postgres {
            Ok(url) => (None, url),
            Err(_) => {
                let cluster = PrivatePostgres::start_durable()?;
                let url = cluster.create_database("courier")?;
                (Some(cluster), url)
            }
        };
        runtime.block_on(on("PostgreSQL", &StoreUrl::parse(&url)?, runs))?;
    }
    Ok(())
}
