//! Copies one local file's bytes, hashing them on the way, and proves files by size and hash.

use crate::error::StepError;
use courier_domain::ErrorCode;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use tokio_util::sync::CancellationToken;

const BLOCK: usize = 1 << 20;

/// Size and SHA-256 (lower-case hex) of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digested {
    pub size: u64,
    pub sha256: String,
}

/// Copies to a file that must not exist yet, keeping permissions and times. Blocking; cancelled within a block.
pub(crate) fn copy(
    from: &Path,
    to: &Path,
    cancel: &CancellationToken,
    progress: &dyn Fn(u64),
) -> Result<Digested, StepError> {
    let mut source = File::open(from).map_err(|e| StepError::io("read", from, e))?;
    let meta = source.metadata().map_err(|e| StepError::io("read", from, e))?;
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(|e| StepError::io("write", to, e))?;
    let digested = pump(&mut source, from, cancel, progress, |block| {
        target.write_all(block).map_err(|e| StepError::io("write", to, e))
    })?;
    let times = meta.modified().map(|m| std::fs::FileTimes::new().set_modified(m));
    if let Ok(times) = times {
        target.set_times(times).map_err(|e| StepError::io("write", to, e))?;
    }
    target.set_permissions(meta.permissions()).map_err(|e| StepError::io("write", to, e))?;
    target.sync_all().map_err(|e| StepError::io("write", to, e))?;
    if digested.size != meta.len() {
        return Err(StepError::new(
            ErrorCode::SourceChanged,
            format!("{} changed while it was copied; nothing was published.", from.display()),
        ));
    }
    Ok(digested)
}

/// Reads a whole file for its size and hash. Blocking.
///
/// # Errors
/// The disk's; `cancel` was cancelled.
pub fn digest(path: &Path, cancel: &CancellationToken) -> Result<Digested, StepError> {
    let mut source = File::open(path).map_err(|e| StepError::io("read", path, e))?;
    pump(&mut source, path, cancel, &|_| {}, |_| Ok(()))
}

fn pump(
    source: &mut File,
    path: &Path,
    cancel: &CancellationToken,
    progress: &dyn Fn(u64),
    mut take: impl FnMut(&[u8]) -> Result<(), StepError>,
) -> Result<Digested, StepError> {
    let mut hash = Sha256::new();
    let mut block = vec![0u8; BLOCK];
    let mut size = 0u64;
    loop {
        if cancel.is_cancelled() {
            return Err(StepError::cancelled());
        }
        let read = match source.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(StepError::io("read", path, error)),
        };
        let part = block.get(..read).unwrap_or_default();
        hash.update(part);
        take(part)?;
        size += read as u64;
        progress(size);
    }
    Ok(Digested { size, sha256: hex::encode(hash.finalize()) })
}
