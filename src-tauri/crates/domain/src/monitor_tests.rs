//! What a monitor may be, and how its state moves.

use super::*;
use serde_json::json;
use uuid::Uuid;

fn references() -> MonitorReferences {
    MonitorReferences {
        calendars: BTreeMap::new(),
        connections: [ConnectionId(Uuid::from_u128(1))].into(),
        jobs: [JobId(Uuid::from_u128(2))].into(),
        chains: [JobChainId(Uuid::from_u128(3))].into(),
    }
}

fn draft(change: Value) -> MonitorDraft {
    let mut json = json!({
        "name": "inbox",
        "watch_target": { "type": "local", "path": "/data/inbox" },
        "file_patterns": ["*.csv"],
        "bindings": [{ "job_id": Uuid::from_u128(2) }],
    });
    if let (Value::Object(all), Value::Object(change)) = (&mut json, change) {
        all.extend(change);
    }
    serde_json::from_value(json).unwrap()
}

fn paths(change: Value) -> Vec<String> {
    draft(change).check(&references()).0.into_iter().map(|p| p.path).collect()
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let draft = draft(json!({}));
    assert!(draft.check(&references()).0.is_empty());
    assert_eq!((draft.polling_interval_sec, draft.stability_window_sec), (60, 5));
    assert_eq!((draft.batch_mode, draft.max_consecutive_failures), (true, 5));
    assert_eq!(serde_json::to_value(draft.trigger_events).unwrap(), json!(["file_created"]));
}

#[test]
fn every_mistake_is_named() {
    assert_eq!(paths(json!({ "trigger_events": [] })), ["trigger_events"]);
    assert_eq!(
        paths(json!({ "watch_target": { "type": "remote", "path": "/in" } })),
        ["watch_target.connection_id"]
    );
    let unknown = json!({ "type": "remote", "path": "/in", "connection_id": Uuid::from_u128(7) });
    assert_eq!(paths(json!({ "watch_target": unknown })), ["watch_target.connection_id"]);
    let local = json!({ "type": "local", "path": " ", "connection_id": Uuid::from_u128(1) });
    assert_eq!(paths(json!({ "watch_target": local })), ["watch_target.path", "watch_target.connection_id"]);
    let remote = json!({ "type": "remote", "path": "/in", "connection_id": Uuid::from_u128(1) });
    assert_eq!(paths(json!({ "watch_target": remote, "polling_interval_sec": 5 })), ["polling_interval_sec"]);
    assert_eq!(paths(json!({ "max_consecutive_failures": 0 })), ["max_consecutive_failures"]);
    assert_eq!(paths(json!({ "bindings": [{}] })), ["bindings[0]"]);
    let both = json!([{ "job_id": Uuid::from_u128(2), "chain_id": Uuid::from_u128(3) }]);
    assert_eq!(paths(json!({ "bindings": both })), ["bindings[0]"]);
    let twice = json!([{ "chain_id": Uuid::from_u128(3) }, { "chain_id": Uuid::from_u128(3) }]);
    assert_eq!(paths(json!({ "bindings": twice })), ["bindings[1]"]);
    assert_eq!(paths(json!({ "bindings": [{ "job_id": Uuid::from_u128(8) }] })), ["bindings[0].job_id"]);
}

#[test]
fn a_local_monitor_stays_on_the_node_that_made_it() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let make = |change: Value| {
        let id = FileMonitorId(Uuid::from_u128(9));
        FileMonitor::new(id, draft(change), "desk-1", now, || MonitorJobBindingId(Uuid::from_u128(4)))
    };
    assert_eq!(make(json!({})).run_on, "desk-1");
    assert_eq!(make(json!({ "run_on": "any" })).run_on, "any");
    let remote = json!({ "type": "remote", "path": "/in", "connection_id": Uuid::from_u128(1) });
    assert_eq!(make(json!({ "watch_target": remote })).run_on, "any");
    let mut monitor = make(json!({}));
    let kept = monitor.bindings[0].id;
    monitor.edit(monitor.to_draft(), "desk-2", now, || MonitorJobBindingId(Uuid::from_u128(5)));
    assert_eq!((monitor.bindings[0].id, monitor.run_on.as_str()), (kept, "desk-1"));
}

#[test]
fn a_monitor_moves_only_as_drawn() {
    use MonitorState as S;
    let mut found = Vec::new();
    for state in S::ALL {
        for event in MonitorEvent::ALL {
            if let Ok(next) = state.apply(*event) {
                found.push((*state, next));
            }
        }
    }
    found.sort();
    let mut drawn = vec![
        (S::Active, S::Paused),
        (S::Active, S::Disabled),
        (S::Active, S::Error),
        (S::Paused, S::Active),
        (S::Paused, S::Disabled),
        (S::Disabled, S::Active),
        (S::Error, S::Active),
        (S::Error, S::Disabled),
    ];
    drawn.sort();
    assert_eq!(found, drawn);
}

#[test]
fn flags_are_the_documented_bits() {
    let all: TriggerEventFlags = TriggerEvent::ALL.to_vec().into();
    assert_eq!(all.bits(), 7);
    assert_eq!(TriggerEventFlags::from_bits(8), None);
    let some = TriggerEventFlags::from_bits(6).unwrap();
    assert_eq!(Vec::from(some), [TriggerEvent::FileModified, TriggerEvent::FileExists]);
}
