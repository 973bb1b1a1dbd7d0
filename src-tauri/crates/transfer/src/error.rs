//! What can go wrong while a server is reached or a file moves. Messages say what failed, on what, and what to do;
//! they never hold a secret. The cause is kept as the error's source.

use crate::certificate::{CertificateProblem, TlsCertificate};
use courier_domain::{ErrorCode, Retry};
use std::path::PathBuf;

/// A library's own error, kept as the cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// With an end, if it has none.
fn sentence(text: &str) -> String {
    let has_end = text.ends_with(['.', '?', '!', '…']);
    if has_end { text.to_owned() } else { format!("{text}.") }
}

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error(
        "The name {host} cannot be resolved. Check the spelling of the host, and this machine's network and DNS."
    )]
    DnsFailed {
        host: String,
        #[source]
        cause: Option<Cause>,
    },
    #[error("{address} refuses connections. Check host and port, and that the server is running.")]
    Refused {
        address: String,
        #[source]
        cause: Cause,
    },
    #[error("{address} cannot be reached: {reason}. Check host, port and network.")]
    Unreachable {
        address: String,
        reason: String,
        #[source]
        cause: Cause,
    },
    #[error(
        "{address} did not answer within {seconds} s ({doing}). Check host, port and firewalls, or raise the connect timeout."
    )]
    ConnectTimeout { address: String, doing: String, seconds: u64 },
    #[error("The connection to the server was lost while {doing}.")]
    Lost {
        doing: String,
        #[source]
        cause: Option<Cause>,
    },
    #[error("The connection {name} is disabled. Enable it to use it.")]
    Disabled { name: String },
    #[error("{0}")]
    Unsupported(String),
    #[error("The server broke the protocol while {doing}: {}", sentence(.detail))]
    Protocol { doing: String, detail: String },
    #[error(
        "Courier and the server have no {kind} algorithm in common. Ours: {ours}. The server's: {theirs}. Adjust the connection's SSH algorithms, or ask the server's owner to enable a current one."
    )]
    NoCommonAlgorithm { kind: String, ours: String, theirs: String },
    #[error(
        "The connection's list of {kind} algorithms has the unknown name `{name}`. Remove it or correct it."
    )]
    UnknownAlgorithm { kind: String, name: String },
    #[error(
        "The host key {presented} is not known yet and the connection's policy asks for a fingerprint first. Compare it with the server's owner, then trust it."
    )]
    HostKeyUnknown { presented: String, key_type: String },
    #[error("The server's host key has changed: expected {}, got {presented} ({key_type}). Nothing was sent. Ask the server's owner whether the key was replaced; only then trust the new one.", .expected.join(" or "))]
    HostKeyChanged { expected: Vec<String>, presented: String, key_type: String },
    #[error("The server presents the host key {presented}, which was revoked here. Nothing was sent.")]
    HostKeyRevoked { presented: String },
    #[error(
        "The connection trusts any server, and the setting security.insecure_trust_allowed does not permit that. Use another policy, or change the setting."
    )]
    InsecureTrustRefused,
    #[error("Its certificate is not trusted: {problem} {} Nothing was sent.", .certificate.in_short())]
    CertificateUntrusted { problem: CertificateProblem, certificate: Box<TlsCertificate> },
    #[error(
        "The server's certificate is another than the pinned one: expected {expected}, got {}. {} Nothing was sent. Ask the server's owner whether it was replaced; only then pin the new one.", .certificate.thumbprint, .certificate.in_short()
    )]
    CertificateChanged { expected: String, certificate: Box<TlsCertificate> },
    #[error("TLS could not be set up: {detail}")]
    TlsFailed {
        detail: String,
        #[source]
        cause: Option<Cause>,
    },
    #[error("The proxy {proxy} did not let the connection through: {detail}")]
    ProxyFailed {
        proxy: String,
        detail: String,
        #[source]
        cause: Option<Cause>,
    },
    #[error("The jump host {host} cannot be used: {cause}")]
    JumpFailed {
        host: String,
        #[source]
        cause: Box<TransferError>,
    },
    #[error("The host key could not be recorded, so the connection was not made: {detail}")]
    TrustNotRecorded { detail: String, code: ErrorCode },
    #[error("{detail}")]
    AuthenticationFailed { detail: String },
    /// The server has as many sessions as it takes.
    #[error(
        "{host} takes no further session (it said `{detail}`). Try again later, or lower the connection's session limit."
    )]
    Crowded { host: String, detail: String },
    #[error("The connection has no {what} to log in with. Enter one.")]
    CredentialMissing { what: String },
    #[error("Permission denied: {path}. Check the rights of the user on it.")]
    PermissionDenied {
        path: String,
        #[source]
        cause: Option<Cause>,
    },
    #[error("Not found: {path}")]
    NotFound { path: String },
    #[error("Not a folder: {path}.")]
    NotAFolder { path: String },
    #[error("A folder, not a file: {path}.")]
    IsAFolder { path: String },
    #[error("Not a regular file: {path}. Only files can be moved, no pipes, sockets or devices.")]
    NotAFile { path: String },
    #[error("Already there: {path}.")]
    AlreadyExists { path: String },
    #[error("No space left for {path}. Free some space, then run again.")]
    DiskFull {
        path: String,
        #[source]
        cause: Option<Cause>,
    },
    #[error("The name {name} is not safe to use here: {reason}")]
    UnsafeName { name: String, reason: String },
    #[error("The pattern {pattern} cannot be read: {detail}")]
    BadPattern { pattern: String, detail: String },
    #[error("The file {path} changed while it was being transferred; nothing was published.")]
    SourceChanged { path: String },
    #[error("The file {path} did not verify: {detail}. Nothing was published.")]
    VerificationFailed { path: String, detail: String },
    #[error("The listing of {path} has more than {limit} {unit}. Narrow the path.")]
    TooLarge { path: String, limit: u64, unit: String },
    #[error("The server failed on {path} while {doing}: {message}")]
    Server { path: String, doing: String, message: String },
    #[error("{doing} {path} failed: {cause}")]
    Local {
        doing: String,
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error(
        "No progress for {seconds} s while {doing}. The server may be overloaded; otherwise raise the operation timeout."
    )]
    Timeout { doing: String, seconds: u64 },
    #[error("Cancelled.")]
    Cancelled,
    #[error("Another node has taken this run over; nothing was published.")]
    LeaseLost,
    #[error("{message}")]
    NotPublished {
        message: String,
        code: ErrorCode,
        #[source]
        cause: Option<Cause>,
    },
    #[error("An internal fault stopped the transfer: {detail}")]
    Internal { detail: String },
}

impl TransferError {
    pub fn code(&self) -> ErrorCode {
        use TransferError as E;
        match self {
            E::DnsFailed { .. } => ErrorCode::DnsFailed,
            E::Refused { .. } => ErrorCode::ConnectionRefused,
            E::Unreachable { .. } | E::ConnectTimeout { .. } | E::Timeout { .. } => {
                ErrorCode::ConnectionTimeout
            }
            E::Lost { .. } | E::Crowded { .. } => ErrorCode::ConnectionLost,
            E::Disabled { .. } => ErrorCode::ConnectionDisabled,
            E::Unsupported(_) | E::NotAFile { .. } => ErrorCode::Unsupported,
            E::Protocol { .. } | E::TooLarge { .. } => ErrorCode::ProtocolError,
            E::NoCommonAlgorithm { .. } => ErrorCode::NoCommonAlgorithm,
            E::UnknownAlgorithm { .. } | E::BadPattern { .. } => ErrorCode::Validation,
            E::HostKeyUnknown { .. } => ErrorCode::HostKeyUnknown,
            E::HostKeyChanged { .. } => ErrorCode::HostKeyChanged,
            E::HostKeyRevoked { .. } => ErrorCode::HostKeyRevoked,
            E::CertificateUntrusted { .. } => ErrorCode::CertificateUntrusted,
            E::CertificateChanged { .. } => ErrorCode::CertificateChanged,
            E::TlsFailed { .. } => ErrorCode::TlsFailed,
            E::ProxyFailed { .. } => ErrorCode::ProxyFailed,
            E::JumpFailed { cause, .. } => cause.code(),
            E::InsecureTrustRefused => ErrorCode::InsecureTrustRefused,
            E::TrustNotRecorded { code, .. } | E::NotPublished { code, .. } => *code,
            E::AuthenticationFailed { .. } => ErrorCode::AuthenticationFailed,
            E::CredentialMissing { .. } => ErrorCode::SecretMissing,
            E::PermissionDenied { .. } => ErrorCode::PermissionDenied,
            E::NotFound { .. } => ErrorCode::FileNotFound,
            E::AlreadyExists { .. } | E::NotAFolder { .. } | E::IsAFolder { .. } => ErrorCode::AlreadyExists,
            E::DiskFull { .. } => ErrorCode::DiskFull,
            E::UnsafeName { .. } => ErrorCode::UnsafeName,
            E::SourceChanged { .. } => ErrorCode::SourceChanged,
            E::VerificationFailed { .. } => ErrorCode::VerificationFailed,
            E::Server { .. } | E::Local { .. } => ErrorCode::IoFailed,
            E::Cancelled => ErrorCode::Cancelled,
            E::LeaseLost => ErrorCode::LeaseLost,
            E::Internal { .. } => ErrorCode::Internal,
        }
    }

    pub fn retry(&self) -> Retry {
        self.code().retry()
    }

    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, TransferError::Lost { .. })
    }

    /// A failure of the local disk, sorted by what a person can do about it.
    pub(crate) fn local(doing: &str, path: impl Into<PathBuf>, cause: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.into();
        let shown = path.display().to_string();
        match cause.kind() {
            ErrorKind::NotFound => TransferError::NotFound { path: shown },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                TransferError::PermissionDenied { path: shown, cause: Some(Box::new(cause)) }
            }
            ErrorKind::AlreadyExists => TransferError::AlreadyExists { path: shown },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                TransferError::DiskFull { path: shown, cause: Some(Box::new(cause)) }
            }
            ErrorKind::IsADirectory => TransferError::IsAFolder { path: shown },
            _ => TransferError::Local { doing: doing.to_owned(), path, cause },
        }
    }
}
