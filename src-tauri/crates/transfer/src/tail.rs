//! Whether a server still has what it acknowledged: the end of the unfinished file is read back and compared.
//!
//! Invariant: nothing is sent behind bytes that differ from the source's.

use crate::TransferError;
use crate::download::blocking;
use crate::remote::Remote;
use sha2::Digest;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The most that is read back before a mark.
pub(crate) const TAIL: u64 = 1024 * 1024;

/// What reading back has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Same,
    Different,
    /// There is more behind the end: somebody is still writing.
    More,
}

/// Compares the remote file's bytes `from..end` with the source's.
pub(crate) async fn compare(
    remote: &dyn Remote,
    path: &str,
    source: PathBuf,
    from: u64,
    end: u64,
) -> Result<Found, TransferError> {
    let ours = blocking(move || {
        range(&source, from, end).map_err(|error| TransferError::local("reading", source, error))
    })
    .await?;
    let mut reader = remote.open_read(path, from).await?;
    let mut rest = ours.as_slice();
    let found = loop {
        match reader.next().await? {
            None if rest.is_empty() => break Found::Same,
            None => break Found::Different,
            Some(_) if rest.is_empty() => break Found::More,
            Some(block) => {
                let here = block.len().min(rest.len());
                if block[..here] != rest[..here] {
                    break Found::Different;
                }
                rest = &rest[here..];
                if here < block.len() {
                    break Found::More;
                }
            }
        }
    };
    match reader.close().await {
        Err(error) if error.is_lost() => Err(error),
        Err(error) => {
            tracing::debug!(%error, "closing a file that was read back failed");
            Ok(found)
        }
        Ok(()) => Ok(found),
    }
}

fn range(source: &Path, from: u64, end: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(source)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(end - from).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Hashes on from a mark to `end`.
pub(crate) async fn hash_on(
    source: PathBuf,
    mark: crate::journal::Proven,
    end: u64,
) -> Result<crate::journal::Proven, TransferError> {
    blocking(move || {
        let between = range(&source, mark.length, end);
        let between = between.map_err(|error| TransferError::local("reading", source, error))?;
        let (mut hash, length) = (mark.hash, mark.length + between.len() as u64);
        hash.update(&between);
        Ok(crate::journal::Proven { length, hash })
    })
    .await
}
