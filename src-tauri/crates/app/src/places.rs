//! Where each secret is sealed: the vault opens a blob only at the place it was sealed for.
//!
//! Invariant: the same places as the engine opens them at.

use courier_domain::{ConnectionId, PgpKeyId, SecretId, SshKeyId};
use courier_vault::SecretRef;

pub(crate) fn connection_password(id: ConnectionId) -> SecretRef {
    courier_engine::remote::password_ref(id)
}

pub(crate) fn ssh_private(id: SshKeyId) -> SecretRef {
    courier_engine::remote::ssh_key_ref(id)
}

pub(crate) fn pgp_private(id: PgpKeyId) -> SecretRef {
    SecretRef::new("pgp_keys", id, "private_key_data")
}

pub(crate) fn pgp_passphrase(id: PgpKeyId) -> SecretRef {
    SecretRef::new("pgp_keys", id, "passphrase_hash")
}

pub(crate) fn step_secret(id: SecretId) -> SecretRef {
    SecretRef::new("secrets", id, "sealed")
}
