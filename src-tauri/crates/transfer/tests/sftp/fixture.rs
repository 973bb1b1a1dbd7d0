//! What every test needs: a target for a server, a sink for trust, requests with sensible fields.

use async_trait::async_trait;
use courier_domain::connection::{Connection, ConnectionDraft, KnownHost, Learned, Sealed};
use courier_domain::{Clock, ErrorCode};
use courier_testkit::{Login, Sshd, SshdOptions};
use courier_transfer::{Credentials, Remote, Target, TransferError, TrustSink, connect};

pub(crate) use crate::requests::*;
use courier_vault::SecretString;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

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

/// Names in a local folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
