//! Names from a server are data: none of them leads anywhere.

use crate::trial::*;
use courier_domain::pattern::PathPattern;
use courier_testkit::hostile::sftp::{BAD_NAMES, content};
use courier_testkit::{HostileSsh, SftpMischief, SshMischief};
use courier_transfer::{Depth, DownloadRequest, download, escaped, expand};

#[tokio::test]
async fn bad_names_are_refused_and_the_good_file_comes() {
    let server = HostileSsh::start(SshMischief::Sftp(SftpMischief::BadNames)).unwrap();
    let remote = open(target(server.port(), serde_json::json!({}))).await.unwrap();
    let found = expand(&*remote, &PathPattern("/in".into()), Depth::Tree, &[]).await.unwrap();
    let ground = Ground::new();
    for file in &found.files {
        let to = ground.target().join(&file.relative_path);
        download(&*remote, DownloadRequest { source: file.entry.clone(), ..fetch("", &to) }, &control())
            .await
            .unwrap();
    }
    assert_eq!(ground.new_files(), ["good.bin"]);
    assert_eq!(std::fs::read(ground.target().join("good.bin")).unwrap(), content());
    for refused in &found.refused {
        is_clean(&refused.name);
        is_clean(&refused.reason);
        assert_eq!(refused.folder, "/in");
    }
    for bad in BAD_NAMES {
        let shown = escaped(&String::from_utf8_lossy(bad));
        assert!(found.refused.iter().any(|refused| refused.name == shown), "{shown} is not refused");
    }
    assert!(found.refused.iter().any(|refused| refused.name == "/tmp" && refused.is_directory));
    assert_eq!(found.refused.len(), BAD_NAMES.len() + 1);
}
