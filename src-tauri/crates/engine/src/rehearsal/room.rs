//! Whether there is room and a right to write where files would go, looked up without writing.
//!
//! What steps would write adds up, so that two that fit alone and not together are told.

use super::imagined_disk::Size;
use crate::amount::amount;
use crate::error::StepError;
use courier_domain::ErrorCode;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Bytes that the steps so far would have written, by disk.
#[derive(Debug, Default)]
pub(super) struct Room {
    taken: HashMap<u64, u64>,
}

impl Room {
    /// Counts what would be written into folders; says so when a disk has not enough room.
    pub(super) fn take(&mut self, files: &[(PathBuf, Size)]) -> Vec<StepError> {
        let mut wanted: HashMap<u64, (PathBuf, Size)> = HashMap::new();
        for (path, size) in files {
            let folder = existing(path.parent().unwrap_or(path));
            let Some(disk) = disk_of(&folder) else { continue };
            let (_, sum) = wanted.entry(disk).or_insert_with(|| (folder, Size::default()));
            sum.bytes = sum.bytes.saturating_add(size.bytes);
            sum.is_estimate |= size.is_estimate;
        }
        let mut problems = Vec::new();
        for (disk, (folder, sum)) in wanted {
            let before = self.taken.get(&disk).copied().unwrap_or(0);
            self.taken.insert(disk, before.saturating_add(sum.bytes));
            let Some(free) = courier_transfer::free_space(&folder) else { continue };
            let left = free.saturating_sub(before);
            if sum.bytes > left {
                problems.push(full(&folder, sum, left, before));
            }
        }
        problems
    }
}

fn full(folder: &Path, wanted: Size, left: u64, before: u64) -> StepError {
    let about = if wanted.is_estimate { "about " } else { "" };
    let after = if before > 0 { " once the steps before have written theirs" } else { "" };
    StepError::new(
        ErrorCode::DiskFull,
        format!(
            "{} has no room: {about}{} are needed, and {} are free{after}. Free some space.",
            folder.display(),
            amount(wanted.bytes),
            amount(left)
        ),
    )
}

/// The folder itself, or the first above it that is there.
pub(super) fn existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|above| above.exists()).unwrap_or(Path::new("/")).to_owned()
}

/// Whether files could be made in a folder, or it could be made itself where it is missing.
pub(super) fn check_folder(folder: &Path) -> Result<(), StepError> {
    let there = existing(folder);
    if !there.is_dir() {
        return Err(StepError::new(ErrorCode::IoFailed, format!("{} is not a folder.", there.display())));
    }
    may_write(&there).map_err(|error| StepError::io("write in", &there, error))
}

#[cfg(unix)]
fn may_write(folder: &Path) -> std::io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    // As the user that Courier runs as, which is not always the one who started it.
    Ok(accessat(CWD, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
}

#[cfg(not(unix))]
fn may_write(folder: &Path) -> std::io::Result<()> {
    match std::fs::metadata(folder)?.permissions().readonly() {
        true => Err(std::io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

/// Whether a file that is there could be read.
#[cfg(unix)]
pub(super) fn check_readable(path: &Path) -> Result<(), StepError> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    accessat(CWD, path, Access::READ_OK, AtFlags::EACCESS)
        .map_err(|error| StepError::io("read", path, error.into()))
}

#[cfg(not(unix))]
pub(super) fn check_readable(path: &Path) -> Result<(), StepError> {
    std::fs::File::open(path).map(drop).map_err(|error| StepError::io("read", path, error))
}

/// Whether two paths are, or would be, on one disk, so that a file only changes its name.
pub(super) fn is_same_disk(one: &Path, other: &Path) -> bool {
    match (disk_of(&existing(one)), disk_of(&existing(other))) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

#[cfg(unix)]
fn disk_of(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder).ok().map(|meta| meta.dev())
}

/// Without a number for it, everything counts as one disk.
#[cfg(not(unix))]
fn disk_of(folder: &Path) -> Option<u64> {
    folder.exists().then_some(0)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_and_what_fits_adds_up() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("not there/file");
        let free = courier_transfer::free_space(dir.path()).unwrap();
        let mut room = Room::default();
        let too_much = room.take(&[(at.clone(), Size::about(free.saturating_mul(2)))]);
        assert_eq!(too_much.iter().map(|e| e.code).collect::<Vec<_>>(), [ErrorCode::DiskFull]);
        assert!(too_much[0].message.contains("about"), "{}", too_much[0]);
        let mut room = Room::default();
        // Others may write meanwhile, so the halves are well below and above.
        let part = Size::known(free / 3 * 2);
        assert!(room.take(&[(at.clone(), part)]).is_empty());
        let second = room.take(&[(at, part)]);
        assert!(second[0].message.contains("once the steps before"), "{}", second[0]);
    }

    #[test]
    fn a_missing_folder_is_judged_by_the_one_above() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(existing(&dir.path().join("a/b")), dir.path());
        check_folder(&dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("file"), "x").unwrap();
        assert!(check_folder(&dir.path().join("file/b")).is_err());
        check_readable(&dir.path().join("file")).unwrap();
        assert!(is_same_disk(&dir.path().join("file"), &dir.path().join("other/x")));
    }
}
