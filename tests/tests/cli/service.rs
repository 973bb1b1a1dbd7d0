//! The agent as a service of the user: its files, and what is said where no supervisor answers.

use crate::courier::{Courier, finish};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_agent_is_installed_as_a_unit_of_the_user_and_removed_again() -> Result<()> {
    let courier = Courier::new()?;
    let config = courier.folder().join("config");
    let run = |args: &[&str]| {
        let mut command = courier.command(args)?;
        // Nobody's supervisor: a session bus is not there.
        command.env("XDG_CONFIG_HOME", &config).env("HOME", courier.folder());
        finish(command)
    };
    let told = run(&["agent", "install", "--files-only"])?.expect(0)?;
    ensure!(told.stdout.contains("systemctl --user enable --now courier-agent.service"), "{}", told.stdout);
    let unit = config.join("systemd/user/courier-agent.service");
    let text = std::fs::read_to_string(&unit)?;
    ensure!(text.contains(" agent\nRestart=on-failure"), "{text}");
    ensure!(text.contains(&courier.home().display().to_string()), "{text}");
    // The key file's place is a variable of the environment.
    let variables = courier.home().join("agent.env");
    ensure!(std::fs::read_to_string(&variables)?.contains("COURIER_VAULT_KEY_FILE="));
    assert_eq!(std::fs::metadata(&variables)?.permissions().mode() & 0o777, 0o600);

    let status = run(&["--json", "agent", "status"])?.expect(1)?;
    let status: Value = status.json()?;
    assert_eq!((&status["installed"], &status["running"]), (&true.into(), &false.into()), "{status}");
    // What cannot be started is said, with what to do, and the files stay.
    let refused = run(&["agent", "install"])?.expect(1)?;
    ensure!(refused.stdout.contains("systemctl --user daemon-reload"), "{}", refused.stdout);

    run(&["agent", "uninstall"])?.expect(0)?;
    ensure!(!unit.exists() && !variables.exists());
    let again = run(&["agent", "uninstall"])?.expect(0)?;
    ensure!(again.stderr.contains("was no service"), "{}", again.stderr);
    Ok(())
}

/// The unit that is written is one that systemd takes.
#[test]
fn systemd_finds_nothing_wrong_with_the_unit() -> Result<()> {
    let courier = Courier::new()?;
    let config = courier.folder().join("config");
    let mut command = courier.command(&["agent", "install", "--files-only"])?;
    command.env("XDG_CONFIG_HOME", &config);
    finish(command)?.expect(0)?;
    let unit = config.join("systemd/user/courier-agent.service");
    let mut verify = std::process::Command::new("systemd-analyze");
    verify.args(["--user", "verify"]).arg(&unit).env("XDG_RUNTIME_DIR", courier.folder());
    let said = verify.output().context("systemd-analyze is not there: install the package `systemd`")?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("courier-agent")).collect();
    ensure!(ours.is_empty(), "{ours:?}");
    Ok(())
}
