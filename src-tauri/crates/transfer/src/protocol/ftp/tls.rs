//! TLS for one control connection and its data connections: versions, the session store that servers demand to be
//! resumed from, and what a failing handshake means.
//!
//! Invariant: data connections use the configuration, and so the session store, of their control connection.

use super::error::hung_up;
use super::trust::{Judge, Policy};
use super::wire::{Gulp, Protected};
use crate::{Target, TransferError};
use courier_domain::connection::{TlsCertPolicy, TlsVersion, normal_thumbprint};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{
    AlertDescription, ClientConfig, Error as TlsError, HandshakeKind, PeerIncompatible, ProtocolVersion,
    SupportedProtocolVersion, version,
};
use std::sync::Arc;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Sessions that may be resumed by one control connection.
const SESSIONS: usize = 32;

const TOO_OLD: &str = "the server only speaks TLS 1.0 or 1.1 (or an even older SSL), which Courier does not. Ask its owner for TLS 1.2 or newer.";
const NOT_13: &str = "the server does not speak TLS 1.3, the lowest version that the connection allows. Allow 1.2, or ask the server's owner for 1.3.";
const NOT_12: &str = "the server does not speak TLS 1.2, the only version that the connection allows with it. Check the connection's lowest and highest version.";
const NO_COMMON: &str =
    "the server and Courier have no cipher in common. Ask its owner for a current TLS configuration.";
const NOT_TLS: &str = "the server does not answer in TLS. Where it begins in clear, choose explicit TLS; otherwise check the port.";

static BOTH: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];
static ONLY_13: &[&SupportedProtocolVersion] = &[&version::TLS13];
static ONLY_12: &[&SupportedProtocolVersion] = &[&version::TLS12];

/// How a connection begins TLS; control connections are made from it.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    policy: Policy,
    provider: Arc<CryptoProvider>,
    server: ServerName<'static>,
    floor: TlsVersion,
    ceiling: TlsVersion,
}

/// Whether TLS 1.3 is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newest {
    Tls13,
    Tls12,
}

/// TLS of one control connection.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
    server: ServerName<'static>,
    /// What is said when the server speaks no version that this offers.
    no_version: &'static str,
    pub(crate) judge: Arc<Judge>,
}

/// What two sides agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) version: String,
    pub(crate) cipher: String,
    pub(crate) key_exchange: Option<String>,
    pub(crate) is_tls13: bool,
}

/// Whether the module under TLS is one that was validated for FIPS 140, by its own word.
pub fn is_fips() -> bool {
    aws_lc_rs::default_provider().fips()
}

impl Recipe {
    /// Reads the connection's fields and, where it trusts them, the platform's certificates.
    pub(crate) async fn of(target: &Target) -> Result<Self, TransferError> {
        let connection = &target.connection;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let policy = match connection.tls_cert_policy {
            TlsCertPolicy::SystemTrust => Policy::System(platform(Arc::clone(&provider)).await?),
            TlsCertPolicy::PinnedThumbprint => {
                let pin = connection.tls_pinned_thumbprint.as_deref().and_then(normal_thumbprint);
                Policy::Pinned(pin.ok_or_else(|| failed("the connection pins a certificate and has no thumbprint of 64 hex digits. Enter the certificate's SHA-256."))?)
            }
            TlsCertPolicy::Insecure => Policy::Insecure,
        };
        let host = crate::net::bare(&connection.host).to_owned();
        let server = ServerName::try_from(host.clone())
            .map_err(|_| failed(&format!("{host} is no name that a certificate could be for.")))?;
        let floor = connection.tls_version_floor.unwrap_or(TlsVersion::Tls12);
        let ceiling = connection.tls_version_ceiling.unwrap_or(TlsVersion::Tls13);
        Ok(Self { policy, provider, server, floor, ceiling })
    }

    /// Configuration and session store for one control connection.
    pub(crate) fn make(&self, newest: Newest) -> Result<Tls, TransferError> {
        let takes_12 = match self.floor {
            // Neither is spoken here, so the floor is 1.2 in fact.
            TlsVersion::Tls10 | TlsVersion::Tls11 | TlsVersion::Tls12 => true,
            TlsVersion::Tls13 => false,
        };
        let takes_13 = match self.ceiling {
            TlsVersion::Tls10 | TlsVersion::Tls11 => {
                return Err(failed(
                    "the connection allows nothing newer than TLS 1.1, which Courier does not speak. Allow 1.2.",
                ));
            }
            TlsVersion::Tls12 => false,
            TlsVersion::Tls13 => newest == Newest::Tls13,
        };
        let (versions, no_version) = match (takes_12, takes_13) {
            (true, true) => (BOTH, TOO_OLD),
            (false, true) => (ONLY_13, NOT_13),
            (true, false) => (ONLY_12, NOT_12),
            (false, false) => {
                return Err(failed(
                    "the connection demands TLS 1.3, and this server can only be used with 1.2: it does not let the data connections of a 1.3 session go on. Set the lowest version to 1.2.",
                ));
            }
        };
        let judge = Arc::new(Judge::new(self.policy.clone(), Arc::clone(&self.provider)));
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(versions)
            .map_err(|error| failed(&error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&judge) as _)
            .with_no_client_auth();
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok(Tls { config: Arc::new(config), server: self.server.clone(), no_version, judge })
    }

    /// Whether the connection asks for a lowest version that Courier is above anyway.
    pub(crate) fn floor_is_below(&self) -> bool {
        matches!(self.floor, TlsVersion::Tls10 | TlsVersion::Tls11)
    }
}

impl Tls {
    /// The handshake, with the certificate's judgement in it.
    pub(crate) async fn begin(
        &self,
        stream: TcpStream,
        gulp: Gulp,
        doing: &str,
    ) -> Result<Protected, TransferError> {
        let stream = BufReader::with_capacity(gulp as usize, stream);
        let connector = TlsConnector::from(Arc::clone(&self.config));
        match connector.connect(self.server.clone(), stream).await {
            Ok(stream) => Ok(stream),
            Err(error) => Err(self.judge.refusal().unwrap_or_else(|| self.broken(error, doing))),
        }
    }

    /// A handshake that did not come to an end, for another reason than the certificate.
    fn broken(&self, error: std::io::Error, doing: &str) -> TransferError {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
        let detail = match tls {
            None => return hung_up(&format!("{doing} (in the TLS handshake)"), Some(error)),
            Some(TlsError::AlertReceived(AlertDescription::ProtocolVersion)) => self.no_version.to_owned(),
            Some(TlsError::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled,
            )) => self.no_version.to_owned(),
            Some(TlsError::AlertReceived(
                AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity,
            )) => NO_COMMON.to_owned(),
            Some(TlsError::PeerIncompatible(_)) => NO_COMMON.to_owned(),
            Some(TlsError::InvalidMessage(_)) => NOT_TLS.to_owned(),
            Some(other) => format!("the handshake failed while {doing}: {other}"),
        };
        TransferError::TlsFailed { detail, cause: Some(Box::new(error)) }
    }
}

/// What the handshake came to.
pub(crate) fn agreed(stream: &Protected) -> Agreed {
    let session = stream.get_ref().1;
    let version = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = session.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite())).unwrap_or_default();
    let group = session.negotiated_key_exchange_group().map(|g| format!("{:?}", g.name()));
    Agreed {
        is_tls13: session.protocol_version() == Some(ProtocolVersion::TLSv1_3),
        version,
        cipher,
        key_exchange: group,
    }
}

/// Whether a data connection resumed its control connection's session.
pub(crate) fn is_resumed(stream: &Protected) -> bool {
    stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
}

async fn platform(
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::client::danger::ServerCertVerifier>, TransferError> {
    // Reads files.
    let made = tokio::task::spawn_blocking(move || rustls_platform_verifier::Verifier::new(provider)).await;
    match made {
        Ok(Ok(verifier)) => Ok(Arc::new(verifier)),
        Ok(Err(error)) => Err(TransferError::TlsFailed {
            detail: "this machine has no certificates of authorities to trust. Install its ca-certificates, or pin the server's certificate.".to_owned(),
            cause: Some(Box::new(error)),
        }),
        Err(panic) => Err(TransferError::Internal { detail: panic.to_string() }),
    }
}

fn failed(detail: &str) -> TransferError {
    TransferError::TlsFailed { detail: detail.to_owned(), cause: None }
}
