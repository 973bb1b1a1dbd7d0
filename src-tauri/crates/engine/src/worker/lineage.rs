//! Which file became which in a step: what the file's passport tells beside its transfers.
//!
//! A source's hash is known when an earlier step of the run made it, or when the step only moved its bytes; else it is
//! read once more, while the disk's cache still has it.

use crate::context::{Outcome, StepContext};
use crate::copy;
use crate::error::StepError;
use courier_domain::execution::FileProof;
use courier_domain::passage::{FileAt, Passage};
use courier_domain::receipt::Receipt;
use courier_domain::step::StepType;
use courier_domain::{ConnectionId, PassageId};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What a finished step did to files. `receipts` are the step's own.
pub(super) async fn passages(
    context: &StepContext,
    outcome: &Outcome,
    proofs: &[FileProof],
    receipts: &[Receipt],
) -> Result<Vec<Passage>, StepError> {
    let step_type = context.step.type_key.parse::<StepType>().ok();
    let mut known: HashMap<PathBuf, FileAt> =
        receipts.iter().map(|receipt| (PathBuf::from(&receipt.local_path), of_receipt(receipt))).collect();
    let same_bytes =
        matches!(step_type, Some(StepType::FileCopy | StepType::FileMove | StepType::FileRename));
    for (made, proof) in outcome.made.iter().zip(proofs) {
        if same_bytes {
            for source in &made.from {
                known.insert(source.clone(), FileAt { path: text(source), ..of_proof(proof) });
            }
        }
    }
    let checked = outcome.checked.iter().map(|checked| &checked.path);
    let unknown: HashSet<&PathBuf> = outcome
        .made
        .iter()
        .flat_map(|made| &made.from)
        .chain(checked.clone())
        .filter(|path| !known.contains_key(*path) && !context.kept.contains(path))
        .collect();
    let read = read(context, unknown.into_iter().cloned().collect()).await?;
    let end = |path: &Path| {
        let proven = context.kept.proven(path);
        let proven = proven.map(|proven| FileAt {
            path: text(path),
            size: Some(proven.size),
            sha256: Some(proven.sha256.clone()),
        });
        known.get(path).cloned().or(proven).or_else(|| read.get(path).cloned())
    };

    let mut ends: Vec<(Option<FileAt>, Option<FileAt>)> = Vec::new();
    // What came from a server has a receipt.
    let is_transfer = step_type.is_some_and(|step_type| step_type.protocol().is_some());
    for (made, proof) in outcome.made.iter().zip(proofs) {
        let result = Some(of_proof(proof));
        if made.from.is_empty() && !is_transfer {
            ends.push((None, result.clone()));
        }
        for source in made.from.iter().filter(|source| **source != made.path) {
            let unread = FileAt { path: text(source), size: None, sha256: None };
            ends.push((Some(end(source).unwrap_or(unread)), result.clone()));
        }
    }
    ends.extend(checked.filter_map(|path| end(path)).map(|file| (Some(file.clone()), Some(file))));
    // A file that went on under another name is not lost.
    let went_on: HashSet<&PathBuf> = outcome.made.iter().flat_map(|made| &made.from).collect();
    for gone in outcome.consumed.iter().filter(|path| !went_on.contains(path)) {
        let below = context.kept.below(gone);
        let gone = std::iter::once(gone.clone()).filter(|_| below.is_empty()).chain(below.iter().cloned());
        ends.extend(gone.filter_map(|path| end(&path)).map(|file| (Some(file), None)));
    }
    let mut passages: Vec<Passage> =
        ends.into_iter().map(|(source, result)| passage(context, None, source, result)).collect();
    passages.extend(on_servers(context, outcome).await?);
    Ok(passages)
}

/// What was renamed and removed on servers, as far as the run itself had moved it there or from there.
async fn on_servers(context: &StepContext, outcome: &Outcome) -> Result<Vec<Passage>, StepError> {
    let Some((connection, changes)) = &outcome.on_server else { return Ok(Vec::new()) };
    let mut session = context.services.store.read().await?;
    let known = session.transferred_files(context.lease.execution_id, *connection).await?;
    let moved = changes.iter().filter_map(|(from, to)| {
        let source = known.get(from)?.clone();
        let result = to.as_ref().map(|to| FileAt { path: to.clone(), ..source.clone() });
        Some(passage(context, Some(*connection), Some(source), result))
    });
    Ok(moved.collect())
}

fn passage(
    context: &StepContext,
    connection_id: Option<ConnectionId>,
    source: Option<FileAt>,
    result: Option<FileAt>,
) -> Passage {
    Passage {
        id: PassageId(context.services.ids.new_id()),
        job_execution_id: Some(context.lease.execution_id),
        step_execution_id: Some(context.step_execution),
        operation: context.step.type_key.clone(),
        performed_by: "system".to_owned(),
        connection_id,
        source,
        result,
        at: context.services.clock.now(),
    }
}

/// What those files are now; one that cannot be read is left out.
async fn read(context: &StepContext, paths: Vec<PathBuf>) -> Result<HashMap<PathBuf, FileAt>, StepError> {
    if paths.is_empty() {
        return Ok(HashMap::new());
    }
    context
        .blocking(move |work| {
            let mut read = HashMap::with_capacity(paths.len());
            for path in paths {
                match copy::digest(&path, &work.cancel) {
                    Ok(digested) => {
                        let (size, sha256) = (Some(digested.size), Some(digested.sha256));
                        read.insert(path.clone(), FileAt { path: text(&path), size, sha256 });
                    }
                    Err(_) if work.cancel.is_cancelled() => return Err(StepError::cancelled()),
                    Err(error) => {
                        tracing::debug!(path = %path.display(), %error, "a source is not there any more")
                    }
                }
            }
            Ok(read)
        })
        .await
}

fn of_proof(proof: &FileProof) -> FileAt {
    FileAt { path: proof.path.clone(), size: Some(proof.size), sha256: Some(proof.sha256.clone()) }
}

fn of_receipt(receipt: &Receipt) -> FileAt {
    let (size, sha256) = (Some(receipt.size), Some(receipt.sha256.clone()));
    FileAt { path: receipt.local_path.clone(), size, sha256 }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
