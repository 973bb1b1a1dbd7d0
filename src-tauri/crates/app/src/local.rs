//! Local files that a person names: folders to choose from, key files to read, exports to write.
//!
//! Invariant: an existing file is never overwritten.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use chrono::{DateTime, Utc};
use courier_domain::ErrorCode;
use courier_domain::time::to_micros;
use courier_transfer::Entry;
use courier_vault::SecretBytes;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Keys and bundles are small; anything longer is the wrong file.
const MAX_READ: u64 = 64 * 1024 * 1024;

/// A person picks from what is shown; longer folders are cut.
const MAX_ENTRIES: usize = 10_000;

impl App {
    /// What a local folder holds, folders first, then by name. An empty path is the user's home.
    pub async fn local_browse(&self, path: &str) -> Result<Vec<Entry>> {
        let folder = match path {
            "" | "~" => {
                directories::BaseDirs::new().map_or_else(|| PathBuf::from("/"), |d| d.home_dir().to_owned())
            }
            path => PathBuf::from(path),
        };
        blocking(move || list(&folder)).await?
    }
}

impl App {
    /// Writes an exported private key to a new file that only its owner can read.
    pub async fn write_private_file(&self, path: &Path, bytes: SecretBytes) -> Result<()> {
        write_new(path.to_owned(), bytes, Access::Owner).await
    }
}

fn list(folder: &Path) -> Result<Vec<Entry>> {
    let failed = |e: std::io::Error| AppError::disk("look into", folder, &e);
    let mut entries = Vec::new();
    for item in std::fs::read_dir(folder).map_err(failed)?.take(MAX_ENTRIES) {
        let item = item.map_err(failed)?;
        // A link without an end, or a file that just went, is not worth an error.
        let Ok(meta) = std::fs::metadata(item.path()) else { continue };
        entries.push(Entry {
            name: item.file_name().to_string_lossy().into_owned(),
            path: item.path().display().to_string(),
            size: if meta.is_dir() { 0 } else { meta.len() },
            modified_at: meta.modified().ok().map(|t| to_micros(DateTime::<Utc>::from(t))),
            is_directory: meta.is_dir(),
            is_link: item.file_type().is_ok_and(|t| t.is_symlink()),
        });
    }
    entries.sort_by_key(|e| (!e.is_directory, e.name.to_lowercase()));
    Ok(entries)
}

/// Who may read a written file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Owner,
    Everyone,
}

/// A whole small file.
pub(crate) fn read_small(path: &Path) -> Result<SecretBytes> {
    let failed = |e: std::io::Error| AppError::disk("read", path, &e);
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_READ + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_READ {
        return Err(AppError::new(
            ErrorCode::Validation,
            format!("{} is too long for this.", path.display()),
        ));
    }
    Ok(SecretBytes::new(bytes))
}

/// A key file.
pub(crate) async fn read_key_file(path: &Path) -> Result<SecretBytes> {
    let path = path.to_owned();
    blocking(move || read_small(&path)).await?
}

/// Writes a file that must not exist yet.
pub(crate) async fn write_new(path: PathBuf, bytes: SecretBytes, access: Access) -> Result<()> {
    blocking(move || {
        let failed = |e: std::io::Error| AppError::disk("write", &path, &e);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if access == Access::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let mut file = options.open(&path).map_err(failed)?;
        let written = file.write_all(bytes.expose()).and_then(|()| file.sync_all());
        if written.is_err() {
            // A failed export leaves no half file.
            let _ = std::fs::remove_file(&path);
        }
        written.map_err(failed)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_a_missing_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.txt"), "abc").unwrap();
        std::fs::create_dir(dir.path().join("z")).unwrap();
        let names: Vec<_> = list(dir.path()).unwrap().into_iter().map(|e| (e.name, e.size)).collect();
        assert_eq!(names, [("z".to_owned(), 0), ("a.txt".to_owned(), 3)]);
        let error = list(&dir.path().join("none")).unwrap_err();
        assert!(error.message.contains("none"), "{}", error.message);
    }
}
