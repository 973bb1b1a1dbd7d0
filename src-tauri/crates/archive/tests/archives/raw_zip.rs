//! Zip archives put together byte by byte, because libraries refuse to write what attackers write.

/// One stored (uncompressed) entry. `Default` is an honest regular file.
#[derive(Clone)]
pub(crate) struct RawEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    /// Unix mode with type bits; goes into the upper half of the external attributes.
    pub(crate) mode: u32,
    /// High byte of "version made by": 3 is Unix, 0 is DOS.
    pub(crate) system: u8,
    /// Declared sizes, if they lie.
    pub(crate) declared_size: Option<u32>,
    pub(crate) declared_packed_size: Option<u32>,
    /// Points the directory at another local header instead of writing an own one.
    pub(crate) header_of: Option<usize>,
}

impl RawEntry {
    pub(crate) fn file(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            data: data.as_ref().to_vec(),
            flags: 0,
            method: 0,
            mode: 0o100_644,
            system: 3,
            declared_size: None,
            declared_packed_size: None,
            header_of: None,
        }
    }

    pub(crate) fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    fn size(&self) -> u32 {
        self.declared_size.unwrap_or(self.data.len() as u32)
    }

    fn packed_size(&self) -> u32 {
        self.declared_packed_size.unwrap_or(self.data.len() as u32)
    }

    /// The fields that local and central header share (APPNOTE 4.3.7, from "version needed" to "extra length").
    fn shared(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for value in [20, self.flags, self.method, 0x6000, 0x5a21] {
            out.extend(u16::to_le_bytes(value));
        }
        for value in [crc32fast::hash(&self.data), self.packed_size(), self.size()] {
            out.extend(u32::to_le_bytes(value));
        }
        out.extend(u16::to_le_bytes(self.name.len() as u16));
        out.extend([0, 0]);
        out
    }
}

pub(crate) fn archive(entries: &[RawEntry]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut starts = Vec::new();
    for entry in entries {
        if let Some(other) = entry.header_of {
            starts.push(starts[other]);
            continue;
        }
        starts.push(out.len() as u32);
        out.extend(b"PK\x03\x04");
        out.extend(entry.shared());
        out.extend(&entry.name);
        out.extend(&entry.data);
    }
    let directory = out.len() as u32;
    for (entry, start) in entries.iter().zip(starts) {
        out.extend(b"PK\x01\x02");
        out.extend([20, entry.system]);
        out.extend(entry.shared());
        out.extend([0; 6]); // comment length, disk number, internal attributes
        out.extend(u32::to_le_bytes(entry.mode << 16));
        out.extend(u32::to_le_bytes(start));
        out.extend(&entry.name);
    }
    let directory_size = out.len() as u32 - directory;
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    for _ in 0..2 {
        out.extend(u16::to_le_bytes(entries.len() as u16));
    }
    out.extend(u32::to_le_bytes(directory_size));
    out.extend(u32::to_le_bytes(directory));
    out.extend([0, 0]);
    out
}
