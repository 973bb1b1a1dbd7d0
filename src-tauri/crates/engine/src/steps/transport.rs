//! What `file.move` and `file.copy` share: find the sources, decide every destination before anything changes, record
//! the intents, then place file by file.

use super::several::several;
use crate::context::{Made, StepContext};
use crate::copy;
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
    let workspace = context.workspace.clone();
    let mut found = context.blocking(move |_| local::select(&sources, &workspace)).await?;
    let mut placed = Placed::default();

    // What an earlier attempt of this very step has moved is done, not missing.
    let recorded = context.intents().await?;
    for missing in std::mem::take(&mut found.missing) {
        let done = recorded.iter().find(|i| Path::new(&i.source) == missing && is_done(i));
        match done {
            Some(intent) if !place.keep_source => {
                placed.bytes += intent.size;
                placed.consumed.push(missing);
                placed.results.push(Made::at(&intent.destination));
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
    for (file, target) in found.files.into_iter().zip(targets) {
        // What is the step's own may be replaced by it, whatever holds for others' files.
        let (target, overwrite) = match own(&recorded, &file, &target, place.overwrite) {
            Some(intent) => (PathBuf::from(&intent.destination), Overwrite::Overwrite),
            None => (target, place.overwrite),
        };
        let decision = publish::decide(&target, overwrite, file.modified)?;
        plan.push((decision, Place { overwrite, ..place.clone() }, file));
    }
    context.progress.expect(placed.bytes + plan.iter().map(|(_, _, f)| f.size).sum::<u64>());
    let intents = plan.iter().filter_map(|(decision, _, file)| intent(decision, file)).collect();
    context.record_intents(intents).await?;

    let one = |(decision, place, file)| place_file(context, place, decision, file).boxed();
    let ended =
        several(context, AT_ONCE, plan, |(_, _, file)| file.path.to_string_lossy().into_owned(), one).await?;
    let verb = if place.keep_source { "copied" } else { "moved" };
    for (source, size, made) in ended.verdict(context, &[], verb)?.into_iter().flatten() {
        if !place.keep_source && made.path != source {
            placed.consumed.push(source);
        }
        placed.bytes += size;
        placed.results.push(made);
    }
    Ok(placed)
}

/// Places one file; nothing when the rule left it alone.
async fn place_file(
    context: &StepContext,
    place: Place,
    decision: Decision,
    file: LocalFile,
) -> Result<Option<(PathBuf, u64, Made)>, StepError> {
    context.check_lease().await?;
    let (keep_source, owner) = (place.keep_source, context.owner());
    let (source, size) = (file.path.clone(), file.size);
    let done = context.blocking(move |work| place_one(&decision, &file, &place, owner, work)).await?;
    let name = source.to_string_lossy().into_owned();
    let Some(made) = done else {
        context.log(LogLevel::Info, Some(&name), "Left as it is: the destination exists already.");
        context.result(FileResult::skipped(&escaped(&name), "the destination exists already"));
        return Ok(None);
    };
    if !keep_source && made.path != source {
        // Also when a neighbour fails: it is not there any more.
        context.consume(source.clone());
    }
    Ok(Some((source, size, made)))
}

/// What an earlier attempt of this step made of the file: at its destination, or under the name that was free then.
fn own<'a>(
    recorded: &'a [Intent],
    file: &LocalFile,
    target: &Path,
    overwrite: Overwrite,
) -> Option<&'a Intent> {
    let is_at = |destination: &Path| {
        destination == target || (overwrite == Overwrite::Rename && destination.parent() == target.parent())
    };
    recorded
        .iter()
        .find(|i| Path::new(&i.source) == file.path && is_at(Path::new(&i.destination)) && is_done(i))
}

/// The sources that have come to where a step was moving them.
pub(super) fn moved(intents: &[Intent]) -> impl Iterator<Item = String> {
    intents.iter().filter(|intent| is_done(intent)).map(|intent| intent.source.clone())
}

fn is_done(intent: &Intent) -> bool {
    std::fs::metadata(&intent.destination).is_ok_and(|meta| meta.is_file() && meta.len() == intent.size)
}

fn intent(decision: &Decision, file: &LocalFile) -> Option<Intent> {
    match decision {
        Decision::Write(target) => Some(Intent {
            source: file.path.to_string_lossy().into_owned(),
            destination: target.to_string_lossy().into_owned(),
            size: file.size,
            sha256: None,
        }),
        Decision::Keep(_) => None,
    }
}

fn place_one(
    decision: &Decision,
    file: &LocalFile,
    place: &Place,
    owner: courier_transfer::Owner,
    work: &crate::context::BlockingWork,
) -> Result<Option<Made>, StepError> {
    let target = match decision {
        Decision::Keep(_) => return Ok(None),
        Decision::Write(target) => target,
    };
    if *target == file.path {
        return Ok(Some(Made::at(target)));
    }
    if place.create_directories {
        publish::make_parents(target)?;
    }
    let name = file.path.to_string_lossy();
    if !place.keep_source && rename(&file.path, target, place.overwrite)? {
        publish::sync_folder(target)?;
        work.progress.file(&name, file.size);
        return Ok(Some(Made::at(target)));
    }
    let temporary = publish::temporary(target, owner);
    let result = copy::copy(&file.path, &temporary, &work.cancel, &|bytes| work.progress.file(&name, bytes))
        .and_then(|digested| {
            if place.verify == Verification::Sha256 && copy::digest(&temporary, &work.cancel)? != digested {
                return Err(StepError::new(
                    ErrorCode::VerificationFailed,
                    format!(
                        "{} does not have the bytes that were copied; it was not published.",
                        target.display()
                    ),
                ));
            }
            publish::rename_into_place(&temporary, target, place.overwrite)?;
            Ok(digested)
        });
    let digested = match result {
        Ok(digested) => digested,
        Err(error) => {
            publish::remove(&temporary);
            return Err(error);
        }
    };
    if !place.keep_source {
        std::fs::remove_file(&file.path).map_err(|e| StepError::io("delete", &file.path, e))?;
    }
    Ok(Some(Made { path: target.clone(), sha256: Some(digested.sha256) }))
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
