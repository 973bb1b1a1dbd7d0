//! One logged-in control connection with what is known of its server.
//!
//! Invariant: types are binary from the login on; a session that is `away` from its login folder is not used again.

use super::auth;
use super::control::{Control, Reply};
use super::features::Features;
use super::list::lines::ServerClock;
use super::tls::{Agreed, Tls};
use crate::net::Proxy;
use crate::{Target, TransferError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What the first session found out and the others need not ask again.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) features: Features,
    /// The login folder as the server names it.
    pub(crate) home: Option<String>,
    /// Whose times LIST prints, once a file has told.
    clock: OnceLock<ServerClock>,
}

impl Known {
    pub(crate) fn clock(&self) -> Option<ServerClock> {
        self.clock.get().copied()
    }

    pub(crate) fn keep_clock(&self, clock: ServerClock) {
        let _ = self.clock.set(clock);
    }
}

/// Who opens the data connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DataMode {
    /// We connect to the server.
    Passive,
    /// The server connects to us.
    Active,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) control: Control,
    pub(crate) tls: Option<Tls>,
    pub(crate) agreed: Option<Agreed>,
    pub(crate) known: Arc<Known>,
    pub(crate) mode: DataMode,
    /// The server's name, for data connections that somebody else makes: to it, never to an address.
    pub(crate) host: String,
    pub(crate) proxy: Option<Arc<Proxy>>,
    /// For each step of opening a data connection.
    pub(crate) connect_limit: Duration,
    /// The server knows EPSV, as far as was tried.
    pub(crate) extended: bool,
    /// The server lets data connections be whose TLS session is new.
    pub(crate) takes_new_sessions: bool,
    /// Not in the login folder.
    pub(crate) away: bool,
    hash_chosen: bool,
}

impl Session {
    /// Logs in on a control connection that TLS, where asked for, protects already.
    pub(crate) async fn log_in(
        mut control: Control,
        tls: Option<(Tls, Agreed)>,
        target: &Target,
    ) -> Result<Self, TransferError> {
        auth::log_in(&mut control, target).await?;
        let (tls, agreed) = tls.unzip();
        let connection = &target.connection;
        Ok(Self {
            control,
            tls,
            agreed,
            known: Arc::default(),
            host: connection.host.clone(),
            proxy: Proxy::of(target),
            mode: if connection.passive_mode { DataMode::Passive } else { DataMode::Active },
            connect_limit: Duration::from_secs(u64::from(connection.connect_timeout_sec.max(1))),
            extended: true,
            takes_new_sessions: false,
            away: false,
            hash_chosen: false,
        })
    }

    /// What every session needs after its login. The first one asks what the server can do; `banner` is its greeting.
    pub(crate) async fn prepare(
        &mut self,
        known: Option<Arc<Known>>,
        banner: &Reply,
    ) -> Result<(), TransferError> {
        let reply = self.control.command("TYPE", Some("I")).await?;
        if !reply.is_done() {
            return Err(super::error::unexpected(&reply, "choosing binary transfers"));
        }
        self.known = match known {
            Some(known) => known,
            None => {
                let features = self.control.command("FEAT", None).await?;
                let system = self.control.command("SYST", None).await?;
                let folder = self.control.command("PWD", None).await?;
                Arc::new(Known {
                    features: Features::read(&features, &system, banner),
                    home: (folder.code == 257).then(|| quoted(&folder)).flatten(),
                    clock: OnceLock::new(),
                })
            }
        };
        if self.known.features.utf8 {
            // Most are in UTF-8 already and some say that they know no such option.
            self.control.command("OPTS", Some("UTF8 ON")).await?;
        }
        Ok(())
    }

    pub(crate) async fn ask(&mut self, verb: &str, argument: &str) -> Result<Reply, TransferError> {
        self.control.command(verb, Some(argument)).await
    }

    /// May be used again by somebody else.
    pub(crate) fn is_clean(&self) -> bool {
        self.control.is_in_sync() && !self.away
    }

    /// Goes into a folder; [`Session::come_home`] must follow. `false` when it cannot be gone into.
    pub(crate) async fn go_into(&mut self, folder: &str) -> Result<Reply, TransferError> {
        let reply = self.ask("CWD", &argument(folder)).await?;
        self.away |= reply.is_done();
        Ok(reply)
    }

    pub(crate) async fn come_home(&mut self) -> Result<(), TransferError> {
        let Some(home) = self.known.home.clone() else { return Ok(()) };
        if self.away && self.ask("CWD", &home).await?.is_done() {
            self.away = false;
        }
        Ok(())
    }

    /// The file's SHA-256 in lower-case hex as the server computes it; `None` where it does not.
    pub(crate) async fn sha256(&mut self, path: &str) -> Result<Option<String>, TransferError> {
        let features = self.known.features.clone();
        let reply = if features.hash_sha256 {
            if !self.hash_chosen {
                self.hash_chosen = self.ask("OPTS", "HASH SHA-256").await?.is_done();
            }
            if !self.hash_chosen {
                return Ok(None);
            }
            self.ask("HASH", &argument(path)).await?
        } else if features.xsha256 {
            self.ask("XSHA256", &argument(path)).await?
        } else {
            return Ok(None);
        };
        if !reply.is_done() {
            return match super::error::refusal(&reply, "computing the checksum of", path) {
                Some(TransferError::Unsupported(_)) | None => Ok(None),
                Some(error) => Err(error),
            };
        }
        let words = reply.words();
        let is_hash = |w: &&str| w.len() == 64 && w.bytes().all(|b| b.is_ascii_hexdigit());
        Ok(words.split_whitespace().find(is_hash).map(str::to_owned))
    }

    /// Says goodbye without waiting long for the answer.
    pub(crate) async fn quit(mut self) {
        if self.control.is_in_sync() {
            let goodbye = self.control.command("QUIT", None);
            let _ = tokio::time::timeout(Duration::from_millis(500), goodbye).await;
        }
    }
}

/// A path as a command takes it. A relative one that looks like an option is led by its folder.
pub(crate) fn argument(path: &str) -> String {
    if path.starts_with(['-', ' ']) { format!("./{path}") } else { path.to_owned() }
}

/// The text between quotes, where doubled ones stand for one (RFC 959, appendix II).
fn quoted(reply: &Reply) -> Option<String> {
    let line = std::str::from_utf8(reply.lines.first()?).ok()?;
    let mut rest = line.split_once('"')?.1.chars().peekable();
    let mut path = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' if rest.peek() == Some(&'"') => {
                rest.next();
                path.push('"');
            }
            '"' => return (!path.contains(char::is_control)).then_some(path),
            c => path.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_folder_is_read() {
        let folder = |text: &str| quoted(&Reply { code: 257, lines: vec![text.as_bytes().to_vec()] });
        assert_eq!(folder("\"/home/x\" is the current directory").as_deref(), Some("/home/x"));
        assert_eq!(folder("\"/a\"\"b\"").as_deref(), Some("/a\"b"));
        assert_eq!(folder("/home"), None);
    }
}
