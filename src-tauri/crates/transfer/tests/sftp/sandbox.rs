//! The sample's own server, with our client and with OpenSSH's.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::data::bytes;
use courier_testkit::process::run;
use courier_testkit::sshd::keygen;
use courier_transfer::sandbox::{Sandbox, SandboxUser};
use courier_transfer::{Credentials, Target, download, upload};
use courier_vault::SecretString;
use russh::keys::load_secret_key;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

struct Scene {
    dir: TempDir,
    sandbox: Sandbox,
}

async fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("root")).unwrap();
    keygen("ed25519", &dir.path().join("host")).unwrap();
    keygen("ed25519", &dir.path().join("client")).unwrap();
    let user = SandboxUser {
        name: "sample".into(),
        password: Some(SecretString::new("open sesame".into())),
        authorized_key: Some(load_secret_key(dir.path().join("client"), None).unwrap().public_key().clone()),
    };
    let host = load_secret_key(dir.path().join("host"), None).unwrap();
    let sandbox = Sandbox::start(dir.path().join("root"), user, host).await.unwrap();
    Scene { dir, sandbox }
}

fn with_password(port: u16, password: &str) -> Target {
    Target {
        connection: connection(port, "sample", json!({ "auth_method": "password", "ssh_key_id": null })),
        credentials: Credentials {
            password: Some(SecretString::new(password.into())),
            ..Credentials::default()
        },
        known_hosts: Vec::new(),
        insecure_trust_allowed: false,
        jump: None,
        paces: courier_transfer::Paces::default(),
    }
}

#[tokio::test]
async fn files_come_and_go() {
    let scene = scene().await;
    let remote = open(with_password(scene.sandbox.port(), "open sesame")).await.unwrap();
    assert_eq!(remote.server_identity(), scene.sandbox.fingerprint());
    let content = bytes(2_000_001, 1);
    let local = scene.dir.path().join("local");
    std::fs::write(&local, &content).unwrap();
    for _ in 0..2 {
        moved(upload(&*remote, deliver(&local, "/in/deep/a.bin"), &control()).await.unwrap());
    }
    assert!(std::fs::read(scene.dir.path().join("root/in/deep/a.bin")).unwrap() == content);
    let back = scene.dir.path().join("back");
    moved(download(&*remote, fetch("/in/deep/a.bin", &back), &control()).await.unwrap());
    assert!(std::fs::read(&back).unwrap() == content);
    assert_eq!(remote.list("/in/deep").await.unwrap().entries.len(), 1);
    remote.delete("/in/deep/a.bin").await.unwrap();
    remote.rmdir("/in/deep").await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let scene = scene().await;
    let error = open(with_password(scene.sandbox.port(), "guess")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AuthenticationFailed);
}

#[tokio::test]
async fn nothing_outside_the_root_can_be_reached() {
    let scene = scene().await;
    std::fs::write(scene.dir.path().join("secret"), "s").unwrap();
    std::os::unix::fs::symlink("..", scene.dir.path().join("root/up")).unwrap();
    let remote = open(with_password(scene.sandbox.port(), "open sesame")).await.unwrap();
    for path in ["../secret", "/../secret", "/up/secret", "/in/../../secret"] {
        assert!(!matches!(remote.stat(path).await, Ok(Some(_))), "{path}");
        assert!(remote.open_read(path, 0).await.is_err(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_can_use_it_with_the_key() {
    let scene = scene().await;
    std::fs::write(scene.dir.path().join("root/a.txt"), "hello").unwrap();
    let (port, dir) = (scene.sandbox.port(), scene.dir.path().to_path_buf());
    tokio::task::spawn_blocking(move || {
        sftp(&dir, port, "get a.txt got.txt\nput got.txt b.txt\nrename b.txt c.txt\n")
    })
    .await
    .unwrap();
    assert_eq!(std::fs::read_to_string(scene.dir.path().join("root/c.txt")).unwrap(), "hello");
}

#[tokio::test]
async fn it_ends_when_it_is_dropped() {
    let scene = scene().await;
    let port = scene.sandbox.port();
    let remote = open(with_password(port, "open sesame")).await.unwrap();
    scene.sandbox.stop();
    let ended = async {
        while remote.list("/").await.is_ok() {}
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), ended).await.unwrap();
}

fn sftp(dir: &Path, port: u16, batch: &str) {
    std::fs::write(dir.join("batch"), batch).unwrap();
    run(Command::new("sftp")
        .current_dir(dir)
        .args(["-q", "-b", "batch", "-i", "client", "-P", &port.to_string()])
        .args([
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "IdentitiesOnly=yes",
        ])
        .arg("sample@127.0.0.1"))
    .unwrap();
}
