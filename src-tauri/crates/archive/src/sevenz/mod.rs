//! 7z. The only place that knows the library for it.
//!
//! Written: LZMA2 on all cores, solid, with a password AES-256 over content and names. Read: what 7-Zip writes by itself
//! (LZMA, LZMA2, PPMd, BZip2, Deflate, Zstandard, with filters and AES-256).

mod create;
mod extract;
mod failure;

pub(crate) use create::create;
pub(crate) use extract::{extract, list};

/// Memory that headers and dictionaries of an archive may ask for, each; 7-Zip's highest level asks for 64 MiB.
pub(crate) const MEMORY_KIB: usize = 256 * 1024;

/// The high half of the attributes is a Unix mode (p7zip's extension, which 7-Zip took over).
const UNIX_EXTENSION: u32 = 0x8000;
const DIRECTORY: u32 = 0x10;
const REPARSE_POINT: u32 = 0x400;
const TYPE_MASK: u32 = 0o170_000;
