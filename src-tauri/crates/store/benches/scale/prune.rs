//! What a writer feels while old months are removed: it commits small changes one after the other, first alone, then
//! beside the pruning.

use crate::timing::Times;
use crate::{Real, open};
use anyhow::Result;
use chrono::TimeDelta;
use courier_domain::Clock;
use courier_domain::audit::AuditableEntityType;
use courier_store::{ExecutionFilter, Store, StoreUrl};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const ALONE: Duration = Duration::from_secs(10);
/// Pause between pieces; the engine's.
const PAUSE: Duration = Duration::from_millis(20);
const GOAL_MS: f64 = 50.0;

pub(crate) async fn prune(url: &StoreUrl) -> Result<Vec<String>> {
    let store = open(url).await?;
    let oldest = ExecutionFilter {
        sort: courier_domain::execution::ExecutionSort::Oldest,
        limit: 1,
        ..ExecutionFilter::default()
    };
    let oldest =
        store.read().await?.executions(&oldest).await?.rows.pop().map_or(Real.now(), |e| e.created_at);
    let alone = writing(&store, async { tokio::time::sleep(ALONE).await }).await?;
    let began = Instant::now();
    let mut pruned = None;
    let beside = writing(&store, async {
        pruned = Some(store.prune_executions(oldest + TimeDelta::days(15), PAUSE).await);
    })
    .await?;
    let (seconds, pruned) = (began.elapsed().as_secs_f64(), pruned.transpose()?.unwrap_or_default());
    let row = |what: &str, times: &Times| {
        let mark = if times.at(1.0) <= GOAL_MS { "met" } else { "missed" };
        format!(
            "| {what} | {} | {:.2} | {:.2} | {:.2} | max ≤ {GOAL_MS:.0} ms: {mark} |",
            times.len(),
            times.at(0.5),
            times.at(0.99),
            times.at(1.0)
        )
    };
    let rows = pruned.executions + pruned.events + pruned.belongings;
    let lines = vec![
        "| a writer's commits | times | p50 ms | p99 ms | max ms | goal |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
        row("alone", &alone),
        row("while old runs are removed", &beside),
        String::new(),
        format!(
            "{} runs and {} rows of theirs removed in {seconds:.0} s, {:.0} rows a second.",
            pruned.executions,
            pruned.belongings + pruned.events,
            rows as f64 / seconds
        ),
    ];
    store.close().await;
    Ok(lines)
}

/// Commits small changes until `other` is done.
async fn writing(store: &Store, other: impl Future<Output = ()>) -> Result<Times> {
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, done) = (store.clone(), done.clone());
        async move {
            let mut times = Times::default();
            while !done.load(Ordering::Relaxed) {
                let began = Instant::now();
                let mut unit = store.begin("bench@desk").await?;
                unit.audit(
                    AuditableEntityType::Job,
                    Uuid::from_u128(5),
                    "Exported",
                    json!({ "to": "a file" }),
                );
                unit.commit().await?;
                times.since(began);
                // A writer that never rests would measure the disk's queue.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            anyhow::Ok(times)
        }
    });
    other.await;
    done.store(true, Ordering::Relaxed);
    writer.await?
}
