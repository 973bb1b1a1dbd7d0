//! A partner's server of one protocol, and a Courier with a connection to it.

use crate::rig::Rig;
use courier_domain::connection::Connection;
use courier_testkit::{FtpProgram, FtpTls, Ftpd, FtpdOptions, Login, Sshd, SshdOptions};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What the same cases run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// OpenSSH.
    Sftp,
    /// vsftpd.
    Ftp,
    /// ProFTPD with explicit TLS, which wants each data connection to resume the session.
    Ftps,
}

impl Speaks {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Speaks::Sftp => "sftp",
            Speaks::Ftp => "ftp",
            Speaks::Ftps => "ftps",
        }
    }
}

pub(crate) enum Server {
    Sshd(Sshd),
    Ftpd(Ftpd),
}

pub(crate) struct Partner {
    pub(crate) rig: Rig,
    pub(crate) server: Server,
    pub(crate) connection: Connection,
    pub(crate) speaks: Speaks,
}

impl Partner {
    pub(crate) async fn new(speaks: Speaks) -> Self {
        Self::with(speaks, json!({})).await
    }

    /// `change` are further fields of the connection.
    pub(crate) async fn with(speaks: Speaks, change: Value) -> Self {
        let rig = Rig::new().await.with_vault();
        let mut draft = json!({
            "name": "partner", "protocol": speaks.key(), "host": "127.0.0.1", "auth_method": "password",
            "transport_retries": 0,
        });
        let (server, port, user, password) = match speaks {
            Speaks::Sftp => {
                let options = SshdOptions { login: Login::Password, ..SshdOptions::default() };
                let sshd = Sshd::start(options).unwrap();
                let (port, user) = (sshd.port(), sshd.user().to_owned());
                let password = sshd.password().unwrap().to_owned();
                (Server::Sshd(sshd), port, user, password)
            }
            Speaks::Ftp | Speaks::Ftps => {
                let (program, tls) = match speaks {
                    Speaks::Ftps => (FtpProgram::Proftpd, FtpTls::Explicit),
                    Speaks::Sftp | Speaks::Ftp => (FtpProgram::Vsftpd, FtpTls::Off),
                };
                let ftpd = Ftpd::start(FtpdOptions { program, tls, ..FtpdOptions::default() }).unwrap();
                if let Some(thumbprint) = ftpd.thumbprint() {
                    draft["tls_cert_policy"] = json!("pinned_thumbprint");
                    draft["tls_pinned_thumbprint"] = json!(thumbprint);
                }
                let (port, user) = (ftpd.port(), ftpd.user().to_owned());
                let password = ftpd.password().to_owned();
                (Server::Ftpd(ftpd), port, user, password)
            }
        };
        draft["port"] = json!(port);
        draft["username"] = json!(user);
        draft.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let connection = rig.connection(draft, &password).await;
        Self { rig, server, connection, speaks }
    }

    /// The folder that the server serves.
    pub(crate) fn data(&self) -> &Path {
        match &self.server {
            Server::Sshd(sshd) => sshd.data(),
            Server::Ftpd(ftpd) => ftpd.data(),
        }
    }

    /// A path below it, as steps name it.
    pub(crate) fn remote(&self, name: &str) -> String {
        match &self.server {
            Server::Sshd(sshd) => sshd.remote(name),
            Server::Ftpd(ftpd) => ftpd.remote(name),
        }
    }

    /// Puts a file there that the server's user owns nothing of but may do everything with.
    pub(crate) fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.data().join(name);
        let mut folder = self.data().to_owned();
        for part in Path::new(name).parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        }
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        path
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.data().join(name).exists()
    }

    /// A step of this protocol: `step("Get", "download", {...})`.
    pub(crate) fn step(&self, name: &str, verb: &str, more: Value) -> Value {
        let mut configuration = json!({ "connection_id": self.connection.id.to_string() });
        configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "name": name, "type_key": format!("{}.{verb}", self.speaks.key()), "configuration": configuration })
    }
}
