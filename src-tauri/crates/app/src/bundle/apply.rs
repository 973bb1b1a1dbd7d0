//! Writing a plan: keys are made and secrets sealed before, then everything goes into one unit of work.

use super::plan::{self, NewPgp, NewSsh, PgpMade, Plan, SshMade};
use super::{Applied, ApplyMode, ApplyRequest, read, shape};
use crate::app::App;
use crate::error::{AppError, Result};
use crate::ssh_keys::SshKeyDraft;
use courier_domain::connection::{Connection, Sealed};
use courier_domain::job::Job;
use courier_domain::key::{PgpKey, SshKey};
use courier_domain::{Problems, SecretId};
use courier_engine::places;

impl App {
    /// Applies a bundle: everything of it, or nothing.
    ///
    /// # Errors
    /// Every problem of the bundle at once; the vault is locked and a secret must be stored.
    pub async fn bundle_apply(&self, request: ApplyRequest) -> Result<Applied> {
        let mut problems = Problems::default();
        let value =
            read::parse(&request.text).map_err(|problem| AppError::invalid(Problems::one(problem)))?;
        let bundle = shape::read(value, &mut problems);
        let plan = plan::plan(self, &request, bundle, problems).await?;
        if !plan.problems.0.is_empty() {
            return Err(AppError::invalid(plan.problems));
        }
        let dry_run = request.mode == ApplyMode::DryRun;
        if dry_run {
            return Ok(Applied { dry_run, changes: plan.changes, warnings: plan.warnings });
        }
        if plan.needs_vault {
            self.vault_needed()?;
        }
        let (changes, warnings) = (plan.changes.clone(), plan.warnings.clone());
        self.write(plan).await?;
        Ok(Applied { dry_run, changes, warnings })
    }

    async fn write(&self, plan: Plan) -> Result<()> {
        let mut ssh_keys: Vec<SshKey> = Vec::new();
        for key in plan.ssh_keys {
            ssh_keys.push(self.make_ssh(key).await?);
        }
        let mut pgp_keys: Vec<PgpKey> = Vec::new();
        for key in plan.pgp_keys {
            pgp_keys.push(self.make_pgp(key).await?);
        }
        let mut secrets: Vec<(SecretId, Sealed)> = Vec::new();
        for (id, value) in &plan.secrets {
            secrets.push((*id, self.vault().seal(&places::step_secret(*id), value.expose().as_bytes())?));
        }
        let mut passwords: Vec<Option<Sealed>> = Vec::new();
        for planned in &plan.connections {
            passwords.push(match &planned.password {
                Some(text) => Some(
                    self.vault().seal(&places::connection_password(planned.id), text.expose().as_bytes())?,
                ),
                None => None,
            });
        }

        let mut unit = self.begin().await?;
        for (key, value) in &plan.settings {
            unit.set_setting(key, value).await?;
        }
        for key in &ssh_keys {
            unit.insert_ssh_key(key).await?;
        }
        for key in &pgp_keys {
            unit.insert_pgp_key(key).await?;
        }
        for (id, sealed) in &secrets {
            unit.put_secret(*id, sealed).await?;
        }
        for (planned, password) in plan.connections.into_iter().zip(passwords) {
            match planned.before {
                None => {
                    let connection = Connection::new(planned.id, planned.draft, password, unit.now())?;
                    unit.insert_connection(&connection).await?;
                }
                Some(mut connection) => {
                    let seen = connection.updated_at;
                    connection.edit(planned.draft, password, unit.now())?;
                    unit.update_connection(&connection, seen).await?;
                }
            }
        }
        for planned in plan.jobs {
            match (planned.before, planned.draft) {
                (None, Some(draft)) => {
                    let job = Job::new(planned.id, draft, unit.now(), || self.new_id());
                    unit.insert_job(&job).await?;
                }
                (Some(mut job), Some(draft)) => {
                    job.edit(draft, unit.now(), || self.new_id());
                    unit.update_job(&job).await?;
                }
                (_, None) => {}
            }
            if let Some(enabled) = planned.is_enabled {
                unit.set_job_enabled(planned.id, enabled).await?;
            }
        }
        Ok(unit.commit().await?)
    }

    async fn make_ssh(&self, key: NewSsh) -> Result<SshKey> {
        match key.made {
            SshMade::Generate(key_type) => {
                self.generate_ssh(key.id, SshKeyDraft { name: key.name, key_type, passphrase: None }).await
            }
            SshMade::Imported(pair) => self.ssh_row(key.id, key.name, pair, self.now()),
        }
    }

    async fn make_pgp(&self, key: NewPgp) -> Result<PgpKey> {
        match key.made {
            PgpMade::Generate(draft) => self.generate_pgp(key.id, draft).await,
            PgpMade::Imported { name, key: imported, passphrase } => {
                self.imported_row(key.id, name, &imported, passphrase.as_ref())
            }
        }
    }
}
