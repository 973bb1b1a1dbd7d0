//! Data connections: who opens them, where they go, and what is asked in place of what a server does not have.

use crate::fixture::*;
use courier_testkit::data::bytes;
use courier_testkit::{FtpProgram, FtpTls, Ftpd};
use courier_transfer::Remote;
use serde_json::json;

async fn round_trip(server: &Ftpd, remote: &dyn Remote) {
    let content = bytes(1_000_000, 3);
    let path = server.remote("file");
    write(remote, &path, &content).await.unwrap();
    assert!(std::fs::read(server.data().join("file")).unwrap() == content);
    assert!(read(remote, &path).await.unwrap() == content);
    let listing = remote.list(&server.remote("")).await.unwrap();
    assert_eq!(
        listing.entries.iter().map(|e| (e.name.as_str(), e.size)).collect::<Vec<_>>(),
        [("file", 1_000_000)]
    );
}

#[tokio::test]
async fn extended_passive_mode_is_asked_for_first() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    let remote = open(target(&server, json!({}))).await.unwrap();
    round_trip(&server, &*remote).await;
    assert!(server.commands("EPSV").unwrap() > 0);
    assert_eq!(server.commands("PASV").unwrap(), 0);
}

#[tokio::test]
async fn without_it_passive_mode_does_and_the_address_in_its_reply_is_not_looked_at() {
    for tls in [FtpTls::Off, FtpTls::Explicit] {
        let server = vsftpd(tls, &["cmds_denied=EPSV", "pasv_address=192.0.2.1"]);
        let remote = open(target(&server, json!({}))).await.unwrap();
        round_trip(&server, &*remote).await;
        assert!(server.commands("PASV").unwrap() > 0);
        assert_eq!(server.commands("EPSV").unwrap(), 1, "asked once only");
    }
}

#[tokio::test]
async fn in_active_mode_the_server_connects() {
    for (program, tls) in [
        (FtpProgram::Vsftpd, FtpTls::Off),
        (FtpProgram::Vsftpd, FtpTls::Explicit),
        (FtpProgram::Proftpd, FtpTls::Off),
    ] {
        let server = start(program, tls);
        let remote = open(target(&server, json!({ "passive_mode": false }))).await.unwrap();
        round_trip(&server, &*remote).await;
        assert!(server.commands("PORT").unwrap() > 0, "{}", server.log());
        assert_eq!(server.commands("PASV").unwrap() + server.commands("EPSV").unwrap(), 0);
    }
}

#[tokio::test]
async fn folders_are_listed_by_mlsd_where_the_server_has_it() {
    let server = start(FtpProgram::Proftpd, FtpTls::Off);
    put(&server, "file", "12345");
    let remote = open(target(&server, json!({}))).await.unwrap();
    let exact = remote.list(&server.remote("")).await.unwrap();
    assert!(server.commands("MLSD").unwrap() > 0);
    assert_eq!(server.commands("LIST").unwrap(), 0);

    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    put(&server, "file", "12345");
    let remote = open(target(&server, json!({}))).await.unwrap();
    let told = remote.list(&server.remote("")).await.unwrap();
    assert!(server.commands("LIST").unwrap() > 0);
    assert_eq!((told.entries[0].size, exact.entries[0].size), (5, 5));
    // By LIST there are no seconds.
    let apart = told.entries[0].modified_at.unwrap() - exact.entries[0].modified_at.unwrap();
    assert!(apart.abs() < chrono::TimeDelta::minutes(2), "{apart}");
}

#[tokio::test]
async fn local_times_of_a_server_become_absolute() {
    // Its listings are in the time of its machine, wherever that is; MDTM is in UTC.
    let server = vsftpd(FtpTls::Off, &["use_localtime=YES"]);
    put(&server, "file", "12345");
    let remote = open(target(&server, json!({}))).await.unwrap();
    let listing = remote.list(&server.remote("")).await.unwrap();
    let modified = std::fs::metadata(server.data().join("file")).unwrap().modified().unwrap();
    let apart = listing.entries[0].modified_at.unwrap() - chrono::DateTime::from(modified);
    assert!(apart.abs() < chrono::TimeDelta::minutes(2), "{apart}");
}

#[tokio::test]
async fn a_checksum_of_the_server_is_used_where_it_makes_one() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    put(&server, "file", "12345");
    let remote = open(target(&server, json!({}))).await.unwrap();
    assert!(!remote.capabilities().server_checksum);
    assert_eq!(remote.sha256(&server.remote("file")).await.unwrap(), None);
}

#[tokio::test]
async fn paths_that_could_be_commands_are_not_sent() {
    let server = start(FtpProgram::Vsftpd, FtpTls::Off);
    put(&server, "file", "12345");
    let remote = open(target(&server, json!({}))).await.unwrap();
    for path in ["/x\r\nDELE /file", "/x\nDELE /file", "/x\0"] {
        let code = |error: courier_transfer::TransferError| error.code();
        let unsafe_name = courier_domain::ErrorCode::UnsafeName;
        assert_eq!(code(remote.open_read(path, 0).await.unwrap_err()), unsafe_name);
        assert_eq!(code(remote.open_write(path, None).await.unwrap_err()), unsafe_name);
        assert_eq!(code(remote.delete(path).await.unwrap_err()), unsafe_name);
        assert_eq!(code(remote.mkdir(path).await.unwrap_err()), unsafe_name);
        assert_eq!(code(remote.list(path).await.unwrap_err()), unsafe_name);
    }
    assert_eq!(server.commands("DELE").unwrap(), 0);
    assert_eq!(read(&*remote, &server.remote("file")).await.unwrap(), b"12345");
}
