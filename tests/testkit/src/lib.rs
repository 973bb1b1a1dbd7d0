//! Real peers and fixtures for Courier's tests: SSH and FTP servers, gpg homes, archives, bad networks, hostile servers,
//! receivers of mail, webhooks and messages.
//!
//! Everything runs on loopback on a free port, in a folder of its own, and ends by its process id when it is dropped.
//! A program that is missing is an error that names it, never a skipped test. No Courier crate is used here, so that
//! a fault of Courier cannot hide in the fixture.

pub mod archive;
pub mod data;
pub mod ftp;
pub mod gpg;
pub mod hook;
pub mod hostile;
pub mod https;
pub mod process;
pub mod proxy;
pub mod rabbit;
pub mod relay;
pub mod smtp;
pub mod soak;
pub mod sshd;
pub mod tls;
pub mod user;
pub mod wall;

pub use ftp::{FtpProgram, FtpTls, Ftpd, FtpdOptions, ModSftp};
pub use gpg::Gpg;
pub use hook::{Call, Hook, Reply};
pub use hostile::{FtpMischief, HostileFtp, HostileSsh, SftpMischief, SshMischief};
pub use proxy::Proxy;
pub use rabbit::Rabbit;
pub use relay::{Manner, Relay, RelayKind, RelayOptions};
pub use smtp::{Letter, MailOptions, MailServer, MailTls};
pub use sshd::{Login, Sshd, SshdOptions};
pub use tls::{Authority, Leaf, ServerCertificate};
pub use wall::Wall;

pub mod postgres;
