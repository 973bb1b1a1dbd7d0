//! Uploads that broke off: they go on behind what is proven, send little again, and never publish a mix.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_domain::receipt::Verification;
use courier_testkit::data::{bytes, sha256};
use courier_testkit::{Proxy, Sshd, SshdOptions, proxy::Rules};
use courier_transfer::{FileReceipt, Resume, TransferError, UploadRequest, upload};
use serde_json::json;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const MIB: u64 = 1 << 20;
const SIZE: u64 = 44 * MIB + 12_345;
/// The most that is in flight: a window, on a busy machine.
const IN_FLIGHT: u64 = 15 * MIB;
/// What may be sent again: back to the last mark, and what was in flight.
const AGAIN: u64 = 8 * MIB + IN_FLIGHT;
/// Where most uploads here break off: a mark is acknowledged by then, whatever is in flight.
const CUT: u64 = 28 * MIB;
const LIMIT: Duration = Duration::from_secs(60);

struct Scene {
    server: Sshd,
    local: TempDir,
    journals: TempDir,
    content: Vec<u8>,
}

/// A server with an older file where a large one shall go.
fn scene_on(server: Sshd) -> Scene {
    let content = bytes(SIZE as usize, 21);
    let local = tempfile::tempdir().unwrap();
    std::fs::write(local.path().join("source"), &content).unwrap();
    std::fs::write(server.data().join("file"), "old").unwrap();
    Scene { server, local, journals: tempfile::tempdir().unwrap(), content }
}

fn scene() -> Scene {
    scene_on(server())
}

impl Scene {
    fn source(&self) -> PathBuf {
        self.local.path().join("source")
    }
    fn there(&self) -> Vec<u8> {
        std::fs::read(self.server.data().join("file")).unwrap()
    }
    fn proxy(&self, rules: Rules) -> Proxy {
        Proxy::start(self.server.port(), rules).unwrap()
    }
    fn request(&self, epoch: i64) -> UploadRequest {
        UploadRequest {
            owner: owner(epoch),
            resume: Resume::Across {
                journals: self.journals.path().to_path_buf(),
                given_up: Arc::new(|| false),
            },
            ..deliver(&self.source(), &self.server.remote("file"))
        }
    }
    async fn send(&self, proxy: &Proxy, request: UploadRequest) -> Result<FileReceipt, TransferError> {
        let remote = open(target_with(&self.server, proxy.port(), json!({}))).await?;
        upload(&*remote, request, &control()).await.map(moved)
    }
    /// Breaks off after `sent` bytes.
    async fn broken_off(&self, sent: u64) {
        let proxy = self.proxy(Rules { cut_after_sent: Some(sent), ..Rules::default() });
        let error = self.send(&proxy, self.request(1)).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ConnectionLost, "{error}");
        assert_eq!(self.there(), b"old");
    }
    /// The unfinished file on the server.
    fn part(&self) -> PathBuf {
        let parts: Vec<String> =
            names(self.server.data()).into_iter().filter(|n| n.ends_with(".part")).collect();
        assert_eq!(parts.len(), 1, "{parts:?}");
        self.server.data().join(&parts[0])
    }
    fn nothing_is_left(&self) {
        assert_eq!(names(self.server.data()), ["file"]);
        assert_eq!(names(self.journals.path()), Vec::<String>::new());
    }
}

fn flip(file: &Path, at: u64) {
    let file = std::fs::File::options().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

#[tokio::test]
async fn a_rescuer_goes_on_behind_the_last_mark_and_sends_little_again() {
    let scene = scene();
    let cut = 40 * MIB;
    scene.broken_off(cut).await;
    let proxy = scene.proxy(Rules::default());
    let receipt = scene.send(&proxy, scene.request(2)).await.unwrap();
    assert!(scene.there() == scene.content);
    assert_eq!(receipt.sha256, sha256(&scene.content));
    assert!(receipt.resumed_bytes >= 8 * MIB, "{}", receipt.resumed_bytes);
    let again = proxy.sent() - (SIZE - cut);
    println!("{again} of {cut} bytes were sent again");
    assert!(again <= AGAIN, "{again} bytes were sent again");
    assert!(proxy.bytes() < 2 * MIB, "{} bytes came back for the proof", proxy.bytes());
    scene.nothing_is_left();
}

#[tokio::test]
async fn a_connection_lost_and_made_again_goes_on_within_the_call() {
    let scene = scene();
    let proxy = scene.proxy(Rules { cut_after_sent: Some(40 * MIB), ..Rules::default() });
    let remote =
        open(target_with(&scene.server, proxy.port(), json!({ "transport_retries": 2 }))).await.unwrap();
    let request = UploadRequest { resume: Resume::Here, ..scene.request(1) };
    let receipt = moved(upload(&*remote, request, &control()).await.unwrap());
    assert!(scene.there() == scene.content);
    assert_eq!(proxy.cuts(), 1);
    assert_eq!(receipt.resumed_bytes, 0, "this call sent all of it");
    let again = proxy.sent() - SIZE;
    println!("{again} bytes were sent again");
    assert!(again <= AGAIN, "{again} bytes were sent again");
    scene.nothing_is_left();
}

#[tokio::test]
async fn a_step_that_must_not_go_on_begins_with_the_first_byte() {
    let scene = scene();
    scene.broken_off(CUT).await;
    let proxy = scene.proxy(Rules::default());
    let request = UploadRequest { resume: Resume::No, ..scene.request(1) };
    let receipt = scene.send(&proxy, request).await.unwrap();
    assert!(scene.there() == scene.content);
    assert_eq!(receipt.resumed_bytes, 0);
    assert!(proxy.sent() >= SIZE);
}

#[tokio::test]
async fn a_server_that_was_killed_and_came_back_is_gone_on_with() {
    let mut scene = scene();
    let proxy = Arc::new(scene.proxy(Rules { rate: Some(30_000_000), ..Rules::default() }));
    let remote = open(target_with(&scene.server, proxy.port(), json!({}))).await.unwrap();
    let request = scene.request(1);
    let running = tokio::spawn(async move { upload(&*remote, request, &control()).await });
    let waiting = Arc::clone(&proxy);
    assert!(tokio::task::spawn_blocking(move || waiting.wait_for_sent(CUT, LIMIT)).await.unwrap());
    scene.server.kill();
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConnectionLost, "{error}");
    assert_eq!(scene.there(), b"old");
    scene.server.start_again().unwrap();
    let proxy = scene.proxy(Rules::default());
    let receipt = scene.send(&proxy, scene.request(1)).await.unwrap();
    assert!(scene.there() == scene.content);
    assert!(receipt.resumed_bytes >= 8 * MIB, "{}", receipt.resumed_bytes);
    scene.nothing_is_left();
}

#[tokio::test]
async fn a_source_that_changed_in_between_is_sent_from_its_first_byte() {
    for change in ["append", "rewrite", "rewrite in the dark", "touch"] {
        let scene = scene();
        scene.broken_off(CUT).await;
        let before = std::fs::metadata(scene.source()).unwrap().modified().unwrap();
        let mut now = scene.content.clone();
        match change {
            "append" => now.extend(b"more"),
            "touch" => {}
            _ => now = bytes(SIZE as usize, 22),
        }
        std::fs::write(scene.source(), &now).unwrap();
        let time = match change {
            // Neither size nor time tell: the hash of what was sent does.
            "rewrite in the dark" => before,
            _ => before + Duration::from_nanos(1),
        };
        std::fs::File::options().write(true).open(scene.source()).unwrap().set_modified(time).unwrap();
        let receipt = scene.send(&scene.proxy(Rules::default()), scene.request(2)).await.unwrap();
        assert_eq!(receipt.resumed_bytes, 0, "{change}");
        assert!(scene.there() == now, "{change}");
        scene.nothing_is_left();
    }
}

#[tokio::test]
async fn a_source_that_changes_while_it_is_sent_is_not_published() {
    for change in ["append", "rewrite", "touch"] {
        let scene = scene();
        let remote = open(target(&scene.server)).await.unwrap();
        let source = scene.source();
        let ctl = control_with(CancellationToken::new(), move |tick| {
            if tick.bytes == 0 {
                let file = std::fs::File::options().append(change == "append").write(true).open(&source);
                let file = file.unwrap();
                match change {
                    "append" => std::io::Write::write_all(&mut &file, b"more").unwrap(),
                    "rewrite" => file.write_all_at(&[7; 100], 20 * MIB).unwrap(),
                    _ => file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap(),
                }
            }
        });
        let error = upload(&*remote, scene.request(1), &ctl).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceChanged, "{change}: {error}");
        assert_eq!(scene.there(), b"old", "{change}");
        scene.nothing_is_left();
    }
}

#[tokio::test]
async fn a_part_whose_end_is_not_what_was_sent_is_sent_again() {
    let scene = scene();
    scene.broken_off(CUT).await;
    // Before whichever mark was acknowledged last.
    for mark in [8, 16, 24] {
        flip(&scene.part(), mark * MIB - 1000);
    }
    let receipt = scene.send(&scene.proxy(Rules::default()), scene.request(2)).await.unwrap();
    assert_eq!(receipt.resumed_bytes, 0);
    assert!(scene.there() == scene.content);
    scene.nothing_is_left();
}

#[tokio::test]
async fn a_part_that_lost_bytes_on_the_server_is_gone_on_with_before_them() {
    let mut scene = scene();
    scene.broken_off(40 * MIB).await;
    // What the cut connection left under way is not written late.
    scene.server.kill();
    let part = std::fs::File::options().write(true).open(scene.part()).unwrap();
    part.set_len(9 * MIB).unwrap();
    scene.server.start_again().unwrap();
    let receipt = scene.send(&scene.proxy(Rules::default()), scene.request(1)).await.unwrap();
    assert_eq!(receipt.resumed_bytes / MIB, 8);
    assert!(scene.there() == scene.content);
}

#[tokio::test]
async fn a_part_that_is_gone_is_sent_again() {
    let scene = scene();
    scene.broken_off(CUT).await;
    std::fs::remove_file(scene.part()).unwrap();
    let receipt = scene.send(&scene.proxy(Rules::default()), scene.request(2)).await.unwrap();
    assert_eq!(receipt.resumed_bytes, 0);
    assert!(scene.there() == scene.content);
}

/// The control of the drills: a byte that only a hash can find is found when the hash is asked for, and otherwise ends
/// up in the file, which the drills' own comparison sees.
#[tokio::test]
async fn a_byte_changed_far_from_the_end_is_found_by_sha256() {
    for verify in [Verification::Sha256, Verification::Size] {
        let scene = scene();
        scene.broken_off(CUT).await;
        flip(&scene.part(), 1234);
        let request = UploadRequest { verify, ..scene.request(2) };
        let receipt = scene.send(&scene.proxy(Rules::default()), request).await.unwrap();
        let same = scene.there() == scene.content;
        match verify {
            Verification::Sha256 => assert!(same && receipt.resumed_bytes == 0),
            Verification::Size => assert!(!same && receipt.resumed_bytes > 0),
        }
    }
}

#[tokio::test]
async fn a_cancelled_upload_is_kept_for_later_unless_it_was_given_up() {
    for given_up in [false, true] {
        let scene = scene();
        let proxy = scene.proxy(Rules { rate: Some(20_000_000), ..Rules::default() });
        let remote = open(target_with(&scene.server, proxy.port(), json!({}))).await.unwrap();
        let cancel = CancellationToken::new();
        let pull = cancel.clone();
        let ctl = control_with(cancel, move |tick| {
            if tick.bytes > 10 * MIB {
                pull.cancel();
            }
        });
        let journals = scene.journals.path().to_path_buf();
        let resume = Resume::Across { journals, given_up: Arc::new(move || given_up) };
        let error = upload(&*remote, UploadRequest { resume, ..scene.request(1) }, &ctl).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled, "{error}");
        if given_up {
            scene.nothing_is_left();
        } else {
            let receipt = scene.send(&scene.proxy(Rules::default()), scene.request(1)).await.unwrap();
            assert!(receipt.resumed_bytes >= 8 * MIB, "{}", receipt.resumed_bytes);
            assert!(scene.there() == scene.content);
        }
    }
}

/// A server that cannot replace in one step removes the old file first.
fn without_atomic_rename() -> Sshd {
    let config = vec!["ForceCommand internal-sftp -P posix-rename".to_owned()];
    Sshd::start(SshdOptions { config, ..SshdOptions::default() }).unwrap()
}

#[tokio::test]
async fn what_broke_off_between_remove_and_rename_is_finished_by_the_next_attempt() {
    let scene = scene_on(without_atomic_rename());
    let proxy = scene.proxy(Rules::default());
    let asked = UploadRequest {
        before_publish: Arc::new(|_| {
            Box::pin(async {
                Err(TransferError::NotPublished {
                    message: "the store is away".into(),
                    code: ErrorCode::StoreUnavailable,
                    cause: None,
                })
            })
        }),
        ..scene.request(1)
    };
    scene.send(&proxy, asked).await.unwrap_err();
    assert_eq!(scene.there(), b"old");
    // The intent stands, the old file is away, and then the power fails.
    std::fs::remove_file(scene.server.data().join("file")).unwrap();
    let proxy = scene.proxy(Rules::default());
    let receipt = scene.send(&proxy, scene.request(2)).await.unwrap();
    assert!(scene.there() == scene.content);
    assert_eq!(receipt.resumed_bytes, SIZE, "all of it was there");
    assert!(proxy.sent() < MIB / 2, "{}", proxy.sent());
    assert!(!receipt.atomic);
    scene.nothing_is_left();
}

#[tokio::test]
async fn a_file_written_under_its_own_name_is_gone_on_with_whatever_the_rule() {
    use courier_transfer::Overwrite;
    let scene = scene();
    std::fs::remove_file(scene.server.data().join("file")).unwrap();
    let request = || UploadRequest { atomic: false, overwrite: Overwrite::Fail, ..scene.request(1) };
    let proxy = scene.proxy(Rules { cut_after_sent: Some(CUT), ..Rules::default() });
    scene.send(&proxy, request()).await.unwrap_err();
    let receipt = scene.send(&scene.proxy(Rules::default()), request()).await.unwrap();
    assert!(receipt.resumed_bytes >= 8 * MIB, "{}", receipt.resumed_bytes);
    assert!(scene.there() == scene.content);
}

#[tokio::test]
async fn permissions_survive_a_cut() {
    use std::os::unix::fs::PermissionsExt;
    let scene = scene();
    let request = |epoch| UploadRequest { permissions: Some(0o666), ..scene.request(epoch) };
    let proxy = scene.proxy(Rules { cut_after_sent: Some(CUT), ..Rules::default() });
    scene.send(&proxy, request(1)).await.unwrap_err();
    let receipt = scene.send(&scene.proxy(Rules::default()), request(2)).await.unwrap();
    assert!(receipt.resumed_bytes > 0);
    let mode = std::fs::metadata(scene.server.data().join("file")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o666);
}
