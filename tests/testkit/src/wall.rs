//! An address whose connections stay unanswered, as behind a firewall that drops them.

use anyhow::{Result, ensure};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

const ANSWER: Duration = Duration::from_millis(300);
/// One that stays unanswered may be chance.
const IN_A_ROW: usize = 4;

/// As many connections wait there to be accepted as may; the kernel drops further ones.
#[derive(Debug)]
pub struct Wall {
    listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Wall {
    pub fn build() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (mut waiting, mut unanswered) = (Vec::new(), 0);
        while unanswered < IN_A_ROW {
            match TcpStream::connect_timeout(&address, ANSWER) {
                Ok(stream) => {
                    waiting.push(stream);
                    unanswered = 0;
                    ensure!(waiting.len() < 10_000, "everybody is let in");
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => unanswered += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self { listener, _waiting: waiting })
    }

    pub fn address(&self) -> SocketAddr {
        // A bound listener has one.
        self.listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}
