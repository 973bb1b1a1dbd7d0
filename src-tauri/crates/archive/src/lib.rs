//! Archives, and the guard against hostile ones.
//!
//! Everything here blocks and belongs on a blocking thread. The crate knows nothing of jobs: a caller hands over paths,
//! gets paths back and decides where they go. Overwriting, moving into place and naming of outputs are left to it.
//!
//! Invariant: whatever an archive says, nothing is written outside the directory named by the caller, and after an
//! error nothing that was written remains.

mod control;
mod create;
mod deflate;
mod error;
mod extract;
mod format;
mod gzip;
mod limits;
mod list;
mod name;
mod nested;
mod parallel;
mod sevenz;
mod source;
mod source_reader;
mod staging;
mod tar;
mod unpack;
mod volumes;
mod zip;

pub use control::Control;
pub use create::{CreateRequest, Created, create};
pub use error::{ArchiveError, Result, UnsafeReason};
pub use extract::{ExtractRequest, Extracted, extract};
pub use format::{Format, detect};
pub use limits::Limits;
pub use list::{ArchiveEntry, EntryKind, Listing, list};
pub use source::{SourceFile, SourceKind, collect};
