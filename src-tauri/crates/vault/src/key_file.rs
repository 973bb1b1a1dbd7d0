//! Key files: 32 raw bytes that only their owner can read.
//!
//! Invariant: a key file that others could read or replace is refused, never "fixed" silently. Left out: access lists
//! of Windows, where the user's profile protects its files.

use crate::cipher::KEY_LEN;
use crate::error::{Result, VaultError};
use crate::key::VaultKey;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Whose word is taken that nobody else can read the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Checked here: owner, 0600, folder 0700.
    Permissions,
    /// systemd's: it owns the folder and gives read access to the service alone.
    ServiceManager,
}

pub(crate) fn read(path: &Path, guard: Guard) -> Result<VaultKey> {
    let unreadable = |source| VaultError::KeyFileUnreadable { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(refused(path, "it is not a file."));
    }
    #[cfg(unix)]
    if guard == Guard::Permissions {
        check_permissions(path, &metadata)?;
    }
    #[cfg(not(unix))]
    let _ = guard;
    if metadata.len() != KEY_LEN as u64 {
        return Err(refused(
            path,
            format!("it has {} bytes; a vault key has exactly 32 raw bytes.", metadata.len()),
        ));
    }
    let mut bytes = Zeroizing::new([0_u8; KEY_LEN]);
    file.read_exact(&mut *bytes).map_err(unreadable)?;
    if bytes.iter().all(|byte| *byte == bytes[0]) {
        return Err(refused(path, "it holds one repeated byte, not a random key."));
    }
    VaultKey::from_slice(&*bytes).ok_or_else(|| refused(path, "it is not a vault key."))
}

/// Takes the key in the file; where there is none, writes the given or a new key.
pub(crate) fn read_or_create(path: &Path, key: Option<&VaultKey>) -> Result<VaultKey> {
    let failed = |source| VaultError::Io { doing: "make the key file", path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        make_folder(folder).map_err(failed)?;
    }
    let mut file = match open_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return read(path, Guard::Permissions),
        Err(error) => return Err(failed(error)),
    };
    let made;
    let key = match key {
        Some(key) => key,
        None => {
            made = VaultKey::generate()?;
            &made
        }
    };
    let written = file
        .write_all(key.expose())
        .and_then(|()| file.sync_all())
        .map_err(failed)
        .and_then(|()| read(path, Guard::Permissions));
    if written.is_err() {
        // Ours and new: nothing needs it yet.
        let _ = fs::remove_file(path);
    }
    written
}

/// Whether [`replace`] can do its work: the folder takes a file.
pub(crate) fn check_replaceable(path: &Path) -> Result<()> {
    let temporary = beside(path);
    let failed =
        |source| VaultError::Io { doing: "write beside the key file", path: temporary.clone(), source };
    create_private(&temporary).map_err(failed)?;
    fs::remove_file(&temporary).map_err(failed)
}

/// Puts another key in the place of the one in the file, in one rename.
pub(crate) fn replace(path: &Path, key: &VaultKey) -> Result<()> {
    let failed = |source| VaultError::Io { doing: "replace the key file", path: path.to_owned(), source };
    let temporary = beside(path);
    let mut file = create_private(&temporary).map_err(failed)?;
    file.write_all(key.expose()).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&temporary, path).map_err(failed)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// A new file, in the place of one that an earlier try left behind.
fn create_private(path: &Path) -> std::io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => open_new(path),
    }
}

fn open_new(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn check_permissions(path: &Path, file: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let us = rustix::process::geteuid().as_raw();
    if file.uid() != us {
        return Err(refused(path, "it belongs to another user."));
    }
    if file.mode() & 0o077 != 0 {
        return Err(refused(path, "others may read it. Run `chmod 600` on it."));
    }
    let folder = fs::canonicalize(path).ok().and_then(|full| full.parent().map(Path::to_owned));
    let folder = folder.ok_or_else(|| refused(path, "its folder is not to be found."))?;
    let metadata = fs::metadata(&folder)
        .map_err(|source| VaultError::KeyFileUnreadable { path: folder.clone(), source })?;
    if metadata.uid() != us {
        return Err(refused(path, "its folder belongs to another user."));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(refused(path, "others may enter its folder. Run `chmod 700` on the folder."));
    }
    Ok(())
}

fn refused(path: &Path, why: impl Into<String>) -> VaultError {
    VaultError::KeyFileRefused { path: path.to_owned(), why: why.into() }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn private_folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        folder
    }

    fn write(path: &Path, bytes: &[u8], mode: u32) {
        fs::write(path, bytes).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn key_bytes() -> Vec<u8> {
        (0..32).collect()
    }

    #[test]
    fn a_private_file_of_32_bytes_is_taken() {
        let folder = private_folder();
        let path = folder.path().join("key");
        write(&path, &key_bytes(), 0o600);
        assert_eq!(read(&path, Guard::Permissions).unwrap().expose().as_slice(), key_bytes());
    }

    #[test]
    fn what_others_could_read_is_refused_with_the_remedy() {
        let folder = private_folder();
        let path = folder.path().join("key");
        write(&path, &key_bytes(), 0o640);
        assert!(read(&path, Guard::Permissions).err().unwrap().to_string().contains("chmod 600"));
        write(&path, &key_bytes(), 0o600);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(read(&path, Guard::Permissions).err().unwrap().to_string().contains("chmod 700"));
        assert!(read(&path, Guard::ServiceManager).is_ok());
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused() {
        let folder = private_folder();
        let path = folder.path().join("key");
        for bytes in [&[][..], &[1; 31], &[1; 33], &[0; 32]] {
            write(&path, bytes, 0o600);
            assert!(matches!(read(&path, Guard::Permissions), Err(VaultError::KeyFileRefused { .. })));
        }
        let missing = folder.path().join("none");
        assert!(matches!(read(&missing, Guard::Permissions), Err(VaultError::KeyFileUnreadable { .. })));
        assert!(matches!(read(folder.path(), Guard::Permissions), Err(VaultError::KeyFileRefused { .. })));
    }

    #[test]
    fn a_new_key_file_is_private_and_an_existing_one_is_kept() {
        let folder = private_folder();
        let path = folder.path().join("deep/er/key");
        let made = read_or_create(&path, None).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(read_or_create(&path, None).unwrap().expose(), made.expose());
    }
}
