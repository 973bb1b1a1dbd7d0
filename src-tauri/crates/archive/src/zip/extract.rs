//! Unpacking a zip: all entries are judged first, then written one after the other under the real limits.

use super::reader::{self, Planned};
use super::{BLOCK_BYTES, clock, entry, failure};
use crate::control::Control;
use crate::error::{ArchiveError, Result};
use crate::extract::{ExtractRequest, Extracted};
use crate::list::EntryKind;
use crate::staging::Staging;
use crate::volumes::VolumeReader;
use globset::GlobSet;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use zip::ZipReadOptions;
use zip::read::{ZipFile, ZipFileEntry};

pub(crate) fn extract(
    staging: &Staging,
    request: &ExtractRequest<'_>,
    control: &Control<'_>,
) -> Result<Extracted> {
    let archive = request.archive;
    let mut reader = reader::open(archive, &request.limits)?;
    let plan = reader::plan(request, &mut reader)?;

    // Two stories about one entry are for two readers: what one lets pass is not what the other unpacks.
    let mut reader = reader.enforce_header_consistency(true);
    let entries = reader.files().map_err(|e| failure::reading(archive, e))?;
    let archive_size = entries.reader_mut().get_ref().length();
    let mut unpacking =
        Unpacking { staging, request, control, archive_size, bytes: 0, block: vec![0; BLOCK_BYTES] };
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for planned in &plan {
        control.check()?;
        let found = match entries.next() {
            Some(found) => found.map_err(|e| failure::reading(archive, e))?,
            None => return Err(changed(request)),
        };
        if found.header_start() != planned.header_start {
            return Err(changed(request));
        }
        if !is_wanted(&planned.name.to_string(), request.include, request.exclude) {
            continue;
        }
        match planned.kind {
            EntryKind::Directory if request.flatten => {}
            EntryKind::Directory => {
                staging.create_folder(&planned.name)?;
                // There is nothing to decrypt in a folder; it is opened for its time.
                let options = ZipReadOptions::new().ignore_encryption_flag(true);
                let opened = found.with_reader(entries.reader_mut(), options);
                let modified = opened.ok().and_then(|folder| clock::modified(&folder));
                folders.push((planned.name.clone(), modified));
            }
            EntryKind::File | EntryKind::Symlink | EntryKind::HardLink | EntryKind::Special => {
                files.push(unpacking.write(planned, found, entries.reader_mut())?);
            }
        }
    }
    // Last, because a folder's time changes with what is put into it.
    for (folder, modified) in &folders {
        if let Some(modified) = modified {
            staging.set_folder_time(folder, *modified);
        }
    }
    let folders = folders.into_iter().map(|(folder, _)| folder.to_path()).collect();
    Ok(Extracted { files, folders, bytes: unpacking.bytes })
}

fn is_wanted(name: &str, include: &GlobSet, exclude: &GlobSet) -> bool {
    (include.is_empty() || include.is_match(name)) && !exclude.is_match(name)
}

fn changed(request: &ExtractRequest<'_>) -> ArchiveError {
    ArchiveError::SourceChanged { path: request.archive.to_path_buf() }
}

struct Unpacking<'a> {
    staging: &'a Staging,
    request: &'a ExtractRequest<'a>,
    control: &'a Control<'a>,
    archive_size: u64,
    /// Content bytes of all entries so far.
    bytes: u64,
    block: Vec<u8>,
}

impl Unpacking<'_> {
    fn write(
        &mut self,
        planned: &Planned,
        found: ZipFileEntry<'static>,
        reader: &mut BufReader<VolumeReader>,
    ) -> Result<std::path::PathBuf> {
        let archive = self.request.archive;
        let name = if self.request.flatten { planned.name.flattened() } else { planned.name.clone() };
        let encrypted = found.encrypted();
        let executable = entry::is_executable(&found);
        let options = ZipReadOptions::new().password(self.request.password.map(str::as_bytes));
        let mut content = found
            .with_reader(reader, options)
            .map_err(|e| failure::opening(archive, &planned.name.to_string(), encrypted, e))?;

        let output = self.staging.create_file(&name, executable)?;
        let path = self.staging.locate(&name);
        self.copy(planned, &mut content, encrypted, &output, &path)?;
        if let Some(modified) = clock::modified(&content) {
            output.set_modified(modified).map_err(ArchiveError::io("set the time of", &path))?;
        }
        output.sync_all().map_err(ArchiveError::io("write", &path))?;
        Ok(name.to_path())
    }

    fn copy<R: Read>(
        &mut self,
        planned: &Planned,
        content: &mut ZipFile<'_, R>,
        encrypted: bool,
        mut output: &File,
        path: &std::path::Path,
    ) -> Result<()> {
        let archive = self.request.archive;
        let limits = &self.request.limits;
        let name = planned.name.to_string();
        let (declared, packed) = (content.size(), content.compressed_size());
        let mut unpacked = 0u64;
        loop {
            self.control.check()?;
            let count = content
                .read(&mut self.block)
                .map_err(|e| failure::content(archive, Some((&name, encrypted)), e))?;
            if count == 0 {
                break;
            }
            unpacked += count as u64;
            self.bytes += count as u64;
            limits.check_entry(archive, &name, packed, unpacked)?;
            limits.check_total(archive, self.archive_size, self.bytes)?;
            let block = self.block.get(..count).unwrap_or_default();
            output.write_all(block).map_err(ArchiveError::io("write", path))?;
            self.control.report(self.bytes);
        }
        if unpacked != declared {
            let what = format!("{name:?} has {unpacked} bytes instead of {declared}");
            return Err(ArchiveError::damaged(archive, what));
        }
        Ok(())
    }
}
