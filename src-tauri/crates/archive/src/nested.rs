//! Archives inside an archive, unpacked too, as many levels deep as the limits say.
//!
//! Each gives way to a folder of its name without the ending. Only what is called like an archive and is one is opened:
//! documents and programs are often zip files too. What all levels unpack to counts together, and against the size of
//! the outermost archive, so that levels do not multiply. A single file under gzip is no archive here.
//!
//! Left out: cleaning up after an error; whoever made the target does.

use crate::control::Control;
use crate::error::{ArchiveError, Result, UnsafeReason};
use crate::extract::{ExtractRequest, Extracted, extract};
use crate::format::{self, Format};
use crate::limits::Limits;
use crate::name::{NameSet, SafeName};
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

const ENDINGS: [&str; 7] = [".tar.gz", ".tar.zst", ".tgz", ".tzst", ".tar", ".zip", ".7z"];

/// What was unpacked so far, at every level.
struct Used {
    /// Bytes of the outermost archive.
    packed: u64,
    bytes: u64,
    entries: u64,
}

impl Used {
    fn add(&mut self, extracted: &Extracted) {
        self.bytes += extracted.bytes;
        self.entries += (extracted.files.len() + extracted.folders.len()) as u64;
    }

    /// What the next archive inside may come to.
    fn left(&self, limits: Limits) -> Limits {
        let by_ratio = self.packed.saturating_mul(limits.max_compression_ratio).max(limits.ratio_grace_bytes);
        let bytes = limits.max_uncompressed_bytes.min(by_ratio);
        Limits {
            max_uncompressed_bytes: bytes.saturating_sub(self.bytes),
            max_file_count: limits.max_file_count.saturating_sub(self.entries),
            max_nesting_depth: 0,
            ..limits
        }
    }
}

/// Unpacks what is inside `outer`, which lies in the request's target.
pub(crate) fn unpack(
    request: &ExtractRequest<'_>,
    control: &Control<'_>,
    outer: Extracted,
) -> Result<Extracted> {
    let packed = fs::metadata(request.archive).map_err(ArchiveError::io("read", request.archive))?.len();
    let mut used = Used { packed, bytes: 0, entries: 0 };
    used.add(&outer);
    let mut done = Extracted { files: Vec::new(), folders: outer.folders, bytes: outer.bytes };
    let mut open: VecDeque<(PathBuf, u32)> = outer.files.into_iter().map(|file| (file, 0)).collect();
    while let Some((file, level)) = open.pop_front() {
        let path = request.into.join(&file);
        if level == request.limits.max_nesting_depth || !is_archive(&path)? {
            done.files.push(file);
            continue;
        }
        let beside = beside(&path);
        let limits = used.left(request.limits);
        let inner = ExtractRequest { archive: &path, into: &beside, format: None, limits, ..*request };
        let extracted = extract(&inner, control)?;
        used.add(&extracted);
        let size = fs::metadata(&path).map_err(ArchiveError::io("read", &path))?.len();
        fs::remove_file(&path).map_err(ArchiveError::io("delete", &path))?;
        done.bytes = (done.bytes + extracted.bytes).saturating_sub(size);
        let folder = place(request, &file, &beside, &extracted)?;
        open.extend(extracted.files.iter().map(|inside| (folder.join(inside), level + 1)));
        done.folders.extend(extracted.folders.iter().map(|inside| folder.join(inside)));
    }
    judge_names(request, &done)?;
    Ok(done)
}

/// Names that no two systems disagree about, over all levels: an archive inside may clash with what is beside it.
fn judge_names(request: &ExtractRequest<'_>, done: &Extracted) -> Result<()> {
    let mut names = NameSet::default();
    let judge = |path: &Path, insert: &mut dyn FnMut(&SafeName) -> std::result::Result<(), UnsafeReason>| {
        let text = path.to_string_lossy();
        SafeName::parse(&text)
            .and_then(|name| insert(&name))
            .map_err(|reason| ArchiveError::refused(request.archive, &text, reason))
    };
    for folder in &done.folders {
        judge(folder, &mut |name| names.insert_folder(name))?;
    }
    for file in &done.files {
        judge(file, &mut |name| names.insert_file(name))?;
    }
    Ok(())
}

fn is_archive(path: &Path) -> Result<bool> {
    if ending(path).is_none() {
        return Ok(false);
    }
    Ok(format::detect(path)?.is_some_and(|format| format != Format::Gzip))
}

/// How long the part of the name is that says what it is.
fn ending(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    ENDINGS.iter().find(|ending| name.ends_with(**ending) && name.len() > ending.len()).map(|e| e.len())
}

/// A name in the same folder that nothing has.
fn beside(path: &Path) -> PathBuf {
    let mut number = 0;
    loop {
        let candidate = path.with_file_name(format!(".courier-inside-{number}"));
        if !is_taken(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Puts the content where the archive was, whose name is free by now. Gives the folder, relative to the target.
fn place(
    request: &ExtractRequest<'_>,
    archive: &Path,
    content: &Path,
    extracted: &Extracted,
) -> Result<PathBuf> {
    let rename = |from: &Path, to: &Path| fs::rename(from, to).map_err(ArchiveError::io("rename", from));
    if request.flatten {
        for name in &extracted.files {
            let target = request.into.join(name);
            if is_taken(&target) {
                let name = archive.join(name).to_string_lossy().into_owned();
                return Err(ArchiveError::refused(request.archive, &name, UnsafeReason::SameName));
            }
            rename(&content.join(name), &target)?;
        }
        fs::remove_dir_all(content).map_err(ArchiveError::io("delete", content))?;
        return Ok(PathBuf::new());
    }
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let short = name.get(..name.len() - ending(archive).unwrap_or(0)).unwrap_or(&name);
    let short = short.trim_end_matches(['.', ' ']);
    let short = if short.is_empty() { &name } else { short };
    let short = archive.with_file_name(short);
    let folder = if is_taken(&request.into.join(&short)) { archive.to_owned() } else { short };
    rename(content, &request.into.join(&folder))?;
    Ok(folder)
}
