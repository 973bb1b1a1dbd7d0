//! Archives made by the programs that others use.

use crate::process::run;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packs files, given by name below `folder`, with `zip`. Returns `output`.
pub fn zip(folder: &Path, names: &[&str], output: &Path) -> Result<PathBuf> {
    run(Command::new("zip").arg("-q").arg("-r").arg(output).args(names).current_dir(folder))?;
    Ok(output.to_owned())
}

/// Unpacks with `unzip` into `folder`.
pub fn unzip(archive: &Path, folder: &Path) -> Result<()> {
    run(Command::new("unzip").arg("-q").arg("-o").arg(archive).arg("-d").arg(folder))?;
    Ok(())
}
