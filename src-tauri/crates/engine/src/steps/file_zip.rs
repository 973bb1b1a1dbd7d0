//! `file.zip`: packs under a temporary name, reads back, renames. An archive in parts appears with its first part last.

use super::own_work::OwnWork;
use crate::context::{Made, Outcome, StepContext};
use crate::copy::{self, Digested};
use crate::error::StepError;
use crate::local;
use crate::publish::{self, Decision};
use crate::workspace::Workspace;
use courier_archive::{Control, CreateRequest, Created, Format};
use courier_domain::step::{ArchiveFormat, FileZip, Overwrite, PathList};
use courier_store::Intent;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Bytes of a megabyte, as part sizes count them.
pub(crate) const MEGABYTE: u64 = 1_000_000;

pub(crate) async fn run(context: &StepContext, params: FileZip) -> Result<Outcome, StepError> {
    let password = context.secret(params.password.map(|p| p.0), "password").await?;
    let output = context.workspace.join(&params.output_path);
    let workspace = context.workspace.clone();
    let owner = context.owner();
    let (overwrite, verify, level) = (params.overwrite, params.verify, params.level);
    let max_part_bytes = params.max_part_size_mb.filter(|mb| *mb > 0).map(|mb| u64::from(mb) * MEGABYTE);
    let recorded = context.intents().await?;
    let begun: Arc<OnceLock<PathBuf>> = Arc::default();
    let building = begun.clone();
    let packing = context.blocking(move |work| {
        let own = OwnWork::of(recorded, owner, &work.cancel)?;
        // Of an archive in parts, the first stands for all.
        let wanted = if max_part_bytes.is_some() { part_of(&output, 1) } else { output.clone() };
        let target = match own.decide(&wanted, overwrite, None)?.0 {
            Decision::Keep(there) => return Ok(Packed::Kept(there)),
            Decision::Write(target) if max_part_bytes.is_some() => target.with_extension(""),
            Decision::Write(target) => target,
        };
        let sources = sources(&params.source_paths, params.base_path.as_deref(), &workspace)?;
        work.progress.expect(sources.iter().filter_map(|s| s.path.metadata().ok()).map(|m| m.len()).sum());
        publish::make_parents(&target)?;
        let temporary = publish::temporary(&target, owner);
        let _ = building.set(temporary.clone());
        let name = target.to_string_lossy().into_owned();
        let control = Control { cancel: &work.cancel, progress: &|bytes| work.progress.file(&name, bytes) };
        let request = CreateRequest {
            output_temp: &temporary,
            sources: &sources,
            format: archive_format(params.format),
            level,
            password: password.as_ref().map(|p| p.expose()),
            verify,
            max_part_bytes,
        };
        let created = courier_archive::create(&request, &control)?;
        if work.cancel.is_cancelled() {
            // Nobody may wait for it any more.
            created.parts.iter().for_each(|part| publish::remove(part));
            return Err(StepError::cancelled());
        }
        let files = created.file_count;
        let in_parts = max_part_bytes.is_some();
        let parts = parts(&output, &target, in_parts, created, (&own, overwrite), &work.cancel)?;
        let sources = sources.into_iter().map(|source| source.path).filter(|path| path.is_file()).collect();
        Ok(Packed::Written { target, parts, files, sources })
    });
    let packed = tokio::select! {
        biased;
        packed = packing => packed?,
        () = left_alone(&context.cancel) => {
            if let Some(temporary) = begun.get().cloned() {
                context.leave(move || remove_all(&temporary)).await;
            }
            return Err(StepError::cancelled());
        }
    };
    match packed {
        Packed::Kept(there) => outcome(vec![Made::at(there)], 0),
        Packed::Written { target, parts, files, sources } => {
            let mut made = publish_parts(context, &target, parts, max_part_bytes.is_some()).await?;
            // Of an archive in parts, the first stands for all.
            if let Some(first) = made.first_mut() {
                first.from = sources;
            }
            outcome(made, files)
        }
    }
}

/// How long a library may take to notice that the step was told to stop. One that has large pieces in hand (7z) finishes
/// them first, which is not waited for: what it still writes has no name any more.
const NOTICES: Duration = Duration::from_millis(500);

async fn left_alone(cancel: &CancellationToken) {
    cancel.cancelled().await;
    tokio::time::sleep(NOTICES).await;
}

/// Removes a temporary archive with all its parts. Blocking.
fn remove_all(temporary: &Path) {
    publish::remove(temporary);
    (1..)
        .map(|n| part_of(temporary, n))
        .take_while(|part| part.exists())
        .for_each(|part| publish::remove(&part));
}

fn outcome(parts: Vec<Made>, files: u64) -> Result<Outcome, StepError> {
    let mut size = 0;
    for Made { path, .. } in &parts {
        size += std::fs::metadata(path).map_err(|e| StepError::io("read", path, e))?.len();
    }
    let texts: Vec<String> = parts.iter().map(|part| part.path.to_string_lossy().into_owned()).collect();
    let mut outcome = Outcome { bytes: Some(size), made: parts, ..Outcome::default() };
    outcome.outputs.insert("archive".into(), texts.first().cloned().into());
    outcome.outputs.insert("parts".into(), texts.into());
    outcome.outputs.insert("file_count".into(), files.into());
    outcome.outputs.insert("bytes".into(), size.into());
    Ok(outcome)
}

/// A finished file that gets its final name.
#[derive(Debug)]
struct Part {
    temporary: PathBuf,
    overwrite: Overwrite,
    intent: Intent,
}

/// What is about to be published, in the archive's order; on an error nothing of it remains. Blocking.
fn parts(
    wanted: &Path,
    target: &Path,
    in_parts: bool,
    created: Created,
    (own, overwrite): (&OwnWork, Overwrite),
    cancel: &CancellationToken,
) -> Result<Vec<Part>, StepError> {
    let place = |archive: &Path, number| if in_parts { part_of(archive, number) } else { archive.to_owned() };
    let parts = created.parts.iter().zip(1..).map(|(temporary, number)| {
        let (source, destination) = (place(wanted, number), place(target, number));
        let Digested { size, sha256 } = copy::digest(temporary, cancel)?;
        let overwrite = own.rule(&destination, overwrite);
        let (source, destination) = (source.to_string_lossy(), destination.to_string_lossy());
        let intent = Intent {
            source: source.into_owned(),
            destination: destination.into_owned(),
            size,
            sha256: Some(sha256),
        };
        Ok(Part { temporary: temporary.clone(), overwrite, intent })
    });
    let parts: Result<Vec<_>, StepError> = parts.collect();
    if parts.is_err() {
        created.parts.iter().for_each(|temporary| publish::remove(temporary));
    }
    parts
}

/// Gives the parts their final names, the first one last: who finds it finds the others too.
async fn publish_parts(
    context: &StepContext,
    target: &Path,
    parts: Vec<Part>,
    in_parts: bool,
) -> Result<Vec<Made>, StepError> {
    let mut result = context.record_intents(parts.iter().map(|part| part.intent.clone()).collect()).await;
    for part in parts.iter().rev() {
        if result.is_ok() {
            let destination = PathBuf::from(&part.intent.destination);
            result = context.publish(part.temporary.clone(), destination, part.overwrite).await;
        } else {
            publish::remove(&part.temporary);
        }
    }
    result?;
    if in_parts {
        // What a longer archive of that name has left would be taken for more of this one.
        let (target, count) = (target.to_owned(), parts.len());
        context
            .blocking(move |_| {
                (count + 1..)
                    .map(|n| part_of(&target, n))
                    .take_while(|p| p.is_file())
                    .for_each(|p| publish::remove(&p));
                Ok(())
            })
            .await?;
    }
    let made = |part: Part| Made { sha256: part.intent.sha256, ..Made::at(part.intent.destination) };
    Ok(parts.into_iter().map(made).collect())
}

/// `NAME.001`, `NAME.002`, …
pub(crate) fn part_of(archive: &Path, number: usize) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(format!(".{number:03}"));
    name.into()
}

pub(crate) fn archive_format(format: ArchiveFormat) -> Format {
    match format {
        ArchiveFormat::Zip => Format::Zip,
        ArchiveFormat::Tar => Format::Tar,
        ArchiveFormat::TarGz => Format::TarGz,
        ArchiveFormat::TarZst => Format::TarZst,
        ArchiveFormat::Gzip => Format::Gzip,
        ArchiveFormat::SevenZip => Format::SevenZip,
    }
}

enum Packed {
    Kept(PathBuf),
    Written { target: PathBuf, parts: Vec<Part>, files: u64, sources: Vec<PathBuf> },
}

/// Folders keep their name in the archive; what a pattern found keeps its tree.
fn sources(
    patterns: &PathList,
    base: Option<&str>,
    workspace: &Workspace,
) -> Result<Vec<courier_archive::SourceFile>, StepError> {
    let base = base.map(|b| workspace.join(b));
    let mut sources = Vec::new();
    for pattern in &patterns.0 {
        let folder = pattern.literal().map(|t| workspace.join(t)).filter(|p| p.is_dir());
        if base.is_some() || folder.is_some() {
            let paths = match folder {
                Some(folder) => vec![folder],
                None => local::select_all(&PathList(vec![pattern.clone()]), workspace)?
                    .into_iter()
                    .map(|f| f.path)
                    .collect(),
            };
            sources.extend(courier_archive::collect(&paths, base.as_deref())?);
            continue;
        }
        for file in local::select_all(&PathList(vec![pattern.clone()]), workspace)? {
            let name_in_archive = local::portable(&file.relative)?;
            sources.push(courier_archive::SourceFile::file(file.path, name_in_archive));
        }
    }
    Ok(sources)
}
