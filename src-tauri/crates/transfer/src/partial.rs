//! Names of unfinished files: `<name>.courier-<execution>-<epoch>.part`, and `.journal` beside a download.
//!
//! The epoch grows with each claim of the execution. A rescuer takes over an older epoch's file by renaming it to its
//! own name, so that a stale worker's last rename finds nothing. Invariant: only the holder of an epoch ever writes
//! under that epoch's name.

use crate::TransferError;
use crate::name::LONGEST;
use courier_domain::JobExecutionId;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// On whose behalf a file is unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub execution: JobExecutionId,
    pub epoch: i64,
}

/// How many older epochs are looked for: on a server each look is a round trip, on a disk next to nothing.
const OLDER_REMOTE: usize = 16;
const OLDER_LOCAL: usize = 64;

impl Owner {
    fn stem(&self, name: &str) -> String {
        let execution = self.execution.to_string();
        // Room for the execution, the largest epoch and the ending.
        let room = LONGEST - ".courier-".len() - execution.len() - 20 - ".journal".len() - 1;
        let short = if name.len() <= room {
            name.to_owned()
        } else {
            let hash = hex::encode(Sha256::digest(name.as_bytes()));
            let keep = room - 17;
            let end = (0..=keep).rev().find(|i| name.is_char_boundary(*i)).unwrap_or(0);
            format!("{}~{}", &name[..end], &hash[..16])
        };
        format!("{short}.courier-{execution}-")
    }

    /// The temporary name for a file that will be called `name`. Never longer than 255 bytes.
    pub fn part_name(&self, name: &str) -> String {
        format!("{}{}.part", self.stem(name), self.epoch)
    }

    pub(crate) fn journal_name(&self, name: &str) -> String {
        format!("{}{}.journal", self.stem(name), self.epoch)
    }

    /// The names that earlier epochs of this execution would have used, newest first.
    pub fn older_part_names(&self, name: &str) -> Vec<String> {
        let stem = self.stem(name);
        (1..self.epoch).rev().take(OLDER_REMOTE).map(|epoch| format!("{stem}{epoch}.part")).collect()
    }
}

/// Where one local file is built.
#[derive(Debug, Clone)]
pub(crate) struct Partial {
    pub(crate) part: PathBuf,
    pub(crate) journal: PathBuf,
    /// Parts and journals of earlier epochs, newest first; most do not exist.
    older: Vec<(PathBuf, PathBuf)>,
}

impl Partial {
    pub(crate) fn of(destination: &Path, owner: Owner) -> Result<Self, TransferError> {
        let (folder, name) = split(destination)?;
        let at = |epoch| {
            let owner = Owner { epoch, ..owner };
            (folder.join(owner.part_name(&name)), folder.join(owner.journal_name(&name)))
        };
        let (part, journal) = at(owner.epoch);
        Ok(Self { part, journal, older: (1..owner.epoch).rev().take(OLDER_LOCAL).map(at).collect() })
    }

    /// Takes over the newest file that an earlier epoch left, removes the rest.
    pub(crate) fn adopt(&self) -> Result<(), TransferError> {
        for (part, journal) in &self.older {
            take(part, &self.part)?;
            take(journal, &self.journal)?;
        }
        Ok(())
    }

    /// Removes everything unfinished of this file and execution, but nothing of a later claim.
    pub(crate) fn remove(&self) {
        let own = [(self.part.clone(), self.journal.clone())];
        for path in own.iter().chain(&self.older).flat_map(|(part, journal)| [part, journal]) {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::debug!(%error, "an unfinished file stays behind");
                }
                _ => {}
            }
        }
    }
}

/// Gives an older file the new name, or removes it if there is a newer one.
fn take(older: &Path, own: &Path) -> Result<(), TransferError> {
    let result = if own.exists() { std::fs::remove_file(older) } else { std::fs::rename(older, own) };
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(TransferError::local("taking over", older, error))
        }
        _ => Ok(()),
    }
}

/// Folder and name of a destination.
pub(crate) fn split(destination: &Path) -> Result<(PathBuf, String), TransferError> {
    let name = destination.file_name().and_then(|n| n.to_str()).ok_or_else(|| TransferError::UnsafeName {
        name: crate::escaped(&destination.to_string_lossy()),
        reason: "it is not a file name in UTF-8".to_owned(),
    })?;
    let folder = match destination.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    Ok((folder, name.to_owned()))
}

/// Removes what an execution that will never go on has left beside `destination`.
pub async fn discard(destination: PathBuf, owner: Owner) {
    let done =
        tokio::task::spawn_blocking(move || Partial::of(&destination, owner).map(|p| p.remove())).await;
    if let Err(error) = done {
        tracing::warn!(%error, "unfinished files could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(epoch: i64) -> Owner {
        Owner { execution: "018f0000-0000-7000-8000-000000000001".parse().unwrap(), epoch }
    }

    #[test]
    fn the_name_says_execution_and_epoch() {
        assert_eq!(owner(3).part_name("a.csv"), "a.csv.courier-018f0000-0000-7000-8000-000000000001-3.part");
        assert_eq!(owner(3).older_part_names("a").len(), 2);
    }

    #[test]
    fn a_long_name_stays_within_the_limit_and_apart_from_its_neighbour() {
        let (a, b) = ("ü".repeat(127) + "a", "ü".repeat(127) + "b");
        let (pa, pb) = (owner(i64::MAX).part_name(&a), owner(i64::MAX).part_name(&b));
        assert!(pa.len() <= LONGEST && owner(i64::MAX).journal_name(&a).len() <= LONGEST);
        assert_ne!(pa, pb);
    }

    #[test]
    fn a_rescuer_takes_the_newest_older_file_and_leaves_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.csv");
        for epoch in [1, 2] {
            let p = Partial::of(&target, owner(epoch)).unwrap();
            std::fs::write(&p.part, format!("part {epoch}")).unwrap();
            std::fs::write(&p.journal, format!("journal {epoch}")).unwrap();
        }
        std::fs::write(dir.path().join("b.csv.courier-x-1.part"), "someone else's").unwrap();
        let mine = Partial::of(&target, owner(11)).unwrap();
        mine.adopt().unwrap();
        assert_eq!(std::fs::read_to_string(&mine.part).unwrap(), "part 2");
        assert_eq!(std::fs::read_to_string(&mine.journal).unwrap(), "journal 2");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
        Partial::of(&target, owner(2)).unwrap().remove();
        assert!(mine.part.exists(), "a stale worker removes nothing of a later claim");
        mine.remove();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
