//! Every setting that exists. Names and meanings are the product's; nothing is read that is not listed here.

use super::{SettingKind, SettingSpec, SettingUnit};

pub const CONCURRENCY_LIMIT: &str = "job.concurrency_limit";
pub const TEMP_CLEANUP_DAYS: &str = "job.temp_cleanup_days";
pub const RESCUE_LIMIT: &str = "job.rescue_limit";
pub const MONITOR_LOG_RETENTION_DAYS: &str = "monitor.file_log_retention_days";
pub const WATCHER_OVERFLOW_THRESHOLD: &str = "monitor.watcher_overflow_threshold";
pub const KEY_WARNING_DAYS: &str = "key.expiration_warning_days";
pub const AUDIT_RETENTION_MONTHS: &str = "audit.retention_months";
pub const AUDIT_CHECKPOINT_FILE: &str = "audit.checkpoint_file";
pub const EXECUTION_RETENTION_MONTHS: &str = "execution.retention_months";
pub const KEEP_AWAKE: &str = "power.keep_awake";
pub const WAIT_FOR_MAINS: &str = "power.wait_for_mains";
pub const WAIT_FOR_UNMETERED: &str = "power.wait_for_unmetered";
pub const INSECURE_TRUST_ALLOWED: &str = "security.insecure_trust_allowed";
pub const APPROVED_ALGORITHMS_ONLY: &str = "security.approved_algorithms_only";
pub const ALLOW_COMMANDS: &str = "security.allow_commands";
pub const ALLOWED_ROOTS: &str = "security.allowed_roots";
pub const WEBHOOK_ALLOW_LOOPBACK: &str = "security.webhook_allow_loopback";
pub const ARCHIVE_MAX_UNCOMPRESSED: &str = "archive.max_uncompressed_bytes";
pub const ARCHIVE_MAX_ENTRY: &str = "archive.max_entry_size";
pub const ARCHIVE_MAX_FILES: &str = "archive.max_file_count";
pub const ARCHIVE_MAX_RATIO: &str = "archive.max_compression_ratio";
pub const ARCHIVE_MAX_NESTING: &str = "archive.max_nesting_depth";
pub const TRANSFER_RATE_LIMIT: &str = "transfer.rate_limit";
pub const TRANSFER_MEMORY_BUDGET: &str = "transfer.memory_budget";

/// A petabyte: more than any disk here, and a whole number in every reader of JSON.
pub(super) const MOST_BYTES: i64 = 1_000_000_000_000_000;
const TEN_YEARS_OF_DAYS: i64 = 3_650;
const CENTURY_OF_MONTHS: i64 = 1_200;

/// Every setting, in the order they are shown.
pub const SETTINGS: &[SettingSpec] = &[
    integer(CONCURRENCY_LIMIT, "Runs at the same time", "5", (1, 1_000), SettingUnit::Jobs)
        .help("Jobs that run at the same time, over all nodes."),
    integer(
        TEMP_CLEANUP_DAYS,
        "Keep the files of failed runs",
        "7",
        (1, TEN_YEARS_OF_DAYS),
        SettingUnit::Days,
    )
    .help("Days that the files of a failed run are kept."),
    integer(RESCUE_LIMIT, "Takeovers in a row", "10", (1, 1_000), SettingUnit::Times)
        .help("Times in a row that a run is taken over without progress before it fails."),
    integer(
        MONITOR_LOG_RETENTION_DAYS,
        "Remember files that are gone",
        "30",
        (1, TEN_YEARS_OF_DAYS),
        SettingUnit::Days,
    )
    .help("Days that a monitor remembers a file that is gone."),
    integer(WATCHER_OVERFLOW_THRESHOLD, "Watcher overflows a day", "3", (0, 10_000), SettingUnit::Times)
        .help("Overflows of a folder's watcher in 24 hours; with more of them the folder is only scanned."),
    integer(KEY_WARNING_DAYS, "Warn before a key expires", "30", (0, TEN_YEARS_OF_DAYS), SettingUnit::Days)
        .help("Days before its end that a key counts as expiring."),
    integer(AUDIT_RETENTION_MONTHS, "Keep the record", "12", (1, CENTURY_OF_MONTHS), SettingUnit::Months)
        .help("Months that the record of changes is kept."),
    SettingSpec {
        key: AUDIT_CHECKPOINT_FILE,
        title: "Checkpoints outside the database",
        kind: SettingKind::File,
        unit: None,
        default: "",
        help: "File that signed checkpoints of the record are also written to, for this store alone. Keep it where \
               whoever owns the database cannot change it.",
    },
    integer(EXECUTION_RETENTION_MONTHS, "Keep runs", "12", (1, CENTURY_OF_MONTHS), SettingUnit::Months)
        .help("Months that runs which are over are kept."),
    SettingSpec {
        key: KEEP_AWAKE,
        title: "Stay awake while jobs run",
        kind: SettingKind::Boolean,
        unit: None,
        default: "true",
        help: "A computer on which Courier's window works on a run does not go to sleep by itself.",
    },
    boolean(WAIT_FOR_MAINS, "Schedules wait for mains power").help(
        "Schedules do not fire on a computer that runs on its battery; what is late by then goes by the schedule's \
         own rule. Agents do not wait.",
    ),
    boolean(WAIT_FOR_UNMETERED, "Schedules wait for an unmetered network").help(
        "Schedules do not fire on a computer whose network is paid for by what it carries, where the system knows; \
         what is late by then goes by the schedule's own rule. Agents do not wait.",
    ),
    boolean(INSECURE_TRUST_ALLOWED, "Connections without proof of the server")
        .help("Allow connections that accept any host key or certificate."),
    boolean(APPROVED_ALGORITHMS_ONLY, "Approved algorithms only")
        .help("Use only AES-GCM, SHA-2, P-256, P-384, RSA from 2048 bits and TLS from 1.2."),
    boolean(ALLOW_COMMANDS, "Steps that run programs")
        .help("Allow steps that run a program of this computer."),
    SettingSpec {
        key: ALLOWED_ROOTS,
        title: "Folders of steps",
        kind: SettingKind::Folders,
        unit: None,
        default: "[]",
        help: "Folders that steps may read and write, with all below them; none means wherever the user may.",
    },
    boolean(WEBHOOK_ALLOW_LOOPBACK, "Webhooks to this computer")
        .help("Allow webhooks to this computer and to link-local addresses."),
    integer(
        ARCHIVE_MAX_UNCOMPRESSED,
        "Size of an unpacked archive",
        "20000000000",
        (1, MOST_BYTES),
        SettingUnit::Bytes,
    )
    .help("Bytes that one archive may unpack to."),
    integer(
        ARCHIVE_MAX_ENTRY,
        "Size of an unpacked file",
        "10000000000",
        (1, MOST_BYTES),
        SettingUnit::Bytes,
    )
    .help("Bytes that one file in an archive may unpack to."),
    integer(ARCHIVE_MAX_FILES, "Files in an archive", "10000", (1, 100_000_000), SettingUnit::Files)
        .help("Files that one archive may hold."),
    integer(ARCHIVE_MAX_RATIO, "Growth when unpacked", "200", (1, 1_000_000), SettingUnit::Times)
        .help("How many times larger than the archive its content may be, after 10 MiB."),
    integer(ARCHIVE_MAX_NESTING, "Archives inside archives", "0", (0, 16), SettingUnit::Levels)
        .help("Levels of archives inside an archive that are unpacked too."),
    SettingSpec {
        key: TRANSFER_RATE_LIMIT,
        title: "Speed of all transfers",
        kind: SettingKind::RateLimit,
        unit: Some(SettingUnit::BytesPerSecond),
        default: "0",
        help: "Bytes per second that all transfers of a node together may use; 0 means no limit. An object sets hours of its own.",
    },
    integer(
        TRANSFER_MEMORY_BUDGET,
        "Memory of all transfers",
        "268435456",
        (16_777_216, 68_719_476_736),
        SettingUnit::Bytes,
    )
    .help("Bytes of memory that all transfers together may hold."),
];

const fn integer(
    key: &'static str,
    title: &'static str,
    default: &'static str,
    (low, high): (i64, i64),
    unit: SettingUnit,
) -> SettingSpec {
    SettingSpec { key, title, kind: SettingKind::Integer { low, high }, unit: Some(unit), default, help: "" }
}

/// What can be allowed or demanded is off until somebody turns it on.
const fn boolean(key: &'static str, title: &'static str) -> SettingSpec {
    SettingSpec { key, title, kind: SettingKind::Boolean, unit: None, default: "false", help: "" }
}

impl SettingSpec {
    const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }
}
