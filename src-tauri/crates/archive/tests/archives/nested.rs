//! Archives inside archives, as deep as it is allowed, and bombs made of levels.

use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{ArchiveError, Format, Limits, SourceFile};
use courier_domain::ErrorCode;
use std::path::PathBuf;

fn depth(levels: u32) -> Limits {
    Limits { max_nesting_depth: levels, ..Limits::default() }
}

/// Packs files of the bench under their own names, in the place of an archive that is there.
fn pack(bench: &Workbench, archive: &str, format: Format, names: &[&str]) {
    let sources: Vec<SourceFile> =
        names.iter().map(|name| SourceFile::file(bench.path(name), (*name).to_owned())).collect();
    let _ = std::fs::remove_file(bench.path(archive));
    bench.pack_as(archive, format, &sources, None, None).unwrap();
}

/// `outer.zip` with `a.csv` and `sub/middle.tar.gz`, in which are `b.csv` and `inner.7z` with `c.csv`.
fn three_levels() -> Workbench {
    let bench = Workbench::new();
    for (name, content) in [("a.csv", "a"), ("b.csv", "bb"), ("c.csv", "ccc")] {
        bench.write(name, content);
    }
    pack(&bench, "inner.7z", Format::SevenZip, &["c.csv"]);
    bench.write("sub/none", "");
    pack(&bench, "sub/middle.tar.gz", Format::TarGz, &["b.csv", "inner.7z"]);
    pack(&bench, "outer.zip", Format::Zip, &["a.csv", "sub/middle.tar.gz"]);
    bench
}

fn unpacked(bench: &Workbench, archive: &str, how: &Unpack<'_>) -> Vec<String> {
    let extracted = bench.unpack(archive, how).unwrap();
    let mut names: Vec<String> = extracted.files.iter().map(|f| f.to_string_lossy().into_owned()).collect();
    let mut bytes = 0;
    for name in &names {
        bytes += bench.read(&format!("unpacked/{name}")).len() as u64;
    }
    assert_eq!(extracted.bytes, bytes);
    names.sort();
    let is_file = |path: &PathBuf| path.is_file() && path.starts_with(bench.path("unpacked"));
    assert_eq!(
        bench.names().iter().filter(|path| is_file(path)).count(),
        names.len(),
        "nothing else is there"
    );
    std::fs::remove_dir_all(bench.path("unpacked")).unwrap();
    names
}

#[test]
fn archives_inside_are_unpacked_as_deep_as_is_allowed() {
    let bench = three_levels();
    let at = |levels| unpacked(&bench, "outer.zip", &Unpack { limits: depth(levels), ..Unpack::default() });
    assert_eq!(at(0), ["a.csv", "sub/middle.tar.gz"]);
    assert_eq!(at(1), ["a.csv", "sub/middle/b.csv", "sub/middle/inner.7z"]);
    assert_eq!(at(2), ["a.csv", "sub/middle/b.csv", "sub/middle/inner/c.csv"]);
    assert_eq!(at(16), at(2));
    let flat = Unpack { limits: depth(2), flatten: true, ..Unpack::default() };
    assert_eq!(unpacked(&bench, "outer.zip", &flat), ["a.csv", "b.csv", "c.csv"]);
}

#[test]
fn what_is_not_called_an_archive_or_is_none_stays_as_it_is() {
    let bench = three_levels();
    std::fs::copy(bench.path("inner.7z"), bench.path("report.docx")).unwrap();
    bench.write("not.zip", "words");
    bench.write("sub/middle/there", "already");
    pack(
        &bench,
        "outer.zip",
        Format::Zip,
        &["report.docx", "not.zip", "sub/middle/there", "sub/middle.tar.gz"],
    );
    let how = Unpack { limits: depth(1), ..Unpack::default() };
    let names = [
        "not.zip",
        "report.docx",
        "sub/middle.tar.gz/b.csv",
        "sub/middle.tar.gz/inner.7z",
        "sub/middle/there",
    ];
    assert_eq!(unpacked(&bench, "outer.zip", &how), names);
}

#[test]
fn one_bad_archive_inside_undoes_everything() {
    let bench = three_levels();
    let mut cut = bench.read("sub/middle.tar.gz");
    cut.truncate(cut.len() - 20);
    bench.write("sub/middle.tar.gz", cut);
    pack(&bench, "outer.zip", Format::Zip, &["a.csv", "sub/middle.tar.gz"]);
    bench.refusal("outer.zip", &Unpack { limits: depth(1), ..Unpack::default() });
    // A name that is there twice once all is in one folder.
    let bench = three_levels();
    bench.write("x/b.csv", "another");
    pack(&bench, "outer.zip", Format::Zip, &["x/b.csv", "sub/middle.tar.gz"]);
    let flat = Unpack { limits: depth(1), flatten: true, ..Unpack::default() };
    let error = bench.refusal("outer.zip", &flat);
    assert!(matches!(error, ArchiveError::Unsafe { .. }), "{error}");
}

#[test]
fn levels_do_not_multiply_the_limits() {
    let bench = Workbench::new();
    bench.write("zeros", vec![0; 8 << 20]);
    bench.write("noise", noise(1 << 16));
    pack(&bench, "one.tar.zst", Format::TarZst, &["zeros", "noise"]);
    let names: Vec<String> = (0..40).map(|n| format!("copy-{n}.tar.zst")).collect();
    for name in &names {
        std::fs::copy(bench.path("one.tar.zst"), bench.path(name)).unwrap();
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    pack(&bench, "bomb.zip", Format::Zip, &names);
    let refused = |limits: Limits| {
        let error = bench.refusal("bomb.zip", &Unpack { limits, ..Unpack::default() });
        assert_eq!(error.code(), ErrorCode::ArchiveLimit, "{error}");
    };
    // Each alone is fair; together they are too many bytes, too many files, too much for what the whole weighs.
    refused(Limits { max_uncompressed_bytes: 100 << 20, ..depth(1) });
    refused(Limits { max_file_count: 100, ..depth(1) });
    refused(Limits { max_compression_ratio: 100, ..depth(1) });
    let fair = Unpack { limits: depth(1), ..Unpack::default() };
    assert_eq!(unpacked(&bench, "bomb.zip", &fair).len(), 80);
}
