//! Where each secret is sealed: the vault opens a blob only at the place it was sealed for, so every reader and writer
//! takes the place from here.

use courier_domain::{ConnectionId, NotificationRuleId, PgpKeyId, SecretId, SshKeyId};
use courier_store::SealedColumn;
use courier_vault::SecretRef;

/// The secret that signs the audit log's checkpoints; every store has it in the same place.
pub const AUDIT_SIGNING_KEY: SecretId =
    SecretId(uuid::Uuid::from_u128(0x636f_7572_6965_7281_8175_6469_7400_0001));

pub fn connection_password(id: ConnectionId) -> SecretRef {
    SecretRef::new("connections", id, "password_encrypted")
}

pub fn proxy_password(id: ConnectionId) -> SecretRef {
    SecretRef::new("connections", id, "proxy_password_encrypted")
}

pub fn ssh_private(id: SshKeyId) -> SecretRef {
    SecretRef::new("ssh_keys", id, "private_key_data")
}

pub fn ssh_passphrase(id: SshKeyId) -> SecretRef {
    SecretRef::new("ssh_keys", id, "passphrase_hash")
}

pub fn pgp_private(id: PgpKeyId) -> SecretRef {
    SecretRef::new("pgp_keys", id, "private_key_data")
}

pub fn pgp_passphrase(id: PgpKeyId) -> SecretRef {
    SecretRef::new("pgp_keys", id, "passphrase_hash")
}

pub fn pgp_revocation(id: PgpKeyId) -> SecretRef {
    SecretRef::new("pgp_keys", id, "revocation_certificate")
}

pub fn notification_secret(id: NotificationRuleId) -> SecretRef {
    SecretRef::new("notification_rules", id, "secret_encrypted")
}

/// A secret with a row of its own: a field of a step, the audit's signing key.
pub fn step_secret(id: SecretId) -> SecretRef {
    SecretRef::new("secrets", id, "sealed")
}

/// Every column that holds sealed secrets; a new one belongs here, or a rotation of the vault key passes it by.
pub const COLUMNS: [SealedColumn; 9] = [
    column("connections", "password_encrypted"),
    column("connections", "proxy_password_encrypted"),
    column("ssh_keys", "private_key_data"),
    column("ssh_keys", "passphrase_hash"),
    column("pgp_keys", "private_key_data"),
    column("pgp_keys", "passphrase_hash"),
    column("pgp_keys", "revocation_certificate"),
    column("notification_rules", "secret_encrypted"),
    column("secrets", "sealed"),
];

const fn column(table: &'static str, column: &'static str) -> SealedColumn {
    SealedColumn { table, column }
}

/// The place of one row's secret.
pub fn of_row(SealedColumn { table, column }: SealedColumn, id: uuid::Uuid) -> SecretRef {
    SecretRef::new(table, id, column)
}
