//! Bad networks: cancel, cut, stall, resume. The destination holds the old file or the new one, never a mix.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::data::bytes;
use courier_testkit::{Proxy, Sshd, proxy::Rules};
use courier_transfer::{TransferError, download, upload};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const MIB: usize = 1 << 20;

struct Scene {
    server: Sshd,
    local: TempDir,
    content: Vec<u8>,
}

/// A 24 MiB file on a server.
fn scene() -> Scene {
    let server = server();
    let content = bytes(24 * MIB, 11);
    std::fs::write(server.data().join("big"), &content).unwrap();
    Scene { server, local: tempfile::tempdir().unwrap(), content }
}

impl Scene {
    fn to(&self) -> PathBuf {
        self.local.path().join("big")
    }
    fn from(&self) -> String {
        self.server.remote("big")
    }
    fn through(&self, proxy: &Proxy, change: serde_json::Value) -> courier_transfer::Target {
        target_with(&self.server, proxy.port(), change)
    }
}

#[tokio::test]
async fn a_cancelled_download_stops_within_a_second() {
    let scene = scene();
    let proxy =
        Proxy::start(scene.server.port(), Rules { rate: Some(2_000_000), ..Rules::default() }).unwrap();
    let remote = open(scene.through(&proxy, json!({}))).await.unwrap();
    let (cancel, moving) = (CancellationToken::new(), CancellationToken::new());
    let began = moving.clone();
    let ctl = control_with(cancel.clone(), move |tick| {
        if tick.bytes > 0 {
            began.cancel();
        }
    });
    let request = fetch(&scene.from(), &scene.to());
    let running = tokio::spawn(async move { download(&*remote, request, &ctl).await });
    moving.cancelled().await;
    let at = Instant::now();
    cancel.cancel();
    let error = running.await.unwrap().unwrap_err();
    assert!(at.elapsed() < Duration::from_secs(1), "{:?}", at.elapsed());
    assert!(matches!(error, TransferError::Cancelled));
    assert!(!scene.to().exists());
    courier_transfer::discard(scene.to(), owner(1)).await;
    assert_eq!(names(scene.local.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_cancelled_upload_stops_within_a_second() {
    let scene = scene();
    let proxy =
        Proxy::start(scene.server.port(), Rules { rate: Some(2_000_000), ..Rules::default() }).unwrap();
    let remote = open(scene.through(&proxy, json!({}))).await.unwrap();
    let source = scene.local.path().join("source");
    std::fs::write(&source, &scene.content).unwrap();
    let (cancel, moving) = (CancellationToken::new(), CancellationToken::new());
    let began = moving.clone();
    let ctl = control_with(cancel.clone(), move |tick| {
        if tick.bytes > 0 {
            began.cancel();
        }
    });
    let request = deliver(&source, &scene.server.remote("up"));
    let running = tokio::spawn(async move { upload(&*remote, request, &ctl).await });
    moving.cancelled().await;
    let at = Instant::now();
    cancel.cancel();
    let error = running.await.unwrap().unwrap_err();
    assert!(at.elapsed() < Duration::from_secs(1), "{:?}", at.elapsed());
    assert!(matches!(error, TransferError::Cancelled));
    assert!(!scene.server.data().join("up").exists());
}

#[tokio::test]
async fn a_cut_is_an_error_and_the_next_attempt_goes_on_where_it_was_proven() {
    let scene = scene();
    std::fs::write(scene.to(), "old").unwrap();
    let proxy =
        Proxy::start(scene.server.port(), Rules { cut_after: Some(20 * MIB as u64), ..Rules::default() })
            .unwrap();
    let remote = open(scene.through(&proxy, json!({}))).await.unwrap();
    let error = download(&*remote, fetch(&scene.from(), &scene.to()), &control()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConnectionLost, "{error}");
    assert_eq!(std::fs::read_to_string(scene.to()).unwrap(), "old");
    assert_eq!(proxy.cuts(), 1);

    // A rescuer with a later epoch takes the partial file over.
    let remote = open(target(&scene.server)).await.unwrap();
    let mut request = fetch(&scene.from(), &scene.to());
    request.owner = owner(2);
    let receipt = moved(download(&*remote, request, &control()).await.unwrap());
    assert_eq!(std::fs::read(scene.to()).unwrap(), scene.content);
    assert!(receipt.resumed_bytes >= 8 * MIB as u64, "{}", receipt.resumed_bytes);
    assert_eq!(receipt.sha256, courier_testkit::data::sha256(&scene.content));
    assert_eq!(names(scene.local.path()), ["big"]);
}

#[tokio::test]
async fn a_source_that_changed_meanwhile_starts_again() {
    let scene = scene();
    let proxy =
        Proxy::start(scene.server.port(), Rules { cut_after: Some(20 * MIB as u64), ..Rules::default() })
            .unwrap();
    let remote = open(scene.through(&proxy, json!({}))).await.unwrap();
    download(&*remote, fetch(&scene.from(), &scene.to()), &control()).await.unwrap_err();
    assert_eq!(names(scene.local.path()).len(), 2, "a partial file and its journal");

    let other = bytes(24 * MIB, 99);
    let path = scene.server.data().join("big");
    let new_time = std::fs::metadata(&path).unwrap().modified().unwrap() + Duration::from_secs(5);
    std::fs::write(&path, &other).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(new_time).unwrap();
    let remote = open(target(&scene.server)).await.unwrap();
    let receipt = moved(download(&*remote, fetch(&scene.from(), &scene.to()), &control()).await.unwrap());
    assert_eq!(receipt.resumed_bytes, 0);
    assert!(std::fs::read(scene.to()).unwrap() == other);
}

#[tokio::test]
async fn a_source_that_changes_while_it_is_read_is_not_published() {
    let scene = scene();
    let remote = open(target(&scene.server)).await.unwrap();
    let path = scene.server.data().join("big");
    let ctl = control_with(CancellationToken::new(), move |tick| {
        if tick.bytes == 0 {
            use std::io::Write;
            let mut file = std::fs::File::options().append(true).open(&path).unwrap();
            file.write_all(b"more").unwrap();
        }
    });
    let error = download(&*remote, fetch(&scene.from(), &scene.to()), &ctl).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged, "{error}");
    assert_eq!(names(scene.local.path()), Vec::<String>::new());
}

#[tokio::test]
async fn transport_retries_take_a_cut_download_up_again() {
    let scene = scene();
    let proxy =
        Proxy::start(scene.server.port(), Rules { cut_after: Some(9 * MIB as u64), ..Rules::default() })
            .unwrap();
    let remote = open(scene.through(&proxy, json!({ "transport_retries": 2 }))).await.unwrap();
    let fetched = Arc::new(AtomicU64::new(0));
    let most = Arc::clone(&fetched);
    let ctl = control_with(CancellationToken::new(), move |tick| {
        let before = most.swap(tick.bytes, Ordering::SeqCst);
        assert!(tick.bytes >= before, "no byte is fetched twice");
    });
    moved(download(&*remote, fetch(&scene.from(), &scene.to()), &ctl).await.unwrap());
    assert!(std::fs::read(scene.to()).unwrap() == scene.content);
    assert_eq!(proxy.cuts(), 1);
    assert_eq!(fetched.load(Ordering::SeqCst), 24 * MIB as u64);
}

#[tokio::test]
async fn transport_retries_take_a_cut_upload_up_again() {
    let scene = scene();
    let proxy = Proxy::start(scene.server.port(), Rules::default()).unwrap();
    let remote = open(scene.through(&proxy, json!({ "transport_retries": 2 }))).await.unwrap();
    let source = scene.local.path().join("source");
    std::fs::write(&source, &scene.content).unwrap();
    let proxy = Arc::new(proxy);
    let cutter = Arc::clone(&proxy);
    let ctl = control_with(CancellationToken::new(), move |tick| {
        if tick.bytes > 5 * MIB as u64 && cutter.cuts() == 0 {
            cutter.cut_now();
        }
    });
    moved(upload(&*remote, deliver(&source, &scene.server.remote("up")), &ctl).await.unwrap());
    assert_eq!(proxy.cuts(), 1);
    assert!(std::fs::read(scene.server.data().join("up")).unwrap() == scene.content);
    assert_eq!(names(scene.server.data()), ["big", "up"]);
}

#[tokio::test]
async fn a_session_is_never_taken_up_again_with_another_key() {
    let mut scene = scene();
    let change = json!({ "transport_retries": 3 });
    let remote = open(target_with(&scene.server, scene.server.port(), change)).await.unwrap();
    scene.server.restart_with_other_host_key().unwrap();
    let attempts = scene.server.login_attempts();
    let error = remote.list(&scene.server.remote("")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::HostKeyChanged, "{error}");
    assert_eq!(scene.server.login_attempts(), attempts);
}

#[tokio::test]
async fn a_stalled_transfer_ends_after_the_time_without_progress() {
    let scene = scene();
    let proxy = Proxy::start(scene.server.port(), Rules::default()).unwrap();
    let change = json!({ "operation_timeout_sec": 1, "keepalive_interval_sec": 0 });
    let remote = open(scene.through(&proxy, change)).await.unwrap();
    proxy.set(Rules { stalled: true, ..Rules::default() });
    let at = Instant::now();
    let error = download(&*remote, fetch(&scene.from(), &scene.to()), &control()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConnectionTimeout, "{error}");
    assert!(at.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_killed_server_is_a_lost_connection() {
    let mut scene = scene();
    let remote = open(target(&scene.server)).await.unwrap();
    remote.list(&scene.server.remote("")).await.unwrap();
    scene.server.kill();
    let error = remote.list(&scene.server.remote("")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConnectionLost, "{error}");
}
