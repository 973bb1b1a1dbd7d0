//! Unpacking and listing: all entries are judged by the archive's own list before one byte is written.

use super::failure::{self, contained};
use super::{DIRECTORY, MEMORY_KIB, REPARSE_POINT, TYPE_MASK, UNIX_EXTENSION};
use crate::control::Control;
use crate::error::{ArchiveError, Result};
use crate::extract::{ExtractRequest, Extracted};
use crate::limits::Limits;
use crate::list::{ArchiveEntry, EntryKind};
use crate::name::SafeName;
use crate::parallel;
use crate::staging::Staging;
use crate::unpack::{BLOCK_BYTES, Declared, Met, Unpacking};
use crate::volumes::VolumeReader;
use sevenz_rust2::{ArchiveEntry as Entry, ArchiveReader, Error, Password};
use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;
use std::time::SystemTime;

type Reader = ArchiveReader<BufReader<VolumeReader>>;

/// The archive with its list read, and its own length.
fn open(archive: &Path, password: Option<&str>) -> Result<(Reader, u64)> {
    let file = VolumeReader::open(archive)?;
    let length = file.length();
    let source = BufReader::with_capacity(BLOCK_BYTES, file);
    let given = password.map_or_else(Password::empty, Password::new);
    let mut reader = ArchiveReader::new_with_memory_limit(source, given, MEMORY_KIB)
        .map_err(|error| failure::reading(archive, "", password.is_some(), error))?;
    reader.set_thread_count(u32::try_from(parallel::threads()).unwrap_or(1));
    Ok((reader, length))
}

pub(crate) fn extract(
    staging: &Staging,
    request: &ExtractRequest<'_>,
    control: &Control<'_>,
) -> Result<Extracted> {
    contained(request.archive, || unpack(staging, request, control))
}

fn unpack(staging: &Staging, request: &ExtractRequest<'_>, control: &Control<'_>) -> Result<Extracted> {
    let (archive, limits) = (request.archive, &request.limits);
    let (mut reader, length) = open(archive, request.password)?;
    let mut met = Met::default();
    let mut judged: HashMap<String, (SafeName, Declared)> = HashMap::new();
    let mut unpacked = 0_u64;
    for entry in &reader.archive().files {
        control.check()?;
        refuse_odd(archive, entry)?;
        let declared = declared(entry);
        unpacked = unpacked.saturating_add(declared.size);
        limits.check_total(archive, length, unpacked)?;
        let name = met.judge(request, &declared)?;
        judged.insert(entry.name.clone(), (name, declared));
    }
    let mut unpacking = Unpacking::new(staging, request, control, length);
    let mut failed = None;
    let mut last = String::new();
    let done = reader.for_each_entries(|entry, content| {
        last.clone_from(&entry.name);
        let Some((name, declared)) = judged.get(&entry.name) else {
            return Err(Error::Other("an entry is not in the list".into()));
        };
        let reading = |error: std::io::Error| {
            let known = request.password.is_some();
            failure::reading(archive, &declared.name, known, wrong_content(error, known))
        };
        let written = match declared.kind {
            EntryKind::Directory => unpacking.folder(name.clone(), declared),
            EntryKind::File | EntryKind::Symlink | EntryKind::HardLink | EntryKind::Special => {
                unpacking.file(name, declared, content, &reading)
            }
        };
        written.map(|()| true).map_err(|error| {
            failed = Some(error);
            Error::Other("stopped".into())
        })
    });
    match (failed, done) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(failure::reading(archive, &last, request.password.is_some(), error)),
        (None, Ok(())) => Ok(unpacking.finish()),
    }
}

/// A decoder that fails on decrypted noise says nothing of passwords.
fn wrong_content(error: std::io::Error, with_password: bool) -> Error {
    if with_password && error.raw_os_error().is_none() {
        return Error::MaybeBadPassword(error);
    }
    Error::Io(error, "".into())
}

fn refuse_odd(archive: &Path, entry: &Entry) -> Result<()> {
    if entry.is_anti_item {
        let what = format!("{:?} asks for a file to be deleted", entry.name);
        return Err(ArchiveError::Unsupported { archive: archive.to_path_buf(), what });
    }
    Ok(())
}

fn declared(entry: &Entry) -> Declared {
    let attributes = if entry.has_windows_attributes { entry.windows_attributes } else { 0 };
    let mode = if attributes & UNIX_EXTENSION != 0 { attributes >> 16 } else { 0 };
    let kind = match mode & TYPE_MASK {
        0o120_000 => EntryKind::Symlink,
        0o010_000 | 0o020_000 | 0o060_000 | 0o140_000 => EntryKind::Special,
        _ if attributes & REPARSE_POINT != 0 => EntryKind::Symlink,
        _ if entry.is_directory || attributes & DIRECTORY != 0 => EntryKind::Directory,
        _ => EntryKind::File,
    };
    Declared {
        name: entry.name.clone(),
        kind,
        size: entry.size,
        modified: entry.has_last_modified_date.then(|| SystemTime::from(entry.last_modified_date)),
        executable: mode & 0o100 != 0,
        set_id: mode & 0o6000 != 0,
    }
}

pub(crate) fn list(archive: &Path, limits: &Limits, password: Option<&str>) -> Result<Vec<ArchiveEntry>> {
    contained(archive, || {
        let (reader, _) = open(archive, password)?;
        limits.check_count(archive, reader.archive().files.len() as u64)?;
        let entries = reader.archive().files.iter().enumerate().map(|(index, entry)| {
            let declared = declared(entry);
            ArchiveEntry {
                refused: declared.judge().err(),
                name: declared.name,
                kind: declared.kind,
                size: declared.size,
                // Several share one block, so there is no size of its own.
                packed_size: None,
                encrypted: reader.archive().is_file_encrypted(index),
                modified: declared.modified,
            }
        });
        Ok(entries.collect())
    })
}
