//! zip, unzip and 7z as counterparts, both ways.

use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{Limits, SourceFile, collect, list};
use courier_domain::ErrorCode;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SPOKEN: &str = "correct horse battery staple";

/// Files as partners send them, with a time in the past.
fn fill(bench: &Workbench) -> SystemTime {
    let time = UNIX_EPOCH + Duration::from_secs(1_700_000_001);
    for (name, data) in [
        ("in/Rechnung März.csv", b"Netto;Brutto\n100;119\n".repeat(500)),
        ("in/deep/er/noise.bin", noise(300_000)),
        ("in/empty.txt", Vec::new()),
    ] {
        let path = bench.write(name, data);
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    time
}

fn assert_same(bench: &Workbench, folder: &str, time: Option<SystemTime>) {
    for name in ["Rechnung März.csv", "deep/er/noise.bin", "empty.txt"] {
        assert_eq!(bench.read(&format!("{folder}/{name}")), bench.read(&format!("in/{name}")), "{name}");
        if let Some(time) = time {
            let found = bench.path(&format!("{folder}/{name}")).metadata().unwrap().modified().unwrap();
            assert_eq!(found, time, "{name}");
        }
    }
}

fn sources(bench: &Workbench) -> Vec<SourceFile> {
    collect(&[bench.path("in")], Some(&bench.path("in"))).unwrap()
}

#[test]
fn unzip_opens_what_is_made_here_with_names_and_times() {
    let bench = Workbench::new();
    let time = fill(&bench);
    bench.pack(&sources(&bench), None).unwrap();
    bench.run_well("unzip", &["-tq", "out.zip"]);
    bench.run_well("unzip", &["-q", "out.zip", "-d", "theirs"]);
    assert_same(&bench, "theirs", Some(time));
}

#[test]
fn seven_zip_opens_what_is_encrypted_here_and_only_with_the_password() {
    let bench = Workbench::new();
    fill(&bench);
    bench.pack(&sources(&bench), Some(SPOKEN)).unwrap();
    let listing = bench.run_well("7z", &["l", "-slt", "out.zip"]);
    assert!(listing.contains("AES-256"), "{listing}");
    bench.run_well("7z", &["x", "-otheirs", &format!("-p{SPOKEN}"), "out.zip"]);
    assert_same(&bench, "theirs", None);
    assert!(!bench.run("7z", &["t", "-pwrong", "out.zip"]).status.success());
}

#[test]
fn what_zip_makes_opens_here_with_names_times_and_modes() {
    let bench = Workbench::new();
    let time = fill(&bench);
    bench.run_well("sh", &["-c", "chmod 755 in/empty.txt && cd in && zip -qr ../theirs.zip ."]);
    let extracted = bench.unpack("theirs.zip", &Unpack::default()).unwrap();
    assert_eq!(extracted.files.len(), 3);
    assert_same(&bench, "unpacked", Some(time));
}

#[test]
fn streamed_and_zip64_archives_of_zip_open_here() {
    let bench = Workbench::new();
    let time = fill(&bench);
    for command in ["cat in/empty.txt | zip -q - - > s.zip", "cd in && zip -qr - . | cat > ../theirs.zip"] {
        bench.run_well("sh", &["-c", command]);
    }
    bench.unpack("theirs.zip", &Unpack::default()).unwrap();
    assert_same(&bench, "unpacked", Some(time));
    fs::remove_dir_all(bench.path("unpacked")).unwrap();

    bench.run_well("sh", &["-c", "cd in && zip -qr -fz ../zip64.zip ."]);
    bench.unpack("zip64.zip", &Unpack::default()).unwrap();
    assert_same(&bench, "unpacked", Some(time));
}

#[test]
fn what_seven_zip_encrypts_opens_here_and_only_with_the_password() {
    for method in ["-mem=AES256", "-mem=AES128", "-mem=ZipCrypto"] {
        let bench = Workbench::new();
        fill(&bench);
        let password = format!("-p{SPOKEN}");
        bench.run_well("7z", &["a", "-tzip", method, &password, "theirs.zip", "./in/."]);

        let missing = bench.refusal("theirs.zip", &Unpack::default());
        assert_eq!(missing.code(), ErrorCode::ArchivePassword, "{method}: {missing}");
        let wrong = bench.refusal("theirs.zip", &Unpack { password: Some("wrong"), ..Unpack::default() });
        assert!(wrong.to_string().contains("password"), "{method}: {wrong}");
        assert!(!wrong.to_string().contains("wrong\""), "{method} tells the password: {wrong}");

        bench.unpack("theirs.zip", &Unpack { password: Some(SPOKEN), ..Unpack::default() }).unwrap();
        assert_same(&bench, "unpacked", None);
    }
}

#[test]
fn old_encryption_of_zip_opens_here() {
    let bench = Workbench::new();
    let time = fill(&bench);
    bench.run_well("sh", &["-c", "cd in && zip -qr -P oldsecret ../theirs.zip ."]);
    assert!(
        list(&bench.path("theirs.zip"), None, &Limits::default())
            .unwrap()
            .entries
            .iter()
            .any(|entry| entry.encrypted)
    );
    bench.unpack("theirs.zip", &Unpack { password: Some("oldsecret"), ..Unpack::default() }).unwrap();
    assert_same(&bench, "unpacked", Some(time));
}

#[test]
fn deflate64_as_windows_writes_it_opens_here() {
    let bench = Workbench::new();
    fill(&bench);
    bench.run_well("7z", &["a", "-tzip", "-mm=Deflate64", "theirs.zip", "./in/."]);
    assert!(bench.run_well("7z", &["l", "-slt", "theirs.zip"]).contains("Deflate64"));
    bench.unpack("theirs.zip", &Unpack::default()).unwrap();
    assert_same(&bench, "unpacked", None);
}

#[test]
fn links_that_zip_stores_are_refused() {
    let bench = Workbench::new();
    fill(&bench);
    bench.run_well("sh", &["-c", "ln -s /etc/passwd in/link && cd in && zip -qr --symlinks ../theirs.zip ."]);
    assert_eq!(bench.refusal("theirs.zip", &Unpack::default()).code(), ErrorCode::ArchiveUnsafe);
    fs::remove_file(bench.path("in/link")).unwrap();
}

#[test]
fn more_than_65535_entries_become_a_zip64_that_unzip_reads() {
    let bench = Workbench::new();
    let path = bench.write("one", "1");
    let sources: Vec<_> =
        (0..65_600).map(|n| SourceFile::file(PathBuf::clone(&path), format!("{n:05}"))).collect();
    let created = bench.pack(&sources, None).unwrap();
    assert_eq!(created.file_count, 65_600);
    let listing = bench.run_well("unzip", &["-l", "out.zip"]);
    assert!(listing.contains("65600 files"), "{}", listing.lines().last().unwrap_or_default());
    let limits = Limits { max_file_count: 70_000, ..Limits::default() };
    assert_eq!(list(&bench.path("out.zip"), None, &limits).unwrap().entries.len(), 65_600);
}
