//! From a host name to an SFTP session: jump host, name, TCP, banner, key exchange with the host key's judgement,
//! login, channel.
//!
//! Each part has the connection's connect timeout, and tells a [`Watch`] where it is, so that a test of the connection
//! shows the very path that a run takes.

use super::channel::Session;
use super::error::during;
use super::jump::through;
use super::remote::SftpRemote;
use super::stream::Stream;
use super::temper::Temper;
use super::trust::{Ends, Judge, Seen};
use super::{algorithms, auth};
use crate::net::{Limit, reach};
use crate::protocol::watch::Watch;
use crate::{Stage, Target, TransferError, TrustSink};
use russh::client;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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
    Ok(SftpRemote::new(session, begun, temper, target.paces.clone()))
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
    let mut stream: Stream = match &target.jump {
        Some(hop) => through(hop, target, &limit, watch).await?.into(),
        None => reach(target, &limit, watch).await?.into(),
    };
    watch.enter(Stage::Banner);
    watch.found(limit.on("waiting for its banner", banner(&mut stream)).await?);
    watch.enter(Stage::KeyExchange);
    let seen = Arc::new(Mutex::new(Seen::default()));
    let ends = Ends::default();
    let judge = Judge::new(target, trust, expected, &seen, &ends);
    let begun = limit.on("exchanging keys", client::connect_stream(config, stream, judge)).await;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    report_exchange(&seen, watch);
    let mut session = begun.map_err(|error| during(error, "exchanging keys"))?;
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

/// Looks at the first bytes without taking them: what speaks there?
async fn banner(stream: &mut Stream) -> Result<String, TransferError> {
    let lost = |error: std::io::Error| TransferError::Lost {
        doing: "waiting for the server's first words".to_owned(),
        cause: Some(Box::new(error)),
    };
    let start = stream.peek(BANNER).await.map_err(lost)?;
    if start.is_empty() {
        return Err(TransferError::Lost {
            doing: "waiting for the server's first words (it hung up at once: too many connections, or this address is blocked there)".to_owned(),
            cause: None,
        });
    }
    let text = String::from_utf8_lossy(start);
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
