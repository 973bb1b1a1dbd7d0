//! SFTP through SOCKS5 and HTTP proxies, good and bad ones.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{Manner, Relay, RelayKind, RelayOptions, Sshd, data};
use courier_transfer::{Probe, Stage, StageState, Target, download, test_connection, upload};
use courier_vault::SecretString;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const KINDS: [RelayKind; 2] = [RelayKind::Socks5, RelayKind::Http];
/// A name that only the proxy knows.
const NAME: &str = "files.internal";
const CANARY: &str = "canary-7f31-proxy-password";

fn kind_name(kind: RelayKind) -> &'static str {
    match kind {
        RelayKind::Socks5 => "socks5",
        RelayKind::Http => "http",
    }
}

fn relay(kind: RelayKind, manner: Manner) -> Relay {
    Relay::start(RelayOptions { kind, manner, names: vec![NAME.to_owned()], login: None }).unwrap()
}

fn closed_to_strangers(kind: RelayKind) -> Relay {
    let login = Some(("user".to_owned(), CANARY.to_owned()));
    Relay::start(RelayOptions { kind, login, names: vec![NAME.to_owned()], ..RelayOptions::default() })
        .unwrap()
}

fn through(server: &Sshd, kind: RelayKind, port: u16, login: Option<(&str, &str)>) -> Target {
    let proxy = json!({
        "kind": kind_name(kind), "host": "127.0.0.1", "port": port, "username": login.map(|(user, _)| user),
    });
    let change = json!({ "host": NAME, "proxy": proxy });
    let mut target = target_with(server, server.port(), change);
    target.credentials.proxy_password = login.map(|(_, password)| SecretString::new(password.to_owned()));
    target
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_both_ways_and_names_are_left_to_the_proxy() {
    let server = server();
    let local = tempfile::tempdir().unwrap();
    let source = local.path().join("source.bin");
    data::write_file(&source, 3_000_000, 7).unwrap();
    for kind in KINDS {
        for manner in [Manner::Honest, Manner::Eager] {
            let relay = relay(kind, manner.clone());
            let remote = open(through(&server, kind, relay.port(), None)).await.unwrap();
            let there = server.remote(&format!("{}.bin", kind_name(kind)));
            moved(upload(&*remote, deliver(&source, &there), &control()).await.unwrap());
            let back = local.path().join("back.bin");
            moved(download(&*remote, fetch(&there, &back), &control()).await.unwrap());
            assert!(std::fs::read(&back).unwrap() == std::fs::read(&source).unwrap(), "{kind:?} {manner:?}");
            remote.close().await;
            drop(remote);
            assert_eq!(relay.asked().first(), Some(&format!("{NAME}:{}", server.port())));
            assert!(relay.wait_until_idle(Duration::from_secs(10)), "{kind:?} {manner:?}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_asks_who_is_there_is_told_and_a_wrong_password_is_shown_nowhere() {
    let server = server();
    for kind in KINDS {
        let relay = closed_to_strangers(kind);
        let with = |login| through(&server, kind, relay.port(), login);
        open(with(Some(("user", CANARY)))).await.unwrap();
        assert_eq!(relay.asked().len(), 1);

        let wrong = "canary-wrong-password";
        let refused = open(with(Some(("user", wrong)))).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::ProxyFailed, "{refused}");
        assert!(refused.to_string().contains("does not accept user and password"), "{refused}");
        let coded = "Y2FuYXJ5LXdyb25n";
        let shown = format!("{refused} {refused:?} {:?}", with(Some(("user", wrong))));
        assert!(!shown.contains(wrong) && !shown.contains(coded), "{shown}");

        let stranger = open(with(None)).await.unwrap_err();
        assert_eq!(stranger.code(), ErrorCode::ProxyFailed);
        assert!(stranger.to_string().contains("nter"), "{stranger}");
        assert_eq!(relay.asked().len(), 1);
    }
    let mut forgotten = through(&server, RelayKind::Socks5, 9, Some(("user", CANARY)));
    forgotten.credentials.proxy_password = None;
    assert_eq!(open(forgotten).await.unwrap_err().code(), ErrorCode::SecretMissing);
}

#[tokio::test]
async fn a_proxy_that_is_down_is_said_to_be() {
    let server = server();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for kind in KINDS {
        let down = open(through(&server, kind, free, None)).await.unwrap_err();
        assert_eq!(down.code(), ErrorCode::ConnectionRefused);
        assert!(down.to_string().contains(&format!("proxy 127.0.0.1:{free} refuses")), "{down}");
    }
    let mut unknown = through(&server, RelayKind::Http, free, None);
    unknown.connection.proxy.as_mut().unwrap().host = "no-such-proxy.invalid".to_owned();
    let unknown = open(unknown).await.unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::DnsFailed);
    assert!(unknown.to_string().contains("of the proxy"), "{unknown}");
}

#[tokio::test]
async fn what_the_proxy_refuses_is_told_by_its_reason() {
    use ErrorCode::{ConnectionRefused, ConnectionTimeout, ProxyFailed};
    let server = server();
    let told = |kind, code| {
        let relay = relay(kind, Manner::Refusing(code));
        let target = through(&server, kind, relay.port(), None);
        async move {
            let error = open(target).await.unwrap_err();
            drop(relay);
            (error.code(), error.to_string())
        }
    };
    for (kind, reply, code, words) in [
        (RelayKind::Socks5, 1, ConnectionTimeout, "without a reason"),
        (RelayKind::Socks5, 2, ProxyFailed, "rules do not allow"),
        (RelayKind::Socks5, 3, ConnectionTimeout, "network cannot be reached"),
        (RelayKind::Socks5, 4, ConnectionTimeout, "its name is unknown there"),
        (RelayKind::Socks5, 5, ConnectionRefused, "refuses connections"),
        (RelayKind::Socks5, 6, ConnectionTimeout, "too long"),
        (RelayKind::Socks5, 7, ProxyFailed, "makes no connections"),
        (RelayKind::Socks5, 8, ProxyFailed, "kind of address"),
        (RelayKind::Socks5, 99, ProxyFailed, "does not answer in SOCKS5"),
        (RelayKind::Http, 403, ProxyFailed, "rules do not allow"),
        (RelayKind::Http, 405, ProxyFailed, "makes no connections"),
        (RelayKind::Http, 407, ProxyFailed, "asks for user and password"),
        (RelayKind::Http, 502, ConnectionTimeout, "did not come through"),
        (RelayKind::Http, 302, ProxyFailed, "answered 302"),
    ] {
        let (is, text) = told(kind, reply).await;
        assert!(is == code && text.contains(words), "{kind:?} {reply}: {is} {text}");
        assert!(text.contains("proxy"), "{text}");
    }
    let relay = relay(RelayKind::Http, Manner::Asking("NTLM"));
    let error = open(through(&server, RelayKind::Http, relay.port(), Some(("u", CANARY)))).await.unwrap_err();
    assert!(error.to_string().contains("another kind"), "{error}");
    // The server is gone, as the proxy sees it.
    let gone = self::relay(RelayKind::Socks5, Manner::Honest);
    let mut target = through(&server, RelayKind::Socks5, gone.port(), None);
    target.connection.port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(open(target).await.unwrap_err().code(), ConnectionRefused);
}

#[tokio::test]
async fn rubbish_silence_and_endless_answers_end_in_an_error() {
    let server = server();
    for kind in KINDS {
        for manner in [
            Manner::Silent,
            Manner::HangingUp,
            Manner::Endless,
            Manner::Saying(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
            Manner::Saying(b"HTTP/1.1 200\r\n\r\n".to_vec()),
            Manner::Saying(b"HTTP/1.1 nonsense\r\n\r\n".to_vec()),
            Manner::Saying(vec![5, 0, 5, 0, 0, 9, 0, 0]),
            Manner::Saying(vec![5, 77]),
            Manner::Saying(vec![0; 4096]),
        ] {
            let relay = relay(kind, manner.clone());
            let mut target = through(&server, kind, relay.port(), None);
            target.connection.connect_timeout_sec = 2;
            let begun = Instant::now();
            let error = open(target).await.unwrap_err();
            assert!(begun.elapsed() < Duration::from_secs(30), "{kind:?} {manner:?}");
            let known = [ErrorCode::ProxyFailed, ErrorCode::ConnectionTimeout, ErrorCode::ProtocolError];
            assert!(known.contains(&error.code()), "{kind:?} {manner:?}: {error}");
            assert_eq!(server.login_attempts(), 0);
        }
    }
}

#[tokio::test]
async fn a_cut_through_a_proxy_is_mended_through_the_proxy() {
    let server = server();
    let relay = relay(RelayKind::Socks5, Manner::Honest);
    let mut target = through(&server, RelayKind::Socks5, relay.port(), None);
    target.connection.transport_retries = 2;
    let remote = open(target).await.unwrap();
    relay.cut_now();
    remote.list(".").await.unwrap();
    assert_eq!(relay.asked().len(), 2);
}

#[tokio::test]
async fn a_test_says_what_the_proxy_does() {
    let server = server();
    let probe = |target: Target| async move {
        let sink: Arc<Sink> = Arc::default();
        let cancel = CancellationToken::new();
        test_connection(&target, sink, Probe::Look, &StoppedClock, &cancel, &|_| {}).await
    };
    let relay = relay(RelayKind::Http, Manner::Honest);
    let report = probe(through(&server, RelayKind::Http, relay.port(), None)).await;
    let detail = |stage| report.stages.iter().find(|s| s.stage == stage).unwrap().detail.clone();
    assert!(report.passed, "{report:#?}");
    let shown = format!("HTTP proxy 127.0.0.1:{}", relay.port());
    assert_eq!(detail(Stage::Dns), format!("left to the {shown}, which is at 127.0.0.1"));
    assert_eq!(detail(Stage::Tcp), format!("through the {shown}"));

    let refusing = self::relay(RelayKind::Http, Manner::Refusing(403));
    let report = probe(through(&server, RelayKind::Http, refusing.port(), None)).await;
    let failed = report.stages.iter().find(|s| s.state == StageState::Failed).unwrap();
    assert_eq!((failed.stage, failed.code), (Stage::Tcp, Some(ErrorCode::ProxyFailed)));
    assert!(failed.hint.is_some());
}
