//! What a folder holds, and what a pattern finds.

use crate::server::Server;
use chrono::{DateTime, TimeDelta};
use courier_transfer::{Depth, Selection};
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

pub(crate) async fn lists_files_and_folders(server: Server) {
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890);
    let file = server.put("report.csv", "12345");
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    server.put(".hidden", "");
    server.put("folder/inside", "x");
    std::fs::create_dir(server.data().join("empty")).unwrap();

    let listing = server.remote.list(&server.path("")).await.unwrap();
    assert!(listing.refused.is_empty(), "{:?}", listing.refused);
    let mut seen: Vec<_> =
        listing.entries.iter().map(|e| (e.name.as_str(), e.size, e.is_directory)).collect();
    seen.sort_unstable();
    let expected = [(".hidden", 0, false), ("empty", 0, true), ("folder", 0, true), ("report.csv", 5, false)];
    assert_eq!(seen, expected);
    assert!(listing.entries.iter().all(|entry| entry.path == server.path(&entry.name)));

    let at = |name: &str| listing.entries.iter().find(|e| e.name == name).unwrap().modified_at.unwrap();
    // Listings in the style of `ls` have only the day of what is old, and no seconds.
    let told = DateTime::from_timestamp(1_234_567_890, 0).unwrap();
    assert!((at("report.csv") - told).abs() < TimeDelta::days(1), "{}", at("report.csv"));
    let now = DateTime::from(std::fs::metadata(server.data().join("folder")).unwrap().modified().unwrap());
    assert!((at("folder") - now).abs() < TimeDelta::minutes(2), "{} is not {now}", at("folder"));

    let inside = server.remote.list(&server.path("folder")).await.unwrap();
    assert_eq!(inside.entries.len(), 1);
    assert_eq!(inside.entries[0].path, server.path("folder/inside"));
    assert!(server.remote.list(&server.path("empty")).await.unwrap().entries.is_empty());

    let stat = server.remote.stat(&server.path("report.csv")).await.unwrap().unwrap();
    assert_eq!((stat.name.as_str(), stat.size, stat.is_directory), ("report.csv", 5, false));
    assert_eq!(stat.modified_at, Some(told));
    let stat = server.remote.stat(&server.path("folder")).await.unwrap().unwrap();
    assert!(stat.is_directory);
}

fn relative(selection: &Selection) -> Vec<&str> {
    selection.files.iter().map(|f| f.relative_path.as_str()).collect()
}

pub(crate) async fn finds_the_files_of_a_tree(server: Server) {
    for name in ["a.csv", "b.txt", "x/c.csv", "x/y/d.csv", "x/y/e.txt", "z/f.csv"] {
        server.put(name, name);
    }
    let found = server.expand("*.csv", Depth::Folder).await;
    assert_eq!(relative(&found), ["a.csv"]);
    let found = server.expand("*.csv", Depth::Tree).await;
    assert_eq!(relative(&found), ["a.csv", "x/c.csv", "x/y/d.csv", "z/f.csv"]);
    let found = server.expand("x/**/*.csv", Depth::Folder).await;
    assert_eq!(relative(&found), ["c.csv", "y/d.csv"]);
    let found = server.expand("x", Depth::Tree).await;
    assert_eq!(relative(&found), ["c.csv", "y/d.csv", "y/e.txt"]);
    assert!(
        found
            .files
            .iter()
            .all(|file| file.entry.size == file.entry.path.len() as u64 - server.path("").len() as u64)
    );
    assert!(server.expand("no/such/*", Depth::Tree).await.files.is_empty());
    assert!(server.expand("nothing", Depth::Tree).await.files.is_empty());
}

pub(crate) async fn does_not_follow_links_to_folders(server: Server) {
    server.put("real.csv", "real");
    server.put("folder/in.csv", "x");
    symlink("..", server.data().join("folder/loop")).unwrap();
    symlink("nowhere", server.data().join("broken.csv")).unwrap();
    let found = server.expand("", Depth::Tree).await;
    assert_eq!(relative(&found), ["folder/in.csv", "real.csv"]);
}

pub(crate) async fn lists_two_thousand_names(server: Server) {
    let names: Vec<String> = (0..2000).map(|n| format!("a name of some length, number {n:05}.csv")).collect();
    for name in &names {
        server.put(name, "x");
    }
    let found = server.expand("*.csv", Depth::Folder).await;
    assert_eq!(relative(&found), names);
}
