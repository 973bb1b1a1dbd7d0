//! Listing a folder, with several requests in flight and caps against servers that never stop.
//!
//! Sockets, devices and links that lead nowhere are left out: nothing can be fetched from them.

use super::error::request;
use super::line::Line;
use super::remote::Shape;
use crate::remote::{Entry, Listing, Refused, join_remote};
use crate::{TransferError, escaped, safe_name};
use courier_domain::Timestamp;
use futures::stream::{FuturesOrdered, StreamExt};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{File, FileAttributes, StatusCode};
use std::mem::size_of;

const MOST_ENTRIES: u64 = 1_000_000;
/// What the names may take in memory until the last has come.
const MOST_BYTES: u64 = 48 * 1024 * 1024;
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
    for answer in read? {
        for (name, attributes) in answer.files() {
            if name == "." || name == ".." || is_special(&attributes) {
                continue;
            }
            if let Err(reason) = safe_name(name) {
                listing.refused.push(Refused {
                    folder: path.to_owned(),
                    name: escaped(name),
                    reason: reason.to_owned(),
                    is_directory: matches!(kind(&attributes), Kind::Folder),
                    raw: name.to_owned(),
                });
                continue;
            }
            let full = join_remote(path, name);
            match kind(&attributes) {
                Kind::Link => links.push((name.to_owned(), full)),
                Kind::Other => {}
                Kind::File | Kind::Folder => {
                    listing.entries.push(entry(name.to_owned(), full, &attributes, false));
                }
            }
        }
    }
    follow(line, links, &mut listing).await?;
    Ok(listing)
}

/// The names of one answer, in as little room as they need: nobody knows how many answers will come.
struct Names {
    text: String,
    rows: Vec<Row>,
}

struct Row {
    size: u64,
    /// Where the name ends in the text.
    end: u32,
    mode: u32,
    modified: Option<u32>,
}

impl Names {
    fn of(files: Vec<File>) -> Self {
        let mut text = String::with_capacity(files.iter().map(|file| file.filename.len()).sum());
        let mut rows = Vec::with_capacity(files.len());
        for file in files {
            text.push_str(&file.filename);
            rows.push(Row {
                size: file.attrs.size.unwrap_or(0),
                end: u32::try_from(text.len()).unwrap_or(u32::MAX),
                mode: file.attrs.permissions.unwrap_or(0),
                modified: file.attrs.mtime,
            });
        }
        Self { text, rows }
    }

    fn bytes(&self) -> u64 {
        (self.text.len() + self.rows.len() * size_of::<Row>()) as u64
    }

    fn files(&self) -> impl Iterator<Item = (&str, FileAttributes)> {
        let mut from = 0;
        self.rows.iter().map(move |row| {
            let name = self.text.get(from..row.end as usize).unwrap_or_default();
            from = row.end as usize;
            let attributes = FileAttributes {
                size: Some(row.size),
                permissions: Some(row.mode),
                mtime: row.modified,
                ..FileAttributes::empty()
            };
            (name, attributes)
        })
    }
}

async fn read_all(
    line: &Line,
    handle: &str,
    path: &str,
    in_flight: usize,
) -> Result<Vec<Names>, TransferError> {
    let mut requests = FuturesOrdered::new();
    let mut answers = Vec::new();
    let (mut entries, mut bytes) = (0_u64, 0_u64);
    loop {
        while requests.len() < in_flight {
            requests.push_back(line.ask(line.raw.readdir(handle)));
        }
        let Some(answer) = requests.next().await else { return Ok(answers) };
        match answer {
            Ok(name) => {
                // Empty answers could go on for ever.
                if name.files.is_empty() {
                    return Ok(answers);
                }
                let names = Names::of(name.files);
                entries += names.rows.len() as u64;
                bytes += names.bytes();
                let cap = if entries > MOST_ENTRIES {
                    Some((MOST_ENTRIES, "entries"))
                } else if bytes > MOST_BYTES {
                    Some((MOST_BYTES, "bytes"))
                } else {
                    None
                };
                if let Some((limit, unit)) = cap {
                    return Err(TransferError::TooLarge {
                        path: path.to_owned(),
                        limit,
                        unit: unit.to_owned(),
                    });
                }
                answers.push(names);
            }
            Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => return Ok(answers),
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
