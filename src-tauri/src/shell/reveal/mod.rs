//! Shows files and folders of this computer in its file manager.
//!
//! Invariant: nothing is opened with a program or run; a file is only marked in its folder.

#[cfg(target_os = "linux")]
mod desktop;
#[cfg(not(target_os = "linux"))]
mod system;

#[cfg(target_os = "linux")]
use desktop as system;

use courier_app::domain::ErrorCode;
use courier_app::{AppError, Result};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What is to be shown.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Marked in its folder.
    File(PathBuf),
    /// Shown with what is in it.
    Folder(PathBuf),
}

/// Shows what is at an absolute path.
pub(crate) async fn show(path: &str) -> Result<()> {
    system::show(&find(Path::new(path)).await?).await
}

async fn find(path: &Path) -> Result<Place> {
    if !path.is_absolute() {
        let message = format!("{} is not the whole path of a file on this computer.", path.display());
        return Err(AppError::new(ErrorCode::Validation, message));
    }
    match tokio::fs::metadata(path).await {
        Ok(found) if found.is_dir() => Ok(Place::Folder(path.to_owned())),
        Ok(_) => Ok(Place::File(path.to_owned())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let message = format!("{} is not on this computer any more, or never was.", path.display());
            Err(AppError::new(ErrorCode::FileNotFound, message).with("path", path.display()))
        }
        Err(error) => Err(AppError::disk("look at", path, &error)),
    }
}

/// Nothing on this computer could show it.
fn nobody(place: &Place) -> AppError {
    let (Place::File(path) | Place::Folder(path)) = place;
    let message = format!("No file manager of this computer could show {}.", path.display());
    AppError::new(ErrorCode::Unsupported, message)
        .with_hint("Open its folder by hand.")
        .with("path", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_marked_and_a_folder_is_shown() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a b#1.csv");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(find(&file).await.unwrap(), Place::File(file));
        assert_eq!(find(home.path()).await.unwrap(), Place::Folder(home.path().to_owned()));
    }

    #[tokio::test]
    async fn what_is_gone_is_said_in_words() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("a.csv"), "x").unwrap();
        for gone in ["b.csv", "a.csv/below"] {
            let gone = home.path().join(gone);
            let error = find(&gone).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::FileNotFound);
            let message = format!("{} is not on this computer any more, or never was.", gone.display());
            assert_eq!(error.message, message);
        }
    }

    #[tokio::test]
    async fn only_whole_paths_are_taken() {
        for path in ["", "a.csv", "./a.csv", "--help", "file:///etc/hosts"] {
            assert_eq!(find(Path::new(path)).await.unwrap_err().code, ErrorCode::Validation, "{path}");
        }
    }
}
