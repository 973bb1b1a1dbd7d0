//! Listing a folder: MLSD where the server has it, else LIST in the styles of Unix and Windows.
//!
//! Sockets, devices and links that lead nowhere are left out: nothing can be fetched from them. A line of LIST that
//! cannot be read stands in [`Listing::refused`], so that no file is passed over in silence.

pub(crate) mod facts;
pub(crate) mod lines;

use super::control::Reply;
use super::data::{Flow, NoFlow, Order};
use super::error::{hung_up, said};
use super::look::Act;
use super::session::Session;
use crate::names::Names;
use crate::remote::{Entry, Listing, Refused, join_remote};
use crate::{TransferError, escaped, safe_name};
use courier_domain::Timestamp;
use facts::Kind;
use lines::{Found, ServerClock, When};

const LONGEST_LINE: usize = 16 * 1024;
const READ: usize = 64 * 1024;

/// A listing being put together.
struct Draft {
    names: Names<Row>,
    /// What the last line told: a name with a line break goes on in the next.
    last: Option<Vec<u8>>,
    /// One file whose time is the server's own, to learn its clock from.
    reference: Option<(String, When)>,
    /// The last line told of that file.
    reference_is_last: bool,
}

/// What is kept of a line until the last has come.
struct Row {
    kind: Known,
    size: u64,
    time: Time,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    File,
    Folder,
    Link,
    /// A line in no known form; it stands where the name does.
    Unread,
}

#[derive(Clone, Copy)]
enum Time {
    Unknown,
    At(Timestamp),
    /// The server's own, in a zone that nobody tells.
    Local(When),
}

impl Session {
    pub(crate) async fn list(&mut self, path: &str) -> Result<Listing, NoFlow> {
        let mut draft =
            Draft { names: Names::of(path), last: None, reference: None, reference_is_last: false };
        let mut clock = None;
        if self.known.features.mlst {
            self.list_facts(path, &mut draft).await?;
        } else {
            self.list_lines(path, &mut draft).await?;
            clock = self.clock(path, draft.reference.take()).await?;
        }
        let (mut listing, links) = draft.finish(path, clock);
        for (name, full) in links {
            match self.look(&full).await {
                Ok(Some(entry)) => {
                    listing.entries.push(Entry { name, path: full, is_link: true, ..entry });
                }
                Ok(None) | Err(TransferError::NotAFile { .. }) => {}
                Err(lost) if lost.is_lost() => return Err(lost.into()),
                Err(error) => tracing::debug!(%error, "a link leads nowhere"),
            }
        }
        Ok(listing)
    }

    async fn list_facts(&mut self, path: &str, draft: &mut Draft) -> Result<(), NoFlow> {
        let argument = (!matches!(path, "" | ".")).then_some(path);
        let refused = match self.facts_of(argument, path, draft).await {
            Err(NoFlow::Refused(reply)) => reply,
            // It is no folder.
            Err(NoFlow::Failed(TransferError::Server { .. })) => {
                return Err(TransferError::NotAFolder { path: path.to_owned() }.into());
            }
            other => return other,
        };
        // Some do not take every name here that they take elsewhere.
        let entered = self.go_into(path).await?;
        if !entered.is_done() {
            return Err(self.no_listing(refused, path).await.into());
        }
        let listed = self.facts_of(None, path, draft).await;
        self.come_home().await?;
        match listed {
            Err(NoFlow::Refused(reply)) => Err(self.no_listing(reply, path).await.into()),
            other => other,
        }
    }

    async fn facts_of(
        &mut self,
        argument: Option<&str>,
        path: &str,
        draft: &mut Draft,
    ) -> Result<(), NoFlow> {
        let order = Order { verb: "MLSD", argument, path, doing: "listing", restart: 0 };
        let flow = self.begin(order).await?;
        self.drain(flow, path, |line| match facts::read(line) {
            Some(found) => draft.take_facts(&found),
            None => draft.take_unread(line),
        })
        .await?;
        Ok(())
    }

    /// LIST takes options where MLSD takes a path, so it is asked from within the folder.
    async fn list_lines(&mut self, path: &str, draft: &mut Draft) -> Result<(), NoFlow> {
        let inside = !matches!(path, "" | ".");
        if inside {
            let entered = self.go_into(path).await?;
            if !entered.is_done() {
                return Err(self.no_listing(entered, path).await.into());
            }
        }
        let listed = self.list_here(path, draft).await;
        if inside {
            self.come_home().await?;
        }
        listed
    }

    async fn list_here(&mut self, path: &str, draft: &mut Draft) -> Result<(), NoFlow> {
        // Names that begin with a dot are left out without; servers that know no options list nothing with.
        for options in [Some("-a"), None] {
            let order = Order { verb: "LIST", argument: None, path, doing: "listing", restart: 0 };
            let order = match options {
                Some(_) => Order { verb: "LIST -a", ..order },
                None => order,
            };
            let mut anything = false;
            match self.begin(order).await {
                Ok(flow) => {
                    self.drain(flow, path, |line| {
                        anything = true;
                        match lines::read(line) {
                            Some(lines::Line::Entry(found)) => draft.take_line(&found),
                            Some(lines::Line::Nothing) => draft.names.pass(),
                            None => draft.take_unread(line),
                        }
                    })
                    .await?;
                }
                Err(
                    NoFlow::Refused(_)
                    | NoFlow::Failed(TransferError::Unsupported(_) | TransferError::NotFound { .. }),
                ) if options.is_some() => {}
                Err(NoFlow::Refused(reply)) => return Err(self.no_listing(reply, path).await.into()),
                Err(other) => return Err(other),
            }
            if anything {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn no_listing(&mut self, reply: Reply, path: &str) -> TransferError {
        match self.explain(reply.clone(), "listing", path, Act::UseFolder).await {
            // It is there and may not be listed.
            TransferError::Server { .. } => {
                TransferError::PermissionDenied { path: path.to_owned(), cause: Some(said(&reply)) }
            }
            other => other,
        }
    }

    /// Hands over line after line, then waits for the server's word that this was all.
    async fn drain(
        &mut self,
        mut flow: Flow,
        path: &str,
        mut line: impl FnMut(&[u8]) -> Result<(), TransferError>,
    ) -> Result<(), TransferError> {
        let mut rest: Vec<u8> = Vec::with_capacity(READ);
        loop {
            rest.reserve(READ);
            let got = flow.read(&mut rest).await;
            let got = got.map_err(|error| hung_up(&format!("listing {}", escaped(path)), Some(error)))?;
            if got == 0 {
                break;
            }
            let mut from = 0;
            while let Some(length) = rest[from..].iter().position(|b| *b == b'\n') {
                line(trimmed(&rest[from..from + length]))?;
                from += length + 1;
            }
            rest.drain(..from);
            if rest.len() > LONGEST_LINE {
                return Err(TransferError::Protocol {
                    doing: format!("listing {}", escaped(path)),
                    detail: "a line of the listing is longer than 16 KiB".to_owned(),
                });
            }
        }
        if !rest.is_empty() {
            line(trimmed(&rest))?;
        }
        let early = flow.take_early();
        drop(flow);
        self.end(early, "listing", path).await
    }

    /// The server's own times become absolute by one file's MDTM, which is in UTC.
    async fn clock(
        &mut self,
        folder: &str,
        reference: Option<(String, When)>,
    ) -> Result<Option<ServerClock>, TransferError> {
        if let Some(clock) = self.known.clock() {
            return Ok(Some(clock));
        }
        let Some((name, when)) = reference else { return Ok(None) };
        let path = join_remote(folder, &name);
        let reply = self.ask("MDTM", &super::session::argument(&path)).await?;
        let found = mdtm(&reply).filter(|_| reply.code == 213).and_then(|true_time| when.clock(true_time));
        if let Some(found) = found {
            self.known.keep_clock(found);
        }
        Ok(found)
    }
}

impl Draft {
    fn take_facts(&mut self, found: &facts::Facts) -> Result<(), TransferError> {
        let time = found.modified_at.map_or(Time::Unknown, Time::At);
        self.take(&found.name, found.kind, found.size, time)
    }

    fn take_line(&mut self, found: &Found) -> Result<(), TransferError> {
        self.take(&found.name, found.kind, found.size, Time::Local(found.when))?;
        // One to the minute tells the zone; a day alone does not.
        if self.reference.is_none()
            && self.last.is_some()
            && found.kind == Kind::File
            && found.when.is_to_the_minute()
        {
            let name = String::from_utf8_lossy(&found.name).into_owned();
            if safe_name(&name).is_ok() {
                self.reference = Some((name, found.when));
                self.reference_is_last = true;
            }
        }
        Ok(())
    }

    fn take(&mut self, name: &[u8], kind: Kind, size: u64, time: Time) -> Result<(), TransferError> {
        self.last = None;
        self.reference_is_last = false;
        let kind = match kind {
            Kind::This | Kind::Above | Kind::Other => return self.names.pass(),
            Kind::File => Known::File,
            Kind::Folder => Known::Folder,
            Kind::Link => Known::Link,
        };
        if matches!(name, b"." | b"..") {
            return self.names.pass();
        }
        let size = if kind == Known::File { size } else { 0 };
        self.names.push(&String::from_utf8_lossy(name), Row { kind, size, time })?;
        self.last = Some(name.to_vec());
        Ok(())
    }

    /// A line in no known form: the rest of a name with a line break, or nothing that can be told.
    fn take_unread(&mut self, line: &[u8]) -> Result<(), TransferError> {
        let (whole, kind) = match self.last.take() {
            None => (line.to_vec(), Known::Unread),
            Some(last) => {
                let kind = self.names.pop().map_or(Known::Unread, |row| row.kind);
                ([&last[..], b"\n", line].concat(), kind)
            }
        };
        if std::mem::take(&mut self.reference_is_last) {
            self.reference = None;
        }
        let row = Row { kind, size: 0, time: Time::Unknown };
        self.names.push(&String::from_utf8_lossy(&whole), row)?;
        if kind != Known::Unread && whole.len() <= LONGEST_LINE {
            self.last = Some(whole);
        }
        Ok(())
    }

    /// The listing, and the links in it with their paths.
    fn finish(self, folder: &str, clock: Option<ServerClock>) -> (Listing, Vec<(String, String)>) {
        let mut listing = Listing::default();
        let mut links = Vec::new();
        for (name, row) in self.names.into_rows() {
            let is_directory = row.kind == Known::Folder;
            let reason = match safe_name(&name) {
                _ if row.kind == Known::Unread => Some("this line of the server's listing cannot be read"),
                Err(reason) => Some(reason),
                Ok(()) => None,
            };
            if let Some(reason) = reason {
                listing.refused.push(Refused {
                    folder: folder.to_owned(),
                    name: escaped(&name),
                    reason: reason.to_owned(),
                    is_directory,
                    raw: name,
                });
                continue;
            }
            let path = join_remote(folder, &name);
            if row.kind == Known::Link {
                links.push((name, path));
                continue;
            }
            let modified_at = match row.time {
                Time::Unknown => None,
                Time::At(at) => Some(at),
                Time::Local(when) => when.absolute(clock),
            };
            listing.entries.push(Entry {
                name,
                path,
                size: row.size,
                modified_at,
                is_directory,
                is_link: false,
            });
        }
        (listing, links)
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The time in a reply to MDTM (RFC 3659, section 3): UTC.
pub(crate) fn mdtm(reply: &Reply) -> Option<Timestamp> {
    facts::time(reply.words().trim())
}
