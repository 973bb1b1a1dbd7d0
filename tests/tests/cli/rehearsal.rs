//! `run --dry-run` against real servers: it says what a run would do and what would stop it, and leaves no trace: not in
//! the store, not among the known hosts, not here and not on the server.

use crate::courier::{Courier, Done, files_below, finish};
use crate::full_disk::on_a_small_disk;
use crate::world::World;
use anyhow::{Context, Result, ensure};
use courier_testkit::process::run;
use courier_testkit::sshd::Login;
use courier_testkit::{FtpProgram, Ftpd, FtpdOptions, Gpg, Sshd, SshdOptions, data};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Everything below a folder: rights, time of the last change, content.
fn tree(folder: &Path) -> BTreeMap<PathBuf, (u32, i64, i64, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(meta) = path.symlink_metadata() else { continue };
        let content = std::fs::read(&path).unwrap_or_default();
        found.insert(path.clone(), (meta.mode(), meta.mtime(), meta.mtime_nsec(), content));
        if meta.is_dir() {
            open.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
    }
    found
}

/// What the store knows that a rehearsal could have changed, and which files lie in the home beside it.
fn store(courier: &Courier, connection: &str) -> Result<Vec<String>> {
    let mut known = Vec::new();
    for command in [
        &["audit", "list", "--limit", "1000"][..],
        &["events", "list"],
        &["execution", "list"],
        &["job", "list"],
        &["key", "pgp", "list"],
        &["connection", "show", connection],
    ] {
        known.push(courier.json(command)?.to_string());
    }
    let in_home = files_below(&courier.home()).into_iter().map(|path| path.display().to_string());
    // The program's own log, and what SQLite keeps beside its file, come and go with every command.
    let mut kept: Vec<String> =
        in_home.filter(|path| !path.contains("/logs/") && !path.contains(".db")).collect();
    kept.sort();
    known.extend(kept);
    Ok(known)
}

fn steps(rehearsal: &Value) -> Vec<(&str, &str)> {
    let steps = rehearsal["steps"].as_array().into_iter().flatten();
    steps
        .map(|s| (s["alias"].as_str().unwrap_or_default(), s["verdict"].as_str().unwrap_or_default()))
        .collect()
}

fn summary(rehearsal: &Value, step: usize) -> &str {
    rehearsal["steps"][step]["summary"].as_str().unwrap_or_default()
}

#[test]
fn a_dry_run_says_what_would_happen_and_leaves_no_trace() -> Result<()> {
    let world = World::new()?;
    let courier = &world.courier;
    let look = || -> Result<_> {
        Ok((store(courier, "partner")?, tree(world.sshd.data()), courier.home().join("work").exists()))
    };
    let before = look()?;
    ensure!(before.0.iter().any(|text| text.contains("\"known_hosts\":[]")), "the host is known already");
    let rehearsal = courier.json(&["run", "fetch-invoices", "--dry-run", "--param", "day=monday"])?;
    ensure!(look()? == before, "a first dry run left something");

    let expected =
        [("download", "would_do"), ("decrypt", "would_do"), ("unpack", "would_do"), ("deliver", "unknown")];
    ensure!(steps(&rehearsal) == expected, "{rehearsal:#}");
    ensure!(rehearsal["verdict"] == "unknown", "{rehearsal:#}");
    let [download, decrypt] = [&rehearsal["steps"][0], &rehearsal["steps"][1]];
    let out = world.sshd.data().join("out");
    let bytes: u64 = std::fs::read_dir(&out)?.flatten().filter_map(|e| Some(e.metadata().ok()?.len())).sum();
    ensure!(download["file_count"] == 3 && download["bytes"] == bytes, "{download:#}");
    ensure!(download["is_estimate"] == false && decrypt["is_estimate"] == true, "{rehearsal:#}");
    let first = &download["files"][0];
    ensure!(first["source"] == world.sshd.remote("out/invoice-1.zip.pgp"), "{first}");
    ensure!(first["destination"] == "invoice-1.zip.pgp", "relative to the run's folder: {first}");
    let note = download["notes"][0].as_str().unwrap_or_default();
    ensure!(note.contains("first use") && note.contains(&world.sshd.fingerprint()?), "{note}");
    let first = &decrypt["files"][0];
    ensure!(first["source"] == "invoice-1.zip.pgp" && first["destination"] == "invoice-1.zip", "{first}");
    ensure!(summary(&rehearsal, 1).starts_with("Would decrypt 3 files ("), "{}", summary(&rehearsal, 1));
    ensure!(summary(&rehearsal, 2).contains("3 archives"), "{}", summary(&rehearsal, 2));
    ensure!(summary(&rehearsal, 3).contains("Unpack hands on (files)"), "{}", summary(&rehearsal, 3));

    world.run()?.expect(0)?;
    let before = look()?;
    let spoken = courier.run(&["run", "fetch-invoices", "--dry-run"])?.expect(0)?;
    ensure!(look()? == before, "a dry run with a known host left something");
    for words in [
        "✓ 1. Download: would do",
        "? 4. Deliver: cannot tell",
        "Nothing was written",
        "invoice-1.zip.pgp -> invoice-1.zip (about",
    ] {
        ensure!(spoken.stdout.contains(words), "does not say `{words}`: {}", spoken.stdout);
    }
    ensure!(!spoken.stdout.contains("first use"), "{}", spoken.stdout);

    courier.run(&["run", "fetch-invoices", "--dry-run", "--param", "week=1"])?.expect(2)?;
    courier.run(&["run", "fetch-invoices", "--dry-run", "--detach"])?.expect(2)?;
    courier.run(&["run", "no-such-job", "--dry-run"])?.expect(3)?;
    Ok(())
}

/// A Courier with one job, `job`, on one connection, `server`.
struct Rig {
    courier: Courier,
    connection: Value,
    password: String,
}

impl Rig {
    fn new(connection: Value, password: &str) -> Result<Self> {
        Ok(Self { courier: Courier::new()?, connection, password: password.to_owned() })
    }

    fn sftp(server: &Sshd) -> Result<Self> {
        let password = server.password().context("no password")?;
        Self::new(json!({ "protocol": "sftp", "port": server.port(), "username": server.user() }), password)
    }

    fn at(&self, name: &str) -> String {
        self.courier.folder().join(name).display().to_string()
    }

    fn apply(&self, steps: &Value) -> Result<()> {
        let mut connection = json!({
            "name": "server", "host": "127.0.0.1", "password": { "env": "SERVER_PASSWORD" },
            "connect_timeout_sec": 5, "operation_timeout_sec": 10, "transport_retries": 0,
        });
        let map = connection.as_object_mut().context("an object")?;
        map.extend(self.connection.as_object().context("an object")?.clone());
        let job = json!({ "name": "job", "failure_policy": { "type": "stop" }, "steps": steps });
        let bundle = json!({ "courier": 1, "connections": [connection], "jobs": [job] });
        let file = self.courier.bundle(&bundle.to_string())?;
        let mut command = self.courier.command(&["apply", "-f", &file])?;
        command.env("SERVER_PASSWORD", &self.password);
        finish(command)?.expect(0)?;
        Ok(())
    }

    fn rehearse(&self, steps: Value) -> Result<(Done, Value)> {
        self.apply(&steps)?;
        let done = self.courier.run(&["--json", "run", "job", "--dry-run"])?;
        let rehearsal = done.json()?;
        Ok((done, rehearsal))
    }

    /// The first step cannot, for this reason, in these words, with this status; and nothing changed.
    fn stops(&self, kind: &str, configuration: Value, code: &str, status: i32, words: &str) -> Result<()> {
        let step = json!([{ "name": "Step", "type_key": kind, "configuration": configuration }]);
        self.apply(&step)?;
        let before = store(&self.courier, "server")?;
        let done = self.courier.run(&["--json", "run", "job", "--dry-run"])?;
        ensure!(store(&self.courier, "server")? == before, "{kind} left something in the store");
        let rehearsal = done.json()?;
        let problem = &rehearsal["steps"][0]["problems"][0];
        eprintln!("| {kind} | {code} | {} |", problem["message"]);
        ensure!(rehearsal["verdict"] == "cannot" && problem["code"] == code, "{kind}: {rehearsal:#}");
        let message = problem["message"].as_str().unwrap_or_default();
        ensure!(message.contains(words), "{kind} does not say `{words}`: {message}");
        done.expect(status)?;
        Ok(())
    }
}

fn by_password() -> Result<Sshd> {
    Sshd::start(SshdOptions { login: Login::Password, ..SshdOptions::default() })
}

fn download(remote: &str) -> Value {
    json!({ "connection_id": "server", "remote_path": remote })
}

fn mode(path: &Path, mode: u32) -> Result<()> {
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[test]
fn what_an_sftp_server_would_refuse_is_found_before_the_run() -> Result<()> {
    let mut server = by_password()?;
    let mut rig = Rig::sftp(&server)?;
    for (folder, rights) in [("in", 0o755), ("out", 0o755), ("closed", 0o555), ("open", 0o777)] {
        let path = server.data().join(folder);
        std::fs::create_dir(&path)?;
        mode(&path, rights)?;
    }
    std::fs::write(server.data().join("out/good.csv"), "good")?;
    std::fs::write(server.data().join("out/secret.csv"), "secret")?;
    mode(&server.data().join("out/secret.csv"), 0o600)?;
    std::fs::write(rig.at("here.csv"), "here")?;
    let before = tree(server.data());
    let remote = |name: &str| server.remote(name);
    let (missing, none) = (remote("out/missing.csv"), remote("out/*.pdf"));
    rig.stops("sftp.download", download(&missing), "file_not_found", 1, "missing.csv")?;
    rig.stops("sftp.download", download(&none), "no_files", 1, "No file on the server matches")?;
    let (secret, words) = (remote("out/secret.csv"), "out/secret.csv");
    rig.stops("sftp.download", download(&secret), "permission_denied", 1, words)?;
    let upload =
        |to: &str| json!({ "connection_id": "server", "local_path": rig.at("here.csv"), "remote_path": to });
    rig.stops("sftp.upload", upload(&remote("closed/")), "permission_denied", 1, "closed")?;
    rig.stops("sftp.upload", upload(&remote("in/new/")), "permission_denied", 1, "in")?;
    let fails = json!({ "overwrite": "fail" });
    let mut there = upload(&remote("out/good.csv"));
    there.as_object_mut().context("an object")?.extend(fails.as_object().cloned().unwrap_or_default());
    rig.stops("sftp.upload", there, "already_exists", 1, "good.csv")?;
    let gone = json!({ "connection_id": "server", "local_path": rig.at("gone.csv"), "remote_path": "/x/" });
    rig.stops("sftp.upload", gone, "file_not_found", 1, "gone.csv")?;
    let rename =
        json!({ "connection_id": "server", "paths": remote("out/good.csv"), "to": remote("open/good.csv") });
    rig.stops("sftp.rename", rename, "permission_denied", 1, "out")?;
    let delete = json!({ "connection_id": "server", "paths": remote("out/*.csv") });
    rig.stops("sftp.delete", delete, "permission_denied", 1, "out")?;
    let rmdir = json!({ "connection_id": "server", "paths": remote("out") });
    rig.stops("sftp.rmdir", rmdir, "validation", 1, "not empty")?;
    let mkdir = json!({ "connection_id": "server", "paths": remote("closed/new") });
    rig.stops("sftp.mkdir", mkdir, "permission_denied", 1, "closed")?;
    ensure!(tree(server.data()) == before, "a dry run changed the server");

    // A real run makes the host known; afterwards somebody else answers.
    let good = remote("out/good.csv");
    rig.apply(&json!([{ "name": "Step", "type_key": "sftp.download", "configuration": download(&good) }]))?;
    rig.courier.run(&["run", "job"])?.expect(0)?;
    let old = server.fingerprint()?;
    server.restart_with_other_host_key()?;
    rig.stops("sftp.download", download(&good), "host_key_changed", 6, &old)?;
    rig.password = "not the password".to_owned();
    let wrong = Rig { courier: Courier::new()?, ..rig };
    wrong.stops("sftp.download", download(&good), "authentication_failed", 6, "password")?;
    server.kill();
    wrong.stops("sftp.download", download(&good), "connection_refused", 6, "refuses connections")?;
    Ok(())
}

#[test]
fn later_steps_are_rehearsed_on_what_the_earlier_ones_would_leave() -> Result<()> {
    let server = by_password()?;
    let rig = Rig::sftp(&server)?;
    std::fs::create_dir(server.data().join("out"))?;
    mode(&server.data().join("out"), 0o777)?;
    for (name, size) in [("a.csv", 1_000), ("b.csv", 2_000)] {
        std::fs::write(server.data().join("out").join(name), data::bytes(size, 1))?;
    }
    rig.courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <ours@example.org>"])?;
    let (remote_before, local_before) = (tree(server.data()), tree(&rig.courier.home().join("work")));
    let archive = rig.at("kept/all.zip");
    let (done, rehearsal) = rig.rehearse(json!([
        { "name": "Fetch", "type_key": "sftp.download", "configuration": {
            "connection_id": "server", "remote_path": server.remote("out/*.csv"), "after_download": "move",
            "move_to": server.remote("done") } },
        { "name": "Left", "type_key": "sftp.list", "configuration": {
            "connection_id": "server", "remote_path": server.remote("out") } },
        { "name": "Done", "type_key": "sftp.list", "configuration": {
            "connection_id": "server", "remote_path": server.remote("done") } },
        { "name": "Rename", "type_key": "file.rename", "configuration": {
            "path": "*.csv", "pattern": "{{ stem }}-new.{{ extension }}" } },
        { "name": "Seal", "type_key": "pgp.encrypt", "configuration": {
            "input_path": "{{ steps.rename.files }}", "recipient_key_ids": ["ours"] } },
        { "name": "Pack", "type_key": "file.zip", "configuration": {
            "source_paths": "{{ steps.seal.files }}", "output_path": archive } },
        { "name": "Off", "type_key": "flow.fail", "enabled": false, "configuration": { "message": "no" } },
        { "name": "Send", "type_key": "sftp.upload", "configuration": {
            "connection_id": "server", "local_path": "{{ steps.pack.archive }}",
            "remote_path": server.remote("new/folder/") } },
        { "name": "Away", "type_key": "file.delete", "configuration": { "path": archive, "on_missing": "fail" } },
        { "name": "Again", "type_key": "file.delete", "configuration": { "path": archive, "on_missing": "fail" } },
    ]))?;
    let verdicts: Vec<&str> = steps(&rehearsal).into_iter().map(|(_, verdict)| verdict).collect();
    let would = "would_do";
    let expected = [would, would, would, would, would, would, "skipped", would, would, "cannot"];
    ensure!(verdicts == expected, "{rehearsal:#}");
    done.expect(1)?;
    let counts: Vec<&Value> = (0..6).map(|step| &rehearsal["steps"][step]["file_count"]).collect();
    ensure!(counts == [2, 0, 2, 2, 2, 2], "{counts:?}");
    ensure!(rehearsal["steps"][3]["bytes"] == 3_000, "{:#}", rehearsal["steps"][3]);
    let sent = &rehearsal["steps"][7]["files"][0];
    ensure!(
        sent["source"] == archive && sent["destination"] == server.remote("new/folder/all.zip"),
        "{sent}"
    );
    ensure!(rehearsal["steps"][9]["problems"][0]["code"] == "file_not_found", "{rehearsal:#}");
    ensure!(tree(server.data()) == remote_before, "the server was changed");
    ensure!(tree(&rig.courier.home().join("work")) == local_before, "a workspace was made");
    ensure!(!Path::new(&archive).exists(), "something was packed");

    // What is in an archive that is not here yet nobody knows; the server and the keys are looked at all the same.
    let closed = json!([
        { "name": "Fetch", "type_key": "sftp.download", "configuration": download(&server.remote("out/*.csv")) },
        { "name": "Unpack", "type_key": "file.unzip", "configuration": {
            "archive_path": "{{ steps.fetch.files }}", "output_directory": rig.at("unpacked") } },
        { "name": "Seal", "type_key": "pgp.encrypt", "configuration": {
            "input_path": "{{ steps.unpack.files }}", "recipient_key_ids": ["ours"] } },
        { "name": "Beside", "type_key": "file.checksum", "configuration": { "path": rig.at("unpacked/*.txt") } },
    ]);
    rig.courier.ok(&["key", "pgp", "retire", "ours"])?;
    let (done, rehearsal) = rig.rehearse(closed)?;
    let verdicts: Vec<&str> = steps(&rehearsal).into_iter().map(|(_, verdict)| verdict).collect();
    ensure!(verdicts == [would, would, "cannot", "unknown"], "{rehearsal:#}");
    ensure!(rehearsal["steps"][2]["problems"][0]["code"] == "key_unusable", "{rehearsal:#}");
    done.expect(1)?;

    // What one step cannot, others may depend on.
    let (_, rehearsal) = rig.rehearse(json!([
        { "name": "Fetch", "type_key": "sftp.download", "configuration": download(&server.remote("out/no.csv")) },
        { "name": "By path", "type_key": "file.copy", "configuration": {
            "source_path": "no.csv", "destination_path": rig.at("kept/") } },
        { "name": "By name", "type_key": "file.checksum", "configuration": { "path": "{{ steps.fetch.files }}" } },
        { "name": "Else", "type_key": "file.checksum", "configuration": { "path": rig.at("bundle.yaml") } },
        { "name": "Wait", "type_key": "flow.wait", "configuration": { "seconds": 3600 } },
    ]))?;
    let verdicts: Vec<&str> = steps(&rehearsal).into_iter().map(|(_, verdict)| verdict).collect();
    ensure!(verdicts == ["cannot", "unknown", "unknown", would, would], "{rehearsal:#}");
    ensure!(summary(&rehearsal, 1).contains("the step Fetch"), "{}", summary(&rehearsal, 1));
    Ok(())
}

#[test]
fn what_this_computer_would_refuse_is_found_before_the_run() -> Result<()> {
    let rig = Rig::new(json!({ "protocol": "sftp", "port": 1, "username": "nobody" }), "unused")?;
    let courier = &rig.courier;
    let gpg = Gpg::new()?;
    run(gpg.command().args([
        "--faked-system-time",
        "20200101T000000",
        "--passphrase",
        "",
        "--quick-generate-key",
        "Old <old@example.org>",
        "rsa2048",
        "default",
        "1y",
    ]))?;
    gpg.generate("Other <other@example.org>", "future-default", "")?;
    let partner = rig.at("old.asc");
    std::fs::write(&partner, gpg.export_public("old@example.org")?)?;
    courier.ok(&["key", "pgp", "import", &partner, "--name", "old"])?;
    let short = ["key", "pgp", "generate", "ours", "--user-id", "Ours <ours@example.org>"];
    courier.ok(&[&short[..], &["--expires-in-days", "10"]].concat())?;

    let large = rig.at("large.bin");
    std::fs::write(&large, data::bytes(1_000_000, 3))?;
    gpg.encrypt(Path::new(&large), Path::new(&rig.at("theirs.pgp")), "other@example.org", None)?;
    let encrypt = |key: &str| json!({ "input_path": large, "recipient_key_ids": [key] });
    rig.stops("pgp.encrypt", encrypt("old"), "key_unusable", 1, "expired on 2020-12-31")?;
    let decrypt = |name: &str| json!({ "input_path": rig.at(name) });
    rig.stops("pgp.decrypt", decrypt("theirs.pgp"), "no_decryption_key", 1, "theirs.pgp")?;
    rig.stops("pgp.decrypt", decrypt("large.bin"), "message_damaged", 1, "large.bin")?;
    rig.stops("pgp.decrypt", decrypt("gone.pgp"), "file_not_found", 1, "gone.pgp")?;
    rig.stops("file.unzip", json!({ "archive_path": large }), "archive_damaged", 1, "large.bin")?;
    rig.stops("flow.fail", json!({ "message": "not today" }), "failed_on_purpose", 1, "not today")?;
    let copy = |to: &str| json!({ "source_path": large, "destination_path": to });

    let step = |kind: &str, configuration: Value| json!([{ "name": "Step", "type_key": kind, "configuration": configuration }]);
    let (done, rehearsal) = rig.rehearse(step("pgp.encrypt", encrypt("ours")))?;
    done.expect(0)?;
    let note = rehearsal["steps"][0]["notes"][0].as_str().unwrap_or_default();
    ensure!(note.contains("The key ours expires on"), "{rehearsal:#}");
    ensure!(!Path::new(&format!("{large}.pgp")).exists(), "something was encrypted");

    // A full disk: the same file fits elsewhere.
    std::fs::create_dir(rig.at("small"))?;
    rig.apply(&step("file.copy", copy(&format!("{}/", rig.at("small")))))?;
    courier.run(&["run", "job", "--dry-run"])?.expect(0)?;
    let (done, left) = on_a_small_disk(courier, &["--json", "run", "job", "--dry-run"])?;
    let problem = done.json()?["steps"][0]["problems"][0].clone();
    ensure!(done.status == 1 && problem["code"] == "disk_full", "{}", done.stdout);
    ensure!(problem["message"].as_str().is_some_and(|m| m.contains("1.0 MB are needed")), "{problem}");
    ensure!(left.is_empty(), "{left}");

    // A folder without the right to write in it; root has that right everywhere, unless it is taken away.
    std::fs::create_dir(rig.at("closed"))?;
    mode(Path::new(&rig.at("closed")), 0o555)?;
    rig.apply(&step("file.copy", copy(&format!("{}/", rig.at("closed")))))?;
    let inner = courier.command(&["--json", "run", "job", "--dry-run"])?;
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "setpriv", "--bounding-set=-all", "--inh-caps=-all"]);
    command.arg(inner.get_program()).args(inner.get_args()).stdin(Stdio::null());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let done = finish(command)?;
    let rehearsal = done.json()?;
    let problem = &rehearsal["steps"][0]["problems"][0];
    ensure!(done.status == 1 && problem["code"] == "permission_denied", "{rehearsal:#}\n{}", done.stderr);
    Ok(())
}

#[test]
fn a_locked_vault_is_told_with_its_own_status() -> Result<()> {
    let server = by_password()?;
    let rig = Rig::sftp(&server)?;
    std::fs::write(server.data().join("a.csv"), "a")?;
    rig.apply(&json!([{ "name": "Step", "type_key": "sftp.download",
        "configuration": download(&server.remote("a.csv")) }]))?;
    std::fs::rename(rig.at("vault.key"), rig.at("elsewhere"))?;
    let done = rig.courier.run(&["--json", "run", "job", "--dry-run"])?;
    let code = done.json()?["steps"][0]["problems"][0]["code"].clone();
    ensure!(code.as_str().is_some_and(|code| code.starts_with("vault_")), "{}", done.stdout);
    done.expect(4)?;
    Ok(())
}

#[test]
fn ftp_servers_are_looked_at_without_a_trace() -> Result<()> {
    for program in [FtpProgram::Vsftpd, FtpProgram::Proftpd] {
        let server = Ftpd::start(FtpdOptions { program, ..FtpdOptions::default() })?;
        let connection = json!({ "protocol": "ftp", "port": server.port(), "username": server.user() });
        let rig = Rig::new(connection, server.password())?;
        std::fs::create_dir(server.data().join("closed"))?;
        std::fs::write(server.data().join("a.csv"), "abc")?;
        std::fs::write(rig.at("here.csv"), "here")?;
        mode(&server.data().join("closed"), 0o555)?;
        let before = tree(server.data());
        let upload = |to: &str| {
            json!({ "name": "Send", "type_key": "ftp.upload", "configuration": {
                "connection_id": "server", "local_path": rig.at("here.csv"), "remote_path": to } })
        };
        let (done, rehearsal) = rig.rehearse(json!([
            { "name": "Fetch", "type_key": "ftp.download", "configuration": download("/*.csv") },
            upload("/new/"),
            { "name": "List", "type_key": "ftp.list", "configuration": {
                "connection_id": "server", "remote_path": "/new" } },
        ]))?;
        ensure!(rehearsal["verdict"] == "would_do", "{program:?}: {rehearsal:#}");
        ensure!(rehearsal["steps"][0]["bytes"] == 3, "{program:?}: {rehearsal:#}");
        ensure!(rehearsal["steps"][2]["file_count"] == 1, "{program:?}: {rehearsal:#}");
        done.expect(0)?;
        let (done, rehearsal) = rig.rehearse(json!([upload("/closed/")]))?;
        let first = &rehearsal["steps"][0];
        match program {
            // It tells the rights of the folder.
            FtpProgram::Proftpd => {
                ensure!(first["problems"][0]["code"] == "permission_denied", "{rehearsal:#}");
                done.expect(1)?;
            }
            // It does not, and that is said.
            FtpProgram::Vsftpd | FtpProgram::PureFtpd => {
                let note = first["notes"][0].as_str().unwrap_or_default();
                ensure!(note.contains("the server does not say"), "{rehearsal:#}");
                done.expect(0)?;
            }
        }
        ensure!(tree(server.data()) == before, "{program:?}: a dry run changed the server");
    }
    Ok(())
}

#[test]
fn a_dry_run_that_waits_for_a_server_can_be_cancelled() -> Result<()> {
    let silent = TcpListener::bind(("127.0.0.1", 0))?;
    let port = silent.local_addr()?.port();
    let mut rig = Rig::new(json!({ "protocol": "sftp", "port": port, "username": "nobody" }), "unused")?;
    rig.connection["connect_timeout_sec"] = json!(50);
    rig.apply(&json!([{ "name": "Step", "type_key": "sftp.download", "configuration": download("/x") }]))?;
    let mut command = rig.courier.command(&["run", "job", "--dry-run"])?;
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    // It has connected and waits for a greeting that never comes.
    let _held = silent.accept()?;
    run(Command::new("kill").arg("-INT").arg(child.id().to_string()))?;
    let begun = std::time::Instant::now();
    let status = child.wait()?;
    ensure!(status.code() == Some(130), "{status}");
    ensure!(begun.elapsed() < Duration::from_secs(20), "it took {:?}", begun.elapsed());
    Ok(())
}
