//! Files of one download whose names this disk cannot keep apart: `A.csv` and `a.csv` where case does not count, `é` as
//! one letter or as two where both are the same.
//!
//! The disk is asked only when there are such names. Invariant: no file of a download replaces another one of it.

use crate::remote::{Refused, parent_of};
use crate::select::Selected;
use crate::{Owner, TransferError};
use std::collections::BTreeMap;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// What a disk takes for the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Folds {
    case: bool,
    composition: bool,
}

/// What was found among the names of one download.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Twins {
    /// Places in the list of files that must not be fetched, and why.
    pub refused: Vec<(usize, Refused)>,
    /// Names that are kept apart here, but that nobody can tell from each other by sight; escaped.
    pub alike: Vec<(String, String)>,
}

/// Looks for twins among files that go below `folder`, which is made if there are any. Blocking.
pub fn twins(folder: &Path, files: &[Selected], owner: Owner) -> Result<Twins, TransferError> {
    let candidates = same(files, Folds { case: true, composition: true });
    if candidates.is_empty() {
        return Ok(Twins::default());
    }
    let folds = ask(folder, owner).map_err(|error| TransferError::local("writing in", folder, error))?;
    Ok(judge(files, folds))
}

fn judge(files: &[Selected], folds: Folds) -> Twins {
    let mut twins = Twins::default();
    for group in same(files, folds) {
        for (at, place) in group.iter().enumerate() {
            let other = &files[group[usize::from(at == 0)]].relative_path;
            let entry = &files[*place].entry;
            let refused = Refused {
                folder: parent_of(&entry.path).to_owned(),
                name: shown(&entry.name),
                reason: format!("this disk does not tell it from {}", shown(other)),
                raw: entry.name.clone(),
                is_directory: false,
            };
            twins.refused.push((*place, refused));
        }
    }
    twins.refused.sort_by_key(|(place, _)| *place);
    if !folds.composition {
        for group in same(files, Folds { case: false, composition: true }) {
            let name = |place: usize| shown(&files[place].relative_path);
            twins.alike.extend(group.windows(2).map(|pair| (name(pair[0]), name(pair[1]))));
        }
    }
    twins
}

/// Groups of files that are one to a disk that folds so. Files of the very same path are somebody else's care.
fn same(files: &[Selected], folds: Folds) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, file) in files.iter().enumerate() {
        groups.entry(key(&file.relative_path, folds)).or_default().push(place);
    }
    groups
        .into_values()
        .filter(|group| group.iter().any(|p| files[*p].relative_path != files[group[0]].relative_path))
        .collect()
}

fn key(path: &str, folds: Folds) -> String {
    let mut key = path.to_owned();
    if folds.case {
        // By way of the capitals, so that letters with several small forms meet.
        key = key.to_uppercase().to_lowercase();
    }
    if folds.composition {
        key = key.nfc().collect();
    }
    key
}

/// Letters outside ASCII as numbers: the two look the same otherwise.
fn shown(name: &str) -> String {
    name.escape_default().to_string()
}

/// Makes a file and looks for it under its twins' names.
fn ask(folder: &Path, owner: Owner) -> std::io::Result<Folds> {
    std::fs::create_dir_all(folder)?;
    let named = |letters: &str| folder.join(owner.part_name(letters));
    let probe = named("X\u{e9}");
    std::fs::File::create(&probe)?;
    let is_there = |letters: &str| std::fs::symlink_metadata(named(letters)).is_ok();
    let folds = Folds { case: is_there("x\u{e9}"), composition: is_there("Xe\u{301}") };
    std::fs::remove_file(&probe)?;
    Ok(folds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;

    fn files(names: &[&str]) -> Vec<Selected> {
        let file = |name: &&str| Selected {
            entry: Entry {
                name: name.rsplit('/').next().unwrap().to_owned(),
                path: format!("/out/{name}"),
                size: 0,
                modified_at: None,
                is_directory: false,
                is_link: false,
            },
            relative_path: (*name).to_owned(),
        };
        names.iter().map(file).collect()
    }

    fn refused(names: &[&str], folds: Folds) -> Vec<usize> {
        judge(&files(names), folds).refused.into_iter().map(|(place, _)| place).collect()
    }

    const APART: Folds = Folds { case: false, composition: false };
    const CASE: Folds = Folds { case: true, composition: false };
    const BOTH: Folds = Folds { case: true, composition: true };

    #[test]
    fn twins_are_refused_only_where_the_disk_folds() {
        let names = ["a.csv", "A.csv", "b.csv", "caf\u{e9}", "cafe\u{301}", "sub/a.csv", "SUB/a.csv"];
        assert_eq!(refused(&names, APART), Vec::<usize>::new());
        assert_eq!(refused(&names, CASE), [0, 1, 5, 6]);
        assert_eq!(refused(&names, BOTH), [0, 1, 3, 4, 5, 6]);
        assert_eq!(refused(&["STRASSE", "stra\u{df}e"], BOTH), [0, 1]);
    }

    #[test]
    fn each_is_told_from_its_twin() {
        let found = judge(&files(&["caf\u{e9}", "cafe\u{301}"]), BOTH);
        let (_, first) = &found.refused[0];
        assert_eq!((first.folder.as_str(), first.name.as_str()), ("/out", "caf\\u{e9}"));
        assert_eq!(first.reason, "this disk does not tell it from cafe\\u{301}");
    }

    #[test]
    fn names_that_look_alike_are_told_where_the_disk_keeps_them() {
        let found = judge(&files(&["caf\u{e9}", "cafe\u{301}", "x"]), APART);
        assert_eq!(found.alike, [("caf\\u{e9}".to_owned(), "cafe\\u{301}".to_owned())]);
    }

    #[test]
    fn the_disk_is_asked_and_nothing_stays_behind() {
        let dir = tempfile::tempdir().unwrap();
        let owner = Owner { execution: "018f0000-0000-7000-8000-000000000001".parse().unwrap(), epoch: 1 };
        let names = files(&["a", "A"]);
        let kept_apart = {
            std::fs::write(dir.path().join("q"), "").unwrap();
            !dir.path().join("Q").exists()
        };
        let found = twins(dir.path(), &names, owner).unwrap();
        assert_eq!(found.refused.is_empty(), kept_apart);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
