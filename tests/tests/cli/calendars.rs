//! Calendars and expected files at the command line.

use crate::courier::Courier;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// A job with a schedule, and a monitor of `folder` that starts it.
fn bundle(folder: &str) -> String {
    json!({
        "courier": 1,
        "calendars": [{ "name": "holidays", "weekdays": ["sunday"],
            "dates": [{ "date": "12-25", "name": "Christmas" }, "2027-03-26"] }],
        "jobs": [{ "name": "Import",
            "steps": [{ "name": "Note", "type_key": "context.set", "configuration": { "values": { "done": true } } }],
            "schedules": [{ "schedule_type": "cron", "cron_expression": "0 30 6 * * ?",
                "time_zone": "Europe/Berlin", "calendar_id": "Holidays" }] }],
        "monitors": [{ "name": "Inbox", "watch_target": { "type": "local", "path": folder },
            "polling_interval_sec": 1, "stability_window_sec": 0, "bindings": [{ "job_id": "Import" }],
            "expected_files": { "file_pattern": "sales*.csv", "min_count": 2, "by": "09:00",
                "time_zone": "Europe/Berlin", "calendar_id": "holidays" } }],
    })
    .to_string()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[test]
fn a_calendar_is_made_changed_used_and_kept_while_it_is_used() -> Result<()> {
    let courier = Courier::new()?;
    let make = ["calendar", "create", "holidays", "--weekday", "saturday", "--weekday", "sunday"];
    let dates = ["--date", "12-25=Christmas", "--date", "2027-03-26", "--description", "of Berlin"];
    let made = courier.json(&[&make[..], &dates[..]].concat())?;
    assert_eq!(made["weekdays"], json!(["saturday", "sunday"]));
    assert_eq!(made["dates"][0], json!({ "date": "12-25", "name": "Christmas" }));
    courier.run(&make)?.expect(5)?;
    courier.run(&["calendar", "create", "x", "--date", "2027-02-30"])?.expect(2)?;
    courier.run(&["calendar", "create", "x", "--weekday", "someday"])?.expect(2)?;

    let file = courier.folder().join("holidays.ics");
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270517\r\nSUMMARY:Whit Monday\r\nEND:VEVENT\r\n\
               END:VCALENDAR\r\n";
    std::fs::write(&file, ics)?;
    let from = file.display().to_string();
    let edit =
        ["calendar", "edit", "HOLIDAYS", "--from", &from, "--remove", "2027-03-26", "--weekday", "none"];
    let changed = courier.json(&edit)?;
    assert_eq!(changed["weekdays"], json!([]));
    assert_eq!(changed["dates"][1], json!({ "date": "2027-05-17", "name": "Whit Monday" }));
    assert_eq!(changed["dates"].as_array().map(Vec::len), Some(2));
    std::fs::write(&file, "2027-05-17\nnever\n")?;
    let refused = courier.run(&["calendar", "edit", "holidays", "--from", &from])?.expect(2)?;
    assert!(refused.stderr.contains("line 2"), "{}", refused.stderr);

    // Berlin's midnight parts the days.
    let next = |more: &[&str]| -> Result<Value> {
        let ask = ["schedule", "next", "0 30 0 * * ?", "--tz", "Europe/Berlin", "--count", "2"];
        courier.json(&[&ask[..], &["--after", "2027-12-24T00:00:00Z"], more].concat())
    };
    assert_eq!(next(&[])?, json!(["2027-12-24T23:30:00Z", "2027-12-25T23:30:00Z"]));
    assert_eq!(next(&["--calendar", "holidays"])?, json!(["2027-12-25T23:30:00Z", "2027-12-26T23:30:00Z"]));

    courier.apply(r#"{ "courier": 1, "jobs": [{ "name": "Import", "steps": [{ "name": "D", "type_key": "file.delete",
        "configuration": { "path": "/nowhere/x" } }] }] }"#)?.expect(0)?;
    let add = ["schedule", "add", "Import", "--cron", "0 0 6 25 12 ?", "--tz", "UTC"];
    let never = courier.run(&[&add[..], &["--calendar", "holidays"]].concat())?.expect(2)?;
    assert!(never.stderr.contains("`holidays` skips every day"), "{}", never.stderr);
    courier.run(&[&add[..], &["--calendar", "none"]].concat())?.expect(3)?;
    let added =
        courier.json(&["schedule", "add", "Import", "--cron", "0 0 6 * * ?", "--calendar", "holidays"])?;
    assert_eq!(added["calendar_name"], "holidays");
    let id = text(&added, "id");
    let held = courier.run(&["calendar", "delete", "holidays"])?.expect(5)?;
    assert!(held.stderr.contains("the schedule of the job Import"), "{}", held.stderr);
    assert_eq!(courier.json(&["calendar", "where-used", "holidays"])?[0]["name"], "Import");
    assert_eq!(courier.json(&["calendar", "list"])?[0]["uses"][0]["kind"], "job");
    assert!(courier.ok(&["schedule", "show", id])?.contains("skipped days of the calendar holidays"));

    // A change moves what comes next.
    let today = text(&added, "next_fire_at").get(..10).context("no next time")?.to_owned();
    courier.ok(&["calendar", "edit", "holidays", "--date", &today])?;
    let moved = courier.json(&["schedule", "show", id])?;
    assert!(text(&moved, "next_fire_at").get(..10) > Some(today.as_str()), "{moved}");
    let back = courier.json(&["schedule", "calendar", id])?;
    assert_eq!(
        (&back["calendar_id"], text(&back, "next_fire_at").get(..10)),
        (&Value::Null, Some(today.as_str()))
    );
    courier.ok(&["calendar", "delete", "holidays"])?;
    courier.run(&["calendar", "show", "holidays"])?.expect(3)?;
    courier.ok(&["calendar", "restore", "holidays"])?;
    assert!(courier.ok(&["calendar", "show", "holidays"])?.contains("Whit Monday"));
    Ok(())
}

#[test]
fn a_bundle_has_calendars_and_is_unchanged_when_it_is_applied_again() -> Result<()> {
    let courier = Courier::new()?;
    let folder = courier.folder().join("in").display().to_string();
    std::fs::create_dir(&folder)?;
    courier.apply(&bundle(&folder))?.expect(0)?;
    let changes = |text: &str| -> Result<Vec<String>> {
        let file = courier.bundle(text)?;
        let plan = courier.json(&["apply", "-f", &file, "--dry-run"])?;
        let all = plan["changes"].as_array().context("no changes")?.iter();
        Ok(all.map(|change| format!("{} {}", text_of(change, "kind"), text_of(change, "action"))).collect())
    };
    let same = ["calendar unchanged", "job unchanged", "monitor unchanged"];
    assert_eq!(changes(&bundle(&folder))?, same);
    let exported = courier.ok(&["export"])?;
    assert!(exported.contains("calendar_id: holidays"), "{exported}");
    assert_eq!(changes(&exported)?, same);
    // The export makes the same elsewhere.
    let other = Courier::new()?;
    other.apply(&exported)?.expect(0)?;
    assert_eq!(other.ok(&["export"])?, exported);

    let unknown = bundle(&folder).replace("\"Holidays\"", "\"feasts\"");
    let refused = courier.apply(&unknown)?.expect(2)?;
    assert!(refused.stderr.contains("jobs[0].schedules[0].calendar_id"), "{}", refused.stderr);
    let bad = bundle(&folder).replace("2027-03-26", "2027-02-30");
    let refused = courier.apply(&bad)?.expect(2)?;
    assert!(refused.stderr.contains("calendars[0].dates[1].date"), "{}", refused.stderr);

    // With --prune it would go, but the job of the store uses it.
    let file = courier.bundle(r#"{ "courier": 1, "calendars": [] }"#)?;
    courier.run(&["apply", "-f", &file, "--prune"])?.expect(5)?;
    let none = r#"{ "courier": 1, "calendars": [], "monitors": [], "jobs": [] }"#;
    let file = courier.bundle(none)?;
    courier.run(&["apply", "-f", &file, "--prune"])?.expect(0)?;
    assert_eq!(courier.json(&["calendar", "list"])?, json!([]));
    Ok(())
}

fn text_of(value: &Value, field: &str) -> String {
    text(value, field).to_owned()
}

#[test]
fn a_monitor_waits_for_files_as_it_is_told() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(&bundle("/data/in"))?.expect(0)?;
    let shown = courier.json(&["monitor", "show", "Inbox"])?;
    assert_eq!(
        (&shown["expected_files"]["min_count"], text(&shown["expected"], "calendar_name")),
        (&json!(2), "holidays")
    );
    let expected = courier.json(&["monitor", "expected"])?;
    assert_eq!((text(&expected[0]["monitor"], "name"), &expected[0]["found_count"]), ("Inbox", &json!(0)));
    assert!(text(&expected[0], "next_deadline_at").ends_with(":00:00Z"), "{expected}");
    let line = courier.ok(&["monitor", "expected"])?;
    assert!(line.contains("0 of 2 by 09:00, due in "), "{line}");
    assert!(line.contains("sales*.csv"), "{line}");

    let set = courier.json(&[
        "monitor",
        "expect",
        "Inbox",
        "--count",
        "3",
        "--since",
        "00:00",
        "--calendar",
        "none",
    ])?;
    let clock = &set["monitor"]["expected_files"];
    assert_eq!((&clock["min_count"], text(clock, "since"), text(clock, "by")), (&json!(3), "00:00", "09:00"));
    assert_eq!((&clock["calendar_id"], text(clock, "file_pattern")), (&Value::Null, "sales*.csv"));
    courier.run(&["monitor", "expect", "Inbox", "--by", "25:00"])?.expect(2)?;
    courier.run(&["monitor", "expect", "Inbox", "--count", "0"])?.expect(2)?;
    courier.run(&["monitor", "expect", "Inbox", "--calendar", "nothing"])?.expect(3)?;
    courier.run(&["calendar", "create", "week", "--weekday", "monday"])?.expect(0)?;
    let never = ["monitor", "expect", "Inbox", "--weekday", "monday", "--calendar", "week"];
    let refused = courier.run(&never)?.expect(2)?;
    assert!(refused.stderr.contains("expected_files.calendar_id"), "{}", refused.stderr);
    courier.ok(&["monitor", "expect", "Inbox", "--off"])?;
    assert_eq!(courier.json(&["monitor", "expected"])?, json!([]));
    courier.run(&["monitor", "expect", "Inbox", "--count", "3"])?.expect(2)?;
    assert_eq!(courier.json(&["monitor", "checks", "Inbox"])?, json!([]));
    Ok(())
}
