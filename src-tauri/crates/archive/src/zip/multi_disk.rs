//! Zips cut by PKZIP's own rules into `.z01`, `.z02`, … and `.zip` (APPNOTE 8): offsets count within each part, so they
//! are not one stream of bytes. They are recognised and not read.

use crate::error::ArchiveError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// What the first part starts with.
const SPANNING_MARK: &[u8] = b"PK\x07\x08";
const END_MARK: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const MAX_COMMENT_BYTES: u64 = u16::MAX as u64;

/// The refusal, if this is a part of such a zip; a file that cannot be looked at is none.
pub(crate) fn refusal(archive: &Path) -> Option<ArchiveError> {
    let is_part = File::open(archive).and_then(|mut file| is_part(&mut file)).unwrap_or(false);
    is_part.then(|| ArchiveError::Unsupported {
        archive: archive.to_path_buf(),
        what: "it is a zip split into .z01, .z02, …; ask for a whole one, or for parts named .zip.001, .zip.002, …"
            .into(),
    })
}

fn is_part(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let mut head = Vec::new();
    file.by_ref().take(SPANNING_MARK.len() as u64).read_to_end(&mut head)?;
    if head == SPANNING_MARK {
        return Ok(true);
    }
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES as u64 + MAX_COMMENT_BYTES)))?;
    let mut tail = Vec::new();
    file.take(END_BYTES as u64 + MAX_COMMENT_BYTES).read_to_end(&mut tail)?;
    let end = tail.windows(END_BYTES).rev().find(|record| record.starts_with(END_MARK));
    // The number of this disk; all ones mean that zip64 tells it.
    Ok(end.and_then(|record| record.get(4..6)).is_some_and(|disk| disk != [0, 0] && disk != [0xff, 0xff]))
}
