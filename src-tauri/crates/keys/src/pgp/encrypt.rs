//! Encrypting a file to partners, signed or not.

use super::certificate::{Certificate, PrivateKey, reasons};
use super::sign::{hash_for, signing_key};
use crate::control::Control;
use crate::error::{KeysError, Result};
use crate::flow::{CHUNK, Input, InputFate, Output, Written};
use courier_domain::Timestamp;
use courier_domain::step::{OutputFormat, PgpCompression};
use sequoia_openpgp as openpgp;

use openpgp::armor::Kind;
use openpgp::cert::amalgamation::{ValidAmalgamation, ValidateAmalgamation};
use openpgp::policy::StandardPolicy;
use openpgp::serialize::stream::{Armorer, Compressor, Encryptor, LiteralWriter, Message, Recipient, Signer};
use openpgp::types::{CompressionAlgorithm, RevocationStatus, SymmetricAlgorithm};
use std::io::{Read, Write};
use std::path::Path;
use std::time::SystemTime;

/// What to encrypt, to whom.
#[derive(Debug)]
pub struct EncryptRequest<'a> {
    pub input: &'a Path,
    /// Must not exist yet.
    pub output: &'a Path,
    /// At least one.
    pub recipients: &'a [Certificate],
    pub signer: Option<&'a PrivateKey>,
    pub format: OutputFormat,
    pub compression: PgpCompression,
    pub now: Timestamp,
}

/// A finished encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encrypted {
    /// Bytes read.
    pub input_bytes: u64,
    pub output: Written,
}

/// Encrypts a file. The output exists afterwards only if this succeeded; it is 0600.
///
/// # Errors
/// [`KeysError::KeyUnusable`] with the reason, [`KeysError::Io`], [`KeysError::Cancelled`].
pub fn encrypt(request: &EncryptRequest<'_>, control: Control<'_>) -> Result<Encrypted> {
    if request.recipients.is_empty() {
        let message = "Choose at least one key to encrypt to.".into();
        return Err(KeysError::Invalid { field: "recipients", message });
    }
    let policy = StandardPolicy::new();
    let mut recipients = Vec::new();
    for certificate in request.recipients {
        recipients.extend(encryption_keys(certificate, &policy, request.now)?);
    }
    let signer = request.signer.map(|key| signing_key(key, &policy, request.now)).transpose()?;

    let (mut input, fate) = Input::open(request.input, control)?;
    let mut output = Output::create(request.output)?;
    let written: openpgp::Result<u64> = (|| {
        let mut message = Message::new(&mut output);
        if request.format == OutputFormat::Armored {
            message = Armorer::new(message).kind(Kind::Message).build()?;
        }
        message = Encryptor::for_recipients(message, recipients)
            .symmetric_algo(SymmetricAlgorithm::AES256)
            .build()?;
        let algorithm = match request.compression {
            PgpCompression::None => None,
            PgpCompression::Zip => Some(CompressionAlgorithm::Zip),
            PgpCompression::Zlib => Some(CompressionAlgorithm::Zlib),
        };
        if let Some(algorithm) = algorithm {
            message = Compressor::new(message).algo(algorithm).build()?;
        }
        if let Some(signer) = signer {
            let hash = hash_for(&signer);
            message = Signer::new(message, signer)?
                .hash_algo(hash)?
                .creation_time(SystemTime::from(request.now))
                .build()?;
        }
        let mut message = LiteralWriter::new(message).build()?;
        let count = copy(&mut input, &mut message, &fate)?;
        message.finalize()?;
        Ok(count)
    })();
    let input_bytes = finish(written, &fate, &mut output, "encrypted")?;
    Ok(Encrypted { input_bytes, output: output.keep()? })
}

/// Whether files can be encrypted to a certificate now.
///
/// # Errors
/// [`KeysError::KeyUnusable`] with the reason.
pub fn check_recipient(certificate: &Certificate, now: Timestamp) -> Result<()> {
    encryption_keys(certificate, &StandardPolicy::new(), now).map(drop)
}

/// Copies in whole chunks; shorter writes would cost a hash update each. Stops between two of them: of one piece of input,
/// a thousand pieces of output may come.
pub(super) fn copy(from: &mut impl Read, to: &mut impl Write, fate: &InputFate) -> std::io::Result<u64> {
    let mut buffer = vec![0; CHUNK];
    let mut total = 0;
    loop {
        if fate.cancelled() {
            return Err(std::io::Error::other("cancelled"));
        }
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(total);
        }
        to.write_all(&buffer[..count])?;
        total += count as u64;
    }
}

/// Finds the cause that a failed writing really had.
pub(super) fn finish<T>(
    result: openpgp::Result<T>,
    fate: &InputFate,
    output: &mut Output,
    doing: &'static str,
) -> Result<T> {
    match result {
        Ok(_) | Err(_) if fate.cancelled() => Err(KeysError::Cancelled),
        Ok(value) => Ok(value),
        Err(error) => {
            Err(fate.cause().or_else(|| output.cause()).unwrap_or_else(|| KeysError::library(doing, error)))
        }
    }
}

fn encryption_keys<'a>(
    certificate: &'a Certificate,
    policy: &'a StandardPolicy<'a>,
    now: Timestamp,
) -> Result<Vec<Recipient<'a>>> {
    let now = SystemTime::from(now);
    let keys: Vec<Recipient<'a>> = certificate
        .0
        .keys()
        .with_policy(policy, now)
        .supported()
        .alive()
        .revoked(false)
        .for_transport_encryption()
        .for_storage_encryption()
        .map(Recipient::from)
        .collect();
    if !keys.is_empty() && usable(certificate, policy, now).is_ok() {
        return Ok(keys);
    }
    let why = match usable(certificate, policy, now) {
        Err(why) => why,
        Ok(()) => why_none(&certificate.0, policy, now),
    };
    Err(KeysError::KeyUnusable { key: certificate.fingerprint(), purpose: "encrypt", why })
}

/// Why the certificate as a whole cannot be used, in words.
pub(super) fn usable_cert(
    cert: &openpgp::Cert,
    policy: &StandardPolicy<'_>,
    now: SystemTime,
) -> std::result::Result<(), String> {
    let valid = cert.with_policy(policy, now).map_err(|error| format!("{}.", reasons(&error)))?;
    if matches!(valid.revocation_status(), RevocationStatus::Revoked(_)) {
        return Err("it is revoked.".into());
    }
    valid.alive().map_err(|error| match valid.primary_key().key_expiration_time() {
        Some(at) if at <= now => {
            format!("it expired on {}.", super::certificate::timestamp(at).format("%Y-%m-%d"))
        }
        Some(_) | None => format!("{}.", reasons(&error)),
    })
}

fn usable(
    certificate: &Certificate,
    policy: &StandardPolicy<'_>,
    now: SystemTime,
) -> std::result::Result<(), String> {
    usable_cert(&certificate.0, policy, now)
}

/// Why none of its keys serves, in words.
pub(super) fn why_none(cert: &openpgp::Cert, policy: &StandardPolicy<'_>, now: SystemTime) -> String {
    let mut causes = Vec::new();
    for ka in cert.keys() {
        let cause = match ka.clone().with_policy(policy, now) {
            Err(error) => reasons(&error),
            Ok(ka) if matches!(ka.revocation_status(), RevocationStatus::Revoked(_)) => "revoked".into(),
            Ok(ka) => match ka.alive() {
                Err(error) => reasons(&error),
                Ok(()) => continue,
            },
        };
        causes.push(format!("{}: {cause}", ka.key().keyid()));
    }
    if causes.is_empty() { "it has no key for that.".into() } else { format!("{}.", causes.join("; ")) }
}
