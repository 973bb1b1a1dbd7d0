//! The test of a connection, stage by stage.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{Sshd, SshdOptions};
use courier_transfer::{Probe, Stage, StageState, Target, TestReport, test_connection};
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

async fn probe(target: &Target, sink: &Arc<Sink>, probe: Probe) -> TestReport {
    let told = Mutex::new(Vec::new());
    let report = test_connection(
        target,
        Arc::clone(sink) as _,
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

fn failed(report: &TestReport) -> (Stage, ErrorCode) {
    assert!(!report.passed);
    let mut failed = report.stages.iter().filter(|s| s.state == StageState::Failed);
    let stage = failed.next().unwrap();
    assert!(failed.next().is_none());
    assert!(stage.hint.is_some() && !stage.detail.is_empty());
    (stage.stage, stage.code.unwrap())
}

/// There is no jump host, and SSH has no part in TLS.
const NO_PART: &[Stage] = &[Stage::Jump, Stage::Tls, Stage::Certificate];

fn skipped(report: &TestReport) -> Vec<Stage> {
    report.stages.iter().filter(|s| s.state == StageState::Skipped).map(|s| s.stage).collect()
}

#[tokio::test]
async fn a_good_connection_passes_every_stage_and_leaves_nothing() {
    let server = server();
    let sink = Arc::new(Sink::default());
    let report = probe(&target(&server), &sink, Probe::Write).await;
    assert!(report.passed, "{report:#?}");
    assert_eq!(skipped(&report), NO_PART, "{report:#?}");
    assert_eq!(report.fingerprint, Some(server.fingerprint().unwrap()));
    assert_eq!(report.algorithms.encryption.as_deref(), Some("aes256-gcm@openssh.com"));
    assert!(report.stages[3].detail.starts_with("SSH-2.0-OpenSSH"));
    assert!(report.capabilities.unwrap().atomic_replace);
    assert!(report.clock_difference_sec.is_some());
    assert_eq!(sink.first.lock().unwrap().len(), 1, "a first key is stored as in a run");
    let home = std::path::PathBuf::from(std::env::var("HOME").unwrap());
    assert!(!names(&home).iter().any(|n| n.starts_with(".courier-probe-")));
}

#[tokio::test]
async fn looking_does_not_write() {
    let server = server();
    let report = probe(&target(&server), &Arc::default(), Probe::Look).await;
    assert!(report.passed);
    assert_eq!(skipped(&report), [NO_PART, &[Stage::Write, Stage::Clock]].concat());
}

#[tokio::test]
async fn the_first_stage_that_fails_ends_the_test() {
    let server = server();
    let sink = Arc::default();
    let with = |change| target_with(&server, server.port(), change);
    let nowhere = probe(&with(json!({ "host": "no-such-host.invalid" })), &sink, Probe::Look).await;
    assert_eq!(failed(&nowhere), (Stage::Dns, ErrorCode::DnsFailed));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = probe(&target_with(&server, free, json!({})), &sink, Probe::Look).await;
    assert_eq!(failed(&refused), (Stage::Tcp, ErrorCode::ConnectionRefused));
    let foreign = json!({ "ssh_algorithms": { "encryption": ["aes256-cbc"] } });
    let foreign = probe(&with(foreign), &sink, Probe::Look).await;
    assert_eq!(failed(&foreign), (Stage::KeyExchange, ErrorCode::NoCommonAlgorithm));
    let stranger = probe(&with(json!({ "username": "nobody-here" })), &sink, Probe::Look).await;
    assert_eq!(failed(&stranger), (Stage::Authentication, ErrorCode::AuthenticationFailed));
}

#[tokio::test]
async fn a_server_without_sftp_is_said_at_once() {
    let config = vec!["Subsystem other internal-sftp".to_owned()];
    let server = Sshd::start(SshdOptions { config, ..SshdOptions::default() }).unwrap();
    let report = probe(&target(&server), &Arc::default(), Probe::Look).await;
    assert_eq!(failed(&report), (Stage::List, ErrorCode::ProtocolError));
    let state = |stage| report.stages.iter().find(|s| s.stage == stage).unwrap();
    assert_eq!(state(Stage::Authentication).state, StageState::Passed);
    assert!(state(Stage::List).detail.contains("offers no SFTP"), "{report:#?}");
}

#[tokio::test]
async fn a_changed_key_shows_both_fingerprints() {
    let mut server = server();
    let old = server.fingerprint().unwrap();
    server.restart_with_other_host_key().unwrap();
    let mut target = target(&server);
    target.known_hosts = vec![known(&old, "ssh-ed25519")];
    let report = probe(&target, &Arc::default(), Probe::Write).await;
    assert_eq!(failed(&report), (Stage::HostKey, ErrorCode::HostKeyChanged));
    assert_eq!(report.fingerprint, Some(server.fingerprint().unwrap()));
    assert_eq!(report.known_fingerprints, [old]);
    assert_eq!(server.login_attempts(), 0);
}
