//! A web service over TLS that gives everybody the same answer and remembers what it was asked.

use crate::tls::ServerCertificate;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Serves as long as the test runs.
#[derive(Debug)]
pub struct Https {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Https {
    /// `answer` is a whole HTTP answer, after which the connection ends.
    pub fn start(certificate: &ServerCertificate, answer: String) -> Result<Self> {
        let config = certificate.server_config()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let asked = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever does not trust us hangs up.
                let _ = serve(stream, config.clone(), &answer, &asked);
            }
        });
        Ok(Self { address, requests })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first line of every request that came.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    answer: &str,
    asked: &Mutex<Vec<String>>,
) -> Result<()> {
    let mut reader = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, stream));
    let mut length = 0;
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        let line = line.trim_end().to_owned();
        if let Some(count) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = count.parse()?;
        }
        lines.push(line);
    }
    let first = lines.into_iter().next().context("nothing was asked")?;
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(first);
    reader.read_exact(&mut vec![0; length])?;
    let mut stream = reader.into_inner();
    stream.write_all(answer.as_bytes())?;
    stream.conn.send_close_notify();
    Ok(stream.flush()?)
}
