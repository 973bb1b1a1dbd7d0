//! Guides of `pgp.*`.

use super::StepGuide;
use crate::error::ErrorCode as E;
use crate::step::StepType;
use serde_json::json;

pub(super) fn decrypt() -> StepGuide {
    StepGuide::of("Opens files that were encrypted to one of our keys, and tells who signed them. The content gets its name only after the whole message proved authentic.")
        .when("After a download of .pgp, .gpg or .asc files.")
        .when("If the files must come from a certain partner, choose the partner's key under Signed by: whatever is unsigned or signed by somebody else then fails.")
        .fact("Cut, changed and unprotected messages leave nothing behind.")
        .fact("Revoked keys open nothing. Retired and expired ones still do.")
        .fact("Without Where to each file lies beside its input, without .pgp, .gpg or .asc; one without such an ending gets .decrypted.")
        .fails(E::NoDecryptionKey, "None of our keys opens the file. The message names the keys it was encrypted to.", "Import the private key, or ask the sender to encrypt to ours.")
        .fails(E::MessageDamaged, "The file is cut, was changed, or is no encrypted message.", "Get it again from its sender.")
        .fails(E::SignatureMissing, "It is not signed, and a signature is required.", "Ask the sender to sign, or do not require it.")
        .fails(E::UnknownSigner, "It is signed by a key that is not among the accepted ones.", "Compare the fingerprint with the sender; import that key and accept it if it is right.")
        .fails(E::SignatureInvalid, "The signature does not fit, or its key was expired or revoked.", "Do not use the file. Ask the sender for a fresh one.")
        .fails(E::VaultLocked, "The private keys are in the vault, and it is locked.", "Unlock it. Runs that wait go on; one that has failed can be retried.")
        .fails(E::ArchiveLimit, "The file unpacks to more than `archive.max_compression_ratio` times its size.", "Raise the setting only if you trust the sender.")
        .takes_files()
        .writes_files()
        .example(
            "Decrypt what was fetched; only what the partner signed",
            json!({ "input_path": "{{ steps.download.files }}", "require_signature": true, "signer_key_ids": ["partner"] }),
        )
        .see(&[StepType::PgpVerify, StepType::PgpEncrypt, StepType::FileUnzip])
}

pub(super) fn encrypt() -> StepGuide {
    StepGuide::of("Encrypts files so that only the chosen keys open them, and signs them with one of ours if you like.")
        .when("Before an upload to a partner who gave you a public key.")
        .when("Add one of our own keys under For, if we shall be able to open the files again.")
        .fact("Without Where to the result lies beside its input, with .pgp.")
        .fails(E::KeyUnusable, "A key is retired, revoked, expired or cannot encrypt or sign.", "Choose its successor, or import the partner's newer key. Keys → Move users does that for all jobs.")
        .fails(E::NotFound, "A key is not there any more.", "Choose another one in the step.")
        .fails(E::VaultLocked, "The key that signs is in the vault, and it is locked.", "Unlock it. Runs that wait go on; one that has failed can be retried.")
        .fails(E::Validation, "A result would replace its own input, or two files would have one name.", "Name another folder under Where to.")
        .takes_files()
        .writes_files()
        .example(
            "For a partner, signed by us",
            json!({ "input_path": "{{ steps.pack.archive }}", "recipient_key_ids": ["partner"], "signing_key_id": "ours" }),
        )
        .example(
            "For a partner and ourselves, as text, into a folder",
            json!({ "input_path": "/data/out/*.csv", "output_path": "/data/protected/", "recipient_key_ids": ["partner", "ours"], "output_format": "armored" }),
        )
        .see(&[StepType::PgpSign, StepType::PgpDecrypt, StepType::SftpUpload])
}

pub(super) fn sign() -> StepGuide {
    StepGuide::of("Signs files with one of our keys, so that a partner can tell that they are ours and whole. It hides nothing.")
        .when("When the content is no secret, but must not be changed.")
        .when("To sign and encrypt at once, use PGP encrypt with Sign with.")
        .fact("Beside the file makes a small file of its own; send both.")
        .fails(E::KeyUnusable, "The key is retired, revoked or expired.", "Choose its successor.")
        .fails(E::NotFound, "The key is not there any more.", "Choose another one in the step.")
        .fails(E::VaultLocked, "The key is in the vault, and it is locked.", "Unlock it. Runs that wait go on; one that has failed can be retried.")
        .takes_files()
        .writes_files()
        .example("A signature beside each file", json!({ "input_path": "/data/out/*.csv", "signing_key_id": "ours" }))
        .see(&[StepType::PgpVerify, StepType::PgpEncrypt])
}

pub(super) fn verify() -> StepGuide {
    StepGuide::of("Checks who signed files and whether they are unchanged. It tells valid, invalid, unknown signer, expired key and revoked key apart.")
        .when("For files that are signed but not encrypted. What is encrypted is checked by PGP decrypt.")
        .when("With If it is not good set to Quarantine the good files go on and the others are moved into a folder.")
        .fact("A file without a signature is not good either.")
        .fact("A pattern or folder that finds signatures and their files checks the files.")
        .fact("A readable signed text is all of its file, or it is not valid.")
        .fails(E::SignatureInvalid, "The signature does not fit, there is none, or its key was expired or revoked.", "Do not use the file. Ask the sender for a fresh one.")
        .fails(E::UnknownSigner, "It is signed by a key that is not among the accepted ones.", "Compare the fingerprint with the sender; import that key and accept it if it is right.")
        .fails(E::Validation, "One signature was named for several files, or the folder for Quarantine is missing.", "Leave Signature empty to use the one beside each file; name the folder.")
        .takes_files()
        .example(
            "Put aside what is not good, go on with the rest",
            json!({ "input_path": "/data/in/*.csv", "signer_key_ids": ["partner"], "on_invalid": "quarantine", "quarantine_path": "/data/quarantine/" }),
        )
        .see(&[StepType::PgpDecrypt, StepType::FileChecksum, StepType::FlowIf])
}
