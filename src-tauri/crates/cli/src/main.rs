//! The `courier` command: what the window can do, for scripts, servers and tests.
//!
//! Standard output holds results only; progress, logs and problems go to standard error. Left out on purpose: every
//! rule and every sentence about the domain, which are `courier-app`'s. Invariant: the exit status says what happened
//! as the design's table does, for every command.

mod args;
mod commands;
mod exit;
mod open;
mod output;
mod progress;
mod secrets;
mod service;
mod stops;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before the runtime starts, so that `--version` and usage errors cost nothing.
    let args = args::Args::parse();
    let out = output::Out::new(&args.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out.note(&format!("courier: cannot start: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    let status = match runtime.block_on(commands::run(args, &out)) {
        Ok(status) => status,
        Err(error) => {
            out.error(&error);
            exit::status_of(&error)
        }
    };
    // A keychain that still waits for a person must not keep the process.
    runtime.shutdown_background();
    ExitCode::from(status)
}
