//! A hostile FTP server, by hand: every reply and every byte of data can lie.
//!
//! An honest server is the base: two folders, `/in` with [`FILE`] and `/out` to write into, MLSD, SIZE and MDTM, explicit
//! TLS. What is written is counted and forgotten.

use super::sftp::{BAD_NAMES, FILE, content};
use crate::tls::ServerCertificate;
use anyhow::Result;
use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// The one way in which a server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FtpMischief {
    /// Nothing: for tests of the server itself.
    None,
    /// Takes the connection and never says a word.
    Silence,
    /// Lines of a greeting, without end.
    GreetingWithoutEnd,
    /// One line of a greeting, without end.
    LineWithoutEnd,
    /// One byte of a greeting each 100 ms, without end.
    GreetingByDrops,
    /// Greetings that ask for patience, without end.
    WaitForEver,
    /// Escape sequences before it hangs up.
    GreetingOfControls,
    /// Hangs up after its greeting.
    HangsUpAfterGreeting,
    /// A login is never answered.
    LoginNeverAnswered,
    /// The answer to a login has no end.
    LoginAnswerWithoutEnd,
    /// Refuses TLS and would go on in clear.
    TlsRefused,
    /// Sends words in clear with its consent to TLS.
    WordsBeforeTls,
    /// Agrees to TLS and sends bytes without sense.
    GarbageInsteadOfTls,
    /// Agrees to TLS and says nothing.
    SilenceInsteadOfTls,
    /// Would send files unprotected.
    ProtectionRefused,
    /// Knows PASV only, and names another host in it.
    PassiveElsewhere,
    /// Names no port to connect to.
    PassiveWithoutPort,
    /// Names a port where nobody listens.
    PassiveDeadPort,
    /// Opens data connections and sends nothing.
    DataSilent,
    /// Files are said to be twice as long as they are.
    SizeTooLarge,
    /// Files are said to be half as long as they are.
    SizeTooSmall,
    /// Files are said to have 2^64-1 bytes.
    SizeMost,
    /// Files are said to have 2^63 bytes, and go on for ever.
    FileWithoutEnd,
    /// Files are longer each time one looks.
    SizeGrows,
    /// The end of the data comes in the middle, and the server says that all is well.
    EndsEarly,
    /// The connections end in the middle of the data.
    CutInTheMiddle,
    /// The data of TLS ends without its own end, in the middle.
    TlsEndsEarly,
    /// All data, and never a word that this was all.
    NeverDone,
    /// A folder with ever more names.
    ListingWithoutEnd,
    /// One line of a listing, without end.
    ListingLineWithoutEnd,
    /// Bytes without sense as a listing.
    ListingOfGarbage,
    /// Names that are traps.
    BadNames,
    /// Each folder holds itself.
    FolderHoldsItself,
    /// Uploads are taken and forgotten.
    WritesForgotten,
    /// Uploads are refused in their middle: no space.
    WritesRefused,
    /// After the login every answer is garbage.
    Garbage,
    /// After the login every answer has 200 KiB, control characters among them.
    GiganticComplaint,
    /// After the login nothing is answered.
    SilentAfterLogin,
    /// After the login it hangs up at every command.
    HangsUpAfterLogin,
}

use FtpMischief as M;

/// Who may log in, with any password.
pub const USER: &str = "guest";

/// A running hostile server. Ends when dropped.
pub struct HostileFtp {
    port: u16,
    thumbprint: String,
    runtime: Option<Runtime>,
    shared: Arc<Shared>,
}

struct Shared {
    mischief: FtpMischief,
    tls: TlsAcceptor,
    /// Lengths of what was uploaded, and how often sizes were asked for.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    written: HashMap<String, u64>,
    looks: u64,
    logins: u32,
}

impl std::fmt::Debug for HostileFtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostileFtp").field("port", &self.port).finish_non_exhaustive()
    }
}

impl HostileFtp {
    pub fn start(mischief: FtpMischief) -> Result<Self> {
        let certificate = ServerCertificate::self_signed()?;
        let tls = TlsAcceptor::from(certificate.server_config()?);
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let shared = Arc::new(Shared { mischief, tls, state: Mutex::default() });
        let serving = Arc::clone(&shared);
        runtime.spawn(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                // The client hangs up when it has had enough.
                tokio::spawn(async move { drop(greet(stream, shared).await) });
            }
        });
        Ok(Self { port, thumbprint: certificate.thumbprint, runtime: Some(runtime), shared })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// SHA-256 of its certificate: 64 hex digits in lower case.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// How often a user name came.
    pub fn logins(&self) -> u32 {
        self.shared.state().logins
    }
}

impl Drop for HostileFtp {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

type Stream = Box<dyn Duplex>;
type Io<T> = std::io::Result<T>;

async fn greet(mut stream: TcpStream, shared: Arc<Shared>) -> Io<()> {
    match shared.mischief {
        M::Silence => {
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
            return Ok(());
        }
        M::GreetingWithoutEnd => loop {
            stream.write_all(&b"220-Welcome, and wait a moment.\r\n".repeat(500)).await?;
        },
        M::LineWithoutEnd => loop {
            stream.write_all(&[b'a'; 16 * 1024]).await?;
        },
        M::GreetingByDrops => {
            stream.write_all(b"220 ").await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        M::WaitForEver => loop {
            stream.write_all(&b"120 Ready in a minute.\r\n".repeat(500)).await?;
        },
        M::GreetingOfControls => {
            stream.write_all(b"\x1b[2J\x1b[31mSSH\x07 \xff\xfe\xe2\x80\xae Welcome\r\n").await?;
            return stream.shutdown().await;
        }
        M::HangsUpAfterGreeting => {
            stream.write_all(b"220 Welcome.\r\n").await?;
            return stream.shutdown().await;
        }
        _ => stream.write_all(b"220 Welcome.\r\n").await?,
    }
    let mut session = Session {
        control: Box::new(stream),
        shared,
        is_protected: false,
        protects_data: false,
        is_in: false,
        folder: "/".to_owned(),
        passive: None,
        restart: 0,
        renamed: String::new(),
    };
    session.serve().await
}

struct Session {
    control: Stream,
    shared: Arc<Shared>,
    is_protected: bool,
    protects_data: bool,
    is_in: bool,
    folder: String,
    passive: Option<tokio::net::TcpListener>,
    restart: u64,
    renamed: String,
}

fn over() -> Error {
    Error::from(ErrorKind::ConnectionAborted)
}

impl Session {
    async fn serve(&mut self) -> Io<()> {
        loop {
            let line = self.line().await?;
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let (verb, argument) = (verb.to_ascii_uppercase(), argument.to_owned());
            if self.is_in && !self.is_spoiled(&verb).await? {
                continue;
            }
            self.obey(&verb, &argument).await?;
        }
    }

    /// Whether the command may be answered honestly.
    async fn is_spoiled(&mut self, verb: &str) -> Io<bool> {
        // The start of a session must work, or what comes after would never be reached.
        if ["TYPE", "FEAT", "SYST", "PWD", "OPTS", "PBSZ", "PROT", "QUIT"].contains(&verb) {
            return Ok(true);
        }
        match self.mischief() {
            M::Garbage => self.control.write_all(&crate::data::bytes(5000, 3)).await?,
            M::GiganticComplaint => {
                for _ in 0..100 {
                    self.control.write_all(&b"550-\x1b[31mno, no, no\x07\r\n".repeat(100)).await?;
                }
                self.say("550 \x1b[31mno, no, no").await?;
            }
            M::SilentAfterLogin => {}
            M::HangsUpAfterLogin => return Err(over()),
            _ => return Ok(true),
        }
        Ok(false)
    }

    fn mischief(&self) -> FtpMischief {
        self.shared.mischief
    }

    async fn line(&mut self) -> Io<String> {
        let mut line = Vec::new();
        loop {
            match self.control.read_u8().await? {
                b'\n' => break,
                byte if line.len() < 8192 => line.push(byte),
                _ => return Err(over()),
            }
        }
        Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
    }

    async fn say(&mut self, reply: &str) -> Io<()> {
        self.control.write_all(format!("{reply}\r\n").as_bytes()).await?;
        self.control.flush().await
    }

    fn path(&self, argument: &str) -> String {
        let path = match argument {
            "" | "." => self.folder.clone(),
            absolute if absolute.starts_with('/') => absolute.to_owned(),
            relative => format!("{}/{relative}", self.folder.trim_end_matches('/')),
        };
        let trimmed = path.trim_end_matches('/');
        if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() }
    }

    fn is_folder(path: &str) -> bool {
        ["/", "/in", "/out"].contains(&path) || path.ends_with("/again")
    }

    /// `None` when there is no such file.
    fn size(&self, path: &str) -> Option<u64> {
        let honest = if path == FILE {
            content().len() as u64
        } else {
            self.shared.state().written.get(path).copied()?
        };
        Some(match self.mischief() {
            M::SizeTooLarge => honest * 2,
            M::SizeTooSmall => honest / 2,
            M::SizeMost => u64::MAX,
            M::FileWithoutEnd => 1 << 63,
            M::SizeGrows => {
                let mut state = self.shared.state();
                state.looks += 1;
                honest + state.looks
            }
            _ => honest,
        })
    }

    fn facts(&self, path: &str, name: &str) -> Option<String> {
        if Self::is_folder(path) {
            return Some(format!("type=dir;modify=20231114221320; {name}"));
        }
        let size = self.size(path)?;
        Some(format!("type=file;size={size};modify=20231114221320; {name}"))
    }

    async fn obey(&mut self, verb: &str, argument: &str) -> Io<()> {
        let path = self.path(argument);
        match verb {
            "AUTH" => return self.begin_tls().await,
            "USER" => {
                self.shared.state().logins += 1;
                self.say("331 And the password?").await
            }
            "PASS" => self.log_in().await,
            "SYST" => self.say("215 UNIX Type: L8").await,
            "FEAT" => self.say("211-Features:\r\n MLST type*;size*;modify*;\r\n SIZE\r\n MDTM\r\n REST STREAM\r\n211 End").await,
            "PWD" => {
                let folder = self.folder.clone();
                self.say(&format!("257 \"{folder}\"")).await
            }
            "PROT" if self.mischief() == M::ProtectionRefused => self.say("536 Not here.").await,
            "PROT" => {
                self.protects_data = argument == "P";
                self.say("200 Done.").await
            }
            "CWD" if Self::is_folder(&path) => {
                self.folder = path;
                self.say("250 Done.").await
            }
            "CWD" => self.say("550 No such folder.").await,
            "SIZE" => match self.size(&path) {
                Some(size) => self.say(&format!("213 {size}")).await,
                None => self.say("550 No such file.").await,
            },
            "MDTM" if self.size(&path).is_some() => self.say("213 20231114221320").await,
            "MLST" => match self.facts(&path, argument) {
                Some(facts) => self.say(&format!("250-Look:\r\n {facts}\r\n250 End")).await,
                None => self.say("550 No such file.").await,
            },
            "EPSV" if self.mischief() == M::PassiveElsewhere => self.say("502 What?").await,
            "EPSV" | "PASV" => self.listen(verb).await,
            "REST" => {
                self.restart = argument.parse().unwrap_or(0);
                self.say("350 Go on.").await
            }
            "MLSD" | "LIST" => self.list(&path).await,
            "RETR" => self.send(&path).await,
            "STOR" | "APPE" => self.take(path).await,
            "RNFR" => {
                self.renamed = path;
                self.say("350 To what?").await
            }
            "RNTO" => {
                {
                    let mut state = self.shared.state();
                    if let Some(length) = state.written.remove(&self.renamed) {
                        state.written.insert(path, length);
                    }
                }
                self.say("250 Done.").await
            }
            "DELE" => {
                let was = self.shared.state().written.remove(&path);
                self.say(if was.is_some() { "250 Done." } else { "550 No such file." }).await
            }
            "QUIT" => {
                self.say("221 Goodbye.").await?;
                Err(over())
            }
            "TYPE" | "PBSZ" | "OPTS" | "NOOP" | "MKD" | "SITE" => self.say("200 Done.").await,
            _ => self.say("550 No.").await,
        }
    }

    async fn begin_tls(&mut self) -> Io<()> {
        match self.mischief() {
            M::TlsRefused => return self.say("502 No TLS here.").await,
            M::WordsBeforeTls => {
                self.say("234 Go on.\r\n331 And the password, in clear?").await?;
            }
            M::GarbageInsteadOfTls => {
                self.say("234 Go on.").await?;
                // What the client begins with is read first.
                let mut hello = [0; 512];
                let _ = self.control.read(&mut hello).await?;
                loop {
                    self.control.write_all(&crate::data::bytes(16 * 1024, 9)).await?;
                }
            }
            M::SilenceInsteadOfTls => {
                self.say("234 Go on.").await?;
                tokio::io::copy(&mut self.control, &mut tokio::io::sink()).await?;
                return Err(over());
            }
            _ => self.say("234 Go on.").await?,
        }
        let (placeholder, _) = tokio::io::duplex(1);
        let clear = std::mem::replace(&mut self.control, Box::new(placeholder));
        self.control = Box::new(self.shared.tls.accept(clear).await?);
        self.is_protected = true;
        Ok(())
    }

    async fn log_in(&mut self) -> Io<()> {
        match self.mischief() {
            M::LoginNeverAnswered => Ok(()),
            M::LoginAnswerWithoutEnd => loop {
                self.control.write_all(&b"230-Welcome, and wait a moment.\r\n".repeat(500)).await?;
            },
            _ => {
                self.is_in = true;
                self.say("230 Welcome.").await
            }
        }
    }

    async fn listen(&mut self, verb: &str) -> Io<()> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        self.passive = Some(listener);
        match self.mischief() {
            M::PassiveWithoutPort => {
                return self.say(if verb == "EPSV" { "229 Ready (|||0|)" } else { "227 Ready." }).await;
            }
            M::PassiveDeadPort => self.passive = None,
            _ => {}
        }
        if verb == "EPSV" {
            return self.say(&format!("229 Ready (|||{port}|)")).await;
        }
        let [high, low] = port.to_be_bytes();
        // TEST-NET-3: nobody's address.
        self.say(&format!("227 Ready (203,0,113,7,{high},{low})")).await
    }

    /// The data connection, and the first word about it.
    async fn data(&mut self) -> Io<Stream> {
        let Some(listener) = self.passive.take() else { return Err(over()) };
        self.say("150 Here it comes.").await?;
        let (stream, _) = listener.accept().await?;
        if !(self.is_protected && self.protects_data) {
            return Ok(Box::new(stream));
        }
        Ok(Box::new(self.shared.tls.accept(stream).await?))
    }

    /// The data connection is held, and nothing comes.
    async fn stall(&mut self, data: Stream) -> Io<()> {
        let held = data;
        tokio::io::copy(&mut self.control, &mut tokio::io::sink()).await?;
        drop(held);
        Err(over())
    }

    async fn list(&mut self, path: &str) -> Io<()> {
        let mut data = self.data().await?;
        let name = |facts: &[u8], name: &[u8]| [facts, name, b"\r\n"].concat();
        const FILE_FACTS: &[u8] = b"type=file;size=3000000;modify=20231114221320; ";
        match self.mischief() {
            M::DataSilent => return self.stall(data).await,
            M::ListingWithoutEnd => {
                for n in 0_u64.. {
                    let names: Vec<u8> = (n * 500..(n + 1) * 500)
                        .flat_map(|n| name(FILE_FACTS, format!("file-{n:012}.csv").as_bytes()))
                        .collect();
                    data.write_all(&names).await?;
                }
            }
            M::ListingLineWithoutEnd => loop {
                data.write_all(&[b'a'; 16 * 1024]).await?;
            },
            M::ListingOfGarbage => {
                let garbage: Vec<u8> =
                    crate::data::bytes(20_000, 7).chunks(100).flat_map(|line| name(line, b"")).collect();
                data.write_all(&garbage).await?;
            }
            M::BadNames => {
                for bad in BAD_NAMES {
                    data.write_all(&name(FILE_FACTS, bad)).await?;
                }
                data.write_all(
                    b"type=dir;modify=20231114221320; ..\r\ntype=dir;modify=20231114221320; /tmp\r\n",
                )
                .await?;
                data.write_all(&name(FILE_FACTS, b"good.bin")).await?;
            }
            M::FolderHoldsItself => {
                data.write_all(b"type=dir;modify=20231114221320; again\r\n").await?;
                data.write_all(&name(FILE_FACTS, b"good.bin")).await?;
            }
            _ if path == "/in" => {
                let facts = self.facts(FILE, "good.bin").unwrap_or_default();
                data.write_all(format!("{facts}\r\n").as_bytes()).await?;
            }
            _ => {}
        }
        data.shutdown().await?;
        drop(data);
        if self.mischief() == M::NeverDone { Ok(()) } else { self.say("226 That was all.").await }
    }

    async fn send(&mut self, path: &str) -> Io<()> {
        let from = usize::try_from(std::mem::take(&mut self.restart)).unwrap_or(usize::MAX);
        if path != FILE {
            return self.say("550 No such file.").await;
        }
        let mut data = self.data().await?;
        let whole = content();
        let rest = whole.get(from..).unwrap_or_default();
        let half = &rest[..rest.len() / 2];
        match self.mischief() {
            M::DataSilent => return self.stall(data).await,
            M::FileWithoutEnd => loop {
                data.write_all(&[0; 16 * 1024]).await?;
            },
            M::EndsEarly => data.write_all(half).await?,
            M::CutInTheMiddle => {
                data.write_all(half).await?;
                return Err(over());
            }
            M::TlsEndsEarly => {
                data.write_all(half).await?;
                data.flush().await?;
                // Dropped, not shut down: TCP ends, TLS does not.
                drop(data);
                return self.say("226 That was all.").await;
            }
            _ => data.write_all(rest).await?,
        }
        data.shutdown().await?;
        drop(data);
        if self.mischief() == M::NeverDone { Ok(()) } else { self.say("226 That was all.").await }
    }

    async fn take(&mut self, path: String) -> Io<()> {
        let from = std::mem::take(&mut self.restart);
        let mut data = self.data().await?;
        if self.mischief() == M::DataSilent {
            return self.stall(data).await;
        }
        let mut taken = 0;
        let mut block = vec![0; 64 * 1024];
        loop {
            let got = data.read(&mut block).await?;
            if got == 0 {
                break;
            }
            taken += got as u64;
            if self.mischief() == M::WritesRefused && taken > 200_000 {
                drop(data);
                return self.say("552 No space left on device.").await;
            }
        }
        data.shutdown().await?;
        drop(data);
        let kept = if self.mischief() == M::WritesForgotten { 0 } else { from + taken };
        self.shared.state().written.insert(path, kept);
        if self.mischief() == M::NeverDone { Ok(()) } else { self.say("226 Taken.").await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_and_tells_its_certificate() {
        let server = HostileFtp::start(FtpMischief::None).unwrap();
        assert_eq!(server.thumbprint().len(), 64);
        assert_eq!(server.logins(), 0);
    }
}
