//! File monitors, what they know of their folders, and the log of the files they started something for.

use crate::fixture::{Fixture, ME};
use crate::keys::connection;
use chrono::{TimeDelta, Timelike};
use courier_domain::event::EventType;
use courier_domain::job::Job;
use courier_domain::monitor::{
    FileMonitor, ListedFile, MonitorDraft, MonitorEvent, MonitorState, TriggerEvent, TriggeredExecution,
};
use courier_domain::{ErrorCode, FileMonitorId, IdSource, JobExecutionId, MonitorJobBindingId, Timestamp};
use courier_store::{AuditFilter, EventFilter, FileLogFilter, NewFileLog, Store, StoreError, StoreUrl};
use serde_json::{Value, json};
use uuid::Uuid;

/// A UUID as a literal of the fixture's dialect.
pub(crate) fn literal(f: &Fixture, id: Uuid) -> String {
    match f.url {
        StoreUrl::Sqlite(_) => format!("x'{}'", id.simple()),
        StoreUrl::Postgres(_) => format!("'{id}'"),
    }
}

/// A chain without members.
pub(crate) async fn insert_chain(f: &Fixture, name: &str) -> Uuid {
    let id = f.ids.new_id();
    let at = f.now().to_rfc3339();
    f.raw(&format!(
        "INSERT INTO job_chains (id, name, name_key, is_enabled, created_at, updated_at, is_deleted) \
         VALUES ({}, '{name}', '{name}', TRUE, '{at}', '{at}', FALSE)",
        literal(f, id)
    ))
    .await
    .unwrap();
    id
}

pub(crate) fn new_monitor(f: &Fixture, name: &str, bindings: Value) -> FileMonitor {
    let draft: MonitorDraft = serde_json::from_value(json!({
        "name": name,
        "watch_target": { "type": "local", "path": "/in" },
        "bindings": bindings,
    }))
    .unwrap();
    FileMonitor::new(FileMonitorId(f.ids.new_id()), draft, "desk", f.now(), || {
        MonitorJobBindingId(f.ids.new_id())
    })
}

/// A monitor that starts the job.
pub(crate) async fn insert_monitor(f: &Fixture, name: &str, job: &Job) -> FileMonitor {
    let monitor = new_monitor(f, name, json!([{ "job_id": job.id }]));
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_monitor(&monitor).await.unwrap();
    work.commit().await.unwrap();
    monitor
}

async fn edited(
    f: &Fixture,
    monitor: &FileMonitor,
    seen: Timestamp,
    change: impl FnOnce(&mut MonitorDraft),
) -> Result<FileMonitor, StoreError> {
    let (mut monitor, mut draft) = (monitor.clone(), monitor.to_draft());
    change(&mut draft);
    monitor.edit(draft, "desk", f.now(), || MonitorJobBindingId(f.ids.new_id()));
    let mut work = f.store.begin(ME).await?;
    let stored = work.update_monitor(&monitor, seen).await?;
    work.commit().await?;
    Ok(stored)
}

async fn moved(f: &Fixture, id: FileMonitorId, event: MonitorEvent) -> Result<FileMonitor, StoreError> {
    let mut work = f.store.begin(ME).await?;
    let monitor = work.move_monitor(id, event, Some("the folder is gone")).await?;
    work.commit().await?;
    Ok(monitor)
}

async fn events(f: &Fixture, id: FileMonitorId) -> Vec<(EventType, Value)> {
    let filter = EventFilter { entity_id: Some(id.0), after: None, limit: 100 };
    let events = f.store.read().await.unwrap().domain_events(&filter).await.unwrap();
    events.into_iter().map(|e| (e.event_type, e.payload)).collect()
}

async fn operations(f: &Fixture, id: FileMonitorId) -> Vec<String> {
    let filter = AuditFilter { entity_ids: vec![id.0], limit: 100, ..Default::default() };
    let entries = f.store.read().await.unwrap().audit_entries(&filter).await.unwrap();
    entries.into_iter().rev().map(|e| e.operation).collect()
}

pub(crate) async fn a_monitor_comes_back_as_it_was_saved(f: &Fixture) {
    let partner = connection(f, "Partner");
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&partner).await.unwrap();
    work.commit().await.unwrap();
    let (job, other) = (f.insert_job("Invoices").await, f.insert_job("Other").await);
    let chain = insert_chain(f, "nightly").await;
    let draft = serde_json::from_value(json!({
        "name": "Eingang Größe", "description": "from the partner",
        "watch_target": { "type": "remote", "path": "/out", "connection_id": partner.id },
        "trigger_events": ["file_created", "file_exists"],
        "file_patterns": ["*.csv", "*.xml"], "exclude_patterns": ["*.part"], "recursive": true,
        "polling_interval_sec": 4_000_000_000u32, "stability_window_sec": 0, "batch_mode": false,
        "max_files_per_run": 7, "compare_content": true, "max_consecutive_failures": 3, "run_on": "any",
        "bindings": [
            { "chain_id": chain },
            { "job_id": job.id, "parameters": { "day": "{{ now }}", "n": 1.5, "list": ["ä"] } },
        ],
    }))
    .unwrap();
    let saved = FileMonitor::new(FileMonitorId(f.ids.new_id()), draft, "desk", f.now(), || {
        MonitorJobBindingId(f.ids.new_id())
    });
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_monitor(&saved).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.monitor(saved.id).await.unwrap(), saved);
    assert_eq!(session.find_monitor("EINGANG GRÖSSE").await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(session.find_monitor("eingang grÖße").await.unwrap(), saved);
    assert_eq!(session.find_monitor(&saved.id.to_string()).await.unwrap(), saved);
    assert_eq!(session.monitors().await.unwrap(), vec![saved.clone()]);
    assert!(session.deleted_monitors().await.unwrap().is_empty());
    drop(session);

    // One binding leaves, one stays with its id, one comes.
    let stored = edited(f, &saved, saved.updated_at, |draft| {
        draft.bindings.remove(0);
        draft.bindings.push(serde_json::from_value(json!({ "job_id": other.id })).unwrap());
        draft.max_files_per_run = None;
        draft.watch_target = serde_json::from_value(json!({ "type": "local", "path": "/in" })).unwrap();
    })
    .await
    .unwrap();
    assert!(stored.updated_at > saved.updated_at, "also when the clock stands still");
    assert_eq!(stored.bindings[0], saved.bindings[1]);
    assert_eq!(f.store.read().await.unwrap().monitor(saved.id).await.unwrap(), stored);
    let kept = f.raw("UPDATE monitor_job_bindings SET position = 9 WHERE is_deleted").await.unwrap();
    assert_eq!(kept, 1, "a binding that left is kept, because the file log refers to it");
    assert_eq!(operations(f, saved.id).await, ["Created", "Updated"]);
}

pub(crate) async fn a_deleted_monitor_frees_its_name_and_can_come_back(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let first = insert_monitor(f, "Überwachung", &job).await;
    let mut work = f.store.begin(ME).await.unwrap();
    let taken = work.insert_monitor(&new_monitor(f, "üBERWACHUNG", json!([]))).await.unwrap_err();
    assert!(matches!(&taken, StoreError::NameTaken { kind: "monitor", .. }), "{taken}");
    work.rollback().await;

    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_monitor(first.id).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert!(session.monitors().await.unwrap().is_empty());
    assert_eq!(session.deleted_monitors().await.unwrap()[0].bindings, first.bindings);
    drop(session);
    assert_eq!(moved(f, first.id, MonitorEvent::Pause).await.unwrap_err().code(), ErrorCode::NotFound);
    let second = insert_monitor(f, "ÜBERWACHUNG", &job).await;

    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.restore_monitor(first.id).await.unwrap_err().code(), ErrorCode::Conflict);
    work.rollback().await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_monitor(second.id).await.unwrap();
    let restored = work.restore_monitor(first.id).await.unwrap();
    assert_eq!(work.restore_monitor(first.id).await.unwrap(), restored, "twice is once");
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().find_monitor("überwachung").await.unwrap(), restored);
    assert_eq!(operations(f, first.id).await, ["Created", "Deleted", "Restored"]);
}

pub(crate) async fn a_lost_update_of_a_monitor_is_refused(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let loaded = insert_monitor(f, "Inbox", &job).await;
    let theirs = edited(f, &loaded, loaded.updated_at, |d| d.recursive = true).await.unwrap();
    let refused = edited(f, &loaded, loaded.updated_at, |d| d.polling_interval_sec = 7).await.unwrap_err();
    let StoreError::OutOfDate { kind: "monitor", sides, .. } = &refused else { panic!("{refused}") };
    assert_eq!(
        (&sides.yours["polling_interval_sec"], &sides.current["recursive"]),
        (&json!(7), &json!(true))
    );
    assert_eq!(f.store.read().await.unwrap().monitor(loaded.id).await.unwrap(), theirs);
    // A look that fails is nobody's edit.
    let mut work = f.store.begin("system").await.unwrap();
    work.monitor_look_failed(loaded.id, "timeout").await.unwrap();
    work.commit().await.unwrap();
    let again = edited(f, &theirs, theirs.updated_at, |d| d.polling_interval_sec = 7).await.unwrap();
    assert_eq!((again.consecutive_failure_count, again.last_error.as_deref()), (1, Some("timeout")));
}

pub(crate) async fn a_monitor_moves_only_as_its_states_allow(f: &Fixture) {
    use MonitorEvent as E;
    use MonitorState as S;
    let monitor = insert_monitor(f, "Inbox", &f.insert_job("Invoices").await).await;
    for (event, state) in [
        (E::Pause, S::Paused),
        (E::Resume, S::Active),
        (E::Fail, S::Error),
        (E::Acknowledge, S::Active),
        (E::Disable, S::Disabled),
        (E::Activate, S::Active),
    ] {
        let moved = moved(f, monitor.id, event).await.unwrap();
        assert_eq!(moved.state, state);
        assert_eq!(f.store.read().await.unwrap().monitor(monitor.id).await.unwrap(), moved);
    }
    let refused = moved(f, monitor.id, E::Acknowledge).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidTransition, "{refused}");
    let told = events(f, monitor.id).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, &told[0].1["error"]), (EventType::MonitorFailed, &json!("the folder is gone")));
    let mut expected = vec!["Created".to_owned()];
    expected.extend(std::iter::repeat_n("StateChanged".to_owned(), 6));
    assert_eq!(operations(f, monitor.id).await, expected);
}

pub(crate) async fn the_last_failure_in_a_row_is_an_error_exactly_once(f: &Fixture) {
    let monitor = insert_monitor(f, "Inbox", &f.insert_job("Invoices").await).await;
    let other = f.another().await.unwrap();
    let looks = (0..8).map(|n| {
        let store = if n % 2 == 0 { &f.store } else { &other };
        async move {
            let mut work = store.begin("system").await.unwrap();
            let monitor = work.monitor_look_failed(monitor.id, &format!("look {n} failed")).await.unwrap();
            work.commit().await.unwrap();
            monitor
        }
    });
    let seen = futures::future::join_all(looks).await;
    let mut counts: Vec<u32> = seen.iter().map(|m| m.consecutive_failure_count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2, 3, 4, 5, 5, 5, 5], "none is lost, none counts after the fifth");
    other.close().await;
    let failed = f.store.read().await.unwrap().monitor(monitor.id).await.unwrap();
    assert_eq!((failed.state, failed.consecutive_failure_count), (MonitorState::Error, 5));
    let told = events(f, monitor.id).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, &told[0].1["failures"]), (EventType::MonitorFailed, &json!(5)));
    assert_eq!(told[0].1["error"], json!(failed.last_error));

    let mut work = f.store.begin("system").await.unwrap();
    assert_eq!(work.monitor_look_succeeded(monitor.id).await.unwrap().state, MonitorState::Error);
    work.commit().await.unwrap();
    assert_eq!(moved(f, monitor.id, MonitorEvent::Acknowledge).await.unwrap().consecutive_failure_count, 0);
    for _ in 0..2 {
        let mut work = f.store.begin("system").await.unwrap();
        assert_eq!(work.monitor_look_succeeded(monitor.id).await.unwrap().last_error, None);
        work.commit().await.unwrap();
    }
    let told: Vec<_> = events(f, monitor.id).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, [EventType::MonitorFailed, EventType::MonitorRecovered], "the recovery is told once");
}

pub(crate) async fn all_that_were_paused_at_once_go_on_together(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let (first, second) = (insert_monitor(f, "First", &job).await, insert_monitor(f, "Second", &job).await);
    let (alone, off) = (insert_monitor(f, "Alone", &job).await, insert_monitor(f, "Off", &job).await);
    let gone = insert_monitor(f, "Gone", &job).await;
    moved(f, alone.id, MonitorEvent::Pause).await.unwrap();
    moved(f, off.id, MonitorEvent::Disable).await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_monitor(gone.id).await.unwrap();
    let paused = work.pause_all_monitors().await.unwrap();
    work.commit().await.unwrap();
    let ids = |monitors: &[FileMonitor]| monitors.iter().map(|m| m.id).collect::<Vec<_>>();
    assert_eq!(ids(&paused), [first.id, second.id]);
    assert!(paused.iter().all(|m| m.state == MonitorState::Paused));
    let state = async |id| f.store.read().await.unwrap().monitor(id).await.unwrap().state;
    assert_eq!(state(off.id).await, MonitorState::Disabled);

    let mut work = f.store.begin(ME).await.unwrap();
    assert!(work.pause_all_monitors().await.unwrap().is_empty());
    work.commit().await.unwrap();
    // Who was moved meanwhile does not belong to them any more.
    moved(f, second.id, MonitorEvent::Resume).await.unwrap();
    moved(f, second.id, MonitorEvent::Pause).await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(ids(&work.resume_all_monitors().await.unwrap()), [first.id]);
    work.commit().await.unwrap();
    assert_eq!(state(first.id).await, MonitorState::Active);
    assert_eq!(state(second.id).await, MonitorState::Paused);
    assert_eq!(state(alone.id).await, MonitorState::Paused);
    let mut work = f.store.begin(ME).await.unwrap();
    assert!(work.resume_all_monitors().await.unwrap().is_empty());
    work.rollback().await;
    assert_eq!(operations(f, first.id).await, ["Created", "StateChanged", "StateChanged"]);
    let filter = AuditFilter { entity_ids: vec![first.id.0], limit: 1, ..Default::default() };
    let newest = f.store.read().await.unwrap().audit_entries(&filter).await.unwrap();
    assert_eq!(newest[0].details["with_all"], true);
    f.raw("UPDATE file_monitors SET paused_with_all = TRUE WHERE state = 'active'").await.unwrap_err();
}

fn file(f: &Fixture, path: &str, run: TriggeredExecution) -> NewFileLog {
    NewFileLog {
        file_path: path.into(),
        file_size: 1 << 40,
        file_hash: Some("a".repeat(64)),
        last_modified: f.now().with_nanosecond(123_456_789).unwrap(),
        trigger_event: TriggerEvent::FileCreated,
        generation: 0,
        executions: vec![run],
    }
}

/// A file for which the run of the monitor's first binding was started.
pub(crate) fn look_once(f: &Fixture, monitor: &FileMonitor, run: JobExecutionId, path: &str) -> NewFileLog {
    let binding_id = monitor.bindings[0].id;
    file(f, path, TriggeredExecution { binding_id, job_execution_id: Some(run), chain_execution_id: None })
}

/// One look as the engine does it: logs, starts a run if something is new, links; returns the new paths.
async fn look(
    f: &Fixture,
    store: &Store,
    monitor: &FileMonitor,
    job: &Job,
    event: TriggerEvent,
    paths: &[String],
) -> Vec<String> {
    let execution = f.new_execution(job);
    let run = TriggeredExecution {
        binding_id: monitor.bindings[0].id,
        job_execution_id: Some(execution.id),
        chain_execution_id: None,
    };
    let files: Vec<_> =
        paths.iter().map(|path| NewFileLog { trigger_event: event, ..file(f, path, run) }).collect();
    let mut work = store.begin("system").await.unwrap();
    let new = work.log_monitor_files(monitor.id, &files).await.unwrap();
    if !new.is_empty() {
        work.enqueue(&execution).await.unwrap();
        work.link_monitor_files(&new).await.unwrap();
    }
    work.commit().await.unwrap();
    new.into_iter().map(|log| log.file_path).collect()
}

pub(crate) async fn a_file_triggers_once_however_many_look(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let monitor = insert_monitor(f, "Inbox", &job).await;
    let other = f.another().await.unwrap();
    // More than one statement holds, and each looker has them in another order.
    let paths: Vec<String> = (0..2_500).map(|n| format!("/in/{n:05}.csv")).collect();
    let looks = (0..8).map(|n| {
        let store = if n % 2 == 0 { &f.store } else { &other };
        let mut paths = paths.clone();
        paths.rotate_left(n * 300);
        let (monitor, job) = (&monitor, &job);
        async move { look(f, store, monitor, job, TriggerEvent::FileCreated, &paths).await }
    });
    let mut new: Vec<String> = futures::future::join_all(looks).await.into_iter().flatten().collect();
    other.close().await;
    new.sort();
    assert_eq!(new, paths);
    let filter = FileLogFilter { monitor_id: monitor.id, path: None, before: None, limit: 9_999 };
    let mut session = f.store.read().await.unwrap();
    let logs = session.monitor_files(&filter).await.unwrap();
    assert_eq!(logs.len(), paths.len());
    for log in &logs {
        assert_eq!(log.executions.len(), 1);
        assert_eq!(log.executions[0].job_execution_id.map(|id| id.0), Some(log.execution_id));
        session.execution(log.execution_id.into()).await.unwrap();
    }
}

pub(crate) async fn the_file_log_is_listed_newest_first_and_forgets(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let monitor = insert_monitor(f, "Inbox", &job).await;
    let paths = |names: &[&str]| names.iter().map(|name| format!("/in/{name}")).collect::<Vec<_>>();
    let created = TriggerEvent::FileCreated;
    assert_eq!(look(f, &f.store, &monitor, &job, created, &paths(&["a", "b"])).await, paths(&["a", "b"]));
    f.clock.advance(TimeDelta::days(40));
    // The time that stands in the log is the file's, which has moved with the clock here.
    assert_eq!(look(f, &f.store, &monitor, &job, created, &paths(&["b", "c"])).await, paths(&["b", "c"]));
    assert!(look(f, &f.store, &monitor, &job, created, &paths(&["b", "c"])).await.is_empty());
    for _ in 0..2 {
        let each = look(f, &f.store, &monitor, &job, TriggerEvent::FileExists, &paths(&["c"])).await;
        assert_eq!(each.len(), 1, "every look is a trigger");
    }
    let filter = FileLogFilter { monitor_id: monitor.id, path: None, before: None, limit: 3 };
    let mut session = f.store.read().await.unwrap();
    let page = session.monitor_files(&filter).await.unwrap();
    let names: Vec<_> = page.iter().map(|log| (log.file_path.as_str(), log.trigger_event)).collect();
    let exists = TriggerEvent::FileExists;
    assert_eq!(names, [("/in/c", exists), ("/in/c", exists), ("/in/c", created)]);
    assert_eq!((page[0].file_size, page[0].last_modified.nanosecond()), (1 << 40, 123_456_000));
    assert_eq!(page[0].file_hash, Some("a".repeat(64)));
    let next = FileLogFilter { before: Some(page[2].id), ..filter.clone() };
    let names: Vec<_> =
        session.monitor_files(&next).await.unwrap().into_iter().map(|log| log.file_path).collect();
    assert_eq!(names, ["/in/b", "/in/b", "/in/a"]);
    let one = FileLogFilter { path: Some("/in/b".into()), ..filter.clone() };
    assert_eq!(session.monitor_files(&one).await.unwrap().len(), 2);
    drop(session);

    let listed = |path: &str| ListedFile { path: path.into(), size: 1, last_modified: f.now(), sha256: None };
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.directory_state(monitor.id).await.unwrap(), None);
    work.put_directory_state(monitor.id, &[listed("/in/old")]).await.unwrap();
    let state = work.put_directory_state(monitor.id, &[listed("/in/b"), listed("/in/c")]).await.unwrap();
    assert_eq!(work.directory_state(monitor.id).await.unwrap(), Some(state), "one row, replaced");
    work.commit().await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.forget_monitor_files(monitor.id, &paths(&["c", "never-seen"])).await.unwrap(), 3);
    let state = work.directory_state(monitor.id).await.unwrap().unwrap();
    let left: Vec<ListedFile> = serde_json::from_str(&state.directory_listing).unwrap();
    assert_eq!(left, [listed("/in/b")], "what the next look finds in the folder is new to it");
    work.commit().await.unwrap();
    assert_eq!(look(f, &f.store, &monitor, &job, created, &paths(&["b", "c"])).await, paths(&["c"]));
    assert_eq!(operations(f, monitor.id).await, ["Created", "FilesForgotten"]);

    assert_eq!(f.store.prune_monitor_files(f.now() - TimeDelta::days(30)).await.unwrap(), 2);
    let left =
        f.store.read().await.unwrap().monitor_files(&FileLogFilter { limit: 99, ..filter }).await.unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(f.store.prune_monitor_files(f.now() - TimeDelta::days(30)).await.unwrap(), 0);
}

pub(crate) async fn what_a_monitor_names_is_there_and_stays(f: &Fixture) {
    let partner = connection(f, "Partner");
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&partner).await.unwrap();
    work.commit().await.unwrap();
    let job = f.insert_job("Invoices").await;
    let mut monitor = new_monitor(f, "Inbox", json!([{ "job_id": job.id }]));
    monitor.watch_target =
        serde_json::from_value(json!({ "type": "remote", "path": "/", "connection_id": partner.id }))
            .unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_monitor(&monitor).await.unwrap();
    work.commit().await.unwrap();

    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.delete_connection(partner.id).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the connection `Partner` is still used by the monitor Inbox; change that first"
    );
    work.rollback().await;
    // A deleted monitor holds nothing, and does not come back without what it needs.
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_monitor(monitor.id).await.unwrap();
    work.delete_connection(partner.id).await.unwrap();
    work.commit().await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.restore_monitor(monitor.id).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Validation);
    assert!(refused.to_string().contains("the connection `Partner`, which is deleted"), "{refused}");
    work.rollback().await;
    for binding in [json!({ "job_id": f.ids.new_id() }), json!({ "chain_id": f.ids.new_id() })] {
        let mut work = f.store.begin(ME).await.unwrap();
        let lost = new_monitor(f, "Lost", json!([binding]));
        assert_eq!(work.insert_monitor(&lost).await.unwrap_err().code(), ErrorCode::NotFound);
        work.rollback().await;
    }
}

pub(crate) async fn bad_rows_of_monitors_are_refused_by_the_tables(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let monitor = insert_monitor(f, "Inbox", &job).await;
    look(f, &f.store, &monitor, &job, TriggerEvent::FileCreated, &["/in/a".to_owned()]).await;
    let nobody = literal(f, f.ids.new_id());
    for bad in [
        "UPDATE file_monitors SET trigger_events = 0".to_owned(),
        "UPDATE file_monitors SET trigger_events = 8".to_owned(),
        "UPDATE file_monitors SET state = 'asleep'".to_owned(),
        "UPDATE file_monitors SET watch_target = '{\"type\":\"lunar\",\"path\":\"/\"}'".to_owned(),
        "UPDATE file_monitors SET is_deleted = TRUE".to_owned(),
        "UPDATE file_monitors SET polling_interval_sec = 0".to_owned(),
        "UPDATE file_monitors SET consecutive_failure_count = -1".to_owned(),
        "UPDATE file_monitors SET name = ''".to_owned(),
        "UPDATE monitor_job_bindings SET job_id = NULL".to_owned(),
        format!("UPDATE monitor_job_bindings SET job_id = {nobody}"),
        format!("UPDATE monitor_job_bindings SET monitor_id = {nobody}"),
        "UPDATE monitor_file_logs SET trigger_event = 'file_vanished'".to_owned(),
        "UPDATE monitor_file_logs SET file_size = -1".to_owned(),
        "UPDATE monitor_file_logs SET file_hash = 'abc'".to_owned(),
        format!("UPDATE monitor_file_logs SET monitor_id = {nobody}"),
        "UPDATE monitor_file_log_executions SET job_execution_id = NULL".to_owned(),
        format!("UPDATE monitor_file_log_executions SET job_execution_id = {nobody}"),
        format!("UPDATE monitor_file_log_executions SET binding_id = {nobody}"),
        "DELETE FROM monitor_file_logs".to_owned(),
        "DELETE FROM file_monitors".to_owned(),
    ] {
        assert!(f.raw(&bad).await.is_err(), "{bad}");
    }
}
