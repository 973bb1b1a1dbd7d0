//! Names to addresses, addresses to TCP streams, each within a limit.

use crate::{Target, TransferError};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long each part of connecting may take, and what is said to be silent when it takes longer.
pub(crate) struct Limit {
    address: String,
    time: Duration,
}

impl Limit {
    /// Of the connection.
    pub(crate) fn of(target: &Target) -> Self {
        let connection = &target.connection;
        let seconds = u64::from(connection.connect_timeout_sec.max(1));
        Self { address: shown(&connection.host, connection.port), time: Duration::from_secs(seconds) }
    }

    /// The same time for something else that answers.
    pub(crate) fn for_address(&self, address: String) -> Self {
        Self { address, time: self.time }
    }

    pub(crate) fn new(address: String, time: Duration) -> Self {
        Self { address, time }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) async fn on<T>(
        &self,
        doing: &str,
        work: impl Future<Output = Result<T, TransferError>>,
    ) -> Result<T, TransferError> {
        match tokio::time::timeout(self.time, work).await {
            Ok(done) => done,
            Err(_) => Err(TransferError::ConnectTimeout {
                address: self.address.clone(),
                doing: doing.to_owned(),
                seconds: self.time.as_secs(),
            }),
        }
    }
}

/// A host without the brackets of an IPv6 address.
pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host)
}

/// `host:port`, with brackets where the host is an IPv6 address.
pub(crate) fn shown(host: &str, port: u16) -> String {
    let host = bare(host);
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

pub(super) fn listed(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|a| a.ip().to_string()).collect::<Vec<_>>().join(", ")
}

pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, TransferError> {
    let failed = |cause| TransferError::DnsFailed { host: host.to_owned(), cause };
    match tokio::net::lookup_host((bare(host), port)).await {
        Ok(found) => Some(found.collect::<Vec<_>>()).filter(|f| !f.is_empty()).ok_or_else(|| failed(None)),
        Err(error) => Err(failed(Some(Box::new(error)))),
    }
}

/// The first address that answers.
pub(crate) async fn dial(addresses: &[SocketAddr], shown: &str) -> Result<TcpStream, TransferError> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "nodelay cannot be set");
                }
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    let cause = last.unwrap_or_else(|| std::io::Error::other("no address"));
    let address = shown.to_owned();
    Err(match cause.kind() {
        std::io::ErrorKind::ConnectionRefused => TransferError::Refused { address, cause: Box::new(cause) },
        _ => TransferError::Unreachable { address, reason: cause.to_string(), cause: Box::new(cause) },
    })
}
