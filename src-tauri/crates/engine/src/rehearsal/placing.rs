//! What the overwrite rule and the folders' rights would make of results that get local names.

use super::foreseen::Foreseen;
use super::imagined_disk::Size;
use super::room;
use super::stage::Local;
use super::words;
use crate::error::StepError;
use crate::files::Files;
use crate::publish::{self, Decision};
use courier_domain::ErrorCode;
use courier_domain::step::Overwrite;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A result that wants a name.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) target: PathBuf,
    pub(super) size: Size,
    /// The source's time, for the rule "only newer".
    pub(super) modified: Option<SystemTime>,
}

/// What happens to folders that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingFolders {
    Made,
    Refused,
}

impl MissingFolders {
    pub(super) fn of(create_directories: bool) -> Self {
        if create_directories { Self::Made } else { Self::Refused }
    }
}

/// The name that each result would get; `None` where what is there stays. What stands in the way becomes problems of
/// the step; nothing is imagined yet.
pub(super) fn place(
    local: &Local,
    foreseen: &mut Foreseen,
    wanted: &[Wanted],
    overwrite: Overwrite,
    folders: MissingFolders,
) -> Vec<Option<PathBuf>> {
    let (mut replaced, mut kept, mut renamed) = (0, 0, 0);
    let mut refused = Vec::new();
    let mut places = Vec::with_capacity(wanted.len());
    for one in wanted {
        places.push(match publish::decide_in(&local.disk, &one.target, overwrite, one.modified) {
            Ok(Decision::Write(path)) => {
                renamed += usize::from(path != one.target);
                replaced += usize::from(local.disk.itself(&path).is_ok());
                Some(path)
            }
            Ok(Decision::Keep(_)) => {
                kept += 1;
                None
            }
            Err(error) => {
                refused.push(error);
                None
            }
        });
    }
    foreseen.trouble(refused);
    let lines = [
        (replaced, "would replace what is there"),
        (kept, "would be left alone: the destination exists already"),
        (renamed, "would get another name: theirs is taken"),
    ];
    for (count, what) in lines.into_iter().filter(|(count, _)| *count > 0) {
        foreseen.notes.push(format!("{} {what}.", words::files(count)));
    }
    check_folders(local, foreseen, places.iter().flatten(), folders);
    places
}

/// The rights on the folders of paths, each folder once.
pub(super) fn check_folders<'a>(
    local: &Local,
    foreseen: &mut Foreseen,
    paths: impl Iterator<Item = &'a PathBuf>,
    folders: MissingFolders,
) {
    let parents: BTreeSet<&Path> = paths.filter_map(|path| path.parent()).collect();
    let (mut problems, mut looked): (Vec<StepError>, _) = (Vec::new(), BTreeSet::new());
    for parent in parents {
        let is_there = local.disk.is_folder(parent);
        if folders == MissingFolders::Refused && !is_there {
            let message = format!("There is no folder {}, and this step makes none.", parent.display());
            problems.push(StepError::new(ErrorCode::FileNotFound, message));
            continue;
        }
        if !looked.insert(room::existing(parent)) {
            continue;
        }
        problems.extend(room::check_folder(parent).err());
    }
    foreseen.trouble(problems);
}
