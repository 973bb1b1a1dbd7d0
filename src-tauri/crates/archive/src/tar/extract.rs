//! Unpacking and listing.

use super::reader::TarReader;
use super::stream;
use crate::control::Control;
use crate::error::{ArchiveError, Result};
use crate::extract::{ExtractRequest, Extracted};
use crate::format::Format;
use crate::limits::Limits;
use crate::list::{ArchiveEntry, EntryKind};
use crate::staging::Staging;
use crate::unpack::{BLOCK_BYTES, Declared, Met, Unpacking};
use std::io::Read;
use std::path::Path;

pub(crate) fn extract(
    staging: &Staging,
    request: &ExtractRequest<'_>,
    control: &Control<'_>,
    format: Format,
) -> Result<Extracted> {
    let archive = request.archive;
    let (inside, length) = stream::open(archive, format)?;
    let mut reader = TarReader::new(archive, inside);
    let failed = TarReader::<Box<dyn Read>>::failed(archive);
    let mut met = Met::default();
    let mut unpacking = Unpacking::new(staging, request, control, length);
    while let Some(declared) = reader.next()? {
        if is_root(&declared) {
            continue;
        }
        let name = met.judge(request, &declared)?;
        match declared.kind {
            EntryKind::Directory => unpacking.folder(name, &declared)?,
            EntryKind::File | EntryKind::Symlink | EntryKind::HardLink | EntryKind::Special => {
                unpacking.file(&name, &declared, &mut reader, &failed)?;
            }
        }
    }
    drain(archive, reader.into_inner(), length, &request.limits, control)?;
    Ok(unpacking.finish())
}

/// `tar -C folder .` stores the folder itself, which is the target here.
fn is_root(declared: &Declared) -> bool {
    let name = declared.name.as_str();
    declared.kind == EntryKind::Directory
        && name.starts_with('.')
        && name.split('/').all(|part| matches!(part, "" | "."))
}

/// Reads to the end of the stream around the tar, where its checksum is; what stands behind the end mark is no entry.
fn drain(
    archive: &Path,
    mut inside: impl Read,
    length: u64,
    limits: &Limits,
    control: &Control<'_>,
) -> Result<()> {
    let failed = TarReader::<Box<dyn Read>>::failed(archive);
    let (mut block, mut bytes) = (vec![0; BLOCK_BYTES], 0);
    loop {
        control.check()?;
        match inside.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                bytes += count as u64;
                limits.check_total(archive, length, bytes)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

pub(crate) fn list(archive: &Path, limits: &Limits, format: Format) -> Result<Vec<ArchiveEntry>> {
    let (inside, length) = stream::open(archive, format)?;
    let mut reader = TarReader::new(archive, inside);
    let (mut entries, mut bytes) = (Vec::new(), 0_u64);
    while let Some(declared) = reader.next()? {
        if is_root(&declared) {
            continue;
        }
        bytes = bytes.saturating_add(declared.size);
        // The whole stream is read to find the headers in it.
        limits.check_total(archive, length, bytes)?;
        limits.check_count(archive, entries.len() as u64 + 1)?;
        let refused = declared.judge().err();
        let packed_size = (format == Format::Tar).then_some(declared.size);
        let (size, modified) = (declared.size, declared.modified);
        let (name, kind) = (declared.name, declared.kind);
        entries.push(ArchiveEntry { name, kind, size, packed_size, encrypted: false, modified, refused });
    }
    if format != Format::Tar {
        let mut rest = Vec::new();
        let read = reader.into_inner().take(BLOCK_BYTES as u64).read_to_end(&mut rest);
        read.map_err(|error| ArchiveError::damaged(archive, error.to_string()))?;
    }
    Ok(entries)
}
