//! FTP and FTPS through proxies: control and data connections take the same way.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{FtpProgram, FtpTls, Manner, Relay, RelayKind, RelayOptions};
use courier_vault::SecretString;
use serde_json::json;

/// A name that only the proxy knows.
const NAME: &str = "files.internal";

fn relay(kind: RelayKind, manner: Manner) -> Relay {
    let login = Some(("user".to_owned(), "right".to_owned()));
    Relay::start(RelayOptions { kind, manner, login, names: vec![NAME.to_owned()] }).unwrap()
}

#[tokio::test]
async fn files_go_both_ways_and_every_connection_takes_the_proxy() {
    for tls in [FtpTls::Off, FtpTls::Explicit, FtpTls::Implicit] {
        let server = start(FtpProgram::Vsftpd, tls);
        for (kind, name) in [(RelayKind::Socks5, "socks5"), (RelayKind::Http, "http")] {
            let relay = relay(kind, Manner::Honest);
            let proxy =
                json!({ "kind": name, "host": "127.0.0.1", "port": relay.port(), "username": "user" });
            let mode = if tls == FtpTls::Implicit { "implicit" } else { "explicit" };
            let change = json!({ "host": NAME, "proxy": proxy, "tls_mode": mode });
            let mut target = target(&server, change);
            target.credentials.proxy_password = Some(SecretString::new("right".to_owned()));
            let remote = open(target).await.unwrap_or_else(|error| panic!("{tls:?} {name}: {error}"));
            let content: Vec<u8> = (0..=255).cycle().take(300_000).collect();
            write(&*remote, "through.bin", &content).await.unwrap();
            assert!(read(&*remote, "through.bin").await.unwrap() == content, "{tls:?} {name}");
            assert_eq!(remote.list(".").await.unwrap().entries.len(), 1);
            remote.close().await;
            let asked = relay.asked();
            assert!(asked.len() >= 4, "control and three data connections: {asked:?}");
            assert!(asked.iter().all(|server| server.starts_with(NAME)), "{asked:?}");
        }
    }
}

#[tokio::test]
async fn active_mode_through_a_proxy_is_refused_in_words() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let relay = relay(RelayKind::Socks5, Manner::Honest);
    let mut target = target(&server, json!({}));
    target.connection.proxy = serde_json::from_value(json!({
        "kind": "socks5", "host": "127.0.0.1", "port": relay.port(),
    }))
    .unwrap();
    target.connection.passive_mode = false;
    let error = open(target).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported);
    assert!(error.to_string().contains("Use passive mode"), "{error}");
    assert!(relay.asked().is_empty());
}

#[tokio::test]
async fn a_refusal_of_the_proxy_is_an_error_in_words() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let relay = relay(RelayKind::Http, Manner::Refusing(403));
    let proxy = json!({ "kind": "http", "host": "127.0.0.1", "port": relay.port(), "username": "user" });
    let mut target = target(&server, json!({ "proxy": proxy }));
    target.credentials.proxy_password = Some(SecretString::new("right".to_owned()));
    let error = open(target).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ProxyFailed);
    assert!(error.to_string().contains("rules do not allow"), "{error}");
}
