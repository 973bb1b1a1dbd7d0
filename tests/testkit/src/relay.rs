//! Proxies as company networks have them: SOCKS5 (RFC 1928, 1929) and HTTP's CONNECT on loopback, which also can
//! refuse, stall, talk rubbish and never stop talking.

use anyhow::{Result, bail, ensure};
use std::collections::HashMap;
use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RelayKind {
    #[default]
    Socks5,
    Http,
}

/// How a relay answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Manner {
    #[default]
    Honest,
    /// Connects, and answers only together with the first words of the server.
    Eager,
    /// Refuses every request: the reply of SOCKS5, or the status of HTTP.
    Refusing(u16),
    /// HTTP: wants a login of this way, whatever is sent.
    Asking(&'static str),
    /// Takes what comes and never answers.
    Silent,
    /// Closes the connection when it has the first bytes.
    HangingUp,
    /// Answers with these bytes, then waits.
    Saying(Vec<u8>),
    /// Answers with a beginning as it should be, and then with the letter `x` without an end.
    Endless,
}

#[derive(Debug, Clone, Default)]
pub struct RelayOptions {
    pub kind: RelayKind,
    pub manner: Manner,
    /// User and password that are asked for.
    pub login: Option<(String, String)>,
    /// Names that only this relay knows; all are 127.0.0.1.
    pub names: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    asked: Vec<String>,
    /// By number, while they are open.
    streams: HashMap<u64, [TcpStream; 2]>,
    next: u64,
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

/// A running relay. Ends when dropped, with every connection through it.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    shared: Arc<Shared>,
}

impl Relay {
    pub fn start(options: RelayOptions) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let (inner, options) = (Arc::clone(&shared), Arc::new(options));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if inner.state().stopped {
                    return;
                }
                let (shared, options) = (Arc::clone(&inner), Arc::clone(&options));
                // A client that goes away, or is refused, ends its own connection only.
                std::thread::spawn(move || drop(serve(&shared, &options, client)));
            }
        });
        Ok(Self { port, shared })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was asked for, as `host:port`, in order; only with a login that was right.
    pub fn asked(&self) -> Vec<String> {
        self.shared.state().asked.clone()
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.shared.state().streams.len()
    }

    /// Waits until no connection is open. False when the time is up first.
    pub fn wait_until_idle(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut state = self.shared.state();
        while !state.streams.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Cuts every connection now.
    pub fn cut_now(&self) {
        for stream in self.shared.state().streams.values().flatten() {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.state().stopped = true;
        self.cut_now();
        // Wakes the listener, so that it sees the end.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(shared: &Arc<Shared>, options: &RelayOptions, mut client: TcpStream) -> Result<()> {
    client.set_nodelay(true)?;
    let rubbish = match &options.manner {
        Manner::Silent => Some(Vec::new()),
        Manner::Saying(bytes) => Some(bytes.clone()),
        Manner::HangingUp => {
            client.read_exact(&mut [0])?;
            return Ok(());
        }
        Manner::Endless => {
            let start: &[u8] = match options.kind {
                RelayKind::Socks5 => &[5, 0, 5, 0, 0, 3, 255],
                RelayKind::Http => b"HTTP/1.1 200 OK\r\nX: ",
            };
            client.write_all(start)?;
            while client.write_all(&[b'x'; 1024]).is_ok() {}
            return Ok(());
        }
        Manner::Honest | Manner::Eager | Manner::Refusing(_) | Manner::Asking(_) => None,
    };
    if let Some(bytes) = rubbish {
        client.write_all(&bytes)?;
        // Until the client has gone.
        copy(&mut client, &mut std::io::sink())?;
        return Ok(());
    }
    let (host, port) = match options.kind {
        RelayKind::Socks5 => socks5(options, &mut client)?,
        RelayKind::Http => http(options, &mut client)?,
    };
    shared.state().asked.push(format!("{host}:{port}"));
    let mut answer = match (options.kind, &options.manner) {
        (RelayKind::Socks5, Manner::Refusing(code)) => {
            let code = u8::try_from(*code)?;
            return Ok(client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0])?);
        }
        (RelayKind::Http, Manner::Refusing(code)) => {
            return Ok(client.write_all(format!("HTTP/1.1 {code} No\r\n\r\n").as_bytes())?);
        }
        (RelayKind::Socks5, _) => vec![5, 0, 0, 1, 127, 0, 0, 1, 0, 9],
        (RelayKind::Http, _) => b"HTTP/1.1 200 Connection established\r\nVia: relay\r\n\r\n".to_vec(),
    };
    let address = if options.names.contains(&host) { "127.0.0.1" } else { &host };
    let Ok(mut server) = TcpStream::connect((address, port)) else {
        let refused: &[u8] = match options.kind {
            RelayKind::Socks5 => &[5, 5, 0, 1, 0, 0, 0, 0, 0, 0],
            RelayKind::Http => b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        };
        return Ok(client.write_all(refused)?);
    };
    server.set_nodelay(true)?;
    if options.manner == Manner::Eager {
        let mut first = [0; 1024];
        let got = server.read(&mut first)?;
        answer.extend_from_slice(&first[..got]);
    }
    let number = {
        let mut state = shared.state();
        state.next += 1;
        let number = state.next;
        state.streams.insert(number, [client.try_clone()?, server.try_clone()?]);
        number
    };
    let passed = client.write_all(&answer).map_err(anyhow::Error::from).and_then(|()| pass(client, server));
    shared.state().streams.remove(&number);
    shared.changed.notify_all();
    passed
}

fn pass(mut client: TcpStream, mut server: TcpStream) -> Result<()> {
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let up = std::thread::spawn(move || {
        // Whichever way it ends, the other side hears of it.
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Write);
    ensure!(up.join().is_ok(), "a thread failed");
    Ok(())
}

fn bytes(stream: &mut TcpStream, count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn counted(stream: &mut TcpStream) -> Result<String> {
    let length = bytes(stream, 1)?[0];
    Ok(String::from_utf8(bytes(stream, length.into())?)?)
}

fn socks5(options: &RelayOptions, client: &mut TcpStream) -> Result<(String, u16)> {
    let head = bytes(client, 2)?;
    ensure!(head[0] == 5, "SOCKS of another version");
    let offered = bytes(client, head[1].into())?;
    match &options.login {
        Some((user, password)) => {
            if !offered.contains(&2) {
                client.write_all(&[5, 0xff])?;
                bail!("no login was offered");
            }
            client.write_all(&[5, 2])?;
            ensure!(bytes(client, 1)?[0] == 1, "a login of another version");
            let given = (counted(client)?, counted(client)?);
            let is_right = given == (user.clone(), password.clone());
            client.write_all(&[1, u8::from(!is_right)])?;
            ensure!(is_right, "a wrong login");
        }
        None => client.write_all(&[5, 0])?,
    }
    let request = bytes(client, 4)?;
    ensure!(request[..3] == [5, 1, 0], "no request to connect");
    let host = match request[3] {
        1 => {
            let ip: [u8; 4] = bytes(client, 4)?.try_into().unwrap_or_default();
            std::net::Ipv4Addr::from(ip).to_string()
        }
        3 => counted(client)?,
        4 => {
            let ip: [u8; 16] = bytes(client, 16)?.try_into().unwrap_or_default();
            std::net::Ipv6Addr::from(ip).to_string()
        }
        other => bail!("addresses of type {other}"),
    };
    let port = bytes(client, 2)?;
    Ok((host, u16::from_be_bytes([port[0], port[1]])))
}

fn http(options: &RelayOptions, client: &mut TcpStream) -> Result<(String, u16)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(bytes(client, 1)?);
        ensure!(head.len() < 16 * 1024, "a head without an end");
    }
    let head = String::from_utf8(head)?;
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    ensure!(words.next() == Some("CONNECT"), "no CONNECT");
    let Some((host, port)) = words.next().and_then(|server| server.rsplit_once(':')) else {
        bail!("no server");
    };
    if let Manner::Asking(way) = options.manner {
        client.write_all(
            format!("HTTP/1.1 407 No\r\nProxy-Authenticate: {way}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
        )?;
        bail!("another login is asked for");
    }
    if let Some((user, password)) = &options.login {
        let right = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
        let given = lines.find_map(|line| line.strip_prefix("Proxy-Authorization: "));
        if given != Some(right.as_str()) {
            // As badly behaved as can be: it repeats what it was sent.
            let given = given.unwrap_or_default();
            client.write_all(
                format!("HTTP/1.1 407 Not {given}\r\nProxy-Authenticate: Basic realm=\"{given}\"\r\n\r\n")
                    .as_bytes(),
            )?;
            bail!("a wrong login");
        }
    }
    Ok((host.trim_matches(['[', ']']).to_owned(), port.parse()?))
}

/// RFC 4648, section 4.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let three = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or_default()));
        let bits = three[0] << 16 | three[1] << 8 | three[2];
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
