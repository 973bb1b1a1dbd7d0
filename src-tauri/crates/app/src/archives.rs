//! Archives by hand, outside any run: looked into, made, unpacked, with the steps' own code and limits.
//!
//! Invariant: an archive or an unpacked file appears under its name only when the whole archive proved good.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::pgp_files::ticks;
use crate::transfers::OnTick;
use courier_archive::{
    ArchiveEntry, Control, CreateRequest, EntryKind, ExtractRequest, Format, Limits, collect, create,
    extract, list,
};
use courier_domain::step::{ArchiveFormat, Overwrite};
use courier_domain::{ErrorCode, Timestamp};
use courier_engine::{MadeFolders, StepError, globs, place_unpacked, temporary_name, write_whole};
use courier_transfer::ProgressTick;
use courier_vault::SecretString;
use serde::Serialize;
use specta::Type;
use std::fmt;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Entries that a listing shows; its totals count all.
const SHOWN: usize = 5_000;

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ArchiveListing {
    /// `zip`, `tar`, `tar.gz`, `tar.zst`, `gzip` or `7z`.
    pub format: String,
    /// Bytes of the archive itself; of one in parts, of the first.
    pub archive_size: u64,
    /// The first of them, in the archive's order.
    pub entries: Vec<ArchiveListingEntry>,
    pub total_entries: u64,
    /// Unpacked bytes, as declared.
    pub total_size: u64,
    /// There are more entries than are shown.
    pub truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ArchiveListingEntry {
    pub name: String,
    pub kind: ArchiveEntryKind,
    /// Unpacked bytes, as declared.
    pub size: u64,
    pub packed_size: Option<u64>,
    pub encrypted: bool,
    pub modified_at: Option<Timestamp>,
    /// Why the archive would be refused for this entry.
    pub refused: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveEntryKind {
    File,
    Directory,
    Symlink,
    HardLink,
    Special,
}

/// An archive to be made. Stopping `cancel` leaves nothing.
pub struct ArchiveDraft {
    pub output: PathBuf,
    pub paths: Vec<PathBuf>,
    /// Names in the archive are relative to it.
    pub base: Option<PathBuf>,
    pub format: ArchiveFormat,
    pub level: Option<u32>,
    pub password: Option<SecretString>,
    pub overwrite: Overwrite,
    pub cancel: CancellationToken,
    pub on_tick: OnTick,
}

impl fmt::Debug for ArchiveDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveDraft")
            .field("output", &self.output)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MadeArchive {
    pub archive: PathBuf,
    pub file_count: u64,
    /// Bytes of the sources.
    pub bytes: u64,
    pub archive_size: u64,
}

/// An archive to be unpacked. Stopping `cancel` leaves nothing.
pub struct ArchiveUnpacking {
    pub archive: PathBuf,
    pub directory: PathBuf,
    pub password: Option<SecretString>,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub flatten: bool,
    pub overwrite: Overwrite,
    pub cancel: CancellationToken,
    pub on_tick: OnTick,
}

impl fmt::Debug for ArchiveUnpacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveUnpacking").field("archive", &self.archive).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnpackedArchive {
    pub directory: PathBuf,
    pub files: Vec<PathBuf>,
    pub bytes: u64,
}

impl App {
    /// # Errors
    /// No archive, a damaged one, more entries than the limits allow; a password is needed where names are encrypted.
    pub async fn archives_list(&self, path: &str, password: Option<SecretString>) -> Result<ArchiveListing> {
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(AppError::problem("path", "invalid", "Give the archive's full path."));
        }
        let limits = self.archive_limits().await?;
        let listed = blocking(move || -> Result<ArchiveListing, StepError> {
            let archive_size = std::fs::metadata(&path).map_err(|e| StepError::io("read", &path, e))?.len();
            let password = password.filter(|p| !p.is_empty());
            let listing = list(&path, password.as_ref().map(SecretString::expose), &limits)?;
            let total_size = listing.entries.iter().fold(0, |all: u64, e| all.saturating_add(e.size));
            let total_entries = listing.entries.len() as u64;
            let truncated = listing.entries.len() > SHOWN;
            // What would be refused is what one looks for.
            let (refused, good): (Vec<_>, Vec<_>) =
                listing.entries.into_iter().partition(|e| truncated && e.refused.is_some());
            let entries = refused.into_iter().chain(good).take(SHOWN).map(shown).collect();
            let format = listing.format.as_str().to_owned();
            Ok(ArchiveListing { format, archive_size, entries, total_entries, total_size, truncated })
        });
        Ok(listed.await??)
    }

    pub async fn archives_create(&self, draft: ArchiveDraft) -> Result<MadeArchive> {
        let owner = self.owner();
        let made = blocking(move || -> Result<MadeArchive, StepError> {
            let absolute =
                |path: &Path| std::path::absolute(path).map_err(|e| StepError::io("find", path, e));
            let output = absolute(&draft.output)?;
            let paths = draft.paths.iter().map(|p| absolute(p)).collect::<Result<Vec<_>, _>>()?;
            let base = draft.base.as_deref().map(absolute).transpose()?;
            let sources = collect(&paths, base.as_deref())?;
            let total = sources.iter().filter_map(|s| s.path.metadata().ok()).map(|m| m.len()).sum();
            let file = output.to_string_lossy().into_owned();
            let progress =
                |bytes| (draft.on_tick)(ProgressTick { file: file.clone(), bytes, total: Some(total) });
            let control = Control { cancel: &draft.cancel, progress: &progress };
            let written = write_whole(&output, draft.overwrite, owner, |temporary| {
                let request = CreateRequest {
                    output_temp: temporary,
                    sources: &sources,
                    format: format_of(draft.format),
                    level: draft.level,
                    password: draft.password.as_ref().map(SecretString::expose),
                    verify: true,
                    max_part_bytes: None,
                };
                Ok(create(&request, &control)?)
            })?;
            let (archive, created) = written.ok_or_else(|| already_there(&output))?;
            let (file_count, bytes, archive_size) = (created.file_count, created.bytes, created.archive_size);
            Ok(MadeArchive { archive, file_count, bytes, archive_size })
        });
        Ok(made.await??)
    }

    pub async fn archives_extract(&self, work: ArchiveUnpacking) -> Result<UnpackedArchive> {
        let (owner, limits) = (self.owner(), self.archive_limits().await?);
        let unpacked = blocking(move || -> Result<UnpackedArchive, StepError> {
            let directory = std::path::absolute(&work.directory)
                .map_err(|e| StepError::io("find", &work.directory, e))?;
            let (include, exclude) = (globs(&work.include, "include")?, globs(&work.exclude, "exclude")?);
            let made_folders = MadeFolders::default();
            made_folders.make(&directory)?;
            let staging = temporary_name(&directory.join("unpack"), owner);
            let progress = ticks(&work.archive, work.on_tick);
            let request = ExtractRequest {
                archive: &work.archive,
                into: &staging,
                format: None,
                password: work.password.as_ref().map(SecretString::expose),
                include: &include,
                exclude: &exclude,
                flatten: work.flatten,
                limits,
            };
            let control = Control { cancel: &work.cancel, progress: &progress };
            let placed = extract(&request, &control).map_err(StepError::from).and_then(|extracted| {
                let files = place_unpacked(&staging, &extracted, &directory, work.overwrite)?;
                Ok((files, extracted.bytes))
            });
            // Empty folders remain in it, or what the overwrite rule left alone.
            let _ = std::fs::remove_dir_all(&staging);
            if placed.is_err() {
                made_folders.remove_empty();
            }
            let (files, bytes) = placed?;
            Ok(UnpackedArchive { directory, files, bytes })
        });
        Ok(unpacked.await??)
    }

    async fn archive_limits(&self) -> Result<Limits> {
        Ok(courier_engine::archive_limits(&mut self.read().await?).await?)
    }
}

fn already_there(path: &Path) -> StepError {
    StepError::new(ErrorCode::AlreadyExists, format!("{} exists already.", path.display()))
}

fn shown(entry: ArchiveEntry) -> ArchiveListingEntry {
    ArchiveListingEntry {
        name: entry.name,
        kind: match entry.kind {
            EntryKind::File => ArchiveEntryKind::File,
            EntryKind::Directory => ArchiveEntryKind::Directory,
            EntryKind::Symlink => ArchiveEntryKind::Symlink,
            EntryKind::HardLink => ArchiveEntryKind::HardLink,
            EntryKind::Special => ArchiveEntryKind::Special,
        },
        size: entry.size,
        packed_size: entry.packed_size,
        encrypted: entry.encrypted,
        modified_at: entry.modified.map(Timestamp::from),
        refused: entry.refused.map(|reason| reason.to_string()),
    }
}

fn format_of(format: ArchiveFormat) -> Format {
    match format {
        ArchiveFormat::Zip => Format::Zip,
        ArchiveFormat::Tar => Format::Tar,
        ArchiveFormat::TarGz => Format::TarGz,
        ArchiveFormat::TarZst => Format::TarZst,
        ArchiveFormat::Gzip => Format::Gzip,
        ArchiveFormat::SevenZip => Format::SevenZip,
    }
}
