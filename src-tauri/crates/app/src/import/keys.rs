//! The key files that connections name: which of them are in Courier, and which come along.
//!
//! A private key is only read when keys come along; otherwise its public half beside it says whether Courier has it.
//! Invariant: one key is one key, however many files and connections name it.

use super::ImportedKey;
use super::candidate::{KeyFiles, plain, short};
use super::plan::free_name;
use crate::app::App;
use crate::error::Result;
use crate::{local, ssh_keys};
use courier_domain::key::{SshKey, SshKeyStatus};
use courier_domain::{ErrorCode, SshKeyId};
use courier_keys::ssh::{SshKeyPair, public_fingerprint};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A key that comes along.
#[derive(Debug)]
pub(super) struct NewKey {
    pub(super) id: SshKeyId,
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) pair: SshKeyPair,
}

/// What a connection can log in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyFound {
    /// The file names no key, or none of the usual ones is there.
    None,
    Known {
        id: SshKeyId,
        name: String,
    },
    Missing {
        path: PathBuf,
        why: String,
    },
}

pub(super) struct KeyRing<'a> {
    app: &'a App,
    stored: Vec<SshKey>,
    with_keys: bool,
    names: HashSet<String>,
    seen: HashMap<PathBuf, KeyFound>,
    pub(super) new: Vec<NewKey>,
}

impl<'a> KeyRing<'a> {
    pub(super) fn new(app: &'a App, stored: Vec<SshKey>, with_keys: bool) -> Self {
        let names = stored.iter().map(|k| k.name.to_lowercase()).collect();
        Self { app, stored, with_keys, names, seen: HashMap::new(), new: Vec::new() }
    }

    /// The first of the files that exists, as a key of Courier.
    pub(super) async fn find(&mut self, files: &KeyFiles) -> Result<KeyFound> {
        let there = files.paths().iter().find(|path| path.is_file());
        match (there, files) {
            (Some(path), _) => self.at(path).await,
            (None, KeyFiles::Named(paths)) => Ok(match paths.first() {
                Some(path) => missing(path, "there is no such file"),
                None => KeyFound::None,
            }),
            (None, KeyFiles::None | KeyFiles::Usual(_)) => Ok(KeyFound::None),
        }
    }

    async fn at(&mut self, path: &Path) -> Result<KeyFound> {
        if let Some(found) = self.seen.get(path) {
            return Ok(found.clone());
        }
        let found = if self.with_keys { self.read(path).await? } else { self.by_public_half(path) };
        self.seen.insert(path.to_owned(), found.clone());
        Ok(found)
    }

    fn by_public_half(&self, path: &Path) -> KeyFound {
        match public_half(path).and_then(|fingerprint| self.stored_as(path, &fingerprint)) {
            Some(found) => found,
            None => missing(path, "keys come along only when that is asked for"),
        }
    }

    async fn read(&mut self, path: &Path) -> Result<KeyFound> {
        let pair = match local::read_key_file(path).await {
            Ok(bytes) => ssh_keys::read_ssh(bytes, None).await,
            Err(error) => Err(error),
        };
        let pair = match pair {
            Ok(pair) => pair,
            Err(error) => {
                let known = public_half(path).and_then(|fingerprint| self.stored_as(path, &fingerprint));
                let why = if error.code == ErrorCode::WrongPassphrase {
                    "it is under a passphrase: import it by itself, with its passphrase".to_owned()
                } else {
                    error.message.trim_end_matches('.').to_owned()
                };
                return Ok(known.unwrap_or_else(|| missing(path, &why)));
            }
        };
        if let Some(found) = self.stored_as(path, &pair.fingerprint) {
            return Ok(found);
        }
        if let Some(key) = self.new.iter().find(|k| k.pair.fingerprint == pair.fingerprint) {
            return Ok(KeyFound::Known { id: key.id, name: key.name.clone() });
        }
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = short(&plain(&stem), 200);
        let base = if stem.is_empty() { "ssh key" } else { &stem };
        let name = free_name(base, |name| self.names.contains(&name.to_lowercase()));
        self.names.insert(name.to_lowercase());
        let id = self.app.new_id();
        self.new.push(NewKey { id, name: name.clone(), path: path.to_owned(), pair });
        Ok(KeyFound::Known { id, name })
    }

    fn stored_as(&self, path: &Path, fingerprint: &str) -> Option<KeyFound> {
        let key = self.stored.iter().find(|k| k.fingerprint == fingerprint)?;
        Some(if key.status == SshKeyStatus::Active {
            KeyFound::Known { id: key.id, name: key.name.clone() }
        } else {
            missing(path, &format!("the key `{}` in Courier is {}", key.name, key.status))
        })
    }
}

impl NewKey {
    pub(super) fn view(&self) -> ImportedKey {
        ImportedKey {
            name: self.name.clone(),
            key_type: self.pair.key_type,
            fingerprint: self.pair.fingerprint.clone(),
            path: self.path.display().to_string(),
        }
    }
}

fn missing(path: &Path, why: &str) -> KeyFound {
    KeyFound::Missing { path: path.to_owned(), why: plain(why) }
}

/// The fingerprint of the `.pub` file beside a private key.
fn public_half(path: &Path) -> Option<String> {
    let mut name = path.file_name()?.to_owned();
    name.push(".pub");
    let file = path.with_file_name(name);
    if !file.is_file() {
        return None;
    }
    let text = local::read_small(&file).ok()?.into_string().ok()?;
    public_fingerprint(text.expose().lines().next()?).ok()
}
