//! How much a disk has room for.

use std::path::Path;

/// Bytes that the user of this process may still write below a folder; `None` where the system does not say.
#[cfg(unix)]
pub fn free(folder: &Path) -> Option<u64> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
pub fn free(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_some_room_and_what_is_not_there_has_none() {
        assert!(free(&std::env::temp_dir()).unwrap() > 0);
        assert_eq!(free(Path::new("/not/there")), None);
    }
}
