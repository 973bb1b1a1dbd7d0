//! How fast bytes move.

use crate::server::Server;
use courier_testkit::data::bytes;
use courier_transfer::Remote;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes per second; the files are worth two seconds together, of which half a one may have been saved.
const LIMIT: u64 = 400_000;
const FILE: usize = 400_000;

async fn read(remote: Arc<dyn Remote>, path: String) -> Vec<u8> {
    let mut reader = remote.open_read(&path, 0).await.unwrap();
    let mut all = Vec::new();
    while let Some(block) = reader.next().await.unwrap() {
        all.extend(block);
    }
    reader.close().await.unwrap();
    all
}

async fn write(remote: Arc<dyn Remote>, path: String, content: Vec<u8>) {
    let mut writer = remote.open_write(&path, None).await.unwrap();
    for block in content.chunks(writer.block_len()) {
        assert!(block.len() as u64 <= LIMIT / 8, "blocks are short enough to flow evenly");
        writer.write(block.to_vec()).await.unwrap();
    }
    writer.finish().await.unwrap();
}

pub(crate) async fn several_sessions_keep_to_one_limit(server: Server) {
    let content = bytes(FILE, 11);
    server.put("there", &content);
    let sessions = server.paced(LIMIT, 2).await;
    let began = Instant::now();
    let down = read(Arc::clone(&sessions[0]), server.path("there"));
    let up = write(Arc::clone(&sessions[1]), server.path("here"), content.clone());
    let (down, ()) = tokio::join!(down, up);
    let took = began.elapsed();
    assert!(down == content && server.content("here") == content);
    assert!(took >= Duration::from_millis(1_450), "{took:?}");
}
