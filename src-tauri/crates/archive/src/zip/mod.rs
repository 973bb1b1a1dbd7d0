//! Zip (APPNOTE 6.3, WinZip AES) on the `zip` crate, which does the format; what may be done with an entry is decided
//! here. Encryption written is AES-256 only; the old ZipCrypto is read, because partners still send it.

mod clock;
mod create;
mod entry;
mod extract;
mod failure;
mod reader;

pub(crate) use create::create;
pub(crate) use extract::extract;
pub(crate) use reader::list;

/// Bytes moved between two looks at the stop signal.
const BLOCK_BYTES: usize = 128 * 1024;
