//! The host key, judged inside the key exchange: nothing about the user leaves before this module has said yes.
//!
//! Invariant: `check_server_key` answers true only for a key that `judge_host_key` accepted and whose acceptance was
//! recorded.

use crate::{Target, TransferError, TrustSink};
use courier_domain::connection::{HostKeyPolicy, HostKeyVerdict, KnownHost, judge_host_key};
use russh::ChannelId;
use russh::client::{Handler, Session};
use russh::keys::{HashAlg, PublicKeyOrCertificate};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// What the key exchange showed of the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) fingerprint: Option<String>,
    pub(crate) key_type: Option<String>,
    /// The key was accepted.
    pub(crate) trusted: bool,
    pub(crate) key_exchange: Option<String>,
    pub(crate) encryption: Option<String>,
    pub(crate) mac: Option<String>,
}

/// Where the end of a session's channels is heard of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends {
    session: CancellationToken,
    channels: Arc<Mutex<HashMap<ChannelId, CancellationToken>>>,
}

impl Ends {
    /// Fires when the channel, or the whole session, ends.
    pub(crate) fn of(&self, channel: ChannelId) -> CancellationToken {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.entry(channel).or_insert_with(|| self.session.child_token()).clone()
    }
}

/// What russh asks while a session begins and lives.
pub(crate) struct Judge {
    policy: HostKeyPolicy,
    stored: Option<String>,
    known: Vec<KnownHost>,
    insecure_allowed: bool,
    /// The key this session must have: that of a session being taken up again, or of its own first exchange.
    expected: Option<String>,
    sink: Arc<dyn TrustSink>,
    seen: Arc<Mutex<Seen>>,
    ends: Ends,
}

impl Drop for Judge {
    /// russh lets go of this when the session ends.
    fn drop(&mut self) {
        self.ends.session.cancel();
    }
}

impl Judge {
    pub(crate) fn new(
        target: &Target,
        sink: &Arc<dyn TrustSink>,
        expected: Option<String>,
        seen: &Arc<Mutex<Seen>>,
        ends: &Ends,
    ) -> Self {
        Self {
            policy: target.connection.host_key_policy,
            stored: target.connection.stored_host_fingerprint.clone(),
            known: target.known_hosts.clone(),
            insecure_allowed: target.insecure_trust_allowed,
            expected,
            sink: Arc::clone(sink),
            seen: Arc::clone(seen),
            ends: ends.clone(),
        }
    }

    async fn judge(&mut self, presented: &str, key_type: &str) -> Result<(), TransferError> {
        if let Some(expected) = &self.expected {
            if expected == presented {
                return Ok(());
            }
            let expected = vec![expected.clone()];
            return Err(self.refuse(expected, presented, key_type).await);
        }
        match judge_host_key(self.policy, self.stored.as_deref(), &self.known, presented) {
            HostKeyVerdict::Trusted => {}
            HostKeyVerdict::TrustAndStore => {
                self.sink.first_key(presented, key_type).await?;
            }
            HostKeyVerdict::Insecure if self.insecure_allowed => {
                self.sink.insecure_used(presented, key_type).await?;
            }
            HostKeyVerdict::Insecure => return Err(TransferError::InsecureTrustRefused),
            HostKeyVerdict::Changed { expected } if expected.is_empty() => {
                return Err(TransferError::HostKeyUnknown {
                    presented: presented.to_owned(),
                    key_type: key_type.to_owned(),
                });
            }
            HostKeyVerdict::Changed { expected } => {
                return Err(self.refuse(expected, presented, key_type).await);
            }
            HostKeyVerdict::Revoked => {
                return Err(TransferError::HostKeyRevoked { presented: presented.to_owned() });
            }
        }
        // A later exchange within this session must show the same key.
        self.expected = Some(presented.to_owned());
        Ok(())
    }

    async fn refuse(&self, expected: Vec<String>, presented: &str, key_type: &str) -> TransferError {
        self.sink.changed(&expected, presented, key_type).await;
        TransferError::HostKeyChanged {
            expected,
            presented: presented.to_owned(),
            key_type: key_type.to_owned(),
        }
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Handler for Judge {
    type Error = TransferError;

    async fn check_server_key(&mut self, server: &PublicKeyOrCertificate) -> Result<bool, TransferError> {
        let key = server.public_key();
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let key_type = key.algorithm().to_string();
        self.note(|seen| {
            seen.fingerprint = Some(fingerprint.clone());
            seen.key_type = Some(key_type.clone());
        });
        self.judge(&fingerprint, &key_type).await?;
        self.note(|seen| seen.trusted = true);
        Ok(true)
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _session: &mut Session,
    ) -> Result<(), TransferError> {
        self.ends.of(channel).cancel();
        Ok(())
    }

    /// The only thing ever asked of a channel is SFTP.
    async fn channel_failure(
        &mut self,
        channel: ChannelId,
        _session: &mut Session,
    ) -> Result<(), TransferError> {
        self.ends.of(channel).cancel();
        Ok(())
    }

    async fn kex_done(
        &mut self,
        _shared_secret: Option<&[u8]>,
        names: &russh::Names,
        _session: &mut Session,
    ) -> Result<(), TransferError> {
        self.note(|seen| {
            seen.key_exchange = Some(names.kex.as_ref().to_owned());
            seen.encryption = Some(names.cipher.as_ref().to_owned());
            seen.mac = Some(names.client_mac.as_ref().to_owned());
        });
        Ok(())
    }
}
