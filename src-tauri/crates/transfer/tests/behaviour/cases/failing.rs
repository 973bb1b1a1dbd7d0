//! What cannot be done is said with its path and its true cause.

use crate::server::Server;
use courier_transfer::{Replace, TransferError};
use std::fmt::Debug;
use std::os::unix::fs::{PermissionsExt, chown};

fn not_found(what: &str, path: &str, result: Result<impl Debug, TransferError>) {
    match result {
        Err(TransferError::NotFound { path: said }) => assert_eq!(said, path, "{what}"),
        other => panic!("{what} of what is missing gave {other:?}"),
    }
}

fn denied(what: &str, path: &str, result: Result<impl Debug, TransferError>) {
    match result {
        Err(TransferError::PermissionDenied { path: said, .. }) => assert_eq!(said, path, "{what}"),
        other => panic!("{what} of what is forbidden gave {other:?}"),
    }
}

pub(crate) async fn what_is_missing_is_not_found(server: Server) {
    let missing = server.path("missing");
    let remote = &server.remote;
    assert!(remote.stat(&missing).await.unwrap().is_none());
    assert!(remote.stat(&server.path("no/such/folder")).await.unwrap().is_none());
    not_found("list", &missing, remote.list(&missing).await);
    not_found("read", &missing, server.read("missing", 0).await);
    not_found("delete", &missing, remote.delete(&missing).await);
    not_found("rmdir", &missing, remote.rmdir(&missing).await);
    not_found("rename", &missing, remote.rename(&missing, &server.path("x"), Replace::No).await);
    let local = tempfile::tempdir().unwrap();
    not_found("get", &missing, server.download(server.fetch("missing", &local.path().join("x"))).await);
    let inside = server.path("no/such/file");
    not_found("put", &inside, remote.open_write(&inside, None).await);
    // The connection is as good as before.
    server.put("there", "x");
    assert_eq!(server.read("there", 0).await.unwrap(), b"x");
}

pub(crate) async fn what_is_forbidden_is_said_to_be(server: Server) {
    let root_only = |path: &std::path::Path, mode| {
        chown(path, Some(0), Some(0)).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    root_only(&server.put("secret", "x"), 0o600);
    server.put("closed/file", "x");
    root_only(&server.data().join("closed"), 0o755);
    let (secret, closed, new) =
        (server.path("secret"), server.path("closed/file"), server.path("closed/new"));
    let remote = &server.remote;
    denied("read", &secret, server.read("secret", 0).await);
    denied("delete", &closed, remote.delete(&closed).await);
    denied("rename", &closed, remote.rename(&closed, &server.path("x"), Replace::No).await);
    denied("mkdir", &new, remote.mkdir(&new).await);
    denied("put", &new, remote.open_write(&new, None).await);
    assert_eq!(server.content("closed/file"), b"x");
    server.put("open", "y");
    assert_eq!(server.read("open", 0).await.unwrap(), b"y");
}

pub(crate) async fn a_wrong_password_is_refused(server: Server) {
    let refused = server.log_in("not the password").await;
    let Err(TransferError::AuthenticationFailed { detail }) = refused else { panic!("{refused:?}") };
    assert!(!detail.contains("not the password"), "{detail}");
}
