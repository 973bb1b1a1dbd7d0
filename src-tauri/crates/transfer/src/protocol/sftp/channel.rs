//! An SSH connection after the login, and SFTP channels on it.

use super::error::{request, ssh};
use super::line::Line;
use super::remote::Extensions;
use super::trust::{Ends, Judge, Seen};
use crate::{SessionSlot, TransferError};
use russh::ChannelStream;
use russh::client::{Handle, Msg};
use russh_sftp::client::rawsession::Limits;
use russh_sftp::client::{Config as SftpConfig, RawSftpSession};
use russh_sftp::protocol::Version;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The largest SFTP packet taken from a server, its length field aside.
const SFTP_PACKET: u32 = 256 * 1024;
/// russh-sftp's own request limit is not used: time without progress is watched around it.
const NEVER_SECS: u64 = 365 * 24 * 3600;

/// A connection whose key was accepted and whose user is logged in. Ends when dropped.
pub(crate) struct Session {
    handle: Handle<Judge>,
    pub(crate) seen: Seen,
    ends: Ends,
    /// Its place among the sessions that the connection may have at once, where it is not the caller's.
    _slot: Option<SessionSlot>,
}

/// What servers speak; a newer one answers an older client in its own version.
const VERSION: u32 = 3;
/// What every server takes (the protocol's draft, section 3).
const LEAST_PACKET: u64 = 34_000;
const LEAST_BLOCK: u64 = 1024;

/// The first channel of a connection, and what it told.
pub(crate) struct Begun {
    pub(crate) line: Line,
    pub(crate) limits: Limits,
    pub(crate) extensions: Extensions,
    /// The shortest time that an answer took.
    pub(crate) round_trip: Duration,
}

impl Session {
    pub(crate) fn new(handle: Handle<Judge>, seen: Seen, ends: Ends) -> Self {
        Self { handle, seen, ends, _slot: None }
    }

    pub(crate) fn in_slot(self, slot: SessionSlot) -> Self {
        Self { _slot: Some(slot), ..self }
    }

    /// Opens the first channel and asks what the server can do.
    pub(crate) async fn begin(&self) -> Result<Begun, TransferError> {
        let asked = Instant::now();
        let (mut raw, ended, version) = self.channel().await?;
        let mut round_trip = asked.elapsed();
        let has = |name: &str, value: &str| version.extensions.get(name).is_some_and(|v| v == value);
        let mut limits = Limits::default();
        if has("limits@openssh.com", "1") {
            let asked = Instant::now();
            limits = raw.limits().await.map_err(|error| request(error, "asking for limits", ""))?.into();
            // With less nothing could be done; such a server means something else.
            limits.packet_len = limits.packet_len.filter(|length| *length >= LEAST_PACKET);
            limits.read_len = limits.read_len.filter(|length| *length >= LEAST_BLOCK);
            limits.write_len = limits.write_len.filter(|length| *length >= LEAST_BLOCK);
            round_trip = round_trip.min(asked.elapsed());
            raw.set_limits(Limits { open_handles: None, ..limits });
        }
        let extensions = Extensions {
            posix_rename: has("posix-rename@openssh.com", "1"),
            fsync: has("fsync@openssh.com", "1"),
            statvfs: has("statvfs@openssh.com", "2"),
            check_file: version.extensions.contains_key("check-file"),
        };
        Ok(Begun { line: Line::new(raw, ended), limits, extensions, round_trip })
    }

    /// Opens a further channel.
    pub(crate) async fn lane(&self, limits: Limits) -> Result<Line, TransferError> {
        let (mut raw, ended, _) = self.channel().await?;
        raw.set_limits(Limits { open_handles: None, ..limits });
        Ok(Line::new(raw, ended))
    }

    /// A channel on which the server connects to another.
    pub(crate) async fn tunnel(&self, host: &str, port: u16) -> Result<ChannelStream<Msg>, russh::Error> {
        let opened = self.handle.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0).await?;
        Ok(opened.into_stream())
    }

    async fn channel(&self) -> Result<(RawSftpSession, CancellationToken, Version), TransferError> {
        let broken = |error| ssh(error, "starting SFTP");
        let channel = self.handle.channel_open_session().await.map_err(broken)?;
        let ended = self.ends.of(channel.id());
        // The first words follow at once; a refused subsystem ends the channel.
        channel.request_subsystem(true, "sftp").await.map_err(broken)?;
        let config = SftpConfig {
            max_packet_len: SFTP_PACKET,
            request_timeout_secs: NEVER_SECS,
            ..SftpConfig::default()
        };
        let raw = RawSftpSession::new_with_config(channel.into_stream(), config);
        let version = tokio::select! {
            biased;
            version = raw.init() => version.map_err(|error| {
                let lost = request(error, "starting SFTP", "");
                if lost.is_lost() { no_sftp() } else { lost }
            })?,
            () = ended.cancelled() => return Err(no_sftp()),
        };
        if version.version != VERSION {
            return Err(TransferError::Protocol {
                doing: "starting SFTP".to_owned(),
                detail: format!(
                    "it answers with version {} of SFTP to a client of version {VERSION}.",
                    version.version
                ),
            });
        }
        Ok((raw, ended, version))
    }

    pub(crate) async fn goodbye(&self) {
        if self.handle.disconnect(russh::Disconnect::ByApplication, "", "").await.is_err() {
            tracing::debug!("the SSH session had ended already");
        }
    }
}

fn no_sftp() -> TransferError {
    TransferError::Protocol {
        doing: "starting SFTP".to_owned(),
        detail: "it lets the user in but offers no SFTP. Ask its owner to enable the sftp subsystem."
            .to_owned(),
    }
}
