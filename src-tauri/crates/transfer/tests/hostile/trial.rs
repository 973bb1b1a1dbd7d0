//! One hostile server on trial: an operation of the library against it, and what must hold whatever it does.
//!
//! While the operation runs, files keep coming from an honest server in the same process. Memory is measured over the
//! process, which under nextest runs one test.

use async_trait::async_trait;
use courier_domain::connection::{Connection, ConnectionDraft, Learned, Sealed};
use courier_domain::pattern::PathPattern;
use courier_domain::{Clock, ErrorCode};
use courier_testkit::data::bytes;
use courier_testkit::hostile::{HostileSsh, SftpMischief, SshMischief, sftp, ssh};
use courier_testkit::{Sshd, SshdOptions};
use courier_transfer::{
    Credentials, Depth, Outcome, Probe, Remote, StageState, Target, TransferError, TrustSink, connect,
    download, expand, test_connection, upload,
};

pub(crate) use crate::requests::*;
use courier_vault::SecretString;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// What a session may take to give up.
const LIMIT: Duration = Duration::from_secs(30);
/// What it may hold meanwhile.
const GROWTH: u64 = 64 << 20;

static PANICS: AtomicU32 = AtomicU32::new(0);

struct Sink;

#[async_trait]
impl TrustSink for Sink {
    async fn first_key(&self, _: &str, _: &str) -> Result<(), TransferError> {
        Ok(())
    }
    async fn seen(&self, _: &str) -> Result<(), TransferError> {
        Ok(())
    }
    async fn insecure_used(&self, _: &str, _: &str) -> Result<(), TransferError> {
        Ok(())
    }
    async fn changed(&self, _: &[String], _: &str, _: &str) {}
    async fn learnt(&self, _: &Connection, _: Learned) {}
}

/// What is tried on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Connect,
    List,
    Expand,
    Download,
    Upload,
    Test,
}

pub(crate) use Operation::{Connect, Download, Expand, List, Test, Upload};

/// How an operation failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}

/// Where a run against a server keeps its files: `target` is what it may write to, the rest must stay as it is.
pub(crate) struct Ground {
    dir: TempDir,
    before: BTreeSet<PathBuf>,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("target")).unwrap();
        std::fs::write(dir.path().join("bystander"), "not yours").unwrap();
        std::fs::write(dir.path().join("up.bin"), bytes(600_000, 5)).unwrap();
        let before = tree(dir.path());
        Self { dir, before }
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.dir.path().join("target")
    }

    fn final_name(&self) -> PathBuf {
        self.target().join("good.bin")
    }

    /// What has appeared below the target since the beginning, unfinished files aside. Nothing may appear elsewhere.
    pub(crate) fn new_files(&self) -> Vec<String> {
        let mut new = Vec::new();
        let after = tree(self.dir.path());
        assert!(after.is_superset(&self.before), "something is gone: {after:?}");
        for path in after.difference(&self.before) {
            let inside = path.strip_prefix(self.target()).expect("a file outside of the target");
            let name = inside.display().to_string();
            if !(name.contains(".courier-") && (name.ends_with(".part") || name.ends_with(".journal"))) {
                new.push(name);
            }
        }
        assert_eq!(std::fs::read_to_string(self.dir.path().join("bystander")).unwrap(), "not yours");
        new
    }
}

fn tree(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        }
        found.insert(path);
    }
    found
}

/// A target on loopback with a password, and small limits of time.
pub(crate) fn target(port: u16, change: serde_json::Value) -> Target {
    let mut draft = serde_json::json!({
        "name": "hostile", "protocol": "sftp", "host": "127.0.0.1", "port": port, "username": ssh::USER,
        "auth_method": "password", "connect_timeout_sec": 4, "operation_timeout_sec": 3, "transport_retries": 1,
    });
    draft.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let draft: ConnectionDraft = serde_json::from_value(draft).unwrap();
    let id = "018f0000-0000-7000-8000-00000000000b".parse().unwrap();
    Target {
        connection: Connection::new(id, draft, Some(Sealed(vec![1])), StoppedClock.now()).unwrap(),
        credentials: Credentials {
            password: Some(SecretString::new("not a secret".into())),
            ..Credentials::default()
        },
        known_hosts: Vec::new(),
        insecure_trust_allowed: false,
        jump: None,
        paces: courier_transfer::Paces::default(),
    }
}

pub(crate) async fn open(target: Target) -> Result<Arc<dyn Remote>, TransferError> {
    connect(Arc::new(target), Arc::new(Sink), CancellationToken::new()).await
}

/// Does one thing on a server as a run does: connect, work, close.
async fn attempt(target: Target, operation: Operation, ground: &Ground) -> Result<String, Failure> {
    if operation == Test {
        return tested(&target).await;
    }
    let remote = open(target).await?;
    let done = match operation {
        Connect | Test => Ok("connected".to_owned()),
        List => remote.list("/in").await.map(|listing| format!("{} entries", listing.entries.len())),
        Expand => expand(&*remote, &PathPattern("/in".into()), Depth::Tree, &[])
            .await
            .map(|found| format!("{} files", found.files.len())),
        Download => {
            let request = fetch(sftp::FILE, &ground.final_name());
            download(&*remote, request, &control()).await.map(|_| "downloaded".to_owned())
        }
        Upload => {
            let request = deliver(&ground.dir.path().join("up.bin"), "/out/up.bin");
            upload(&*remote, request, &control()).await.map(|_| "uploaded".to_owned())
        }
    };
    remote.close().await;
    Ok(done?)
}

async fn tested(target: &Target) -> Result<String, Failure> {
    let cancel = CancellationToken::new();
    let report = test_connection(target, Arc::new(Sink), Probe::Write, &StoppedClock, &cancel, &|_| {}).await;
    for stage in &report.stages {
        is_clean(&stage.detail);
    }
    match report.stages.into_iter().find(|stage| stage.state == StageState::Failed) {
        None => Ok("passed".to_owned()),
        Some(stage) => {
            assert!(stage.hint.is_some_and(|hint| !hint.is_empty()), "a failure without advice");
            Err(Failure { code: stage.code.unwrap(), message: stage.detail })
        }
    }
}

/// Nothing in it but what may be shown.
pub(crate) fn is_clean(text: &str) {
    assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "raw control characters: {text:?}");
    assert!(text.len() < 1200, "{} bytes of message: {text:?}", text.len());
}

/// What a person is told: words, not the inside of the program.
fn is_plain(failure: &Failure, operation: Operation) {
    let message = &failure.message;
    is_clean(message);
    assert!(message.len() > 20, "says next to nothing: {message}");
    for inside in [
        "Error",
        "Some(",
        "None",
        "Err(",
        "kind:",
        "Os {",
        "{ ",
        "russh",
        "suppaftp",
        "unwrap",
        "Inconsistent",
    ] {
        assert!(!message.contains(inside), "`{inside}` is no plain word: {message}");
    }
    assert!(message.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '/'), "{message}");
    let names_only = message.starts_with("Not found: ");
    assert!(names_only || message.ends_with(['.', '?', ')', '`', '”', '…']), "no sentence: {message}");
    let on_what = [
        "127.0.0.1",
        "the server",
        "The server",
        "/in",
        "/out",
        "good.bin",
        "up.bin",
        "login folder",
        ".courier-probe",
    ];
    let said = on_what.iter().any(|what| message.contains(what));
    assert!(said || operation == Test, "does not say on what: {message}");
    assert_ne!(failure.code, ErrorCode::Internal, "{message}");
}

/// A file that comes again and again from an honest server, until stopped.
struct Bystander {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<u32>,
}

impl Bystander {
    async fn start(server: &Sshd) -> Self {
        let content = bytes(1_500_000, 77);
        std::fs::write(server.data().join("steady.bin"), &content).unwrap();
        let mut target = target(
            server.port(),
            serde_json::json!({
                "auth_method": "ssh_key", "ssh_key_id": "018f0000-0000-7000-8000-00000000000a",
                "username": server.user(), "operation_timeout_sec": 30, "connect_timeout_sec": 30,
            }),
        );
        target.credentials.key =
            Some(Arc::new(russh::keys::load_secret_key(server.client_key(), None).unwrap()));
        let remote = open(target).await.unwrap();
        let stop = CancellationToken::new();
        let (stopped, path) = (stop.clone(), server.remote("steady.bin"));
        let once = async move || {
            let dir = tempfile::tempdir().unwrap();
            let to = dir.path().join("steady.bin");
            let outcome = download(&*remote, fetch(&path, &to), &control()).await;
            assert!(matches!(outcome, Ok(Outcome::Moved(_))), "the honest server suffers: {outcome:?}");
            assert_eq!(std::fs::read(to).unwrap(), content);
        };
        once().await;
        let task = tokio::spawn(async move {
            let mut rounds = 0;
            loop {
                once().await;
                rounds += 1;
                tokio::select! {
                    () = stopped.cancelled() => break,
                    () = tokio::time::sleep(Duration::from_millis(200)) => {}
                }
            }
            // One that began after everything was over.
            once().await;
            rounds
        });
        Self { stop, task }
    }

    async fn finish(self) {
        self.stop.cancel();
        let rounds =
            tokio::time::timeout(LIMIT, self.task).await.expect("the honest server was held up").unwrap();
        assert!(rounds > 0);
    }
}

fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    let kib: u64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap();
    kib * 1024
}

/// Runs each operation against the server and returns how it went, after checking what must hold for all.
pub(crate) async fn trial(
    target: impl Fn() -> Target,
    operations: &[Operation],
) -> Vec<(Operation, Result<String, Failure>)> {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        usual(info);
    }));
    let honest = Sshd::start(SshdOptions::default()).unwrap();
    let bystander = Bystander::start(&honest).await;
    // The highest resident size starts anew.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS");
    let mut went = Vec::new();
    for &operation in operations {
        let ground = Ground::new();
        let began = Instant::now();
        let result = tokio::time::timeout(LIMIT, attempt(target(), operation, &ground)).await;
        let took = began.elapsed();
        let result = result.unwrap_or_else(|_| panic!("{operation:?} still runs after {LIMIT:?}"));
        let grown = status("VmHWM").saturating_sub(before);
        eprintln!("{operation:?}: {took:?}, {} KiB more, {result:?}", grown / 1024);
        assert!(grown <= GROWTH, "{operation:?} grew by {} MiB", grown >> 20);
        let new = ground.new_files();
        match &result {
            Err(failure) => {
                is_plain(failure, operation);
                assert_eq!(new, Vec::<String>::new(), "a failed {operation:?} left files");
            }
            Ok(_) if operation == Download => {
                assert_eq!(new, ["good.bin"]);
                assert_eq!(std::fs::read(ground.final_name()).unwrap(), sftp::content());
            }
            Ok(_) => assert_eq!(new, Vec::<String>::new()),
        }
        went.push((operation, result));
    }
    bystander.finish().await;
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "something panicked");
    went
}

/// The operation failed with one of `codes`, in words that hold one of `words`.
pub(crate) fn refused(
    operation: Operation,
    result: &Result<String, Failure>,
    codes: &[ErrorCode],
    words: &[&str],
) {
    let failure = result.as_ref().expect_err("the server was believed");
    assert!(codes.contains(&failure.code), "{operation:?} fails as {:?}: {}", failure.code, failure.message);
    let said = words.iter().any(|word| failure.message.contains(word));
    assert!(said, "{operation:?} does not say {words:?}: {}", failure.message);
}

/// Every operation is refused so.
pub(crate) async fn fails(
    mischief: SshMischief,
    operations: &[Operation],
    codes: &[ErrorCode],
    words: &[&str],
) {
    let server = HostileSsh::start(mischief).unwrap();
    for (operation, result) in trial(|| target(server.port(), serde_json::json!({})), operations).await {
        refused(operation, &result, codes, words);
    }
}

/// As [`fails`], for a server that is honest up to SFTP.
pub(crate) async fn sftp_fails(
    mischief: SftpMischief,
    operations: &[Operation],
    codes: &[ErrorCode],
    words: &[&str],
) {
    fails(SshMischief::Sftp(mischief), operations, codes, words).await;
}

/// The server is odd but can be worked with.
pub(crate) async fn works(mischief: SshMischief, operations: &[Operation]) {
    let server = HostileSsh::start(mischief).unwrap();
    for (operation, result) in trial(|| target(server.port(), serde_json::json!({})), operations).await {
        if let Err(failure) = result {
            panic!("{operation:?} fails: {}", failure.message);
        }
    }
}

/// Whether the operations work is the server's matter; that nothing else happens is ours.
pub(crate) async fn survives(mischief: SshMischief, operations: &[Operation]) {
    let server = HostileSsh::start(mischief).unwrap();
    trial(|| target(server.port(), serde_json::json!({})), operations).await;
}
