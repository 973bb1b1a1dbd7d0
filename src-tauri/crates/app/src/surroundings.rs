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

/// `user@host`, as the audit names who did something.
pub(crate) fn actor() -> String {
    let user = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    format!("{user}@{}", host_name())
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
pub(crate) fn make_home(home: &Path) -> Result<PathBuf> {
    let home = std::path::absolute(home).map_err(|e| AppError::disk("find", home, &e))?;
    make_private_folder(&home)?;
    Ok(home)
}

/// Makes a folder and its parents; the last one 0700.
pub(crate) fn make_private_folder(folder: &Path) -> Result<()> {
    let failed = |e: std::io::Error| AppError::disk("make the folder", folder, &e);
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
    }
    Ok(())
}
