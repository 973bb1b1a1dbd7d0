//! What unpacking formats that come as a stream share: every entry is judged when it comes, and counted while it is
//! written. Whoever unpacks throws the directory away after an error, so a bad entry at the end undoes those before it.

use crate::control::Control;
use crate::error::{ArchiveError, Result, UnsafeReason};
use crate::extract::{ExtractRequest, Extracted};
use crate::list::EntryKind;
use crate::name::{NameSet, SafeName};
use crate::staging::Staging;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::SystemTime;

pub(crate) const BLOCK_BYTES: usize = 256 * 1024;

/// What an entry says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) kind: EntryKind,
    /// Unpacked bytes.
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
    pub(crate) executable: bool,
    pub(crate) set_id: bool,
}

impl Declared {
    /// Why the entry is not unpacked, judged by itself.
    pub(crate) fn judge(&self) -> Result<SafeName, UnsafeReason> {
        match self.kind {
            EntryKind::Symlink => return Err(UnsafeReason::Symlink),
            EntryKind::HardLink => return Err(UnsafeReason::HardLink),
            EntryKind::Special => return Err(UnsafeReason::SpecialFile),
            EntryKind::File if self.set_id => return Err(UnsafeReason::SetUserId),
            EntryKind::File | EntryKind::Directory => {}
        }
        SafeName::parse(&self.name)
    }
}

/// Names and numbers of entries met so far, under the limits.
#[derive(Debug, Default)]
pub(crate) struct Met {
    names: NameSet,
    flat_names: NameSet,
    count: u64,
}

impl Met {
    /// Judges an entry by itself, beside the others, and by what it declares.
    pub(crate) fn judge(&mut self, request: &ExtractRequest<'_>, declared: &Declared) -> Result<SafeName> {
        let archive = request.archive;
        self.count += 1;
        request.limits.check_count(archive, self.count)?;
        let refuse = |reason| ArchiveError::refused(archive, &declared.name, reason);
        let name = declared.judge().map_err(refuse)?;
        match declared.kind {
            EntryKind::Directory => self.names.insert_folder(&name).map_err(refuse)?,
            EntryKind::File | EntryKind::Symlink | EntryKind::HardLink | EntryKind::Special => {
                self.names.insert_file(&name).map_err(refuse)?;
                if request.flatten && is_wanted(request, &name) {
                    self.flat_names.insert_file(&name.flattened()).map_err(refuse)?;
                }
            }
        }
        // The ratio of one entry is not known in a stream; that of the whole is judged while it flows.
        request.limits.check_entry(archive, &declared.name, declared.size, declared.size)?;
        Ok(name)
    }
}

/// Whether the patterns ask for the entry.
pub(crate) fn is_wanted(request: &ExtractRequest<'_>, name: &SafeName) -> bool {
    let name = name.to_string();
    (request.include.is_empty() || request.include.is_match(&name)) && !request.exclude.is_match(&name)
}

/// The target, filled entry by entry.
pub(crate) struct Unpacking<'a> {
    staging: &'a Staging,
    request: &'a ExtractRequest<'a>,
    control: &'a Control<'a>,
    archive_size: u64,
    /// Content bytes of all entries so far, also of those that are left out.
    bytes: u64,
    files: Vec<PathBuf>,
    written: u64,
    folders: Vec<(SafeName, Option<SystemTime>)>,
    block: Vec<u8>,
}

impl<'a> Unpacking<'a> {
    pub(crate) fn new(
        staging: &'a Staging,
        request: &'a ExtractRequest<'a>,
        control: &'a Control<'a>,
        archive_size: u64,
    ) -> Self {
        let block = vec![0; BLOCK_BYTES];
        let (files, folders) = (Vec::new(), Vec::new());
        Self { staging, request, control, archive_size, bytes: 0, files, written: 0, folders, block }
    }

    pub(crate) fn folder(&mut self, name: SafeName, declared: &Declared) -> Result<()> {
        self.control.check()?;
        if !self.request.flatten && is_wanted(self.request, &name) {
            self.staging.create_folder(&name)?;
            self.folders.push((name, declared.modified));
        }
        Ok(())
    }

    /// Writes a file, or reads over one that is not wanted. `failed` says what a failed reading means.
    pub(crate) fn file(
        &mut self,
        name: &SafeName,
        declared: &Declared,
        content: &mut dyn Read,
        failed: &dyn Fn(std::io::Error) -> ArchiveError,
    ) -> Result<()> {
        self.control.check()?;
        let is_wanted = is_wanted(self.request, name);
        let name = if self.request.flatten { name.flattened() } else { name.clone() };
        let path = self.staging.locate(&name);
        let output =
            if is_wanted { Some(self.staging.create_file(&name, declared.executable)?) } else { None };
        let count = self.copy(declared, content, failed, |block| match &output {
            Some(output) => (&*output).write_all(block).map_err(ArchiveError::io("write", &path)),
            None => Ok(()),
        })?;
        if let Some(output) = output {
            if let Some(modified) = declared.modified {
                output.set_modified(modified).map_err(ArchiveError::io("set the time of", &path))?;
            }
            output.sync_all().map_err(ArchiveError::io("write", &path))?;
            self.files.push(name.to_path());
            self.written += count;
        }
        Ok(())
    }

    fn copy(
        &mut self,
        declared: &Declared,
        content: &mut dyn Read,
        failed: &dyn Fn(std::io::Error) -> ArchiveError,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        let (archive, limits) = (self.request.archive, self.request.limits);
        let mut count = 0;
        loop {
            self.control.check()?;
            let read = match content.read(&mut self.block) {
                Ok(0) => return Ok(count),
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            count += read as u64;
            self.bytes += read as u64;
            limits.check_entry(archive, &declared.name, count, count)?;
            limits.check_total(archive, self.archive_size, self.bytes)?;
            take(self.block.get(..read).unwrap_or_default())?;
            self.control.report(self.bytes);
        }
    }

    pub(crate) fn finish(self) -> Extracted {
        // Last, because a folder's time changes with what is put into it.
        for (folder, modified) in &self.folders {
            if let Some(modified) = modified {
                self.staging.set_folder_time(folder, *modified);
            }
        }
        let folders = self.folders.into_iter().map(|(folder, _)| folder.to_path()).collect();
        Extracted { files: self.files, folders, bytes: self.written }
    }
}
