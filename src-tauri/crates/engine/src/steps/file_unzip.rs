//! `file.unzip`: unpacks beside the target, and moves files in only when the whole archive proved good.

use super::file_zip::archive_format;
use super::own_work::OwnWork;
use crate::context::{Made, Outcome, StepContext};
use crate::copy::{self, Digested};
use crate::error::StepError;
use crate::local;
use crate::publish::{self, Decision, MadeFolders};
use courier_archive::{Control, ExtractRequest, Extracted};
use courier_domain::ErrorCode;
use courier_domain::step::{FileUnzip, Overwrite};
use courier_store::Intent;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::{Path, PathBuf};

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

    let made_folders = MadeFolders::default();
    let mut unpacked: Vec<(PathBuf, PathBuf)> = Vec::new();
    let (mut stagings, mut folders) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    let result = async {
        for (index, archive) in archives.iter().enumerate() {
            let staging = publish::temporary(&directory.join(format!("unpack-{index}")), context.owner());
            stagings.push(staging.clone());
            let (path, directory, password) = (archive.path.clone(), directory.clone(), password.clone());
            let made_folders = made_folders.clone();
            let (include, exclude, flatten) = (include.clone(), exclude.clone(), params.flatten);
            let format = params.format.map(archive_format);
            let extracted = context
                .blocking(move |work| {
                    made_folders.make(&directory)?;
                    let name = path.to_string_lossy().into_owned();
                    let control =
                        Control { cancel: &work.cancel, progress: &|bytes| work.progress.file(&name, bytes) };
                    let request = ExtractRequest {
                        archive: &path,
                        into: &staging,
                        format,
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
            unpacked.extend(extracted.files.iter().map(|f| (staging.join(f), folder.join(f))));
            folders.extend(extracted.folders.iter().map(|f| (staging.join(f), folder.join(f))));
        }
        let (sources, targets): (Vec<_>, Vec<_>) = unpacked.iter().cloned().unzip();
        local::refuse_collisions(&sources, &targets)?;
        if let Some(taken) = targets.iter().find(|target| context.kept.contains(target)) {
            return Err(StepError::new(
                ErrorCode::ArchiveUnsafe,
                format!(
                    "An archive would replace {}, which an earlier step of this run made. Unpack into a folder of its own.",
                    taken.display()
                ),
            ));
        }
        let (overwrite, recorded) = (params.overwrite, context.intents().await?);
        let (pairs, folders) = (std::mem::take(&mut unpacked), std::mem::take(&mut folders));
        let (into, owner) = (directory.clone(), context.owner());
        let (placings, folders) = context
            .blocking(move |work| {
                let own = OwnWork::of(recorded, owner, &work.cancel)?;
                let mut placings = decide(&into, pairs, &folders, overwrite, &own)?;
                for placing in &mut placings {
                    placing.digested = Some(copy::digest(&placing.staged, &work.cancel)?);
                }
                Ok((placings, folders))
            })
            .await?;
        context.record_intents(placings.iter().filter_map(intent).collect()).await?;
        // Nothing has its final name yet; from here on only renames happen.
        context.check_lease().await?;
        context.blocking(move |_| move_in(placings, folders)).await
    }
    .await;
    for staging in &stagings {
        publish::remove(staging);
    }
    if result.is_err() {
        made_folders.remove_empty();
    }
    let mut made: Vec<Made> = result?;
    for made in &mut made {
        let of = |staged: &PathBuf| stagings.iter().position(|staging| staged.starts_with(staging));
        let archive = made.from.first().and_then(of).and_then(|index| archives.get(index));
        made.from = archive.map(|archive| archive.path.clone()).into_iter().collect();
    }
    let mut outcome = Outcome::files(made, bytes);
    outcome.outputs.insert("directory".into(), directory.to_string_lossy().into_owned().into());
    Ok(outcome)
}

/// Puts what was unpacked into a folder by hand, outside any run. Gives the files' paths. Blocking.
pub fn place_unpacked(
    staging: &Path,
    extracted: &Extracted,
    directory: &Path,
    overwrite: Overwrite,
) -> Result<Vec<PathBuf>, StepError> {
    let pairs = |names: &[PathBuf]| names.iter().map(|n| (staging.join(n), directory.join(n))).collect();
    let folders = pairs(&extracted.folders);
    let placings = decide(directory, pairs(&extracted.files), &folders, overwrite, &OwnWork::default())?;
    let made = move_in(placings, folders)?;
    Ok(made.into_iter().map(|made| made.path).collect())
}

/// An unpacked file that gets its final name.
#[derive(Debug)]
struct Placing {
    staged: PathBuf,
    /// Where the archive wants it.
    wanted: PathBuf,
    target: PathBuf,
    overwrite: Overwrite,
    digested: Option<Digested>,
}

fn intent(placing: &Placing) -> Option<Intent> {
    let Digested { size, sha256 } = placing.digested.clone()?;
    let (source, destination) = (placing.wanted.to_string_lossy(), placing.target.to_string_lossy());
    Some(Intent {
        source: source.into_owned(),
        destination: destination.into_owned(),
        size,
        sha256: Some(sha256),
    })
}

/// Every decision, before the first file moves. What stays as it is is left out.
fn decide(
    directory: &Path,
    pairs: Vec<(PathBuf, PathBuf)>,
    folders: &[(PathBuf, PathBuf)],
    overwrite: Overwrite,
    own: &OwnWork,
) -> Result<Vec<Placing>, StepError> {
    for (_, wanted) in &pairs {
        refuse_links(directory, wanted.parent().unwrap_or(directory))?;
    }
    for (_, wanted) in folders {
        refuse_links(directory, wanted)?;
    }
    let mut placings = Vec::with_capacity(pairs.len());
    for (staged, wanted) in pairs {
        let modified = std::fs::metadata(&staged).and_then(|m| m.modified()).ok();
        match own.decide(&wanted, overwrite, modified)? {
            (Decision::Keep(_), _) => {}
            (Decision::Write(target), overwrite) => {
                placings.push(Placing { staged, wanted, target, overwrite, digested: None });
            }
        }
    }
    Ok(placings)
}

fn move_in(placings: Vec<Placing>, folders: Vec<(PathBuf, PathBuf)>) -> Result<Vec<Made>, StepError> {
    let mut made = Vec::with_capacity(placings.len());
    for Placing { staged, target, overwrite, digested, .. } in placings {
        publish::make_parents(&target)?;
        publish::rename_into_place(&staged, &target, overwrite)?;
        made.push(Made { sha256: digested.map(|digested| digested.sha256), ..Made::at(target).of(staged) });
    }
    for (staged, target) in folders {
        let is_new = !target.exists();
        std::fs::create_dir_all(&target).map_err(|e| StepError::io("create", &target, e))?;
        let modified = std::fs::metadata(&staged).and_then(|meta| meta.modified());
        if let (true, Ok(modified)) = (is_new, modified) {
            // An empty folder's time is nothing to fail for.
            let _ = std::fs::File::open(&target).and_then(|folder| folder.set_modified(modified));
        }
    }
    Ok(made)
}

/// What is unpacked stays below its directory: no folder on the way may be a link that was there before.
pub(crate) fn refuse_links(directory: &Path, folder: &Path) -> Result<(), StepError> {
    let mut way = folder;
    while way != directory && way.starts_with(directory) {
        if way.is_symlink() {
            return Err(StepError::new(
                ErrorCode::ArchiveUnsafe,
                format!(
                    "{} is a link, and an archive is not unpacked through links. Take it away, or unpack elsewhere.",
                    way.display()
                ),
            ));
        }
        way = way.parent().unwrap_or(directory);
    }
    Ok(())
}

/// Patterns for names in archives; `field` names them in messages.
pub fn globs(patterns: &[String], field: &str) -> Result<GlobSet, StepError> {
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

    #[test]
    fn a_pattern_without_a_folder_matches_in_every_folder() {
        let set = globs(&["*.csv".into(), "docs/*.pdf".into()], "include_patterns").unwrap();
        assert!(set.is_match(Path::new("a.csv")) && set.is_match(Path::new("x/y/a.csv")));
        assert!(set.is_match(Path::new("docs/a.pdf")) && !set.is_match(Path::new("other/a.pdf")));
    }
}
