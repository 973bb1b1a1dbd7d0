//! `file.zip`: packs under a temporary name, reads back, renames.

use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::local;
use crate::publish::{self, Decision};
use courier_archive::{Control, CreateRequest, Format};
use courier_domain::step::{ArchiveFormat, FileZip};
use std::path::PathBuf;

pub(crate) async fn run(context: &StepContext, params: FileZip) -> Result<Outcome, StepError> {
    let password = context.secret(params.password.map(|p| p.0), "password").await?;
    let output = context.workspace.join(&params.output_path);
    let workspace = context.workspace.clone();
    let owner = context.owner();
    let format = match params.format {
        ArchiveFormat::Zip => Format::Zip,
    };
    let (overwrite, verify, level) = (params.overwrite, params.verify, params.level);
    let packed = context
        .blocking(move |work| {
            let target = match publish::decide(&output, overwrite, None)? {
                Decision::Keep(there) => return Ok(Packed::Kept(there)),
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
                format,
                level,
                password: password.as_ref().map(|p| p.expose()),
                verify,
                max_part_bytes: None,
            };
            let created = courier_archive::create(&request, &control)?;
            Ok(Packed::Written { temporary, target, created })
        })
        .await?;
    let (archive, files) = match packed {
        Packed::Kept(there) => (there, None),
        Packed::Written { temporary, target, created } => {
            context.publish(temporary, target.clone(), overwrite).await?;
            (target, Some(created.file_count))
        }
    };
    let size = std::fs::metadata(&archive).map_err(|e| StepError::io("read", &archive, e))?.len();
    let text = archive.to_string_lossy().into_owned();
    let mut outcome = Outcome { bytes: Some(size), made: vec![Made::at(&archive)], ..Outcome::default() };
    outcome.outputs.insert("archive".into(), text.clone().into());
    outcome.outputs.insert("parts".into(), vec![text].into());
    outcome.outputs.insert("file_count".into(), files.unwrap_or(0).into());
    outcome.outputs.insert("bytes".into(), size.into());
    Ok(outcome)
}

enum Packed {
    Kept(PathBuf),
    Written { temporary: PathBuf, target: PathBuf, created: courier_archive::Created },
}

/// Folders keep their name in the archive; what a pattern found keeps its tree.
fn sources(
    patterns: &courier_domain::step::PathList,
    base: Option<&str>,
    workspace: &std::path::Path,
) -> Result<Vec<courier_archive::SourceFile>, StepError> {
    let base = base.map(|b| workspace.join(b));
    let mut sources = Vec::new();
    for pattern in &patterns.0 {
        let folder = pattern.literal().map(|t| workspace.join(t)).filter(|p| p.is_dir());
        if base.is_some() || folder.is_some() {
            let paths = match folder {
                Some(folder) => vec![folder],
                None => local::select_all(&courier_domain::step::PathList(vec![pattern.clone()]), workspace)?
                    .into_iter()
                    .map(|f| f.path)
                    .collect(),
            };
            sources.extend(courier_archive::collect(&paths, base.as_deref())?);
            continue;
        }
        let found = local::select_all(&courier_domain::step::PathList(vec![pattern.clone()]), workspace)?;
        for file in found {
            let name_in_archive = local::portable(&file.relative)?;
            sources.push(courier_archive::SourceFile::file(file.path, name_in_archive));
        }
    }
    Ok(sources)
}
