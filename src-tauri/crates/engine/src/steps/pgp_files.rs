//! What the `pgp.*` steps share: finding stored keys, naming outputs, working on several files at once, publishing them.

use super::several::several;
use crate::context::{Made, Services, StepContext};
use crate::error::StepError;
use crate::files::{Disk, Files};
use crate::key_use::{self, Purpose, check_status};
use crate::local::{self, LocalFile};
use crate::publish::{self, Decision};
use crate::workspace::Workspace;
use courier_domain::audit::AuditableEntityType;
use courier_domain::key::PgpKey;
use courier_domain::step::{Overwrite, PathList};
use courier_domain::{ErrorCode, PgpKeyId};
use courier_keys::pgp::{Decrypted, Encrypted, Signed};
use courier_keys::{Control, Written};
use courier_store::LogLevel;
use futures::FutureExt;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Stored keys by id, refused where their status forbids the purpose.
pub(super) async fn keys(
    context: &StepContext,
    ids: &[PgpKeyId],
    purpose: Purpose,
) -> Result<Vec<PgpKey>, StepError> {
    stored_keys(&context.services, ids, purpose).await
}

/// As [`keys`], outside a run too.
pub(crate) async fn stored_keys(
    services: &Services,
    ids: &[PgpKeyId],
    purpose: Purpose,
) -> Result<Vec<PgpKey>, StepError> {
    let mut session = services.store.read().await?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let key = session.pgp_key(*id).await?;
        check_status(&key, purpose)?;
        found.push(key);
    }
    Ok(found)
}

/// Our pairs that may open messages.
pub(super) async fn all_that_open(context: &StepContext) -> Result<Vec<PgpKey>, StepError> {
    let mut found = context.services.store.read().await?.pgp_keys().await?;
    found.retain(key_use::opens);
    Ok(found)
}

/// The named keys, or everybody who may be a signer.
pub(super) async fn signers(context: &StepContext, ids: &[PgpKeyId]) -> Result<Vec<PgpKey>, StepError> {
    if !ids.is_empty() {
        return keys(context, ids, Purpose::Check).await;
    }
    let mut found = context.services.store.read().await?.pgp_keys().await?;
    found.retain(|key| check_status(key, Purpose::Check).is_ok());
    Ok(found)
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
    let planned = results(&Disk, files, output, &context.workspace, rename)?;
    context.progress.expect(planned.iter().map(|(f, _)| f.size).sum());
    Ok(planned)
}

/// What the step writes for each of the files.
pub(crate) fn results(
    disk: &dyn Files,
    files: Vec<LocalFile>,
    output: Option<&str>,
    workspace: &Workspace,
    rename: fn(&Path) -> PathBuf,
) -> Result<Vec<(LocalFile, PathBuf)>, StepError> {
    let targets = match output {
        Some(output) => {
            let names: Vec<PathBuf> = files.iter().map(|f| rename(&f.relative)).collect();
            local::destinations_in(disk, &names, output, workspace)?
        }
        None => files.iter().map(|f| rename(&f.path)).collect(),
    };
    let sources: Vec<PathBuf> = files.iter().map(|f| f.path.clone()).collect();
    local::refuse_collisions(&sources, &targets)?;
    if let Some(own) = targets.iter().find(|target| sources.contains(target)) {
        return Err(StepError::new(
            ErrorCode::Validation,
            format!(
                "{} would be replaced by its own result. Name another folder or file for it.",
                own.display()
            ),
        ));
    }
    Ok(files.into_iter().zip(targets).collect())
}

/// Runs a key operation on every file, as many at once as there are cores. Each result gets its name as soon as it is
/// whole; `tell` says what became of one.
pub(super) async fn each<T: Wrote>(
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

/// A finished operation that wrote a file.
pub(super) trait Wrote: Send + 'static {
    fn output(&self) -> &Written;
}

impl Wrote for Encrypted {
    fn output(&self) -> &Written {
        &self.output
    }
}

impl Wrote for Decrypted {
    fn output(&self) -> &Written {
        &self.output
    }
}

impl Wrote for Signed {
    fn output(&self) -> &Written {
        &self.output
    }
}

/// Files that are worked on at the same time: a cipher keeps a core busy.
pub(super) fn at_once() -> u32 {
    std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok()).unwrap_or(1)
}

/// Runs a key operation into a temporary file and publishes the result.
async fn write<T: Wrote>(
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
    let made = Made { sha256: Some(done.output().sha256.clone()), ..Made::at(target).of(&file.path) };
    Ok((made, done))
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
