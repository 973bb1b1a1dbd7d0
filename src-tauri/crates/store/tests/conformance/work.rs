//! Units of work: all or nothing, alone and side by side.

use crate::fixture::{Fixture, ME};
use courier_domain::ErrorCode;
use courier_domain::execution::StepExecutionState;
use courier_store::{AuditFilter, AuditVerdict, Checkpoint};
use std::future::Future;
use std::task::{Context, Waker};

pub(crate) async fn a_dropped_unit_of_work_leaves_nothing(f: &Fixture) {
    let job = f.new_job(f.draft("Invoices"));
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_job(&job).await.unwrap();
    assert_eq!(work.jobs().await.unwrap().len(), 1);
    drop(work);
    // The next one finds the place clean, although nobody said "roll back".
    let mut work = f.store.begin(ME).await.unwrap();
    assert!(work.jobs().await.unwrap().is_empty());
    work.insert_job(&job).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.jobs().await.unwrap().len(), 1);
    assert_eq!(session.verify_audit().await.unwrap(), AuditVerdict::Whole { entries: 1 });
}

pub(crate) async fn a_failed_unit_takes_no_other_with_it(f: &Fixture) {
    f.insert_job("taken").await;
    let good = futures::future::join_all((0..10).map(|n| {
        let name = format!("job {n}");
        async move { f.try_insert_job(&name).await }
    }));
    let bad = futures::future::join_all((0..10).map(|_| f.try_insert_job("Taken")));
    let (good, bad) = futures::join!(good, bad);
    assert!(good.iter().all(Result::is_ok), "{good:?}");
    assert!(bad.iter().all(|b| b.as_ref().is_err_and(|e| e.code() == ErrorCode::Conflict)), "{bad:?}");
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.jobs().await.unwrap().len(), 11);
    assert_eq!(session.verify_audit().await.unwrap(), AuditVerdict::Whole { entries: 11 });
}

pub(crate) async fn a_cancelled_unit_does_not_block_the_next(f: &Fixture) {
    for polls in 0..6 {
        // Whoever calls may go away at any point: while waiting for the turn, in a statement, in the commit.
        let name = format!("gone {polls}");
        let mut gone = Box::pin(f.try_insert_job(&name));
        for _ in 0..polls {
            // A quick server may have it done before the caller goes away; then there is nothing left to poll.
            if gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(gone);
        f.insert_job(&format!("next {polls}")).await;
    }
    let mut session = f.store.read().await.unwrap();
    let names: Vec<_> = session.jobs().await.unwrap().into_iter().map(|j| j.name).collect();
    assert_eq!(names.iter().filter(|n| n.starts_with("next")).count(), 6, "{names:?}");
    let AuditVerdict::Whole { entries } = session.verify_audit().await.unwrap() else { panic!("broken") };
    assert_eq!(entries, names.len() as u64);
}

pub(crate) async fn a_beginning_that_is_given_up_leaves_no_transaction_behind(f: &Fixture) {
    for polls in (0..40).step_by(2) {
        let mut gone = Box::pin(f.store.begin(ME));
        for _ in 0..polls {
            if gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(gone);
        // Whoever gets that connection next asks for what is refused in a transaction that has asked something.
        let sessions = futures::future::join_all((0..2).map(|_| f.store.read())).await;
        for session in sessions {
            let mut session = session.unwrap();
            assert!(session.jobs().await.unwrap().is_empty());
            let verdict = session.verify_audit().await.unwrap();
            assert_eq!(verdict, AuditVerdict::Whole { entries: 0 }, "given up after {polls} polls");
        }
    }
    f.insert_job("after").await;
}

pub(crate) async fn concurrent_units_all_land_in_one_whole_chain(f: &Fixture) {
    let other = f.another().await.unwrap();
    let writers = (0..20).map(|writer| {
        let store = if writer % 4 == 0 { other.clone() } else { f.store.clone() };
        let jobs: Vec<_> = (0..5).map(|n| f.new_job(f.draft(&format!("job {writer}-{n}")))).collect();
        tokio::spawn(async move {
            for job in jobs {
                let mut work = store.begin(ME).await.unwrap();
                work.insert_job(&job).await.unwrap();
                work.commit().await.unwrap();
                // Acknowledged means visible to everybody.
                assert_eq!(store.read().await.unwrap().job(job.id).await.unwrap().id, job.id);
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.jobs().await.unwrap().len(), 100);
    assert_eq!(session.verify_audit().await.unwrap(), AuditVerdict::Whole { entries: 100 });
    let filter = AuditFilter { limit: 1, ..Default::default() };
    assert_eq!(session.audit_entries(&filter).await.unwrap()[0].sequence, 100);
    other.close().await;
}

pub(crate) async fn references_and_states_are_guarded_by_the_tables(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let steps = [f.step(&job, 0, StepExecutionState::Running)];
    let mut work = f.store.begin("system").await.unwrap();
    work.checkpoint(&lease, &Checkpoint { steps: &steps, begun: &[], context_snapshot: None }).await.unwrap();
    work.commit().await.unwrap();
    for bad in [
        "UPDATE job_executions SET state = 'asleep'",
        "UPDATE job_executions SET state = 'queued'",
        "UPDATE job_executions SET claimed_by = NULL",
        "UPDATE job_executions SET state = 'failed', claimed_by = NULL, lease_expires_at = NULL, \
         completed_at = created_at",
        "UPDATE job_executions SET job_version_number = 7",
        "UPDATE jobs SET name = ''",
        "UPDATE jobs SET is_deleted = TRUE",
        "DELETE FROM job_steps",
        "DELETE FROM jobs",
    ] {
        let error = f.raw(&format!("{};", with_foreign_keys(f, bad))).await;
        assert!(error.is_err(), "accepted: {bad}");
    }
    let mut orphan = f.new_execution(&f.new_job(f.draft("never saved")));
    orphan.retry_of = Some(execution.id);
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.enqueue(&orphan).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Internal, "{refused}");
    work.rollback().await;
}

fn with_foreign_keys(f: &Fixture, sql: &str) -> String {
    match &f.url {
        courier_store::StoreUrl::Sqlite(_) => format!("PRAGMA foreign_keys = ON; {sql}"),
        courier_store::StoreUrl::Postgres(_) => sql.to_owned(),
    }
}
