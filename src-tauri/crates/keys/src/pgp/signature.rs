//! What the signatures of a message are worth.
//!
//! A signature counts by the state of its key when it was made: made before the key expired or was retired, it stays
//! good; a key revoked as compromised makes all its signatures worthless.

use super::certificate::{Certificate, reasons, timestamp};
use courier_domain::Timestamp;
use courier_domain::receipt::{VerifyResult, VerifyStatus};
use sequoia_openpgp as openpgp;

use openpgp::cert::amalgamation::ValidAmalgamation;
use openpgp::packet::Signature;
use openpgp::parse::stream::{GoodChecksum, MessageLayer, MessageStructure, VerificationError};
use openpgp::types::RevocationStatus;
use openpgp::{Cert, KeyHandle};
use std::time::{Duration, SystemTime};

/// The outcome of a check, with the reason in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    pub result: VerifyResult,
    /// Why the status is what it is.
    pub detail: String,
}

/// How far a signer's clock may run ahead of ours.
const CLOCK_SKEW: Duration = Duration::from_secs(30 * 60);

/// The moment up to which signatures may have been made.
pub(super) fn latest(now: Timestamp) -> SystemTime {
    SystemTime::from(now) + CLOCK_SKEW
}

/// The given certificates that one of the ids names.
pub(super) fn named<'a>(certificates: impl Iterator<Item = &'a Certificate>, ids: &[KeyHandle]) -> Vec<Cert> {
    let names = |cert: &Cert| cert.keys().any(|ka| ids.iter().any(|id| id.aliases(ka.key().key_handle())));
    certificates.map(|certificate| &certificate.0).filter(|cert| names(cert)).cloned().collect()
}

/// What a message consists of, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) encrypted: bool,
    /// The best of all signatures.
    pub(super) signature: Option<Verified>,
}

impl Findings {
    pub(super) fn read(structure: &MessageStructure<'_>, revoked: &[Certificate]) -> Self {
        let mut findings = Self::default();
        for layer in structure.iter() {
            match layer {
                MessageLayer::Compression { .. } => {}
                MessageLayer::Encryption { .. } => findings.encrypted = true,
                MessageLayer::SignatureGroup { results } => {
                    for result in results {
                        let verified = match result {
                            Ok(good) => judge_good(good, revoked),
                            Err(bad) => judge_bad(bad),
                        };
                        findings.consider(verified);
                    }
                }
            }
        }
        findings
    }

    fn consider(&mut self, other: Verified) {
        let better = self.signature.as_ref().is_none_or(|known| rank(&other) < rank(known));
        if better {
            self.signature = Some(other);
        }
    }
}

/// One good signature is enough; else what speaks loudest against the message comes first.
const fn rank(verified: &Verified) -> u8 {
    match verified.result.status {
        VerifyStatus::Valid => 0,
        VerifyStatus::Invalid => 1,
        VerifyStatus::RevokedKey => 2,
        VerifyStatus::ExpiredKey => 3,
        VerifyStatus::UnknownSigner => 4,
    }
}

fn judge_good(good: &GoodChecksum<'_>, revoked: &[Certificate]) -> Verified {
    let signer = good.ka.cert().fingerprint().to_hex();
    if revoked.iter().any(|certificate| certificate.0.fingerprint() == good.ka.cert().fingerprint()) {
        return verdict(VerifyStatus::RevokedKey, Some(signer), Some(good.sig), "its key is revoked.".into());
    }
    let detail = format!("Signed by {signer}.");
    verdict(VerifyStatus::Valid, Some(signer), Some(good.sig), detail)
}

fn judge_bad(bad: &VerificationError<'_>) -> Verified {
    use VerificationError as E;
    let signer = |cert: &Cert| Some(cert.fingerprint().to_hex());
    match bad {
        E::MissingKey { sig } => {
            let issuer = issuer(sig);
            let detail = format!(
                "the key {} is not known here, or not one of those that may sign.",
                issuer.as_deref().unwrap_or("of its signer")
            );
            verdict(VerifyStatus::UnknownSigner, issuer, Some(sig), detail)
        }
        E::BadKey { sig, ka, error } => {
            let revoked = matches!(ka.valid_cert().revocation_status(), RevocationStatus::Revoked(_))
                || matches!(ka.revocation_status(), RevocationStatus::Revoked(_));
            let expired =
                error.downcast_ref().is_some_and(|error| matches!(error, openpgp::Error::Expired(_)));
            let (status, detail) = if revoked {
                (VerifyStatus::RevokedKey, "its key is revoked.".to_owned())
            } else if expired {
                (VerifyStatus::ExpiredKey, format!("its key had expired: {}.", reasons(error)))
            } else {
                (VerifyStatus::Invalid, format!("its key may not sign: {}.", reasons(error)))
            };
            verdict(status, signer(ka.cert()), Some(sig), detail)
        }
        E::UnboundKey { sig, cert, error } => {
            let detail = format!("its key is not acceptable: {}.", reasons(error));
            verdict(VerifyStatus::Invalid, signer(cert), Some(sig), detail)
        }
        E::BadSignature { sig, ka, error } => {
            let detail = format!("{}.", reasons(error));
            verdict(VerifyStatus::Invalid, signer(ka.cert()), Some(sig), detail)
        }
        E::MalformedSignature { sig, error } => {
            verdict(VerifyStatus::Invalid, issuer(sig), Some(sig), format!("{}.", reasons(error)))
        }
        E::UnknownSignature { sig } => verdict(
            VerifyStatus::Invalid,
            None,
            None,
            format!("it cannot be read: {}.", reasons(sig.error())),
        ),
        other => verdict(VerifyStatus::Invalid, None, None, format!("{other}.")),
    }
}

fn issuer(signature: &Signature) -> Option<String> {
    signature.get_issuers().first().map(KeyHandle::to_hex)
}

fn verdict(
    status: VerifyStatus,
    signer_fingerprint: Option<String>,
    signature: Option<&Signature>,
    detail: String,
) -> Verified {
    let signature_timestamp =
        signature.and_then(|signature| signature.signature_creation_time()).map(timestamp);
    let is_valid = status == VerifyStatus::Valid;
    Verified { result: VerifyResult { is_valid, status, signer_fingerprint, signature_timestamp }, detail }
}
