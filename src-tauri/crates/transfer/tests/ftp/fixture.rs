//! What every test needs: servers, targets for them, a sink for trust.

use async_trait::async_trait;
use courier_domain::Clock;
use courier_domain::connection::{Connection, ConnectionDraft, Learned, Sealed};
use courier_testkit::{FtpProgram, FtpTls, Ftpd, FtpdOptions};
use courier_transfer::{Credentials, Remote, Target, TransferError, TrustSink, connect};
use courier_vault::SecretString;
use serde_json::{Value, json};
use std::os::unix::fs::chown;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

pub(crate) use crate::requests::*;

/// Remembers what it was told, and can refuse to record.
#[derive(Default)]
pub(crate) struct Sink {
    pub insecure: Mutex<Vec<String>>,
    pub changed: Mutex<Vec<(Vec<String>, String)>>,
    pub learned: Mutex<Vec<Learned>>,
    pub refuses: bool,
}

#[async_trait]
impl TrustSink for Sink {
    async fn first_key(&self, fingerprint: &str, _: &str) -> Result<(), TransferError> {
        panic!("FTP knows no first keys such as {fingerprint}");
    }
    async fn seen(&self, fingerprint: &str) -> Result<(), TransferError> {
        panic!("FTP knows no host keys such as {fingerprint}");
    }
    async fn insecure_used(&self, thumbprint: &str, kind: &str) -> Result<(), TransferError> {
        assert_eq!(kind, "tls certificate");
        if self.refuses {
            return Err(TransferError::TrustNotRecorded {
                detail: "the store is away".into(),
                code: courier_domain::ErrorCode::StoreUnavailable,
            });
        }
        self.insecure.lock().unwrap().push(thumbprint.into());
        Ok(())
    }
    async fn changed(&self, expected: &[String], presented: &str, _: &str) {
        self.changed.lock().unwrap().push((expected.to_vec(), presented.into()));
    }
    async fn learnt(&self, _: &Connection, learned: Learned) {
        self.learned.lock().unwrap().push(learned);
    }
}

pub(crate) fn start(program: FtpProgram, tls: FtpTls) -> Ftpd {
    Ftpd::start(FtpdOptions { program, tls, ..FtpdOptions::default() }).unwrap()
}

/// vsftpd with further lines of configuration.
pub(crate) fn vsftpd(tls: FtpTls, config: &[&str]) -> Ftpd {
    let config = config.iter().map(|line| (*line).to_owned()).collect();
    Ftpd::start(FtpdOptions { tls, config, ..FtpdOptions::default() }).unwrap()
}

/// A server of another process, under the system's trust.
pub(crate) fn system_target(served: &Value) -> Target {
    let draft = json!({
        "name": "server", "protocol": "ftps", "host": "127.0.0.1", "port": served["port"],
        "username": served["user"], "tls_cert_policy": "system_trust", "transport_retries": 0,
    });
    made(draft, served["password"].as_str().unwrap())
}

/// `change` are the fields of the connection that are not as usual. With TLS, usual is to pin the certificate.
pub(crate) fn target(server: &Ftpd, change: Value) -> Target {
    let mut draft = json!({
        "name": "server", "protocol": "ftp", "host": "127.0.0.1", "port": server.port(),
        "username": server.user(), "connect_timeout_sec": 20, "operation_timeout_sec": 20, "transport_retries": 0,
    });
    let fields = draft.as_object_mut().unwrap();
    if let Some(thumbprint) = server.thumbprint() {
        let pinned = json!({
            "protocol": "ftps", "tls_cert_policy": "pinned_thumbprint", "tls_pinned_thumbprint": thumbprint,
        });
        fields.extend(pinned.as_object().unwrap().clone());
    }
    fields.extend(change.as_object().unwrap().clone());
    made(draft, server.password())
}

fn made(draft: Value, password: &str) -> Target {
    let draft: ConnectionDraft = serde_json::from_value(draft).unwrap();
    let id = "018f0000-0000-7000-8000-00000000000b".parse().unwrap();
    Target {
        connection: Connection::new(id, draft, Some(Sealed(vec![1])), StoppedClock.now()).unwrap(),
        credentials: Credentials {
            password: Some(SecretString::new(password.into())),
            ..Credentials::default()
        },
        known_hosts: Vec::new(),
        insecure_trust_allowed: false,
        jump: None,
        paces: courier_transfer::Paces::default(),
    }
}

pub(crate) async fn open(target: Target) -> Result<Arc<dyn Remote>, TransferError> {
    open_with(target, &Arc::default()).await
}

pub(crate) async fn open_with(target: Target, sink: &Arc<Sink>) -> Result<Arc<dyn Remote>, TransferError> {
    let sink: Arc<dyn TrustSink> = Arc::clone(sink) as _;
    connect(Arc::new(target), sink, CancellationToken::new()).await
}

/// Lays a file into the served folder, for the user who logs in.
pub(crate) fn put(server: &Ftpd, name: &str, content: impl AsRef<[u8]>) {
    let path = server.data().join(name);
    std::fs::write(&path, content).unwrap();
    let (user, group) = server.owner();
    chown(path, Some(user), Some(group)).unwrap();
}

pub(crate) async fn read(remote: &dyn Remote, path: &str) -> Result<Vec<u8>, TransferError> {
    let mut reader = remote.open_read(path, 0).await?;
    let mut all = Vec::new();
    while let Some(block) = reader.next().await? {
        all.extend(block);
    }
    reader.close().await?;
    Ok(all)
}

pub(crate) async fn write(remote: &dyn Remote, path: &str, content: &[u8]) -> Result<(), TransferError> {
    let mut writer = remote.open_write(path, None).await?;
    let length = writer.block_len();
    for block in content.chunks(length) {
        writer.write(block.to_vec()).await?;
    }
    writer.finish().await
}
