use super::*;
use crate::schedule::{Schedule, ScheduleDraft};
use serde_json::{Value, json};
use uuid::Uuid;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn draft(json: Value) -> CalendarDraft {
    serde_json::from_value(json).unwrap()
}

fn calendar(json: Value) -> Calendar {
    Calendar::new(CalendarId(Uuid::from_u128(1)), draft(json), at("2026-01-01T00:00:00Z"))
}

fn schedule(json: Value, calendar: &Calendar, now: &str) -> Schedule {
    let draft: ScheduleDraft = serde_json::from_value(json).unwrap();
    Schedule::new(draft, Some(calendar), at(now))
}

fn cron(expression: &str, zone: &str) -> Value {
    json!({ "schedule_type": "cron", "cron_expression": expression, "time_zone": zone,
        "calendar_id": Uuid::from_u128(1) })
}

fn times(schedule: &Schedule, calendar: &Calendar, from: &str, count: usize) -> Vec<String> {
    std::iter::successors(schedule.next_after(at(from), Some(calendar)), |last| {
        schedule.next_after(*last, Some(calendar))
    })
    .take(count)
    .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    .collect()
}

fn holidays() -> Calendar {
    calendar(json!({ "name": "Holidays", "weekdays": ["sunday", "saturday"], "dates": [
        { "date": "2027-03-26", "name": "Good Friday" }, { "date": "12-25", "name": "Christmas" },
        { "date": "01-01" }, { "date": "12-25" },
    ] }))
}

#[test]
fn a_date_is_one_day_or_a_day_of_every_year() {
    for text in ["2027-04-02", "12-25", "02-29"] {
        assert_eq!(text.parse::<CalendarDay>().unwrap().to_string(), text);
    }
    for bad in ["02-30", "13-01", "2027-02-29", "2027-4-2", "4-2", "Christmas", "", "27-04-02", "+027-04-02"]
    {
        assert!(bad.parse::<CalendarDay>().is_err(), "{bad}");
    }
}

#[test]
fn a_calendar_has_each_date_once_and_in_order() {
    let kept = holidays();
    let dates: Vec<(String, Option<&str>)> =
        kept.dates.iter().map(|d| (d.date.to_string(), d.name.as_deref())).collect();
    assert_eq!(
        dates,
        [
            ("01-01".into(), None),
            ("12-25".into(), Some("Christmas")),
            ("2027-03-26".into(), Some("Good Friday"))
        ]
    );
    assert_eq!(kept.weekdays, [Weekday::Saturday, Weekday::Sunday]);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    assert!(kept.skips(day("2026-12-25")) && kept.skips(day("2099-12-25")) && kept.skips(day("2027-03-26")));
    assert!(
        kept.skips(day("2026-12-05")) && !kept.skips(day("2026-12-07")) && !kept.skips(day("2026-03-26"))
    );
    assert!(!kept.skips(day("2027-12-24")));
}

#[test]
fn a_calendar_leaves_a_day() {
    let all: Vec<&str> = Weekday::ALL.iter().map(|day| day.as_str()).collect();
    let problems = draft(json!({ "name": "Never", "weekdays": all })).check();
    assert_eq!(problems.0[0].path, "weekdays");
    assert_eq!(draft(json!({ "name": " " })).check().0[0].path, "name");
    let word = json!({ "name": "X", "dates": [{ "date": "12-25", "name": "a\nb" }] });
    assert_eq!(draft(word).check().0[0].path, "dates[0].name");
}

#[test]
fn skipped_days_are_passed_over_also_across_the_turn_of_the_year() {
    let calendar = holidays();
    let daily = schedule(cron("0 30 6 * * ?", "Europe/Berlin"), &calendar, "2026-12-24T00:00:00Z");
    assert_eq!(daily.next_fire_at, Some(at("2026-12-24T05:30:00Z")));
    assert_eq!(
        times(&daily, &calendar, "2026-12-24T06:00:00Z", 4),
        // Christmas is a Friday, New Year's Day too.
        ["2026-12-28T05:30:00Z", "2026-12-29T05:30:00Z", "2026-12-30T05:30:00Z", "2026-12-31T05:30:00Z"]
    );
    assert_eq!(times(&daily, &calendar, "2026-12-31T06:00:00Z", 1), ["2027-01-04T05:30:00Z"]);
}

#[test]
fn a_day_is_meant_in_the_schedules_zone() {
    let calendar = calendar(json!({ "name": "One day", "dates": [{ "date": "2026-07-04" }] }));
    let often = schedule(cron("0 0 * * * ?", "America/New_York"), &calendar, "2026-07-01T00:00:00Z");
    assert_eq!(
        times(&often, &calendar, "2026-07-04T02:30:00Z", 3),
        ["2026-07-04T03:00:00Z", "2026-07-05T04:00:00Z", "2026-07-05T05:00:00Z"],
        "the fourth of July lasts from 04:00 to 04:00 UTC"
    );
}

#[test]
fn days_without_a_midnight_begin_after_the_gap() {
    // Cairo goes from 00:00 to 01:00 on 24 April 2026.
    let eve = calendar(json!({ "name": "Eve", "dates": [{ "date": "2026-04-23" }] }));
    let often = schedule(cron("0 0/30 * * * ?", "Africa/Cairo"), &eve, "2026-04-22T00:00:00Z");
    assert_eq!(
        times(&often, &eve, "2026-04-22T21:30:00Z", 2),
        ["2026-04-23T22:00:00Z", "2026-04-23T22:30:00Z"]
    );
    let midnight = schedule(cron("0 0 0 * * ?", "Africa/Cairo"), &eve, "2026-04-22T22:30:00Z");
    assert_eq!(midnight.next_fire_at, Some(at("2026-04-23T22:00:00Z")), "the first instant of the 24th");
    // Samoa had no 30 December 2011.
    let last =
        calendar(json!({ "name": "Last", "dates": [{ "date": "2011-12-29" }, { "date": "2011-12-30" }] }));
    let noon = schedule(cron("0 0 12 * * ?", "Pacific/Apia"), &last, "2011-12-29T09:00:00Z");
    // The noon that there was not comes at once, as it does without a calendar.
    assert_eq!(
        times(&noon, &last, "2011-12-29T09:00:00Z", 2),
        ["2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"]
    );
}

#[test]
fn a_search_never_goes_back_where_a_day_begins_twice() {
    // St. John's went from 00:01 back to 23:01 of the eve.
    let calendar = calendar(json!({ "name": "Eve", "dates": [{ "date": "2010-11-06" }] }));
    let often = schedule(cron("0 * * * * ?", "America/St_Johns"), &calendar, "2010-11-05T12:00:00Z");
    let mut last = at("2010-11-06T02:00:00Z");
    for _ in 0..200 {
        let next = often.next_after(last, Some(&calendar)).unwrap();
        assert!(next > last, "{last} {next}");
        assert!(!calendar.skips(next.with_timezone(&chrono_tz::America::St_Johns).date_naive()), "{next}");
        last = next;
    }
}

#[test]
fn nothing_fires_where_every_time_is_skipped_and_the_search_ends() {
    let mondays = calendar(json!({ "name": "No Mondays", "weekdays": ["monday"] }));
    let weekly = cron("0 0 8 ? * MON", "Europe/Berlin");
    let stuck = schedule(weekly.clone(), &mondays, "2026-07-01T00:00:00Z");
    assert_eq!(stuck.next_fire_at, None);
    let draft: ScheduleDraft = serde_json::from_value(weekly).unwrap();
    let problems = draft.check_calendar(&mondays, at("2026-07-01T00:00:00Z"));
    assert_eq!((problems.0[0].path.as_str(), problems.0[0].code.as_str()), ("calendar_id", "never_fires"));

    let mut never = holidays();
    never.weekdays = Weekday::ALL.to_vec();
    let each_second = schedule(cron("* * * * * ?", "UTC"), &never, "2026-07-01T00:00:00Z");
    assert_eq!(each_second.next_fire_at, None);
    let leap = calendar(json!({ "name": "Leap", "dates": [{ "date": "02-29" }] }));
    let stuck = schedule(cron("0 0 8 29 2 ?", "UTC"), &leap, "2026-07-01T00:00:00Z");
    assert_eq!(stuck.next_fire_at, None);
}

#[test]
fn a_leap_day_on_a_kept_weekday_is_found_though_it_is_far_away() {
    let calendar = calendar(json!({ "name": "Sundays only",
        "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] }));
    let leap = schedule(cron("0 0 8 29 2 ?", "UTC"), &calendar, "2033-01-01T00:00:00Z");
    assert_eq!(leap.next_fire_at, Some(at("2060-02-29T08:00:00Z")));
}

#[test]
fn one_instant_on_a_skipped_day_never_comes() {
    let once = json!({ "schedule_type": "one_shot", "run_at": "2026-12-25T08:00:00Z", "time_zone": "UTC" });
    assert_eq!(schedule(once.clone(), &holidays(), "2026-12-01T00:00:00Z").next_fire_at, None);
    let draft: ScheduleDraft = serde_json::from_value(once).unwrap();
    assert!(draft.check_calendar(&holidays(), at("2026-12-01T00:00:00Z")).has_errors());
    assert!(!draft.check_calendar(&holidays(), at("2026-12-26T00:00:00Z")).has_errors(), "it is past anyway");
}

#[test]
fn times_on_skipped_days_are_not_missed() {
    let calendar = holidays();
    let mut hourly = cron("0 0 12 * * ?", "UTC");
    hourly["misfire_policy"] = json!("run_all");
    let asleep = schedule(hourly, &calendar, "2026-12-24T00:00:00Z");
    let firing = asleep.firing(Some(&calendar), at("2026-12-29T13:00:00Z")).unwrap();
    let wanted = ["2026-12-24T12:00:00Z", "2026-12-28T12:00:00Z", "2026-12-29T12:00:00Z"].map(at);
    assert_eq!((firing.missed.as_slice(), firing.start.as_slice()), (&wanted[..], &wanted[..]));
    assert_eq!(firing.next, Some(at("2026-12-30T12:00:00Z")));
}

#[test]
fn other_days_of_a_calendar_move_what_comes_next_but_not_what_has_come() {
    let open = calendar(json!({ "name": "Open" }));
    let daily = schedule(cron("0 0 12 * * ?", "UTC"), &open, "2026-12-24T00:00:00Z");
    let before = at("2026-12-24T08:00:00Z");
    assert_eq!(daily.next_under(Some(&open), before), daily.next_fire_at);
    let closed = calendar(json!({ "name": "Closed", "dates": [{ "date": "2026-12-24" }] }));
    assert_eq!(daily.next_under(Some(&closed), before), Some(at("2026-12-25T12:00:00Z")));
    // Nobody was there for it: it stays due unless its day is skipped now.
    let late = at("2026-12-26T08:00:00Z");
    assert_eq!(daily.next_under(Some(&open), late), daily.next_fire_at);
    assert_eq!(daily.next_under(Some(&closed), late), Some(at("2026-12-25T12:00:00Z")));
    // A day that is given back comes before what was next.
    let skipping = schedule(cron("0 0 12 * * ?", "UTC"), &closed, "2026-12-24T00:00:00Z");
    assert_eq!(skipping.next_under(Some(&open), before), Some(at("2026-12-24T12:00:00Z")));
}
