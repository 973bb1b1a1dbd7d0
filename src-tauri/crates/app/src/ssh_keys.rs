//! SSH keys: making, importing, exporting the public half, retiring.
//!
//! Invariant: the private half is in the store only sealed, and never leaves it.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::local;
use crate::pgp_imports::KeyImport;
use crate::uses::ssh_key_uses;
use courier_domain::connection::{Sealed, check_name};
use courier_domain::key::{SshKey, SshKeyStatus, SshKeyType};
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{Problems, SshKeyId, Timestamp};
use courier_engine::places;
use courier_keys::ssh::{self, SshKeyPair, SshPublicKey};
use courier_vault::{SecretBytes, SecretString};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::path::Path;

/// A key in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct SshKeyRow {
    pub key: SshKey,
    /// Connections that log in with it.
    pub uses: usize,
    /// By name.
    pub tags: Vec<Tag>,
}

/// A key to be made. Courier's vault protects it; a passphrase of its own is not needed.
#[derive(Debug, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct SshKeyDraft {
    pub name: String,
    pub key_type: SshKeyType,
    /// Must be empty: a passphrase of its own would protect nothing that the vault does not.
    #[serde(default)]
    pub passphrase: Option<SecretString>,
}

impl App {
    pub async fn ssh_keys_list(&self) -> Result<Vec<SshKeyRow>> {
        let mut session = self.read().await?;
        let connections = session.connections().await?;
        let keys = session.ssh_keys().await?;
        let ids: Vec<_> = keys.iter().map(|key| key.id.0).collect();
        let mut tags = session.tags_of(TaggableEntityType::SshKey, &ids).await?;
        Ok(keys
            .into_iter()
            .map(|key| SshKeyRow {
                uses: ssh_key_uses(&connections, key.id).len(),
                tags: tags.remove(&key.id.0).unwrap_or_default(),
                key,
            })
            .collect())
    }

    /// The key with that name (in any case), id or fingerprint.
    pub async fn ssh_keys_find(&self, what: &str) -> Result<SshKey> {
        let mut session = self.read().await?;
        if what.starts_with("SHA256:")
            && let Some(key) = session.ssh_key_by_fingerprint(what).await?
        {
            return Ok(key);
        }
        Ok(session.find_ssh_key(what).await?)
    }

    pub async fn ssh_keys_generate(&self, draft: SshKeyDraft) -> Result<SshKey> {
        let key = self.generate_ssh(self.new_id(), draft).await?;
        let mut unit = self.begin().await?;
        unit.insert_ssh_key(&key).await?;
        unit.commit().await?;
        Ok(key)
    }

    /// Makes a key without storing it.
    pub(crate) async fn generate_ssh(&self, id: SshKeyId, draft: SshKeyDraft) -> Result<SshKey> {
        check(&draft.name)?;
        if draft.passphrase.is_some_and(|p| !p.is_empty()) {
            let message = "The vault protects SSH keys made here; leave the passphrase empty.";
            return Err(AppError::problem("passphrase", "unsupported", message));
        }
        self.vault_needed()?;
        let comment = format!("{}@courier", draft.name);
        let pair = blocking(move || ssh::generate(draft.key_type, &comment)).await??;
        self.ssh_row(id, draft.name, pair, self.now())
    }

    /// Imports a private key: OpenSSH, PEM or PuTTY. With a key that is there already, that one comes back.
    pub async fn ssh_keys_import(&self, source: KeyImport) -> Result<SshKey> {
        let path = Path::new(&source.path);
        let bytes = local::read_key_file(path).await?;
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let name = source.name.unwrap_or(stem);
        check(&name)?;
        self.vault_needed()?;
        let pair = read_ssh(bytes, source.passphrase).await?;
        let private = SecretBytes::new(pair.private.expose().to_vec());
        let key = self.ssh_row(self.new_id(), name, pair, self.now())?;
        let mut unit = self.begin().await?;
        if let Some(mut old) = unit.ssh_key_by_fingerprint(&key.fingerprint).await? {
            if old.private_key_data.0.is_empty() {
                // Only its public half came with a bundle; now it is whole.
                let place = places::ssh_private(old.id);
                old.private_key_data = self.vault().seal(&place, private.expose())?;
                let seen = old.updated_at;
                old = unit.update_ssh_key(&old, seen).await?;
                unit.commit().await?;
            }
            return Ok(old);
        }
        unit.insert_ssh_key(&key).await?;
        unit.commit().await?;
        Ok(key)
    }

    /// The row of a key pair.
    pub(crate) fn ssh_row(
        &self,
        id: SshKeyId,
        name: String,
        pair: SshKeyPair,
        now: Timestamp,
    ) -> Result<SshKey> {
        Ok(SshKey {
            id,
            name,
            key_type: pair.key_type,
            public_key_data: pair.public_line,
            private_key_data: self.vault().seal(&places::ssh_private(id), pair.private.expose())?,
            passphrase_hash: None,
            fingerprint: pair.fingerprint,
            status: SshKeyStatus::Active,
            notes: None,
            created_by: self.actor().to_owned(),
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
        })
    }

    /// The row of a key whose private part is still to be imported.
    pub(crate) fn ssh_public_row(
        &self,
        id: SshKeyId,
        name: String,
        public: SshPublicKey,
        now: Timestamp,
    ) -> SshKey {
        SshKey {
            id,
            name,
            key_type: public.key_type,
            public_key_data: public.public_line,
            private_key_data: Sealed(Vec::new()),
            passphrase_hash: None,
            fingerprint: public.fingerprint,
            status: SshKeyStatus::Active,
            notes: None,
            created_by: self.actor().to_owned(),
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
        }
    }

    /// One line as in `authorized_keys`.
    pub async fn ssh_keys_export_public(&self, id: SshKeyId) -> Result<String> {
        Ok(self.read().await?.ssh_key(id).await?.public_key_data)
    }

    /// Connections cannot log in with it any more.
    pub async fn ssh_keys_retire(&self, id: SshKeyId) -> Result<()> {
        let mut unit = self.begin().await?;
        let mut key = unit.ssh_key(id).await?;
        if key.status == SshKeyStatus::Retired {
            return Ok(());
        }
        key.status = SshKeyStatus::Retired;
        unit.update_ssh_key(&key, key.updated_at).await?;
        Ok(unit.commit().await?)
    }

    /// Destroys the key's material.
    ///
    /// # Errors
    /// A connection uses it; the message names the connection.
    pub async fn ssh_keys_delete(&self, id: SshKeyId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_ssh_key(id).await?;
        Ok(unit.commit().await?)
    }
}

/// Reads a key without storing it.
pub(crate) async fn read_ssh(bytes: SecretBytes, passphrase: Option<SecretString>) -> Result<SshKeyPair> {
    let passphrase = passphrase.filter(|p| !p.is_empty());
    Ok(blocking(move || ssh::import(bytes.expose(), passphrase.as_ref())).await??)
}

fn check(name: &str) -> Result<()> {
    let mut problems = Problems::default();
    check_name(name, "name", &mut problems);
    Ok(problems.into_result()?)
}
