//! The sandbox's SFTP side: plain operations on files below one root.

use russh_sftp::protocol::{
    Attrs, Data, ExtendedReply, File, FileAttributes, Handle, Name, OpenFlags, Packet, Status, StatusCode,
    Version,
};
use russh_sftp::server::Handler;
use std::collections::HashMap;
use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// The most that is read for one request; OpenSSH's limit.
const MOST_LEN: u32 = 255 * 1024;
/// Names in one answer to READDIR.
const NAMES_AT_ONCE: usize = 100;
/// Open files and folders of one session.
const MOST_HANDLES: usize = 100;

const LIMITS: &str = "limits@openssh.com";
const POSIX_RENAME: &str = "posix-rename@openssh.com";

enum Open {
    File(tokio::fs::File),
    Folder(Vec<File>),
}

pub(super) struct Files {
    root: PathBuf,
    open: HashMap<String, Open>,
    next: u64,
}

impl Files {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, open: HashMap::new(), next: 0 }
    }

    /// The names of a client's path below the root; `..` stops at the root.
    fn names(path: &str) -> Result<Vec<&str>, StatusCode> {
        let mut names = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    names.pop();
                }
                name if name.contains(['\0', '\\']) => return Err(StatusCode::BadMessage),
                name => names.push(name),
            }
        }
        Ok(names)
    }

    /// Where a client's path lies. No part of it may be a link: it could lead out.
    async fn place(&self, path: &str) -> Result<PathBuf, StatusCode> {
        let mut place = self.root.clone();
        for name in Self::names(path)? {
            place.push(name);
            if tokio::fs::symlink_metadata(&place).await.is_ok_and(|m| m.is_symlink()) {
                return Err(StatusCode::PermissionDenied);
            }
        }
        Ok(place)
    }

    fn keep(&mut self, id: u32, open: Open) -> Result<Handle, StatusCode> {
        if self.open.len() >= MOST_HANDLES {
            return Err(StatusCode::Failure);
        }
        self.next += 1;
        let handle = self.next.to_string();
        self.open.insert(handle.clone(), open);
        Ok(Handle { id, handle })
    }

    fn file(&mut self, handle: &str) -> Result<&mut tokio::fs::File, StatusCode> {
        match self.open.get_mut(handle) {
            Some(Open::File(file)) => Ok(file),
            Some(Open::Folder(_)) | None => Err(StatusCode::Failure),
        }
    }

    async fn attributes(&self, id: u32, path: &str) -> Result<Attrs, StatusCode> {
        let found = tokio::fs::symlink_metadata(self.place(path).await?).await.map_err(status)?;
        Ok(Attrs { id, attrs: FileAttributes::from(&found) })
    }

    async fn replace(&self, data: &[u8]) -> Result<(), StatusCode> {
        let (from, rest) = text(data).ok_or(StatusCode::BadMessage)?;
        let (to, _) = text(rest).ok_or(StatusCode::BadMessage)?;
        let (from, to) = (self.place(from).await?, self.place(to).await?);
        tokio::fs::rename(from, to).await.map_err(status)
    }
}

/// A length-prefixed text and what follows it.
fn text(data: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

fn status(error: std::io::Error) -> StatusCode {
    match error.kind() {
        ErrorKind::NotFound => StatusCode::NoSuchFile,
        ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        _ => StatusCode::Failure,
    }
}

fn done(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: "Ok".to_owned(), language_tag: "en".to_owned() }
}

async fn set(place: &Path, attributes: &FileAttributes) -> Result<(), StatusCode> {
    let (seconds, size, place) = (attributes.mtime, attributes.size, place.to_path_buf());
    let work = move || {
        let file = std::fs::OpenOptions::new().write(true).open(&place)?;
        if let Some(size) = size {
            file.set_len(size)?;
        }
        if let Some(seconds) = seconds {
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(seconds)))?;
        }
        Ok(())
    };
    if seconds.is_none() && size.is_none() {
        return Ok(());
    }
    tokio::task::spawn_blocking(work).await.map_err(|_| StatusCode::Failure)?.map_err(status)
}

impl Handler for Files {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn init(&mut self, _version: u32, _: HashMap<String, String>) -> Result<Version, StatusCode> {
        let mut version = Version::new();
        version.extensions.insert(LIMITS.to_owned(), "1".to_owned());
        version.extensions.insert(POSIX_RENAME.to_owned(), "1".to_owned());
        Ok(version)
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusCode> {
        let absolute = format!("/{}", Self::names(&path)?.join("/"));
        Ok(Name { id, files: vec![File::dummy(absolute)] })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        self.attributes(id, &path).await
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        self.attributes(id, &path).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        let found = self.file(&handle)?.metadata().await.map_err(status)?;
        Ok(Attrs { id, attrs: FileAttributes::from(&found) })
    }

    async fn setstat(&mut self, id: u32, path: String, attrs: FileAttributes) -> Result<Status, StatusCode> {
        set(&self.place(&path).await?, &attrs).await?;
        Ok(done(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        if let Some(size) = attrs.size {
            self.file(&handle)?.set_len(size).await.map_err(status)?;
        }
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        let mut folder = tokio::fs::read_dir(self.place(&path).await?).await.map_err(status)?;
        let mut files = Vec::new();
        while let Some(entry) = folder.next_entry().await.map_err(status)? {
            let name = entry.file_name();
            if let (Some(name), Ok(found)) = (name.to_str(), entry.metadata().await)
                && !found.is_symlink()
            {
                files.push(File::new(name, FileAttributes::from(&found)));
            }
        }
        self.keep(id, Open::Folder(files))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        match self.open.get_mut(&handle) {
            Some(Open::Folder(files)) if files.is_empty() => Err(StatusCode::Eof),
            Some(Open::Folder(files)) => {
                let rest = files.split_off(files.len().min(NAMES_AT_ONCE));
                Ok(Name { id, files: std::mem::replace(files, rest) })
            }
            Some(Open::File(_)) | None => Err(StatusCode::Failure),
        }
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        flags: OpenFlags,
        _: FileAttributes,
    ) -> Result<Handle, StatusCode> {
        let place = self.place(&filename).await?;
        if place.is_dir() {
            return Err(StatusCode::Failure);
        }
        let writes = flags.contains(OpenFlags::WRITE);
        let file = tokio::fs::OpenOptions::new()
            .read(flags.contains(OpenFlags::READ) || !writes)
            .write(writes)
            .create(writes && flags.contains(OpenFlags::CREATE))
            .create_new(writes && flags.contains(OpenFlags::EXCLUDE))
            .truncate(writes && flags.contains(OpenFlags::TRUNCATE))
            .open(place)
            .await
            .map_err(status)?;
        self.keep(id, Open::File(file))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data, StatusCode> {
        let file = self.file(&handle)?;
        file.seek(SeekFrom::Start(offset)).await.map_err(status)?;
        let mut data = Vec::new();
        file.take(u64::from(len.min(MOST_LEN))).read_to_end(&mut data).await.map_err(status)?;
        if data.is_empty() { Err(StatusCode::Eof) } else { Ok(Data { id, data }) }
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, StatusCode> {
        let file = self.file(&handle)?;
        file.seek(SeekFrom::Start(offset)).await.map_err(status)?;
        file.write_all(&data).await.map_err(status)?;
        file.flush().await.map_err(status)?;
        Ok(done(id))
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusCode> {
        self.open.remove(&handle).map(|_| done(id)).ok_or(StatusCode::Failure)
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, StatusCode> {
        tokio::fs::remove_file(self.place(&filename).await?).await.map_err(status)?;
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, _: FileAttributes) -> Result<Status, StatusCode> {
        tokio::fs::create_dir(self.place(&path).await?).await.map_err(status)?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        let place = self.place(&path).await?;
        if place == self.root {
            return Err(StatusCode::PermissionDenied);
        }
        tokio::fs::remove_dir(place).await.map_err(status)?;
        Ok(done(id))
    }

    async fn rename(&mut self, id: u32, oldpath: String, newpath: String) -> Result<Status, StatusCode> {
        let (from, to) = (self.place(&oldpath).await?, self.place(&newpath).await?);
        if to.exists() {
            return Err(StatusCode::Failure);
        }
        tokio::fs::rename(from, to).await.map_err(status)?;
        Ok(done(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Result<Packet, StatusCode> {
        match request.as_str() {
            POSIX_RENAME => {
                self.replace(&data).await?;
                Ok(Packet::Status(done(id)))
            }
            LIMITS => {
                let most = u64::from(MOST_LEN);
                let limits = [most + 1024, most, most, MOST_HANDLES as u64];
                let data = limits.iter().flat_map(|n| n.to_be_bytes()).collect();
                Ok(Packet::ExtendedReply(ExtendedReply { id, data }))
            }
            _ => Err(StatusCode::OpUnsupported),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_path_leads_out_of_the_root() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("in")).unwrap();
        let files = Files::new(dir.path().to_path_buf());
        assert_eq!(files.place("../../etc/passwd").await.unwrap(), dir.path().join("etc/passwd"));
        assert_eq!(files.place("/in/../../..").await.unwrap(), dir.path());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc", dir.path().join("in/out")).unwrap();
            assert_eq!(files.place("/in/out/passwd").await, Err(StatusCode::PermissionDenied));
        }
    }
}
