//! Nodes that are killed, stopped, cut off and set to another time while they work: nothing is lost, nothing done twice.
//!
//! Each test lets several real programs share one store and one stream of work, makes their life hard, and then looks at
//! two things: the history of every run ([`history`]), and what the work has left in the world ([`work`]). What is told
//! of the first failure includes the seed; `COURIER_SEED` repeats its choices. `npm run soak` runs the same with the
//! numbers that take hours.
//!
//! Left out: single failures with a known outcome, which `cli` has (a full disk, a server that is away), and what the
//! store does by itself in `courier-store`.

mod deadlines;
mod fires;
mod folders;
mod history;
mod kills;
mod node;
mod parcel;
mod patience;
mod shared;
mod silence;
mod storms;
mod syscalls;
mod work;
mod world;
