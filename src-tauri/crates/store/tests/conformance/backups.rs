//! Backups made in the middle of work, the way back from them, and the examination that tells whole from broken.

use crate::fixture::{Fixture, Host, ME};
use crate::upgrades::{newest, restored};
use courier_domain::{ErrorCode, JobId};
use courier_store::{
    AuditVerdict, DatabaseCheck, FindingState, Store, StoreError, StoreUrl, backup, check, restore,
};
use courier_testkit::postgres::PrivatePostgres;
use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Mutex, Notify};

fn server() -> Host {
    Host::Postgres(PrivatePostgres::start().unwrap().into())
}

fn path_of(url: &StoreUrl) -> &Path {
    match url {
        StoreUrl::Sqlite(path) => path,
        StoreUrl::Postgres(_) => panic!("{url} is no file"),
    }
}

async fn open(f: &Fixture, url: &StoreUrl) -> Store {
    Store::open(url, f.clock.clone(), f.ids.clone()).await.unwrap()
}

fn broken(found: &DatabaseCheck) -> Vec<&'static str> {
    found.findings.iter().filter(|x| x.state == FindingState::Broken).map(|x| x.name).collect()
}

/// Everything that eight writers had been told is durable before the backup began must be in it.
async fn a_backup_under_writers_is_whole(host: Host) {
    let f = Arc::new(Fixture::open(&host, "drill").await);
    let acknowledged = Arc::new(Mutex::new(Vec::<JobId>::new()));
    let (stop, progress) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (f, acknowledged) = (f.clone(), acknowledged.clone());
            let (stop, progress) = (stop.clone(), progress.clone());
            tokio::spawn(async move {
                let mut n = 0;
                while !stop.load(Ordering::Relaxed) {
                    let job = f.insert_job(&format!("job {writer}.{n}")).await;
                    acknowledged.lock().await.push(job.id);
                    progress.notify_one();
                    n += 1;
                }
            })
        })
        .collect();
    let wait_for = async |count: usize| {
        while acknowledged.lock().await.len() < count {
            progress.notified().await;
        }
    };
    wait_for(60).await;
    let before: BTreeSet<JobId> = acknowledged.lock().await.iter().copied().collect();
    let file = f.folder.path().join("copy.backup");
    let made = backup(&f.url, &file, false).await.unwrap();
    // They were writing all the time, and still do.
    wait_for(before.len() + 16).await;
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!((made.file.as_path(), made.size), (file.as_path(), file.metadata().unwrap().len()));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!names(f.folder.path()).iter().any(|name| name.ends_with(".part")));

    let url = match &host {
        Host::Sqlite => StoreUrl::Sqlite(file),
        Host::Postgres(cluster) => StoreUrl::Postgres(restored(cluster, &file, "drilled")),
    };
    let found = check(&url).await.unwrap();
    assert!(found.is_whole(), "{found:?}");
    let copy = open(&f, &url).await;
    let mut session = copy.read().await.unwrap();
    let jobs: BTreeSet<JobId> = session.jobs().await.unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(before.difference(&jobs).count(), 0, "acknowledged before, missing in the copy");
    let AuditVerdict::Whole { entries } = session.verify_audit().await.unwrap() else { panic!("broken") };
    assert_eq!(entries, jobs.len() as u64, "each job with its entry, no entry without its job");
    drop(session);
    let mut work = copy.begin(ME).await.unwrap();
    work.insert_job(&f.new_job(f.draft("goes on"))).await.unwrap();
    work.commit().await.unwrap();
    copy.close().await;
    f.store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_writers_is_whole_on_sqlite() {
    a_backup_under_writers_is_whole(Host::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_writers_is_whole_on_postgresql() {
    a_backup_under_writers_is_whole(server()).await;
}

fn names(folder: &Path) -> Vec<String> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_replaces_only_what_it_may() {
    let f = Fixture::open(&Host::Sqlite, "replaces").await;
    f.insert_job("Invoices").await;
    let file = f.folder.path().join("copy.sqlite");
    std::fs::write(&file, "a letter").unwrap();
    let refused = backup(&f.url, &file, false).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AlreadyExists, "{refused}");
    assert_eq!(std::fs::read(&file).unwrap(), b"a letter");
    backup(&f.url, &file, true).await.unwrap();
    assert!(check(&StoreUrl::Sqlite(file.clone())).await.unwrap().is_whole());

    // By whatever name: the store is not written over.
    let store = path_of(&f.url).to_owned();
    let link = f.folder.path().join("link");
    std::os::unix::fs::symlink(&store, &link).unwrap();
    let (log, lock) = (store.with_extension("db-wal"), store.with_extension("lock"));
    for own in [&store, &link, &log, &lock, &f.folder.path().join("./courier.db")] {
        let refused = backup(&f.url, own, true).await.unwrap_err();
        assert!(matches!(refused, StoreError::IsTheStore { .. }), "{}: {refused}", own.display());
    }
    let missing = backup(&f.url, &f.folder.path().join("none/copy"), false).await.unwrap_err();
    assert!(missing.to_string().contains("none"), "{missing}");
    assert!(!names(f.folder.path()).iter().any(|name| name.ends_with(".part")));
    f.insert_job("still works").await;
}

/// Where the table's first page begins in the file.
async fn page_of(path: &Path, table: &str) -> u64 {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let sql =
        "SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = $1";
    let at: i64 = sqlx::query_scalar(sql).bind(table).fetch_one(&mut connection).await.unwrap();
    at.unsigned_abs()
}

async fn damage(path: &Path, table: &str) {
    let at = page_of(path, table).await;
    let mut file = std::fs::File::options().read(true).write(true).open(path).unwrap();
    let mut page = [0; 8];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut page).unwrap();
    assert_eq!(page[0], 13, "a leaf of a table");
    file.seek(SeekFrom::Start(at + 8)).unwrap();
    file.write_all(&[0xff; 1_000]).unwrap();
}

async fn closed_store(case: &str) -> (Fixture, PathBuf) {
    let f = Fixture::open(&Host::Sqlite, case).await;
    f.insert_job("Invoices").await;
    f.store.close().await;
    let path = path_of(&f.url).to_owned();
    (f, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_is_found_and_not_copied() {
    for (table, also) in [("job_versions", vec!["pages"]), ("audit_log_entries", vec!["pages", "audit"])] {
        let (f, path) = closed_store("damaged").await;
        damage(&path, table).await;
        let found = check(&f.url).await.unwrap();
        let names = broken(&found);
        assert!(also.iter().all(|name| names.contains(name)), "{table}: {found:?}");
        let copy = f.folder.path().join("copy.sqlite");
        let refused = backup(&f.url, &copy, false).await.unwrap_err();
        assert!(refused.to_string().contains("damaged"), "{refused}");
        assert!(!copy.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_is_a_finding_and_what_is_not_there_an_error() {
    let (f, path) = closed_store("letter").await;
    std::fs::write(&path, "Dear Sir or Madam, ".repeat(100)).unwrap();
    let found = check(&f.url).await.unwrap();
    assert!(!found.is_whole(), "{found:?}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(check(&f.url).await.unwrap_err().code(), ErrorCode::NotFound);
    assert!(!path.exists());
}

pub(crate) async fn a_reference_that_leads_nowhere_is_found(f: &Fixture) {
    f.insert_job("Invoices").await;
    let found = check(&f.url).await.unwrap();
    assert!(found.is_whole(), "{found:?}");
    assert_eq!((found.version, found.known_version), (Some(newest()), newest()));
    assert!(found.size.unwrap() > 4_096);
    f.raw(match &f.url {
        StoreUrl::Sqlite(_) => "PRAGMA foreign_keys = OFF; DELETE FROM jobs",
        StoreUrl::Postgres(_) => "SET session_replication_role = replica; DELETE FROM jobs",
    })
    .await
    .unwrap();
    let found = check(&f.url).await.unwrap();
    assert_eq!(broken(&found), ["references"], "{found:?}");
    let detail = &found.findings.iter().find(|x| x.name == "references").unwrap().detail;
    assert!(detail.contains("2 rows of job_steps refer to jobs"), "{detail}");
}

pub(crate) async fn a_record_that_was_changed_is_found(f: &Fixture) {
    f.insert_job("Invoices").await;
    f.raw(match &f.url {
        StoreUrl::Sqlite(_) => "DROP TRIGGER audit_log_entries_refuse_update;",
        StoreUrl::Postgres(_) => "ALTER TABLE audit_log_entries DISABLE TRIGGER USER;",
    })
    .await
    .unwrap();
    f.raw("UPDATE audit_log_entries SET performed_by = 'nobody'").await.unwrap();
    let found = check(&f.url).await.unwrap();
    assert!(broken(&found).contains(&"audit"), "{found:?}");
    let names_rule = broken(&found).contains(&"constraints");
    assert_eq!(names_rule, matches!(f.url, StoreUrl::Postgres(_)), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_are_examined_where_the_server_can() {
    let host = server();
    let f = Fixture::open(&host, "indexes").await;
    let state = async || {
        let found = check(&f.url).await.unwrap();
        found.findings.into_iter().find(|x| x.name == "indexes").unwrap()
    };
    assert_eq!(state().await.state, FindingState::Note);
    f.raw("CREATE EXTENSION amcheck").await.unwrap();
    assert_eq!(state().await.state, FindingState::Whole);
    f.raw("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'jobs_name_key'::regclass")
        .await
        .unwrap();
    let broken = state().await;
    assert_eq!(broken.state, FindingState::Broken);
    assert!(broken.detail.contains("jobs_name_key"), "{broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_put_back_when_nobody_has_the_store_open() {
    let f = Fixture::open(&Host::Sqlite, "restore").await;
    f.insert_job("then").await;
    let file = f.folder.path().join("copy.sqlite");
    backup(&f.url, &file, false).await.unwrap();
    f.insert_job("later").await;

    let refused = restore(&f.url, &file, f.now()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "{refused}");
    f.insert_job("undisturbed").await;
    f.store.close().await;
    let letter = f.folder.path().join("letter");
    std::fs::write(&letter, "Dear Sir or Madam, ".repeat(100)).unwrap();
    let refused = restore(&f.url, &letter, f.now()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::VerificationFailed, "{refused}");

    let done = restore(&f.url, &file, f.now()).await.unwrap();
    assert_eq!(done.version, newest());
    assert!(file.exists(), "the backup stays");
    let jobs = async |url: &StoreUrl| {
        let store = open(&f, url).await;
        let mut session = store.read().await.unwrap();
        let mut names: Vec<_> = session.jobs().await.unwrap().into_iter().map(|job| job.name).collect();
        names.sort();
        drop(session);
        store.close().await;
        names
    };
    assert_eq!(jobs(&f.url).await, ["then"]);
    assert_eq!(jobs(&StoreUrl::Sqlite(done.kept.unwrap())).await, ["later", "then", "undisturbed"]);

    // Also over a store that is beyond use.
    std::fs::write(path_of(&f.url), "Dear Sir or Madam, ".repeat(100)).unwrap();
    f.clock.advance(chrono::TimeDelta::seconds(1));
    restore(&f.url, &file, f.now()).await.unwrap();
    assert_eq!(jobs(&f.url).await, ["then"]);
    assert!(!names(f.folder.path()).iter().any(|name| name.starts_with(".courier-restore")));
}
