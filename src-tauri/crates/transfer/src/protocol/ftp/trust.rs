//! The server's certificate, judged inside the TLS handshake: nothing about the user leaves before.
//!
//! `system_trust` asks the platform, `pinned_thumbprint` compares the leaf, `insecure` takes what comes and is told
//! each time. A data connection must show the very certificate of its control connection, unless it resumes its
//! session, which proves the same. Left out: revocation beyond what the platform does.

use crate::{CertificateProblem, TlsCertificate, TransferError, escaped};
use courier_domain::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Whom a connection trusts.
#[derive(Debug, Clone)]
pub(crate) enum Policy {
    System(Arc<dyn ServerCertVerifier>),
    /// Lower-case hex of the leaf's SHA-256.
    Pinned(String),
    Insecure,
}

/// What the handshake showed of the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) certificate: Option<TlsCertificate>,
    pub(crate) is_accepted: bool,
    /// Why it was refused.
    refused: Option<Refused>,
}

#[derive(Debug, Clone)]
enum Refused {
    Pin { expected: String },
    Because(CertificateProblem),
}

/// What rustls asks about certificates; one for each control connection and its data connections.
#[derive(Debug)]
pub(crate) struct Judge {
    policy: Policy,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

impl Judge {
    pub(crate) fn new(policy: Policy, provider: Arc<CryptoProvider>) -> Self {
        Self { policy, provider, seen: Mutex::default() }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the certificate was refused; `None` if it was not.
    pub(crate) fn refusal(&self) -> Option<TransferError> {
        let seen = self.seen();
        let certificate = Box::new(seen.certificate?);
        Some(match seen.refused? {
            Refused::Pin { expected } => TransferError::CertificateChanged { expected, certificate },
            Refused::Because(problem) => TransferError::CertificateUntrusted { problem, certificate },
        })
    }

    fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), TlsError> {
        let thumbprint = hex::encode(Sha256::digest(leaf.as_ref()));
        let refuse = TlsError::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_accepted && seen.certificate.as_ref().is_some_and(|c| c.thumbprint == thumbprint) {
            return Ok(());
        }
        let certificate = read(leaf, thumbprint).ok_or(CertificateError::BadEncoding)?;
        let judged = match &self.policy {
            _ if seen.is_accepted => {
                let words = "the data connection shows another one than the control connection";
                Err((refuse, Refused::Because(CertificateProblem::Other(words.to_owned()))))
            }
            Policy::Insecure => Ok(()),
            Policy::Pinned(expected) if *expected == certificate.thumbprint => Ok(()),
            Policy::Pinned(expected) => Err((refuse, Refused::Pin { expected: expected.clone() })),
            Policy::System(platform) => match platform.verify_server_cert(leaf, chain, name, ocsp, now) {
                Ok(_) => Ok(()),
                Err(error) => {
                    let problem = why(&error, &certificate, &name.to_str(), now);
                    Err((error, Refused::Because(problem)))
                }
            },
        };
        seen.certificate = Some(certificate);
        seen.is_accepted = judged.is_ok();
        judged.map_err(|(error, refused)| {
            seen.refused = Some(refused);
            error
        })
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.judge(leaf, chain, name, ocsp, now).map(|()| ServerCertVerified::assertion())
    }

    // Whatever the policy, the server must prove that the certificate is its own.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, leaf, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, leaf, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The plainest cause first: a certificate that is both expired and unknown is old before all.
fn why(error: &TlsError, certificate: &TlsCertificate, host: &str, now: UnixTime) -> CertificateProblem {
    use CertificateError as C;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now > certificate.not_after.timestamp() {
        return CertificateProblem::Expired;
    }
    if now < certificate.not_before.timestamp() {
        return CertificateProblem::NotYetValid;
    }
    let TlsError::InvalidCertificate(error) = error else {
        return CertificateProblem::Other(error.to_string());
    };
    match error {
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            CertificateProblem::WrongHost { asked: host.to_owned(), names: certificate.names.clone() }
        }
        C::Revoked => CertificateProblem::Revoked,
        C::UnknownIssuer => CertificateProblem::UnknownIssuer,
        // Of itself, whatever else may be odd about it.
        _ if certificate.subject == certificate.issuer => CertificateProblem::UnknownIssuer,
        other => CertificateProblem::Other(other.to_string()),
    }
}

fn read(leaf: &CertificateDer<'_>, thumbprint: String) -> Option<TlsCertificate> {
    let (_, parsed) = X509Certificate::from_der(leaf.as_ref()).ok()?;
    let at = |seconds: i64| -> Option<Timestamp> { chrono::DateTime::from_timestamp(seconds, 0) };
    let alternatives = parsed.subject_alternative_name().ok().flatten();
    let names = alternatives.map(|found| found.value.general_names.iter().filter_map(shown).collect());
    Some(TlsCertificate {
        subject: escaped(&parsed.subject().to_string()),
        issuer: escaped(&parsed.issuer().to_string()),
        names: names.unwrap_or_default(),
        not_before: at(parsed.validity().not_before.timestamp())?,
        not_after: at(parsed.validity().not_after.timestamp())?,
        thumbprint,
    })
}

fn shown(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(escaped(name)),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|b| std::net::Ipv4Addr::from(b).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|b| std::net::Ipv6Addr::from(b).to_string()),
        },
        _ => None,
    }
}
