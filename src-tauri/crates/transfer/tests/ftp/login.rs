//! Who we are, and plain words when it fails.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::{FtpProgram, FtpTls};
use courier_vault::SecretString;
use serde_json::json;

#[tokio::test]
async fn a_wrong_password_says_so_without_telling_it() {
    for tls in [FtpTls::Off, FtpTls::Explicit] {
        let server = start(FtpProgram::Proftpd, tls);
        let mut wrong = target(&server, json!({}));
        wrong.credentials.password = Some(SecretString::new("not the password".into()));
        let error = open(wrong).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::AuthenticationFailed);
        let text = error.to_string();
        assert!(text.contains("refuses the password") && text.contains(server.user()), "{text}");
        assert!(!text.contains("not the password"));
        open(target(&server, json!({}))).await.unwrap();
    }
}

#[tokio::test]
async fn a_password_that_could_be_a_command_is_not_sent() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let mut wrong = target(&server, json!({}));
    wrong.credentials.password = Some(SecretString::new("x\r\nDELE file".into()));
    let error = open(wrong).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AuthenticationFailed);
    assert_eq!(server.commands("DELE").unwrap(), 0);
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_without_tls_is_understood() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Explicit);
    let error = open(target(&server, json!({ "protocol": "ftp" }))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AuthenticationFailed, "{error}");
    assert!(error.to_string().contains("Choose the protocol ftps"), "{error}");
    assert_eq!(server.commands("PASS").unwrap(), 0);
}

#[tokio::test]
async fn what_is_no_ftp_server_is_recognised() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").unwrap();
        let _ = stream.read(&mut [0; 16]);
    });
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let error = open(target(&server, json!({ "port": port }))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ProtocolError);
    assert!(error.to_string().contains("SSH-2.0-OpenSSH_9.2"), "{error}");
}
