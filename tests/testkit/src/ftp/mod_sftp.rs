//! ProFTPD as an SFTP server: another protocol library than OpenSSH's behind the same requests.

use super::daemon::Daemon;
use super::{proftpd, programs};
use crate::process::run;
use crate::sshd::keygen;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

/// A running server that takes the key or the password: its port, user, files and log are [`Daemon`]'s. Ends when
/// dropped.
#[derive(Debug)]
pub struct ModSftp {
    daemon: Daemon,
}

impl std::ops::Deref for ModSftp {
    type Target = Daemon;
    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}
impl std::ops::DerefMut for ModSftp {
    fn deref_mut(&mut self) -> &mut Daemon {
        &mut self.daemon
    }
}

impl ModSftp {
    /// `config` are further lines for its configuration, which win over what stands there.
    pub fn start(config: Vec<String>) -> Result<Self> {
        let daemon = Daemon::new(None)?;
        let (dir, log) = (daemon.dir().to_path_buf(), daemon.log_file());
        programs::find("usr/lib/proftpd/mod_sftp.so")?;
        proftpd::passwords(&dir, daemon.data(), daemon.account())?;
        keygen("ed25519", &dir.join("host_key"))?;
        keygen("ed25519", &dir.join("client_key"))?;
        // It wants keys in the format of RFC 4716.
        let public = run(Command::new("ssh-keygen").arg("-ef").arg(dir.join("client_key.pub")))?;
        std::fs::write(dir.join("authorized_keys"), public)?;
        let launch = move |port| {
            let mut lines = proftpd::common("LoadModule mod_sftp.c\n", port, &dir, &log)?;
            write!(
                lines,
                "SFTPEngine on\nSFTPLog {}\nSFTPHostKey {}\nSFTPAuthMethods publickey password\n\
                 SFTPAuthorizedUserKeys file:{}\n",
                dir.join("sftp-log").display(),
                dir.join("host_key").display(),
                dir.join("authorized_keys").display(),
            )?;
            for line in &config {
                writeln!(lines, "{line}")?;
            }
            proftpd::command(&dir, lines)
        };
        Ok(Self { daemon: daemon.start(Box::new(launch))? })
    }

    /// The private key that may log in, in OpenSSH's format, without passphrase.
    pub fn client_key(&self) -> PathBuf {
        self.dir().join("client_key")
    }

    /// The host key's, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> Result<String> {
        let out = run(Command::new("ssh-keygen").arg("-lf").arg(self.dir().join("host_key.pub")))?;
        let out = String::from_utf8(out)?;
        out.split_whitespace().nth(1).map(str::to_owned).context("ssh-keygen printed no fingerprint")
    }
}
