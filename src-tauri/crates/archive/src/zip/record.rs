//! The records of a zip as they are written (APPNOTE 6.3.10, section 4.3): local header, directory entry and end.
//!
//! Left out: comments, data descriptors (sizes are filled in when they are known) and the fields of disks. Invariant:
//! a value that does not fit its field is in the zip64 extra field, and the field says so.

use crate::deflate::Checksum;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
const DIRECTORY_END: u32 = 0x0605_4b50;
const ZIP64_DIRECTORY_END: u32 = 0x0606_4b50;
const ZIP64_LOCATOR: u32 = 0x0706_4b50;

const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_TIMESTAMP: u16 = 0x5455;
const EXTRA_AES: u16 = 0x9901;
/// Of the extended timestamp: the time of modification is given, and no other.
const TIMESTAMP_MODIFIED: u8 = 1;

const FLAG_ENCRYPTED: u16 = 1;
const FLAG_UTF8: u16 = 1 << 11;

const METHOD_AES: u16 = 99;
const AES_VENDOR_VERSION_2: u16 = 2;
const AES_256: u8 = 3;

const VERSION_DEFLATE: u16 = 20;
const VERSION_ZIP64: u16 = 45;
const VERSION_AES: u16 = 51;
/// High byte of "version made by": modes are Unix's.
const MADE_BY_UNIX: u16 = 3 << 8;

const DOS_DIRECTORY: u32 = 0x10;

/// How the bytes of an entry are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored = 0,
    Deflated = 8,
}

/// An entry, as its two headers tell it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// UTF-8; ends with `/` if it is a folder.
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) encrypted: bool,
    /// DOS date and time, date in the upper half.
    pub(super) dos_time: u32,
    pub(super) unix_seconds: Option<u32>,
    /// With the bits for the file type.
    pub(super) unix_mode: u32,
    /// 0 if encrypted: the authentication code does its work, and a checksum would tell of the content.
    pub(super) crc: u32,
    pub(super) size: u64,
    pub(super) packed_size: u64,
    /// Offset of the local header.
    pub(super) start: u64,
    /// Whether the local header has room for sizes of 64 bits. Decided before the sizes are known.
    pub(super) zip64: bool,
}

impl Entry {
    pub(super) fn local_header(&self) -> Vec<u8> {
        let mut extra = Vec::new();
        if self.zip64 {
            put_extra(
                &mut extra,
                EXTRA_ZIP64,
                &[self.size.to_le_bytes(), self.packed_size.to_le_bytes()].concat(),
            );
        }
        self.put_other_extras(&mut extra);
        let mut out = Vec::with_capacity(64 + self.name.len());
        out.extend(LOCAL_HEADER.to_le_bytes());
        out.extend(self.version_needed(self.zip64).to_le_bytes());
        let sizes = if self.zip64 { [u32::MAX; 2] } else { [field32(self.packed_size), field32(self.size)] };
        self.put_shared(&mut out, sizes, extra.len());
        out.extend(self.name.as_bytes());
        out.extend(extra);
        out
    }

    pub(super) fn directory_entry(&self) -> Vec<u8> {
        let values = [self.size, self.packed_size, self.start];
        let large: Vec<u8> =
            values.iter().filter(|value| is_large(**value)).flat_map(|value| value.to_le_bytes()).collect();
        let mut extra = Vec::new();
        if !large.is_empty() {
            put_extra(&mut extra, EXTRA_ZIP64, &large);
        }
        self.put_other_extras(&mut extra);
        let version = self.version_needed(self.zip64 || !large.is_empty());
        let mut out = Vec::with_capacity(80 + self.name.len());
        out.extend(DIRECTORY_ENTRY.to_le_bytes());
        out.extend((MADE_BY_UNIX | version).to_le_bytes());
        out.extend(version.to_le_bytes());
        self.put_shared(&mut out, [field32(self.packed_size), field32(self.size)], extra.len());
        out.extend([0; 6]); // comment, disk, internal attributes
        let dos = if self.name.ends_with('/') { DOS_DIRECTORY } else { 0 };
        out.extend((self.unix_mode << 16 | dos).to_le_bytes());
        out.extend(field32(self.start).to_le_bytes());
        out.extend(self.name.as_bytes());
        out.extend(extra);
        out
    }

    /// The fields that both headers have, from the flags to the length of the extra fields.
    fn put_shared(&self, out: &mut Vec<u8>, sizes: [u32; 2], extra_length: usize) {
        let utf8 = if self.name.is_ascii() { 0 } else { FLAG_UTF8 };
        let encrypted = if self.encrypted { FLAG_ENCRYPTED } else { 0 };
        let method = if self.encrypted { METHOD_AES } else { self.method as u16 };
        out.extend((utf8 | encrypted).to_le_bytes());
        out.extend(method.to_le_bytes());
        out.extend(self.dos_time.to_le_bytes());
        out.extend(self.crc.to_le_bytes());
        for size in sizes {
            out.extend(size.to_le_bytes());
        }
        // Names are at most 1,024 bytes here (see `name.rs`) and extra fields 80.
        for length in [self.name.len(), extra_length] {
            out.extend(u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        }
    }

    fn put_other_extras(&self, extra: &mut Vec<u8>) {
        if let Some(seconds) = self.unix_seconds {
            let [a, b, c, d] = seconds.to_le_bytes();
            put_extra(extra, EXTRA_TIMESTAMP, &[TIMESTAMP_MODIFIED, a, b, c, d]);
        }
        if self.encrypted {
            let [version, _] = AES_VENDOR_VERSION_2.to_le_bytes();
            put_extra(extra, EXTRA_AES, &[version, 0, b'A', b'E', AES_256, self.method as u8, 0]);
        }
    }

    fn version_needed(&self, zip64: bool) -> u16 {
        match (self.encrypted, zip64) {
            (true, _) => VERSION_AES,
            (false, true) => VERSION_ZIP64,
            (false, false) => VERSION_DEFLATE,
        }
    }

    /// Says what the content is. `packed_size` is the number of bytes between this entry's header and the next.
    pub(super) fn describe(&mut self, content: &Checksum, packed_size: u64) {
        self.crc = if self.encrypted { 0 } else { content.crc() };
        self.size = content.length();
        self.packed_size = packed_size;
    }
}

/// What follows the last directory entry.
pub(super) fn directory_end(count: u64, start: u64, size: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(98);
    if count >= u16::MAX.into() || is_large(start) || is_large(size) {
        let zip64_end = start + size;
        out.extend(ZIP64_DIRECTORY_END.to_le_bytes());
        out.extend(44_u64.to_le_bytes()); // bytes of this record from here on
        out.extend((MADE_BY_UNIX | VERSION_ZIP64).to_le_bytes());
        out.extend(VERSION_ZIP64.to_le_bytes());
        out.extend([0; 8]); // this disk, the directory's disk
        for value in [count, count, size, start] {
            out.extend(value.to_le_bytes());
        }
        out.extend(ZIP64_LOCATOR.to_le_bytes());
        out.extend([0; 4]); // the disk of the record above
        out.extend(zip64_end.to_le_bytes());
        out.extend(1_u32.to_le_bytes()); // disks
    }
    out.extend(DIRECTORY_END.to_le_bytes());
    out.extend([0; 4]); // this disk, the directory's disk
    let short_count = u16::try_from(count).unwrap_or(u16::MAX);
    out.extend([short_count.to_le_bytes(), short_count.to_le_bytes()].concat());
    out.extend(field32(size).to_le_bytes());
    out.extend(field32(start).to_le_bytes());
    out.extend([0; 2]); // comment
    out
}

fn put_extra(extra: &mut Vec<u8>, kind: u16, data: &[u8]) {
    extra.extend(kind.to_le_bytes());
    extra.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_le_bytes());
    extra.extend(data);
}

/// The largest value itself means "see the zip64 extra field".
fn is_large(value: u64) -> bool {
    value >= u32::MAX.into()
}

fn field32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(size: u64, packed_size: u64, start: u64) -> Entry {
        Entry {
            name: "a".into(),
            method: Method::Deflated,
            encrypted: false,
            dos_time: 0,
            unix_seconds: None,
            unix_mode: 0o100_644,
            crc: 0,
            size,
            packed_size,
            start,
            zip64: size >= 4_000_000_000,
        }
    }

    /// The data of the directory entry's zip64 field, in words of 64 bits.
    fn zip64_field(entry: &Entry) -> Option<Vec<u64>> {
        let bytes = entry.directory_entry();
        let extra = bytes.get(46 + entry.name.len()..).unwrap();
        let data = extra.strip_prefix(&[1, 0])?;
        let length = usize::from(u16::from_le_bytes([data[0], data[1]]));
        let words = data[2..2 + length].chunks(8);
        Some(words.map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect())
    }

    #[test]
    fn the_zip64_field_holds_just_what_does_not_fit() {
        let large = u64::from(u32::MAX);
        assert_eq!(zip64_field(&entry(large - 1, 7, large - 1)), None);
        assert_eq!(zip64_field(&entry(large, 7, 8)), Some(vec![large]));
        assert_eq!(zip64_field(&entry(5, 4, large + 1)), Some(vec![large + 1]));
        assert_eq!(zip64_field(&entry(large * 3, large * 2, large)), Some(vec![large * 3, large * 2, large]));
    }

    #[test]
    fn the_end_is_zip64_only_when_it_must() {
        for (count, start, size, length) in [
            (65_534, 100, 100, 22),
            (65_535, 100, 100, 98),
            (1, u32::MAX.into(), 100, 98),
            (1, 100, u32::MAX.into(), 98),
        ] {
            assert_eq!(directory_end(count, start, size).len(), length, "{count} {start} {size}");
        }
    }
}
