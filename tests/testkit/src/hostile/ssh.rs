//! A hostile SSH server: raw TCP up to the key exchange, russh's server from there, and raw SFTP behind it.

use super::sftp::{self, SftpMischief};
use crate::sshd::keygen;
use anyhow::Result;
use russh::keys::{HashAlg, PrivateKey, load_secret_key};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session};
use russh::{Channel, ChannelId, Limits, MethodKind, MethodSet};
use std::borrow::Cow;
use std::collections::HashMap;
use std::future::pending;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

/// The one way in which a server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SshMischief {
    /// Takes the connection and never says a word.
    Silence,
    /// Lines that could come before the version, without end.
    LinesForEver,
    /// One line without end.
    LineWithoutEnd,
    /// A version, then nothing.
    SilenceAfterBanner,
    /// One byte of a version each 100 ms, without end.
    BannerByDrops,
    /// Escape sequences before it hangs up.
    BannerOfControls,
    /// Hangs up after its version.
    HangsUpAfterBanner,
    /// Bytes without sense instead of the key exchange.
    GarbageInsteadOfKeys,
    /// The first packet says that it is 4 GiB long.
    FirstPacketOf4GiB,
    /// Well-formed packets to be ignored, without end, instead of the key exchange.
    IgnoreForEver,
    /// Names of algorithms that are escape sequences.
    AlgorithmsOfControls,
    /// A login is never answered.
    LoginNeverAnswered,
    /// Refuses every login and offers to go on.
    LoginRefusedForEver,
    /// Keyboard-interactive: requests without a question, without end.
    EmptyQuestionsForEver,
    /// Keyboard-interactive: asks for the password again and again.
    PasswordAskedForEver,
    /// Keyboard-interactive: ten thousand questions at once.
    QuestionsByTheThousand,
    /// Keyboard-interactive: one question of 200 KiB, with control characters.
    GiganticQuestion,
    /// A greeting of 200 KiB at the login, then honest.
    GiganticLoginBanner,
    /// New keys after each KiB.
    RekeysForEver,
    /// Never opens the channel.
    ChannelNeverOpened,
    /// Never answers the request for SFTP.
    SubsystemNeverAnswered,
    /// Says that SFTP starts, then sends a shell's greeting without end.
    ShellInsteadOfSftp,
    /// Honest up to SFTP.
    Sftp(SftpMischief),
}

impl SshMischief {
    fn is_raw(self) -> bool {
        use SshMischief as M;
        matches!(
            self,
            M::Silence
                | M::LinesForEver
                | M::LineWithoutEnd
                | M::SilenceAfterBanner
                | M::BannerByDrops
                | M::BannerOfControls
                | M::HangsUpAfterBanner
                | M::GarbageInsteadOfKeys
                | M::FirstPacketOf4GiB
                | M::IgnoreForEver
                | M::AlgorithmsOfControls
        )
    }

    fn asks(self) -> bool {
        use SshMischief as M;
        matches!(
            self,
            M::EmptyQuestionsForEver
                | M::PasswordAskedForEver
                | M::QuestionsByTheThousand
                | M::GiganticQuestion
        )
    }
}

/// A running hostile server. Ends when dropped.
pub struct HostileSsh {
    port: u16,
    fingerprint: String,
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for HostileSsh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostileSsh").field("port", &self.port).finish_non_exhaustive()
    }
}

/// Who may log in, with any password.
pub const USER: &str = "guest";

impl HostileSsh {
    pub fn start(mischief: SshMischief) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let key = dir.path().join("host_key");
        keygen("ed25519", &key)?;
        let key = load_secret_key(&key, None)?;
        let fingerprint = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let config = Arc::new(config(mischief, key));
        runtime.spawn(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            while let Ok((stream, _)) = listener.accept().await {
                let config = Arc::clone(&config);
                tokio::spawn(async move {
                    if mischief.is_raw() {
                        // The client hangs up when it has had enough.
                        let _ = speak(stream, mischief).await;
                        return;
                    }
                    let guest = Guest { mischief, channels: HashMap::new() };
                    if let Ok(session) = russh::server::run_stream(config, stream, guest).await {
                        let _ = session.await;
                    }
                });
            }
        });
        Ok(Self { port, fingerprint, runtime: Some(runtime) })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host key's, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl Drop for HostileSsh {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn config(mischief: SshMischief, key: PrivateKey) -> Config {
    let methods = if mischief.asks() { MethodKind::KeyboardInteractive } else { MethodKind::Password };
    let mut config = Config {
        keys: vec![key],
        nodelay: true,
        methods: MethodSet::from(&[methods][..]),
        auth_rejection_time: Duration::ZERO,
        max_auth_attempts: usize::MAX,
        window_size: 8 << 20,
        ..Config::default()
    };
    if mischief == SshMischief::RekeysForEver {
        config.limits = Limits {
            rekey_write_limit: 1024,
            rekey_read_limit: 1024,
            rekey_time_limit: Duration::from_secs(3600),
        };
    }
    config
}

/// A packet in clear: padded to 8 bytes.
fn packet(payload: &[u8]) -> Vec<u8> {
    let padding = 8 - (payload.len() + 5) % 8 + 8;
    let length = payload.len() + padding + 1;
    let mut out = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    out.push(u8::try_from(padding).unwrap_or(8));
    out.extend_from_slice(payload);
    out.resize(length + 4, 0);
    out
}

async fn speak(mut stream: TcpStream, mischief: SshMischief) -> std::io::Result<()> {
    use SshMischief as M;
    const BANNER: &[u8] = b"SSH-2.0-Harmless_1.0\r\n";
    match mischief {
        M::LinesForEver => loop {
            stream.write_all(&b"Welcome, and wait a moment.\r\n".repeat(500)).await?;
        },
        M::LineWithoutEnd => loop {
            stream.write_all(&[b'a'; 16 * 1024]).await?;
        },
        M::BannerByDrops => {
            stream.write_all(b"SSH-2.0-").await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        M::BannerOfControls => {
            stream.write_all(b"\x1b[2J\x1b[31m220\x07 \xff\xfe\xe2\x80\xae Welcome\r\n").await?;
            stream.shutdown().await?;
        }
        M::HangsUpAfterBanner => {
            stream.write_all(BANNER).await?;
            stream.shutdown().await?;
        }
        M::GarbageInsteadOfKeys => {
            stream.write_all(BANNER).await?;
            loop {
                stream.write_all(&crate::data::bytes(16 * 1024, 9)).await?;
            }
        }
        M::FirstPacketOf4GiB => {
            stream.write_all(BANNER).await?;
            stream.write_all(&[0xff; 4]).await?;
            loop {
                stream.write_all(&[0; 16 * 1024]).await?;
            }
        }
        M::IgnoreForEver => {
            stream.write_all(BANNER).await?;
            let mut ignore = vec![2];
            ignore.extend_from_slice(&1000_u32.to_be_bytes());
            ignore.resize(1005, 0);
            loop {
                stream.write_all(&packet(&ignore)).await?;
            }
        }
        M::AlgorithmsOfControls => {
            stream.write_all(BANNER).await?;
            let mut keys = vec![20];
            keys.extend_from_slice(&[7; 16]);
            let name = b"\x1b[31mrot13\x07";
            for _ in 0..10 {
                keys.extend_from_slice(&u32::try_from(name.len()).unwrap_or(0).to_be_bytes());
                keys.extend_from_slice(name);
            }
            keys.extend_from_slice(&[0; 5]);
            stream.write_all(&packet(&keys)).await?;
        }
        M::SilenceAfterBanner => stream.write_all(BANNER).await?,
        M::Silence
        | M::LoginNeverAnswered
        | M::LoginRefusedForEver
        | M::EmptyQuestionsForEver
        | M::PasswordAskedForEver
        | M::QuestionsByTheThousand
        | M::GiganticQuestion
        | M::GiganticLoginBanner
        | M::RekeysForEver
        | M::ChannelNeverOpened
        | M::SubsystemNeverAnswered
        | M::ShellInsteadOfSftp
        | M::Sftp(_) => {}
    }
    // Takes what comes, until the client goes away.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(|_| ())
}

/// Instructions, and questions with whether the answer is echoed.
type Questions = (Cow<'static, str>, Vec<(Cow<'static, str>, bool)>);

struct Guest {
    mischief: SshMischief,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Guest {
    fn question(&self) -> Option<Questions> {
        use SshMischief as M;
        let password = || (Cow::Borrowed("Password: "), false);
        match self.mischief {
            M::EmptyQuestionsForEver => Some(("".into(), Vec::new())),
            M::PasswordAskedForEver => Some(("".into(), vec![password()])),
            M::QuestionsByTheThousand => Some(("".into(), vec![password(); 10_000])),
            M::GiganticQuestion => {
                let long = "\u{1b}[31mYour password, please?\u{7} ".repeat(3500);
                Some((long.clone().into(), vec![(long.into(), true)]))
            }
            M::Silence
            | M::LinesForEver
            | M::LineWithoutEnd
            | M::SilenceAfterBanner
            | M::BannerByDrops
            | M::BannerOfControls
            | M::HangsUpAfterBanner
            | M::GarbageInsteadOfKeys
            | M::FirstPacketOf4GiB
            | M::IgnoreForEver
            | M::AlgorithmsOfControls
            | M::LoginNeverAnswered
            | M::LoginRefusedForEver
            | M::GiganticLoginBanner
            | M::RekeysForEver
            | M::ChannelNeverOpened
            | M::SubsystemNeverAnswered
            | M::ShellInsteadOfSftp
            | M::Sftp(_) => None,
        }
    }
}

impl Handler for Guest {
    type Error = russh::Error;

    async fn auth_password(&mut self, _user: &str, _password: &str) -> Result<Auth, russh::Error> {
        if self.mischief == SshMischief::LoginNeverAnswered {
            pending::<()>().await;
        }
        if self.mischief == SshMischief::LoginRefusedForEver {
            return Ok(Auth::Reject {
                proceed_with_methods: Some(MethodSet::from(&[MethodKind::Password][..])),
                partial_success: true,
            });
        }
        Ok(Auth::Accept)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        _response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        Ok(match self.question() {
            Some((instructions, prompts)) => {
                Auth::Partial { name: "".into(), instructions, prompts: prompts.into() }
            }
            None => Auth::reject(),
        })
    }

    async fn authentication_banner(&mut self) -> Result<Option<String>, russh::Error> {
        let gigantic = self.mischief == SshMischief::GiganticLoginBanner;
        Ok(gigantic.then(|| "\u{1b}[2J".repeat(50_000)))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        if self.mischief == SshMischief::ChannelNeverOpened {
            pending::<()>().await;
        }
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        if self.mischief == SshMischief::SubsystemNeverAnswered {
            return Ok(());
        }
        let Some(opened) = self.channels.remove(&channel) else { return session.channel_failure(channel) };
        session.channel_success(channel)?;
        let mischief = match self.mischief {
            SshMischief::Sftp(mischief) => mischief,
            _ if self.mischief == SshMischief::ShellInsteadOfSftp => SftpMischief::ShellText,
            _ => SftpMischief::None,
        };
        tokio::spawn(async move {
            // Ends with the client.
            let _ = sftp::serve(opened.into_stream(), mischief).await;
        });
        Ok(())
    }
}
