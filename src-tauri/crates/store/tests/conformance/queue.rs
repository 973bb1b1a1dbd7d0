//! Who gets which run, and who keeps it.

use crate::fixture::Fixture;
use chrono::TimeDelta;
use courier_domain::ErrorCode;
use courier_domain::execution::{JobExecutionState, StepExecutionState};
use courier_domain::setting::{CONCURRENCY_LIMIT, RESCUE_LIMIT};
use courier_store::{Checkpoint, ClaimRequest, Ending, LEASE_SECONDS, Lease, Outcome};
use std::collections::BTreeSet;

pub(crate) async fn claims_go_by_priority_then_age(f: &Fixture) {
    let mut expected = Vec::new();
    for (name, priority) in [("late", 0), ("urgent", 9), ("early", 0), ("never", -1)] {
        let job = f.insert_job_with(name, |d| d.priority = priority).await;
        f.clock.advance(if name == "early" { TimeDelta::seconds(-5) } else { TimeDelta::seconds(1) });
        expected.push((name, f.enqueue(&job).await.id));
    }
    let node = f.node();
    let first = f.claim(node, 2).await;
    let rest = f.claim(node, 9).await;
    let order: Vec<_> = first.iter().chain(&rest).map(|e| e.id).collect();
    let id = |name| expected.iter().find(|(n, _)| *n == name).unwrap().1;
    assert_eq!(order, [id("urgent"), id("early"), id("late"), id("never")]);
    let claimed = &first[0];
    assert_eq!(
        (claimed.state, claimed.epoch, claimed.claimed_by),
        (JobExecutionState::Running, 1, Some(node))
    );
    assert_eq!(claimed.started_at, Some(f.now()));
    assert_eq!(claimed.lease_expires_at, Some(f.now() + TimeDelta::seconds(LEASE_SECONDS)));
}

pub(crate) async fn limits_hold_over_all_nodes(f: &Fixture) {
    let many = f.insert_job_with("many", |d| d.max_instances = 3).await;
    for _ in 0..5 {
        f.enqueue(&many).await;
    }
    let (one, two) = (f.node(), f.node());
    let held = [f.claim(one, 2).await, f.claim(two, 9).await].concat();
    assert_eq!(held.len(), 3, "max_instances");
    for n in 0..4 {
        let job = f.insert_job(&format!("job {n}")).await;
        f.enqueue(&job).await;
    }
    assert_eq!(f.claim(two, 9).await.len(), 2, "5 at once by default");
    let mut work = f.store.begin("me").await.unwrap();
    work.set_setting(CONCURRENCY_LIMIT, "6").await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.claim(one, 9).await.len(), 1);
    assert_eq!(f.claim(one, 9).await.len(), 0);
    let counts = f.store.read().await.unwrap().queue_counts().await.unwrap();
    assert_eq!((counts.queued, counts.running), (3, 6));
    // A place that is freed is taken by the next in line.
    let ending = Ending {
        outcome: Outcome::Completed { had_skips: false },
        steps: &[],
        begun: &[],
        context_snapshot: None,
    };
    let mut work = f.store.begin("system").await.unwrap();
    work.finish(&Lease::of(&held[0]).unwrap(), &ending).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.claim(one, 9).await[0].job_id, many.id);
}

pub(crate) async fn a_busy_job_does_not_hold_up_others(f: &Fixture) {
    let busy = f.insert_job("busy").await;
    for _ in 0..60 {
        f.enqueue(&busy).await;
    }
    let other = f.insert_job("other").await;
    f.enqueue(&other).await;
    let node = f.node();
    let mut got = Vec::new();
    while let [claimed, ..] = f.claim(node, 1).await.as_slice() {
        got.push(claimed.job_id);
    }
    assert_eq!(got, [busy.id, other.id]);
}

pub(crate) async fn a_long_line_behind_a_busy_job_hides_nobody(f: &Fixture) {
    let busy = f.insert_job_with("busy", |d| d.max_instances = 2).await;
    let mut work = f.store.begin("me").await.unwrap();
    for _ in 0..300 {
        work.enqueue(&f.new_execution(&busy)).await.unwrap();
    }
    work.commit().await.unwrap();
    let late: Vec<_> = [f.insert_job("late").await, f.insert_job("later").await].into();
    for job in &late {
        f.enqueue(job).await;
    }
    let node = f.node();
    let got: Vec<_> =
        [f.claim(node, 4).await, f.claim(node, 4).await].concat().iter().map(|e| e.job_id).collect();
    assert_eq!(got, [busy.id, busy.id, late[0].id, late[1].id]);
}

pub(crate) async fn a_node_takes_only_what_it_may(f: &Fixture) {
    let bound = f.insert_job_with("bound", |d| d.run_on = "attic".into()).await;
    let free = f.insert_job("free").await;
    let (bound, first, second) = (f.enqueue(&bound).await, f.enqueue(&free).await, f.enqueue(&free).await);
    let ask = async |node_name: &str, only| {
        let request = ClaimRequest { node_id: f.node(), node_name: node_name.into(), slots: 9, only };
        let mut work = f.store.begin("system").await.unwrap();
        let ids: Vec<_> = work.claim(&request).await.unwrap().iter().map(|e| e.id).collect();
        work.commit().await.unwrap();
        ids
    };
    assert_eq!(ask("desk", Some(second.id.0)).await, [second.id]);
    assert_eq!(ask("desk", None).await, [], "{} waits for its sibling", first.id);
    assert_eq!(ask("attic", None).await, [bound.id]);
}

pub(crate) async fn a_run_is_claimed_once_however_many_ask(f: &Fixture) {
    let mut work = f.store.begin("me").await.unwrap();
    work.set_setting(CONCURRENCY_LIMIT, "100").await.unwrap();
    work.commit().await.unwrap();
    let many = f.insert_job_with("many", |d| d.max_instances = 25).await;
    let mut all = BTreeSet::new();
    for _ in 0..40 {
        all.insert(f.enqueue(&many).await.id);
    }
    let other = f.another().await.unwrap();
    let nodes = (0..12).map(|n| {
        let store = if n % 2 == 0 { other.clone() } else { f.store.clone() };
        let request = ClaimRequest { node_id: f.node(), node_name: "desk".into(), slots: 2, only: None };
        tokio::spawn(async move {
            let mut got = Vec::new();
            for _ in 0..3 {
                let mut work = store.begin("system").await.unwrap();
                got.extend(work.claim(&request).await.unwrap().iter().map(|e| e.id));
                work.commit().await.unwrap();
            }
            got
        })
    });
    let mut claimed = Vec::new();
    for node in nodes.collect::<Vec<_>>() {
        claimed.extend(node.await.unwrap());
    }
    assert_eq!(claimed.len(), 25, "max_instances");
    let distinct: BTreeSet<_> = claimed.into_iter().collect();
    assert_eq!(distinct.len(), 25);
    assert!(distinct.is_subset(&all));
    other.close().await;
}

pub(crate) async fn leases_are_renewed_until_they_are_lost(f: &Fixture) {
    let (_, execution, lease) = f.running("Invoices").await;
    f.clock.advance(TimeDelta::seconds(20));
    let mut work = f.store.begin("system").await.unwrap();
    work.request_pause(execution.id).await.unwrap();
    let stale = Lease { epoch: lease.epoch - 1, ..lease };
    let renewed = work.renew(&[lease, stale]).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(renewed.len(), 1);
    assert_eq!(renewed[0].execution_id, execution.id);
    assert_eq!(renewed[0].lease_expires_at, f.now() + TimeDelta::seconds(LEASE_SECONDS));
    assert_eq!((renewed[0].pause_requested, renewed[0].cancel_requested), (true, false));

    f.clock.advance(TimeDelta::seconds(20));
    let mut work = f.store.begin("system").await.unwrap();
    assert!(work.rescue().await.unwrap().is_empty(), "renewed in time");
    work.rollback().await;
}

pub(crate) async fn a_stale_worker_changes_nothing(f: &Fixture) {
    let (job, execution, stale) = f.running("Invoices").await;
    f.clock.advance(TimeDelta::seconds(LEASE_SECONDS + 1));
    let mut work = f.store.begin("system").await.unwrap();
    work.rescue().await.unwrap();
    work.commit().await.unwrap();
    let newest = f.claim(stale.node_id, 1).await.remove(0);
    assert_eq!((newest.id, newest.epoch), (execution.id, 2));
    let before = f.store.read().await.unwrap().execution(execution.id).await.unwrap();

    let steps = [f.step(&job, 0, StepExecutionState::Completed)];
    let checkpoint = Checkpoint { steps: &steps, begun: &[], context_snapshot: Some("{\"stale\":true}") };
    let ending = Ending {
        outcome: Outcome::Completed { had_skips: false },
        steps: &steps,
        begun: &[],
        context_snapshot: None,
    };
    for attempt in 0..5 {
        let mut work = f.store.begin("system").await.unwrap();
        let refused = match attempt {
            0 => work.checkpoint(&stale, &checkpoint).await.unwrap_err(),
            1 => work.finish(&stale, &ending).await.unwrap_err(),
            2 => work.retry_whole_job(&stale, "{}").await.unwrap_err(),
            3 => work.finish_all(&[(stale, ending.clone())]).await.unwrap_err(),
            _ => {
                assert!(work.renew(&[stale]).await.unwrap().is_empty());
                continue;
            }
        };
        assert_eq!(refused.code(), ErrorCode::LeaseLost, "{refused}");
    }
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.execution(execution.id).await.unwrap(), before);
    assert!(session.step_executions(execution.id).await.unwrap().is_empty());
}

pub(crate) async fn expired_runs_are_rescued_and_go_on(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let done = f.step(&job, 0, StepExecutionState::Completed);
    let begun = f.step(&job, 1, StepExecutionState::Running);
    let steps = [done.clone(), begun.clone()];
    let mut work = f.store.begin("system").await.unwrap();
    work.checkpoint(&lease, &Checkpoint { steps: &steps, begun: &[], context_snapshot: Some("{\"a\":1}") })
        .await
        .unwrap();
    work.commit().await.unwrap();
    f.clock.advance(TimeDelta::seconds(LEASE_SECONDS));
    let mut work = f.store.begin("system").await.unwrap();
    assert!(work.rescue().await.unwrap().is_empty(), "not before it is over");
    work.rollback().await;
    f.clock.advance(TimeDelta::microseconds(1));
    let mut work = f.store.begin("system").await.unwrap();
    let rescued = work.rescue().await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(
        (rescued[0].id, rescued[0].state, rescued[0].rescues),
        (execution.id, JobExecutionState::Queued, 1)
    );
    assert_eq!((rescued[0].claimed_by, rescued[0].context_snapshot.as_str()), (None, "{\"a\":1}"));
    let states: Vec<_> = f.store.read().await.unwrap().step_executions(execution.id).await.unwrap();
    assert_eq!(
        states.iter().map(|s| s.state).collect::<Vec<_>>(),
        [StepExecutionState::Completed, StepExecutionState::Pending]
    );
    let again = f.claim(f.node(), 1).await.remove(0);
    assert_eq!((again.id, again.epoch, again.started_at), (execution.id, 2, execution.started_at));
}

pub(crate) async fn a_run_that_never_progresses_fails_after_the_limit(f: &Fixture) {
    let (job, execution, mut lease) = f.running("Invoices").await;
    let mut work = f.store.begin("me").await.unwrap();
    work.set_setting(RESCUE_LIMIT, "2").await.unwrap();
    work.commit().await.unwrap();
    let mut states = Vec::new();
    for round in 0..5 {
        let step = [f.step(&job, 0, StepExecutionState::Completed)];
        if round == 1 {
            // Progress starts the count anew.
            let mut work = f.store.begin("system").await.unwrap();
            work.checkpoint(&lease, &Checkpoint { steps: &step, begun: &[], context_snapshot: None })
                .await
                .unwrap();
            work.commit().await.unwrap();
        }
        f.clock.advance(TimeDelta::seconds(LEASE_SECONDS + 1));
        let mut work = f.store.begin("system").await.unwrap();
        let rescued = work.rescue().await.unwrap().remove(0);
        work.commit().await.unwrap();
        states.push((rescued.state, rescued.error_code));
        match f.claim(f.node(), 1).await.first() {
            Some(execution) => lease = Lease::of(execution).unwrap(),
            None => break,
        }
    }
    let queued = (JobExecutionState::Queued, None);
    assert_eq!(states, [queued, queued, queued, (JobExecutionState::Failed, Some(ErrorCode::RescueLimit))]);
    let failed = f.store.read().await.unwrap().execution(execution.id).await.unwrap();
    assert!(failed.error_message.is_some_and(|m| m.contains("2 times")));
}

pub(crate) async fn a_rescued_run_obeys_what_was_asked_of_it(f: &Fixture) {
    let (_, cancelled, _) = f.running("cancelled").await;
    let (job, paused, lease) = f.running("paused").await;
    let mut work = f.store.begin("me").await.unwrap();
    let step = [f.step(&job, 0, StepExecutionState::Running)];
    work.checkpoint(&lease, &Checkpoint { steps: &step, begun: &[], context_snapshot: None }).await.unwrap();
    work.request_cancel(cancelled.id).await.unwrap();
    work.request_pause(paused.id).await.unwrap();
    work.commit().await.unwrap();
    f.clock.advance(TimeDelta::seconds(LEASE_SECONDS + 1));
    let mut work = f.store.begin("system").await.unwrap();
    work.rescue().await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.execution(cancelled.id).await.unwrap().state, JobExecutionState::Cancelled);
    assert_eq!(session.execution(paused.id).await.unwrap().state, JobExecutionState::Paused);
    assert_eq!(session.step_executions(paused.id).await.unwrap()[0].state, StepExecutionState::Pending);
}
