//! Steps that work on servers, each protocol through the same cases, against servers that people run.

mod cases;
pub(crate) mod partner;
mod sessions;
