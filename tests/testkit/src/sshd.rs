//! OpenSSH's own server on loopback, with its own keys, configuration and log.

use crate::process::{Log, Running, run};
use crate::user::{PasswordUser, password_user};
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/sshd";
const START: Duration = Duration::from_secs(20);

/// What the server demands of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Login {
    /// The client key that the server was started with.
    #[default]
    Key,
    /// The password of the test user; needs root.
    Password,
    /// First the key, then the password; needs root.
    KeyAndPassword,
}

#[derive(Debug, Clone, Default)]
pub struct SshdOptions {
    pub login: Login,
    /// The type of the client key, as `ssh-keygen -t` takes it. Default `ed25519`.
    pub client_key_type: Option<&'static str>,
    /// The type of the host key. Default `ed25519`.
    pub host_key_type: Option<&'static str>,
    /// Further lines for its configuration; they come first and so win.
    pub config: Vec<String>,
    /// Where the served files lie. Default: a folder of its own.
    pub data: Option<PathBuf>,
}

/// A running server. Ends when dropped.
pub struct Sshd {
    dir: TempDir,
    options: SshdOptions,
    port: u16,
    running: Option<Running>,
    user: String,
    password: Option<PasswordUser>,
    data: PathBuf,
    host_keys: u32,
    past: String,
}

impl std::fmt::Debug for Sshd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sshd").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Sshd {
    pub fn start(options: SshdOptions) -> Result<Self> {
        if !Path::new(PROGRAM).exists() {
            bail!("{PROGRAM} is missing: install openssh-server");
        }
        let dir = tempfile::Builder::new().prefix("courier-sshd-").tempdir()?;
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))?;
        let data = match &options.data {
            Some(data) => data.clone(),
            None => dir.path().join("data"),
        };
        std::fs::create_dir_all(&data)?;
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777))?;
        let password = match options.login {
            Login::Key => None,
            Login::Password | Login::KeyAndPassword => {
                Some(password_user()?.context("a login with password needs root, to make a test user")?)
            }
        };
        let user = match &password {
            Some(user) => user.name.clone(),
            None => String::from_utf8(run(Command::new("id").arg("-un"))?)?.trim().to_owned(),
        };
        if rustix::process::geteuid().is_root() {
            // Its folder for separated privileges, usually made by the service.
            std::fs::create_dir_all("/run/sshd")?;
        }
        let mut sshd = Self {
            dir,
            options,
            port: 0,
            running: None,
            user,
            password,
            data,
            host_keys: 0,
            past: String::new(),
        };
        let key = sshd.client_key();
        keygen(sshd.options.client_key_type.unwrap_or("ed25519"), &key)?;
        std::fs::copy(key.with_extension("pub"), sshd.dir.path().join("authorized_keys"))?;
        sshd.new_host_key()?;
        sshd.run_on_free_port()?;
        Ok(sshd)
    }

    pub fn port(&self) -> u16 {
        self.port
    }
    /// Who may log in.
    pub fn user(&self) -> &str {
        &self.user
    }
    /// Where password logins are demanded, the right one.
    pub fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|user| user.password.as_str())
    }
    /// Where password logins are demanded, the user's number and his group's, for files that shall be his.
    pub fn owner(&self) -> Option<(u32, u32)> {
        self.password.as_ref().map(|user| (user.uid, user.gid))
    }
    /// The private key that may log in, in OpenSSH's format, without passphrase.
    pub fn client_key(&self) -> PathBuf {
        self.dir.path().join("client_key")
    }
    /// An absolute folder that the user may read and write through the server.
    pub fn data(&self) -> &Path {
        &self.data
    }
    /// A path below [`Sshd::data`], as a client names it.
    pub fn remote(&self, name: &str) -> String {
        self.data.join(name).display().to_string()
    }
    fn host_key(&self) -> PathBuf {
        self.dir.path().join(format!("host_key_{}", self.host_keys))
    }
    /// The host key's, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> Result<String> {
        let out = run(Command::new("ssh-keygen").arg("-lf").arg(self.host_key().with_extension("pub")))?;
        let out = String::from_utf8(out)?;
        out.split_whitespace().nth(1).map(str::to_owned).context("ssh-keygen printed no fingerprint")
    }

    /// What the server has logged at DEBUG, over all its starts.
    pub fn log(&self) -> String {
        let now = self.running.as_ref().map(|r| r.log.text()).unwrap_or_default();
        format!("{}{now}", self.past)
    }
    /// The log of the running server, to wait on.
    pub fn live_log(&self) -> Option<Log> {
        self.running.as_ref().map(|r| r.log.clone())
    }
    /// Requests to log in that reached the server, those of the method "none" included.
    pub fn login_attempts(&self) -> usize {
        self.log().matches("userauth-request for user").count()
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
        self.run()
    }
    /// The same server, port and user with a new host key.
    pub fn restart_with_other_host_key(&mut self) -> Result<()> {
        self.kill();
        self.new_host_key()?;
        self.run()
    }

    fn new_host_key(&mut self) -> Result<()> {
        self.host_keys += 1;
        keygen(self.options.host_key_type.unwrap_or("ed25519"), &self.host_key())
    }

    fn run_on_free_port(&mut self) -> Result<()> {
        let mut last = None;
        // Between looking for a free port and taking it, somebody else may take it.
        for _ in 0..5 {
            self.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            match self.run() {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("no free port")))
    }

    fn run(&mut self) -> Result<()> {
        let config = self.dir.path().join("sshd_config");
        std::fs::write(&config, self.config()?)?;
        let running = Running::start(Command::new(PROGRAM).args(["-D", "-e", "-f"]).arg(&config))?;
        running.log.wait_for("Server listening on", START)?;
        self.running = Some(running);
        Ok(())
    }

    fn config(&self) -> Result<String> {
        let mut config = String::new();
        for line in &self.options.config {
            writeln!(config, "{line}")?;
        }
        let (passwords, methods) = match self.options.login {
            Login::Key => ("no", "publickey"),
            Login::Password => ("yes", "password"),
            Login::KeyAndPassword => ("yes", "publickey,password"),
        };
        write!(
            config,
            "ListenAddress 127.0.0.1\nPort {}\nHostKey {}\nAuthorizedKeysFile {}\nAuthenticationMethods {methods}\n\
             PasswordAuthentication {passwords}\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\n\
             PermitRootLogin yes\nPidFile none\nLogLevel DEBUG\nUseDNS no\nMaxStartups 200\nMaxSessions 100\n\
             PrintMotd no\n",
            self.port,
            self.host_key().display(),
            self.dir.path().join("authorized_keys").display(),
        )?;
        if !self.options.config.iter().any(|line| line.starts_with("Subsystem")) {
            writeln!(config, "Subsystem sftp internal-sftp")?;
        }
        Ok(config)
    }
}

/// Makes a key pair without passphrase at `path` and `path.pub`.
pub fn keygen(key_type: &str, path: &Path) -> Result<()> {
    run(Command::new("ssh-keygen")
        .args(["-q", "-t", key_type, "-N", "", "-C", "courier-test", "-f"])
        .arg(path))?;
    Ok(())
}
