//! Choosing what to unpack, and where it lands.

use crate::raw_zip::{RawEntry, archive};
use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{Control, EntryKind, Format, Limits, detect, list};
use courier_domain::ErrorCode;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

fn sample(bench: &Workbench) {
    let entries = [
        RawEntry::file("invoices/", ""),
        RawEntry::file("invoices/a.csv", "a"),
        RawEntry::file("invoices/b.csv", "b"),
        RawEntry::file("notes/read me.txt", "r"),
    ];
    bench.write("in.zip", archive(&entries));
}

fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

#[test]
fn everything_lands_in_a_private_folder() {
    let bench = Workbench::new();
    sample(&bench);
    let extracted = bench.unpack("in.zip", &Unpack::default()).unwrap();
    assert_eq!(extracted.files, paths(&["invoices/a.csv", "invoices/b.csv", "notes/read me.txt"]));
    assert_eq!(extracted.bytes, 3);
    assert_eq!(bench.read("unpacked/notes/read me.txt"), b"r");
    let mode = bench.path("unpacked").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn patterns_choose_entries_by_their_path() {
    let bench = Workbench::new();
    sample(&bench);
    let how = Unpack { include: &["*.csv", "notes/*"], exclude: &["**/b.*"], ..Unpack::default() };
    assert_eq!(bench.unpack("in.zip", &how).unwrap().files, paths(&["invoices/a.csv", "notes/read me.txt"]));
    assert!(!bench.path("unpacked/invoices/b.csv").exists());
}

#[test]
fn flattening_leaves_folders_out_and_refuses_names_that_would_meet() {
    let bench = Workbench::new();
    sample(&bench);
    let how = Unpack { flatten: true, ..Unpack::default() };
    assert_eq!(bench.unpack("in.zip", &how).unwrap().files, paths(&["a.csv", "b.csv", "read me.txt"]));
    assert!(!bench.path("unpacked/invoices").exists());

    let entries = [RawEntry::file("1/a.csv", "1"), RawEntry::file("2/A.csv", "2")];
    bench.write("clash.zip", archive(&entries));
    std::fs::remove_dir_all(bench.path("unpacked")).unwrap();
    assert_eq!(bench.refusal("clash.zip", &how).code(), ErrorCode::ArchiveUnsafe);
    bench.unpack("clash.zip", &Unpack::default()).unwrap();
}

#[test]
fn an_existing_folder_is_not_touched() {
    let bench = Workbench::new();
    sample(&bench);
    bench.write("unpacked/mine.txt", "mine");
    let error = bench.refusal("in.zip", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
    assert_eq!(bench.read("unpacked/mine.txt"), b"mine");
}

#[test]
fn old_names_are_utf8_if_valid_and_cp437_otherwise_and_backslashes_separate() {
    let bench = Workbench::new();
    let entries = [
        RawEntry::file("M\u{e4}rz.csv", "utf-8 without the flag"),
        RawEntry::file(b"\x81ber\\sub.csv", "cp437 with a backslash"),
    ];
    bench.write("in.zip", archive(&entries));
    let extracted = bench.unpack("in.zip", &Unpack::default()).unwrap();
    assert_eq!(extracted.files, paths(&["M\u{e4}rz.csv", "\u{fc}ber/sub.csv"]));
}

#[test]
fn executable_files_stay_executable_and_nothing_else_of_the_mode_is_kept() {
    let bench = Workbench::new();
    let entries =
        [RawEntry::file("run.sh", "x").mode(0o100_755), RawEntry::file("secret", "x").mode(0o100_000)];
    bench.write("in.zip", archive(&entries));
    bench.unpack("in.zip", &Unpack::default()).unwrap();
    let mode = |name: &str| bench.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("unpacked/run.sh") & 0o100, 0o100);
    assert_eq!(mode("unpacked/secret") & 0o700, 0o600);
}

#[test]
fn cancelling_leaves_nothing_behind() {
    let bench = Workbench::new();
    bench.write("in.zip", archive(&[RawEntry::file("big", noise(4_000_000))]));
    let cancel = CancellationToken::new();
    let control = Control { cancel: &cancel, progress: &|_| cancel.cancel() };
    let error = bench.unpack_under("in.zip", &Unpack::default(), &control).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    assert!(!bench.path("unpacked").exists());
}

#[test]
fn listing_says_what_is_inside() {
    let bench = Workbench::new();
    sample(&bench);
    let entries = list(&bench.path("in.zip"), None, &Limits::default()).unwrap().entries;
    assert_eq!(entries.len(), 4);
    assert_eq!(entries[0].kind, EntryKind::Directory);
    assert_eq!(
        (entries[1].name.as_str(), entries[1].size, entries[1].encrypted),
        ("invoices/a.csv", 1, false)
    );
}

#[test]
fn formats_are_known_by_content() {
    let bench = Workbench::new();
    sample(&bench);
    assert_eq!(detect(&bench.path("in.zip")).unwrap(), Some(Format::Zip));
    assert_eq!(detect(&bench.write("empty.zip", archive(&[]))).unwrap(), Some(Format::Zip));
    assert_eq!(detect(&bench.write("lies.zip", "no archive")).unwrap(), None);
    assert_eq!(detect(&bench.write("nothing.zip", "")).unwrap(), None);
    assert_eq!(bench.refusal("lies.zip", &Unpack::default()).code(), ErrorCode::ArchiveDamaged);
    assert_eq!(bench.refusal("absent.zip", &Unpack::default()).code(), ErrorCode::FileNotFound);
}
