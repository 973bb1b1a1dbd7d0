//! `*.rename`: every new name is decided and recorded before the first one changes.

use super::remote_named::find;
use super::several::several;
use super::transferred::{self, stoppable};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::file_result::FileResult;
use crate::local;
use courier_domain::ErrorCode;
use courier_domain::step::{OnMissing, Overwrite, RemoteRename};
use courier_store::{Intent, LogLevel};
use courier_transfer::{Decision, Depth, Remote, Replace, Selected, escaped, join_remote, parent_of};
use futures::FutureExt;
use serde_json::Value;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

pub(crate) async fn run(context: &StepContext, params: RemoteRename) -> Result<Outcome, StepError> {
    let session = context.session(params.connection_id).await?;
    let remote: &dyn Remote = &*session;
    let earlier = context.intents().await?;
    let found = sources(&context.cancel, remote, &params, &earlier).await?;
    let targets = targets(&context.cancel, remote, &params, &found.entries).await?;

    let mut plan = Vec::with_capacity(targets.len());
    for (source, target) in found.entries.into_iter().zip(targets) {
        let decided = decide(&context.cancel, remote, params.overwrite, &source, target).await;
        plan.push((source, decided));
    }
    let moves = plan.iter().filter_map(|(source, decided)| match decided {
        Ok(Decision::Go { destination, .. }) => Some((source.entry.path.clone(), Some(destination.clone()))),
        Ok(Decision::Skip { .. }) | Err(_) => None,
    });
    let moves = moves.collect();
    let intents = plan.iter().filter_map(|(source, decided)| match decided {
        Ok(Decision::Go { destination, .. }) => Some(Intent {
            source: source.entry.path.clone(),
            destination: destination.clone(),
            size: source.entry.size,
            sha256: None,
        }),
        Ok(Decision::Skip { .. }) | Err(_) => None,
    });
    context.record_intents(intents.collect()).await?;

    let done = done_before(context, remote, &earlier, &plan).await?;
    let renamed = several(
        context,
        1,
        plan,
        |(source, _)| source.entry.path.clone(),
        |(source, decided)| rename(context, remote, source, decided).boxed(),
    )
    .await?;
    let renamed = renamed.verdict(context, &found.refused, "renamed")?;
    let paths: Vec<Value> = done.into_iter().chain(renamed.into_iter().flatten()).map(Value::from).collect();
    let mut outcome = Outcome { on_server: Some((params.connection_id, moves)), ..Outcome::default() };
    if let Some(first) = paths.first() {
        outcome.outputs.insert("file".into(), first.clone());
    }
    outcome.outputs.insert("file_count".into(), paths.len().into());
    outcome.outputs.insert("files".into(), paths.into());
    Ok(outcome)
}

/// What is to be renamed. A pattern that reaches into folders means files only.
pub(crate) async fn sources(
    cancel: &CancellationToken,
    remote: &dyn Remote,
    params: &RemoteRename,
    earlier: &[Intent],
) -> Result<super::remote_named::Named, StepError> {
    let mut found = find(cancel, remote, &params.paths, OnMissing::Succeed, earlier).await?;
    if params.recursive {
        for pattern in params.paths.0.iter().filter(|p| p.literal().is_none()) {
            let deep = stoppable(cancel, courier_transfer::expand(remote, pattern, Depth::Tree, &[])).await?;
            found.refused.extend(deep.refused);
            let matcher = pattern.matcher().ok();
            // What lies in a folder that itself matches goes along with it.
            let within = |path: &str| {
                found.entries.iter().any(|e| {
                    e.entry.is_directory
                        && path.strip_prefix(&e.entry.path).is_some_and(|rest| rest.starts_with('/'))
                })
            };
            let more: Vec<Selected> = deep
                .files
                .into_iter()
                .filter(|f| !matcher.as_ref().is_some_and(|m| m.is_match(&f.entry.path)))
                .filter(|f| !within(&f.entry.path))
                .collect();
            found.entries.extend(more);
        }
    }
    if params.on_missing == OnMissing::Fail && found.entries.is_empty() && found.refused.is_empty() {
        let done = params
            .paths
            .0
            .iter()
            .all(|p| p.matcher().is_ok_and(|m| earlier.iter().any(|intent| m.is_match(&intent.source))));
        if !done {
            let shown: Vec<String> = params.paths.0.iter().map(|p| escaped(p.as_str())).collect();
            return Err(StepError::new(
                ErrorCode::FileNotFound,
                format!("There is no {} on the server.", shown.join(", ")),
            ));
        }
    }
    Ok(found)
}

/// The new name of each.
pub(crate) async fn targets(
    cancel: &CancellationToken,
    remote: &dyn Remote,
    params: &RemoteRename,
    sources: &[Selected],
) -> Result<Vec<String>, StepError> {
    let no_name = || {
        StepError::new(
            ErrorCode::Validation,
            format!(
                "to: `{}` is not a new name; of the wildcards only * can stand in it.",
                params.to.as_str()
            ),
        )
    };
    let fixed = params.to.literal();
    let into = match &fixed {
        Some(to) if to.ends_with('/') => Some(to.clone()),
        Some(to) if to.contains('/') => {
            let there = stoppable(cancel, remote.stat(to)).await?;
            there.filter(|entry| entry.is_directory).map(|_| format!("{to}/"))
        }
        Some(_) | None => None,
    };
    if sources.len() > 1 && into.is_none() && fixed.is_some() {
        return Err(StepError::new(
            ErrorCode::Validation,
            format!(
                "to: {} files cannot all be called {}. End it with / to name a folder, or let * stand for the old name.",
                sources.len(),
                escaped(params.to.as_str())
            ),
        ));
    }
    let mut targets = Vec::with_capacity(sources.len());
    for source in sources {
        let target = match &into {
            Some(folder) => join_remote(folder, &source.relative_path),
            None => {
                let named = params.to.fill(&source.entry.name).ok_or_else(no_name)?;
                match (named.contains('/'), parent_of(&source.entry.path)) {
                    (true, _) | (false, ".") => named,
                    (false, folder) => join_remote(folder, &named),
                }
            }
        };
        if target.is_empty() || target.ends_with('/') {
            return Err(no_name());
        }
        targets.push(target);
    }
    let from: Vec<PathBuf> = sources.iter().map(|s| PathBuf::from(&s.entry.path)).collect();
    let to: Vec<PathBuf> = targets.iter().map(PathBuf::from).collect();
    local::refuse_collisions(&from, &to)?;
    Ok(targets)
}

/// New names that an earlier attempt of this step gave: recorded, the old name gone, the new one there.
async fn done_before(
    context: &StepContext,
    remote: &dyn Remote,
    earlier: &[Intent],
    plan: &[(Selected, Decided)],
) -> Result<Vec<String>, StepError> {
    let mut done = Vec::new();
    for intent in earlier.iter().filter(|i| !plan.iter().any(|p| p.0.entry.path == i.source)) {
        let there = stoppable(&context.cancel, remote.stat(&intent.destination)).await?;
        if there.is_some_and(|entry| entry.is_directory || entry.size == intent.size) {
            context.result(FileResult::done_before(&escaped(&intent.source), intent.size));
            done.push(intent.destination.clone());
        }
    }
    Ok(done)
}

/// One source's new name, or why it has none.
pub(crate) type Decided = Result<Decision<String>, StepError>;

pub(crate) async fn decide(
    cancel: &CancellationToken,
    remote: &dyn Remote,
    rule: Overwrite,
    source: &Selected,
    target: String,
) -> Decided {
    if source.entry.path == target {
        return Ok(Decision::Skip { reason: "it has this name already" });
    }
    let decided = courier_transfer::decide_remote(remote, &target, rule, source.entry.modified_at);
    stoppable(cancel, decided).await
}

/// The new path, or nothing when the rule left the file alone.
async fn rename(
    context: &StepContext,
    remote: &dyn Remote,
    source: Selected,
    decided: Decided,
) -> Result<Option<String>, StepError> {
    let from = source.entry.path.as_str();
    let (to, replace) = match decided? {
        Decision::Go { destination, replace } => (destination, replace),
        Decision::Skip { reason } => {
            transferred::skipped(context, from, reason);
            return Ok(None);
        }
    };
    context.check_lease().await?;
    let folder = parent_of(&to);
    if folder != "." && folder != parent_of(from) {
        stoppable(&context.cancel, remote.mkdir_all(folder)).await?;
    }
    match stoppable(&context.cancel, remote.rename(from, &to, replace)).await {
        Ok(()) => {}
        // Whether the server renamed before the cut only the server knows.
        Err(error) if error.code == ErrorCode::ConnectionLost => {
            let left = stoppable(&context.cancel, remote.stat(from)).await?;
            let there = stoppable(&context.cancel, remote.stat(&to)).await?;
            match (left, there) {
                (None, Some(_)) => {}
                (Some(_), None) => stoppable(&context.cancel, remote.rename(from, &to, Replace::No)).await?,
                _ => return Err(error),
            }
        }
        Err(error) => return Err(error),
    }
    context.log(LogLevel::Info, Some(from), format!("Renamed to {} on the server.", escaped(&to)));
    Ok(Some(to))
}
