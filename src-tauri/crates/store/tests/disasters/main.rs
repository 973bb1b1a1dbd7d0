//! What must not break a unit of work: a process that is killed, a disk that is full or read-only, a file that another
//! program locks, a server that goes away, a connection that is cut.
//!
//! Twenty writers work in a process of their own; each change that a commit acknowledged is told on its output. After
//! the disaster every change that was told must be there, no unit of work may be there by half, and the chain must be
//! whole. A control in which a change is told before its commit must be caught.

#![cfg(test)]

mod check;
mod kills;
mod outages;
mod writers;
