//! Keys as the key store keeps them: metadata here, material sealed.

mod life;

pub use life::{PgpKeyEvent, SuccessorRefused, check_successor, newest_successor};

use crate::connection::Sealed;
use crate::macros::text_enum;
use crate::{PgpKeyId, SshKeyId, Timestamp};
use serde::Serialize;
use specta::Type;

text_enum! {
    pub enum PgpAlgorithm {
        Rsa2048 = "rsa_2048", Rsa3072 = "rsa_3072", Rsa4096 = "rsa_4096",
        EccCurve25519 = "ecc_curve25519", EccP256 = "ecc_p256", EccP384 = "ecc_p384",
    }
}
text_enum! { pub enum PgpKeyType { PublicOnly = "public_only", KeyPair = "key_pair" } }
text_enum! {
    pub enum PgpKeyStatus {
        Active = "active", Expiring = "expiring", Retired = "retired", Revoked = "revoked", Deleted = "deleted",
    }
}
text_enum! {
    pub enum SshKeyType {
        Rsa2048 = "rsa_2048", Rsa3072 = "rsa_3072", Rsa4096 = "rsa_4096",
        Ed25519 = "ed25519", Ecdsa256 = "ecdsa_256",
    }
}
text_enum! { pub enum SshKeyStatus { Active = "active", Retired = "retired", Deleted = "deleted" } }

text_enum! {
    /// Why a key is revoked, as OpenPGP tells it (RFC 4880, section 5.2.3.23).
    pub enum RevocationReason {
        Unspecified = "unspecified", Compromised = "compromised", Superseded = "superseded", Unused = "unused",
    }
}

impl PgpKeyStatus {
    /// May make new signatures and be encrypted to.
    pub const fn may_protect(self) -> bool {
        matches!(self, PgpKeyStatus::Active | PgpKeyStatus::Expiring)
    }
    /// May still open and check what was made before.
    pub const fn may_read(self) -> bool {
        matches!(self, PgpKeyStatus::Active | PgpKeyStatus::Expiring | PgpKeyStatus::Retired)
    }
}

/// An OpenPGP key of ours, or a partner's certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct PgpKey {
    pub id: PgpKeyId,
    pub name: String,
    /// Upper-case hex; 40 characters for version 4 certificates.
    pub fingerprint: String,
    /// The last 16 hex characters of the fingerprint.
    pub short_key_id: String,
    pub algorithm: PgpAlgorithm,
    pub key_type: PgpKeyType,
    pub purpose: Option<String>,
    pub status: PgpKeyStatus,
    /// ASCII-armored certificate.
    pub public_key_data: String,
    #[serde(skip)]
    #[specta(skip)]
    pub private_key_data: Option<Sealed>,
    /// The seed's name; holds the sealed passphrase, so that jobs can use the key unattended.
    #[serde(skip)]
    #[specta(skip)]
    pub passphrase_hash: Option<Sealed>,
    pub expires_at: Option<Timestamp>,
    pub successor_key_id: Option<PgpKeyId>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
    /// The certificate's user ids, most important first.
    pub user_ids: Vec<String>,
    /// Revokes the key when it is published. Made with the key; absent for partners' keys.
    #[serde(skip)]
    #[specta(skip)]
    pub revocation_certificate: Option<Sealed>,
}

/// An SSH key pair that connections log in with.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct SshKey {
    pub id: SshKeyId,
    pub name: String,
    pub key_type: SshKeyType,
    /// One line in OpenSSH's format: type, base64, comment.
    pub public_key_data: String,
    #[serde(skip)]
    #[specta(skip)]
    pub private_key_data: Sealed,
    /// The seed's name; holds the sealed passphrase when the private key keeps its own encryption.
    #[serde(skip)]
    #[specta(skip)]
    pub passphrase_hash: Option<Sealed>,
    /// `SHA256:…` as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    pub status: SshKeyStatus,
    pub notes: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
}
