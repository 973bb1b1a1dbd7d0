//! What is done around every protocol in the same way: a time limit on each operation ([`deadline`]) and taking a lost
//! connection up again ([`reconnect`]).

pub(crate) mod deadline;
pub(crate) mod reconnect;
