//! Files that come and go.

use crate::server::Server;
use courier_domain::receipt::{Direction, Verification};
use courier_testkit::data::{bytes, sha256};
use courier_transfer::{Overwrite, TransferError};
use futures::future::join_all;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Nothing at all, and lengths around what is asked for or sent at once.
const LENGTHS: &[usize] = &[0, 1, 32_768, 261_119, 261_120, 261_121, 3_000_017];

pub(crate) async fn files_of_every_length_come_and_go(server: Server) {
    let local = tempfile::tempdir().unwrap();
    for &length in LENGTHS {
        let content = bytes(length, 7);
        let name = format!("f{length}.bin");
        server.put(&name, &content);
        let to = local.path().join(&name);
        let receipt = server.download(server.fetch(&name, &to)).await.unwrap();
        assert!(std::fs::read(&to).unwrap() == content, "{length} bytes came otherwise");
        assert_eq!((receipt.size, receipt.sha256), (length as u64, sha256(&content)));
        assert_eq!(receipt.direction, Direction::Download);
        assert_eq!(receipt.server_identity, server.remote.server_identity());

        let back = format!("back/{name}");
        let receipt = server.upload(server.deliver(&to, &back)).await.unwrap();
        assert!(server.content(&back) == content, "{length} bytes went otherwise");
        assert_eq!((receipt.size, receipt.sha256), (length as u64, sha256(&content)));
        assert_eq!(receipt.atomic, server.remote.capabilities().atomic_replace);
    }
    let left = std::fs::read_dir(server.data().join("back")).unwrap().count();
    assert_eq!(left, LENGTHS.len(), "temporary files stayed");
}

/// Line ends above all: a server that is asked for text changes them.
pub(crate) async fn every_byte_value_survives(server: Server) {
    let mut content: Vec<u8> = (0..=255).collect();
    content.extend((0..=255).rev());
    content.extend_from_slice(b"\r\n\n\r\r\r\n\0\n\xff\xff\xff\xf4\xff\xf2\r\n\x1a");
    let content = content.repeat(500);
    let local = tempfile::tempdir().unwrap();
    let (from, to) = (local.path().join("from"), local.path().join("to"));
    std::fs::write(&from, &content).unwrap();
    server.upload(server.deliver(&from, "all")).await.unwrap();
    assert!(server.content("all") == content, "the bytes went otherwise");
    server.download(server.fetch("all", &to)).await.unwrap();
    assert!(std::fs::read(&to).unwrap() == content, "the bytes came otherwise");
}

pub(crate) async fn gets_and_puts_over_an_existing_file(server: Server) {
    let local = tempfile::tempdir().unwrap();
    let (from, to) = (local.path().join("from"), local.path().join("to"));
    std::fs::write(&from, "new here").unwrap();
    server.put("there", "old, and longer than the new one");
    let refused = server.upload(with_rule(server.deliver(&from, "there"), Overwrite::Fail)).await;
    assert!(matches!(refused, Err(TransferError::AlreadyExists { .. })), "{refused:?}");
    assert_eq!(server.content("there"), b"old, and longer than the new one");
    server.upload(server.deliver(&from, "there")).await.unwrap();
    assert_eq!(server.content("there"), b"new here");
    let receipt = server.upload(with_rule(server.deliver(&from, "there"), Overwrite::Rename)).await.unwrap();
    assert_eq!(receipt.remote_path, server.path("there (1)"));
    assert_eq!(server.content("there (1)"), b"new here");

    std::fs::write(&to, "old here, and longer").unwrap();
    server.download(server.fetch("there", &to)).await.unwrap();
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "new here");
}

fn with_rule(
    mut request: courier_transfer::UploadRequest,
    rule: Overwrite,
) -> courier_transfer::UploadRequest {
    request.overwrite = rule;
    request
}

pub(crate) async fn verifies_by_checksum(server: Server) {
    let local = tempfile::tempdir().unwrap();
    let content = bytes(700_000, 3);
    server.put("a", &content);
    let to = local.path().join("a");
    let mut request = server.fetch("a", &to);
    request.verify = Verification::Sha256;
    assert_eq!(server.download(request).await.unwrap().verified_by, Verification::Sha256);
    let mut request = server.deliver(&to, "b");
    request.verify = Verification::Sha256;
    assert_eq!(server.upload(request).await.unwrap().sha256, sha256(&content));
    assert!(server.content("b") == content);
}

pub(crate) async fn keeps_times_and_permissions_where_asked(server: Server) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890);
    let time = |path: &Path| std::fs::metadata(path).unwrap().modified().unwrap();
    let local = tempfile::tempdir().unwrap();
    let (source, to) = (server.put("a", "x"), local.path().join("a"));
    std::fs::File::options().write(true).open(&source).unwrap().set_modified(at).unwrap();
    let mut request = server.fetch("a", &to);
    request.preserve_mtime = true;
    server.download(request).await.unwrap();
    assert_eq!(time(&to), at);

    let mut request = server.deliver(&to, "b");
    request.preserve_mtime = server.remote.capabilities().set_mtime;
    request.permissions = Some(0o640);
    server.upload(request).await.unwrap();
    let there = server.data().join("b");
    assert_eq!(std::fs::metadata(&there).unwrap().permissions().mode() & 0o777, 0o640);
    if server.remote.capabilities().set_mtime {
        assert_eq!(time(&there), at);
        let later = at + Duration::from_secs(86_400);
        server.remote.set_mtime(&server.path("b"), later.into()).await.unwrap();
        assert_eq!(time(&there), later);
        let stat = server.remote.stat(&server.path("b")).await.unwrap().unwrap();
        assert_eq!(stat.modified_at, Some(later.into()));
    }
}

pub(crate) async fn moves_several_files_at_once(server: Server) {
    const FILES: usize = 12;
    let local = tempfile::tempdir().unwrap();
    let content = |n: usize| bytes(100_000 + n, n as u64);
    for n in 0..FILES {
        server.put(format!("down{n}"), content(n));
        std::fs::write(local.path().join(format!("up{n}")), content(n)).unwrap();
    }
    let down = join_all((0..FILES).map(|n| {
        let name = format!("down{n}");
        server.download(server.fetch(&name, &local.path().join(&name)))
    }));
    let up = join_all((0..FILES).map(|n| {
        let name = format!("up{n}");
        server.upload(server.deliver(&local.path().join(&name), &name))
    }));
    let listed = server.remote.list("/");
    let (down, up, listed) = tokio::join!(down, up, listed);
    for receipt in down.into_iter().chain(up) {
        receipt.unwrap();
    }
    assert!(!listed.unwrap().entries.is_empty());
    for n in 0..FILES {
        assert!(std::fs::read(local.path().join(format!("down{n}"))).unwrap() == content(n));
        assert!(server.content(&format!("up{n}")) == content(n));
    }
}

pub(crate) async fn goes_on_after_transfers_that_were_given_up(server: Server) {
    let content = bytes(5_000_000, 5);
    server.put("large", &content);
    let path = server.path("large");
    for _ in 0..3 {
        let mut reader = server.remote.open_read(&path, 0).await.unwrap();
        assert!(reader.next().await.unwrap().is_some());
        drop(reader);
        let mut writer = server.remote.open_write(&server.path("given up"), None).await.unwrap();
        let block = vec![1; writer.block_len()];
        writer.write(block).await.unwrap();
        drop(writer);
        assert_eq!(server.remote.stat(&path).await.unwrap().unwrap().size, 5_000_000);
    }
    assert!(server.read("large", 0).await.unwrap() == content);
}
