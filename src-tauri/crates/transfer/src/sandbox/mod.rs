//! The sample's server: SFTP on loopback, inside Courier, confined to one folder, for as long as it is held.
//!
//! Left out: links, and everything that has no use in a sample. Invariant: no path that a client names is opened
//! outside the root, and no port but loopback's is bound.

mod files;
mod ssh;

use crate::TransferError;
use courier_vault::SecretString;
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Who may log in, and how.
pub struct SandboxUser {
    pub name: String,
    pub password: Option<SecretString>,
    pub authorized_key: Option<PublicKey>,
}

impl std::fmt::Debug for SandboxUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxUser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A running sandbox server. Stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    port: u16,
    fingerprint: String,
    stopped: DropGuard,
}

impl Sandbox {
    /// Serves `root` on a free loopback port.
    pub async fn start(
        root: PathBuf,
        user: SandboxUser,
        host_key: PrivateKey,
    ) -> Result<Self, TransferError> {
        Self::start_on(0, root, user, host_key).await
    }

    /// As [`Sandbox::start`], on a given port (0 is any free one).
    pub async fn start_on(
        port: u16,
        root: PathBuf,
        user: SandboxUser,
        host_key: PrivateKey,
    ) -> Result<Self, TransferError> {
        let failed = |cause| TransferError::Local {
            doing: "starting the sandbox server in".to_owned(),
            path: root.clone(),
            cause,
        };
        let canonical = tokio::fs::canonicalize(&root).await.map_err(failed)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let fingerprint = host_key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let config = Arc::new(russh::server::Config {
            keys: vec![host_key],
            nodelay: true,
            auth_rejection_time: Duration::from_millis(300),
            auth_rejection_time_initial: Some(Duration::ZERO),
            max_auth_attempts: 6,
            ..russh::server::Config::default()
        });
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, config, Arc::new(ssh::House { root: canonical, user }), stop.clone()));
        Ok(Self { port, fingerprint, stopped: stop.drop_guard() })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host key's, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Stops listening and ends every session.
    pub fn stop(self) {
        drop(self.stopped);
    }
}

async fn serve(
    listener: TcpListener,
    config: Arc<russh::server::Config>,
    house: Arc<ssh::House>,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the sandbox server stops");
                return;
            }
        };
        let (config, guest, stop) = (Arc::clone(&config), ssh::Guest::new(Arc::clone(&house)), stop.clone());
        tokio::spawn(async move {
            let mut session = match russh::server::run_stream(config, stream, guest).await {
                Ok(session) => session,
                Err(error) => return tracing::debug!(%error, "a sandbox session did not begin"),
            };
            let handle = session.handle();
            let ended = tokio::select! {
                () = stop.cancelled() => {
                    handle.disconnect(russh::Disconnect::ByApplication, "stopped".into(), "".into()).await
                }
                ended = &mut session => ended,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a sandbox session ended");
            }
        });
    }
}
