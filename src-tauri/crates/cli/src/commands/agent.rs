//! `courier agent`: the headless node.

use crate::args::AgentArgs;
use crate::exit;
use crate::output::Out;
use crate::stops::Stops;
use courier_app::{App, AppError, Work};
use std::path::Path;

pub(super) async fn run(app: &App, args: &AgentArgs, out: &Out) -> Result<u8, AppError> {
    if let Some(command) = args.service {
        return super::agent_service::run(app, command, out);
    }
    let mut stops = Stops::listen()?;
    let engine = app.start_engine(Work::All).await?;
    if let Some(file) = &args.ready_file {
        ready(file)?;
    }
    out.hint(&format!(
        "Courier is running on {} with its home at {}.",
        app.node_name(),
        app.home().display()
    ));
    if let Err(error) = app.vault_ready() {
        out.note(&format!("warning: {} Runs wait until the vault opens.", error.message));
    }
    stops.next().await;
    out.hint("Stopping: running work pauses at a checkpoint and goes on at the next start.");
    engine.shutdown().await;
    if let Some(file) = &args.ready_file {
        // Whoever waits for it to go has nothing from an error here.
        let _ = std::fs::remove_file(file);
    }
    Ok(exit::DONE)
}

/// Written beside and renamed, so that whoever sees the file sees it whole.
fn ready(file: &Path) -> Result<(), AppError> {
    let failed = |e: std::io::Error| AppError::disk("write", file, &e);
    let beside = file.with_extension("new");
    std::fs::write(&beside, format!("{}\n", std::process::id())).map_err(failed)?;
    std::fs::rename(&beside, file).map_err(failed)
}
