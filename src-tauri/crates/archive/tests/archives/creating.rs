//! What goes in, under which name, and that a failed attempt leaves no file.

use crate::workbench::{Workbench, noise};
use courier_archive::{Control, CreateRequest, Format, SourceFile, collect, create};
use courier_domain::ErrorCode;
use std::cell::Cell;
use std::fs;
use tokio_util::sync::CancellationToken;

fn names(sources: &[SourceFile]) -> Vec<&str> {
    sources.iter().map(|source| source.name_in_archive.as_str()).collect()
}

#[test]
fn folders_are_walked_and_named_from_the_base_path() {
    let bench = Workbench::new();
    bench.write("out/2026/b.csv", "b");
    bench.write("out/2026/a.csv", "a");
    bench.write("out/readme.txt", "r");
    let folder = [bench.path("out")];
    let own_names = collect(&folder, None).unwrap();
    assert_eq!(names(&own_names), ["out/2026/a.csv", "out/2026/b.csv", "out/readme.txt"]);
    let based = collect(&folder, Some(&bench.path("out"))).unwrap();
    assert_eq!(names(&based), ["2026/a.csv", "2026/b.csv", "readme.txt"]);
    let file = [bench.path("out/2026/a.csv")];
    assert_eq!(names(&collect(&file, None).unwrap()), ["a.csv"]);
    assert_eq!(names(&collect(&file, Some(&bench.path(""))).unwrap()), ["out/2026/a.csv"]);
    let outside = collect(&file, Some(&bench.path("elsewhere"))).unwrap_err();
    assert_eq!(outside.code(), ErrorCode::Validation);
}

#[test]
fn two_sources_on_one_name_are_refused_before_anything_is_written() {
    let bench = Workbench::new();
    let first = bench.write("a/Report.csv", "1");
    let second = bench.write("b/report.csv", "2");
    let error = collect(&[first.clone(), second.clone()], None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
    let text = error.to_string();
    assert!(text.contains("a/Report.csv") && text.contains("b/report.csv"), "{text}");

    let sources = [SourceFile::file(first, "x".into()), SourceFile::file(second, "x".into())];
    assert_eq!(bench.pack(&sources, None).unwrap_err().code(), ErrorCode::AlreadyExists);
    assert!(!bench.path("out.zip").exists());
}

#[test]
fn names_that_could_not_be_read_back_are_not_stored() {
    let bench = Workbench::new();
    let path = bench.write("plain", "1");
    for name in ["../plain", "/plain", "a\\b", "NUL.txt", ""] {
        let source = SourceFile::file(path.clone(), name.into());
        assert_eq!(bench.pack(&[source], None).unwrap_err().code(), ErrorCode::UnsafeName, "{name}");
    }
    assert!(!bench.path("out.zip").exists());
}

#[test]
fn links_and_pipes_inside_a_folder_are_not_stored() {
    let bench = Workbench::new();
    bench.write("folder/file", "1");
    std::os::unix::fs::symlink("/etc/passwd", bench.path("folder/link")).unwrap();
    let error = collect(&[bench.path("folder")], None).unwrap_err();
    assert!(error.to_string().contains("folder/link"), "{error}");
}

#[test]
fn nothing_to_store_bad_levels_and_empty_passwords_are_refused() {
    let bench = Workbench::new();
    assert_eq!(bench.pack(&[], None).unwrap_err().code(), ErrorCode::NoFiles);
    let sources = collect(&[bench.write("a", "1")], None).unwrap();
    assert_eq!(bench.pack(&sources, Some("")).unwrap_err().code(), ErrorCode::Validation);
    let cancel = CancellationToken::new();
    let request = CreateRequest {
        output_temp: &bench.path("out.zip"),
        sources: &sources,
        format: Format::Zip,
        level: Some(10),
        password: None,
        verify: true,
        max_part_bytes: None,
    };
    let error = create(&request, &Control { cancel: &cancel, progress: &|_| {} }).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Validation);
    assert!(!bench.path("out.zip").exists());
}

#[test]
fn a_missing_source_leaves_no_archive() {
    let bench = Workbench::new();
    let mut sources = collect(&[bench.write("a", "1"), bench.write("b", "2")], None).unwrap();
    fs::remove_file(&sources[1].path).unwrap();
    assert_eq!(bench.pack(&sources, None).unwrap_err().code(), ErrorCode::FileNotFound);
    assert!(!bench.path("out.zip").exists());
    sources.pop();
    bench.pack(&sources, None).unwrap();
}

#[test]
fn an_existing_file_is_never_written_over() {
    let bench = Workbench::new();
    let sources = collect(&[bench.write("a", "1")], None).unwrap();
    bench.write("out.zip", "precious");
    assert_eq!(bench.pack(&sources, None).unwrap_err().code(), ErrorCode::AlreadyExists);
    assert_eq!(bench.read("out.zip"), b"precious");
}

#[test]
fn a_source_that_grows_while_it_is_read_is_noticed() {
    let bench = Workbench::new();
    let path = bench.write("log", noise(1_000_000));
    let sources = collect(std::slice::from_ref(&path), None).unwrap();
    let cancel = CancellationToken::new();
    let grow = |_| {
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(noise(300_000));
        fs::write(&path, bytes).unwrap();
    };
    let error = bench.pack_under(&sources, None, &Control { cancel: &cancel, progress: &grow }).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged);
    assert!(!bench.path("out.zip").exists());
}

#[test]
fn cancelling_stops_within_a_block_and_leaves_no_archive() {
    let bench = Workbench::new();
    let sources = collect(&[bench.write("big", noise(4_000_000))], None).unwrap();
    let cancel = CancellationToken::new();
    let reported = Cell::new(0);
    let progress = |bytes| {
        reported.set(bytes);
        cancel.cancel();
    };
    let error =
        bench.pack_under(&sources, None, &Control { cancel: &cancel, progress: &progress }).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    assert!(reported.get() < 1_000_000, "went on to {} bytes", reported.get());
    assert!(!bench.path("out.zip").exists());
}

#[test]
fn what_was_made_says_how_much_it_holds() {
    let bench = Workbench::new();
    let sources = collect(&[bench.write("a", noise(1000)), bench.write("b", vec![7; 9000])], None).unwrap();
    let created = bench.pack(&sources, None).unwrap();
    assert_eq!((created.file_count, created.bytes), (2, 10_000));
    assert_eq!(created.archive_size, bench.read("out.zip").len() as u64);
    assert!(created.archive_size < 2_000);
}
