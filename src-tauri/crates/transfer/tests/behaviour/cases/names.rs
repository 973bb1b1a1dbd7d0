//! Names that are unusual, and names that are refused.

use crate::server::Server;
use courier_transfer::Depth;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const STRANGE: &[&str] = &[
    "-rf",
    ".hidden",
    "with  two spaces",
    "it's \"quoted\"",
    "übung",
    "名前",
    "semi;colon",
    "$(x)",
    "*star*",
    "[b]",
    "a=b&c%20d",
    "tilde~",
    "-> arrow",
];

pub(crate) async fn strange_names_are_found_and_moved(server: Server) {
    for name in STRANGE {
        server.put(name, name);
    }
    let listing = server.remote.list(&server.path("")).await.unwrap();
    assert!(listing.refused.is_empty(), "{:?}", listing.refused);
    let mut listed: Vec<_> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
    listed.sort_unstable();
    let mut expected = STRANGE.to_vec();
    expected.sort_unstable();
    assert_eq!(listed, expected);

    let local = tempfile::tempdir().unwrap();
    for name in STRANGE {
        let stat = server.remote.stat(&server.path(name)).await.unwrap().unwrap();
        assert_eq!((stat.name.as_str(), stat.size), (*name, name.len() as u64));
        let to = local.path().join(name);
        server.download(server.fetch(name, &to)).await.unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), *name);
        // Into a folder that is as strange, but for stars: ProFTPD makes no folders with them.
        let folder = format!("{}-up", name.replace('*', "+"));
        let up = format!("{folder}/{name}");
        server.upload(server.deliver(&to, &up)).await.unwrap();
        assert_eq!(server.content(&up), name.as_bytes());
        let renamed = format!("{folder}/{name} again");
        let (from, into) = (server.path(&up), server.path(&renamed));
        server.remote.rename(&from, &into, courier_transfer::Replace::No).await.unwrap();
        let inside = server.remote.list(&server.path(&folder)).await.unwrap();
        assert_eq!(inside.entries.len(), 1, "{inside:?}");
        assert_eq!(inside.entries[0].path, into);
        server.remote.delete(&into).await.unwrap();
        server.remote.rmdir(&server.path(&folder)).await.unwrap();
    }
}

pub(crate) async fn unsafe_names_are_refused_while_the_others_go_on(server: Server) {
    for name in ["good one.csv", "good two.csv", "line\nbreak.csv", "back\\slash.csv", "nul.csv"] {
        server.put(name, name);
    }
    server.put(Path::new(OsStr::from_bytes(b"latin\xfc.csv")), "x");
    let found = server.expand("*.csv", Depth::Folder).await;
    let mut refused: Vec<_> = found.refused.iter().map(|refused| refused.name.as_str()).collect();
    refused.sort_unstable();
    let files: Vec<_> = found.files.iter().map(|file| file.relative_path.as_str()).collect();
    assert_eq!(files, ["good one.csv", "good two.csv"]);
    let told = ["back\\\\slash.csv", "latin\\u{fffd}.csv", "line\\nbreak.csv", "nul.csv"];
    let told = told.into_iter().filter(|name| server.tells_line_breaks() || !name.starts_with("line"));
    assert_eq!(refused, told.collect::<Vec<_>>());

    let local = tempfile::tempdir().unwrap();
    for file in found.files {
        let to = local.path().join(&file.relative_path);
        server.download(server.fetch(&file.relative_path, &to)).await.unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), file.relative_path);
    }
}
