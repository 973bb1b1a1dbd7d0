//! How a local result gets its final name: written under a temporary name, made durable, then renamed in one step.
//!
//! Temporary names carry the execution and its epoch ([`Owner`]); the lease is checked right before the rename, so a
//! stale worker leaves no effect. Invariant: the final name holds the old file or the whole new one.

use crate::copy;
use crate::error::StepError;
use crate::files::{Disk, Files, Kind};
use courier_domain::ErrorCode;
use courier_domain::step::Overwrite;
use courier_transfer::Owner;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio_util::sync::CancellationToken;

/// What the overwrite rule says about one result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Write(PathBuf),
    /// What is there stays, and is the result.
    Keep(PathBuf),
}

/// Applies the overwrite rule. `modified` is the source's time, for [`Overwrite::Newer`].
pub(crate) fn decide(
    destination: &Path,
    overwrite: Overwrite,
    modified: Option<SystemTime>,
) -> Result<Decision, StepError> {
    decide_in(&Disk, destination, overwrite, modified)
}

/// As [`decide`], on a disk that may be imagined.
pub(crate) fn decide_in(
    files: &dyn Files,
    destination: &Path,
    overwrite: Overwrite,
    modified: Option<SystemTime>,
) -> Result<Decision, StepError> {
    let there = match files.itself(destination) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Decision::Write(destination.to_owned()));
        }
        Err(error) => return Err(StepError::io("read", destination, error)),
    };
    if there.kind == Kind::Folder {
        return Err(StepError::new(
            ErrorCode::AlreadyExists,
            format!(
                "{} is a folder. End the destination with / to put the file into it.",
                destination.display()
            ),
        ));
    }
    Ok(match overwrite {
        Overwrite::Overwrite => Decision::Write(destination.to_owned()),
        Overwrite::Skip => Decision::Keep(destination.to_owned()),
        Overwrite::Newer => match (modified, there.modified) {
            (Some(ours), Some(theirs)) if ours > theirs => Decision::Write(destination.to_owned()),
            _ => Decision::Keep(destination.to_owned()),
        },
        Overwrite::Rename => Decision::Write(free_name(files, destination)),
        Overwrite::Fail => {
            return Err(StepError::new(
                ErrorCode::AlreadyExists,
                format!("{} exists already, and this step must not replace it.", destination.display()),
            ));
        }
    })
}

/// Writes a file by hand, outside any run: `work` gets a temporary name beside it, and what it made there gets the final
/// name. Gives that name, or `None` when what is there stays. Blocking.
///
/// # Errors
/// What `work` says; something is there that may not be replaced. Nothing is left behind.
pub fn write_whole<T>(
    destination: &Path,
    overwrite: Overwrite,
    owner: Owner,
    work: impl FnOnce(&Path) -> Result<T, StepError>,
) -> Result<Option<(PathBuf, T)>, StepError> {
    let target = match decide(destination, overwrite, None)? {
        Decision::Keep(_) => return Ok(None),
        Decision::Write(target) => target,
    };
    if let Some(folder) = target.parent().filter(|folder| !folder.is_dir()) {
        let message = format!("There is no folder {}. Make it first.", folder.display());
        return Err(StepError::new(ErrorCode::FileNotFound, message));
    }
    let temporary = temporary(&target, owner);
    let done = work(&temporary).and_then(|done| {
        rename_into_place(&temporary, &target, overwrite)?;
        Ok(done)
    });
    if done.is_err() {
        remove(&temporary);
    }
    Ok(Some((target, done?)))
}

/// `name (2).csv`, the first that is free.
fn free_name(files: &dyn Files, path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let extension = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    let mut number = 2u64;
    loop {
        let candidate = path.with_file_name(format!("{stem} ({number}){extension}"));
        if files.itself(&candidate).is_err() {
            return candidate;
        }
        number += 1;
    }
}

/// A temporary name beside `destination` for work by hand, free now.
pub fn temporary_name(destination: &Path, owner: Owner) -> PathBuf {
    temporary(destination, owner)
}

/// The temporary name beside `destination`, with leftovers of this execution's earlier epochs removed.
pub(crate) fn temporary(destination: &Path, owner: Owner) -> PathBuf {
    take_over(destination, owner);
    let name = destination.file_name().unwrap_or_default().to_string_lossy();
    let path = destination.with_file_name(owner.part_name(&name));
    remove(&path);
    path
}

/// Takes what earlier epochs of this execution built for `destination` away from workers that may not know yet that
/// they are stale. A worker looks at its lease once its file is whole, so afterwards what is at `destination` is all
/// that there will ever be of theirs.
pub(crate) fn take_over(destination: &Path, owner: Owner) {
    let name = destination.file_name().unwrap_or_default().to_string_lossy();
    for older in owner.older_part_names(&name) {
        // Renamed first: a removal of a folder takes its time. Nothing there is the usual case.
        let stale = destination.with_file_name(older);
        let mine = destination.with_file_name(owner.part_name(&name));
        if std::fs::rename(&stale, &mine).is_ok() {
            remove(&mine);
        }
    }
}

/// Removes a temporary file or folder; nothing there is success.
pub(crate) fn remove(path: &Path) {
    let gone = match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(_) => return,
    };
    if let Err(error) = gone {
        tracing::warn!(path = %path.display(), %error, "a temporary file could not be removed");
    }
}

/// Folders that were made for a result, to be taken away again if there is none.
#[derive(Debug, Clone, Default)]
pub struct MadeFolders(Arc<Mutex<Vec<PathBuf>>>);

impl MadeFolders {
    /// Makes a folder with those above it, and remembers which were not there. Blocking.
    ///
    /// # Errors
    /// The disk's.
    pub fn make(&self, folder: &Path) -> Result<(), StepError> {
        let missing: Vec<PathBuf> =
            folder.ancestors().take_while(|above| !above.exists()).map(Path::to_owned).collect();
        std::fs::create_dir_all(folder).map_err(|e| StepError::io("create", folder, e))?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(missing);
        Ok(())
    }

    /// Removes those that hold nothing, deepest first.
    pub fn remove_empty(&self) {
        for folder in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // One that is not empty is somebody's by now.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Makes the folders above a path.
pub(crate) fn make_parents(path: &Path) -> Result<(), StepError> {
    match path.parent() {
        Some(parent) => std::fs::create_dir_all(parent).map_err(|e| StepError::io("create", parent, e)),
        None => Ok(()),
    }
}

/// Syncs a whole temporary file, renames it, syncs the folder. The lease was checked by the caller.
pub(crate) fn rename_into_place(
    temporary: &Path,
    destination: &Path,
    overwrite: Overwrite,
) -> Result<(), StepError> {
    File::open(temporary).and_then(|f| f.sync_all()).map_err(|e| StepError::io("write", destination, e))?;
    match overwrite {
        Overwrite::Overwrite | Overwrite::Newer => std::fs::rename(temporary, destination),
        Overwrite::Skip | Overwrite::Rename | Overwrite::Fail => rename_if_free(temporary, destination),
    }
    .map_err(|e| StepError::io("write", destination, e))?;
    sync_folder(destination)
}

/// A rename that never replaces: somebody else may have made the file since we looked.
pub(crate) fn rename_if_free(from: &Path, to: &Path) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
            Err(error) => return Err(error.into()),
        }
    }
    std::fs::hard_link(from, to)?;
    std::fs::remove_file(from)
}

/// Moves a file that is done with; an earlier one of that name stays, and the new one is numbered. Blocking.
pub(crate) fn move_aside(from: &Path, to: &Path, cancel: &CancellationToken) -> Result<(), StepError> {
    make_parents(to)?;
    let mut target = to.to_owned();
    loop {
        match rename_if_free(from, &target) {
            Ok(()) => return sync_folder(&target),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => target = free_name(&Disk, to),
            Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => break,
            Err(error) => return Err(StepError::io("move", from, error)),
        }
    }
    // On another disk: a whole copy first, under a name that nobody takes for it.
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = target.with_file_name(format!("{name}.courier-moving.part"));
    remove(&temporary);
    let moved = copy::copy(from, &temporary, cancel, &|_| {})
        .and_then(|_| rename_into_place(&temporary, &target, Overwrite::Fail));
    if let Err(error) = moved {
        remove(&temporary);
        return Err(error);
    }
    std::fs::remove_file(from).map_err(|e| StepError::io("delete", from, e))
}

/// Makes a rename durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StepError> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        File::open(parent).and_then(|f| f.sync_all()).map_err(|e| StepError::io("write", parent, e))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_overwrite_rule_decides_as_named() {
        let dir = tempfile::tempdir().unwrap();
        let there = dir.path().join("a.csv");
        std::fs::write(&there, "old").unwrap();
        let old = SystemTime::UNIX_EPOCH;
        let decide = |rule, at| decide(&there, rule, at);
        assert_eq!(decide(Overwrite::Overwrite, None).unwrap(), Decision::Write(there.clone()));
        assert_eq!(decide(Overwrite::Skip, None).unwrap(), Decision::Keep(there.clone()));
        assert_eq!(decide(Overwrite::Newer, Some(old)).unwrap(), Decision::Keep(there.clone()));
        assert_eq!(decide(Overwrite::Rename, None).unwrap(), Decision::Write(dir.path().join("a (2).csv")));
        assert_eq!(decide(Overwrite::Fail, None).unwrap_err().code, ErrorCode::AlreadyExists);
    }

    #[test]
    fn what_is_moved_aside_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a.csv"), dir.path().join("sent/a.csv"));
        for content in ["one", "two"] {
            std::fs::write(&from, content).unwrap();
            move_aside(&from, &to, &CancellationToken::new()).unwrap();
            assert!(!from.exists());
        }
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(dir.path().join("sent/a (2).csv")).unwrap(), "two");
    }

    #[test]
    fn a_rename_that_must_not_replace_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, "new").unwrap();
        std::fs::write(&b, "old").unwrap();
        assert!(rename_into_place(&a, &b, Overwrite::Fail).is_err());
        assert_eq!(std::fs::read(&b).unwrap(), b"old");
        rename_into_place(&a, &b, Overwrite::Overwrite).unwrap();
        assert_eq!(std::fs::read(&b).unwrap(), b"new");
    }
}
