//! The archives of this crate against other programs' archives, and against archives made to do harm.
#![cfg(test)]

mod creating;
mod extracting;
mod hostile;
mod interoperability;
mod raw_zip;
mod workbench;
