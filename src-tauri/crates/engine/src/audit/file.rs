//! Checkpoints in a file that the user keeps where the database's owner cannot reach it: one line of JSON for each.
//!
//! Invariant: the file only ever grows. What a crash or a full disk kept from it is written later, because its last
//! line says what it has.

use crate::error::EngineError;
use courier_store::{AuditCheckpoint, Store};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Checkpoints written at once.
const PAGE: u32 = 1_000;
/// The file's last line is looked for in so many bytes.
const TAIL: u64 = 65_536;

/// What a file of checkpoints holds.
#[derive(Debug, Default)]
pub struct CheckpointFile {
    pub checkpoints: Vec<AuditCheckpoint>,
    /// Numbers of the lines that are no checkpoint.
    pub unreadable: Vec<u64>,
}

/// Reads a file of checkpoints.
///
/// # Errors
/// The file cannot be read.
pub fn read_checkpoint_file(path: &Path) -> io::Result<CheckpointFile> {
    let mut found = CheckpointFile::default();
    for (number, line) in (1..).zip(BufReader::new(File::open(path)?).split(b'\n')) {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(&line) {
            Ok(checkpoint) => found.checkpoints.push(checkpoint),
            Err(_) => found.unreadable.push(number),
        }
    }
    Ok(found)
}

/// Appends every checkpoint that the file does not have yet.
pub(super) async fn follow(store: &Store, path: PathBuf) -> Result<(), EngineError> {
    let failed = |path: &Path, cause| EngineError::CheckpointFile { path: path.to_owned(), cause };
    let lost = |_| io::Error::other("writing was given up");
    let at = path.clone();
    let last = tokio::task::spawn_blocking(move || last_sequence(&at)).await.unwrap_or_else(|e| Err(lost(e)));
    let mut after = last.map_err(|cause| failed(&path, cause))?;
    loop {
        let new = store.read().await?.audit_checkpoints(after, PAGE).await?;
        let Some(newest) = new.last() else { return Ok(()) };
        after = newest.sequence;
        let at = path.clone();
        let written =
            tokio::task::spawn_blocking(move || append(&at, &new)).await.unwrap_or_else(|e| Err(lost(e)));
        written.map_err(|cause| failed(&path, cause))?;
    }
}

/// The sequence in the last line that is a checkpoint, 0 if there is none.
fn last_sequence(path: &Path) -> io::Result<i64> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let mut lines = tail.split(|byte| *byte == b'\n').rev();
    let last = lines.find_map(|line| serde_json::from_slice::<AuditCheckpoint>(line).ok());
    Ok(last.map_or(0, |checkpoint| checkpoint.sequence))
}

fn append(path: &Path, new: &[AuditCheckpoint]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut lines = Vec::new();
    // A line that a crash cut off stays by itself.
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut end = [0];
        file.read_exact(&mut end)?;
        if end != *b"\n" {
            lines.push(b'\n');
        }
    }
    for checkpoint in new {
        serde_json::to_writer(&mut lines, checkpoint)?;
        lines.push(b'\n');
    }
    file.write_all(&lines)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(sequence: i64) -> AuditCheckpoint {
        let at = chrono::DateTime::UNIX_EPOCH;
        let (entry_hash, public_key, signature) = ("a".repeat(64), "b".repeat(64), "c".repeat(128));
        AuditCheckpoint { sequence, entry_hash, created_at: at, public_key, signature }
    }

    #[test]
    fn a_file_knows_what_it_has_also_after_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints.jsonl");
        assert_eq!(last_sequence(&path).unwrap(), 0);
        append(&path, &[checkpoint(1), checkpoint(1_000)]).unwrap();
        assert_eq!(last_sequence(&path).unwrap(), 1_000);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 9]).unwrap();
        assert_eq!(last_sequence(&path).unwrap(), 1);
        append(&path, &[checkpoint(1_000), checkpoint(2_000)]).unwrap();
        let found = read_checkpoint_file(&path).unwrap();
        assert_eq!(found.checkpoints, [checkpoint(1), checkpoint(1_000), checkpoint(2_000)]);
        assert_eq!(found.unreadable, [2]);
    }

    #[test]
    fn the_last_line_of_a_long_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints.jsonl");
        append(&path, &(1..=1_000).map(checkpoint).collect::<Vec<_>>()).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 3 * TAIL);
        assert_eq!(last_sequence(&path).unwrap(), 1_000);
    }
}
