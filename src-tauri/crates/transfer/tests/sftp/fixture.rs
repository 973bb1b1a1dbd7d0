//! What every test needs: a target for a server, a sink for trust, requests with sensible fields.

use async_trait::async_trait;
use courier_domain::connection::{Connection, ConnectionDraft, KnownHost, Learned, Sealed};
use courier_domain::receipt::Verification;
use courier_domain::{Clock, ErrorCode, Timestamp};
use courier_testkit::{Login, Sshd, SshdOptions};
use courier_transfer::{
    Control, Credentials, DownloadRequest, Entry, FileReceipt, Outcome, Overwrite, Owner, ProgressTick,
    Remote, Resume, Target, TransferError, TrustSink, UploadRequest, connect, publish_freely,
};
use courier_vault::SecretString;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub(crate) struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }
}

/// Remembers what it was told, and can refuse to store.
#[derive(Default)]
pub(crate) struct Sink {
    pub first: Mutex<Vec<(String, String)>>,
    pub seen: Mutex<Vec<String>>,
    pub insecure: Mutex<Vec<String>>,
    pub changed: Mutex<Vec<(Vec<String>, String)>>,
    pub learned: Mutex<Vec<Learned>>,
    pub refuses: bool,
}

#[async_trait]
impl TrustSink for Sink {
    async fn first_key(&self, fingerprint: &str, key_type: &str) -> Result<(), TransferError> {
        if self.refuses {
            return Err(TransferError::TrustNotRecorded {
                detail: "the store is away".into(),
                code: ErrorCode::StoreUnavailable,
            });
        }
        self.first.lock().unwrap().push((fingerprint.into(), key_type.into()));
        Ok(())
    }
    async fn seen(&self, fingerprint: &str) -> Result<(), TransferError> {
        self.seen.lock().unwrap().push(fingerprint.into());
        Ok(())
    }
    async fn insecure_used(&self, fingerprint: &str, _: &str) -> Result<(), TransferError> {
        self.insecure.lock().unwrap().push(fingerprint.into());
        Ok(())
    }
    async fn changed(&self, expected: &[String], presented: &str, _: &str) {
        self.changed.lock().unwrap().push((expected.to_vec(), presented.into()));
    }
    async fn learnt(&self, _: &Connection, learned: Learned) {
        self.learned.lock().unwrap().push(learned);
    }
}

/// Fields of a connection that a test changes.
pub(crate) fn connection(port: u16, user: &str, change: serde_json::Value) -> Connection {
    let mut draft = serde_json::json!({
        "name": "server", "protocol": "sftp", "host": "127.0.0.1", "port": port, "username": user,
        "auth_method": "ssh_key", "ssh_key_id": "018f0000-0000-7000-8000-00000000000a",
        "connect_timeout_sec": 10, "operation_timeout_sec": 10, "transport_retries": 0,
    });
    let draft_fields = draft.as_object_mut().unwrap();
    draft_fields.extend(change.as_object().unwrap().clone());
    let draft: ConnectionDraft = serde_json::from_value(draft).unwrap();
    let id = "018f0000-0000-7000-8000-00000000000b".parse().unwrap();
    Connection::new(id, draft, Some(Sealed(vec![1])), StoppedClock.now()).unwrap()
}

pub(crate) fn known(fingerprint: &str, key_type: &str) -> KnownHost {
    KnownHost {
        id: "018f0000-0000-7000-8000-00000000000c".parse().unwrap(),
        connection_id: "018f0000-0000-7000-8000-00000000000b".parse().unwrap(),
        fingerprint: fingerprint.into(),
        key_type: key_type.into(),
        first_seen: StoppedClock.now(),
        last_seen: StoppedClock.now(),
        approved_by: "system".into(),
        revoked_at: None,
    }
}

pub(crate) fn target_with(server: &Sshd, port: u16, change: serde_json::Value) -> Target {
    let key = russh::keys::load_secret_key(server.client_key(), None).unwrap();
    Target {
        connection: connection(port, server.user(), change),
        credentials: Credentials {
            password: server.password().map(|p| SecretString::new(p.into())),
            key: Some(Arc::new(key)),
            ..Credentials::default()
        },
        known_hosts: Vec::new(),
        insecure_trust_allowed: false,
        jump: None,
        paces: courier_transfer::Paces::default(),
    }
}

pub(crate) fn target(server: &Sshd) -> Target {
    target_with(server, server.port(), serde_json::json!({}))
}

pub(crate) fn server() -> Sshd {
    Sshd::start(SshdOptions::default()).unwrap()
}

pub(crate) fn server_with(login: Login) -> Sshd {
    Sshd::start(SshdOptions { login, ..SshdOptions::default() }).unwrap()
}

pub(crate) async fn open(target: Target) -> Result<Arc<dyn Remote>, TransferError> {
    open_with(target, &Arc::new(Sink::default())).await
}

pub(crate) async fn open_with(target: Target, sink: &Arc<Sink>) -> Result<Arc<dyn Remote>, TransferError> {
    let sink: Arc<dyn TrustSink> = Arc::clone(sink) as _;
    connect(Arc::new(target), sink, CancellationToken::new()).await
}

pub(crate) fn control() -> Control {
    control_with(CancellationToken::new(), |_| {})
}

pub(crate) fn control_with(
    cancel: CancellationToken,
    progress: impl Fn(ProgressTick) + Send + Sync + 'static,
) -> Control {
    Control { cancel, progress: Arc::new(progress), clock: Arc::new(StoppedClock) }
}

pub(crate) fn owner(epoch: i64) -> Owner {
    Owner { execution: "018f0000-0000-7000-8000-000000000001".parse().unwrap(), epoch }
}

pub(crate) fn entry(path: &str) -> Entry {
    Entry {
        name: path.rsplit('/').next().unwrap().into(),
        path: path.into(),
        size: 0,
        modified_at: None,
        is_directory: false,
        is_link: false,
    }
}

pub(crate) fn fetch(remote_path: &str, to: &Path) -> DownloadRequest {
    DownloadRequest {
        source: entry(remote_path),
        destination: to.to_path_buf(),
        owner: owner(1),
        overwrite: Overwrite::Overwrite,
        resume: true,
        verify: Verification::Size,
        preserve_mtime: true,
        before_publish: publish_freely(),
    }
}

pub(crate) fn deliver(from: &Path, remote_path: &str) -> UploadRequest {
    UploadRequest {
        source: from.to_path_buf(),
        destination: remote_path.into(),
        owner: owner(1),
        atomic: true,
        suffix: None,
        overwrite: Overwrite::Overwrite,
        resume: Resume::Here,
        create_directories: true,
        verify: Verification::Size,
        preserve_mtime: false,
        permissions: None,
        before_publish: publish_freely(),
    }
}

pub(crate) fn moved(outcome: Outcome) -> FileReceipt {
    match outcome {
        Outcome::Moved(receipt) => receipt,
        Outcome::Skipped { path, reason } => panic!("{path} was skipped: {reason}"),
    }
}

/// Names in a local folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
