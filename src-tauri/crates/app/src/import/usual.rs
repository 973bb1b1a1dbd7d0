//! Where other programs usually keep their connections.
//!
//! Left out: WinSCP's registry, which is no file; WinSCP exports it. Invariant: only what is there is offered.

use super::ImportKind;
use crate::app::{App, blocking};
use crate::error::Result;
use serde::Serialize;
use specta::Type;
use std::path::PathBuf;

/// A file of another program that is on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ImportPlace {
    pub kind: ImportKind,
    pub path: String,
}

impl App {
    /// The files of other programs that lie where these keep them.
    pub async fn import_places(&self) -> Result<Vec<ImportPlace>> {
        blocking(|| {
            let there = usual().into_iter().filter(|(_, path)| path.is_file());
            there.map(|(kind, path)| ImportPlace { kind, path: path.display().to_string() }).collect()
        })
        .await
    }
}

/// Where OpenSSH has its configuration.
///
/// # Errors
/// This user has no home folder.
pub fn usual_ssh_config() -> Result<PathBuf> {
    Ok(crate::surroundings::user_home()?.join(".ssh").join("config"))
}

fn usual() -> Vec<(ImportKind, PathBuf)> {
    let mut places: Vec<(ImportKind, PathBuf)> = Vec::new();
    places.extend(usual_ssh_config().ok().map(|path| (ImportKind::SshConfig, path)));
    let Some(dirs) = directories::BaseDirs::new() else { return places };
    let filezilla = |folder: PathBuf| (ImportKind::Filezilla, folder.join("sitemanager.xml"));
    if cfg!(windows) {
        places.push((ImportKind::Winscp, dirs.config_dir().join("WinSCP.ini")));
        places.push(filezilla(dirs.config_dir().join("FileZilla")));
    } else if cfg!(target_os = "macos") {
        places.push(filezilla(dirs.home_dir().join(".config").join("filezilla")));
    } else {
        places.push(filezilla(dirs.config_dir().join("filezilla")));
        places.push(filezilla(dirs.home_dir().join(".filezilla")));
    }
    places
}
