//! Databases that older Couriers left behind come up to the present whole, or stay as they are.

use crate::fixture::{GrowingIds, Host, StandingClock};
use chrono::DateTime;
use courier_domain::ErrorCode;
use courier_store::{AuditVerdict, BeforeMigration, Migrated, Store, StoreError, StoreUrl, check, migrate};
use courier_testkit::postgres::PrivatePostgres;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

static SQLITE: Migrator = sqlx::migrate!("../../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../../migrations/postgres");

/// Every released version of the tables, with what the Courier of that time had written into them.
const RELEASED: &[(i64, &str, &str)] =
    &[(1, include_str!("../released/1.sqlite.sql"), include_str!("../released/1.postgres.sql"))];

/// A database as an older Courier left it.
struct Old {
    url: StoreUrl,
    folder: TempDir,
}

pub(crate) fn newest() -> i64 {
    SQLITE.iter().map(|m| m.version).max().unwrap()
}

fn clock() -> Arc<StandingClock> {
    Arc::new(StandingClock::at(DateTime::parse_from_rfc3339("2026-03-02T08:00:00.000001Z").unwrap().to_utc()))
}

impl Old {
    async fn make(host: &Host, version: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (_, sqlite, postgres) = RELEASED.iter().find(|r| r.0 == version).unwrap();
        let url = match host {
            Host::Sqlite => {
                let url = StoreUrl::in_home(folder.path());
                let StoreUrl::Sqlite(path) = &url else { panic!("{url}") };
                let mut connection = options(path).create_if_missing(true).connect().await.unwrap();
                SQLITE.run_to(version, &mut connection).await.unwrap();
                sqlx::raw_sql(*sqlite).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                url
            }
            Host::Postgres(cluster) => {
                let name = folder.path().file_name().unwrap().to_string_lossy().replace('.', "old");
                let address = cluster.create_database(&name).unwrap();
                let mut connection = PgConnection::connect(&address).await.unwrap();
                POSTGRES.run_to(version, &mut connection).await.unwrap();
                sqlx::raw_sql(*postgres).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                StoreUrl::Postgres(address)
            }
        };
        Self { url, folder }
    }

    fn backups(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    fn before(&self) -> BeforeMigration {
        BeforeMigration::BackUp(self.backups())
    }

    async fn migrate(&self) -> Result<Migrated, StoreError> {
        migrate(&self.url, &self.before(), &*clock()).await
    }

    async fn raw(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.url {
            StoreUrl::Sqlite(path) => {
                sqlx::raw_sql(sql).execute(&mut options(path).connect().await.unwrap()).await.unwrap();
            }
            StoreUrl::Postgres(address) => {
                let mut connection = PgConnection::connect(address).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
        }
    }

    async fn version(&self) -> i64 {
        check(&self.url).await.unwrap().version.unwrap()
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path)
}

async fn open(url: &StoreUrl) -> Store {
    Store::open(url, clock(), Arc::new(GrowingIds::default())).await.unwrap()
}

type Columns = BTreeMap<String, Vec<String>>;

async fn columns(url: &StoreUrl) -> Columns {
    let sqlite = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
                  WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '~_%' ESCAPE '~'";
    let postgres = "SELECT table_name::text, column_name::text FROM information_schema.columns \
                    WHERE table_schema = 'public' AND table_name NOT LIKE '~_%' ESCAPE '~'";
    let rows: Vec<(String, String)> = match url {
        StoreUrl::Sqlite(path) => {
            sqlx::query_as(sqlite).fetch_all(&mut options(path).connect().await.unwrap()).await.unwrap()
        }
        StoreUrl::Postgres(address) => {
            let mut connection = PgConnection::connect(address).await.unwrap();
            sqlx::query_as(postgres).fetch_all(&mut connection).await.unwrap()
        }
    };
    let mut tables = Columns::new();
    for (table, column) in rows {
        tables.entry(table).or_default().push(format!("\"{column}\""));
    }
    tables
}

/// Every row of the tables, in these columns.
async fn rows(url: &StoreUrl, tables: &Columns) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for (table, columns) in tables {
        let rows: Vec<String> = match url {
            StoreUrl::Sqlite(path) => {
                let quoted: Vec<String> = columns.iter().map(|c| format!("quote({c})")).collect();
                let sql = AssertSqlSafe(format!("SELECT {} FROM {table} ORDER BY 1", quoted.join("||' '||")));
                let mut connection: SqliteConnection = options(path).connect().await.unwrap();
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
            }
            StoreUrl::Postgres(address) => {
                let sql =
                    AssertSqlSafe(format!("SELECT row({})::text FROM {table} ORDER BY 1", columns.join(",")));
                let mut connection = PgConnection::connect(address).await.unwrap();
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
            }
        };
        found.insert(table.clone(), rows);
    }
    found
}

/// Opens a database and looks whether the old job and the whole record are there.
async fn is_usable(url: &StoreUrl) {
    let store = open(url).await;
    let mut session = store.read().await.unwrap();
    assert_eq!(session.verify_audit().await.unwrap(), AuditVerdict::Whole { entries: 14 });
    let job = session.find_job("invoices").await.unwrap();
    assert_eq!(job.steps.len(), 2);
    drop(session);
    store.close().await;
    let examined = check(url).await.unwrap();
    assert!(examined.is_whole(), "{examined:?}");
    assert_eq!(examined.version, Some(newest()));
}

async fn every_released_version_comes_up(host: Host) {
    for (version, ..) in RELEASED {
        let old = Old::make(&host, *version).await;
        let tables = columns(&old.url).await;
        let before = rows(&old.url, &tables).await;
        assert!(before.values().all(|rows| !rows.is_empty()), "every table holds something: {before:?}");

        let done = old.migrate().await.unwrap();
        assert_eq!((done.from, done.to, &done.without_backup), (*version, newest(), &None));
        assert_eq!(rows(&old.url, &tables).await, before);
        is_usable(&old.url).await;
        let again = old.migrate().await.unwrap();
        assert_eq!((again.from, again.to, again.backup), (newest(), newest(), None));

        let backup = done.backup.unwrap();
        assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(old.backups().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let name = backup.file_name().unwrap().to_str().unwrap();
        let expected = format!("-before-{version}-20260302T080000000001Z.");
        assert!(name.contains(&expected), "{name}");
        let copy = match &host {
            Host::Sqlite => {
                assert!(name.starts_with("courier-") && name.ends_with(".sqlite"), "{name}");
                StoreUrl::Sqlite(backup)
            }
            Host::Postgres(cluster) => StoreUrl::Postgres(restored(cluster, &backup, "from_backup")),
        };
        assert_eq!(rows(&copy, &tables).await, before);
        is_usable(&copy).await;
    }
}

/// Puts a dump into a new database.
pub(crate) fn restored(cluster: &PrivatePostgres, dump: &Path, name: &str) -> String {
    let address = cluster.create_database(name).unwrap();
    let done = Command::new("pg_restore")
        .args(["--single-transaction", "--exit-on-error", "--dbname", &address])
        .arg(dump)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    address
}

fn server() -> Host {
    Host::Postgres(PrivatePostgres::start().unwrap().into())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_released_version_comes_up_on_sqlite() {
    every_released_version_comes_up(Host::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_released_version_comes_up_on_postgresql() {
    every_released_version_comes_up(server()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_that_migrate_at_once_one_does_it_and_the_others_wait() {
    for host in [Host::Sqlite, server()] {
        let old = Old::make(&host, 1).await;
        let done = futures::future::join_all((0..4).map(|_| old.migrate())).await;
        let mut from: Vec<i64> = done.into_iter().map(|one| one.unwrap().from).collect();
        from.sort_unstable();
        assert_eq!(from, [1, newest(), newest(), newest()]);
        assert_eq!(old.backups().read_dir().unwrap().count(), 1);
        is_usable(&old.url).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_backup_nothing_is_migrated() {
    for host in [Host::Sqlite, server()] {
        let old = Old::make(&host, 1).await;
        std::fs::write(old.backups(), "in the way").unwrap();
        let refused = old.migrate().await.unwrap_err();
        assert!(matches!(refused, StoreError::BackupFirst { .. }), "{refused}");
        assert_eq!(refused.code(), ErrorCode::StoreUnavailable);
        assert!(refused.to_string().contains("nothing was changed"), "{refused}");
        assert_eq!(old.version().await, 1);
        let done = migrate(&old.url, &BeforeMigration::Nothing, &*clock()).await.unwrap();
        assert_eq!((done.from, done.to, done.backup), (1, newest(), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_keeps_nothing_and_leaves_no_useless_backup() {
    for host in [Host::Sqlite, server()] {
        let old = Old::make(&host, 1).await;
        let second = SQLITE.iter().find(|m| m.version > 1).unwrap();
        let (_, rest) = second.sql.as_str().split_once("CREATE TABLE ").unwrap();
        let taken = rest.split_whitespace().next().unwrap();
        old.raw(&format!("CREATE TABLE {taken} (in_the_way INTEGER)")).await;
        let failed = old.migrate().await.unwrap_err();
        let StoreError::MigrationFailed { version, .. } = &failed else { panic!("{failed}") };
        assert_eq!(*version, second.version);
        assert!(failed.to_string().contains(taken), "{failed}");
        assert_eq!(old.version().await, 1);
        assert_eq!(old.backups().read_dir().unwrap().count(), 0);
        old.raw(&format!("DROP TABLE {taken}")).await;
        assert_eq!(old.migrate().await.unwrap().to, newest());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_or_another_courier_migrated_is_refused_as_it_stands() {
    for host in [Host::Sqlite, server()] {
        for (change, code, words) in [
            ("UPDATE _sqlx_migrations SET version = 9999", ErrorCode::StoreTooNew, "newer Courier"),
            (
                "UPDATE _sqlx_migrations SET checksum = (SELECT private_key_data FROM ssh_keys)",
                ErrorCode::StoreUnavailable,
                "different build",
            ),
        ] {
            let old = Old::make(&host, 1).await;
            old.raw(change).await;
            let tables = columns(&old.url).await;
            let (before, bytes) = (rows(&old.url, &tables).await, bytes(&old.url));
            for refused in [
                old.migrate().await.unwrap_err(),
                Store::open(&old.url, clock(), Arc::new(GrowingIds::default())).await.unwrap_err(),
            ] {
                assert_eq!(refused.code(), code, "{refused}");
                assert!(refused.to_string().contains(words), "{refused}");
            }
            assert_eq!((columns(&old.url).await, rows(&old.url, &tables).await), (tables, before));
            assert_eq!(self::bytes(&old.url), bytes);
            assert!(!old.backups().exists());
        }
    }
}

fn bytes(url: &StoreUrl) -> Option<Vec<u8>> {
    match url {
        StoreUrl::Sqlite(path) => Some(std::fs::read(path).unwrap()),
        StoreUrl::Postgres(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.sqlite");
    let mut other = options(&path).create_if_missing(true).connect().await.unwrap();
    sqlx::raw_sql("CREATE TABLE bookmarks (url TEXT)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let url = StoreUrl::Sqlite(path.clone());
    let refused = Store::open(&url, clock(), Arc::new(GrowingIds::default())).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotCourier { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
