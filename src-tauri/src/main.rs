//! Courier's window: opens the application, builds the window around it, and keeps the engine running behind it.
//!
//! Left out on purpose: everything that a person can do (`courier-app`). This package only translates between the
//! window and the application, and it is the only one that knows tauri.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod commands;
mod ipc;
mod shell;

use clap::Parser;
use std::path::PathBuf;

/// Courier, the managed-file-transfer workstation.
#[derive(Debug, Parser)]
#[command(name = "courier-desktop", version)]
struct Arguments {
    /// The folder with Courier's data.
    #[arg(long, env = "COURIER_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
    /// The store: a SQLite file or postgres://…
    #[arg(long, env = "COURIER_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Start in the tray, without the window
    #[arg(long)]
    hidden: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    shell::environment::prepare();
    let start = if arguments.hidden { shell::Start::Tray } else { shell::Start::Window };
    shell::run(start, arguments.home, arguments.database)
}
