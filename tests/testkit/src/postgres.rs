//! A PostgreSQL cluster that belongs to one test process, on loopback, gone when it is dropped.
//!
//! PostgreSQL refuses to run as root; there the cluster runs as the account `postgres` that its package makes.
//! Durability is switched off unless asked for: tests kill the server, never the machine.

use anyhow::{Context, Result, bail};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A running cluster.
#[derive(Debug)]
pub struct PrivatePostgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    durability: &'static str,
}

impl PrivatePostgres {
    /// Makes and starts a cluster; ready when this returns (about a second).
    pub fn start() -> Result<Self> {
        Self::start_with("off")
    }

    /// As [`PrivatePostgres::start`], with commits that are durable: for measuring them.
    pub fn start_durable() -> Result<Self> {
        Self::start_with("on")
    }

    fn start_with(durability: &'static str) -> Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("courier-pg.").tempdir()?;
        if am_root() {
            run(Command::new("chown").arg("postgres:").arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        run(as_server(&programs.join("initdb"), folder.path())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data))?;
        // Another program may take the port between the question and the start: ask again then.
        let mut cluster = Self { folder, programs, port: 0, durability };
        let mut attempts = 5;
        loop {
            cluster.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match cluster.start_again() {
                Ok(()) => return Ok(cluster),
                Err(_) if attempts > 0 => attempts -= 1,
                Err(error) => {
                    let log = std::fs::read_to_string(cluster.folder.path().join("server.log"));
                    return Err(error.context(log.unwrap_or_default()));
                }
            }
        }
    }

    /// Makes an empty database and returns its URL.
    pub fn create_database(&self, name: &str) -> Result<String> {
        let port = self.port.to_string();
        run(Command::new(self.programs.join("createdb")).args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "postgres",
            "-T",
            "template0",
            name,
        ]))?;
        Ok(self.url(name))
    }

    /// The URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Stops the server at once, as a crash would. [`PrivatePostgres::start_again`] brings it back.
    pub fn stop(&self) -> Result<()> {
        run(as_server(&self.programs.join("pg_ctl"), self.folder.path())
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-m", "immediate", "-w", "stop"]))
    }

    /// Starts a stopped server on the same port.
    pub fn start_again(&self) -> Result<()> {
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync={} -c max_connections=200",
            self.port, self.durability
        );
        run(as_server(&self.programs.join("pg_ctl"), self.folder.path())
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-w", "-t", "30", "-o", &settings, "-l"])
            .arg(self.folder.path().join("server.log"))
            .arg("start"))
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // Already stopped is fine.
        let _ = self.stop();
    }
}

/// The folder of the newest installed server's programs.
fn programs() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    match versions.pop() {
        Some((_, bin)) => Ok(bin),
        None => bail!("PostgreSQL's server is not installed: install the package `postgresql`"),
    }
}

fn am_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

/// A command that runs as an account which PostgreSQL accepts.
fn as_server(program: &Path, folder: &Path) -> Command {
    let mut command = if am_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn run(command: &mut Command) -> Result<()> {
    // A started server keeps its output open; a file holds it, so that nobody waits for its end.
    let mut said = tempfile::tempfile()?;
    let status = command
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said.try_clone()?)
        .status()
        .with_context(|| format!("{command:?}"))?;
    if !status.success() {
        let mut text = String::new();
        std::io::Seek::rewind(&mut said)?;
        std::io::Read::read_to_string(&mut said, &mut text)?;
        bail!("{command:?} ended with {status}: {text}");
    }
    Ok(())
}
