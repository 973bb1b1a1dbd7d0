//! Where the FTP servers' programs lie: unpacked by the set-up (`scripts/servers.mjs`), or where
//! `COURIER_TEST_SERVERS` says.

use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

fn folder() -> PathBuf {
    if let Some(given) = std::env::var_os("COURIER_TEST_SERVERS").filter(|given| !given.is_empty()) {
        return given.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|cache| !cache.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default().join(".cache");
    cache.unwrap_or_else(home).join("courier").join("servers")
}

/// A path below the folder, as the package names it from the root.
pub(crate) fn find(path: &str) -> Result<PathBuf> {
    let found = folder().join(path);
    if !found.exists() {
        bail!("{} is missing: run `node scripts/setup.mjs test` once", found.display());
    }
    Ok(found)
}

/// One of the programs, with the libraries that were unpacked beside it.
pub(crate) fn program(path: &str) -> Result<Command> {
    let mut command = Command::new(find(path)?);
    let mut libraries = Vec::new();
    for below in ["usr/lib", "lib"] {
        for entry in std::fs::read_dir(folder().join(below)).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().ends_with("-linux-gnu") {
                libraries.push(entry.path());
            }
        }
    }
    if !libraries.is_empty() {
        command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries)?);
    }
    Ok(command)
}
