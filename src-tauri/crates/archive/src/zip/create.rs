//! Making a zip: deflate on all cores, UTF-8 names, exact times, modes, AES-256 where a password is given.
//!
//! The calling thread reads the sources and writes the archive; between them workers compress blocks, of one large
//! file or of many small ones. Invariant: memory does not grow with the sources, except by the directory.

use super::aes::{Keys, OVERHEAD_BYTES};
use super::container::{Container, Open};
use super::record::{Entry, Method};
use super::{clock, verify};
use crate::control::Control;
use crate::create::{CreateRequest, Created};
use crate::deflate::{self, Block, Checksum, Cutter};
use crate::error::{ArchiveError, Result};
use crate::name::SafeName;
use crate::parallel::{self, Line};
use crate::source::{SourceFile, SourceKind};
use crate::volumes::VolumeWriter;
use std::collections::VecDeque;
use std::fs::{self, File, Metadata};
use std::io;

/// From this size on an entry gets zip64 fields. Data that does not shrink grows a little, so stay below 4 GiB.
const ZIP64_FROM_BYTES: u64 = 4_000_000_000;
const DEFAULT_LEVEL: u32 = 6;

const TYPE_FILE: u32 = 0o100_000;
const TYPE_FOLDER: u32 = 0o040_000;

pub(crate) fn create(
    output: &mut VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
) -> Result<Created> {
    let (file_count, bytes) = write(output, request, control, ZIP64_FROM_BYTES)?;
    output.sync()?;
    if request.verify {
        verify::read_back(output, request, control)?;
    }
    Ok(Created { file_count, bytes, archive_size: output.length(), parts: output.parts().to_vec() })
}

/// Gives the number of files and of their bytes.
fn write(
    output: &mut VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
    zip64_from: u64,
) -> Result<(u64, u64)> {
    let level = request.level.unwrap_or(DEFAULT_LEVEL);
    let password = request.password;
    parallel::in_order(
        || (),
        |(), piece| work(level, password, piece),
        |line| {
            let mut making = Making {
                line,
                container: Container::new(output),
                begun: VecDeque::new(),
                writing: None,
                request,
                control,
                zip64_from,
                file_count: 0,
                bytes: 0,
            };
            for source in request.sources {
                making.read(source)?;
            }
            making.finish()
        },
    )
}

/// A block of some entry's content.
struct Piece {
    block: Block,
    is_first: bool,
    kind: SourceKind,
}

/// A piece, ready to be written.
struct Done {
    packed: Vec<u8>,
    content: Checksum,
    method: Method,
    /// Of an encrypted entry's first piece.
    keys: Option<Keys>,
    is_first: bool,
    is_last: bool,
}

/// What the workers do.
fn work(level: u32, password: Option<&str>, piece: Piece) -> io::Result<Done> {
    let Piece { block, is_first, kind } = piece;
    let is_last = block.is_last();
    let keys = match (password, kind) {
        (Some(password), SourceKind::File) if is_first => Some(Keys::derive(password)?),
        (Some(_) | None, SourceKind::File | SourceKind::Folder) => None,
    };
    let is_whole = is_first && is_last;
    let is_nothing = is_whole && block.content().is_empty();
    let packed = if level > 0 && !is_nothing { Some(deflate::pack(level, &block)?) } else { None };
    let (packed, content, method) = match packed {
        Some(packed) if !is_whole || packed.bytes.len() < block.content().len() => {
            (packed.bytes, packed.checksum, Method::Deflated)
        }
        // What does not shrink is stored as it is; only of a whole file this is known in time.
        Some(packed) => (block.into_content(), packed.checksum, Method::Stored),
        None => {
            let content = Checksum::of(block.content());
            (block.into_content(), content, Method::Stored)
        }
    };
    Ok(Done { packed, content, method, keys, is_first, is_last })
}

/// The calling thread's side.
struct Making<'a, 'l> {
    line: &'l mut Line<Piece, io::Result<Done>>,
    container: Container<'a>,
    /// Entries of which the first piece has not come back yet.
    begun: VecDeque<Entry>,
    writing: Option<(Open, Checksum)>,
    request: &'a CreateRequest<'a>,
    control: &'a Control<'a>,
    zip64_from: u64,
    file_count: u64,
    bytes: u64,
}

impl Making<'_, '_> {
    fn read(&mut self, source: &SourceFile) -> Result<()> {
        self.control.check()?;
        match source.kind {
            SourceKind::File => self.read_file(source),
            SourceKind::Folder => {
                let metadata = fs::metadata(&source.path).map_err(ArchiveError::io("read", &source.path))?;
                if !metadata.is_dir() {
                    return Err(ArchiveError::SourceChanged { path: source.path.clone() });
                }
                self.begun.push_back(self.entry(source, &metadata)?);
                let block = Cutter::default().finish();
                self.push(Piece { block, is_first: true, kind: SourceKind::Folder })
            }
        }
    }

    fn read_file(&mut self, source: &SourceFile) -> Result<()> {
        let reading = || ArchiveError::io("read", &source.path);
        let changed = || ArchiveError::SourceChanged { path: source.path.clone() };
        let mut file = File::open(&source.path).map_err(reading())?;
        let before = file.metadata().map_err(reading())?;
        if !before.is_file() {
            return Err(ArchiveError::SourceKind { path: source.path.clone() });
        }
        self.begun.push_back(self.entry(source, &before)?);
        let mut cutter = Cutter::expecting(before.len());
        let (mut is_first, mut count) = (true, 0);
        loop {
            let full = cutter.fill_from(&mut file).map_err(reading())?;
            let is_end = full.is_none();
            let block = match full {
                Some(block) => block,
                None => std::mem::take(&mut cutter).finish(),
            };
            let read = block.content().len() as u64;
            count += read;
            self.bytes += read;
            if count > before.len() {
                return Err(changed());
            }
            self.control.report(self.bytes);
            self.push(Piece { block, is_first, kind: SourceKind::File })?;
            is_first = false;
            if is_end {
                break;
            }
            self.control.check()?;
        }
        let after = file.metadata().map_err(reading())?;
        if count != before.len() || after.modified().ok() != before.modified().ok() {
            return Err(changed());
        }
        self.file_count += 1;
        Ok(())
    }

    fn entry(&self, source: &SourceFile, metadata: &Metadata) -> Result<Entry> {
        let name = SafeName::parse(&source.name_in_archive).map_err(|reason| ArchiveError::SourceName {
            path: source.path.clone(),
            name: source.name_in_archive.clone(),
            reason,
        })?;
        let modified = metadata.modified().ok();
        let (name, kind) = match source.kind {
            SourceKind::File => (name.to_string(), TYPE_FILE),
            SourceKind::Folder => (format!("{name}/"), TYPE_FOLDER),
        };
        Ok(Entry {
            name,
            method: Method::Stored,
            encrypted: false,
            dos_time: modified.and_then(clock::dos_time).unwrap_or(clock::EARLIEST),
            unix_seconds: modified.and_then(clock::unix_seconds),
            unix_mode: kind | permissions(metadata),
            crc: 0,
            size: 0,
            packed_size: 0,
            start: 0,
            zip64: metadata.is_file() && metadata.len() >= self.zip64_from,
        })
    }

    fn push(&mut self, piece: Piece) -> Result<()> {
        match self.line.push(piece) {
            Some(done) => self.store(done),
            None => Ok(()),
        }
    }

    fn finish(mut self) -> Result<(u64, u64)> {
        while let Some(done) = self.line.next() {
            self.control.check()?;
            self.store(done)?;
        }
        let target = self.request.output_temp;
        self.container.finish().map_err(ArchiveError::io("write", target))?;
        Ok((self.file_count, self.bytes))
    }

    fn store(&mut self, done: io::Result<Done>) -> Result<()> {
        done.and_then(|done| self.store_piece(done))
            .map_err(ArchiveError::io("write", self.request.output_temp))
    }

    fn store_piece(&mut self, done: Done) -> io::Result<()> {
        let begun = if done.is_first { self.begun.pop_front() } else { None };
        let (mut open, mut content) = match (begun, self.writing.take()) {
            (Some(mut entry), _) => {
                entry.method = done.method;
                entry.encrypted = done.keys.is_some();
                if done.is_last {
                    let around = if entry.encrypted { OVERHEAD_BYTES } else { 0 };
                    entry.describe(&done.content, done.packed.len() as u64 + around);
                }
                (self.container.begin(entry, done.keys.as_ref())?, Checksum::default())
            }
            (None, Some(writing)) => writing,
            (None, None) => return Err(io::ErrorKind::InvalidInput.into()),
        };
        content.append(&done.content);
        self.container.write(&mut open, done.packed)?;
        if done.is_last {
            return self.container.end(open, &content);
        }
        self.writing = Some((open, content));
        Ok(())
    }
}

#[cfg(unix)]
fn permissions(source: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    source.permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn permissions(source: &Metadata) -> u32 {
    if source.is_dir() { 0o755 } else { 0o644 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::limits::Limits;
    use crate::source::collect;
    use std::process::Command;
    use tokio_util::sync::CancellationToken;

    /// What entries of four gigabytes and more look like, without their four gigabytes.
    #[test]
    fn zip64_headers_are_understood_by_every_program() {
        let folder = tempfile::tempdir().unwrap();
        let rows = "1;invoice;119.00 EUR\n".repeat(40_000);
        for (name, content) in [("rows.csv", rows.as_str()), ("short.txt", "short"), ("empty.txt", "")] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let paths = ["rows.csv", "short.txt", "empty.txt"].map(|name| folder.path().join(name));
        let sources = collect(&paths, None).unwrap();
        let target = folder.path().join("out.zip");
        for (password, part_size) in [(None, None), (Some("pa55"), None), (None, Some(2_000))] {
            let request = CreateRequest {
                output_temp: &target,
                sources: &sources,
                format: Format::Zip,
                level: None,
                password,
                verify: true,
                max_part_bytes: part_size,
            };
            let cancel = CancellationToken::new();
            let control = Control { cancel: &cancel, progress: &|_| {} };
            let mut output = VolumeWriter::create(&target, part_size).unwrap();
            let (count, bytes) = write(&mut output, &request, &control, 0).unwrap();
            assert_eq!((count, bytes), (3, rows.len() as u64 + 5));
            verify::read_back(&output, &request, &control).unwrap();
            let first = output.parts().first().unwrap();
            let entries = super::super::list(first, &Limits::default()).unwrap();
            assert_eq!(entries.iter().map(|entry| entry.size).collect::<Vec<_>>(), [rows.len() as u64, 5, 0]);
            let run = |program: &str, arguments: &[&str]| {
                let output = Command::new(program).args(arguments).arg(first).output().unwrap();
                assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stdout));
            };
            run("7z", &["t", "-ppa55"]);
            if password.is_none() && part_size.is_none() {
                run("unzip", &["-tq"]);
                run("python3", &["-m", "zipfile", "-t"]);
            }
            output.remove();
        }
    }
}
