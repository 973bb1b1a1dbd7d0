//! Beginning in the middle of a file.

use crate::server::Server;
use courier_testkit::data::bytes;
use courier_transfer::TransferError;
use std::os::unix::fs::FileExt;

pub(crate) async fn reads_from_any_offset(server: Server) {
    assert!(server.remote.capabilities().resume_download);
    let content = bytes(600_000, 9);
    server.put("file", &content);
    for offset in [0, 1, 255, 32_768, 300_001, 599_999, 600_000] {
        let rest = server.read("file", offset as u64).await.unwrap();
        assert!(rest == content[offset..], "other bytes from {offset} on");
    }
}

/// Sends the rest of a file and gives what is there then.
async fn go_on(server: &Server, name: &str, offset: u64, rest: &[u8]) {
    let mut writer = server.remote.open_write_at(&server.path(name), offset).await.unwrap();
    let length = writer.block_len();
    for block in rest.chunks(length) {
        writer.write(block.to_vec()).await.unwrap();
    }
    writer.finish().await.unwrap();
    assert_eq!(writer.acknowledged(), offset + rest.len() as u64);
}

pub(crate) async fn goes_on_writing_at_any_offset(server: Server) {
    assert!(server.remote.capabilities().resume_upload);
    let content = bytes(700_000, 11);
    // Some of what is there may never have been acknowledged: it is written over.
    for (there, offset) in [(300_000, 300_000), (300_000, 299_999), (300_000, 1), (0, 0), (400_000, 262_144)]
    {
        let mut partial = content[..offset].to_vec();
        partial.resize(there, 0);
        server.put("file", &partial);
        go_on(&server, "file", offset as u64, &content[offset..]).await;
        assert!(server.content("file") == content, "other bytes after going on from {offset} of {there}");
    }
}

pub(crate) async fn refuses_to_go_on_behind_the_end(server: Server) {
    server.put("short", "12345");
    let path = server.path("short");
    let refused = match server.remote.open_write_at(&path, 6).await {
        Err(error) => error,
        Ok(mut writer) => writer.write(b"x".to_vec()).await.and(writer.finish().await).unwrap_err(),
    };
    assert!(!matches!(refused, TransferError::Lost { .. }), "{refused}");
    assert_eq!(server.content("short"), b"12345");
}

pub(crate) async fn goes_on_behind_five_gibibytes(server: Server) {
    let path = server.put("huge", "");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(5 * GIB).unwrap();
    go_on(&server, "huge", 5 * GIB, b"and more").await;
    let file = std::fs::File::open(&path).unwrap();
    let mut end = [0; 10];
    file.read_exact_at(&mut end, 5 * GIB - 2).unwrap();
    assert_eq!(&end, b"\0\0and more");
    assert_eq!(file.metadata().unwrap().len(), 5 * GIB + 8);
}

const GIB: u64 = 1 << 30;

pub(crate) async fn reads_the_end_of_a_file_of_five_gibibytes(server: Server) {
    let path = server.put("huge", "");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    // No disk holds 5 GiB for this: all but the end is a hole.
    file.set_len(5 * GIB).unwrap();
    file.write_all_at(b"the very end", 5 * GIB - 12).unwrap();
    let stat = server.remote.stat(&server.path("huge")).await.unwrap().unwrap();
    assert_eq!(stat.size, 5 * GIB);
    let listing = server.remote.list(&server.path("")).await.unwrap();
    assert_eq!(listing.entries[0].size, 5 * GIB);
    let end = server.read("huge", 5 * GIB - 1000).await.unwrap();
    assert_eq!(end.len(), 1000);
    assert!(end.ends_with(b"\0the very end"));
}
