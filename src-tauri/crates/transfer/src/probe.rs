//! Testing a connection: the path that a run takes, stage by stage, until the first that fails.
//!
//! Stores a first host key just as running does. Invariant: a stage is reported as passed only when the next one
//! began or the whole test ended well.

use crate::protocol::ftp::remote::FtpRemote;
use crate::protocol::sftp::remote::SftpRemote;
use crate::protocol::sftp::temper::Temper;
use crate::protocol::watch::Watch;
use crate::protocol::{ftp, sftp};
use crate::remote::{Remote, Replace};
use crate::{Capabilities, Target, TlsCertificate, TransferError, TrustSink, legacy_algorithms};
use courier_domain::connection::{ConnectionProtocol, SshAlgorithmConfig, TlsCertPolicy, normal_thumbprint};
use courier_domain::{Clock, ErrorCode};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The login on the servers on the way.
    Jump,
    Dns,
    Tcp,
    Banner,
    KeyExchange,
    HostKey,
    Tls,
    Certificate,
    Authentication,
    List,
    Write,
    Clock,
    Capabilities,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: &'static [Stage] = &[
        Stage::Jump,
        Stage::Dns,
        Stage::Tcp,
        Stage::Banner,
        Stage::KeyExchange,
        Stage::HostKey,
        Stage::Tls,
        Stage::Certificate,
        Stage::Authentication,
        Stage::List,
        Stage::Write,
        Stage::Clock,
        Stage::Capabilities,
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    Passed,
    Failed,
    /// Not asked for, or not reached.
    Skipped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StageReport {
    pub stage: Stage,
    pub state: StageState,
    pub millis: u32,
    /// What was found, or the cause in plain words.
    pub detail: String,
    pub code: Option<ErrorCode>,
    /// What to do about a failure.
    pub hint: Option<String>,
}

/// What the two sides agreed on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Algorithms {
    pub key_exchange: Option<String>,
    pub host_key: Option<String>,
    pub encryption: Option<String>,
    pub mac: Option<String>,
}

impl Algorithms {
    /// Those that are no longer safe. An RSA key's type does not say how it signs; `listed` does.
    fn legacy(&self, listed: Option<&SshAlgorithmConfig>) -> Vec<String> {
        let one = |name: &Option<String>| name.clone().map(|name| vec![name]);
        let signs = listed.and_then(|own| own.host_key.clone());
        let by_sha1 = signs.filter(|names| {
            self.host_key.as_deref() == Some("ssh-rsa")
                && !names.iter().any(|name| name.starts_with("rsa-sha2"))
        });
        legacy_algorithms(&SshAlgorithmConfig {
            key_exchange: one(&self.key_exchange),
            encryption: one(&self.encryption),
            mac: one(&self.mac),
            host_key: by_sha1,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct TestReport {
    pub passed: bool,
    /// All stages, in order.
    pub stages: Vec<StageReport>,
    /// The key that the server presented.
    pub fingerprint: Option<String>,
    pub key_type: Option<String>,
    /// The certificate that the server presented, also one that was refused.
    pub certificate: Option<TlsCertificate>,
    /// The keys that are trusted for this connection; differs from `fingerprint` when the key has changed.
    pub known_fingerprints: Vec<String>,
    pub algorithms: Algorithms,
    /// Those that the session uses although they are no longer safe, because the connection lists them.
    pub legacy_algorithms: Vec<String>,
    pub capabilities: Option<Capabilities>,
    /// Seconds that the server's clock is ahead; only known after a write probe.
    pub clock_difference_sec: Option<i32>,
}

/// What a test may do on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Only reads.
    Look,
    /// Also writes, renames and removes a small file in the login folder.
    Write,
}

/// Tests a connection. `on_stage` is called as each stage ends; the report holds all of them. `clock` is this
/// machine's.
pub async fn test_connection(
    target: &Target,
    trust: Arc<dyn TrustSink>,
    probe: Probe,
    clock: &dyn Clock,
    cancel: &CancellationToken,
    on_stage: &(dyn Fn(&StageReport) + Send + Sync),
) -> TestReport {
    let mut log = Log { on_stage, done: Vec::new(), current: None };
    let mut facts = Facts::default();
    let walked = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(TransferError::Cancelled),
        walked = walk(target, &trust, probe, clock, &mut log, &mut facts) => walked,
    };
    let error = walked.err();
    log.end(error.as_ref());
    let mut known: Vec<String> =
        target.known_hosts.iter().filter(|k| k.revoked_at.is_none()).map(|k| k.fingerprint.clone()).collect();
    if let Some(TransferError::HostKeyChanged { expected, presented, key_type }) = &error {
        facts.fingerprint = Some(presented.clone());
        facts.algorithms.host_key = Some(key_type.clone());
        known.extend(expected.iter().cloned());
    }
    if let Some(TransferError::HostKeyUnknown { presented, key_type }) = &error {
        facts.fingerprint = Some(presented.clone());
        facts.algorithms.host_key = Some(key_type.clone());
    }
    if let Some(TransferError::HostKeyRevoked { presented }) = &error {
        facts.fingerprint = Some(presented.clone());
    }
    known.extend(target.connection.stored_host_fingerprint.clone());
    let connection = &target.connection;
    if connection.protocol == ConnectionProtocol::Ftps
        && connection.tls_cert_policy == TlsCertPolicy::PinnedThumbprint
    {
        known = connection.tls_pinned_thumbprint.as_deref().and_then(normal_thumbprint).into_iter().collect();
    }
    known.sort();
    known.dedup();
    if let Some(
        TransferError::CertificateUntrusted { certificate, .. }
        | TransferError::CertificateChanged { certificate, .. },
    ) = &error
    {
        facts.certificate = Some((**certificate).clone());
    }
    TestReport {
        passed: error.is_none(),
        stages: log.done,
        key_type: facts.algorithms.host_key.clone(),
        fingerprint: facts.fingerprint,
        certificate: facts.certificate,
        known_fingerprints: known,
        legacy_algorithms: facts.algorithms.legacy(connection.ssh_algorithms.as_ref()),
        algorithms: facts.algorithms,
        capabilities: facts.capabilities,
        clock_difference_sec: facts.clock_difference,
    }
}

#[derive(Default)]
struct Facts {
    fingerprint: Option<String>,
    certificate: Option<TlsCertificate>,
    algorithms: Algorithms,
    capabilities: Option<Capabilities>,
    clock_difference: Option<i32>,
}

async fn walk(
    target: &Target,
    trust: &Arc<dyn TrustSink>,
    probe: Probe,
    clock: &dyn Clock,
    log: &mut Log<'_>,
    facts: &mut Facts,
) -> Result<(), TransferError> {
    crate::protocol::check(target)?;
    let opened = Opened::open(target, trust, log).await?;
    opened.tell(facts);
    let remote = opened.remote();
    let limit = std::time::Duration::from_secs(u64::from(target.connection.operation_timeout_sec.max(1)));
    let within = |stage: &'static str| {
        move |_| TransferError::Timeout { doing: stage.to_owned(), seconds: limit.as_secs() }
    };
    // The stage of listing has begun: with SFTP its start belongs to it.
    let listed = tokio::time::timeout(limit, remote.list(".")).await.map_err(within("listing"))?;
    let listing = listed.map_err(in_login_folder)?;
    log.found(format!("{} entries in the login folder", listing.entries.len() + listing.refused.len()));
    if probe == Probe::Write {
        log.enter(Stage::Write);
        let written = tokio::time::timeout(limit, write_probe(remote, clock)).await;
        let difference = written.map_err(within("writing"))??;
        log.found("wrote, renamed and removed a small file".to_owned());
        log.enter(Stage::Clock);
        facts.clock_difference = difference;
        log.found(match difference {
            Some(seconds) => format!("{seconds} s ahead of this machine"),
            None => "the server does not tell times".to_owned(),
        });
    }
    log.enter(Stage::Capabilities);
    facts.capabilities = Some(remote.capabilities());
    log.found(opened.abilities());
    remote.close().await;
    Ok(())
}

/// The session that is being tested.
enum Opened {
    Sftp(Box<SftpRemote>),
    Ftp(FtpRemote),
}

impl Opened {
    async fn open(
        target: &Target,
        trust: &Arc<dyn TrustSink>,
        log: &mut Log<'_>,
    ) -> Result<Self, TransferError> {
        Ok(match target.connection.protocol {
            ConnectionProtocol::Sftp => Self::Sftp(Box::new(
                sftp::connect::open(target, trust, None, log, Arc::new(Temper::known_to(target))).await?,
            )),
            ConnectionProtocol::Ftp | ConnectionProtocol::Ftps => {
                Self::Ftp(ftp::connect::open(target, (None, None), trust, log).await?)
            }
        })
    }

    fn remote(&self) -> &dyn Remote {
        match self {
            Self::Sftp(remote) => &**remote,
            Self::Ftp(remote) => remote,
        }
    }

    fn tell(&self, facts: &mut Facts) {
        match self {
            Self::Sftp(remote) => {
                facts.fingerprint = remote.seen().fingerprint.clone();
                facts.algorithms = Algorithms {
                    key_exchange: remote.seen().key_exchange.clone(),
                    host_key: remote.seen().key_type.clone(),
                    encryption: remote.seen().encryption.clone(),
                    mac: remote.seen().mac.clone(),
                };
            }
            Self::Ftp(remote) => {
                facts.certificate = remote.certificate().cloned();
                if let Some(agreed) = remote.agreed() {
                    facts.algorithms.encryption = Some(agreed.cipher.clone());
                    facts.algorithms.key_exchange = agreed.key_exchange.clone();
                }
            }
        }
    }

    fn abilities(&self) -> String {
        match self {
            Self::Sftp(remote) => {
                let extensions = remote.extensions();
                format!(
                    "atomic replace: {}, fsync: {}, free space: {}",
                    yes(extensions.posix_rename),
                    yes(extensions.fsync),
                    yes(extensions.statvfs)
                )
            }
            Self::Ftp(remote) => {
                let can = remote.capabilities();
                format!(
                    "atomic replace: {}, exact listings: {}, resuming: {}, setting times: {}, checksums: {}",
                    yes(can.atomic_replace),
                    yes(remote.lists_exactly()),
                    yes(can.resume_download),
                    yes(can.set_mtime),
                    yes(can.server_checksum)
                )
            }
        }
    }
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// Seconds that the server's clock is ahead of ours.
async fn write_probe(remote: &dyn Remote, clock: &dyn Clock) -> Result<Option<i32>, TransferError> {
    let now = clock.now();
    let name = format!(".courier-probe-{}", now.timestamp_micros());
    let renamed = format!("{name}-renamed");
    let mut writer = remote.open_write(&name, None).await?;
    let written = async {
        writer.write(b"Courier tests whether it may write here.\n".to_vec()).await?;
        writer.finish().await?;
        remote.stat(&name).await
    }
    .await;
    let renaming = match &written {
        Ok(_) => remote.rename(&name, &renamed, Replace::No).await,
        Err(_) => Ok(()),
    };
    let last = if written.is_ok() && renaming.is_ok() { &renamed } else { &name };
    let removed = remote.delete(last).await;
    let entry = written?;
    renaming?;
    removed?;
    let there = entry.and_then(|e| e.modified_at);
    Ok(there.map(|at| i32::try_from(at.timestamp() - now.timestamp()).unwrap_or(i32::MAX)))
}

struct Log<'a> {
    on_stage: &'a (dyn Fn(&StageReport) + Send + Sync),
    done: Vec<StageReport>,
    current: Option<(Stage, Instant, String)>,
}

impl Watch for Log<'_> {
    fn enter(&mut self, stage: Stage) {
        self.finish(None);
        self.skip_until(Some(stage));
        self.current = Some((stage, Instant::now(), String::new()));
    }

    fn found(&mut self, detail: String) {
        if let Some((_, _, found)) = &mut self.current {
            *found = detail;
        }
    }
}

impl Log<'_> {
    fn finish(&mut self, error: Option<&TransferError>) {
        let Some((stage, since, found)) = self.current.take() else { return };
        let millis = u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX);
        self.push(match error {
            None => StageReport {
                stage,
                state: StageState::Passed,
                millis,
                detail: found,
                code: None,
                hint: None,
            },
            Some(error) => StageReport {
                stage,
                state: StageState::Failed,
                millis,
                detail: error.to_string(),
                code: Some(error.code()),
                hint: hint(error.code()).map(str::to_owned),
            },
        });
    }

    fn skip_until(&mut self, next: Option<Stage>) {
        while let Some(&stage) = Stage::ALL.get(self.done.len()) {
            if Some(stage) == next {
                return;
            }
            self.push(StageReport {
                stage,
                state: StageState::Skipped,
                millis: 0,
                detail: String::new(),
                code: None,
                hint: None,
            });
        }
    }

    fn push(&mut self, report: StageReport) {
        (self.on_stage)(&report);
        self.done.push(report);
    }

    fn end(&mut self, error: Option<&TransferError>) {
        if error.is_some() && self.current.is_none() {
            // Refused before the first stage: it is the first that says why.
            self.enter(match error {
                Some(TransferError::JumpFailed { .. }) => Stage::Jump,
                Some(_) | None => Stage::Dns,
            });
        }
        self.finish(error);
        self.skip_until(None);
    }
}

/// An error with the folder's name in place of the dot that was asked for.
fn in_login_folder(error: TransferError) -> TransferError {
    let path = "the login folder".to_owned();
    match error {
        TransferError::PermissionDenied { path: dot, cause } if dot == "." => {
            TransferError::PermissionDenied { path, cause }
        }
        TransferError::NotFound { path: dot } if dot == "." => TransferError::NotFound { path },
        other => other,
    }
}

/// The next action for a person, where the message alone does not say it all.
const HINTS: &[(ErrorCode, &str)] = &[
    (ErrorCode::DnsFailed, "Check the spelling of the host name."),
    (ErrorCode::ConnectionRefused, "Check the port, and that the server is running."),
    (
        ErrorCode::ConnectionTimeout,
        "Check host, port and the firewalls between here and there; for a slow server raise the timeouts.",
    ),
    (ErrorCode::ProtocolError, "Check host, port and protocol, then ask the server's owner."),
    (
        ErrorCode::ConnectionLost,
        "Try again; if it stays so, ask the server's owner whether this address is blocked.",
    ),
    (ErrorCode::ConnectionDisabled, "Enable the connection."),
    (
        ErrorCode::NoCommonAlgorithm,
        "Adjust the connection's SSH algorithms, or ask the server's owner for a current one.",
    ),
    (ErrorCode::HostKeyUnknown, "Compare the fingerprint with the server's owner, then trust it."),
    (
        ErrorCode::HostKeyChanged,
        "Ask the server's owner whether the key was replaced. Trust the new one only then.",
    ),
    (ErrorCode::HostKeyRevoked, "Ask the server's owner for the current key."),
    (
        ErrorCode::TlsFailed,
        "Check the port and when TLS begins (explicit or implicit), or ask the server's owner for TLS 1.2 or newer.",
    ),
    (ErrorCode::ProxyFailed, "Check the proxy's host, port and login."),
    (
        ErrorCode::CertificateUntrusted,
        "Compare the thumbprint with the server's owner, then pin it; or have the certificate mended.",
    ),
    (
        ErrorCode::CertificateChanged,
        "Ask the server's owner whether the certificate was replaced. Pin the new one only then.",
    ),
    (ErrorCode::InsecureTrustRefused, "Use trust_on_first_use, or allow insecure trust in the settings."),
    (ErrorCode::AuthenticationFailed, "Check user name, password and key."),
    (ErrorCode::SecretMissing, "Enter the missing password or choose a key."),
    (ErrorCode::PermissionDenied, "Ask the server's owner for the right to do this."),
    (ErrorCode::DiskFull, "Free space on the server."),
    (ErrorCode::NotFound, "Check the folder that the connection starts in."),
    (ErrorCode::IoFailed, "The message ends with the server's own words; ask its owner what they mean."),
];

fn hint(code: ErrorCode) -> Option<&'static str> {
    HINTS.iter().find(|(of, _)| *of == code).map(|(_, hint)| *hint)
}
