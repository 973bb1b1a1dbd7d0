//! Download, decrypt with signature check, unpack, deliver: from a bundle, against OpenSSH and gpg.

use crate::courier::{Courier, files_below};
use crate::world::World;
use anyhow::{Context, Result};
use courier_testkit::{Login, Sshd, SshdOptions, data};
use serde_json::Value;

#[test]
fn the_main_job_delivers_the_right_bytes() -> Result<()> {
    let world = World::new()?;
    let done = world.run()?.expect(0)?;
    assert!(done.stdout.contains("fetch-invoices completed"), "{}", done.stdout);
    for (name, content) in &world.invoices {
        let delivered = std::fs::read(world.delivered().join(name)).with_context(|| name.clone())?;
        assert_eq!(data::sha256(&delivered), data::sha256(content), "{name}");
    }
    let runs = world.courier.json(&["execution", "list", "--job", "fetch-invoices"])?;
    assert_eq!(runs[0]["state"], "completed");
    let id = runs[0]["id"].as_str().context("no id")?;
    let receipts = world.courier.json(&["execution", "receipts", id])?;
    assert_eq!(receipts.as_array().map(Vec::len), Some(3));
    let shown = world.courier.json(&["execution", "show", id])?;
    let states: Vec<_> =
        shown["steps"].as_array().into_iter().flatten().map(|s| s["state"].clone()).collect();
    assert_eq!(states, ["completed"; 4]);
    assert_eq!(shown["steps"][3]["outputs"]["file_count"], 3);
    assert!(world.courier.ok(&["execution", "logs", id])?.contains("invoice-2"));
    assert_eq!(world.courier.json(&["audit", "verify"])?["whole"], true);
    Ok(())
}

#[test]
fn a_run_with_json_ends_with_the_execution() -> Result<()> {
    let world = World::new()?;
    let done = world.courier.run(&["run", "fetch-invoices", "--param", "day=monday", "--json"])?.expect(0)?;
    let lines: Vec<Value> = done.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let last = lines.last().context("nothing was printed")?;
    assert_eq!(
        (last["state"].as_str(), last["job_name"].as_str()),
        (Some("completed"), Some("fetch-invoices"))
    );
    assert_eq!(last["parameters"]["day"], "monday");
    assert!(world.courier.folder().join("invoices/monday/invoice-1.csv").is_file());
    Ok(())
}

#[test]
fn a_tampered_file_fails_plainly_and_leaves_no_plaintext() -> Result<()> {
    let world = World::new()?;
    let target = world.sshd.data().join("out/invoice-2.zip.pgp");
    let mut bytes = std::fs::read(&target)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&target, bytes)?;
    let done = world.run()?.expect(1)?;
    assert!(
        done.stderr.contains("failed at `Decrypt`") && done.stderr.contains("invoice-2.zip.pgp"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("damaged or was changed"), "{}", done.stderr);
    assert!(!world.delivered().exists());
    let plain: Vec<_> = files_below(&world.courier.home())
        .into_iter()
        .filter(|f| f.to_string_lossy().contains("invoice-2") && !f.to_string_lossy().ends_with(".pgp"))
        .collect();
    assert!(plain.is_empty(), "left behind: {plain:?}");
    Ok(())
}

#[test]
fn a_file_without_signature_is_refused() -> Result<()> {
    let world = World::new()?;
    let (from, to) = (world.courier.folder().join("x"), world.sshd.data().join("out/unsigned.zip.pgp"));
    std::fs::write(&from, "content")?;
    world.gpg.encrypt(&from, &to, "ours@example.org", None)?;
    let done = world.run()?.expect(1)?;
    assert!(done.stderr.contains("is not signed"), "{}", done.stderr);
    assert!(!world.delivered().exists());
    Ok(())
}

#[test]
fn a_changed_host_key_exits_6_before_any_login() -> Result<()> {
    let mut world = World::new()?;
    world.run()?.expect(0)?;
    let (known, attempts) = (world.sshd.fingerprint()?, world.sshd.login_attempts());
    assert!(attempts > 0, "the control: a good run does log in");
    world.sshd.restart_with_other_host_key()?;
    let done = world.run()?.expect(6)?;
    assert!(
        done.stderr.contains(&known) && done.stderr.contains(&world.sshd.fingerprint()?),
        "{}",
        done.stderr
    );
    assert_eq!(world.sshd.login_attempts(), attempts, "{}", world.sshd.log());
    world.courier.run(&["connection", "test", "partner"])?.expect(6)?;
    world.courier.run(&["connection", "ls", "partner", "/"])?.expect(6)?;
    assert_eq!(world.sshd.login_attempts(), attempts, "testing and listing send nothing either");

    // Trusting the wrong fingerprint changes nothing, the right one lets the job run again.
    world.courier.run(&["connection", "trust", "partner", "--fingerprint", &known])?.expect(6)?;
    world.courier.ok(&["connection", "trust", "partner", "--fingerprint", &world.sshd.fingerprint()?])?;
    world.run()?.expect(0)?;
    Ok(())
}

#[test]
fn a_fingerprint_given_beforehand_is_held_to() -> Result<()> {
    let world = World::new()?;
    let other = format!("SHA256:{}", "A".repeat(43));
    let manual = |fingerprint: &str| {
        world.bundle().replace(
            "host_key_policy: trust_on_first_use",
            &format!("host_key_policy: manual\n    stored_host_fingerprint: \"{fingerprint}\""),
        )
    };
    world.courier.apply(&manual(&other))?.expect(0)?;
    let done = world.run()?.expect(6)?;
    assert!(done.stderr.contains(&other), "{}", done.stderr);
    assert_eq!(world.sshd.login_attempts(), 0, "{}", world.sshd.log());
    world.courier.apply(&manual(&world.sshd.fingerprint()?))?.expect(0)?;
    world.run()?.expect(0)?;
    Ok(())
}

#[test]
fn a_wrong_password_says_so_and_exits_6() -> Result<()> {
    let courier = Courier::new()?;
    let sshd = Sshd::start(SshdOptions { login: Login::Password, ..SshdOptions::default() })?;
    std::fs::write(sshd.data().join("a.txt"), "a")?;
    let bundle = format!(
        r#"
courier: 1
connections:
  - {{ name: server, protocol: sftp, host: 127.0.0.1, port: {}, username: {}, auth_method: password, password: {{ env: SERVER_PASSWORD }} }}
jobs:
  - name: fetch
    steps:
      - {{ name: Get, type_key: sftp.download, configuration: {{ connection_id: server, remote_path: "{}" }} }}
"#,
        sshd.port(),
        sshd.user(),
        sshd.remote("a.txt"),
    );
    let file = courier.bundle(&bundle)?;
    let apply = |password: &str| {
        let mut command = courier.command(&["apply", "-f", &file])?;
        command.env("SERVER_PASSWORD", password);
        crate::courier::finish(command)?.expect(0)
    };
    apply("certainly wrong")?;
    let done = courier.run(&["run", "fetch"])?.expect(6)?;
    assert!(done.stderr.contains("password") && done.stderr.contains(sshd.user()), "{}", done.stderr);
    assert!(!done.stderr.contains("certainly wrong"), "{}", done.stderr);

    let updated = apply(sshd.password().context("no password")?)?;
    assert!(updated.stdout.contains("updated connection server"), "{}", updated.stdout);
    let again = apply(sshd.password().context("no password")?)?;
    assert!(again.stdout.contains("unchanged connection server"), "{}", again.stdout);
    courier.run(&["run", "fetch"])?.expect(0)?;
    Ok(())
}

#[test]
fn a_server_that_is_not_there_exits_6() -> Result<()> {
    let mut world = World::new()?;
    world.sshd.kill();
    let quick = world.bundle().replace("max_retries: 3", "max_retries: 0");
    world.courier.apply(&quick)?.expect(0)?;
    let done = world.run()?.expect(6)?;
    assert!(done.stderr.contains("refuses connections"), "{}", done.stderr);
    Ok(())
}
