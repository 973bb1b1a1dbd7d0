//! What hostile servers can do to a transfer: nothing but make it fail in plain words.
#![cfg(test)]

mod ftp;
mod names;
#[expect(dead_code, reason = "it asks for less than others do")]
#[path = "../requests/mod.rs"]
mod requests;
mod sftp;
mod ssh;
mod trial;
