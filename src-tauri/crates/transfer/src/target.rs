//! What is needed to reach a server: the connection, its opened secrets, the keys we know, and whom to tell about
//! keys we meet. Nothing here is stored or printed.

use crate::{Paces, TransferError};
use async_trait::async_trait;
use courier_domain::connection::{Connection, HostKeyPolicy, KnownHost, Learned};
use courier_vault::SecretString;
use russh::keys::PrivateKey;
use std::sync::{Arc, OnceLock};

/// Jump hosts on the way to one server.
pub const MOST_JUMPS: usize = 8;

/// Who we are on the server. Held in memory only as long as the session.
#[derive(Default)]
pub struct Credentials {
    pub password: Option<SecretString>,
    /// Of the connection's proxy, where it asks who is there.
    pub proxy_password: Option<SecretString>,
    pub key: Option<Arc<PrivateKey>>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("password", &self.password.is_some())
            .field("proxy_password", &self.proxy_password.is_some())
            .field("key", &self.key.is_some())
            .finish()
    }
}

/// A server to connect to.
#[derive(Debug)]
pub struct Target {
    pub connection: Connection,
    pub credentials: Credentials,
    /// The connection's rows, revoked ones included.
    pub known_hosts: Vec<KnownHost>,
    /// The setting `security.insecure_trust_allowed`.
    pub insecure_trust_allowed: bool,
    /// The server through which this one is reached.
    pub jump: Option<Arc<Hop>>,
    /// How fast its transfers may be.
    pub paces: Paces,
}

/// A server on the way to another: it has trust of its own.
pub struct Hop {
    pub target: Target,
    pub trust: Arc<dyn TrustSink>,
    /// The key that the first login accepted.
    met: OnceLock<String>,
}

impl Hop {
    pub fn new(target: Target, trust: Arc<dyn TrustSink>) -> Self {
        Self { target, trust, met: OnceLock::new() }
    }

    /// The key that was accepted here, once there was a login.
    pub(crate) fn met(&self) -> Option<&str> {
        self.met.get().map(String::as_str)
    }

    pub(crate) fn accepted(&self, fingerprint: String) {
        // Another login at the same time accepted the same.
        let _ = self.met.set(fingerprint);
    }

    /// The key that the next login must meet. Under `always_trust` any will do, later as at first.
    pub(crate) fn expected(&self) -> Option<String> {
        let trusts_anybody = self.target.connection.host_key_policy == HostKeyPolicy::AlwaysTrust;
        self.met().filter(|_| !trusts_anybody).map(str::to_owned)
    }

    /// The error, with the name of the first jump host that it is about.
    pub(crate) fn failed(&self, error: TransferError) -> TransferError {
        let connection = &self.target.connection;
        match error {
            TransferError::JumpFailed { .. } | TransferError::Cancelled => error,
            cause => TransferError::JumpFailed {
                host: format!(
                    "{} ({})",
                    connection.name,
                    crate::net::shown(&connection.host, connection.port)
                ),
                cause: Box::new(cause),
            },
        }
    }
}

impl std::fmt::Debug for Hop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hop").field("target", &self.target).finish_non_exhaustive()
    }
}

/// Is told about host keys and certificates while a connection is made. An error refuses the connection.
#[async_trait]
pub trait TrustSink: Send + Sync {
    /// A first key under `trust_on_first_use`: store it. Called before any credential is sent.
    async fn first_key(&self, fingerprint: &str, key_type: &str) -> Result<(), TransferError>;
    /// A known key was met again and the login worked.
    async fn seen(&self, fingerprint: &str) -> Result<(), TransferError>;
    /// `always_trust` or TLS `insecure` accepted a key or certificate without a check: audit it. Called before any
    /// credential is sent. The key type of a certificate is `tls certificate`.
    async fn insecure_used(&self, fingerprint: &str, key_type: &str) -> Result<(), TransferError>;
    /// Another key than the expected one was presented; the connection is being refused.
    async fn changed(&self, expected: &[String], presented: &str, key_type: &str);
    /// Remembers for later sessions what this one found out about the server of `met`. Failing to is no error of a
    /// transfer.
    async fn learnt(&self, met: &Connection, learned: Learned);
}
