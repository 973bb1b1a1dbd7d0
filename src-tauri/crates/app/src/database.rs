//! The database as a whole: bringing it up to date, copying it, examining it, putting a copy back.
//!
//! These work without an opened [`crate::App`], because opening one migrates, and a damaged database opens nothing.
//! Left out: everything that is in the database.

use crate::app::OpenOptions;
use crate::error::Result;
use crate::surroundings::{self, SystemClock};
use courier_domain::Clock;
use courier_store::{Backup, BeforeMigration, DatabaseCheck, Migrated, Restored, StoreUrl};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A database that is not opened.
#[derive(Debug, Clone)]
pub struct Database {
    home: PathBuf,
    url: StoreUrl,
}

/// What an examination found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseReport {
    /// Nothing is broken.
    pub whole: bool,
    /// Without a password.
    pub location: String,
    /// Bytes free where a SQLite file lies.
    pub free: Option<u64>,
    #[serde(flatten)]
    pub check: DatabaseCheck,
}

impl Database {
    /// The database that `options` name; the home is made where it is missing.
    ///
    /// # Errors
    /// The home cannot be made, or the URL is none.
    pub fn at(options: &OpenOptions) -> Result<Self> {
        let home = match &options.home {
            Some(home) => home.clone(),
            None => surroundings::default_home()?,
        };
        let home = surroundings::make_home(&home)?;
        let url = store_url(&home, options.database_url.as_deref())?;
        Ok(Self { home, url })
    }

    /// Brings the tables up to date, as every command does on its first use. A database that holds something is backed
    /// up before, unless `without_backup`.
    pub async fn migrate(&self, without_backup: bool) -> Result<Migrated> {
        let before = match without_backup {
            true => BeforeMigration::Nothing,
            false => BeforeMigration::back_up(&self.url, &self.home),
        };
        Ok(courier_store::migrate(&self.url, &before, &SystemClock).await?)
    }

    /// Copies the database to a file while it is in use.
    pub async fn backup(&self, file: &Path, overwrite: bool) -> Result<Backup> {
        Ok(courier_store::backup(&self.url, file, overwrite).await?)
    }

    /// Examines the database without changing it.
    pub async fn check(&self) -> Result<DatabaseReport> {
        let check = courier_store::check(&self.url).await?;
        let location = self.url.to_string();
        Ok(DatabaseReport { whole: check.is_whole(), location, free: free_space(&self.url), check })
    }

    /// Puts a backup in the place of a SQLite database that nobody has open. What was there is kept beside it.
    pub async fn restore(&self, file: &Path) -> Result<Restored> {
        Ok(courier_store::restore(&self.url, file, SystemClock.now()).await?)
    }
}

/// The store that a home has unless told otherwise.
pub(crate) fn store_url(home: &Path, database_url: Option<&str>) -> Result<StoreUrl> {
    Ok(match database_url {
        Some(text) => StoreUrl::parse(text)?,
        None => StoreUrl::in_home(home),
    })
}

#[cfg(unix)]
fn free_space(url: &StoreUrl) -> Option<u64> {
    let StoreUrl::Sqlite(path) = url else { return None };
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_url: &StoreUrl) -> Option<u64> {
    None
}
