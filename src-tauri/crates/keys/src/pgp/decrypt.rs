//! Decrypting a file, and checking who signed it.
//!
//! Plaintext streams into the output while the message is still unproven, to keep memory bounded; the output is
//! removed unless the whole message proved authentic. Nothing may read it before [`decrypt`] returned `Ok`.

use super::certificate::{Certificate, PrivateKey, reasons};
use super::contained::contained;
use super::encrypt::copy;
use super::expansion::Expansion;
use super::signature::{Findings, Verified, latest, named};
use crate::control::Control;
use crate::error::{KeysError, Result};
use crate::flow::{CHUNK, Input, Output, Written};
use courier_domain::Timestamp;
use courier_domain::receipt::{VerifyResult, VerifyStatus};
use sequoia_openpgp as openpgp;

use openpgp::crypto::SessionKey;
use openpgp::packet::{PKESK, SKESK};
use openpgp::parse::Parse;
use openpgp::parse::stream::{DecryptionHelper, DecryptorBuilder, MessageStructure, VerificationHelper};
use openpgp::policy::StandardPolicy;
use openpgp::types::SymmetricAlgorithm;
use openpgp::{Cert, KeyHandle};
use std::path::Path;

/// Whether an unsigned message will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureRule {
    /// Only a valid signature by one of the signers will do.
    Required,
    /// A signature is checked and reported; only a wrong one is an error.
    Optional,
}

impl SignatureRule {
    /// Whoever names the signers wants one of them to have signed.
    pub const fn of(must_be_signed: bool, signers_are_named: bool) -> Self {
        if must_be_signed || signers_are_named { Self::Required } else { Self::Optional }
    }
}

/// What to decrypt, with which keys.
#[derive(Debug)]
pub struct DecryptRequest<'a> {
    pub input: &'a Path,
    /// A temporary name in a private folder; must not exist yet.
    pub output: &'a Path,
    pub keys: &'a [PrivateKey],
    /// Whose signatures count.
    pub signers: &'a [Certificate],
    /// Keys that their keeper has revoked: their signatures are known, and not good.
    pub revoked: &'a [Certificate],
    pub signature: SignatureRule,
    /// Plaintext bytes for each byte of the message before it is taken for a bomb.
    pub max_ratio: u64,
    pub now: Timestamp,
}

/// A finished decryption.
#[derive(Debug, Clone, PartialEq)]
pub struct Decrypted {
    /// The plaintext.
    pub output: Written,
    /// `None` when the message was not signed.
    pub verify: Option<VerifyResult>,
    /// The check's reason in words, when there was a signature.
    pub detail: Option<String>,
}

/// Decrypts a file. The output exists afterwards only if this succeeded; it is 0600.
///
/// # Errors
/// [`KeysError::NoDecryptionKey`], [`KeysError::NotEncrypted`], [`KeysError::MessageDamaged`],
/// [`KeysError::SignatureMissing`], [`KeysError::SignatureInvalid`], [`KeysError::UnknownSigner`],
/// [`KeysError::Bomb`], [`KeysError::Io`], [`KeysError::Cancelled`].
pub fn decrypt(request: &DecryptRequest<'_>, control: Control<'_>) -> Result<Decrypted> {
    let policy = StandardPolicy::new();
    let (input, fate) = Input::open(request.input, control)?;
    let bounded = Expansion::of(request.input, request.max_ratio)?;
    let mut output = Output::create(request.output)?;
    let mut state = State::default();
    let helper =
        Helper { keys: request.keys, signers: request.signers, revoked: request.revoked, state: &mut state };
    let done = contained(|| {
        let mut decryptor = DecryptorBuilder::from_reader(input)?.buffer_size(CHUNK).with_policy(
            &policy,
            latest(request.now),
            helper,
        )?;
        copy(&mut bounded.reader(&mut decryptor), &mut output, &fate)?;
        if decryptor.message_processed() {
            Ok(())
        } else {
            Err(openpgp::Error::MalformedMessage("it ends too early".into()).into())
        }
    });
    if fate.cancelled() {
        return Err(KeysError::Cancelled);
    }
    if let Err(error) = done {
        let cause = bounded.cause().or_else(|| fate.cause()).or_else(|| output.cause());
        return Err(cause.unwrap_or_else(|| state.explain(request.input, error)));
    }
    let findings = state.findings.take().unwrap_or_default();
    if !findings.encrypted {
        return Err(KeysError::NotEncrypted { path: request.input.to_owned() });
    }
    let verified = accept(findings.signature, request.signature, request.input)?;
    let output = output.keep()?;
    let (verify, detail) = verified.map(|verified| (verified.result, verified.detail)).unzip();
    Ok(Decrypted { output, verify, detail })
}

fn accept(verified: Option<Verified>, rule: SignatureRule, path: &Path) -> Result<Option<Verified>> {
    let path = || path.to_owned();
    let Some(verified) = verified else {
        return match rule {
            SignatureRule::Required => Err(KeysError::SignatureMissing { path: path() }),
            SignatureRule::Optional => Ok(None),
        };
    };
    match (verified.result.status, rule) {
        (VerifyStatus::Valid, _) => Ok(Some(verified)),
        (VerifyStatus::Invalid, _)
        | (VerifyStatus::ExpiredKey | VerifyStatus::RevokedKey, SignatureRule::Required) => {
            Err(KeysError::SignatureInvalid { path: path(), why: verified.detail })
        }
        (VerifyStatus::UnknownSigner, SignatureRule::Required) => Err(KeysError::UnknownSigner {
            path: path(),
            issuer: verified.result.signer_fingerprint.unwrap_or_else(|| "an unnamed key".into()),
        }),
        (
            VerifyStatus::ExpiredKey | VerifyStatus::RevokedKey | VerifyStatus::UnknownSigner,
            SignatureRule::Optional,
        ) => Ok(Some(verified)),
    }
}

/// Whether one of the keys opens a message. Reads its beginning and writes nothing; whether the rest is authentic only
/// [`decrypt`] can tell.
///
/// # Errors
/// [`KeysError::NoDecryptionKey`], [`KeysError::NotEncrypted`], [`KeysError::MessageDamaged`], [`KeysError::Io`].
pub fn opens(input: &Path, keys: &[PrivateKey], now: Timestamp, control: Control<'_>) -> Result<()> {
    let policy = StandardPolicy::new();
    let (reader, fate) = Input::open(input, control)?;
    let mut state = State::default();
    let helper = Helper { keys, signers: &[], revoked: &[], state: &mut state };
    let begun = contained(|| {
        let begun = DecryptorBuilder::from_reader(reader)?.buffer_size(CHUNK);
        begun.with_policy(&policy, latest(now), helper).map(drop)
    });
    if fate.cancelled() {
        return Err(KeysError::Cancelled);
    }
    match begun {
        Err(error) => Err(fate.cause().unwrap_or_else(|| state.explain(input, error))),
        Ok(()) if !state.encrypted => Err(KeysError::NotEncrypted { path: input.to_owned() }),
        Ok(()) => Ok(()),
    }
}

/// What is known when sequoia gives up; it keeps the helper then.
#[derive(Debug, Default)]
struct State {
    recipients: Vec<String>,
    /// A key of ours was among the recipients.
    ours: bool,
    encrypted: bool,
    opened: bool,
    findings: Option<Findings>,
}

impl State {
    fn explain(&self, path: &Path, error: impl Into<crate::error::Cause>) -> KeysError {
        let path = path.to_owned();
        if self.encrypted && !self.opened && !self.ours {
            let recipients = if self.recipients.is_empty() {
                "a passphrase only".to_owned()
            } else {
                self.recipients.join(", ")
            };
            return KeysError::NoDecryptionKey { path, recipients };
        }
        let source = error.into();
        KeysError::MessageDamaged { path, why: reasons(&source), source: Some(source) }
    }
}

struct Helper<'a> {
    keys: &'a [PrivateKey],
    signers: &'a [Certificate],
    revoked: &'a [Certificate],
    state: &'a mut State,
}

impl VerificationHelper for Helper<'_> {
    fn get_certs(&mut self, ids: &[KeyHandle]) -> openpgp::Result<Vec<Cert>> {
        Ok(named(self.signers.iter().chain(self.revoked), ids))
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> openpgp::Result<()> {
        self.state.findings = Some(Findings::read(&structure, self.revoked));
        Ok(())
    }
}

impl DecryptionHelper for Helper<'_> {
    fn decrypt(
        &mut self,
        pkesks: &[PKESK],
        _: &[SKESK],
        algorithm: Option<SymmetricAlgorithm>,
        decrypt: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> openpgp::Result<Option<Cert>> {
        self.state.encrypted = true;
        for pkesk in pkesks {
            let recipient = pkesk.recipient();
            self.state
                .recipients
                .push(recipient.as_ref().map_or_else(|| "a hidden recipient".into(), KeyHandle::to_hex));
            for key in self.keys {
                // Old messages must stay readable: expiry, flags and policy do not matter for opening.
                for ka in key.0.keys().unencrypted_secret() {
                    if recipient.as_ref().is_some_and(|id| !id.aliases(ka.key().key_handle())) {
                        continue;
                    }
                    self.state.ours |= recipient.is_some();
                    let Ok(mut pair) = ka.key().clone().into_keypair() else { continue };
                    let opened = pkesk
                        .decrypt(&mut pair, algorithm)
                        .is_some_and(|(algorithm, session_key)| decrypt(algorithm, &session_key));
                    if opened {
                        self.state.opened = true;
                        return Ok(Some(key.0.clone()));
                    }
                }
            }
        }
        Ok(None)
    }
}
