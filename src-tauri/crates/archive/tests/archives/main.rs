//! The archives of this crate against other programs' archives, and against archives made to do harm.
#![cfg(test)]

mod creating;
mod extracting;
mod formats;
mod hostile;
mod hostile_bombs;
mod hostile_headers;
mod hostile_streams;
mod interoperability;
mod nested;
mod raw_zip;
mod splitting;
mod workbench;
