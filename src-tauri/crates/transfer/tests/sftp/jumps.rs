//! Servers reached through others: each is logged in to and trusted by itself.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{Proxy, Relay, RelayOptions, Sshd, SshdOptions, data, proxy::Rules};
use courier_transfer::{
    Hop, MOST_JUMPS, Probe, SessionKey, Stage, StageState, Target, TransferError, TrustSink, download,
    test_connection, upload,
};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// `target` behind a jump host.
fn behind(jump: Target, sink: &Arc<Sink>, mut target: Target) -> Target {
    target.connection.jump_connection_id = Some(jump.connection.id);
    target.jump = Some(Arc::new(Hop::new(jump, Arc::clone(sink) as Arc<dyn TrustSink>)));
    target
}

fn named(server: &Sshd, name: &str) -> Target {
    target_with(server, server.port(), json!({ "name": name }))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_both_ways_through_a_jump_host() {
    let (bastion, server) = (server(), server());
    let way = Proxy::start(bastion.port(), Rules::default()).unwrap();
    let sink = Arc::new(Sink::default());
    let jump = target_with(&bastion, way.port(), json!({ "name": "bastion" }));
    let remote = open(behind(jump, &sink, target(&server))).await.unwrap();
    let local = tempfile::tempdir().unwrap();
    let (source, back) = (local.path().join("source.bin"), local.path().join("back.bin"));
    data::write_file(&source, 20_000_000, 3).unwrap();
    moved(upload(&*remote, deliver(&source, &server.remote("x.bin")), &control()).await.unwrap());
    moved(download(&*remote, fetch(&server.remote("x.bin"), &back), &control()).await.unwrap());
    assert!(std::fs::read(&back).unwrap() == std::fs::read(&source).unwrap());
    assert!(way.sent() > 20_000_000 && way.bytes() > 20_000_000, "every byte went through the jump host");
    let first = sink.first.lock().unwrap().clone();
    assert_eq!(first, [(bastion.fingerprint().unwrap(), "ssh-ed25519".to_owned())]);
    assert_eq!(remote.server_identity(), server.fingerprint().unwrap());

    let ended = bastion.live_log().unwrap();
    remote.close().await;
    drop(remote);
    ended.wait_for("Closing connection to", Duration::from_secs(20)).unwrap();
}

#[tokio::test]
async fn a_jump_host_may_have_a_jump_host_and_that_a_proxy() {
    let (outer, inner, server) = (server(), server(), server());
    let relay = Relay::start(RelayOptions::default()).unwrap();
    let proxy = json!({ "name": "outer", "proxy": {
        "kind": "socks5", "host": "127.0.0.1", "port": relay.port(),
    } });
    let sink = Arc::new(Sink::default());
    let outermost = target_with(&outer, outer.port(), proxy);
    let middle = behind(outermost, &sink, named(&inner, "inner"));
    let remote = open(behind(middle, &sink, target(&server))).await.unwrap();
    remote.list(".").await.unwrap();
    assert_eq!(relay.asked(), [format!("127.0.0.1:{}", outer.port())]);
    assert_eq!(sink.first.lock().unwrap().len(), 2, "each has its own trust");
    assert_eq!(outer.log().matches("direct-tcpip").count() > 0, inner.log().contains("direct-tcpip"));
}

#[tokio::test]
async fn a_jump_host_with_another_key_gets_no_login_and_is_named() {
    let (mut bastion, server) = (server(), server());
    let old = bastion.fingerprint().unwrap();
    bastion.restart_with_other_host_key().unwrap();
    let before = bastion.login_attempts();
    let sink = Arc::new(Sink::default());
    let mut jump = named(&bastion, "bastion");
    jump.known_hosts = vec![known(&old, "ssh-ed25519")];
    let target = behind(jump, &sink, target(&server));
    let report = test_connection(
        &target,
        sink.clone(),
        Probe::Look,
        &StoppedClock,
        &CancellationToken::new(),
        &|_| {},
    )
    .await;
    let failed = report.stages.iter().find(|s| s.state == StageState::Failed).unwrap();
    assert_eq!((failed.stage, failed.code), (Stage::Jump, Some(ErrorCode::HostKeyChanged)));
    let (new, text) = (bastion.fingerprint().unwrap(), &failed.detail);
    assert!(text.contains("bastion") && text.contains(&old) && text.contains(&new), "{text}");
    assert_eq!(report.fingerprint, None, "it is not the key of the server that was asked about");
    assert_eq!(*sink.changed.lock().unwrap(), [(vec![old], new)]);
    assert_eq!((bastion.login_attempts(), server.login_attempts()), (before, 0));
}

#[tokio::test]
async fn errors_say_on_which_hop() {
    let (outer, inner, server) = (server(), server(), server());
    let sink = Arc::new(Sink::default());
    let mut stranger = named(&outer, "outer");
    stranger.connection.username = "nobody-here".to_owned();
    let middle = behind(stranger, &sink, named(&inner, "inner"));
    let error = open(behind(middle, &sink, target(&server))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AuthenticationFailed);
    let text = error.to_string();
    assert!(text.starts_with("The jump host outer (127.0.0.1:") && !text.contains("inner"), "{text}");

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nothing = behind(named(&outer, "outer"), &sink, target_with(&server, free, json!({})));
    let error = open(nothing).await.unwrap_err();
    assert!(matches!(error, TransferError::Unreachable { .. }), "{error}");
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{free} cannot be reached: the jump host")),
        "{error}"
    );

    let config = vec!["AllowTcpForwarding no".to_owned()];
    let strict = Sshd::start(SshdOptions { config, ..SshdOptions::default() }).unwrap();
    let error = open(behind(named(&strict, "strict"), &sink, target(&server))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported);
    assert!(error.to_string().contains("allow TCP forwarding"), "{error}");

    let mut disabled = named(&outer, "outer");
    disabled.connection.status = courier_domain::connection::ConnectionStatus::Disabled;
    let error = open(behind(disabled, &sink, target(&server))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConnectionDisabled);
}

#[tokio::test]
async fn too_many_hops_are_refused_before_the_network_is_touched() {
    let server = server();
    let sink = Arc::new(Sink::default());
    let mut way = target(&server);
    for _ in 0..=MOST_JUMPS {
        way = behind(way, &sink, target(&server));
    }
    let error = open(way).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported);
    assert_eq!(server.login_attempts(), 0);
}

#[tokio::test]
async fn a_cut_on_the_way_to_a_jump_host_is_mended_and_the_same_key_demanded() {
    let (mut bastion, server) = (server(), server());
    let way = Proxy::start(bastion.port(), Rules::default()).unwrap();
    let sink = Arc::new(Sink::default());
    let jump = target_with(&bastion, way.port(), json!({ "name": "bastion" }));
    let last = target_with(&server, server.port(), json!({ "transport_retries": 3 }));
    let remote = open(behind(jump, &sink, last)).await.unwrap();
    way.cut_now();
    remote.list(".").await.unwrap();
    assert_eq!(sink.first.lock().unwrap().len(), 1, "the key was known by then");

    bastion.restart_with_other_host_key().unwrap();
    let refused = remote.list(".").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::HostKeyChanged);
    assert!(refused.to_string().contains("bastion"), "{refused}");
    assert_eq!(sink.first.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_serves_as_long_as_the_way_is_the_same() {
    let (bastion, server) = (server(), server());
    let sink = Arc::new(Sink::default());
    let fingerprint = bastion.fingerprint().unwrap();
    let way = |change: serde_json::Value, known_hosts| {
        let mut jump = target_with(&bastion, bastion.port(), change);
        jump.known_hosts = known_hosts;
        behind(jump, &sink, target(&server))
    };
    let first = way(json!({}), Vec::new());
    let key = SessionKey::of(&first);
    let remote = open(first).await.unwrap();
    let identity = remote.server_identity();
    let knows = vec![known(&fingerprint, "ssh-ed25519")];
    assert!(key.serves(&SessionKey::of(&way(json!({}), knows.clone())), &identity), "it was a first use");
    let mut revoked = knows.clone();
    revoked[0].revoked_at = Some(revoked[0].first_seen);
    assert!(!key.serves(&SessionKey::of(&way(json!({}), revoked)), &identity));
    assert!(!key.serves(&SessionKey::of(&way(json!({ "username": "other" }), knows.clone())), &identity));
    let proxy = json!({ "proxy": { "kind": "http", "host": "p", "port": 1 } });
    assert!(!key.serves(&SessionKey::of(&way(proxy, knows)), &identity));
    assert!(!key.serves(&SessionKey::of(&target(&server)), &identity));
}

#[tokio::test]
async fn a_test_shows_the_way_through_the_jump_host() {
    let (bastion, server) = (server(), server());
    let sink = Arc::new(Sink::default());
    let target = behind(named(&bastion, "bastion"), &sink, target(&server));
    let report = test_connection(
        &target,
        sink.clone(),
        Probe::Look,
        &StoppedClock,
        &CancellationToken::new(),
        &|_| {},
    )
    .await;
    assert!(report.passed, "{report:#?}");
    let detail = |stage| report.stages.iter().find(|s| s.stage == stage).unwrap().detail.clone();
    let address = format!("127.0.0.1:{}", bastion.port());
    assert_eq!(detail(Stage::Jump), format!("{address}, {}", bastion.fingerprint().unwrap()));
    assert_eq!(detail(Stage::Dns), format!("left to the jump host {address}"));
    assert_eq!(report.fingerprint, Some(server.fingerprint().unwrap()));
}
