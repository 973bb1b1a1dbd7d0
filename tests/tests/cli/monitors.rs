//! Monitors, notification rules and events at the command line.

use crate::courier::Courier;
use anyhow::{Context, Result};
use serde_json::Value;

const BUNDLE: &str = r#"
courier: 1
tags: [{ name: partner-x }]
chains: [{ name: nightly, members: [{ name: one, job_id: Tidy }], tags: [partner-x] }, { name: other, members: [{ name: one, job_id: Tidy }] }]
jobs:
  - { name: Tidy, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }] }
monitors:
  - name: Inbox
    watch_target: { type: local, path: /data/inbox }
    trigger_events: [file_created, file_modified]
    file_patterns: ["*.csv"]
    bindings: [{ job_id: Tidy }]
    tags: [partner-x]
  - name: Other
    watch_target: { type: local, path: /data/other }
notification_rules:
  - { name: tell-ops, event_types: [JobFailed, MonitorFailed], channel: { type: desktop } }
"#;

fn names(rows: &Value) -> Vec<&str> {
    rows.as_array().into_iter().flatten().filter_map(|row| row["name"].as_str()).collect()
}

#[test]
fn a_monitor_is_listed_shown_and_steered() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(BUNDLE)?.expect(0)?;
    assert_eq!(names(&courier.json(&["monitor", "list"])?), ["Inbox", "Other"]);
    let page = courier.json(&["monitor", "list", "--limit", "1"])?;
    assert_eq!(names(&page), ["Inbox"]);
    let first = page[0]["id"].as_str().context("no id")?;
    assert_eq!(names(&courier.json(&["monitor", "list", "--after", first])?), ["Other"]);
    courier.run(&["monitor", "list", "--after", "nobody"])?.expect(2)?;
    assert_eq!(names(&courier.json(&["monitor", "list", "--tag", "PARTNER-X"])?), ["Inbox"]);
    assert!(names(&courier.json(&["monitor", "list", "--state", "paused"])?).is_empty());
    courier.run(&["monitor", "list", "--state", "asleep"])?.expect(2)?;
    assert_eq!(names(&courier.json(&["chain", "list", "--tag", "partner-x"])?), ["nightly"]);
    let shown = courier.json(&["monitor", "show", "inbox"])?;
    assert_eq!(
        (shown["binding_names"][0]["name"].as_str(), shown["state"].as_str()),
        (Some("Tidy"), Some("active"))
    );
    assert!(courier.ok(&["monitor", "show", "inbox"])?.contains("starts job Tidy"));
    for (verb, state) in
        [("pause", "paused"), ("resume", "active"), ("disable", "disabled"), ("activate", "active")]
    {
        assert_eq!(courier.json(&["monitor", verb, "Inbox"])?["state"], state, "{verb}");
    }
    courier.ok(&["monitor", "pause", "Other"])?;
    assert_eq!(names(&courier.json(&["monitor", "pause", "--all"])?), ["Inbox"]);
    assert!(courier.run(&["monitor", "pause", "--all"])?.expect(0)?.stderr.contains("No monitor is active"));
    assert_eq!(names(&courier.json(&["monitor", "resume", "--all"])?), ["Inbox"]);
    assert_eq!(courier.json(&["monitor", "show", "Other"])?["state"], "paused");
    courier.ok(&["monitor", "resume", "Other"])?;
    courier.run(&["monitor", "pause"])?.expect(2)?;
    courier.run(&["monitor", "pause", "Inbox", "--all"])?.expect(2)?;
    courier.run(&["monitor", "acknowledge", "Inbox"])?.expect(5)?;
    courier.run(&["monitor", "pause", "none"])?.expect(3)?;
    assert_eq!(courier.json(&["monitor", "files", "Inbox"])?, serde_json::json!([]));
    assert_eq!(courier.json(&["monitor", "forget", "Inbox", "/data/inbox/a.csv"])?["forgotten"], 0);

    let held = courier.run(&["job", "delete", "Tidy"])?.expect(5)?;
    assert!(held.stderr.contains("the monitor Inbox"), "{}", held.stderr);
    courier.ok(&["monitor", "delete", "Inbox"])?;
    courier.run(&["monitor", "show", "Inbox"])?.expect(3)?;
    assert_eq!(names(&courier.json(&["monitor", "list", "--deleted"])?), ["Inbox"]);
    courier.ok(&["monitor", "restore", "INBOX"])?;
    assert_eq!(names(&courier.json(&["monitor", "list", "--tag", "partner-x"])?), ["Inbox"]);
    Ok(())
}

#[test]
fn rules_are_switched_and_events_are_listed() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(BUNDLE)?.expect(0)?;
    assert_eq!(names(&courier.json(&["notify", "rules"])?), ["tell-ops"]);
    courier.ok(&["notify", "disable", "tell-ops"])?;
    assert_eq!(courier.json(&["notify", "show", "TELL-OPS"])?["is_enabled"], false);
    courier.ok(&["notify", "enable", "tell-ops"])?;
    assert_eq!(courier.json(&["notify", "rules"])?[0]["is_enabled"], true);
    courier.ok(&["notify", "delete", "tell-ops"])?;
    courier.run(&["notify", "show", "tell-ops"])?.expect(3)?;

    courier.run(&["run", "Tidy"])?.expect(0)?;
    let all = courier.json(&["events", "list", "--limit", "2"])?;
    let last = all[1]["id"].as_str().context("two events")?;
    let rest = courier.json(&["events", "list", "--after", last])?;
    let types = |rows: &Value| -> Vec<String> {
        rows.as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| e["event_type"].as_str().map(Into::into))
            .collect()
    };
    assert!(types(&all).contains(&"JobCompleted".to_owned()), "{all}");
    assert!(types(&rest).contains(&"JobStarted".to_owned()), "{rest}");
    assert_eq!(types(&courier.json(&["events", "list", "--type", "JobStarted"])?), ["JobStarted"]);
    courier.run(&["events", "list", "--type", "MoonRisen"])?.expect(2)?;
    assert_eq!(courier.json(&["events", "replay"])?["replayed"], 0);
    Ok(())
}
