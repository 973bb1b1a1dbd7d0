//! The private directory that an archive is unpacked into.
//!
//! Everything is made through one directory handle, which no path can leave. Invariant: unless `keep` was called the
//! directory is gone when this value is.

use crate::error::{ArchiveError, Result};
use crate::name::SafeName;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, OpenOptions};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A fresh directory, readable by its user only.
#[derive(Debug)]
pub(crate) struct Staging {
    parent: Dir,
    name: PathBuf,
    path: PathBuf,
    dir: Dir,
    kept: bool,
}

impl Staging {
    /// Makes the directory. It must not exist; its parent must.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let failed = |source| ArchiveError::Io { action: "create", path: path.to_path_buf(), source };
        let name = path.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let parent_path = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let parent = Dir::open_ambient_dir(parent_path, ambient_authority()).map_err(failed)?;
        parent.create_dir_with(name, &private()).map_err(failed)?;
        let dir = parent.open_dir(name).map_err(failed)?;
        Ok(Self { parent, name: name.into(), path: path.to_path_buf(), dir, kept: false })
    }

    pub(crate) fn create_folder(&self, name: &SafeName) -> Result<()> {
        let path = name.to_path();
        self.dir.create_dir_all(&path).map_err(ArchiveError::io("create", &self.path.join(&path)))
    }

    /// Sets a folder's time, as far as the system lets it be set through a handle: it is nothing to fail for.
    pub(crate) fn set_folder_time(&self, name: &SafeName, modified: SystemTime) {
        if let Ok(folder) = self.dir.open_dir(name.to_path()) {
            let _ = folder.into_std_file().set_modified(modified);
        }
    }

    /// A new file below the directory, with its folders.
    pub(crate) fn create_file(&self, name: &SafeName, executable: bool) -> Result<File> {
        let path = name.to_path();
        let failed = |source| ArchiveError::Io { action: "create", path: self.path.join(&path), source };
        if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
            self.dir.create_dir_all(folder).map_err(failed)?;
        }
        let file = self.dir.open_with(&path, &new_file(executable)).map_err(failed)?;
        Ok(file.into_std())
    }

    /// Where a file lies, for messages.
    pub(crate) fn locate(&self, name: &SafeName) -> PathBuf {
        self.path.join(name.to_path())
    }

    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.kept {
            // Reached only after an error, which is the one to tell.
            let _ = self.parent.remove_dir_all(&self.name);
        }
    }
}

#[cfg(unix)]
fn private() -> DirBuilder {
    use cap_std::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private() -> DirBuilder {
    DirBuilder::new()
}

fn new_file(executable: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    set_mode(&mut options, executable);
    options
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, executable: bool) {
    use cap_std::fs::OpenOptionsExt;
    options.mode(if executable { 0o777 } else { 0o666 });
}

#[cfg(not(unix))]
fn set_mode(_options: &mut OpenOptions, _executable: bool) {}
