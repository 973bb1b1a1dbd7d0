//! A RabbitMQ that belongs to one test process, on loopback, gone when it is dropped, with a name server of its own.

use crate::process::Running;
use anyhow::{Context, Result};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// It takes about five seconds on a machine with nothing else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running broker with one user.
#[derive(Debug)]
pub struct Rabbit {
    port: u16,
    // In the order in which they end.
    _broker: Running,
    _names: Running,
    _folder: TempDir,
}

impl Rabbit {
    /// Ready when this returns. The user may do everything in the virtual host `/`.
    pub fn start(user: &str, password: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("courier-mq.").tempdir()?;
        let [port, spoken, names] = [free_port()?, free_port()?, free_port()?];
        let at = |name: &str| folder.path().join(name);
        std::fs::write(
            at("rabbit.conf"),
            format!("default_user = {user}\ndefault_pass = {password}\nlog.console.level = info\n"),
        )?;
        std::fs::write(at("plugins"), "[].\n")?;
        std::fs::write(at("environment"), "")?;
        let mut epmd = Command::new("epmd");
        epmd.args(["-address", "127.0.0.1", "-port", &names.to_string()]);
        let names_server =
            Running::start(&mut epmd).context("epmd is missing: install Debian's rabbitmq-server")?;
        // Its log comes on standard output.
        let mut broker = Command::new("sh");
        broker
            .args(["-c", &format!("exec {SERVER} 1>&2")])
            .env("HOME", folder.path())
            .env("ERL_EPMD_PORT", names.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", format!("courier{port}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port.to_string())
            .env("RABBITMQ_DIST_PORT", spoken.to_string())
            .env("RABBITMQ_MNESIA_BASE", at("data"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_LOGS", "-")
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbit.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", at("environment"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"));
        let installed = Path::new(SERVER).exists();
        anyhow::ensure!(installed, "{SERVER} is missing: install Debian's rabbitmq-server");
        let broker = Running::start(&mut broker)?;
        broker.log.wait_for("Server startup complete", PATIENCE)?;
        Ok(Self { port, _broker: broker, _names: names_server, _folder: folder })
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
