//! A system user with a password, for servers that check `/etc/shadow`. Only root can have one.

use crate::process::run;
use anyhow::{Context, Result};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Stdio};

const NAME: &str = "courier-test";

/// The test user's name, password and numbers.
#[derive(Clone)]
pub struct PasswordUser {
    pub name: String,
    pub password: String,
    pub uid: u32,
    pub gid: u32,
}

impl std::fmt::Debug for PasswordUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordUser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The test user, made at the first call on this machine. `None` without the rights to make one.
pub fn password_user() -> Result<Option<PasswordUser>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let kept = std::env::temp_dir().join("courier-test-user.secret");
    let file = std::fs::OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&kept)
        .with_context(|| format!("cannot open {}", kept.display()))?;
    file.lock()?;
    let password = std::fs::read_to_string(&kept)?;
    let is_there =
        Command::new("id").arg(NAME).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success();
    if is_there && !password.is_empty() {
        return Ok(Some(with_numbers(password)?));
    }
    if !is_there {
        run(Command::new("useradd").args(["--create-home", "--shell", "/bin/sh", NAME]))?;
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let password = hex::encode(random);
    let mut chpasswd =
        Command::new("chpasswd").stdin(Stdio::piped()).spawn().context("cannot start chpasswd")?;
    if let Some(stdin) = &mut chpasswd.stdin {
        writeln!(stdin, "{NAME}:{password}")?;
    }
    anyhow::ensure!(chpasswd.wait()?.success(), "chpasswd failed");
    file.set_len(0)?;
    (&file).write_all(password.as_bytes())?;
    Ok(Some(with_numbers(password)?))
}

fn with_numbers(password: String) -> Result<PasswordUser> {
    let number = |which: &str| -> Result<u32> {
        let out = run(Command::new("id").arg(which).arg(NAME))?;
        Ok(String::from_utf8(out)?.trim().parse()?)
    };
    Ok(PasswordUser { name: NAME.to_owned(), password, uid: number("-u")?, gid: number("-g")? })
}
