//! `pgp.*`: protect and check files with OpenPGP.

use super::declare::{choice, params};
use super::field::PathList;
use crate::PgpKeyId;

choice! { pub enum OutputFormat { Binary = "binary" / "Binary", Armored = "armored" / "Text (armored)" } }
choice! { pub enum PgpCompression { None = "none" / "None", Zip = "zip" / "ZIP", Zlib = "zlib" / "ZLIB" } }
choice! {
    pub enum SignMode {
        Detached = "detached" / "Beside the file",
        Inline = "inline" / "Around the file",
        Clearsign = "clearsign" / "Readable text",
    }
}
choice! {
    /// What `pgp.verify` does about a signature that is not good.
    pub enum OnInvalid { Fail = "fail" / "Fail", Continue = "continue" / "Go on", Quarantine = "quarantine" / "Quarantine" }
}

params! {
    PgpDecrypt, "PGP decrypt", Keys, "lock-open", "Open OpenPGP files, and check who signed them.";
    fields {
        input_path: PathList, LocalPath, "What to decrypt", "Files, a folder or a pattern.";
        output_path: Option<String>, LocalPath, "Where to", "A folder (ending in /) or a file; empty means beside the input, without its ending.";
        private_key_ids: Vec<PgpKeyId>, PgpKeys, "Our keys", "Only these keys; empty means all that can decrypt.", advanced;
        require_signature: bool = false, Switch, "Must be signed", "Fail unless a known key signed the file.";
        signer_key_ids: Vec<PgpKeyId>, PgpKeys, "Signed by", "Fail unless one of these signed; empty means any key in the store.";
    }
    outputs {
        files: FileList, "The decrypted files.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes written.";
        verify_status: Text, "valid, invalid, unknown_signer, expired_key, revoked_key, or empty when nothing was signed.";
        signer_fingerprint: Text, "Who signed the first file.";
        signed_at: Instant, "When the first file was signed.";
    }
}

params! {
    PgpEncrypt, "PGP encrypt", Keys, "lock", "Encrypt files to partners' keys, and sign them.";
    fields {
        input_path: PathList, LocalPath, "What to encrypt", "Files, a folder or a pattern.";
        output_path: Option<String>, LocalPath, "Where to", "A folder (ending in /) or a file; empty means beside the input, with .pgp.";
        recipient_key_ids: RecipientKeys, PgpKeys, "For", "Everyone who shall be able to open the files.";
        signing_key_id: Option<PgpKeyId>, PgpKey, "Sign with", "One of our key pairs; empty means unsigned.";
        output_format: OutputFormat = "binary", Choice, "Form", "Binary, or text that survives mail.";
        compression: PgpCompression = "none", Choice, "Compression", "Before encrypting.", advanced;
    }
    outputs {
        files: FileList, "The encrypted files.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes written.";
    }
}

params! {
    PgpSign, "PGP sign", Keys, "signature", "Sign files with one of our keys.";
    fields {
        input_path: PathList, LocalPath, "What to sign", "Files, a folder or a pattern.";
        signing_key_id: PgpKeyId, PgpKey, "Sign with", "One of our key pairs.";
        mode: SignMode = "detached", Choice, "Signature", "In a file of its own, around the file, or as readable text.";
        output_format: OutputFormat = "armored", Choice, "Form", "Binary, or text that survives mail.", advanced;
    }
    outputs {
        files: FileList, "The signatures, or the signed files.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes read.";
    }
}

params! {
    PgpVerify, "PGP verify", Keys, "shield-check", "Check signatures.";
    fields {
        input_path: PathList, LocalPath, "What to check", "Signed files, or the files that separate signatures belong to.";
        signature_path: Option<String>, LocalPath, "Signature", "Empty means the file's name with .sig or .asc.";
        signer_key_ids: Vec<PgpKeyId>, PgpKeys, "Signed by", "Accept only these signers; empty means any key in the store.";
        on_invalid: OnInvalid = "fail", Choice, "If it is not good", "Fail, go on and report, or move the file away.";
        quarantine_path: Option<String>, LocalPath, "Quarantine", "The folder for files whose signature is not good.", advanced;
    }
    outputs {
        verify_status: Text, "The worst of all: valid, invalid, unknown_signer, expired_key or revoked_key.";
        is_valid: Boolean, "Whether every signature is good.";
        signer_fingerprint: Text, "Who signed the first file.";
        signed_at: Instant, "When the first file was signed.";
        files: FileList, "The files whose signature is good.";
        file_count: Integer, "How many.";
    }
}

/// Whether a step protects with the keys of that field; it reads with all others.
pub fn protects(field: &str) -> bool {
    matches!(field, "recipient_key_ids" | "signing_key_id")
}

/// At least one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientKeys(pub Vec<PgpKeyId>);

impl crate::step::FieldValue for RecipientKeys {
    const TYPE: crate::step::FieldType = crate::step::FieldType::PgpKeyIdList;
    fn from_value(value: &serde_json::Value) -> Result<Self, String> {
        Vec::<PgpKeyId>::from_value(value).map(RecipientKeys)
    }
}
