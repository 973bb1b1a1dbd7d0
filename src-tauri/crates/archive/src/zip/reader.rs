//! Opening a zip and looking through its directory, entry by entry and never all at once: a hostile directory may be
//! far larger than the files it promises.

use super::{clock, entry, failure, multi_disk};
use crate::error::{ArchiveError, Result, UnsafeReason};
use crate::extract::ExtractRequest;
use crate::limits::Limits;
use crate::list::{ArchiveEntry, EntryKind};
use crate::name::{NameSet, SafeName};
use crate::unpack::is_wanted;
use crate::volumes::VolumeReader;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use zip::HasZipMetadata;
use zip::read::Config;
use zip::unstable::read::ZipIterable;

pub(super) type Reader = ZipIterable<BufReader<VolumeReader>>;

/// One entry that passed every check.
pub(super) struct Planned {
    pub(super) name: SafeName,
    pub(super) kind: EntryKind,
    /// Offset of the local header; tells whether the archive is still the one that was judged.
    pub(super) header_start: u64,
}

/// Opens an archive, in one file or in parts, and checks the number of its entries.
pub(super) fn open(archive: &Path, limits: &Limits) -> Result<Reader> {
    over(archive, VolumeReader::open(archive)?, limits)
}

pub(super) fn over(archive: &Path, volumes: VolumeReader, limits: &Limits) -> Result<Reader> {
    let last_part = volumes.last_part().map(Path::to_path_buf);
    let mut reader = ZipIterable::try_new(BufReader::new(volumes), Config::default()).map_err(|e| {
        multi_disk::refusal(archive)
            .unwrap_or_else(|| failure::opening_archive(archive, last_part.as_deref(), e))
    })?;
    limits.check_count(archive, reader.len() as u64)?;
    if reader.is_empty() {
        refuse_hidden(archive, &mut reader)?;
    }
    Ok(reader)
}

pub(crate) fn list(archive: &Path, limits: &Limits) -> Result<Vec<ArchiveEntry>> {
    let mut reader = open(archive, limits)?;
    let files = reader.files().map_err(|e| failure::reading(archive, e))?;
    files
        .map(|found| {
            let found = found.map_err(|e| failure::reading(archive, e))?;
            Ok(ArchiveEntry {
                name: entry::display_name(&found),
                kind: entry::kind(&found),
                size: found.size(),
                packed_size: Some(found.compressed_size()),
                encrypted: found.encrypted(),
                modified: found.last_modified().and_then(clock::of_dos),
                refused: entry::refusal(archive, &found),
            })
        })
        .collect()
}

/// An end without entries behind other data hides what came before: a delivery must not pass for an empty one.
fn refuse_hidden(archive: &Path, reader: &mut Reader) -> Result<()> {
    let files = reader.files().map_err(|e| failure::reading(archive, e))?;
    let mut head = [0; 4];
    let volumes = files.reader_mut();
    volumes
        .seek(SeekFrom::Start(0))
        .and_then(|_| volumes.read_exact(&mut head))
        .map_err(|e| failure::content(archive, None, e))?;
    match &head {
        b"PK\x05\x06" | b"PK\x06\x06" => Ok(()),
        _ => Err(ArchiveError::damaged(
            archive,
            "it says that it is empty, behind data that belongs to no entry",
        )),
    }
}

/// Judges every entry and all of them together, by what they declare, before one byte is written.
pub(super) fn plan(request: &ExtractRequest<'_>, reader: &mut Reader) -> Result<Vec<Planned>> {
    let (archive, limits) = (request.archive, &request.limits);
    let mut names = NameSet::default();
    let mut flat_names = NameSet::default();
    let mut ranges = Vec::new();
    let mut unpacked = 0u64;
    let mut planned = Vec::new();
    let files = reader.files().map_err(|e| failure::reading(archive, e))?;
    let archive_size = files.reader_mut().get_ref().length();
    let mut directory_start = archive_size;
    while let Some(found) = files.next() {
        let found = found.map_err(|e| failure::reading(archive, e))?;
        let (name, kind) = entry::judge(archive, &found)?;
        let refuse = |reason| ArchiveError::refused(archive, &name.to_string(), reason);
        match kind {
            EntryKind::Directory => names.insert_folder(&name).map_err(refuse)?,
            EntryKind::File | EntryKind::Symlink | EntryKind::HardLink | EntryKind::Special => {
                names.insert_file(&name).map_err(refuse)?;
                if request.flatten && is_wanted(request, &name) {
                    flat_names.insert_file(&name.flattened()).map_err(refuse)?;
                }
            }
        }
        limits.check_entry(archive, &name.to_string(), found.compressed_size(), found.size())?;
        unpacked = unpacked.saturating_add(found.size());
        limits.check_total(archive, archive_size, unpacked)?;

        let data = found.get_metadata();
        let data_start = data.data_start(files.reader_mut()).map_err(|e| failure::reading(archive, e))?;
        ranges.push((
            found.header_start(),
            data_start.saturating_add(found.compressed_size()),
            planned.len(),
        ));
        directory_start = directory_start.min(found.central_header_start());
        planned.push(Planned { name, kind, header_start: found.header_start() });
    }
    refuse_overlaps(archive, ranges, directory_start, &planned)?;
    Ok(planned)
}

/// Two entries that share bytes unpack to more than the archive holds, which is how small bombs are built.
fn refuse_overlaps(
    archive: &Path,
    mut ranges: Vec<(u64, u64, usize)>,
    directory_start: u64,
    planned: &[Planned],
) -> Result<()> {
    ranges.sort_unstable();
    if ranges.first().is_some_and(|(start, _, _)| *start > 0) {
        return Err(ArchiveError::damaged(
            archive,
            "it starts with data that belongs to no entry, perhaps with another archive",
        ));
    }
    let mut free_from = 0;
    for (start, end, index) in ranges {
        let name = planned.get(index).map(|entry| entry.name.to_string()).unwrap_or_default();
        if start < free_from {
            return Err(ArchiveError::refused(archive, &name, UnsafeReason::Overlapping));
        }
        if end > directory_start {
            return Err(ArchiveError::damaged(
                archive,
                format!("the data of {name:?} runs over the archive's end"),
            ));
        }
        free_from = end;
    }
    Ok(())
}
