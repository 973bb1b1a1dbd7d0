//! `file.zip` and `file.unzip`, rehearsed. An archive that is there is listed; of one that an earlier step would bring
//! nobody knows the entries.

use super::foreseen::{Foreseen, Look, text};
use super::imagined_disk::Size;
use super::local_files::{check_readable, size_of};
use super::placing::{MissingFolders, Wanted, check_folders, place};
use super::stage::{Local, Stage};
use super::words::{self, counted, sized};
use crate::archive_limits::archive_limits;
use crate::error::StepError;
use crate::local::{LocalFile, refuse_collisions};
use crate::publish::{self, Decision};
use crate::steps::file_unzip::{globs, refuse_links};
use crate::steps::file_zip::{MEGABYTE, part_of};
use courier_archive::{ArchiveEntry, EntryKind, Format, Limits};
use courier_domain::ErrorCode;
use courier_domain::step::{ArchiveFormat, FileUnzip, FileZip};
use globset::GlobSet;
use std::path::{Path, PathBuf};

pub(super) async fn zip(stage: &Stage, params: FileZip, step: &str) -> Look<Foreseen> {
    let step = step.to_owned();
    stage.services.secret(params.password.map(|p| p.0), "password").await?;
    stage.on_disk(move |local| pack(local, &params, &step)).await
}

fn pack(local: &mut Local, params: &FileZip, step: &str) -> Look<Foreseen> {
    let found = local.find_all(&params.source_paths)?;
    let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
    check_readable(local, &mut foreseen, &found);
    if params.format == ArchiveFormat::Gzip && found.len() != 1 {
        let message = format!("gzip holds one file, and {} are to be packed. Choose tar.gz.", found.len());
        foreseen.problems.push(StepError::new(ErrorCode::Unsupported, message));
    }
    let inside = words::sum(found.iter().map(|file| size_of(local, file)));
    let in_parts = params.max_part_size_mb.filter(|mb| *mb > 0).map(|mb| u64::from(mb) * MEGABYTE);
    let output = local.join(&params.output_path);
    // Of an archive in parts, the first stands for all.
    let target = if in_parts.is_some() { part_of(&output, 1) } else { output };
    let packed = Size::about(inside.bytes);
    let archive = match publish::decide_in(&local.disk, &target, params.overwrite, None)? {
        Decision::Keep(there) => {
            foreseen.summary = format!("{} is there already and would stay.", there.display());
            there
        }
        Decision::Write(path) => {
            let wanted = [Wanted { target: path.clone(), size: packed, modified: None }];
            place(local, &mut foreseen, &wanted, params.overwrite, MissingFolders::Made);
            foreseen.trouble(local.room.take(&[(path.clone(), packed)]));
            foreseen.summary =
                format!("Would pack {} into {}.", sized(found.len(), inside), params.output_path);
            local.disk.put(&path, packed, None);
            path
        }
    };
    for file in &found {
        foreseen.plan(Some(&text(&file.path)), Some(&text(&archive)), Some(size_of(local, file)));
    }
    foreseen.outputs.insert("archive".into(), text(&archive).into());
    // How many parts there will be depends on how well the content packs.
    if in_parts.is_none() {
        foreseen.outputs.insert("parts".into(), vec![text(&archive)].into());
    } else if let Some(folder) = archive.parent().map(Path::to_owned) {
        local.disk.doubt(&folder, step);
    }
    foreseen.outputs.insert("file_count".into(), found.len().into());
    Ok(foreseen)
}

/// What an unpacking needs to know.
struct Unpacking {
    params: FileUnzip,
    include: GlobSet,
    exclude: GlobSet,
    limits: Limits,
    password: Option<std::sync::Arc<courier_vault::SecretString>>,
    step: String,
}

pub(super) async fn unzip(stage: &Stage, params: FileUnzip, step: &str) -> Look<Foreseen> {
    let password = stage.services.secret(params.password.map(|p| p.0), "password").await?;
    let limits = archive_limits(&mut stage.services.store.read().await?).await?;
    let unpacking = Unpacking {
        include: globs(&params.include_patterns, "include_patterns")?,
        exclude: globs(&params.exclude_patterns, "exclude_patterns")?,
        params,
        limits,
        password,
        step: step.to_owned(),
    };
    stage.on_disk(move |local| unpacking.unpack(local)).await
}

impl Unpacking {
    fn unpack(&self, local: &mut Local) -> Look<Foreseen> {
        let archives = local.find_all(&self.params.archive_path)?;
        let directory = local.join(self.params.output_directory.as_deref().unwrap_or("."));
        let to = self.params.output_directory.as_deref().unwrap_or("the run's own folder");
        let mut foreseen = Foreseen::default();
        foreseen.outputs.insert("directory".into(), text(&directory).into());
        check_readable(local, &mut foreseen, &archives);
        if !foreseen.problems.is_empty() {
            foreseen.summary = format!("Would unpack {} to {to}.", archive_count(&archives));
            local.disk.doubt(&directory, &self.step);
            return Ok(foreseen);
        }
        let (mut inside, mut known) = (Vec::new(), true);
        for archive in &archives {
            if local.disk.is_imagined(&archive.path) {
                known = false;
                continue;
            }
            let listing = courier_archive::list(
                &archive.path,
                self.password.as_ref().map(|password| password.expose()),
                &self.limits,
            )?;
            self.check(&mut foreseen, archive, listing.format, &listing.entries);
            // What is in archives inside is not listed.
            known &= self.limits.max_nesting_depth == 0 || !listing.entries.iter().any(is_archive);
            inside.extend(self.wanted(&directory, archive, &listing.entries));
        }
        if !known {
            foreseen.summary = format!(
                "Would unpack {} to {to}. What is inside is known once they are there.",
                archive_count(&archives)
            );
            check_folders(local, &mut foreseen, [directory.join("any")].iter(), MissingFolders::Made);
            local.disk.make_folder(&directory);
            local.disk.doubt(&directory, &self.step);
            return Ok(foreseen);
        }
        self.place_all(local, &mut foreseen, &directory, inside)?;
        let count = foreseen.files.as_ref().map_or(0, Vec::len);
        let from = archive_count(&archives);
        let total = foreseen.files.iter().flatten().filter_map(|file| file.bytes).sum();
        foreseen.summary = format!("Would unpack {} of {from} to {to}.", sized(count, Size::known(total)));
        Ok(foreseen)
    }

    /// What would make the unpacking refuse an archive.
    fn check(&self, foreseen: &mut Foreseen, archive: &LocalFile, format: Format, entries: &[ArchiveEntry]) {
        let shown = archive.path.display();
        let mut problems = Vec::new();
        if let Some(only) = self.params.format.map(crate::steps::file_zip::archive_format)
            && only != format
        {
            let message = format!("{shown} is {}, and only {} would do.", format.as_str(), only.as_str());
            problems.push(StepError::new(ErrorCode::Unsupported, message));
        }
        problems.extend(entries.iter().filter_map(|entry| Some((entry, entry.refused?))).map(
            |(entry, why)| {
                let name = courier_transfer::escaped(&entry.name);
                let message = format!("{shown} would not be unpacked: {name}: {why}.");
                StepError::new(ErrorCode::ArchiveUnsafe, message)
            },
        ));
        if self.password.is_none() && entries.iter().any(|entry| entry.encrypted) {
            let message = format!("{shown} is encrypted, and the step has no password.");
            problems.push(StepError::new(ErrorCode::ArchivePassword, message));
        }
        let total = entries.iter().fold(0u64, |sum, entry| sum.saturating_add(entry.size));
        let largest = entries.iter().map(|entry| entry.size).max().unwrap_or(0);
        let limits = [
            (total, self.limits.max_uncompressed_bytes, "archive.max_uncompressed_bytes"),
            (largest, self.limits.max_entry_size, "archive.max_entry_size"),
            (entries.len() as u64, self.limits.max_file_count, "archive.max_file_count"),
        ];
        for (is, limit, setting) in limits.into_iter().filter(|(is, limit, _)| is > limit) {
            let message = format!("{shown} has {is}, and {setting} allows {limit}.");
            problems.push(StepError::new(ErrorCode::ArchiveLimit, message));
        }
        foreseen.trouble(problems);
    }

    /// The files that would be unpacked.
    fn wanted(
        &self,
        directory: &Path,
        archive: &LocalFile,
        entries: &[ArchiveEntry],
    ) -> Vec<(String, Wanted)> {
        let is_wanted = |name: &str| {
            (self.include.is_empty() || self.include.is_match(name)) && !self.exclude.is_match(name)
        };
        let files = entries.iter().filter(|e| e.kind == EntryKind::File && e.refused.is_none());
        files
            .map(|entry| (entry.name.replace('\\', "/"), entry))
            .filter(|(name, _)| is_wanted(name))
            .map(|(name, entry)| {
                let below = match name.rsplit('/').next() {
                    Some(last) if self.params.flatten => last,
                    _ => name.as_str(),
                };
                let (target, size) = (directory.join(below), Size::known(entry.size));
                (text(&archive.path), Wanted { target, size, modified: entry.modified })
            })
            .collect()
    }

    fn place_all(
        &self,
        local: &mut Local,
        foreseen: &mut Foreseen,
        directory: &Path,
        inside: Vec<(String, Wanted)>,
    ) -> Look<()> {
        let (sources, wanted): (Vec<String>, Vec<Wanted>) = inside.into_iter().unzip();
        let targets: Vec<PathBuf> = wanted.iter().map(|one| one.target.clone()).collect();
        refuse_collisions(&sources.iter().map(PathBuf::from).collect::<Vec<_>>(), &targets)?;
        for target in &targets {
            refuse_links(directory, target.parent().unwrap_or(directory))?;
            local.workspace.roots.admit(target)?;
            if local.disk.is_imagined(target) {
                let message = format!(
                    "An archive would replace {}, which an earlier step makes. Unpack into a folder of its own.",
                    target.display()
                );
                return Err(StepError::new(ErrorCode::ArchiveUnsafe, message).into());
            }
        }
        let places = place(local, foreseen, &wanted, self.params.overwrite, MissingFolders::Made);
        let written: Vec<(String, PathBuf, Size)> = sources
            .into_iter()
            .zip(&wanted)
            .zip(places)
            .filter_map(|((source, wanted), place)| Some((source, place?, wanted.size)))
            .collect();
        let made: Vec<(PathBuf, Size)> =
            written.iter().map(|(_, target, size)| (target.clone(), *size)).collect();
        foreseen.trouble(local.room.take(&made));
        foreseen.files = Some(Vec::new());
        for (source, target, size) in written {
            foreseen.plan(Some(&source), Some(&text(&target)), Some(size));
            local.disk.put(&target, size, None);
        }
        foreseen.hand_on(&made);
        Ok(())
    }
}

fn archive_count(archives: &[LocalFile]) -> String {
    counted(archives.len(), "archive", "archives")
}

/// By its name: what it holds cannot be looked at without unpacking.
fn is_archive(entry: &ArchiveEntry) -> bool {
    const ENDINGS: [&str; 7] = [".zip", ".tar", ".gz", ".tgz", ".zst", ".7z", ".001"];
    let name = entry.name.to_lowercase();
    entry.kind == EntryKind::File && ENDINGS.iter().any(|ending| name.ends_with(ending))
}
