//! `courier agent`: the headless node.

use crate::args::AgentArgs;
use crate::exit;
use crate::output::Out;
use courier_app::{App, AppError, Work};
use std::path::Path;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopSignal {
    /// Ctrl-C: a person does not want this any more.
    Interrupt,
    /// The system or the terminal goes away.
    Shutdown,
}

/// Signals that ask a process to end.
#[derive(Debug)]
pub(super) struct Stops {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    /// Absent under `nohup`, which must keep the process alive.
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Stops {
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self, AppError> {
        use tokio::signal::unix::{SignalKind, signal};
        let on = |kind| signal(kind).map_err(AppError::internal);
        Ok(Self {
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            hangup: if hangup_is_ignored() { None } else { Some(on(SignalKind::hangup())?) },
        })
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Result<Self, AppError> {
        Ok(Self {})
    }

    /// The next one.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> StopSignal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Shutdown,
            _ = hangup => StopSignal::Shutdown,
        }
    }

    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> StopSignal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        StopSignal::Interrupt
    }
}

/// Whether whoever started this process had SIGHUP ignored. Where the system does not tell, it is not.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is signal 1, the lowest bit.
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

pub(super) async fn run(app: &App, args: &AgentArgs, out: &Out) -> Result<u8, AppError> {
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
