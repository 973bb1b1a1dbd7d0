//! Local files: which ones a pattern means, and where a step's results go.
//!
//! An input is a file, a folder or a pattern; relative ones are relative to the run's workspace. Below a folder or a
//! wildcard the tree is kept. Unfinished files of Courier are never input.

use crate::error::StepError;
use crate::files::{Disk, Files, Kind};
use crate::workspace::Workspace;
use courier_domain::ErrorCode;
use courier_domain::pattern::PathPattern;
use courier_domain::step::PathList;
use courier_transfer::{escaped, safe_name};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file that a step works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalFile {
    /// Absolute.
    pub(crate) path: PathBuf,
    /// Its name below the folder or wildcard it was found by.
    pub(crate) relative: PathBuf,
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
}

/// What patterns mean now.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub(crate) files: Vec<LocalFile>,
    /// Paths without a wildcard that are not there.
    pub(crate) missing: Vec<PathBuf>,
}

/// Finds the files; blocking. Order: as the patterns stand, names sorted within one.
pub(crate) fn select(patterns: &PathList, workspace: &Workspace) -> Result<Selection, StepError> {
    select_in(&Disk, patterns, workspace)
}

/// As [`select`], on a disk that may be imagined.
pub(crate) fn select_in(
    files: &dyn Files,
    patterns: &PathList,
    workspace: &Workspace,
) -> Result<Selection, StepError> {
    let mut found = Selection::default();
    for pattern in &patterns.0 {
        let typed = workspace.join(pattern.as_str());
        let literal = pattern.literal().map(|text| workspace.join(text));
        match literal {
            Some(path) if files.follow(&path).is_ok() => one(files, &path, &mut found)?,
            // A file may be called what looks like a pattern.
            _ if files.is_file(&typed) => one(files, &typed, &mut found)?,
            Some(path) => one(files, &path, &mut found)?,
            None => matching(files, pattern, workspace, &mut found)?,
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.files.retain(|f| seen.insert(f.path.clone()));
    for file in &found.files {
        workspace.roots.admit(&file.path)?;
    }
    Ok(found)
}

/// [`select`], where nothing may be missing and something must be there.
pub(crate) fn select_all(patterns: &PathList, workspace: &Workspace) -> Result<Vec<LocalFile>, StepError> {
    all_of(select(patterns, workspace)?, patterns)
}

/// The files, if nothing is missing and something is there.
pub(crate) fn all_of(found: Selection, patterns: &PathList) -> Result<Vec<LocalFile>, StepError> {
    if let Some(path) = found.missing.first() {
        return Err(StepError::new(ErrorCode::FileNotFound, format!("There is no {}.", path.display())));
    }
    if found.files.is_empty() {
        let shown: Vec<_> = patterns.0.iter().map(|p| p.as_str()).collect();
        return Err(StepError::new(ErrorCode::NoFiles, format!("No file matches {}.", shown.join(", "))));
    }
    Ok(found.files)
}

fn one(files: &dyn Files, path: &Path, found: &mut Selection) -> Result<(), StepError> {
    match files.follow(path) {
        Ok(there) => match there.kind {
            Kind::Folder => walk(files, path, path, &mut |file| found.files.push(file)),
            // Reading a pipe would wait for whoever writes to it.
            Kind::Other | Kind::Link => Err(StepError::new(
                ErrorCode::Validation,
                format!("{} is neither a file nor a folder (a pipe, socket or device).", path.display()),
            )),
            Kind::File => {
                let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
                let (size, modified) = (there.size, there.modified);
                found.files.push(LocalFile { path: path.to_owned(), relative, size, modified });
                Ok(())
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            found.missing.push(path.to_owned());
            Ok(())
        }
        Err(error) => Err(StepError::io("read", path, error)),
    }
}

fn matching(
    files: &dyn Files,
    pattern: &PathPattern,
    workspace: &Path,
    found: &mut Selection,
) -> Result<(), StepError> {
    let (base, below) = pattern.split_base();
    let base = workspace.join(base);
    let matcher = courier_domain::pattern::compile(&below).map_err(|error| {
        StepError::new(ErrorCode::Validation, format!("{} is not a valid pattern: {error}", pattern.as_str()))
    })?;
    if !files.is_folder(&base) {
        return Ok(());
    }
    walk(files, &base, &base, &mut |file| {
        if matcher.is_match(&file.relative) {
            found.files.push(file);
        }
    })
}

/// Every file below `folder`, sorted by name; links to folders are not followed.
fn walk(
    files: &dyn Files,
    root: &Path,
    folder: &Path,
    take: &mut dyn FnMut(LocalFile),
) -> Result<(), StepError> {
    let mut children = files.children(folder).map_err(|e| StepError::io("list", folder, e))?;
    children.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in children {
        if kind == Kind::Folder {
            walk(files, root, &path, take)?;
            continue;
        }
        if is_unfinished(&path) {
            continue;
        }
        let Ok(found) = files.follow(&path) else { continue };
        if found.kind == Kind::File {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
            take(LocalFile { path, relative, size: found.size, modified: found.modified });
        }
    }
    Ok(())
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    // Parts of an archive add their number.
    let whole = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('.');
    name.contains(".courier-")
        && [&*name, whole].iter().any(|n| n.ends_with(".part") || n.ends_with(".journal"))
}

/// Where each source goes. `destination` is a folder when it ends in `/` or is one; else the one file's full path.
/// Two sources for one name are refused before anything moves.
pub(crate) fn destinations(
    sources: &[PathBuf],
    destination: &str,
    workspace: &Workspace,
) -> Result<Vec<PathBuf>, StepError> {
    destinations_in(&Disk, sources, destination, workspace)
}

/// As [`destinations`], on a disk that may be imagined.
pub(crate) fn destinations_in(
    files: &dyn Files,
    sources: &[PathBuf],
    destination: &str,
    workspace: &Workspace,
) -> Result<Vec<PathBuf>, StepError> {
    let target = workspace.join(destination);
    let folder = destination.ends_with('/')
        || destination.ends_with(std::path::MAIN_SEPARATOR)
        || files.is_folder(&target);
    if !folder && sources.len() > 1 {
        return Err(StepError::new(
            ErrorCode::Validation,
            format!(
                "{} files cannot all go to {destination}. End it with / to name a folder.",
                sources.len()
            ),
        ));
    }
    let paths: Vec<PathBuf> =
        if folder { sources.iter().map(|s| target.join(s)).collect() } else { vec![target] };
    for path in &paths {
        workspace.roots.admit(path)?;
    }
    refuse_collisions(sources, &paths)?;
    Ok(paths)
}

/// A path below a source as a server or an archive spells it: parts separated by `/`. A name that would mean something
/// else there (a separator inside, `..`, not UTF-8) is refused, never changed.
pub(crate) fn portable(relative: &Path) -> Result<String, StepError> {
    let refused = |why: &str| {
        StepError::new(
            ErrorCode::UnsafeName,
            format!(
                "The name {} cannot be used: {why}. Rename the file.",
                escaped(&relative.to_string_lossy())
            ),
        )
    };
    let mut parts = Vec::new();
    for part in relative.components() {
        let std::path::Component::Normal(name) = part else {
            return Err(refused("it leads to another folder"));
        };
        let name = name.to_str().ok_or_else(|| refused("it is not valid UTF-8"))?;
        safe_name(name).map_err(refused)?;
        parts.push(name);
    }
    Ok(parts.join("/"))
}

/// Refuses two results of the very same path.
pub(crate) fn refuse_same(sources: &[PathBuf], results: &[PathBuf]) -> Result<(), StepError> {
    let mut taken: BTreeMap<&PathBuf, &PathBuf> = BTreeMap::new();
    for (source, result) in sources.iter().zip(results) {
        if let Some(other) = taken.insert(result, source) {
            return Err(StepError::new(
                ErrorCode::Validation,
                format!(
                    "{} and {} would both become {}. Nothing was changed.",
                    escaped(&other.to_string_lossy()),
                    escaped(&source.to_string_lossy()),
                    result.display()
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses two results of one name; without regard to case, since some disks have none.
pub(crate) fn refuse_collisions(sources: &[PathBuf], results: &[PathBuf]) -> Result<(), StepError> {
    let mut taken: BTreeMap<String, &PathBuf> = BTreeMap::new();
    for (source, result) in sources.iter().zip(results) {
        if let Some(other) = taken.insert(result.to_string_lossy().to_lowercase(), source) {
            return Err(StepError::new(
                ErrorCode::Validation,
                format!(
                    "{} and {} would both become {}, or differ only by case there, which some disks cannot keep. Nothing was changed.",
                    other.display(),
                    source.display(),
                    result.display()
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roots::Roots;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a.csv",
            "b[1].csv",
            "c.txt",
            "sub/d.csv",
            "x.csv.courier-1-1.part",
            "x.zip.courier-1-1.part.001",
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        dir
    }

    fn workspace(dir: &Path) -> Workspace {
        Workspace { folder: dir.to_owned(), roots: Roots::default() }
    }

    fn names(dir: &Path, patterns: &[&str]) -> Vec<String> {
        let list = PathList(patterns.iter().map(|p| PathPattern((*p).into())).collect());
        let found = select(&list, &workspace(dir)).unwrap();
        found.files.iter().map(|f| f.relative.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_a_folder_and_a_pattern_are_inputs() {
        let dir = tree();
        assert_eq!(names(dir.path(), &["a.csv"]), ["a.csv"]);
        assert_eq!(names(dir.path(), &["*.csv"]), ["a.csv", "b[1].csv"]);
        assert_eq!(names(dir.path(), &["**/*.csv"]), ["a.csv", "b[1].csv", "sub/d.csv"]);
        assert_eq!(names(dir.path(), &["sub"]), ["d.csv"]);
        assert_eq!(names(dir.path(), &["b[1].csv"]), ["b[1].csv"], "a file that looks like a pattern");
        assert_eq!(names(dir.path(), &["a.csv", "*.csv"]), ["a.csv", "b[1].csv"], "each file once");
    }

    #[test]
    fn a_missing_file_is_named_and_an_empty_match_is_no_files() {
        let dir = tree();
        let list = |p: &str| PathList(vec![PathPattern(p.into())]);
        assert_eq!(
            select_all(&list("gone.csv"), &workspace(dir.path())).unwrap_err().code,
            ErrorCode::FileNotFound
        );
        assert_eq!(select_all(&list("*.pdf"), &workspace(dir.path())).unwrap_err().code, ErrorCode::NoFiles);
    }

    #[test]
    fn a_name_that_would_mean_something_else_elsewhere_is_refused() {
        assert_eq!(portable(Path::new("a/b c.csv")).unwrap(), "a/b c.csv");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let bad: [&[u8]; 4] = [b"..\\..\\evil.txt", b"a\\b", b"non\xff.txt", b"x/../y"];
            for name in bad {
                let refused = portable(Path::new(std::ffi::OsStr::from_bytes(name))).unwrap_err();
                assert_eq!(refused.code, ErrorCode::UnsafeName, "{name:?}");
            }
        }
    }

    #[test]
    fn two_sources_of_one_name_are_refused() {
        let dir = tree();
        let error = destinations(
            &["a/x.csv".into(), "b/x.csv".into()].map(|p: PathBuf| p.file_name().unwrap().into()),
            "out/",
            &workspace(dir.path()),
        );
        assert!(error.unwrap_err().message.contains("would both become"));
        assert!(destinations(&["a".into(), "b".into()], "one", &workspace(dir.path())).is_err());
    }
}
