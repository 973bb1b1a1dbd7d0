//! Hostile tars, gzips, Zstandard streams and 7zs: each is refused with its own reason, and nothing of it may remain.

use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{ArchiveError, Format, Limits, UnsafeReason, collect, list};
use courier_domain::ErrorCode;
use std::fs;
use std::time::{Duration, Instant};

/// A tar entry, as its header says it.
#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    kind: u8,
    mode: u32,
    link: &'static str,
    size: Option<u64>,
    content: Vec<u8>,
}

impl Entry {
    fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let (name, content) = (name.as_ref().to_vec(), content.as_ref().to_vec());
        Self { name, kind: b'0', mode: 0o644, link: "", size: None, content }
    }

    fn of(kind: u8, name: &str, link: &'static str) -> Self {
        Self { kind, link, ..Self::file(name, "") }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut header = vec![0; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.name[..self.name.len().min(100)]);
        put(100, format!("{:07o}\0", self.mode).as_bytes());
        let size = self.size.unwrap_or(self.content.len() as u64);
        if size < 1 << 33 {
            put(124, format!("{size:011o}\0").as_bytes());
        } else {
            put(124, &[&[0x80, 0, 0, 0][..], &size.to_be_bytes()].concat());
        }
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, self.link.as_bytes());
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header.extend(&self.content);
        header.resize(header.len().div_ceil(512) * 512, 0);
        header
    }
}

fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut tar: Vec<u8> = entries.iter().flat_map(Entry::bytes).collect();
    tar.extend([0; 1024]);
    tar
}

fn refused_as_unsafe(entries: &[Entry]) -> UnsafeReason {
    let bench = Workbench::new();
    bench.write("in.tar", tar(entries));
    let error = bench.refusal("in.tar", &Unpack::default());
    let ArchiveError::Unsafe { reason, .. } = error else { panic!("refused for another reason: {error}") };
    let listed = list(&bench.path("in.tar"), None, &Limits::default()).unwrap();
    assert_eq!(listed.entries.len(), entries.len(), "it is listed all the same");
    reason
}

#[test]
fn tar_names_that_lead_elsewhere_are_refused() {
    for (name, reason) in [
        ("/etc/cron.d/x", UnsafeReason::Absolute),
        ("../../x", UnsafeReason::Parent),
        ("a/../../x", UnsafeReason::Parent),
        ("C:\\x", UnsafeReason::DriveLetter),
        ("nul", UnsafeReason::DeviceName),
        ("a\u{1b}[2J", UnsafeReason::ControlCharacter),
        ("", UnsafeReason::Empty),
    ] {
        assert_eq!(
            refused_as_unsafe(&[Entry::file("good", "good"), Entry::file(name, "bad")]),
            reason,
            "{name:?}"
        );
    }
}

#[test]
fn links_devices_and_setuid_files_in_a_tar_are_refused() {
    for (entry, reason) in [
        (Entry::of(b'2', "out", "/tmp"), UnsafeReason::Symlink),
        (Entry::of(b'2', "in", "good"), UnsafeReason::Symlink),
        (Entry::of(b'1', "hard", "/etc/passwd"), UnsafeReason::HardLink),
        (Entry::of(b'1', "hard", "good"), UnsafeReason::HardLink),
        (Entry::of(b'3', "tty", ""), UnsafeReason::SpecialFile),
        (Entry::of(b'4', "disk", ""), UnsafeReason::SpecialFile),
        (Entry::of(b'6', "pipe", ""), UnsafeReason::SpecialFile),
        (Entry::of(b'Z', "unknown", ""), UnsafeReason::SpecialFile),
        (Entry { mode: 0o4755, ..Entry::file("suid", "x") }, UnsafeReason::SetUserId),
        (Entry { mode: 0o2755, ..Entry::file("sgid", "x") }, UnsafeReason::SetUserId),
    ] {
        assert_eq!(refused_as_unsafe(&[Entry::file("good", "good"), entry]), reason);
    }
    let through = [Entry::of(b'2', "out", "/tmp"), Entry::file("out/x", "x")];
    assert_eq!(refused_as_unsafe(&through), UnsafeReason::Symlink);
}

#[test]
fn names_that_meet_in_a_tar_are_refused() {
    let pair =
        |first: &str, second: &str| refused_as_unsafe(&[Entry::file(first, "1"), Entry::file(second, "2")]);
    assert_eq!(pair("a.csv", "a.csv"), UnsafeReason::SameName);
    assert_eq!(pair("a.csv", "A.CSV"), UnsafeReason::SameName);
    assert_eq!(pair("a", "a/b"), UnsafeReason::FileAndFolder);
}

#[test]
fn names_of_other_code_pages_become_text() {
    let bench = Workbench::new();
    bench.write("in.tar", tar(&[Entry::file(b"M\x84rz.txt", "x")]));
    bench.unpack("in.tar", &Unpack::default()).unwrap();
    assert_eq!(bench.read("unpacked/März.txt"), b"x");
}

fn damaged(bytes: &[u8]) -> ArchiveError {
    let bench = Workbench::new();
    bench.write("in.tar", bytes);
    bench.refusal("in.tar", &Unpack::default())
}

#[test]
fn sizes_that_lie_in_a_tar_are_noticed() {
    let lie = |size: u64| Entry { size: Some(size), ..Entry::file("a", noise(1000)) };
    for size in [1_000_000, 1 << 40, u64::MAX, u64::MAX - 511] {
        let error = damaged(&tar(&[lie(size)]));
        let expected = [ErrorCode::ArchiveDamaged, ErrorCode::ArchiveLimit];
        assert!(expected.contains(&error.code()), "{size}: {error}");
    }
    // A size that is too small makes content of the next header.
    assert_eq!(damaged(&tar(&[lie(10), Entry::file("b", "x")])).code(), ErrorCode::ArchiveDamaged);
    for content in ["18 size=99999999999\n", "20 size=1152921504606\n"] {
        let pax = Entry { kind: b'x', ..Entry::file("pax", content) };
        let code = damaged(&tar(&[pax, Entry::file("a", "x")])).code();
        assert!(
            [ErrorCode::ArchiveDamaged, ErrorCode::ArchiveLimit].contains(&code),
            "{content:?}: {code:?}"
        );
    }
}

#[test]
fn descriptions_that_never_end_are_refused_at_once() {
    let start = Instant::now();
    let huge = Entry { kind: b'L', size: Some(8 << 30), ..Entry::file("././@LongLink", "x") };
    assert_eq!(damaged(&tar(&[huge, Entry::file("a", "x")])).code(), ErrorCode::ArchiveDamaged);
    let pax = Entry { kind: b'x', ..Entry::file("pax", "30 mtime=1350244992.023960108\n".repeat(60_000)) };
    assert_eq!(damaged(&tar(&[pax, Entry::file("a", "x")])).code(), ErrorCode::ArchiveDamaged);
    let many: Vec<Entry> =
        (0..1000).map(|_| Entry { kind: b'x', ..Entry::file("pax", "9 path=a\n") }).collect();
    assert_eq!(damaged(&tar(&many)).code(), ErrorCode::ArchiveDamaged);
    for rubbish in
        ["x", "99 path=a\n", "9 path=a", "-1 path=a\n", "18446744073709551615 path=a\n", "9 patha\n\n"]
    {
        let pax = Entry { kind: b'x', ..Entry::file("pax", rubbish) };
        assert_eq!(
            damaged(&tar(&[pax, Entry::file("a", "x")])).code(),
            ErrorCode::ArchiveDamaged,
            "{rubbish:?}"
        );
    }
    let sparse = Entry { kind: b'x', ..Entry::file("pax", "22 GNU.sparse.major=1\n") };
    assert_eq!(damaged(&tar(&[sparse, Entry::file("a", "x")])).code(), ErrorCode::Unsupported);
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// Every tenth length of an archive, and every one near its ends.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..length).filter(move |cut| cut % 97 == 0 || *cut < 40 || length - cut < 40)
}

fn sealed(format: Format) -> (Workbench, Vec<u8>, Vec<u8>) {
    let bench = Workbench::new();
    let content = [noise(3_000), b"text ".repeat(500)].concat();
    let sources = collect(&[bench.write("a.csv", &content)], None).unwrap();
    bench.pack_as("whole", format, &sources, None, None).unwrap();
    let whole = bench.read("whole");
    (bench, whole, content)
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    for format in [Format::Tar, Format::TarGz, Format::TarZst, Format::Gzip, Format::SevenZip] {
        let (bench, whole, _) = sealed(format);
        // The end mark of a tar is two blocks of zeros; one is enough to know the end.
        let needed = if format == Format::Tar { whole.len() - 512 } else { whole.len() };
        for cut in cuts(needed) {
            bench.write("cut", &whole[..cut]);
            let error = bench.refusal("cut", &Unpack::default());
            assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "{format:?} cut to {cut}: {error}");
        }
    }
}

#[test]
fn a_flipped_bit_never_changes_content() {
    for format in [Format::TarGz, Format::TarZst, Format::Gzip, Format::SevenZip] {
        let (bench, whole, content) = sealed(format);
        let mut refused = 0;
        for bit in (0..whole.len() * 8).step_by(53) {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            bench.write("flipped", &flipped);
            match bench.unpack("flipped", &Unpack::default()) {
                Ok(extracted) => {
                    for file in &extracted.files {
                        let found = fs::read(bench.path("unpacked").join(file)).unwrap();
                        assert!(found == content, "{format:?}: bit {bit} changed the content");
                    }
                    fs::remove_dir_all(bench.path("unpacked")).unwrap();
                }
                Err(_) => {
                    refused += 1;
                    assert!(!bench.path("unpacked").exists(), "{format:?}: bit {bit} left something behind");
                }
            }
        }
        assert!(refused > whole.len() * 8 / 53 / 2, "{format:?}: only {refused} flips were refused");
    }
}

#[test]
fn bombs_are_stopped_by_their_ratio_or_size() {
    let bench = Workbench::new();
    let zeros = bench.path("zeros");
    fs::File::create(&zeros).unwrap().set_len(64 << 20).unwrap();
    let sources = collect(&[zeros], None).unwrap();
    for format in [Format::TarGz, Format::TarZst, Format::Gzip, Format::SevenZip] {
        bench.pack_as("bomb", format, &sources, None, None).unwrap();
        assert!(bench.read("bomb").len() < 1 << 20, "{format:?}");
        let error = bench.refusal("bomb", &Unpack::default());
        assert_eq!(error.code(), ErrorCode::ArchiveLimit, "{format:?}: {error}");
        assert!(error.to_string().contains("200 times"), "{format:?}: {error}");
        let trusting =
            Limits { max_compression_ratio: 1_000_000, max_entry_size: 63 << 20, ..Limits::default() };
        let error = bench.refusal("bomb", &Unpack { limits: trusting, ..Unpack::default() });
        assert_eq!(error.code(), ErrorCode::ArchiveLimit, "{format:?}: {error}");
        let fair = Limits { max_compression_ratio: 1_000_000, ..Limits::default() };
        bench.unpack("bomb", &Unpack { limits: fair, ..Unpack::default() }).unwrap();
        fs::remove_dir_all(bench.path("unpacked")).unwrap();
        fs::remove_file(bench.path("bomb")).unwrap();
    }
}

#[test]
fn an_archive_in_an_archive_is_a_file() {
    let bench = Workbench::new();
    let sources = collect(&[bench.write("a.csv", "x")], None).unwrap();
    bench.pack_as("inner.tar.gz", Format::TarGz, &sources, None, None).unwrap();
    let inner = collect(&[bench.path("inner.tar.gz")], None).unwrap();
    for format in [Format::TarGz, Format::TarZst, Format::SevenZip, Format::Zip, Format::Gzip] {
        bench.pack_as("outer", format, &inner, None, None).unwrap();
        bench.unpack("outer", &Unpack::default()).unwrap();
        assert_eq!(bench.read("unpacked/inner.tar.gz"), bench.read("inner.tar.gz"), "{format:?}");
        fs::remove_dir_all(bench.path("unpacked")).unwrap();
        fs::remove_file(bench.path("outer")).unwrap();
    }
}

#[test]
fn a_hundred_thousand_entries_are_refused_at_once_and_unpacked_when_allowed() {
    let bench = Workbench::new();
    let entries: Vec<Entry> =
        (0..100_000).map(|n| Entry { kind: b'5', ..Entry::file(format!("d{n}/"), "") }).collect();
    bench.write("in.tar", tar(&entries));
    let start = Instant::now();
    assert_eq!(bench.refusal("in.tar", &Unpack::default()).code(), ErrorCode::ArchiveLimit);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let many = Limits { max_file_count: 100_000, ..Limits::default() };
    let extracted = bench.unpack("in.tar", &Unpack { limits: many, ..Unpack::default() }).unwrap();
    assert_eq!(extracted.folders.len(), 100_000);
}

#[test]
fn rubbish_is_no_archive() {
    let bench = Workbench::new();
    let heads: [&[u8]; 6] = [
        b"\x1f\x8b\x08\x00",
        b"7z\xbc\xaf\x27\x1c\x00\x04",
        b"\x28\xb5\x2f\xfd",
        b"PK\x03\x04",
        b"",
        b"\x50\x2a\x4d\x18",
    ];
    for (round, head) in heads.iter().cycle().take(120).enumerate() {
        bench.write("rubbish", [head, &noise(round * 13)[..]].concat());
        let error = bench.refusal("rubbish", &Unpack::default());
        let expected = [ErrorCode::ArchiveDamaged, ErrorCode::Unsupported, ErrorCode::ArchiveLimit];
        assert!(expected.contains(&error.code()), "{round}: {error}");
    }
}

#[test]
fn hostile_names_in_a_7z_are_refused() {
    // 7z stores what it is told under -spf (full paths) and rename.
    for (rename, reason) in [
        ("../evil", UnsafeReason::Parent),
        ("/etc/evil", UnsafeReason::Absolute),
        ("nul", UnsafeReason::DeviceName),
    ] {
        let bench = Workbench::new();
        bench.write("good", "good");
        bench.run_well("7z", &["a", "-y", "in.7z", "good"]);
        bench.run_well("7z", &["rn", "-y", "in.7z", "good", rename]);
        let error = bench.refusal("in.7z", &Unpack::default());
        let ArchiveError::Unsafe { reason: found, .. } = error else { panic!("{rename}: {error}") };
        assert_eq!(found, reason, "{rename}");
    }
    let bench = Workbench::new();
    std::os::unix::fs::symlink("/etc/passwd", bench.path("link")).unwrap();
    bench.run_well("7z", &["a", "-y", "-snl", "in.7z", "link"]);
    let error = bench.refusal("in.7z", &Unpack::default());
    assert!(matches!(error, ArchiveError::Unsafe { reason: UnsafeReason::Symlink, .. }), "{error}");
}
