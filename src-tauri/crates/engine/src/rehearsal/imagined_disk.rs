//! The local disk as the steps before would have left it: what is really there, with imagined files over it and others
//! gone. Only ever looked at; nothing is written.
//!
//! Invariant: what was imagined hides what is really there, and a folder that is gone hides all that is really in it.
//! Left out: links; an imagined path is taken as it is spelled.

use crate::files::{Disk, Files, Found, Kind};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// A size in bytes, and whether it is only an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    pub(super) bytes: u64,
    pub(super) is_estimate: bool,
}

impl Size {
    pub(super) fn known(bytes: u64) -> Self {
        Self { bytes, is_estimate: false }
    }

    pub(super) fn about(bytes: u64) -> Self {
        Self { bytes, is_estimate: true }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Imagined {
    Gone,
    /// Nothing is in it but what is imagined.
    Folder,
    File {
        size: Size,
        modified: Option<SystemTime>,
    },
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct ImaginedDisk {
    changes: BTreeMap<PathBuf, Imagined>,
    /// Folders into which a step would put what cannot be known, and that step's name.
    unsure: Vec<(PathBuf, String)>,
}

/// `a/./b/../c` as `a/c`: an imagined file is found by any spelling of its path.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => out.push(part),
        }
    }
    out
}

impl ImaginedDisk {
    /// Whether the file is not on the disk, but would be.
    pub(super) fn is_imagined(&self, path: &Path) -> bool {
        matches!(self.changes.get(&plain(path)), Some(Imagined::File { .. }))
    }

    /// What a file that is there holds, or would hold.
    pub(super) fn size(&self, path: &Path) -> Option<Size> {
        match self.changes.get(&plain(path)) {
            Some(Imagined::File { size, .. }) => Some(*size),
            _ => self.follow(path).ok().map(|found| Size::known(found.size)),
        }
    }

    /// A file would be there, and the folders above it.
    pub(super) fn put(&mut self, path: &Path, size: Size, modified: Option<SystemTime>) {
        let path = plain(path);
        if let Some(folder) = path.parent() {
            self.make_folder(folder);
        }
        self.changes.insert(path, Imagined::File { size, modified });
    }

    /// A folder would be there, and those above it.
    pub(super) fn make_folder(&mut self, path: &Path) {
        let path = plain(path);
        let missing: Vec<PathBuf> =
            path.ancestors().take_while(|above| !self.is_folder(above)).map(Path::to_owned).collect();
        for folder in missing {
            self.changes.insert(folder, Imagined::Folder);
        }
    }

    /// A file would be gone, or a folder with all that is in it.
    pub(super) fn remove(&mut self, path: &Path) {
        let path = plain(path);
        self.changes.retain(|other, _| !other.starts_with(&path));
        self.changes.insert(path, Imagined::Gone);
    }

    /// A file would have another name.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) {
        let (size, modified) =
            (self.size(from).unwrap_or_default(), self.follow(from).ok().and_then(|found| found.modified));
        self.remove(from);
        self.put(to, size, modified);
    }

    /// The step `step` would put something into a folder, and nobody knows what.
    pub(super) fn doubt(&mut self, folder: &Path, step: &str) {
        self.unsure.push((plain(folder), step.to_owned()));
    }

    /// The step that may have put something at a path, or below it.
    pub(super) fn doubts(&self, path: &Path) -> Option<&str> {
        let path = plain(path);
        let near = |folder: &PathBuf| path.starts_with(folder) || folder.starts_with(&path);
        self.unsure.iter().find(|(folder, _)| near(folder)).map(|(_, step)| step.as_str())
    }

    /// What was imagined at a path; nothing where the real disk counts.
    fn imagined(&self, path: &Path) -> Option<Imagined> {
        if let Some(change) = self.changes.get(path) {
            return Some(*change);
        }
        let is_hidden = path.ancestors().skip(1).any(|above| self.changes.contains_key(above));
        is_hidden.then_some(Imagined::Gone)
    }

    fn look(&self, path: &Path, real: impl Fn(&Path) -> io::Result<Found>) -> io::Result<Found> {
        let path = plain(path);
        match self.imagined(&path) {
            Some(Imagined::Gone) => Err(io::ErrorKind::NotFound.into()),
            Some(Imagined::Folder) => Ok(Found { kind: Kind::Folder, size: 0, modified: None }),
            Some(Imagined::File { size, modified }) => {
                Ok(Found { kind: Kind::File, size: size.bytes, modified })
            }
            None => real(&path),
        }
    }
}

impl Files for ImaginedDisk {
    fn follow(&self, path: &Path) -> io::Result<Found> {
        self.look(path, |path| Disk.follow(path))
    }

    fn itself(&self, path: &Path) -> io::Result<Found> {
        self.look(path, |path| Disk.itself(path))
    }

    fn children(&self, folder: &Path) -> io::Result<Vec<(PathBuf, Kind)>> {
        let folder = plain(folder);
        let mut children = match self.imagined(&folder) {
            Some(Imagined::Gone) => return Err(io::ErrorKind::NotFound.into()),
            Some(Imagined::File { .. }) => return Err(io::ErrorKind::NotADirectory.into()),
            Some(Imagined::Folder) => Vec::new(),
            None => Disk.children(&folder)?,
        };
        children.retain(|(path, _)| !self.changes.contains_key(path));
        let below = self.changes.range(folder.clone()..).take_while(|(path, _)| path.starts_with(&folder));
        for (path, change) in below.filter(|(path, _)| path.parent() == Some(&folder)) {
            match change {
                Imagined::Gone => {}
                Imagined::Folder => children.push((path.clone(), Kind::Folder)),
                Imagined::File { .. } => children.push((path.clone(), Kind::File)),
            }
        }
        Ok(children)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::{destinations_in, select_in};
    use crate::publish::{Decision, decide_in};
    use crate::roots::Roots;
    use crate::workspace::Workspace;
    use courier_domain::pattern::PathPattern;
    use courier_domain::step::{Overwrite, PathList};

    /// A folder with `a.csv` and `sub/b.csv`.
    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        std::fs::write(dir.path().join("a.csv"), "aa").unwrap();
        std::fs::write(dir.path().join("sub/b.csv"), "b").unwrap();
        dir
    }

    fn matching(disk: &ImaginedDisk, folder: &Path, pattern: &str) -> Vec<String> {
        let workspace = Workspace { folder: folder.to_owned(), roots: Roots::default() };
        let patterns = PathList(vec![PathPattern(pattern.to_owned())]);
        let found = select_in(disk, &patterns, &workspace).unwrap();
        found.files.iter().map(|f| format!("{}:{}", f.relative.display(), f.size)).collect()
    }

    #[test]
    fn imagined_files_are_found_beside_the_real_ones() {
        let dir = tree();
        let mut disk = ImaginedDisk::default();
        disk.put(&dir.path().join("new/deep/c.csv"), Size::about(7), None);
        disk.put(&dir.path().join("a.csv"), Size::known(9), None);
        assert_eq!(matching(&disk, dir.path(), "**/*.csv"), ["a.csv:9", "new/deep/c.csv:7", "sub/b.csv:1"]);
        assert_eq!(matching(&disk, dir.path(), "new"), ["deep/c.csv:7"]);
        assert!(disk.is_imagined(&dir.path().join("new/../new/deep/./c.csv")));
        assert!(!disk.is_imagined(&dir.path().join("sub/b.csv")));
        assert_eq!(disk.size(&dir.path().join("new/deep/c.csv")), Some(Size::about(7)));
        assert_eq!(disk.size(&dir.path().join("sub/b.csv")), Some(Size::known(1)));
        assert!(!dir.path().join("new").exists(), "nothing was written");
    }

    #[test]
    fn what_is_gone_is_not_found_and_hides_what_was_in_it() {
        let dir = tree();
        let mut disk = ImaginedDisk::default();
        disk.put(&dir.path().join("sub/extra.csv"), Size::known(1), None);
        disk.remove(&dir.path().join("sub"));
        assert_eq!(matching(&disk, dir.path(), "**/*.csv"), ["a.csv:2"]);
        assert!(disk.follow(&dir.path().join("sub/b.csv")).is_err());
        assert!(disk.children(&dir.path().join("sub")).is_err());
        // Made again it is empty, but for what is put into it.
        disk.put(&dir.path().join("sub/d.csv"), Size::known(4), None);
        assert_eq!(matching(&disk, dir.path(), "sub"), ["d.csv:4"]);
        assert!(disk.follow(&dir.path().join("sub/b.csv")).is_err());
        assert!(dir.path().join("sub/b.csv").exists());
    }

    #[test]
    fn a_renamed_file_keeps_its_size() {
        let dir = tree();
        let mut disk = ImaginedDisk::default();
        disk.rename(&dir.path().join("a.csv"), &dir.path().join("done/a.csv"));
        assert_eq!(matching(&disk, dir.path(), "**/a.csv"), ["done/a.csv:2"]);
        assert!(disk.itself(&dir.path().join("a.csv")).is_err());
    }

    #[test]
    fn the_rules_of_steps_see_what_is_imagined() {
        let dir = tree();
        let mut disk = ImaginedDisk::default();
        let workspace = Workspace { folder: dir.path().to_owned(), roots: Roots::default() };
        disk.make_folder(&dir.path().join("out"));
        let target = destinations_in(&disk, &["x".into()], "out", &workspace).unwrap();
        assert_eq!(target, [dir.path().join("out/x")], "an imagined folder is a folder");
        let place = dir.path().join("out/x");
        assert_eq!(decide_in(&disk, &place, Overwrite::Fail, None).unwrap(), Decision::Write(place.clone()));
        disk.put(&place, Size::known(1), None);
        assert!(decide_in(&disk, &place, Overwrite::Fail, None).is_err());
        let other = Decision::Write(dir.path().join("out/x (2)"));
        assert_eq!(decide_in(&disk, &place, Overwrite::Rename, None).unwrap(), other);
        disk.remove(&dir.path().join("a.csv"));
        let free = dir.path().join("a.csv");
        assert_eq!(decide_in(&disk, &free, Overwrite::Fail, None).unwrap(), Decision::Write(free.clone()));
    }

    #[test]
    fn doubt_reaches_the_folder_what_is_in_it_and_what_holds_it() {
        let mut disk = ImaginedDisk::default();
        disk.doubt(Path::new("/w/out"), "Unpack");
        for near in ["/w/out", "/w/out/a.csv", "/w", "/w/x/../out/b"] {
            assert_eq!(disk.doubts(Path::new(near)), Some("Unpack"), "{near}");
        }
        assert_eq!(disk.doubts(Path::new("/w/other")), None);
    }
}
