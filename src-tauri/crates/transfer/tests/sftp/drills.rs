//! Cuts at random bytes, both ways, while the source changes now and then: what stands under the final name is the
//! older file or one whole version of the source, never a mix.
//!
//! The seed is printed; `COURIER_SEED` repeats a run.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::Proxy;
use courier_testkit::data::{Dice, bytes};
use courier_testkit::proxy::Rules;
use courier_testkit::soak::times;
use courier_transfer::{DownloadRequest, Resume, UploadRequest, download, upload};
use serde_json::json;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const MIB: u64 = 1 << 20;
/// So often each way is cut in the middle.
const CUTS: u64 = 21;
/// Rounds are cut within so many bytes; some arrive before it comes to that.
const WITHIN: u64 = 24 * MIB;

/// A source file that gets new versions, and what they were.
struct Source {
    path: PathBuf,
    content: Vec<u8>,
    version: u64,
}

impl Source {
    fn new(path: PathBuf) -> Self {
        let mut source = Self { path, content: Vec::new(), version: 0 };
        source.becomes(bytes(18 * MIB as usize, 1));
        source
    }
    fn becomes(&mut self, content: Vec<u8>) {
        self.content = content;
        std::fs::write(&self.path, &self.content).unwrap();
        self.version += 1;
        date(&self.path, self.version);
    }
    /// Another content, sometimes of the same length, sometimes only another date.
    fn changes(&mut self, dice: &mut Dice) {
        match dice.below(4) {
            0 => self.becomes(self.content.clone()),
            1 => {
                let mut longer = self.content[..17 * MIB as usize].to_vec();
                longer.extend(bytes(dice.below(3 * MIB) as usize, dice.below(1000)));
                self.becomes(longer);
            }
            _ => self.becomes(bytes(self.content.len(), dice.below(1000))),
        }
    }
}

/// Servers tell whole seconds, so each version has its own.
fn date(path: &Path, version: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + version * 10);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

/// What the rounds came to.
#[derive(Debug, Default)]
struct Tally {
    arrived: u32,
    cut: u32,
    gone_on: u32,
    changed: u32,
    arrived_last: bool,
}

/// How one round goes wrong.
struct Trouble {
    cut: u64,
    /// Overwrites the last bytes of the source once so many bytes have moved.
    changes_at: Option<u64>,
    is_resumed: bool,
}

impl Trouble {
    fn thrown(dice: &mut Dice) -> Self {
        Self {
            cut: dice.below(WITHIN),
            changes_at: (dice.below(6) == 0).then(|| dice.below(18 * MIB)),
            is_resumed: dice.below(4) > 0,
        }
    }
    /// Control that changes the source in the middle.
    fn control(&self, source: &Source) -> (courier_transfer::Control, Arc<AtomicBool>) {
        let (at, path, version) = (self.changes_at, source.path.clone(), source.version);
        let end = source.content.len() as u64;
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        let ctl = control_with(CancellationToken::new(), move |tick| {
            if at.is_some_and(|at| tick.bytes >= at) && !seen.swap(true, Ordering::SeqCst) {
                let file = std::fs::File::options().write(true).open(&path).unwrap();
                file.write_all_at(&[0; 1000], end - 1000).unwrap();
                date(&path, version + 1);
            }
        });
        (ctl, done)
    }
}

/// After a round in which the source may have changed: what it was before, and is from now on.
fn catch_up(source: &mut Source, changed: &AtomicBool) -> Vec<u8> {
    let before = source.content.clone();
    if changed.load(Ordering::SeqCst) {
        source.content = std::fs::read(&source.path).unwrap();
        source.version += 1;
    }
    before
}

fn judge(
    outcome: Result<courier_transfer::FileReceipt, courier_transfer::TransferError>,
    there: &[u8],
    source: &[u8],
    old: &[u8],
    tally: &mut Tally,
) {
    tally.arrived_last = outcome.is_ok();
    match outcome {
        Ok(receipt) => {
            tally.arrived += 1;
            tally.gone_on += u32::from(receipt.resumed_bytes > 0);
            assert!(there == source, "a mix after {tally:?}");
        }
        Err(error) => {
            match error.code() {
                ErrorCode::ConnectionLost => tally.cut += 1,
                ErrorCode::SourceChanged => tally.changed += 1,
                _ => panic!("{error}"),
            }
            assert!(there == old, "the older file was touched after {tally:?}");
        }
    }
}

#[tokio::test]
async fn random_cuts_of_downloads_never_leave_a_mix() {
    let (server, local) = (server(), tempfile::tempdir().unwrap());
    let mut dice = Dice::new();
    println!("COURIER_SEED={}", dice.seed);
    let mut source = Source::new(server.data().join("big"));
    let to = local.path().join("big");
    let old = bytes(MIB as usize, 5);
    std::fs::write(&to, &old).unwrap();
    let mut tally = Tally::default();
    let mut round = 0;
    while u64::from(tally.cut) < times("CUTS", CUTS) || !tally.arrived_last {
        round += 1;
        if dice.below(5) == 0 {
            source.changes(&mut dice);
        }
        let trouble = Trouble::thrown(&mut dice);
        let rules = Rules { cut_after: Some(trouble.cut), ..Rules::default() };
        let proxy = Proxy::start(server.port(), rules).unwrap();
        let (ctl, changed) = trouble.control(&source);
        let outcome = async {
            let remote = open(target_with(&server, proxy.port(), json!({}))).await?;
            let request = DownloadRequest {
                owner: owner(round),
                resume: trouble.is_resumed,
                ..fetch(&server.remote("big"), &to)
            };
            download(&*remote, request, &ctl).await.map(moved)
        }
        .await;
        let arrived = outcome.is_ok();
        let sent = catch_up(&mut source, &changed);
        judge(outcome, &std::fs::read(&to).unwrap(), &sent, &old, &mut tally);
        if arrived {
            std::fs::write(&to, &old).unwrap();
        }
    }
    println!("{tally:?}");
}

#[tokio::test]
async fn random_cuts_of_uploads_never_leave_a_mix() {
    let (server, local, journals): (_, TempDir, TempDir) =
        (server(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut dice = Dice::new();
    println!("COURIER_SEED={}", dice.seed);
    let mut source = Source::new(local.path().join("big"));
    let to = server.data().join("big");
    let old = bytes(MIB as usize, 5);
    std::fs::write(&to, &old).unwrap();
    let mut tally = Tally::default();
    let mut round = 0;
    while u64::from(tally.cut) < times("CUTS", CUTS) || !tally.arrived_last {
        round += 1;
        if dice.below(5) == 0 {
            source.changes(&mut dice);
        }
        let trouble = Trouble::thrown(&mut dice);
        let rules = Rules { cut_after_sent: Some(trouble.cut), ..Rules::default() };
        let proxy = Proxy::start(server.port(), rules).unwrap();
        let (ctl, changed) = trouble.control(&source);
        let outcome = async {
            let remote = open(target_with(&server, proxy.port(), json!({}))).await?;
            let across =
                Resume::Across { journals: journals.path().to_path_buf(), given_up: Arc::new(|| false) };
            let request = UploadRequest {
                owner: owner(round),
                resume: if trouble.is_resumed { across } else { Resume::No },
                ..deliver(&source.path, &server.remote("big"))
            };
            upload(&*remote, request, &ctl).await.map(moved)
        }
        .await;
        let arrived = outcome.is_ok();
        let sent = catch_up(&mut source, &changed);
        judge(outcome, &std::fs::read(&to).unwrap(), &sent, &old, &mut tally);
        if arrived {
            std::fs::write(&to, &old).unwrap();
        }
    }
    println!("{tally:?}");
}
