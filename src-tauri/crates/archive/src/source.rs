//! What goes into an archive: files and empty folders found below the named paths, and the name that each gets inside.
//!
//! Invariant: no two sources share a name, also not one that differs only by case.

use crate::error::{ArchiveError, Result, UnsafeReason};
use crate::name::{NameSet, SafeName};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a source is. A folder brings its name and time only; what is in it are sources of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    File,
    Folder,
}

/// One file or folder to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    pub path: PathBuf,
    /// Relative, parts separated by `/`, none at the end.
    pub name_in_archive: String,
    pub kind: SourceKind,
}

impl SourceFile {
    pub fn file(path: PathBuf, name_in_archive: String) -> Self {
        Self { path, name_in_archive, kind: SourceKind::File }
    }

    pub fn folder(path: PathBuf, name_in_archive: String) -> Self {
        Self { path, name_in_archive, kind: SourceKind::Folder }
    }
}

/// The files below `paths`, in order, folders walked by name. A file is stored under its path relative to
/// `base_path`; without one a named file under its own name and a folder's content under the folder's name.
/// Symbolic links are followed when named and refused inside a folder. A folder is a source of its own only when it is
/// empty: any other comes back with its files.
pub fn collect(paths: &[PathBuf], base_path: Option<&Path>) -> Result<Vec<SourceFile>> {
    let mut found = Vec::new();
    for path in paths {
        let name = match base_path {
            Some(base) => {
                let outside = || ArchiveError::OutsideBase { path: path.clone(), base: base.to_path_buf() };
                portable_name(path, path.strip_prefix(base).map_err(|_| outside())?)?
            }
            None => portable_name(path, path.file_name().map(Path::new).unwrap_or(Path::new("")))?,
        };
        let metadata = fs::metadata(path).map_err(ArchiveError::io("read", path))?;
        if metadata.is_dir() {
            walk(path, &name, &mut found)?;
        } else if metadata.is_file() {
            found.push(SourceFile::file(path.clone(), name));
        } else {
            return Err(ArchiveError::SourceKind { path: path.clone() });
        }
    }
    refuse_same_names(&found)?;
    Ok(found)
}

pub(crate) fn refuse_same_names(sources: &[SourceFile]) -> Result<()> {
    let mut names = NameSet::default();
    let mut owner = HashMap::new();
    for source in sources {
        if source.name_in_archive.contains('\\') {
            // Readers take it for a separator, so the name would not come back.
            return Err(ArchiveError::SourceName {
                path: source.path.clone(),
                name: source.name_in_archive.clone(),
                reason: UnsafeReason::UnportableName,
            });
        }
        let name = SafeName::parse(&source.name_in_archive).map_err(|reason| ArchiveError::SourceName {
            path: source.path.clone(),
            name: source.name_in_archive.clone(),
            reason,
        })?;
        let inserted = match source.kind {
            SourceKind::File => names.insert_file(&name),
            SourceKind::Folder => names.insert_folder(&name),
        };
        if let Err(clash) = inserted {
            return Err(match owner.get(&name.key()) {
                Some(first) => ArchiveError::SameName {
                    name: source.name_in_archive.clone(),
                    first: PathBuf::clone(first),
                    second: source.path.clone(),
                },
                None => ArchiveError::SourceName {
                    path: source.path.clone(),
                    name: source.name_in_archive.clone(),
                    reason: clash,
                },
            });
        }
        owner.insert(name.key(), source.path.clone());
    }
    Ok(())
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<SourceFile>) -> Result<()> {
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(ArchiveError::io("read", folder))?;
    // The base path itself has no name to be stored under.
    if entries.is_empty() && !prefix.is_empty() {
        found.push(SourceFile::folder(folder.to_path_buf(), prefix.to_owned()));
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let own = portable_name(&path, Path::new(&entry.file_name()))?;
        let name = if prefix.is_empty() { own } else { format!("{prefix}/{own}") };
        let kind = entry.file_type().map_err(ArchiveError::io("read", &path))?;
        if kind.is_dir() {
            walk(&path, &name, found)?;
        } else if kind.is_file() {
            found.push(SourceFile::file(path, name));
        } else {
            return Err(ArchiveError::SourceKind { path });
        }
    }
    Ok(())
}

fn portable_name(path: &Path, relative: &Path) -> Result<String> {
    let unnamed = || ArchiveError::SourceName {
        path: path.to_path_buf(),
        name: relative.to_string_lossy().into_owned(),
        reason: UnsafeReason::UnportableName,
    };
    let parts: Option<Vec<&str>> = relative.components().map(|part| part.as_os_str().to_str()).collect();
    Ok(parts.ok_or_else(unnamed)?.join("/"))
}
