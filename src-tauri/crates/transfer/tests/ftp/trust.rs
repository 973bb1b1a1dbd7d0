//! Whom we talk to: no user name leaves before the certificate was judged.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{Authority, FtpProgram, FtpTls, Ftpd, FtpdOptions, Leaf, ServerCertificate};
use courier_transfer::{CertificateProblem, TransferError};
use serde_json::json;
use std::process::Command;
use std::sync::Arc;

fn with(certificate: ServerCertificate) -> Ftpd {
    let certificate = Some(certificate);
    Ftpd::start(FtpdOptions { tls: FtpTls::Explicit, certificate, ..FtpdOptions::default() }).unwrap()
}

fn logins(server: &Ftpd) -> usize {
    server.commands("USER").unwrap()
}

async fn problem(server: &Ftpd) -> CertificateProblem {
    let error = open(target(server, json!({ "tls_cert_policy": "system_trust" }))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::CertificateUntrusted);
    let TransferError::CertificateUntrusted { problem, certificate } = error else { panic!("{error}") };
    assert_eq!(Some(certificate.thumbprint.as_str()), server.thumbprint());
    problem
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_however_its_thumbprint_is_written() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    let pin = server.thumbprint().unwrap().to_uppercase();
    let colons: Vec<_> = pin.as_bytes().chunks(2).map(|two| String::from_utf8_lossy(two)).collect();
    let change = json!({ "tls_pinned_thumbprint": colons.join(":") });
    let remote = open(target(&server, change)).await.unwrap();
    assert_eq!(Some(remote.server_identity().as_str()), server.thumbprint());
    assert!(logins(&server) > 0);
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused_with_both_thumbprints() {
    for tls in [FtpTls::Explicit, FtpTls::Implicit] {
        let server = start(FtpProgram::Vsftpd, tls);
        let pin = "ab".repeat(32);
        let mode = if tls == FtpTls::Implicit { "implicit" } else { "explicit" };
        let sink = Arc::new(Sink::default());
        let wrong = target(&server, json!({ "tls_pinned_thumbprint": pin, "tls_mode": mode }));
        let error = open_with(wrong, &sink).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::CertificateChanged, "{error}");
        let presented = server.thumbprint().unwrap().to_owned();
        let text = error.to_string();
        assert!(text.contains(&pin) && text.contains(&presented), "{text}");
        assert_eq!(*sink.changed.lock().unwrap(), vec![(vec![pin], presented)]);
        assert_eq!(logins(&server), 0, "{}", server.log());
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let server = with(ServerCertificate::self_signed().unwrap());
    assert_eq!(problem(&server).await, CertificateProblem::UnknownIssuer);
    let authority = Authority::new().unwrap();
    let server = with(authority.issue(Leaf::Good).unwrap());
    assert_eq!(problem(&server).await, CertificateProblem::UnknownIssuer);
    assert_eq!(logins(&server), 0, "{}", server.log());
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_said_to_be() {
    let authority = Authority::new().unwrap();
    let server = with(authority.issue(Leaf::Expired).unwrap());
    assert_eq!(problem(&server).await, CertificateProblem::Expired);
    assert_eq!(logins(&server), 0, "{}", server.log());
    let server = with(authority.issue(Leaf::NotYetValid).unwrap());
    assert_eq!(problem(&server).await, CertificateProblem::NotYetValid);
}

const SERVED: &str = "COURIER_TEST_SERVED";

/// Runs a test of this file in a process of its own, whose system trusts `authority`.
fn where_it_is_trusted(authority: &Authority, test: &str, server: &Ftpd) {
    let served = json!({
        "port": server.port(), "user": server.user(), "password": server.password(),
        "thumbprint": server.thumbprint(),
    });
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored"])
        .env("SSL_CERT_FILE", authority.certificate())
        .env(SERVED, served.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

async fn with_system_trust() -> Result<(), TransferError> {
    let served: serde_json::Value = serde_json::from_str(&std::env::var(SERVED).unwrap()).unwrap();
    let target = system_target(&served);
    open(target).await.map(|remote| {
        assert_eq!(remote.server_identity(), served["thumbprint"].as_str().unwrap());
    })
}

#[test]
fn the_systems_authorities_are_trusted() {
    let authority = Authority::new().unwrap();
    let server = with(authority.issue(Leaf::Good).unwrap());
    where_it_is_trusted(&authority, "trust::within::a_good_certificate_is_trusted", &server);
    assert!(logins(&server) > 0);
}

#[test]
fn a_certificate_for_another_host_is_refused_with_the_hosts_it_is_for() {
    let authority = Authority::new().unwrap();
    let server = with(authority.issue(Leaf::WrongHost).unwrap());
    where_it_is_trusted(&authority, "trust::within::one_for_another_host_is_not", &server);
    assert_eq!(logins(&server), 0, "{}", server.log());
}

#[test]
fn a_known_authority_makes_an_expired_certificate_no_better() {
    let authority = Authority::new().unwrap();
    let server = with(authority.issue(Leaf::Expired).unwrap());
    where_it_is_trusted(&authority, "trust::within::an_expired_one_is_not", &server);
}

/// Run by the tests above, each in a process of its own.
mod within {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a system that trusts the server's authority"]
    async fn a_good_certificate_is_trusted() {
        with_system_trust().await.unwrap();
    }

    #[tokio::test]
    #[ignore = "needs a system that trusts the server's authority"]
    async fn one_for_another_host_is_not() {
        let error = with_system_trust().await.unwrap_err();
        let TransferError::CertificateUntrusted { problem, .. } = &error else { panic!("{error}") };
        let names = vec!["ftp.example.com".to_owned()];
        assert_eq!(*problem, CertificateProblem::WrongHost { asked: "127.0.0.1".into(), names });
        assert!(error.to_string().contains("ftp.example.com"), "{error}");
    }

    #[tokio::test]
    #[ignore = "needs a system that trusts the server's authority"]
    async fn an_expired_one_is_not() {
        let error = with_system_trust().await.unwrap_err();
        let TransferError::CertificateUntrusted { problem, .. } = &error else { panic!("{error}") };
        assert_eq!(*problem, CertificateProblem::Expired);
    }
}

#[tokio::test]
async fn insecure_trust_needs_the_setting_and_is_told_each_time() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    let insecure = || target(&server, json!({ "tls_cert_policy": "insecure", "session_limit": 2 }));
    let refused = open(insecure()).await.unwrap_err();
    assert!(matches!(refused, TransferError::InsecureTrustRefused));
    assert!(!server.log().contains("CONNECT"), "{}", server.log());
    let sink = Arc::new(Sink::default());
    for _ in 0..2 {
        let mut allowed = insecure();
        allowed.insecure_trust_allowed = true;
        open_with(allowed, &sink).await.unwrap();
    }
    let thumbprint = server.thumbprint().unwrap().to_owned();
    assert_eq!(*sink.insecure.lock().unwrap(), vec![thumbprint.clone(), thumbprint]);
}

#[tokio::test]
async fn insecure_trust_that_cannot_be_recorded_is_none() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    let sink = Arc::new(Sink { refuses: true, ..Sink::default() });
    let mut allowed = target(&server, json!({ "tls_cert_policy": "insecure" }));
    allowed.insecure_trust_allowed = true;
    let error = open_with(allowed, &sink).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::StoreUnavailable);
    assert_eq!(logins(&server), 0, "{}", server.log());
}
