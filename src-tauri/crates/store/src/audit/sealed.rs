//! Signed statements about the chain: checkpoints, and records of what was pruned.
//!
//! A signature covers the length-prefixed fields behind a word that says what is signed, so that neither can pass for
//! the other.

use super::canonical::{instant, put};
use crate::StoreError;
use crate::session::{Conn, on};
use courier_domain::Timestamp;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// Who signs. Implemented where the private key is.
pub trait AuditSigner: Send + Sync {
    /// Ed25519.
    fn public_key(&self) -> [u8; 32];
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// The hash that an entry had. As JSON it is one line of a file of checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct AuditCheckpoint {
    pub sequence: i64,
    pub entry_hash: String,
    pub created_at: Timestamp,
    /// Ed25519 in hex, as the signature.
    pub public_key: String,
    pub signature: String,
}

/// Entries up to `pruned_to` were given up on purpose; `entry_hash` is the last one's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct AuditPrune {
    pub pruned_to: i64,
    pub entry_hash: String,
    pub pruned_at: Timestamp,
    pub performed_by: String,
    pub public_key: String,
    pub signature: String,
}

impl AuditCheckpoint {
    pub(super) fn sign(
        sequence: i64,
        entry_hash: String,
        created_at: Timestamp,
        signer: &dyn AuditSigner,
    ) -> Self {
        let public_key = hex::encode(signer.public_key());
        let mut new = Self { sequence, entry_hash, created_at, public_key, signature: String::new() };
        new.signature = hex::encode(signer.sign(&new.message()));
        new
    }

    fn message(&self) -> Vec<u8> {
        let (sequence, at) = (self.sequence.to_string(), instant(self.created_at));
        message("courier audit checkpoint", [&sequence, &self.entry_hash, &at])
    }

    /// Whether the signature is of the key that stands beside it.
    pub fn is_genuine(&self) -> bool {
        is_signed(&self.public_key, &self.signature, &self.message())
    }
}

impl AuditPrune {
    pub(super) fn sign(
        pruned_to: i64,
        entry_hash: String,
        pruned_at: Timestamp,
        performed_by: String,
        signer: &dyn AuditSigner,
    ) -> Self {
        let public_key = hex::encode(signer.public_key());
        let mut new =
            Self { pruned_to, entry_hash, pruned_at, performed_by, public_key, signature: String::new() };
        new.signature = hex::encode(signer.sign(&new.message()));
        new
    }

    fn message(&self) -> Vec<u8> {
        let (pruned_to, at) = (self.pruned_to.to_string(), instant(self.pruned_at));
        message("courier audit prune", [&pruned_to, &self.entry_hash, &at, &self.performed_by])
    }

    /// Whether the signature is of the key that stands beside it.
    pub fn is_genuine(&self) -> bool {
        is_signed(&self.public_key, &self.signature, &self.message())
    }
}

fn message<const N: usize>(what: &str, fields: [&String; N]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    put(&mut out, what.as_bytes());
    for field in fields {
        put(&mut out, field.as_bytes());
    }
    out
}

fn is_signed(public_key: &str, signature: &str, message: &[u8]) -> bool {
    let (mut key, mut signed) = ([0; 32], [0; 64]);
    hex::decode_to_slice(public_key, &mut key).is_ok()
        && hex::decode_to_slice(signature, &mut signed).is_ok()
        && VerifyingKey::from_bytes(&key)
            .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(&signed)).is_ok())
}

/// The record that says where the chain begins, if anything was ever pruned.
pub(super) async fn newest_prune(mut conn: Conn<'_>) -> Result<Option<AuditPrune>, StoreError> {
    let sql = "SELECT * FROM audit_prunes ORDER BY pruned_to DESC LIMIT 1";
    Ok(on!(conn, |c| sqlx::query_as(sql).fetch_optional(c).await?))
}

/// Checkpoints after a sequence, oldest first.
pub(super) async fn checkpoints_after(
    mut conn: Conn<'_>,
    sequence: i64,
    limit: i64,
) -> Result<Vec<AuditCheckpoint>, StoreError> {
    let sql = "SELECT * FROM audit_checkpoints WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    Ok(on!(conn, |c| sqlx::query_as(sql).bind(sequence).bind(limit).fetch_all(c).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use ed25519_dalek::{Signer, SigningKey};

    struct Key(SigningKey);

    impl AuditSigner for Key {
        fn public_key(&self) -> [u8; 32] {
            self.0.verifying_key().to_bytes()
        }
        fn sign(&self, message: &[u8]) -> [u8; 64] {
            self.0.sign(message).to_bytes()
        }
    }

    fn key(n: u8) -> Key {
        Key(SigningKey::from_bytes(&[n; 32]))
    }

    fn at() -> Timestamp {
        DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap()
    }

    #[test]
    fn a_changed_checkpoint_is_not_genuine() {
        let good = AuditCheckpoint::sign(7, "a".repeat(64), at(), &key(1));
        assert!(good.is_genuine());
        let line = serde_json::to_string(&good).unwrap();
        assert_eq!(serde_json::from_str::<AuditCheckpoint>(&line).unwrap(), good);
        let other_key = hex::encode(key(2).public_key());
        for bad in [
            AuditCheckpoint { sequence: 8, ..good.clone() },
            AuditCheckpoint { entry_hash: "b".repeat(64), ..good.clone() },
            AuditCheckpoint { created_at: at() + chrono::TimeDelta::microseconds(1), ..good.clone() },
            AuditCheckpoint { public_key: other_key, ..good.clone() },
            AuditCheckpoint { public_key: "no key".into(), ..good.clone() },
            AuditCheckpoint { signature: "00".repeat(64), ..good.clone() },
        ] {
            assert!(!bad.is_genuine(), "{bad:?}");
        }
    }

    #[test]
    fn a_changed_prune_record_is_not_genuine() {
        let good = AuditPrune::sign(7, "a".repeat(64), at(), "ana@desk".into(), &key(1));
        assert!(good.is_genuine());
        assert!(!AuditPrune { pruned_to: 9, ..good.clone() }.is_genuine());
        assert!(!AuditPrune { performed_by: "bob@desk".into(), ..good }.is_genuine());
    }
}
