//! From a path or pattern on a server to the files it means.
//!
//! Invariant: every `relative_path` is made of safe names, so that joined to a local folder it stays inside.

use crate::remote::{Entry, Refused, Remote, join_remote};
use crate::{TransferError, escaped, safe_name};
use courier_domain::pattern::{PathPattern, compile};
use globset::GlobMatcher;
use serde::Serialize;
use specta::Type;

/// How far down a folder or pattern reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Folder,
    Tree,
}

/// A file that was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Selected {
    pub entry: Entry,
    /// Its path below the named folder or the first wildcard, with `/`: what a download keeps of the tree.
    pub relative_path: String,
}

/// The files that a path means, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
pub struct Selection {
    pub files: Vec<Selected>,
    /// Unsafe names among what was meant, or that could hold some of it.
    pub refused: Vec<Refused>,
}

/// Entries that one selection may look at.
const MOST_ENTRIES: u64 = 1_000_000;
/// Folders inside each other. A path of so many has no room on most systems.
const DEEPEST: usize = 256;

/// Finds the files that `pattern` means: the file itself, the files of a folder, or what matches a glob (`**` crosses
/// folders). With [`Depth::Tree`] also everything in folders inside. Nothing there is an empty selection, not an
/// error. `exclude` globs match a name or a relative path. Links to folders are not followed.
pub async fn expand(
    remote: &dyn Remote,
    pattern: &PathPattern,
    depth: Depth,
    exclude: &[String],
) -> Result<Selection, TransferError> {
    let exclude = exclude.iter().map(|glob| read_glob(glob)).collect::<Result<Vec<_>, _>>()?;
    let mut walk = Walk { remote, depth, exclude, folders: false, found: Selection::default(), seen: 0 };
    match pattern.literal() {
        Some(path) => walk.literal(&path).await?,
        None => walk.pattern(pattern).await?,
    }
    walk.found.files.sort_by(|a, b| a.entry.path.cmp(&b.entry.path));
    Ok(walk.found)
}

/// Finds what `pattern` itself names, files and folders alike; what lies in a folder that is named goes without
/// saying. The paths of folders have no trailing `/`. Nothing there is an empty selection.
pub async fn named(remote: &dyn Remote, pattern: &PathPattern) -> Result<Selection, TransferError> {
    let mut walk = Walk {
        remote,
        depth: Depth::Folder,
        exclude: Vec::new(),
        folders: true,
        found: Selection::default(),
        seen: 0,
    };
    match pattern.literal() {
        Some(path) => {
            let trimmed = path.trim_end_matches('/');
            if let Some(mut entry) = remote.stat(&path).await? {
                trimmed.clone_into(&mut entry.path);
                let name = trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned();
                entry.name.clone_from(&name);
                walk.found.files.push(Selected { entry, relative_path: name });
            }
        }
        // `/out/*/` means the folders only.
        None if pattern.0.ends_with('/') => {
            walk.pattern(&PathPattern(pattern.0.trim_end_matches('/').to_owned())).await?;
            walk.found.files.retain(|one| one.entry.is_directory);
            walk.found.refused.retain(|one| one.is_directory);
        }
        None => walk.pattern(pattern).await?,
    }
    walk.found.files.sort_by(|a, b| a.entry.path.cmp(&b.entry.path));
    Ok(walk.found)
}

fn read_glob(glob: &str) -> Result<GlobMatcher, TransferError> {
    compile(glob).map_err(|error| TransferError::BadPattern {
        pattern: glob.to_owned(),
        detail: error.kind().to_string(),
    })
}

struct Walk<'a> {
    remote: &'a dyn Remote,
    depth: Depth,
    exclude: Vec<GlobMatcher>,
    /// Folders that match are found, too, and not entered.
    folders: bool,
    found: Selection,
    seen: u64,
}

/// A folder still to be listed.
struct Open {
    path: String,
    relative: String,
    level: usize,
    /// A folder above it was itself meant.
    inside: bool,
}

impl Walk<'_> {
    async fn literal(&mut self, path: &str) -> Result<(), TransferError> {
        let Some(entry) = self.remote.stat(path).await? else { return Ok(()) };
        if !entry.is_directory {
            if let Err(reason) = safe_name(&entry.name) {
                return Err(TransferError::UnsafeName {
                    name: escaped(&entry.name),
                    reason: reason.to_owned(),
                });
            }
            let relative_path = entry.name.clone();
            self.found.files.push(Selected { entry, relative_path });
            return Ok(());
        }
        let most = if self.depth == Depth::Tree { usize::MAX } else { 1 };
        self.walk(path.to_owned(), most, true, |_| true, |_, _| true).await
    }

    async fn pattern(&mut self, pattern: &PathPattern) -> Result<(), TransferError> {
        let (base, below) = pattern.split_base();
        let exact = read_glob(&below)?;
        let anywhere = read_glob(&format!("**/{below}"))?;
        let tree = self.depth == Depth::Tree;
        let most = if tree || below.split('/').any(|part| part == "**") {
            usize::MAX
        } else {
            below.split('/').count()
        };
        let matches = move |relative: &str| exact.is_match(relative) || (tree && anywhere.is_match(relative));
        let parts: Vec<&str> = below.split('/').collect();
        let any = tree || parts.contains(&"**");
        let above = (1..parts.len())
            .map(|level| read_glob(&parts[..level].join("/")))
            .collect::<Result<Vec<_>, _>>()?;
        let may_lead = move |relative: &str, level: usize| {
            any || above.get(level - 1).is_some_and(|glob| glob.is_match(relative))
        };
        self.walk(base, most, false, matches, may_lead).await
    }

    /// `matches` is asked with a path below `base`, `may_lead` with a folder's and its level, from 1: whether
    /// something below it could match.
    async fn walk(
        &mut self,
        base: String,
        most: usize,
        inside: bool,
        matches: impl Fn(&str) -> bool,
        may_lead: impl Fn(&str, usize) -> bool,
    ) -> Result<(), TransferError> {
        let top = if base.is_empty() { ".".to_owned() } else { base.clone() };
        let mut open = vec![Open { path: base, relative: String::new(), level: 1, inside }];
        while let Some(folder) = open.pop() {
            let listed_as = if folder.path.is_empty() { "." } else { &folder.path };
            if folder.level > DEEPEST {
                return Err(TransferError::TooLarge {
                    path: top,
                    limit: DEEPEST as u64,
                    unit: "levels of folders".to_owned(),
                });
            }
            let listing = match self.remote.list(listed_as).await {
                // A pattern in a folder that is not there matches nothing, as it does in a shell.
                Err(TransferError::NotFound { .. }) => continue,
                other => other?,
            };
            self.seen += listing.entries.len() as u64;
            if self.seen > MOST_ENTRIES {
                return Err(TransferError::TooLarge {
                    path: listed_as.to_owned(),
                    limit: MOST_ENTRIES,
                    unit: "entries".to_owned(),
                });
            }
            for refused in listing.refused {
                // Only names that were meant matter. A separator in a name is no folder.
                let name = refused.raw.replace('/', "\u{FFFD}");
                let relative = join_remote(&folder.relative, &name);
                let meant = folder.inside
                    || matches(&relative)
                    || (refused.is_directory && folder.level < most && may_lead(&relative, folder.level));
                if meant && !self.is_left_out(&name, &relative) {
                    self.found.refused.push(refused);
                }
            }
            for mut entry in listing.entries {
                entry.path = join_remote(&folder.path, &entry.name);
                let relative_path = join_remote(&folder.relative, &entry.name);
                if self.is_left_out(&entry.name, &relative_path) {
                    continue;
                }
                let meant = folder.inside || matches(&relative_path);
                if !entry.is_directory {
                    if meant {
                        self.found.files.push(Selected { entry, relative_path });
                    }
                } else if meant && self.folders {
                    self.found.files.push(Selected { entry, relative_path });
                } else if folder.level < most && !entry.is_link {
                    let inside = meant && self.depth == Depth::Tree;
                    open.push(Open {
                        path: entry.path,
                        relative: relative_path,
                        level: folder.level + 1,
                        inside,
                    });
                }
            }
        }
        Ok(())
    }

    fn is_left_out(&self, name: &str, relative: &str) -> bool {
        let unfinished = name.contains(".courier-") && name.ends_with(".part");
        unfinished || self.exclude.iter().any(|glob| glob.is_match(name) || glob.is_match(relative))
    }
}
