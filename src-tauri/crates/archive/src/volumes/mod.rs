//! Archives in parts: one stream of bytes cut into files `NAME.001`, `NAME.002`, … as 7-Zip and many others do it.
//! Nothing here knows an archive format; zip and 7z read and write through it, in one file as well as in several.
//!
//! Parts are opened one at a time, when a byte of them is wanted. Left out on purpose: PKZIP's own splitting
//! (`.z01` … `.zip`), which changes the archive's records. Invariant: a part is a regular file of the size that it
//! had when the archive was opened, or reading fails.

mod name;
mod reader;
mod writer;

pub(crate) use name::first_of;
pub(crate) use reader::VolumeReader;
pub(crate) use writer::VolumeWriter;
