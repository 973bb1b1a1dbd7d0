//! What a script sees of the smaller commands: exit statuses, JSON shapes, safe output.

use crate::courier::{Courier, finish};
use crate::world::World;
use anyhow::{Context, Result};
use std::process::Stdio;

const JOB: &str = "courier: 1\njobs: [{ name: Tidy, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }] }]\n";

#[test]
fn exit_statuses_are_the_documented_ones() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(JOB)?.expect(0)?;
    for (args, status) in [
        (vec!["job", "show", "tidy"], 0),
        (vec!["run", "Tidy"], 0),
        (vec!["nonsense"], 2),
        (vec!["run"], 2),
        (vec!["run", "Tidy", "--param", "novalue"], 2),
        (vec!["run", "Tidy", "--param", "unknown=1"], 2),
        (vec!["settings", "set", "job.concurrency_limit", "0"], 2),
        (vec!["execution", "list", "--state", "asleep"], 2),
        (vec!["job", "show", "none"], 3),
        (vec!["run", "none"], 3),
        (vec!["execution", "show", "none"], 3),
        (vec!["connection", "test", "none"], 3),
        (vec!["settings", "get", "none"], 3),
        (vec!["step-types", "none"], 3),
        (vec!["key", "pgp", "show", "none"], 3),
        (vec!["job", "disable", "Tidy"], 0),
        (vec!["run", "Tidy"], 5),
        (vec!["--database", "postgres://nobody@127.0.0.1:1/none", "job", "list"], 7),
        (vec!["--database", "postgres://[::bad", "job", "list"], 2),
    ] {
        let done = courier.run(&args)?;
        assert_eq!(done.status, status, "{args:?}\n{}\n{}", done.stdout, done.stderr);
        assert!(!(done.stderr.is_empty() && done.stdout.is_empty()), "{args:?} says nothing");
    }
    Ok(())
}

#[test]
fn a_parameter_is_kept_as_it_was_given_or_refused() -> Result<()> {
    let courier = Courier::new()?;
    let job = "courier: 1\njobs: [{ name: Take, parameters: [{ name: n, type: number }, { name: l, type: list }], \
               steps: [{ name: W, type_key: flow.wait, configuration: { seconds: 0 } }] }]\n";
    courier.apply(job)?.expect(0)?;
    for (given, words) in [
        (vec!["n=1", "n=2"], "The parameter `n` is given twice."),
        (vec!["n=9007199254740993"], "is too large to be kept exactly"),
        (vec!["n=99999999999999999999999999"], "is too large to be kept exactly"),
        (vec!["l=[1,2"], "begins like a JSON list"),
    ] {
        let args: Vec<&str> = given.iter().flat_map(|pair| ["--param", pair]).collect();
        let done = courier.run(&[&["run", "Take"], args.as_slice()].concat())?.expect(2)?;
        assert!(done.stderr.contains(words), "{given:?}: {}", done.stderr);
    }
    courier.run(&["run", "Take", "--param", "n=9007199254740992", "--param", "l=[1,2]"])?.expect(0)?;
    Ok(())
}

#[test]
fn a_job_is_deleted_restored_disabled_and_enabled() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(JOB)?.expect(0)?;
    courier.ok(&["job", "delete", "Tidy"])?;
    courier.run(&["job", "show", "Tidy"])?.expect(3)?;
    courier.ok(&["job", "restore", "Tidy"])?;
    courier.ok(&["job", "disable", "Tidy"])?;
    assert_eq!(courier.json(&["job", "list"])?[0]["is_enabled"], false);
    courier.ok(&["job", "enable", "Tidy"])?;
    assert_eq!(courier.json(&["job", "show", "Tidy"])?["is_enabled"], true);
    Ok(())
}

#[test]
fn a_finished_run_is_repeated_under_a_new_id() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(JOB)?.expect(0)?;
    courier.run(&["run", "Tidy"])?.expect(0)?;
    let first = courier.json(&["execution", "list"])?[0]["id"].clone();
    let first = first.as_str().context("no id")?;
    let second = courier.json(&["execution", "retry", first])?["id"].clone();
    let shown = courier.json(&["execution", "show", second.as_str().context("no id")?])?;
    assert_eq!((shown["retry_of"].as_str(), shown["state"].as_str()), (Some(first), Some("queued")));
    courier.ok(&["execution", "cancel", second.as_str().context("no id")?])?;
    courier.run(&["execution", "pause", first])?.expect(5)?;
    let page = courier.json(&["execution", "list", "--limit", "1"])?;
    let next = courier.json(&["execution", "list", "--after", page[0]["id"].as_str().context("no id")?])?;
    assert_eq!(next[0]["id"], first);
    Ok(())
}

#[test]
fn a_vault_whose_description_is_lost_takes_its_old_key_and_no_new_one() -> Result<()> {
    let courier = Courier::new()?;
    let run = |args: &[&str]| {
        let mut command = courier.command(args)?;
        command.env_remove("COURIER_VAULT_KEY_FILE").env("PASS", "a long passphrase");
        finish(command)
    };
    let key = courier.folder().join("kept.key").display().to_string();
    run(&["vault", "init", "--key-file", &key])?.expect(0)?;
    run(&["key", "ssh", "generate", "k"])?.expect(0)?;
    std::fs::remove_file(courier.home().join("vault.json"))?;
    let other = courier.folder().join("other.key").display().to_string();
    let refused = run(&["vault", "init", "--passphrase-env", "PASS"])?.expect(5)?;
    assert!(refused.stderr.contains("would make every stored secret unreadable"), "{}", refused.stderr);
    run(&["vault", "init", "--key-file", &other])?.expect(4)?;
    assert!(!std::path::Path::new(&other).exists());
    run(&["vault", "init", "--key-file", &key])?.expect(0)?;
    assert!(run(&["doctor"])?.stdout.contains("all open"));
    Ok(())
}

#[test]
fn a_vault_under_a_passphrase_is_locked_for_the_next_command() -> Result<()> {
    let courier = Courier::new()?;
    let locked = |args: &[&str]| {
        let mut command = courier.command(args)?;
        command
            .env_remove("COURIER_VAULT_KEY_FILE")
            .env("PASS", "correct horse")
            .env("WRONG", "battery staple");
        finish(command)
    };
    assert!(locked(&["vault", "status", "--json"])?.stdout.contains(r#""state":"uninitialised""#));
    locked(&["key", "ssh", "generate", "k"])?.expect(4)?;
    let made = locked(&["vault", "init", "--passphrase-env", "PASS", "--json"])?.expect(0)?;
    assert!(made.json()?["recovery_code"].is_string());
    locked(&["vault", "init", "--passphrase-env", "PASS"])?.expect(5)?;
    assert!(locked(&["vault", "status", "--json"])?.stdout.contains(r#""state":"locked""#));
    locked(&["key", "ssh", "generate", "k"])?.expect(4)?;
    locked(&["vault", "unlock", "--passphrase-env", "WRONG"])?.expect(4)?;
    locked(&["vault", "unlock", "--passphrase-env", "PASS"])?.expect(0)?;
    Ok(())
}

#[test]
fn what_a_server_says_cannot_steer_the_terminal() -> Result<()> {
    let world = World::new()?;
    std::fs::write(world.sshd.data().join("evil\u{1b}[31m\u{7}.txt"), "x")?;
    std::fs::write(world.sshd.data().join("plain.txt"), "x")?;
    let done = world.courier.run(&["connection", "ls", "partner", &world.sshd.remote("")])?.expect(0)?;
    assert!(done.stdout.contains("plain.txt"), "{}", done.stdout);
    assert!(!done.stdout.contains('\u{1b}') && !done.stderr.contains('\u{1b}'), "{:?}", done.stdout);
    Ok(())
}

#[test]
fn a_reader_that_has_enough_is_no_error() -> Result<()> {
    let courier = Courier::new()?;
    let mut child =
        courier.command(&["step-types", "--json"])?.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    drop(child.stdout.take());
    let done = child.wait_with_output()?;
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert_eq!(done.status.code(), Some(0));
    Ok(())
}

#[test]
fn json_lists_are_arrays_of_the_domains_own_shapes() -> Result<()> {
    let world = World::new()?;
    let courier = &world.courier;
    let connection = &courier.json(&["connection", "list"])?[0];
    assert_eq!((connection["protocol"].as_str(), connection["used_by"].as_u64()), (Some("sftp"), Some(1)));
    assert_eq!(courier.json(&["connection", "show", "partner"])?["host_key_policy"], "trust_on_first_use");
    assert_eq!(courier.json(&["key", "ssh", "list"])?[0]["key_type"], "ed25519");
    assert_eq!(courier.json(&["key", "pgp", "list"])?[0]["algorithm"], "ecc_curve25519");
    let types = courier.json(&["step-types"])?;
    assert!(types.as_array().is_some_and(|t| t.iter().any(|s| s["type_key"] == "sftp.download")));
    let report = courier.json(&["connection", "test", "partner"])?;
    assert_eq!(
        (report["passed"].as_bool(), report["fingerprint"].as_str()),
        (Some(true), Some(&*world.sshd.fingerprint()?))
    );
    let entries = courier.json(&["connection", "ls", "partner", &world.sshd.remote("out")])?;
    assert_eq!(entries.as_array().map(Vec::len), Some(3));
    assert!(courier.json(&["doctor"])?.as_array().is_some_and(|c| c.len() >= 5));
    assert!(courier.json(&["audit", "list", "--limit", "3"])?.as_array().is_some_and(|a| a.len() == 3));
    let settings = courier.json(&["settings", "list"])?;
    assert!(
        settings
            .as_array()
            .is_some_and(|s| s.iter().any(|s| s["key"] == "job.concurrency_limit" && s["value"] == "4"))
    );
    let limit = courier.json(&["settings", "get", "job.concurrency_limit"])?;
    assert_eq!((&limit["type"], &limit["default"]), (&"integer".into(), &"5".into()));
    assert_eq!((&limit["range"]["low"], &limit["range"]["high"]), (&1.into(), &1000.into()));
    assert!(limit["help"].as_str().is_some_and(|help| help.contains("same time")));
    assert!(courier.ok(&["completions", "bash"])?.contains("courier"));
    Ok(())
}

#[test]
fn single_files_go_both_ways_and_replace_nothing_unasked() -> Result<()> {
    let world = World::new()?;
    let courier = &world.courier;
    let content = courier_testkit::data::bytes(100_000, 9);
    let (here, back) = (courier.folder().join("here.bin"), courier.folder().join("back.bin"));
    std::fs::write(&here, &content)?;
    let (here, back) = (here.display().to_string(), back.display().to_string());
    let there = world.sshd.remote("in/there.bin");
    courier.ok(&["connection", "put", "partner", &here, &there])?;
    courier.run(&["connection", "put", "partner", &here, &there])?.expect(5)?;
    courier.ok(&["connection", "get", "partner", &there, &back])?;
    assert_eq!(std::fs::read(&back)?, content);
    std::fs::write(&back, "mine")?;
    courier.run(&["connection", "get", "partner", &there, &back])?.expect(5)?;
    assert_eq!(std::fs::read(&back)?, b"mine");
    courier.ok(&["connection", "get", "partner", &there, &back, "--overwrite"])?;
    assert_eq!(std::fs::read(&back)?, content);
    courier.run(&["connection", "get", "partner", &world.sshd.remote("none"), &back])?.expect(3)?;
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_the_home_is_told_once() -> Result<()> {
    let courier = Courier::new()?;
    let file = courier.folder().join("a-file");
    std::fs::write(&file, "x")?;
    for home in [file.to_str().context("a path")?, "/proc/courier", "/sys/courier"] {
        let done = courier.run(&["--home", home, "job", "list"])?.expect(7)?;
        let expected = format!("error: The folder {home} cannot be Courier's home: ");
        assert!(done.stderr.starts_with(&expected), "{}", done.stderr);
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
    }
    Ok(())
}

#[test]
fn a_bundle_without_end_is_refused() -> Result<()> {
    let courier = Courier::new()?;
    let done = courier.run(&["apply", "-f", "/dev/zero"])?.expect(2)?;
    assert!(done.stderr.contains("10 MiB"), "{}", done.stderr);
    let mut command = courier.command(&["apply", "-f", "-"])?;
    command.stdin(std::fs::File::open("/dev/zero")?);
    finish(command)?.expect(2)?;
    Ok(())
}

#[test]
fn a_result_that_cannot_be_written_is_told() -> Result<()> {
    let courier = Courier::new()?;
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full")?;
    let done = courier.command(&["step-types"])?.stdout(full).stderr(Stdio::piped()).output()?;
    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8(done.stderr)?;
    assert!(said.contains("standard output"), "{said}");
    Ok(())
}

#[test]
fn an_empty_or_missing_secret_is_one_problem() -> Result<()> {
    let courier = Courier::new()?;
    let of = |secret: &str| {
        format!(
            "courier: 1\nconnections: [{{ name: p, protocol: sftp, host: h, username: u, password: {secret} }}]\n"
        )
    };
    for (secret, path) in [
        ("{ file: /dev/null }", "connections[0].password.file"),
        ("{ env: COURIER_TEST_UNSET }", "connections[0].password.env"),
    ] {
        let done = courier.apply(&of(secret))?.expect(2)?;
        assert!(done.stderr.starts_with(&format!("error: {path}: ")), "{}", done.stderr);
        assert_eq!(done.stderr.matches("error:").count(), 1, "{}", done.stderr);
    }
    Ok(())
}
