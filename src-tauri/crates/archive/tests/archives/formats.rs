//! Every format both ways with the programs that people have, and what all formats promise alike.

use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{
    ArchiveError, Control, Created, EntryKind, Format, Limits, SourceFile, collect, detect, list,
};
use courier_domain::ErrorCode;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

const TREES: [Format; 5] = [Format::Zip, Format::Tar, Format::TarGz, Format::TarZst, Format::SevenZip];

/// A long name of plain parts, beyond what an old tar header holds.
fn long() -> String {
    format!("{}/{}.csv", "long-folder-name-".repeat(10), "long-file-name-".repeat(12))
}

/// Files of all sorts below `in`, an empty folder, a program.
fn tree(bench: &Workbench) -> Vec<SourceFile> {
    bench.write("in/text.csv", "a;b;c\n".repeat(200_000));
    bench.write("in/noise.bin", noise(700_000));
    bench.write("in/sub/deeper/Rechnung März.txt", "umlaut");
    bench.write("in/empty.txt", "");
    bench.write(&format!("in/{}", long()), "far away");
    let program = bench.write("in/run.sh", "#!/bin/sh\n");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(bench.path("in/nothing here")).unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    fs::File::options().write(true).open(bench.path("in/text.csv")).unwrap().set_modified(old).unwrap();
    collect(&[bench.path("in")], Some(&bench.path("in"))).unwrap()
}

/// Content by name, with folders as `None`.
fn content(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_owned();
            if path.is_dir() {
                found.insert(name, None);
                walk(root, &path, found);
            } else {
                found.insert(name, Some(fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn is_same(bench: &Workbench, folder: &str) -> Result<(), String> {
    let (ours, theirs) = (content(&bench.path("in")), content(&bench.path(folder)));
    let names = |found: &BTreeMap<PathBuf, Option<Vec<u8>>>| found.keys().cloned().collect::<Vec<_>>();
    if names(&ours) != names(&theirs) {
        return Err(format!("{:?} instead of {:?}", names(&theirs), names(&ours)));
    }
    match ours.iter().find(|(name, content)| theirs[*name] != **content) {
        Some((name, _)) => Err(format!("{} has another content", name.display())),
        None => Ok(()),
    }
}

fn reset(bench: &Workbench, names: &[&str]) {
    for name in names {
        let path = bench.path(name);
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
}

/// A way between us and a program: its name, format, password, and the commands in the folder that make `archive` from
/// `in`, and that unpack `archive` into `out`.
struct Peer {
    name: &'static str,
    format: Format,
    password: Option<&'static str>,
    makes: &'static str,
    reads: &'static str,
}

const PEERS: &[Peer] = &[
    Peer {
        name: "zip, unzip",
        format: Format::Zip,
        password: None,
        makes: "cd in && zip -qr ../archive .",
        reads: "unzip -q archive -d out",
    },
    Peer {
        name: "7z",
        format: Format::Zip,
        password: None,
        makes: "cd in && 7z a -tzip ../archive . -y",
        reads: "7z x archive -oout -y",
    },
    Peer {
        name: "7z, AES-256",
        format: Format::Zip,
        password: Some("pa55"),
        makes: "cd in && 7z a -tzip -mem=AES256 -ppa55 ../archive . -y",
        reads: "7z x archive -oout -ppa55 -y",
    },
    Peer {
        name: "zip, its own cipher",
        format: Format::Zip,
        password: Some("pa55"),
        makes: "cd in && zip -qrP pa55 ../archive .",
        reads: "7z x archive -oout -ppa55 -y",
    },
    Peer {
        name: "python",
        format: Format::Zip,
        password: None,
        makes: "python3 -m zipfile -c archive.zip in/* && mv archive.zip archive",
        reads: "python3 -m zipfile -e archive out",
    },
    Peer {
        name: "tar",
        format: Format::Tar,
        password: None,
        makes: "tar -C in -cf archive .",
        reads: "mkdir out && tar -C out -xf archive",
    },
    Peer {
        name: "tar, pax",
        format: Format::Tar,
        password: None,
        makes: "tar --format=pax -C in -cf archive .",
        reads: "mkdir out && tar -C out -xf archive",
    },
    Peer {
        name: "tar, ustar",
        format: Format::Tar,
        password: None,
        makes: "tar --format=gnu -C in -cf archive .",
        reads: "7z x -ttar archive -oout -y",
    },
    Peer {
        name: "python",
        format: Format::Tar,
        password: None,
        makes: "python3 -c \"import tarfile; t = tarfile.open('archive', 'w', format=tarfile.PAX_FORMAT); t.add('in', arcname='.'); t.close()\"",
        reads: "python3 -c \"import tarfile; tarfile.open('archive').extractall('out')\"",
    },
    Peer {
        name: "tar -z",
        format: Format::TarGz,
        password: None,
        makes: "tar -C in -czf archive .",
        reads: "mkdir out && tar -C out -xzf archive",
    },
    Peer {
        name: "tar, gzip -9 twice",
        format: Format::TarGz,
        password: None,
        makes: "tar -C in -cf plain . && split -n 2 plain half- && (gzip -9c half-aa; gzip -9c half-ab) > archive && rm plain half-*",
        reads: "mkdir out && gzip -dc archive | tar -C out -x",
    },
    Peer {
        name: "tar --zstd",
        format: Format::TarZst,
        password: None,
        makes: "tar -C in --zstd -cf archive .",
        reads: "mkdir out && zstd -dc archive | tar -C out -x",
    },
    Peer {
        name: "zstd -19 --long",
        format: Format::TarZst,
        password: None,
        makes: "tar -C in -c . | zstd -q -19 --long=27 -o archive",
        reads: "mkdir out && tar -C out --zstd -xf archive",
    },
    Peer {
        name: "7z",
        format: Format::SevenZip,
        password: None,
        makes: "cd in && 7z a -t7z ../archive . -y",
        reads: "7z x archive -oout -y",
    },
    Peer {
        name: "7z -mx=9",
        format: Format::SevenZip,
        password: None,
        makes: "cd in && 7z a -t7z -mx=9 ../archive . -y",
        reads: "7z t archive && 7z x archive -oout -y",
    },
    Peer {
        name: "7z, not solid, BZip2",
        format: Format::SevenZip,
        password: None,
        makes: "cd in && 7z a -t7z -ms=off -m0=BZip2 ../archive . -y",
        reads: "7z x archive -oout -y",
    },
    Peer {
        name: "7z, PPMd",
        format: Format::SevenZip,
        password: None,
        makes: "cd in && 7z a -t7z -m0=PPMd ../archive . -y",
        reads: "7z x archive -oout -y",
    },
    Peer {
        name: "7z, Deflate",
        format: Format::SevenZip,
        password: None,
        makes: "cd in && 7z a -t7z -m0=Deflate ../archive . -y",
        reads: "7z x archive -oout -y",
    },
    Peer {
        name: "7z, LZMA, BCJ",
        format: Format::SevenZip,
        password: None,
        makes: "cd in && 7z a -t7z -m0=BCJ -m1=LZMA ../archive . -y",
        reads: "7z x archive -oout -y",
    },
    Peer {
        name: "7z, AES-256",
        format: Format::SevenZip,
        password: Some("pa55"),
        makes: "cd in && 7z a -t7z -ppa55 ../archive . -y",
        reads: "7z x archive -oout -ppa55 -y",
    },
    Peer {
        name: "7z, names encrypted",
        format: Format::SevenZip,
        password: Some("pa55"),
        makes: "cd in && 7z a -t7z -ppa55 -mhe=on ../archive . -y",
        reads: "7z x archive -oout -ppa55 -y",
    },
];

fn shell(bench: &Workbench, command: &str) -> Result<(), String> {
    let output = bench.run("bash", &["-o", "pipefail", "-c", command]);
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{command}: {} {}", text(&output.stdout), text(&output.stderr)))
}

fn they_read(bench: &Workbench, sources: &[SourceFile], peer: &Peer) -> Result<(), String> {
    reset(bench, &["archive", "out"]);
    bench.pack_as("archive", peer.format, sources, peer.password, None).map_err(|e| e.to_string())?;
    shell(bench, peer.reads)?;
    is_same(bench, "out")
}

fn we_read(bench: &Workbench, peer: &Peer) -> Result<(), String> {
    reset(bench, &["archive", "archive.zip", "archive.7z", "unpacked"]);
    shell(bench, peer.makes)?;
    for ending in [".zip", ".7z"] {
        let made = bench.path(&format!("archive{ending}"));
        if made.exists() {
            fs::rename(made, bench.path("archive")).unwrap();
        }
    }
    if detect(&bench.path("archive")).map_err(|e| e.to_string())? != Some(peer.format) {
        return Err("it is taken for another format".into());
    }
    bench
        .unpack("archive", &Unpack { password: peer.password, ..Unpack::default() })
        .map_err(|e| e.to_string())?;
    is_same(bench, "unpacked")
}

#[test]
fn interoperability_matrix_of_archives() {
    let bench = Workbench::new();
    let sources = tree(&bench);
    let (mut lines, mut failures) = (Vec::new(), Vec::new());
    for peer in PEERS {
        let mut shown = Vec::new();
        for (way, done) in [
            ("we make, it reads", they_read(&bench, &sources, peer)),
            ("it makes, we read", we_read(&bench, peer)),
        ] {
            shown.push(if done.is_ok() { "ok" } else { "FAILED" });
            failures.extend(
                done.err().map(|error| format!("{} {}, {way}: {error}", peer.format.as_str(), peer.name)),
            );
        }
        lines.push(format!("| {} | {} | {} |", peer.format.as_str(), peer.name, shown.join(" | ")));
    }
    println!(
        "| format | program | we make, it reads | it makes, we read |\n|---|---|---|---|\n{}",
        lines.join("\n")
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_tree_comes_back_with_times_programs_and_empty_folders() {
    for format in TREES {
        let bench = Workbench::new();
        let sources = tree(&bench);
        let created = bench.pack_as("archive", format, &sources, None, None).unwrap();
        assert_eq!((created.file_count, created.archive_size), (6, bench.read("archive").len() as u64));
        assert_eq!(detect(&bench.path("archive")).unwrap(), Some(format));
        let listing = list(&bench.path("archive"), None, &Limits::default()).unwrap();
        assert_eq!(listing.format, format);
        let files = listing.entries.iter().filter(|e| e.kind == EntryKind::File).count();
        assert_eq!((files, listing.entries.len()), (6, 7), "{format:?}");
        assert!(listing.entries.iter().all(|e| e.refused.is_none() && e.modified.is_some()), "{format:?}");
        let extracted = bench.unpack("archive", &Unpack::default()).unwrap();
        assert_eq!((extracted.files.len(), extracted.bytes), (6, created.bytes), "{format:?}");
        is_same(&bench, "unpacked").unwrap();
        let meta = |name: &str| fs::metadata(bench.path("unpacked").join(name)).unwrap();
        let since = meta("text.csv").modified().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(since.as_secs(), 1_500_000_000, "{format:?}");
        assert_eq!(meta("run.sh").permissions().mode() & 0o100, 0o100, "{format:?}");
        assert_eq!(meta("text.csv").permissions().mode() & 0o111, 0, "{format:?}");
    }
}

#[test]
fn one_file_in_gzip_keeps_its_name_and_time() {
    let bench = Workbench::new();
    let text = "some text\n".repeat(300_000);
    let sources = collect(&[bench.write("report.csv", &text)], None).unwrap();
    bench.pack_as("sealed", Format::Gzip, &sources, None, None).unwrap();
    assert_eq!(bench.run("gzip", &["-dc", "sealed"]).stdout, text.as_bytes());
    let entry = list(&bench.path("sealed"), None, &Limits::default()).unwrap().entries.remove(0);
    assert_eq!((entry.name.as_str(), entry.size), ("report.csv", text.len() as u64));
    let extracted = bench.unpack("sealed", &Unpack::default()).unwrap();
    assert_eq!(extracted.files, [PathBuf::from("report.csv")]);
    assert_eq!(bench.read("unpacked/report.csv"), text.as_bytes());
    let time = |name: &str| fs::metadata(bench.path(name)).unwrap().modified().unwrap();
    let drift = time("report.csv").duration_since(time("unpacked/report.csv")).unwrap();
    assert!(drift < Duration::from_secs(1), "{drift:?}");

    // Without a name in it, it is called like the archive without its ending.
    bench.run_well("bash", &["-c", "gzip -nc report.csv > plain.csv.gz"]);
    reset(&bench, &["unpacked"]);
    assert_eq!(bench.unpack("plain.csv.gz", &Unpack::default()).unwrap().files, [PathBuf::from("plain.csv")]);
    let two = collect(&[bench.path("report.csv"), bench.path("sealed")], None).unwrap();
    let error = bench.pack_as("two.gz", Format::Gzip, &two, None, None).unwrap_err();
    assert!(matches!(error, ArchiveError::OneFileOnly { count: 2 }), "{error}");
    assert!(!bench.path("two.gz").exists());
}

#[test]
fn passwords_and_parts_are_for_those_formats_that_have_them() {
    let bench = Workbench::new();
    let sources = tree(&bench);
    for format in [Format::Tar, Format::TarGz, Format::TarZst] {
        let error = bench.pack_as("x", format, &sources, Some("pa55"), None).unwrap_err();
        assert!(matches!(error, ArchiveError::NoPassword { .. }), "{error}");
        let error = bench.pack_as("x", format, &sources, None, Some(5_000)).unwrap_err();
        assert!(matches!(error, ArchiveError::NoParts { .. }), "{error}");
        assert!(!bench.path("x").exists());
    }
    let created = bench.pack_as("out.7z", Format::SevenZip, &sources, Some("pa55"), Some(100_000)).unwrap();
    assert!(created.parts.len() > 3 && created.parts[0].ends_with("out.7z.001"), "{created:?}");
    shell(&bench, "7z x out.7z.001 -oout -ppa55 -y").unwrap();
    is_same(&bench, "out").unwrap();
    for (password, wanted) in
        [(None, ErrorCode::ArchivePassword), (Some("wrong"), ErrorCode::ArchivePassword)]
    {
        assert_eq!(bench.refusal("out.7z.001", &Unpack { password, ..Unpack::default() }).code(), wanted);
        assert!(
            list(&bench.path("out.7z.001"), password, &Limits::default()).is_err(),
            "the names are encrypted"
        );
    }
    bench.unpack("out.7z.001", &Unpack { password: Some("pa55"), ..Unpack::default() }).unwrap();
    is_same(&bench, "unpacked").unwrap();
    reset(&bench, &["theirs", "unpacked"]);
    shell(&bench, "cd in && 7z a -t7z -v100k ../theirs.7z . -y").unwrap();
    bench.unpack("theirs.7z.001", &Unpack::default()).unwrap();
    is_same(&bench, "unpacked").unwrap();
}

#[test]
fn patterns_choose_and_folders_can_be_left_out() {
    for format in TREES {
        let bench = Workbench::new();
        bench.pack_as("archive", format, &tree(&bench), None, None).unwrap();
        let how = Unpack { include: &["**/*.txt", "text.csv"], exclude: &["empty*"], ..Unpack::default() };
        let mut files = bench.unpack("archive", &how).unwrap().files;
        files.sort();
        assert_eq!(
            files,
            [PathBuf::from("sub/deeper/Rechnung März.txt"), PathBuf::from("text.csv")],
            "{format:?}"
        );
        reset(&bench, &["unpacked"]);
        let flat = bench.unpack("archive", &Unpack { flatten: true, ..Unpack::default() }).unwrap();
        assert!(flat.files.iter().all(|file| file.components().count() == 1) && flat.folders.is_empty());
    }
}

#[test]
fn a_source_that_changes_and_a_stop_leave_no_archive() {
    for format in [Format::Tar, Format::TarGz, Format::TarZst, Format::Gzip, Format::SevenZip] {
        let bench = Workbench::new();
        let path = bench.write("big", noise(3_000_000));
        let sources = collect(std::slice::from_ref(&path), None).unwrap();
        let run = |act: &(dyn Fn(&CancellationToken) + Sync)| -> Result<Created, ArchiveError> {
            let cancel = CancellationToken::new();
            let progress = |_| act(&cancel);
            bench.make("out", format, &sources, None, None, &Control { cancel: &cancel, progress: &progress })
        };
        let error = run(&|cancel| cancel.cancel()).unwrap_err();
        assert!(matches!(error, ArchiveError::Cancelled), "{format:?}: {error}");
        let grow = |_: &_| {
            let mut file = fs::File::options().append(true).open(&path).unwrap();
            std::io::Write::write_all(&mut file, b"more").unwrap();
        };
        let grown = run(&grow).unwrap_err();
        assert!(matches!(grown, ArchiveError::SourceChanged { .. }), "{format:?}: {grown}");
        assert!(!bench.path("out").exists());

        fs::write(&path, noise(3_000_000)).unwrap();
        run(&|_| {}).unwrap();
        let cancel = CancellationToken::new();
        let progress = |_| cancel.cancel();
        let control = Control { cancel: &cancel, progress: &progress };
        let error = bench.unpack_under("out", &Unpack::default(), &control).unwrap_err();
        assert!(matches!(error, ArchiveError::Cancelled), "{format:?}: {error}");
        assert!(!bench.path("unpacked").exists());
    }
}
