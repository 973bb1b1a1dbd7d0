//! Expected-file clocks: each deadline is checked once, and what is missing is told, and that it came.

use crate::calendars::{insert_calendar, with_dates};
use crate::chains::refused_by_tables;
use crate::fixture::{Fixture, ME};
use crate::monitors::{insert_monitor, look_once};
use chrono::TimeDelta;
use courier_domain::event::EventType;
use courier_domain::expected::ExpectedFileCheck;
use courier_domain::job::Job;
use courier_domain::monitor::{FileMonitor, MonitorEvent};
use courier_domain::{FileMonitorId, Timestamp};
use courier_store::EventFilter;
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A monitor whose clock is like this; the fixture's clock begins on a Sunday, at 08:00 UTC.
async fn expecting(f: &Fixture, clock: Value) -> (FileMonitor, Job) {
    let job = f.insert_job("Invoices").await;
    let monitor = insert_monitor(f, "Inbox", &job).await;
    (set_clock(f, &monitor, clock).await, job)
}

async fn set_clock(f: &Fixture, monitor: &FileMonitor, clock: Value) -> FileMonitor {
    let mut changed = monitor.clone();
    changed.expected_files = serde_json::from_value(clock).unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    let saved = work.update_monitor(&changed, monitor.updated_at).await.unwrap();
    work.commit().await.unwrap();
    saved
}

async fn deadline(f: &Fixture) -> Option<Timestamp> {
    f.store.read().await.unwrap().next_deadline_at().await.unwrap()
}

/// Files that start a run, now.
async fn come(f: &Fixture, monitor: &FileMonitor, job: &Job, paths: &[&str]) {
    let execution = f.new_execution(job);
    let files: Vec<_> = paths.iter().map(|path| look_once(f, monitor, execution.id, path)).collect();
    let mut work = f.store.begin("system").await.unwrap();
    let new = work.log_monitor_files(monitor.id, &files).await.unwrap();
    work.enqueue(&execution).await.unwrap();
    work.link_monitor_files(&new).await.unwrap();
    work.expected_files_came(monitor).await.unwrap();
    work.commit().await.unwrap();
}

async fn check(f: &Fixture, id: FileMonitorId) -> Option<ExpectedFileCheck> {
    let due = f.store.read().await.unwrap().due_deadlines(f.now(), 9).await.unwrap();
    let (_, seen) = due.into_iter().find(|(monitor, _)| *monitor == id)?;
    let mut work = f.store.begin("system").await.unwrap();
    let checked = work.check_deadline(id, seen).await.unwrap();
    work.commit().await.unwrap();
    checked
}

async fn told(f: &Fixture, id: FileMonitorId) -> Vec<(EventType, Value)> {
    let filter = EventFilter { entity_id: Some(id.0), after: None, limit: 100 };
    let events = f.store.read().await.unwrap().domain_events(&filter).await.unwrap();
    events.into_iter().map(|e| (e.event_type, e.payload)).collect()
}

pub(crate) async fn files_that_are_missing_are_told_and_that_they_came(f: &Fixture) {
    let (monitor, job) = expecting(
        f,
        json!({ "file_pattern": "sales*.csv", "min_count": 2, "by": "09:00", "time_zone": "UTC" }),
    )
    .await;
    assert_eq!(f.store.read().await.unwrap().monitor(monitor.id).await.unwrap(), monitor);
    assert_eq!(deadline(f).await, Some(at("2026-03-01T09:00:00Z")));
    f.clock.advance(TimeDelta::minutes(30));
    // One of them twice, and one of another name.
    come(f, &monitor, &job, &["/in/sales-1.csv", "/in/stock.csv"]).await;
    come(f, &monitor, &job, &["/in/sales-1.csv"]).await;
    assert_eq!(check(f, monitor.id).await, None, "its time has not come");
    f.clock.advance(TimeDelta::minutes(30));
    let found = check(f, monitor.id).await.unwrap();
    assert_eq!((found.found_count, found.expected_count, found.is_open()), (1, 2, true));
    assert_eq!(found.deadline_at, at("2026-03-01T09:00:00Z"));
    assert_eq!(found.counted_from, at("2026-02-28T09:00:00Z"));
    assert_eq!(deadline(f).await, Some(at("2026-03-02T09:00:00Z")));
    let events = told(f, monitor.id).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].0, EventType::ExpectedFileMissing);
    assert_eq!((&events[0].1["found_count"], &events[0].1["expected_count"]), (&json!(1), &json!(2)));

    // They come late, and once more when nobody waits any more.
    f.clock.advance(TimeDelta::hours(1));
    come(f, &monitor, &job, &["/in/other.csv"]).await;
    assert_eq!(told(f, monitor.id).await.len(), 1);
    come(f, &monitor, &job, &["/in/sales-2.csv"]).await;
    f.clock.advance(TimeDelta::hours(1));
    come(f, &monitor, &job, &["/in/sales-3.csv", "/in/sales-4.csv"]).await;
    let kinds: Vec<_> = told(f, monitor.id).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [EventType::ExpectedFileMissing, EventType::ExpectedFileArrived]);
    let newest = f.store.read().await.unwrap().newest_checks().await.unwrap().remove(&monitor.id).unwrap();
    let arrived = f.now() - TimeDelta::hours(1);
    assert_eq!((newest.arrived_at, newest.is_open()), (Some(arrived), false));

    // What came after that counts for the next one, and what was late does not count twice.
    f.clock.advance(TimeDelta::days(1));
    let found = check(f, monitor.id).await.unwrap();
    assert_eq!((found.found_count, found.is_open(), found.counted_from), (2, false, arrived));
    assert_eq!(told(f, monitor.id).await.len(), 2, "nothing is missing");
    let checks = f.store.read().await.unwrap().expected_file_checks(monitor.id, 9).await.unwrap();
    assert_eq!((checks.len(), checks[0].id), (2, found.id));
}

pub(crate) async fn a_deadline_is_checked_once_however_many_look(f: &Fixture) {
    let (monitor, _) = expecting(f, json!({ "by": "09:00", "time_zone": "UTC" })).await;
    let other = f.another().await.unwrap();
    for day in 1..4 {
        f.clock.advance(if day == 1 { TimeDelta::hours(1) } else { TimeDelta::days(1) });
        let seen = deadline(f).await.unwrap();
        let looks = futures::future::join_all((0..8).map(|n| {
            let store = if n % 2 == 0 { f.store.clone() } else { other.clone() };
            let id = monitor.id;
            tokio::spawn(async move {
                let mut work = store.begin("system").await.unwrap();
                let checked = work.check_deadline(id, seen).await.unwrap();
                work.commit().await.unwrap();
                checked
            })
        }))
        .await;
        assert_eq!(looks.into_iter().filter_map(Result::unwrap).count(), 1);
        assert_eq!(told(f, monitor.id).await.len(), day);
    }
    other.close().await;
}

pub(crate) async fn of_deadlines_that_passed_unseen_the_newest_is_told(f: &Fixture) {
    let (monitor, job) = expecting(f, json!({ "by": "09:00", "time_zone": "UTC" })).await;
    // Off from Sunday to Wednesday; on Tuesday at ten a file was seen by somebody else.
    f.clock.advance(TimeDelta::hours(50));
    come(f, &monitor, &job, &["/in/a.csv"]).await;
    f.clock.advance(TimeDelta::hours(30));
    let found = check(f, monitor.id).await.unwrap();
    assert_eq!((found.deadline_at, found.found_count), (at("2026-03-04T09:00:00Z"), 1));
    assert_eq!(check(f, monitor.id).await, None);
    assert_eq!(deadline(f).await, Some(at("2026-03-05T09:00:00Z")));
    f.clock.advance(TimeDelta::days(4));
    let found = check(f, monitor.id).await.unwrap();
    assert_eq!((found.deadline_at, found.is_open()), (at("2026-03-08T09:00:00Z"), true));
    assert_eq!(told(f, monitor.id).await.len(), 1);
    // It comes in the end.
    come(f, &monitor, &job, &["/in/b.csv"]).await;
    let kinds: Vec<_> = told(f, monitor.id).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [EventType::ExpectedFileMissing, EventType::ExpectedFileArrived]);
}

pub(crate) async fn nobody_waits_for_files_of_a_monitor_that_rests(f: &Fixture) {
    let (monitor, _) = expecting(f, json!({ "by": "09:00", "time_zone": "UTC" })).await;
    let moved = async |event| {
        let mut work = f.store.begin(ME).await.unwrap();
        work.move_monitor(monitor.id, event, None).await.unwrap();
        work.commit().await.unwrap();
    };
    moved(MonitorEvent::Pause).await;
    f.clock.advance(TimeDelta::hours(2));
    assert_eq!(check(f, monitor.id).await, None);
    assert_eq!(deadline(f).await, Some(at("2026-03-02T09:00:00Z")), "it goes on");
    moved(MonitorEvent::Disable).await;
    f.clock.advance(TimeDelta::days(10));
    // Activated, it waits from now on.
    moved(MonitorEvent::Activate).await;
    assert_eq!(deadline(f).await, Some(at("2026-03-12T09:00:00Z")));
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_monitor(monitor.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(deadline(f).await, None);
    f.clock.advance(TimeDelta::days(10));
    let mut work = f.store.begin(ME).await.unwrap();
    let back = work.restore_monitor(monitor.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(deadline(f).await, Some(at("2026-03-22T09:00:00Z")));
    assert_eq!(told(f, monitor.id).await, []);
    set_clock(f, &back, Value::Null).await;
    assert_eq!(deadline(f).await, None);
}

pub(crate) async fn deadlines_rest_on_the_days_of_a_calendar(f: &Fixture) {
    let calendar = insert_calendar(f, json!({ "name": "Holidays", "weekdays": ["sunday"] })).await;
    let (monitor, _) =
        expecting(f, json!({ "by": "09:00", "time_zone": "UTC", "calendar_id": calendar.id })).await;
    assert_eq!(deadline(f).await, Some(at("2026-03-02T09:00:00Z")));
    let calendar = with_dates(f, &calendar, &["03-02", "2026-03-03"]).await;
    assert_eq!(deadline(f).await, Some(at("2026-03-04T09:00:00Z")));
    let calendar = with_dates(f, &calendar, &["2026-03-03"]).await;
    assert_eq!(deadline(f).await, Some(at("2026-03-02T09:00:00Z")));
    // It has come; a change of other days does not make it forgotten.
    f.clock.advance(TimeDelta::hours(26));
    with_dates(f, &calendar, &["2026-12-25"]).await;
    assert_eq!(deadline(f).await, Some(at("2026-03-02T09:00:00Z")));
    assert_eq!(check(f, monitor.id).await.unwrap().counted_from, at("2026-02-28T09:00:00Z"));
}

pub(crate) async fn old_checks_go_but_the_newest(f: &Fixture) {
    let (monitor, _) = expecting(f, json!({ "by": "09:00", "time_zone": "UTC" })).await;
    f.clock.advance(TimeDelta::hours(1));
    for _ in 0..3 {
        check(f, monitor.id).await.unwrap();
        f.clock.advance(TimeDelta::days(1));
    }
    let checks = async || f.store.read().await.unwrap().expected_file_checks(monitor.id, 9).await.unwrap();
    let before = checks().await;
    f.store.prune_monitor_files(f.now() - TimeDelta::hours(36)).await.unwrap();
    assert_eq!(checks().await, before[..1]);
    f.store.prune_monitor_files(f.now()).await.unwrap();
    assert_eq!(checks().await, before[..1], "the newest says how it stands");
    refused_by_tables(f, "UPDATE expected_file_checks SET expected_count = 0").await;
    refused_by_tables(f, "UPDATE expected_file_checks SET found_count = 1, arrived_at = checked_at").await;
    refused_by_tables(f, "UPDATE expected_file_checks SET counted_from = deadline_at").await;
    refused_by_tables(f, "UPDATE file_monitors SET expected_files = NULL").await;
}
