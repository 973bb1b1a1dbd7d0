//! A source as it is read into an archive: hashed on the way, stopped when asked, and watched for changes.

use crate::control::Control;
use crate::error::{ArchiveError, Result};
use crate::source::SourceFile;
use crc32fast::Hasher;
use std::cell::{Cell, RefCell};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::time::SystemTime;

/// What all sources of one archive share: progress, and the error that stopped them, which libraries do not carry.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    control: &'a Control<'a>,
    bytes: Cell<u64>,
    failure: RefCell<Option<ArchiveError>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(control: &'a Control<'a>) -> Self {
        Self { control, bytes: Cell::new(0), failure: RefCell::new(None) }
    }

    /// Content bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    /// The error that a source gave, in place of the one that a library made of it.
    pub(crate) fn cause(&self, made: ArchiveError) -> ArchiveError {
        self.failure.borrow_mut().take().unwrap_or(made)
    }

    pub(crate) fn fail(&self, error: ArchiveError) -> io::Error {
        let text = error.to_string();
        *self.failure.borrow_mut() = Some(error);
        io::Error::other(text)
    }
}

/// One open source.
#[derive(Debug)]
pub(crate) struct SourceReader<'a> {
    reading: &'a Reading<'a>,
    source: &'a SourceFile,
    file: File,
    before: Metadata,
    crc: Hasher,
    left: u64,
}

impl<'a> SourceReader<'a> {
    pub(crate) fn open(reading: &'a Reading<'a>, source: &'a SourceFile) -> Result<Self> {
        let failed = |error| ArchiveError::io("read", &source.path)(error);
        // Asked first, because opening a pipe would wait for its other end.
        if !std::fs::metadata(&source.path).map_err(failed)?.is_file() {
            return Err(ArchiveError::SourceKind { path: source.path.clone() });
        }
        let file = File::open(&source.path).map_err(failed)?;
        let before = file.metadata().map_err(failed)?;
        let left = before.len();
        Ok(Self { reading, source, file, before, crc: Hasher::new(), left })
    }

    pub(crate) fn length(&self) -> u64 {
        self.before.len()
    }

    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.before.modified().ok()
    }

    pub(crate) fn executable(&self) -> bool {
        is_executable(&self.before)
    }

    /// CRC-32 of everything that was read.
    pub(crate) fn crc(&self) -> u32 {
        self.crc.clone().finalize()
    }

    fn changed(&self) -> io::Error {
        self.reading.fail(ArchiveError::SourceChanged { path: self.source.path.clone() })
    }
}

impl Read for SourceReader<'_> {
    /// Ends after as many bytes as the file had when it was opened; fewer, more, or another time are an error.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        self.reading.control.check().map_err(|error| self.reading.fail(error))?;
        let read = |file: &mut File, out: &mut [u8]| {
            file.read(out).map_err(|e| self.reading.fail(ArchiveError::io("read", &self.source.path)(e)))
        };
        if self.left == 0 {
            let more = read(&mut self.file, &mut [0])?;
            let same =
                self.file.metadata().is_ok_and(|now| now.modified().ok() == self.before.modified().ok());
            return if more == 0 && same { Ok(0) } else { Err(self.changed()) };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let (room, _) = out.split_at_mut(most);
        let count = read(&mut self.file, room)?;
        if count == 0 {
            return Err(self.changed());
        }
        self.crc.update(room.get(..count).unwrap_or_default());
        self.left -= count as u64;
        self.reading.bytes.set(self.reading.bytes.get() + count as u64);
        self.reading.control.report(self.reading.bytes.get());
        Ok(count)
    }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &Metadata) -> bool {
    false
}
