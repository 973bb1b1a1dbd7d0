//! What is at a path: MLST where the server has it, else SIZE, MDTM, a try to go into it, and STAT.
//!
//! The same file gives the same size and time here and when it is being read, so that a change in between is seen.

use super::control::Reply;
use super::error::{refusal, said, server};
use super::list::facts::{self, Kind};
use super::list::{lines, mdtm};
use super::session::{Session, argument};
use crate::remote::{Access, Entry};
use crate::{TransferError, parent_of};

/// What a failed operation was going to do; decides what a look at its path explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Take something that is there.
    Use,
    /// Take a file that is there.
    UseFile,
    /// Take a folder that is there.
    UseFolder,
    /// Make something new.
    Make,
}

impl Session {
    /// `None` when nothing has that name. Pipes, sockets and devices are [`TransferError::NotAFile`].
    pub(crate) async fn look(&mut self, path: &str) -> Result<Option<Entry>, TransferError> {
        if self.known.features.mlst {
            match self.look_by_mlst(path).await? {
                Looked::Found(entry) => return Ok(Some(entry)),
                Looked::Nothing => return Ok(None),
                Looked::Unclear => {}
            }
        }
        self.look_by_size(path).await
    }

    /// What the server says the user may do there. It says so only with MLST.
    pub(crate) async fn access(&mut self, path: &str) -> Result<Access, TransferError> {
        if !self.known.features.mlst {
            return Ok(Access::default());
        }
        let reply = self.mlst(path).await?;
        let found = if reply.is_done() { facts_of(&reply) } else { None };
        let Some((kind, rights)) = found.and_then(|found| Some((found.kind, found.rights?))) else {
            return Ok(Access::default());
        };
        let may = |right| Some(rights.contains(right));
        Ok(match kind {
            Kind::File => Access { read: may('r'), write: may('w'), free: None },
            Kind::Folder | Kind::This | Kind::Above => Access { read: may('l'), write: may('c'), free: None },
            Kind::Link | Kind::Other => Access::default(),
        })
    }

    async fn mlst(&mut self, path: &str) -> Result<Reply, TransferError> {
        if path.is_empty() {
            return self.control.command("MLST", None).await;
        }
        self.ask("MLST", &argument(path)).await
    }

    async fn look_by_mlst(&mut self, path: &str) -> Result<Looked, TransferError> {
        let reply = self.mlst(path).await?;
        if !reply.is_done() {
            return Ok(match refusal(&reply, "looking at", path) {
                Some(TransferError::NotFound { .. }) => Looked::Nothing,
                Some(error @ TransferError::Lost { .. }) => return Err(error),
                Some(_) | None => Looked::Unclear,
            });
        }
        let Some(found) = facts_of(&reply) else { return Ok(Looked::Unclear) };
        Ok(match found.kind {
            Kind::File | Kind::Folder => Looked::Found(found.entry(name_of(path), path.to_owned())),
            Kind::This | Kind::Above => Looked::Found(
                facts::Facts { kind: Kind::Folder, ..found }.entry(name_of(path), path.to_owned()),
            ),
            Kind::Link => Looked::Unclear,
            Kind::Other => return Err(TransferError::NotAFile { path: path.to_owned() }),
        })
    }

    async fn look_by_size(&mut self, path: &str) -> Result<Option<Entry>, TransferError> {
        if path.is_empty() || path == "." || path == "/" {
            return Ok(Some(folder(path)));
        }
        let reply = self.ask("SIZE", &argument(path)).await?;
        if reply.code == 213 {
            let size = reply.words().trim().parse();
            let size = size.map_err(|_| super::error::unexpected(&reply, "telling a size"))?;
            let time = self.ask("MDTM", &argument(path)).await?;
            return Ok(Some(Entry {
                name: name_of(path),
                path: path.to_owned(),
                size,
                modified_at: (time.code == 213).then(|| mdtm(&time)).flatten(),
                is_directory: false,
                is_link: false,
            }));
        }
        let sized = refusal(&reply, "looking at", path);
        match sized {
            Some(TransferError::NotFound { .. }) => return Ok(None),
            Some(error @ (TransferError::Lost { .. } | TransferError::AuthenticationFailed { .. })) => {
                return Err(error);
            }
            Some(_) | None => {}
        }
        let entered = self.go_into(path).await?;
        if entered.is_done() {
            self.come_home().await?;
            return Ok(Some(folder(path)));
        }
        self.look_by_listing(path, entered).await
    }

    /// For what is neither a file with a size nor a folder to go into: what does the server list there?
    async fn look_by_listing(&mut self, path: &str, entered: Reply) -> Result<Option<Entry>, TransferError> {
        if let Some(TransferError::NotFound { .. }) = refusal(&entered, "looking at", path) {
            return Ok(None);
        }
        let reply = self.ask("STAT", &argument(path)).await?;
        if !reply.is_done() {
            return Ok(None);
        }
        let name = name_of(path);
        for line in &reply.lines {
            let Some(lines::Line::Entry(found)) = lines::read(line) else { continue };
            let listed = String::from_utf8_lossy(&found.name).into_owned();
            if listed != path && name_of(&listed) != name {
                continue;
            }
            return match found.kind {
                Kind::Other => Err(TransferError::NotAFile { path: path.to_owned() }),
                // One that SIZE does not follow leads nowhere.
                Kind::Link => Ok(None),
                Kind::File => Ok(Some(Entry {
                    name,
                    path: path.to_owned(),
                    size: found.size,
                    modified_at: None,
                    is_directory: false,
                    is_link: false,
                })),
                Kind::Folder | Kind::This | Kind::Above => Ok(Some(folder(path))),
            };
        }
        Ok(None)
    }

    /// The error that `reply` means. Where its words do not say, a look at the path does.
    pub(crate) async fn explain(&mut self, reply: Reply, doing: &str, path: &str, act: Act) -> TransferError {
        if let Some(error) = refusal(&reply, doing, path) {
            return error;
        }
        let denied = TransferError::PermissionDenied { path: path.to_owned(), cause: Some(said(&reply)) };
        let looked_at = if act == Act::Make { parent_of(path) } else { path };
        match self.look(looked_at).await {
            Err(error) if error.is_lost() => error,
            Err(error @ TransferError::NotAFile { .. }) => error,
            Err(_) => server(&reply, doing, path),
            Ok(None) => TransferError::NotFound { path: path.to_owned() },
            Ok(Some(entry)) => match (act, entry.is_directory) {
                (Act::UseFile, true) => TransferError::IsAFolder { path: path.to_owned() },
                (Act::UseFolder, false) | (Act::Make, false) => {
                    TransferError::NotAFolder { path: looked_at.to_owned() }
                }
                (Act::UseFile, false) => denied,
                (Act::Make, true) => match self.look(path).await {
                    Ok(Some(_)) => TransferError::AlreadyExists { path: path.to_owned() },
                    Ok(None) | Err(_) => denied,
                },
                // A folder that is not empty, one that is in use, no right: the server's words are the best there are.
                (Act::Use | Act::UseFolder, _) => server(&reply, doing, path),
            },
        }
    }
}

/// The line with the facts is the one that begins with a blank.
fn facts_of(reply: &Reply) -> Option<facts::Facts> {
    let line = reply.lines.iter().skip(1).find(|line| line.first() == Some(&b' '));
    line.and_then(|line| facts::read(&line[1..]))
}

enum Looked {
    Found(Entry),
    Nothing,
    Unclear,
}

fn folder(path: &str) -> Entry {
    Entry {
        name: name_of(path),
        path: path.to_owned(),
        size: 0,
        modified_at: None,
        is_directory: true,
        is_link: false,
    }
}

pub(crate) fn name_of(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).to_owned()
}
