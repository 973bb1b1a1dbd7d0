//! Archives made to do harm. Each must be refused with its own reason, and nothing of it may remain.

use crate::raw_zip::{RawEntry, archive};
use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{ArchiveError, Limits, UnsafeReason, collect};
use courier_domain::ErrorCode;
use std::fs;

fn refused_as_unsafe(entries: &[RawEntry]) -> UnsafeReason {
    let bench = Workbench::new();
    bench.write("in.zip", archive(entries));
    let error = bench.refusal("in.zip", &Unpack::default());
    let ArchiveError::Unsafe { reason, .. } = error else { panic!("refused for another reason: {error}") };
    reason
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (name, reason) in [
        ("/etc/cron.d/x", UnsafeReason::Absolute),
        ("../../x", UnsafeReason::Parent),
        ("a/../../x", UnsafeReason::Parent),
        ("..\\x", UnsafeReason::Parent),
        ("C:\\x", UnsafeReason::DriveLetter),
        ("\\\\server\\x", UnsafeReason::Absolute),
        ("nul", UnsafeReason::DeviceName),
        ("a/COM1.txt", UnsafeReason::DeviceName),
        ("a\0.txt", UnsafeReason::ControlCharacter),
        ("a\u{1b}[2J", UnsafeReason::ControlCharacter),
        ("", UnsafeReason::Empty),
    ] {
        let entries = [RawEntry::file("good.txt", "good"), RawEntry::file(name, "bad")];
        assert_eq!(refused_as_unsafe(&entries), reason, "{name:?}");
    }
}

#[test]
fn a_bad_entry_is_refused_even_when_a_pattern_leaves_it_out() {
    let bench = Workbench::new();
    bench.write("in.zip", archive(&[RawEntry::file("good.txt", "good"), RawEntry::file("../bad", "bad")]));
    let how = Unpack { include: &["good.txt"], ..Unpack::default() };
    assert_eq!(bench.refusal("in.zip", &how).code(), ErrorCode::ArchiveUnsafe);
}

#[test]
fn links_devices_and_setuid_files_are_refused() {
    for (mode, reason) in [
        (0o120_777, UnsafeReason::Symlink),
        (0o020_666, UnsafeReason::SpecialFile),
        (0o060_660, UnsafeReason::SpecialFile),
        (0o010_644, UnsafeReason::SpecialFile),
        (0o140_755, UnsafeReason::SpecialFile),
        (0o104_755, UnsafeReason::SetUserId),
        (0o102_755, UnsafeReason::SetUserId),
    ] {
        for system in [3, 0] {
            let mut entry = RawEntry::file("entry", "/etc/passwd").mode(mode);
            entry.system = system;
            assert_eq!(refused_as_unsafe(&[entry]), reason, "mode {mode:o}, system {system}");
        }
    }
}

#[test]
fn a_link_and_a_file_written_through_it_are_refused() {
    let entries = [RawEntry::file("out", "/tmp").mode(0o120_777), RawEntry::file("out/x", "x")];
    assert_eq!(refused_as_unsafe(&entries), UnsafeReason::Symlink);
}

#[test]
fn names_that_meet_are_refused() {
    let pair = |first: &str, second: &str| {
        refused_as_unsafe(&[RawEntry::file(first, "1"), RawEntry::file(second, "2")])
    };
    assert_eq!(pair("a.csv", "a.csv"), UnsafeReason::SameName);
    assert_eq!(pair("a.csv", "A.CSV"), UnsafeReason::SameName);
    assert_eq!(pair("d/a.csv", "d\\a.csv"), UnsafeReason::SameName);
    assert_eq!(pair("d/a.csv", "D/b.csv"), UnsafeReason::SameName);
    assert_eq!(pair("M\u{e4}rz.csv", "Ma\u{308}rz.csv"), UnsafeReason::SameName);
    assert_eq!(pair("M\u{e4}rz/a.csv", "MA\u{308}RZ/b.csv"), UnsafeReason::SameName);
    assert_eq!(pair("a", "a/b"), UnsafeReason::FileAndFolder);
    assert_eq!(pair("a/b", "a"), UnsafeReason::FileAndFolder);
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let first = RawEntry::file("a", noise(100));
    let mut second = RawEntry::file("b", noise(100));
    second.header_of = Some(0);
    assert_eq!(refused_as_unsafe(&[first.clone(), second]), UnsafeReason::Overlapping);

    let swallowing = first.telling(|header| (header.size, header.packed_size) = (180, 180));
    assert_eq!(refused_as_unsafe(&[swallowing, RawEntry::file("b", noise(100))]), UnsafeReason::Overlapping);
}

/// 64 MiB of zeros, which deflate shrinks about a thousand times.
fn bomb(bench: &Workbench) -> Vec<u8> {
    let path = bench.path("zeros");
    fs::File::create(&path).unwrap().set_len(64 * 1024 * 1024).unwrap();
    bench.pack(&collect(&[path], None).unwrap(), None).unwrap();
    let bytes = bench.read("out.zip");
    assert!(bytes.len() < 100_000);
    bytes
}

/// Overwrites the declared unpacked size in both headers of an archive with one entry.
fn lie_about_size(archive: &mut [u8], size: u32) {
    let central = archive.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    archive[central + 24..central + 28].copy_from_slice(&size.to_le_bytes());
    archive[22..26].copy_from_slice(&size.to_le_bytes());
}

#[test]
fn a_bomb_is_refused_by_its_ratio() {
    let bench = Workbench::new();
    bomb(&bench);
    let error = bench.refusal("out.zip", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::ArchiveLimit);
    assert!(error.to_string().contains("200 times"), "{error}");
    let trusting = Limits { max_compression_ratio: 2000, ..Limits::default() };
    bench.unpack("out.zip", &Unpack { limits: trusting, ..Unpack::default() }).unwrap();
}

#[test]
fn a_bomb_that_declares_a_small_size_is_stopped_while_unpacking() {
    let bench = Workbench::new();
    let mut bytes = bomb(&bench);
    for declared in [0, 1, 1_000_000] {
        lie_about_size(&mut bytes, declared);
        bench.write("lie.zip", &bytes);
        assert_eq!(
            bench.refusal("lie.zip", &Unpack::default()).code(),
            ErrorCode::ArchiveDamaged,
            "{declared}"
        );
    }
}

#[test]
fn a_size_that_is_declared_too_large_is_noticed() {
    let bench = Workbench::new();
    let entry = RawEntry::file("a", "1234").telling(|header| header.size = 5);
    bench.write("in.zip", archive(&[entry]));
    assert_eq!(bench.refusal("in.zip", &Unpack::default()).code(), ErrorCode::ArchiveDamaged);

    let beyond =
        RawEntry::file("a", "1234").telling(|header| (header.size, header.packed_size) = (4_000, 4_000));
    bench.write("in.zip", archive(&[beyond]));
    assert_eq!(bench.refusal("in.zip", &Unpack::default()).code(), ErrorCode::ArchiveDamaged);
}

#[test]
fn sizes_and_counts_beyond_the_limits_are_refused() {
    let bench = Workbench::new();
    bench.write("in.zip", archive(&[RawEntry::file("a", noise(600)), RawEntry::file("b", noise(600))]));
    for limits in [
        Limits { max_uncompressed_bytes: 1_199, ..Limits::default() },
        Limits { max_entry_size: 599, ..Limits::default() },
        Limits { max_file_count: 1, ..Limits::default() },
    ] {
        let error = bench.refusal("in.zip", &Unpack { limits, ..Unpack::default() });
        assert_eq!(error.code(), ErrorCode::ArchiveLimit, "{error}");
    }
    let exact =
        Limits { max_uncompressed_bytes: 1_200, max_entry_size: 600, max_file_count: 2, ..Limits::default() };
    bench.unpack("in.zip", &Unpack { limits: exact, ..Unpack::default() }).unwrap();
}

#[test]
fn ten_thousand_entries_pass_and_one_more_is_refused() {
    let bench = Workbench::new();
    let mut entries: Vec<_> = (0..10_001).map(|n| RawEntry::file(format!("{n}/"), "")).collect();
    bench.write("more.zip", archive(&entries));
    assert_eq!(bench.refusal("more.zip", &Unpack::default()).code(), ErrorCode::ArchiveLimit);
    entries.pop();
    bench.write("enough.zip", archive(&entries));
    bench.unpack("enough.zip", &Unpack::default()).unwrap();
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let bench = Workbench::new();
    let whole = archive(&[RawEntry::file("a.csv", noise(300)), RawEntry::file("b/c.csv", noise(40))]);
    for length in 0..whole.len() {
        bench.write("cut.zip", &whole[..length]);
        let error = bench.refusal("cut.zip", &Unpack::default());
        assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "cut to {length}: {error}");
    }
    bench.write("cut.zip", &whole);
    bench.unpack("cut.zip", &Unpack::default()).unwrap();
}

/// Flips every `step`th bit, one at a time. Names, times and modes carry no checksum and may change; content may not.
fn flip_bits(whole: &[u8], step: usize, content: &[u8], password: Option<&str>) {
    let bench = Workbench::new();
    let mut refused = 0;
    for bit in (0..whole.len() * 8).step_by(step) {
        let mut flipped = whole.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        bench.write("flipped.zip", &flipped);
        let before = bench.names();
        match bench.unpack("flipped.zip", &Unpack { password, ..Unpack::default() }) {
            Ok(extracted) => {
                for file in &extracted.files {
                    let found = fs::read(bench.path("unpacked").join(file)).unwrap();
                    assert_eq!(found, content, "bit {bit} changed the content of {}", file.display());
                }
                fs::remove_dir_all(bench.path("unpacked")).unwrap();
            }
            Err(_) => {
                refused += 1;
                assert_eq!(bench.names(), before, "bit {bit} left something behind");
            }
        }
    }
    assert!(refused > content.len() * 8 / step, "only {refused} flips were refused");
}

#[test]
fn a_flipped_bit_never_changes_content() {
    let content = noise(64);
    flip_bits(&archive(&[RawEntry::file("a.csv", &content)]), 1, &content, None);
}

#[test]
fn a_flipped_bit_in_an_encrypted_archive_never_changes_content() {
    let bench = Workbench::new();
    let content = noise(32);
    let sources = collect(&[bench.write("a.csv", &content)], None).unwrap();
    bench.pack(&sources, Some("pa55")).unwrap();
    // The key derivation is slow on purpose; this still meets every byte, at another bit each time.
    flip_bits(&bench.read("out.zip"), 7, &content, Some("pa55"));
}

#[test]
fn what_cannot_be_read_is_called_by_its_name() {
    let bench = Workbench::new();
    let bzip2 = RawEntry::file("a", "1").telling(|header| header.method = 12);
    bench.write("bzip2.zip", archive(&[bzip2]));
    let error = bench.refusal("bzip2.zip", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::Unsupported, "{error}");
    assert!(error.to_string().contains("bzip2"), "{error}");

    let strong = RawEntry::file("a", "1").telling(|header| header.flags = 0x41);
    bench.write("strong.zip", archive(&[strong]));
    assert_eq!(bench.refusal("strong.zip", &Unpack::default()).code(), ErrorCode::Unsupported);
}
