//! `connection test` says the true cause, whatever is wrong between here and a login, and what to do; `connection
//! trust` accepts a certificate that was looked at.

use crate::courier::{Courier, Done, finish};
use anyhow::{Context, Result, ensure};
use courier_testkit::ftp::TlsVersion;
use courier_testkit::tls::{Authority, Leaf, ServerCertificate};
use courier_testkit::{FtpProgram, FtpTls, Ftpd, FtpdOptions, ModSftp, Sshd, SshdOptions, Wall};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const OTHER_KEY: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A connection with something wrong, and what must be said of it.
struct Case {
    what: &'static str,
    connection: Value,
    stage: &'static str,
    code: &'static str,
    status: i32,
    words: &'static [&'static str],
}

struct Tester {
    courier: Courier,
    password: String,
    /// Certificates that this Courier's system trusts.
    authorities: Option<String>,
}

impl Tester {
    fn new() -> Result<Self> {
        Ok(Self { courier: Courier::new()?, password: "not the password".to_owned(), authorities: None })
    }

    fn run(&self, args: &[&str]) -> Result<Done> {
        let mut command = self.courier.command(args)?;
        command.env("SERVER_PASSWORD", &self.password);
        if let Some(file) = &self.authorities {
            command.env("SSL_CERT_FILE", file);
        }
        finish(command)
    }

    /// Stores the connection under the name `server`, with `more` beside it in the bundle.
    fn apply(&self, connection: &Value, more: Value) -> Result<()> {
        let mut fields = json!({
            "name": "server", "protocol": "sftp", "host": "127.0.0.1", "port": 1, "username": "analyst",
            "connect_timeout_sec": 5, "operation_timeout_sec": 5, "transport_retries": 0,
        });
        let map = fields.as_object_mut().context("an object")?;
        map.extend(connection.as_object().context("an object")?.clone());
        if !map.contains_key("ssh_key_id") {
            map.insert("password".to_owned(), json!({ "env": "SERVER_PASSWORD" }));
        }
        let mut bundle = json!({ "courier": 1, "connections": [fields] });
        bundle.as_object_mut().context("an object")?.extend(more.as_object().context("an object")?.clone());
        let file = self.courier.bundle(&bundle.to_string())?;
        self.run(&["apply", "-f", &file])?.expect(0)?;
        Ok(())
    }

    fn says(&self, case: &Case) -> Result<()> {
        let spoken = self.run(&["connection", "test", "server"])?.expect(case.status)?;
        let report = self.run(&["--json", "connection", "test", "server"])?.expect(case.status)?.json()?;
        let stages = report["stages"].as_array().context("no stages")?;
        let failed = stages.iter().find(|stage| stage["state"] == "failed").context("nothing failed")?;
        let detail = failed["detail"].as_str().unwrap_or_default();
        eprintln!("| {} | {} | {} | {detail} |", case.what, case.stage, case.code);
        ensure!(failed["stage"] == case.stage, "{}: failed at {failed}", case.what);
        ensure!(failed["code"] == case.code, "{}: failed as {failed}", case.what);
        ensure!(
            failed["hint"].as_str().is_some_and(|hint| !hint.is_empty()),
            "{}: no advice: {failed}",
            case.what
        );
        for word in case.words {
            ensure!(detail.contains(word), "{}: does not say `{word}`: {detail}", case.what);
        }
        ensure!(spoken.stderr.contains(detail), "{}: the terminal says {}", case.what, spoken.stderr);
        ensure!(spoken.stdout.contains("FAILED"), "{}: {}", case.what, spoken.stdout);
        let said = format!("{}{}{report}", spoken.stdout, spoken.stderr);
        ensure!(!said.contains(&self.password), "{}: the password is shown", case.what);
        Ok(())
    }

    fn fails(&self, case: Case) -> Result<()> {
        self.apply(&case.connection, json!({}))?;
        self.says(&case)
    }
}

/// A server that greets everybody with `words` and hangs up.
fn greeter(words: &'static str) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Who hangs up first does not matter.
            let _ = stream.and_then(|mut stream| stream.write_all(words.as_bytes()));
        }
    });
    Ok(port)
}

fn ftpd(options: FtpdOptions) -> Result<Ftpd> {
    Ftpd::start(FtpdOptions { tls: FtpTls::Explicit, ..options })
}

fn ftps(server: &Ftpd) -> Value {
    json!({ "protocol": "ftps", "port": server.port(), "username": server.user() })
}

fn with(mut one: Value, other: Value) -> Value {
    if let (Some(one), Some(other)) = (one.as_object_mut(), other.as_object()) {
        one.extend(other.clone());
    }
    one
}

#[test]
fn the_network_is_told_apart() -> Result<()> {
    let tester = Tester::new()?;
    let free = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let wall = Wall::build()?;
    tester.fails(Case {
        what: "unknown host",
        connection: json!({ "host": "no-such-host.invalid" }),
        stage: "dns",
        code: "dns_failed",
        status: 6,
        words: &["no-such-host.invalid", "cannot be resolved"],
    })?;
    tester.fails(Case {
        what: "refused port",
        connection: json!({ "port": free }),
        stage: "tcp",
        code: "connection_refused",
        status: 6,
        words: &["refuses connections"],
    })?;
    tester.fails(Case {
        what: "firewall",
        connection: json!({ "port": wall.address().port(), "connect_timeout_sec": 1 }),
        stage: "tcp",
        code: "connection_timeout",
        status: 6,
        words: &["did not answer within 1 s", "firewalls"],
    })?;
    tester.fails(Case {
        what: "wrong banner, SFTP",
        connection: json!({ "port": greeter("HTTP/1.1 400 Bad Request\r\n\r\n")? }),
        stage: "banner",
        code: "protocol_error",
        status: 6,
        words: &["no SSH server", "HTTP/1.1 400"],
    })?;
    tester.fails(Case {
        what: "wrong banner, FTP",
        connection: json!({ "protocol": "ftp", "port": greeter("SSH-2.0-OpenSSH_9.2\r\n")? }),
        stage: "banner",
        code: "protocol_error",
        status: 6,
        words: &["no FTP server", "SSH-2.0-OpenSSH_9.2"],
    })
}

fn by_key(tester: &Tester, server: &Sshd, key: &Path) -> Result<(Value, Value)> {
    let copy = tester.courier.folder().join("id_ed25519");
    std::fs::copy(key, &copy)?;
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600))?;
    let keys = json!({ "ssh_keys": [{ "name": "ops", "import": { "file": "./id_ed25519" } }] });
    let connection = json!({
        "port": server.port(), "username": server.user(), "auth_method": "ssh_key", "ssh_key_id": "ops",
    });
    Ok((connection, keys))
}

#[test]
fn ssh_is_told_apart() -> Result<()> {
    let tester = Tester::new()?;
    let server = Sshd::start(SshdOptions::default())?;
    let narrow =
        Sshd::start(SshdOptions { config: vec!["Ciphers aes256-ctr".to_owned()], ..SshdOptions::default() })?;
    let (connection, keys) = by_key(&tester, &server, &server.client_key())?;
    tester.apply(&connection, keys)?;
    tester.fails(Case {
        what: "no common algorithm",
        connection: with(
            connection.clone(),
            json!({ "port": narrow.port(), "ssh_algorithms": { "encryption": ["aes256-gcm@openssh.com"] } }),
        ),
        stage: "key_exchange",
        code: "no_common_algorithm",
        status: 6,
        words: &["Ours: aes256-gcm@openssh.com", "aes256-ctr"],
    })?;
    tester.fails(Case {
        what: "changed key",
        connection: with(
            connection.clone(),
            json!({ "host_key_policy": "manual", "stored_host_fingerprint": OTHER_KEY, "ssh_algorithms": null }),
        ),
        stage: "host_key",
        code: "host_key_changed",
        status: 6,
        words: &["has changed", OTHER_KEY, "Nothing was sent"],
    })?;
    let stranger = Sshd::start(SshdOptions::default())?;
    let tester = Tester::new()?;
    let (connection, keys) = by_key(&tester, &server, &stranger.client_key())?;
    tester.apply(&connection, keys)?;
    tester.says(&Case {
        what: "key refused",
        connection,
        stage: "authentication",
        code: "authentication_failed",
        status: 6,
        words: &["key"],
    })
}

/// A login with a wrong password, then with the right one to a folder that may not be listed.
fn login_and_rights(protocol: &str, port: u16, user: &str, right: &str, folder: &Path) -> Result<()> {
    let mut tester = Tester::new()?;
    let connection = json!({ "protocol": protocol, "port": port, "username": user });
    tester.fails(Case {
        what: "wrong password",
        connection: connection.clone(),
        stage: "authentication",
        code: "authentication_failed",
        status: 6,
        words: &["password"],
    })?;
    tester.password = right.to_owned();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o311))?;
    tester.fails(Case {
        what: "no permission",
        connection,
        stage: "list",
        code: "permission_denied",
        status: 1,
        words: &["Permission denied: the login folder"],
    })
}

#[test]
fn logins_and_rights_are_told_apart() -> Result<()> {
    let ftp = Ftpd::start(FtpdOptions { program: FtpProgram::Proftpd, ..FtpdOptions::default() })?;
    login_and_rights("ftp", ftp.port(), ftp.user(), ftp.password(), ftp.data())?;
    let sftp = ModSftp::start(Vec::new())?;
    login_and_rights("sftp", sftp.port(), sftp.user(), sftp.password(), sftp.data())
}

#[test]
fn tls_is_told_apart_and_nothing_is_sent_before_trust() -> Result<()> {
    let mut tester = Tester::new()?;
    let old = ftpd(FtpdOptions {
        tls_versions: Some((TlsVersion::V1_0, TlsVersion::V1_1)),
        ..FtpdOptions::default()
    })?;
    tester.fails(Case {
        what: "TLS too old",
        connection: ftps(&old),
        stage: "tls",
        code: "tls_failed",
        status: 6,
        words: &["TLS 1.0 or 1.1", "1.2"],
    })?;
    let authority = Authority::new()?;
    tester.authorities = Some(authority.certificate().display().to_string());
    let own = || ServerCertificate::self_signed();
    for (what, certificate, words) in [
        ("certificate expired", authority.issue(Leaf::Expired)?, &["expired"][..]),
        ("certificate not yet valid", authority.issue(Leaf::NotYetValid)?, &["not valid"]),
        ("certificate of another host", authority.issue(Leaf::WrongHost)?, &["ftp.example.com"]),
        ("self-signed certificate", own()?, &["not trusted"]),
    ] {
        let server = ftpd(FtpdOptions { certificate: Some(certificate), ..FtpdOptions::default() })?;
        let connection = ftps(&server);
        let (stage, code, status) = ("certificate", "certificate_untrusted", 6);
        tester.fails(Case { what, connection, stage, code, status, words })?;
        ensure!(server.commands("USER")? == 0, "{what}: the user was sent: {}", server.log());
    }
    let good =
        ftpd(FtpdOptions { certificate: Some(authority.issue(Leaf::Good)?), ..FtpdOptions::default() })?;
    let pin = json!({ "tls_cert_policy": "pinned_thumbprint", "tls_pinned_thumbprint": "ab".repeat(32) });
    tester.fails(Case {
        what: "changed certificate",
        connection: with(ftps(&good), pin),
        stage: "certificate",
        code: "certificate_changed",
        status: 6,
        words: &["another than the pinned one", "abababab"],
    })?;
    ensure!(good.commands("USER")? == 0, "the user was sent: {}", good.log());
    good.thumbprint().context("no thumbprint")?;
    tester.password = good.password().to_owned();
    tester.apply(&with(ftps(&good), json!({ "tls_cert_policy": "system_trust" })), json!({}))?;
    tester.run(&["connection", "test", "server"])?.expect(0)?;
    Ok(())
}

#[test]
fn a_certificate_is_pinned_by_its_thumbprint() -> Result<()> {
    let mut tester = Tester::new()?;
    let server =
        ftpd(FtpdOptions { certificate: Some(ServerCertificate::self_signed()?), ..FtpdOptions::default() })?;
    tester.password = server.password().to_owned();
    tester.apply(&ftps(&server), json!({}))?;
    let thumbprint = server.thumbprint().context("no thumbprint")?.to_owned();
    let trust =
        |fingerprint: &str| tester.run(&["connection", "trust", "server", "--fingerprint", fingerprint]);

    let asked = tester.run(&["connection", "trust", "server"])?.expect(2)?;
    ensure!(asked.stderr.contains(&thumbprint), "what to compare is shown: {}", asked.stderr);
    let wrong = trust(&"ab".repeat(32))?.expect(6)?;
    ensure!(wrong.stderr.contains("Nothing was trusted"), "{}", wrong.stderr);
    trust("SHA256:short")?.expect(2)?;
    ensure!(server.commands("USER")? == 0, "the user was sent: {}", server.log());

    let colons: Vec<String> = thumbprint
        .to_uppercase()
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect();
    trust(&colons.join(":"))?.expect(0)?;
    tester.run(&["connection", "test", "server"])?.expect(0)?;
    let shown = tester.run(&["connection", "show", "server"])?.expect(0)?;
    ensure!(shown.stdout.contains(&format!("pinned certificate {thumbprint}")), "{}", shown.stdout);
    let log = tester.run(&["audit", "list", "--json"])?.expect(0)?;
    ensure!(log.stdout.contains("tls_pinned_thumbprint"), "a pin is on record");

    let plain = Ftpd::start(FtpdOptions::default())?;
    let connection = json!({ "protocol": "ftp", "port": plain.port(), "username": plain.user() });
    let tester = Tester::new()?;
    tester.apply(&connection, json!({}))?;
    let nothing = tester.run(&["connection", "trust", "server"])?.expect(2)?;
    ensure!(nothing.stderr.contains("Plain FTP"), "{}", nothing.stderr);
    Ok(())
}
