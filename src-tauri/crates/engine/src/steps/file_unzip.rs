//! `file.unzip`: unpacks beside the target, and moves files in only when the whole archive proved good.

use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::local;
use crate::publish::{self, Decision};
use courier_archive::{Control, ExtractRequest};
use courier_domain::ErrorCode;
use courier_domain::step::{FileUnzip, Overwrite};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::PathBuf;

pub(crate) async fn run(context: &StepContext, params: FileUnzip) -> Result<Outcome, StepError> {
    let password = context.secret(params.password.map(|p| p.0), "password").await?;
    let limits = context.archive_limits().await?;
    let directory = context.workspace.join(params.output_directory.as_deref().unwrap_or("."));
    let directory = directory.components().collect::<PathBuf>();
    let include = globs(&params.include_patterns, "include_patterns")?;
    let exclude = globs(&params.exclude_patterns, "exclude_patterns")?;
    let workspace = context.workspace.clone();
    let archives = {
        let patterns = params.archive_path.clone();
        context.blocking(move |_| local::select_all(&patterns, &workspace)).await?
    };
    let folder = directory.clone();
    context.progress.expect(archives.iter().map(|a| a.size).sum());

    let mut unpacked: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut stagings = Vec::new();
    let mut bytes = 0;
    let result = async {
        for (index, archive) in archives.iter().enumerate() {
            let staging = publish::temporary(&directory.join(format!("unpack-{index}")), context.owner());
            stagings.push(staging.clone());
            let (path, directory, password) = (archive.path.clone(), directory.clone(), password.clone());
            let (include, exclude, flatten) = (include.clone(), exclude.clone(), params.flatten);
            let extracted = context
                .blocking(move |work| {
                    std::fs::create_dir_all(&directory)
                        .map_err(|e| StepError::io("create", &directory, e))?;
                    let name = path.to_string_lossy().into_owned();
                    let control =
                        Control { cancel: &work.cancel, progress: &|bytes| work.progress.file(&name, bytes) };
                    let request = ExtractRequest {
                        archive: &path,
                        into: &staging,
                        password: password.as_ref().map(|p| p.expose()),
                        include: &include,
                        exclude: &exclude,
                        flatten,
                        limits,
                    };
                    let extracted = courier_archive::extract(&request, &control)?;
                    Ok((staging, extracted))
                })
                .await?;
            let (staging, extracted) = extracted;
            bytes += extracted.bytes;
            unpacked.extend(extracted.files.into_iter().map(|f| (staging.join(&f), folder.join(f))));
        }
        let (sources, targets): (Vec<_>, Vec<_>) = unpacked.iter().cloned().unzip();
        local::refuse_collisions(&sources, &targets)?;
        if let Some(taken) = targets.iter().find(|target| context.kept.contains(*target)) {
            return Err(StepError::new(
                ErrorCode::ArchiveUnsafe,
                format!(
                    "An archive would replace {}, which an earlier step of this run made. Unpack into a folder of its own.",
                    taken.display()
                ),
            ));
        }
        // Nothing has its final name yet; from here on only renames happen.
        context.check_lease().await?;
        let overwrite = params.overwrite;
        let pairs = std::mem::take(&mut unpacked);
        context.blocking(move |_| move_in(pairs, overwrite)).await
    }
    .await;
    for staging in &stagings {
        publish::remove(staging);
    }
    let made: Vec<Made> = result?;
    let mut outcome = Outcome::files(made, bytes);
    outcome.outputs.insert("directory".into(), directory.to_string_lossy().into_owned().into());
    Ok(outcome)
}

fn move_in(pairs: Vec<(PathBuf, PathBuf)>, overwrite: Overwrite) -> Result<Vec<Made>, StepError> {
    let mut decided = Vec::with_capacity(pairs.len());
    for (staged, target) in pairs {
        let modified = std::fs::metadata(&staged).and_then(|m| m.modified()).ok();
        decided.push((publish::decide(&target, overwrite, modified)?, staged));
    }
    let mut made = Vec::with_capacity(decided.len());
    for (decision, staged) in decided {
        match decision {
            Decision::Keep(_) => {}
            Decision::Write(target) => {
                publish::make_parents(&target)?;
                publish::rename_into_place(&staged, &target, overwrite)?;
                made.push(Made::at(&target));
            }
        }
    }
    Ok(made)
}

fn globs(patterns: &[String], field: &str) -> Result<GlobSet, StepError> {
    let mut set = GlobSetBuilder::new();
    let bad = |e: globset::Error| StepError::new(ErrorCode::Validation, format!("{field}: {e}"));
    for pattern in patterns {
        // A pattern without a folder means the name, wherever it is.
        let anchored = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        set.add(
            GlobBuilder::new(&anchored)
                .literal_separator(true)
                .backslash_escape(false)
                .build()
                .map_err(bad)?,
        );
    }
    set.build().map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_pattern_without_a_folder_matches_in_every_folder() {
        let set = globs(&["*.csv".into(), "docs/*.pdf".into()], "include_patterns").unwrap();
        assert!(set.is_match(Path::new("a.csv")) && set.is_match(Path::new("x/y/a.csv")));
        assert!(set.is_match(Path::new("docs/a.pdf")) && !set.is_match(Path::new("other/a.pdf")));
    }
}
