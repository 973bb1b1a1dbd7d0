//! What `file.move` and `file.copy` share: find the sources, decide every destination before anything changes, record
//! the intents, then place file by file.

use super::several::several;
use crate::context::{BlockingWork, Made, StepContext};
use crate::copy::{self, Digested};
use crate::error::StepError;
use crate::file_result::FileResult;
use crate::local::{self, LocalFile};
use crate::publish::{self, Decision};
use courier_domain::ErrorCode;
use courier_domain::receipt::Verification;
use courier_domain::step::{Overwrite, PathList};
use courier_store::{Intent, LogLevel};
use courier_transfer::escaped;
use futures::FutureExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that are placed at the same time: while one waits for the disk, another is read and hashed.
const AT_ONCE: u32 = 4;

/// Where files go and how.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) destination: String,
    pub(super) overwrite: Overwrite,
    pub(super) create_directories: bool,
    pub(super) verify: Verification,
    pub(super) keep_source: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) results: Vec<Made>,
    pub(super) consumed: Vec<PathBuf>,
    pub(super) bytes: u64,
}

pub(super) async fn place_all(
    context: &StepContext,
    sources: PathList,
    place: Place,
) -> Result<Placed, StepError> {
    let recorded = Arc::new(context.intents().await?);
    let (workspace, owner, theirs) = (context.workspace.clone(), context.owner(), recorded.clone());
    let select = move |_: &BlockingWork| {
        theirs.iter().for_each(|intent| publish::take_over(Path::new(&intent.destination), owner));
        local::select(&sources, &workspace)
    };
    let mut found = context.blocking(select).await?;
    let mut placed = Placed::default();

    // What an earlier attempt of this very step has moved is done, not missing.
    for missing in std::mem::take(&mut found.missing) {
        let done = recorded.iter().find(|i| Path::new(&i.source) == missing && is_done(i));
        match done {
            Some(intent) if !place.keep_source => {
                placed.bytes += intent.size;
                placed.results.push(Made::at(&intent.destination).of(&missing));
                placed.consumed.push(missing);
            }
            _ => {
                return Err(StepError::new(
                    ErrorCode::FileNotFound,
                    format!("There is no {}.", missing.display()),
                ));
            }
        }
    }
    if found.files.is_empty() && placed.results.is_empty() {
        return Err(StepError::new(ErrorCode::NoFiles, "No file matches what this step shall work on."));
    }

    let relatives: Vec<PathBuf> = found.files.iter().map(|f| f.relative.clone()).collect();
    let targets = local::destinations(&relatives, &place.destination, &context.workspace)?;
    let mut plan = Vec::with_capacity(targets.len());
    for (file, wanted) in found.files.into_iter().zip(targets) {
        // What is the step's own may be replaced by it, whatever holds for others' files.
        let (target, overwrite) = match own(&recorded, &file.path, &wanted, place.overwrite) {
            Some(intent) => (PathBuf::from(&intent.destination), Overwrite::Overwrite),
            None => (wanted.clone(), place.overwrite),
        };
        let decision = publish::decide(&target, overwrite, file.modified)?;
        plan.push(Planned { file, wanted, decision, overwrite });
    }
    context.progress.expect(placed.bytes + plan.iter().map(|planned| planned.file.size).sum::<u64>());
    context.record_intents(plan.iter().filter_map(Planned::intent).collect()).await?;

    let one = |planned| place_file(context, &place, &recorded, planned).boxed();
    let name = |planned: &Planned| planned.file.path.to_string_lossy().into_owned();
    let ended = several(context, AT_ONCE, plan, name, one).await?;
    let verb = if place.keep_source { "copied" } else { "moved" };
    for (source, size, made) in ended.verdict(context, &[], verb)?.into_iter().flatten() {
        if !place.keep_source && made.path != source {
            placed.consumed.push(source.clone());
        }
        placed.bytes += size;
        placed.results.push(made.of(source));
    }
    Ok(placed)
}

/// One file on its way.
#[derive(Debug, Clone)]
struct Planned {
    file: LocalFile,
    /// Where it was to go, before the rule was asked.
    wanted: PathBuf,
    decision: Decision,
    /// The rule that holds for what is at the destination.
    overwrite: Overwrite,
}

impl Planned {
    fn intent(&self) -> Option<Intent> {
        match &self.decision {
            Decision::Write(target) => Some(Intent {
                source: self.file.path.to_string_lossy().into_owned(),
                destination: target.to_string_lossy().into_owned(),
                size: self.file.size,
                sha256: None,
            }),
            Decision::Keep(_) => None,
        }
    }
}

/// Places one file; nothing when the rule left it alone.
async fn place_file(
    context: &StepContext,
    place: &Place,
    recorded: &[Intent],
    planned: Planned,
) -> Result<Option<(PathBuf, u64, Made)>, StepError> {
    let (source, size) = (planned.file.path.clone(), planned.file.size);
    let name = source.to_string_lossy().into_owned();
    let target = match &planned.decision {
        Decision::Write(target) => target.clone(),
        Decision::Keep(_) => {
            context.log(LogLevel::Info, Some(&name), "Left as it is: the destination exists already.");
            context.result(FileResult::skipped(&escaped(&name), "the destination exists already"));
            return Ok(None);
        }
    };
    let made = match place_one(context, place, &planned, target).await {
        // Whose node was taken for dead may have moved it since we looked; that last act of its was recorded.
        Err(error) if matches!(error.code, ErrorCode::FileNotFound | ErrorCode::AlreadyExists) => {
            match own(recorded, &source, &planned.wanted, place.overwrite) {
                Some(intent) if !place.keep_source && !source.exists() => Made::at(&intent.destination),
                _ => return Err(error),
            }
        }
        done => done?,
    };
    if !place.keep_source && made.path != source {
        // Also when a neighbour fails: it is not there any more.
        context.consume(source.clone());
    }
    Ok(Some((source, size, made)))
}

/// What an earlier attempt of this step made of the file: at its destination, or under the name that was free then.
fn own<'a>(recorded: &'a [Intent], source: &Path, target: &Path, overwrite: Overwrite) -> Option<&'a Intent> {
    let is_at = |destination: &Path| {
        destination == target || (overwrite == Overwrite::Rename && destination.parent() == target.parent())
    };
    recorded.iter().find(|i| Path::new(&i.source) == source && is_at(Path::new(&i.destination)) && is_done(i))
}

/// The sources that have come to where a step was moving them.
pub(super) fn moved(intents: &[Intent]) -> impl Iterator<Item = String> {
    intents.iter().filter(|intent| is_done(intent)).map(|intent| intent.source.clone())
}

fn is_done(intent: &Intent) -> bool {
    std::fs::metadata(&intent.destination).is_ok_and(|meta| meta.is_file() && meta.len() == intent.size)
}

async fn place_one(
    context: &StepContext,
    place: &Place,
    planned: &Planned,
    target: PathBuf,
) -> Result<Made, StepError> {
    let (source, size) = (planned.file.path.clone(), planned.file.size);
    if target == source {
        return Ok(Made::at(target));
    }
    context.check_lease().await?;
    let (from, to, overwrite) = (source.clone(), target.clone(), planned.overwrite);
    let (Place { create_directories, keep_source, verify, .. }, owner) = (place.clone(), context.owner());
    let copied = context.blocking(move |work| {
        if create_directories {
            publish::make_parents(&to)?;
        } else if let Some(folder) = to.parent().filter(|folder| !folder.is_dir()) {
            let message =
                format!("There is no folder {}. Make it first, or let the step make it.", folder.display());
            return Err(StepError::new(ErrorCode::FileNotFound, message));
        }
        let name = from.to_string_lossy();
        if !keep_source && rename(&from, &to, overwrite)? {
            publish::sync_folder(&to)?;
            work.progress.file(&name, size);
            return Ok(None);
        }
        let temporary = publish::temporary(&to, owner);
        let progress = |bytes| work.progress.file(&name, bytes);
        match copy_proven(&from, &temporary, verify, &to, work, &progress) {
            Ok(digested) => Ok(Some((temporary, digested))),
            Err(error) => {
                publish::remove(&temporary);
                Err(error)
            }
        }
    });
    let Some((temporary, digested)) = copied.await? else { return Ok(Made::at(target)) };
    context.publish(temporary, target.clone(), overwrite).await?;
    if !keep_source {
        context
            .blocking(move |_| std::fs::remove_file(&source).map_err(|e| StepError::io("delete", &source, e)))
            .await?;
    }
    Ok(Made { sha256: Some(digested.sha256), ..Made::at(target) })
}

/// Copies to the temporary name, and reads it again where that was asked for. Blocking.
fn copy_proven(
    from: &Path,
    temporary: &Path,
    verify: Verification,
    target: &Path,
    work: &BlockingWork,
    progress: &dyn Fn(u64),
) -> Result<Digested, StepError> {
    let digested = copy::copy(from, temporary, &work.cancel, progress)?;
    if verify == Verification::Sha256 && copy::digest(temporary, &work.cancel)? != digested {
        return Err(StepError::new(
            ErrorCode::VerificationFailed,
            format!("{} does not have the bytes that were copied; it was not published.", target.display()),
        ));
    }
    Ok(digested)
}

/// Renames within a disk; `false` means that the file must be copied.
fn rename(from: &Path, to: &Path, overwrite: Overwrite) -> Result<bool, StepError> {
    let renamed = match overwrite {
        Overwrite::Overwrite | Overwrite::Newer => std::fs::rename(from, to),
        Overwrite::Skip | Overwrite::Rename | Overwrite::Fail => publish::rename_if_free(from, to),
    };
    match renamed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => Ok(false),
        Err(error) => Err(StepError::io("move", from, error)),
    }
}
