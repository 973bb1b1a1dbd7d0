//! The vault in a real keychain (gnome-keyring on a bus of its own), through the command: its troubles are told apart,
//! none makes a new key, and what was queued meanwhile goes on by itself.

use crate::courier::{Courier, Done, finish};
use crate::nodes::Ended;
use anyhow::{Context, Result, bail, ensure};
use courier_domain::Timestamp;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const LOCKED: i32 = 4;
const PASSWORD: &[u8] = b"keyring password";

/// A desktop session: a bus, a keyring, and a Courier that keeps its vault key there.
struct Desk {
    courier: Courier,
    bus: String,
    _bus: Ended,
    keyring: Option<Ended>,
}

impl Desk {
    fn new() -> Result<Self> {
        let courier = Courier::new()?;
        for folder in ["desk", "desk/run"] {
            let folder = courier.folder().join(folder);
            std::fs::create_dir(&folder)?;
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        }
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut bus = Ended(bus.spawn().context("dbus-daemon is installed")?);
        let mut address = String::new();
        BufReader::new(bus.0.stdout.take().context("no stdout")?).read_line(&mut address)?;
        let mut desk = Self { courier, bus: address.trim().to_owned(), _bus: bus, keyring: None };
        desk.unlocked()?;
        Ok(desk)
    }

    fn folder(&self) -> PathBuf {
        self.courier.folder().join("desk")
    }

    /// As a program of this session.
    fn here(&self, mut command: Command) -> Command {
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("HOME", self.folder())
            .env("XDG_RUNTIME_DIR", self.folder().join("run"))
            .env_remove("XDG_DATA_HOME")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
        command
    }

    fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = self.here(self.courier.command(args)?);
        command.env_remove("COURIER_VAULT_KEY_FILE");
        Ok(command)
    }

    fn run(&self, args: &[&str]) -> Result<Done> {
        finish(self.command(args)?)
    }

    fn daemon(&mut self, how: &str) -> Result<Child> {
        // Two of them would fight for the name on the bus.
        self.keyring = None;
        let mut daemon = Command::new("gnome-keyring-daemon");
        daemon
            .args(["--foreground", "--components=secrets", how])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.here(daemon).spawn().context("gnome-keyring-daemon is installed")
    }

    fn unlocked(&mut self) -> Result<()> {
        let mut daemon = self.daemon("--unlock")?;
        daemon.stdin.take().context("no stdin")?.write_all(PASSWORD)?;
        self.keyring = Some(Ended(daemon));
        self.until_there()
    }

    fn locked(&mut self) -> Result<()> {
        self.keyring = Some(Ended(self.daemon("--start")?));
        self.until_there()
    }

    /// Waits until the keyring answers on the bus.
    fn until_there(&self) -> Result<()> {
        let mut wait = Command::new("gdbus");
        wait.args(["wait", "--session", "--timeout", "30", "org.freedesktop.secrets"]);
        let there = self.here(wait).status().context("gdbus is installed")?;
        ensure!(there.success(), "the keyring did not come");
        Ok(())
    }

    fn secret_tool(&self, args: &[&str], input: &[u8]) -> Result<String> {
        let mut tool = Command::new("secret-tool");
        tool.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut tool = self.here(tool).spawn().context("secret-tool is installed")?;
        tool.stdin.take().context("no stdin")?.write_all(input)?;
        let done = tool.wait_with_output()?;
        ensure!(done.status.success(), "secret-tool {args:?} failed");
        // Keys are not text.
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// The name of Courier's entry, as the vault's description has it.
    fn account(&self) -> Result<String> {
        let described: Value = serde_json::from_slice(&self.description()?)?;
        let found = described.pointer("/method/keychain/account").and_then(Value::as_str);
        Ok(found.with_context(|| format!("no account in {described}"))?.to_owned())
    }

    fn description(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.courier.home().join("vault.json"))?)
    }

    /// Meets a trouble: its state and its words, also where a secret is needed, and nothing made anew.
    fn expect(&self, state: &str, words: &str) -> Result<()> {
        let before = self.description()?;
        let status = self.run(&["--json", "vault", "status"])?.expect(0)?.json()?;
        let detail = status["detail"].as_str().unwrap_or_default();
        ensure!(status["state"] == state && detail.contains(words), "{status}");
        let refused = self.run(&["key", "ssh", "generate", "another"])?.expect(LOCKED)?;
        ensure!(refused.stdout.is_empty() && !refused.stderr.is_empty(), "{refused:?}");
        self.run(&["vault", "init"])?.expect(5)?;
        let unlock = self.run(&["vault", "unlock"])?.expect(LOCKED)?;
        ensure!(unlock.stderr.contains(words), "{}", unlock.stderr);
        let doctor = self.run(&["doctor"])?;
        ensure!(doctor.stdout.contains(words), "{}", doctor.stdout);
        ensure!(self.description()? == before, "the vault's description was changed");
        Ok(())
    }
}

#[test]
fn the_troubles_of_the_keychain_are_told_apart_and_none_makes_a_new_key() -> Result<()> {
    let mut desk = Desk::new()?;
    let code = desk.run(&["vault", "init"])?.expect(0)?.stdout;
    desk.run(&["key", "ssh", "generate", "ops"])?.expect(0)?;
    let account = desk.account()?;
    let name = ["service", "dev.courier.app", "username", &account];

    desk.locked()?;
    desk.expect("locked", "The keychain is locked")?;
    let bus = std::mem::replace(&mut desk.bus, "unix:path=/nonexistent".to_owned());
    desk.expect("unavailable", "There is no keychain here")?;
    desk.bus = bus;
    desk.unlocked()?;
    desk.run(&["vault", "unlock"])?.expect(0)?;

    desk.secret_tool(&[&["clear"], &name[..]].concat(), b"")?;
    desk.expect("unavailable", "is gone from it")?;
    // Anybody's 32 bytes.
    let store = ["store", "--label", "courier"];
    desk.secret_tool(&[&store[..], &name].concat(), &[b'k'; 32])?;
    desk.expect("unavailable", "another vault's key")?;
    desk.secret_tool(&[&store[..], &name, &["copy", "second"]].concat(), &[b'k'; 32])?;
    desk.expect("unavailable", "holds 2 entries")?;

    // What the words say to do works: no entry, and the recovery code.
    desk.secret_tool(&[&["clear"], &name[..]].concat(), b"")?;
    let file = desk.courier.folder().join("code");
    std::fs::write(&file, &code)?;
    desk.run(&["vault", "recover", "--code-file", &file.display().to_string()])?.expect(0)?;
    let doctor = desk.run(&["--json", "doctor"])?.expect(0)?.json()?;
    let secrets = doctor.as_array().context("no list")?.iter().find(|check| check["name"] == "secrets");
    ensure!(secrets.is_some_and(|check| check["state"] == "good"), "{doctor}");
    Ok(())
}

#[test]
fn what_is_queued_while_the_keychain_is_locked_goes_on_by_itself_when_it_opens() -> Result<()> {
    let mut desk = Desk::new()?;
    desk.run(&["vault", "init"])?.expect(0)?;
    let (from, to) = (desk.folder().join("letter.txt"), desk.folder().join("copied"));
    std::fs::write(&from, "Dear Sir or Madam")?;
    let copy = json!({ "source_path": from, "destination_path": to.display().to_string() + "/" });
    let bundle = json!({ "courier": 1, "jobs": [
        { "name": "copy", "steps": [{ "name": "Copy", "type_key": "file.copy", "configuration": copy }] },
    ] });
    let file = desk.courier.bundle(&bundle.to_string())?;
    desk.run(&["apply", "-f", &file])?.expect(0)?;

    desk.locked()?;
    let mut agent = Ended(desk.command(&["agent"])?.stderr(Stdio::piped()).spawn()?);
    let mut said = BufReader::new(agent.0.stderr.take().context("no stderr")?).lines();
    let warned = |line: &std::io::Result<String>| line.as_ref().is_ok_and(|l| l.contains("Runs wait until"));
    said.find(warned).context("it did not say that runs wait")??;
    std::thread::spawn(move || said.for_each(drop));
    let run = desk.run(&["--json", "run", "copy", "--detach"])?.expect(0)?.json()?;
    let id = run["id"].as_str().context("no id")?;
    let show = |desk: &Desk| desk.run(&["--json", "execution", "show", id])?.expect(0)?.json();
    let held = show(&desk)?;
    ensure!(held["state"] == "queued" && !to.exists(), "{held}");

    std::fs::write(&from, "Dear Sir or Madam")?;
    // A node that holds nothing back takes a run within milliseconds; this one only after the keyring is open.
    let opened = Timestamp::from(std::fs::metadata(&from)?.modified()?);
    desk.unlocked()?;
    let begun = Instant::now();
    let done = loop {
        let shown = show(&desk)?;
        match shown["state"].as_str() {
            Some("completed") => break shown,
            Some("queued" | "running") => ensure!(begun.elapsed() < PATIENCE, "it never went on: {shown}"),
            _ => bail!("it ended otherwise: {shown}"),
        }
    };
    let started: Timestamp = done["started_at"].as_str().context("never started")?.parse()?;
    ensure!(started > opened, "it started at {started}, before the keyring was open at {opened}");
    let record = desk.run(&["audit", "list", "--entity-type", "vault"])?.expect(0)?.stdout;
    ensure!(record.contains("Unlocked"), "{record}");
    assert_eq!(std::fs::read(to.join("letter.txt"))?, b"Dear Sir or Madam");
    Ok(())
}
