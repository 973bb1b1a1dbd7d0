//! Names to addresses, addresses to TCP streams, each within a limit.

use crate::{Target, TransferError};
use futures::stream::{FuturesUnordered, StreamExt};
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

/// How long an address has before the next one is tried beside it (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// The first address that answers. One that stays silent does not keep the others waiting.
pub(crate) async fn dial(addresses: &[SocketAddr], shown: &str) -> Result<TcpStream, TransferError> {
    let mut waiting = addresses.iter();
    let mut tried = FuturesUnordered::new();
    let mut last = None;
    loop {
        match waiting.next() {
            Some(address) => tried.push(TcpStream::connect(*address)),
            None if tried.is_empty() => break,
            None => {}
        }
        let others = waiting.len() > 0;
        tokio::select! {
            biased;
            Some(connected) = tried.next() => match connected {
                Ok(stream) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "nodelay cannot be set");
                    }
                    return Ok(stream);
                }
                Err(error) => last = Some(error),
            },
            () = tokio::time::sleep(HEAD_START), if others => {}
        }
    }
    let cause = last.unwrap_or_else(|| std::io::Error::other("no address"));
    let address = shown.to_owned();
    Err(match cause.kind() {
        std::io::ErrorKind::ConnectionRefused => TransferError::Refused { address, cause: Box::new(cause) },
        _ => TransferError::Unreachable { address, reason: cause.to_string(), cause: Box::new(cause) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::ErrorCode;
    use courier_testkit::Wall;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn an_address_that_is_silent_does_not_keep_the_next_one_waiting() {
        let wall = Wall::build().unwrap();
        let open = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (silent, good) = (wall.address(), open.local_addr().unwrap());
        let limit = Limit::new("both".to_owned(), Duration::from_secs(20));
        let stream = limit.on("connecting", dial(&[silent, good], "both")).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
    }

    #[tokio::test]
    async fn what_is_refused_everywhere_is_refused() {
        let free = || std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let error = dial(&[free(), free()], "both").await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ConnectionRefused);
        assert!(dial(&[], "nowhere").await.is_err());
    }
}
