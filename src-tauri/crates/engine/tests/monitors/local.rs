//! Local folders.

use super::watched::{Watched, names};
use crate::rig::{Ids, Now, Rig};
use courier_domain::chain::{ChainDraft, JobChain};
use courier_domain::event::EventType;
use courier_domain::execution::JobExecutionState;
use courier_domain::monitor::{MonitorEvent, MonitorState, TriggerEvent};
use courier_domain::{Clock, IdSource, JobChainId, JobChainMemberId, JobId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

/// A job that does nothing to the files.
async fn idle_job(rig: &Rig) -> JobId {
    rig.job(
        json!({ "type": "stop" }),
        json!([{ "name": "L", "type_key": "file.list",
        "configuration": { "path": rig.path("in") } }]),
    )
    .await
}

async fn rig_with(more: Value) -> (Rig, JobId, Value) {
    let rig = Rig::new().await;
    let job = idle_job(&rig).await;
    (rig, job, more)
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_files_start_something_once_each() {
    const FILES: usize = 3_000;
    for (batch, limit) in [(true, Some(400)), (false, None)] {
        let (rig, job, more) = rig_with(json!({ "batch_mode": batch, "max_files_per_run": limit })).await;
        let inbox = Watched::new(&rig, job, more).await;
        let node = rig.start().await;
        for n in 0..FILES {
            inbox.put(&format!("{n}.csv"), format!("content {n}").as_bytes());
        }
        inbox.until_logged(FILES).await;
        // Whatever came twice would come before this one.
        inbox.put("last.csv", b"last");
        let logs = inbox.until_logged(FILES + 1).await;
        assert_eq!(logs.len(), FILES + 1);
        let paths: BTreeSet<&str> = logs.iter().map(|log| log.file_path.as_str()).collect();
        assert_eq!(paths.len(), FILES + 1);
        let told = inbox.told().await;
        let most = if batch { 400 } else { 1 };
        assert!(told.iter().all(|run| (1..=most).contains(&run.files.len())));
        assert_eq!(told.iter().map(|run| run.files.len()).sum::<usize>(), FILES + 1);
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_before_the_monitor_starts_nothing_and_files_are_told_to_the_job() {
    let rig = Rig::new().await;
    let copy = json!([{ "name": "Copy", "type_key": "file.copy", "configuration": {
        "source_path": "{{ monitor.files | map(attribute='path') | list }}",
        "destination_path": format!("{}/{{{{ monitor.name }}}}-{{{{ monitor.event }}}}/", rig.path("out").display()),
    } }]);
    let job = rig.job(json!({ "type": "stop" }), copy).await;
    rig.write("in/old.csv", b"old");
    let inbox = Watched::new(&rig, job, json!({ "file_patterns": ["*.csv"] })).await;
    let node = rig.start().await;
    inbox.put("a.csv", b"one");
    inbox.put("b.csv", b"two");
    inbox.put("note.txt", b"not this");
    let logs = inbox.until_logged(2).await;
    assert_eq!(names(&logs), ["a.csv", "b.csv"]);
    assert_eq!(logs[0].executions, logs[1].executions, "one run for both");
    let run = rig.until(logs[0].executions[0].job_execution_id.unwrap(), |e| e.state.is_terminal()).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    assert_eq!(run.triggered_by, format!("monitor:{}", inbox.id));
    let out = rig.path("out/Inbox-file_created");
    assert_eq!(std::fs::read(out.join("a.csv")).unwrap(), b"one");
    assert_eq!(std::fs::read(out.join("b.csv")).unwrap(), b"two");
    assert_eq!(std::fs::read_dir(out).unwrap().count(), 2);
    let told = inbox.told().await;
    assert_eq!((told[0].files[0].name.as_str(), told[0].files[0].size), ("a.csv", 3));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_longer_than_the_window_is_left_alone_until_it_is_whole() {
    let (rig, job, more) = rig_with(json!({})).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    let mut file = std::fs::File::create(rig.path("in/slow.bin")).unwrap();
    let mut pace = tokio::time::interval(Duration::from_millis(400));
    for _ in 0..10 {
        pace.tick().await;
        file.write_all(&[7; 1_000]).unwrap();
        assert!(inbox.logged().await.is_empty());
    }
    // Another one is opened anew for each part.
    for _ in 0..10 {
        pace.tick().await;
        let mut again = std::fs::OpenOptions::new().create(true).append(true).open(rig.path("in/again.bin"));
        again.as_mut().unwrap().write_all(&[7; 1_000]).unwrap();
    }
    drop(file);
    let logs = inbox.until_logged(2).await;
    assert!(logs.iter().all(|log| log.file_size == 10_000), "{logs:?}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_renamed_into_place_and_unfinished_names() {
    let (rig, job, more) = rig_with(json!({})).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    for unfinished in ["a.csv.part", "b.csv.filepart", "c.tmp", "d.csv.courier-1-1.part"] {
        inbox.put(unfinished, b"half");
    }
    inbox.put("first.csv", b"1");
    inbox.until_logged(1).await;
    std::fs::rename(rig.path("in/a.csv.part"), rig.path("in/a.csv")).unwrap();
    let logs = inbox.until_logged(2).await;
    assert_eq!(names(&logs), ["a.csv", "first.csv"]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_content_is_a_modification_and_what_was_gone_is_new() {
    let events = json!({ "trigger_events": ["file_created", "file_modified"] });
    let (rig, job, more) = rig_with(events).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    let path = inbox.put("a.csv", b"one");
    inbox.until_logged(1).await;
    inbox.put("a.csv", b"other");
    inbox.until_logged(2).await;
    std::fs::remove_file(&path).unwrap();
    // Who looked at this one has seen that the other is gone.
    inbox.put("marker.csv", b"1");
    inbox.until_logged(3).await;
    inbox.put("a.csv", b"other");
    let logs = inbox.until_logged(4).await;
    let of_it = logs.iter().filter(|log| log.file_path.ends_with("a.csv"));
    let seen: Vec<_> = of_it.map(|log| (log.trigger_event, log.generation)).collect();
    let wanted =
        [(TriggerEvent::FileCreated, 0), (TriggerEvent::FileModified, 0), (TriggerEvent::FileCreated, 1)];
    assert_eq!(seen, wanted);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_finds_what_came_meanwhile_and_nothing_twice() {
    let (rig, job, more) = rig_with(json!({})).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    inbox.put("before.csv", b"1");
    let gone = inbox.put("gone.csv", b"1");
    inbox.until_logged(2).await;
    std::fs::remove_file(&gone).unwrap();
    // Seen to be gone before the node ends.
    inbox.put("marker.csv", b"1");
    inbox.until_logged(3).await;
    node.shutdown().await;
    inbox.put("meanwhile.csv", b"2");
    inbox.put("gone.csv", b"1");
    let node = rig.start().await;
    let logs = inbox.until_logged(5).await;
    inbox.put("after.csv", b"3");
    assert_eq!(inbox.until_logged(6).await.len(), 6);
    assert_eq!(
        names(&logs),
        ["before.csv", "gone.csv", "gone.csv", "marker.csv", "meanwhile.csv"],
        "nothing twice but what was gone"
    );
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_vanishes_is_counted_and_comes_back_by_itself() {
    let (rig, job, more) = rig_with(json!({})).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    inbox.put("a.csv", b"1");
    inbox.until_logged(1).await;
    std::fs::rename(rig.path("in"), rig.path("away")).unwrap();
    let failing = inbox.until(|m| m.consecutive_failure_count >= 2).await;
    assert_eq!(failing.state, MonitorState::Active);
    std::fs::rename(rig.path("away"), rig.path("in")).unwrap();
    inbox.until(|m| m.consecutive_failure_count == 0).await;
    assert_eq!(inbox.events(EventType::MonitorRecovered).await, 1);
    // A folder of the same name that is another one.
    std::fs::remove_dir_all(rig.path("in")).unwrap();
    inbox.until(|m| m.consecutive_failure_count >= 1).await;
    inbox.put("b.csv", b"2");
    let logs = inbox.until_logged(2).await;
    assert_eq!(names(&logs), ["a.csv", "b.csv"]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_failures_are_an_error_that_is_told_once_and_acknowledged() {
    let (rig, job, more) = rig_with(json!({ "max_consecutive_failures": 2 })).await;
    let inbox = Watched::new(&rig, job, more).await;
    std::fs::remove_dir(rig.path("in")).unwrap();
    let node = rig.start().await;
    let failed = inbox.until(|m| m.state == MonitorState::Error).await;
    assert!(failed.last_error.unwrap().contains("There is no"));
    std::fs::create_dir(rig.path("in")).unwrap();
    inbox.put("a.csv", b"1");
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.move_monitor(inbox.id, MonitorEvent::Acknowledge, None).await.unwrap();
    unit.commit().await.unwrap();
    inbox.until_logged(1).await;
    assert_eq!(inbox.events(EventType::MonitorFailed).await, 1);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_folder_is_only_scanned_and_that_is_told_once() {
    let (rig, job, more) = rig_with(json!({})).await;
    std::fs::create_dir_all(rig.path("in")).unwrap();
    for n in 0..10_001 {
        std::fs::File::create(rig.path("in").join(format!("{n}.old"))).unwrap();
    }
    let inbox = Watched::new(&rig, job, more).await;
    for round in 1..=2 {
        let node = rig.start().await;
        let degraded = inbox.until(|m| m.degraded.is_some()).await;
        assert!(degraded.degraded.unwrap().contains("10001 files"));
        inbox.put(&format!("{round}.csv"), b"1");
        assert_eq!(inbox.until_logged(round).await.len(), round);
        node.shutdown().await;
    }
    assert_eq!(inbox.events(EventType::WatcherAutoDisabled).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_finds_files_long_before_the_interval() {
    let slow = json!({ "polling_interval_sec": 86_400, "recursive": true, "file_patterns": ["*.csv", "deep/**/*.txt"] });
    let (rig, job, more) = rig_with(slow).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    inbox.until(|_| true).await;
    inbox.put("a.csv", b"1");
    inbox.put("new/deeper/b.csv", b"1");
    inbox.put("deep/er/c.txt", b"1");
    inbox.put("c.txt", b"1");
    let logs = inbox.until_logged(3).await;
    assert_eq!(names(&logs), ["a.csv", "b.csv", "c.txt"]);
    // A folder that comes as a whole.
    rig.write("made/deep/d.csv", b"1");
    std::fs::rename(rig.path("made"), rig.path("in/made")).unwrap();
    assert_eq!(names(&inbox.until_logged(4).await), ["a.csv", "b.csv", "c.txt", "d.csv"]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_exist_start_something_at_every_look() {
    let (rig, job, more) = rig_with(json!({ "trigger_events": ["file_exists"] })).await;
    rig.write("in/a.csv", b"1");
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    let logs = inbox.until_logged(3).await;
    assert!(logs.iter().all(|log| log.trigger_event == TriggerEvent::FileExists));
    let runs: BTreeSet<_> = logs.iter().map(|log| log.execution_id).collect();
    assert_eq!(runs.len(), logs.len(), "a run for each look");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_is_no_change_where_contents_are_compared() {
    let more = json!({ "trigger_events": ["file_created", "file_modified"], "compare_content": true });
    let (rig, job, more) = rig_with(more).await;
    rig.write("in/old.csv", b"old");
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    inbox.put("a.csv", b"same");
    let first = inbox.until_logged(1).await;
    assert!(first[0].file_hash.is_some());
    inbox.put("a.csv", b"same");
    inbox.put("old.csv", b"old");
    inbox.put("marker.csv", b"1");
    inbox.until_logged(2).await;
    inbox.put("a.csv", b"diff");
    let logs = inbox.until_logged(3).await;
    let seen: Vec<_> = logs.iter().map(|log| log.file_path.rsplit('/').next().unwrap()).collect();
    assert_eq!(seen, ["a.csv", "marker.csv", "a.csv"]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_forgotten_marked_and_run_again() {
    let (rig, job, more) = rig_with(json!({})).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    let a = inbox.put("a.csv", b"1").display().to_string();
    inbox.put("b.csv", b"1");
    inbox.until_logged(2).await;
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    assert_eq!(unit.forget_monitor_files(inbox.id, std::slice::from_ref(&a)).await.unwrap(), 1);
    unit.commit().await.unwrap();
    let logs = inbox.until_logged(2).await;
    assert_eq!(names(&logs), ["a.csv", "b.csv"], "it has triggered again");

    // Marked while it is still waited for.
    let c = inbox.put("c.csv", b"1").display().to_string();
    let marked = courier_engine::monitors::listed_file(&c).unwrap().unwrap();
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.mark_monitor_files(inbox.id, &[marked]).await.unwrap();
    unit.commit().await.unwrap();
    inbox.put("d.csv", b"1");
    assert_eq!(names(&inbox.until_logged(3).await), ["a.csv", "b.csv", "d.csv"]);

    let mut unit = rig.store.begin("tester@here").await.unwrap();
    let monitor = unit.monitor(inbox.id).await.unwrap();
    let again = inbox.logged().await;
    let again = again.into_iter().filter(|log| log.file_path == a).collect::<Vec<_>>();
    courier_engine::monitors::fire_again(&mut unit, &**rig.store.ids(), &monitor, &again).await.unwrap();
    unit.commit().await.unwrap();
    let logs = inbox.until_logged(4).await;
    assert_eq!((logs[3].file_path.as_str(), logs[3].generation), (a.as_str(), 1));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_monitor_starts_nothing_until_it_goes_on() {
    let (rig, job, more) = rig_with(json!({})).await;
    let inbox = Watched::new(&rig, job, more).await;
    let node = rig.start().await;
    inbox.put("a.csv", b"1");
    inbox.until_logged(1).await;
    let go = async |event| {
        let mut unit = rig.store.begin("tester@here").await.unwrap();
        unit.move_monitor(inbox.id, event, None).await.unwrap();
        unit.commit().await.unwrap();
    };
    go(MonitorEvent::Pause).await;
    inbox.put("b.csv", b"1");
    assert_eq!(inbox.logged().await.len(), 1);
    go(MonitorEvent::Resume).await;
    assert_eq!(names(&inbox.until_logged(2).await), ["a.csv", "b.csv"]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_wait_for_a_job_that_is_disabled() {
    let (rig, job, more) = rig_with(json!({})).await;
    let inbox = Watched::new(&rig, job, more).await;
    let enable = async |enabled| {
        let mut unit = rig.store.begin("tester@here").await.unwrap();
        unit.set_job_enabled(job, enabled).await.unwrap();
        unit.commit().await.unwrap();
    };
    enable(false).await;
    let node = rig.start().await;
    inbox.put("a.csv", b"1");
    let failing = inbox.until(|m| m.last_error.is_some()).await;
    assert!(failing.last_error.unwrap().contains("is disabled"));
    enable(true).await;
    inbox.until_logged(1).await;
    inbox.until(|m| m.last_error.is_none()).await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_begun_with_what_the_monitor_tells() {
    let (rig, job, more) = rig_with(json!({})).await;
    let draft: ChainDraft = serde_json::from_value(json!({
        "name": "Nightly", "members": [{ "name": "one", "job_id": job }],
    }))
    .unwrap();
    let chain = JobChain::new(JobChainId(Ids.new_id()), draft, Now.now(), || JobChainMemberId(Ids.new_id()));
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.insert_chain(&chain).await.unwrap();
    unit.commit().await.unwrap();
    std::fs::create_dir_all(rig.path("in")).unwrap();
    let bindings = json!([
        { "job_id": job },
        { "chain_id": chain.id, "parameters": { "first": "{{ monitor.files[0].name }}" } },
    ]);
    let inbox = Watched::bound(&rig, bindings, more).await;
    let node = rig.start().await;
    inbox.put("a.csv", b"1");
    let logs = inbox.until_logged(1).await;
    let begun = logs[0].executions.iter().find_map(|run| run.chain_execution_id).unwrap();
    let begun = rig.store.read().await.unwrap().chain_execution(begun).await.unwrap();
    assert_eq!(begun.triggered_by, format!("monitor:{}", inbox.id));
    assert_eq!(begun.parameters["first"], "a.csv");
    assert_eq!(begun.members.len(), 1);
    node.shutdown().await;
}
