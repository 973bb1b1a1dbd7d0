//! ProFTPD, with mod_tls where TLS is asked for.

use super::daemon::{Launch, crypted};
use super::{FtpTls, SetUp, TlsVersion, programs};
use crate::user::PasswordUser;
use anyhow::Result;
use std::fmt::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

pub(super) fn launch(set_up: SetUp) -> Result<Launch> {
    passwords(&set_up.dir, &set_up.data, &set_up.account)?;
    Ok(Box::new(move |port| {
        let modules = if set_up.certificate.is_some() { "LoadModule mod_tls.c\n" } else { "" };
        let mut config = common(modules, port, &set_up.dir, &set_up.log)?;
        // Below the ports that systems hand out by themselves, so that no data connection takes one from another test.
        config.push_str("PassivePorts 20000 32000\n");
        if let Some((certificate, key)) = &set_up.certificate {
            let (oldest, newest) = set_up.tls_versions;
            let versions: Vec<_> = TlsVersion::ALL
                .into_iter()
                .filter(|version| (oldest..=newest).contains(version))
                .map(TlsVersion::name)
                .collect();
            write!(
                config,
                "TLSEngine on\nTLSRequired on\nTLSProtocol {}\nTLSCipherSuite DEFAULT:@SECLEVEL={}\n\
                 TLSECCertificateFile {}\nTLSECCertificateKeyFile {}\nTLSVerifyClient off\nTLSLog {}\n",
                versions.join(" "),
                if oldest < TlsVersion::V1_2 { 0 } else { 2 },
                certificate.display(),
                key.display(),
                set_up.dir.join("tls-log").display(),
            )?;
            if set_up.tls == FtpTls::Implicit {
                config.push_str("TLSOptions UseImplicitSSL\n");
            }
        }
        for line in &set_up.config {
            writeln!(config, "{line}")?;
        }
        command(&set_up.dir, config)
    }))
}

/// One user with a password, whose home is the served folder.
pub(super) fn passwords(dir: &Path, data: &Path, user: &PasswordUser) -> Result<()> {
    let PasswordUser { name, uid, gid, .. } = user;
    let line = format!("{name}:{}:{uid}:{gid}::{}:/bin/sh\n", crypted(user)?, data.display());
    let path = dir.join("passwd");
    let mut options = std::fs::OpenOptions::new();
    // It refuses a file that others may read.
    options.create(true).write(true).truncate(true).mode(0o600);
    std::io::Write::write_all(&mut options.open(path)?, line.as_bytes())?;
    Ok(())
}

/// What its FTP and its SFTP server have in common.
pub(super) fn common(modules: &str, port: u16, dir: &Path, log: &Path) -> Result<String> {
    Ok(format!(
        "ModulePath {module_path}\n{modules}ServerName courier-test\nServerType standalone\nDefaultServer on\n\
         UseIPv6 off\nDefaultAddress 127.0.0.1\nSocketBindTight on\nPort {port}\nUser nobody\nGroup nogroup\n\
         UseReverseDNS off\nPidFile {pid}\nScoreboardFile none\nControlsEngine off\nDelayEngine off\nWtmpLog off\n\
         MaxInstances none\nMaxClients none\nTransferLog NONE\nLogFormat commands \"COMMAND %r\"\n\
         ExtendedLog {log} ALL commands\nAuthOrder mod_auth_file.c\nAuthUserFile {passwords}\nRequireValidShell off\n\
         DefaultRoot ~\nUmask 022\nAllowOverwrite on\nAllowStoreRestart on\nAllowRetrieveRestart on\n",
        module_path = programs::find("usr/lib/proftpd")?.display(),
        pid = dir.join("pid").display(),
        log = log.display(),
        passwords = dir.join("passwd").display(),
    ))
}

pub(super) fn command(dir: &Path, config: String) -> Result<Command> {
    let path = dir.join("proftpd.conf");
    std::fs::write(&path, config)?;
    let mut command = programs::program("usr/sbin/proftpd")?;
    command.args(["--nodaemon", "--debug", "2", "--config"]).arg(path);
    Ok(command)
}
