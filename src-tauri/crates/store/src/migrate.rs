//! Bringing a database's tables up to date, one program at a time and never without a way back.
//!
//! Before anything is changed the database is compared with the migrations this program knows: what a newer Courier
//! wrote, what another build migrated and what is not Courier's at all is refused as it stands. Then it is backed up.
//!
//! Left out: how a backup is made, and the way back (restoring one).
//!
//! Invariant: whoever migrates holds the database's migration lock from the comparison to the last statement: the file
//! beside a SQLite database, sqlx's advisory lock on PostgreSQL.

use crate::backup::{self, Automatic};
use crate::{StoreError, StoreUrl};
use courier_domain::Clock;
use serde::Serialize;
use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(crate) static SQLITE: Migrator = sqlx::migrate!("../../../migrations/sqlite");
pub(crate) static POSTGRES: Migrator = sqlx::migrate!("../../../migrations/postgres");

/// Where sqlx records what was applied.
const RECORD: &str = "_sqlx_migrations";

/// How long a statement waits for another program's write, and a caller for a free connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What must be so before a database that holds something is migrated. A new one needs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeforeMigration {
    /// A backup in this folder. On PostgreSQL, where `pg_dump` may be missing, [`BeforeMigration::OnlyAdditions`] is
    /// enough.
    BackUp(PathBuf),
    /// Every pending migration adds and none takes away, so nothing can be lost.
    OnlyAdditions,
    /// Nothing: whoever asks has a backup of their own.
    Nothing,
}

impl BeforeMigration {
    /// Backups lie in `backups` beside a SQLite file, so that all who use it agree on the place, and in the home for a
    /// server's database.
    pub fn back_up(url: &StoreUrl, home: &Path) -> Self {
        let folder = match url {
            StoreUrl::Sqlite(path) => path.parent().unwrap_or(home),
            StoreUrl::Postgres(_) => home,
        };
        BeforeMigration::BackUp(folder.join("backups"))
    }
}

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// The version before; 0 for a database that was just made.
    pub from: i64,
    pub to: i64,
    /// The automatic backup of the database as it was before.
    pub backup: Option<PathBuf>,
    /// Why there is none, where one was wanted.
    pub without_backup: Option<String>,
}

/// A database that this program may open.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    /// The newest applied migration, 0 for none.
    version: i64,
    pending: bool,
}

/// The version of the tables that this program works with, the same on both databases.
pub fn schema_version() -> i64 {
    known(&SQLITE)
}

/// The newest version that this program knows.
pub(crate) fn known(migrator: &Migrator) -> i64 {
    migrator.iter().map(|m| m.version).max().unwrap_or(0)
}

/// Compares what was applied with what this program knows.
fn judge(migrator: &Migrator, applied: &[AppliedMigration], location: &str) -> Result<Standing, StoreError> {
    let version = applied.iter().map(|a| a.version).max().unwrap_or(0);
    if version > known(migrator) {
        return Err(StoreError::TooNew { location: location.to_owned() });
    }
    for past in applied {
        let same = migrator.iter().find(|m| m.version == past.version);
        if same.is_none_or(|m| m.checksum != past.checksum) {
            let cause = format!("its migration {} has another text", past.version);
            return Err(StoreError::Foreign { location: location.to_owned(), cause });
        }
    }
    let pending = migrator.iter().any(|m| applied.iter().all(|a| a.version != m.version));
    Ok(Standing { version, pending })
}

/// Brings the tables up to date without opening the store for anything else. Waits while another program does it.
///
/// # Errors
/// [`StoreError::TooNew`], [`StoreError::Foreign`], [`StoreError::NotCourier`]: refused, nothing changed.
/// [`StoreError::BackupFirst`]: the backup could not be made, nothing changed. [`StoreError::MigrationFailed`]: the
/// steps before the one that failed stay.
pub async fn migrate(
    url: &StoreUrl,
    before: &BeforeMigration,
    clock: &dyn Clock,
) -> Result<Migrated, StoreError> {
    match url {
        StoreUrl::Sqlite(path) => {
            let (connection, migrated) = open_file(path, before, clock).await?;
            connection.close().await?;
            Ok(migrated)
        }
        StoreUrl::Postgres(address) => migrate_server(address, before, clock).await,
    }
}

/// How a SQLite store is used once its tables are up to date.
pub(crate) fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    untouched(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
}

/// A connection that changes nothing by being made.
pub(crate) fn untouched(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(PATIENCE)
}

/// Makes the file if need be and migrates it, one process at a time.
pub(crate) async fn open_file(
    path: &Path,
    before: &BeforeMigration,
    clock: &dyn Clock,
) -> Result<(SqliteConnection, Migrated), StoreError> {
    create_private(path)?;
    let _lock = lock(path).await?;
    let location = path.display().to_string();
    let mut connection = untouched(path).connect().await?;
    let standing = judge(&SQLITE, &applied_in_file(&mut connection, &location).await?, &location)?;
    connection.close().await?;
    let mut migrated =
        Migrated { from: standing.version, to: standing.version, backup: None, without_backup: None };
    if standing.pending && standing.version > 0 {
        let place =
            |folder: &Path| Automatic::new(folder, &stem(path), standing.version, clock.now(), "sqlite");
        match before {
            BeforeMigration::BackUp(folder) => {
                let copy = async {
                    let place = place(folder);
                    backup::copy_file(path, place.make()?).await?;
                    place.keep_the_newest();
                    Ok(place.file)
                };
                migrated.backup =
                    Some(copy.await.map_err(|cause| StoreError::backup_first(&location, cause))?);
            }
            BeforeMigration::OnlyAdditions => refuse_losses(&SQLITE, standing.version, &location)?,
            BeforeMigration::Nothing => {}
        }
    }
    let mut connection = sqlite_options(path).connect().await?;
    if standing.pending {
        if let Err(error) = SQLITE.run(&mut connection).await {
            let reached = applied_in_file(&mut connection, &location).await;
            return Err(failed(&SQLITE, error, reached, migrated, location));
        }
        migrated.to = known(&SQLITE);
        tell(&migrated, &location);
    }
    Ok((connection, migrated))
}

/// Migrates a server's database over a connection of its own, which takes the lock with it when it ends.
pub(crate) async fn migrate_server(
    address: &str,
    before: &BeforeMigration,
    clock: &dyn Clock,
) -> Result<Migrated, StoreError> {
    let location = StoreUrl::Postgres(address.to_owned()).to_string();
    let mut connection = PgConnection::connect(address).await?;
    let lost = |error: MigrateError| StoreError::migration(location.clone(), error);
    let standing = judge(&POSTGRES, &applied_on_server(&mut connection).await?, &location)?;
    let mut migrated =
        Migrated { from: standing.version, to: standing.version, backup: None, without_backup: None };
    if !standing.pending {
        connection.close().await?;
        return Ok(migrated);
    }
    connection.lock().await.map_err(lost)?;
    // Whoever held the lock before may have done it all.
    let standing = judge(&POSTGRES, &applied_on_server(&mut connection).await?, &location)?;
    (migrated.from, migrated.to) = (standing.version, known(&POSTGRES));
    if standing.pending && standing.version > 0 {
        match before {
            BeforeMigration::BackUp(folder) => {
                let name = backup::server_name(address)?;
                let place = Automatic::new(folder, &name, standing.version, clock.now(), "pgdump");
                let dump = async {
                    backup::dump(address, place.make()?).await?;
                    place.keep_the_newest();
                    Ok(())
                };
                match dump.await {
                    Ok(()) => migrated.backup = Some(place.file),
                    Err(error @ StoreError::NoProgram { .. }) => {
                        refuse_losses(&POSTGRES, standing.version, &location)?;
                        migrated.without_backup = Some(error.to_string());
                    }
                    Err(error) => return Err(StoreError::backup_first(&location, error)),
                }
            }
            BeforeMigration::OnlyAdditions => refuse_losses(&POSTGRES, standing.version, &location)?,
            BeforeMigration::Nothing => {}
        }
    }
    if standing.pending {
        if let Err(error) = POSTGRES.run(&mut connection).await {
            let reached = applied_on_server(&mut connection).await;
            return Err(failed(&POSTGRES, error, reached, migrated, location));
        }
        tell(&migrated, &location);
    }
    connection.close().await?;
    Ok(migrated)
}

/// What was applied to the file, which must be new or Courier's.
pub(crate) async fn applied_in_file(
    connection: &mut SqliteConnection,
    location: &str,
) -> Result<Vec<AppliedMigration>, StoreError> {
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await?;
    let applied = if tables.iter().any(|t| t == RECORD) {
        let error = |e| StoreError::migration(location.to_owned(), e);
        connection.list_applied_migrations(RECORD).await.map_err(error)?
    } else {
        Vec::new()
    };
    if applied.is_empty() && tables.iter().any(|t| t != RECORD) {
        return Err(StoreError::NotCourier { location: location.to_owned() });
    }
    Ok(applied)
}

/// What was applied to the server's database. Other programs' tables may stand beside Courier's there.
pub(crate) async fn applied_on_server(
    connection: &mut PgConnection,
) -> Result<Vec<AppliedMigration>, StoreError> {
    let there = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(RECORD);
    if !there.fetch_one(&mut *connection).await? {
        return Ok(Vec::new());
    }
    connection.list_applied_migrations(RECORD).await.map_err(|error| match error {
        MigrateError::Execute(cause) => cause.into(),
        other => StoreError::Damaged { what: other.to_string() },
    })
}

fn tell(migrated: &Migrated, location: &str) {
    let (from, to) = (migrated.from, migrated.to);
    match &migrated.without_backup {
        None => tracing::info!(from, to, backup = ?migrated.backup, "the database {location} was migrated"),
        Some(why) => {
            tracing::warn!(
                from,
                to,
                why,
                "the database {location} was migrated without a backup, by additions only"
            );
        }
    }
}

/// A migration that failed. A backup of what did not change is of no use and would push out older ones.
fn failed(
    migrator: &Migrator,
    error: MigrateError,
    reached: Result<Vec<AppliedMigration>, StoreError>,
    mut migrated: Migrated,
    location: String,
) -> StoreError {
    let version = match (&error, reached.and_then(|applied| judge(migrator, &applied, &location))) {
        (MigrateError::ExecuteMigration(_, version), reached) => {
            if reached.is_ok_and(|standing| standing.version == migrated.from)
                && let Some(unneeded) = migrated.backup.take()
                && let Err(error) = std::fs::remove_file(&unneeded)
            {
                tracing::debug!(%error, "a backup that is not needed could not be removed");
            }
            *version
        }
        (_, Ok(_) | Err(_)) => known(migrator),
    };
    let cause = Box::new(StoreError::migration(location.clone(), error));
    StoreError::MigrationFailed { location, version, cause }
}

/// Refuses pending migrations that could lose something.
fn refuse_losses(migrator: &Migrator, version: i64, location: &str) -> Result<(), StoreError> {
    match migrator.iter().find(|m| m.version > version && !only_adds(m)) {
        Some(migration) => {
            Err(StoreError::BackupNeeded { location: location.to_owned(), version: migration.version })
        }
        None => Ok(()),
    }
}

fn only_adds(migration: &Migration) -> bool {
    statements(migration.sql.as_str()).iter().all(|statement| {
        let words: Vec<String> = statement.split_whitespace().map(str::to_ascii_uppercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["CREATE" | "COMMENT", ..] | ["INSERT", "INTO", ..] => true,
            // What an index or a trigger does is done by the program that migrates.
            ["DROP", "INDEX" | "TRIGGER", ..] => true,
            // A rule that is loosened loses no row: it stands before the same rule with more in it, or with nothing.
            ["ALTER", "TABLE", _, "DROP", "CONSTRAINT", _] => true,
            ["PRAGMA", "WRITABLE_SCHEMA", ..] | ["UPDATE", "SQLITE_SCHEMA", ..] => true,
            ["ALTER", "TABLE", rest @ ..] => {
                rest.get(1) == Some(&"ADD")
                    && !rest.iter().any(|word| matches!(word.trim_matches(','), "DROP" | "ALTER" | "RENAME"))
            }
            _ => false,
        }
    })
}

/// The statements of a script without comments, quoted text and function bodies, which may hold anything.
fn statements(sql: &str) -> Vec<String> {
    let bare: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let outside = |text: &str, mark: &str| text.split(mark).step_by(2).collect::<Vec<_>>().join(" '' ");
    let bare = outside(&outside(&bare, "$$"), "'");
    let mut all: Vec<String> = Vec::new();
    let mut body = false;
    for part in bare.split(';') {
        let upper = part.trim().to_ascii_uppercase();
        // SQLite's trigger bodies end with END and hold statements of their own.
        if body {
            body = upper != "END";
            continue;
        }
        body = upper.starts_with("CREATE TRIGGER") && upper.split_whitespace().any(|word| word == "BEGIN");
        all.push(upper);
    }
    all
}

/// Waits for the lock that who migrates or restores a SQLite file holds.
pub(crate) async fn lock(path: &Path) -> Result<File, StoreError> {
    let lock_path = path.with_extension("lock");
    let lock = create_private(&lock_path)?;
    let failed = |cause: std::io::Error| StoreError::File { path: lock_path.clone(), cause: Arc::new(cause) };
    tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|e| failed(std::io::Error::other(e)))?
        .map_err(failed)
}

/// Opens a file that only its owner may read, creating it if it is not there.
fn create_private(path: &Path) -> Result<File, StoreError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|cause| StoreError::File { path: path.into(), cause: Arc::new(cause) })
}

/// The file's name without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::SqlSafeStr;
    use sqlx::migrate::MigrationType;

    fn migration(version: i64, sql: &'static str) -> Migration {
        Migration::new(version, "test".into(), MigrationType::Simple, sql.into_sql_str(), false)
    }

    #[test]
    fn only_scripts_that_take_nothing_away_count_as_additions() {
        for additive in [
            "ALTER TABLE a DROP CONSTRAINT a_b_check;\nALTER TABLE a ADD CONSTRAINT a_b_check CHECK (b > 0);",
            "PRAGMA writable_schema = ON;\nUPDATE sqlite_schema SET sql = replace(sql, '''b'')', '');",
            "CREATE TABLE a (b INTEGER); -- DROP TABLE x;\nCREATE INDEX c ON a (b);",
            "ALTER TABLE a ADD COLUMN c TEXT DEFAULT 'DROP; it'; DROP INDEX c;",
            "CREATE TRIGGER t BEFORE UPDATE ON a\nBEGIN DELETE FROM b; SELECT RAISE(ABORT, 'no; never'); END;\nCREATE TABLE z (q TEXT);",
            "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM a; END $$;",
        ] {
            assert!(only_adds(&migration(2, additive)), "{additive}");
        }
        for losing in [
            "ALTER TABLE a DROP CONSTRAINT a_b_check, DROP COLUMN b;",
            "PRAGMA writable_schema = ON; UPDATE a SET b = 1;",
            "DROP TABLE a;",
            "CREATE TABLE b (c TEXT); DELETE FROM a;",
            "UPDATE a SET b = 1;",
            "ALTER TABLE a DROP COLUMN b;",
            "ALTER TABLE a ADD COLUMN c TEXT, DROP COLUMN b;",
            "ALTER TABLE a RENAME TO b;",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; DROP TABLE a;",
            "DO $$ BEGIN DELETE FROM a; END $$;",
        ] {
            assert!(!only_adds(&migration(2, losing)), "{losing}");
        }
    }

    #[test]
    fn what_others_have_migrated_is_told_apart() {
        let migrator =
            Migrator::with_migrations(vec![migration(1, "CREATE TABLE a (b)"), migration(2, "SELECT 1")]);
        let applied = |version: i64, sql: &'static str| AppliedMigration {
            version,
            checksum: migration(version, sql).checksum,
        };
        let (first, second) = (|| applied(1, "CREATE TABLE a (b)"), || applied(2, "SELECT 1"));
        let judged = |applied: &[AppliedMigration]| judge(&migrator, applied, "here");
        assert_eq!(judged(&[]).unwrap(), Standing { version: 0, pending: true });
        assert_eq!(judged(&[first()]).unwrap(), Standing { version: 1, pending: true });
        assert_eq!(judged(&[first(), second()]).unwrap(), Standing { version: 2, pending: false });
        assert!(matches!(judged(&[first(), second(), applied(3, "x")]), Err(StoreError::TooNew { .. })));
        assert!(matches!(judged(&[applied(1, "CREATE TABLE a (c)")]), Err(StoreError::Foreign { .. })));
    }
}
