//! tar: POSIX (ustar and pax), GNU and old ones; alone, in gzip, or in Zstandard.
//!
//! A tar has no checksum over content: what was changed in a plain one goes unnoticed. In gzip and Zstandard it does
//! not. Left out: sparse files, volumes, and everything that is no file and no folder.

mod create;
mod extract;
mod header;
mod reader;
mod stream;

pub(crate) use create::create;
pub(crate) use extract::{extract, list};
pub(crate) use header::is_header;
pub(crate) use stream::starts_with_tar;
