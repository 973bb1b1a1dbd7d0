//! Looks at a local folder: everything in it that counts, or single files. Blocking.
//!
//! Left out: what the findings mean (`readiness`). Links to files count as the files; links to folders are not followed.

use super::readiness::Sample;
use crate::copy;
use crate::error::StepError;
use courier_domain::monitor::{FileFilter, FileMonitor, ListedFile, WatchTargetType};
use courier_domain::time::to_micros;
use courier_domain::{ErrorCode, Timestamp};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// The folder a monitor looks at, and what counts there.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) root: PathBuf,
    pub(super) recursive: bool,
    pub(super) filter: FileFilter,
}

/// A folder as it is now.
#[derive(Debug)]
pub(super) struct Scan {
    /// Path and state of each file that counts.
    pub(super) files: Vec<(String, Sample)>,
    /// Files, also those that do not count.
    pub(super) all: usize,
}

impl Place {
    pub(super) fn of(monitor: &FileMonitor) -> Self {
        // Without what a person may have typed behind it.
        let root = Path::new(&monitor.watch_target.path).components().collect();
        Self { root, recursive: monitor.recursive, filter: monitor.filter() }
    }

    /// Whether a file counts, by its path.
    pub(super) fn accepts(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.root) else { return false };
        if !self.recursive && relative.components().count() != 1 {
            return false;
        }
        let relative = relative.to_string_lossy();
        if cfg!(windows) {
            self.filter.accepts(&relative.replace('\\', "/"))
        } else {
            self.filter.accepts(&relative)
        }
    }

    /// Everything in the folder that counts.
    pub(super) fn scan(&self, cancel: &CancellationToken) -> Result<Scan, StepError> {
        let root = std::fs::metadata(&self.root).map_err(|e| StepError::io("look at", &self.root, e))?;
        if !root.is_dir() {
            let message = format!("{} is not a folder.", self.root.display());
            return Err(StepError::new(ErrorCode::FileNotFound, message));
        }
        let mut found = Scan { files: Vec::new(), all: 0 };
        let mut open = vec![self.root.clone()];
        while let Some(folder) = open.pop() {
            let children = match std::fs::read_dir(&folder) {
                Ok(children) => children,
                // A folder below may go while this looks.
                Err(error) if error.kind() == ErrorKind::NotFound && folder != self.root => continue,
                Err(error) => return Err(StepError::io("list", &folder, error)),
            };
            for child in children {
                if cancel.is_cancelled() {
                    return Err(StepError::cancelled());
                }
                let child = child.map_err(|e| StepError::io("list", &folder, e))?;
                let path = child.path();
                let Ok(kind) = child.file_type() else { continue };
                if kind.is_dir() {
                    if self.recursive {
                        open.push(path);
                    }
                    continue;
                }
                found.all += 1;
                if self.accepts(&path)
                    && let Some(sample) = sample(&path)?
                {
                    found.files.push((path.to_string_lossy().into_owned(), sample));
                }
            }
        }
        Ok(found)
    }
}

/// A file as it is; nothing if there is none.
pub(super) fn sample(path: &Path) -> Result<Option<Sample>, StepError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(Some(sample_of(&found))),
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(StepError::io("look at", path, error)),
    }
}

fn sample_of(found: &Metadata) -> Sample {
    let modified = found.modified().map_or(Timestamp::UNIX_EPOCH, Timestamp::from);
    Sample { size: found.len(), modified: to_micros(modified) }
}

/// The hash of a file that is the same before and after, or that it is not the same. No hash of what cannot be read: that
/// is for the run to say.
pub(super) fn hash(
    path: &Path,
    expected: Sample,
    cancel: &CancellationToken,
) -> Result<Option<String>, Changed> {
    let digested = copy::digest(path, cancel);
    if !sample(path).is_ok_and(|still| still == Some(expected)) {
        return Err(Changed);
    }
    match digested {
        Ok(digested) if digested.size != expected.size => Err(Changed),
        Ok(digested) => Ok(Some(digested.sha256)),
        Err(_) => Ok(None),
    }
}

/// A file is not what it was a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changed;

/// What tells the folder from one that comes under the same name later; nothing if there is none.
pub(super) fn identity_of(path: &Path) -> Option<Option<(u64, u64)>> {
    let found = std::fs::metadata(path).ok().filter(Metadata::is_dir)?;
    Some(identity(&found))
}

#[cfg(unix)]
fn identity(found: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_found: &Metadata) -> Option<(u64, u64)> {
    None
}

/// File systems of other machines: they do not tell of changes that are made elsewhere.
#[cfg(target_os = "linux")]
pub(super) fn is_network_share(path: &Path) -> bool {
    // NFS, SMB, CIFS, SMB2, FUSE, 9p, AFS, Coda, Ceph, GFS2, OCFS2, Lustre: numbers of statfs(2).
    const KINDS: &[u64] = &[
        0x6969,
        0x517B,
        0xFF53_4D42,
        0xFE53_4D42,
        0x6573_5546,
        0x0102_1997,
        0x5346_414F,
        0x7375_7245,
        0x00C3_6400,
        0x0116_1970,
        0x7461_636F,
        0x0BD0_0BD0,
    ];
    rustix::fs::statfs(path).is_ok_and(|found| {
        let kind = u64::try_from(found.f_type).unwrap_or(0) & 0xFFFF_FFFF;
        KINDS.contains(&kind)
    })
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_network_share(_path: &Path) -> bool {
    false
}

/// What is in the folder of a local monitor now, for whoever activates it: its baseline. Nothing for a folder on a server,
/// whose baseline is taken by the node that looks there. A folder that is not there has nothing in it.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn baseline(monitor: &FileMonitor) -> Result<Option<Vec<ListedFile>>, StepError> {
    match monitor.watch_target.target_type {
        WatchTargetType::Remote => return Ok(None),
        WatchTargetType::Local => {}
    }
    let files = match Place::of(monitor).scan(&CancellationToken::new()) {
        Ok(scan) => scan.files,
        Err(error) if error.code == ErrorCode::FileNotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(Some(files.into_iter().map(listed).collect()))
}

/// Whether a local file is one that the monitor looks for, by its path.
pub fn counts(monitor: &FileMonitor, path: &str) -> bool {
    Place::of(monitor).accepts(Path::new(path))
}

/// A file as it is now, for the store; nothing if there is none.
///
/// # Errors
/// It cannot be looked at.
pub fn listed_file(path: &str) -> Result<Option<ListedFile>, StepError> {
    Ok(sample(Path::new(path))?.map(|sample| listed((path.to_owned(), sample))))
}

pub(super) fn listed((path, sample): (String, Sample)) -> ListedFile {
    ListedFile { path, size: sample.size, last_modified: sample.modified, sha256: None }
}
