//! Checking signatures: beside a file, around it, or readable text.
//!
//! Left out: giving out the signed content.

use super::certificate::{Certificate, reasons};
use super::cleartext;
use super::contained::contained;
use super::encrypt::copy;
use super::expansion::Expansion;
use super::signature::{Findings, Verified, latest, named};
use crate::control::Control;
use crate::error::{KeysError, Result};
use crate::flow::{CHUNK, Input};
use courier_domain::Timestamp;
use courier_domain::receipt::VerifyStatus;
use sequoia_openpgp as openpgp;

use openpgp::parse::Parse;
use openpgp::parse::stream::{
    DetachedVerifierBuilder, MessageStructure, VerificationHelper, VerifierBuilder,
};
use openpgp::policy::StandardPolicy;
use openpgp::{Cert, KeyHandle};
use std::io::Read;
use std::path::Path;

/// What to check.
#[derive(Debug)]
pub struct VerifyRequest<'a> {
    /// The signed file, or the file that a separate signature belongs to.
    pub input: &'a Path,
    /// The separate signature; `None` when it is inside the input.
    pub signature: Option<&'a Path>,
    /// Whose signatures count.
    pub signers: &'a [Certificate],
    /// Keys that their keeper has revoked: their signatures are known, and not good.
    pub revoked: &'a [Certificate],
    /// Content bytes for each byte of a signed message before it is taken for a bomb.
    pub max_ratio: u64,
    pub now: Timestamp,
}

/// Checks a signature. A signature that is not good is a result, not an error.
///
/// # Errors
/// [`KeysError::SignatureMissing`], [`KeysError::MessageDamaged`] when there is nothing to check,
/// [`KeysError::Bomb`], [`KeysError::Io`], [`KeysError::Cancelled`].
pub fn verify(request: &VerifyRequest<'_>, control: Control<'_>) -> Result<Verified> {
    let policy = StandardPolicy::new();
    let now = latest(request.now);
    let mut findings = None;
    let helper = Helper { signers: request.signers, revoked: request.revoked, findings: &mut findings };
    let signed_by = request.signature.unwrap_or(request.input);
    let (input, fate) = Input::open(request.input, control)?;
    let bounded = Expansion::of(request.input, request.max_ratio)?;
    let done: openpgp::Result<()> = match request.signature {
        Some(path) => {
            let (signature, signature_fate) = Input::open(path, quiet(control))?;
            let result = contained(|| {
                DetachedVerifierBuilder::from_reader(signature)?
                    .with_policy(&policy, now, helper)?
                    .verify_reader(input)
            });
            if let Some(cause) = signature_fate.cause() {
                return Err(cause);
            }
            result
        }
        None => contained(|| {
            let mut verifier =
                VerifierBuilder::from_reader(input)?.buffer_size(CHUNK).with_policy(&policy, now, helper)?;
            copy(&mut bounded.reader(&mut verifier), &mut std::io::sink(), &fate)?;
            Ok(())
        }),
    };
    if let Some(cause) = fate.cause().or_else(|| bounded.cause()) {
        return Err(cause);
    }
    if let Err(error) = done {
        let why = reasons(&error);
        return Err(KeysError::MessageDamaged {
            path: signed_by.to_owned(),
            why,
            source: Some(error.into()),
        });
    }
    let verified = findings
        .and_then(|findings| findings.signature)
        .ok_or_else(|| KeysError::SignatureMissing { path: signed_by.to_owned() })?;
    let failed = |source| KeysError::Io { doing: "read", path: request.input.to_owned(), source };
    if request.signature.is_none() && cleartext::has_unsigned_text(request.input).map_err(failed)? {
        return Ok(with_unsigned_text(verified));
    }
    Ok(verified)
}

/// Whoever reads the file cannot tell what of it is signed.
fn with_unsigned_text(mut verified: Verified) -> Verified {
    if verified.result.is_valid {
        verified.result.is_valid = false;
        verified.result.status = VerifyStatus::Invalid;
        verified.detail = "there is text in the file that is not signed.".into();
    }
    verified
}

/// Whether a file starts as a separate signature does, armored or binary; anything else beside a file (a readable text
/// with its signature, a key) does not.
pub fn is_detached_signature(path: &Path) -> bool {
    let head = std::fs::File::open(path).and_then(|file| {
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head).map(|_| head)
    });
    let Ok(head) = head else { return false };
    let text = String::from_utf8_lossy(&head);
    // A signature packet in the old or the new format (RFC 4880, section 4.2).
    let armored = text.contains("-----BEGIN PGP SIGNATURE-----");
    matches!(head.first(), Some(0x88..=0x8b | 0xc2))
        || (armored && !text.contains("-----BEGIN PGP SIGNED MESSAGE-----"))
}

/// Words may stand before the armor.
const HEAD: u64 = 4096;

/// The same stop button, without progress: a signature's few bytes are not the work.
fn quiet(control: Control<'_>) -> Control<'_> {
    Control { progress: &|_| {}, ..control }
}

struct Helper<'a> {
    signers: &'a [Certificate],
    revoked: &'a [Certificate],
    findings: &'a mut Option<Findings>,
}

impl VerificationHelper for Helper<'_> {
    fn get_certs(&mut self, ids: &[KeyHandle]) -> openpgp::Result<Vec<Cert>> {
        Ok(named(self.signers.iter().chain(self.revoked), ids))
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> openpgp::Result<()> {
        *self.findings = Some(Findings::read(&structure, self.revoked));
        Ok(())
    }
}
