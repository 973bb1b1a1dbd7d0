//! OpenPGP. The only place that knows sequoia.
//!
//! What goes out is what partners can read: AES-256, no compression unless asked, integrity protection of version 1
//! unless every recipient's certificate says it takes version 2. What comes in is judged by sequoia's standard policy,
//! which refuses SHA-1 over data and short keys; its reasons are passed on.

mod certificate;
mod cleartext;
mod contained;
mod decrypt;
mod encrypt;
mod expansion;
mod export;
mod generate;
mod import;
mod merge;
mod revoke;
mod sign;
mod signature;
mod verify;

#[cfg(test)]
mod guard_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod interop_tests;
#[cfg(test)]
mod matrix_tests;
#[cfg(test)]
mod testing;

pub use certificate::{Certificate, KeyInfo, PrivateKey, Standing};
pub use decrypt::{DecryptRequest, Decrypted, SignatureRule, decrypt, opens};
pub use encrypt::{EncryptRequest, Encrypted, check_recipient, encrypt};
pub use export::{export_private, export_public};
pub use generate::{GeneratedPgp, PgpKeySpec, generate};
pub use import::{Import, ImportedPgp, Refused, import};
pub use merge::merged;
pub use revoke::{make_revocation, revoked};
pub use sign::{SignRequest, Signed, check_signer, sign};
pub use signature::Verified;
pub use verify::{VerifyRequest, is_detached_signature, verify};
