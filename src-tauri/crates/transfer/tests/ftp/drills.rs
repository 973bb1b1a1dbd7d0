//! The server is killed at random bytes, both ways, while the source changes now and then: what stands under the final
//! name is the older file or one whole version of the source, never a mix.
//!
//! The seed is printed; `COURIER_SEED` repeats a run.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::data::{Dice, bytes};
use courier_testkit::{FtpProgram, FtpTls, Ftpd};
use courier_transfer::{Control, FileReceipt, Resume, TransferError, UploadRequest, download, upload};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

const MIB: u64 = 1 << 20;
/// So often each way meets the end of the server in the middle of a file.
const KILLS: u32 = 6;
const LENGTH: u64 = 20 * MIB;

/// What goes wrong, and how it went so far.
struct Drill {
    server: Arc<Mutex<Ftpd>>,
    dice: Dice,
    source: PathBuf,
    content: Vec<u8>,
    version: u64,
    killed: u32,
    gone_on: u32,
}

impl Drill {
    fn new(server: Ftpd, source: PathBuf) -> Self {
        let dice = Dice::new();
        println!("COURIER_SEED={}", dice.seed);
        let server = Arc::new(Mutex::new(server));
        let mut drill = Self { server, dice, source, content: Vec::new(), version: 0, killed: 0, gone_on: 0 };
        drill.becomes(bytes(LENGTH as usize, 1));
        drill
    }

    /// A new version; servers tell whole seconds, so each has its own.
    fn becomes(&mut self, content: Vec<u8>) {
        self.content = content;
        std::fs::write(&self.source, &self.content).unwrap();
        self.version += 1;
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + self.version * 10);
        std::fs::File::options().write(true).open(&self.source).unwrap().set_modified(at).unwrap();
    }

    /// Kills the server once so many bytes have moved.
    fn control(&mut self) -> (Control, Arc<AtomicBool>) {
        if self.dice.below(5) == 0 {
            let (length, seed) = (LENGTH - self.dice.below(MIB), self.dice.below(1000));
            self.becomes(bytes(length as usize, seed));
        }
        let (at, server) = (self.dice.below(LENGTH + MIB), Arc::clone(&self.server));
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        let ctl = control_with(CancellationToken::new(), move |tick| {
            if tick.bytes >= at && !seen.swap(true, Ordering::SeqCst) {
                server.lock().unwrap().kill();
            }
        });
        (ctl, done)
    }

    /// Whether the drill goes on after a round: until it was killed often enough, and something went on where it was cut.
    fn judge(
        &mut self,
        outcome: Result<FileReceipt, TransferError>,
        killed: &AtomicBool,
        to: &Path,
        old: &[u8],
    ) -> bool {
        let there = std::fs::read(to).unwrap();
        let mut server = self.server.lock().unwrap();
        if killed.load(Ordering::SeqCst) {
            server.start_again().unwrap();
        }
        match outcome {
            Ok(receipt) => {
                self.gone_on += u32::from(receipt.resumed_bytes > 0);
                assert!(there == self.content, "a mix after {} kills", self.killed);
                std::fs::write(to, old).unwrap();
                self.killed < KILLS || self.gone_on == 0
            }
            Err(error) => {
                // Whoever tries at once to go on meets nobody.
                let away = matches!(error.code(), ErrorCode::ConnectionLost | ErrorCode::ConnectionRefused);
                assert!(away, "{error}\n{}", server.log());
                assert!(there == old, "the older file was touched after {} kills", self.killed);
                self.killed += 1;
                true
            }
        }
    }
}

async fn downloads(program: FtpProgram, tls: FtpTls) {
    let server = start(program, tls);
    let local = tempfile::tempdir().unwrap();
    let to = local.path().join("big");
    let old = bytes(MIB as usize, 5);
    std::fs::write(&to, &old).unwrap();
    put(&server, "big", "");
    let path = server.remote("big");
    let source = server.data().join("big");
    let mut drill = Drill::new(server, source);
    let mut round = 0;
    loop {
        round += 1;
        let (ctl, killed) = drill.control();
        let target = target(&drill.server.lock().unwrap(), json!({}));
        let outcome = async {
            let remote = open(target).await?;
            let request = courier_transfer::DownloadRequest { owner: owner(round), ..fetch(&path, &to) };
            download(&*remote, request, &ctl).await.map(moved)
        };
        let outcome = outcome.await;
        if !drill.judge(outcome, &killed, &to, &old) {
            break;
        }
    }
}

async fn uploads(program: FtpProgram, tls: FtpTls) {
    let server = start(program, tls);
    let (local, journals) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let old = bytes(MIB as usize, 5);
    put(&server, "big", &old);
    let to = server.data().join("big");
    let path = server.remote("big");
    let mut drill = Drill::new(server, local.path().join("big"));
    let mut round = 0;
    loop {
        round += 1;
        let (ctl, killed) = drill.control();
        let target = target(&drill.server.lock().unwrap(), json!({}));
        let outcome = async {
            let remote = open(target).await?;
            let across =
                Resume::Across { journals: journals.path().to_path_buf(), given_up: Arc::new(|| false) };
            let request =
                UploadRequest { owner: owner(round), resume: across, ..deliver(&drill.source, &path) };
            upload(&*remote, request, &ctl).await.map(moved)
        };
        let outcome = outcome.await;
        if !drill.judge(outcome, &killed, &to, &old) {
            break;
        }
    }
}

#[tokio::test]
async fn a_server_killed_during_downloads_never_leaves_a_mix() {
    downloads(FtpProgram::Vsftpd, FtpTls::Explicit).await;
    downloads(FtpProgram::Proftpd, FtpTls::Off).await;
}

#[tokio::test]
async fn a_server_killed_during_uploads_never_leaves_a_mix() {
    uploads(FtpProgram::Vsftpd, FtpTls::Explicit).await;
    uploads(FtpProgram::Proftpd, FtpTls::Off).await;
}
