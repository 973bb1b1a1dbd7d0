//! News of changes, and stores of other versions.

use crate::fixture::{Fixture, ME};
use courier_domain::ErrorCode;
use courier_domain::audit::AuditableEntityType;
use courier_store::{Change, StoreUrl};
use std::time::Duration;

/// Far more than any of it takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn a_commit_wakes_the_queue_and_names_what_changed(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let (mut queue, mut changes) = (f.store.watch_queue(), f.store.changes());
    let mut work = f.store.begin(ME).await.unwrap();
    let execution = work.enqueue(&f.new_execution(&job)).await.unwrap();
    assert!(!queue.has_changed().unwrap(), "not before the commit");
    assert!(changes.is_empty());
    work.commit().await.unwrap();
    tokio::time::timeout(PATIENCE, queue.changed()).await.unwrap().unwrap();
    let change = tokio::time::timeout(PATIENCE, changes.recv()).await.unwrap().unwrap();
    let told = |by_holder| Change {
        entity_type: AuditableEntityType::JobExecution,
        entity_id: execution.id.0,
        by_holder,
    };
    assert_eq!(change, told(false));
    // Whoever holds a run need not ask what its own writes want of it; but what others write, it has to hear.
    let claimed = f.claim(f.node(), 1).await.remove(0);
    let change = tokio::time::timeout(PATIENCE, changes.recv()).await.unwrap().unwrap();
    assert_eq!(change, told(true));
    let mut work = f.store.begin(ME).await.unwrap();
    work.request_pause(claimed.id).await.unwrap();
    work.commit().await.unwrap();
    let change = tokio::time::timeout(PATIENCE, changes.recv()).await.unwrap().unwrap();
    assert_eq!(change, told(false));
}

pub(crate) async fn changes_of_another_process_arrive(f: &Fixture) {
    let ours = f.insert_job("ours").await;
    let other = f.another().await.unwrap();
    let (mut changes, mut queue) = (f.store.changes(), f.store.watch_queue());
    let job = f.new_job(f.draft("theirs"));
    let mut work = other.begin("ben@attic").await.unwrap();
    work.insert_job(&job).await.unwrap();
    work.enqueue(&f.new_execution(&ours)).await.unwrap();
    work.commit().await.unwrap();
    tokio::time::timeout(PATIENCE, queue.changed()).await.unwrap().unwrap();
    let first = tokio::time::timeout(PATIENCE, changes.recv()).await.unwrap().unwrap();
    assert_eq!(
        first,
        Change { entity_type: AuditableEntityType::Job, entity_id: job.id.0, by_holder: false }
    );
    let second = tokio::time::timeout(PATIENCE, changes.recv()).await.unwrap().unwrap();
    assert_eq!(second.entity_type, AuditableEntityType::JobExecution);
    // Our own changes are told once, not again when the log is read.
    let third = f.insert_job("third").await;
    let mut work = other.begin("ben@attic").await.unwrap();
    work.set_job_enabled(job.id, false).await.unwrap();
    work.commit().await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..2 {
        heard.push(tokio::time::timeout(PATIENCE, changes.recv()).await.unwrap().unwrap().entity_id);
    }
    assert_eq!(heard, [third.id.0, job.id.0]);
    other.close().await;
}

pub(crate) async fn a_newer_database_is_refused(f: &Fixture) {
    f.raw(match &f.url {
        StoreUrl::Sqlite(_) => {
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', TRUE, x'00', 0)"
        }
        StoreUrl::Postgres(_) => {
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', TRUE, '\\x00', 0)"
        }
    })
    .await
    .unwrap();
    let refused = f.another().await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::StoreTooNew, "{refused}");
    assert!(refused.to_string().contains("newer Courier"), "{refused}");
}
