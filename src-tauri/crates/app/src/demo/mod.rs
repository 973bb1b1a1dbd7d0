//! The sample: a server on loopback, keys, signed and encrypted invoices, a connection and a job that fetches them.
//!
//! Everything is real except the partner: it is this program, for as long as it takes to make the invoices. Making the
//! sample again puts the invoices back; what a person changed in it stays.
//!
//! Invariant: nothing of a person's own objects is touched; the sample's are found by name.

mod invoices;
mod server;

use crate::app::App;
use crate::error::{AppError, Result};
use crate::pgp_keys::PgpKeyDraft;
use crate::ssh_keys::SshKeyDraft;
use courier_domain::connection::{AuthMethod, ConnectionDraft};
use courier_domain::job::{Job, JobDraft};
use courier_domain::key::{PgpAlgorithm, PgpKey, PgpKeyStatus, PgpKeyType, SshKey, SshKeyStatus, SshKeyType};
use courier_domain::{ConnectionId, JobId, PgpKeyId};
use serde::Serialize;
use serde_json::json;
use specta::Type;

pub(crate) use server::Sandboxes;

pub(crate) const JOB_NAME: &str = "Sample: fetch invoices";
const CONNECTION_NAME: &str = "Sample server";
const LOGIN_NAME: &str = "Sample: login";
const OURS_NAME: &str = "Sample: our key";
const PARTNER_NAME: &str = "Sample: partner";

/// Where the sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct Demo {
    pub job_id: JobId,
    pub connection_id: ConnectionId,
}

impl App {
    /// Makes the sample, or puts it back into its first state, and starts its server.
    ///
    /// # Errors
    /// The vault is not unlocked: the sample's keys need it.
    pub async fn demo_create(&self) -> Result<Demo> {
        self.vault_needed()?;
        let login = self.sample_login().await?;
        let ours = self.sample_key().await?;
        let partner = self.sample_invoices(&ours).await?;
        server::write_login(self.home(), &login.public_key_data)?;
        self.sandboxes().start().await?;
        let connection_id = self.sample_connection(&login).await?;
        server::remember(self.home(), connection_id)?;
        self.sandbox_start().await?;
        let job = self.sample_job(connection_id, partner).await?;
        Ok(Demo { job_id: job.id, connection_id })
    }

    async fn sample_login(&self) -> Result<SshKey> {
        let keys = self.read().await?.ssh_keys().await?;
        match keys.into_iter().find(|k| k.name == LOGIN_NAME && k.status == SshKeyStatus::Active) {
            Some(key) => Ok(key),
            None => {
                let name = LOGIN_NAME.to_owned();
                self.ssh_keys_generate(SshKeyDraft { name, key_type: SshKeyType::Ed25519, passphrase: None })
                    .await
            }
        }
    }

    async fn sample_key(&self) -> Result<PgpKey> {
        let keys = self.read().await?.pgp_keys().await?;
        let usable =
            |k: &PgpKey| k.name == OURS_NAME && k.key_type == PgpKeyType::KeyPair && k.status.may_protect();
        match keys.into_iter().find(usable) {
            Some(key) => Ok(key),
            None => {
                self.pgp_keys_generate(PgpKeyDraft {
                    name: OURS_NAME.to_owned(),
                    algorithm: PgpAlgorithm::EccCurve25519,
                    user_id: "Sample Company <sample@courier.invalid>".to_owned(),
                    expires_in_days: None,
                    passphrase: None,
                })
                .await
            }
        }
    }

    /// Puts the invoices on the server, making partner and invoices if they are not there. Returns the partner's key.
    async fn sample_invoices(&self, ours: &PgpKey) -> Result<PgpKeyId> {
        let partner = self.read().await?.pgp_keys().await?.into_iter().find(|k| k.name == PARTNER_NAME);
        if let Some(partner) = &partner {
            let good = partner.status == PgpKeyStatus::Active;
            if good && invoices::put_back(self.home(), &ours.fingerprint, &partner.fingerprint).await? {
                return Ok(partner.id);
            }
        }
        let made = invoices::make(self.home(), ours, self.now()).await?;
        let mut unit = self.begin().await?;
        let key = match partner {
            // The row stays, so that the job still names it.
            Some(old) => PgpKey {
                fingerprint: made.info.fingerprint.clone(),
                short_key_id: made.info.short_key_id.clone(),
                public_key_data: made.public_armored.clone(),
                user_ids: made.info.user_ids.clone(),
                status: PgpKeyStatus::Active,
                ..old
            },
            None => PgpKey {
                id: self.new_id(),
                name: PARTNER_NAME.to_owned(),
                fingerprint: made.info.fingerprint.clone(),
                short_key_id: made.info.short_key_id.clone(),
                algorithm: made.info.algorithm,
                key_type: PgpKeyType::PublicOnly,
                purpose: None,
                status: PgpKeyStatus::Active,
                public_key_data: made.public_armored.clone(),
                private_key_data: None,
                passphrase_hash: None,
                expires_at: made.info.expires_at,
                successor_key_id: None,
                created_by: self.actor().to_owned(),
                created_at: unit.now(),
                updated_at: unit.now(),
                is_deleted: false,
                deleted_at: None,
                user_ids: made.info.user_ids.clone(),
                revocation_certificate: None,
            },
        };
        if unit.pgp_keys().await?.iter().any(|k| k.id == key.id) {
            unit.update_pgp_key(&key, key.updated_at).await?;
        } else {
            unit.insert_pgp_key(&key).await?;
        }
        unit.commit().await?;
        Ok(key.id)
    }

    async fn sample_connection(&self, login: &SshKey) -> Result<ConnectionId> {
        let port = self.sandboxes().port().await;
        let rows = self.read().await?.connections().await?;
        let found = rows.into_iter().find(|c| c.name == CONNECTION_NAME);
        let draft: ConnectionDraft = match &found {
            Some(connection) => ConnectionDraft { ssh_key_id: Some(login.id), ..connection.to_draft() },
            None => serde_json::from_value(json!({
                "name": CONNECTION_NAME, "protocol": "sftp", "host": "127.0.0.1", "port": port,
                "username": server::USER, "auth_method": AuthMethod::SshKey, "ssh_key_id": login.id,
                "notes": "Runs inside Courier, on this machine only, as long as Courier runs.",
            }))
            .map_err(AppError::internal)?,
        };
        Ok(self.connections_save(found.map(|c| c.id), draft, None, None, None).await?.id)
    }

    async fn sample_job(&self, connection: ConnectionId, partner: PgpKeyId) -> Result<Job> {
        let found = self.read().await?.jobs().await?.into_iter().find(|j| j.name == JOB_NAME);
        let delivered = self.home().join("sample").join("delivered").join("");
        let draft: JobDraft = serde_json::from_value(json!({
            "name": JOB_NAME,
            "description": "Fetches signed and encrypted invoices from the sample server, checks who signed them, \
                            decrypts and unpacks them, and delivers them to a folder.",
            "steps": [
                { "name": "Download", "type_key": "sftp.download",
                  "configuration": { "connection_id": connection, "remote_path": "/out/*.pgp" } },
                { "name": "Decrypt", "type_key": "pgp.decrypt",
                  "configuration": { "input_path": "{{ steps.download.files }}", "require_signature": true,
                                     "signer_key_ids": [partner] } },
                { "name": "Unpack", "type_key": "file.unzip",
                  "configuration": { "archive_path": "{{ steps.decrypt.files }}" } },
                { "name": "Deliver", "type_key": "file.move",
                  "configuration": { "source_path": "{{ steps.unpack.files }}", "destination_path": delivered } },
            ],
        }))
        .map_err(AppError::internal)?;
        match found {
            // One that was changed is a person's own work.
            Some(job) => Ok(job),
            None => self.jobs_save(None, draft, None).await,
        }
    }
}
