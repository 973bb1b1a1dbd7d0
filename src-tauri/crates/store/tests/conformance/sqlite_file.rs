//! What is true only of a store in a file.

use crate::fixture::{Fixture, Host};
use courier_domain::ErrorCode;
use courier_store::{AuditVerdict, Store, StoreUrl};
use std::os::unix::fs::PermissionsExt;

async fn fixture() -> Fixture {
    Fixture::open(&Host::Sqlite, "file").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_and_its_companions_are_for_the_owner_only() {
    let f = fixture().await;
    f.insert_job("Invoices").await;
    let mut seen = Vec::new();
    for entry in f.folder.path().read_dir().unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    assert!(seen.iter().any(|n| n == "courier.db") && seen.iter().any(|n| n == "courier.db-wal"), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opened_again_has_what_was_acknowledged() {
    let f = fixture().await;
    let job = f.insert_job("Invoices").await;
    f.store.close().await;
    let error = f.store.begin("late").await.unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
    let error = f.store.read().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::StoreUnavailable, "{error}");
    let again = f.another().await.unwrap();
    let mut session = again.read().await.unwrap();
    assert_eq!(session.job(job.id).await.unwrap(), job);
    assert_eq!(session.verify_audit().await.unwrap(), AuditVerdict::Whole { entries: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_open_a_new_store_at_once_both_get_it() {
    let f = fixture().await;
    let home = tempfile::tempdir().unwrap();
    let url = StoreUrl::in_home(home.path());
    let open = || Store::open(&url, f.store.clock().clone(), f.store.ids().clone());
    let (a, b, c) = tokio::join!(open(), open(), open());
    assert!(a.is_ok() && b.is_ok() && c.is_ok(), "{a:?} {b:?} {c:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_is_refused_and_left_alone() {
    let f = fixture().await;
    let path = f.folder.path().join("letter.db");
    let text = "Dear Sir or Madam, ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let url = StoreUrl::Sqlite(path.clone());
    let refused = Store::open(&url, f.store.clock().clone(), f.store.ids().clone()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::StoreUnavailable, "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_missing_is_named() {
    let f = fixture().await;
    let url = StoreUrl::Sqlite(f.folder.path().join("missing/courier.db"));
    let refused = Store::open(&url, f.store.clock().clone(), f.store.ids().clone()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::StoreUnavailable);
    assert!(refused.to_string().contains("missing/courier.db"), "{refused}");
}
