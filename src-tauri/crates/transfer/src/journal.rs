//! The journal of an unfinished transfer: what the source was, and the running SHA-256 at the end of each block.
//!
//! One line of JSON for the source, then `<length> <hex>` lines, appended after the block was written here, or
//! acknowledged there. The hash at a line is that of *everything* up to it, so one pass over the local file (a
//! download's unfinished one, an upload's source) both proves it and primes the hash of the whole. Invariant: a resumed
//! file begins with bytes whose hash the journal recorded, of a source with the same size and time.

use crate::remote::FileState;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

/// Bytes between two lines.
pub(crate) const BLOCK: u64 = 8 * 1024 * 1024;

/// What is transferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    version: u32,
    pub(crate) path: String,
    pub(crate) size: u64,
    /// Nanoseconds since 1970, as far as the source's side tells them.
    modified_at_unix_ns: Option<i64>,
    pub(crate) server: String,
    /// Where an upload goes. A download's journal lies beside its destination.
    pub(crate) destination: Option<String>,
}

impl Head {
    pub(crate) fn of(path: &str, state: FileState, server: &str) -> Self {
        Self {
            version: 2,
            path: path.to_owned(),
            size: state.size,
            modified_at_unix_ns: state.modified_at.and_then(|t| t.timestamp_nanos_opt()),
            server: server.to_owned(),
            destination: None,
        }
    }

    /// The head of an upload's journal.
    pub(crate) fn bound_for(self, destination: &str) -> Self {
        Self { destination: Some(destination.to_owned()), ..self }
    }
}

/// An open journal, ready for more lines.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    pub(crate) fn create(at: &Path, head: &Head) -> io::Result<Self> {
        let mut file = File::create(at)?;
        let mut line = serde_json::to_vec(head)?;
        line.push(b'\n');
        file.write_all(&line)?;
        Ok(Self { file })
    }

    pub(crate) fn note(&mut self, length: u64, so_far: &Sha256) -> io::Result<()> {
        let line = format!("{length} {}\n", hex::encode(so_far.clone().finalize()));
        self.file.write_all(line.as_bytes())
    }
}

/// What of a file is proven.
#[derive(Debug, Clone)]
pub(crate) struct Proven {
    pub(crate) length: u64,
    pub(crate) hash: Sha256,
}

impl Proven {
    pub(crate) fn nothing() -> Self {
        Self { length: 0, hash: Sha256::new() }
    }

    /// The SHA-256 of these bytes, lower-case hex.
    pub(crate) fn hex(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}

/// How much of the local file `part` can be kept, up to `most` bytes. Nothing, if the journal is missing, of another
/// source, or not readable.
pub(crate) fn prove(journal: &Path, part: &Path, head: &Head, most: u64) -> Proven {
    read(journal, part, head, most).unwrap_or_else(|error| {
        tracing::debug!(%error, "the unfinished file cannot be used");
        Proven::nothing()
    })
}

fn read(journal: &Path, part: &Path, expected: &Head, most: u64) -> io::Result<Proven> {
    let mut lines = BufReader::new(File::open(journal)?).lines();
    let head: Head = serde_json::from_str(&lines.next().unwrap_or_else(|| Ok(String::new()))?)?;
    if head != *expected || expected.modified_at_unix_ns.is_none() {
        return Ok(Proven::nothing());
    }
    let mut part = File::open(part)?;
    let mut proven = Proven::nothing();
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    for line in lines {
        let line = line?;
        let Some((length, digest)) = line.split_once(' ') else { break };
        let Ok(length) = length.parse::<u64>() else { break };
        if length <= proven.length || length > expected.size.min(most) {
            break;
        }
        let mut missing = length - proven.length;
        while missing > 0 {
            let want = buffer.len().min(usize::try_from(missing).unwrap_or(usize::MAX));
            let got = part.read(&mut buffer[..want])?;
            if got == 0 {
                return Ok(proven);
            }
            hash.update(&buffer[..got]);
            missing -= got as u64;
        }
        if hex::encode(hash.clone().finalize()) != digest {
            break;
        }
        proven = Proven { length, hash: hash.clone() };
    }
    Ok(proven)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(size: u64, seconds: i64) -> FileState {
        FileState { size, modified_at: chrono::DateTime::from_timestamp(seconds, 0) }
    }

    fn kept(journal: &Path, part: &Path, path: &str, state: FileState, server: &str) -> Proven {
        prove(journal, part, &Head::of(path, state, server), u64::MAX)
    }

    fn written(dir: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
        let (part, at) = (dir.join("p"), dir.join("j"));
        std::fs::write(&part, "aaaabbbbcc").unwrap();
        let mut journal = Journal::create(&at, &Head::of("/x", state(12, 7), "srv")).unwrap();
        let mut hash = Sha256::new();
        hash.update("aaaa");
        journal.note(4, &hash).unwrap();
        hash.update("bbbb");
        journal.note(8, &hash).unwrap();
        hash.update("cccc");
        journal.note(12, &hash).unwrap();
        (at, part)
    }

    #[test]
    fn whole_recorded_blocks_are_proven() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, part) = written(dir.path());
        let proven = kept(&journal, &part, "/x", state(12, 7), "srv");
        assert_eq!(proven.length, 8);
        assert_eq!(proven.hash.finalize(), Sha256::digest("aaaabbbb"));
        assert_eq!(prove(&journal, &part, &Head::of("/x", state(12, 7), "srv"), 7).length, 4);
    }

    #[test]
    fn a_flipped_byte_ends_the_proof_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, part) = written(dir.path());
        std::fs::write(&part, "aaaabbXbcccc").unwrap();
        assert_eq!(kept(&journal, &part, "/x", state(12, 7), "srv").length, 4);
    }

    #[test]
    fn another_source_proves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, part) = written(dir.path());
        assert_eq!(kept(&journal, &part, "/x", state(12, 8), "srv").length, 0);
        assert_eq!(kept(&journal, &part, "/x", state(13, 7), "srv").length, 0);
        assert_eq!(kept(&journal, &part, "/y", state(12, 7), "srv").length, 0);
        assert_eq!(kept(&journal, &part, "/x", state(12, 7), "other").length, 0);
        assert_eq!(kept(&dir.path().join("none"), &part, "/x", state(12, 7), "srv").length, 0);
    }

    #[test]
    fn a_torn_last_line_is_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, part) = written(dir.path());
        let text = std::fs::read_to_string(&journal).unwrap();
        std::fs::write(&journal, &text[..text.len() - 100]).unwrap();
        assert_eq!(kept(&journal, &part, "/x", state(12, 7), "srv").length, 4);
    }
}
