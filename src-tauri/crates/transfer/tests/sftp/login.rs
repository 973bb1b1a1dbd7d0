//! Who we are: every way to log in, and plain words when it fails.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{Login, Proxy, Sshd, SshdOptions, proxy::Rules};
use courier_transfer::connect;
use courier_vault::SecretString;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_password_logs_in_and_a_wrong_one_says_so() {
    let server = server_with(Login::Password);
    let change = json!({ "auth_method": "password", "ssh_key_id": null });
    open(target_with(&server, server.port(), change.clone())).await.unwrap();
    let mut wrong = target_with(&server, server.port(), change);
    wrong.credentials.password = Some(SecretString::new("not the password".into()));
    let error = open(wrong).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AuthenticationFailed);
    let text = error.to_string();
    assert!(text.contains("refuses the password") && text.contains(server.user()), "{text}");
    assert!(!text.contains("not the password"));
}

#[tokio::test]
async fn a_server_that_wants_key_and_password_gets_both() {
    let server = server_with(Login::KeyAndPassword);
    let change = json!({ "auth_method": "password_and_ssh_key" });
    open(target_with(&server, server.port(), change)).await.unwrap();
    let error = open(target(&server)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AuthenticationFailed);
}

#[tokio::test]
async fn an_rsa_key_signs_with_sha2() {
    let server = Sshd::start(SshdOptions { client_key_type: Some("rsa"), ..SshdOptions::default() }).unwrap();
    open(target(&server)).await.unwrap();
    let log = server.log();
    assert!(log.contains("rsa-sha2-512"), "{log}");
}

#[tokio::test]
async fn a_key_that_is_not_installed_says_so() {
    let (server, other) = (server(), server());
    let mut wrong = target(&server);
    wrong.credentials = target(&other).credentials;
    let error = open(wrong).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AuthenticationFailed);
    assert!(error.to_string().contains("refuses the SSH key"), "{error}");
}

#[tokio::test]
async fn a_method_that_the_server_does_not_offer_is_named() {
    let server = server();
    let mut wrong =
        target_with(&server, server.port(), json!({ "auth_method": "password", "ssh_key_id": null }));
    wrong.credentials.password = Some(SecretString::new("x".into()));
    let text = open(wrong).await.unwrap_err().to_string();
    assert!(text.contains("publickey"), "{text}");
}

#[tokio::test]
async fn each_way_not_to_reach_a_server_has_its_own_code() {
    let server = server();
    let port = server.port();
    let code = async |change: serde_json::Value, port: u16| {
        open(target_with(&server, port, change)).await.unwrap_err().code()
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(code(json!({}), free).await, ErrorCode::ConnectionRefused);
    assert_eq!(code(json!({ "host": "no-such-host.invalid" }), port).await, ErrorCode::DnsFailed);
    assert_eq!(code(json!({ "status": "disabled" }), port).await, ErrorCode::ConnectionDisabled);
    let legacy = json!({ "ssh_algorithms": { "encryption": ["3des-cbc"] } });
    assert!(matches!(code(legacy, port).await, ErrorCode::Validation | ErrorCode::NoCommonAlgorithm));
    let foreign = json!({ "ssh_algorithms": { "encryption": ["aes256-cbc"] } });
    assert_eq!(code(foreign, port).await, ErrorCode::NoCommonAlgorithm);
    let unknown = json!({ "ssh_algorithms": { "mac": ["rot13"] } });
    assert_eq!(code(unknown, port).await, ErrorCode::Validation);
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_the_connect_timeout() {
    let server = server();
    let proxy = Proxy::start(server.port(), Rules { stalled: true, ..Rules::default() }).unwrap();
    let began = Instant::now();
    let target = target_with(&server, proxy.port(), json!({ "connect_timeout_sec": 1 }));
    let error = open(target).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConnectionTimeout, "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn connecting_can_be_cancelled() {
    let server = server();
    let proxy = Proxy::start(server.port(), Rules { stalled: true, ..Rules::default() }).unwrap();
    let cancel = CancellationToken::new();
    let target = Arc::new(target_with(&server, proxy.port(), json!({})));
    let connecting = tokio::spawn(connect(target, Arc::new(Sink::default()), cancel.clone()));
    let began = Instant::now();
    cancel.cancel();
    let error = connecting.await.unwrap().unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn something_else_on_the_port_is_recognised() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 ftp.example.org ready\r\n").unwrap();
        let _ = stream.read(&mut [0; 16]);
    });
    let server = server();
    let error = open(target_with(&server, port, json!({}))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ProtocolError);
    assert!(error.to_string().contains("220 ftp.example.org"), "{error}");
}
