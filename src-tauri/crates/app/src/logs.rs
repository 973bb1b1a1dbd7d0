//! The program's own log: a file a day in the home, and on request the terminal.
//!
//! Invariant: what libraries say below INFO, where secrets may stand, never gets into it.

use crate::error::{AppError, Result};
use crate::surroundings::{default_home, make_home, make_private_folder};
use courier_domain::ErrorCode;
use std::io::IsTerminal;
use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Days of logs that are kept.
const KEPT_FILES: usize = 14;

/// How much is shown on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    Quiet,
    Info,
    Debug,
    /// Everything that Courier itself has to say.
    Trace,
}

/// Keeps the log going; what is not written yet is written when it is dropped.
#[derive(Debug)]
pub struct Logs {
    _file: WorkerGuard,
}

impl Logs {
    /// Starts logging for the process. `home` is as in [`crate::OpenOptions`].
    pub fn start(home: Option<&Path>, terminal: Verbosity) -> Result<Self> {
        let home = match home {
            Some(home) => home.to_owned(),
            None => default_home()?,
        };
        let folder = make_home(&home)?.join("logs");
        make_private_folder(&folder)?;
        let file = Builder::new()
            .rotation(Rotation::DAILY)
            .filename_prefix("courier")
            .filename_suffix("log")
            .max_log_files(KEPT_FILES)
            .build(&folder)
            .map_err(|e| {
                AppError::new(
                    ErrorCode::IoFailed,
                    format!("The log in {} cannot be written: {e}.", folder.display()),
                )
            })?;
        close_files(&folder);
        let (writer, guard) = tracing_appender::non_blocking(file);
        let to_file = fmt::layer().json().with_writer(writer).with_filter(filter(LevelFilter::INFO));
        let shown = match terminal {
            Verbosity::Quiet => LevelFilter::OFF,
            Verbosity::Info => LevelFilter::INFO,
            Verbosity::Debug => LevelFilter::DEBUG,
            Verbosity::Trace => LevelFilter::TRACE,
        };
        let to_terminal = fmt::layer()
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .with_target(false)
            .with_filter(filter(shown));
        // A second start in one process (tests) keeps the first log.
        let _ = tracing_subscriber::registry().with(to_file).with(to_terminal).try_init();
        Ok(Self { _file: guard })
    }
}

/// Takes the log files from everybody but their owner. The folder is closed already; this is for copies of it.
fn close_files(folder: &Path) {
    #[cfg(unix)]
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        use std::os::unix::fs::PermissionsExt;
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // A log that stays readable inside a closed folder is no reason to stop.
            let _ = std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o600));
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// Our own crates at `ours`, everything else at WARN at most.
fn filter(ours: LevelFilter) -> Targets {
    let others = ours.min(LevelFilter::WARN);
    Targets::new().with_default(others).with_targets(OUR_CRATES.iter().map(|name| (*name, ours)))
}

const OUR_CRATES: &[&str] = &[
    "courier",
    "courier_app",
    "courier_archive",
    "courier_engine",
    "courier_keys",
    "courier_store",
    "courier_transfer",
    "courier_vault",
];
