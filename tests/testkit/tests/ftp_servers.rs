//! The FTP servers of the testkit, asked by curl, so that a fault of Courier cannot hide in them.
#![cfg(test)]

use anyhow::Result;
use courier_testkit::ftp::TlsVersion;
use courier_testkit::process::run;
use courier_testkit::{FtpProgram, FtpTls, Ftpd, FtpdOptions, Leaf, ModSftp, data};
use std::process::Command;

fn curl(server: &Ftpd, tls: FtpTls, name: &str) -> Command {
    let scheme = if tls == FtpTls::Implicit { "ftps" } else { "ftp" };
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--insecure", "--max-time", "20", "--user"])
        .arg(format!("{}:{}", server.user(), server.password()))
        .arg(format!("{scheme}://127.0.0.1:{}/{name}", server.port()));
    // With 1.3 curl closes uploads over session tickets that it has not read, and the reset that this makes can eat
    // the end of the file.
    curl.args(["--tls-max", "1.2"]);
    if tls == FtpTls::Explicit {
        curl.arg("--ssl-reqd");
    }
    curl
}

/// Up, down, and up again after a kill and a new start.
fn moves_bytes(program: FtpProgram, tls: FtpTls) {
    let mut server = Ftpd::start(FtpdOptions { program, tls, ..FtpdOptions::default() }).unwrap();
    let bytes = data::bytes(300_000, 1);
    let local = server.data().parent().unwrap().join("local");
    std::fs::write(&local, &bytes).unwrap();
    run(curl(&server, tls, "up").arg("--upload-file").arg(&local)).unwrap();
    assert!(std::fs::read(server.data().join("up")).unwrap() == bytes);
    assert!(run(&mut curl(&server, tls, "up")).unwrap() == bytes);
    server.kill();
    assert!(run(&mut curl(&server, tls, "up")).is_err());
    server.start_again().unwrap();
    run(curl(&server, tls, "again").arg("--upload-file").arg(&local)).unwrap();
    assert!(std::fs::read(server.data().join("again")).unwrap() == bytes);
    assert_eq!(server.thumbprint().is_some(), tls != FtpTls::Off);
}

macro_rules! moves_bytes {
    ($($name:ident: $program:ident, $tls:ident;)*) => {$(
        #[test]
        fn $name() {
            moves_bytes(FtpProgram::$program, FtpTls::$tls);
        }
    )*};
}

moves_bytes! {
    vsftpd_moves_bytes: Vsftpd, Off;
    vsftpd_with_explicit_tls_moves_bytes: Vsftpd, Explicit;
    vsftpd_with_implicit_tls_moves_bytes: Vsftpd, Implicit;
    proftpd_moves_bytes: Proftpd, Off;
    proftpd_with_explicit_tls_moves_bytes: Proftpd, Explicit;
    proftpd_with_implicit_tls_moves_bytes: Proftpd, Implicit;
    pureftpd_moves_bytes: PureFtpd, Off;
    pureftpd_with_explicit_tls_moves_bytes: PureFtpd, Explicit;
}

/// What `openssl s_client` says about the server when it may speak one version alone.
fn handshake(server: &Ftpd, version: &str) -> Result<String> {
    let out = Command::new("openssl")
        .args(["s_client", "-starttls", "ftp", version, "-cipher", "DEFAULT:@SECLEVEL=0", "-connect"])
        .arg(format!("127.0.0.1:{}", server.port()))
        .stdin(std::process::Stdio::null())
        .output()?;
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

#[test]
fn a_server_speaks_the_tls_versions_that_it_was_told() {
    let speaks = |server: &Ftpd, version| handshake(server, version).unwrap().contains("Server certificate");
    for program in [FtpProgram::Vsftpd, FtpProgram::Proftpd, FtpProgram::PureFtpd] {
        let with = |versions| {
            let options = FtpdOptions {
                program,
                tls: FtpTls::Explicit,
                tls_versions: Some(versions),
                ..FtpdOptions::default()
            };
            Ftpd::start(options).unwrap()
        };
        let server = with((TlsVersion::V1_2, TlsVersion::V1_2));
        assert!(speaks(&server, "-tls1_2") && !speaks(&server, "-tls1_3"), "{program:?}");
        let server = with((TlsVersion::V1_3, TlsVersion::V1_3));
        assert!(speaks(&server, "-tls1_3") && !speaks(&server, "-tls1_2"), "{program:?}");
        if program == FtpProgram::PureFtpd {
            // It never speaks older ones.
            continue;
        }
        let server = with((TlsVersion::V1_1, TlsVersion::V1_1));
        assert!(speaks(&server, "-tls1_1") && !speaks(&server, "-tls1_2"), "{program:?}");
    }
}

#[test]
fn a_server_presents_the_certificate_that_it_was_given() {
    let authority = courier_testkit::Authority::new().unwrap();
    let certificate = authority.issue(Leaf::Good).unwrap();
    for program in [FtpProgram::Vsftpd, FtpProgram::Proftpd, FtpProgram::PureFtpd] {
        let options = FtpdOptions {
            program,
            tls: FtpTls::Explicit,
            certificate: Some(certificate.clone()),
            ..FtpdOptions::default()
        };
        let server = Ftpd::start(options).unwrap();
        assert_eq!(server.thumbprint(), Some(certificate.thumbprint.as_str()));
        let mut trusting = Command::new("curl");
        trusting
            .args(["--silent", "--show-error", "--ssl-reqd", "--max-time", "20", "--cacert"])
            .arg(authority.certificate())
            .arg("--user")
            .arg(format!("{}:{}", server.user(), server.password()))
            .arg(format!("ftp://127.0.0.1:{}/", server.port()));
        run(&mut trusting).unwrap();
    }
}

#[test]
fn commands_that_reached_a_server_are_counted() {
    for program in [FtpProgram::Vsftpd, FtpProgram::Proftpd] {
        let server = Ftpd::start(FtpdOptions { program, ..FtpdOptions::default() }).unwrap();
        assert_eq!(server.commands("PASS").unwrap(), 0);
        run(&mut curl(&server, FtpTls::Off, "")).unwrap();
        assert_eq!(server.commands("PASS").unwrap(), 1, "{program:?}: {}", server.log());
        let wrong = Command::new("curl")
            .args(["--silent", "--user", "courier-test:wrong"])
            .arg(format!("ftp://127.0.0.1:{}/", server.port()))
            .output()
            .unwrap();
        assert!(!wrong.status.success());
        assert_eq!(server.commands("PASS").unwrap(), 2, "{program:?}: {}", server.log());
        assert!(!server.log().contains(server.password()));
    }
}

#[test]
fn proftpd_serves_sftp() {
    let server = ModSftp::start(Vec::new()).unwrap();
    std::fs::write(server.data().join("there"), "x").unwrap();
    let out = run(Command::new("sh").arg("-c").arg(format!(
        "echo ls | sftp -q -b - -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i {} -P {} {}@127.0.0.1",
        server.client_key().display(),
        server.port(),
        server.user(),
    )))
    .unwrap();
    assert!(String::from_utf8_lossy(&out).contains("there"));
    assert!(server.fingerprint().unwrap().starts_with("SHA256:"));
}
