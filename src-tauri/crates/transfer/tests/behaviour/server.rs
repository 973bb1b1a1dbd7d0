//! The servers, each started with a folder of its own and with one connection open to it.

use async_trait::async_trait;
use courier_domain::connection::{Connection, ConnectionDraft, Learned, RateLimit, Sealed};
use courier_domain::pattern::PathPattern;
use courier_domain::receipt::Verification;
use courier_domain::{Clock, Timestamp};
use courier_testkit::ftp::TlsVersion;
use courier_testkit::{FtpProgram, FtpTls, Ftpd, FtpdOptions, Login, ModSftp, Sshd, SshdOptions};
use courier_transfer::{
    Control, Credentials, Depth, DownloadRequest, Entry, FileReceipt, Outcome, Overwrite, Owner, Pace, Paces,
    Probe, Remote, Resume, Selection, Target, TestReport, TransferError, TrustSink, UploadRequest, connect,
    download, expand, publish_freely, test_connection, upload,
};
use courier_vault::SecretString;
use serde_json::{Value, json};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A server to hold to the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Openssh,
    ProftpdSftp,
    Ftp(FtpProgram, Data),
    Ftps(FtpProgram, FtpTls, TlsVersion),
}

/// Who opens FTP's data connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Data {
    Passive,
    Active,
}

/// What keeps the program running.
#[derive(Debug)]
enum Program {
    Sshd(Sshd),
    ModSftp(ModSftp),
    Ftpd(Ftpd),
}

#[derive(Debug)]
pub(crate) struct Server {
    peer: Peer,
    program: Program,
    pub(crate) remote: Arc<dyn Remote>,
    draft: Value,
    /// User and group that log in: files are theirs unless a case says otherwise.
    owner: (u32, u32),
}

impl Server {
    pub(crate) async fn start(peer: Peer) -> Self {
        let (program, owner, fields) = match peer {
            Peer::Openssh => {
                let options = SshdOptions { login: Login::Password, ..SshdOptions::default() };
                let sshd = Sshd::start(options).unwrap();
                let owner = sshd.owner().unwrap();
                let fields = json!({ "protocol": "sftp", "port": sshd.port(), "username": sshd.user() });
                (Program::Sshd(sshd), owner, fields)
            }
            Peer::ProftpdSftp => {
                let server = ModSftp::start(Vec::new()).unwrap();
                let fields = json!({ "protocol": "sftp", "port": server.port(), "username": server.user() });
                let owner = server.owner();
                (Program::ModSftp(server), owner, fields)
            }
            Peer::Ftp(program, data) => {
                let server = Ftpd::start(FtpdOptions { program, ..FtpdOptions::default() }).unwrap();
                let fields = json!({
                    "protocol": "ftp", "port": server.port(), "username": server.user(),
                    "passive_mode": data == Data::Passive,
                });
                let owner = server.owner();
                (Program::Ftpd(server), owner, fields)
            }
            Peer::Ftps(program, tls, newest) => {
                // As strict as it gets: an upload whose TLS does not end well is not taken.
                let strict = (program == FtpProgram::Vsftpd).then(|| "strict_ssl_read_eof=YES".to_owned());
                let options = FtpdOptions {
                    program,
                    tls,
                    tls_versions: Some((TlsVersion::V1_2, newest)),
                    config: strict.into_iter().collect(),
                    ..FtpdOptions::default()
                };
                let server = Ftpd::start(options).unwrap();
                let fields = json!({
                    "protocol": "ftps", "port": server.port(), "username": server.user(),
                    "tls_mode": if tls == FtpTls::Implicit { "implicit" } else { "explicit" },
                    "tls_cert_policy": "pinned_thumbprint", "tls_pinned_thumbprint": server.thumbprint(),
                    // With 1.3 ProFTPD runs out of tickets: the session is made again with 1.2.
                    "transport_retries": u32::from(program == FtpProgram::Proftpd && newest == TlsVersion::V1_3),
                });
                let owner = server.owner();
                (Program::Ftpd(server), owner, fields)
            }
        };
        let mut draft = json!({
            "name": "server", "host": "127.0.0.1", "auth_method": "password",
            "connect_timeout_sec": 30, "operation_timeout_sec": 60, "transport_retries": 0,
        });
        draft.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let password = password_of(&program);
        let remote = open(&draft, &password).await.unwrap();
        Self { peer, program, remote, draft, owner }
    }

    /// Another connection to the server, with a password.
    pub(crate) async fn log_in(&self, password: &str) -> Result<Arc<dyn Remote>, TransferError> {
        open(&self.draft, password).await
    }

    /// Further connections to the server that share one limit.
    pub(crate) async fn paced(&self, bytes_per_sec: u64, sessions: usize) -> Vec<Arc<dyn Remote>> {
        let limit = RateLimit { bytes_per_sec, ..RateLimit::default() };
        let paces = Paces::new(vec![Pace::new(limit, Arc::new(StoppedClock))], Arc::default());
        let password = password_of(&self.program);
        let open = (0..sessions).map(|_| {
            let target = Target { paces: paces.clone(), ..target(&self.draft, &password) };
            connect(Arc::new(target), Arc::new(TrustsFirst), CancellationToken::new())
        });
        futures::future::try_join_all(open).await.unwrap()
    }

    /// What a test of the connection reports.
    pub(crate) async fn test(&self, probe: Probe) -> TestReport {
        let target = target(&self.draft, &password_of(&self.program));
        let cancel = CancellationToken::new();
        test_connection(&target, Arc::new(TrustsFirst), probe, &StoppedClock, &cancel, &|_| {}).await
    }

    /// The served folder here.
    pub(crate) fn data(&self) -> &Path {
        match &self.program {
            Program::Sshd(server) => server.data(),
            Program::ModSftp(server) => server.data(),
            Program::Ftpd(server) => server.data(),
        }
    }
    /// What a client calls a file of the served folder; "" is the folder itself.
    pub(crate) fn path(&self, name: &str) -> String {
        match &self.program {
            Program::Sshd(server) => server.remote(name),
            Program::ModSftp(server) => server.remote(name),
            Program::Ftpd(server) => server.remote(name),
        }
    }

    /// Whether listings hold names with line breaks. Pure-FTPd leaves such files out.
    pub(crate) fn tells_line_breaks(&self) -> bool {
        self.peer != Peer::Ftp(FtpProgram::PureFtpd, Data::Passive)
            && !matches!(self.peer, Peer::Ftps(FtpProgram::PureFtpd, ..))
    }

    /// Lays a file into the served folder, with the folders above it.
    pub(crate) fn put(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.data().join(name);
        let mut above = path.parent().unwrap().to_path_buf();
        std::fs::create_dir_all(&above).unwrap();
        while above != self.data() {
            self.give(&above);
            above.pop();
        }
        std::fs::write(&path, content).unwrap();
        self.give(&path);
        path
    }
    /// Makes something the user's own.
    pub(crate) fn give(&self, path: &Path) {
        chown(path, Some(self.owner.0), Some(self.owner.1)).unwrap();
    }
    /// What a file of the served folder holds.
    pub(crate) fn content(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.data().join(name)).unwrap()
    }

    pub(crate) async fn expand(&self, pattern: &str, depth: Depth) -> Selection {
        expand(&*self.remote, &PathPattern(self.path(pattern)), depth, &[]).await.unwrap()
    }

    pub(crate) fn fetch(&self, name: &str, to: &Path) -> DownloadRequest {
        let path = self.path(name);
        DownloadRequest {
            source: Entry {
                name: path.rsplit('/').next().unwrap().into(),
                path,
                size: 0,
                modified_at: None,
                is_directory: false,
                is_link: false,
            },
            destination: to.to_path_buf(),
            owner: owner(),
            overwrite: Overwrite::Overwrite,
            resume: true,
            verify: Verification::Size,
            preserve_mtime: false,
            before_publish: publish_freely(),
        }
    }
    pub(crate) fn deliver(&self, from: &Path, name: &str) -> UploadRequest {
        UploadRequest {
            source: from.to_path_buf(),
            destination: self.path(name),
            owner: owner(),
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
    pub(crate) async fn download(&self, request: DownloadRequest) -> Result<FileReceipt, TransferError> {
        download(&*self.remote, request, &control()).await.map(moved)
    }
    pub(crate) async fn upload(&self, request: UploadRequest) -> Result<FileReceipt, TransferError> {
        upload(&*self.remote, request, &control()).await.map(moved)
    }
    /// Everything from `offset` to the end of a file.
    pub(crate) async fn read(&self, name: &str, offset: u64) -> Result<Vec<u8>, TransferError> {
        let mut reader = self.remote.open_read(&self.path(name), offset).await?;
        let mut all = Vec::new();
        while let Some(block) = reader.next().await? {
            all.extend(block);
        }
        reader.close().await?;
        Ok(all)
    }
}

fn password_of(program: &Program) -> String {
    match program {
        Program::Sshd(server) => server.password().unwrap().to_owned(),
        Program::ModSftp(server) => server.password().to_owned(),
        Program::Ftpd(server) => server.password().to_owned(),
    }
}

async fn open(draft: &Value, password: &str) -> Result<Arc<dyn Remote>, TransferError> {
    let target = target(draft, password);
    connect(Arc::new(target), Arc::new(TrustsFirst), CancellationToken::new()).await
}

fn target(draft: &Value, password: &str) -> Target {
    let draft: ConnectionDraft = serde_json::from_value(draft.clone()).unwrap();
    let id = "018f0000-0000-7000-8000-00000000000b".parse().unwrap();
    Target {
        connection: Connection::new(id, draft, Some(Sealed(vec![1])), StoppedClock.now()).unwrap(),
        credentials: Credentials {
            password: Some(SecretString::new(password.into())),
            key: None,
            proxy_password: None,
        },
        known_hosts: Vec::new(),
        insecure_trust_allowed: false,
        jump: None,
        paces: Paces::default(),
    }
}

fn owner() -> Owner {
    Owner { execution: "018f0000-0000-7000-8000-000000000001".parse().unwrap(), epoch: 1 }
}

fn control() -> Control {
    Control { cancel: CancellationToken::new(), progress: Arc::new(|_| {}), clock: Arc::new(StoppedClock) }
}

fn moved(outcome: Outcome) -> FileReceipt {
    match outcome {
        Outcome::Moved(receipt) => receipt,
        Outcome::Skipped { path, reason } => panic!("{path} was skipped: {reason}"),
    }
}

#[derive(Debug)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }
}

/// Takes the first key; who is trusted is not what these cases ask.
#[derive(Debug)]
struct TrustsFirst;

#[async_trait]
impl TrustSink for TrustsFirst {
    async fn first_key(&self, _: &str, _: &str) -> Result<(), TransferError> {
        Ok(())
    }
    async fn seen(&self, _: &str) -> Result<(), TransferError> {
        Ok(())
    }
    async fn insecure_used(&self, fingerprint: &str, _: &str) -> Result<(), TransferError> {
        panic!("{fingerprint} was trusted without a check");
    }
    async fn changed(&self, expected: &[String], presented: &str, _: &str) {
        panic!("{presented} was presented instead of {expected:?}");
    }
    async fn learnt(&self, _: &Connection, _: Learned) {}
}
