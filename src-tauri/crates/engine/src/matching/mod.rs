//! What a step's path field means now, before any run: how many files, how large, the first of them by name.
//!
//! The steps' own rules decide, on listings that are bounded (`bounded`). Left out: what only a run knows. Where a path
//! needs that, nothing is said. Invariant: nothing is changed and no content is read.

mod bounded;

use crate::context::Services;
use crate::error::StepError;
use crate::local::{self, LocalFile};
use crate::roots::Roots;
use crate::scope;
use crate::steps::transferred::stoppable;
use crate::steps::{file_list, remote_list, remote_named, remote_rename};
use crate::workspace::Workspace;
use bounded::{BoundedDisk, BoundedRemote, MOST_ENTRIES};
use courier_domain::setting;
use courier_domain::step::{
    Configuration, Download, FieldType, FieldValue, FileList, OnMissing, PathList, RemoteDelete, RemoteList,
    RemoteRename, RemoteRmdir, StepParams, StepType,
};
use courier_domain::template::{RenderAs, Scope};
use courier_domain::{ConnectionId, ErrorCode, Timestamp};
use courier_transfer::{Depth, Entry, Remote, Selected, parent_of};
use serde::Serialize;
use serde_json::json;
use specta::Type;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Names that are told.
const FIRST: usize = 5;

/// What paths mean now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
pub struct PathsMatch {
    pub files: u64,
    /// Folders that are themselves meant, not what lies in them.
    pub folders: u64,
    /// Of the files.
    pub bytes: u64,
    /// There is more than was looked through.
    pub is_more: bool,
    /// The first of them, by name below the folder or wildcard that they were found by.
    pub first: Vec<String>,
    /// The folder that is not there, where that is why nothing matches.
    pub missing_folder: Option<String>,
}

/// The fields of a step's configuration that decide what `field` means now; none where it names nothing that is
/// there before.
pub fn decided_by(step_type: StepType, field: &str) -> &'static [&'static str] {
    use StepType as T;
    let fields: &[&str] = match step_type {
        T::SftpDownload | T::FtpDownload | T::FtpsDownload => {
            &["remote_path", "connection_id", "recursive", "exclude_patterns"]
        }
        T::SftpList | T::FtpList | T::FtpsList => &["remote_path", "connection_id", "recursive", "pattern"],
        T::SftpRename | T::FtpRename | T::FtpsRename => &["paths", "connection_id", "recursive"],
        T::SftpDelete | T::FtpDelete | T::FtpsDelete => &["paths", "connection_id", "recursive"],
        T::SftpRmdir | T::FtpRmdir | T::FtpsRmdir => &["paths", "connection_id"],
        T::SftpUpload | T::FtpUpload | T::FtpsUpload => &["local_path"],
        T::PgpDecrypt | T::PgpEncrypt | T::PgpSign | T::PgpVerify => &["input_path"],
        T::FileUnzip => &["archive_path"],
        T::FileZip => &["source_paths"],
        T::FileMove | T::FileCopy => &["source_path"],
        T::FileRename | T::FileDelete | T::FileChecksum => &["path"],
        T::FileList => &["path", "recursive", "pattern"],
        T::SftpMkdir
        | T::FtpMkdir
        | T::FtpsMkdir
        | T::FlowIf
        | T::FlowElse
        | T::FlowForEach
        | T::FlowEnd
        | T::FlowWait
        | T::FlowFail
        | T::ContextSet
        | T::JobRun
        | T::HttpRequest
        | T::CommandRun => &[],
    };
    if fields.first() == Some(&field) { fields } else { &[] }
}

/// A look at what a field's paths mean.
#[derive(Debug, Clone, PartialEq)]
pub struct PathsLook(Meant);

#[derive(Debug, Clone, PartialEq)]
enum Meant {
    Fetched(Download),
    Listed(RemoteList),
    Renamed(RemoteRename),
    Deleted(RemoteDelete),
    Removed(RemoteRmdir),
    ListedHere(FileList),
    Here(PathList),
}

impl PathsLook {
    /// Nothing where the field takes no such look, is empty, is not right yet, or needs what only a run knows.
    pub fn of(
        step_type: StepType,
        field: &str,
        configuration: &Configuration,
        zone: Option<&str>,
        now: Timestamp,
    ) -> Option<Self> {
        let fields = decided_by(step_type, field);
        let mut known = Scope::default();
        known.insert("now", &scope::local(now, zone));
        let spec = step_type.spec();
        let mut given = Configuration::new();
        for name in fields {
            let Some(value) = configuration.get(*name) else { continue };
            let field_type = spec.fields.iter().find(|f| f.name == *name)?.field_type;
            let mode = if field_type == FieldType::PathList { RenderAs::Path } else { RenderAs::Text };
            given.insert((*name).to_owned(), scope::render(value, &known, mode).ok()?);
        }
        let mut paths = PathList::from_value(given.get(field)?).ok()?;
        paths.0.retain(|path| !path.as_str().trim().is_empty());
        if paths.0.is_empty() {
            return None;
        }
        given.insert(field.to_owned(), paths.0.iter().map(|path| path.as_str()).collect());
        if step_type.protocol().is_none() || field == "local_path" {
            // A relative path is meant from the run's own folder, which is not there yet.
            let relative = |path: &str| !Path::new(path).is_absolute();
            if paths.0.iter().any(|path| relative(path.as_str())) {
                return None;
            }
            if step_type != StepType::FileList {
                return Some(Self(Meant::Here(paths)));
            }
        }
        Meant::read(step_type, given).map(Self)
    }

    /// The server that has to be asked; none where this computer is looked at.
    pub fn connection(&self) -> Option<ConnectionId> {
        match &self.0 {
            Meant::Fetched(params) => Some(params.connection_id),
            Meant::Listed(params) => Some(params.connection_id),
            Meant::Renamed(params) => Some(params.connection_id),
            Meant::Deleted(params) => Some(params.connection_id),
            Meant::Removed(params) => Some(params.connection_id),
            Meant::ListedHere(_) | Meant::Here(_) => None,
        }
    }

    fn paths(&self) -> &PathList {
        match &self.0 {
            Meant::Fetched(params) => &params.remote_path,
            Meant::Listed(params) => &params.remote_path,
            Meant::Renamed(params) => &params.paths,
            Meant::Deleted(params) => &params.paths,
            Meant::Removed(params) => &params.paths,
            Meant::ListedHere(params) => &params.path,
            Meant::Here(paths) => paths,
        }
    }

    /// On the server of [`PathsLook::connection`].
    ///
    /// # Errors
    /// The server's; cancelled.
    pub async fn there(
        &self,
        server: Arc<dyn Remote>,
        cancel: &CancellationToken,
    ) -> Result<PathsMatch, StepError> {
        self.within(BoundedRemote::new(server, MOST_ENTRIES), cancel).await
    }

    async fn within(
        &self,
        remote: BoundedRemote,
        cancel: &CancellationToken,
    ) -> Result<PathsMatch, StepError> {
        let mut found = PathsMatch::default();
        for one in self.entries_there(&remote, cancel).await? {
            found.add(one.entry.is_directory, one.entry.size, || one.relative_path.clone());
        }
        found.is_more = remote.is_cut();
        if found.is_nothing() {
            for path in &self.paths().0 {
                let Some(folder) = folder_of(path.as_str()) else { continue };
                let there = stoppable(cancel, remote.stat(&folder)).await?;
                if !there.is_some_and(|entry| entry.is_directory) {
                    found.missing_folder = Some(folder);
                    break;
                }
            }
        }
        Ok(found)
    }

    async fn entries_there(
        &self,
        remote: &BoundedRemote,
        cancel: &CancellationToken,
    ) -> Result<Vec<Selected>, StepError> {
        Ok(match &self.0 {
            Meant::Fetched(params) => {
                let depth = if params.recursive { Depth::Tree } else { Depth::Folder };
                let mut files: Vec<Selected> = Vec::new();
                for pattern in &params.remote_path.0 {
                    let looking = courier_transfer::expand(remote, pattern, depth, &params.exclude_patterns);
                    files.extend(stoppable(cancel, looking).await?.files);
                }
                let mut seen = std::collections::HashSet::new();
                files.retain(|file| seen.insert(file.entry.path.clone()));
                files
            }
            Meant::Listed(params) => {
                let names = remote_list::names(params)?;
                match remote_list::list(cancel, remote, params, names).await {
                    Ok((entries, _)) => entries.into_iter().map(selected).collect(),
                    Err(error) if error.code == ErrorCode::FileNotFound => Vec::new(),
                    Err(error) => return Err(error),
                }
            }
            Meant::Renamed(params) => remote_rename::sources(cancel, remote, params, &[]).await?.entries,
            Meant::Deleted(params) => {
                let mut named =
                    remote_named::find(cancel, remote, &params.paths, OnMissing::Succeed, &[]).await?;
                if !params.recursive {
                    named.only_files(&params.paths);
                }
                named.entries
            }
            Meant::Removed(params) => {
                let mut named =
                    remote_named::find(cancel, remote, &params.paths, OnMissing::Succeed, &[]).await?;
                named.only_folders(&params.paths);
                named.entries
            }
            Meant::ListedHere(_) | Meant::Here(_) => Vec::new(),
        })
    }

    /// On this computer; blocking.
    fn here(
        &self,
        workspace: &Workspace,
        most: usize,
        cancel: CancellationToken,
    ) -> Result<PathsMatch, StepError> {
        let disk = BoundedDisk::new(most, cancel.clone());
        let mut found = PathsMatch::default();
        match &self.0 {
            Meant::ListedHere(params) => match file_list::list(&disk, params, workspace, &cancel) {
                Ok(entries) => {
                    for entry in entries {
                        found.add(entry.is_directory, entry.size, || entry.name.clone());
                    }
                }
                Err(error) if error.code == ErrorCode::FileNotFound => {}
                Err(error) => return Err(error),
            },
            Meant::Here(paths) => {
                for LocalFile { size, relative, .. } in local::select_in(&disk, paths, workspace)?.files {
                    found.add(false, size, || relative.display().to_string());
                }
            }
            Meant::Fetched(_)
            | Meant::Listed(_)
            | Meant::Renamed(_)
            | Meant::Deleted(_)
            | Meant::Removed(_) => {}
        }
        if cancel.is_cancelled() {
            return Err(StepError::cancelled());
        }
        found.is_more = disk.is_cut();
        if found.is_nothing() {
            let mut folders = self.paths().0.iter().filter_map(|path| folder_of(path.as_str()));
            found.missing_folder = folders.find(|folder| !Path::new(folder).is_dir());
        }
        Ok(found)
    }
}

impl Meant {
    fn read(step_type: StepType, mut given: Configuration) -> Option<Self> {
        if matches!(step_type, StepType::SftpRename | StepType::FtpRename | StepType::FtpsRename) {
            // What it would be called does not matter here, nor that nothing is there.
            given.insert("to".to_owned(), json!("*"));
            given.insert("on_missing".to_owned(), json!(OnMissing::Succeed));
        }
        use StepParams as P;
        match step_type.parse(&given).ok()? {
            P::SftpDownload(params) | P::FtpDownload(params) | P::FtpsDownload(params) => {
                Some(Self::Fetched(params))
            }
            P::SftpList(params) | P::FtpList(params) | P::FtpsList(params) => Some(Self::Listed(params)),
            P::SftpRename(params) | P::FtpRename(params) | P::FtpsRename(params) => {
                Some(Self::Renamed(params))
            }
            P::SftpDelete(params) | P::FtpDelete(params) | P::FtpsDelete(params) => {
                Some(Self::Deleted(params))
            }
            P::SftpRmdir(params) | P::FtpRmdir(params) | P::FtpsRmdir(params) => Some(Self::Removed(params)),
            P::FileList(params) => Some(Self::ListedHere(params)),
            P::SftpUpload(_)
            | P::FtpUpload(_)
            | P::FtpsUpload(_)
            | P::SftpMkdir(_)
            | P::FtpMkdir(_)
            | P::FtpsMkdir(_)
            | P::PgpDecrypt(_)
            | P::PgpEncrypt(_)
            | P::PgpSign(_)
            | P::PgpVerify(_)
            | P::FileUnzip(_)
            | P::FileZip(_)
            | P::FileMove(_)
            | P::FileCopy(_)
            | P::FileRename(_)
            | P::FileDelete(_)
            | P::FileChecksum(_)
            | P::FlowIf(_)
            | P::FlowElse(_)
            | P::FlowForEach(_)
            | P::FlowEnd(_)
            | P::FlowWait(_)
            | P::FlowFail(_)
            | P::ContextSet(_)
            | P::JobRun(_)
            | P::HttpRequest(_)
            | P::CommandRun(_) => None,
        }
    }
}

impl PathsMatch {
    fn add(&mut self, is_folder: bool, size: u64, name: impl Fn() -> String) {
        if is_folder {
            self.folders += 1;
        } else {
            self.files += 1;
            self.bytes += size;
        }
        if self.first.len() < FIRST {
            self.first.push(name());
        }
    }

    fn is_nothing(&self) -> bool {
        self.files + self.folders == 0 && !self.is_more
    }
}

fn selected(entry: Entry) -> Selected {
    Selected { relative_path: entry.name.clone(), entry }
}

/// The folder in which what is meant would be; nothing where that is the login's own, or a whole disk.
fn folder_of(path: &str) -> Option<String> {
    let pattern = courier_domain::pattern::PathPattern(path.to_owned());
    let folder = match pattern.literal() {
        Some(literal) if literal.ends_with('/') => literal.trim_end_matches('/').to_owned(),
        Some(literal) => parent_of(&literal).to_owned(),
        None => pattern.split_base().0,
    };
    Some(folder).filter(|folder| !matches!(folder.as_str(), "" | "." | "/"))
}

/// Looks at this computer, within the folders that steps may read.
pub(crate) async fn here(
    services: &Services,
    look: &PathsLook,
    cancel: CancellationToken,
) -> Result<PathsMatch, StepError> {
    let allowed = services.store.read().await?.setting(setting::ALLOWED_ROOTS).await?;
    let (look, folder): (PathsLook, PathBuf) = (look.clone(), services.workspaces.clone());
    let looking = tokio::task::spawn_blocking(move || {
        let workspace = Workspace { roots: Roots::of(&allowed, &folder)?, folder };
        look.here(&workspace, MOST_ENTRIES, cancel)
    });
    looking.await.unwrap_or_else(|error| {
        Err(StepError {
            code: ErrorCode::Internal,
            message: "The look at the folder broke. Please report it with the log.".into(),
            cause: Some(Box::new(error)),
        })
    })
}

#[cfg(test)]
mod tests;
