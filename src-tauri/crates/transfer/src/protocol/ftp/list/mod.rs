//! Listing a folder: MLSD where the server has it, else LIST in the styles of Unix and Windows, with caps against
//! servers that never stop.
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
use crate::remote::{Entry, Listing, Refused, join_remote};
use crate::{TransferError, escaped, safe_name};
use courier_domain::Timestamp;
use facts::Kind;
use lines::{Found, When};

const MOST_ENTRIES: u64 = 1_000_000;
const MOST_BYTES: u64 = 256 * 1024 * 1024;
const LONGEST_LINE: usize = 16 * 1024;
const READ: usize = 64 * 1024;

/// A listing being put together.
struct Draft {
    folder: String,
    listing: Listing,
    links: Vec<(String, String)>,
    /// Entries whose time is the server's own, with their place in the listing.
    local: Vec<(usize, When)>,
    /// What the last line was taken for: a name with a line break goes on in the next.
    last: Option<Last>,
    lines: u64,
    bytes: u64,
}

struct Last {
    name: Vec<u8>,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Entry,
    Link,
    Refused,
}

impl Session {
    pub(crate) async fn list(&mut self, path: &str) -> Result<Listing, NoFlow> {
        let mut draft = Draft {
            folder: path.to_owned(),
            listing: Listing::default(),
            links: Vec::new(),
            local: Vec::new(),
            last: None,
            lines: 0,
            bytes: 0,
        };
        if self.known.features.mlst {
            self.list_facts(path, &mut draft).await?;
        } else {
            self.list_lines(path, &mut draft).await?;
            self.fix_times(&mut draft).await?;
        }
        for (name, full) in std::mem::take(&mut draft.links) {
            match self.look(&full).await {
                Ok(Some(entry)) => {
                    draft.listing.entries.push(Entry { name, path: full, is_link: true, ..entry })
                }
                Ok(None) | Err(TransferError::NotAFile { .. }) => {}
                Err(lost) if lost.is_lost() => return Err(lost.into()),
                Err(error) => tracing::debug!(%error, "a link leads nowhere"),
            }
        }
        Ok(draft.listing)
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
        self.drain(flow, path, |line| {
            match facts::read(line) {
                Some(found) => draft.take_facts(found),
                None => draft.refuse_line(line),
            }
            draft.count(line)
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
                            Some(lines::Line::Entry(found)) => draft.take_line(found),
                            Some(lines::Line::Nothing) => {}
                            None => draft.refuse_line(line),
                        }
                        draft.count(line)
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
    async fn fix_times(&mut self, draft: &mut Draft) -> Result<(), TransferError> {
        let clock = match self.known.clock() {
            Some(clock) => Some(clock),
            None => {
                let mut found = None;
                let files = draft.local.iter().filter(|(at, _)| !draft.listing.entries[*at].is_directory);
                // One to the minute tells the zone; a day alone does not.
                let reference = files.clone().find(|(_, when)| when.is_to_the_minute());
                if let Some((at, when)) = reference {
                    let path = draft.listing.entries[*at].path.clone();
                    let reply = self.ask("MDTM", &super::session::argument(&path)).await?;
                    found = mdtm(&reply)
                        .filter(|_| reply.code == 213)
                        .and_then(|true_time| when.clock(true_time));
                }
                if let Some(found) = found {
                    self.known.keep_clock(found);
                }
                found
            }
        };
        for (at, when) in &draft.local {
            draft.listing.entries[*at].modified_at = when.absolute(clock);
        }
        Ok(())
    }
}

impl Draft {
    fn count(&mut self, line: &[u8]) -> Result<(), TransferError> {
        self.lines += 1;
        self.bytes += line.len() as u64;
        let cap = if self.lines > MOST_ENTRIES {
            Some((MOST_ENTRIES, "entries"))
        } else if self.bytes > MOST_BYTES {
            Some((MOST_BYTES, "bytes"))
        } else {
            None
        };
        match cap {
            None => Ok(()),
            Some((limit, unit)) => {
                Err(TransferError::TooLarge { path: self.folder.clone(), limit, unit: unit.to_owned() })
            }
        }
    }

    /// `None` for names that are not taken.
    fn name(&mut self, raw: &[u8], is_directory: bool, place: Place) -> Option<(String, String)> {
        let name = String::from_utf8_lossy(raw).into_owned();
        self.last = None;
        if name == "." || name == ".." {
            return None;
        }
        if let Err(reason) = safe_name(&name) {
            self.refuse(raw, name, reason, is_directory);
            return None;
        }
        self.last = Some(Last { name: raw.to_vec(), place });
        let full = join_remote(&self.folder, &name);
        Some((name, full))
    }

    fn refuse(&mut self, bytes: &[u8], raw: String, reason: &str, is_directory: bool) {
        self.last = Some(Last { name: bytes.to_vec(), place: Place::Refused });
        self.listing.refused.push(Refused {
            folder: self.folder.clone(),
            name: escaped(&raw),
            reason: reason.to_owned(),
            is_directory,
            raw,
        });
    }

    fn take_facts(&mut self, found: facts::Facts) {
        match found.kind {
            Kind::This | Kind::Above | Kind::Other => self.last = None,
            Kind::Link => {
                let named = self.name(&found.name, false, Place::Link);
                self.links.extend(named);
            }
            Kind::File | Kind::Folder => {
                if let Some((name, full)) = self.name(&found.name, found.kind == Kind::Folder, Place::Entry) {
                    self.listing.entries.push(found.entry(name, full));
                }
            }
        }
    }

    fn take_line(&mut self, found: Found) {
        match found.kind {
            Kind::This | Kind::Above | Kind::Other => self.last = None,
            Kind::Link => {
                let named = self.name(&found.name, false, Place::Link);
                self.links.extend(named);
            }
            Kind::File | Kind::Folder => {
                let is_directory = found.kind == Kind::Folder;
                if let Some((name, path)) = self.name(&found.name, is_directory, Place::Entry) {
                    let size = if is_directory { 0 } else { found.size };
                    self.local.push((self.listing.entries.len(), found.when));
                    self.listing.entries.push(Entry {
                        name,
                        path,
                        size,
                        modified_at: None,
                        is_directory,
                        is_link: false,
                    });
                }
            }
        }
    }

    /// A line in no known form: the rest of a name with a line break, or nothing that can be told.
    fn refuse_line(&mut self, line: &[u8]) {
        let Some(last) = self.last.take() else {
            let raw = String::from_utf8_lossy(line).into_owned();
            self.refuse(line, raw, "this line of the server's listing cannot be read", false);
            return;
        };
        let is_directory = match last.place {
            Place::Entry => {
                let taken = self.listing.entries.pop();
                let left = self.listing.entries.len();
                self.local.pop_if(|(at, _)| *at >= left);
                taken.is_some_and(|entry| entry.is_directory)
            }
            Place::Link => {
                self.links.pop();
                false
            }
            Place::Refused => self.listing.refused.pop().is_some_and(|refused| refused.is_directory),
        };
        let whole = [&last.name[..], b"\n", line].concat();
        let raw = String::from_utf8_lossy(&whole).into_owned();
        self.refuse(&whole, raw, "it contains control characters", is_directory);
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The time in a reply to MDTM (RFC 3659, section 3): UTC.
pub(crate) fn mdtm(reply: &Reply) -> Option<Timestamp> {
    facts::time(reply.words().trim())
}
