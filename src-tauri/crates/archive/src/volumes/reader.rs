//! Reading the parts of an archive as one stream of bytes.

use super::name;
use crate::error::{ArchiveError, Result};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// `Read + Seek` over an archive, in one file or in parts.
#[derive(Debug)]
pub(crate) struct VolumeReader {
    parts: Vec<Part>,
    position: u64,
    length: u64,
    open: Option<(usize, File)>,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    /// Offset of its first byte in the archive.
    start: u64,
    length: u64,
}

impl VolumeReader {
    /// Opens an archive. A name `NAME.001` stands for all its parts, which lie beside it.
    ///
    /// A part that is missing between two others is an error that names it. Whether parts are missing after the last
    /// one only the archive itself can tell.
    pub(crate) fn open(archive: &Path) -> Result<Self> {
        match name::split(archive) {
            Some((whole, 1)) => Self::over(archive, &find_parts(archive, &whole)?),
            Some(_) | None => {
                let file = File::open(archive).map_err(ArchiveError::io("open", archive))?;
                let metadata = file.metadata().map_err(ArchiveError::io("read", archive))?;
                let length = regular(archive, &metadata)?;
                let part = Part { path: archive.to_path_buf(), start: 0, length };
                Ok(Self { parts: vec![part], position: 0, length, open: Some((0, file)) })
            }
        }
    }

    /// Opens the parts that were just written, in order.
    pub(crate) fn over(archive: &Path, paths: &[PathBuf]) -> Result<Self> {
        let mut parts = Vec::with_capacity(paths.len());
        let mut start = 0_u64;
        for path in paths {
            // Links are not followed: who may put a file beside the archive must not choose what is read.
            let read = if path == archive { fs::metadata(path) } else { fs::symlink_metadata(path) };
            let length = regular(path, &read.map_err(ArchiveError::io("read", path))?)?;
            parts.push(Part { path: path.clone(), start, length });
            start = start.saturating_add(length);
        }
        Ok(Self { parts, position: 0, length: start, open: None })
    }

    /// Bytes of all parts.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The last part, if there are several or could be.
    pub(crate) fn last_part(&self) -> Option<&Path> {
        let last = self.parts.last()?;
        name::split(&last.path).map(|_| last.path.as_path())
    }

    fn index(&self) -> usize {
        // The last part that starts at or before the position: empty parts before it are stepped over.
        self.parts.partition_point(|part| part.start <= self.position).saturating_sub(1)
    }

    fn file(&mut self, index: usize) -> io::Result<&mut File> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != index) {
            self.open = None;
            let part = self.parts.get(index).ok_or(io::ErrorKind::UnexpectedEof)?;
            let file = File::open(&part.path)?;
            let metadata = file.metadata()?;
            if !metadata.is_file() || metadata.len() != part.length {
                return Err(io::Error::other(format!("{} changed", part.path.display())));
            }
            self.open = Some((index, file));
        }
        let (_, file) = self.open.as_mut().ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(file)
    }
}

impl Read for VolumeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let index = self.index();
        let (start, length) = self.parts.get(index).map_or((0, 0), |part| (part.start, part.length));
        let within = self.position - start;
        let most = usize::try_from(length.saturating_sub(within)).unwrap_or(usize::MAX).min(buffer.len());
        let wanted = buffer.get_mut(..most).unwrap_or_default();
        let file = self.file(index)?;
        file.seek(SeekFrom::Start(within))?;
        let count = file.read(wanted)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for VolumeReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = target(to, self.position, self.length)?;
        Ok(self.position)
    }
}

/// Where a seek leads; before the start is an error, beyond the end is not.
pub(super) fn target(to: SeekFrom, position: u64, length: u64) -> io::Result<u64> {
    match to {
        SeekFrom::Start(offset) => Some(offset),
        SeekFrom::End(offset) => length.checked_add_signed(offset),
        SeekFrom::Current(offset) => position.checked_add_signed(offset),
    }
    .ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

fn regular(path: &Path, metadata: &Metadata) -> Result<u64> {
    if !metadata.is_file() {
        return Err(ArchiveError::VolumeKind { path: path.to_path_buf() });
    }
    Ok(metadata.len())
}

/// The parts from the first to the last, or which one is missing between them.
fn find_parts(first: &Path, whole: &Path) -> Result<Vec<PathBuf>> {
    let folder = match first.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut numbers = vec![1];
    let whole_name = whole.file_name();
    for entry in fs::read_dir(folder).map_err(ArchiveError::io("read", folder))? {
        let name = entry.map_err(ArchiveError::io("read", folder))?.file_name();
        match name::split(Path::new(&name)) {
            Some((of, number)) if of.file_name() == whole_name => numbers.push(number),
            Some(_) | None => {}
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    for (index, pair) in numbers.windows(2).enumerate() {
        if let [before, after] = *pair
            && before + 1 != after
        {
            return Err(ArchiveError::VolumeMissing {
                archive: first.to_path_buf(),
                missing: name::part(whole, index as u64 + 2),
                after: name::part(whole, after),
            });
        }
    }
    Ok(numbers
        .into_iter()
        .map(|number| if number == 1 { first.into() } else { name::part(whole, number) })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// Parts of these sizes, filled with bytes that count up across them; and all bytes.
    fn parts(sizes: &[usize]) -> (TempDir, PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("a.zip");
        let bytes: Vec<u8> = (0..sizes.iter().sum::<usize>()).map(|n| (n % 251) as u8).collect();
        let mut rest = bytes.as_slice();
        for (index, size) in sizes.iter().enumerate() {
            let (own, after) = rest.split_at(*size);
            fs::write(name::part(&whole, index as u64 + 1), own).unwrap();
            rest = after;
        }
        let first = name::part(&whole, 1);
        (folder, first, bytes)
    }

    #[test]
    fn parts_read_as_one_file_from_any_place() {
        let (_folder, first, bytes) = parts(&[10, 1, 0, 7, 0]);
        let mut reader = VolumeReader::open(&first).unwrap();
        assert_eq!(reader.length(), 18);
        for start in 0..=bytes.len() + 1 {
            let mut found = Vec::new();
            reader.seek(SeekFrom::Start(start as u64)).unwrap();
            reader.read_to_end(&mut found).unwrap();
            assert_eq!(found, bytes.get(start..).unwrap_or_default(), "from {start}");
        }
        assert_eq!(reader.seek(SeekFrom::End(-8)).unwrap(), 10);
        assert_eq!(reader.seek(SeekFrom::Current(-2)).unwrap(), 8);
        let mut four = [0; 4];
        reader.read_exact(&mut four).unwrap();
        assert_eq!(four, bytes[8..12]);
        assert!(reader.seek(SeekFrom::Current(-100)).is_err());
    }

    #[test]
    fn only_one_part_is_open_at_a_time() {
        let (_folder, first, bytes) = parts(&[1; 2_000]);
        let mut reader = VolumeReader::open(&first).unwrap();
        let before = open_files();
        let mut found = Vec::new();
        reader.read_to_end(&mut found).unwrap();
        assert_eq!(found, bytes);
        assert!(open_files() <= before + 1);
    }

    fn open_files() -> usize {
        fs::read_dir("/dev/fd").unwrap().count()
    }

    #[test]
    fn a_gap_is_named() {
        let (_folder, first, _) = parts(&[4, 4, 4, 4]);
        fs::remove_file(first.with_extension("003")).unwrap();
        let error = VolumeReader::open(&first).unwrap_err();
        assert!(
            matches!(&error, ArchiveError::VolumeMissing { missing, .. } if missing.ends_with("a.zip.003"))
        );
        let text = error.to_string();
        assert!(text.contains("a.zip.003") && text.contains("a.zip.004"), "{text}");
    }

    #[test]
    fn a_part_that_is_a_link_or_a_folder_is_refused() {
        let (folder, first, _) = parts(&[4, 4]);
        let second = first.with_extension("002");
        fs::remove_file(&second).unwrap();
        fs::create_dir(&second).unwrap();
        assert!(
            matches!(VolumeReader::open(&first), Err(ArchiveError::VolumeKind { path }) if path == second)
        );
        fs::remove_dir(&second).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "secret").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &second).unwrap();
        assert!(
            matches!(VolumeReader::open(&first), Err(ArchiveError::VolumeKind { path }) if path == second)
        );
    }

    #[test]
    fn a_part_that_changed_since_it_was_found_is_noticed() {
        let (_folder, first, _) = parts(&[4, 4]);
        let mut reader = VolumeReader::open(&first).unwrap();
        fs::write(first.with_extension("002"), "longer than before").unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("a.zip.002 changed"), "{error}");
    }

    #[test]
    fn files_beside_it_are_no_parts() {
        let (folder, first, bytes) = parts(&[4]);
        for name in ["b.zip.002", "a.zip.0002", "a.zip", "a.002", "a.zip.002.part"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(VolumeReader::open(&first).unwrap().length(), bytes.len() as u64);
    }
}
