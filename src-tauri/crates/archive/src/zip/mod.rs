//! Zip (APPNOTE 6.3, WinZip AES). Reading is on the `zip` crate, which does the format; what may be done with an entry
//! is decided here. Writing is done here, because the crate takes no content that several cores have compressed.
//! Encryption written is AES-256 only; the old ZipCrypto is read, because partners still send it.

mod aes;
mod clock;
mod container;
mod create;
mod entry;
mod extract;
mod failure;
mod multi_disk;
mod reader;
mod record;
mod verify;

pub(crate) use create::create;
pub(crate) use extract::extract;
pub(crate) use multi_disk::refusal as multi_disk_refusal;
pub(crate) use reader::list;

/// Bytes moved between two looks at the stop signal.
const BLOCK_BYTES: usize = 128 * 1024;
