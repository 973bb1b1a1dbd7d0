//! The cases. Each takes a running server with an open connection and knows nothing of its protocol.

pub(crate) mod changing;
pub(crate) mod failing;
pub(crate) mod limits;
pub(crate) mod listing;
pub(crate) mod moving;
pub(crate) mod names;
pub(crate) mod resuming;
pub(crate) mod testing;
