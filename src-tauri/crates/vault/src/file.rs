//! `vault.json`: which vault key this home has, where it is kept, and its wrapped forms.
//!
//! Left out: the key itself. Invariant: the file is 0600, changes in one rename, and is created only where none is.

use crate::error::{Result, VaultError};
use crate::key::{PassphraseWrap, RecoveryWrap, VaultKey};
use crate::rotation::{Incoming, WrappedKey};
use crate::state::KeySource;
use courier_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VaultFile {
    version: u32,
    pub(crate) key_id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) method: Method,
    /// Only the right key made this.
    pub(crate) check: String,
    pub(crate) recovery: Option<RecoveryWrap>,
    /// Keys that this one replaced, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) replaced: Vec<WrappedKey>,
    /// The key that is about to replace this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) incoming: Option<Incoming>,
}

/// Where the vault key is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Method {
    Keychain { account: String },
    Passphrase(PassphraseWrap),
    KeyFile { path: PathBuf },
    SystemdCredential,
}

impl Method {
    pub(crate) const fn source(&self) -> KeySource {
        match self {
            Method::Keychain { .. } => KeySource::Keychain,
            Method::Passphrase(_) => KeySource::Passphrase,
            Method::KeyFile { .. } => KeySource::KeyFile,
            Method::SystemdCredential => KeySource::SystemdCredential,
        }
    }
}

impl VaultFile {
    pub(crate) fn new(
        key_id: String,
        created_at: Timestamp,
        method: Method,
        check: String,
        recovery: Option<RecoveryWrap>,
    ) -> Self {
        let (replaced, incoming) = (Vec::new(), None);
        Self { version: VERSION, key_id, created_at, method, check, recovery, replaced, incoming }
    }

    /// Whether it is this key's file.
    pub(crate) fn fits(&self, key: &VaultKey) -> bool {
        self.key_id == key.id_text() && key.made_check_value(&self.check)
    }

    /// `None` where there is no file yet.
    pub(crate) fn load(home: &Path) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let path = path(home);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(VaultError::Io { doing: "read", path, source }),
        };
        let damaged = |error: serde_json::Error| VaultError::file_damaged(format!("line {}", error.line()));
        let Head { version } = serde_json::from_slice(&text).map_err(damaged)?;
        if version > VERSION {
            return Err(VaultError::FileTooNew { version });
        }
        serde_json::from_slice(&text).map(Some).map_err(damaged)
    }

    /// Writes the file where none may be yet.
    pub(crate) fn create(&self, home: &Path) -> Result<()> {
        let path = path(home);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(VaultError::AlreadyInitialised);
        }
        self.write(&path)
    }

    /// Replaces the file by one for the same key, or by the one that a rotation prepared.
    pub(crate) fn replace(&self, home: &Path) -> Result<()> {
        self.write(&path(home))
    }

    fn write(&self, path: &Path) -> Result<()> {
        let failed = |source| VaultError::Io { doing: "write", path: path.to_owned(), source };
        let temporary = path.with_extension("json.new");
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&temporary, path).map_err(failed)?;
        // The rename itself must survive a power cut; Windows cannot open folders and needs none of it.
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(())
    }
}

fn path(home: &Path) -> PathBuf {
    home.join("vault.json")
}

/// Held while a vault is set up or changed, so that two Couriers cannot make two keys for one home.
#[derive(Debug)]
pub(crate) struct SetupLock {
    _file: File,
}

impl SetupLock {
    pub(crate) fn take(home: &Path) -> Result<Self> {
        let path = home.join("vault.lock");
        let failed = |source| VaultError::Io { doing: "lock", path: path.clone(), source };
        fs::create_dir_all(home).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { _file: file })
    }
}
