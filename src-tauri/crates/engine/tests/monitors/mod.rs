//! Monitors look at real folders and servers, and start runs for what is ready: each file once.

mod local;
mod remote;
mod watched;
