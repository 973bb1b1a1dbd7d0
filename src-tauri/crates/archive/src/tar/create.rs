//! Making a tar, alone or in a stream, and reading it back.

use super::reader::TarReader;
use super::stream;
use crate::control::Control;
use crate::create::{CreateRequest, Created};
use crate::error::{ArchiveError, Result};
use crate::format::Format;
use crate::gzip;
use crate::parallel;
use crate::source::{SourceFile, SourceKind};
use crate::source_reader::{Reading, SourceReader};
use crate::unpack::BLOCK_BYTES;
use crate::volumes::VolumeWriter;
use crc32fast::Hasher;
use std::fs;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};
use tar::{Builder, EntryType, Header};

/// As `zstd` does unless told otherwise.
const DEFAULT_ZSTD_LEVEL: i32 = 3;
const DEFAULT_GZIP_LEVEL: u32 = 6;

/// What was put in, for reading back: name, size and CRC-32 of each entry.
type Stored = Vec<(String, u64, u32)>;

pub(crate) fn create(
    output: &mut VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
) -> Result<Created> {
    let reading = Reading::new(control);
    let target = request.output_temp;
    let failed = |error: io::Error| reading.cause(ArchiveError::io("write", target)(error));
    let mut buffered = BufWriter::with_capacity(BLOCK_BYTES, &mut *output);
    let stored = match request.format {
        Format::TarGz => {
            let level = request.level.unwrap_or(DEFAULT_GZIP_LEVEL);
            gzip::write(&mut buffered, level, None, |writer| tar(&reading, request, writer))
                .map_err(failed)?
        }
        Format::TarZst => {
            let level =
                request.level.map_or(DEFAULT_ZSTD_LEVEL, |level| i32::try_from(level).unwrap_or(9).max(1));
            let mut encoder = zstd::Encoder::new(&mut buffered, level).map_err(failed)?;
            encoder.include_checksum(true).map_err(failed)?;
            let workers = u32::try_from(parallel::threads()).unwrap_or(1);
            encoder.multithread(workers).map_err(failed)?;
            let stored = tar(&reading, request, &mut encoder).map_err(failed)?;
            encoder.finish().map_err(failed)?;
            stored
        }
        Format::Tar | Format::Gzip | Format::Zip | Format::SevenZip => {
            tar(&reading, request, &mut buffered).map_err(failed)?
        }
    };
    buffered.flush().map_err(failed)?;
    drop(buffered);
    output.sync()?;
    if request.verify {
        read_back(output, request, control, &stored)?;
    }
    let file_count = request.sources.iter().filter(|s| s.kind == SourceKind::File).count() as u64;
    let parts = output.parts().to_vec();
    Ok(Created { file_count, bytes: reading.bytes(), archive_size: output.length(), parts })
}

fn tar(reading: &Reading<'_>, request: &CreateRequest<'_>, writer: &mut dyn Write) -> io::Result<Stored> {
    let mut builder = Builder::new(writer);
    let mut stored = Vec::with_capacity(request.sources.len());
    for source in request.sources {
        stored.push(add(reading, source, &mut builder)?);
    }
    builder.into_inner()?;
    Ok(stored)
}

fn add(
    reading: &Reading<'_>,
    source: &SourceFile,
    builder: &mut Builder<&mut dyn Write>,
) -> io::Result<(String, u64, u32)> {
    let name = source.name_in_archive.clone();
    let mut header = Header::new_gnu();
    match source.kind {
        SourceKind::Folder => {
            let modified = fs::metadata(&source.path)?.modified().ok();
            fill(&mut header, EntryType::Directory, 0o755, 0, modified);
            builder.append_data(&mut header, format!("{name}/"), io::empty())?;
            Ok((name, 0, 0))
        }
        SourceKind::File => {
            let mut content = SourceReader::open(reading, source).map_err(|error| reading.fail(error))?;
            let mode = if content.executable() { 0o755 } else { 0o644 };
            fill(&mut header, EntryType::Regular, mode, content.length(), content.modified());
            builder.append_data(&mut header, &name, &mut content)?;
            Ok((name, content.length(), content.crc()))
        }
    }
}

fn fill(header: &mut Header, kind: EntryType, mode: u32, size: u64, modified: Option<SystemTime>) {
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    let since = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    header.set_mtime(since.map_or(0, |since| since.as_secs()));
}

fn read_back(
    output: &VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
    stored: &Stored,
) -> Result<()> {
    let target = request.output_temp;
    let differs = |what: String| ArchiveError::Verification { archive: target.to_path_buf(), what };
    let written = BufReader::with_capacity(BLOCK_BYTES, output.reader()?);
    let mut reader = TarReader::new(target, stream::around(target, written, request.format)?);
    let mut block = vec![0; BLOCK_BYTES];
    for (name, size, crc) in stored {
        let declared = reader.next().map_err(|error| differs(error.to_string()))?;
        let declared = declared.ok_or_else(|| differs(format!("{name:?} is missing")))?;
        if declared.name.trim_end_matches('/') != name {
            return Err(differs(format!("{:?} instead of {name:?}", declared.name)));
        }
        let (mut count, mut hash) = (0, Hasher::new());
        loop {
            control.check()?;
            match reader.read(&mut block) {
                Ok(0) => break,
                Ok(read) => {
                    hash.update(block.get(..read).unwrap_or_default());
                    count += read as u64;
                }
                Err(error) => return Err(differs(format!("{name:?}: {error}"))),
            }
        }
        if (count, hash.finalize()) != (*size, *crc) {
            return Err(differs(format!("the content of {name:?} is another")));
        }
    }
    if reader.next().map_err(|error| differs(error.to_string()))?.is_some() {
        return Err(differs("there is an entry too many".into()));
    }
    io::copy(&mut reader.into_inner(), &mut io::sink()).map_err(|error| differs(error.to_string()))?;
    Ok(())
}
