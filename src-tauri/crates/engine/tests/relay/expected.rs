//! An expected file that does not come: told at the deadline by whoever watches the clock, and that it came.

use super::world::World;
use chrono::TimeDelta;
use courier_domain::event::EventType;
use courier_domain::monitor::{FileMonitor, MonitorDraft};
use courier_domain::{Clock, FileMonitorId, IdSource, MonitorJobBindingId};
use courier_engine::Notice;
use serde_json::json;
use tokio::sync::broadcast::Receiver;

async fn next(notices: &mut Receiver<Notice>) -> Notice {
    tokio::time::timeout(super::PATIENCE, notices.recv()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_missing_at_the_deadline_is_told_and_that_it_came() {
    let world = World::new().await;
    let job = world.job("Import").await;
    let folder = tempfile::tempdir().unwrap();
    let by = (world.clock.now() + TimeDelta::hours(1)).format("%H:%M").to_string();
    let draft: MonitorDraft = serde_json::from_value(json!({
        "name": "Inbox", "watch_target": { "type": "local", "path": folder.path() },
        "polling_interval_sec": 1, "stability_window_sec": 0, "run_on": "any", "bindings": [{ "job_id": job }],
        "expected_files": { "by": by, "time_zone": "UTC", "file_pattern": "sales*.csv" },
    }))
    .unwrap();
    let ids = || super::world::Ids.new_id();
    let monitor = FileMonitor::new(FileMonitorId(ids()), draft, "test", world.clock.now(), || {
        MonitorJobBindingId(ids())
    });
    let mut unit = world.store.begin("tester@here").await.unwrap();
    unit.insert_monitor(&monitor).await.unwrap();
    // What is put there from here on is new, also if the first look comes late.
    let files = courier_engine::monitors::baseline(&monitor).unwrap().unwrap();
    unit.put_directory_state(monitor.id, &files).await.unwrap();
    unit.commit().await.unwrap();
    let rule =
        world.rule(&[EventType::ExpectedFileMissing], json!({ "type": "desktop" }), None, json!({})).await;
    let mut notices = world.engine.desktop().subscribe();
    let running = world.start().await;
    world.clock.advance(TimeDelta::minutes(62));
    let missing = next(&mut notices).await;
    assert_eq!(missing.title, "Monitor Inbox: expected files are missing");
    assert!(missing.text.contains("0 of 1 files were there by the deadline."), "{}", missing.text);
    assert!(missing.text.contains("Pattern: sales*.csv"), "{}", missing.text);
    assert_eq!(missing.subject_id, monitor.id.0);

    std::fs::write(folder.path().join("stock.csv"), "1").unwrap();
    std::fs::write(folder.path().join("sales-1.csv"), "2").unwrap();
    let came = next(&mut notices).await;
    assert_eq!(
        (came.title.as_str(), came.recovered_from),
        ("Monitor Inbox: the expected files have come", 1)
    );
    world.until_quiet().await;
    assert!(notices.is_empty());
    // The next day's deadline finds nothing; the one that passed is not checked again.
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(next(&mut notices).await.title, "Monitor Inbox: expected files are missing");
    running.shutdown().await;
    assert_eq!(world.deliveries(&rule).await.len(), 3);
    let checks = world.store.read().await.unwrap().expected_file_checks(monitor.id, 9).await.unwrap();
    assert_eq!(checks.len(), 2);
}
