use super::*;
use std::collections::BTreeSet;

#[test]
fn each_default_is_a_value_in_normal_form() {
    for spec in SETTINGS {
        assert_eq!(spec.check(spec.default).as_deref(), Ok(spec.default), "{}", spec.key);
    }
}

#[test]
fn each_setting_has_a_key_of_its_own_and_says_what_it_is() {
    let keys: BTreeSet<_> = SETTINGS.iter().map(|spec| spec.key).collect();
    let titles: BTreeSet<_> = SETTINGS.iter().map(|spec| spec.title).collect();
    assert_eq!((keys.len(), titles.len()), (SETTINGS.len(), SETTINGS.len()));
    for spec in SETTINGS {
        assert!(spec.key.split_once('.').is_some_and(|(group, name)| !group.is_empty() && !name.is_empty()));
        assert!(spec.help.ends_with('.') && spec.help.len() > 10, "{}", spec.key);
        assert!(!spec.title.is_empty() && !spec.title.ends_with('.'), "{}", spec.key);
        let counts = matches!(spec.kind, SettingKind::Integer { .. } | SettingKind::RateLimit);
        assert_eq!(counts, spec.unit.is_some(), "{}", spec.key);
    }
}

#[test]
fn an_integer_out_of_its_range_is_refused() {
    for spec in SETTINGS {
        let SettingKind::Integer { low, high } = spec.kind else { continue };
        assert_eq!(spec.check(&low.to_string()), Ok(low.to_string()), "{}", spec.key);
        assert_eq!(spec.check(&high.to_string()), Ok(high.to_string()), "{}", spec.key);
        let outside = [(low - 1).to_string(), (high + 1).to_string()];
        for value in outside.iter().map(String::as_str).chain(["", "ten", "1.5", "5 days", "0x10"]) {
            let problem = spec.check(value).unwrap_err();
            assert_eq!((problem.path.as_str(), problem.code.as_str()), (spec.key, "invalid"), "{value}");
            assert!(problem.message.contains(&format!("from {low} to {high}")), "{problem}");
        }
    }
}

#[test]
fn a_switch_is_true_or_false() {
    let spec = setting(ALLOW_COMMANDS).unwrap();
    assert_eq!(spec.check(" true "), Ok("true".to_owned()));
    for value in ["", "yes", "1", "TRUE", "on"] {
        assert!(spec.check(value).is_err(), "{value}");
    }
}

#[test]
fn folders_are_absolute_and_come_one_by_one_or_as_an_array() {
    let spec = setting(ALLOWED_ROOTS).unwrap();
    let normal = |value: &str| spec.check(value).map_err(|problem| problem.message);
    assert_eq!(normal(""), Ok("[]".into()));
    assert_eq!(normal("/data/in/"), Ok(r#"["/data/in"]"#.into()));
    assert_eq!(normal("/data; /srv/a,b ;/data/"), Ok(r#"["/data","/srv/a,b"]"#.into()));
    assert_eq!(normal(r#"["/with; semicolon", "/"]"#), Ok(r#"["/with; semicolon","/"]"#.into()));
    assert_eq!(normal(r"C:\Data\;\\host\share\"), Ok(r#"["C:\\Data","\\\\host\\share"]"#.into()));
    assert_eq!(normal(r"D:\"), Ok(r#"["D:\\"]"#.into()));
    assert_eq!(folders(&normal("/a;/b").unwrap()), Some(vec!["/a".to_owned(), "/b".to_owned()]));
    for refused in ["data", "./data", "~/data", "/data/../etc", "/data;srv", "[\"/a\"", "[1]", "/a\u{7}"] {
        assert!(normal(refused).is_err(), "{refused}");
    }
}

#[test]
fn what_is_allowed_is_said_in_words() {
    let allowed = |key| setting(key).unwrap().allowed();
    assert_eq!(allowed(TEMP_CLEANUP_DAYS), "1 to 3650 days");
    assert_eq!(allowed(ALLOW_COMMANDS), "true or false");
    assert_eq!(allowed(ALLOWED_ROOTS), "folders");
    assert_eq!(setting("job.colour"), None);
}

#[test]
fn a_rate_limit_is_a_number_or_has_hours_of_its_own() {
    let spec = setting(TRANSFER_RATE_LIMIT).unwrap();
    assert_eq!(spec.check(" 5000 "), Ok("5000".to_owned()));
    assert_eq!(spec.check(r#"{"bytes_per_sec": 7}"#), Ok("7".to_owned()), "one form for one meaning");
    let office = r#"{"bytes_per_sec":9,"windows":[{"days":["friday"],"from":"08:00","until":"18:00","bytes_per_sec":3}]}"#;
    let normal = spec.check(office).unwrap();
    assert_eq!(spec.check(&normal), Ok(normal.clone()));
    let read = rate_limit(&normal).unwrap();
    assert_eq!(read.at("2026-11-27T12:00:00Z".parse().unwrap()), Some(3));
    assert_eq!(read.at("2026-11-28T12:00:00Z".parse().unwrap()), Some(9));
    for (bad, word) in [
        ("-1", "whole number"),
        ("fast", "whole number"),
        (r#"{"bytes_per_second": 7}"#, "bytes_per_second"),
        (r#"{"windows":[{"from":"8h","until":"18:00","bytes_per_sec":3}]}"#, "windows[0].from"),
    ] {
        let problem = spec.check(bad).unwrap_err();
        assert!(problem.path == spec.key && problem.message.contains(word), "{problem}");
    }
}
