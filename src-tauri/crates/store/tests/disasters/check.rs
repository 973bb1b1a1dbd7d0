//! What must be true of a store after any disaster.

use crate::writers::{Told, What, open};
use courier_store::{AuditVerdict, StoreUrl};
use sqlx::{ConnectOptions, Connection};
use std::collections::HashMap;
use uuid::Uuid;

/// A job as it and its records stand in the tables.
#[derive(Debug, sqlx::FromRow)]
struct Found {
    id: Uuid,
    is_enabled: bool,
    is_deleted: bool,
    versions: i64,
    steps: i64,
    completed: i64,
    created_entries: i64,
    disabled_entries: i64,
    deleted_entries: i64,
    run_entries: i64,
    run_events: i64,
}

const FOUND: &str = "SELECT j.id, j.is_enabled, j.is_deleted, \
    (SELECT COUNT(*) FROM job_versions v WHERE v.job_id = j.id) AS versions, \
    (SELECT COUNT(*) FROM job_steps s WHERE s.job_id = j.id) AS steps, \
    (SELECT COUNT(*) FROM job_executions e WHERE e.job_id = j.id AND e.state = 'completed') AS completed, \
    (SELECT COUNT(*) FROM audit_log_entries a WHERE a.entity_id = j.id AND a.operation = 'Created') AS created_entries, \
    (SELECT COUNT(*) FROM audit_log_entries a WHERE a.entity_id = j.id AND a.operation = 'Disabled') AS disabled_entries, \
    (SELECT COUNT(*) FROM audit_log_entries a WHERE a.entity_id = j.id AND a.operation = 'Deleted') AS deleted_entries, \
    (SELECT COUNT(*) FROM audit_log_entries a JOIN job_executions e ON e.id = a.entity_id WHERE e.job_id = j.id) AS run_entries, \
    (SELECT COUNT(*) FROM domain_events d JOIN job_executions e ON e.id = d.entity_id WHERE e.job_id = j.id) AS run_events \
    FROM jobs j";

/// Records of something that is not there.
const ORPHANS: &str = "SELECT \
    (SELECT COUNT(*) FROM audit_log_entries a WHERE a.entity_type IN ('job', 'job_execution') \
     AND a.entity_id NOT IN (SELECT id FROM jobs) AND a.entity_id NOT IN (SELECT id FROM job_executions)) + \
    (SELECT COUNT(*) FROM domain_events d WHERE d.entity_id NOT IN (SELECT id FROM job_executions))";

/// Everything that is wrong; nothing if all that was told is there and no unit of work is there by half.
pub(crate) async fn faults(url: &StoreUrl, told: &[Told]) -> Vec<String> {
    let store = open(url).await.unwrap();
    let verdict = store.read().await.unwrap().verify_audit().await.unwrap();
    store.close().await;
    let mut faults = Vec::new();
    if !matches!(verdict, AuditVerdict::Whole { .. }) {
        faults.push(format!("the chain is broken: {verdict:?}"));
    }
    let (found, orphans): (Vec<Found>, i64) = match url {
        StoreUrl::Sqlite(path) => {
            let mut c = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
            let intact: String =
                sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut c).await.unwrap();
            if intact != "ok" {
                faults.push(format!("the file is damaged: {intact}"));
            }
            (
                sqlx::query_as(FOUND).fetch_all(&mut c).await.unwrap(),
                sqlx::query_scalar(ORPHANS).fetch_one(&mut c).await.unwrap(),
            )
        }
        StoreUrl::Postgres(url) => {
            let mut c = sqlx::PgConnection::connect(url).await.unwrap();
            (
                sqlx::query_as(FOUND).fetch_all(&mut c).await.unwrap(),
                sqlx::query_scalar(ORPHANS).fetch_one(&mut c).await.unwrap(),
            )
        }
    };
    if orphans > 0 {
        faults.push(format!("{orphans} entries or events are of nothing"));
    }
    for job in &found {
        let whole = job.versions == 1
            && job.steps == 2
            && job.completed == 1
            && job.created_entries == 1
            && job.run_entries == 3
            && job.run_events == 2
            && job.disabled_entries == i64::from(!job.is_enabled)
            && job.deleted_entries == i64::from(job.is_deleted);
        if !whole {
            faults.push(format!("there by half: {job:?}"));
        }
    }
    let by_id: HashMap<Uuid, &Found> = found.iter().map(|job| (job.id, job)).collect();
    for Told { what, id } in told {
        let there = by_id.get(id).is_some_and(|job| match what {
            What::Ran => true,
            What::Disabled => !job.is_enabled,
            What::Deleted => job.is_deleted,
        });
        if !there {
            faults.push(format!("told of and lost: {what:?} {id}"));
        }
    }
    faults
}
