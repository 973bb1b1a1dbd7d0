//! No text, however broken, is more than an error or a warning, and a preview is written whole or not at all.

use super::ssh_config::Local;
use super::{ImportKind, ImportPreview, ImportRequest, ImportSource, filezilla, ssh_config, winscp};
use crate::surroundings::SystemClock;
use crate::{App, OpenOptions, VaultOptions};
use courier_domain::ErrorCode;
use courier_vault::SecretBytes;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILES: [&str; 3] = [
    include_str!("../../tests/import/ssh_config"),
    include_str!("../../tests/import/WinSCP.ini"),
    include_str!("../../tests/import/sitemanager.xml"),
];

/// What changes a fixture: where, how much of it goes, and what comes instead.
type Cut = (prop::sample::Index, usize, String);

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let odd = prop_oneof![
        "\\PC{0,8}",
        "[<>&;\"'%=\\[\\]/\\\\#!*?~ \\n\\t\\x00-\\x1f]{0,6}",
        Just("Include *\nHost a\n".to_owned()),
        Just("<Server><Folder>".to_owned()),
        Just("</Server>".to_owned()),
        Just("&#xFFFFFFFF;".to_owned()),
        Just("99999999999999999999".to_owned()),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, odd), 1..12)
}

fn broken(text: &str, cuts: &[Cut]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (at, length, with) in cuts {
        let from = at.index(chars.len() + 1);
        let to = (from + length).min(chars.len());
        chars.splice(from..to, with.chars());
    }
    chars.into_iter().collect()
}

fn every_reader(text: &str) -> usize {
    let local = Local { home: PathBuf::from("/home/me"), user: "me".to_owned() };
    let load = |_: &str| vec![ssh_config::Included { name: "/f".into(), text: Ok(text.to_owned()) }];
    let all =
        [Some(ssh_config::read(text, &local, &load)), winscp::read(text).ok(), filezilla::read(text).ok()];
    let mut count = 0;
    for (candidates, warnings) in all.into_iter().flatten() {
        for candidate in &candidates {
            assert!(candidate.name.chars().count() <= 200);
            for text in [&candidate.name, &candidate.host, &candidate.username] {
                assert!(!text.contains(char::is_control), "{text:?}");
            }
            assert!(!candidate.notes.iter().any(|note| note.contains(char::is_control)));
        }
        for warning in warnings.iter().chain(candidates.iter().flat_map(|c| &c.warnings)) {
            assert!(!warning.message.contains(char::is_control) && !warning.path.contains(char::is_control));
        }
        count += candidates.len();
    }
    count
}

#[test]
fn whole_files_are_read() {
    assert_eq!(FILES.map(every_reader), [7, 7, 6]);
}

fn request(source: ImportSource) -> ImportRequest {
    ImportRequest {
        kind: None,
        source,
        only: Vec::new(),
        group: None,
        with_keys: false,
        with_passwords: false,
        seen: None,
    }
}

async fn preview(app: &App, text: &str) -> ImportPreview {
    let source = ImportSource::Text(SecretBytes::from(text.as_bytes()));
    app.import_preview(request(source)).await.unwrap()
}

async fn open(home: &Path) -> App {
    let options = OpenOptions {
        home: Some(home.join("home")),
        database_url: None,
        vault: Some(VaultOptions::new(Arc::new(SystemClock))),
    };
    App::open(options).await.unwrap()
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_seen_is_not_imported() {
    let home = tempfile::tempdir().unwrap();
    let app = open(home.path()).await;
    let (config, included) = (home.path().join("config"), home.path().join("more"));
    std::fs::write(&config, "Include more\nHost a\n User u\n").unwrap();
    std::fs::write(&included, "Host b\n User u\n").unwrap();
    let look = async |seen: Option<String>| {
        app.import_preview(ImportRequest { seen, ..request(ImportSource::File(config.clone())) }).await
    };
    let seen = look(None).await.unwrap();
    assert_eq!((seen.kind, seen.creates()), (ImportKind::SshConfig, 2));
    assert_eq!(look(Some(seen.digest.clone())).await.unwrap().digest, seen.digest);
    std::fs::write(&included, "Host b\n User other\n").unwrap();
    assert_eq!(look(Some(seen.digest)).await.unwrap_err().code, ErrorCode::Conflict);
    app.close().await;
}

#[tokio::test]
async fn what_is_reached_through_another_names_it_and_brings_it_along() {
    let home = tempfile::tempdir().unwrap();
    let app = open(home.path()).await;
    let text = "Host inner\n User u\n PubkeyAuthentication no\n ProxyJump gate\n\
                Host gate\n HostName gate.example.org\n User u\n PubkeyAuthentication no\nHost other\n User u\n";
    let source = ImportSource::Text(SecretBytes::from(text.as_bytes()));
    let only = vec!["inner".to_owned()];
    let preview = app.import_preview(ImportRequest { only, ..request(source) }).await.unwrap();
    let rows: Vec<_> =
        preview.connections.iter().map(|c| (c.imported_from.as_str(), c.through.as_deref())).collect();
    assert_eq!(rows, [("inner", Some("gate")), ("gate", None)]);
    app.close().await;
}

#[tokio::test]
async fn a_name_that_was_taken_since_the_preview_keeps_everything_out() {
    let home = tempfile::tempdir().unwrap();
    let app = open(home.path()).await;
    let late = preview(&app, "Host first second\n User late\n PubkeyAuthentication no\n").await;
    let early = preview(&app, "Host second\n User early\n PubkeyAuthentication no\n").await;
    assert_eq!((late.creates(), early.creates()), (2, 1));
    app.import_apply(early).await.unwrap();
    let error = app.import_apply(late).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict, "{error}");
    let there = app.connections_list().await.unwrap();
    assert_eq!(there.iter().map(|row| row.connection.username.as_str()).collect::<Vec<_>>(), ["early"]);
    app.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_files_never_end_in_a_panic(file in prop::sample::select(&FILES[..]), cuts in cuts()) {
        every_reader(&broken(file, &cuts));
    }

    #[test]
    fn any_text_never_ends_in_a_panic(text in "(\\PC|\\n){0,300}") {
        every_reader(&text);
    }
}
