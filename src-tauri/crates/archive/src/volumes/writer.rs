//! Writing an archive into one file, or into parts of at most a given size.

use super::name;
use super::reader::{VolumeReader, target};
use crate::error::{ArchiveError, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// `Write + Seek` (and `Read`, for formats that look back) over an archive that is being made. Bytes may be written
/// over anywhere, also in an earlier part; there are no holes, because a seek beyond the end fails.
#[derive(Debug)]
pub(crate) struct VolumeWriter {
    /// The archive's name; parts add a number to it.
    whole: PathBuf,
    part_size: Option<u64>,
    parts: Vec<PathBuf>,
    position: u64,
    length: u64,
    open: Option<(u64, File)>,
}

impl VolumeWriter {
    /// Makes the archive's file, or its first part if there is a size for parts. It must not exist.
    pub(crate) fn create(whole: &Path, part_size: Option<u64>) -> Result<Self> {
        let mut writer = Self {
            whole: whole.to_path_buf(),
            part_size,
            parts: Vec::new(),
            position: 0,
            length: 0,
            open: None,
        };
        let first = writer.path(0);
        writer.file(0).map_err(ArchiveError::io("create", &first))?;
        Ok(writer)
    }

    /// Every file made so far, in order.
    pub(crate) fn parts(&self) -> &[PathBuf] {
        &self.parts
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Brings everything to the disk.
    pub(crate) fn sync(&mut self) -> Result<()> {
        self.open = None;
        for part in &self.parts {
            let synced = OpenOptions::new().write(true).open(part).and_then(|file| file.sync_all());
            synced.map_err(ArchiveError::io("write", part))?;
        }
        Ok(())
    }

    /// What was written, to be read back.
    pub(crate) fn reader(&self) -> Result<VolumeReader> {
        VolumeReader::over(&self.whole, &self.parts)
    }

    /// Removes every file made. Used after an error, which is the one to tell; a name that stays behind fails the next
    /// attempt with its own message.
    pub(crate) fn remove(self) {
        drop(self.open);
        for part in &self.parts {
            let _ = fs::remove_file(part);
        }
    }

    fn path(&self, index: u64) -> PathBuf {
        match self.part_size {
            Some(_) => name::part(&self.whole, index + 1),
            None => self.whole.clone(),
        }
    }

    /// The part at the position, the offset in it, and how many bytes it can still take.
    fn place(&self) -> (u64, u64, u64) {
        match self.part_size {
            Some(size) => {
                let size = size.max(1);
                let within = self.position % size;
                (self.position / size, within, size - within)
            }
            None => (0, self.position, u64::MAX),
        }
    }

    fn file(&mut self, index: u64) -> io::Result<&mut File> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != index) {
            self.open = None;
            let path = self.path(index);
            let made_before = index < self.parts.len() as u64;
            let file = OpenOptions::new().read(true).write(true).create_new(!made_before).open(&path)?;
            if !made_before {
                self.parts.push(path);
            }
            self.open = Some((index, file));
        }
        let (_, file) = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        Ok(file)
    }
}

impl Write for VolumeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let (index, within, room) = self.place();
        let most = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let file = self.file(index)?;
        if file.stream_position()? != within {
            file.seek(SeekFrom::Start(within))?;
        }
        let count = file.write(bytes.get(..most).unwrap_or_default())?;
        self.position += count as u64;
        self.length = self.length.max(self.position);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for VolumeWriter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let (index, within, room) = self.place();
        let most = usize::try_from(room).unwrap_or(usize::MAX).min(buffer.len());
        let file = self.file(index)?;
        file.seek(SeekFrom::Start(within))?;
        let count = file.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for VolumeWriter {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = target(to, self.position, self.length)?;
        if position > self.length {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.position = position;
        Ok(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(part_size: Option<u64>) -> (tempfile::TempDir, VolumeWriter) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = VolumeWriter::create(&folder.path().join("a.7z"), part_size).unwrap();
        writer.write_all(b"0123456789").unwrap();
        // As a format does that fills its header in at the end, over the edge of a part.
        writer.seek(SeekFrom::Start(2)).unwrap();
        writer.write_all(b"ab").unwrap();
        writer.seek(SeekFrom::End(0)).unwrap();
        writer.write_all(b"xyz").unwrap();
        (folder, writer)
    }

    #[test]
    fn parts_hold_the_stream_in_order_and_read_back() {
        for (part_size, sizes) in [
            (None, vec![13]),
            (Some(100), vec![13]),
            (Some(13), vec![13]),
            (Some(3), vec![3, 3, 3, 3, 1]),
            (Some(1), vec![1; 13]),
        ] {
            let (_folder, mut writer) = written(part_size);
            writer.sync().unwrap();
            assert_eq!(writer.length(), 13);
            let found: Vec<u64> =
                writer.parts().iter().map(|part| fs::metadata(part).unwrap().len()).collect();
            assert_eq!(found, sizes, "{part_size:?}");
            let mut bytes = Vec::new();
            writer.reader().unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, b"01ab456789xyz", "{part_size:?}");
            writer.rewind().unwrap();
            bytes.clear();
            writer.read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, b"01ab456789xyz", "{part_size:?}");
        }
    }

    #[test]
    fn removing_leaves_no_part() {
        let (folder, writer) = written(Some(2));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 7);
        writer.remove();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_existing_part_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("a.7z");
        fs::write(name::part(&whole, 2), "precious").unwrap();
        let mut writer = VolumeWriter::create(&whole, Some(4)).unwrap();
        let error = writer.write_all(b"01234567").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        writer.remove();
        assert_eq!(fs::read(name::part(&whole, 2)).unwrap(), b"precious");
    }

    #[test]
    fn there_are_no_holes() {
        let (_folder, mut writer) = written(Some(4));
        assert!(writer.seek(SeekFrom::Start(14)).is_err());
        assert!(writer.seek(SeekFrom::Current(-20)).is_err());
        assert_eq!(writer.stream_position().unwrap(), 13);
    }
}
