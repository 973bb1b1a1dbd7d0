//! A connection as another program's file describes it, before Courier's rules were asked.
//!
//! Left out: whether it can become a connection; the plan decides. Invariant: no text here has control characters,
//! so that nothing of a foreign file steers a terminal or breaks a database.

use courier_domain::Problem;
use courier_domain::connection::{ConnectionProtocol, ProxyConfig, SshAlgorithmConfig, TlsVersion};
use courier_vault::SecretString;
use std::path::PathBuf;

/// What the file says of a password.
#[derive(Debug, Default)]
pub(super) enum StoredPassword {
    #[default]
    None,
    /// There is one that only the other program can read.
    Sealed,
    Clear(SecretString),
}

/// Where the key for logging in may lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum KeyFiles {
    #[default]
    None,
    /// The file names them; the first that exists is used.
    Named(Vec<PathBuf>),
    /// The file names none, but its program would try these; it is no fault if none exists.
    Usual(Vec<PathBuf>),
}

impl KeyFiles {
    pub(super) fn paths(&self) -> &[PathBuf] {
        match self {
            KeyFiles::None => &[],
            KeyFiles::Named(paths) | KeyFiles::Usual(paths) => paths,
        }
    }
}

#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) group: Option<String>,
    pub(super) protocol: ConnectionProtocol,
    pub(super) host: String,
    /// The protocol's own when absent.
    pub(super) port: Option<u16>,
    pub(super) username: String,
    pub(super) key_files: KeyFiles,
    pub(super) password: StoredPassword,
    pub(super) passive_mode: bool,
    /// The name of another candidate, through whose server this one is reached.
    pub(super) jump: Option<String>,
    pub(super) proxy: Option<ProxyConfig>,
    pub(super) tls_version_floor: Option<TlsVersion>,
    pub(super) ssh_algorithms: SshAlgorithmConfig,
    /// Courier's own when absent, as the next one.
    pub(super) connect_timeout_sec: Option<u32>,
    pub(super) keepalive_interval_sec: Option<u32>,
    /// Lines for the connection's notes.
    pub(super) notes: Vec<String>,
    /// What is not taken over, by the name of the option.
    pub(super) warnings: Vec<Problem>,
}

impl Candidate {
    pub(super) fn new(name: &str, protocol: ConnectionProtocol, host: &str) -> Self {
        let host = plain(host);
        let name = plain(name);
        Self {
            name: short(if name.is_empty() { &host } else { &name }, 200),
            group: None,
            protocol,
            host,
            port: None,
            username: String::new(),
            key_files: KeyFiles::None,
            password: StoredPassword::None,
            passive_mode: true,
            jump: None,
            proxy: None,
            tls_version_floor: None,
            ssh_algorithms: SshAlgorithmConfig::default(),
            connect_timeout_sec: None,
            keepalive_interval_sec: None,
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Notes something of the file that the connection will not have.
    pub(super) fn warn(&mut self, option: &str, message: impl Into<String>) {
        self.warnings.push(Problem::warning(plain(option), "left_out", plain(&message.into())));
    }

    /// A port from text; one that is none is said and left out.
    pub(super) fn set_port(&mut self, option: &str, text: &str) {
        match text.trim().parse::<u16>() {
            Ok(port) if port > 0 => self.port = Some(port),
            _ => self.warn(option, format!("`{}` is no port; the protocol's own is taken.", short(text, 40))),
        }
    }

    /// A line for the notes, from a text that may have several.
    pub(super) fn note(&mut self, text: &str) {
        for line in text.lines() {
            let line = plain(line);
            if !line.is_empty() {
                self.notes.push(short(&line, 2_000));
            }
        }
    }

    pub(super) fn set_group(&mut self, group: &str) {
        let group = short(&plain(group), 200);
        self.group = Some(group).filter(|g| !g.is_empty());
    }
}

/// Text on one line, without control characters, and without spaces at its ends.
pub(super) fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// At most `length` characters.
pub(super) fn short(text: &str, length: usize) -> String {
    let cut: String = text.chars().take(length).collect();
    cut.trim_end().to_owned()
}
