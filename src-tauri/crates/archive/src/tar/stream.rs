//! The stream around a tar: none, gzip, or Zstandard.

use crate::error::{ArchiveError, Result};
use crate::format::Format;
use crate::tar::header::{BLOCK, is_header};
use crate::volumes::VolumeReader;
use flate2::read::MultiGzDecoder;
use std::io::{BufReader, Read};
use std::path::Path;

/// Larger windows than that of `zstd --ultra` would take more memory than an archive is worth; bits.
const LARGEST_WINDOW: u32 = 27;
const BUFFER: usize = 256 * 1024;

/// Reads what is inside; and the length of the archive itself.
pub(super) fn open(archive: &Path, format: Format) -> Result<(Box<dyn Read>, u64)> {
    let file = VolumeReader::open(archive)?;
    let length = file.length();
    Ok((around(archive, BufReader::with_capacity(BUFFER, file), format)?, length))
}

pub(super) fn around<'a>(
    archive: &Path,
    reader: impl std::io::BufRead + 'a,
    format: Format,
) -> Result<Box<dyn Read + 'a>> {
    Ok(match format {
        Format::TarGz | Format::Gzip => Box::new(MultiGzDecoder::new(reader)),
        Format::TarZst => {
            let failed = |error| ArchiveError::io("read", archive)(error);
            let mut decoder = zstd::Decoder::with_buffer(reader).map_err(failed)?;
            decoder.window_log_max(LARGEST_WINDOW).map_err(failed)?;
            Box::new(decoder)
        }
        Format::Tar | Format::Zip | Format::SevenZip => Box::new(reader),
    })
}

/// Whether what is inside begins like a tar.
pub(crate) fn starts_with_tar(archive: &Path, format: Format) -> Result<bool> {
    let (reader, _) = open(archive, format)?;
    let mut block = Vec::new();
    // A damaged stream says so when it is unpacked.
    let read = reader.take(BLOCK as u64).read_to_end(&mut block);
    Ok(read.is_ok() && is_header(&block))
}
