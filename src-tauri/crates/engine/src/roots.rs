//! Where steps may read and write: below the folders of `security.allowed_roots`, and in the run's own workspace.
//!
//! A path is judged by where it really leads, links followed. Left out: what other programs do to the disk between the
//! look and the step; this bounds what a job can be told to do, it is no sandbox.

use crate::error::StepError;
use courier_domain::ErrorCode;
use std::path::{Component, Path, PathBuf};

#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    /// Where they really are.
    folders: Vec<PathBuf>,
    /// As they were set; none allows everything.
    set: Vec<String>,
}

impl Roots {
    /// Of the setting's value, a JSON array.
    pub(crate) fn of(setting: &str, workspace: &Path) -> Result<Self, StepError> {
        let set: Vec<String> = serde_json::from_str(setting).map_err(|error| StepError {
            code: ErrorCode::Internal,
            message: "The setting security.allowed_roots cannot be read. Set it again.".into(),
            cause: Some(Box::new(error)),
        })?;
        let own = std::iter::once(workspace);
        let folders = own.chain(set.iter().map(Path::new)).filter_map(real).collect();
        Ok(Self { folders, set })
    }

    /// Fails unless the path leads below one of them.
    pub(crate) fn admit(&self, path: &Path) -> Result<(), StepError> {
        if self.set.is_empty() {
            return Ok(());
        }
        if real(path).is_some_and(|real| self.folders.iter().any(|folder| real.starts_with(folder))) {
            return Ok(());
        }
        Err(StepError::new(
            ErrorCode::PermissionDenied,
            format!(
                "{} lies outside the folders that steps may use: {}. They are in the setting security.allowed_roots.",
                path.display(),
                self.set.join(", ")
            ),
        ))
    }
}

/// Where a path leads: what exists of it with links resolved, and the rest as it is.
fn real(path: &Path) -> Option<PathBuf> {
    let mut rest = Vec::new();
    let mut known = path;
    loop {
        match std::fs::canonicalize(known) {
            Ok(found) => return Some(rest.iter().rev().fold(found, |path: PathBuf, name| path.join(name))),
            // A link that leads nowhere may lead anywhere tomorrow.
            Err(_) if known.is_symlink() => return None,
            Err(_) => match known.components().next_back()? {
                Component::Normal(name) => {
                    rest.push(name);
                    known = known.parent()?;
                }
                _ => return None,
            },
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_judged_by_where_it_leads() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["work", "open/sub", "closed"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::write(at("closed/secret"), "x").unwrap();
        std::os::unix::fs::symlink(at("closed"), at("open/link")).unwrap();
        std::os::unix::fs::symlink(at("closed/later"), at("open/dangling")).unwrap();
        std::os::unix::fs::symlink(at("open/sub"), at("closed/back")).unwrap();
        let set = serde_json::json!([at("open"), at("not there")]).to_string();
        let roots = Roots::of(&set, &at("work")).unwrap();
        for good in ["open", "not there/a", "open/sub/new/file", "work/a", "closed/back/b", "open/sub/../c"] {
            assert!(roots.admit(&at(good)).is_ok(), "{good}");
        }
        for bad in [
            "closed/secret",
            "closed",
            "opener",
            "open/../closed/secret",
            "open/link/secret",
            "open/dangling",
            "open/new/../../closed",
            "not there/../closed",
        ] {
            let refused = roots.admit(&at(bad)).expect_err(bad);
            assert_eq!(refused.code, ErrorCode::PermissionDenied);
            assert!(refused.message.contains("security.allowed_roots"), "{refused}");
        }
        assert!(Roots::of("[]", &at("work")).unwrap().admit(Path::new("/etc/passwd")).is_ok());
    }
}
