//! Courier's keys: OpenPGP and SSH keys are made, read and written here, and files are encrypted, decrypted, signed and
//! verified with them.
//!
//! Left out: where keys are stored and sealed, which of them may be used (their status), and where files finally go.
//! All calls block; run them on a thread for blocking work.
//!
//! Invariants: an output file exists afterwards only if the call succeeded, and plaintext only if its whole message
//! proved authentic; memory stays bounded whatever the size of a file; no error message holds a secret.

mod control;
mod error;
mod flow;
mod pem;
pub mod pgp;
pub mod ssh;

pub use control::Control;
pub use error::{KeysError, Result};
pub use flow::Written;
