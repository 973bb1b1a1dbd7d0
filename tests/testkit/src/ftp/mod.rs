//! FTP servers that people run, on loopback: vsftpd, ProFTPD and Pure-FTPd, plain and with TLS; and ProFTPD as an SFTP
//! server.
//!
//! Each demands what it demands by default or stricter: vsftpd and ProFTPD refuse data connections that do not resume
//! the control connection's TLS session. Clients see the served folder as `/`. All need root, since a server logs a
//! system user in.

mod daemon;
mod mod_sftp;
mod proftpd;
mod programs;
mod pureftpd;
mod vsftpd;

pub use daemon::Daemon;
pub use mod_sftp::ModSftp;

use crate::tls::{Authority, Leaf, ServerCertificate};
use crate::user::PasswordUser;
use anyhow::Result;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FtpProgram {
    #[default]
    Vsftpd,
    Proftpd,
    PureFtpd,
}

/// When TLS begins. With it, nothing is allowed in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FtpTls {
    #[default]
    Off,
    /// After `AUTH TLS`.
    Explicit,
    /// With the connection. Pure-FTPd cannot.
    Implicit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    V1_0,
    V1_1,
    V1_2,
    V1_3,
}

impl TlsVersion {
    const ALL: [Self; 4] = [Self::V1_0, Self::V1_1, Self::V1_2, Self::V1_3];

    /// As OpenSSL and ProFTPD call it.
    fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "TLSv1",
            Self::V1_1 => "TLSv1.1",
            Self::V1_2 => "TLSv1.2",
            Self::V1_3 => "TLSv1.3",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct FtpdOptions {
    pub program: FtpProgram,
    pub tls: FtpTls,
    /// The oldest and the newest version it speaks. Default: 1.2 and 1.3.
    pub tls_versions: Option<(TlsVersion, TlsVersion)>,
    /// What it presents. Default: a good one from an authority of its own.
    pub certificate: Option<ServerCertificate>,
    /// Further lines for its configuration, which win over what stands there; for Pure-FTPd further arguments.
    pub config: Vec<String>,
    /// Where the served files lie. Default: a folder of its own.
    pub data: Option<PathBuf>,
}

/// A running FTP server: its port, user, files and log are [`Daemon`]'s. Ends when dropped.
#[derive(Debug)]
pub struct Ftpd {
    daemon: Daemon,
    program: FtpProgram,
    certificate: Option<ServerCertificate>,
}

impl std::ops::Deref for Ftpd {
    type Target = Daemon;
    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}
impl std::ops::DerefMut for Ftpd {
    fn deref_mut(&mut self) -> &mut Daemon {
        &mut self.daemon
    }
}

impl Ftpd {
    pub fn start(options: FtpdOptions) -> Result<Self> {
        let daemon = Daemon::new(options.data.clone())?;
        let certificate = match (options.tls, &options.certificate) {
            (FtpTls::Off, _) => None,
            (_, Some(given)) => Some(given.clone()),
            (FtpTls::Explicit | FtpTls::Implicit, None) => Some(Authority::new()?.issue(Leaf::Good)?),
        };
        let set_up = SetUp::new(&daemon, &options, certificate.as_ref())?;
        let program = options.program;
        let launch = match program {
            FtpProgram::Vsftpd => vsftpd::launch(set_up)?,
            FtpProgram::Proftpd => proftpd::launch(set_up)?,
            FtpProgram::PureFtpd => pureftpd::launch(set_up)?,
        };
        Ok(Self { daemon: daemon.start(launch)?, program, certificate })
    }

    /// SHA-256 of the certificate it presents: 64 hex digits in lower case.
    pub fn thumbprint(&self) -> Option<&str> {
        self.certificate.as_ref().map(|certificate| certificate.thumbprint.as_str())
    }

    /// How often a command, such as `PASS`, reached the server.
    pub fn commands(&self, verb: &str) -> Result<usize> {
        let log = self.log();
        match self.program {
            FtpProgram::Vsftpd => {
                Ok(log.matches(&format!("FTP command: Client \"127.0.0.1\", \"{verb}")).count())
            }
            FtpProgram::Proftpd => Ok(log.matches(&format!("COMMAND {verb}")).count()),
            FtpProgram::PureFtpd => anyhow::bail!("Pure-FTPd keeps no log of commands without a syslog"),
        }
    }
}

/// What a program's own module makes a configuration from.
struct SetUp {
    dir: PathBuf,
    data: PathBuf,
    log: PathBuf,
    account: PasswordUser,
    tls: FtpTls,
    tls_versions: (TlsVersion, TlsVersion),
    certificate: Option<(PathBuf, PathBuf)>,
    config: Vec<String>,
}

impl SetUp {
    fn new(daemon: &Daemon, options: &FtpdOptions, certificate: Option<&ServerCertificate>) -> Result<Self> {
        let dir = daemon.dir().to_path_buf();
        Ok(Self {
            data: daemon.data().to_path_buf(),
            log: daemon.log_file(),
            account: daemon.account().clone(),
            tls: options.tls,
            tls_versions: options.tls_versions.unwrap_or((TlsVersion::V1_2, TlsVersion::V1_3)),
            // Copied, so that the paths stay good for as long as the server does.
            certificate: certificate.map(|from| copy_certificate(from, &dir)).transpose()?,
            config: options.config.clone(),
            dir,
        })
    }

    /// Makes OpenSSL keep to the versions, for programs that have no setting of their own for it.
    fn openssl_config(&self) -> Result<PathBuf> {
        let path = self.dir.join("openssl.cnf");
        let (oldest, newest) = self.tls_versions;
        // The old versions sign in ways that OpenSSL refuses at its usual level.
        let level = if oldest < TlsVersion::V1_2 { 0 } else { 2 };
        std::fs::write(
            &path,
            format!(
                "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = versions\n[versions]\n\
                 MinProtocol = {}\nMaxProtocol = {}\nCipherString = DEFAULT:@SECLEVEL={level}\n",
                oldest.name(),
                newest.name(),
            ),
        )?;
        Ok(path)
    }
}

fn copy_certificate(from: &ServerCertificate, dir: &Path) -> Result<(PathBuf, PathBuf)> {
    let to = (dir.join("certificate.pem"), dir.join("key.pem"));
    std::fs::copy(from.certificate(), &to.0)?;
    std::fs::copy(from.key(), &to.1)?;
    Ok(to)
}
