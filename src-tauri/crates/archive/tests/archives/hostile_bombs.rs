//! Small zips that want to become large: by overlapping, by lying, by encryption, by archives in archives.

use crate::raw_zip::{End, Header, RawEntry, archive, zip64};
use crate::workbench::{Unpack, Workbench};
use courier_archive::{ArchiveError, Limits, UnsafeReason, collect};
use courier_domain::ErrorCode;
use std::fs;
use std::process::Command;

/// Raw deflate of this many zeros, made by another program.
fn deflated_zeros(length: usize) -> Vec<u8> {
    let program = format!(
        "import sys, zlib; c = zlib.compressobj(9, zlib.DEFLATED, -15); \
         sys.stdout.buffer.write(c.compress(bytes({length})) + c.flush())"
    );
    let output = Command::new("python3").args(["-c", &program]).output().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// A bomb in which all entries end with one kernel: each one's data begins with the next one's header, quoted in a
/// stored block. With `with_zip64` sizes are given in 64 bits, and the kernel's are huge.
fn quoting_bomb(entries: usize, kernel_size: usize, with_zip64: bool) -> Vec<u8> {
    let kernel = deflated_zeros(kernel_size);
    let zeros = vec![0; kernel_size];
    let named = |index: usize, content: &[u8], packed: usize| {
        let mut header = Header::of(format!("{index:03}"), content);
        header.method = 8;
        header.packed_size = packed as u32;
        if with_zip64 {
            header.extra = zip64(&[content.len() as u64, packed as u64]);
            (header.size, header.packed_size) = (u32::MAX, u32::MAX);
        }
        header
    };
    let mut headers = vec![named(entries - 1, &zeros, kernel.len())];
    let (mut data, mut content) = (kernel, zeros);
    for index in (0..entries - 1).rev() {
        let quoted = headers[0].local();
        let length = quoted.len() as u16;
        let block = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &quoted].concat();
        data = [block.as_slice(), &data].concat();
        content = [quoted.as_slice(), &content].concat();
        headers.insert(0, named(index, &content, data.len()));
    }
    let mut bytes = headers[0].local();
    let mut starts = vec![0];
    for header in &headers[1..] {
        // Behind the header before and the head of the block that quotes this one.
        let previous = starts[starts.len() - 1] + headers[starts.len() - 1].local().len() as u32;
        assert_eq!(header.local().len(), headers[starts.len()].local().len());
        starts.push(previous + 5);
    }
    bytes.extend(&data);
    let directory_start = bytes.len() as u32;
    for (header, start) in headers.iter().zip(&starts) {
        bytes.extend(header.central(0o100_644, 3, *start));
    }
    let directory_size = bytes.len() as u32 - directory_start;
    bytes.extend(
        End { disk: 0, count: entries as u16, directory_size, directory_start, comment: Vec::new() }.bytes(),
    );
    bytes
}

#[test]
fn bombs_whose_entries_quote_each_other_are_refused_for_their_overlap() {
    for with_zip64 in [false, true] {
        let bench = Workbench::new();
        bench.write("in.zip", quoting_bomb(40, 1_000_000, with_zip64));
        // It is one: another program unpacks forty times the kernel.
        let theirs = bench.run_well("python3", &[
            "-c",
            "import zipfile; z = zipfile.ZipFile('in.zip'); print(sum(i.file_size for i in z.infolist()))",
        ]);
        assert!(theirs.trim().parse::<u64>().unwrap() > 40_000_000);
        let trusting =
            Limits { max_compression_ratio: u64::MAX, max_uncompressed_bytes: u64::MAX, ..Limits::default() };
        let error = bench.refusal("in.zip", &Unpack { limits: trusting, ..Unpack::default() });
        assert!(
            matches!(error, ArchiveError::Unsafe { reason: UnsafeReason::Overlapping, .. }),
            "zip64 {with_zip64}: {error}"
        );
        // Under the limits of every day its ratio is told first.
        assert_eq!(bench.refusal("in.zip", &Unpack::default()).code(), ErrorCode::ArchiveLimit);
    }
}

#[test]
fn many_names_for_one_file_are_refused() {
    let kernel = deflated_zeros(100_000);
    let honest = |name: String| {
        let mut entry = RawEntry::file(name, vec![0; 100_000]).telling(|header| header.method = 8);
        entry.header.packed_size = kernel.len() as u32;
        entry.data.clone_from(&kernel);
        entry
    };
    let mut entries = vec![honest("0".into())];
    for n in 1..500 {
        let mut entry = honest(n.to_string());
        entry.header_of = Some(0);
        entries.push(entry);
    }
    let bench = Workbench::new();
    bench.write("in.zip", archive(&entries));
    let trusting = Limits { max_compression_ratio: u64::MAX, ..Limits::default() };
    let error = bench.refusal("in.zip", &Unpack { limits: trusting, ..Unpack::default() });
    assert!(matches!(error, ArchiveError::Unsafe { reason: UnsafeReason::Overlapping, .. }), "{error}");
}

#[test]
fn entries_that_are_small_alone_are_refused_together() {
    let kernel = deflated_zeros(9_000_000);
    let entries: Vec<_> = (0..20)
        .map(|n| {
            let mut entry =
                RawEntry::file(n.to_string(), vec![0; 9_000_000]).telling(|header| header.method = 8);
            entry.header.packed_size = kernel.len() as u32;
            entry.data.clone_from(&kernel);
            entry
        })
        .collect();
    let bench = Workbench::new();
    bench.write("in.zip", archive(&entries));
    let error = bench.refusal("in.zip", &Unpack::default());
    assert_eq!(error.code(), ErrorCode::ArchiveLimit);
    assert!(error.to_string().contains("its own size"), "{error}");
}

#[test]
fn an_encrypted_bomb_is_refused_without_and_with_its_password() {
    let bench = Workbench::new();
    let path = bench.path("zeros");
    fs::File::create(&path).unwrap().set_len(64 * 1024 * 1024).unwrap();
    bench.pack(&collect(&[path], None).unwrap(), Some("pa55")).unwrap();
    for password in [None, Some("pa55")] {
        let error = bench.refusal("out.zip", &Unpack { password, ..Unpack::default() });
        assert_eq!(error.code(), ErrorCode::ArchiveLimit, "{error}");
    }
    // Declared as small, it is stopped while it is unpacked.
    let mut bytes = bench.read("out.zip");
    let central = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    bytes[central + 24..central + 28].copy_from_slice(&1_000_000_u32.to_le_bytes());
    bytes[22..26].copy_from_slice(&1_000_000_u32.to_le_bytes());
    bench.write("lie.zip", &bytes);
    let error = bench.refusal("lie.zip", &Unpack { password: Some("pa55"), ..Unpack::default() });
    assert_eq!(error.code(), ErrorCode::ArchiveDamaged, "{error}");
}

#[test]
fn archives_inside_are_files_and_stay_packed() {
    let bench = Workbench::new();
    let innermost = archive(&[RawEntry::file("../../evil", "evil")]);
    let mut inner = innermost.clone();
    for depth in 0..5 {
        inner = archive(&[RawEntry::file(format!("{depth}.zip"), &inner)]);
    }
    bench.write(
        "in.zip",
        archive(&[RawEntry::file("inner.zip", &inner), RawEntry::file("evil.zip", &innermost)]),
    );
    let extracted = bench.unpack("in.zip", &Unpack::default()).unwrap();
    assert_eq!(extracted.files.len(), 2);
    assert_eq!(bench.read("unpacked/inner.zip"), inner);
    assert_eq!(bench.read("unpacked/evil.zip"), innermost);
}
