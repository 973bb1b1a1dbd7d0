//! SFTP version 3 over SSH, with OpenSSH's extensions where the server has them (russh and russh-sftp).
//!
//! Requests are driven by this crate, not by russh-sftp's file type: positions, the number in flight and the time
//! limits are ours.

mod access;
pub(crate) mod algorithms;
pub(crate) mod auth;
pub(crate) mod channel;
pub(crate) mod checksum;
pub(crate) mod connect;
pub(crate) mod error;
pub(crate) mod flow;
pub(crate) mod jump;
pub(crate) mod lanes;
pub(crate) mod line;
pub(crate) mod list;
pub(crate) mod opener;
pub(crate) mod read;
pub(crate) mod remote;
pub(crate) mod stream;
pub(crate) mod temper;
pub(crate) mod trust;
pub(crate) mod ways;
pub(crate) mod write;
