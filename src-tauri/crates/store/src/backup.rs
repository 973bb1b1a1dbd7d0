//! Copies of a whole database, made while it is in use, and the way back from one.
//!
//! SQLite writes the copy itself (`VACUUM INTO`), from one instant and without holding up writers; PostgreSQL's is a
//! dump in `pg_dump`'s custom format. Either is written under another name, read back, synced, and only then renamed.
//!
//! Left out: the vault's key, which is not in the database, so no backup opens a secret by itself.
//!
//! Invariant: a file under a backup's final name is whole and durable, and only its owner may read it.

use crate::migrate::{self, untouched};
use crate::{StoreError, StoreUrl};
use courier_domain::Timestamp;
use serde::Serialize;
use sqlx::{ConnectOptions, Connection};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use tempfile::NamedTempFile;
use tokio::process::Command;

/// How many automatic backups of a database are kept.
const KEPT: usize = 5;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    pub file: PathBuf,
    /// Bytes.
    pub size: u64,
}

/// Copies the database to `file` while it is in use. Everything that was committed before the call is in it.
///
/// # Errors
/// [`StoreError::FileExists`] unless `overwrite`; after any error there is no file, or the one that was there before.
pub async fn backup(url: &StoreUrl, file: &Path, overwrite: bool) -> Result<Backup, StoreError> {
    let at = |cause: io::Error| StoreError::File { path: file.into(), cause: Arc::new(cause) };
    let file = std::path::absolute(file).map_err(at)?;
    if file.is_dir() {
        return Err(at(io::ErrorKind::IsADirectory.into()));
    }
    if let StoreUrl::Sqlite(path) = url {
        if !path.exists() {
            return Err(StoreError::not_found("database", path.display()));
        }
        if belongs_to(&file, path).map_err(at)? {
            return Err(StoreError::IsTheStore { path: file });
        }
    }
    let place = Place::new(file, overwrite)?;
    let made = place.file.clone();
    match url {
        StoreUrl::Sqlite(path) => copy_file(path, place).await?,
        StoreUrl::Postgres(address) => dump(address, place).await?,
    }
    let size = std::fs::metadata(&made).map_err(at)?.len();
    Ok(Backup { file: made, size })
}

/// A restore that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Where the database lies that was there before.
    pub kept: Option<PathBuf>,
    /// The version of the backup's tables; the next command brings them up to date.
    pub version: i64,
}

/// Puts a backup in the place of a SQLite store. What was there is kept beside it under `courier-replaced-<time>.db`.
///
/// # Errors
/// [`StoreError::BadBackup`]: the file is no whole database of Courier's. [`StoreError::StillOpen`]: a Courier has the
/// store open. [`StoreError::ServersOwn`]: the store is on a server, whose own `pg_restore` does this. Nothing changed.
pub async fn restore(url: &StoreUrl, file: &Path, now: Timestamp) -> Result<Restored, StoreError> {
    let StoreUrl::Sqlite(path) = url else {
        return Err(StoreError::ServersOwn { location: url.to_string() });
    };
    let at = |cause: io::Error| StoreError::File { path: path.clone(), cause: Arc::new(cause) };
    if !file.is_file() {
        return Err(StoreError::not_found("file", file.display()));
    }
    if belongs_to(file, path).map_err(at)? {
        return Err(StoreError::IsTheStore { path: file.into() });
    }
    // Whoever opens the store waits for this lock before it makes a connection.
    let _lock = migrate::lock(path).await?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".courier-restore-").tempfile_in(folder).map_err(at)?;
    let (from, to) = (file.to_owned(), temporary.path().to_owned());
    blocking(move || std::fs::copy(from, to).map(drop)).await.map_err(at)?;
    let version = whole(temporary.path(), file).await?;
    sync(temporary.path()).await.map_err(at)?;
    let kept = if path.exists() { Some(set_aside(path, now).await?) } else { None };
    temporary.persist(path).map_err(|e| at(e.error))?;
    sync_folder(folder).await.map_err(at)?;
    Ok(Restored { kept, version })
}

/// Renames the present file once nobody has it open; what its log still held is in it then.
async fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let mut connection = untouched(path).busy_timeout(std::time::Duration::ZERO).connect().await?;
    // Leaving the WAL needs the file for oneself alone, and empties the log into it. What is too damaged for that is
    // moved as it is, with its log.
    let alone =
        sqlx::query_scalar::<_, String>("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await;
    let others = match &alone {
        Ok(mode) => mode != "delete",
        Err(error) => {
            error.as_database_error().and_then(|e| e.code()).is_some_and(|code| matches!(&*code, "5" | "261"))
        }
    };
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "closing the database that is replaced failed");
    }
    if others {
        return Err(StoreError::StillOpen { location: path.display().to_string() });
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let kept = path.with_file_name(format!("{stem}-replaced-{}.db", now.format("%Y%m%dT%H%M%S%6fZ")));
    for ending in ["", "-wal", "-shm"] {
        let (from, to) = (with_ending(path, ending), with_ending(&kept, ending));
        match std::fs::rename(&from, &to) {
            Err(cause) if ending.is_empty() || cause.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::File { path: from, cause: Arc::new(cause) });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(kept)
}

/// Where a backup goes: a file of another name in the same folder until it is whole.
#[derive(Debug)]
pub(crate) struct Place {
    file: PathBuf,
    temporary: NamedTempFile,
    overwrite: bool,
}

impl Place {
    fn new(file: PathBuf, overwrite: bool) -> Result<Self, StoreError> {
        if !overwrite && file.symlink_metadata().is_ok() {
            return Err(StoreError::FileExists { path: file });
        }
        let folder = file.parent().unwrap_or(Path::new("."));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let made = tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".part").tempfile_in(folder);
        match made {
            Ok(temporary) => Ok(Self { file, temporary, overwrite }),
            Err(cause) => Err(StoreError::File { path: folder.into(), cause: Arc::new(cause) }),
        }
    }

    /// Gives the copy its name, durably.
    async fn publish(self) -> Result<(), StoreError> {
        let Self { file, temporary, overwrite } = self;
        let at = |cause: io::Error| StoreError::File { path: file.clone(), cause: Arc::new(cause) };
        sync(temporary.path()).await.map_err(at)?;
        if overwrite {
            temporary.persist(&file).map_err(|e| at(e.error))?;
        } else {
            temporary.persist_noclobber(&file).map_err(|e| match e.error.kind() {
                io::ErrorKind::AlreadyExists => StoreError::FileExists { path: file.clone() },
                _ => at(e.error),
            })?;
        }
        sync_folder(file.parent().unwrap_or(Path::new("."))).await.map_err(at)
    }
}

/// The automatic backup before a migration: `<name>-before-<version>-<time>.<ending>`.
#[derive(Debug)]
pub(crate) struct Automatic {
    folder: PathBuf,
    prefix: String,
    ending: &'static str,
    pub(crate) file: PathBuf,
}

impl Automatic {
    /// `version` is the version that the database is about to leave.
    pub(crate) fn new(folder: &Path, name: &str, version: i64, now: Timestamp, ending: &'static str) -> Self {
        let prefix = format!("{name}-before-");
        let file = folder.join(format!("{prefix}{version}-{}.{ending}", now.format("%Y%m%dT%H%M%S%6fZ")));
        Self { folder: folder.into(), prefix, ending, file }
    }

    /// Makes the folder, closed to others, and the file's place in it.
    pub(crate) fn make(&self) -> Result<Place, StoreError> {
        let failed = |cause| StoreError::File { path: self.folder.clone(), cause: Arc::new(cause) };
        if !self.folder.is_dir() {
            let mut builder = std::fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&self.folder).map_err(failed)?;
        }
        Place::new(self.file.clone(), false)
    }

    /// Removes all but the newest few, and what a killed program left half written.
    pub(crate) fn keep_the_newest(&self) {
        let mut backups = Vec::new();
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let half = name.starts_with(&format!(".{}", self.prefix)) && name.ends_with(".part");
            if half {
                remove(&entry.path());
            } else if let Some(made) = self.made(&name) {
                backups.push((made.to_owned(), entry.path()));
            }
        }
        backups.sort();
        for (_, old) in backups.iter().rev().skip(KEPT) {
            remove(old);
        }
    }

    /// When a backup of this database was made, of any version, from its file's name.
    fn made<'a>(&self, name: &'a str) -> Option<&'a str> {
        let rest = name.strip_prefix(&self.prefix)?.strip_suffix(self.ending)?.strip_suffix('.')?;
        let (version, made) = rest.split_once('-')?;
        let is_time = made.len() == 22 && made.ends_with('Z') && made.as_bytes().get(8) == Some(&b'T');
        (version.parse::<i64>().is_ok() && is_time).then_some(made)
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, path = %path.display(), "an old backup could not be removed");
    }
}

/// Copies a SQLite file that may be in use.
pub(crate) async fn copy_file(path: &Path, place: Place) -> Result<(), StoreError> {
    let target = place.temporary.path();
    let failed = |cause| StoreError::Backup { path: place.file.clone(), cause: Box::new(cause) };
    let Some(text) = target.to_str() else {
        let cause = io::Error::new(io::ErrorKind::InvalidFilename, "the path is not UTF-8");
        return Err(StoreError::File { path: place.file, cause: Arc::new(cause) });
    };
    let copied = async {
        let mut connection = untouched(path).connect().await?;
        sqlx::query("VACUUM INTO $1").bind(text).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    };
    copied.await.map_err(failed)?;
    whole(target, &place.file).await?;
    place.publish().await
}

/// Reads a copy from end to end; returns its version. `shown` is what an error calls it.
async fn whole(path: &Path, shown: &Path) -> Result<i64, StoreError> {
    let bad = |what: String| StoreError::BadBackup { path: shown.into(), what };
    let read = async {
        // Nobody else has it, and nothing may appear beside it.
        let mut connection = untouched(path).read_only(true).immutable(true).connect().await?;
        let faults: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_all(&mut connection).await?;
        let orphan = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut connection).await?;
        let applied = migrate::applied_in_file(&mut connection, &shown.display().to_string()).await?;
        connection.close().await?;
        Ok::<_, StoreError>((faults, orphan.is_some(), applied))
    };
    let (faults, orphans, applied) = read.await.map_err(|e| bad(e.to_string()))?;
    if faults != ["ok"] {
        return Err(bad(faults.join("; ")));
    }
    if orphans {
        return Err(bad("rows refer to others that are not there".to_owned()));
    }
    match applied.iter().map(|a| a.version).max() {
        Some(version) => Ok(version),
        None => Err(bad("it holds no tables of Courier's".to_owned())),
    }
}

/// Dumps a server's database and reads the dump back.
pub(crate) async fn dump(address: &str, place: Place) -> Result<(), StoreError> {
    let (url, password) = for_libpq(address)?;
    let target = place.temporary.path();
    let mut command = Command::new("pg_dump");
    command.args(["--format=custom", "--no-password", "--file"]).arg(target).arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    run(command, "pg_dump").await?;
    let mut command = Command::new("pg_restore");
    command.arg("--file=-").arg(target);
    run(command, "pg_restore").await?;
    place.publish().await
}

/// Runs one of PostgreSQL's programs to its end; it ends with us.
async fn run(mut command: Command, program: &'static str) -> Result<(), StoreError> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = command.output().await.map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => StoreError::NoProgram { program },
        _ => StoreError::Program { program, said: cause.to_string() },
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    Err(StoreError::Program { program, said })
}

/// The URL as PostgreSQL's own programs take it, and the password apart, because arguments are there for all to see.
fn for_libpq(address: &str) -> Result<(String, Option<String>), StoreError> {
    let unknown = || StoreError::UnknownUrl { text: StoreUrl::Postgres(address.to_owned()).to_string() };
    let mut url = url::Url::parse(address).map_err(|_| unknown())?;
    let mut password = None;
    if let Some(given) = url.password() {
        let decoded = percent_encoding::percent_decode_str(given).decode_utf8();
        password = Some(decoded.map_err(|_| unknown())?.into_owned());
        url.set_password(None).map_err(|()| unknown())?;
    }
    let mut kept = Vec::new();
    for (key, value) in url.query_pairs() {
        let key = match &*key {
            "password" => {
                password = Some(value.into_owned());
                continue;
            }
            "statement-cache-capacity" => continue,
            "ssl-mode" => "sslmode",
            "ssl-root-cert" | "ssl-ca" => "sslrootcert",
            "ssl-cert" => "sslcert",
            "ssl-key" => "sslkey",
            same => same,
        };
        let encoded = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        // libpq takes a plus sign as itself, so pairs are not written as a form's.
        kept.push(format!("{}={}", key, encoded(&value)));
    }
    url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    Ok((url.to_string(), password))
}

/// `<host>-<database>`, fit for a file's name.
pub(crate) fn server_name(address: &str) -> Result<String, StoreError> {
    let options: sqlx::postgres::PgConnectOptions = address.parse()?;
    let name = format!("{}-{}", options.get_host(), options.get_database().unwrap_or("postgres"));
    Ok(name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '_') { c } else { '_' }).collect())
}

/// Whether a file is the store's own, or one of those beside it.
fn belongs_to(file: &Path, store: &Path) -> io::Result<bool> {
    let real = |path: &Path| -> io::Result<PathBuf> {
        match path.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let path = std::path::absolute(path)?;
                let folder = path.parent().unwrap_or(Path::new("/")).canonicalize()?;
                Ok(folder.join(path.file_name().unwrap_or_default()))
            }
            other => other,
        }
    };
    let (file, store) = (real(file)?, real(store)?);
    let own = ["", "-wal", "-shm", "-journal"].iter().any(|ending| file == with_ending(&store, ending));
    Ok(own || file == store.with_extension("lock"))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

async fn sync(path: &Path) -> io::Result<()> {
    let path = path.to_owned();
    blocking(move || File::options().write(true).open(path)?.sync_all()).await
}

async fn sync_folder(folder: &Path) -> io::Result<()> {
    // A folder cannot be opened elsewhere, and needs not be.
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = folder.to_owned();
    blocking(move || File::open(folder)?.sync_all()).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_never_reaches_an_argument() {
        let (url, password) = for_libpq("postgres://ana:p%40s%20s@db:5433/courier?ssl-mode=require").unwrap();
        assert_eq!(url, "postgres://ana@db:5433/courier?sslmode=require");
        assert_eq!(password.as_deref(), Some("p@s s"));
        let (url, password) = for_libpq("postgres://db/courier?password=secret&options=-c%20a%3D1").unwrap();
        assert_eq!(url, "postgres://db/courier?options=%2Dc%20a%3D1");
        assert_eq!(password.as_deref(), Some("secret"));
        assert_eq!(for_libpq("postgres://db/courier").unwrap(), ("postgres://db/courier".to_owned(), None));
    }

    #[test]
    fn the_five_newest_automatic_backups_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let made: Vec<String> =
            (1..=7).map(|n| format!("courier-before-{}-2026030{n}T080000000001Z.sqlite", 9 - n)).collect();
        let others = ["courier-before-1-mine.sqlite", "courier-before-tuesday.sqlite", "notes.txt"];
        let half = ".courier-before-1-20260301T080000000001Z.sqlite.x.part";
        for name in made.iter().map(String::as_str).chain(others).chain([half]) {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let now = chrono::DateTime::UNIX_EPOCH;
        Automatic::new(folder.path(), "courier", 1, now, "sqlite").keep_the_newest();
        let mut left: Vec<String> = folder
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut expected: Vec<String> =
            made.into_iter().skip(2).chain(others.iter().map(|name| (*name).to_owned())).collect();
        expected.sort();
        assert_eq!(left, expected);
    }
}
