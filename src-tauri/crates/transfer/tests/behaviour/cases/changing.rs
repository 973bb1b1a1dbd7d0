//! Renaming, deleting, folders.

use crate::server::Server;
use courier_transfer::{Replace, TransferError};

pub(crate) async fn renames_over_an_existing_file(server: Server) {
    server.put("a", "from a");
    server.put("b", "b, which was longer");
    server.put("folder/c", "c");
    let path = |name| server.path(name);
    server.remote.rename(&path("a"), &path("b"), Replace::Yes).await.unwrap();
    assert_eq!(server.content("b"), b"from a");
    assert!(!server.data().join("a").exists());
    server.remote.rename(&path("b"), &path("folder/c"), Replace::Yes).await.unwrap();
    assert_eq!(server.content("folder/c"), b"from a");
    server.remote.rename(&path("folder/c"), &path("new"), Replace::Yes).await.unwrap();
    assert_eq!(server.content("new"), b"from a");
    server.remote.rename(&path("folder"), &path("moved"), Replace::No).await.unwrap();
    assert!(server.data().join("moved").is_dir());
}

pub(crate) async fn a_rename_that_must_not_replace_leaves_both(server: Server) {
    server.put("a", "a");
    server.put("b", "b");
    let path = |name| server.path(name);
    let refused = server.remote.rename(&path("a"), &path("b"), Replace::No).await;
    assert!(matches!(refused, Err(TransferError::AlreadyExists { .. })), "{refused:?}");
    assert_eq!((server.content("a"), server.content("b")), (b"a".to_vec(), b"b".to_vec()));
    server.remote.rename(&path("a"), &path("c"), Replace::No).await.unwrap();
    assert_eq!(server.content("c"), b"a");
}

pub(crate) async fn deletes_files(server: Server) {
    server.put("a", "a");
    server.put("keep", "keep");
    server.remote.delete(&server.path("a")).await.unwrap();
    assert!(!server.data().join("a").exists());
    assert_eq!(server.content("keep"), b"keep");
    std::fs::create_dir(server.data().join("folder")).unwrap();
    assert!(server.remote.delete(&server.path("folder")).await.is_err());
    assert!(server.data().join("folder").is_dir());
}

pub(crate) async fn makes_and_removes_folders(server: Server) {
    let deep = server.path("a/b c/d");
    server.remote.mkdir_all(&deep).await.unwrap();
    server.remote.mkdir_all(&deep).await.unwrap();
    assert!(server.data().join("a/b c/d").is_dir());
    server.put("a/file", "x");
    let refused = server.remote.mkdir_all(&server.path("a/file/x")).await;
    assert!(matches!(refused, Err(TransferError::NotAFolder { .. })), "{refused:?}");
    assert!(server.remote.rmdir(&server.path("a")).await.is_err());
    assert_eq!(server.content("a/file"), b"x");
    server.remote.rmdir(&deep).await.unwrap();
    assert!(!server.data().join("a/b c/d").exists());
    server.remote.mkdir(&server.path("e")).await.unwrap();
    assert!(server.remote.mkdir(&server.path("e")).await.is_err());
}
