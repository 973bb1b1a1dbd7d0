//! Fills an empty store with the history. A store that has runs is left as it is.

use crate::copy::Bulk;
use crate::history::{
    AUDIT, EVENTS, EXECUTIONS, History, JOBS, LOG_LINES, RECEIPTS, Rows, STEP_EXECUTIONS, STEPS,
};
use crate::{Real, open};
use anyhow::{Context, Result, ensure};
use courier_domain::connection::{Connection, Sealed};
use courier_domain::job::{Job, JobDraft};
use courier_domain::{Clock, ConnectionId, IdSource, JobId, JobStepId};
use courier_store::{AuditFilter, AuditVerdict, ExecutionFilter, StoreUrl};
use serde_json::json;
use std::time::Instant;

/// Runs that are made before they are written.
const BATCH: u64 = 10_000;

/// Says what is there now.
pub(crate) async fn fill(url: &StoreUrl, runs: u64) -> Result<String> {
    let began = Instant::now();
    let store = open(url).await?;
    let newest = ExecutionFilter { limit: 1, ..ExecutionFilter::default() };
    if !store.read().await?.executions(&newest).await?.rows.is_empty() {
        store.close().await;
        return Ok("As it was left.".to_owned());
    }
    let mut jobs = Vec::with_capacity(JOBS);
    let mut unit = store.begin("bench@desk").await?;
    for n in 0..JOBS {
        let job = Job::new(JobId(Real.new_id()), draft(n)?, Real.now(), || JobStepId(Real.new_id()));
        unit.insert_job(&job).await?;
        jobs.push(job);
    }
    let partner = serde_json::from_value(json!({
        "name": "Partner", "protocol": "sftp", "host": "sftp.example.org", "username": "courier",
    }))?;
    let connection =
        Connection::new(ConnectionId(Real.new_id()), partner, Some(Sealed(vec![1])), Real.now())?;
    unit.insert_connection(&connection).await?;
    unit.commit().await?;
    let last = AuditFilter { limit: 1, ..AuditFilter::default() };
    let last = store.read().await?.audit_entries(&last).await?.pop().context("the jobs have entries")?;
    store.close().await;

    let mut history = History::new(jobs, connection.id.0, Real.now(), runs, (last.sequence, last.entry_hash));
    let mut bulk = Bulk::open(url).await?;
    for first in (0..runs).step_by(BATCH as usize) {
        let mut rows = Rows::default();
        for n in first..(first + BATCH).min(runs) {
            history.run(n, &mut rows);
        }
        bulk.run("BEGIN").await?;
        bulk.put(&EXECUTIONS, &rows.executions).await?;
        bulk.put(&STEP_EXECUTIONS, &rows.steps).await?;
        bulk.put(&AUDIT, &rows.audit).await?;
        bulk.put(&LOG_LINES, &rows.logs).await?;
        bulk.put(&RECEIPTS, &rows.receipts).await?;
        bulk.put(&EVENTS, &rows.events).await?;
        bulk.run("COMMIT").await?;
    }
    if matches!(url, StoreUrl::Postgres(_)) {
        // What its own daemon does soon after.
        bulk.run("VACUUM ANALYZE").await?;
        bulk.run("CHECKPOINT").await?;
    }
    bulk.close().await?;
    let seconds = began.elapsed().as_secs_f64();
    let store = open(url).await?;
    let verdict = store.read().await?.verify_audit().await?;
    ensure!(matches!(verdict, AuditVerdict::Whole { .. }), "the filled chain is not whole: {verdict:?}");
    store.close().await;
    Ok(format!("{runs} runs, {} steps, filled in {seconds:.0} s.", runs * STEPS as u64))
}

fn draft(n: usize) -> Result<JobDraft> {
    let steps: Vec<_> = (0..STEPS)
        .map(|step| {
            json!({ "name": format!("Copy {step}"), "type_key": "file.copy",
                    "configuration": { "source_path": "/in/*", "destination_path": "/out/" } })
        })
        .collect();
    Ok(serde_json::from_value(json!({ "name": format!("job {n:03}"), "steps": steps }))?)
}
