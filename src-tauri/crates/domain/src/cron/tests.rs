use super::*;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// The next `count` fire times as the zone's clock shows them, with its distance from UTC.
fn fires(expression: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
    let after = DateTime::parse_from_rfc3339(after).unwrap().to_utc();
    let expression = CronExpression::parse(expression).unwrap();
    let times = expression.upcoming(after, zone).take(count);
    times.map(|time| time.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %:z").to_string()).collect()
}

fn days(expression: &str, after: &str, count: usize) -> Vec<String> {
    fires(expression, Tz::UTC, after, count).into_iter().map(|time| time[..10].to_owned()).collect()
}

fn refused(expression: &str) -> String {
    CronExpression::parse(expression).unwrap_err().message
}

const BERLIN: Tz = chrono_tz::Europe::Berlin;
const NEW_YORK: Tz = chrono_tz::America::New_York;
const LORD_HOWE: Tz = chrono_tz::Australia::Lord_Howe;

#[test]
fn seconds_come_first_and_weekdays_count_from_sunday() {
    assert_eq!(
        fires("5 30 6 ? * 2-6", Tz::UTC, "2026-11-20T06:30:04Z", 3),
        ["2026-11-20 06:30:05 +00:00", "2026-11-23 06:30:05 +00:00", "2026-11-24 06:30:05 +00:00"]
    );
    assert_eq!(days("0 0 0 ? * MON-FRI", "2026-11-20T00:00:00Z", 2), ["2026-11-23", "2026-11-24"]);
    assert_eq!(days("0 0 0 ? * 1", "2026-11-20T00:00:00Z", 2), ["2026-11-22", "2026-11-29"]);
}

#[test]
fn a_star_beside_a_given_day_means_what_a_question_mark_means() {
    let wanted = days("0 0 0 ? * MON", "2026-11-20T00:00:00Z", 3);
    assert_eq!(days("0 0 0 * * MON", "2026-11-20T00:00:00Z", 3), wanted);
    assert_eq!(days("0 0 0 13 * *", "2026-11-20T00:00:00Z", 2), ["2026-12-13", "2027-01-13"]);
    assert_eq!(days("0 0 0 * * *", "2026-11-20T00:00:00Z", 2), ["2026-11-21", "2026-11-22"]);
}

#[test]
fn the_last_days_of_a_month_are_counted_from_its_end() {
    let after = "2028-01-31T00:00:00Z";
    assert_eq!(days("0 0 0 L * ?", after, 3), ["2028-02-29", "2028-03-31", "2028-04-30"]);
    assert_eq!(days("0 0 0 L-3 * ?", after, 3), ["2028-02-26", "2028-03-28", "2028-04-27"]);
    assert_eq!(days("0 0 0 L-29 * ?", after, 3), ["2028-03-02", "2028-04-01", "2028-05-02"]);
    assert_eq!(days("0 0 0 L-30 * ?", after, 2), ["2028-03-01", "2028-05-01"]);
    assert_eq!(days("0 0 0 1,L * ?", after, 3), ["2028-02-01", "2028-02-29", "2028-03-01"]);
    // The last of October 2027 is a Sunday, of July 2027 a Saturday.
    assert_eq!(
        days("0 0 0 LW 7-10 ?", "2027-07-01T00:00:00Z", 4)[..],
        ["2027-07-30", "2027-08-31", "2027-09-30", "2027-10-29"]
    );
    // Three days before the last of October 2027 is a Thursday, of November a Saturday.
    assert_eq!(days("0 0 0 L-3W 10,11 ?", "2027-10-01T00:00:00Z", 2), ["2027-10-28", "2027-11-26"]);
}

#[test]
fn the_nearest_weekday_stays_in_its_month() {
    // 1 August 2026 is a Saturday, 31 May 2026 a Sunday, 15 August 2026 a Saturday, 15 November 2026 a Sunday.
    assert_eq!(days("0 0 0 1W 8 ?", "2026-07-01T00:00:00Z", 1), ["2026-08-03"]);
    assert_eq!(days("0 0 0 31W * ?", "2026-04-30T00:00:00Z", 2), ["2026-05-29", "2026-07-31"]);
    assert_eq!(days("0 0 0 15W 8,11 ?", "2026-07-01T00:00:00Z", 2), ["2026-08-14", "2026-11-16"]);
}

#[test]
fn the_nth_and_the_last_weekday_of_a_month() {
    let after = "2026-11-20T00:00:00Z";
    assert_eq!(days("0 0 0 ? * 6#3", after, 2), ["2026-12-18", "2027-01-15"]);
    assert_eq!(days("0 0 0 ? * FRI#5", after, 2), ["2027-01-29", "2027-04-30"]);
    assert_eq!(days("0 0 0 ? * 6L", after, 2), ["2026-11-27", "2026-12-25"]);
    assert_eq!(days("0 0 0 ? * FRIL", after, 2), ["2026-11-27", "2026-12-25"]);
    assert_eq!(days("0 0 0 ? * L", after, 2), ["2026-11-21", "2026-11-28"]);
    assert_eq!(days("0 0 0 ? * MON#1,FRIL", after, 3), ["2026-11-27", "2026-12-07", "2026-12-25"]);
}

#[test]
fn ranges_wrap_and_steps_start_where_they_are_told() {
    let hours = |text: &str| -> Vec<String> {
        let times = fires(text, Tz::UTC, "2026-11-20T00:00:00Z", 8);
        times.into_iter().map(|time| time[11..16].to_owned()).collect()
    };
    assert_eq!(hours("0 0 22-2 * * ?")[..5], ["01:00", "02:00", "22:00", "23:00", "00:00"]);
    assert_eq!(hours("0 0 22-3/2 * * ?")[..4], ["02:00", "22:00", "00:00", "02:00"]);
    assert_eq!(hours("0 10/20 * * * ?")[..4], ["00:10", "00:30", "00:50", "01:10"]);
    assert_eq!(hours("0 /30 0 * * ?")[..3], ["00:30", "00:00", "00:30"]);
    assert_eq!(
        days("0 0 0 ? * FRI-MON", "2026-11-22T00:00:00Z", 4),
        ["2026-11-23", "2026-11-27", "2026-11-28", "2026-11-29"]
    );
    assert_eq!(
        days("0 0 0 1 nov-feb ?", "2026-12-01T00:00:00Z", 3),
        ["2027-01-01", "2027-02-01", "2027-11-01"]
    );
    assert_eq!(
        days("0 0 0 30-2 * ?", "2026-11-29T00:00:00Z", 4),
        ["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-30"]
    );
}

#[test]
fn years_are_optional_and_run_out() {
    assert_eq!(
        days("0 0 12 1 1 ? 2027-2031/2,2040", "2026-11-20T00:00:00Z", 9),
        ["2027-01-01", "2029-01-01", "2031-01-01", "2040-01-01"]
    );
    assert!(days("0 0 12 1 1 ? 2020", "2026-11-20T00:00:00Z", 1).is_empty());
}

#[test]
fn leap_days_and_months_of_31_days() {
    assert_eq!(days("0 0 0 29 2 ?", "2026-11-20T00:00:00Z", 3), ["2028-02-29", "2032-02-29", "2036-02-29"]);
    assert_eq!(days("0 0 0 29 2 ?", "2096-02-29T00:00:00Z", 1), ["2104-02-29"]);
    assert_eq!(
        days("0 0 0 31 * ?", "2026-11-20T00:00:00Z", 4),
        ["2026-12-31", "2027-01-31", "2027-03-31", "2027-05-31"]
    );
}

#[test]
fn a_day_that_never_comes_ends_the_search() {
    for never in ["0 0 0 30 2 ?", "* * * 31 4,6,9,11 ?", "0 0 0 L-30 2 ?", "* * * ? 2 SUN#5 2027"] {
        assert_eq!(
            CronExpression::parse(never).unwrap().next_after(at("2026-11-20T00:00:00Z"), BERLIN),
            None
        );
    }
    let every_second = CronExpression::parse("* * * * * ?").unwrap();
    for far in [DateTime::<Utc>::MAX_UTC, at("2199-12-31T23:59:59Z")] {
        assert_eq!(every_second.next_after(far, Tz::UTC), None);
    }
    let first = every_second.next_after(DateTime::<Utc>::MIN_UTC, Tz::UTC).unwrap();
    assert_eq!(first, at("1970-01-01T00:00:00Z"));
}

#[test]
fn a_fixed_time_in_a_gap_runs_at_the_first_instant_after_it() {
    assert_eq!(
        fires("0 30 2 * * ?", BERLIN, "2027-03-27T00:00:00Z", 3),
        ["2027-03-27 02:30:00 +01:00", "2027-03-28 03:00:00 +02:00", "2027-03-29 02:30:00 +02:00"]
    );
    assert_eq!(
        fires("0 15 2 * * ?", NEW_YORK, "2027-03-14T05:00:00Z", 2),
        ["2027-03-14 03:00:00 -04:00", "2027-03-15 02:15:00 -04:00"]
    );
    assert_eq!(
        fires("0 10 2 * * ?", LORD_HOWE, "2027-10-02T12:00:00Z", 2),
        ["2027-10-03 02:30:00 +11:00", "2027-10-04 02:10:00 +11:00"]
    );
    // The clock of Cairo leaves out midnight itself.
    assert_eq!(
        fires("0 0 0 * * ?", chrono_tz::Africa::Cairo, "2027-04-29T12:00:00Z", 2),
        ["2027-04-30 01:00:00 +03:00", "2027-05-01 00:00:00 +03:00"]
    );
    // A whole day is missing in Apia.
    assert_eq!(
        fires("0 0 12 30 * ?", chrono_tz::Pacific::Apia, "2011-12-01T00:00:00Z", 2),
        ["2011-12-31 00:00:00 +14:00", "2012-01-30 12:00:00 +14:00"]
    );
}

#[test]
fn a_fixed_time_in_an_overlap_runs_once() {
    assert_eq!(
        fires("0 30 2 * * ?", BERLIN, "2026-10-24T12:00:00Z", 2),
        ["2026-10-25 02:30:00 +02:00", "2026-10-26 02:30:00 +01:00"]
    );
    // Asked between the two, it is over for that day.
    assert_eq!(fires("0 30 2 * * ?", BERLIN, "2026-10-25T01:05:00Z", 1), ["2026-10-26 02:30:00 +01:00"]);
    assert_eq!(
        fires("0 30 1 * * ?", NEW_YORK, "2026-11-01T04:00:00Z", 2),
        ["2026-11-01 01:30:00 -04:00", "2026-11-02 01:30:00 -05:00"]
    );
    assert_eq!(
        fires("0 45 1 * * ?", LORD_HOWE, "2027-04-03T12:00:00Z", 2),
        ["2027-04-04 01:45:00 +11:00", "2027-04-05 01:45:00 +10:30"]
    );
}

#[test]
fn a_list_of_times_is_as_fixed_as_one() {
    assert_eq!(
        fires("0 0,30 2,3 * * ?", BERLIN, "2027-03-28T00:00:00Z", 3),
        ["2027-03-28 03:00:00 +02:00", "2027-03-28 03:30:00 +02:00", "2027-03-29 02:00:00 +02:00"]
    );
    assert_eq!(
        fires("0 0 2,14 * * ?", BERLIN, "2026-10-24T22:00:00Z", 3),
        ["2026-10-25 02:00:00 +02:00", "2026-10-25 14:00:00 +01:00", "2026-10-26 02:00:00 +01:00"]
    );
}

#[test]
fn every_fifteen_minutes_keeps_going_over_both_changes() {
    for (zone, start) in [
        (BERLIN, "2027-03-27T23:00:00Z"),
        (BERLIN, "2026-10-24T23:00:00Z"),
        (NEW_YORK, "2027-03-14T05:00:00Z"),
        (NEW_YORK, "2026-11-01T04:00:00Z"),
    ] {
        for expression in ["0 0/15 * * * ?", "0 */15 * * * ?", "0 0,15,30,45 * * * ?"] {
            let expression = CronExpression::parse(expression).unwrap();
            let times: Vec<_> = expression.upcoming(at(start), zone).take(24).collect();
            let even: Vec<_> = (1..=24).map(|n| at(start) + TimeDelta::minutes(15 * n)).collect();
            assert_eq!(times, even, "{expression} in {zone}");
        }
    }
}

#[test]
fn an_hourly_schedule_follows_a_change_of_half_an_hour() {
    assert_eq!(
        fires("0 0 * * * ?", LORD_HOWE, "2027-04-03T13:30:00Z", 3),
        ["2027-04-04 01:00:00 +11:00", "2027-04-04 02:00:00 +10:30", "2027-04-04 03:00:00 +10:30"]
    );
    assert_eq!(
        fires("0 45 * * * ?", LORD_HOWE, "2027-04-03T14:00:00Z", 3),
        ["2027-04-04 01:45:00 +11:00", "2027-04-04 01:45:00 +10:30", "2027-04-04 02:45:00 +10:30"]
    );
    assert_eq!(
        fires("0 15 * * * ?", LORD_HOWE, "2027-10-02T14:00:00Z", 3),
        ["2027-10-03 01:15:00 +10:30", "2027-10-03 03:15:00 +11:00", "2027-10-03 04:15:00 +11:00"]
    );
}

#[test]
fn the_second_pass_of_an_overlap_is_seen_from_inside_the_first() {
    assert_eq!(
        fires("0 0/20 2 * * ?", BERLIN, "2026-10-25T00:41:00Z", 4),
        [
            "2026-10-25 02:00:00 +01:00",
            "2026-10-25 02:20:00 +01:00",
            "2026-10-25 02:40:00 +01:00",
            "2026-10-26 02:00:00 +01:00"
        ]
    );
}

#[test]
fn what_is_wrong_is_said_with_its_field() {
    let messages: Vec<_> = [
        "",
        "0 6 * * MON",
        "@daily",
        "0 0 0 1 1 ? 2027 8",
        "60 0 0 * * ?",
        "0 6o 0 * * ?",
        "0 ? 0 * * ?",
        "0 0 0 ? * 0",
        "0 0 0 ? * SUNMON",
        "0 0 0 1 JANFEB ?",
        "0 0 0 13 * FRI",
        "0 0 0 ? * ?",
        "0 0/90 * * * ?",
        "0 0 0 L-31 * ?",
        "0 0 0 L-+3 * ?",
        "0 0 0 0W * ?",
        "0 0 0 ? * FRI#6",
        "0 0 0 1 1 ? 2030-2027",
        "0 1,,2 0 * * ?",
        "0 1- 0 * * ?",
        "0 -1 0 * * ?",
        "0 +1 0 * * ?",
    ]
    .map(refused)
    .into();
    insta::assert_snapshot!(messages.join("\n"), @r"
    A cron expression has six fields, or seven with the year (second, minute, hour, day of month, month, day of week), such as `0 30 6 ? * MON-FRI`; this one has 0.
    A cron expression starts with the seconds: put `0` before these five fields.
    Names such as @daily are not known here; write `0 0 0 * * ?` for every midnight.
    A cron expression has six fields, or seven with the year (second, minute, hour, day of month, month, day of week), such as `0 30 6 ? * MON-FRI`; this one has 8.
    In the seconds, `60` is not a value: enter 0 to 59.
    In the minutes, `6O` is not a value: enter 0 to 59.
    In the minutes, `?` has no meaning; it stands only for a day. Write `*`: enter 0 to 59.
    In the day of week, `0` is not a value: enter 1 to 7, or SUN to SAT.
    In the day of week, `SUNMON` is not a value: enter 1 to 7, or SUN to SAT.
    In the month, `JANFEB` is not a value: enter 1 to 12, or JAN to DEC.
    Give the day of month or the day of week and write `?` in the other; together they have no clear meaning.
    `?` may stand in one of the two day fields; write `*` in the other for every day.
    In the minutes, the step in `0/90` must be a number from 1 to 59.
    In the day of month, `L-` takes a number of days before the last: 0 to 30.
    In the day of month, `L-` takes a number of days before the last: 0 to 30.
    In the day of month, `0` is not a value: enter 1 to 31.
    In the day of week, `#` is followed by which one of the month: 1 to 5.
    In the year, 2030-2027 runs backwards.
    In the minutes, a value is missing: enter 0 to 59.
    In the minutes, a value is missing: enter 0 to 59.
    In the minutes, a value is missing: enter 0 to 59.
    In the minutes, `+1` is not a value: enter 0 to 59.
    ");
    assert!(refused(&format!("0 {} * * * ?", "1,".repeat(200))).contains("256 characters"));
}

#[test]
fn an_expression_is_its_text_everywhere() {
    let expression = CronExpression::parse("  0 30  6 ? * mon-fri ").unwrap();
    assert_eq!(expression.to_string(), "0 30 6 ? * mon-fri");
    let json = serde_json::to_string(&expression).unwrap();
    assert_eq!(json, r#""0 30 6 ? * mon-fri""#);
    assert_eq!(serde_json::from_str::<CronExpression>(&json).unwrap(), expression);
    assert!(serde_json::from_str::<CronExpression>(r#""every day""#).is_err());
}

/// One field that croner reads as we do, and whether it is a single value.
fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (low..=high).prop_map(|value| value.to_string()),
        2 => Just("*".to_owned()),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (low..=high, 1..=high).prop_map(|(start, step)| format!("{start}/{step}")),
        1 => (1..=high).prop_map(|step| format!("*/{step}")),
    ]
}

fn day_fields() -> impl Strategy<Value = (String, String)> {
    let of_month = prop_oneof![
        field(1, 31),
        Just("L".to_owned()),
        Just("LW".to_owned()),
        (1..=31u32).prop_map(|day| format!("{day}W"))
    ];
    let of_week = prop_oneof![
        field(1, 7),
        (1..=7u32).prop_map(|day| format!("{day}L")),
        (1..=7u32, 1..=5u32).prop_map(|(day, nth)| format!("{day}#{nth}"))
    ];
    prop_oneof![of_month.prop_map(|day| (day, "?".to_owned())), of_week.prop_map(|day| ("?".to_owned(), day))]
}

fn expression() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 59), field(0, 23), day_fields(), field(1, 12))
        .prop_map(|(s, m, h, (day, weekday), month)| format!("{s} {m} {h} {day} {month} {weekday}"))
}

fn zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        BERLIN,
        NEW_YORK,
        LORD_HOWE,
        chrono_tz::America::St_Johns,
        chrono_tz::Asia::Kathmandu,
        chrono_tz::Europe::Dublin,
        chrono_tz::Pacific::Chatham,
        chrono_tz::Africa::Cairo,
    ])
}

/// An instant of our years; half of them within a day of a change of the clock in Europe or America.
fn instant() -> impl Strategy<Value = Timestamp> {
    let changes =
        ["2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z", "2026-11-01T06:00:00Z", "2027-03-14T07:00:00Z"];
    prop_oneof![
        (0..7_000_000_000i64).prop_map(|second| Utc.timestamp_opt(second, 0).unwrap()),
        (prop::sample::select(changes.to_vec()), -86_400..86_400i64)
            .prop_map(|(change, offset)| at(change) + TimeDelta::seconds(offset)),
    ]
}

proptest! {
    #[test]
    fn fire_times_move_forward(text in expression(), zone in zone(), after in instant(), later in 0..200_000i64) {
        let expression = CronExpression::parse(&text).unwrap();
        let next = expression.next_after(after, zone);
        if let Some(next) = next {
            prop_assert!(next > after);
            // Nothing lies between: asked a moment before it, the answer is the same.
            prop_assert_eq!(expression.next_after(next - TimeDelta::microseconds(1), zone), Some(next));
            let from_later = expression.next_after(after + TimeDelta::seconds(later), zone);
            prop_assert!(from_later.is_none_or(|from_later| from_later >= next));
        }
    }

    /// croner knows neither `L-3` nor ranges that wrap, and takes a list of times for an interval; in all else it is
    /// a second opinion.
    #[test]
    fn croner_names_the_same_instants(text in expression(), zone in zone(), after in instant()) {
        let croner = croner::parser::CronParser::builder()
            .seconds(croner::parser::Seconds::Required)
            .alternative_weekdays(true)
            .sloppy_ranges(true)
            .build()
            .parse(&text)
            .unwrap();
        let expected = croner
            .find_next_occurrence(&after.with_timezone(&zone), false)
            .ok()
            .map(|time| time.to_utc())
            .filter(|time| *time < at("2199-01-01T00:00:00Z"));
        let found = CronExpression::parse(&text).unwrap().next_after(after, zone);
        prop_assert_eq!(found.filter(|time| *time < at("2199-01-01T00:00:00Z")), expected, "{} {}", text, zone);
    }

    #[test]
    fn no_text_is_too_odd_to_refuse(text in "\\PC{0,300}") {
        let _ = CronExpression::parse(&text);
    }

    #[test]
    fn no_text_of_the_right_letters_breaks_the_search(text in "[0-9*?LW#,/A-Z -]{5,60}", after in instant()) {
        if let Ok(expression) = CronExpression::parse(&text) {
            let _ = expression.next_after(after, BERLIN);
        }
    }
}

#[test]
fn an_expression_has_the_words_that_the_window_says() {
    let words: std::collections::BTreeMap<String, Option<String>> =
        serde_json::from_str(include_str!("words.json")).unwrap();
    assert!(words.len() > 30, "the table is read");
    for (expression, words) in words {
        assert_eq!(CronExpression::parse(&expression).unwrap().in_words(), words, "{expression}");
    }
}
