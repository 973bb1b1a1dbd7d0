//! `file.copy`, `file.move`, `file.rename`, `file.delete`, `file.list` and `file.checksum`, rehearsed.

use super::foreseen::{Foreseen, Look, text};
use super::imagined_disk::Size;
use super::placing::{MissingFolders, Wanted, check_folders, place};
use super::room;
use super::stage::{Local, Stage, base};
use super::words::{self, counted, files, sized};
use crate::error::StepError;
use crate::files::{Files, Kind};
use crate::local::{self, LocalFile};
use crate::steps::file_checksum::Expected;
use crate::steps::{file_delete, file_list, file_rename};
use courier_domain::ErrorCode;
use courier_domain::step::{
    FileChecksum, FileCopy, FileDelete, FileList, FileMove, FileRename, OnMissing, Overwrite, PathList,
};
use std::path::{Path, PathBuf};

/// Where files go, and whether they stay where they are, too.
struct Transport {
    sources: PathList,
    destination: String,
    overwrite: Overwrite,
    folders: MissingFolders,
    keep_source: bool,
}

pub(super) async fn copy(stage: &Stage, params: FileCopy) -> Look<Foreseen> {
    let transport = Transport {
        sources: params.source_path,
        destination: params.destination_path,
        overwrite: params.overwrite,
        folders: MissingFolders::of(params.create_directories),
        keep_source: true,
    };
    stage.on_disk(move |local| carry(local, &transport)).await
}

pub(super) async fn r#move(stage: &Stage, params: FileMove) -> Look<Foreseen> {
    let transport = Transport {
        sources: params.source_path,
        destination: params.destination_path,
        overwrite: params.overwrite,
        folders: MissingFolders::of(params.create_directories),
        keep_source: false,
    };
    stage.on_disk(move |local| carry(local, &transport)).await
}

fn carry(local: &mut Local, transport: &Transport) -> Look<Foreseen> {
    let found = local.find_all(&transport.sources)?;
    let relatives: Vec<PathBuf> = found.iter().map(|f| f.relative.clone()).collect();
    let targets = local::destinations_in(&local.disk, &relatives, &transport.destination, &local.workspace)?;
    let wanted: Vec<Wanted> = found
        .iter()
        .zip(targets)
        .map(|(file, target)| Wanted { target, size: size_of(local, file), modified: file.modified })
        .collect();
    let mut foreseen = Foreseen::default();
    let places = place(local, &mut foreseen, &wanted, transport.overwrite, transport.folders);
    check_readable(local, &mut foreseen, &found);
    if !transport.keep_source {
        check_takes_away(local, &mut foreseen, found.iter().map(|file| &file.path));
    }
    let carried: Vec<(&LocalFile, PathBuf, Size)> = found
        .iter()
        .zip(&wanted)
        .zip(places)
        .filter_map(|((file, wanted), place)| Some((file, place?, wanted.size)))
        .collect();
    // A file that only changes its name needs no room.
    let copied = |source: &Path, target: &Path| transport.keep_source || !room::is_same_disk(source, target);
    let written: Vec<(PathBuf, Size)> = carried
        .iter()
        .filter(|(file, target, _)| copied(&file.path, target))
        .map(|(_, target, size)| (target.clone(), *size))
        .collect();
    foreseen.trouble(local.room.take(&written));
    let verb = if transport.keep_source { "copy" } else { "move" };
    let total = words::sum(carried.iter().map(|(_, _, size)| *size));
    foreseen.summary = format!("Would {verb} {} to {}.", sized(carried.len(), total), transport.destination);
    foreseen.files = Some(Vec::new());
    let mut made = Vec::with_capacity(carried.len());
    for (file, target, size) in carried {
        foreseen.plan(Some(&text(&file.path)), Some(&text(&target)), Some(size));
        if transport.keep_source || file.path == target {
            local.disk.put(&target, size, file.modified);
        } else {
            local.disk.rename(&file.path, &target);
        }
        made.push((target, size));
    }
    foreseen.hand_on(&made);
    Ok(foreseen)
}

pub(super) fn size_of(local: &Local, file: &LocalFile) -> Size {
    local.disk.size(&file.path).unwrap_or(Size::known(file.size))
}

/// Files that are really there can be read.
pub(super) fn check_readable(local: &Local, foreseen: &mut Foreseen, found: &[LocalFile]) {
    let real = found.iter().filter(|file| !local.disk.is_imagined(&file.path));
    foreseen.trouble(real.filter_map(|file| room::check_readable(&file.path).err()).collect());
}

/// Files that are really there can be taken away from their folders.
pub(super) fn check_takes_away<'a>(
    local: &Local,
    foreseen: &mut Foreseen,
    paths: impl Iterator<Item = &'a PathBuf>,
) {
    check_folders(local, foreseen, paths, MissingFolders::Made);
}

pub(super) async fn rename(stage: &Stage, params: FileRename) -> Look<Foreseen> {
    stage
        .on_disk(move |local| {
            let found = local.find_all(&params.path)?;
            let (renamed, kept) = file_rename::new_names(&local.disk, found, &params)?;
            let ordered = file_rename::in_order(renamed)?;
            let mut foreseen = Foreseen::doing(format!("Would rename {}.", files(ordered.len())));
            if !kept.is_empty() {
                let kept = files(kept.len());
                foreseen.notes.push(format!("{kept} would be left alone: the new name is taken."));
            }
            let sources: Vec<PathBuf> = ordered.iter().map(|intent| PathBuf::from(&intent.source)).collect();
            check_takes_away(local, &mut foreseen, sources.iter());
            foreseen.files = Some(Vec::new());
            let mut made = Vec::with_capacity(ordered.len());
            for intent in ordered {
                let size = local.disk.size(Path::new(&intent.source));
                foreseen.plan(Some(&intent.source), Some(&intent.destination), size);
                local.disk.rename(Path::new(&intent.source), Path::new(&intent.destination));
                made.push(intent.destination);
            }
            made.sort();
            foreseen.hand_on_paths(made);
            Ok(foreseen)
        })
        .await
}

pub(super) async fn delete(stage: &Stage, params: FileDelete) -> Look<Foreseen> {
    let workspaces = stage.services.workspaces.clone();
    stage
        .on_disk(move |local| {
            let kept = file_delete::kept(&local.workspace, &workspaces);
            let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
            let (mut gone, mut folders) = (Vec::new(), 0);
            for pattern in &params.path.0 {
                let named = pattern.literal().map(|text| local.workspace.join(text));
                let itself = named.and_then(|path| Some((local.disk.itself(&path).ok()?.kind, path)));
                match itself {
                    Some((Kind::Folder, folder)) => {
                        if !params.recursive {
                            return Err(is_a_folder(&folder).into());
                        }
                        if folder.exists() {
                            file_delete::refuse_kept(&folder, &kept)?;
                        }
                        foreseen.plan(Some(&text(&folder)), None, None);
                        folders += 1;
                        gone.push(folder);
                    }
                    Some((Kind::Link, link)) => {
                        foreseen.plan(Some(&text(&link)), None, None);
                        gone.push(link);
                    }
                    Some((Kind::File | Kind::Other, _)) | None => {
                        let found = local.find(&PathList(vec![pattern.clone()]))?;
                        if params.on_missing == OnMissing::Fail && found.files.is_empty() {
                            let message = format!("There is no {}.", pattern.as_str());
                            return Err(StepError::new(ErrorCode::FileNotFound, message).into());
                        }
                        for file in found.files {
                            foreseen.plan(Some(&text(&file.path)), None, Some(size_of(local, &file)));
                            gone.push(file.path);
                        }
                    }
                }
            }
            check_takes_away(local, &mut foreseen, gone.iter());
            foreseen.summary = match (gone.len() - folders, folders) {
                (0, 0) => "Nothing is there to delete; the step would go on.".to_owned(),
                (count, 0) => format!("Would delete {}.", files(count)),
                (0, folders) => {
                    format!("Would delete {} with everything inside.", counted(folders, "folder", "folders"))
                }
                (count, folders) => format!(
                    "Would delete {}, and {} with everything inside.",
                    files(count),
                    counted(folders, "folder", "folders")
                ),
            };
            foreseen.outputs.insert("file_count".into(), gone.len().into());
            for path in &gone {
                local.disk.remove(path);
            }
            Ok(foreseen)
        })
        .await
}

fn is_a_folder(folder: &Path) -> StepError {
    StepError::new(
        ErrorCode::Validation,
        format!("{} is a folder; switch on deleting folders, or name its files.", folder.display()),
    )
}

pub(super) async fn list(stage: &Stage, params: FileList) -> Look<Foreseen> {
    let cancel = stage.cancel.clone();
    stage
        .on_disk(move |local| {
            // What a list leaves out is as wrong as what is missing.
            for path in &params.path.0 {
                local.sure_of(&local.join(&base(path)))?;
            }
            let entries = file_list::list(&local.disk, &params, &local.workspace, &cancel)?;
            let listed = counted(entries.len(), "entry", "entries");
            let mut foreseen = Foreseen::doing(format!("Would list {listed}."));
            foreseen.outputs = file_list::outputs(&entries)?;
            foreseen.files = Some(Vec::new());
            for entry in entries.iter().filter(|entry| !entry.is_directory) {
                foreseen.plan(Some(&entry.path), None, local.disk.size(Path::new(&entry.path)));
            }
            Ok(foreseen)
        })
        .await
}

pub(super) async fn checksum(stage: &Stage, params: FileChecksum) -> Look<Foreseen> {
    stage
        .on_disk(move |local| {
            let mut found = local.find_all(&params.path)?;
            let expected = match &params.expected {
                Some(text) if local.disk.is_imagined(&local.workspace.join(text.trim())) => None,
                Some(text) => Some(Expected::read(text, params.algorithm, &local.workspace)?),
                None => None,
            };
            if let Some(expected) = &expected {
                found.retain(|file| expected.list.as_ref() != Some(&file.path));
                if expected.one.is_some() && found.len() > 1 {
                    let message = format!("expected: one checksum cannot be that of {}.", files(found.len()));
                    return Err(StepError::new(ErrorCode::Validation, message).into());
                }
            }
            let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
            check_readable(local, &mut foreseen, &found);
            let read: Vec<(PathBuf, Size)> =
                found.iter().map(|file| (file.path.clone(), size_of(local, file))).collect();
            let total = words::sum(read.iter().map(|(_, size)| *size));
            let compared =
                if params.expected.is_some() { " and compare it with what it must be" } else { "" };
            foreseen.summary =
                format!("Would compute the {} of {}{compared}.", params.algorithm, sized(read.len(), total));
            for (path, size) in &read {
                foreseen.plan(Some(&text(path)), None, Some(*size));
            }
            let mut handed_on = read;
            if let Some(path) = &params.write_to {
                let target = local.join(path);
                let size = Size::about(100 * handed_on.len() as u64);
                let wanted = [Wanted { target, size, modified: None }];
                let places = place(local, &mut foreseen, &wanted, params.overwrite, MissingFolders::Made);
                for target in places.into_iter().flatten() {
                    local.disk.put(&target, size, None);
                    foreseen.plan(None, Some(&text(&target)), Some(size));
                    handed_on.push((target, size));
                }
            }
            let count = found.len();
            foreseen.hand_on(&handed_on);
            foreseen.outputs.insert("file_count".into(), count.into());
            if !total.is_estimate {
                foreseen.outputs.insert("bytes".into(), total.bytes.into());
            }
            Ok(foreseen)
        })
        .await
}
