//! Servers that mean harm: they speak just enough of a protocol to be taken for one, then misbehave in one chosen way.
//!
//! Each runs on a free port of loopback, with threads of its own, and ends when dropped. What they hold in memory is
//! bounded, so that a test may measure its own process around them.

pub mod ftp;
pub mod sftp;
pub mod ssh;

pub use ftp::{FtpMischief, HostileFtp};
pub use sftp::SftpMischief;
pub use ssh::{HostileSsh, SshMischief};
