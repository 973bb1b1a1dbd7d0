//! A mail server that keeps what it is sent (RFC 5321): in clear, with STARTTLS (RFC 3207) or with TLS from the first
//! byte, with a login (RFC 4954) or without.

use crate::tls::ServerCertificate;
use anyhow::{Context, Result, bail};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

#[derive(Debug, Clone, Default)]
pub enum MailTls {
    #[default]
    None,
    /// Mail is taken only after STARTTLS.
    StartTls(ServerCertificate),
    FromTheStart(ServerCertificate),
}

#[derive(Debug, Clone, Default)]
pub struct MailOptions {
    pub tls: MailTls,
    /// User and password that every client must have.
    pub login: Option<(String, String)>,
    /// Answers to mails, in order, such as `451 later`; then they are taken.
    pub replies: Vec<String>,
    /// A refused login is answered with what was sent.
    pub repeats_login: bool,
}

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub from: String,
    pub to: Vec<String>,
    /// Head and body, with `\n` as line end.
    pub text: String,
    pub over_tls: bool,
    pub logged_in: bool,
}

impl Letter {
    /// A header's value, as it stands.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\n\n").next()?;
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

#[derive(Debug, Default)]
struct State {
    letters: Vec<Letter>,
    replies: VecDeque<String>,
    stopped: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running mail server; ends when dropped.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    shared: Arc<Shared>,
}

impl MailServer {
    pub fn start(options: MailOptions) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let tls = match &options.tls {
            MailTls::None => None,
            MailTls::StartTls(certificate) | MailTls::FromTheStart(certificate) => Some(config(certificate)?),
        };
        let state = State { replies: options.replies.clone().into(), ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let (inner, options) = (Arc::clone(&shared), Arc::new(options));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if inner.state().stopped {
                    return;
                }
                let (shared, options, tls) = (Arc::clone(&inner), Arc::clone(&options), tls.clone());
                // A client that goes away ends its own connection only.
                std::thread::spawn(move || drop(serve(&shared, &options, tls, client)));
            }
        });
        Ok(Self { port, shared })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Every mail that was taken so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.shared.state().letters.clone()
    }

    /// Waits until `count` mails were taken, and gives all of them.
    pub fn wait_for(&self, count: usize, limit: Duration) -> Result<Vec<Letter>> {
        let until = Instant::now() + limit;
        let mut state = self.shared.state();
        while state.letters.len() < count {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("{} mails came instead of {count}: {:?}", state.letters.len(), state.letters);
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state.letters.clone())
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.shared.state().stopped = true;
        // Wakes the listener, so that it sees the end.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn config(certificate: &ServerCertificate) -> Result<Arc<ServerConfig>> {
    let chain = vec![CertificateDer::from_pem_file(certificate.certificate())?];
    let key = PrivateKeyDer::from_pem_file(certificate.key())?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(config))
}

/// The connection, in clear or not.
enum Wire {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    fn say(&mut self, line: &str) -> Result<()> {
        let line = format!("{line}\r\n");
        match self {
            Wire::Clear(stream) => stream.write_all(line.as_bytes())?,
            Wire::Tls(stream) => {
                stream.write_all(line.as_bytes())?;
                stream.flush()?;
            }
        }
        Ok(())
    }

    /// A line without its end; byte by byte, so that nothing of a handshake is swallowed.
    fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            let read = match self {
                Wire::Clear(stream) => stream.read(&mut byte)?,
                Wire::Tls(stream) => stream.read(&mut byte)?,
            };
            if read == 0 {
                bail!("the client has gone");
            }
            line.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

fn serve(
    shared: &Shared,
    options: &MailOptions,
    tls: Option<Arc<ServerConfig>>,
    client: TcpStream,
) -> Result<()> {
    let secured = |client: TcpStream| -> Result<Wire> {
        let connection = ServerConnection::new(tls.clone().context("no certificate")?)?;
        Ok(Wire::Tls(Box::new(StreamOwned::new(connection, client))))
    };
    let (mut wire, mut over_tls) = match &options.tls {
        MailTls::FromTheStart(_) => (secured(client)?, true),
        MailTls::None | MailTls::StartTls(_) => (Wire::Clear(client), false),
    };
    let (mut logged_in, mut from, mut to) = (false, String::new(), Vec::new());
    wire.say("220 mail.test ESMTP")?;
    loop {
        let line = wire.line()?;
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" => {
                wire.say("250-mail.test")?;
                if matches!(options.tls, MailTls::StartTls(_)) && !over_tls {
                    wire.say("250-STARTTLS")?;
                }
                if options.login.is_some() {
                    wire.say("250-AUTH PLAIN LOGIN")?;
                }
                wire.say("250 8BITMIME")?;
            }
            "STARTTLS" => {
                wire.say("220 go on")?;
                let Wire::Clear(client) = wire else { bail!("TLS within TLS") };
                (wire, over_tls) = (secured(client)?, true);
            }
            "AUTH" => {
                let (user, password) = options.login.clone().unwrap_or_default();
                let given = rest.strip_prefix("PLAIN ").unwrap_or_default();
                logged_in = given == crate::relay::base64(format!("\0{user}\0{password}").as_bytes());
                match logged_in {
                    true => wire.say("235 welcome")?,
                    false if options.repeats_login => wire.say(&format!("535 not {given}"))?,
                    false => wire.say("535 wrong")?,
                }
            }
            "MAIL" if options.login.is_some() && !logged_in => wire.say("530 log in first")?,
            "MAIL" if matches!(options.tls, MailTls::StartTls(_)) && !over_tls => {
                wire.say("530 STARTTLS first")?;
            }
            "MAIL" => {
                (from, to) = (address(rest), Vec::new());
                wire.say("250 ok")?;
            }
            "RCPT" => {
                to.push(address(rest));
                wire.say("250 ok")?;
            }
            "DATA" => {
                wire.say("354 go on")?;
                let mut text = String::new();
                loop {
                    let line = wire.line()?;
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                }
                let reply = {
                    let mut state = shared.state();
                    let reply = state.replies.pop_front();
                    if reply.is_none() {
                        let (from, to) = (from.clone(), to.clone());
                        state.letters.push(Letter { from, to, text, over_tls, logged_in });
                    }
                    reply
                };
                shared.changed.notify_all();
                wire.say(reply.as_deref().unwrap_or("250 taken"))?;
            }
            "RSET" | "NOOP" => wire.say("250 ok")?,
            "QUIT" => return wire.say("221 bye"),
            _ => wire.say("502 what?")?,
        }
    }
}

/// What stands between `<` and `>`.
fn address(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
