//! A store, the homes of the nodes that share it, and an SFTP server that they send to.
//!
//! On SQLite all nodes share one home; on PostgreSQL each has its own, as on machines of their own. The vault's key is
//! the same everywhere.

use crate::history::{self, Entry};
use crate::node::Node;
use anyhow::{Context, Result, ensure};
use courier_testkit::postgres::PrivatePostgres;
use courier_testkit::{Sshd, SshdOptions};
use serde_json::Value;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Where the runs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

pub(crate) struct World {
    pub(crate) sshd: Sshd,
    /// The server and the database's URL.
    pub(crate) postgres: Option<(PrivatePostgres, String)>,
    /// What every Courier here is told by its environment.
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
}

/// A command that ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    fn succeeded(self) -> Result<Self> {
        ensure!(self.status == 0, "exit status {}\n{}\n{}", self.status, self.stdout, self.stderr);
        Ok(self)
    }
}

/// The binary lies beside the folder of the test's own.
pub(crate) fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let built = own.ancestors().nth(2).context("the test lies in no target folder")?.join("courier");
    ensure!(built.is_file(), "{} is missing: run `cargo build -p courier-cli` first", built.display());
    Ok(built)
}

impl World {
    pub(crate) fn new(database: Database, environment: &[(&'static str, &str)]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("courier-faults-").tempdir()?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))?;
        let mut random = [0; 32];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let key = folder.path().join("vault.key");
        std::fs::write(&key, random)?;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => {
                let cluster = PrivatePostgres::start()?;
                let url = cluster.create_database("courier")?;
                Some((cluster, url))
            }
        };
        let environment = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Ok(Self { sshd: Sshd::start(SshdOptions::default())?, postgres, environment, folder })
    }

    /// Where the work lies; homes and key are inside, too.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command on the machine `home`, ready to be started. It sees no keychain and no other settings.
    pub(crate) fn command(&self, home: usize, args: &[&str]) -> Result<Command> {
        let home = if self.postgres.is_some() { home } else { 0 };
        let mut command = Command::new(binary()?);
        command
            .args(args)
            .env("COURIER_HOME", self.folder().join(format!("home-{home}")))
            .env("COURIER_VAULT_KEY_FILE", self.folder().join("vault.key"))
            .env_remove("COURIER_DATABASE_URL")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env("XDG_RUNTIME_DIR", self.folder())
            .stdin(Stdio::null());
        if let Some((_, url)) = &self.postgres {
            command.env("COURIER_DATABASE_URL", url);
        }
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        Ok(command)
    }

    /// A node on the machine `home`, once it takes work. It tells of runs that it lost.
    pub(crate) fn agent(&self, home: usize) -> Result<Node> {
        Node::start(self.command(home, &["-v", "agent"])?)
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Result<Done> {
        let done = self.command(0, args)?.output().context("cannot start courier")?;
        Ok(Done {
            status: done.status.code().unwrap_or(-1),
            stdout: String::from_utf8(done.stdout)?,
            stderr: String::from_utf8(done.stderr)?,
        })
    }

    /// Runs a command that must succeed, for its output.
    pub(crate) fn ok(&self, args: &[&str]) -> Result<String> {
        Ok(self.run(args)?.succeeded()?.stdout)
    }

    /// Runs a command that must succeed with `--json`.
    pub(crate) fn json(&self, args: &[&str]) -> Result<Value> {
        let told = self.ok(&[&["--json"], args].concat())?;
        serde_json::from_str(&told).with_context(|| format!("not one JSON document: {told}"))
    }

    pub(crate) fn apply(&self, bundle: &Value) -> Result<()> {
        let path = self.folder().join("bundle.json");
        std::fs::write(&path, bundle.to_string())?;
        self.ok(&["apply", "-f", path.to_str().context("not UTF-8")?]).map(drop)
    }

    /// What the audit log tells, once its chain has been found whole.
    pub(crate) fn history(&self) -> Result<Vec<Entry>> {
        self.ok(&["audit", "verify"])?;
        history::read(&self.ok(&["audit", "export"])?)
    }
}
