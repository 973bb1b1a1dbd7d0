//! A run's life, as its holder and people move it.

use crate::fixture::{Fixture, ME};
use chrono::TimeDelta;
use courier_domain::connection::{Connection, Sealed};
use courier_domain::execution::{JobExecutionState, StepExecutionState};
use courier_domain::receipt::{Direction, Receipt, Verification};
use courier_domain::{ConnectionId, ErrorCode, IdSource, NodeId, ReceiptId};
use courier_store::{
    Checkpoint, Ending, EventFilter, ExecutionFilter, HeldRun, Intent, Lease, LogFilter, LogLevel, LogLine,
    Node, Outcome,
};
use serde_json::json;

pub(crate) async fn finish(f: &Fixture, lease: &Lease, outcome: Outcome) {
    let ending = Ending { outcome, steps: &[], begun: &[], context_snapshot: None };
    let mut work = f.store.begin("system").await.unwrap();
    work.finish(lease, &ending).await.unwrap();
    work.commit().await.unwrap();
}

async fn event_types(f: &Fixture) -> Vec<&'static str> {
    let filter = EventFilter { limit: 100, ..Default::default() };
    let events = f.store.read().await.unwrap().domain_events(&filter).await.unwrap();
    events.into_iter().map(|e| e.event_type.as_str()).collect()
}

pub(crate) async fn a_run_goes_from_created_to_completed(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    assert_eq!(execution.parameters["day"], json!("2026-03-01"));
    let mut first = f.step(&job, 0, StepExecutionState::Running);
    let mut work = f.store.begin("system").await.unwrap();
    work.checkpoint(
        &lease,
        &Checkpoint { steps: std::slice::from_ref(&first), begun: &[], context_snapshot: None },
    )
    .await
    .unwrap();
    work.commit().await.unwrap();

    f.clock.advance(TimeDelta::seconds(2));
    first.state = StepExecutionState::Completed;
    first.completed_at = Some(f.now());
    first.duration_ms = Some(2_000);
    first.bytes_processed = Some(i64::MAX);
    first.output_data = Some("{\"files\":[\"ä\"]}".into());
    let mut skipped = f.step(&job, 1, StepExecutionState::Skipped);
    skipped.error_code = Some(ErrorCode::FileNotFound);
    skipped.error_message = Some("there is no /in/a".into());
    let steps = [first.clone(), skipped.clone()];
    let ending = Ending {
        outcome: Outcome::Completed { had_skips: true },
        steps: &steps,
        begun: &[],
        context_snapshot: Some("{\"steps\":{}}"),
    };
    let mut work = f.store.begin("system").await.unwrap();
    let done = work.finish(&lease, &ending).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((done.state, done.had_skips, done.claimed_by), (JobExecutionState::Completed, true, None));
    assert_eq!((done.completed_at, done.context_snapshot.as_str()), (Some(f.now()), "{\"steps\":{}}"));

    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.execution(execution.id).await.unwrap(), done);
    for step in [&mut first, &mut skipped] {
        step.job_execution_id = execution.id;
    }
    assert_eq!(session.step_executions(execution.id).await.unwrap(), vec![first, skipped]);
    let expected = ["JobStarted", "StepStarted", "StepCompleted", "StepSkipped", "JobCompleted"];
    assert_eq!(event_types(f).await, expected);
}

pub(crate) async fn runs_end_together_or_not_at_all(f: &Fixture) {
    let (one, first, first_lease) = f.running("one").await;
    let (two, second, second_lease) = f.running("two").await;
    let (of_one, mut of_two) =
        (f.step(&one, 0, StepExecutionState::Completed), f.step(&two, 0, StepExecutionState::Failed));
    of_two.error_code = Some(ErrorCode::FileNotFound);
    let endings = |second: Lease| {
        let completed = Ending {
            outcome: Outcome::Completed { had_skips: false },
            steps: std::slice::from_ref(&of_one),
            begun: std::slice::from_ref(&of_one.id),
            context_snapshot: Some("{\"one\":1}"),
        };
        let failed = Ending {
            outcome: Outcome::Failed { code: ErrorCode::FileNotFound, message: "not there".into() },
            steps: std::slice::from_ref(&of_two),
            begun: &[],
            context_snapshot: None,
        };
        // Not in the order of their ids.
        [(second, failed), (first_lease, completed)]
    };
    let states = async || {
        let mut session = f.store.read().await.unwrap();
        let mut states = Vec::new();
        for id in [first.id, second.id] {
            let steps = session.step_executions(id).await.unwrap();
            states.push((session.execution(id).await.unwrap().state, steps.len()));
        }
        states
    };
    let stale = Lease { epoch: second_lease.epoch - 1, ..second_lease };
    let mut work = f.store.begin("system").await.unwrap();
    let refused = work.finish_all(&endings(stale)).await.unwrap_err();
    drop(work);
    assert_eq!(refused.code(), ErrorCode::LeaseLost, "{refused}");
    assert_eq!(states().await, [(JobExecutionState::Running, 0), (JobExecutionState::Running, 0)]);
    let mut work = f.store.begin("system").await.unwrap();
    work.finish_all(&endings(second_lease)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(states().await, [(JobExecutionState::Completed, 1), (JobExecutionState::Failed, 1)]);
    let expected = [
        "JobStarted",
        "JobStarted",
        "StepStarted",
        "StepCompleted",
        "StepFailed",
        "JobCompleted",
        "JobFailed",
    ];
    assert_eq!(event_types(f).await, expected);
}

pub(crate) async fn a_finished_step_never_changes(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let mut step = f.step(&job, 0, StepExecutionState::Failed);
    step.error_code = Some(ErrorCode::Timeout);
    let mut work = f.store.begin("system").await.unwrap();
    work.checkpoint(
        &lease,
        &Checkpoint { steps: std::slice::from_ref(&step), begun: &[], context_snapshot: None },
    )
    .await
    .unwrap();
    work.commit().await.unwrap();
    let mut changed = step.clone();
    changed.state = StepExecutionState::Completed;
    let mut work = f.store.begin("system").await.unwrap();
    let write = Checkpoint { steps: &[changed], begun: &[], context_snapshot: Some("{}") };
    let refused = work.checkpoint(&lease, &write).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidTransition, "{refused}");
    work.rollback().await;
    // Another attempt is another row.
    let mut again = f.step(&job, 0, StepExecutionState::Running);
    again.retry_attempt = 1;
    let mut work = f.store.begin("system").await.unwrap();
    work.checkpoint(&lease, &Checkpoint { steps: &[again], begun: &[], context_snapshot: None })
        .await
        .unwrap();
    work.commit().await.unwrap();
    let steps = f.store.read().await.unwrap().step_executions(execution.id).await.unwrap();
    assert_eq!(
        steps.iter().map(|s| s.state).collect::<Vec<_>>(),
        [StepExecutionState::Failed, StepExecutionState::Running]
    );
}

pub(crate) async fn a_failed_run_can_be_resumed(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let mut work = f.store.begin("system").await.unwrap();
    let running = [f.step(&job, 0, StepExecutionState::Running)];
    work.checkpoint(&lease, &Checkpoint { steps: &running, begun: &[], context_snapshot: None })
        .await
        .unwrap();
    work.retry_whole_job(&lease, "{\"again\":1}").await.unwrap();
    work.commit().await.unwrap();
    finish(f, &lease, Outcome::Failed { code: ErrorCode::ConnectionLost, message: "gone".into() }).await;
    let mut session = f.store.read().await.unwrap();
    let failed = session.execution(execution.id).await.unwrap();
    assert_eq!(
        (failed.error_code, failed.error_message.as_deref()),
        (Some(ErrorCode::ConnectionLost), Some("gone"))
    );
    assert_eq!((failed.attempt, failed.context_snapshot.as_str()), (1, "{\"again\":1}"));
    let steps = session.step_executions(execution.id).await.unwrap();
    assert_eq!(steps[0].state, StepExecutionState::Failed, "no step runs on without its run");
    drop(session);

    let mut work = f.store.begin(ME).await.unwrap();
    let resumed = work.resume(execution.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(
        (resumed.state, resumed.error_code, resumed.completed_at),
        (JobExecutionState::Queued, None, None)
    );
    assert_eq!(f.claim(f.node(), 1).await[0].id, execution.id);
    let events = event_types(f).await;
    assert_eq!(events.iter().filter(|e| **e == "JobStarted").count(), 1, "{events:?}");
    assert_eq!(events.last(), Some(&"JobResumed"));
}

pub(crate) async fn a_queued_run_is_cancelled_at_once_and_a_running_one_is_asked(f: &Fixture) {
    let (job, running, lease) = f.running("Invoices").await;
    let queued = f.enqueue(&job).await;
    let mut work = f.store.begin(ME).await.unwrap();
    let cancelled = work.request_cancel(queued.id).await.unwrap();
    let asked = work.request_cancel(running.id).await.unwrap();
    let asked_again = work.request_cancel(running.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((cancelled.state, cancelled.completed_at), (JobExecutionState::Cancelled, Some(f.now())));
    assert_eq!((asked.state, asked.cancel_requested_at), (JobExecutionState::Running, Some(f.now())));
    assert_eq!(asked_again.cancel_requested_at, asked.cancel_requested_at);

    let mut work = f.store.begin("system").await.unwrap();
    let steps = [f.step(&job, 0, StepExecutionState::Running), f.step(&job, 1, StepExecutionState::Pending)];
    work.checkpoint(&lease, &Checkpoint { steps: &steps, begun: &[], context_snapshot: None }).await.unwrap();
    work.commit().await.unwrap();
    finish(f, &lease, Outcome::Cancelled).await;
    let mut session = f.store.read().await.unwrap();
    let after = session.step_executions(running.id).await.unwrap();
    assert_eq!(
        (after[0].state, after[0].error_code),
        (StepExecutionState::Failed, Some(ErrorCode::Cancelled))
    );
    assert_eq!((after[1].state, after[1].error_code), (StepExecutionState::Skipped, None));
    // What it never came to is skipped, too, and told as that.
    let never = session.step_executions(queued.id).await.unwrap();
    assert_eq!(never.iter().map(|row| row.step_order).collect::<Vec<_>>(), [0, 1]);
    assert!(never.iter().all(|row| row.state == StepExecutionState::Skipped && row.started_at.is_none()));
    let events = event_types(f).await;
    assert_eq!(events.iter().filter(|e| **e == "StepSkipped").count(), 3, "{events:?}");
}

pub(crate) async fn what_an_earlier_run_did_is_not_skipped_by_a_cancelled_one(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let mut retry = f.new_execution(&job);
    let first = f.enqueue(&job).await;
    retry.retry_of = Some(first.id);
    retry.context_snapshot = r#"{ "params": {}, "steps": {}, "finished": [0] }"#.into();
    let mut work = f.store.begin(ME).await.unwrap();
    let retry = work.enqueue(&retry).await.unwrap();
    work.request_cancel(retry.id).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let rows = session.step_executions(retry.id).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.step_order).collect::<Vec<_>>(), [1]);
    let taken_over = session.steps_taken_over(&retry).await.unwrap();
    assert_eq!(Vec::from_iter(taken_over), [0]);
}

pub(crate) async fn a_paused_run_keeps_its_steps_and_goes_on(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let mut work = f.store.begin("system").await.unwrap();
    let steps =
        [f.step(&job, 0, StepExecutionState::Completed), f.step(&job, 1, StepExecutionState::Running)];
    work.checkpoint(&lease, &Checkpoint { steps: &steps, begun: &[], context_snapshot: None }).await.unwrap();
    work.request_pause(execution.id).await.unwrap();
    work.commit().await.unwrap();
    finish(f, &lease, Outcome::Paused).await;
    let mut work = f.store.begin(ME).await.unwrap();
    let paused = work.execution(execution.id).await.unwrap();
    assert_eq!((paused.state, paused.completed_at), (JobExecutionState::Paused, None));
    assert!(paused.pause_requested_at.is_some(), "somebody asked for it, so a restart must not undo it");
    work.resume_interrupted().await.unwrap();
    assert_eq!(work.execution(execution.id).await.unwrap().state, JobExecutionState::Paused);
    let states: Vec<_> = work.step_executions(execution.id).await.unwrap().iter().map(|s| s.state).collect();
    assert_eq!(states, [StepExecutionState::Completed, StepExecutionState::Pending]);
    work.resume(execution.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.claim(f.node(), 1).await[0].epoch, 2);
}

pub(crate) async fn a_run_that_a_restart_paused_goes_on_by_itself(f: &Fixture) {
    let (_, execution, lease) = f.running("Invoices").await;
    finish(f, &lease, Outcome::Paused).await;
    let mut work = f.store.begin("system").await.unwrap();
    work.resume_interrupted().await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.claim(f.node(), 1).await[0].id, execution.id);
    // A node that is known to be gone need not be waited for.
    let node = f.store.read().await.unwrap().execution(execution.id).await.unwrap().claimed_by.unwrap();
    let mut work = f.store.begin("system").await.unwrap();
    work.expire_leases(node).await.unwrap();
    assert_eq!(work.rescue().await.unwrap()[0].id, execution.id);
    work.commit().await.unwrap();
}

pub(crate) async fn intents_are_kept_by_the_holder_only(f: &Fixture) {
    let (_, execution, lease) = f.running("Invoices").await;
    let intent = |source: &str, destination: &str| Intent {
        source: source.into(),
        destination: destination.into(),
        size: 7,
        sha256: None,
    };
    let mut work = f.store.begin("system").await.unwrap();
    work.record_intents(&lease, 0, "", &[intent("a", "/out/a"), intent("b", "/out/b")]).await.unwrap();
    work.record_intents(&lease, 0, "", &[intent("c", "/out/a")]).await.unwrap();
    work.commit().await.unwrap();
    let mut work = f.store.begin("system").await.unwrap();
    let stale = Lease { epoch: 0, ..lease };
    let refused = work.record_intents(&stale, 0, "", &[intent("x", "/out/x")]).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::LeaseLost);
    assert_eq!(work.check_lease(&stale).await.unwrap_err().code(), ErrorCode::LeaseLost);
    work.check_lease(&lease).await.unwrap();
    drop(work);
    let kept = f.store.read().await.unwrap().intents(execution.id, 0, None).await.unwrap();
    assert_eq!(kept, [intent("c", "/out/a"), intent("b", "/out/b")]);
}

pub(crate) async fn transitions_that_do_not_exist_are_refused(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    finish(f, &lease, Outcome::Completed { had_skips: false }).await;
    let queued = f.enqueue(&job).await;
    let before =
        f.store.read().await.unwrap().executions(&ExecutionFilter { limit: 9, ..Default::default() }).await;
    let mut work = f.store.begin(ME).await.unwrap();
    for refused in [
        work.request_cancel(execution.id).await.unwrap_err(),
        work.request_pause(execution.id).await.unwrap_err(),
        work.resume(execution.id).await.unwrap_err(),
        work.request_pause(queued.id).await.unwrap_err(),
        work.resume(queued.id).await.unwrap_err(),
        work.enqueue(&queued).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), ErrorCode::InvalidTransition, "{refused}");
    }
    work.commit().await.unwrap();
    let after =
        f.store.read().await.unwrap().executions(&ExecutionFilter { limit: 9, ..Default::default() }).await;
    assert_eq!(after.unwrap(), before.unwrap());
}

pub(crate) async fn the_latest_runs_of_every_job_come_in_one_query(f: &Fixture) {
    let (one, two, _) = (f.insert_job("one").await, f.insert_job("two").await, f.insert_job("none").await);
    let mut of_one = Vec::new();
    for _ in 0..5 {
        of_one.insert(0, f.enqueue(&one).await.id);
    }
    let of_two = f.enqueue(&two).await.id;
    let recent = f.store.read().await.unwrap().recent_executions(3).await.unwrap();
    let ids = |job: &courier_domain::job::Job| {
        recent.iter().filter(|e| e.job_id == job.id).map(|e| e.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&one), of_one[..3]);
    assert_eq!(ids(&two), [of_two]);
    assert_eq!(recent.len(), 4);
    assert!(recent.iter().all(|e| e.state == JobExecutionState::Queued));
}

pub(crate) async fn receipts_and_log_lines_come_back_in_order(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let draft = serde_json::from_value(json!({
        "name": "Partner", "protocol": "sftp", "host": "h", "username": "u",
    }));
    let connection =
        Connection::new(ConnectionId(f.ids.new_id()), draft.unwrap(), Some(Sealed(vec![1])), f.now())
            .unwrap();
    let step = f.step(&job, 0, StepExecutionState::Running);
    let receipt = Receipt {
        id: ReceiptId(f.ids.new_id()),
        job_execution_id: execution.id,
        step_execution_id: step.id,
        connection_id: connection.id,
        direction: Direction::Download,
        remote_path: "/out/a".into(),
        local_path: "a".into(),
        size: 10_000_000_000,
        sha256: "ab".repeat(32),
        started_at: f.now(),
        completed_at: f.now(),
        resumed_bytes: 5,
        verified_by: Verification::Size,
        server_identity: "SHA256:x".into(),
        source_modified_at: Some(f.now()),
    };
    let mut work = f.store.begin("system").await.unwrap();
    work.insert_connection(&connection).await.unwrap();
    work.checkpoint(&lease, &Checkpoint { steps: &[step], begun: &[], context_snapshot: None })
        .await
        .unwrap();
    work.insert_receipt(&lease, &receipt).await.unwrap();
    let stale = Lease { epoch: 0, ..lease };
    assert_eq!(work.insert_receipt(&stale, &receipt).await.unwrap_err().code(), ErrorCode::LeaseLost);
    work.commit().await.unwrap();
    let mut later = receipt.clone();
    later.id = ReceiptId(f.ids.new_id());
    let mut work = f.store.begin("system").await.unwrap();
    work.insert_receipt(&lease, &later).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.receipts(execution.id).await.unwrap(), vec![receipt.clone(), later.clone()]);
    let totals = session.receipt_totals(execution.id).await.unwrap();
    assert_eq!((totals.files, totals.bytes), (2, 20_000_000_000));
    let first = session.receipts_after(execution.id, None, 1).await.unwrap();
    assert_eq!(first, std::slice::from_ref(&receipt));
    assert_eq!(session.receipts_after(execution.id, Some(receipt.id), 9).await.unwrap(), [later.clone()]);
    assert_eq!(session.receipts_after(execution.id, Some(later.id), 9).await.unwrap(), []);
    drop(session);

    let line = |n: usize| LogLine {
        id: 0,
        job_execution_id: execution.id,
        at: f.now(),
        level: LogLevel::Warn,
        step_alias: n.is_multiple_of(2).then(|| "copy".into()),
        file: Some(format!("{n}.csv")),
        message: format!("line {n}\n\u{1b}[31m"),
    };
    let lines: Vec<_> = (0..2_500).map(line).collect();
    f.store.append_log(&lines).await.unwrap();
    f.store.append_log(&[]).await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let mut read: Vec<LogLine> = Vec::new();
    loop {
        let after = read.last().map_or(0, |l| l.id);
        let page = session.log_lines(execution.id, after, 1_000).await.unwrap();
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    read.iter_mut().for_each(|l| l.id = 0);
    assert_eq!(read, lines);
}

pub(crate) async fn a_log_is_read_from_any_place_through_a_filter(f: &Fixture) {
    let (_, execution, _) = f.running("Invoices").await;
    let (_, other, _) = f.running("Statements").await;
    let line = |n: usize| LogLine {
        id: 0,
        job_execution_id: if n.is_multiple_of(5) { other.id } else { execution.id },
        at: f.now(),
        level: if n.is_multiple_of(7) { LogLevel::Error } else { LogLevel::Info },
        step_alias: n.is_multiple_of(2).then(|| "copy".into()),
        file: (n == 22).then(|| "ÄGIR_Invoice.csv".into()),
        message: format!("Line {n} of 100 %"),
    };
    let lines: Vec<_> = (0..1_000).map(line).collect();
    f.store.append_log(&lines).await.unwrap();
    let own: Vec<&LogLine> = lines.iter().filter(|l| l.job_execution_id == execution.id).collect();
    let mut session = f.store.read().await.unwrap();
    let mut read = async |filter: LogFilter<'_>, from: i64, limit: u32| {
        let page = session.log_page(execution.id, &filter, from, limit).await.unwrap();
        (page.total, page.lines.into_iter().map(|l| l.message).collect::<Vec<_>>())
    };
    let messages = |lines: &[&LogLine]| lines.iter().map(|l| l.message.clone()).collect::<Vec<_>>();
    let all = LogFilter::default();
    assert_eq!(read(all, 0, 300).await, (800, messages(&own[..300])));
    assert_eq!(read(all, 790, 300).await, (800, messages(&own[790..])));
    assert_eq!(read(all, 800, 300).await, (800, vec![]));

    let wanted = |keep: &dyn Fn(&LogLine) -> bool| {
        let kept: Vec<&LogLine> = own.iter().copied().filter(|l| keep(l)).collect();
        (i64::try_from(kept.len()).unwrap(), messages(&kept))
    };
    let errors = LogFilter { levels: &[LogLevel::Warn, LogLevel::Error], ..all };
    assert_eq!(read(errors, 0, 999).await, wanted(&|l| l.level == LogLevel::Error));
    let copies = LogFilter { step_alias: Some("copy"), ..errors };
    let both = wanted(&|l| l.step_alias.is_some() && l.level == LogLevel::Error);
    assert!(both.0 > 9);
    assert_eq!(read(copies, 0, 999).await, both);
    let text = |text| LogFilter { text: Some(text), ..all };
    assert_eq!(read(text("lINE 99"), 0, 999).await, wanted(&|l| l.message.starts_with("Line 99")));
    assert_eq!(read(text("_invoice.CSV"), 0, 9).await, (1, vec![lines[22].message.clone()]));
    assert_eq!(read(text("100 %"), 0, 0).await, (800, vec![]), "no sign has a meaning of its own");
    assert_eq!(read(text("nowhere"), 0, 9).await, (0, vec![]));
}

pub(crate) async fn what_runs_is_held_by_its_node(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    f.enqueue(&job).await;
    f.insert_job("Idle").await;
    assert!(f.store.read().await.unwrap().held_runs().await.unwrap().is_empty(), "queued is held by nobody");
    let node = f.node();
    let run = f.claim(node, 1).await.remove(0);
    let held = HeldRun { node_id: node, execution_id: run.id, job_name: "Invoices".into() };
    assert_eq!(f.store.read().await.unwrap().held_runs().await.unwrap(), [held]);
    finish(f, &Lease::of(&run).unwrap(), Outcome::Completed { had_skips: false }).await;
    assert!(f.store.read().await.unwrap().held_runs().await.unwrap().is_empty());
}

pub(crate) async fn nodes_are_alive_while_their_heart_beats(f: &Fixture) {
    let node = |name: &str| Node {
        id: NodeId(f.ids.new_id()),
        name: name.into(),
        pid: 4_242,
        serves_queue: name != "quiet",
        version: "0.1.0".into(),
        started_at: f.now(),
        heartbeat_at: f.now(),
    };
    let (quiet, lively) = (node("quiet"), node("lively"));
    let mut work = f.store.begin("system").await.unwrap();
    work.register_node(&quiet).await.unwrap();
    work.register_node(&lively).await.unwrap();
    assert_eq!(work.nodes_alive(f.now()).await.unwrap(), vec![quiet.clone(), lively.clone()]);
    work.commit().await.unwrap();
    f.clock.advance(TimeDelta::seconds(60));
    let mut work = f.store.begin("system").await.unwrap();
    work.heartbeat(lively.id).await.unwrap();
    let alive = work.nodes_alive(f.now() - TimeDelta::seconds(30)).await.unwrap();
    assert_eq!((alive.len(), alive[0].id, alive[0].heartbeat_at), (1, lively.id, f.now()));
    work.remove_node(lively.id).await.unwrap();
    assert!(work.nodes_alive(f.now()).await.unwrap().is_empty());
    work.commit().await.unwrap();
}

/// Programs and names of files put a NUL into messages, which not every database takes.
pub(crate) async fn a_failure_may_say_anything(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let message = "it said \0 and ended".to_owned();
    let mut failed = f.step(&job, 0, StepExecutionState::Failed);
    failed.error_message = Some(message.clone());
    let ending = Ending {
        outcome: Outcome::Failed { code: ErrorCode::CommandFailed, message: message.clone() },
        steps: &[failed],
        begun: &[],
        context_snapshot: Some(r#"{"params":{"a":"\u0000"}}"#),
    };
    let line = LogLine {
        id: 0,
        job_execution_id: execution.id,
        at: f.now(),
        level: LogLevel::Error,
        step_alias: None,
        file: Some("a\0b".into()),
        message,
    };
    let mut work = f.store.begin("system").await.unwrap();
    work.append_log(&[line]).await.unwrap();
    work.finish(&lease, &ending).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let kept = "it said \u{2400} and ended";
    assert_eq!(session.execution(execution.id).await.unwrap().error_message.as_deref(), Some(kept));
    let steps = session.step_executions(execution.id).await.unwrap();
    assert_eq!(steps[0].error_message.as_deref(), Some(kept));
    let lines = session.log_lines(execution.id, 0, 10).await.unwrap();
    assert_eq!((lines[0].message.as_str(), lines[0].file.as_deref()), (kept, Some("a\u{2400}b")));
}

pub(crate) async fn a_run_that_is_cancelled_while_it_pauses_is_cancelled(f: &Fixture) {
    let (_, execution, lease) = f.running("Invoices").await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.request_pause(execution.id).await.unwrap();
    work.request_cancel(execution.id).await.unwrap();
    work.commit().await.unwrap();
    finish(f, &lease, Outcome::Paused).await;
    let run = f.store.read().await.unwrap().execution(execution.id).await.unwrap();
    assert_eq!((run.state, run.error_code), (JobExecutionState::Cancelled, Some(ErrorCode::Cancelled)));
}
