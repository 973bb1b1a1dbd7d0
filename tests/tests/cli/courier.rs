//! The built binary with a home and a vault of its own.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Far more than any command here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// A Courier that nobody else knows.
#[derive(Debug)]
pub(crate) struct Courier {
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
    /// Fails with everything that was said unless the status is `status`.
    pub(crate) fn expect(self, status: i32) -> Result<Self> {
        ensure!(
            self.status == status,
            "exit status {} instead of {status}\n--- stdout\n{}\n--- stderr\n{}",
            self.status,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }

    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("not one JSON document: {}", self.stdout))
    }
}

/// The binary lies beside the folder of the test's own.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let built = own.ancestors().nth(2).context("the test lies in no target folder")?.join("courier");
    ensure!(built.is_file(), "{} is missing: run `cargo build -p courier-cli` first", built.display());
    Ok(built)
}

impl Courier {
    /// With a vault that opens by a key file.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("courier-cli-").tempdir()?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))?;
        let key = folder.path().join("vault.key");
        let mut random = [0; 32];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        std::fs::write(&key, random)?;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { folder })
    }

    /// Where tests put what they like; the home is inside.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The command, ready to be started. It sees no keychain and no other settings of this machine.
    pub(crate) fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = Command::new(binary()?);
        command
            .args(args)
            .env("COURIER_HOME", self.home())
            .env("COURIER_VAULT_KEY_FILE", self.folder().join("vault.key"))
            .env_remove("COURIER_DATABASE_URL")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env("XDG_RUNTIME_DIR", self.folder())
            .stdin(Stdio::null());
        Ok(command)
    }

    pub(crate) fn run(&self, args: &[&str]) -> Result<Done> {
        finish(self.command(args)?)
    }

    /// Runs a command that must succeed, for its output.
    pub(crate) fn ok(&self, args: &[&str]) -> Result<String> {
        Ok(self.run(args)?.expect(0)?.stdout)
    }

    /// Runs a command that must succeed with `--json`.
    pub(crate) fn json(&self, args: &[&str]) -> Result<Value> {
        let mut all = vec!["--json"];
        all.extend(args);
        self.run(&all)?.expect(0)?.json()
    }

    /// Writes a bundle beside the home.
    pub(crate) fn bundle(&self, text: &str) -> Result<String> {
        let path = self.folder().join("bundle.yaml");
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    }

    pub(crate) fn apply(&self, text: &str) -> Result<Done> {
        let file = self.bundle(text)?;
        self.run(&["apply", "-f", &file])
    }
}

/// Runs a command to its end; one that hangs is killed and fails.
pub(crate) fn finish(mut command: Command) -> Result<Done> {
    let shown = format!("{command:?}");
    let child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cannot start courier")?;
    let id = child.id();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(done) = receiver.recv_timeout(LIMIT) else {
        Command::new("kill").arg("-KILL").arg(id.to_string()).status()?;
        bail!("{shown} did not end within {LIMIT:?}");
    };
    let done = done?;
    Ok(Done {
        status: done.status.code().unwrap_or(-1),
        stdout: String::from_utf8(done.stdout)?,
        stderr: String::from_utf8(done.stderr)?,
    })
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                _ => found.push(entry.path()),
            }
        }
    }
    found
}
