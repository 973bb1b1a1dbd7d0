//! Listing, choosing and changing files on a server.

use crate::fixture::*;
use courier_domain::pattern::PathPattern;
use courier_transfer::{Depth, Remote, Replace, Selection, TransferError, expand};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

const STRANGE: &[&str] = &[
    "-rf",
    ".hidden",
    "with space",
    "it's \"quoted\"",
    "übung",
    "名前",
    "semi;colon",
    "$(x)",
    "*star*",
    "[b]",
];

fn write(folder: &Path, names: &[&str]) {
    for name in names {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
}

async fn select(remote: &dyn Remote, pattern: &str, depth: Depth, exclude: &[&str]) -> Selection {
    let exclude: Vec<String> = exclude.iter().map(|s| (*s).to_owned()).collect();
    expand(remote, &PathPattern(pattern.into()), depth, &exclude).await.unwrap()
}

fn relative(selection: &Selection) -> Vec<&str> {
    selection.files.iter().map(|f| f.relative_path.as_str()).collect()
}

#[tokio::test]
async fn strange_but_honest_names_are_listed_and_found() {
    let server = server();
    write(server.data(), STRANGE);
    let remote = open(target(&server)).await.unwrap();
    let listing = remote.list(&server.remote("")).await.unwrap();
    let mut listed: Vec<_> = listing.entries.iter().map(|e| e.name.as_str()).collect();
    listed.sort_unstable();
    let mut expected = STRANGE.to_vec();
    expected.sort_unstable();
    assert_eq!(listed, expected);
    assert!(listing.refused.is_empty());
    for name in STRANGE {
        let entry = remote.stat(&server.remote(name)).await.unwrap().unwrap();
        assert_eq!((entry.name.as_str(), entry.size), (*name, name.len() as u64));
        assert!(entry.modified_at.is_some());
    }
}

#[tokio::test]
async fn dangerous_names_are_refused_and_the_others_go_on() {
    let server = server();
    write(server.data(), &["good.csv", "line\nbreak.csv", "back\\slash.csv", "nul.csv"]);
    std::fs::write(server.data().join(OsStr::from_bytes(b"latin\xfc.csv")), "x").unwrap();
    let remote = open(target(&server)).await.unwrap();
    let found = select(&*remote, &server.remote("*.csv"), Depth::Folder, &[]).await;
    assert_eq!(relative(&found), ["good.csv"]);
    let mut refused: Vec<_> = found.refused.iter().map(|r| r.name.as_str()).collect();
    refused.sort_unstable();
    assert_eq!(refused, ["back\\\\slash.csv", "latin\\u{fffd}.csv", "line\\nbreak.csv", "nul.csv"]);
}

#[tokio::test]
async fn a_dangerous_name_that_was_not_meant_does_not_matter() {
    let server = server();
    write(server.data(), &["good.csv", "line\nbreak.txt", "nul.csv", "bad\\folder/in.csv", "sub/a.csv"]);
    let remote = open(target(&server)).await.unwrap();
    let r = &*remote;
    let refused = async |pattern: &str, depth, exclude: &[&str]| {
        let found = select(r, &server.remote(pattern), depth, exclude).await;
        let mut names: Vec<_> = found.refused.into_iter().map(|refused| refused.name).collect();
        names.sort_unstable();
        names
    };
    let none: [&str; 0] = [];
    assert_eq!(refused("good*", Depth::Folder, &[]).await, none);
    assert_eq!(refused("*.csv", Depth::Folder, &[]).await, ["nul.csv"]);
    assert_eq!(refused("*.csv", Depth::Folder, &["nul.*"]).await, none);
    assert_eq!(refused("*.csv", Depth::Tree, &[]).await, ["bad\\\\folder", "nul.csv"]);
    assert_eq!(refused("s*/*.csv", Depth::Folder, &[]).await, none);
    assert_eq!(refused("*/*.csv", Depth::Folder, &[]).await, ["bad\\\\folder"]);
    assert_eq!(refused("", Depth::Folder, &[]).await, ["bad\\\\folder", "line\\nbreak.txt", "nul.csv"]);
}

#[tokio::test]
async fn a_pipe_is_no_file_and_is_left_out_of_folders() {
    let server = server();
    write(server.data(), &["good.csv"]);
    let pipe = server.data().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("pipe.csv", server.data().join("link.csv")).unwrap();
    let remote = open(target(&server)).await.unwrap();
    assert_eq!(relative(&select(&*remote, &server.remote("*"), Depth::Folder, &[]).await), ["good.csv"]);
    for name in ["pipe.csv", "link.csv"] {
        let path = PathPattern(server.remote(name));
        let error = expand(&*remote, &path, Depth::Folder, &[]).await.unwrap_err();
        assert!(matches!(error, TransferError::NotAFile { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_pattern_stays_in_its_folder_unless_told_otherwise() {
    let server = server();
    write(server.data(), &["a.csv", "b.txt", "x/c.csv", "x/y/d.csv", "z/e.csv", "a.csv.courier-1-1.part"]);
    let remote = open(target(&server)).await.unwrap();
    let r = &*remote;
    assert_eq!(relative(&select(r, &server.remote("*.csv"), Depth::Folder, &[]).await), ["a.csv"]);
    assert_eq!(
        relative(&select(r, &server.remote("*.csv"), Depth::Tree, &[]).await),
        ["a.csv", "x/c.csv", "x/y/d.csv", "z/e.csv"]
    );
    assert_eq!(
        relative(&select(r, &server.remote("**/*.csv"), Depth::Folder, &["x/y/*", "e.*"]).await),
        ["a.csv", "x/c.csv"]
    );
    assert_eq!(relative(&select(r, &server.remote("*/c.csv"), Depth::Folder, &[]).await), ["x/c.csv"]);
    assert_eq!(relative(&select(r, &server.remote("x*"), Depth::Tree, &[]).await), ["x/c.csv", "x/y/d.csv"]);
    assert_eq!(relative(&select(r, &server.remote("x"), Depth::Folder, &[]).await), ["c.csv"]);
    assert_eq!(relative(&select(r, &server.remote("x"), Depth::Tree, &[]).await), ["c.csv", "y/d.csv"]);
    assert_eq!(relative(&select(r, &server.remote("b.txt"), Depth::Folder, &[]).await), ["b.txt"]);
    assert!(select(r, &server.remote("nothing-*"), Depth::Tree, &[]).await.files.is_empty());
    assert!(select(r, &server.remote("no/such/*"), Depth::Tree, &[]).await.files.is_empty());
    assert!(select(r, &server.remote("nothing"), Depth::Tree, &[]).await.files.is_empty());
}

#[tokio::test]
async fn an_escaped_pattern_means_the_file_itself() {
    let server = server();
    write(server.data(), &["*.csv", "a.csv"]);
    let remote = open(target(&server)).await.unwrap();
    let pattern = courier_domain::pattern::escape(&server.remote("*.csv"));
    let found = select(&*remote, &pattern, Depth::Folder, &[]).await;
    assert_eq!(relative(&found), ["*.csv"]);
}

#[tokio::test]
async fn links_to_files_are_files_and_links_to_folders_are_not_followed() {
    let server = server();
    write(server.data(), &["real.csv", "folder/in.csv"]);
    symlink("real.csv", server.data().join("link.csv")).unwrap();
    symlink("nowhere", server.data().join("broken.csv")).unwrap();
    symlink("..", server.data().join("folder/loop")).unwrap();
    let remote = open(target(&server)).await.unwrap();
    let found = select(&*remote, &server.remote("*.csv"), Depth::Tree, &[]).await;
    assert_eq!(relative(&found), ["folder/in.csv", "link.csv", "real.csv"]);
    assert_eq!(found.files[1].entry.size, "real.csv".len() as u64);
}

#[tokio::test]
async fn folders_are_made_with_those_above_and_removed_when_empty() {
    let server = server();
    let remote = open(target(&server)).await.unwrap();
    let deep = server.remote("a/b/c");
    remote.mkdir_all(&deep).await.unwrap();
    remote.mkdir_all(&deep).await.unwrap();
    assert!(server.data().join("a/b/c").is_dir());
    assert!(remote.rmdir(&server.remote("a")).await.is_err());
    remote.rmdir(&deep).await.unwrap();
    write(server.data(), &["file"]);
    let error = remote.mkdir_all(&server.remote("file/x")).await.unwrap_err();
    assert!(matches!(error, TransferError::NotAFolder { .. }), "{error}");
}

#[tokio::test]
async fn a_rename_replaces_only_when_told_to() {
    let server = server();
    write(server.data(), &["a", "b"]);
    let remote = open(target(&server)).await.unwrap();
    let (a, b) = (server.remote("a"), server.remote("b"));
    let error = remote.rename(&a, &b, Replace::No).await.unwrap_err();
    assert!(matches!(error, TransferError::AlreadyExists { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&b).unwrap(), "b");
    remote.rename(&a, &b, Replace::Yes).await.unwrap();
    assert_eq!(std::fs::read_to_string(&b).unwrap(), "a");
    remote.delete(&b).await.unwrap();
    assert!(matches!(remote.delete(&b).await, Err(TransferError::NotFound { .. })));
}

#[tokio::test]
async fn a_large_folder_is_listed_whole() {
    let server = server();
    let expected: Vec<String> = (0..3000).map(|n| format!("file-{n:05}")).collect();
    for name in &expected {
        std::fs::write(server.data().join(name), "").unwrap();
    }
    let remote = open(target(&server)).await.unwrap();
    let found = select(&*remote, &server.remote("file-*"), Depth::Folder, &[]).await;
    assert_eq!(relative(&found), expected);
}

#[tokio::test]
async fn what_is_missing_or_forbidden_is_said_with_its_path() {
    let server = server();
    let remote = open(target(&server)).await.unwrap();
    let missing = server.remote("missing");
    assert!(matches!(remote.list(&missing).await, Err(TransferError::NotFound { path }) if path == missing));
    assert!(remote.stat(&missing).await.unwrap().is_none());
    assert!(remote.open_read(&missing, 0).await.is_err());
}
