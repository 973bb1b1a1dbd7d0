//! Writing a zip: deflate, UTF-8 names, exact times, zip64 where sizes need it, AES-256 where a password is given.

use super::{BLOCK_BYTES, clock, failure, reader};
use crate::control::Control;
use crate::create::{CreateRequest, Created};
use crate::error::{ArchiveError, Result};
use crate::limits::Limits;
use crate::name::SafeName;
use crate::source::SourceFile;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;
use zip::result::ZipError;
use zip::write::{FileOptions, FullFileOptions, SimpleFileOptions};
use zip::{AesMode, CompressionMethod, ZipReadOptions, ZipWriter};

/// From this size on an entry gets zip64 fields. Data that does not shrink grows a little, so stay below 4 GiB.
const ZIP64_FROM_BYTES: u64 = 4_000_000_000;
const DEFAULT_LEVEL: u32 = 6;

pub(crate) fn create(output: File, request: &CreateRequest<'_>, control: &Control<'_>) -> Result<Created> {
    let target = request.output_temp;
    let mut zip = ZipWriter::new(BufWriter::with_capacity(BLOCK_BYTES, output));
    let mut bytes = 0;
    let mut block = vec![0; BLOCK_BYTES];
    for source in request.sources {
        bytes = add(&mut zip, source, request, control, bytes, &mut block)?;
    }
    let output = zip
        .finish()
        .map_err(|e| writing(target, e))?
        .into_inner()
        .map_err(|e| ArchiveError::io("write", target)(e.into_error()))?;
    output.sync_all().map_err(ArchiveError::io("write", target))?;
    let archive_size = output.metadata().map_err(ArchiveError::io("read", target))?.len();
    if request.verify {
        verify(output, request, control, bytes, &mut block)?;
    }
    Ok(Created { file_count: request.sources.len() as u64, bytes, archive_size })
}

/// Stores one file; gives the number of content bytes so far.
fn add(
    zip: &mut ZipWriter<BufWriter<File>>,
    source: &SourceFile,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
    mut done: u64,
    block: &mut [u8],
) -> Result<u64> {
    control.check()?;
    let target = request.output_temp;
    let reading = || ArchiveError::io("read", &source.path);
    let changed = || ArchiveError::SourceChanged { path: source.path.clone() };
    let mut file = File::open(&source.path).map_err(reading())?;
    let before = file.metadata().map_err(reading())?;
    if !before.is_file() {
        return Err(ArchiveError::SourceKind { path: source.path.clone() });
    }
    let name = SafeName::parse(&source.name_in_archive).map_err(|reason| ArchiveError::SourceName {
        path: source.path.clone(),
        name: source.name_in_archive.clone(),
        reason,
    })?;
    let options = options(request, &before).map_err(|e| writing(target, e))?;
    zip.start_file(name.to_string(), options).map_err(|e| writing(target, e))?;
    let mut count = 0;
    loop {
        control.check()?;
        let read = match file.read(block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(reading()(error)),
        };
        count += read as u64;
        if count > before.len() {
            return Err(changed());
        }
        zip.write_all(block.get(..read).unwrap_or_default()).map_err(ArchiveError::io("write", target))?;
        done += read as u64;
        control.report(done);
    }
    let after = file.metadata().map_err(reading())?;
    if count != before.len() || after.modified().ok() != before.modified().ok() {
        return Err(changed());
    }
    Ok(done)
}

fn options<'k>(
    request: &CreateRequest<'k>,
    source: &fs::Metadata,
) -> Result<FullFileOptions<'k, 'static>, ZipError> {
    let level = request.level.unwrap_or(DEFAULT_LEVEL);
    let plain = SimpleFileOptions::default().large_file(source.len() >= ZIP64_FROM_BYTES);
    let mut options: FileOptions<'k, 'static, ()> = with_mode(plain, source);
    options = match level {
        0 => options.compression_method(CompressionMethod::Stored),
        level => {
            options.compression_method(CompressionMethod::Deflated).compression_level(Some(level.into()))
        }
    };
    if let Some(password) = request.password {
        options = options.with_aes_encryption(AesMode::Aes256, password);
    }
    let modified = source.modified().ok();
    if let Some(time) = modified.and_then(clock::dos_time) {
        options = options.last_modified_time(time);
    }
    match modified.and_then(clock::unix_seconds) {
        Some(seconds) => options.with_extended_timestamp(Some(seconds), None, None),
        None => Ok(options.into_full_options()),
    }
}

#[cfg(unix)]
fn with_mode(options: SimpleFileOptions, source: &fs::Metadata) -> SimpleFileOptions {
    use std::os::unix::fs::PermissionsExt;
    options.unix_permissions(source.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn with_mode(options: SimpleFileOptions, _source: &fs::Metadata) -> SimpleFileOptions {
    options
}

/// Reads everything back: names in order, every checksum or authentication code, and the number of bytes.
fn verify(
    output: File,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
    bytes: u64,
    block: &mut [u8],
) -> Result<()> {
    let target = request.output_temp;
    let failed = |what: String| ArchiveError::Verification { archive: target.to_path_buf(), what };
    let mut output = output;
    output.rewind().map_err(ArchiveError::io("read", target))?;
    // What was just written here is no attack.
    let limits = Limits { max_file_count: u64::MAX, ..Limits::default() };
    let (mut reader, _) = reader::open(target, output, &limits).map_err(|e| failed(e.to_string()))?;
    let entries = reader.files().map_err(|e| failed(e.to_string()))?;
    let mut read_back = 0;
    for source in request.sources {
        let entry = match entries.next() {
            Some(entry) => entry.map_err(|e| failed(e.to_string()))?,
            None => return Err(failed(format!("{:?} is missing", source.name_in_archive))),
        };
        let options = ZipReadOptions::new().password(request.password.map(str::as_bytes));
        let mut content = entry
            .with_reader(entries.reader_mut(), options)
            .map_err(|e| failed(failure::opening(target, &source.name_in_archive, false, e).to_string()))?;
        loop {
            control.check()?;
            match content.read(block) {
                Ok(0) => break,
                Ok(count) => read_back += count as u64,
                Err(error) => return Err(failed(format!("{:?}: {error}", source.name_in_archive))),
            }
        }
    }
    if read_back != bytes || !entries.is_empty() {
        return Err(failed(format!("{read_back} bytes instead of {bytes}")));
    }
    Ok(())
}

fn writing(target: &Path, error: ZipError) -> ArchiveError {
    let source = if let ZipError::Io(source) = error { source } else { io::Error::other(error) };
    ArchiveError::io("write", target)(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::source::collect;
    use tokio_util::sync::CancellationToken;

    #[test]
    fn reading_back_notices_a_byte_that_was_not_written_as_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "some text to store").unwrap();
        let sources = collect(&[path], None).unwrap();
        let target = folder.path().join("out.zip");
        for password in [None, Some("pa55")] {
            let request = CreateRequest {
                output_temp: &target,
                sources: &sources,
                format: Format::Zip,
                level: Some(0),
                password,
                verify: false,
            };
            let cancel = CancellationToken::new();
            let control = Control { cancel: &cancel, progress: &|_| {} };
            let created = crate::create(&request, &control).unwrap();
            let read_back = |expected| {
                let mut block = [0; 64];
                verify(File::open(&target).unwrap(), &request, &control, expected, &mut block)
            };
            read_back(created.bytes).unwrap();
            assert!(matches!(read_back(created.bytes + 1), Err(ArchiveError::Verification { .. })));

            let mut bytes = fs::read(&target).unwrap();
            let central = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
            bytes[central - 12] ^= 1;
            fs::write(&target, bytes).unwrap();
            assert!(
                matches!(read_back(created.bytes), Err(ArchiveError::Verification { .. })),
                "{password:?}"
            );
            fs::remove_file(&target).unwrap();
        }
    }
}
