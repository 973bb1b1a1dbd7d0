//! No credential leaves before the server is trusted, on every way that leads to a server: testing, looking around,
//! moving files by hand, keeping house, and runs of jobs.

use crate::courier::{Courier, Done, files_below, finish};
use anyhow::{Context, Result, ensure};
use courier_testkit::tls::ServerCertificate;
use courier_testkit::{FtpTls, Ftpd, FtpdOptions, Login, Sshd, SshdOptions};
use serde_json::{Value, json};

/// A Courier with a connection called `server` and a job that fetches over it.
struct Side {
    courier: Courier,
    password: String,
}

impl Side {
    fn new(password: &str) -> Result<Self> {
        Ok(Self { courier: Courier::new()?, password: password.to_owned() })
    }

    fn run(&self, args: &[&str]) -> Result<Done> {
        let mut command = self.courier.command(args)?;
        command.env("SERVER_PASSWORD", &self.password);
        finish(command)
    }

    /// The connection as it is from now on.
    fn apply(&self, fields: &Value) -> Result<()> {
        let mut connection = json!({
            "name": "server", "host": "127.0.0.1", "password": { "env": "SERVER_PASSWORD" },
            "connect_timeout_sec": 20, "operation_timeout_sec": 20, "transport_retries": 0,
        });
        let map = connection.as_object_mut().context("an object")?;
        map.extend(fields.as_object().context("an object")?.clone());
        let protocol = connection["protocol"].as_str().context("a protocol")?.to_owned();
        let into = self.courier.folder().join("into").display().to_string();
        let configuration =
            json!({ "connection_id": "server", "remote_path": "*.csv", "local_path": format!("{into}/") });
        let step = json!({ "name": "Fetch", "type_key": format!("{protocol}.download"), "configuration": configuration });
        let bundle = json!({
            "courier": 1, "connections": [connection], "jobs": [{ "name": "fetch", "steps": [step] }],
        });
        let file = self.courier.bundle(&bundle.to_string())?;
        self.run(&["apply", "-f", &file])?.expect(0)?;
        Ok(())
    }

    /// Goes every way, and gives what each is refused with.
    fn every_way(&self) -> Result<Vec<(&'static str, Value)>> {
        let here = self.courier.folder().join("bundle.yaml").display().to_string();
        let there = self.courier.folder().join("fetched").display().to_string();
        let ways: [(&str, &[&str]); 7] = [
            ("test", &["--json", "connection", "test", "server", "--write"]),
            ("ls", &["--json", "connection", "ls", "server"]),
            ("get", &["--json", "connection", "get", "server", "a.csv", &there]),
            ("put", &["--json", "connection", "put", "server", &here, "b.csv"]),
            ("mkdir", &["--json", "connection", "mkdir", "server", "folder"]),
            ("mv", &["--json", "connection", "mv", "server", "a.csv", "c.csv"]),
            ("rm", &["--json", "connection", "rm", "server", "a.csv"]),
        ];
        let mut refused = Vec::new();
        for (way, args) in ways {
            let done = self.run(args)?;
            ensure!(done.status != 0, "{way} is let through: {}", done.stdout);
            ensure!(
                !format!("{}{}", done.stdout, done.stderr).contains(&self.password),
                "{way} tells the password"
            );
            let code = match way {
                "test" => {
                    let report = done.json()?;
                    let stages = report["stages"].as_array().context("no stages")?.clone();
                    stages.iter().find(|s| s["state"] == "failed").context("nothing failed")?["code"].clone()
                }
                _ => error_of(&done)?["code"].clone(),
            };
            refused.push((way, code));
        }
        let run = self.run(&["run", "fetch"])?;
        ensure!(run.status != 0, "the run is let through: {}", run.stdout);
        let last = self.run(&["--json", "execution", "list"])?.expect(0)?.json()?;
        let rows = last["items"].as_array().or_else(|| last.as_array()).context("no executions")?.clone();
        refused.push(("run", rows.first().context("no run")?["error_code"].clone()));
        Ok(refused)
    }

    fn all_are_refused(&self, what: &str, code: &str) -> Result<()> {
        for (way, got) in self.every_way()? {
            ensure!(got == code, "{what}: {way} is refused as {got} and not as {code}");
        }
        Ok(())
    }

    /// With all that can be said, the password is not in it, nor in any file.
    fn works(&self) -> Result<()> {
        for args in [
            &["-vv", "connection", "test", "server", "--write"][..],
            &["-vv", "connection", "ls", "server"],
            &["-vv", "run", "fetch"],
        ] {
            let done = self.run(args)?.expect(0)?;
            let said = format!("{}{}", done.stdout, done.stderr);
            ensure!(!said.contains(&self.password), "{args:?} tells the password");
        }
        for file in files_below(&self.courier.home()) {
            let bytes = std::fs::read(&file)?;
            let is_told = bytes.windows(self.password.len()).any(|part| part == self.password.as_bytes());
            ensure!(!is_told, "the password is in {}", file.display());
        }
        std::fs::remove_dir_all(self.courier.folder().join("into"))?;
        Ok(())
    }

    fn audit(&self) -> Result<String> {
        Ok(self.run(&["audit", "list", "--json"])?.expect(0)?.stdout)
    }
}

/// What `--json` says of a failure.
fn error_of(done: &Done) -> Result<Value> {
    serde_json::from_str(done.stderr.trim()).with_context(|| format!("no JSON: {}", done.stderr))
}

fn fields(server: &Sshd, more: Value) -> Value {
    let mut fields = json!({ "protocol": "sftp", "port": server.port(), "username": server.user() });
    if let (Some(fields), Some(more)) = (fields.as_object_mut(), more.as_object()) {
        fields.extend(more.clone());
    }
    fields
}

fn with_password(config: &[&str], host_key_type: &'static str) -> Result<Sshd> {
    let server = Sshd::start(SshdOptions {
        login: Login::Password,
        host_key_type: Some(host_key_type),
        config: config.iter().map(|line| (*line).to_owned()).collect(),
        ..SshdOptions::default()
    })?;
    std::fs::write(server.data().join("a.csv"), "a;b\n")?;
    Ok(server)
}

#[test]
fn a_host_key_is_judged_before_any_login_on_every_way() -> Result<()> {
    let mut server = with_password(&["Subsystem sftp internal-sftp"], "ed25519")?;
    let side = Side::new(server.password().context("no password")?)?;
    let wrong = format!("SHA256:{}", "a".repeat(43));

    side.apply(&fields(&server, json!({ "host_key_policy": "manual", "stored_host_fingerprint": wrong })))?;
    side.all_are_refused("another key than the one entered", "host_key_changed")?;
    ensure!(server.login_attempts() == 0, "somebody tried to log in: {}", server.log());

    side.apply(&fields(&server, json!({ "host_key_policy": "always_trust" })))?;
    side.run(&["settings", "set", "security.insecure_trust_allowed", "false"])?.expect(0)?;
    side.all_are_refused("any key, and the setting forbids it", "insecure_trust_refused")?;
    ensure!(server.login_attempts() == 0, "somebody tried to log in: {}", server.log());

    let side = Side::new(server.password().context("no password")?)?;
    side.apply(&fields(&server, json!({ "host_key_policy": "trust_on_first_use" })))?;
    side.run(&["connection", "test", "server"])?.expect(0)?;
    let first = server.fingerprint()?;
    let shown = side.run(&["connection", "show", "server"])?.expect(0)?;
    ensure!(shown.stdout.contains(&first), "the first key is kept: {}", shown.stdout);

    let before = server.login_attempts();
    side.run(&["connection", "revoke", "server", &first])?.expect(0)?;
    side.all_are_refused("a revoked key", "host_key_revoked")?;
    side.apply(&fields(&server, json!({ "host_key_policy": "manual", "stored_host_fingerprint": first })))?;
    side.all_are_refused("a revoked key that is entered", "host_key_revoked")?;
    ensure!(server.login_attempts() == before, "somebody tried to log in: {}", server.log());

    side.apply(&fields(&server, json!({ "host_key_policy": "trust_on_first_use" })))?;
    side.run(&["connection", "trust", "server", "--fingerprint", &first])?.expect(0)?;
    side.run(&["connection", "test", "server"])?.expect(0)?;

    server.restart_with_other_host_key()?;
    let (second, before) = (server.fingerprint()?, server.login_attempts());
    side.all_are_refused("a changed key", "host_key_changed")?;
    let asked = side.run(&["connection", "trust", "server"])?.expect(2)?;
    ensure!(
        asked.stderr.contains(&first) && asked.stderr.contains(&second),
        "both keys are shown: {}",
        asked.stderr
    );
    side.run(&["connection", "trust", "server", "--fingerprint", &first])?.expect(6)?;
    ensure!(server.login_attempts() == before, "somebody tried to log in: {}", server.log());
    side.run(&["connection", "trust", "server", "--fingerprint", &second])?.expect(0)?;
    side.run(&["connection", "test", "server"])?.expect(0)?;
    let shown = side.run(&["connection", "show", "server"])?.expect(0)?.stdout;
    let old = shown.lines().find(|line| line.contains(&first)).context("the old key is not listed")?;
    ensure!(old.contains("revoked"), "the key that was replaced is not trusted any more: {old}");
    let log = side.audit()?;
    for operation in ["HostKeyTrusted", "HostKeyRevoked", "HostKeyChanged"] {
        ensure!(log.contains(operation), "{operation} is not on record");
    }
    Ok(())
}

#[test]
fn a_key_of_another_type_is_a_changed_key_and_can_be_kept_beside() -> Result<()> {
    let first = with_password(&[], "ed25519")?;
    let side = Side::new(first.password().context("no password")?)?;
    side.apply(&fields(&first, json!({})))?;
    side.run(&["connection", "test", "server"])?.expect(0)?;
    let second = with_password(&[], "ecdsa")?;
    // The same name, as a second server behind it would have.
    side.apply(&fields(&second, json!({})))?;
    side.all_are_refused("a key of another type", "host_key_changed")?;
    ensure!(second.login_attempts() == 0, "somebody tried to log in: {}", second.log());
    let fingerprint = second.fingerprint()?;
    let trust = ["connection", "trust", "server", "--fingerprint", &fingerprint, "--keep-earlier"];
    side.run(&trust)?.expect(0)?;
    let shown = side.run(&["connection", "show", "server"])?.expect(0)?.stdout;
    ensure!(!shown.contains("revoked"), "{shown}");
    Ok(())
}

#[test]
fn any_key_works_where_it_is_allowed_and_each_use_is_on_record() -> Result<()> {
    let server = with_password(&[], "ed25519")?;
    let side = Side::new(server.password().context("no password")?)?;
    side.apply(&fields(&server, json!({ "host_key_policy": "always_trust" })))?;
    side.run(&["settings", "set", "security.insecure_trust_allowed", "true"])?.expect(0)?;
    for _ in 0..2 {
        side.run(&["connection", "test", "server"])?.expect(0)?;
    }
    ensure!(side.audit()?.matches("InsecureTrustUsed").count() == 2, "{}", side.audit()?);
    Ok(())
}

#[test]
fn legacy_algorithms_are_flagged_wherever_the_connection_is_shown_and_on_record() -> Result<()> {
    let server = with_password(&["MACs hmac-sha1", "Ciphers aes256-cbc"], "ed25519")?;
    let side = Side::new(server.password().context("no password")?)?;
    side.apply(&fields(&server, json!({})))?;
    let refused = side.run(&["--json", "connection", "test", "server"])?.expect(6)?.json()?;
    let stages = refused["stages"].as_array().context("no stages")?;
    ensure!(stages.iter().any(|s| s["code"] == "no_common_algorithm"), "{refused}");

    let unknown = json!({ "ssh_algorithms": { "encryption": ["rot13"] } });
    let refused = side.apply(&fields(&server, unknown)).err().context("an unknown algorithm is taken")?;
    ensure!(format!("{refused:#}").contains("rot13"), "{refused:#}");

    let listed = json!({ "ssh_algorithms": { "encryption": ["aes256-cbc"], "mac": ["hmac-sha1"] } });
    side.apply(&fields(&server, listed))?;
    let legacy = json!(["aes256-cbc", "hmac-sha1"]);
    let report = side.run(&["--json", "connection", "test", "server"])?.expect(0)?.json()?;
    ensure!(report["legacy_algorithms"] == legacy, "{report}");
    let spoken = side.run(&["connection", "test", "server"])?.expect(0)?;
    ensure!(spoken.stderr.contains("legacy algorithms: aes256-cbc, hmac-sha1"), "{}", spoken.stderr);
    let shown = side.run(&["connection", "show", "server"])?.expect(0)?;
    ensure!(shown.stdout.contains("LEGACY"), "{}", shown.stdout);
    for args in [&["--json", "connection", "show", "server"][..], &["--json", "connection", "list"]] {
        let said = side.run(args)?.expect(0)?.stdout;
        let value: Value = serde_json::from_str(&said)?;
        let row = value.as_array().and_then(|rows| rows.first()).unwrap_or(&value).clone();
        ensure!(row["legacy_algorithms"] == legacy, "{args:?}: {said}");
    }
    ensure!(side.audit()?.contains("LegacyAlgorithmsAllowed"), "{}", side.audit()?);
    Ok(())
}

#[test]
fn a_certificate_is_judged_before_any_user_name_on_every_way() -> Result<()> {
    let server = Ftpd::start(FtpdOptions {
        tls: FtpTls::Explicit,
        certificate: Some(ServerCertificate::self_signed()?),
        ..FtpdOptions::default()
    })?;
    std::fs::write(server.data().join("a.csv"), "a;b\n")?;
    let side = Side::new(server.password())?;
    let fields = |more: Value| {
        let mut fields = json!({ "protocol": "ftps", "port": server.port(), "username": server.user() });
        if let (Some(fields), Some(more)) = (fields.as_object_mut(), more.as_object()) {
            fields.extend(more.clone());
        }
        fields
    };
    side.apply(&fields(json!({})))?;
    side.all_are_refused("self-signed", "certificate_untrusted")?;
    side.apply(&fields(
        json!({ "tls_cert_policy": "pinned_thumbprint", "tls_pinned_thumbprint": "ab".repeat(32) }),
    ))?;
    side.all_are_refused("another than the pinned one", "certificate_changed")?;
    side.run(&["settings", "set", "security.insecure_trust_allowed", "false"])?.expect(0)?;
    side.apply(&fields(json!({ "tls_cert_policy": "insecure", "tls_pinned_thumbprint": null })))?;
    side.all_are_refused("any certificate, and the setting forbids it", "insecure_trust_refused")?;
    ensure!(server.commands("USER")? == 0, "a user name was sent: {}", server.log());

    side.run(&["settings", "set", "security.insecure_trust_allowed", "true"])?.expect(0)?;
    side.works()?;
    ensure!(side.audit()?.contains("InsecureTrustUsed"), "each use is on record");
    let thumbprint = server.thumbprint().context("no thumbprint")?;
    side.run(&["connection", "trust", "server", "--fingerprint", thumbprint])?.expect(0)?;
    side.works()
}

#[test]
fn the_password_of_plain_ftp_goes_to_the_server_and_nowhere_else() -> Result<()> {
    let server = Ftpd::start(FtpdOptions::default())?;
    std::fs::write(server.data().join("a.csv"), "a;b\n")?;
    let side = Side::new(server.password())?;
    side.apply(&json!({ "protocol": "ftp", "port": server.port(), "username": server.user() }))?;
    side.works()
}
