//! A run as it happens, on standard error: a bar at a terminal, a line for each finished step elsewhere.

use crate::output::{Out, bytes, shown, took};
use crate::stops::Stops;
use courier_app::{CancellationToken, ExecutionProgress, ExecutionView, OnTick};
use courier_domain::execution::StepExecutionState;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

/// What a person sees of a run. With `--json` and `--quiet` nothing.
#[derive(Debug)]
pub(crate) struct Shown {
    out: Out,
    bar: Option<ProgressBar>,
    silent: bool,
    told: BTreeSet<i32>,
}

impl Shown {
    pub(crate) fn new(out: &Out) -> Self {
        let silent = out.json || out.quiet;
        let bar = (!silent && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(spinner());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { out: *out, bar, silent, told: BTreeSet::new() }
    }

    pub(crate) fn progress(&self, progress: &ExecutionProgress) {
        let Some(bar) = &self.bar else { return };
        match progress.total_bytes {
            Some(total) if total > 0 => {
                if bar.length() != Some(total) {
                    bar.set_length(total);
                    bar.set_style(transfer());
                }
                bar.set_position(progress.bytes_transferred);
            }
            _ => bar.set_style(spinner()),
        }
        let file = progress.current_file.as_deref().map(shown).unwrap_or_default();
        let rate = progress.transfer_rate_bytes_per_sec;
        let rate = if rate > 0.0 { format!("{}/s ", bytes(rate as i64)) } else { String::new() };
        bar.set_message(format!("{rate}{file}"));
    }

    /// Tells of steps that ended since the last call.
    pub(crate) fn steps(&mut self, view: &ExecutionView) {
        if self.silent {
            return;
        }
        for step in &view.steps {
            let Some(last) = step.attempts.last().filter(|a| a.state.is_terminal()) else {
                if step.attempts.last().is_some_and(|a| a.state == StepExecutionState::Running) {
                    self.bar.iter().for_each(|bar| bar.set_prefix(shown(&step.step.name)));
                }
                continue;
            };
            if !self.told.insert(step.step.step_order) {
                continue;
            }
            let what = match last.state {
                StepExecutionState::Completed => {
                    let moved = last.bytes_processed.map(|b| format!(", {}", bytes(b))).unwrap_or_default();
                    format!("done in {}{moved}", took(last.started_at, last.completed_at))
                }
                StepExecutionState::Failed => "failed".to_owned(),
                StepExecutionState::Skipped => "skipped".to_owned(),
                StepExecutionState::Pending | StepExecutionState::Running => continue,
            };
            self.line(&format!("{}: {what}", step.step.name));
        }
    }

    pub(crate) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(shown(text)),
            None if self.silent => {}
            None => self.out.note(text),
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One file's transfer outside a run. Ctrl-C and the system's signal to end stop it.
#[derive(Debug)]
pub(crate) struct FileBar {
    bar: ProgressBar,
    cancel: CancellationToken,
}

impl FileBar {
    pub(crate) fn new(out: &Out) -> Self {
        let bar = if out.json || out.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        // Heard from here on, not from when the task has its turn: work begins meanwhile.
        if let Ok(mut stops) = Stops::listen() {
            tokio::spawn(async move {
                stops.next().await;
                stop.cancel();
            });
        }
        Self { bar, cancel }
    }

    pub(crate) fn cancel(&self) -> CancellationToken {
        self.cancel.clone()
    }

    pub(crate) fn tick(&self) -> OnTick {
        let bar = self.bar.clone();
        Arc::new(move |tick| {
            if let Some(total) = tick.total.filter(|total| bar.length() != Some(*total)) {
                bar.set_length(total);
                bar.set_style(transfer());
            }
            bar.set_position(tick.bytes);
            bar.set_message(shown(&tick.file));
        })
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A template that does not parse is a defect; the plain style shows the run all the same.
fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn transfer() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} {bar:30} {bytes}/{total_bytes} {msg} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
