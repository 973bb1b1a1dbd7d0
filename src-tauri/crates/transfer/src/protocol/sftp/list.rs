//! Listing a folder, with several requests in flight.
//!
//! Sockets, devices and links that lead nowhere are left out: nothing can be fetched from them.

use super::error::request;
use super::line::Line;
use super::remote::Shape;
use crate::names::Names;
use crate::remote::{Entry, Listing, Refused, join_remote};
use crate::{TransferError, escaped, safe_name};
use courier_domain::Timestamp;
use futures::stream::{FuturesOrdered, StreamExt};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, StatusCode};

/// READDIR requests in flight. OpenSSH answers each with about 100 names.
const NEAR: usize = 8;
const FAR: usize = 64;
/// Links that are followed at once.
const LINKS_AT_ONCE: usize = 32;

pub(crate) async fn list(line: &Line, path: &str, shape: &Shape) -> Result<Listing, TransferError> {
    let in_flight = match (shape.compat, shape.is_far()) {
        (true, _) => 1,
        (false, false) => NEAR,
        (false, true) => FAR,
    };
    let failed = |error| request(error, "listing", path);
    let handle = line.ask(line.raw.opendir(path)).await.map_err(failed)?.handle;
    let read = read_all(line, &handle, path, in_flight).await;
    line.close_unheard(handle.into());
    let mut listing = Listing::default();
    let mut links = Vec::new();
    for (name, row) in read?.into_rows() {
        let attributes = row.attributes();
        if let Err(reason) = safe_name(&name) {
            listing.refused.push(Refused {
                folder: path.to_owned(),
                name: escaped(&name),
                reason: reason.to_owned(),
                is_directory: matches!(kind(&attributes), Kind::Folder),
                raw: name,
            });
            continue;
        }
        let full = join_remote(path, &name);
        match kind(&attributes) {
            Kind::Link => links.push((name, full)),
            Kind::Other => {}
            Kind::File | Kind::Folder => listing.entries.push(entry(name, full, &attributes, false)),
        }
    }
    follow(line, links, &mut listing).await?;
    Ok(listing)
}

/// What is kept of an entry's attributes until the last has come.
struct Row {
    size: u64,
    mode: u32,
    modified: Option<u32>,
}

impl Row {
    fn of(attributes: &FileAttributes) -> Self {
        Self {
            size: attributes.size.unwrap_or(0),
            mode: attributes.permissions.unwrap_or(0),
            modified: attributes.mtime,
        }
    }

    fn attributes(&self) -> FileAttributes {
        FileAttributes {
            size: Some(self.size),
            permissions: Some(self.mode),
            mtime: self.modified,
            ..FileAttributes::empty()
        }
    }
}

async fn read_all(
    line: &Line,
    handle: &str,
    path: &str,
    in_flight: usize,
) -> Result<Names<Row>, TransferError> {
    let mut requests = FuturesOrdered::new();
    let mut names = Names::of(path);
    loop {
        while requests.len() < in_flight {
            requests.push_back(line.ask(line.raw.readdir(handle)));
        }
        let Some(answer) = requests.next().await else { return Ok(names) };
        match answer {
            Ok(answer) => {
                // Empty answers could go on for ever.
                if answer.files.is_empty() {
                    return Ok(names);
                }
                for file in answer.files {
                    if matches!(file.filename.as_str(), "." | "..") || is_special(&file.attrs) {
                        names.pass()?;
                    } else {
                        names.push(&file.filename, Row::of(&file.attrs))?;
                    }
                }
            }
            Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => return Ok(names),
            Err(error) => return Err(request(error, "listing", path)),
        }
    }
}

async fn follow(
    line: &Line,
    links: Vec<(String, String)>,
    listing: &mut Listing,
) -> Result<(), TransferError> {
    let mut followed = futures::stream::iter(links.into_iter().map(|(name, full)| async move {
        let found = line.ask(line.raw.stat(full.as_str())).await;
        (name, full, found)
    }))
    .buffered(LINKS_AT_ONCE);
    while let Some((name, full, found)) = followed.next().await {
        match found {
            Ok(found) => {
                if matches!(kind(&found.attrs), Kind::File | Kind::Folder) {
                    listing.entries.push(entry(name, full, &found.attrs, true));
                }
            }
            Err(error) => match request(error, "following", &full) {
                lost if lost.is_lost() => return Err(lost),
                error => tracing::debug!(%error, "a link leads nowhere"),
            },
        }
    }
    Ok(())
}

enum Kind {
    File,
    Folder,
    Link,
    Other,
}

fn kind(attributes: &FileAttributes) -> Kind {
    // Servers without permissions in their answers have only files, as far as can be known.
    let Some(mode) = attributes.permissions else { return Kind::File };
    match mode & 0o170_000 {
        0o040_000 => Kind::Folder,
        0o120_000 => Kind::Link,
        0o100_000 | 0 => Kind::File,
        _ => Kind::Other,
    }
}

/// Neither file nor folder nor link.
pub(crate) fn is_special(attributes: &FileAttributes) -> bool {
    matches!(kind(attributes), Kind::Other)
}

pub(crate) fn entry(name: String, path: String, attributes: &FileAttributes, is_link: bool) -> Entry {
    let is_directory = matches!(kind(attributes), Kind::Folder);
    Entry {
        name,
        path,
        size: if is_directory { 0 } else { attributes.size.unwrap_or(0) },
        modified_at: modified(attributes),
        is_directory,
        is_link,
    }
}

pub(crate) fn modified(attributes: &FileAttributes) -> Option<Timestamp> {
    attributes.mtime.and_then(|seconds| chrono::DateTime::from_timestamp(i64::from(seconds), 0))
}
