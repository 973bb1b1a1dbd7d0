//! Zips whose headers lie: each record against the others, offsets to anywhere, sizes that no disk has.
//!
//! Either the archive is refused and nothing is left of it, or what comes out is exactly what it should.

use crate::raw_zip::{End, Header, RawEntry, Zip64End, archive, extra, without_end, zip64};
use crate::workbench::{Unpack, Workbench, noise};
use courier_archive::{ArchiveError, Limits, UnsafeReason};
use courier_domain::ErrorCode;
use std::fs;

fn refused(bytes: &[u8]) -> ArchiveError {
    let bench = Workbench::new();
    bench.write("in.zip", bytes);
    bench.refusal("in.zip", &Unpack::default())
}

fn refused_entry(entry: RawEntry) -> ArchiveError {
    refused(&archive(&[RawEntry::file("good.txt", "good"), entry]))
}

/// What comes out, as names and contents; `None` if the archive is refused, which leaves nothing.
fn outcome(bench: &Workbench, bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    bench.write("in.zip", bytes);
    let before = bench.names();
    match bench.unpack("in.zip", &Unpack::default()) {
        Ok(extracted) => {
            let found = extracted
                .files
                .iter()
                .map(|file| {
                    let bytes = fs::read(bench.path("unpacked").join(file)).unwrap();
                    (file.to_string_lossy().into_owned(), bytes)
                })
                .collect();
            fs::remove_dir_all(bench.path("unpacked")).unwrap();
            Some(found)
        }
        Err(error) => {
            assert_eq!(bench.names(), before, "something was left behind after: {error}");
            None
        }
    }
}

#[test]
fn a_local_header_that_tells_another_story_is_refused() {
    let honest = || RawEntry::file("a.csv", noise(100));
    type Lie = fn(&mut Header);
    let lies: [(&str, Lie); 7] = [
        ("name", |header| header.name = b"b.csv".to_vec()),
        ("a name that leads out", |header| header.name = b"../../b".to_vec()),
        ("size", |header| header.size += 1),
        ("packed size", |header| header.packed_size -= 1),
        ("checksum", |header| header.crc ^= 1),
        ("method", |header| header.method = 8),
        ("encryption", |header| header.flags |= 1),
    ];
    for (what, lie) in lies {
        let error = refused_entry(honest().telling_locally(lie));
        assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "{what}: {error}");
        assert!(error.to_string().contains("disagree"), "{what}: {error}");
    }
}

#[test]
fn an_entry_that_lies_anywhere_else_is_refused() {
    let (whole, end) = without_end(&[RawEntry::file("a.csv", noise(100)), RawEntry::file("b.csv", "b")]);
    let length = whole.len() as u32;
    for start in
        [1, 4, 40, end.directory_start, end.directory_start + 5, length, length + 21, 1 << 31, u32::MAX - 1]
    {
        let mut entry = RawEntry::file("b.csv", "b");
        entry.start = Some(start);
        let error = refused(&archive(&[RawEntry::file("a.csv", noise(100)), entry]));
        assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "at {start}: {error}");
    }
}

#[test]
fn a_directory_that_lies_anywhere_else_gives_nothing_or_what_it_should() {
    let entries = [RawEntry::file("a.csv", noise(60)), RawEntry::file("b.csv", "b")];
    let expected = vec![("a.csv".to_owned(), noise(60)), ("b.csv".to_owned(), b"b".to_vec())];
    let bench = Workbench::new();
    let (whole, honest) = without_end(&entries);
    let starts = (0..whole.len() as u32 + 30).chain([1 << 31, u32::MAX - 1, u32::MAX]);
    let mut refused = 0;
    for directory_start in starts {
        let end = End { directory_start, comment: Vec::new(), ..honest };
        let found = outcome(&bench, &[whole.as_slice(), &end.bytes()].concat());
        refused += usize::from(found.is_none());
        assert!(found.is_none_or(|found| found == expected), "directory at {directory_start}");
    }
    assert!(refused > whole.len() / 2, "only {refused} were refused");
    for directory_size in [0, 1, honest.directory_size - 1, honest.directory_size + 1, u32::MAX - 1, u32::MAX]
    {
        let end = End { directory_size, comment: Vec::new(), ..honest };
        let found = outcome(&bench, &[whole.as_slice(), &end.bytes()].concat());
        assert!(found.is_none_or(|found| found == expected), "directory of {directory_size} bytes");
    }
    for count in [0, 1, 3, u16::MAX - 1, u16::MAX] {
        let end = End { count, comment: Vec::new(), ..honest };
        let found = outcome(&bench, &[whole.as_slice(), &end.bytes()].concat());
        assert!(found.is_none_or(|found| expected.starts_with(&found)), "{count} entries");
    }
}

#[test]
fn a_comment_that_holds_another_end_shows_what_other_programs_show_or_nothing() {
    let bench = Workbench::new();
    let (visible, mut end) = without_end(&[RawEntry::file("visible.txt", "visible")]);
    let base = visible.len() as u32 + 22;
    let (mut hidden, mut inner) = without_end(&[RawEntry::file("hidden.txt", "hidden")]);
    for start in [base, 0] {
        inner.directory_start =
            start + without_end(&[RawEntry::file("hidden.txt", "hidden")]).1.directory_start;
        // The hidden directory's entry is told where its header really is.
        let mut entry = RawEntry::file("hidden.txt", "hidden");
        entry.start = Some(start);
        hidden.clone_from(&without_end(&[entry]).0);
        end.comment = [hidden.as_slice(), &inner.bytes()].concat();
        bench.write("in.zip", [visible.as_slice(), &end.bytes()].concat());
        let listed = bench.run("unzip", &["-Z1", "in.zip"]);
        let theirs = String::from_utf8_lossy(&listed.stdout).trim().to_owned();
        let bytes = bench.read("in.zip");
        if let Some(found) = outcome(&bench, &bytes) {
            let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, [theirs.as_str()], "start {start}");
        }
    }
    // An empty archive in the comment hides everything: that must not pass for an empty delivery.
    end.comment =
        End { disk: 0, count: 0, directory_size: 0, directory_start: 0, comment: Vec::new() }.bytes();
    let bytes = [visible.as_slice(), &end.bytes()].concat();
    let found = outcome(&bench, &bytes);
    assert!(found.is_none_or(|found| found.len() == 1), "an archive with a file was taken for an empty one");
}

#[test]
fn thousands_of_end_records_are_gone_through_and_refused() {
    let end = End { disk: 0, count: 9, directory_size: 500, directory_start: 3, comment: Vec::new() }.bytes();
    let mut bytes = archive(&[RawEntry::file("a", "1")]);
    bytes.truncate(bytes.len() - 22);
    for _ in 0..2_900 {
        bytes.extend(&end);
    }
    assert_eq!(refused(&bytes).code(), ErrorCode::ArchiveDamaged);
}

/// Sizes that need 64 bits.
const HUGE: [u64; 5] = [u32::MAX as u64 + 1, 1 << 40, i64::MAX as u64, u64::MAX - 1, u64::MAX];

#[test]
fn sizes_of_64_bits_that_lie_are_refused() {
    for size in HUGE {
        for values in [[size, 4], [4, size], [size, size]] {
            let entry = RawEntry::file("a", "1234").telling(|header| {
                (header.size, header.packed_size) = (u32::MAX, u32::MAX);
                header.extra = zip64(&values);
            });
            let error = refused_entry(entry);
            let codes = [ErrorCode::ArchiveDamaged, ErrorCode::ArchiveLimit];
            assert!(codes.contains(&error.code()), "{values:?}: {error}");
        }
    }
}

#[test]
fn offsets_of_64_bits_that_lie_are_refused() {
    for start in HUGE {
        let mut entry = RawEntry::file("a", "1234").telling_locally(|_| {});
        entry.start = Some(u32::MAX);
        entry.header.extra = zip64(&[start]);
        let error = refused_entry(entry);
        assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "{start}: {error}");
    }
}

#[test]
fn a_zip64_field_that_is_too_short_or_runs_over_is_refused() {
    for field in [extra(1, &[]), extra(1, &[0; 7]), vec![1, 0, 255, 255], vec![1, 0, 16, 0, 9], vec![1]] {
        let entry = RawEntry::file("a", "1234").telling(|header| {
            (header.size, header.packed_size) = (u32::MAX, u32::MAX);
            header.extra.clone_from(&field);
        });
        let error = refused_entry(entry);
        let codes = [ErrorCode::ArchiveDamaged, ErrorCode::ArchiveLimit];
        assert!(codes.contains(&error.code()), "{field:?}: {error}");
    }
}

#[test]
fn a_zip64_end_that_lies_gives_nothing_or_what_it_should() {
    let bench = Workbench::new();
    let (whole, honest) = without_end(&[RawEntry::file("a.csv", "1234")]);
    let expected = vec![("a.csv".to_owned(), b"1234".to_vec())];
    let short = End {
        disk: 0,
        count: u16::MAX,
        directory_size: u32::MAX,
        directory_start: u32::MAX,
        comment: Vec::new(),
    }
    .bytes();
    let truth = || Zip64End {
        record_size: 44,
        count: 1,
        directory_size: honest.directory_size.into(),
        directory_start: honest.directory_start.into(),
        record_start: whole.len() as u64,
    };
    let found = |end: Zip64End| outcome(&bench, &[whole.as_slice(), &end.bytes(), &short].concat());
    assert_eq!(found(truth()), Some(expected.clone()));
    for value in HUGE.into_iter().chain([0, 1, 2, 43, 45, 4_000_000]) {
        let what = [
            found(Zip64End { record_size: value, ..truth() }),
            found(Zip64End { count: value, ..truth() }),
            found(Zip64End { directory_size: value, ..truth() }),
            found(Zip64End { directory_start: value, ..truth() }),
            found(Zip64End { record_start: value, ..truth() }),
        ];
        for (index, found) in what.into_iter().enumerate() {
            let right = found.is_none_or(|found| expected.starts_with(&found));
            assert!(right, "field {index} with {value}");
        }
    }
}

#[test]
fn data_descriptors_may_lie_but_content_is_what_the_directory_says() {
    let streamed = |descriptor: &[u32]| {
        let mut entry = RawEntry::file("a.csv", "1234").telling(|header| header.flags = 8);
        entry = entry.telling_locally(|header| (header.crc, header.size, header.packed_size) = (0, 0, 0));
        entry.after = descriptor.iter().flat_map(|value| value.to_le_bytes()).collect();
        entry
    };
    let bench = Workbench::new();
    let crc = crc32fast::hash(b"1234");
    for descriptor in [
        &[0x0807_4b50, crc, 4, 4][..],
        &[crc, 4, 4],
        &[0x0807_4b50, crc ^ 1, 4, 4],
        &[0x0807_4b50, crc, u32::MAX, u32::MAX],
        &[],
    ] {
        let bytes = archive(&[streamed(descriptor), RawEntry::file("b", "b")]);
        let found = outcome(&bench, &bytes).unwrap();
        assert_eq!(found[0], ("a.csv".to_owned(), b"1234".to_vec()), "{descriptor:?}");
    }
    // The directory is what counts, so its lies are found by the content.
    let lie = streamed(&[0x0807_4b50, crc, 4, 4]).telling(|header| header.crc ^= 1);
    assert_eq!(refused(&archive(&[lie])).code(), ErrorCode::ArchiveDamaged);
    // A descriptor in the middle of the data belongs to the data.
    let short = streamed(&[]).telling(|header| header.packed_size = 2);
    assert_eq!(refused(&archive(&[short])).code(), ErrorCode::ArchiveDamaged);
}

#[test]
fn names_in_bad_encodings_stay_names() {
    let bench = Workbench::new();
    for name in [
        &b"\xc0\xae\xc0\xae\xc0\xafx"[..], // `../x`, longer than it must be
        b"\xed\xa0\x80.txt",               // half of a surrogate pair
        b"\xff\xfe.txt",
        b"\xe2\x80",
    ] {
        for flags in [0, 1 << 11] {
            let entry = RawEntry::file(name, "1").telling(|header| header.flags = flags);
            let found = outcome(&bench, &archive(&[entry])).unwrap();
            assert_eq!(found.len(), 1, "{name:?}");
            assert!(!found[0].0.contains(['/', '\\']), "{name:?} became {:?}", found[0].0);
        }
    }
}

#[test]
fn a_name_in_an_extra_field_is_judged_like_any_other() {
    let unicode_path =
        |name: &str, crc: u32| extra(0x7075, &[&[1][..], &crc.to_le_bytes(), name.as_bytes()].concat());
    let entry = RawEntry::file("plain.txt", "1")
        .telling(|header| header.extra = unicode_path("../../evil", crc32fast::hash(b"plain.txt")));
    let error = refused_entry(entry);
    assert!(matches!(error, ArchiveError::Unsafe { reason: UnsafeReason::Parent, .. }), "{error}");
    // With a checksum of another name the field is out of date, and must not count.
    let bench = Workbench::new();
    let stale =
        RawEntry::file("plain.txt", "1").telling(|header| header.extra = unicode_path("../../evil", 7));
    if let Some(found) = outcome(&bench, &archive(&[stale])) {
        assert_eq!(found, [("plain.txt".to_owned(), b"1".to_vec())]);
    }
}

#[test]
fn archives_of_every_kind_cut_anywhere_are_refused() {
    let bench = Workbench::new();
    let sources = [
        courier_archive::SourceFile::file(bench.write("a", noise(40)), "a".into()),
        courier_archive::SourceFile::folder(bench.path(""), "empty".into()),
    ];
    bench.pack(&sources, Some("pa55")).unwrap();
    let encrypted = bench.read("out.zip");
    let (mut zip64_whole, honest) = without_end(&[RawEntry::file("a.csv", "1234")]);
    let record_start = zip64_whole.len() as u64;
    zip64_whole.extend(
        Zip64End {
            record_size: 44,
            count: 1,
            directory_size: honest.directory_size.into(),
            directory_start: honest.directory_start.into(),
            record_start,
        }
        .bytes(),
    );
    zip64_whole.extend(
        End { count: u16::MAX, directory_size: u32::MAX, directory_start: u32::MAX, ..honest }.bytes(),
    );
    for whole in [encrypted, zip64_whole] {
        let how = || Unpack { password: Some("pa55"), ..Unpack::default() };
        for length in 0..whole.len() {
            bench.write("cut.zip", &whole[..length]);
            let error = bench.refusal("cut.zip", &how());
            assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "cut to {length}: {error}");
        }
        bench.write("cut.zip", &whole);
        bench.unpack("cut.zip", &how()).unwrap();
        fs::remove_dir_all(bench.path("unpacked")).unwrap();
    }
}

#[test]
fn a_hundred_thousand_entries_are_refused_by_their_number_and_taken_when_that_is_allowed() {
    let bench = Workbench::new();
    fs::create_dir(bench.path("empty")).unwrap();
    let sources: Vec<_> = (0..100_000)
        .map(|n| courier_archive::SourceFile::folder(bench.path("empty"), format!("{:02}/{n:05}", n % 100)))
        .collect();
    bench.pack(&sources, None).unwrap();
    let error = bench.refusal("out.zip", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::ArchiveLimit);
    assert!(error.to_string().contains("100000 entries"), "{error}");
    let limits = Limits { max_file_count: 100_000, ..Limits::default() };
    // All are judged; a few are made, because removing so many again takes minutes on some disks.
    let how = Unpack { limits, include: &["99/*"], ..Unpack::default() };
    let extracted = bench.unpack("out.zip", &how).unwrap();
    assert_eq!(extracted.folders.len(), 1_000);
    assert!(bench.path("unpacked/99/99999").is_dir());
}
