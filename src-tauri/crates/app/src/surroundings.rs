//! What the machine gives: the time, new ids, who we are, where the home is. The only file that reads them.
//!
//! Invariant: everything else takes [`Clock`] and [`IdSource`] as arguments.

use crate::error::{AppError, Result};
use courier_domain::{Clock, ErrorCode, IdSource, Timestamp, time::to_micros};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else takes as an argument"
    )]
    fn now(&self) -> Timestamp {
        to_micros(chrono::Utc::now())
    }

    fn is_machines(&self) -> bool {
        true
    }
}

/// UUIDv7 from the system's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemIds;

impl IdSource for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the id source that everything else takes as an argument"
    )]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// This machine's name, without control characters.
pub(crate) fn host_name() -> String {
    let name = hostname::get().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

/// Who runs this process, as the system calls them.
pub(crate) fn user() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".to_owned())
}

/// `user@host`, as the audit names who did something.
pub(crate) fn actor() -> String {
    format!("{}@{}", user(), host_name())
}

/// The folder that `~` stands for.
pub(crate) fn user_home() -> Result<PathBuf> {
    let dirs = directories::BaseDirs::new();
    dirs.map(|dirs| dirs.home_dir().to_owned())
        .ok_or_else(|| AppError::new(ErrorCode::Validation, "This user has no home folder."))
}

/// The system's time zone by its IANA name; UTC where the system has none that is known.
pub(crate) fn time_zone() -> String {
    let known = |name: &String| name.parse::<chrono_tz::Tz>().is_ok();
    // What the clock of this process follows comes before the machine's.
    let own = std::env::var("TZ").ok().map(|name| name.trim_start_matches(':').to_owned()).filter(known);
    own.or_else(|| iana_time_zone::get_timezone().ok().filter(known)).unwrap_or_else(|| "UTC".to_owned())
}

/// The platform's data folder for Courier.
pub(crate) fn default_home() -> Result<PathBuf> {
    directories::ProjectDirs::from("", "", "courier").map(|dirs| dirs.data_dir().to_owned()).ok_or_else(
        || {
            AppError::new(
                ErrorCode::Validation,
                "This user has no home folder. Say where Courier keeps its data (--home).",
            )
        },
    )
}

/// Makes the home folder, closed to everybody else.
///
/// # Errors
/// [`ErrorCode::StoreUnavailable`]: the folder cannot be made or written.
pub(crate) fn make_home(home: &Path) -> Result<PathBuf> {
    let failed = |e: std::io::Error| not_a_home(home, &e);
    let home = std::path::absolute(home).map_err(failed)?;
    private_folder(&home).map_err(failed)?;
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        // Not by the mode alone: a read-only file system or an access list may forbid it all the same.
        access(&home, Access::WRITE_OK | Access::EXEC_OK).map_err(|e| failed(e.into()))?;
    }
    Ok(home)
}

fn not_a_home(home: &Path, cause: &std::io::Error) -> AppError {
    let why = if home.exists() && !home.is_dir() {
        "it is not a folder".to_owned()
    } else {
        cause.kind().to_string()
    };
    let shown = home.display();
    AppError::new(
        ErrorCode::StoreUnavailable,
        format!("The folder {shown} cannot be Courier's home: {why}; choose a folder that you can write."),
    )
    .with("path", shown)
}

/// Makes a folder and its parents; the last one 0700.
pub(crate) fn make_private_folder(folder: &Path) -> Result<()> {
    private_folder(folder).map_err(|e| AppError::disk("make the folder", folder, &e))
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder)?.permissions().mode();
        if mode & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}
