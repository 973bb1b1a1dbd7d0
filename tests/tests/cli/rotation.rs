//! The vault key replaced while everything is killed around it, and the recovery code, through the whole program.

use crate::courier::{Courier, finish};
use anyhow::{Context, Result, ensure};
use courier_app::{App, OpenOptions, RotationStep};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// More than one batch of one column.
const CONNECTIONS: usize = 230;
/// Where the process that rotates is killed; the numbers are batches.
const POINTS: [&str; 6] = ["started", "batch 1", "batch 2", "batch 4", "placed", "finished"];
const POINT: &str = "COURIER_TEST_KILLED_AT";

/// A Courier with a secret in every column that can hold one, and how many there are.
fn with_secrets() -> Result<(Courier, u64)> {
    let courier = Courier::new()?;
    let key = courier.folder().join("id_rsa");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "a passphrase", "-f"])
        .arg(&key)
        .stdin(Stdio::null())
        .status()?;
    ensure!(made.success(), "ssh-keygen failed");
    let mut bundle = String::from(
        "courier: 1\n\
         ssh_keys: [{ name: ops, import: { file: ./id_rsa, passphrase: { env: PASS } } }]\n\
         pgp_keys: [{ name: ours, generate: { algorithm: ecc_curve25519, user_id: \"Ours <ours@example.org>\" } }]\n\
         notification_rules:\n  - { name: tell, event_types: [JobFailed], channel: { type: webhook, url: \"https://hooks.example.org/x\", secret: { env: PASS } } }\n\
         jobs:\n  - name: unpack\n    steps:\n      - { name: Unpack, type_key: file.unzip, configuration: { archive_path: /in.zip, password: { env: PASS } } }\n\
         connections:\n  - { name: proxied, protocol: sftp, host: h.example.org, username: u, password: { env: PASS }, proxy: { kind: http, host: 127.0.0.1, port: 3128, username: user }, proxy_password: { env: PASS } }\n",
    );
    for n in 0..CONNECTIONS {
        bundle.push_str(&format!(
            "  - {{ name: c{n}, protocol: sftp, host: h.example.org, username: u, password: {{ env: PASS }} }}\n"
        ));
    }
    let file = courier.bundle(&bundle)?;
    let mut apply = courier.command(&["apply", "-f", &file])?;
    apply.env("PASS", "a passphrase");
    finish(apply)?.expect(0)?;
    let mut locked = courier.command(&[
        "key",
        "pgp",
        "generate",
        "locked",
        "--user-id",
        "L <l@example.org>",
        "--passphrase-env",
        "PASS",
    ])?;
    locked.env("PASS", "a passphrase");
    finish(locked)?.expect(0)?;
    let secrets = all_open(&courier)?;
    Ok((courier, secrets))
}

/// How many secrets there are; fails unless all open.
fn all_open(courier: &Courier) -> Result<u64> {
    let checks = courier.json(&["doctor"])?;
    let secrets = checks.as_array().into_iter().flatten().find(|check| check["name"] == "secrets");
    let detail =
        secrets.and_then(|check| check["detail"].as_str()).context("no word about secrets")?.to_owned();
    ensure!(detail.contains("all open"), "{detail}");
    Ok(detail.split(' ').next().unwrap_or_default().parse()?)
}

fn vault(courier: &Courier) -> Result<Value> {
    courier.json(&["vault", "status"])
}

/// Not a test by itself: the process that rotates, and is killed at the point that its environment names.
#[test]
#[ignore = "started by the tests of this file"]
fn rotates_until_it_is_killed() -> Result<()> {
    let point = std::env::var(POINT)?;
    let home = std::env::var_os("COURIER_HOME").map(PathBuf::from);
    let die = || {
        let me = std::process::id().to_string();
        let _ = Command::new("kill").args(["-KILL", &me]).status();
        std::thread::park();
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let app = App::open(OpenOptions { home, database_url: None, vault: None }).await?;
        app.vault_rotate_start(None).await?;
        if point == "started" {
            die();
        }
        let batches = std::sync::atomic::AtomicUsize::new(0);
        app.vault_rotate_finish(|step| {
            let here = match step {
                RotationStep::Rewrapped(_) => {
                    format!("batch {}", batches.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1)
                }
                RotationStep::Placed => "placed".into(),
                RotationStep::Finished => "finished".into(),
            };
            if here == point {
                die();
            }
        })
        .await?;
        Ok(())
    })
}

#[test]
fn a_rotation_killed_at_each_step_loses_nothing_and_goes_on() -> Result<()> {
    let (courier, secrets) = with_secrets()?;
    assert_eq!(secrets, CONNECTIONS as u64 + 10, "a secret in every column that is used");
    let key_file = courier.folder().join("vault.key");
    for point in POINTS {
        let (before, old_key) = (vault(&courier)?["key_id"].clone(), std::fs::read(&key_file)?);
        let mut killed = Command::new(std::env::current_exe()?);
        killed
            .args(["--exact", "rotation::rotates_until_it_is_killed", "--ignored", "--nocapture"])
            .env(POINT, point)
            .env("COURIER_HOME", courier.home())
            .env("COURIER_VAULT_KEY_FILE", &key_file);
        let died = finish(killed)?;
        ensure!(died.status == -1, "it was not killed at {point}:\n{}{}", died.stdout, died.stderr);

        assert_eq!(all_open(&courier)?, secrets, "killed at {point}");
        let under_way = point != "finished";
        assert_eq!(vault(&courier)?["rotating_since"].is_string(), under_way, "{point}");
        if under_way {
            // Whatever was going on goes on, and the second try ends.
            courier.ok(&[
                "key",
                "pgp",
                "generate",
                &format!("after-{point}").replace(' ', "-"),
                "--user-id",
                "N <n@example.org>",
            ])?;
            let done = courier.json(&["vault", "rotate"])?;
            assert_eq!(done["unreadable"], serde_json::json!([]), "{point}");
            courier.ok(&["key", "pgp", "delete", &format!("after-{point}").replace(' ', "-")])?;
        }
        assert_eq!(all_open(&courier)?, secrets, "{point}");
        assert_ne!(vault(&courier)?["key_id"], before, "{point}");
        assert_ne!(std::fs::read(&key_file)?, old_key, "{point}");
    }
    courier.ok(&["audit", "verify"])?;
    Ok(())
}

#[test]
fn a_rotation_gives_a_new_recovery_code_and_only_that_one_opens_the_vault() -> Result<()> {
    let courier = Courier::new()?;
    let key_file = courier.folder().join("vault.key");
    courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <ours@example.org>"])?;
    let first = courier.json(&["vault", "rotate"])?["recovery_code"].as_str().context("no code")?.to_owned();
    let said = courier.ok(&["vault", "rotate"])?;
    let second = said.lines().next().context("no code was shown")?.to_owned();
    assert_ne!(first, second);
    let count = all_open(&courier)?;

    // The key file is lost.
    std::fs::remove_file(&key_file)?;
    let without = |args: &[&str]| -> Result<_> {
        let mut command = courier.command(args)?;
        command.env_remove("COURIER_VAULT_KEY_FILE").env("NEW", "correct horse");
        finish(command)
    };
    without(&["key", "pgp", "generate", "more", "--user-id", "M <m@example.org>"])?.expect(4)?;
    let file = courier.folder().join("code");
    let shown = file.display().to_string();
    let recover = ["vault", "recover", "--code-file", &shown, "--passphrase-env", "NEW"];
    std::fs::write(&file, &first)?;
    let refused = without(&recover)?;
    assert!(refused.status != 0 && refused.stderr.contains("recovery code is wrong"), "{}", refused.stderr);
    std::fs::write(&file, &second)?;
    without(&recover)?.expect(0)?;
    // From now on it is the passphrase.
    without(&["vault", "unlock", "--passphrase-env", "NEW"])?.expect(0)?;
    let done = without(&["--json", "vault", "rotate", "--passphrase-env", "NEW"])?.expect(0)?;
    assert_eq!(done.json()?["rewrapped"].as_u64(), Some(count));
    Ok(())
}

#[test]
fn only_one_who_knows_the_passphrase_replaces_the_key_under_it() -> Result<()> {
    let courier = Courier::new()?;
    let run = |args: &[&str], passphrase: &str| -> Result<_> {
        let mut command = courier.command(args)?;
        command.env_remove("COURIER_VAULT_KEY_FILE").env("PASS", passphrase);
        finish(command)
    };
    run(&["vault", "init", "--passphrase-env", "PASS"], "correct horse")?.expect(0)?;
    let described = std::fs::read(courier.home().join("vault.json"))?;
    let refused = run(&["vault", "rotate", "--passphrase-env", "PASS"], "wrong horse")?;
    assert!(refused.status != 0 && refused.stderr.contains("passphrase is wrong"), "{}", refused.stderr);
    assert_eq!(std::fs::read(courier.home().join("vault.json"))?, described);
    run(&["vault", "rotate", "--passphrase-env", "PASS"], "correct horse")?.expect(0)?;
    run(&["vault", "unlock", "--passphrase-env", "PASS"], "correct horse")?.expect(0)?;
    Ok(())
}
