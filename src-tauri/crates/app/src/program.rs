//! Where this program is to be started from again.

use std::path::{Path, PathBuf};

/// A program that something outside, such as the system's supervisor, may start again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramFile {
    pub path: PathBuf,
    /// It is an AppImage with all of Courier's programs; the first word says which.
    pub is_image: bool,
}

/// The file of this program. An AppImage is unpacked anew for each start; what stays is its file.
#[must_use]
pub fn program_file() -> Option<ProgramFile> {
    let exe = std::env::current_exe().ok()?;
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    Some(file_of(exe, variable("APPDIR").as_deref(), variable("APPIMAGE")))
}

/// Whoever runs inside another program's AppImage has its variables, too, so the program must lie in it.
fn file_of(exe: PathBuf, unpacked: Option<&Path>, image: Option<PathBuf>) -> ProgramFile {
    match (unpacked, image) {
        (Some(folder), Some(path)) if cfg!(target_os = "linux") && exe.starts_with(folder) => {
            ProgramFile { path, is_image: true }
        }
        _ => ProgramFile { path: exe, is_image: false },
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_appimage_is_started_by_its_file_and_not_from_where_it_is_unpacked() {
        let mounted = Path::new("/tmp/.mount_Courie1");
        let image = Some(PathBuf::from("/home/ann/Courier.AppImage"));
        let own = file_of("/tmp/.mount_Courie1/usr/bin/courier".into(), Some(mounted), image.clone());
        assert_eq!(own, ProgramFile { path: "/home/ann/Courier.AppImage".into(), is_image: true });
        // Started from a terminal that is an AppImage itself.
        let other = file_of("/usr/bin/courier".into(), Some(mounted), image);
        assert_eq!(other, ProgramFile { path: "/usr/bin/courier".into(), is_image: false });
        let plain = file_of("/usr/bin/courier".into(), None, None);
        assert!(!plain.is_image);
    }
}
