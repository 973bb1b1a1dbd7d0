//! A zip that is being written, entry after entry. What an entry's header says is filled in when its content is
//! through, so readers need no data descriptors.
//!
//! Invariant: the directory lists exactly the entries that were ended, in their order.

use super::aes::{Cipher, Keys};
use super::record::{self, Entry};
use crate::deflate::Checksum;
use crate::volumes::VolumeWriter;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

const BUFFER_BYTES: usize = 256 * 1024;

pub(super) struct Container<'a> {
    output: BufWriter<&'a mut VolumeWriter>,
    position: u64,
    directory: Vec<u8>,
    count: u64,
}

/// An entry whose content is being written.
pub(super) struct Open {
    entry: Entry,
    /// The local header as it was written.
    header: Vec<u8>,
    cipher: Option<Cipher>,
}

impl<'a> Container<'a> {
    pub(super) fn new(output: &'a mut VolumeWriter) -> Self {
        Self {
            output: BufWriter::with_capacity(BUFFER_BYTES, output),
            position: 0,
            directory: Vec::new(),
            count: 0,
        }
    }

    /// Begins an entry, with `keys` an encrypted one. What `entry` says of checksum and sizes may be wrong yet; if it
    /// is right, nothing has to be written twice.
    pub(super) fn begin(&mut self, mut entry: Entry, keys: Option<&Keys>) -> io::Result<Open> {
        entry.start = self.position;
        let header = entry.local_header();
        self.put(&header)?;
        let cipher = match keys {
            Some(keys) => {
                self.put(&keys.head())?;
                Some(keys.cipher()?)
            }
            None => None,
        };
        Ok(Open { entry, header, cipher })
    }

    /// Writes packed content.
    pub(super) fn write(&mut self, open: &mut Open, mut packed: Vec<u8>) -> io::Result<()> {
        if let Some(cipher) = &mut open.cipher {
            cipher.encrypt(&mut packed);
        }
        self.put(&packed)
    }

    pub(super) fn end(&mut self, open: Open, content: &Checksum) -> io::Result<()> {
        let Open { mut entry, header, cipher } = open;
        if let Some(cipher) = cipher {
            self.put(&cipher.finish())?;
        }
        entry.describe(content, self.position - entry.start - header.len() as u64);
        let right = entry.local_header();
        if right != header {
            self.output.seek(SeekFrom::Start(entry.start))?;
            self.output.write_all(&right)?;
            self.output.seek(SeekFrom::Start(self.position))?;
        }
        self.directory.extend(entry.directory_entry());
        self.count += 1;
        Ok(())
    }

    /// Writes the directory.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let (directory, start) = (std::mem::take(&mut self.directory), self.position);
        self.put(&directory)?;
        self.put(&record::directory_end(self.count, start, directory.len() as u64))?;
        self.output.flush()
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}
