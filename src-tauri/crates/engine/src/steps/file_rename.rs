//! `file.rename`: every new name is decided and recorded before the first one changes.
//!
//! Files may take over each other's names (1 becomes 2, 2 becomes 3), in the order that loses nothing; a circle is
//! refused. An attempt that starts again goes on with the names that the first one recorded: looking anew, it would take
//! what it had renamed for files to be renamed.

use super::several::several;
use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::file_result::FileResult;
use crate::files::{Disk, Files};
use crate::local::{self, LocalFile};
use crate::publish::{self, Decision};
use crate::workspace::Workspace;
use chrono::{DateTime, FixedOffset, Local, Utc};
use courier_domain::ErrorCode;
use courier_domain::step::{FileRename, NameTemplate, Overwrite};
use courier_store::{Intent, LogLevel};
use courier_transfer::{escaped, safe_name};
use futures::FutureExt;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(crate) async fn run(context: &StepContext, params: FileRename) -> Result<Outcome, StepError> {
    let overwrite = params.overwrite;
    let recorded = context.intents().await?;
    let is_first = recorded.is_empty();
    let (done, left) = match is_first {
        false => what_is_left(recorded),
        true => {
            let workspace = context.workspace.clone();
            let (planned, skipped) = context.blocking(move |_| plan(&Disk, &params, &workspace)).await?;
            for path in skipped {
                let path = path.to_string_lossy().into_owned();
                context.log(LogLevel::Info, Some(&path), "Left as it is: the new name is taken.");
                context.result(FileResult::skipped(&escaped(&path), "the new name is taken"));
            }
            context.record_intents(planned.clone()).await?;
            (Vec::new(), planned)
        }
    };
    for intent in &done {
        context.result(FileResult::done_before(&escaped(&intent.source), intent.size));
    }
    let ordered = in_order(left)?;
    // One after the other: some wait for the name that others give up.
    let renamed = several(
        context,
        1,
        ordered,
        |intent| intent.source.clone(),
        |intent| rename(context, intent, overwrite, is_first).boxed(),
    )
    .await?
    .verdict(context, &[], "renamed")?;
    let done = done.iter().map(|intent| Made::at(&intent.destination).of(&intent.source));
    let mut made: Vec<Made> = done.chain(renamed).collect();
    made.sort_by(|one, other| one.path.cmp(&other.path));
    let mut outcome = Outcome::files(made, 0);
    outcome.outputs.remove("bytes");
    outcome.bytes = None;
    Ok(outcome)
}

/// New names for what is there now, and what the rule leaves alone; blocking.
fn plan(
    disk: &dyn Files,
    params: &FileRename,
    workspace: &Workspace,
) -> Result<(Vec<Intent>, Vec<PathBuf>), StepError> {
    let found = local::select_in(disk, &params.path, workspace)?;
    new_names(disk, local::all_of(found, &params.path)?, params)
}

/// [`plan`] for files that were found.
pub(crate) fn new_names(
    disk: &dyn Files,
    files: Vec<LocalFile>,
    params: &FileRename,
) -> Result<(Vec<Intent>, Vec<PathBuf>), StepError> {
    let sources: Vec<PathBuf> = files.iter().map(|f| f.path.clone()).collect();
    let targets = files.iter().map(|file| target(file, &params.pattern)).collect::<Result<Vec<_>, _>>()?;
    local::refuse_collisions(&sources, &targets)?;
    let given_up: BTreeSet<&PathBuf> = sources
        .iter()
        .zip(&targets)
        .filter(|(source, target)| source != target)
        .map(|(source, _)| source)
        .collect();
    let (mut intents, mut skipped) = (Vec::new(), Vec::new());
    for (file, target) in files.iter().zip(&targets) {
        if file.path == *target {
            continue;
        }
        // A name that another of these files gives up is free when its turn comes.
        let is_free = given_up.contains(target) || is_same_file(&file.path, target);
        let decision = match is_free {
            true => Decision::Write(target.clone()),
            false => publish::decide_in(disk, target, params.overwrite, file.modified)?,
        };
        match decision {
            Decision::Write(target) => intents.push(Intent {
                source: file.path.to_string_lossy().into_owned(),
                destination: target.to_string_lossy().into_owned(),
                size: file.size,
                sha256: None,
            }),
            Decision::Keep(_) => skipped.push(file.path.clone()),
        }
    }
    Ok((intents, skipped))
}

/// A disk that knows no case finds a file under both names.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let lower = |path: &Path| path.to_string_lossy().to_lowercase();
    lower(one) == lower(other)
        && std::fs::canonicalize(one).ok().is_some_and(|real| std::fs::canonicalize(other).ok() == Some(real))
}

fn target(file: &LocalFile, pattern: &NameTemplate) -> Result<PathBuf, StepError> {
    let shown = |path: &Path| escaped(&path.to_string_lossy());
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_str().map(str::to_owned);
    let not_utf8 = || {
        StepError::new(
            ErrorCode::UnsafeName,
            format!("The name of {} is not valid UTF-8, so no new one is made of it.", shown(&file.path)),
        )
    };
    let mut facts = Map::new();
    for (fact, part) in [
        ("name", file.path.file_name()),
        ("stem", file.path.file_stem()),
        ("extension", file.path.extension()),
    ] {
        facts.insert(fact.into(), text(part).ok_or_else(not_utf8)?.into());
    }
    facts.insert("modified_at".into(), modified(file.modified, &pattern.scope));
    let name = pattern.render(facts).map_err(|error| {
        let error = StepError::from(error);
        StepError { message: format!("pattern: {} ({})", error.message, shown(&file.path)), ..error }
    })?;
    safe_name(&name).map_err(|why| {
        let path = shown(&file.path);
        StepError::new(
            ErrorCode::UnsafeName,
            format!("pattern: {path} would become `{}`, which is no name for a file: {why}.", escaped(&name)),
        )
    })?;
    Ok(file.path.with_file_name(name))
}

/// In the zone that `now` has.
fn modified(at: Option<SystemTime>, scope: &Value) -> Value {
    let Some(at) = at.map(DateTime::<Utc>::from) else { return Value::Null };
    let now = scope.get("now").and_then(Value::as_str).and_then(|now| DateTime::parse_from_rfc3339(now).ok());
    let shown = match now {
        Some(now) => at.with_timezone::<FixedOffset>(now.offset()).to_rfc3339(),
        None => at.with_timezone(&Local).to_rfc3339(),
    };
    shown.into()
}

/// Of what an earlier attempt recorded: what it did, and what it did not. A source that is there again may be the new
/// name of another file that was renamed after it.
fn what_is_left(recorded: Vec<Intent>) -> (Vec<Intent>, Vec<Intent>) {
    let Ok(ordered) = in_order(recorded.clone()) else { return (Vec::new(), recorded) };
    let (mut done, mut left) = (Vec::new(), Vec::new());
    let mut given: BTreeSet<String> = BTreeSet::new();
    for intent in ordered.into_iter().rev() {
        let there = is_there(Path::new(&intent.destination), intent.size);
        let gone = !Path::new(&intent.source).exists() || given.contains(&intent.source);
        if there && gone {
            given.insert(intent.destination.clone());
            done.push(intent);
        } else {
            left.push(intent);
        }
    }
    (done, left)
}

fn is_there(path: &Path, size: u64) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.len() == size)
}

/// Whether a recorded renaming has happened.
fn is_done(from: &Path, to: &Path, size: u64) -> bool {
    !from.exists() && is_there(to, size)
}

/// Who gives up a name comes before who takes it.
pub(crate) fn in_order(mut left: Vec<Intent>) -> Result<Vec<Intent>, StepError> {
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let held: BTreeSet<String> = left.iter().map(|intent| intent.source.clone()).collect();
        let (ready, waiting): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|i| i.destination == i.source || !held.contains(&i.destination));
        if ready.is_empty() {
            let names: Vec<String> = waiting
                .iter()
                .take(5)
                .map(|i| format!("{} → {}", escaped(&i.source), escaped(&i.destination)))
                .collect();
            return Err(StepError::new(
                ErrorCode::Validation,
                format!(
                    "These files would take each other's names in a circle: {}. Use two steps with names between. Nothing was changed.",
                    names.join(", ")
                ),
            ));
        }
        ordered.extend(ready);
        left = waiting;
    }
    Ok(ordered)
}

async fn rename(
    context: &StepContext,
    intent: Intent,
    overwrite: Overwrite,
    is_first: bool,
) -> Result<Made, StepError> {
    context.check_lease().await?;
    let (from, to) = (PathBuf::from(&intent.source), PathBuf::from(&intent.destination));
    let (source, target, size) = (from.clone(), to.clone(), intent.size);
    context
        .blocking(move |_| {
            let renamed = match overwrite {
                Overwrite::Overwrite | Overwrite::Newer => std::fs::rename(&from, &to),
                Overwrite::Skip | Overwrite::Rename | Overwrite::Fail if is_same_file(&from, &to) => {
                    std::fs::rename(&from, &to)
                }
                Overwrite::Skip | Overwrite::Rename | Overwrite::Fail => publish::rename_if_free(&from, &to),
            };
            match renamed {
                // Whose node was taken for dead may have done it since we looked.
                Err(_) if !is_first && is_done(&from, &to, size) => {}
                done => done.map_err(|e| StepError::io("rename", &from, e))?,
            }
            publish::sync_folder(&to)
        })
        .await?;
    context.consume(source.clone());
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    context.log(LogLevel::Info, Some(&intent.source), format!("Renamed to {}.", escaped(&name)));
    Ok(Made::at(target).of(source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn intent(from: &str, to: &str) -> Intent {
        Intent { source: from.into(), destination: to.into(), size: 1, sha256: None }
    }

    #[test]
    fn who_gives_up_a_name_comes_first_and_a_circle_is_refused() {
        let ordered = in_order(vec![intent("1", "2"), intent("2", "3"), intent("x", "y")]).unwrap();
        let order: Vec<_> = ordered.iter().map(|i| i.source.as_str()).collect();
        assert_eq!(order, ["2", "x", "1"]);
        let error = in_order(vec![intent("a", "b"), intent("b", "a")]).unwrap_err();
        assert!(error.message.contains("in a circle: a → b, b → a"), "{error}");
    }

    #[test]
    fn an_attempt_that_starts_again_finds_what_was_done() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let recorded = vec![intent(&at("1"), &at("2")), intent(&at("2"), &at("3"))];
        let write = |name: &str| std::fs::write(at(name), "x").unwrap();
        let left = |recorded: &[Intent]| -> Vec<String> {
            what_is_left(recorded.to_vec()).1.into_iter().map(|i| i.source).collect()
        };
        write("1");
        write("2");
        assert_eq!(left(&recorded).len(), 2, "nothing was done");
        std::fs::rename(at("2"), at("3")).unwrap();
        assert_eq!(left(&recorded), [at("1")], "the first was done");
        std::fs::rename(at("1"), at("2")).unwrap();
        assert!(left(&recorded).is_empty(), "both were done, though the name 2 is there again");
    }

    #[test]
    fn a_name_is_made_of_the_files_own_parts_and_must_be_one() {
        let file = LocalFile {
            path: "/in/report.final.csv".into(),
            relative: "report.final.csv".into(),
            size: 1,
            modified: Some(SystemTime::UNIX_EPOCH),
        };
        let scope = json!({ "now": "2026-03-04T10:00:00+02:00", "params": { "site": "B" } });
        let made = |text: &str| {
            target(&file, &NameTemplate { text: text.into(), scope: scope.clone() })
                .map(|path| path.display().to_string())
        };
        assert_eq!(
            made("{{ stem }}-{{ params.site }}-{{ now | date('%Y%m%d') }}.{{ extension }}").unwrap(),
            "/in/report.final-B-20260304.csv"
        );
        assert_eq!(made("{{ modified_at | date('%H%M') }}{{ name }}").unwrap(), "/in/0200report.final.csv");
        for bad in ["../{{ name }}", "a/b", "", "..", "x\n", "nul"] {
            assert_eq!(made(bad).unwrap_err().code, ErrorCode::UnsafeName, "{bad:?}");
        }
        assert!(made("{{ colour }}").unwrap_err().message.contains("colour"));
    }
}
