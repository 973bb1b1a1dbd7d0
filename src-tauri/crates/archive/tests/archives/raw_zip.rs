//! Zip archives put together byte by byte, because libraries refuse to write what attackers write.

/// The fields that a local header and a directory entry share.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed_size: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
}

impl Header {
    /// Of an honest stored file.
    pub(crate) fn of(name: impl AsRef<[u8]>, data: &[u8]) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            flags: 0,
            method: 0,
            crc: crc32fast::hash(data),
            packed_size: data.len() as u32,
            size: data.len() as u32,
            extra: Vec::new(),
        }
    }

    /// APPNOTE 4.3.7, from "version needed" to "extra length".
    fn shared(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for value in [20, self.flags, self.method, 0x6000, 0x5a21] {
            out.extend(u16::to_le_bytes(value));
        }
        for value in [self.crc, self.packed_size, self.size] {
            out.extend(u32::to_le_bytes(value));
        }
        for length in [self.name.len(), self.extra.len()] {
            out.extend(u16::to_le_bytes(length as u16));
        }
        out
    }

    pub(crate) fn local(&self) -> Vec<u8> {
        [b"PK\x03\x04".as_slice(), &self.shared(), &self.name, &self.extra].concat()
    }

    pub(crate) fn central(&self, mode: u32, system: u8, start: u32) -> Vec<u8> {
        let mut out = b"PK\x01\x02".to_vec();
        out.extend([20, system]);
        out.extend(self.shared());
        out.extend([0; 6]); // comment length, disk number, internal attributes
        out.extend(u32::to_le_bytes(mode << 16));
        out.extend(u32::to_le_bytes(start));
        out.extend(&self.name);
        out.extend(&self.extra);
        out
    }
}

/// An extra field.
pub(crate) fn extra(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// A zip64 extra field with these values.
pub(crate) fn zip64(values: &[u64]) -> Vec<u8> {
    extra(1, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
}

/// One entry. What it is made with is an honest regular file.
#[derive(Clone)]
pub(crate) struct RawEntry {
    pub(crate) header: Header,
    /// What the local header says, if it says something else.
    pub(crate) local: Option<Header>,
    pub(crate) data: Vec<u8>,
    /// Bytes between this entry's data and the next header: a data descriptor.
    pub(crate) after: Vec<u8>,
    /// Unix mode with type bits; goes into the upper half of the external attributes.
    pub(crate) mode: u32,
    /// High byte of "version made by": 3 is Unix, 0 is DOS.
    pub(crate) system: u8,
    /// Where the directory says that the local header is, if it lies.
    pub(crate) start: Option<u32>,
    /// Points the directory at another entry's local header instead of writing an own one.
    pub(crate) header_of: Option<usize>,
}

impl RawEntry {
    pub(crate) fn file(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        Self {
            header: Header::of(name, data.as_ref()),
            local: None,
            data: data.as_ref().to_vec(),
            after: Vec::new(),
            mode: 0o100_644,
            system: 3,
            start: None,
            header_of: None,
        }
    }

    pub(crate) fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Changes what both headers say.
    pub(crate) fn telling(mut self, lie: impl FnOnce(&mut Header)) -> Self {
        lie(&mut self.header);
        self
    }

    /// Changes what the local header says, and not what the directory says.
    pub(crate) fn telling_locally(mut self, lie: impl FnOnce(&mut Header)) -> Self {
        let mut local = self.local.take().unwrap_or_else(|| self.header.clone());
        lie(&mut local);
        self.local = Some(local);
        self
    }
}

/// The end record.
pub(crate) struct End {
    pub(crate) disk: u16,
    pub(crate) count: u16,
    pub(crate) directory_size: u32,
    pub(crate) directory_start: u32,
    pub(crate) comment: Vec<u8>,
}

impl End {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"PK\x05\x06".to_vec();
        for value in [self.disk, self.disk, self.count, self.count] {
            out.extend(value.to_le_bytes());
        }
        out.extend(self.directory_size.to_le_bytes());
        out.extend(self.directory_start.to_le_bytes());
        out.extend((self.comment.len() as u16).to_le_bytes());
        out.extend(&self.comment);
        out
    }
}

/// A zip64 end record with its locator. `record_size` and `disks` are honest unless they are changed.
pub(crate) struct Zip64End {
    pub(crate) record_size: u64,
    pub(crate) count: u64,
    pub(crate) directory_size: u64,
    pub(crate) directory_start: u64,
    pub(crate) record_start: u64,
}

impl Zip64End {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"PK\x06\x06".to_vec();
        out.extend(self.record_size.to_le_bytes());
        out.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for value in [self.count, self.count, self.directory_size, self.directory_start] {
            out.extend(value.to_le_bytes());
        }
        out.extend(b"PK\x06\x07");
        out.extend([0; 4]);
        out.extend(self.record_start.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out
    }
}

/// Entries and directory without the end, and the honest end.
pub(crate) fn without_end(entries: &[RawEntry]) -> (Vec<u8>, End) {
    let mut out = Vec::new();
    let mut starts = Vec::new();
    for entry in entries {
        if let Some(other) = entry.header_of {
            starts.push(starts[other]);
            continue;
        }
        starts.push(out.len() as u32);
        out.extend(entry.local.as_ref().unwrap_or(&entry.header).local());
        out.extend(&entry.data);
        out.extend(&entry.after);
    }
    let directory_start = out.len() as u32;
    for (entry, start) in entries.iter().zip(starts) {
        out.extend(entry.header.central(entry.mode, entry.system, entry.start.unwrap_or(start)));
    }
    let directory_size = out.len() as u32 - directory_start;
    let count = entries.len() as u16;
    (out, End { disk: 0, count, directory_size, directory_start, comment: Vec::new() })
}

pub(crate) fn archive(entries: &[RawEntry]) -> Vec<u8> {
    let (mut out, end) = without_end(entries);
    out.extend(end.bytes());
    out
}
