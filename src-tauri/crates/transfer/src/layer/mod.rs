//! What is done around every protocol in the same way: taking a lost connection up again ([`reconnect`]), a time limit on
//! each operation ([`deadline`]), and how fast bytes may move ([`rate`]).

pub(crate) mod deadline;
pub(crate) mod rate;
pub(crate) mod reconnect;
