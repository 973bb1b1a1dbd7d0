//! Runs of real file steps through a real store: order, outputs, failure policies, stopping and going on.

#![cfg(test)]

mod file_steps;
mod interruptions;
mod key_dates;
mod monitors;
mod relay;
mod rig;
mod servers;

use courier_domain::dependency::JobDependency;
use courier_domain::execution::{JobExecutionState, StepExecutionState};
use courier_domain::{ErrorCode, JobDependencyId, NodeId, setting};
use courier_engine::Work;
use courier_store::ClaimRequest;
use rig::{Rig, files_below};
use serde_json::json;
use std::time::Duration;

fn stop() -> serde_json::Value {
    json!({ "type": "stop" })
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_hand_their_files_on() {
    let rig = Rig::new().await;
    rig.write("in/a.csv", b"one");
    rig.write("in/sub/b.csv", b"two");
    let input = rig.path("in").display().to_string();
    let job = rig
        .job(
            stop(),
            json!([
                { "name": "Copy", "type_key": "file.copy", "configuration": { "source_path": format!("{input}/**/*.csv"), "destination_path": "copies/", "verify": "sha256" } },
                { "name": "Pack", "type_key": "file.zip", "configuration": { "source_paths": "copies", "output_path": "all {{ steps.copy.file_count }}.zip" } },
                { "name": "Unpack", "type_key": "file.unzip", "configuration": { "archive_path": "{{ steps.pack.archive }}", "output_directory": "out" } },
                { "name": "Deliver", "type_key": "file.move", "configuration": { "source_path": "{{ steps.unpack.directory }}", "destination_path": rig.path("done").display().to_string() + "/" } },
                { "name": "Tidy", "type_key": "file.delete", "configuration": { "path": [format!("{input}/a.csv"), format!("{input}/gone.csv")] } },
            ]),
        )
        .await;
    let run = rig.run(job).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}\n{}", run.error_message, rig.log(run.id).await);
    assert_eq!(files_below(&rig.path("done")), ["copies/a.csv", "copies/sub/b.csv"]);
    assert_eq!(std::fs::read(rig.path("done/copies/sub/b.csv")).unwrap(), b"two");
    assert_eq!(files_below(&rig.path("in")), ["sub/b.csv"]);
    let steps = rig.steps(run.id).await;
    assert_eq!(steps.len(), 5);
    assert!(steps.iter().all(|s| s.state == StepExecutionState::Completed && s.duration_ms.is_some()));
    assert_eq!(steps[0].bytes_processed, Some(6));
    assert!(
        !courier_engine::workspace_of(rig.home.path(), run.id).exists(),
        "the workspace goes with the run"
    );
    assert!(rig.log(run.id).await.contains("The run completed."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_stops_the_run_and_names_the_file() {
    let rig = Rig::new().await;
    let job = rig
        .job(
            stop(),
            json!([
                { "name": "Move", "type_key": "file.move", "configuration": { "source_path": "nowhere.csv", "destination_path": "x/" } },
                { "name": "After", "type_key": "file.delete", "configuration": { "path": "x" } },
            ]),
        )
        .await;
    let run = rig.run(job).await;
    assert_eq!((run.state, run.error_code), (JobExecutionState::Failed, Some(ErrorCode::FileNotFound)));
    assert!(run.error_message.unwrap().contains("nowhere.csv"));
    assert_eq!(rig.steps(run.id).await.len(), 1, "the second step never began");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_can_pass_by_itself_is_retried() {
    let rig = Rig::new().await;
    let policy = json!({ "type": "retry_step", "max_retries": 2, "backoff_base_seconds": 0 });
    let waits = json!([{ "name": "Move", "type_key": "file.move", "configuration": { "source_path": "*.csv", "destination_path": "x/" } }]);
    let run = rig.run(rig.job(policy.clone(), waits).await).await;
    assert_eq!((run.state, run.error_code), (JobExecutionState::Failed, Some(ErrorCode::NoFiles)));
    let attempts: Vec<_> = rig.steps(run.id).await.into_iter().map(|s| (s.retry_attempt, s.state)).collect();
    assert_eq!(attempts, [0, 1, 2].map(|n| (n, StepExecutionState::Failed)));

    let rig = Rig::new().await;
    let hopeless = json!([{ "name": "Move", "type_key": "file.move", "configuration": { "source_path": "a.csv", "destination_path": "x/" } }]);
    let run = rig.run(rig.job(policy, hopeless).await).await;
    assert_eq!(run.error_code, Some(ErrorCode::FileNotFound));
    assert_eq!(rig.steps(run.id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_failure_is_remembered() {
    let rig = Rig::new().await;
    let kept = rig.write("in/a.csv", b"one");
    let job = rig
        .job(
            json!({ "type": "skip_and_continue" }),
            json!([
                { "name": "Broken", "type_key": "file.move", "configuration": { "source_path": "a.csv", "destination_path": "x/" } },
                { "name": "Copy", "type_key": "file.copy", "configuration": { "source_path": kept.display().to_string(), "destination_path": rig.path("out").display().to_string() + "/" } },
            ]),
        )
        .await;
    let run = rig.run(job).await;
    assert_eq!((run.state, run.had_skips), (JobExecutionState::Completed, true));
    let steps = rig.steps(run.id).await;
    assert_eq!(
        (steps[0].state, steps[0].error_code),
        (StepExecutionState::Skipped, Some(ErrorCode::FileNotFound))
    );
    assert_eq!(files_below(&rig.path("out")), ["a.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_job_is_retried_in_a_clean_workspace() {
    let rig = Rig::new().await;
    let source = rig.write("in/a.csv", b"one");
    let job = rig
        .job(
            json!({ "type": "retry_job", "max_retries": 1, "backoff_base_seconds": 0 }),
            json!([
                // Would fail on the second attempt if the first one's file were still there.
                { "name": "Copy", "type_key": "file.copy", "configuration": { "source_path": source.display().to_string(), "destination_path": "kept/", "overwrite": "fail" } },
                { "name": "Move", "type_key": "file.move", "configuration": { "source_path": "*.never", "destination_path": "x/" } },
            ]),
        )
        .await;
    let run = rig.run(job).await;
    assert_eq!(
        (run.state, run.attempt, run.error_code),
        (JobExecutionState::Failed, 1, Some(ErrorCode::NoFiles))
    );
    let states: Vec<_> =
        rig.steps(run.id).await.into_iter().map(|s| (s.step_order, s.retry_attempt, s.state)).collect();
    use StepExecutionState::{Completed, Failed};
    assert_eq!(states, [(0, 0, Completed), (0, 1, Completed), (1, 0, Failed), (1, 1, Failed)]);
}

/// A file that takes a while to copy and costs no disk.
fn slow_source(rig: &Rig) -> String {
    let path = rig.write("in/big.bin", b"");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(24 << 30).unwrap();
    path.display().to_string()
}

async fn slow_job(rig: &Rig) -> courier_domain::JobId {
    let steps = json!([{ "name": "Pack", "type_key": "file.zip", "timeout_seconds": 0, "configuration": {
        "source_paths": slow_source(rig), "output_path": rig.path("out/big.zip").display().to_string() } }]);
    rig.job(stop(), steps).await
}

/// The first progress report means that bytes are moving.
async fn until_moving(rig: &Rig) {
    rig.engine.progress().subscribe().recv().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_acts_within_a_second_and_leaves_nothing() {
    let rig = Rig::new().await;
    let running = rig.start().await;
    let job = slow_job(&rig).await;
    let mut reports = rig.engine.progress().subscribe();
    let id = rig.enqueue(job).await;
    reports.recv().await.unwrap();
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.request_cancel(id).await.unwrap();
    unit.commit().await.unwrap();
    let asked = std::time::Instant::now();
    let run = rig.until(id, |e| e.state.is_terminal()).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "it took {:?}", asked.elapsed());
    assert_eq!(run.state, JobExecutionState::Cancelled);
    assert_eq!(files_below(&rig.path("out")), [""; 0]);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_over_its_time_fails_and_leaves_nothing() {
    let rig = Rig::new().await;
    let steps = json!([{ "name": "Pack", "type_key": "file.zip", "timeout_seconds": 1, "configuration": {
        "source_paths": slow_source(&rig), "output_path": rig.path("out/big.zip").display().to_string() } }]);
    let job = rig.job(stop(), steps).await;
    let run = rig.run(job).await;
    assert_eq!((run.state, run.error_code), (JobExecutionState::Failed, Some(ErrorCode::Timeout)));
    assert_eq!(files_below(&rig.path("out")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_pauses_and_the_next_start_goes_on() {
    let rig = Rig::new().await;
    let first = rig.write("in/a.csv", b"one");
    let job = rig
        .job(
            stop(),
            json!([
                { "name": "Copy", "type_key": "file.copy", "configuration": { "source_path": first.display().to_string(), "destination_path": "kept/", "overwrite": "fail" } },
                { "name": "Pack", "type_key": "file.zip", "timeout_seconds": 0, "configuration": { "source_paths": slow_source(&rig), "output_path": "big.zip" } },
                { "name": "Deliver", "type_key": "file.move", "configuration": { "source_path": "{{ steps.copy.files }}", "destination_path": rig.path("done").display().to_string() + "/" } },
            ]),
        )
        .await;
    let running = rig.start().await;
    let mut reports = rig.engine.progress().subscribe();
    let id = rig.enqueue(job).await;
    while reports.recv().await.unwrap().step_order != 1 {}
    running.shutdown().await;
    let paused = rig.store.read().await.unwrap().execution(id).await.unwrap();
    assert_eq!(paused.state, JobExecutionState::Paused);

    // The slow file becomes a quick one, so that the second half is short.
    std::fs::write(rig.path("in/big.bin"), b"small").unwrap();
    let running = rig.start().await;
    let run = rig.until(id, |e| e.state.is_terminal()).await;
    running.shutdown().await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    let copies = rig.steps(id).await.into_iter().filter(|s| s.step_order == 0).count();
    assert_eq!(copies, 1, "what was completed is not done again");
    assert_eq!(files_below(&rig.path("done")), ["a.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_by_a_person_waits_for_a_person() {
    let rig = Rig::new().await;
    let running = rig.start().await;
    let job = slow_job(&rig).await;
    let mut reports = rig.engine.progress().subscribe();
    let id = rig.enqueue(job).await;
    reports.recv().await.unwrap();
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.request_pause(id).await.unwrap();
    unit.commit().await.unwrap();
    rig.until(id, |e| e.state == JobExecutionState::Paused).await;
    running.shutdown().await;
    let running = rig.start().await;
    running.shutdown().await;
    let still = rig.store.read().await.unwrap().execution(id).await.unwrap();
    assert_eq!(still.state, JobExecutionState::Paused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_sends_the_run_back_to_the_step_that_made_it() {
    let rig = Rig::new().await;
    let source = rig.write("in/a.csv", b"one");
    let job = rig
        .job(
            stop(),
            json!([
                { "name": "Copy", "type_key": "file.copy", "configuration": { "source_path": source.display().to_string(), "destination_path": rig.path("kept").display().to_string() + "/" } },
                { "name": "Wait", "type_key": "file.move", "configuration": { "source_path": rig.path("late/*.csv").display().to_string(), "destination_path": "x/" } },
                { "name": "Deliver", "type_key": "file.copy", "configuration": { "source_path": "{{ steps.copy.files }}", "destination_path": rig.path("done").display().to_string() + "/" } },
            ]),
        )
        .await;
    let failed = rig.run(job).await;
    assert_eq!(failed.error_code, Some(ErrorCode::NoFiles));
    std::fs::write(rig.path("kept/a.csv"), b"tampered").unwrap();
    rig.write("late/b.csv", b"two");

    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.resume(failed.id).await.unwrap();
    unit.commit().await.unwrap();
    let running = rig.start().await;
    let run = rig.until(failed.id, |e| e.state.is_terminal()).await;
    running.shutdown().await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    assert_eq!(std::fs::read(rig.path("done/a.csv")).unwrap(), b"one");
    assert!(rig.log(run.id).await.contains("going back to the step Copy"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_for_one_run_leaves_the_others_alone() {
    let rig = Rig::new().await;
    let source = rig.write("in/a.csv", b"one");
    let steps = json!([{ "name": "Copy", "type_key": "file.copy", "configuration": { "source_path": source.display().to_string(), "destination_path": rig.path("out").display().to_string() + "/" } }]);
    let job = rig.job(stop(), steps).await;
    let other = rig.enqueue(job).await;
    let mine = rig.enqueue(job).await;
    let running = rig.engine.start(Work::Only(mine)).await.unwrap();
    rig.until(mine, |e| e.state == JobExecutionState::Completed).await;
    running.shutdown().await;
    let other = rig.store.read().await.unwrap().execution(other).await.unwrap();
    assert_eq!(other.state, JobExecutionState::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_worker_leaves_no_effect() {
    let rig = Rig::new().await;
    let running = rig.start().await;
    let job = slow_job(&rig).await;
    let id = rig.enqueue(job).await;
    until_moving(&rig).await;
    // Somebody else rescues the run while this worker is in the middle of it.
    let held = rig.store.read().await.unwrap().execution(id).await.unwrap();
    let mut unit = rig.store.begin("system").await.unwrap();
    unit.expire_leases(held.claimed_by.unwrap()).await.unwrap();
    unit.rescue().await.unwrap();
    unit.request_cancel(id).await.unwrap();
    unit.commit().await.unwrap();
    running.shutdown().await;
    let after = rig.store.read().await.unwrap().execution(id).await.unwrap();
    assert_eq!(after.state, JobExecutionState::Cancelled, "the stale worker wrote nothing");
    assert_eq!(files_below(&rig.path("out")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_comes_back_to_its_node_is_worked_on_once() {
    let rig = Rig::new().await;
    let running = rig.start().await;
    let job = slow_job(&rig).await;
    let id = rig.enqueue(job).await;
    until_moving(&rig).await;
    let held = rig.store.read().await.unwrap().execution(id).await.unwrap();
    let mut unit = rig.store.begin("system").await.unwrap();
    unit.expire_leases(held.claimed_by.unwrap()).await.unwrap();
    unit.rescue().await.unwrap();
    unit.commit().await.unwrap();
    rig.until(id, |e| e.state == JobExecutionState::Running && e.epoch > held.epoch).await;
    // The first one has noticed and is gone; the second is heard of what people want.
    let first = format!("big.zip.courier-{id}-{}.part", held.epoch);
    while files_below(&rig.path("out")).contains(&first) {
        rig.beat().await;
    }
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.request_cancel(id).await.unwrap();
    unit.commit().await.unwrap();
    let over = tokio::time::timeout(Duration::from_secs(8), rig.until(id, |e| e.state.is_terminal())).await;
    assert_eq!(over.unwrap().state, JobExecutionState::Cancelled);
    running.shutdown().await;
    assert_eq!(files_below(&rig.path("out")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_of_another_store_have_kept_is_left_alone() {
    let rig = Rig::new().await;
    let note =
        json!([{ "name": "Note", "type_key": "context.set", "configuration": { "values": { "a": "1" } } }]);
    let ours = rig.run(rig.job(stop(), note).await).await;
    let folder = |id| courier_engine::workspace_of(rig.home.path(), id);
    let theirs = courier_domain::JobExecutionId(rig.store.ids().new_id());
    for id in [ours.id, theirs] {
        std::fs::create_dir_all(folder(id)).unwrap();
        std::fs::write(folder(id).join("order.csv"), "the only copy").unwrap();
    }
    let running = rig.start().await;
    while folder(ours.id).exists() {
        rig.beat().await;
    }
    running.shutdown().await;
    assert_eq!(std::fs::read(folder(theirs).join("order.csv")).unwrap(), b"the only copy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_given_up_for_good_starts_what_waits_for_its_failure() {
    let rig = Rig::new().await;
    let nothing =
        json!([{ "name": "Note", "type_key": "context.set", "configuration": { "values": { "a": "1" } } }]);
    let (upstream, downstream) = (slow_job(&rig).await, rig.job(stop(), nothing).await);
    let id = rig.enqueue(upstream).await;
    let dead = NodeId(rig.store.ids().new_id());
    let request = ClaimRequest { node_id: dead, node_name: "dead".into(), slots: 1, only: None };
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.set_setting(setting::RESCUE_LIMIT, "1").await.unwrap();
    let edge = JobDependency {
        id: JobDependencyId(rig.store.ids().new_id()),
        upstream_job_id: upstream,
        downstream_job_id: downstream,
        run_on_failure: true,
        trigger_downstream: true,
        created_at: unit.now(),
        updated_at: unit.now(),
    };
    unit.insert_dependency(&edge).await.unwrap();
    for round in 1..=2 {
        assert_eq!(unit.claim(&request).await.unwrap().len(), 1);
        unit.expire_leases(dead).await.unwrap();
        if round == 1 {
            unit.rescue().await.unwrap();
        }
    }
    unit.commit().await.unwrap();
    let running = rig.start().await;
    let failed = rig.until(id, |e| e.state.is_terminal()).await;
    assert_eq!(failed.error_code, Some(ErrorCode::RescueLimit));
    let started = rig.store.read().await.unwrap().recent_executions(1).await.unwrap();
    let started = started.iter().find(|run| run.job_id == downstream).unwrap();
    assert_eq!(rig.until(started.id, |e| e.state.is_terminal()).await.state, JobExecutionState::Completed);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_does_not_replace_what_an_earlier_step_made() {
    let rig = Rig::new().await;
    rig.write("in/a.csv", b"ours");
    rig.write("evil/a.csv", b"theirs");
    let job = rig
        .job(
            stop(),
            json!([
                { "name": "Pack", "type_key": "file.zip", "configuration": { "source_paths": rig.path("evil/a.csv").display().to_string(), "output_path": rig.path("evil.zip").display().to_string() } },
                { "name": "Copy", "type_key": "file.copy", "configuration": { "source_path": rig.path("in/a.csv").display().to_string(), "destination_path": "./" } },
                { "name": "Unpack", "type_key": "file.unzip", "configuration": { "archive_path": rig.path("evil.zip").display().to_string() } },
            ]),
        )
        .await;
    let run = rig.run(job).await;
    assert_eq!((run.state, run.error_code), (JobExecutionState::Failed, Some(ErrorCode::ArchiveUnsafe)));
    let kept = courier_engine::workspace_of(rig.home.path(), run.id).join("a.csv");
    assert_eq!(std::fs::read(kept).unwrap(), b"ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_go_when_they_are_older_than_the_setting_says() {
    let rig = Rig::new().await;
    rig.write("in/a.csv", b"one");
    let copy = json!([{ "name": "Copy", "type_key": "file.copy", "configuration":
        { "source_path": rig.path("in/a.csv").display().to_string(), "destination_path": "copies/" } }]);
    let job = rig.job(stop(), copy).await;
    let run = rig.run(job).await;
    rig.engine.prune_history().await.unwrap();
    assert!(rig.store.read().await.unwrap().execution(run.id).await.is_ok(), "this month's runs stay");
    let later = rig.two_years_later();
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.set_setting("execution.retention_months", "36").await.unwrap();
    unit.commit().await.unwrap();
    later.prune_history().await.unwrap();
    assert!(rig.store.read().await.unwrap().execution(run.id).await.is_ok(), "as long as the setting says");
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.set_setting("execution.retention_months", "12").await.unwrap();
    unit.commit().await.unwrap();
    later.prune_history().await.unwrap();
    let gone = rig.store.read().await.unwrap().execution(run.id).await.unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound);
    assert!(rig.steps(run.id).await.is_empty());
}
