//! FTP and FTPS (RFC 959, 2228, 2389, 2428, 3659, 4217) on tokio and rustls.
//!
//! The control connection is driven by this crate and by no FTP library: what lies in the buffer when TLS begins must
//! be seen, replies are bytes with caps, a reply may come while data flows, and the connection under it may come out
//! of a proxy.
//!
//! One control connection does one thing at a time, so a [`remote::FtpRemote`] holds several ([`pool`]).

pub(crate) mod auth;
pub(crate) mod connect;
pub(crate) mod control;
pub(crate) mod data;
pub(crate) mod error;
pub(crate) mod features;
pub(crate) mod list;
pub(crate) mod look;
pub(crate) mod pool;
pub(crate) mod read;
pub(crate) mod remote;
pub(crate) mod seats;
mod session;
pub(crate) mod tls;
pub(crate) mod trust;
pub(crate) mod wire;
pub(crate) mod write;
