//! Long paths: one file over several channels, over further connections where channels are refused, cut and gone on
//! with; and servers that are asked one thing at a time.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_testkit::data::{bytes, sha256};
use courier_testkit::{Proxy, Sshd, SshdOptions, proxy::Rules};
use courier_transfer::{
    DownloadRequest, Remote, Resume, SessionSlots, TrustSink, UploadRequest, connect_within, download, upload,
};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const MIB: u64 = 1 << 20;
const FAR: Rules = Rules {
    delay: Duration::from_millis(15),
    rate: None,
    cut_after: None,
    cut_after_sent: None,
    stalled: false,
};

struct Scene {
    server: Sshd,
    proxy: Proxy,
    local: TempDir,
    content: Vec<u8>,
}

/// A server far away that shall get a file, and has it under another name.
fn scene(config: &[&str], mib: u64) -> Scene {
    let config = config.iter().map(|line| (*line).to_owned()).collect();
    let server = Sshd::start(SshdOptions { config, ..SshdOptions::default() }).unwrap();
    let proxy = Proxy::start(server.port(), FAR).unwrap();
    let content = bytes((mib * MIB + 12_345) as usize, 77);
    let local = tempfile::tempdir().unwrap();
    std::fs::write(local.path().join("source"), &content).unwrap();
    std::fs::write(server.data().join("big"), &content).unwrap();
    Scene { server, proxy, local, content }
}

impl Scene {
    /// A session that may have `most` connections.
    async fn open(&self, most: u32) -> Arc<dyn Remote> {
        let slots = SessionSlots::new(most);
        std::mem::forget(slots.try_take());
        let target = target_with(&self.server, self.proxy.port(), json!({}));
        let sink: Arc<dyn TrustSink> = Arc::new(Sink::default());
        connect_within(Arc::new(target), sink, CancellationToken::new(), Some(slots)).await.unwrap()
    }
    fn source(&self) -> PathBuf {
        self.local.path().join("source")
    }
    fn to(&self) -> PathBuf {
        self.local.path().join("big")
    }
    fn delivery(&self) -> UploadRequest {
        deliver(&self.source(), &self.server.remote("up"))
    }
    fn fetching(&self) -> DownloadRequest {
        fetch(&self.server.remote("big"), &self.to())
    }
    fn there(&self) -> Vec<u8> {
        std::fs::read(self.server.data().join("up")).unwrap()
    }
    fn channels(&self) -> usize {
        self.server.log().matches("new session [server-session]").count()
    }
    fn logins(&self) -> usize {
        self.server.log().matches("Accepted publickey for").count()
    }
}

#[tokio::test]
async fn an_upload_to_a_far_server_uses_several_channels_of_one_connection() {
    let scene = scene(&[], 40);
    let remote = scene.open(4).await;
    let receipt = moved(upload(&*remote, scene.delivery(), &control()).await.unwrap());
    assert!(scene.there() == scene.content);
    assert_eq!(receipt.sha256, sha256(&scene.content));
    assert!((2..=8).contains(&scene.channels()), "{} channels", scene.channels());
    assert_eq!(scene.logins(), 1);
    // Those that are there are used again.
    moved(upload(&*remote, scene.delivery(), &control()).await.unwrap());
    assert!(scene.channels() <= 8, "{} channels", scene.channels());
}

#[tokio::test]
async fn where_channels_are_refused_further_connections_carry_the_rest_within_the_limit() {
    let scene = scene(&["MaxSessions 1"], 40);
    let remote = scene.open(3).await;
    moved(upload(&*remote, scene.delivery(), &control()).await.unwrap());
    assert!(scene.there() == scene.content);
    assert!((2..=3).contains(&scene.logins()), "{} logins", scene.logins());
}

#[tokio::test]
async fn a_server_that_refuses_every_further_lane_gets_the_file_over_the_one() {
    let scene = scene(&["MaxSessions 1"], 24);
    let remote = scene.open(1).await;
    moved(upload(&*remote, scene.delivery(), &control()).await.unwrap());
    moved(download(&*remote, scene.fetching(), &control()).await.unwrap());
    assert!(scene.there() == scene.content);
    assert!(std::fs::read(scene.to()).unwrap() == scene.content);
    assert_eq!(scene.logins(), 1);
}

#[tokio::test]
async fn a_large_download_over_a_very_long_path_arrives_whole() {
    let scene = scene(&[], 96);
    scene.proxy.set(Rules { delay: Duration::from_millis(100), ..FAR });
    let remote = scene.open(1).await;
    let receipt = moved(download(&*remote, scene.fetching(), &control()).await.unwrap());
    assert!(std::fs::read(scene.to()).unwrap() == scene.content);
    assert_eq!(receipt.sha256, sha256(&scene.content));
}

#[tokio::test]
async fn uploads_over_several_lanes_cut_anywhere_leave_the_old_file_or_the_new_one() {
    let scene = scene(&[], 40);
    let old = b"old".to_vec();
    let journals = tempfile::tempdir().unwrap();
    let (mut cuts, mut epoch) = (0, 0);
    for seed in 0..6_u64 {
        std::fs::write(scene.server.data().join("up"), &old).unwrap();
        let mut cut_at = (seed * 7_919_777 + 3_000_000) % (44 * MIB);
        loop {
            epoch += 1;
            scene.proxy.set(Rules { cut_after_sent: Some(cut_at), ..FAR });
            let remote = scene.open(1).await;
            let request = UploadRequest {
                owner: owner(epoch),
                resume: Resume::Across {
                    journals: journals.path().to_path_buf(),
                    given_up: Arc::new(|| false),
                },
                ..scene.delivery()
            };
            match upload(&*remote, request, &control()).await {
                Ok(outcome) => {
                    assert_eq!(moved(outcome).sha256, sha256(&scene.content));
                    assert!(scene.there() == scene.content);
                    break;
                }
                Err(error) => {
                    cuts += 1;
                    assert_eq!(error.code(), ErrorCode::ConnectionLost, "{error}");
                    assert!(scene.there() == old);
                    cut_at = 60 * MIB;
                }
            }
        }
    }
    assert!(cuts >= 4, "only {cuts} cuts");
    assert_eq!(names(scene.server.data()), ["big", "up"]);
}

#[tokio::test]
async fn a_gentle_connection_moves_the_same_bytes() {
    let scene = scene(&[], 2);
    let target = target_with(&scene.server, scene.server.port(), json!({ "transfer_profile": "compat" }));
    let remote = open(target).await.unwrap();
    moved(upload(&*remote, scene.delivery(), &control()).await.unwrap());
    moved(download(&*remote, scene.fetching(), &control()).await.unwrap());
    assert!(scene.there() == scene.content);
    assert!(std::fs::read(scene.to()).unwrap() == scene.content);
    let listing = remote.list(&scene.server.remote("")).await.unwrap();
    assert_eq!(listing.entries.len(), 2);
    assert_eq!(scene.channels(), 1);
}

#[tokio::test]
async fn a_file_that_is_replaced_while_lanes_join_is_not_published_mixed() {
    let scene = scene(&[], 96);
    scene.proxy.set(Rules { delay: Duration::from_millis(100), ..FAR });
    let remote = scene.open(1).await;
    let (path, other) = (scene.server.data().join("big"), scene.server.data().join("other"));
    let changed: Vec<u8> = scene.content.iter().map(|byte| byte ^ 1).collect();
    std::fs::write(&other, &changed).unwrap();
    let later = std::fs::metadata(&path).unwrap().modified().unwrap() + Duration::from_secs(5);
    std::fs::File::options().write(true).open(&other).unwrap().set_modified(later).unwrap();
    let ctl = control_with(CancellationToken::new(), move |tick| {
        if tick.bytes > 0 && other.exists() {
            std::fs::rename(&other, &path).unwrap();
        }
    });
    // What is open stays the old file on a Unix server; a lane that joins sees the new one and is not used.
    match download(&*remote, scene.fetching(), &ctl).await {
        Ok(_) => assert!(std::fs::read(scene.to()).unwrap() == scene.content),
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::SourceChanged, "{error}");
            assert!(!scene.to().exists());
        }
    }
}
