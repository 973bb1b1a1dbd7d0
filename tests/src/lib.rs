//! Courier's integration tests, in `tests/`: what can only be seen across whole crates and whole programs.
//!
//! Nothing is exported. What several tests need (servers, fixtures) is in `courier-testkit`.
