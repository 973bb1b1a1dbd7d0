use super::*;
use crate::calendar::CalendarDraft;
use serde_json::{Value, json};
use uuid::Uuid;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn expected(json: Value) -> ExpectedFiles {
    serde_json::from_value(json).unwrap()
}

fn calendar(json: Value) -> Calendar {
    let draft: CalendarDraft = serde_json::from_value(json).unwrap();
    Calendar::new(CalendarId(Uuid::from_u128(1)), draft, at("2026-01-01T00:00:00Z"))
}

fn holidays() -> Calendar {
    calendar(json!({ "name": "Holidays", "dates": [{ "date": "12-25" }, { "date": "01-01" }] }))
}

fn workdays() -> Value {
    json!({ "by": "09:00", "time_zone": "Europe/Berlin", "min_count": 3,
        "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"] })
}

#[test]
fn a_time_of_day_is_written_in_one_way() {
    for text in ["00:00", "09:05", "23:59"] {
        assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
    }
    for bad in ["24:00", "9:00", "09:60", "0900", "09:00:00", "+9:00", ""] {
        assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
    }
}

#[test]
fn a_clock_says_what_is_wrong_with_it() {
    let paths = |json: Value, calendars: &[Calendar]| -> Vec<String> {
        let known = calendars.iter().map(|c| (c.id, c.clone())).collect();
        expected(json).check(&known).0.into_iter().map(|problem| problem.path).collect()
    };
    assert!(paths(workdays(), &[]).is_empty());
    let wrong = json!({ "by": "09:00", "min_count": 0, "time_zone": "Mars/Base", "file_pattern": "[a",
        "calendar_id": Uuid::from_u128(1) });
    assert_eq!(paths(wrong, &[]), ["file_pattern", "min_count", "time_zone", "calendar_id"]);
    let mut weekend = json!({ "by": "09:00", "weekdays": ["saturday"], "calendar_id": Uuid::from_u128(1) });
    let closed = calendar(json!({ "name": "Closed", "weekdays": ["saturday", "sunday"] }));
    assert_eq!(paths(weekend.clone(), std::slice::from_ref(&closed)), ["calendar_id"]);
    weekend["weekdays"] = json!([]);
    assert!(paths(weekend, &[closed]).is_empty());
    assert!(
        serde_json::from_value::<ExpectedFiles>(json!({ "min_count": 1 })).is_err(),
        "a deadline is needed"
    );
}

#[test]
fn deadlines_are_on_its_days_in_its_zone_and_not_on_skipped_ones() {
    let clock = expected(workdays());
    let christmas = holidays();
    let next = |after: &str| clock.deadline_after(at(after), Some(&christmas)).unwrap();
    // 25 December 2026 is a Friday, as 1 January 2027.
    assert_eq!(next("2026-12-24T08:00:00Z"), at("2026-12-28T08:00:00Z"));
    assert_eq!(next("2026-12-24T07:59:59Z"), at("2026-12-24T08:00:00Z"));
    assert_eq!(next("2026-12-31T08:00:00Z"), at("2027-01-04T08:00:00Z"));
    assert_eq!(next("2026-07-01T00:00:00Z"), at("2026-07-01T07:00:00Z"), "in summer");
    let never = calendar(
        json!({ "name": "All", "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"] }),
    );
    assert_eq!(clock.deadline_after(at("2026-07-01T00:00:00Z"), Some(&never)), None);
}

#[test]
fn a_deadline_in_a_gap_comes_after_it_and_one_in_an_overlap_once() {
    let clock = expected(json!({ "by": "02:30", "time_zone": "Europe/Berlin" }));
    assert_eq!(clock.deadline_after(at("2026-03-28T12:00:00Z"), None), Some(at("2026-03-29T01:00:00Z")));
    let autumn = clock.deadline_after(at("2026-10-24T12:00:00Z"), None).unwrap();
    assert_eq!(autumn, at("2026-10-25T00:30:00Z"));
    assert_eq!(clock.deadline_after(autumn, None), Some(at("2026-10-26T01:30:00Z")));
    assert_eq!(clock.counted_from(at("2026-10-26T01:30:00Z"), None), autumn);
    assert_eq!(clock.counted_from(at("2026-03-30T00:30:00Z"), None), at("2026-03-29T01:00:00Z"));
}

#[test]
fn files_count_from_the_deadline_before_over_days_without_one() {
    let clock = expected(workdays());
    assert_eq!(clock.counted_from(at("2026-12-28T08:00:00Z"), Some(&holidays())), at("2026-12-24T08:00:00Z"));
    assert_eq!(clock.counted_from(at("2026-12-28T08:00:00Z"), None), at("2026-12-25T08:00:00Z"));
    let never = calendar(
        json!({ "name": "All", "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"] }),
    );
    assert_eq!(clock.counted_from(at("2026-12-28T08:00:00Z"), Some(&never)), at("2026-12-27T08:00:00Z"));
}

#[test]
fn files_count_from_a_time_of_day_if_one_is_said() {
    let since = |by: &str, since: &str| {
        let clock = expected(json!({ "by": by, "since": since, "time_zone": "Europe/Berlin" }));
        let deadline = clock.deadline_after(at("2026-07-01T12:00:00Z"), None).unwrap();
        (deadline, clock.counted_from(deadline, None))
    };
    assert_eq!(since("09:00", "00:00"), (at("2026-07-02T07:00:00Z"), at("2026-07-01T22:00:00Z")));
    assert_eq!(since("01:00", "20:00"), (at("2026-07-01T23:00:00Z"), at("2026-07-01T18:00:00Z")));
    assert_eq!(since("09:00", "09:00"), (at("2026-07-02T07:00:00Z"), at("2026-07-01T07:00:00Z")));
}

#[test]
fn what_came_too_late_does_not_count_once_more() {
    let (deadline, late) = (at("2026-12-22T08:00:00Z"), at("2026-12-21T10:00:00Z"));
    let check = |arrived_at| ExpectedFileCheck {
        id: ExpectedFileCheckId(Uuid::from_u128(1)),
        monitor_id: FileMonitorId(Uuid::from_u128(2)),
        deadline_at: at("2026-12-21T08:00:00Z"),
        counted_from: at("2026-12-18T08:00:00Z"),
        expected_count: 3,
        found_count: 1,
        arrived_at,
        checked_at: at("2026-12-21T08:00:00Z"),
    };
    let clock = expected(workdays());
    let from = |arrived_at| clock.counted_after(deadline, None, Some(&check(arrived_at)));
    assert_eq!(from(Some(late)), late);
    assert_eq!(from(None), at("2026-12-21T08:00:00Z"));
    assert_eq!(from(Some(at("2026-12-20T10:00:00Z"))), at("2026-12-21T08:00:00Z"));
    let midnight = expected(json!({ "by": "09:00", "since": "00:00", "time_zone": "Europe/Berlin" }));
    assert_eq!(midnight.counted_after(deadline, None, Some(&check(Some(late)))), at("2026-12-21T23:00:00Z"));
}

#[test]
fn of_deadlines_that_passed_the_newest_counts() {
    let clock = expected(workdays());
    let (newest, next) =
        clock.passed(at("2026-12-21T08:00:00Z"), at("2026-12-26T20:00:00Z"), Some(&holidays()));
    assert_eq!((newest, next), (at("2026-12-24T08:00:00Z"), Some(at("2026-12-28T08:00:00Z"))));
    let just = at("2026-12-21T08:00:00Z");
    assert_eq!(clock.passed(just, just, None), (just, Some(at("2026-12-22T08:00:00Z"))));
    // Its day was taken away since.
    let one = calendar(json!({ "name": "One", "dates": [{ "date": "2026-12-21" }] }));
    assert_eq!(clock.passed(just, just, Some(&one)), (just, Some(at("2026-12-22T08:00:00Z"))));
}
