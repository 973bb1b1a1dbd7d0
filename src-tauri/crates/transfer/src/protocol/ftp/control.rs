//! The control connection: commands go out as lines, replies come in with caps on their length.
//!
//! Invariant: a control connection is `in_sync` only while every command that was sent has its last reply. One that is
//! not cannot be used for another command.

use super::error::{ended, hung_up};
use super::wire::Wire;
use crate::{TransferError, escaped};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zeroize::Zeroizing;

const LONGEST_LINE: usize = 8 * 1024;
const MOST_LINES: usize = 1_000;
const MOST_BYTES: usize = 256 * 1024;
/// Preliminary replies to one command.
const MOST_PRELIMINARY: usize = 16;
const READ: usize = 4 * 1024;

/// What a server answered (RFC 959, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    /// The text of each line, without the code where the line has it.
    pub(crate) lines: Vec<Vec<u8>>,
}

impl Reply {
    pub(crate) fn is_preliminary(&self) -> bool {
        self.code / 100 == 1
    }

    pub(crate) fn is_done(&self) -> bool {
        self.code / 100 == 2
    }

    /// For a person: one line, doubtful characters escaped, cut to a length.
    pub(crate) fn text(&self) -> String {
        let lines: Vec<_> = self.lines.iter().take(8).map(|l| String::from_utf8_lossy(l)).collect();
        escaped(lines.join(" ").trim())
    }

    /// With its code.
    pub(crate) fn shown(&self) -> String {
        format!("{} {}", self.code, self.text())
    }

    /// Lower case, to look for words in.
    pub(crate) fn words(&self) -> String {
        let lines: Vec<_> = self.lines.iter().map(|l| String::from_utf8_lossy(l).to_lowercase()).collect();
        lines.join(" ")
    }
}

#[derive(Debug)]
pub(crate) struct Control {
    wire: Wire,
    /// Read and not yet taken.
    buffer: Vec<u8>,
    /// A reply of several lines whose end has not come.
    begun: Option<Reply>,
    begun_bytes: usize,
    in_sync: bool,
}

impl Control {
    pub(crate) fn new(wire: Wire) -> Self {
        Self { wire, buffer: Vec::new(), begun: None, begun_bytes: 0, in_sync: true }
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    pub(crate) fn is_in_sync(&self) -> bool {
        self.in_sync
    }

    /// The last reply to what was sent has come.
    pub(crate) fn settled(&mut self) {
        self.in_sync = true;
    }

    /// The connection for TLS to begin on. Whatever came before TLS could be from anybody, so nothing may have.
    pub(crate) fn into_clear(self, host: &str) -> Result<tokio::net::TcpStream, TransferError> {
        let smuggled = TransferError::TlsFailed {
            detail: format!(
                "the connection to {host} carried more than its answer before TLS began. Somebody in between may have put it there; nothing was sent."
            ),
            cause: None,
        };
        match self.wire {
            Wire::Clear(stream) if self.buffer.is_empty() && self.begun.is_none() => {
                match stream.try_read(&mut [0]) {
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(stream),
                    Ok(0) => Err(hung_up("beginning TLS", None)),
                    Err(error) => Err(hung_up("beginning TLS", Some(error))),
                    Ok(_) => Err(smuggled),
                }
            }
            Wire::Clear(_) | Wire::Protected(_) => Err(smuggled),
        }
    }

    /// Sends a command; its replies must be read.
    pub(crate) async fn send(&mut self, verb: &str, argument: Option<&str>) -> Result<(), TransferError> {
        let mut line = Zeroizing::new(Vec::with_capacity(64));
        line.extend_from_slice(verb.as_bytes());
        if let Some(argument) = argument {
            // A line end would begin another command.
            if argument.contains(char::is_control) {
                return Err(TransferError::UnsafeName {
                    name: escaped(argument),
                    reason: "it contains control characters, which FTP cannot carry".to_owned(),
                });
            }
            line.push(b' ');
            line.extend_from_slice(argument.as_bytes());
        }
        line.extend_from_slice(b"\r\n");
        self.in_sync = false;
        let sent = async {
            self.wire.write_all(&line).await?;
            self.wire.flush().await
        };
        match sent.await {
            Ok(()) => Ok(()),
            // It may have said why it went.
            Err(error) => match self.reply().await {
                Ok(reply) => Err(ended(&reply)),
                Err(_) => Err(hung_up(verb, Some(error))),
            },
        }
    }

    /// A command and its last reply, whatever it is. [`TransferError::Lost`] where the server ends the session.
    pub(crate) async fn command(
        &mut self,
        verb: &str,
        argument: Option<&str>,
    ) -> Result<Reply, TransferError> {
        self.send(verb, argument).await?;
        for _ in 0..MOST_PRELIMINARY {
            let reply = self.reply().await?;
            if !reply.is_preliminary() {
                self.in_sync = true;
                return Ok(reply);
            }
        }
        Err(broken("it sends preliminary replies without end"))
    }

    /// The next reply. Dropping the future loses nothing.
    pub(crate) async fn reply(&mut self) -> Result<Reply, TransferError> {
        loop {
            while let Some(line) = self.line()? {
                if let Some(reply) = self.assemble(line)? {
                    if reply.code == 421 {
                        return Err(ended(&reply));
                    }
                    return Ok(reply);
                }
            }
            self.fill().await?;
        }
    }

    /// Whether the server has said something that nobody asked for, or has gone.
    pub(crate) async fn is_stale(&mut self) -> bool {
        let nothing = std::future::ready(());
        tokio::select! {
            biased;
            _ = self.fill() => true,
            () = nothing => !self.buffer.is_empty() || !self.in_sync,
        }
    }

    async fn fill(&mut self) -> Result<(), TransferError> {
        self.buffer.reserve(READ);
        match self.wire.read_buf(&mut self.buffer).await {
            Ok(0) => Err(hung_up("waiting for an answer", None)),
            Ok(_) => Ok(()),
            Err(error) => Err(hung_up("waiting for an answer", Some(error))),
        }
    }

    /// A whole line out of the buffer, without its end.
    fn line(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        let Some(end) = self.buffer.iter().position(|b| *b == b'\n') else {
            if self.buffer.len() > LONGEST_LINE {
                return Err(broken("a line of its answer is longer than 8 KiB"));
            }
            return Ok(None);
        };
        let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
        line.pop();
        while line.last() == Some(&b'\r') {
            line.pop();
        }
        if line.len() > LONGEST_LINE {
            return Err(broken("a line of its answer is longer than 8 KiB"));
        }
        Ok(Some(line))
    }

    fn assemble(&mut self, line: Vec<u8>) -> Result<Option<Reply>, TransferError> {
        let Some(mut begun) = self.begun.take() else {
            let Some(code) = code_of(&line) else {
                let shown = escaped(&String::from_utf8_lossy(&line));
                return Err(broken(&format!(
                    "it is no FTP server, it says `{shown}`. Check the port and the protocol."
                )));
            };
            let more = line.get(3) == Some(&b'-');
            let reply = Reply { code, lines: vec![line.get(4..).unwrap_or_default().to_vec()] };
            if more {
                self.begun_bytes = line.len();
                self.begun = Some(reply);
                return Ok(None);
            }
            return Ok(Some(reply));
        };
        self.begun_bytes += line.len();
        if begun.lines.len() >= MOST_LINES || self.begun_bytes > MOST_BYTES {
            return Err(broken("its answer does not end"));
        }
        let own = code_of(&line) == Some(begun.code);
        let last = own && line.get(3) != Some(&b'-');
        begun.lines.push(if own { line.get(4..).unwrap_or_default().to_vec() } else { line });
        if last {
            return Ok(Some(begun));
        }
        self.begun = Some(begun);
        Ok(None)
    }
}

/// The code that a line begins with, where a blank, a hyphen or nothing follows it.
fn code_of(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3)?;
    let follows = line.get(3).is_none_or(|b| matches!(b, b' ' | b'-'));
    let value = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse();
    value.ok().filter(|code| follows && (100..600).contains(code))
}

fn broken(detail: &str) -> TransferError {
    TransferError::Protocol { doing: "answering".to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpStream};

    /// A control connection to a server that says `says` and hangs up.
    async fn hearing(says: &[u8]) -> Control {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        server.write_all(says).await.unwrap();
        Control::new(Wire::Clear(stream))
    }

    async fn reply(says: &[u8]) -> Result<Reply, TransferError> {
        hearing(says).await.reply().await
    }

    #[tokio::test]
    async fn one_line_is_a_reply() {
        let reply = reply(b"220 ready\r\n").await.unwrap();
        assert_eq!((reply.code, reply.text().as_str()), (220, "ready"));
    }

    #[tokio::test]
    async fn several_lines_end_with_the_code_they_began_with() {
        let reply = reply(b"211-Features:\r\n MDTM\r\n226 not the end\r\n211 End\r\n").await.unwrap();
        assert_eq!(reply.lines, [&b"Features:"[..], b" MDTM", b"226 not the end", b"End"]);
    }

    #[tokio::test]
    async fn what_is_no_reply_is_said_to_be_none() {
        let error = reply(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap_err();
        assert!(error.to_string().contains("it says `SSH-2.0-OpenSSH_9.2`"), "{error}");
    }

    #[tokio::test]
    async fn lines_and_replies_without_end_are_refused() {
        for endless in [[b"220 ".to_vec(), vec![b'a'; 20_000]].concat(), b"220-a\r\n".repeat(1_100)] {
            let error = reply(&endless).await.unwrap_err();
            assert!(matches!(error, TransferError::Protocol { .. }), "{error}");
        }
    }

    #[tokio::test]
    async fn a_goodbye_is_a_lost_connection_with_its_reason() {
        let error = reply(b"421 Timeout.\r\n").await.unwrap_err();
        assert!(error.is_lost());
        assert!(error.to_string().contains("421 Timeout."), "{error}");
    }

    #[tokio::test]
    async fn nothing_that_could_begin_a_command_is_sent() {
        let mut control = hearing(b"").await;
        for name in ["a\r\nDELE b", "a\nb", "a\0b"] {
            let error = control.command("RETR", Some(name)).await.unwrap_err();
            assert!(matches!(error, TransferError::UnsafeName { .. }), "{error}");
        }
        assert!(control.is_in_sync());
    }

    #[tokio::test]
    async fn what_comes_before_tls_is_refused() {
        let mut control = hearing(b"234 go on\r\n220 injected\r\n").await;
        control.reply().await.unwrap();
        assert!(matches!(control.into_clear("localhost").unwrap_err(), TransferError::TlsFailed { .. }));
        let mut control = hearing(b"234 go on\r\n230").await;
        control.reply().await.unwrap();
        assert!(matches!(control.into_clear("localhost").unwrap_err(), TransferError::TlsFailed { .. }));
    }
}
