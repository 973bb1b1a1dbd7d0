//! Old runs are removed with all that is theirs, and nothing else is.

use crate::fixture::{Fixture, ME};
use chrono::TimeDelta;
use courier_domain::connection::{Connection, Sealed};
use courier_domain::execution::{JobExecution, JobExecutionState, StepExecutionState};
use courier_domain::job::Job;
use courier_domain::receipt::{Direction, Receipt, Verification};
use courier_domain::{ConnectionId, ErrorCode, IdSource, JobExecutionId, ReceiptId, Timestamp};
use courier_store::{
    AuditFilter, Checkpoint, Ending, ExecutionFilter, Intent, Lease, LogLevel, LogLine, Outcome, Pruned,
    StoreUrl,
};
use serde_json::json;
use std::time::Duration;

async fn ended(f: &Fixture, job: &Job, outcome: Outcome) -> JobExecution {
    f.enqueue(job).await;
    let run = f.claim(f.node(), 1).await.remove(0);
    let mut work = f.store.begin("system").await.unwrap();
    let ending = Ending { outcome, steps: &[], begun: &[], context_snapshot: None };
    work.finish(&Lease::of(&run).unwrap(), &ending).await.unwrap();
    work.commit().await.unwrap();
    run
}

async fn prune(f: &Fixture, before: Timestamp) -> Pruned {
    f.store.prune_executions(before, Duration::ZERO).await.unwrap()
}

async fn left(f: &Fixture) -> Vec<JobExecutionId> {
    let filter = ExecutionFilter { limit: 100, ..ExecutionFilter::default() };
    f.store.read().await.unwrap().executions(&filter).await.unwrap().rows.iter().map(|run| run.id).collect()
}

async fn log(f: &Fixture, run: &JobExecution, lines: usize) {
    let line = LogLine {
        id: 0,
        job_execution_id: run.id,
        at: f.now(),
        level: LogLevel::Info,
        step_alias: None,
        file: None,
        message: "a line".into(),
    };
    f.store.append_log(&vec![line; lines]).await.unwrap();
}

pub(crate) async fn what_ended_long_ago_goes_with_all_that_belongs_to_it(f: &Fixture) {
    let job = f.insert_job_with("Invoices", |d| d.max_instances = 9).await;
    let partner = serde_json::from_value(json!({
        "name": "Partner", "protocol": "sftp", "host": "h", "username": "u",
    }));
    let connection =
        Connection::new(ConnectionId(f.ids.new_id()), partner.unwrap(), Some(Sealed(vec![1])), f.now())
            .unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&connection).await.unwrap();
    work.commit().await.unwrap();

    // One with everything that a run can have.
    f.enqueue(&job).await;
    let full = f.claim(f.node(), 1).await.remove(0);
    let lease = Lease::of(&full).unwrap();
    let step = f.step(&job, 0, StepExecutionState::Completed);
    let receipt = Receipt {
        id: ReceiptId(f.ids.new_id()),
        job_execution_id: full.id,
        step_execution_id: step.id,
        connection_id: connection.id,
        direction: Direction::Download,
        remote_path: "/out/a".into(),
        local_path: "a".into(),
        size: 1,
        sha256: "ab".repeat(32),
        started_at: f.now(),
        completed_at: f.now(),
        resumed_bytes: 0,
        verified_by: Verification::Size,
        server_identity: "SHA256:x".into(),
        source_modified_at: None,
    };
    let intent = Intent { source: "a".into(), destination: "/out/a".into(), size: 1, sha256: None };
    let mut work = f.store.begin("system").await.unwrap();
    work.checkpoint(&lease, &Checkpoint { steps: &[step], begun: &[], context_snapshot: None })
        .await
        .unwrap();
    work.insert_receipt(&lease, &receipt).await.unwrap();
    work.record_intents(&lease, 0, "", &[intent]).await.unwrap();
    let failed = Outcome::Failed { code: ErrorCode::Timeout, message: "late".into() };
    work.finish(&lease, &Ending { outcome: failed, steps: &[], begun: &[], context_snapshot: None })
        .await
        .unwrap();
    work.commit().await.unwrap();
    log(f, &full, 5).await;

    let paused = ended(f, &job, Outcome::Paused).await;
    let old = ended(f, &job, Outcome::Completed { had_skips: false }).await;
    f.clock.advance(TimeDelta::hours(1));
    let before = f.now();
    let edge = ended(f, &job, Outcome::Cancelled).await;
    let mut again = f.new_execution(&job);
    again.retry_of = Some(full.id);
    let mut work = f.store.begin(ME).await.unwrap();
    let again = work.enqueue(&again).await.unwrap();
    work.commit().await.unwrap();
    let processed = "UPDATE domain_events SET processed_at = occurred_at WHERE event_type = 'JobFailed'";
    f.raw(processed).await.unwrap();
    let history = AuditFilter { limit: 100, ..AuditFilter::default() };
    let entries = f.store.read().await.unwrap().audit_entries(&history).await.unwrap().len();

    let pruned = prune(f, before).await;
    let expected = Pruned { executions: 2, chain_executions: 0, events: 1, belongings: 8 };
    assert_eq!(pruned, expected, "step, receipt, intent and five lines; events that wait stay");
    assert_eq!(left(f).await, [again.id, edge.id, paused.id]);
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.execution(full.id).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(session.execution(old.id).await.unwrap_err().code(), ErrorCode::NotFound);
    assert!(session.step_executions(full.id).await.unwrap().is_empty());
    assert!(session.receipts(full.id).await.unwrap().is_empty());
    assert!(session.log_lines(full.id, 0, 9).await.unwrap().is_empty());
    let kept = session.execution(again.id).await.unwrap();
    assert_eq!((kept.retry_of, kept.state), (None, JobExecutionState::Queued));
    let after = session.audit_entries(&history).await.unwrap();
    assert_eq!(after.len(), entries + 1, "one entry says it all");
    assert_eq!((after[0].operation.as_str(), after[0].performed_by.as_str()), ("Pruned", "system"));
    assert_eq!((&after[0].details["executions"], &after[0].details["events"]), (&json!(2), &json!(1)));
    assert_eq!(after[0].details["ended_before"], json!(before));
    drop(session);

    assert_eq!(prune(f, before).await, Pruned::default(), "nothing is left to do");
    let after = f.store.read().await.unwrap().audit_entries(&history).await.unwrap();
    assert_eq!(after.len(), entries + 1, "and nothing to say");
}

pub(crate) async fn a_run_with_more_rows_than_one_piece_goes_too(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let run = ended(f, &job, Outcome::Completed { had_skips: false }).await;
    log(f, &run, 5_000).await;
    let pruned = prune(f, f.now() + TimeDelta::days(1)).await;
    assert_eq!((pruned.executions, pruned.belongings), (1, 5_000));
    assert!(left(f).await.is_empty());
}

pub(crate) async fn runs_of_a_chain_that_is_not_over_stay(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let text = |uuid: uuid::Uuid| match &f.url {
        StoreUrl::Sqlite(_) => format!("x'{}'", uuid.simple()),
        StoreUrl::Postgres(_) => format!("'{uuid}'"),
    };
    let no = if matches!(f.url, StoreUrl::Sqlite(_)) { "0" } else { "FALSE" };
    let at = "'2026-03-01T08:00:00+00:00'";
    let (chain, member) = (text(f.ids.new_id()), text(f.ids.new_id()));
    f.raw(&format!(
        "INSERT INTO job_chains (id, name, name_key, is_enabled, created_at, updated_at, is_deleted) \
         VALUES ({chain}, 'Nightly', 'nightly', {no}, {at}, {at}, {no}); \
         INSERT INTO job_chain_members (id, chain_id, job_id, name, name_key, execution_order, \
         run_on_upstream_failure, parameters, is_deleted) \
         VALUES ({member}, {chain}, {}, 'fetch', 'fetch', 0, {no}, '{{}}', {no});",
        text(job.id.0)
    ))
    .await
    .unwrap();
    let (open, over) = (f.ids.new_id(), f.ids.new_id());
    for (id, state, completed) in [(open, "running", "NULL"), (over, "completed", at)] {
        let chain_run = text(id);
        f.raw(&format!(
            "INSERT INTO chain_executions (id, chain_id, triggered_by, state, started_at, completed_at, \
             config_snapshot, parameters, created_at, updated_at) \
             VALUES ({chain_run}, {chain}, 'schedule', '{state}', {at}, {completed}, '{{}}', '{{}}', {at}, {at})"
        ))
        .await
        .unwrap();
    }
    let mut runs = Vec::new();
    for chain_run in [open, over] {
        let mut run = f.new_execution(&job);
        run.chain_execution_id = Some(chain_run.into());
        let mut work = f.store.begin(ME).await.unwrap();
        work.enqueue(&run).await.unwrap();
        work.request_cancel(run.id).await.unwrap();
        work.commit().await.unwrap();
        let (id, chain_run, run_id) = (text(f.ids.new_id()), text(chain_run), text(run.id.0));
        f.raw(&format!(
            "INSERT INTO chain_member_executions (id, chain_execution_id, member_id, execution_order, name, state, \
             job_execution_id, completed_at) \
             VALUES ({id}, {chain_run}, {member}, 0, 'fetch', 'cancelled', {run_id}, {at})"
        ))
        .await
        .unwrap();
        runs.push(run);
    }
    let of_chain = ExecutionFilter { chain_execution_id: Some(open.into()), limit: 9, ..Default::default() };
    assert_eq!(f.store.read().await.unwrap().executions(&of_chain).await.unwrap().rows[0].id, runs[0].id);

    let pruned = prune(f, f.now() + TimeDelta::days(1)).await;
    assert_eq!((pruned.executions, pruned.chain_executions, pruned.belongings), (1, 1, 3));
    assert_eq!(left(f).await, [runs[0].id], "the open chain may still need what its members handed on");
}
