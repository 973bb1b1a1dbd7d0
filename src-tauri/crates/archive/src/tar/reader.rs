//! Entries one after the other, with what the headers before them say of them.
//!
//! Invariant: a description (long name, pax record) takes at most [`LONGEST`] bytes of memory, whatever it declares, and
//! an archive that ends before its end mark is damaged.

use super::header::{BLOCK, Header};
use crate::error::{ArchiveError, Result};
use crate::list::EntryKind;
use crate::name::from_bytes;
use crate::unpack::Declared;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Bytes of one description.
const LONGEST: u64 = 1 << 20;
/// Descriptions of one entry; real ones have two or three.
const MOST_DESCRIPTIONS: u32 = 16;

pub(super) struct TarReader<'a, R> {
    archive: &'a Path,
    reader: R,
    /// Content of the current entry that is not read yet, and what fills its last block.
    left: u64,
    padding: u64,
}

/// What descriptions say of the entry behind them.
#[derive(Debug, Default)]
struct Described {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<SystemTime>,
}

impl<'a, R: Read> TarReader<'a, R> {
    pub(super) fn new(archive: &'a Path, reader: R) -> Self {
        Self { archive, reader, left: 0, padding: 0 }
    }

    fn damaged(&self, what: &str) -> ArchiveError {
        ArchiveError::damaged(self.archive, what)
    }

    /// What a failed reading means: of the disk, or of a stream around the tar that is damaged.
    pub(super) fn failed(archive: &Path) -> impl Fn(io::Error) -> ArchiveError + use<R> {
        let archive = archive.to_path_buf();
        move |error| match error.raw_os_error() {
            Some(_) => ArchiveError::io("read", &archive)(error),
            None => ArchiveError::damaged(&archive, error.to_string()),
        }
    }

    /// The next entry; its content is read through this reader. `None` after the end mark.
    pub(super) fn next(&mut self) -> Result<Option<Declared>> {
        let mut described = Described::default();
        let mut descriptions = 0;
        loop {
            self.skip()?;
            let header = self.header()?;
            if header.is_zero() {
                return Ok(None);
            }
            if !header.checksum_fits() {
                return Err(self.damaged("a header's checksum is wrong"));
            }
            let size = header.size().ok_or_else(|| self.damaged("an entry's size is no number"))?;
            let is_description = matches!(header.kind(), b'x' | b'g' | b'L' | b'K');
            self.enter(if is_description { size } else { described.size.unwrap_or(size) });
            if !is_description {
                return self.declared(&header, described).map(Some);
            }
            descriptions += 1;
            if descriptions > MOST_DESCRIPTIONS || size > LONGEST {
                return Err(self.damaged("an entry's description is too long"));
            }
            let mut text = Vec::new();
            let failed = Self::failed(self.archive);
            self.by_ref().read_to_end(&mut text).map_err(failed)?;
            match header.kind() {
                b'L' => described.name = Some(text.split(|b| *b == 0).next().unwrap_or_default().to_vec()),
                b'x' => self.records(&text, &mut described)?,
                // Where a link leads does not matter, because links are refused; what is said for all entries is
                // not said of names and sizes.
                _ => {}
            }
        }
    }

    fn by_ref(&mut self) -> &mut Self {
        self
    }

    fn enter(&mut self, size: u64) {
        self.left = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    }

    fn declared(&mut self, header: &Header, described: Described) -> Result<Declared> {
        let name = from_bytes(&described.name.unwrap_or_else(|| header.name()));
        let kind = match header.kind() {
            b'0' | 0 | b'7' if name.ends_with('/') => EntryKind::Directory,
            b'0' | 0 | b'7' => EntryKind::File,
            b'5' | b'D' => EntryKind::Directory,
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::Symlink,
            b'S' => {
                let what =
                    format!("{name:?} is stored as a sparse file; make the archive without `--sparse`");
                return Err(ArchiveError::Unsupported { archive: self.archive.to_path_buf(), what });
            }
            _ => EntryKind::Special,
        };
        let mode = header.mode();
        Ok(Declared {
            name,
            kind,
            size: self.left,
            modified: described.modified.or_else(|| header.modified()),
            executable: mode & 0o100 != 0,
            set_id: mode & 0o6000 != 0,
        })
    }

    /// `<length> <key>=<value>` with a line end, as often as it takes.
    fn records(&self, text: &[u8], described: &mut Described) -> Result<()> {
        let mut rest = text;
        let wrong = || self.damaged("a pax record is not one");
        while !rest.is_empty() {
            let space = rest.iter().take(8).position(|byte| *byte == b' ').ok_or_else(wrong)?;
            let length = rest.get(..space).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
            let length: usize = length.ok_or_else(wrong)?;
            let record = rest.get(space + 1..length).and_then(|r| r.strip_suffix(b"\n")).ok_or_else(wrong)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            let value_text = || std::str::from_utf8(value).ok();
            match key {
                b"path" => described.name = Some(value.to_vec()),
                b"size" => {
                    described.size = Some(value_text().and_then(|v| v.parse().ok()).ok_or_else(wrong)?);
                }
                b"mtime" => described.modified = value_text().and_then(seconds),
                _ if key.starts_with(b"GNU.sparse.") => {
                    let what = "it holds sparse files; make it without `--sparse`".to_owned();
                    return Err(ArchiveError::Unsupported { archive: self.archive.to_path_buf(), what });
                }
                _ => {}
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    /// Leaves the current entry behind.
    fn skip(&mut self) -> Result<()> {
        let over = self.left.saturating_add(self.padding);
        (self.left, self.padding) = (0, 0);
        let skipped = io::copy(&mut (&mut self.reader).take(over), &mut io::sink());
        match skipped {
            Ok(count) if count == over => Ok(()),
            Ok(_) => Err(self.damaged("it ends in the middle of an entry")),
            Err(error) => Err(Self::failed(self.archive)(error)),
        }
    }

    fn header(&mut self) -> Result<Header> {
        let mut block = [0; BLOCK];
        match self.reader.read_exact(&mut block) {
            Ok(()) => Ok(Header(block)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.damaged("it ends without its end mark"))
            }
            Err(error) => Err(Self::failed(self.archive)(error)),
        }
    }

    /// What is around and behind the archive, once its end mark was met.
    pub(super) fn into_inner(self) -> R {
        self.reader
    }
}

/// The content of the current entry; ending early is an error.
impl<R: Read> Read for TarReader<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.reader.read(out.get_mut(..most).unwrap_or_default())?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle of an entry"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Seconds since 1970 with a fraction.
fn seconds(text: &str) -> Option<SystemTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanos: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let since = Duration::new(whole.parse().ok()?, nanos.parse().ok()?);
    UNIX_EPOCH.checked_add(since)
}
