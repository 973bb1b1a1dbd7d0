//! Runs of chains and of their members.

use crate::chains::{entries_of, insert_chain};
use crate::fixture::{Fixture, ME};
use courier_domain::audit::AuditableEntityType;
use courier_domain::chain::{
    ChainEvent, ChainExecution, ChainExecutionState, ChainMemberState, JobChain, MemberEvent,
    NewChainExecution,
};
use courier_domain::event::EventType;
use courier_domain::execution::JobExecution;
use courier_domain::{ChainExecutionId, ChainMemberExecutionId, ErrorCode, IdSource};
use courier_store::{ChainExecutionFilter, Cursor, EventFilter, MemberNote, StoreError};
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) fn new_run(f: &Fixture, chain: &JobChain, trigger_key: Option<&str>) -> ChainExecution {
    let begin = NewChainExecution {
        id: ChainExecutionId(f.ids.new_id()),
        triggered_by: format!("manual:{ME}"),
        parameters: BTreeMap::from([("day".to_owned(), json!("2026-03-01"))]),
        trigger_key: trigger_key.map(str::to_owned),
        now: f.now(),
    };
    ChainExecution::new(chain, begin, || ChainMemberExecutionId(f.ids.new_id())).unwrap()
}

pub(crate) async fn insert_run(f: &Fixture, chain: &JobChain) -> ChainExecution {
    let run = new_run(f, chain, None);
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_chain_execution(&run).await.unwrap();
    work.commit().await.unwrap();
    run
}

pub(crate) async fn a_run_of_a_chain_moves_as_drawn(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let run = insert_run(f, &chain).await;
    assert_eq!(f.store.read().await.unwrap().chain_execution(run.id).await.unwrap(), run);

    let step = async |event: ChainEvent| {
        f.clock.advance(chrono::TimeDelta::seconds(1));
        let mut work = f.store.begin("system").await.unwrap();
        let after = work.move_chain_execution(run.id, event, Some("member a failed")).await;
        if after.is_ok() {
            work.commit().await.unwrap();
        } else {
            work.rollback().await;
        }
        let stored = f.store.read().await.unwrap().chain_execution(run.id).await.unwrap();
        assert_eq!(stored.members, run.members);
        after.inspect(|after| assert_eq!(&stored, after))
    };
    let refused = step(ChainEvent::Complete).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidTransition);
    let started = step(ChainEvent::Start).await.unwrap();
    assert_eq!((started.state, started.started_at), (ChainExecutionState::Running, Some(f.now())));
    step(ChainEvent::Pause).await.unwrap();
    step(ChainEvent::Resume).await.unwrap();
    let failed = step(ChainEvent::Fail).await.unwrap();
    assert_eq!(failed.error_message.as_deref(), Some("member a failed"));
    assert_eq!((failed.started_at, failed.completed_at), (started.started_at, Some(f.now())));
    let again = step(ChainEvent::Retry).await.unwrap();
    assert_eq!((again.error_message, again.completed_at, again.started_at), (None, None, started.started_at));
    let done = step(ChainEvent::Complete).await.unwrap();
    assert_eq!((done.state, done.error_message), (ChainExecutionState::Completed, None));
    assert!(step(ChainEvent::Cancel).await.is_err());

    let mut session = f.store.read().await.unwrap();
    let filter = EventFilter { entity_id: Some(run.id.0), after: None, limit: 20 };
    let events: Vec<_> =
        session.domain_events(&filter).await.unwrap().into_iter().map(|e| e.event_type).collect();
    use EventType as E;
    let expected = [
        E::ChainStarted,
        E::ChainPaused,
        E::ChainResumed,
        E::ChainFailed,
        E::ChainResumed,
        E::ChainCompleted,
    ];
    assert_eq!(events, expected);
    drop(session);
    let entries = entries_of(f, run.id).await;
    assert_eq!(entries.len(), 7);
    assert!(entries.iter().all(|e| e.entity_type == AuditableEntityType::ChainExecution));
    assert_eq!(
        (&entries[0].details["from"], &entries[0].details["to"]),
        (&json!("running"), &json!("completed"))
    );
}

/// Of two who move the same run at once, the second is judged by what the first has left.
pub(crate) async fn a_run_of_a_chain_is_ended_once_however_many_end_it(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let run = insert_run(f, &chain).await;
    let other = f.another().await.unwrap();
    let enders = (0..8).map(|n| {
        let store = if n % 2 == 0 { f.store.clone() } else { other.clone() };
        async move {
            let mut work = store.begin(ME).await?;
            work.move_chain_execution(run.id, ChainEvent::Cancel, None).await?;
            work.commit().await
        }
    });
    let done = futures::future::join_all(enders).await;
    assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1, "{done:?}");
    assert!(
        done.iter().all(|d| d.as_ref().err().is_none_or(|e| e.code() == ErrorCode::InvalidTransition)),
        "{done:?}"
    );
    other.close().await;
}

pub(crate) async fn members_of_a_run_move_as_drawn_and_know_their_runs(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let run = insert_run(f, &chain).await;
    let mut started = f.new_execution(&job);
    started.chain_execution_id = Some(run.id);
    started.trigger_key = Some(format!("{}/a/0", run.id));
    let mut work = f.store.begin("system").await.unwrap();
    let started = work.enqueue(&started).await.unwrap();
    let (a, b) = (run.members[0].id, run.members[1].id);
    let note = MemberNote { job_execution_id: Some(started.id), reason: None };
    work.move_chain_member(a, MemberEvent::Enqueue, note).await.unwrap();
    let running = work.move_chain_member(a, MemberEvent::Start, MemberNote::default()).await.unwrap();
    assert_eq!((running.started_at, running.job_execution_id), (Some(f.now()), Some(started.id)));
    let note = MemberNote { job_execution_id: None, reason: Some("the run failed") };
    work.move_chain_member(a, MemberEvent::Fail, note).await.unwrap();
    let note = MemberNote { job_execution_id: None, reason: Some("a failed") };
    let skipped = work.move_chain_member(b, MemberEvent::Skip, note).await.unwrap();
    assert_eq!((skipped.state, skipped.reason.as_deref()), (ChainMemberState::Skipped, Some("a failed")));
    work.commit().await.unwrap();

    let mut work = f.store.begin("system").await.unwrap();
    let refused = work.move_chain_member(b, MemberEvent::Complete, MemberNote::default()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidTransition);
    assert!(refused.to_string().contains("member `b`"), "{refused}");
    // Queued without a run: the tables say no.
    let c = run.members[2].id;
    assert!(work.move_chain_member(c, MemberEvent::Enqueue, MemberNote::default()).await.is_err());
    work.rollback().await;

    let mut work = f.store.begin("system").await.unwrap();
    let back = work.move_chain_member(a, MemberEvent::Reset, MemberNote::default()).await.unwrap();
    assert_eq!((back.state, back.started_at, back.completed_at), (ChainMemberState::Pending, None, None));
    assert_eq!((back.reason.as_deref(), back.job_execution_id), (None, Some(started.id)));
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.chain_execution(run.id).await.unwrap().members[0], back);
    assert_eq!(session.chain_member_of(started.id).await.unwrap(), Some(back));
    let stored: JobExecution = session.execution(started.id).await.unwrap();
    assert_eq!((stored.chain_execution_id, &stored), (Some(run.id), &started));
    drop(session);
    let entry = entries_of(f, run.id).await.remove(0);
    assert_eq!((&*entry.operation, &entry.details["member"]), ("MemberStateChanged", &json!("a")));
}

pub(crate) async fn runs_of_chains_are_listed_newest_first_with_a_cursor(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let (one, two) = (insert_chain(f, "One", &job).await, insert_chain(f, "Two", &job).await);
    let mut runs = Vec::new();
    for n in 0..6 {
        runs.insert(0, insert_run(f, if n % 3 == 0 { &two } else { &one }).await);
    }
    let mut session = f.store.read().await.unwrap();
    let mut filter = ChainExecutionFilter { limit: 4, ..Default::default() };
    let first = session.chain_executions(&filter).await.unwrap();
    assert_eq!((first.rows.as_slice(), &first.next), (&runs[..4], &Some(Cursor::after(runs[3].id))));
    filter.after = first.next;
    let second = session.chain_executions(&filter).await.unwrap();
    assert_eq!((second.rows.as_slice(), second.next), (&runs[4..], None));
    let of_two = ChainExecutionFilter { chain_id: Some(two.id), limit: 9, ..Default::default() };
    let of_two = session.chain_executions(&of_two).await.unwrap().rows;
    assert_eq!(of_two.iter().map(|r| r.id).collect::<Vec<_>>(), [runs[2].id, runs[5].id]);
    drop(session);
    let mut work = f.store.begin(ME).await.unwrap();
    work.move_chain_execution(runs[4].id, ChainEvent::Start, None).await.unwrap();
    work.move_chain_execution(runs[5].id, ChainEvent::Cancel, None).await.unwrap();
    let states = vec![ChainExecutionState::Running, ChainExecutionState::Cancelled];
    let moved = ChainExecutionFilter { states, limit: 9, ..Default::default() };
    let moved = work.chain_executions(&moved).await.unwrap().rows;
    assert_eq!(moved.iter().map(|r| r.id).collect::<Vec<_>>(), [runs[4].id, runs[5].id]);
    work.commit().await.unwrap();
}

pub(crate) async fn a_trigger_key_starts_one_run_however_many_ask(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let other = f.another().await.unwrap();
    let started = futures::future::join_all((0..8).map(|n| {
        let store = if n % 2 == 0 { f.store.clone() } else { other.clone() };
        let (run, mut execution) = (new_run(f, &chain, Some("schedule/1")), f.new_execution(&job));
        execution.trigger_key = Some("schedule/1".into());
        async move {
            let mut work = store.begin(ME).await.unwrap();
            let chain = work.insert_chain_execution(&run).await;
            // A refusal leaves the unit of work as it was.
            let job = work.enqueue(&execution).await.map(drop);
            work.commit().await.unwrap();
            [chain, job]
        }
    }))
    .await;
    for kind in 0..2 {
        let good = started.iter().filter(|s| s[kind].is_ok()).count();
        assert_eq!(good, 1, "{started:?}");
        let bad = started.iter().filter_map(|s| s[kind].as_ref().err());
        for refused in bad {
            assert!(
                matches!(refused, StoreError::AlreadyTriggered { key } if key == "schedule/1"),
                "{refused}"
            );
            assert_eq!(refused.code(), ErrorCode::Conflict);
        }
    }
    let mut session = f.store.read().await.unwrap();
    let filter = ChainExecutionFilter { limit: 9, ..Default::default() };
    let runs = session.chain_executions(&filter).await.unwrap().rows;
    assert_eq!((runs.len(), runs[0].members.len()), (1, 4));
    assert_eq!(session.queue_counts().await.unwrap().queued, 1);
    drop(session);
    // No key is no promise.
    insert_run(f, &chain).await;
    insert_run(f, &chain).await;
    f.enqueue(&job).await;
    f.enqueue(&job).await;
    other.close().await;
}
