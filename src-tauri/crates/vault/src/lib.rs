//! Courier's vault: one vault key, and every stored secret sealed under it.
//!
//! The vault key lives in the OS keychain, under a passphrase, or in a key file; `vault.json` in Courier's home says
//! which and never holds the key in clear. Secrets themselves live in the store as [`Sealed`] blobs: this crate seals
//! and opens them and knows nothing of tables beyond their names.
//!
//! Left out: who may ask for which secret, and when to hold jobs ([`Vault::watch`] tells).
//!
//! Invariants: nothing secret is written in clear; an existing `vault.json` is replaced by one with another
//! key only at the end of a rotation; a blob opens only at the table, row and field it was sealed for.
//!
//! [`Sealed`]: courier_domain::connection::Sealed

mod cipher;
mod error;
mod file;
mod key;
mod key_file;
mod keychain;
mod options;
mod place;
mod protect;
mod recovery;
mod rotation;
mod seal;
mod secret;
mod state;
mod vault;

pub use error::{Result, VaultError};
pub use keychain::Keychain;
pub use options::VaultOptions;
pub use protect::protect_process;
pub use recovery::RecoveryCode;
pub use seal::SecretRef;
pub use secret::{SecretBytes, SecretString};
pub use state::{InitMethod, KeySource, Unlock, VaultState, VaultStatus};
pub use vault::Vault;
