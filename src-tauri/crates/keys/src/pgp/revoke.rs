//! Revoking keys: the certificates that say so, and keys with what they say applied.
//!
//! Invariant: a revocation is only applied to the key that made it; another changes nothing and is refused.

use super::certificate::{Certificate, PrivateKey, Standing, reasons, unreadable};
use super::contained::contained;
use crate::error::{KeysError, Result};
use courier_domain::Timestamp;
use courier_domain::key::RevocationReason;
use sequoia_openpgp as openpgp;

use openpgp::cert::CertRevocationBuilder;
use openpgp::packet::Signature;
use openpgp::parse::Parse;
use openpgp::serialize::Serialize;
use openpgp::types::{ReasonForRevocation, SignatureType};
use openpgp::{Packet, PacketPile, armor};
use std::io::Write;
use std::time::SystemTime;

/// Makes a revocation certificate, armored. `message` is for people.
///
/// # Errors
/// [`KeysError::KeyUnusable`] when the primary key's private part is not there; [`KeysError::Library`].
pub fn make_revocation(
    key: &PrivateKey,
    reason: RevocationReason,
    message: &str,
    now: Timestamp,
) -> Result<String> {
    let failed = |error| KeysError::library("made a revocation certificate", error);
    let offline = |error: openpgp::anyhow::Error| KeysError::KeyUnusable {
        key: key.fingerprint(),
        purpose: "revoke itself",
        why: reasons(&error),
    };
    let primary = key.0.primary_key().key().clone().parts_into_secret().map_err(offline)?;
    let mut signer = primary.into_keypair().map_err(offline)?;
    let revocation = CertRevocationBuilder::new()
        .set_signature_creation_time(SystemTime::from(now))
        .map_err(failed)?
        .set_reason_for_revocation(code(reason), message.as_bytes())
        .map_err(failed)?
        .build(&mut signer, &key.0, None)
        .map_err(failed)?;
    armored(revocation)
}

const fn code(reason: RevocationReason) -> ReasonForRevocation {
    match reason {
        RevocationReason::Unspecified => ReasonForRevocation::Unspecified,
        RevocationReason::Compromised => ReasonForRevocation::KeyCompromised,
        RevocationReason::Superseded => ReasonForRevocation::KeySuperseded,
        RevocationReason::Unused => ReasonForRevocation::KeyRetired,
    }
}

/// The certificate as it is with the revocation, armored or binary.
///
/// # Errors
/// [`KeysError::KeyUnreadable`] for what is no revocation certificate, or is another key's.
pub fn revoked(certificate: &Certificate, revocation: &[u8], now: Timestamp) -> Result<Certificate> {
    let pile = contained(|| PacketPile::from_bytes(revocation)).map_err(unreadable)?;
    let is_revocation = |packet: &Packet| matches!(packet, Packet::Signature(signature) if signature.typ() == SignatureType::KeyRevocation);
    let signatures: Vec<Packet> = pile.into_children().filter(is_revocation).collect();
    if signatures.is_empty() {
        return Err(other("it is no revocation certificate."));
    }
    let (cert, _) = certificate
        .0
        .clone()
        .insert_packets(signatures)
        .map_err(|error| KeysError::library("revoked a key", error))?;
    let revoked = Certificate(cert);
    match revoked.info(now)?.standing {
        Standing::Revoked => Ok(revoked),
        Standing::Good | Standing::Expired => Err(other("it does not revoke this key.")),
    }
}

fn other(why: &str) -> KeysError {
    KeysError::KeyUnreadable { why: why.to_owned(), source: None }
}

pub(super) fn armored(revocation: Signature) -> Result<String> {
    const DOING: &str = "wrote a revocation certificate";
    let io = |error: std::io::Error| KeysError::library(DOING, error);
    let mut writer = armor::Writer::with_headers(
        Vec::new(),
        armor::Kind::PublicKey,
        [("Comment", "Revocation certificate: importing it revokes the key for good")],
    )
    .map_err(io)?;
    let mut body = Vec::new();
    Packet::from(revocation).serialize(&mut body).map_err(|error| KeysError::library(DOING, error))?;
    writer.write_all(&body).map_err(io)?;
    let text = writer.finalize().map_err(io)?;
    String::from_utf8(text).map_err(|error| KeysError::library(DOING, error))
}
