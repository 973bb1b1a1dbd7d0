//! Connections from other programs: a preview first, all of it or nothing, and what comes in works.

use crate::courier::{Courier, Done, files_below, finish};
use anyhow::{Context, Result, ensure};
use courier_testkit::sshd::keygen;
use courier_testkit::{Sshd, SshdOptions};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const CANARY: &str = "canary-5b2e-password";
/// [`CANARY`] as FileZilla writes it.
const CANARY_BASE64: &str = "Y2FuYXJ5LTViMmUtcGFzc3dvcmQ=";

const WINSCP: &str = "[Sessions\\Partner%20X/live]\nHostName=sftp.example.org\nUserName=alice\nPassword=A35C\n\
                      [Sessions\\Partner%20X/backup]\nHostName=ftps.example.org\nUserName=alice\nFSProtocol=5\nFtps=1\n\
                      [Sessions\\live]\nHostName=other.example.org\nUserName=bob\n";

fn written(courier: &Courier, name: &str, text: &str) -> Result<String> {
    let path = courier.folder().join(name);
    std::fs::write(&path, text)?;
    Ok(path.display().to_string())
}

fn filezilla() -> String {
    format!(
        "<FileZilla3><Servers><Folder>Partner X<Server><Host>ftp.example.org</Host><Port>2121</Port>\
         <Protocol>4</Protocol><User>carol</User><Pass encoding=\"base64\">{CANARY_BASE64}</Pass>\
         <Logontype>1</Logontype><Name>drop</Name></Server></Folder></Servers></FileZilla3>"
    )
}

/// With a home of its own for `~`.
fn at_home(courier: &Courier, args: &[&str]) -> Result<Done> {
    let mut command = courier.command(args)?;
    command.env("HOME", courier.folder());
    finish(command)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|c| c["name"].as_str()).collect()
}

fn actions(report: &Value) -> Vec<(&str, &str)> {
    let rows = report["connections"].as_array().into_iter().flatten();
    rows.filter_map(|c| Some((c["name"].as_str()?, c["action"].as_str()?))).collect()
}

fn ssh_folder(courier: &Courier) -> Result<PathBuf> {
    let folder = courier.folder().join(".ssh");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

#[test]
fn an_imported_connection_logs_in_with_its_imported_key() -> Result<()> {
    let courier = Courier::new()?;
    let sshd = Sshd::start(SshdOptions::default())?;
    let ssh = ssh_folder(&courier)?;
    std::fs::copy(sshd.client_key(), ssh.join("partner_key"))?;
    std::fs::create_dir_all(ssh.join("conf.d"))?;
    std::fs::write(
        ssh.join("config"),
        "Include conf.d/*.conf\n\nHost *\n    IdentityFile %d/.ssh/partner_key\n",
    )?;
    let host = format!(
        "Host partner\n    HostName 127.0.0.1\n    Port {}\n    User {}\n    Ciphers aes256-gcm@openssh.com,rot13\n",
        sshd.port(),
        sshd.user()
    );
    std::fs::write(ssh.join("conf.d").join("partner.conf"), host)?;

    let done = at_home(&courier, &["import", "ssh-config", "--with-keys", "--yes", "--json"])?.expect(0)?;
    let report = done.json()?;
    assert_eq!(actions(&report), [("partner", "create")]);
    assert_eq!(
        (&report["dry_run"], &report["keys"][0]["name"]),
        (&Value::Bool(false), &"partner_key".into())
    );
    let connection = courier.json(&["connection", "show", "partner"])?;
    assert_eq!((&connection["auth_method"], &connection["status"]), (&"ssh_key".into(), &"active".into()));
    assert_eq!(connection["host_key_policy"], "trust_on_first_use");
    assert_eq!(connection["ssh_algorithms"]["encryption"], serde_json::json!(["aes256-gcm@openssh.com"]));
    courier.ok(&["connection", "test", "partner"])?;

    let again = at_home(&courier, &["import", "ssh-config", "--with-keys", "--yes", "--json"])?.expect(0)?;
    assert_eq!(actions(&again.json()?), [("partner", "exists")]);
    assert_eq!(courier.json(&["key", "ssh", "list"])?.as_array().map(Vec::len), Some(1));
    Ok(())
}

#[test]
fn two_hosts_with_one_key_share_it_and_a_key_that_is_there_is_used() -> Result<()> {
    let courier = Courier::new()?;
    let ssh = ssh_folder(&courier)?;
    keygen("ed25519", &ssh.join("one"))?;
    std::fs::copy(ssh.join("one"), ssh.join("copy"))?;
    let config = written(
        &courier,
        "config",
        "Host a\n IdentityFile ~/.ssh/one\nHost b\n IdentityFile ~/.ssh/copy\nHost *\n User u\n",
    )?;
    at_home(&courier, &["import", "ssh-config", &config, "--with-keys", "--only", "A", "--yes"])?
        .expect(0)?;
    // Its public half says that Courier has the key, so nothing private is read.
    std::fs::copy(ssh.join("one.pub"), ssh.join("copy.pub"))?;
    let done = at_home(&courier, &["import", "ssh-config", &config, "--yes", "--json"])?.expect(0)?;
    let report = done.json()?;
    assert_eq!(actions(&report), [("a", "exists"), ("b", "create")]);
    assert_eq!(
        (&report["connections"][1]["ssh_key"], &report["keys"]),
        (&"one".into(), &serde_json::json!([]))
    );
    assert_eq!(courier.json(&["key", "ssh", "list"])?[0]["uses"], 2);
    Ok(())
}

#[test]
fn a_key_that_stays_out_leaves_its_connection_disabled_and_marked() -> Result<()> {
    let courier = Courier::new()?;
    let ssh = ssh_folder(&courier)?;
    keygen("ed25519", &ssh.join("open"))?;
    let config = written(
        &courier,
        "config",
        "Host a\n IdentityFile ~/.ssh/open\nHost b\n IdentityFile ~/.ssh/gone\nHost *\n User u\n",
    )?;
    let done = at_home(&courier, &["import", "ssh-config", &config, "--yes"])?.expect(0)?;
    assert!(done.stdout.contains("key missing, disabled"), "{}", done.stdout);
    assert!(
        done.stderr.contains("warning: b: ssh_key_id: ") && done.stderr.contains("no such file"),
        "{}",
        done.stderr
    );
    for name in ["a", "b"] {
        let connection = courier.json(&["connection", "show", name])?;
        assert_eq!(connection["status"], "disabled");
        let notes = connection["notes"].as_str().context("notes")?;
        assert!(notes.contains("SSH key") && notes.contains("enable"), "{notes}");
        courier.run(&["connection", "test", name])?.expect(6)?;
    }
    assert_eq!(courier.json(&["key", "ssh", "list"])?, serde_json::json!([]));
    Ok(())
}

#[test]
fn a_key_under_a_passphrase_stays_out_until_it_is_imported_by_itself() -> Result<()> {
    let courier = Courier::new()?;
    let key = ssh_folder(&courier)?.join("locked");
    keygen("ed25519", &key)?;
    let shown = key.display().to_string();
    let protected =
        Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", "an example", "-f", &shown]).status()?;
    ensure!(protected.success(), "ssh-keygen failed");
    let config = written(&courier, "config", "Host a b\n User u\n IdentityFile ~/.ssh/locked\n")?;
    let import = |name: &str| {
        at_home(&courier, &["import", "ssh-config", &config, "--with-keys", "--only", name, "--yes"])
    };
    let done = import("a")?.expect(0)?;
    assert!(done.stderr.contains("passphrase"), "{}", done.stderr);
    assert_eq!(courier.json(&["connection", "show", "a"])?["status"], "disabled");

    let mut command = courier.command(&["key", "ssh", "import", &shown, "--passphrase-env", "PASS"])?;
    command.env("PASS", "an example");
    finish(command)?.expect(0)?;
    import("b")?.expect(0)?;
    let connection = courier.json(&["connection", "show", "b"])?;
    assert_eq!((&connection["status"], &connection["auth_method"]), (&"active".into(), &"ssh_key".into()));
    Ok(())
}

#[test]
fn what_cannot_be_a_connection_is_left_out_and_said() -> Result<()> {
    let courier = Courier::new()?;
    let text = format!("{WINSCP}[Sessions\\no%20user]\nHostName=sftp.example.org\n");
    let file = written(&courier, "WinSCP.ini", &text)?;
    let done = courier.run(&["import", "winscp", &file, "--yes"])?.expect(0)?;
    assert!(
        done.stdout.lines().any(|l| l.starts_with("no user") && l.ends_with("left out")),
        "{}",
        done.stdout
    );
    assert!(done.stderr.contains("warning: no user: username: "), "{}", done.stderr);
    assert_eq!(courier.json(&["connection", "list"])?.as_array().map(Vec::len), Some(3));
    Ok(())
}

#[test]
fn without_a_terminal_it_shows_the_preview_and_asks_for_yes() -> Result<()> {
    let courier = Courier::new()?;
    let file = written(&courier, "WinSCP.ini", WINSCP)?;
    let done = courier.run(&["import", "winscp", &file])?.expect(2)?;
    assert!(done.stdout.contains("alice@sftp.example.org:22"), "{}", done.stdout);
    assert!(done.stderr.contains("--yes"), "{}", done.stderr);
    courier.run(&["import", "winscp", &file, "--dry-run"])?.expect(0)?;
    let dry = courier.run(&["--json", "import", "winscp", &file])?.expect(2)?;
    assert_eq!(dry.json()?["dry_run"], true);
    assert_eq!(courier.json(&["connection", "list"])?, serde_json::json!([]));
    assert_eq!(courier.json(&["audit", "list"])?, serde_json::json!([]));
    Ok(())
}

#[test]
fn names_stay_unique_and_a_second_import_changes_nothing() -> Result<()> {
    let courier = Courier::new()?;
    let file = written(&courier, "WinSCP.ini", WINSCP)?;
    let import = |more: &[&str]| -> Result<Value> {
        let mut args = vec!["--json", "import", "winscp", &file, "--yes"];
        args.extend(more);
        courier.run(&args)?.expect(0)?.json()
    };
    let first = import(&[])?;
    assert_eq!(actions(&first), [("live", "create"), ("backup", "create"), ("live 2", "renamed")]);
    let entries = courier.json(&["audit", "list"])?;
    let second = import(&[])?;
    assert_eq!(actions(&second), [("live", "exists"), ("backup", "exists"), ("live 2", "exists")]);
    assert_eq!(courier.json(&["audit", "list"])?, entries);
    let list = courier.json(&["connection", "list"])?;
    assert_eq!(names(&list), ["backup", "live", "live 2"]);
    assert_eq!(
        (&list[0]["protocol"], &list[0]["port"], &list[0]["group"]),
        (&"ftps".into(), &990.into(), &"Partner X".into())
    );
    Ok(())
}

#[test]
fn only_what_is_named_comes_in_and_into_the_group_that_is_given() -> Result<()> {
    let courier = Courier::new()?;
    let file = written(&courier, "WinSCP.ini", WINSCP)?;
    let done = courier.run(&["import", "winscp", &file, "--only", "nowhere", "--yes"])?.expect(3)?;
    assert!(done.stderr.contains("backup"), "the names that are there: {}", done.stderr);
    courier.ok(&["import", "winscp", &file, "--only", "BACKUP", "--group", "Old", "--yes"])?;
    let list = courier.json(&["connection", "list"])?;
    assert_eq!((names(&list), &list[0]["group"]), (vec!["backup"], &"Old".into()));
    Ok(())
}

#[test]
fn a_clear_password_comes_in_only_when_it_is_asked_for_and_never_out() -> Result<()> {
    let courier = Courier::new()?;
    let file = written(&courier, "sitemanager.xml", &filezilla())?;
    let mut said = String::new();
    let mut hear = |done: Done| {
        said.push_str(&done.stdout);
        said.push_str(&done.stderr);
    };
    hear(courier.run(&["-vv", "import", "filezilla", &file, "--dry-run"])?.expect(0)?);
    hear(courier.run(&["import", "filezilla", &file, "--yes"])?.expect(0)?);
    let without = courier.json(&["connection", "show", "drop"])?;
    assert_eq!((&without["status"], &without["has_password"]), (&"disabled".into(), &false.into()));
    courier.ok(&["connection", "delete", "drop"])?;

    hear(
        courier
            .run(&["-vv", "--json", "import", "filezilla", &file, "--with-passwords", "--yes"])?
            .expect(0)?,
    );
    let with = courier.json(&["connection", "show", "drop"])?;
    assert_eq!((&with["status"], &with["has_password"]), (&"active".into(), &true.into()));
    hear(courier.run(&["audit", "list", "--json"])?.expect(0)?);
    for secret in [CANARY, CANARY_BASE64] {
        assert!(!said.contains(secret), "{said}");
        for file in files_below(&courier.home()) {
            let bytes = std::fs::read(&file)?;
            let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!found, "the password is in {}", file.display());
        }
    }
    Ok(())
}

#[test]
fn secrets_need_the_vault_and_without_it_nothing_comes_in() -> Result<()> {
    let courier = Courier::new()?;
    let file = written(&courier, "sitemanager.xml", &filezilla())?;
    let without_vault = |args: &[&str]| {
        let mut command = courier.command(args)?;
        command.env_remove("COURIER_VAULT_KEY_FILE");
        finish(command)
    };
    without_vault(&["import", "filezilla", &file, "--with-passwords", "--yes"])?.expect(4)?;
    assert_eq!(courier.json(&["connection", "list"])?, serde_json::json!([]));
    without_vault(&["import", "filezilla", &file, "--yes"])?.expect(0)?;
    assert_eq!(names(&courier.json(&["connection", "list"])?), ["drop"]);
    Ok(())
}

#[test]
fn standard_input_is_read_and_what_is_no_such_file_exits_2() -> Result<()> {
    let courier = Courier::new()?;
    let piped = |kind: &str, text: &str| -> Result<Done> {
        let file = written(&courier, "input", text)?;
        let mut command = courier.command(&["import", kind, "-", "--yes"])?;
        command.env("HOME", courier.folder()).stdin(Stdio::from(std::fs::File::open(file)?));
        finish(command)
    };
    piped("winscp", WINSCP)?.expect(0)?;
    assert_eq!(courier.json(&["connection", "list"])?.as_array().map(Vec::len), Some(3));
    for (kind, text) in
        [("winscp", "Host a\n"), ("filezilla", WINSCP), ("filezilla", "<!DOCTYPE x><a/>"), ("winscp", "\0")]
    {
        let done = piped(kind, text)?.expect(2)?;
        assert!(done.stderr.starts_with("error: file: "), "{}", done.stderr);
    }
    for kind in ["ssh-config", "winscp", "filezilla"] {
        let done = courier.run(&["import", kind, "/dev/zero", "--yes"])?.expect(2)?;
        assert!(done.stderr.contains("10 MiB"), "{}", done.stderr);
    }
    courier.run(&["import", "winscp", "/nowhere/at/all"])?.expect(2)?;
    Ok(())
}
