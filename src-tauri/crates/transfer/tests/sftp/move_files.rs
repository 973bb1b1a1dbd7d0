//! Downloads and uploads that go well, and the rules at the destination.

use crate::fixture::*;
use courier_domain::receipt::{Direction, Verification};
use courier_testkit::data::{bytes, sha256};
use courier_testkit::{Sshd, SshdOptions};
use courier_transfer::{Outcome, Overwrite, Publication, TransferError, download, upload};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// Lengths around the request size, and nothing at all.
const LENGTHS: &[usize] = &[0, 1, 261_119, 261_120, 261_121, 3_000_017];

#[tokio::test]
async fn files_of_every_length_come_and_go_with_the_right_bytes() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    for &length in LENGTHS {
        let content = bytes(length, 7);
        let name = format!("f{length}.bin");
        std::fs::write(server.data().join(&name), &content).unwrap();
        let to = local.path().join(&name);
        let receipt = moved(download(&*remote, fetch(&server.remote(&name), &to), &control()).await.unwrap());
        assert_eq!(std::fs::read(&to).unwrap(), content);
        assert_eq!((receipt.size, receipt.sha256.as_str()), (length as u64, sha256(&content).as_str()));
        assert_eq!(receipt.direction, Direction::Download);
        assert_eq!(receipt.server_identity, server.fingerprint().unwrap());

        let back = format!("back/{name}");
        let receipt = moved(upload(&*remote, deliver(&to, &server.remote(&back)), &control()).await.unwrap());
        assert_eq!(std::fs::read(server.data().join(&back)).unwrap(), content);
        assert_eq!((receipt.size, receipt.sha256), (length as u64, sha256(&content)));
        assert!(receipt.atomic);
    }
    assert_eq!(names(local.path()).len(), LENGTHS.len());
    assert_eq!(names(&server.data().join("back")).len(), LENGTHS.len());
}

#[tokio::test]
async fn strange_names_survive_both_ways() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    for name in ["-n", "a b", "it's \"so\"", "ü*[x]?", ".dot", &"ü".repeat(127)] {
        std::fs::write(server.data().join(name), name).unwrap();
        let to = local.path().join(name);
        moved(download(&*remote, fetch(&server.remote(name), &to), &control()).await.unwrap());
        assert_eq!(std::fs::read_to_string(&to).unwrap(), name);
        let up = server.data().join("up");
        moved(upload(&*remote, deliver(&to, &format!("{}/{name}", up.display())), &control()).await.unwrap());
        assert_eq!(std::fs::read_to_string(up.join(name)).unwrap(), name);
    }
}

#[tokio::test]
async fn sha256_is_verified_by_reading_again() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    let content = bytes(700_000, 3);
    std::fs::write(server.data().join("a"), &content).unwrap();
    let to = local.path().join("a");
    let mut request = fetch(&server.remote("a"), &to);
    request.verify = Verification::Sha256;
    let receipt = moved(download(&*remote, request, &control()).await.unwrap());
    assert_eq!(receipt.verified_by, Verification::Sha256);
    let mut request = deliver(&to, &server.remote("b"));
    request.verify = Verification::Sha256;
    moved(upload(&*remote, request, &control()).await.unwrap());
    assert_eq!(std::fs::read(server.data().join("b")).unwrap(), content);
}

#[tokio::test]
async fn an_upload_replaces_in_one_step_and_obeys_the_rule() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    let from = local.path().join("new");
    std::fs::write(&from, "new").unwrap();
    let there = server.data().join("t.csv");
    let put = async |rule| {
        let mut request = deliver(&from, &server.remote("t.csv"));
        request.overwrite = rule;
        upload(&*remote, request, &control()).await
    };
    std::fs::write(&there, "old").unwrap();
    assert!(matches!(put(Overwrite::Skip).await.unwrap(), Outcome::Skipped { .. }));
    assert!(matches!(put(Overwrite::Fail).await, Err(TransferError::AlreadyExists { .. })));
    assert_eq!(moved(put(Overwrite::Rename).await.unwrap()).remote_path, server.remote("t (1).csv"));
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "old");
    set_time(&there, 4_000_000_000);
    assert!(matches!(put(Overwrite::Newer).await.unwrap(), Outcome::Skipped { .. }));
    moved(put(Overwrite::Overwrite).await.unwrap());
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "new");
    assert_eq!(names(server.data()), ["t (1).csv", "t.csv"]);
}

#[tokio::test]
async fn a_download_obeys_the_rule() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    std::fs::write(server.data().join("t.csv"), "new").unwrap();
    let there = local.path().join("t.csv");
    std::fs::write(&there, "old").unwrap();
    let get = async |rule| {
        let mut request = fetch(&server.remote("t.csv"), &there);
        request.overwrite = rule;
        download(&*remote, request, &control()).await
    };
    assert!(matches!(get(Overwrite::Skip).await.unwrap(), Outcome::Skipped { .. }));
    assert!(matches!(get(Overwrite::Fail).await, Err(TransferError::AlreadyExists { .. })));
    let renamed = moved(get(Overwrite::Rename).await.unwrap());
    assert_eq!(renamed.local_path, local.path().join("t (1).csv"));
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "old");
    moved(get(Overwrite::Overwrite).await.unwrap());
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "new");
    assert_eq!(names(local.path()), ["t (1).csv", "t.csv"]);
}

#[tokio::test]
async fn times_and_permissions_are_kept_where_asked() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    let (source, to) = (server.data().join("a"), local.path().join("a"));
    std::fs::write(&source, "x").unwrap();
    set_time(&source, 1_234_567_890);
    moved(download(&*remote, fetch(&server.remote("a"), &to), &control()).await.unwrap());
    assert_eq!(time(&to), 1_234_567_890);
    let mut request = deliver(&to, &server.remote("b"));
    request.preserve_mtime = true;
    request.permissions = Some(0o640);
    moved(upload(&*remote, request, &control()).await.unwrap());
    let there = server.data().join("b");
    assert_eq!(time(&there), 1_234_567_890);
    assert_eq!(std::fs::metadata(&there).unwrap().permissions().mode() & 0o777, 0o640);
}

#[tokio::test]
async fn the_last_look_before_publishing_can_stop_it() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    std::fs::write(server.data().join("a"), "new").unwrap();
    let to = local.path().join("a");
    std::fs::write(&to, "old").unwrap();
    let asked = Arc::new(Mutex::new(Vec::<Publication>::new()));
    let ask = Arc::clone(&asked);
    let mut request = fetch(&server.remote("a"), &to);
    request.before_publish = Arc::new(move |publication| {
        ask.lock().unwrap().push(publication);
        Box::pin(async { Err(TransferError::LeaseLost) })
    });
    let error = download(&*remote, request, &control()).await.unwrap_err();
    assert!(matches!(error, TransferError::LeaseLost));
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    let asked = asked.lock().unwrap();
    assert_eq!((asked[0].size, asked[0].sha256.clone()), (3, sha256(b"new")));
    assert_eq!(asked[0].destination, to);
}

#[tokio::test]
async fn a_partner_may_demand_a_temporary_ending_or_none() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    let from = local.path().join("a");
    std::fs::write(&from, "x").unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    for (atomic, suffix) in [(true, Some(".filepart".to_owned())), (false, None), (true, None)] {
        let mut request = deliver(&from, &server.remote("a"));
        (request.atomic, request.suffix) = (atomic, suffix);
        let seen = Arc::clone(&seen);
        request.before_publish = Arc::new(move |publication| {
            let name = publication.temporary.file_name().unwrap().to_string_lossy().into_owned();
            seen.lock().unwrap().push(name);
            Box::pin(async { Ok(()) })
        });
        moved(upload(&*remote, request, &control()).await.unwrap());
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], "a.filepart");
    assert_eq!(seen[1], "a");
    assert_eq!(seen[2], "a.courier-018f0000-0000-7000-8000-000000000001-1.part");
    assert_eq!(names(server.data()), ["a"]);
}

#[tokio::test]
async fn a_rescuer_takes_the_stale_workers_remote_file_away() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    let from = local.path().join("a");
    std::fs::write(&from, "right").unwrap();
    let stale = "a.courier-018f0000-0000-7000-8000-000000000001-1.part";
    std::fs::write(server.data().join(stale), "stale").unwrap();
    let mut request = deliver(&from, &server.remote("a"));
    request.owner = owner(2);
    moved(upload(&*remote, request, &control()).await.unwrap());
    assert_eq!(names(server.data()), ["a"]);
    assert_eq!(std::fs::read_to_string(server.data().join("a")).unwrap(), "right");
}

#[tokio::test]
async fn several_files_share_one_session() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    let jobs = (0..24_u64).map(|n| {
        let content = bytes(200_000 + usize::try_from(n).unwrap() * 1000, n);
        std::fs::write(server.data().join(format!("{n}")), &content).unwrap();
        let to = local.path().join(format!("{n}"));
        let (remote, from) = (Arc::clone(&remote), server.remote(&format!("{n}")));
        async move {
            moved(download(&*remote, fetch(&from, &to), &control()).await.unwrap());
            assert_eq!(std::fs::read(&to).unwrap(), content);
        }
    });
    futures::future::join_all(jobs).await;
}

#[tokio::test]
async fn a_server_without_extensions_is_served_and_told_to_be_not_atomic() {
    let refused = "posix-rename,limits,fsync,statvfs";
    let config = vec![format!("Subsystem sftp internal-sftp -P {refused}")];
    let server = Sshd::start(SshdOptions { config, ..SshdOptions::default() }).unwrap();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    assert!(!remote.capabilities().atomic_replace);
    let content = bytes(1_000_003, 21);
    let from = local.path().join("a");
    std::fs::write(&from, &content).unwrap();
    std::fs::write(server.data().join("a"), "old").unwrap();
    let receipt = moved(upload(&*remote, deliver(&from, &server.remote("a")), &control()).await.unwrap());
    assert!(!receipt.atomic);
    let back = local.path().join("back");
    moved(download(&*remote, fetch(&server.remote("a"), &back), &control()).await.unwrap());
    assert!(std::fs::read(&back).unwrap() == content);
    assert_eq!(names(server.data()), ["a"]);
}

#[tokio::test]
async fn a_folder_or_a_missing_file_is_no_source() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let remote = open(target(&server)).await.unwrap();
    let to = local.path().join("x");
    let error = download(&*remote, fetch(&server.remote("none"), &to), &control()).await.unwrap_err();
    assert!(matches!(error, TransferError::NotFound { .. }), "{error}");
    let error = upload(&*remote, deliver(local.path(), &server.remote("x")), &control()).await.unwrap_err();
    assert!(matches!(error, TransferError::IsAFolder { .. }), "{error}");
    assert_eq!(names(local.path()), Vec::<String>::new());
    assert_eq!(names(server.data()), Vec::<String>::new());
}

fn set_time(path: &Path, seconds: u64) {
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

fn time(path: &Path) -> u64 {
    let at = std::fs::metadata(path).unwrap().modified().unwrap();
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}
