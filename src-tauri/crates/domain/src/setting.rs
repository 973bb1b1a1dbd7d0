//! Settings that can change while Courier runs: a typed list, so that an unknown key or a bad value is refused.

use crate::Timestamp;
use crate::problem::Problem;
use serde::Serialize;
use specta::Type;

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
    Integer { low: i64, high: i64 },
    Boolean,
}

/// A setting that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingSpec {
    pub key: &'static str,
    pub kind: SettingKind,
    pub default: &'static str,
    pub help: &'static str,
}

const fn integer(
    key: &'static str,
    default: &'static str,
    low: i64,
    high: i64,
    help: &'static str,
) -> SettingSpec {
    SettingSpec { key, kind: SettingKind::Integer { low, high }, default, help }
}
const fn boolean(key: &'static str, default: &'static str, help: &'static str) -> SettingSpec {
    SettingSpec { key, kind: SettingKind::Boolean, default, help }
}

pub const CONCURRENCY_LIMIT: &str = "job.concurrency_limit";
pub const TEMP_CLEANUP_DAYS: &str = "job.temp_cleanup_days";
pub const RESCUE_LIMIT: &str = "job.rescue_limit";
pub const INSECURE_TRUST_ALLOWED: &str = "security.insecure_trust_allowed";
pub const ARCHIVE_MAX_UNCOMPRESSED: &str = "archive.max_uncompressed_bytes";
pub const ARCHIVE_MAX_ENTRY: &str = "archive.max_entry_size";
pub const ARCHIVE_MAX_FILES: &str = "archive.max_file_count";
pub const ARCHIVE_MAX_RATIO: &str = "archive.max_compression_ratio";

/// Every setting, in the order they are shown.
pub const SETTINGS: &[SettingSpec] = &[
    integer(CONCURRENCY_LIMIT, "5", 1, 1_000, "Jobs that run at the same time, over all nodes."),
    integer(TEMP_CLEANUP_DAYS, "7", 1, 3_650, "Days that the files of a failed run are kept."),
    integer(
        RESCUE_LIMIT,
        "10",
        1,
        1_000,
        "Times in a row that a run is taken over without progress before it fails.",
    ),
    boolean(INSECURE_TRUST_ALLOWED, "false", "Allow connections that accept any host key or certificate."),
    integer(ARCHIVE_MAX_UNCOMPRESSED, "20000000000", 1, i64::MAX, "Bytes that one archive may unpack to."),
    integer(
        ARCHIVE_MAX_ENTRY,
        "10000000000",
        1,
        i64::MAX,
        "Bytes that one file in an archive may unpack to.",
    ),
    integer(ARCHIVE_MAX_FILES, "10000", 1, i64::MAX, "Files that one archive may hold."),
    integer(
        ARCHIVE_MAX_RATIO,
        "200",
        1,
        i64::MAX,
        "How many times larger than the archive its content may be, after 10 MiB.",
    ),
];

/// The spec of a key, if there is such a setting.
pub fn setting(key: &str) -> Option<&'static SettingSpec> {
    SETTINGS.iter().find(|s| s.key == key)
}

impl SettingSpec {
    /// The value in its normal form, or what is wrong with it.
    pub fn check(&self, value: &str) -> Result<String, Problem> {
        let value = value.trim();
        match self.kind {
            SettingKind::Integer { low, high } => match value.parse::<i64>() {
                Ok(n) if (low..=high).contains(&n) => Ok(n.to_string()),
                _ => Err(Problem::error(
                    self.key,
                    "invalid",
                    format!("Enter a whole number from {low} to {high}."),
                )),
            },
            SettingKind::Boolean => match value {
                "true" | "false" => Ok(value.to_owned()),
                _ => Err(Problem::error(self.key, "invalid", "Enter true or false.")),
            },
        }
    }
}
