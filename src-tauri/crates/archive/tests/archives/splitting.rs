//! Archives in parts: written, read, and refused when parts are not what they should be.

use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{ArchiveError, Limits, collect, list};
use courier_domain::ErrorCode;
use std::fs;
use std::path::PathBuf;

/// Packs 300,000 bytes that do not shrink into parts of 100,000.
fn split(bench: &Workbench, password: Option<&str>) -> Vec<PathBuf> {
    let sources =
        collect(&[bench.write("in/data.bin", noise(300_000)), bench.write("in/a.txt", "a")], None).unwrap();
    let created = bench.pack_in_parts(&sources, password, Some(100_000)).unwrap();
    let sizes: Vec<_> = created.parts.iter().map(|part| fs::metadata(part).unwrap().len()).collect();
    assert_eq!(sizes[..3], [100_000; 3]);
    assert_eq!(sizes.iter().sum::<u64>(), created.archive_size);
    created.parts
}

#[test]
fn parts_are_named_in_order_and_read_by_naming_the_first() {
    for password in [None, Some("pa55")] {
        let bench = Workbench::new();
        let parts = split(&bench, password);
        let names = ["001", "002", "003", "004"].map(|number| bench.path(&format!("out.zip.{number}")));
        assert_eq!(parts, names);
        assert!(!bench.path("out.zip").exists());
        assert_eq!(list(&parts[0], None, &Limits::default()).unwrap().entries.len(), 2);
        bench.unpack("out.zip.001", &Unpack { password, ..Unpack::default() }).unwrap();
        assert_eq!(bench.read("unpacked/data.bin"), noise(300_000));
    }
}

#[test]
fn seven_zip_reads_our_parts_and_we_read_its() {
    let bench = Workbench::new();
    split(&bench, None);
    bench.run_well("7z", &["t", "out.zip.001"]);
    bench.run_well("7z", &["x", "-otheirs", "out.zip.001"]);
    assert_eq!(bench.read("theirs/data.bin"), noise(300_000));

    bench.run_well("7z", &["a", "-tzip", "-v70k", "their.zip", "./in/."]);
    assert!(bench.path("their.zip.005").exists());
    bench.unpack("their.zip.001", &Unpack::default()).unwrap();
    assert_eq!(bench.read("unpacked/data.bin"), noise(300_000));
}

#[test]
fn an_archive_that_fits_into_one_part_is_still_named_as_a_part() {
    let bench = Workbench::new();
    let sources = collect(&[bench.write("a", "1")], None).unwrap();
    let created = bench.pack_in_parts(&sources, None, Some(100_000)).unwrap();
    assert_eq!(created.parts, [bench.path("out.zip.001")]);
    bench.unpack("out.zip.001", &Unpack::default()).unwrap();
}

#[test]
fn a_failed_attempt_leaves_no_part() {
    let bench = Workbench::new();
    let mut sources = collect(&[bench.write("in/data.bin", noise(300_000))], None).unwrap();
    sources.push(courier_archive::SourceFile::file(bench.path("absent"), "absent".into()));
    let before = bench.names();
    assert!(bench.pack_in_parts(&sources, None, Some(10_000)).is_err());
    assert_eq!(bench.names(), before);
    let tiny = bench.pack_in_parts(&sources, None, Some(1_023)).unwrap_err();
    assert_eq!(tiny.code(), ErrorCode::Validation, "{tiny}");
}

#[test]
fn a_part_that_is_there_already_is_not_written_over() {
    let bench = Workbench::new();
    let sources = collect(&[bench.write("in/data.bin", noise(300_000))], None).unwrap();
    bench.write("out.zip.002", "precious");
    let error = bench.pack_in_parts(&sources, None, Some(100_000)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists, "{error}");
    assert_eq!(bench.read("out.zip.002"), b"precious");
    assert!(!bench.path("out.zip.001").exists());
}

#[test]
fn a_missing_part_is_named() {
    let bench = Workbench::new();
    split(&bench, None);
    fs::rename(bench.path("out.zip.002"), bench.path("away")).unwrap();
    let error = bench.refusal("out.zip.001", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::FileNotFound);
    assert!(error.to_string().contains("out.zip.002 is missing"), "{error}");
    assert!(list(&bench.path("out.zip.001"), None, &Limits::default()).is_err());
    fs::rename(bench.path("away"), bench.path("out.zip.002")).unwrap();
    fs::remove_file(bench.path("out.zip.004")).unwrap();
    let error = bench.refusal("out.zip.001", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::ArchiveDamaged);
    let text = error.to_string();
    assert!(text.contains("out.zip.003") && text.contains("more are missing"), "{text}");
}

#[test]
fn a_later_part_points_to_the_first() {
    let bench = Workbench::new();
    split(&bench, None);
    let error = bench.refusal("out.zip.003", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::Validation);
    assert!(
        error.to_string().contains("name the first, ") && error.to_string().contains("out.zip.001"),
        "{error}"
    );
}

#[test]
fn parts_that_are_links_or_were_cut_are_refused() {
    let bench = Workbench::new();
    split(&bench, None);
    let third = bench.read("out.zip.003");
    fs::remove_file(bench.path("out.zip.003")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", bench.path("out.zip.003")).unwrap();
    let error = bench.refusal("out.zip.001", &Unpack::default());
    assert!(matches!(error, ArchiveError::VolumeKind { .. }), "{error}");
    fs::remove_file(bench.path("out.zip.003")).unwrap();
    for length in [0, 1, third.len() / 2, third.len() - 1] {
        bench.write("out.zip.003", &third[..length]);
        let error = bench.refusal("out.zip.001", &Unpack::default());
        assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "cut to {length}: {error}");
    }
    bench.write("out.zip.003", &third);
    bench.unpack("out.zip.001", &Unpack::default()).unwrap();
}

#[test]
fn parts_in_the_wrong_order_are_refused() {
    let bench = Workbench::new();
    split(&bench, None);
    let (second, third) = (bench.read("out.zip.002"), bench.read("out.zip.003"));
    bench.write("out.zip.002", third);
    bench.write("out.zip.003", second);
    assert_eq!(bench.refusal("out.zip.001", &Unpack::default()).code(), ErrorCode::ArchiveDamaged);
}

#[test]
fn zips_split_by_zip_itself_are_told_apart() {
    let bench = Workbench::new();
    bench.write("in/data.bin", noise(300_000));
    bench.run_well("sh", &["-c", "cd in && zip -q -s 64k ../theirs.zip data.bin"]);
    assert!(bench.path("theirs.z01").exists());
    for name in ["theirs.zip", "theirs.z01"] {
        let error = bench.refusal(name, &Unpack::default());
        assert_eq!(error.code(), ErrorCode::Unsupported, "{name}: {error}");
        assert!(error.to_string().contains(".zip.001"), "{error}");
    }
}
