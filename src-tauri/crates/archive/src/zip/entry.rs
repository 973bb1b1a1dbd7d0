//! What a zip entry is, by all that it says of itself, and whether it may be unpacked.

use crate::error::{ArchiveError, Result, UnsafeReason};
use crate::list::EntryKind;
use crate::name::SafeName;
use std::path::Path;
use zip::read::ZipFileEntry;

const TYPE_MASK: u32 = 0o170_000;
const TYPE_FIFO: u32 = 0o010_000;
const TYPE_CHARACTER_DEVICE: u32 = 0o020_000;
const TYPE_DIRECTORY: u32 = 0o040_000;
const TYPE_BLOCK_DEVICE: u32 = 0o060_000;
const TYPE_SYMLINK: u32 = 0o120_000;
const TYPE_SOCKET: u32 = 0o140_000;
const SET_ID_BITS: u32 = 0o6000;
const OWNER_EXECUTES: u32 = 0o100;
const DOS_DIRECTORY: u32 = 0x10;

/// General purpose flags of entries that need more than a password: patch data, strong encryption, masked headers.
const UNREADABLE_FLAGS: u16 = 1 << 5 | 1 << 6 | 1 << 13;

/// The mode is read whatever system the entry claims: a link stays a link when the entry lies about where it was made.
fn unix_mode(entry: &ZipFileEntry<'_>) -> u32 {
    entry.external_attributes() >> 16
}

pub(super) fn kind(entry: &ZipFileEntry<'_>) -> EntryKind {
    let named_folder = matches!(entry.name_raw().last(), Some(b'/' | b'\\'));
    match unix_mode(entry) & TYPE_MASK {
        TYPE_SYMLINK => EntryKind::Symlink,
        TYPE_FIFO | TYPE_CHARACTER_DEVICE | TYPE_BLOCK_DEVICE | TYPE_SOCKET => EntryKind::Special,
        _ if named_folder => EntryKind::Directory,
        TYPE_DIRECTORY if entry.size() == 0 => EntryKind::Directory,
        _ if entry.external_attributes() & DOS_DIRECTORY != 0 && entry.size() == 0 => EntryKind::Directory,
        _ => EntryKind::File,
    }
}

pub(super) fn is_executable(entry: &ZipFileEntry<'_>) -> bool {
    unix_mode(entry) & OWNER_EXECUTES != 0
}

/// The name as text, for messages and lists: UTF-8 if it is valid, else CP437.
pub(super) fn display_name(entry: &ZipFileEntry<'_>) -> String {
    entry
        .name()
        .map_or_else(|_| String::from_utf8_lossy(entry.name_raw()).into_owned(), |name| name.into_owned())
}

/// Judges one entry by itself.
pub(super) fn judge(archive: &Path, entry: &ZipFileEntry<'_>) -> Result<(SafeName, EntryKind)> {
    let shown = display_name(entry);
    let refuse = |reason| ArchiveError::refused(archive, &shown, reason);
    if entry.flags().as_u16() & UNREADABLE_FLAGS != 0 {
        let what = format!("{shown:?} uses encryption that only PKWARE's programs read; ask for AES");
        return Err(ArchiveError::Unsupported { archive: archive.to_path_buf(), what });
    }
    let kind = kind(entry);
    match kind {
        EntryKind::Symlink => return Err(refuse(UnsafeReason::Symlink)),
        EntryKind::HardLink => return Err(refuse(UnsafeReason::HardLink)),
        EntryKind::Special => return Err(refuse(UnsafeReason::SpecialFile)),
        EntryKind::File if unix_mode(entry) & SET_ID_BITS != 0 => {
            return Err(refuse(UnsafeReason::SetUserId));
        }
        EntryKind::File | EntryKind::Directory => {}
    }
    let name = SafeName::parse(&shown).map_err(refuse)?;
    Ok((name, kind))
}

/// Why an entry is not unpacked, judged by itself.
pub(super) fn refusal(archive: &Path, entry: &ZipFileEntry<'_>) -> Option<UnsafeReason> {
    match judge(archive, entry) {
        Err(ArchiveError::Unsafe { reason, .. }) => Some(reason),
        Ok(_) | Err(_) => None,
    }
}
