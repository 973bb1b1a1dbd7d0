//! TLS itself: versions, when it begins, and servers that do not have it or not rightly.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::ftp::TlsVersion;
use courier_testkit::{FtpProgram, FtpTls, Ftpd, FtpdOptions};
use courier_transfer::{Probe, Stage, TestReport, test_connection};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

fn between(oldest: TlsVersion, newest: TlsVersion) -> Ftpd {
    let tls_versions = Some((oldest, newest));
    Ftpd::start(FtpdOptions { tls: FtpTls::Explicit, tls_versions, ..FtpdOptions::default() }).unwrap()
}

async fn test(server: &Ftpd, change: Value) -> TestReport {
    let sink = Arc::new(Sink::default());
    let cancel = CancellationToken::new();
    test_connection(&target(server, change), sink, Probe::Look, &StoppedClock, &cancel, &|_| {}).await
}

fn detail(report: &TestReport, stage: Stage) -> &str {
    &report.stages.iter().find(|s| s.stage == stage).unwrap().detail
}

#[tokio::test]
async fn the_newest_common_version_is_used() {
    let server = between(TlsVersion::V1_2, TlsVersion::V1_3);
    let report = test(&server, json!({})).await;
    assert!(report.passed && detail(&report, Stage::Tls).starts_with("TLS 1.3"), "{report:#?}");
    let report = test(&server, json!({ "tls_version_ceiling": "tls_1_2" })).await;
    assert!(report.passed && detail(&report, Stage::Tls).starts_with("TLS 1.2"), "{report:#?}");
    let server = between(TlsVersion::V1_2, TlsVersion::V1_2);
    let report = test(&server, json!({})).await;
    assert!(report.passed && detail(&report, Stage::Tls).starts_with("TLS 1.2"), "{report:#?}");
}

#[tokio::test]
async fn a_server_with_only_old_versions_is_said_to_be_too_old() {
    let server = between(TlsVersion::V1_0, TlsVersion::V1_1);
    // Also where the connection would allow it: Courier does not speak it.
    for change in [json!({}), json!({ "tls_version_floor": "tls_1_0" })] {
        let error = open(target(&server, change)).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::TlsFailed, "{error}");
        assert!(error.to_string().contains("only speaks TLS 1.0 or 1.1"), "{error}");
    }
    assert_eq!(server.commands("USER").unwrap(), 0);
}

#[tokio::test]
async fn the_lowest_version_of_a_connection_holds() {
    let server = between(TlsVersion::V1_2, TlsVersion::V1_2);
    let error = open(target(&server, json!({ "tls_version_floor": "tls_1_3" }))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::TlsFailed);
    assert!(error.to_string().contains("does not speak TLS 1.3"), "{error}");
    let report = test(&server, json!({ "tls_version_floor": "tls_1_0" })).await;
    assert!(report.passed && detail(&report, Stage::Tls).contains("none older than 1.2"), "{report:#?}");
}

#[tokio::test]
async fn there_is_no_going_on_in_clear() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let change = json!({
        "protocol": "ftps", "tls_cert_policy": "pinned_thumbprint", "tls_pinned_thumbprint": "ab".repeat(32),
    });
    let error = open(target(&server, change)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::TlsFailed, "{error}");
    assert!(error.to_string().contains("refuses it"), "{error}");
    assert_eq!(server.commands("USER").unwrap(), 0, "{}", server.log());
}

#[tokio::test]
async fn the_wrong_beginning_of_tls_is_recognised() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    let error = open(target(&server, json!({ "tls_mode": "implicit" }))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::TlsFailed, "{error}");
    assert!(error.to_string().contains("choose explicit TLS"), "{error}");
    let server = start(FtpProgram::Vsftpd, FtpTls::Implicit);
    let change = json!({ "tls_mode": "explicit", "connect_timeout_sec": 1 });
    let error = open(target(&server, change)).await.unwrap_err();
    assert!(error.to_string().contains("needs implicit TLS"), "{error}");
}

/// ProFTPD demands that data connections resume the session, and its TLS 1.3 has only two tickets for uploads.
#[tokio::test]
async fn a_server_that_runs_out_of_tickets_is_used_with_tls_1_2_from_then_on() {
    let server = start(FtpProgram::Proftpd, FtpTls::Explicit);
    let sink = Arc::new(Sink::default());
    let remote = open_with(target(&server, json!({})), &sink).await.unwrap();
    for n in 0..20 {
        write(&*remote, &server.remote(&format!("file-{n}")), format!("content {n}").as_bytes())
            .await
            .unwrap();
    }
    for n in 0..20 {
        let there = std::fs::read_to_string(server.data().join(format!("file-{n}"))).unwrap();
        assert_eq!(there, format!("content {n}"));
    }
    let learned = sink.learned.lock().unwrap().clone();
    assert_eq!(learned.iter().map(|l| l.tls_1_2_only).collect::<Vec<_>>(), [true]);

    let mut known = target(&server, json!({}));
    known.connection.learned = learned[0];
    let cancel = CancellationToken::new();
    let report = test_connection(&known, sink, Probe::Write, &StoppedClock, &cancel, &|_| {}).await;
    assert!(report.passed && detail(&report, Stage::Tls).starts_with("TLS 1.2"), "{report:#?}");
}

#[tokio::test]
async fn a_server_that_demands_resumption_gets_it_with_either_version() {
    for newest in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let server = between(TlsVersion::V1_2, newest);
        let sink = Arc::new(Sink::default());
        let remote = open_with(target(&server, json!({})), &sink).await.unwrap();
        for n in 0..10 {
            let path = server.remote(&format!("file-{n}"));
            write(&*remote, &path, b"some bytes").await.unwrap();
            assert_eq!(read(&*remote, &path).await.unwrap(), b"some bytes");
        }
        assert!(sink.learned.lock().unwrap().is_empty());
    }
}
