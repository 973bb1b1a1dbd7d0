//! How the way to a server is taken: TLS, proxies, how many sessions, how fast.
//!
//! Pure: what a limit says at an instant is computed, waiting for it is the transfer's matter.

use crate::Timestamp;
use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use crate::time::Weekday;
use chrono::{Datelike, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};
use specta::Type;

text_enum! {
    /// When TLS begins on an FTPS connection.
    pub enum TlsMode {
        /// After the greeting, by `AUTH TLS` (RFC 4217).
        Explicit = "explicit",
        /// At once, usually on port 990.
        Implicit = "implicit",
    }
}
text_enum! {
    /// How requests to a server are shaped.
    pub enum TransferProfile {
        /// As many and as large as the server and the path take.
        Auto = "auto",
        /// One small request at a time, for servers that choke on more.
        Compat = "compat",
    }
}
text_enum! { pub enum ProxyKind { Socks5 = "socks5", Http = "http" } }

/// The port of FTPS that begins with TLS.
pub const IMPLICIT_TLS_PORT: u16 = 990;

pub(super) fn default_session_limit() -> u32 {
    4
}

/// A proxy between here and a server. Names are resolved by the proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    pub kind: ProxyKind,
    pub host: String,
    pub port: u16,
    /// For proxies that ask who is there; the password is kept with the connection's secrets.
    #[serde(default)]
    pub username: Option<String>,
}

impl ProxyConfig {
    /// Whether it is of no use without a password: SOCKS5 has none that is empty.
    pub fn needs_password(&self) -> bool {
        self.kind == ProxyKind::Socks5 && self.username.is_some()
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        let host = self.host.trim();
        if host.is_empty()
            || host.starts_with('-')
            || host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/' || c == '@')
        {
            problems.push(Problem::error("proxy.host", "invalid", "Enter only the proxy's name or address."));
        }
        if self.port == 0 {
            problems.push(Problem::error("proxy.port", "out_of_range", "A port is between 1 and 65535."));
        }
        if self.username.as_deref().is_some_and(|name| name.is_empty() || name.len() > 255) {
            problems.push(Problem::error(
                "proxy.username",
                "invalid",
                "A user name of a proxy has 1 to 255 bytes; leave it out where the proxy asks for none.",
            ));
        }
        if self.username.as_deref().is_some_and(|name| name.contains(|c: char| c.is_control() || c == ':')) {
            problems.push(Problem::error(
                "proxy.username",
                "invalid",
                "A user name of a proxy has no colons and no control characters.",
            ));
        }
    }
}

/// How fast a connection may be. Windows come before the general limit; the first that holds now counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Bytes per second over all transfers of the connection on this node; 0 means no limit.
    #[serde(default)]
    pub bytes_per_sec: u64,
    #[serde(default)]
    pub windows: Vec<RateWindow>,
    /// IANA name of the zone that the windows' times are of; UTC when absent.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// A limit for some hours of some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct RateWindow {
    /// None means every day. A window over midnight belongs to the day on which it begins.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// `HH:MM`, included.
    pub from: String,
    /// `HH:MM`, excluded; not after `from` means: on the next day.
    pub until: String,
    /// 0 means no limit.
    pub bytes_per_sec: u64,
}

fn clock_time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

impl RateLimit {
    /// Bytes per second at an instant; `None` means no limit.
    pub fn at(&self, now: Timestamp) -> Option<u64> {
        let zone = self.time_zone.as_deref().and_then(|z| z.parse().ok()).unwrap_or(chrono_tz::Tz::UTC);
        let local = now.with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        let today = Weekday::ALL.get(local.weekday().num_days_from_monday() as usize).copied();
        let yesterday = Weekday::ALL.get((local.weekday().num_days_from_monday() as usize + 6) % 7).copied();
        let holds = self.windows.iter().find(|window| window.holds(minute, today, yesterday));
        let limit = holds.map_or(self.bytes_per_sec, |window| window.bytes_per_sec);
        (limit > 0).then_some(limit)
    }

    pub fn check(&self, path: &str, problems: &mut Problems) {
        if self.time_zone.as_deref().is_some_and(|z| z.parse::<chrono_tz::Tz>().is_err()) {
            problems.push(Problem::error(
                format!("{path}.time_zone"),
                "invalid",
                "Enter a time zone such as Europe/Berlin.",
            ));
        }
        for (index, window) in self.windows.iter().enumerate() {
            for (name, text) in [("from", &window.from), ("until", &window.until)] {
                if clock_time(text).is_none() {
                    problems.push(Problem::error(
                        format!("{path}.windows[{index}].{name}"),
                        "invalid",
                        "Enter a time of day such as 08:30.",
                    ));
                }
            }
        }
    }
}

impl RateWindow {
    fn holds(&self, minute: u32, today: Option<Weekday>, yesterday: Option<Weekday>) -> bool {
        let minutes = |text: &str| clock_time(text).map(|t| t.hour() * 60 + t.minute());
        let (Some(from), Some(until)) = (minutes(&self.from), minutes(&self.until)) else { return false };
        let on = |day: Option<Weekday>| self.days.is_empty() || day.is_some_and(|d| self.days.contains(&d));
        if from < until {
            return on(today) && (from..until).contains(&minute);
        }
        (on(today) && minute >= from) || (on(yesterday) && minute < until)
    }
}

/// The SHA-256 thumbprint of a certificate as 64 lower-case hexadecimal digits, or `None` if the text is none. Accepts
/// upper case, colons and spaces between the bytes.
pub fn normal_thumbprint(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let good = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    good.then(|| digits.to_ascii_lowercase())
}

/// What sessions have found out about a server, so that the next one need not. Cleared when host, port or protocol
/// change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields, default)]
pub struct Learned {
    /// The server demands that data channels resume the session, and gives too few tickets for it with TLS 1.3.
    pub tls_1_2_only: bool,
    /// The server chokes on several or large requests.
    pub compat: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(json: serde_json::Value) -> RateLimit {
        serde_json::from_value(json).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_counts_in_its_own_time_zone() {
        let office = limit(serde_json::json!({
            "bytes_per_sec": 0, "time_zone": "Europe/Berlin",
            "windows": [{ "days": ["monday"], "from": "08:00", "until": "18:00", "bytes_per_sec": 1000 }],
        }));
        // 2026-11-23 is a Monday; Berlin is an hour ahead.
        assert_eq!(office.at(at("2026-11-23T07:00:00Z")), Some(1000));
        assert_eq!(office.at(at("2026-11-23T06:59:00Z")), None);
        assert_eq!(office.at(at("2026-11-23T17:00:00Z")), None);
        assert_eq!(office.at(at("2026-11-24T10:00:00Z")), None);
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
        let night = limit(serde_json::json!({
            "bytes_per_sec": 10,
            "windows": [{ "days": ["friday"], "from": "22:00", "until": "06:00", "bytes_per_sec": 0 }],
        }));
        assert_eq!(night.at(at("2026-11-27T21:59:00Z")), Some(10));
        assert_eq!(night.at(at("2026-11-27T22:00:00Z")), None);
        assert_eq!(night.at(at("2026-11-28T05:59:00Z")), None);
        assert_eq!(night.at(at("2026-11-28T06:00:00Z")), Some(10));
        assert_eq!(night.at(at("2026-11-28T23:00:00Z")), Some(10));
    }

    #[test]
    fn times_and_zones_that_are_none_are_named() {
        let mut problems = Problems::default();
        limit(serde_json::json!({
            "time_zone": "Mars/Base", "windows": [{ "from": "8", "until": "25:00", "bytes_per_sec": 1 }],
        }))
        .check("rate_limit", &mut problems);
        let paths: Vec<_> = problems.0.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(
            paths,
            ["rate_limit.time_zone", "rate_limit.windows[0].from", "rate_limit.windows[0].until"]
        );
    }
}
