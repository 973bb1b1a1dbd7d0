//! gzip (RFC 1952) of a single file, made on all cores, and the writing of the stream for tar.gz.
//!
//! Several members one after the other are one content. Invariant: what comes out has the checksum and length that stand
//! at its end; rubbish behind it is an error.

use crate::control::Control;
use crate::create::{CreateRequest, Created};
use crate::deflate::{self, DeflateWriter};
use crate::error::{ArchiveError, Result};
use crate::extract::{ExtractRequest, Extracted};
use crate::list::{ArchiveEntry, EntryKind};
use crate::name::{SafeName, from_bytes};
use crate::source::SourceKind;
use crate::source_reader::{Reading, SourceReader};
use crate::staging::Staging;
use crate::unpack::{BLOCK_BYTES, Declared, Met, Unpacking};
use crate::volumes::{VolumeReader, VolumeWriter};
use crc32fast::Hasher;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DEFAULT_LEVEL: u32 = 6;
const HAS_NAME: u8 = 1 << 3;
const UNKNOWN_SYSTEM: u8 = 255;

/// What the header says of the file.
pub(crate) struct Origin<'a> {
    name: &'a str,
    modified: Option<SystemTime>,
}

/// Writes one member whose content `body` writes.
pub(crate) fn write<O>(
    mut sink: &mut dyn Write,
    level: u32,
    origin: Option<Origin<'_>>,
    body: impl FnOnce(&mut dyn Write) -> io::Result<O>,
) -> io::Result<O> {
    let modified = origin.as_ref().and_then(|o| o.modified?.duration_since(UNIX_EPOCH).ok());
    let seconds = modified.and_then(|since| u32::try_from(since.as_secs()).ok()).unwrap_or(0);
    // The header's text is Latin-1; a name that is more than ASCII would come back as another.
    let name = origin.map(|o| o.name).filter(|name| name.is_ascii() && !name.contains('\0'));
    let flags = if name.is_some() { HAS_NAME } else { 0 };
    sink.write_all(&[0x1f, 0x8b, 8, flags])?;
    sink.write_all(&seconds.to_le_bytes())?;
    sink.write_all(&[0, UNKNOWN_SYSTEM])?;
    if let Some(name) = name {
        sink.write_all(name.as_bytes())?;
        sink.write_all(&[0])?;
    }
    let (output, content) =
        deflate::deflate(level.clamp(1, 9), &mut sink, |writer: &mut DeflateWriter<'_, '_>| body(writer))?;
    sink.write_all(&content.crc().to_le_bytes())?;
    // Modulo 2^32, as the format has it.
    sink.write_all(&(content.length() as u32).to_le_bytes())?;
    Ok(output)
}

pub(crate) fn create(
    output: &mut VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
) -> Result<Created> {
    let [source] = request.sources else {
        return Err(ArchiveError::OneFileOnly { count: request.sources.len() as u64 });
    };
    if source.kind != SourceKind::File {
        return Err(ArchiveError::SourceKind { path: source.path.clone() });
    }
    let target = request.output_temp;
    let reading = Reading::new(control);
    let mut content = SourceReader::open(&reading, source)?;
    let name = source.name_in_archive.rsplit('/').next().unwrap_or_default();
    let origin = Origin { name, modified: content.modified() };
    let level = request.level.unwrap_or(DEFAULT_LEVEL);
    let mut buffered = BufWriter::with_capacity(BLOCK_BYTES, &mut *output);
    write(&mut buffered, level, Some(origin), |writer| {
        let mut block = vec![0; BLOCK_BYTES];
        loop {
            match content.read(&mut block)? {
                0 => return Ok(()),
                count => writer.write_all(block.get(..count).unwrap_or_default())?,
            }
        }
    })
    .and_then(|()| buffered.flush())
    .map_err(|error| reading.cause(ArchiveError::io("write", target)(error)))?;
    drop(buffered);
    output.sync()?;
    if request.verify {
        read_back(output, request, control, content.length(), content.crc())?;
    }
    let parts = output.parts().to_vec();
    Ok(Created { file_count: 1, bytes: reading.bytes(), archive_size: output.length(), parts })
}

fn read_back(
    output: &VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
    length: u64,
    crc: u32,
) -> Result<()> {
    let differs =
        |what: String| ArchiveError::Verification { archive: request.output_temp.to_path_buf(), what };
    let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(BLOCK_BYTES, output.reader()?));
    let (mut block, mut count, mut hash) = (vec![0; BLOCK_BYTES], 0, Hasher::new());
    loop {
        control.check()?;
        match decoder.read(&mut block) {
            Ok(0) => break,
            Ok(read) => {
                count += read as u64;
                hash.update(block.get(..read).unwrap_or_default());
            }
            Err(error) => return Err(differs(error.to_string())),
        }
    }
    if (count, hash.finalize()) == (length, crc) {
        Ok(())
    } else {
        Err(differs("its content is another".into()))
    }
}

type Decoder = MultiGzDecoder<BufReader<VolumeReader>>;

/// The decoder, what the first header says, and the archive's own length.
fn open(archive: &Path) -> Result<(Decoder, Declared, u64)> {
    let file = VolumeReader::open(archive)?;
    let length = file.length();
    let decoder = MultiGzDecoder::new(BufReader::with_capacity(BLOCK_BYTES, file));
    let header = decoder.header();
    let named =
        header.and_then(|h| h.filename()).map(from_bytes).filter(|name| SafeName::parse(name).is_ok());
    let modified = header.map(|h| h.mtime()).filter(|seconds| *seconds > 0);
    let declared = Declared {
        name: named
            .and_then(|name| name.rsplit(['/', '\\']).next().map(str::to_owned))
            .unwrap_or_else(|| plain_name(archive)),
        kind: EntryKind::File,
        size: 0,
        modified: modified.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds.into())),
        executable: false,
        set_id: false,
    };
    Ok((decoder, declared, length))
}

/// The archive's name without its ending.
fn plain_name(archive: &Path) -> String {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lower = name.to_lowercase();
    let kept = [".gz", ".gzip", ".z"].iter().find_map(|ending| lower.strip_suffix(ending)).map(str::len);
    match kept.and_then(|length| name.get(..length)).filter(|kept| !kept.is_empty()) {
        Some(kept) => kept.to_owned(),
        None => format!("{name}.unpacked"),
    }
}

pub(crate) fn extract(
    staging: &Staging,
    request: &ExtractRequest<'_>,
    control: &Control<'_>,
) -> Result<Extracted> {
    let archive = request.archive;
    let (mut decoder, declared, length) = open(archive)?;
    let name = Met::default().judge(request, &declared)?;
    let mut unpacking = Unpacking::new(staging, request, control, length);
    let failed = |error: io::Error| match error.raw_os_error() {
        Some(_) => ArchiveError::io("read", archive)(error),
        None => ArchiveError::damaged(archive, error.to_string()),
    };
    unpacking.file(&name, &declared, &mut decoder, &failed)?;
    Ok(unpacking.finish())
}

/// The one file. Its size is what stands at the end of the stream: modulo 4 GiB, and of the last member.
pub(crate) fn list(archive: &Path) -> Result<Vec<ArchiveEntry>> {
    let (_, declared, length) = open(archive)?;
    let mut file = VolumeReader::open(archive)?;
    let mut size = [0; 4];
    file.seek(SeekFrom::End(-4))
        .and_then(|_| file.read_exact(&mut size))
        .map_err(|_| ArchiveError::damaged(archive, "it is too short"))?;
    Ok(vec![ArchiveEntry {
        refused: declared.judge().err(),
        name: declared.name,
        kind: EntryKind::File,
        size: u32::from_le_bytes(size).into(),
        packed_size: Some(length),
        encrypted: false,
        modified: declared.modified,
    }])
}
