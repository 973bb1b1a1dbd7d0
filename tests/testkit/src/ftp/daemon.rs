//! What all servers from the unpacked packages have in common: a folder, a port, a user, a log, and an end.

use crate::process::{Running, run};
use crate::user::{PasswordUser, password_user};
use anyhow::{Context, Result, bail};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START: Duration = Duration::from_secs(20);
/// Neither a start nor a line in a log file announces itself, so they are looked for this often.
const LOOK: Duration = Duration::from_millis(5);

/// The user's password as `crypt(3)` knows it.
pub(crate) fn crypted(user: &PasswordUser) -> Result<String> {
    // Not a secret worth hiding from `ps`: it opens nothing but these servers on loopback.
    let out = run(Command::new("openssl").args(["passwd", "-6", &user.password]))?;
    Ok(String::from_utf8(out)?.trim().to_owned())
}

/// How to start the program for a port. Writes its configuration first.
pub(crate) type Launch = Box<dyn Fn(u16) -> Result<Command> + Send + Sync>;

/// A running server. Ends when dropped.
pub struct Daemon {
    dir: TempDir,
    data: PathBuf,
    account: PasswordUser,
    port: u16,
    launch: Option<Launch>,
    running: Option<Running>,
    past: String,
}

impl std::fmt::Debug for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Daemon").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Daemon {
    /// Not started yet. `data` is the folder to serve, by default one of its own.
    pub(crate) fn new(data: Option<PathBuf>) -> Result<Self> {
        let account = password_user()?.context("an FTP server needs root: it logs a test user in")?;
        let dir = tempfile::Builder::new().prefix("courier-ftp-").tempdir()?;
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))?;
        let data = data.unwrap_or_else(|| dir.path().join("data"));
        std::fs::create_dir_all(&data)?;
        std::os::unix::fs::chown(&data, Some(account.uid), Some(account.gid))?;
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777))?;
        Ok(Self { dir, data, account, port: 0, launch: None, running: None, past: String::new() })
    }

    pub(crate) fn start(mut self, launch: Launch) -> Result<Self> {
        self.launch = Some(launch);
        let mut last = None;
        // Between looking for a free port and taking it, somebody else may take it.
        for _ in 0..5 {
            self.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            match self.start_again() {
                Ok(()) => return Ok(self),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("no free port")))
    }

    pub fn port(&self) -> u16 {
        self.port
    }
    /// Who may log in.
    pub fn user(&self) -> &str {
        &self.account.name
    }
    pub fn password(&self) -> &str {
        &self.account.password
    }
    /// The user's number and his group's, for files that shall be his.
    pub fn owner(&self) -> (u32, u32) {
        (self.account.uid, self.account.gid)
    }
    pub(crate) fn account(&self) -> &PasswordUser {
        &self.account
    }
    /// Here the folder that is the server's root for its clients.
    pub fn data(&self) -> &Path {
        &self.data
    }
    /// A path below [`Daemon::data`], as a client names it.
    pub fn remote(&self, name: &str) -> String {
        format!("/{name}")
    }
    /// Its own folder: configuration, keys, logs.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What the server has logged, over all its starts.
    pub fn log(&self) -> String {
        let now = self.running.as_ref().map(|running| running.log.text()).unwrap_or_default();
        let file = std::fs::read(self.log_file()).unwrap_or_default();
        format!("{}{now}{}", self.past, String::from_utf8_lossy(&file))
    }
    /// For servers that log to a file.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.dir().join("log")
    }
    /// Waits until the log holds `needle`; fails with the log when the time is up.
    pub fn wait_for_log(&self, needle: &str, limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        while !self.log().contains(needle) {
            if Instant::now() > until {
                bail!("`{needle}` did not come; the log:\n{}", self.log());
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Kills the server and every session.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill();
            self.past.push_str(&running.log.text());
        }
    }

    /// Starts a killed server again, on the same port.
    pub fn start_again(&mut self) -> Result<()> {
        self.kill();
        let Some(launch) = &self.launch else { bail!("the server was never started") };
        let mut running = Running::start(&mut launch(self.port)?)?;
        let until = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if running.has_ended() || Instant::now() > until {
                let file = std::fs::read_to_string(self.log_file()).unwrap_or_default();
                bail!("the server did not start; its log:\n{}{file}", running.log.text());
            }
            std::thread::sleep(LOOK);
        }
        self.running = Some(running);
        Ok(())
    }
}
