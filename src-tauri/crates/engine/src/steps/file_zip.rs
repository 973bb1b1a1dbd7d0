//! `file.zip`: packs under a temporary name, reads back, renames. An archive in parts appears with its first part last.

use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::local;
use crate::publish::{self, Decision};
use crate::workspace::Workspace;
use courier_archive::{Control, CreateRequest, Created, Format};
use courier_domain::step::{ArchiveFormat, FileZip, Overwrite, PathList};
use std::path::{Path, PathBuf};

/// Bytes of a megabyte, as part sizes count them.
pub(crate) const MEGABYTE: u64 = 1_000_000;

pub(crate) async fn run(context: &StepContext, params: FileZip) -> Result<Outcome, StepError> {
    let password = context.secret(params.password.map(|p| p.0), "password").await?;
    let output = context.workspace.join(&params.output_path);
    let workspace = context.workspace.clone();
    let owner = context.owner();
    let (overwrite, verify, level) = (params.overwrite, params.verify, params.level);
    let max_part_bytes = params.max_part_size_mb.filter(|mb| *mb > 0).map(|mb| u64::from(mb) * MEGABYTE);
    let packed = context
        .blocking(move |work| {
            // Of an archive in parts, the first stands for all.
            let wanted = if max_part_bytes.is_some() { part_of(&output, 1) } else { output.clone() };
            let target = match publish::decide(&wanted, overwrite, None)? {
                Decision::Keep(there) => return Ok(Packed::Kept(there)),
                Decision::Write(target) if max_part_bytes.is_some() => target.with_extension(""),
                Decision::Write(target) => target,
            };
            let sources = sources(&params.source_paths, params.base_path.as_deref(), &workspace)?;
            work.progress
                .expect(sources.iter().filter_map(|s| s.path.metadata().ok()).map(|m| m.len()).sum());
            publish::make_parents(&target)?;
            let temporary = publish::temporary(&target, owner);
            let name = target.to_string_lossy().into_owned();
            let control =
                Control { cancel: &work.cancel, progress: &|bytes| work.progress.file(&name, bytes) };
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
            Ok(Packed::Written { target, created })
        })
        .await?;
    let (parts, files) = match packed {
        Packed::Kept(there) => (vec![there], None),
        Packed::Written { target, created } => {
            let files = created.file_count;
            (
                publish_parts(context, &target, created, max_part_bytes.is_some(), overwrite).await?,
                Some(files),
            )
        }
    };
    outcome(parts, files)
}

fn outcome(parts: Vec<PathBuf>, files: Option<u64>) -> Result<Outcome, StepError> {
    let mut size = 0;
    for part in &parts {
        size += std::fs::metadata(part).map_err(|e| StepError::io("read", part, e))?.len();
    }
    let texts: Vec<String> = parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let made = parts.iter().map(Made::at).collect();
    let mut outcome = Outcome { bytes: Some(size), made, ..Outcome::default() };
    outcome.outputs.insert("archive".into(), texts.first().cloned().into());
    outcome.outputs.insert("parts".into(), texts.into());
    outcome.outputs.insert("file_count".into(), files.unwrap_or(0).into());
    outcome.outputs.insert("bytes".into(), size.into());
    Ok(outcome)
}

/// Gives the parts their final names, the first one last: who finds it finds the others too.
async fn publish_parts(
    context: &StepContext,
    target: &Path,
    created: Created,
    in_parts: bool,
    overwrite: Overwrite,
) -> Result<Vec<PathBuf>, StepError> {
    let finals: Vec<PathBuf> = match in_parts {
        true => (1..=created.parts.len()).map(|number| part_of(target, number)).collect(),
        false => vec![target.to_owned()],
    };
    let mut result = Ok(());
    for (temporary, target) in created.parts.iter().zip(&finals).rev() {
        if result.is_ok() {
            result = context.publish(temporary.clone(), target.clone(), overwrite).await;
        } else {
            publish::remove(temporary);
        }
    }
    result?;
    if in_parts {
        // What a longer archive of that name has left would be taken for more of this one.
        let (target, count) = (target.to_owned(), finals.len());
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
    Ok(finals)
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
    Written { target: PathBuf, created: Created },
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
