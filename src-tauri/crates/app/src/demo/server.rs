//! The sample's server: its identity on disk, and its life with this process.
//!
//! Host key, login and port are kept, so that the server comes back the same. Invariant: at most one process serves a
//! home's sample, the one that holds the lock.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::surroundings::make_private_folder;
use courier_domain::ConnectionId;
use courier_domain::key::SshKeyType;
use courier_keys::ssh;
use courier_transfer::sandbox::{Sandbox, SandboxUser};
use courier_vault::SecretBytes;
use russh::keys::{PrivateKey, PublicKey};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

pub(super) const USER: &str = "sample";

/// Where the sample server's things are.
pub(super) fn folder(home: &Path) -> PathBuf {
    home.join("sandbox")
}

/// What the server shows to its clients as `/`.
pub(super) fn root(home: &Path) -> PathBuf {
    folder(home).join("files")
}

/// The sample servers of this process: none or one.
#[derive(Debug)]
pub(crate) struct Sandboxes {
    home: PathBuf,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    sandbox: Sandbox,
    _lock: File,
}

#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    connection_id: ConnectionId,
    port: u16,
}

impl Sandboxes {
    pub(crate) fn new(home: &Path) -> Self {
        Self { home: home.to_owned(), running: Mutex::new(None) }
    }

    /// The port of the server, if it runs here.
    pub(super) async fn port(&self) -> Option<u16> {
        self.running.lock().await.as_ref().map(|r| r.sandbox.port())
    }

    /// Starts the server unless it runs already, here or in another process.
    pub(super) async fn start(&self) -> Result<()> {
        let mut running = self.running.lock().await;
        if running.is_some() {
            return Ok(());
        }
        let folder = folder(&self.home);
        make_private_folder(&folder)?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(|e| AppError::disk("write", &path, &e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(AppError::disk("lock", &path, &error)),
        }
        let root = root(&self.home);
        make_private_folder(&root)?;
        let host_key = host_key(&folder)?;
        let key_path = folder.join("login.pub");
        let line = std::fs::read_to_string(&key_path).map_err(|e| AppError::disk("read", &key_path, &e))?;
        let authorized = PublicKey::from_openssh(line.trim()).map_err(AppError::internal)?;
        let user = || SandboxUser {
            name: USER.to_owned(),
            password: None,
            authorized_key: Some(authorized.clone()),
        };
        let last = remembered(&self.home).map_or(0, |r| r.port);
        let sandbox = match Sandbox::start_on(last, root.clone(), user(), host_key.clone()).await {
            Ok(sandbox) => sandbox,
            // Somebody else has the port now.
            Err(_) if last != 0 => Sandbox::start(root, user(), host_key).await?,
            Err(error) => return Err(error.into()),
        };
        *running = Some(Running { sandbox, _lock: lock });
        Ok(())
    }

    pub(crate) async fn stop(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.sandbox.stop();
        }
    }
}

impl App {
    /// Starts the sample's server where the sample was made, and tells its connection the port.
    pub(crate) async fn sandbox_start(&self) -> Result<()> {
        let Some(known) = remembered(self.home()) else { return Ok(()) };
        self.sandboxes().start().await?;
        let Some(port) = self.sandboxes().port().await else { return Ok(()) };
        let mut unit = self.begin().await?;
        let rows = unit.connections().await?;
        let Some(mut connection) = rows.into_iter().find(|c| c.id == known.connection_id) else {
            return Ok(());
        };
        if connection.port != port {
            connection.port = port;
            unit.update_connection(&connection, connection.updated_at).await?;
        }
        unit.commit().await?;
        if known.port != port {
            write_remembered(self.home(), &Remembered { port, ..known })?;
        }
        Ok(())
    }

    /// As [`App::sandbox_start`]; a sample's server that does not start stops nothing else.
    pub(crate) async fn sandbox_wake(&self) {
        if let Err(error) = self.sandbox_start().await {
            tracing::warn!(%error, "the sample's server did not start");
        }
    }

    /// As [`App::sandbox_start`], if this is the sample's connection.
    pub(crate) async fn sandbox_for(&self, id: ConnectionId) -> Result<()> {
        match remembered(self.home()) {
            Some(known) if known.connection_id == id => self.sandbox_start().await,
            _ => Ok(()),
        }
    }
}

/// Lets the holder of a key log in. `line` is as in `authorized_keys`.
pub(super) fn write_login(home: &Path, line: &str) -> Result<()> {
    let folder = folder(home);
    make_private_folder(&folder)?;
    let path = folder.join("login.pub");
    std::fs::write(&path, line).map_err(|e| AppError::disk("write", &path, &e))
}

/// Keeps which connection is the sample's.
pub(super) fn remember(home: &Path, connection_id: ConnectionId) -> Result<()> {
    let port = remembered(home).map_or(0, |r| r.port);
    write_remembered(home, &Remembered { connection_id, port })
}

fn write_remembered(home: &Path, known: &Remembered) -> Result<()> {
    let path = folder(home).join("sample.json");
    let text = serde_json::to_vec(known).map_err(AppError::internal)?;
    std::fs::write(&path, text).map_err(|e| AppError::disk("write", &path, &e))
}

fn remembered(home: &Path) -> Option<Remembered> {
    serde_json::from_slice(&std::fs::read(folder(home).join("sample.json")).ok()?).ok()
}

/// The server's own key, made once. It protects nothing but the sample, so it may lie in a file.
fn host_key(folder: &Path) -> Result<PrivateKey> {
    let path = folder.join("host_key");
    match std::fs::read(&path) {
        Ok(bytes) => Ok(ssh::load_private(&SecretBytes::new(bytes), None)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let pair = ssh::generate(SshKeyType::Ed25519, "sample server")?;
            std::fs::write(&path, pair.private.expose()).map_err(|e| AppError::disk("write", &path, &e))?;
            Ok(ssh::load_private(&pair.private, None)?)
        }
        Err(error) => Err(AppError::disk("read", &path, &error)),
    }
}
