//! What may be done at a path, as far as it can be known without doing it: a file is opened for reading and closed
//! again, a folder's rights are read.
//!
//! The protocol does not say who the user is on the server; whose the login folder is tells, unless it is root's, as in
//! every chroot. Left out: the user's groups. Where they would decide, the answer is that the server does not say.

use super::error::request;
use super::line::Line;
use super::list;
use super::remote::Extensions;
use crate::TransferError;
use crate::remote::Access;
use russh_sftp::protocol::{FileAttributes, OpenFlags};

/// The flag of `statvfs@openssh.com` for a file system that is mounted read-only.
const READ_ONLY: u64 = 1;

pub(super) async fn access(line: &Line, extensions: Extensions, path: &str) -> Result<Access, TransferError> {
    let attributes =
        line.ask(line.raw.stat(path)).await.map_err(|error| request(error, "looking at", path))?.attrs;
    if !list::entry(String::new(), String::new(), &attributes, false).is_directory {
        return Ok(Access { read: Some(is_readable(line, path).await?), ..Access::default() });
    }
    let disk = match extensions.statvfs {
        true => line.ask(line.raw.statvfs(path)).await.ok(),
        false => None,
    };
    let write = match &disk {
        Some(disk) if disk.flags & READ_ONLY != 0 => Some(false),
        _ => user(line).await.and_then(|user| is_writable(&attributes, user)),
    };
    let free = disk.map(|disk| disk.blocks_avail.saturating_mul(disk.fragment_size));
    Ok(Access { read: None, write, free })
}

async fn is_readable(line: &Line, path: &str) -> Result<bool, TransferError> {
    let opened = line.ask(line.raw.open(path, OpenFlags::READ, FileAttributes::empty())).await;
    match opened.map_err(|error| request(error, "opening", path)) {
        Ok(opened) => {
            line.close_unheard(opened.handle.into());
            Ok(true)
        }
        Err(TransferError::PermissionDenied { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The user's number on the server, if it can be told.
async fn user(line: &Line) -> Option<u32> {
    let home = line.ask(line.raw.stat(".")).await.ok()?.attrs;
    home.uid.filter(|uid| *uid != 0)
}

fn is_writable(folder: &FileAttributes, user: u32) -> Option<bool> {
    let mode = folder.permissions?;
    if folder.uid? == user {
        return Some(mode & 0o200 != 0);
    }
    // Whether the group's or the others' right counts depends on the user's groups.
    match mode & 0o022 {
        0o022 => Some(true),
        0 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_judged_only_where_they_tell() {
        let folder =
            |uid, mode| FileAttributes { uid: Some(uid), permissions: Some(mode), ..FileAttributes::empty() };
        assert_eq!(is_writable(&folder(7, 0o040_755), 7), Some(true));
        assert_eq!(
            is_writable(&folder(7, 0o040_577), 7),
            Some(false),
            "the owner's right counts for the owner"
        );
        assert_eq!(is_writable(&folder(0, 0o040_755), 7), Some(false));
        assert_eq!(is_writable(&folder(0, 0o040_777), 7), Some(true));
        assert_eq!(is_writable(&folder(0, 0o040_775), 7), None, "perhaps the user is in the group");
        assert_eq!(is_writable(&FileAttributes::empty(), 7), None);
    }
}
