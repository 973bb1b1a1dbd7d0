//! What happens at a destination that may already hold a file: the overwrite rule, and the local rename that obeys it.
//!
//! Invariant: a file that the rule protects is never touched, also when it appears between the look and the rename.

use crate::TransferError;
use crate::partial::split;
use crate::remote::{Entry, Remote, Replace, join_remote, parent_of};
use courier_domain::Timestamp;
use courier_domain::step::Overwrite;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where a file goes, or why it does not.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision<P> {
    Go { destination: P, replace: Replace },
    Skip { reason: &'static str },
}

/// Copies named `name (n).ext` that are tried before giving up.
const MOST_COPIES: u32 = 10_000;

pub(crate) fn decide_local(
    destination: &Path,
    rule: Overwrite,
    source_time: Option<Timestamp>,
) -> Result<Decision<PathBuf>, TransferError> {
    let there = match std::fs::metadata(destination) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(TransferError::local("looking at", destination, error)),
    };
    if there.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        return Err(TransferError::IsAFolder { path: destination.display().to_string() });
    }
    let there_time = there.as_ref().and_then(|m| m.modified().ok()).map(Timestamp::from);
    Ok(match choose(rule, there.is_some(), source_time, there_time) {
        Choice::Go(replace) => Decision::Go { destination: destination.to_path_buf(), replace },
        Choice::Skip(reason) => Decision::Skip { reason },
        Choice::Refuse => {
            return Err(TransferError::AlreadyExists { path: destination.display().to_string() });
        }
        Choice::OtherName => {
            let (folder, name) = split(destination)?;
            let free = (1..=MOST_COPIES).map(|n| folder.join(numbered(&name, n))).find(|p| !p.exists());
            let destination =
                free.ok_or_else(|| TransferError::AlreadyExists { path: destination.display().to_string() })?;
            Decision::Go { destination, replace: Replace::No }
        }
    })
}

/// Applies the overwrite rule to a path on a server. `source_time` is for [`Overwrite::Newer`].
pub async fn decide_remote(
    remote: &dyn Remote,
    destination: &str,
    rule: Overwrite,
    source_time: Option<Timestamp>,
) -> Result<Decision<String>, TransferError> {
    let there: Option<Entry> = remote.stat(destination).await?;
    if there.as_ref().is_some_and(|e| e.is_directory) {
        return Err(TransferError::IsAFolder { path: destination.to_owned() });
    }
    let there_time = there.as_ref().and_then(|e| e.modified_at);
    Ok(match choose(rule, there.is_some(), source_time, there_time) {
        Choice::Go(replace) => Decision::Go { destination: destination.to_owned(), replace },
        Choice::Skip(reason) => Decision::Skip { reason },
        Choice::Refuse => return Err(TransferError::AlreadyExists { path: destination.to_owned() }),
        Choice::OtherName => {
            let name = destination.rsplit('/').next().unwrap_or(destination);
            for n in 1..=MOST_COPIES {
                let free = match parent_of(destination) {
                    "." => numbered(name, n),
                    folder => join_remote(folder, &numbered(name, n)),
                };
                if remote.stat(&free).await?.is_none() {
                    return Ok(Decision::Go { destination: free, replace: Replace::No });
                }
            }
            return Err(TransferError::AlreadyExists { path: destination.to_owned() });
        }
    })
}

enum Choice {
    Go(Replace),
    Skip(&'static str),
    Refuse,
    OtherName,
}

fn choose(
    rule: Overwrite,
    is_there: bool,
    source_time: Option<Timestamp>,
    there_time: Option<Timestamp>,
) -> Choice {
    if !is_there {
        // A file that appears meanwhile is protected by every rule but the first.
        return Choice::Go(if rule == Overwrite::Overwrite { Replace::Yes } else { Replace::No });
    }
    match rule {
        Overwrite::Overwrite => Choice::Go(Replace::Yes),
        Overwrite::Skip => Choice::Skip("it is there already"),
        Overwrite::Fail => Choice::Refuse,
        Overwrite::Rename => Choice::OtherName,
        // Servers tell whole seconds.
        Overwrite::Newer => match (source_time, there_time) {
            (Some(source), Some(there)) if source.timestamp() <= there.timestamp() => {
                Choice::Skip("the one that is there is not older")
            }
            _ => Choice::Go(Replace::Yes),
        },
    }
}

/// `report.csv` → `report (1).csv`; `.env` → `.env (1)`.
fn numbered(name: &str, n: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem} ({n}).{extension}"),
        _ => format!("{name} ({n})"),
    }
}

/// Gives a finished file its name, and makes the name durable.
pub(crate) fn publish_local(part: &Path, destination: &Path, replace: Replace) -> Result<(), TransferError> {
    let failed = |error| TransferError::local("naming", destination, error);
    match replace {
        Replace::Yes => std::fs::rename(part, destination).map_err(failed)?,
        Replace::No => match std::fs::hard_link(part, destination) {
            Ok(()) => std::fs::remove_file(part).map_err(failed)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(failed(error)),
            // File systems without links: the look and the rename are two steps there.
            Err(_) if destination.exists() => return Err(failed(ErrorKind::AlreadyExists.into())),
            Err(_) => std::fs::rename(part, destination).map_err(failed)?,
        },
    }
    match sync_folder(destination) {
        // The file has its name; some file systems and rights do not allow to open a folder.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied
            ) =>
        {
            tracing::debug!(%error, "the folder cannot be synced");
            Ok(())
        }
        synced => synced.map_err(failed),
    }
}

#[cfg(unix)]
fn sync_folder(destination: &Path) -> std::io::Result<()> {
    match destination.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
        _ => std::fs::File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "folders cannot be synced here; the shape is the Unix one's")]
fn sync_folder(_destination: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<Timestamp> {
        chrono::DateTime::from_timestamp(seconds, 0)
    }

    #[test]
    fn each_rule_decides_as_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let decide = |rule, time| decide_local(&path, rule, time);
        let go = |p: &Path, replace| Decision::Go { destination: p.to_path_buf(), replace };
        assert_eq!(decide(Overwrite::Fail, None).unwrap(), go(&path, Replace::No));
        std::fs::write(&path, "old").unwrap();
        assert_eq!(decide(Overwrite::Overwrite, None).unwrap(), go(&path, Replace::Yes));
        assert!(matches!(decide(Overwrite::Skip, None).unwrap(), Decision::Skip { .. }));
        assert!(matches!(decide(Overwrite::Fail, None), Err(TransferError::AlreadyExists { .. })));
        assert!(matches!(decide(Overwrite::Newer, at(1)).unwrap(), Decision::Skip { .. }));
        assert_eq!(decide(Overwrite::Newer, at(40_000_000_000)).unwrap(), go(&path, Replace::Yes));
        assert_eq!(decide(Overwrite::Rename, None).unwrap(), go(&dir.path().join("a (1).csv"), Replace::No));
    }

    #[test]
    fn a_protected_file_survives_even_when_it_appears_late() {
        let dir = tempfile::tempdir().unwrap();
        let (part, target) = (dir.path().join("p"), dir.path().join("t"));
        std::fs::write(&part, "new").unwrap();
        std::fs::write(&target, "old").unwrap();
        let refused = publish_local(&part, &target, Replace::No);
        assert!(matches!(refused, Err(TransferError::AlreadyExists { .. })));
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "old");
        publish_local(&part, &target, Replace::Yes).unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "new");
        assert!(!part.exists());
    }
}
