//! What is true only of a store in a file.

use crate::fixture::{Fixture, Host};
use courier_domain::ErrorCode;
use courier_domain::connection::Sealed;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_material_of_a_deleted_key_is_nowhere_in_the_file() {
    let f = fixture().await;
    let (sealed, small) = (b"sealed-and-to-be-purged ".repeat(400), b"small-and-to-be-purged".to_vec());
    let mut pgp = crate::keys::pgp_key(&f, "ours", "AB");
    pgp.private_key_data = Some(Sealed(sealed.clone()));
    pgp.revocation_certificate = Some(Sealed(small.clone()));
    let mut ssh = crate::keys::ssh_key(&f, "ops", "SHA256:x");
    ssh.private_key_data = Sealed(small);
    let mut work = f.store.begin("me@here").await.unwrap();
    work.insert_pgp_key(&pgp).await.unwrap();
    work.insert_ssh_key(&ssh).await.unwrap();
    work.commit().await.unwrap();
    // What was written once has to be in the file itself, not only in its log.
    f.store.close().await;
    let file = f.folder.path().join("courier.db");
    let holds = |text: &[u8]| std::fs::read(&file).unwrap().windows(text.len()).any(|part| part == text);
    assert!(
        holds(b"sealed-and-to-be-purged") && holds(b"small-and-to-be-purged"),
        "the search finds nothing"
    );

    let again = f.another().await.unwrap();
    let mut work = again.begin("me@here").await.unwrap();
    work.delete_pgp_key(pgp.id).await.unwrap();
    work.delete_ssh_key(ssh.id).await.unwrap();
    work.commit().await.unwrap();
    again.close().await;
    assert!(!holds(b"sealed-and-to-be-purged"), "a free page keeps the private key");
    assert!(!holds(b"small-and-to-be-purged"));
}
