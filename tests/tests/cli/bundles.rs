//! Bundles: everything wrong is said at once, all of it is applied or nothing, and nothing secret comes out again.

use crate::courier::Courier;
use crate::world::World;
use anyhow::Result;

const CONNECTION: &str = r#"
courier: 1
connections:
  - { name: server, protocol: sftp, host: h.example.org, username: u, auth_method: password, password: { env: BUNDLE_SECRET } }
"#;
const CANARY: &str = "canary-7d1f-secret";

fn with_secret(courier: &Courier, args: &[&str]) -> Result<crate::courier::Done> {
    let mut command = courier.command(args)?;
    command.env("BUNDLE_SECRET", CANARY);
    crate::courier::finish(command)
}

#[test]
fn every_problem_is_named_with_its_path_and_nothing_changes() -> Result<()> {
    let courier = Courier::new()?;
    let done = courier
        .apply(
            r#"
courier: 1
settings: { job.concurrency_limit: "none", job.unknown: "1" }
monitors: [{ name: inbox }]
connections:
  - { name: good, protocol: sftp, host: h, username: u, auth_method: password, password: { env: NOT_SET_ANYWHERE } }
  - { name: bad, protocol: gopher, host: "a b", usernme: u, auth_method: password, password: in-the-clear }
jobs:
  - name: broken
    tags: [x]
    steps:
      - { name: Get, type_key: sftp.download, configuration: { connection_id: nowhere, remote_pth: "/x" } }
      - { name: Open, type_key: pgp.decrypt, configuration: { input_path: "{{ steps.get.fils }}", require_signature: "perhaps" }, timeout: 5 }
      - { name: Odd, type_key: file.fold }
"#,
        )?
        .expect(2)?;
    for path in [
        "settings.job.concurrency_limit:",
        "settings.job.unknown:",
        "monitors[0].watch_target:",
        "connections[0].password.env:",
        "connections[1].protocol:",
        "connections[1].host:",
        "connections[1].usernme:",
        "connections[1].username:",
        "connections[1].password:",
        "jobs[0].tags[0]:",
        "jobs[0].steps[0].configuration.connection_id:",
        "jobs[0].steps[0].configuration.remote_pth:",
        "jobs[0].steps[0].configuration.remote_path:",
        "jobs[0].steps[1].configuration.input_path:",
        "jobs[0].steps[1].configuration.require_signature:",
        "jobs[0].steps[1].timeout:",
        "jobs[0].steps[2].type_key:",
    ] {
        assert!(done.stderr.lines().any(|l| l.contains(path)), "{path} is missing in\n{}", done.stderr);
    }
    assert!(!done.stderr.contains("in-the-clear"), "{}", done.stderr);
    assert!(done.stderr.contains("did you mean `username`"), "{}", done.stderr);
    assert!(done.stdout.is_empty());
    assert_eq!(courier.json(&["connection", "list"])?, serde_json::json!([]));
    assert_eq!(courier.ok(&["settings", "get", "job.concurrency_limit"])?, "5\n");
    Ok(())
}

#[test]
fn text_that_is_no_yaml_exits_2_with_its_line() -> Result<()> {
    let courier = Courier::new()?;
    let done = courier.apply("courier: 1\njobs: [\n")?.expect(2)?;
    assert!(done.stderr.contains("Line "), "{}", done.stderr);
    courier.apply("jobs: []\n")?.expect(2)?;
    courier.run(&["apply", "-f", "/nowhere/at/all.yaml"])?.expect(2)?;
    Ok(())
}

#[test]
fn applying_again_changes_nothing_and_a_dry_run_writes_nothing() -> Result<()> {
    let world = World::new()?;
    let again = world.apply()?.expect(0)?;
    assert!(again.stdout.lines().all(|l| l.starts_with("unchanged")), "{}", again.stdout);
    assert_eq!(world.courier.json(&["job", "versions", "fetch-invoices"])?.as_array().map(Vec::len), Some(1));

    let file = world.courier.bundle(&world.bundle().replace("max_retries: 3", "max_retries: 5"))?;
    let dry = world.courier.run(&["apply", "-f", &file, "--dry-run"])?.expect(0)?;
    assert!(dry.stdout.contains("would update job fetch-invoices"), "{}", dry.stdout);
    assert_eq!(world.courier.json(&["job", "show", "fetch-invoices"])?["current_version"], 1);
    world.courier.ok(&["apply", "-f", &file])?;
    let job = world.courier.json(&["job", "show", "FETCH-INVOICES"])?;
    assert_eq!(
        (job["current_version"].as_i64(), job["failure_policy"]["max_retries"].as_i64()),
        (Some(2), Some(5))
    );
    Ok(())
}

#[test]
fn an_export_applies_to_its_own_store_without_a_change() -> Result<()> {
    let world = World::new()?;
    for (args, name) in [(vec!["export"], "all.yaml"), (vec!["export", "--json"], "all.json")] {
        let text = world.courier.ok(&args)?;
        let file = world.courier.folder().join(name);
        std::fs::write(&file, text)?;
        let done = world.courier.run(&["apply", "-f", &file.display().to_string()])?.expect(0)?;
        assert!(done.stdout.lines().all(|l| l.starts_with("unchanged")), "{}", done.stdout);
    }
    let one = world.courier.ok(&["job", "export", "fetch-invoices"])?;
    assert!(one.contains("connection_id: partner") && !one.contains("ssh_keys"), "{one}");
    Ok(())
}

#[test]
fn no_secret_comes_out_again() -> Result<()> {
    let courier = Courier::new()?;
    let file = courier.bundle(CONNECTION)?;
    with_secret(&courier, &["apply", "-f", &file, "-vv"])?.expect(0)?;
    let mut said = String::new();
    for args in [
        vec!["export"],
        vec!["connection", "show", "server", "--json"],
        vec!["connection", "list", "--json"],
        vec!["audit", "list", "--json"],
        vec!["connection", "test", "server"],
    ] {
        let done = courier.run(&args)?;
        said.push_str(&done.stdout);
        said.push_str(&done.stderr);
    }
    assert!(said.contains("prompt: true"), "{said}");
    assert!(!said.contains(CANARY), "{said}");
    for file in crate::courier::files_below(&courier.home()) {
        let bytes = std::fs::read(&file)?;
        let found = bytes.windows(CANARY.len()).any(|w| w == CANARY.as_bytes());
        assert!(!found, "the secret is in {}", file.display());
    }
    Ok(())
}

#[test]
fn a_secret_that_must_be_asked_for_needs_a_terminal() -> Result<()> {
    let courier = Courier::new()?;
    let done = courier.apply(&CONNECTION.replace("{ env: BUNDLE_SECRET }", "{ prompt: true }"))?.expect(2)?;
    assert!(done.stderr.contains("connections[0].password"), "{}", done.stderr);
    Ok(())
}

#[test]
fn files_and_references_that_are_missing_exit_2() -> Result<()> {
    let courier = Courier::new()?;
    let done = courier
        .apply("courier: 1\nssh_keys: [{ name: k, import: { file: ./none } }]\npgp_keys: [{ name: p, import: { file: ./none.asc } }, { name: q }]\n")?
        .expect(2)?;
    for path in ["ssh_keys[0].import.file", "pgp_keys[0].import.file", "pgp_keys[1]"] {
        assert!(done.stderr.contains(path), "{}", done.stderr);
    }
    Ok(())
}

#[test]
fn a_bundle_without_its_vault_exits_4_and_one_with_mistakes_still_2() -> Result<()> {
    let courier = Courier::new()?;
    let file = courier.bundle(CONNECTION)?;
    let without_vault = |file: &str| {
        let mut command = courier.command(&["apply", "-f", file])?;
        command.env_remove("COURIER_VAULT_KEY_FILE").env("BUNDLE_SECRET", CANARY);
        crate::courier::finish(command)
    };
    let done = without_vault(&file)?.expect(4)?;
    assert!(done.stderr.contains("vault"), "{}", done.stderr);
    let file = courier.bundle(&CONNECTION.replace("username", "usernme"))?;
    without_vault(&file)?.expect(2)?;
    Ok(())
}

#[test]
fn validate_says_what_apply_would_say_and_changes_nothing() -> Result<()> {
    let courier = Courier::new()?;
    let file = courier.bundle("courier: 1\njobs: [{ name: j, stps: [] }]\n")?;
    let done = courier.run(&["job", "validate", "-f", &file])?.expect(2)?;
    assert!(done.stderr.contains("jobs[0].stps") && done.stderr.contains("jobs[0].steps"), "{}", done.stderr);
    let good = "courier: 1\njobs: [{ name: j, steps: [{ name: D, type_key: file.delete, configuration: { path: /x } }] }]\n";
    let file = courier.bundle(good)?;
    courier.ok(&["job", "validate", "-f", &file])?;
    assert_eq!(courier.json(&["job", "list"])?, serde_json::json!([]));
    Ok(())
}
