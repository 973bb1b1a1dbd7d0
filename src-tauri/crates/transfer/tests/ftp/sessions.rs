//! Several control connections as one remote.

use crate::fixture::*;
use courier_testkit::data::bytes;
use courier_testkit::{FtpProgram, FtpTls, Ftpd};
use courier_transfer::{SessionSlots, TrustSink, connect_within};
use futures::future::try_join_all;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(30);

/// Waits for something in the server's log while sessions go on.
async fn heard(server: Ftpd, what: &'static str) -> Ftpd {
    let waiting = tokio::task::spawn_blocking(move || server.wait_for_log(what, SOON).map(|()| server));
    waiting.await.unwrap().unwrap()
}

#[tokio::test]
async fn one_session_is_used_again_and_again() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    let remote = open(target(&server, json!({}))).await.unwrap();
    for n in 0..5 {
        let path = server.remote(&format!("{n}"));
        write(&*remote, &path, b"x").await.unwrap();
        read(&*remote, &path).await.unwrap();
        remote.list(&server.remote("")).await.unwrap();
    }
    assert_eq!(server.commands("USER").unwrap(), 1, "{}", server.log());
}

#[tokio::test]
async fn at_once_as_many_are_opened_as_the_connection_allows() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let content = bytes(300_000, 5);
    put(&server, "file", &content);
    let remote = open(target(&server, json!({ "session_limit": 3 }))).await.unwrap();
    assert_eq!(remote.capabilities().parallel_handles, 3);
    let path = server.remote("file");
    let all = try_join_all((0..12).map(|_| read(&*remote, &path))).await.unwrap();
    assert!(all.iter().all(|read| *read == content));
    assert_eq!(server.commands("USER").unwrap(), 3, "{}", server.log());
}

#[tokio::test]
async fn a_server_that_takes_few_is_content_with_few() {
    let server = vsftpd(FtpTls::Explicit, &["max_per_ip=2"]);
    let content = bytes(300_000, 5);
    put(&server, "file", &content);
    let remote = open(target(&server, json!({ "session_limit": 6 }))).await.unwrap();
    let path = server.remote("file");
    let all = try_join_all((0..8).map(|_| read(&*remote, &path))).await.unwrap();
    assert!(all.iter().all(|read| *read == content));
    assert!(remote.capabilities().parallel_handles <= 2);
}

#[tokio::test]
async fn what_is_broken_off_does_not_harm_what_comes_after() {
    for (program, tls) in [
        (FtpProgram::Vsftpd, FtpTls::Explicit),
        (FtpProgram::Proftpd, FtpTls::Off),
        (FtpProgram::PureFtpd, FtpTls::Explicit),
    ] {
        let server = start(program, tls);
        let content = bytes(20_000_000, 7);
        put(&server, "large", &content);
        put(&server, "small", "small");
        let remote = open(target(&server, json!({ "session_limit": 1 }))).await.unwrap();
        let (large, small) = (server.remote("large"), server.remote("small"));
        // Given up in order, and by being dropped.
        for in_order in [true, false] {
            let mut reader = remote.open_read(&large, 0).await.unwrap();
            assert!(reader.next().await.unwrap().is_some());
            if in_order {
                reader.close().await.unwrap();
            }
            drop(reader);
            assert_eq!(read(&*remote, &small).await.unwrap(), b"small");
        }
        let mut writer = remote.open_write(&server.remote("other"), None).await.unwrap();
        writer.write(vec![0; 100_000]).await.unwrap();
        drop(writer);
        assert_eq!(read(&*remote, &small).await.unwrap(), b"small");
        assert!(read(&*remote, &large).await.unwrap() == content);
    }
}

#[tokio::test]
async fn an_idle_session_is_kept_awake() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    // With one place only, the listing waits for the answer to a NOOP instead of logging in beside it.
    let change = json!({ "keepalive_interval_sec": 1, "session_limit": 1 });
    let remote = open(target(&server, change)).await.unwrap();
    let server = heard(server, "\"NOOP\"").await;
    remote.list(&server.remote("")).await.unwrap();
    assert_eq!(server.commands("USER").unwrap(), 1);
}

#[tokio::test]
async fn a_session_that_ended_while_idle_is_replaced() {
    let server = vsftpd(FtpTls::Explicit, &["idle_session_timeout=1"]);
    put(&server, "file", "x");
    let remote = open(target(&server, json!({ "keepalive_interval_sec": 0 }))).await.unwrap();
    let server = heard(server, "421 Timeout").await;
    // Not even what cannot be asked twice notices.
    remote.delete(&server.remote("file")).await.unwrap();
    assert_eq!(server.commands("USER").unwrap(), 2, "{}", server.log());
}

#[tokio::test]
async fn a_lost_connection_is_made_again() {
    let mut server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    put(&server, "file", "x");
    let remote = open(target(&server, json!({ "transport_retries": 2 }))).await.unwrap();
    server.kill();
    server.start_again().unwrap();
    assert_eq!(read(&*remote, &server.remote("file")).await.unwrap(), b"x");
}

#[tokio::test]
async fn a_closed_remote_stays_closed() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let remote = open(target(&server, json!({}))).await.unwrap();
    remote.close().await;
    assert!(remote.list(&server.remote("")).await.is_err());
    assert!(server.commands("QUIT").unwrap() > 0, "{}", server.log());
}

async fn within(server: &Ftpd, slots: &Arc<SessionSlots>) -> Arc<dyn courier_transfer::Remote> {
    let sink: Arc<dyn TrustSink> = Arc::<Sink>::default();
    let target = Arc::new(target(server, json!({ "session_limit": 3 })));
    connect_within(target, sink, CancellationToken::new(), Some(Arc::clone(slots))).await.unwrap()
}

#[tokio::test]
async fn further_sessions_count_against_what_all_remotes_may_have() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let content = bytes(300_000, 5);
    put(&server, "file", &content);
    let path = server.remote("file");
    let slots = SessionSlots::new(3);
    let (_first, held) = (slots.try_take().unwrap(), slots.try_take().unwrap());
    let remote = within(&server, &slots).await;
    try_join_all((0..12).map(|_| read(&*remote, &path))).await.unwrap();
    assert_eq!(server.commands("USER").unwrap(), 2, "its own and the one slot that was left");
    assert!(slots.try_take().is_none(), "the second session is kept while nobody else wants it");
    drop(held);
    try_join_all((0..12).map(|_| read(&*remote, &path))).await.unwrap();
    assert_eq!(server.commands("USER").unwrap(), 3, "{}", server.log());
}

#[tokio::test]
async fn an_idle_further_session_is_given_up_for_who_waits() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    put(&server, "file", bytes(300_000, 5));
    let path = server.remote("file");
    let slots = SessionSlots::new(2);
    let _first = slots.try_take().unwrap();
    let remote = within(&server, &slots).await;
    try_join_all((0..6).map(|_| read(&*remote, &path))).await.unwrap();
    assert!(slots.try_take().is_none());
    let second = tokio::time::timeout(SOON, slots.ask().granted()).await.unwrap().unwrap();
    let other = within(&server, &slots).await;
    // Each has its own session now, and neither waits for the other.
    let both = try_join_all([&remote, &other].map(|remote| read(&**remote, &path)));
    tokio::time::timeout(SOON, both).await.unwrap().unwrap();
    drop(second);
}
