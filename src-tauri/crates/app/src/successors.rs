//! What follows an OpenPGP key: its successor, and moving the jobs that use the old key to it.
//!
//! Invariant: jobs move all together or not at all, each as its next version.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::jobs::references;
use courier_domain::job::{MovedKey, OldKey};
use courier_domain::key::{PgpKey, check_successor, newest_successor};
use courier_domain::{ErrorCode, JobId, PgpKeyId};
use serde::Serialize;
use specta::Type;

/// What moving a key's users changed, or would change.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct MovedUsers {
    /// The key that the jobs use now.
    pub successor: PgpKey,
    pub jobs: Vec<MovedJob>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct MovedJob {
    pub id: JobId,
    pub name: String,
    /// The version that the change made, or would make.
    pub version: i32,
    pub fields: Vec<MovedKey>,
}

/// Whether to change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveMode {
    Preview,
    Move,
}

impl App {
    /// Says which key follows a key, or that none does.
    ///
    /// # Errors
    /// Keys would follow each other in a circle; the successor cannot do the old key's work.
    pub async fn pgp_keys_set_successor(&self, id: PgpKeyId, successor: Option<PgpKeyId>) -> Result<PgpKey> {
        let mut unit = self.begin().await?;
        let keys = unit.pgp_keys().await?;
        let key = living(&keys, id)?;
        if let Some(successor) = successor {
            let successor = living(&keys, successor)?;
            check_successor(key, successor, &keys).map_err(|refused| {
                let message = format!("`{}` cannot follow `{}`: {refused}.", successor.name, key.name);
                AppError::problem("successor_key_id", "successor", message)
            })?;
        }
        if key.successor_key_id == successor {
            return Ok(key.clone());
        }
        let changed = PgpKey { successor_key_id: successor, ..key.clone() };
        let changed = unit.update_pgp_key(&changed, key.updated_at).await?;
        unit.commit().await?;
        Ok(changed)
    }

    /// Lets every job that uses a key use the newest of its successors: instead of it where files are protected, beside
    /// it where files are opened and checked.
    ///
    /// # Errors
    /// The key has no successor that can be used; a job cannot be saved with it.
    pub async fn pgp_keys_move_users(&self, id: PgpKeyId, mode: MoveMode) -> Result<MovedUsers> {
        let mut unit = self.begin().await?;
        let keys = unit.pgp_keys().await?;
        let key = living(&keys, id)?;
        let none = || {
            let message = format!("The key `{}` has no successor that can be used.", key.name);
            AppError::new(ErrorCode::KeyUnusable, message).with_hint("Set its successor first.")
        };
        let successor = living(&keys, newest_successor(key, &keys).ok_or_else(none)?)?.clone();
        let standing = if key.status.may_read() { OldKey::StillReads } else { OldKey::IsOfNoUse };
        let mut references = references(&mut unit, None).await?;
        let mut jobs = Vec::new();
        for mut job in unit.jobs().await? {
            let mut draft = job.to_draft();
            let fields = draft.move_key(id, successor.id, standing);
            if fields.is_empty() {
                continue;
            }
            references.own = Some(job.id);
            draft.check(&references).into_result()?;
            job.edit(draft, unit.now(), || self.new_id());
            jobs.push(MovedJob { id: job.id, name: job.name.clone(), version: job.current_version, fields });
            if mode == MoveMode::Move {
                unit.update_job(&job).await?;
            }
        }
        if mode == MoveMode::Move && !jobs.is_empty() {
            unit.commit().await?;
        }
        Ok(MovedUsers { successor, jobs })
    }
}

fn living(keys: &[PgpKey], id: PgpKeyId) -> Result<&PgpKey> {
    keys.iter()
        .find(|key| key.id == id)
        .ok_or_else(|| AppError::new(ErrorCode::NotFound, "That OpenPGP key is not there any more."))
}
