//! Chains, schedules and dependencies from the command line.

use crate::courier::Courier;
use anyhow::{Context, Result};
use courier_app::{App, OpenOptions};
use serde_json::{Value, json};

const JOBS: &str = r#"
courier: 1
jobs:
  - name: Fetch
    parameters: [{ name: day, type: date }, { name: count, type: number }]
    steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }]
  - { name: Load, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }] }
  - { name: Report, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }] }
"#;

fn with_jobs() -> Result<Courier> {
    let courier = Courier::new()?;
    courier.apply(JOBS)?.expect(0)?;
    Ok(courier)
}

fn id_of(courier: &Courier, job: &str) -> Result<String> {
    Ok(courier.json(&["job", "show", job])?["id"].as_str().context("no id")?.to_owned())
}

/// Fetch → Load, as the window saves it; or what is wrong with it, as paths.
fn save_chain(courier: &Courier, name: &str, change: impl FnOnce(&mut Value)) -> Result<Vec<String>> {
    let mut draft = json!({ "name": name, "members": [
        { "name": "fetch", "job_id": id_of(courier, "Fetch")?, "parameters": { "day": "{{ now }}", "count": 3 } },
        { "name": "load", "job_id": id_of(courier, "Load")?,
          "depends_on": [{ "member": "fetch", "run_on_upstream_failure": true }] },
    ]});
    change(&mut draft);
    let draft = serde_json::from_value(draft)?;
    let home = Some(courier.home());
    tokio::runtime::Runtime::new()?.block_on(async {
        let app = App::open(OpenOptions { home, ..OpenOptions::default() }).await?;
        let saved = app.chains_save(None, draft, None).await;
        app.close().await;
        Ok(saved.err().map(|e| e.problems.into_iter().map(|p| p.path).collect()).unwrap_or_default())
    })
}

#[test]
fn fire_times_are_printed_in_utc() -> Result<()> {
    let courier = Courier::new()?;
    let next = ["schedule", "next", "0 30 6 ? * MON-FRI", "--tz", "Europe/Berlin", "--count", "3"];
    let times = courier.json(&[&next[..], &["--after", "2026-10-22T12:00:00Z"]].concat())?;
    // The clocks go back on 25 October.
    assert_eq!(times, json!(["2026-10-23T04:30:00Z", "2026-10-26T05:30:00Z", "2026-10-27T05:30:00Z"]));
    let lines = courier.ok(&[&next[..], &["--after", "2026-10-22T12:00:00Z"]].concat())?;
    assert_eq!(lines, "2026-10-23T04:30:00Z\n2026-10-26T05:30:00Z\n2026-10-27T05:30:00Z\n");
    assert_eq!(courier.json(&["schedule", "next", "0 0 0 1 1 ? 1999"])?, json!([]));
    let bad = courier.run(&["schedule", "next", "0 99 * * * ?", "--tz", "Mars/Base"])?.expect(2)?;
    assert!(bad.stderr.contains("cron_expression:") && bad.stderr.contains("time_zone:"), "{}", bad.stderr);
    Ok(())
}

#[test]
fn a_schedule_is_added_switched_and_removed() -> Result<()> {
    let courier = with_jobs()?;
    let add = ["schedule", "add", "fetch", "--cron", "0 0 6 * * ?", "--tz", "Europe/Berlin"];
    let added = courier.json(&[&add[..], &["--param", "day=2026-01-01", "--misfire", "skip"]].concat())?;
    let id = added["id"].as_str().context("no id")?;
    assert_eq!((&added["name"], &added["misfire_policy"]), (&json!("Fetch"), &json!("skip")));
    assert!(added["next_fire_at"].as_str().is_some_and(|t| t.ends_with('Z')), "{added}");
    assert_eq!(courier.json(&["schedule", "show", id])?, added);
    let shown = courier.ok(&["schedule", "show", id])?;
    let words = "At 06:00, every day (Europe/Berlin) of the job Fetch\nexpression 0 0 6 * * ?\n";
    assert!(shown.starts_with(words) && shown.matches(" 06:00:00 +0").count() == 5, "{shown}");
    assert!(courier.ok(&["schedule", "list"])?.contains("At 06:00, every day (Europe/Berlin)"));
    courier.ok(&["schedule", "disable", id])?;
    assert!(courier.ok(&["schedule", "show", id])?.contains("\nnext -\n"));
    let off = courier.json(&["schedule", "list", "--enabled", "false"])?;
    assert_eq!((&off[0]["id"], &off[0]["next_fire_at"]), (&json!(id), &Value::Null));
    assert_eq!(courier.json(&["schedule", "list", "Load"])?, json!([]));
    courier.ok(&["schedule", "enable", id])?;

    // Without a zone it is meant in the system's, which is then written down.
    let mut here = courier.command(&["--json", "schedule", "add", "load", "--cron", "0 0 6 * * ?"])?;
    here.env("TZ", "Asia/Tokyo");
    let here = crate::courier::finish(here)?.expect(0)?.json()?;
    assert_eq!(here["time_zone"], "Asia/Tokyo");
    let page = courier.json(&["schedule", "list", "--limit", "1"])?;
    let rest = courier.json(&["schedule", "list", "--after", page[0]["id"].as_str().context("no id")?])?;
    assert_eq!((&page[0]["id"], &rest[0]["id"]), (&json!(id), &here["id"]));
    courier.ok(&["schedule", "remove", id])?;
    courier.run(&["schedule", "show", id])?.expect(3)?;

    for (args, path) in [
        (vec!["--cron", "every day"], "cron_expression:"),
        (vec!["--cron", "0 0 6 * * ?", "--param", "dya=x"], "parameters.dya:"),
        (vec!["--cron", "0 0 6 * * ?", "--param", "count=three"], "parameters.count:"),
        (vec!["--cron", "0 0 6 * * ?", "--tz", "Mars/Base"], "time_zone:"),
        (vec![], "--cron"),
    ] {
        let done = courier.run(&[vec!["schedule", "add", "Fetch"], args].concat())?.expect(2)?;
        assert!(done.stderr.contains(path), "{path} is missing in {}", done.stderr);
    }
    courier.run(&["schedule", "add", "none", "--cron", "0 0 6 * * ?"])?.expect(3)?;
    Ok(())
}

#[test]
fn a_cycle_of_dependencies_is_refused_with_its_path() -> Result<()> {
    let courier = with_jobs()?;
    courier.ok(&["job", "depend", "load", "--on", "fetch", "--run-on-failure"])?;
    courier.ok(&["job", "depend", "report", "--on", "load", "--trigger"])?;
    let cycle = courier.run(&["job", "depend", "fetch", "--on", "report"])?.expect(2)?;
    assert!(cycle.stderr.contains("Fetch → Load → Report → Fetch"), "{}", cycle.stderr);
    courier.run(&["job", "depend", "fetch", "--on", "fetch"])?.expect(2)?;
    courier.run(&["job", "depend", "load", "--on", "fetch"])?.expect(5)?;
    let all = courier.json(&["job", "dependencies", "load"])?;
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    assert_eq!((&all[0]["upstream_job_name"], &all[0]["run_on_failure"]), (&json!("Fetch"), &json!(true)));
    let used = courier.run(&["job", "delete", "fetch"])?.expect(5)?;
    assert!(used.stderr.contains("Load"), "{}", used.stderr);
    courier.ok(&["job", "undepend", "load", "--on", "fetch"])?;
    courier.run(&["job", "undepend", "load", "--on", "fetch"])?.expect(3)?;
    courier.ok(&["job", "depend", "fetch", "--on", "report"])?;
    Ok(())
}

#[test]
fn a_chain_is_listed_shown_switched_deleted_and_restored() -> Result<()> {
    let courier = with_jobs()?;
    assert_eq!(save_chain(&courier, "Nightly", |_| {})?, Vec::<String>::new());
    assert_eq!(save_chain(&courier, "Weekly", |_| {})?, Vec::<String>::new());
    let bad = save_chain(&courier, "Bad", |draft| {
        draft["members"][0]["parameters"] = json!({ "count": "three", "other": 1 });
    })?;
    assert_eq!(bad, ["members[0].parameters.other", "members[0].parameters.count"]);

    let list = courier.json(&["chain", "list"])?;
    assert_eq!(
        (&list[0]["name"], &list[0]["member_count"], &list[1]["name"]),
        (&json!("Nightly"), &json!(2), &json!("Weekly"))
    );
    assert_eq!(courier.json(&["chain", "list", "--search", "week"])?.as_array().map(Vec::len), Some(1));
    let first = list[0]["id"].as_str().context("no id")?;
    assert_eq!(courier.json(&["chain", "list", "--after", first])?[0]["name"], "Weekly");
    let shown = courier.json(&["chain", "show", "nightly"])?;
    assert_eq!(shown["members"][1]["depends_on"][0]["depends_on_member_id"], shown["members"][0]["id"]);
    assert_eq!(shown["members"][1]["run_on_upstream_failure"], true);
    assert!(
        courier
            .ok(&["chain", "show", "nightly"])?
            .contains("2. load [Load], after fetch (also after a failure)")
    );
    courier.ok(&["schedule", "add", "nightly", "--at", "2100-01-01T00:00:00Z", "--param", "count=4"])?;
    assert_eq!(courier.json(&["chain", "list"])?[0]["next_fire_at"], "2100-01-01T00:00:00Z");

    courier.ok(&["chain", "disable", "Nightly"])?;
    assert_eq!(courier.json(&["chain", "list", "--enabled", "false"])?[0]["id"], first);
    courier.ok(&["chain", "enable", "Nightly"])?;
    assert_eq!(courier.json(&["chain", "executions", "Nightly"])?, json!([]));
    let used = courier.run(&["job", "delete", "load"])?.expect(5)?;
    assert!(used.stderr.contains("the chains Nightly, Weekly"), "{}", used.stderr);
    courier.ok(&["chain", "delete", "Nightly"])?;
    courier.run(&["chain", "show", "Nightly"])?.expect(3)?;
    assert_eq!(courier.json(&["chain", "list", "--deleted"])?[0]["id"], first);
    assert_eq!(courier.json(&["schedule", "list"])?, json!([]));
    courier.ok(&["chain", "restore", "Nightly"])?;
    assert_eq!(courier.json(&["chain", "show", first])?["is_deleted"], false);
    courier.run(&["chain", "show", "none"])?.expect(3)?;
    courier.run(&["chain", "executions", "--id", "none"])?.expect(3)?;
    courier.run(&["chain", "executions", "--state", "asleep"])?.expect(2)?;
    Ok(())
}
