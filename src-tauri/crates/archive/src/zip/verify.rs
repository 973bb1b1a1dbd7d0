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
