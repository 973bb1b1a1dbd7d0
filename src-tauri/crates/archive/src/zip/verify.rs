//! Reading a zip back that was just written: names in order, every size, every checksum or authentication code.
//!
//! Entries are read on all cores, each thread with a reader of its own. Content is not compared with the sources: they
//! were read once, and their checksums are in the archive.

use super::{BLOCK_BYTES, entry, failure, reader};
use crate::control::Control;
use crate::create::CreateRequest;
use crate::error::{ArchiveError, Result};
use crate::limits::Limits;
use crate::parallel;
use crate::source::SourceKind;
use crate::volumes::{VolumeReader, VolumeWriter};
use std::io::{BufReader, Read};
use tokio_util::sync::CancellationToken;
use zip::ZipReadOptions;
use zip::read::ZipFileEntry;

pub(super) fn read_back(
    written: &VolumeWriter,
    request: &CreateRequest<'_>,
    control: &Control<'_>,
) -> Result<()> {
    let target = request.output_temp;
    let failed = |what: String| ArchiveError::Verification { archive: target.to_path_buf(), what };
    // What was just written here is no attack.
    let limits = Limits { max_file_count: u64::MAX, ..Limits::default() };
    let mut reader = reader::over(target, written.reader()?, &limits).map_err(|e| failed(e.to_string()))?;
    let entries = reader.files().map_err(|e| failed(e.to_string()))?;
    let (cancel, password) = (control.cancel, request.password);
    parallel::in_order(
        || Checker { reader: written.reader().map(BufReader::new), block: vec![0; BLOCK_BYTES] },
        |checker, found| checker.check(found, password, cancel),
        |line| {
            let told = |result: Result<(), Fault>| match result {
                Err(Fault::Cancelled) => Err(ArchiveError::Cancelled),
                Err(Fault::Differs(what)) => Err(failed(what)),
                Ok(()) => Ok(()),
            };
            for source in request.sources {
                control.check()?;
                let found = match entries.next() {
                    Some(found) => found.map_err(|e| failed(e.to_string()))?,
                    None => return Err(failed(format!("{:?} is missing", source.name_in_archive))),
                };
                let name = entry::display_name(&found);
                let bare = match source.kind {
                    SourceKind::File => name.as_str(),
                    SourceKind::Folder => name.trim_end_matches('/'),
                };
                if bare != source.name_in_archive {
                    return Err(failed(format!("{name:?} is in the place of {:?}", source.name_in_archive)));
                }
                if let Some(result) = line.push(found) {
                    told(result)?;
                }
            }
            while let Some(result) = line.next() {
                told(result)?;
            }
            if entries.is_empty() {
                Ok(())
            } else {
                Err(failed("it has more entries than were stored".into()))
            }
        },
    )
}

enum Fault {
    Cancelled,
    Differs(String),
}

/// One thread's.
struct Checker {
    reader: Result<BufReader<VolumeReader>>,
    block: Vec<u8>,
}

impl Checker {
    fn check(
        &mut self,
        found: ZipFileEntry<'static>,
        password: Option<&str>,
        cancel: &CancellationToken,
    ) -> Result<(), Fault> {
        let reader = self.reader.as_mut().map_err(|error| Fault::Differs(error.to_string()))?;
        let name = entry::display_name(&found);
        let size = found.size();
        let options = ZipReadOptions::new().password(password.map(str::as_bytes));
        let mut content = found
            .with_reader(reader, options)
            .map_err(|e| Fault::Differs(format!("{name:?}: {}", failure::plain(&e))))?;
        let mut read = 0;
        loop {
            if cancel.is_cancelled() {
                return Err(Fault::Cancelled);
            }
            match content.read(&mut self.block) {
                Ok(0) => break,
                Ok(count) => read += count as u64,
                Err(error) => return Err(Fault::Differs(format!("{name:?}: {error}"))),
            }
        }
        if read != size {
            return Err(Fault::Differs(format!("{name:?} has {read} bytes instead of {size}")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::source::{SourceFile, collect};
    use std::fs;

    fn read_back_under(
        target: &std::path::Path,
        sources: &[SourceFile],
        password: Option<&str>,
        change: impl FnOnce(&mut Vec<u8>),
    ) -> Result<()> {
        let request = CreateRequest {
            output_temp: target,
            sources,
            format: Format::Zip,
            level: Some(0),
            password,
            verify: false,
            max_part_bytes: None,
        };
        let cancel = CancellationToken::new();
        let control = Control { cancel: &cancel, progress: &|_| {} };
        let mut output = VolumeWriter::create(target, None)?;
        super::super::create(&mut output, &request, &control)?;
        let mut bytes = fs::read(target).unwrap();
        change(&mut bytes);
        fs::write(target, bytes).unwrap();
        let result = read_back(&output, &request, &control);
        output.remove();
        result
    }

    fn is_noticed(result: &Result<()>) -> bool {
        matches!(result, Err(ArchiveError::Verification { .. }))
    }

    #[test]
    fn a_byte_that_was_not_written_as_meant_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "some text to store").unwrap();
        let sources = collect(&[path], None).unwrap();
        let target = folder.path().join("out.zip");
        for password in [None, Some("pa55")] {
            read_back_under(&target, &sources, password, |_| {}).unwrap();
            let central = |bytes: &[u8]| bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
            let content = read_back_under(&target, &sources, password, |bytes| {
                let at = central(bytes) - 12;
                bytes[at] ^= 1;
            });
            assert!(is_noticed(&content), "{password:?}");
            let size = read_back_under(&target, &sources, password, |bytes| {
                let at = central(bytes) + 24;
                bytes[at] -= 1;
            });
            assert!(is_noticed(&size), "{password:?}");
            let name = read_back_under(&target, &sources, password, |bytes| {
                let at = central(bytes) + 46;
                bytes[at] = b'b';
            });
            assert!(is_noticed(&name), "{password:?}");
            let cut = read_back_under(&target, &sources, password, |bytes| bytes.truncate(40));
            assert!(is_noticed(&cut), "{password:?}");
        }
    }

    #[test]
    fn an_entry_that_is_missing_or_too_many_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let both = collect(&[folder.path().join("a"), folder.path().join("b")], None).unwrap();
        let target = folder.path().join("out.zip");
        let cancel = CancellationToken::new();
        let control = Control { cancel: &cancel, progress: &|_| {} };
        let request = |sources| CreateRequest {
            output_temp: &target,
            sources,
            format: Format::Zip,
            level: None,
            password: None,
            verify: false,
            max_part_bytes: None,
        };
        for (stored, expected) in [(&both[..1], &both[..]), (&both[..], &both[..1])] {
            let mut output = VolumeWriter::create(&target, None).unwrap();
            super::super::create(&mut output, &request(stored), &control).unwrap();
            assert!(is_noticed(&read_back(&output, &request(expected), &control)));
            read_back(&output, &request(stored), &control).unwrap();
            output.remove();
        }
    }

    #[test]
    fn cancelling_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "some text to store").unwrap();
        let sources = collect(&[path], None).unwrap();
        let target = folder.path().join("out.zip");
        let mut output = VolumeWriter::create(&target, None).unwrap();
        let request = CreateRequest {
            output_temp: &target,
            sources: &sources,
            format: Format::Zip,
            level: None,
            password: None,
            verify: false,
            max_part_bytes: None,
        };
        let cancel = CancellationToken::new();
        let control = Control { cancel: &cancel, progress: &|_| {} };
        super::super::create(&mut output, &request, &control).unwrap();
        cancel.cancel();
        assert!(matches!(read_back(&output, &request, &control), Err(ArchiveError::Cancelled)));
    }
}
