//! SSH host keys: what is remembered of them, and what a presented one means under a connection's policy.

use super::HostKeyPolicy;
use crate::{ConnectionId, KnownHostId, Timestamp};
use serde::Serialize;
use specta::Type;

/// `SHA256:…` as OpenSSH prints it, or `None` if the text is no such fingerprint. Accepts a missing prefix and
/// padding.
pub fn normal_fingerprint(text: &str) -> Option<String> {
    let body = text.trim();
    let body = body.strip_prefix("SHA256:").unwrap_or(body).trim_end_matches('=');
    let good = body.len() == 43 && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    good.then(|| format!("SHA256:{body}"))
}

/// A host key seen on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct KnownHost {
    pub id: KnownHostId,
    pub connection_id: ConnectionId,
    /// `SHA256:` and the unpadded base64 of the key's SHA-256, as OpenSSH prints it.
    pub fingerprint: String,
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, …
    pub key_type: String,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// `user@host`, or `system` for trust on first use.
    pub approved_by: String,
    pub revoked_at: Option<Timestamp>,
}

/// What a server's host key means under a connection's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyVerdict {
    /// Known, or expected by `stored_host_fingerprint`.
    Trusted,
    /// First contact under `trust_on_first_use`: go on and store it.
    TrustAndStore,
    /// Accepted without any check under `always_trust`: go on and audit it.
    Insecure,
    /// Another key than the known one.
    Changed { expected: Vec<String> },
    /// A key that a person has marked as no longer valid.
    Revoked,
}

/// Judges a presented host key. Pure; `known` are the connection's rows.
pub fn judge_host_key(
    policy: HostKeyPolicy,
    stored: Option<&str>,
    known: &[KnownHost],
    presented_fingerprint: &str,
) -> HostKeyVerdict {
    let row = known.iter().find(|k| k.fingerprint == presented_fingerprint);
    if row.is_some_and(|k| k.revoked_at.is_some()) {
        return HostKeyVerdict::Revoked;
    }
    match policy {
        HostKeyPolicy::AlwaysTrust => HostKeyVerdict::Insecure,
        HostKeyPolicy::Manual => {
            let expected = stored.and_then(normal_fingerprint);
            if expected.as_deref() == Some(presented_fingerprint) {
                HostKeyVerdict::Trusted
            } else {
                HostKeyVerdict::Changed { expected: expected.into_iter().collect() }
            }
        }
        HostKeyPolicy::TrustOnFirstUse => {
            if row.is_some() {
                return HostKeyVerdict::Trusted;
            }
            let mut expected: Vec<String> =
                known.iter().filter(|k| k.revoked_at.is_none()).map(|k| k.fingerprint.clone()).collect();
            expected.extend(stored.and_then(normal_fingerprint));
            expected.dedup();
            let first_ever = expected.is_empty() && known.is_empty();
            if first_ever || expected.iter().any(|f| f == presented_fingerprint) {
                HostKeyVerdict::TrustAndStore
            } else {
                HostKeyVerdict::Changed { expected }
            }
        }
    }
}
