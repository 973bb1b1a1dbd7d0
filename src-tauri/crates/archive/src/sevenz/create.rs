//! Making a 7z: files share solid blocks, which LZMA2 cuts into chunks for all cores.

use super::{DIRECTORY, MEMORY_KIB, UNIX_EXTENSION};
use crate::control::Control;
use crate::create::{CreateRequest, Created};
use crate::error::{ArchiveError, Result};
use crate::parallel;
use crate::source::{SourceFile, SourceKind};
use crate::source_reader::{Reading, SourceReader};
use crate::unpack::BLOCK_BYTES;
use crate::volumes::VolumeWriter;
use sevenz_rust2::encoder_options::{AesEncoderOptions, Lzma2Options};
use sevenz_rust2::{
    ArchiveEntry, ArchiveReader, ArchiveWriter, EncoderConfiguration, EncoderMethod, Error, NtTime, Password,
    SourceReader as Hashed,
};
use std::fs;
use std::io::{self, BufReader, Write};
use std::time::SystemTime;

/// 7-Zip's own default.
const DEFAULT_LEVEL: u32 = 5;
/// Content of one solid block: whoever wants one file of it reads all before.
const SOLID_BYTES: u64 = 256 << 20;
/// Content that one core works on at a time.
const CHUNK_BYTES: u64 = 32 << 20;
/// Files open at once.
const SOLID_FILES: usize = 500;
/// Rounds of the key's derivation, as a power of two; what 7-Zip takes.
const KEY_ROUNDS: u8 = 19;
const SIGNATURE_HEADER: usize = 32;

pub(crate) fn create(
    output: &mut VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
) -> Result<Created> {
    let target = request.output_temp;
    let reading = Reading::new(control);
    let failed = |error: Error| {
        let made = match error {
            Error::Io(source, _) => ArchiveError::io("write", target)(source),
            other => ArchiveError::io("write", target)(io::Error::other(other.to_string())),
        };
        reading.cause(made)
    };
    // The library goes behind the place of the first header before that is written.
    output.write_all(&[0; SIGNATURE_HEADER]).map_err(ArchiveError::io("write", target))?;
    let mut writer = ArchiveWriter::new(&mut *output).map_err(failed)?;
    writer.set_content_methods(methods(request));
    writer.set_encrypt_header(request.password.is_some());
    let mut stored = Vec::with_capacity(request.sources.len());
    for group in groups(request.sources) {
        control.check()?;
        add(&reading, group, &mut writer, &mut stored).map_err(failed)?;
    }
    writer.finish().map_err(|error| reading.cause(ArchiveError::io("write", target)(error)))?;
    output.sync()?;
    if request.verify {
        read_back(output, request, control, &stored)?;
    }
    let file_count = request.sources.iter().filter(|s| s.kind == SourceKind::File).count() as u64;
    let parts = output.parts().to_vec();
    Ok(Created { file_count, bytes: reading.bytes(), archive_size: output.length(), parts })
}

/// The last is applied to the content first.
fn methods(request: &CreateRequest<'_>) -> Vec<EncoderConfiguration> {
    let mut methods = Vec::new();
    if let Some(password) = request.password {
        let options = AesEncoderOptions {
            num_cycles_power: KEY_ROUNDS,
            ..AesEncoderOptions::new(Password::new(password))
        };
        methods.push(options.into());
    }
    let threads = u32::try_from(parallel::threads()).unwrap_or(1);
    methods.push(match request.level.unwrap_or(DEFAULT_LEVEL) {
        0 => EncoderConfiguration::new(EncoderMethod::COPY),
        level => Lzma2Options::from_level_mt(level, threads, CHUNK_BYTES).into(),
    });
    methods
}

/// Neighbours that share a block.
fn groups(sources: &[SourceFile]) -> Vec<&[SourceFile]> {
    let mut groups = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, source) in sources.iter().enumerate() {
        let size = fs::metadata(&source.path).map(|meta| meta.len()).unwrap_or(0);
        if index > start && (bytes + size > SOLID_BYTES || index - start >= SOLID_FILES) {
            groups.extend(sources.get(start..index));
            (start, bytes) = (index, 0);
        }
        bytes += size;
    }
    groups.extend(sources.get(start..));
    groups
}

/// Name, size and CRC-32 of what has content.
type Stored = Vec<(String, u64, Option<u32>)>;

fn add(
    reading: &Reading<'_>,
    group: &[SourceFile],
    writer: &mut ArchiveWriter<&mut VolumeWriter>,
    stored: &mut Stored,
) -> Result<(), Error> {
    let other = |error: ArchiveError| Error::Io(reading.fail(error), "".into());
    let (mut entries, mut contents) = (Vec::new(), Vec::new());
    for source in group {
        if source.kind == SourceKind::Folder {
            let modified = fs::metadata(&source.path).and_then(|meta| meta.modified()).ok();
            let folder = ArchiveEntry::new_directory(&source.name_in_archive);
            writer
                .push_archive_entry::<io::Empty>(with_facts(folder, 0o040_755, DIRECTORY, modified), None)?;
            stored.push((source.name_in_archive.clone(), 0, None));
            continue;
        }
        let content = SourceReader::open(reading, source).map_err(other)?;
        let mode = if content.executable() { 0o100_755 } else { 0o100_644 };
        let entry = ArchiveEntry::new_file(&source.name_in_archive);
        let entry = with_facts(entry, mode, 0, content.modified());
        if content.length() == 0 {
            let entry = ArchiveEntry { has_stream: false, ..entry };
            writer.push_archive_entry::<io::Empty>(entry, None)?;
            stored.push((source.name_in_archive.clone(), 0, None));
            continue;
        }
        stored.push((source.name_in_archive.clone(), content.length(), None));
        entries.push(entry);
        contents.push(Hashed::new(content));
    }
    if !entries.is_empty() {
        writer.push_archive_entries(entries, contents)?;
    }
    Ok(())
}

fn with_facts(entry: ArchiveEntry, mode: u32, attributes: u32, modified: Option<SystemTime>) -> ArchiveEntry {
    let modified = modified.and_then(|at| NtTime::try_from(at).ok());
    ArchiveEntry {
        has_last_modified_date: modified.is_some(),
        last_modified_date: modified.unwrap_or_default(),
        has_windows_attributes: true,
        windows_attributes: (mode << 16) | UNIX_EXTENSION | attributes,
        ..entry
    }
}

/// The library compares each entry with the checksum of what was read from its source.
fn read_back(
    output: &VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
    stored: &Stored,
) -> Result<()> {
    let differs =
        |what: String| ArchiveError::Verification { archive: request.output_temp.to_path_buf(), what };
    let password = request.password.map_or_else(Password::empty, Password::new);
    let source = BufReader::with_capacity(BLOCK_BYTES, output.reader()?);
    let mut reader = ArchiveReader::new_with_memory_limit(source, password, MEMORY_KIB * 4)
        .map_err(|error| differs(error.to_string()))?;
    reader.set_thread_count(u32::try_from(parallel::threads()).unwrap_or(1));
    let mut expected: Vec<(&str, u64)> =
        stored.iter().map(|(name, size, _)| (name.as_str(), *size)).collect();
    let mut found: Vec<(&str, u64)> =
        reader.archive().files.iter().map(|entry| (entry.name.as_str(), entry.size)).collect();
    expected.sort_unstable();
    found.sort_unstable();
    if expected != found {
        return Err(differs(format!("it lists {} entries, not the {} stored", found.len(), expected.len())));
    }
    let mut block = vec![0; BLOCK_BYTES];
    let mut cancelled = false;
    let read = reader.for_each_entries(|_, content| {
        loop {
            if control.check().is_err() {
                cancelled = true;
                return Err(Error::Other("stopped".into()));
            }
            if content.read(&mut block)? == 0 {
                return Ok(true);
            }
        }
    });
    if cancelled {
        return Err(ArchiveError::Cancelled);
    }
    read.map_err(|error| differs(error.to_string()))
}
