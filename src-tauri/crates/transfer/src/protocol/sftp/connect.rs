//! From a host name to an SFTP session: name, TCP, banner, key exchange with the host key's judgement, login, channel.
//!
//! Each part has the connection's connect timeout, and tells a [`Watch`] where it is, so that a test of the connection
//! shows the very path that a run takes.

use super::channel::Session;
use super::remote::SftpRemote;
use super::temper::Temper;
use super::trust::{Ends, Judge, Seen};
use super::{algorithms, auth};
use crate::protocol::watch::Watch;
use crate::{Stage, Target, TransferError, TrustSink};
use russh::client;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

/// Window towards the server. Larger ones make some stock servers erratic.
const WINDOW: u32 = 15 * 1024 * 1024;
const PACKET: u32 = 65_535;
/// Messages that may wait for the reader of a channel.
const CHANNEL_BUFFER: usize = 1024;
/// The most of a banner that is shown.
const BANNER: usize = 255;

pub(crate) async fn open(
    target: &Target,
    trust: &Arc<dyn TrustSink>,
    expected: Option<String>,
    watch: &mut dyn Watch,
    temper: Arc<Temper>,
) -> Result<SftpRemote, TransferError> {
    let session = log_in(target, trust, expected, watch).await?;
    watch.enter(Stage::List);
    let begun = Limit::of(target).on("starting SFTP", session.begin()).await?;
    Ok(SftpRemote::new(session, begun, temper))
}

/// All but the SFTP channel.
pub(crate) async fn log_in(
    target: &Target,
    trust: &Arc<dyn TrustSink>,
    expected: Option<String>,
    watch: &mut dyn Watch,
) -> Result<Session, TransferError> {
    let limit = Limit::of(target);
    let config = ssh_config(target)?;
    watch.enter(Stage::Dns);
    let addresses = limit.on("looking up the name", resolve(target)).await?;
    watch.found(addresses.iter().map(|a| a.ip().to_string()).collect::<Vec<_>>().join(", "));
    watch.enter(Stage::Tcp);
    let stream = limit.on("connecting", dial(&addresses, &limit.address)).await?;
    watch.enter(Stage::Banner);
    watch.found(limit.on("waiting for its banner", banner(&stream)).await?);
    watch.enter(Stage::KeyExchange);
    let seen = Arc::new(Mutex::new(Seen::default()));
    let ends = Ends::default();
    let judge = Judge::new(target, trust, expected, &seen, &ends);
    let begun = limit.on("exchanging keys", client::connect_stream(config, stream, judge)).await;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    report_exchange(&seen, watch);
    let mut session = begun?;
    watch.enter(Stage::Authentication);
    limit.on("logging in", auth::log_in(&mut session, target)).await?;
    let fingerprint = seen.fingerprint.clone().unwrap_or_default();
    if target.known_hosts.iter().any(|k| k.fingerprint == fingerprint && k.revoked_at.is_none()) {
        trust.seen(&fingerprint).await?;
    }
    Ok(Session::new(session, seen, ends))
}

/// The key exchange includes the host key: a refused key means that the exchange itself worked.
fn report_exchange(seen: &Seen, watch: &mut dyn Watch) {
    let Some(fingerprint) = &seen.fingerprint else { return };
    let names = [&seen.key_exchange, &seen.encryption, &seen.mac];
    watch.found(names.into_iter().flatten().cloned().collect::<Vec<_>>().join(", "));
    watch.enter(Stage::HostKey);
    watch.found(format!("{fingerprint} ({})", seen.key_type.as_deref().unwrap_or("unknown type")));
}

struct Limit {
    address: String,
    time: Duration,
}

impl Limit {
    fn of(target: &Target) -> Self {
        Self {
            address: format!("{}:{}", target.connection.host, target.connection.port),
            time: Duration::from_secs(u64::from(target.connection.connect_timeout_sec.max(1))),
        }
    }

    async fn on<T>(
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

fn ssh_config(target: &Target) -> Result<Arc<client::Config>, TransferError> {
    let keepalive = u64::from(target.connection.keepalive_interval_sec);
    Ok(Arc::new(client::Config {
        nodelay: true,
        window_size: WINDOW,
        maximum_packet_size: PACKET,
        channel_buffer_size: CHANNEL_BUFFER,
        keepalive_interval: (keepalive > 0).then(|| Duration::from_secs(keepalive)),
        preferred: algorithms::preferred(target.connection.ssh_algorithms.as_ref(), &target.known_hosts)?,
        ..client::Config::default()
    }))
}

async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, TransferError> {
    let host = target.connection.host.as_str();
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    match tokio::net::lookup_host((bare, target.connection.port)).await {
        Ok(found) => {
            let found: Vec<_> = found.collect();
            if found.is_empty() {
                return Err(TransferError::DnsFailed { host: host.to_owned(), cause: None });
            }
            Ok(found)
        }
        Err(error) => Err(TransferError::DnsFailed { host: host.to_owned(), cause: Some(Box::new(error)) }),
    }
}

/// The first address that answers.
async fn dial(addresses: &[SocketAddr], shown: &str) -> Result<TcpStream, TransferError> {
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

/// Looks at the first bytes without taking them: what speaks there?
async fn banner(stream: &TcpStream) -> Result<String, TransferError> {
    let mut start = [0; BANNER];
    let lost = |error: std::io::Error| TransferError::Lost {
        doing: "waiting for the server's first words".to_owned(),
        cause: Some(Box::new(error)),
    };
    let got = stream.peek(&mut start).await.map_err(lost)?;
    if got == 0 {
        return Err(TransferError::Lost {
            doing: "waiting for the server's first words (it hung up at once: too many connections, or this address is blocked there)".to_owned(),
            cause: None,
        });
    }
    let text = String::from_utf8_lossy(&start[..got]);
    let line = crate::escaped(text.lines().next().unwrap_or_default());
    let foreign = ["220 ", "220-", "HTTP/", "+OK", "* OK"].iter().any(|other| line.starts_with(other));
    if foreign {
        return Err(TransferError::Protocol {
            doing: "greeting".to_owned(),
            detail: format!("it is no SSH server, it says `{line}`. Check the port and the protocol."),
        });
    }
    Ok(line)
}
