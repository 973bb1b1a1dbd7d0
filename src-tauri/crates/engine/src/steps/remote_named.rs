//! What removing and renaming on a server share: which files and folders are meant, what an earlier attempt of the step
//! has done already, and emptying a folder.
//!
//! What is about to change is recorded before it does, so that a step that starts again counts it as done.

use super::transferred::{gone, stoppable};
use crate::context::StepContext;
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::pattern::PathPattern;
use courier_domain::step::{OnMissing, PathList};
use courier_store::Intent;
use courier_transfer::{Refused, Remote, Selected, TransferError, escaped};
use tokio_util::sync::CancellationToken;

/// What is meant, and what of it stays away.
#[derive(Default)]
pub(crate) struct Named {
    pub(crate) entries: Vec<Selected>,
    pub(crate) refused: Vec<Refused>,
}

impl Named {
    /// A pattern means files; a folder that is named outright stays: that is a mistake to be told.
    pub(crate) fn only_files(&mut self, paths: &PathList) {
        self.entries.retain(|one| !one.entry.is_directory || is_named(paths, &one.entry.path));
    }

    /// A pattern means folders; a file that is named outright stays: that is a mistake to be told.
    pub(crate) fn only_folders(&mut self, paths: &PathList) {
        self.entries.retain(|one| one.entry.is_directory || is_named(paths, &one.entry.path));
    }
}

/// Whether one of the paths is this very one.
fn is_named(paths: &PathList, path: &str) -> bool {
    paths.0.iter().filter_map(PathPattern::literal).any(|named| named.trim_end_matches('/') == path)
}

/// Finds what the paths mean. A path that means nothing is the `on_missing` rule's matter, unless an earlier attempt
/// of this step has recorded that it takes it away.
pub(crate) async fn find(
    cancel: &CancellationToken,
    remote: &dyn Remote,
    paths: &PathList,
    on_missing: OnMissing,
    earlier: &[Intent],
) -> Result<Named, StepError> {
    let mut named = Named::default();
    for path in &paths.0 {
        refuse_root(path)?;
        let found = stoppable(cancel, courier_transfer::named(remote, path)).await?;
        if found.files.is_empty() && found.refused.is_empty() && on_missing == OnMissing::Fail {
            let done = path.matcher().is_ok_and(|m| earlier.iter().any(|intent| m.is_match(&intent.source)));
            if !done {
                return Err(TransferError::NotFound { path: escaped(path.as_str()) }.into());
            }
        }
        named.refused.extend(found.refused);
        for one in found.files {
            if !named.entries.iter().any(|other| other.entry.path == one.entry.path) {
                named.entries.push(one);
            }
        }
    }
    Ok(named)
}

/// An empty text from a template must not come to mean everything.
fn refuse_root(path: &PathPattern) -> Result<(), StepError> {
    let Some(literal) = path.literal() else { return Ok(()) };
    let names = literal.split('/').filter(|part| !part.is_empty() && *part != ".");
    match names.clone().count() {
        0 => Err(StepError::new(
            ErrorCode::Validation,
            format!("paths: `{}` is the whole server; name what is meant below it.", escaped(&literal)),
        )),
        _ if names.clone().any(|part| part == "..") => Err(StepError::new(
            ErrorCode::Validation,
            format!("paths: {} leads upwards; name the folder itself.", escaped(&literal)),
        )),
        _ => Ok(()),
    }
}

/// Records that these are about to go.
pub(super) async fn record_removals(context: &StepContext, entries: &[Selected]) -> Result<(), StepError> {
    let intents = entries.iter().map(|one| Intent {
        source: one.entry.path.clone(),
        destination: gone(&one.entry.path),
        size: one.entry.size,
        sha256: None,
    });
    context.record_intents(intents.collect()).await
}

/// Deletes a file; one that is gone already is what was wanted.
pub(super) async fn delete(context: &StepContext, remote: &dyn Remote, path: &str) -> Result<(), StepError> {
    match stoppable(&context.cancel, remote.delete(path)).await {
        Err(error) if error.code == ErrorCode::FileNotFound => Ok(()),
        done => done,
    }
}

/// Removes a folder with everything inside; links inside go, what they lead to stays. Returns how many files went.
pub(super) async fn remove_tree(
    context: &StepContext,
    remote: &dyn Remote,
    folder: &str,
) -> Result<usize, StepError> {
    // A folder is met twice: to be listed, and to be removed once it is empty.
    let mut open = vec![(folder.to_owned(), false)];
    let mut files = 0;
    while let Some((folder, emptied)) = open.pop() {
        context.check_lease().await?;
        if emptied {
            rmdir(context, remote, &folder).await?;
            continue;
        }
        let listing = match stoppable(&context.cancel, remote.list(&folder)).await {
            Err(error) if error.code == ErrorCode::FileNotFound => continue,
            listed => listed?,
        };
        if let Some(refused) = listing.refused.first() {
            return Err(StepError::new(
                ErrorCode::UnsafeName,
                format!(
                    "{} holds {}, which is not safe to use here: {}. Nothing in this folder was removed.",
                    escaped(&folder),
                    refused.name,
                    refused.reason
                ),
            ));
        }
        open.push((folder, true));
        for entry in listing.entries {
            if entry.is_directory && !entry.is_link {
                open.push((entry.path, false));
            } else {
                delete(context, remote, &entry.path).await?;
                files += 1;
            }
        }
    }
    Ok(files)
}

/// Removes an empty folder; one that is gone already is what was wanted.
pub(super) async fn rmdir(context: &StepContext, remote: &dyn Remote, folder: &str) -> Result<(), StepError> {
    match stoppable(&context.cancel, remote.rmdir(folder)).await {
        Err(error) if error.code == ErrorCode::FileNotFound => Ok(()),
        done => done,
    }
}
