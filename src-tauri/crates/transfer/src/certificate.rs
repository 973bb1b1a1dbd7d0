//! A server's TLS certificate as people see it, and what can be wrong with it. Checking one is the protocol's matter.

use courier_domain::Timestamp;
use serde::{Deserialize, Serialize};
use specta::Type;

/// What a certificate says of itself; nothing of it is proven by being here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TlsCertificate {
    /// Distinguished names as text, control characters escaped.
    pub subject: String,
    pub issuer: String,
    /// DNS names and addresses that it is for.
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// SHA-256 of the certificate, 64 lower-case hexadecimal digits.
    pub thumbprint: String,
}

impl TlsCertificate {
    /// One sentence that lets a person recognise it.
    pub(crate) fn in_short(&self) -> String {
        format!(
            "It is for {}, issued by {}, valid from {} to {}, SHA-256 {}.",
            self.subject,
            self.issuer,
            self.not_before.format("%Y-%m-%d"),
            self.not_after.format("%Y-%m-%d"),
            self.thumbprint
        )
    }
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateProblem {
    Expired,
    NotYetValid,
    /// It is for other servers than the one asked for.
    WrongHost {
        asked: String,
        /// Those that it is for.
        names: Vec<String>,
    },
    /// Self-signed, or of an issuer that this machine does not know.
    UnknownIssuer,
    Revoked,
    /// In the library's words.
    Other(String),
}

impl std::fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CertificateProblem::Expired => f.write_str("it has expired. Ask the server's owner to renew it."),
            CertificateProblem::NotYetValid => {
                f.write_str("it is not valid yet. Check this machine's clock, then ask the server's owner.")
            }
            CertificateProblem::WrongHost { asked, names } => write!(
                f,
                "it is not for {asked} but for {}. Check the connection's host, or pin the certificate after comparing its thumbprint.",
                if names.is_empty() { "no host at all".to_owned() } else { names.join(", ") }
            ),
            CertificateProblem::UnknownIssuer => f.write_str(
                "no authority that this machine trusts has issued it. Compare its thumbprint with the server's owner and pin it, or install the authority.",
            ),
            CertificateProblem::Revoked => f.write_str("its issuer has revoked it. Ask the server's owner for a new one."),
            CertificateProblem::Other(detail) => write!(f, "{detail}."),
        }
    }
}
