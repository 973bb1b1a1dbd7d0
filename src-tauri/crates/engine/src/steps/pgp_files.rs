//! What the `pgp.*` steps share: opening stored keys under the rules of their status, naming outputs, working on several
//! files at once, publishing them.

use super::several::several;
use crate::context::{Made, StepContext};
use crate::error::StepError;
use crate::local::{self, LocalFile};
use crate::places;
use crate::publish::{self, Decision};
use courier_domain::audit::AuditableEntityType;
use courier_domain::key::{PgpKey, PgpKeyStatus, PgpKeyType};
use courier_domain::step::{Overwrite, PathList};
use courier_domain::{ErrorCode, PgpKeyId};
use courier_keys::Control;
use courier_keys::pgp::{Certificate, PrivateKey};
use courier_store::LogLevel;
use courier_vault::Vault;
use futures::FutureExt;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a key is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Sign, or be encrypted to.
    Protect,
    /// Decrypt, or check what was signed.
    Read,
}

/// Stored keys by id, refused where their status forbids the purpose.
pub(super) async fn keys(
    context: &StepContext,
    ids: &[PgpKeyId],
    purpose: Purpose,
) -> Result<Vec<PgpKey>, StepError> {
    let mut session = context.services.store.read().await?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let key = session.pgp_key(*id).await?;
        check_status(&key, purpose)?;
        found.push(key);
    }
    Ok(found)
}

/// Every stored key that may read, of our own pairs or of everybody.
pub(super) async fn all_readable(context: &StepContext, only_pairs: bool) -> Result<Vec<PgpKey>, StepError> {
    let mut found = context.services.store.read().await?.pgp_keys().await?;
    found.retain(|key| {
        key.status.may_read()
            && (!only_pairs || (key.key_type == PgpKeyType::KeyPair && key.private_key_data.is_some()))
    });
    Ok(found)
}

fn check_status(key: &PgpKey, purpose: Purpose) -> Result<(), StepError> {
    let allowed = match purpose {
        Purpose::Protect => key.status.may_protect(),
        Purpose::Read => key.status.may_read(),
    };
    if allowed {
        return Ok(());
    }
    let why = match key.status {
        PgpKeyStatus::Retired => "it is retired: it opens old files but protects no new ones",
        PgpKeyStatus::Revoked => "it is revoked",
        PgpKeyStatus::Deleted => "it was deleted",
        PgpKeyStatus::Active | PgpKeyStatus::Expiring => "of its status",
    };
    Err(StepError::new(
        ErrorCode::KeyUnusable,
        format!("The key {} cannot be used because {why}. Choose another key in the job.", key.name),
    ))
}

/// The certificates of stored keys.
pub(super) fn certificates(keys: &[PgpKey]) -> Result<Vec<Certificate>, StepError> {
    keys.iter().map(|key| Ok(Certificate::parse(key.public_key_data.as_bytes())?)).collect()
}

/// The unlocked private part of a stored key pair.
pub(super) fn open_private(vault: &Vault, key: &PgpKey) -> Result<PrivateKey, StepError> {
    let Some(sealed) = &key.private_key_data else {
        return Err(StepError::new(
            ErrorCode::KeyUnusable,
            format!("{} is a partner's public key; choose one of our key pairs.", key.name),
        ));
    };
    let material = vault.open_secret(&places::pgp_private(key.id), sealed)?;
    let passphrase = match &key.passphrase_hash {
        Some(sealed) => vault.open_secret(&places::pgp_passphrase(key.id), sealed)?.into_string().ok(),
        None => None,
    };
    let certificate = Certificate::parse(key.public_key_data.as_bytes())?;
    Ok(PrivateKey::open(&material, passphrase.as_ref())?.brought_up_to(&certificate)?)
}

/// The inputs of a step, and what it writes for each.
pub(super) async fn plan(
    context: &StepContext,
    input: &PathList,
    output: Option<&str>,
    rename: fn(&Path) -> PathBuf,
) -> Result<Vec<(LocalFile, PathBuf)>, StepError> {
    let (patterns, workspace) = (input.clone(), context.workspace.clone());
    let files = context.blocking(move |_| local::select_all(&patterns, &workspace)).await?;
    let targets = match output {
        Some(output) => {
            let names: Vec<PathBuf> = files.iter().map(|f| rename(&f.relative)).collect();
            local::destinations(&names, output, &context.workspace)?
        }
        None => files.iter().map(|f| rename(&f.path)).collect(),
    };
    let sources: Vec<PathBuf> = files.iter().map(|f| f.path.clone()).collect();
    local::refuse_collisions(&sources, &targets)?;
    context.progress.expect(files.iter().map(|f| f.size).sum());
    Ok(files.into_iter().zip(targets).collect())
}

/// Runs a key operation on every file, as many at once as there are cores. Each result gets its name as soon as it is
/// whole; `tell` says what became of one.
pub(super) async fn each<T: Send + 'static>(
    context: &StepContext,
    plan: Vec<(LocalFile, PathBuf)>,
    verb: &str,
    work: impl Fn(&Path, &Path, Control<'_>) -> courier_keys::Result<T> + Send + Sync + 'static,
    tell: impl Fn(&Path, &T) -> String + Sync,
) -> Result<Vec<(Made, T)>, StepError> {
    let (work, tell) = (Arc::new(work), &tell);
    let done = several(
        context,
        at_once(),
        plan,
        |(file, _)| file.path.to_string_lossy().into_owned(),
        |(file, target)| {
            let work = work.clone();
            async move {
                let (made, done) = write(context, &file, target, work).await?;
                context.log(LogLevel::Info, Some(&file.path.to_string_lossy()), tell(&made.path, &done));
                Ok((made, done))
            }
            .boxed()
        },
    )
    .await?;
    done.verdict(context, &[], verb)
}

/// Files that are worked on at the same time: a cipher keeps a core busy.
pub(super) fn at_once() -> u32 {
    std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok()).unwrap_or(1)
}

/// Runs a key operation into a temporary file and publishes the result.
async fn write<T: Send + 'static>(
    context: &StepContext,
    file: &LocalFile,
    target: PathBuf,
    work: Arc<impl Fn(&Path, &Path, Control<'_>) -> courier_keys::Result<T> + Send + Sync + 'static>,
) -> Result<(Made, T), StepError> {
    let (input, owner) = (file.path.clone(), context.owner());
    let (temporary, target, done) = context
        .blocking(move |parts| {
            let target = match publish::decide(&target, Overwrite::Overwrite, None)? {
                Decision::Write(target) | Decision::Keep(target) => target,
            };
            publish::make_parents(&target)?;
            let temporary = publish::temporary(&target, owner);
            let name = input.to_string_lossy().into_owned();
            let progress = |bytes| parts.progress.file(&name, bytes);
            let control = Control { cancel: &parts.cancel, progress: &progress };
            let done = work(&input, &temporary, control)?;
            Ok((temporary, target, done))
        })
        .await?;
    context.publish(temporary, target.clone(), Overwrite::Overwrite).await?;
    Ok((Made::at(target), done))
}

/// Records the use of keys in the audit, once for each step.
pub(super) async fn audit_use(
    context: &StepContext,
    ids: impl IntoIterator<Item = PgpKeyId>,
    operation: &'static str,
    files: usize,
) -> Result<(), StepError> {
    let mut unit = context.services.store.begin("system").await?;
    for id in ids {
        let details = json!({ "job_execution_id": context.lease.execution_id, "step": context.step.alias, "files": files });
        unit.audit(AuditableEntityType::PgpKey, id, operation, details);
    }
    Ok(unit.commit().await?)
}

/// A path's last part, for the log.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A path with an ending added: `a.zip` becomes `a.zip.pgp`.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}
