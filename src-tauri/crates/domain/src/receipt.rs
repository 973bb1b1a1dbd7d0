//! Progress while a file moves, and the proof afterwards.

use crate::macros::text_enum;
use crate::{ConnectionId, JobExecutionId, ReceiptId, StepExecutionId, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How far a step is. Rates are bytes per second over the last seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct TransferProgress {
    pub bytes_transferred: u64,
    pub total_bytes: Option<u64>,
    pub current_file: Option<String>,
    pub transfer_rate_bytes_per_sec: f64,
}

text_enum! { pub enum Direction { Download = "download", Upload = "upload" } }
text_enum! {
    /// What was compared at the end of a transfer.
    pub enum Verification { Size = "size", Sha256 = "sha256" }
}

/// The stored proof of one file's transfer.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Receipt {
    pub id: ReceiptId,
    pub job_execution_id: JobExecutionId,
    pub step_execution_id: StepExecutionId,
    pub connection_id: ConnectionId,
    pub direction: Direction,
    pub remote_path: String,
    pub local_path: String,
    pub size: u64,
    /// Lower-case hex, of the bytes that were moved.
    pub sha256: String,
    pub started_at: Timestamp,
    pub completed_at: Timestamp,
    /// Bytes that were there from an earlier attempt and proved good.
    pub resumed_bytes: u64,
    pub verified_by: Verification,
    /// The server's host key fingerprint or certificate thumbprint.
    pub server_identity: String,
    /// When the source had last changed; tells whether a file on a server is the one that was fetched.
    pub source_modified_at: Option<Timestamp>,
}

text_enum! {
    /// The seed's VerifyResult status.
    pub enum VerifyStatus {
        Valid = "valid", Invalid = "invalid", UnknownSigner = "unknown_signer",
        ExpiredKey = "expired_key", RevokedKey = "revoked_key",
    }
}

/// The outcome of checking a signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct VerifyResult {
    pub is_valid: bool,
    pub status: VerifyStatus,
    pub signer_fingerprint: Option<String>,
    pub signature_timestamp: Option<Timestamp>,
}
