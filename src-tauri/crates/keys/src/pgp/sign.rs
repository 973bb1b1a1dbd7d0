//! Signing a file: signature beside it, around it, or as readable text.

use super::certificate::PrivateKey;
use super::encrypt::{copy, finish, usable_cert, why_none};
use crate::control::Control;
use crate::error::{KeysError, Result};
use crate::flow::{Input, Output, Written};
use courier_domain::Timestamp;
use courier_domain::step::{OutputFormat, SignMode};
use sequoia_openpgp as openpgp;

use openpgp::armor::Kind;
use openpgp::crypto::KeyPair;
use openpgp::policy::StandardPolicy;
use openpgp::serialize::stream::{Armorer, LiteralWriter, Message, Signer};
use openpgp::types::{Curve, HashAlgorithm};
use std::path::Path;
use std::time::SystemTime;

/// What to sign, and how.
#[derive(Debug)]
pub struct SignRequest<'a> {
    pub input: &'a Path,
    /// The signature (detached) or the signed file; must not exist yet.
    pub output: &'a Path,
    pub signer: &'a PrivateKey,
    pub mode: SignMode,
    /// Readable text is armored in any case.
    pub format: OutputFormat,
    pub now: Timestamp,
}

/// A finished signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Bytes read.
    pub input_bytes: u64,
    pub output: Written,
}

/// Signs a file. The output exists afterwards only if this succeeded.
///
/// # Errors
/// [`KeysError::KeyUnusable`] with the reason, [`KeysError::Io`], [`KeysError::Cancelled`].
pub fn sign(request: &SignRequest<'_>, control: Control<'_>) -> Result<Signed> {
    let policy = StandardPolicy::new();
    let signer = signing_key(request.signer, &policy, request.now)?;
    let (mut input, fate) = Input::open(request.input, control)?;
    let mut output = Output::create(request.output)?;
    let written: openpgp::Result<u64> = (|| {
        let mut message = Message::new(&mut output);
        let armored = request.format == OutputFormat::Armored;
        let prepare = |message, signer| -> openpgp::Result<Signer<'_>> {
            let hash = hash_for(&signer);
            Ok(Signer::new(message, signer)?.hash_algo(hash)?.creation_time(SystemTime::from(request.now)))
        };
        let mut message = match request.mode {
            SignMode::Detached => {
                if armored {
                    message = Armorer::new(message).kind(Kind::Signature).build()?;
                }
                prepare(message, signer)?.detached().build()?
            }
            SignMode::Inline => {
                if armored {
                    message = Armorer::new(message).kind(Kind::Message).build()?;
                }
                LiteralWriter::new(prepare(message, signer)?.build()?).build()?
            }
            SignMode::Clearsign => prepare(message, signer)?.cleartext().build()?,
        };
        let count = copy(&mut input, &mut message, &fate)?;
        message.finalize()?;
        Ok(count)
    })();
    let input_bytes = finish(written, &fate, &mut output, "signed")?;
    Ok(Signed { input_bytes, output: output.keep()? })
}

/// What is hashed with: SHA-256, which today's processors have instructions for, unless the key is too strong for it.
pub(super) fn hash_for(signer: &KeyPair) -> HashAlgorithm {
    use openpgp::crypto::mpi::PublicKey as Material;
    match signer.public().mpis() {
        // An ECDSA signature takes a hash as long as the curve (FIPS 186-5, section 6.4).
        Material::ECDSA { curve: Curve::NistP384, .. } => HashAlgorithm::SHA384,
        _ => HashAlgorithm::SHA256,
    }
}

/// Whether the pair can sign now.
///
/// # Errors
/// [`KeysError::KeyUnusable`] with the reason.
pub fn check_signer(key: &PrivateKey, now: Timestamp) -> Result<()> {
    signing_key(key, &StandardPolicy::new(), now).map(drop)
}

/// The newest key of the pair that may sign now.
pub(super) fn signing_key(key: &PrivateKey, policy: &StandardPolicy<'_>, now: Timestamp) -> Result<KeyPair> {
    let now = SystemTime::from(now);
    let unusable = |why| KeysError::KeyUnusable { key: key.fingerprint(), purpose: "sign", why };
    usable_cert(&key.0, policy, now).map_err(unusable)?;
    let found = key
        .0
        .keys()
        .unencrypted_secret()
        .with_policy(policy, now)
        .supported()
        .alive()
        .revoked(false)
        .for_signing()
        .max_by_key(|ka| ka.key().creation_time())
        .ok_or_else(|| unusable(why_none(&key.0, policy, now)))?;
    found.key().clone().into_keypair().map_err(|error| KeysError::library("took a signing key", error))
}
