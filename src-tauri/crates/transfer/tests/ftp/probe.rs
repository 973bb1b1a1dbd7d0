//! The test of a connection, stage by stage.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{FtpProgram, FtpTls};
use courier_transfer::{Probe, Stage, StageState, Target, TestReport, test_connection};
use courier_vault::SecretString;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

async fn probe(target: &Target, probe: Probe) -> TestReport {
    let told = Mutex::new(Vec::new());
    let report = test_connection(
        target,
        Arc::new(Sink::default()),
        probe,
        &StoppedClock,
        &CancellationToken::new(),
        &|stage| told.lock().unwrap().push(stage.clone()),
    )
    .await;
    assert_eq!(*told.lock().unwrap(), report.stages, "every stage is told as it ends");
    assert_eq!(report.stages.iter().map(|s| s.stage).collect::<Vec<_>>(), Stage::ALL);
    report
}

fn stages(report: &TestReport, state: StageState) -> Vec<Stage> {
    report.stages.iter().filter(|s| s.state == state).map(|s| s.stage).collect()
}

fn failed(report: &TestReport) -> (Stage, ErrorCode) {
    let failed = report.stages.iter().find(|s| s.state == StageState::Failed).unwrap();
    assert!(!report.passed && failed.hint.is_some() && !failed.detail.is_empty());
    (failed.stage, failed.code.unwrap())
}

#[tokio::test]
async fn a_good_ftps_connection_passes_its_stages_and_leaves_nothing() {
    for (program, tls) in [
        (FtpProgram::Vsftpd, FtpTls::Explicit),
        (FtpProgram::Vsftpd, FtpTls::Implicit),
        (FtpProgram::Proftpd, FtpTls::Explicit),
        (FtpProgram::PureFtpd, FtpTls::Explicit),
    ] {
        let server = start(program, tls);
        let implicit = tls == FtpTls::Implicit;
        let mode = if implicit { "implicit" } else { "explicit" };
        let report = probe(&target(&server, json!({ "tls_mode": mode })), Probe::Write).await;
        assert!(report.passed, "{program:?} {report:#?}");
        let skipped = stages(&report, StageState::Skipped);
        let mut expected = vec![Stage::Jump, Stage::KeyExchange, Stage::HostKey];
        if implicit {
            // The greeting comes inside TLS.
            expected.insert(1, Stage::Banner);
        }
        assert_eq!(skipped, expected);
        let certificate = report.certificate.unwrap();
        assert_eq!(Some(certificate.thumbprint.as_str()), server.thumbprint());
        assert!(certificate.names.contains(&"127.0.0.1".to_owned()), "{certificate:?}");
        assert!(report.algorithms.encryption.is_some());
        assert!(report.capabilities.unwrap().atomic_replace);
        assert!(report.clock_difference_sec.is_some());
        assert_eq!(std::fs::read_dir(server.data()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn plain_ftp_says_what_it_does_not_protect() {
    let server = start(FtpProgram::Proftpd, FtpTls::Off);
    let report = probe(&target(&server, json!({})), Probe::Look).await;
    assert!(report.passed, "{report:#?}");
    let login = report.stages.iter().find(|s| s.stage == Stage::Authentication).unwrap();
    assert!(login.detail.contains("in clear"), "{login:?}");
    assert!(report.certificate.is_none());
}

#[tokio::test]
async fn the_stage_that_fails_is_the_one_that_is_to_blame() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    let pin = "ab".repeat(32);
    let changed = probe(&target(&server, json!({ "tls_pinned_thumbprint": pin })), Probe::Look).await;
    assert_eq!(failed(&changed), (Stage::Certificate, ErrorCode::CertificateChanged));
    assert_eq!(changed.certificate.unwrap().thumbprint, server.thumbprint().unwrap());
    assert_eq!(changed.known_fingerprints, [pin]);
    let unknown = probe(&target(&server, json!({ "tls_cert_policy": "system_trust" })), Probe::Look).await;
    assert_eq!(failed(&unknown), (Stage::Certificate, ErrorCode::CertificateUntrusted));
    let early = probe(&target(&server, json!({ "tls_mode": "implicit" })), Probe::Look).await;
    assert_eq!(failed(&early), (Stage::Tls, ErrorCode::TlsFailed));
    let mut wrong = target(&server, json!({}));
    wrong.credentials.password = Some(SecretString::new("no".into()));
    let wrong = probe(&wrong, Probe::Look).await;
    assert_eq!(failed(&wrong), (Stage::Authentication, ErrorCode::AuthenticationFailed));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = probe(&target(&server, json!({ "port": free })), Probe::Look).await;
    assert_eq!(failed(&nobody), (Stage::Tcp, ErrorCode::ConnectionRefused));
}

#[tokio::test]
async fn a_folder_that_must_not_be_written_to_fails_in_writing() {
    let server = vsftpd(FtpTls::Explicit, &["write_enable=NO"]);
    let report = probe(&target(&server, json!({})), Probe::Write).await;
    let (stage, code) = failed(&report);
    assert_eq!(stage, Stage::Write);
    assert_eq!(code, ErrorCode::PermissionDenied);
    assert!(probe(&target(&server, json!({})), Probe::Look).await.passed);
}
