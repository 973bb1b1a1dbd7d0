//! Moving single files by hand, outside any run, with the same care as a run: temporary name, verification, rename.

use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::audit::AuditableEntityType;
use courier_domain::passage::{FETCHED_BY_HAND, FileAt, Passage, SENT_BY_HAND};
use courier_domain::pattern::PathPattern;
use courier_domain::receipt::Verification;
use courier_domain::step::Overwrite;
use courier_domain::{ConnectionId, ErrorCode};
use courier_transfer::{
    Control, Depth, DownloadRequest, Entry, Outcome, Owner, ProgressTick, Remote, Replace, Resume,
    UploadRequest, join_remote, publish_freely,
};
use serde::Serialize;
use specta::Type;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A file that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct MovedFile {
    pub remote_path: String,
    pub local_path: PathBuf,
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// What is sent where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending<'a> {
    pub(crate) local: &'a Path,
    pub(crate) remote: &'a str,
    pub(crate) overwrite: Overwrite,
    /// As the file's passport names it.
    pub(crate) operation: &'static str,
}

/// Is told how far a file is.
pub type OnTick = Arc<dyn Fn(ProgressTick) + Send + Sync>;

impl App {
    /// Fetches what `remote` means (a file or a pattern) to a file or a folder. Stopping `cancel` leaves nothing under a
    /// final name.
    pub async fn connections_fetch(
        &self,
        id: ConnectionId,
        remote: &str,
        local: &Path,
        overwrite: Overwrite,
        cancel: CancellationToken,
        on_tick: OnTick,
    ) -> Result<Vec<MovedFile>> {
        let server = self.connect(id).await?;
        let found = meant(server.as_ref(), remote).await?;
        let into_folder = found.len() > 1 || local.is_dir() || local.to_string_lossy().ends_with('/');
        let mut moved = Vec::new();
        for entry in found {
            let destination = if into_folder { local.join(&entry.name) } else { local.to_owned() };
            let request = DownloadRequest {
                source: entry,
                destination: std::path::absolute(&destination)
                    .map_err(|e| AppError::disk("find", &destination, &e))?,
                owner: self.owner(),
                overwrite,
                resume: false,
                verify: Verification::Size,
                preserve_mtime: true,
                before_publish: publish_freely(),
            };
            let control = self.control(cancel.clone(), on_tick.clone());
            let outcome = courier_transfer::download(server.as_ref(), request, &control).await?;
            moved.extend(arrived(outcome));
        }
        server.close().await;
        self.moved_by_hand(id, "Fetched", FETCHED_BY_HAND, &moved).await?;
        Ok(moved)
    }

    /// Delivers one file to a path on the server, or into a folder there when it ends with `/`.
    pub async fn connections_send(
        &self,
        id: ConnectionId,
        local: &Path,
        remote: &str,
        overwrite: Overwrite,
        cancel: CancellationToken,
        on_tick: OnTick,
    ) -> Result<Vec<MovedFile>> {
        self.send(id, Sending { local, remote, overwrite, operation: SENT_BY_HAND }, cancel, on_tick).await
    }

    /// As [`App::connections_send`], recorded as what it is.
    pub(crate) async fn send(
        &self,
        id: ConnectionId,
        sending: Sending<'_>,
        cancel: CancellationToken,
        on_tick: OnTick,
    ) -> Result<Vec<MovedFile>> {
        let Sending { local, remote, overwrite, operation } = sending;
        let source = std::path::absolute(local).map_err(|e| AppError::disk("find", local, &e))?;
        let name = source.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let destination = match remote {
            "" | "." => name,
            folder if folder.ends_with('/') => join_remote(folder, &name),
            file => file.to_owned(),
        };
        let server = self.connect(id).await?;
        let request = UploadRequest {
            source,
            destination,
            owner: self.owner(),
            atomic: true,
            suffix: None,
            overwrite,
            resume: Resume::Here,
            create_directories: true,
            verify: Verification::Size,
            preserve_mtime: true,
            permissions: None,
            before_publish: publish_freely(),
        };
        let outcome =
            courier_transfer::upload(server.as_ref(), request, &self.control(cancel, on_tick)).await?;
        server.close().await;
        let moved: Vec<MovedFile> = arrived(outcome).into_iter().collect();
        self.moved_by_hand(id, "Sent", operation, &moved).await?;
        Ok(moved)
    }

    /// Removes a file, what matches a pattern, or with `recursive` a folder and all in it. Gives the removed paths.
    ///
    /// # Errors
    /// Nothing of that name; a folder without `recursive`; the login folder or the server's root themselves; the first
    /// path that the server refuses to remove.
    pub async fn connections_remove(
        &self,
        id: ConnectionId,
        path: &str,
        recursive: Depth,
    ) -> Result<Vec<String>> {
        if path.split('/').all(|part| matches!(part, "" | "." | "..")) {
            return Err(AppError::problem(
                "path",
                "invalid",
                "The login folder and the server's root are not removed. Name what shall go.",
            ));
        }
        let server = self.connect(id).await?;
        let mut removed = Vec::new();
        let outcome = remove(server.as_ref(), path, recursive, &mut removed).await;
        server.close().await;
        if !removed.is_empty() {
            self.changed_by_hand(id, "Removed", serde_json::json!({ "paths": removed })).await?;
        }
        outcome?;
        Ok(removed)
    }

    /// Makes a folder on the server, with those above it.
    ///
    /// # Errors
    /// Something of that name is there.
    pub async fn connections_make_folder(&self, id: ConnectionId, path: &str) -> Result<()> {
        let server = self.connect(id).await?;
        let made = make_folder(server.as_ref(), path).await;
        server.close().await;
        made?;
        self.changed_by_hand(id, "FolderMade", serde_json::json!({ "path": path })).await
    }

    /// Renames or moves a file or folder on the server; with a `to` that ends in `/` into that folder.
    ///
    /// # Errors
    /// Something has the new name, unless it is a file and `overwrite` replaces it.
    pub async fn connections_rename(
        &self,
        id: ConnectionId,
        from: &str,
        to: &str,
        overwrite: Overwrite,
    ) -> Result<()> {
        for (field, path) in [("from", from), ("to", to)] {
            if path.is_empty() {
                return Err(AppError::problem(field, "required", "Enter a path on the server."));
            }
        }
        let server = self.connect(id).await?;
        let to = if to.ends_with('/') { join_remote(to, name_of(from)) } else { to.to_owned() };
        let replace = if overwrite == Overwrite::Overwrite { Replace::Yes } else { Replace::No };
        let renamed = server.rename(from, &to, replace).await;
        server.close().await;
        renamed?;
        self.changed_by_hand(id, "Renamed", serde_json::json!({ "from": from, "to": to })).await
    }

    /// Temporary names of its own, as no run has them.
    pub(crate) fn owner(&self) -> Owner {
        Owner { execution: self.new_id(), epoch: 1 }
    }

    fn control(&self, cancel: CancellationToken, progress: OnTick) -> Control {
        Control { cancel, progress, clock: self.clock().clone() }
    }

    async fn moved_by_hand(
        &self,
        id: ConnectionId,
        audited: &'static str,
        operation: &'static str,
        moved: &[MovedFile],
    ) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.audit(AuditableEntityType::Connection, id, audited, serde_json::json!({ "files": moved }));
        let at = |path: String, moved: &MovedFile| {
            Some(FileAt { path, size: Some(moved.size), sha256: Some(moved.sha256.clone()) })
        };
        let (now, actor) = (unit.now(), unit.actor().to_owned());
        let passage = |moved: &MovedFile| {
            let local = at(moved.local_path.to_string_lossy().into_owned(), moved);
            let remote = at(moved.remote_path.clone(), moved);
            let (source, result) =
                if operation == FETCHED_BY_HAND { (remote, local) } else { (local, remote) };
            Passage {
                id: self.new_id(),
                job_execution_id: None,
                step_execution_id: None,
                operation: operation.to_owned(),
                performed_by: actor.clone(),
                connection_id: Some(id),
                source,
                result,
                at: now,
            }
        };
        unit.insert_passages(&moved.iter().map(passage).collect::<Vec<_>>()).await?;
        Ok(unit.commit().await?)
    }

    async fn changed_by_hand(
        &self,
        id: ConnectionId,
        operation: &'static str,
        details: serde_json::Value,
    ) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.audit(AuditableEntityType::Connection, id, operation, details);
        Ok(unit.commit().await?)
    }
}

fn name_of(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

async fn make_folder(server: &dyn Remote, path: &str) -> Result<()> {
    if server.stat(path).await?.is_some() {
        let message = format!("{} is there already.", courier_transfer::escaped(path));
        return Err(AppError::new(ErrorCode::AlreadyExists, message));
    }
    Ok(server.mkdir_all(path).await?)
}

/// The file of that name, whatever characters it has; else what matches the pattern, or lies in the folder.
async fn meant(server: &dyn Remote, path: &str) -> Result<Vec<Entry>> {
    if !path.is_empty()
        && let Some(entry) = server.stat(path).await?
        && !entry.is_directory
    {
        return Ok(vec![entry]);
    }
    let found = courier_transfer::expand(server, &PathPattern(path.to_owned()), Depth::Folder, &[]).await?;
    if found.files.is_empty() {
        let message = format!("There is no file {} on the server.", courier_transfer::escaped(path));
        return Err(AppError::new(ErrorCode::FileNotFound, message));
    }
    Ok(found.files.into_iter().map(|file| file.entry).collect())
}

fn arrived(outcome: Outcome) -> Option<MovedFile> {
    match outcome {
        Outcome::Moved(receipt) => Some(MovedFile {
            remote_path: receipt.remote_path,
            local_path: receipt.local_path,
            size: receipt.size,
            sha256: receipt.sha256,
        }),
        Outcome::Skipped { .. } => None,
    }
}

/// `removed` also tells what went before a failure.
async fn remove(server: &dyn Remote, path: &str, depth: Depth, removed: &mut Vec<String>) -> Result<()> {
    match server.stat(path).await? {
        Some(folder) if folder.is_directory => {
            if depth == Depth::Folder {
                let message = format!("{} is a folder.", courier_transfer::escaped(path));
                return Err(AppError::new(ErrorCode::AlreadyExists, message)
                    .with_hint("Give --recursive to remove it with all that is in it."));
            }
            return remove_folder(server, folder.path, removed).await;
        }
        Some(_) => return remove_file(server, path.to_owned(), removed).await,
        None => {}
    }
    for file in meant(server, path).await? {
        remove_file(server, file.path, removed).await?;
    }
    Ok(())
}

async fn remove_file(server: &dyn Remote, path: String, removed: &mut Vec<String>) -> Result<()> {
    server.delete(&path).await?;
    removed.push(path);
    Ok(())
}

/// Links are removed, not followed.
async fn remove_folder(server: &dyn Remote, path: String, removed: &mut Vec<String>) -> Result<()> {
    let mut folders = vec![path];
    let mut emptied = Vec::new();
    while let Some(folder) = folders.pop() {
        let listing = server.list(&folder).await?;
        if let Some(refused) = listing.refused.first() {
            let message = format!(
                "{} in {} has a name that is not safe to use: {}. Nothing more was removed.",
                refused.name,
                courier_transfer::escaped(&folder),
                refused.reason
            );
            return Err(AppError::new(ErrorCode::UnsafeName, message));
        }
        for entry in listing.entries {
            if entry.is_directory && !entry.is_link {
                folders.push(entry.path);
            } else {
                remove_file(server, entry.path, removed).await?;
            }
        }
        emptied.push(folder);
    }
    // The deepest were found last.
    for folder in emptied.into_iter().rev() {
        server.rmdir(&folder).await?;
        removed.push(folder);
    }
    Ok(())
}
