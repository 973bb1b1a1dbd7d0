//! Settings that can change while Courier runs: a typed list, so that an unknown key or a bad value is refused.
//!
//! Values are kept as text in a normal form that [`SettingSpec::check`] makes: numbers without leading zeros, `true` or
//! `false`, folders as a JSON array. Left out: where they are kept, and who acts on them.
//!
//! Invariant: each default is a value in normal form.

mod list;

use crate::Timestamp;
use crate::connection::RateLimit;
use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use serde::Serialize;
use specta::Type;

pub use list::*;

/// A stored setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct SystemSetting {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

/// What a setting's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    Integer {
        low: i64,
        high: i64,
    },
    Boolean,
    /// Absolute folders, perhaps none.
    Folders,
    /// An absolute path of a file, or nothing.
    File,
    /// Bytes per second, or a [`RateLimit`] with hours of its own.
    RateLimit,
}

text_enum! {
    /// What one of an integer is.
    pub enum SettingUnit {
        Jobs = "jobs", Times = "times", Days = "days", Months = "months", Bytes = "bytes",
        BytesPerSecond = "bytes_per_second", Files = "files", Levels = "levels",
    }
}

/// A setting that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingSpec {
    pub key: &'static str,
    /// What people call it.
    pub title: &'static str,
    pub kind: SettingKind,
    pub unit: Option<SettingUnit>,
    pub default: &'static str,
    pub help: &'static str,
}

/// The spec of a key, if there is such a setting.
pub fn setting(key: &str) -> Option<&'static SettingSpec> {
    SETTINGS.iter().find(|s| s.key == key)
}

impl SettingKind {
    /// The type's one name: `integer`, `boolean`, `paths`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integer { .. } => "integer",
            Self::Boolean => "boolean",
            Self::Folders => "paths",
            Self::File => "path",
            Self::RateLimit => "rate_limit",
        }
    }

    /// Of an integer.
    pub const fn range(self) -> Option<SettingRange> {
        match self {
            Self::Integer { low, high } => Some(SettingRange { low, high }),
            Self::Boolean | Self::Folders | Self::File | Self::RateLimit => None,
        }
    }
}

impl SettingSpec {
    /// The value in its normal form, or what is wrong with it. The problem's path is the key.
    pub fn check(&self, value: &str) -> Result<String, Problem> {
        let value = value.trim();
        match self.kind {
            SettingKind::Integer { low, high } => match value.parse::<i64>() {
                Ok(n) if (low..=high).contains(&n) => Ok(n.to_string()),
                _ => Err(self.refuse(format!("Enter a whole number from {low} to {high}."))),
            },
            SettingKind::Boolean => match value {
                "true" | "false" => Ok(value.to_owned()),
                _ => Err(self.refuse("Enter true or false.".to_owned())),
            },
            SettingKind::Folders => {
                let folders = read_folders(value).map_err(|message| self.refuse(message))?;
                Ok(serde_json::Value::from(folders).to_string())
            }
            SettingKind::File if value.is_empty() || is_absolute_file(value) => Ok(value.to_owned()),
            SettingKind::File => {
                Err(self.refuse("Enter a file's absolute path without `..`, or nothing.".to_owned()))
            }
            SettingKind::RateLimit => {
                let limit = read_rate_limit(value).map_err(|message| self.refuse(message))?;
                Ok(normal_rate_limit(&limit))
            }
        }
    }

    /// What may be entered, for people: `1 to 3650 days`.
    pub fn allowed(&self) -> String {
        match self.kind {
            SettingKind::Integer { low, high } => match self.unit {
                Some(unit) => format!("{low} to {high} {}", unit.as_str().replace('_', " ")),
                None => format!("{low} to {high}"),
            },
            SettingKind::Boolean => "true or false".to_owned(),
            SettingKind::Folders => "folders".to_owned(),
            SettingKind::File => "an absolute path, or nothing".to_owned(),
            SettingKind::RateLimit => "bytes per second, or an object with hours".to_owned(),
        }
    }

    fn refuse(&self, message: String) -> Problem {
        Problem::error(self.key, "invalid", message)
    }
}

/// The smallest and the largest value of an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct SettingRange {
    pub low: i64,
    pub high: i64,
}

/// The folders of a value in normal form; `None` if it is in no such form.
pub fn folders(value: &str) -> Option<Vec<String>> {
    serde_json::from_str(value).ok()
}

/// The limit of a value in normal form; `None` if it is in no such form.
pub fn rate_limit(value: &str) -> Option<RateLimit> {
    read_rate_limit(value).ok()
}

/// A number, or a JSON object.
fn read_rate_limit(value: &str) -> Result<RateLimit, String> {
    if !value.starts_with('{') {
        return match value.parse::<u64>() {
            Ok(bytes_per_sec) if bytes_per_sec <= MOST_BYTES.unsigned_abs() => {
                Ok(RateLimit { bytes_per_sec, ..RateLimit::default() })
            }
            _ => Err(format!(
                "Enter a whole number from 0 to {MOST_BYTES}, or a JSON object such as {EXAMPLE}."
            )),
        };
    }
    let limit: RateLimit = serde_json::from_str(value)
        .map_err(|error| format!("Enter a JSON object such as {EXAMPLE}: {error}."))?;
    let mut problems = Problems::default();
    limit.check("limit", &mut problems);
    match problems.0.first() {
        Some(problem) => Err(format!("{}: {}", problem.path, problem.message)),
        None => Ok(limit),
    }
}

/// A limit by the time of day, as it is entered.
const EXAMPLE: &str = r#"{"bytes_per_sec": 0, "time_zone": "Europe/Berlin", "windows": [{"days": ["monday"], "from": "08:00", "until": "18:00", "bytes_per_sec": 5000000}]}"#;

fn normal_rate_limit(limit: &RateLimit) -> String {
    match limit.windows.is_empty() {
        true => limit.bytes_per_sec.to_string(),
        false => serde_json::json!(limit).to_string(),
    }
}

/// Folders as a JSON array, or separated by `;`.
fn read_folders(value: &str) -> Result<Vec<String>, String> {
    let given: Vec<String> = if value.starts_with('[') {
        serde_json::from_str(value)
            .map_err(|error| format!("Enter a JSON array of folders, such as [\"/data\"]: {error}."))?
    } else {
        value.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let mut folders: Vec<String> = Vec::new();
    for folder in given {
        let folder = normal_folder(&folder)?;
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// On any platform.
fn is_absolute(path: &str) -> bool {
    let drive = matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    path.starts_with('/') || path.starts_with(r"\\") || drive
}

fn is_absolute_file(path: &str) -> bool {
    is_absolute(path)
        && !path.ends_with(['/', '\\'])
        && !path.chars().any(char::is_control)
        && path.split(['/', '\\']).all(|part| part != "..")
}

/// An absolute folder of any platform, without a separator at its end.
fn normal_folder(folder: &str) -> Result<String, String> {
    let refuse = |why: &str| Err(format!("`{}` {why}", folder.escape_debug()));
    let drive = matches!(folder.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    if !is_absolute(folder) {
        return refuse("is not an absolute folder; separate several with `;`.");
    }
    if folder.chars().any(char::is_control) || folder.split(['/', '\\']).any(|part| part == "..") {
        return refuse("must be written without `..` and without control characters.");
    }
    let trimmed = folder.trim_end_matches(['/', '\\']);
    let is_root = trimmed.is_empty() || (drive && trimmed.len() == 2);
    Ok(if is_root { folder[..trimmed.len() + 1].to_owned() } else { trimmed.to_owned() })
}

#[cfg(test)]
mod tests;
