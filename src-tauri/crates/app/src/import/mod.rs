//! Connections from other programs: OpenSSH's client configuration, WinSCP.ini, FileZilla's sitemanager.xml.
//!
//! One file for each of the three reads its text into candidates; `plan` compares them with the store, `keys` finds the
//! keys they name, `usual` knows where such files usually lie. Left out on purpose: known host keys, which are trusted
//! at the first connection and not by a file, and passwords that another program keeps hidden. What lacks its secret
//! comes disabled, with a line in its notes.
//!
//! Invariant: an import writes all of its preview or nothing, and the same file again changes nothing.

mod candidate;
mod filezilla;
mod keys;
mod plan;
mod source;
mod ssh_config;
mod usual;
mod winscp;

use crate::algorithms::note_legacy;
use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use candidate::Candidate;
use courier_domain::connection::{Connection, ConnectionDraft, Sealed};
use courier_domain::key::{SshKey, SshKeyType};
use courier_domain::{ConnectionId, ErrorCode, Problem, Problems};
use courier_engine::places;
use courier_vault::{SecretBytes, SecretString};
use keys::NewKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use specta::Type;
use ssh_config::Local;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
pub use usual::{ImportPlace, usual_ssh_config};

/// Which program wrote the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    SshConfig,
    Winscp,
    Filezilla,
}

/// Where the text comes from.
#[derive(Debug)]
pub enum ImportSource {
    /// What it includes is looked for beside it.
    File(PathBuf),
    /// What it includes is looked for in `~/.ssh`.
    Text(SecretBytes),
}

/// A file to be imported, and what of it.
#[derive(Debug)]
pub struct ImportRequest {
    /// Absent means: told by what is in the file.
    pub kind: Option<ImportKind>,
    pub source: ImportSource,
    /// Names, in any case; empty means all.
    pub only: Vec<String>,
    /// Replaces the folders of the file.
    pub group: Option<String>,
    /// Reads the key files that the connections name, and seals those without a passphrase into the vault.
    pub with_keys: bool,
    /// Seals passwords that the file has in clear into the vault.
    pub with_passwords: bool,
    /// The [`ImportPreview::digest`] of what a person has looked at; a file that has changed since is refused.
    pub seen: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ImportAction {
    Create,
    /// Created with a number after its name, because the name is another connection's.
    Renamed,
    /// The same server, user and name is there already; it stays as it is.
    Exists,
    /// It cannot be a connection; its warnings say why.
    Skipped,
}

/// What must be given before an imported connection can be enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MissingSecret {
    Password,
    SshKey,
}

/// One connection of the file and what becomes of it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ImportedConnection {
    #[serde(flatten)]
    pub draft: ConnectionDraft,
    /// Its name in the file.
    pub imported_from: String,
    pub action: ImportAction,
    /// The name of the key that it logs in with.
    pub ssh_key: Option<String>,
    /// The connection of the file through whose server it is reached; it comes along.
    pub through: Option<String>,
    pub missing: Option<MissingSecret>,
    /// What is not taken over, by the file's or the domain's name for it.
    pub warnings: Vec<Problem>,
}

/// A key that comes along.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ImportedKey {
    pub name: String,
    pub key_type: SshKeyType,
    pub fingerprint: String,
    pub path: String,
}

/// What an import does, before and after it is done.
#[derive(Debug, Serialize, Type)]
pub struct ImportPreview {
    pub kind: ImportKind,
    /// Of the file's text and of what it includes, in hex.
    pub digest: String,
    pub connections: Vec<ImportedConnection>,
    pub keys: Vec<ImportedKey>,
    /// What concerns the whole file.
    pub warnings: Vec<Problem>,
    #[serde(skip)]
    #[specta(skip)]
    new: Vec<NewConnection>,
    #[serde(skip)]
    #[specta(skip)]
    new_keys: Vec<NewKey>,
}

/// A connection to be written.
#[derive(Debug)]
struct NewConnection {
    id: ConnectionId,
    draft: ConnectionDraft,
    password: Option<SecretString>,
}

impl ImportPreview {
    fn new(file: ReadFile) -> (Vec<Candidate>, Self) {
        let ReadFile { kind, digest, candidates, warnings } = file;
        let (connections, keys) = (Vec::new(), Vec::new());
        (
            candidates,
            Self { kind, digest, connections, keys, warnings, new: Vec::new(), new_keys: Vec::new() },
        )
    }

    /// How many connections it would create.
    pub fn creates(&self) -> usize {
        self.new.len()
    }
}

impl App {
    /// Says what an import would do. Nothing is written; the private keys and passwords that come along are held in
    /// the preview, which never shows them.
    ///
    /// # Errors
    /// The file cannot be read, is of another kind, or is not the one that was seen; a name in `only` is not in it.
    pub async fn import_preview(&self, request: ImportRequest) -> Result<ImportPreview> {
        let (request, read) = blocking(move || {
            let read = read(&request);
            (request, read)
        })
        .await?;
        plan::plan(self, &request, read?).await
    }

    /// Writes a preview: all of it, or nothing. The same preview comes back, now done.
    ///
    /// # Errors
    /// The vault is locked and a secret comes along; a name was taken since the preview was made.
    pub async fn import_apply(&self, mut preview: ImportPreview) -> Result<ImportPreview> {
        if preview.new.is_empty() {
            return Ok(preview);
        }
        if !preview.new_keys.is_empty() || preview.new.iter().any(|c| c.password.is_some()) {
            self.vault_needed()?;
        }
        let mut keys: Vec<SshKey> = Vec::new();
        for key in std::mem::take(&mut preview.new_keys) {
            keys.push(self.ssh_row(key.id, key.name, key.pair, self.now())?);
        }
        let mut connections: Vec<(NewConnection, Option<Sealed>)> = Vec::new();
        for new in std::mem::take(&mut preview.new) {
            let sealed = match &new.password {
                Some(text) => {
                    Some(self.vault().seal(&places::connection_password(new.id), text.expose().as_bytes())?)
                }
                None => None,
            };
            connections.push((new, sealed));
        }
        let mut unit = self.begin().await?;
        for key in &keys {
            unit.insert_ssh_key(key).await?;
        }
        for (new, sealed) in connections {
            let connection = Connection::new(new.id, new.draft, sealed, unit.now())?;
            unit.insert_connection(&connection).await?;
            note_legacy(&mut unit, None, &connection);
        }
        unit.commit().await?;
        Ok(preview)
    }
}

/// A file that was read.
struct ReadFile {
    kind: ImportKind,
    digest: String,
    candidates: Vec<Candidate>,
    warnings: Vec<Problem>,
}

fn read(request: &ImportRequest) -> Result<ReadFile> {
    let local = local()?;
    let ssh = local.home.join(".ssh");
    let (text, folder) = match &request.source {
        ImportSource::File(path) => {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            (source::read_text(path)?, folder.to_owned())
        }
        ImportSource::Text(bytes) => (source::text_of(bytes.duplicate())?, ssh),
    };
    let text = text.expose();
    let kind = request.kind.unwrap_or_else(|| source::kind_of(text));
    let digest = RefCell::new(Sha256::new_with_prefix(text));
    let found = match kind {
        ImportKind::SshConfig => {
            let load = |pattern: &str| {
                let files = source::included(pattern, &folder, &local.home);
                for text in files.iter().filter_map(|file| file.text.as_ref().ok()) {
                    digest.borrow_mut().update(text);
                }
                files
            };
            Ok(ssh_config::read(text, &local, &load))
        }
        ImportKind::Winscp => winscp::read(text),
        ImportKind::Filezilla => filezilla::read(text),
    };
    let (candidates, warnings) = found.map_err(|problem| AppError::invalid(Problems::one(problem)))?;
    let digest: String = digest.into_inner().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if request.seen.as_ref().is_some_and(|seen| *seen != digest) {
        return Err(AppError::new(ErrorCode::Conflict, "The file has changed since you looked at it.")
            .with_hint("Look at what is in it now, then import."));
    }
    Ok(ReadFile { kind, digest, candidates, warnings })
}

/// Who would connect from here.
fn local() -> Result<Local> {
    let home = crate::surroundings::user_home()?;
    Ok(Local { home, user: crate::surroundings::user() })
}

#[cfg(test)]
mod tests;
