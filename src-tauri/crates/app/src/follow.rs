//! Following one run live: progress from this process, state from the store.
//!
//! Invariant: [`Followed::next`] always ends with [`RunUpdate::Ended`], also when the run is on another node or its
//! news were missed.

use crate::app::App;
use crate::error::Result;
use courier_domain::JobExecutionId;
use courier_domain::execution::{JobExecution, JobExecutionState};
use courier_engine::ExecutionProgress;
use courier_store::Change;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};

/// News of a run.
#[derive(Debug, Clone)]
pub enum RunUpdate {
    Progress(ExecutionProgress),
    /// The run or one of its steps changed.
    Changed(Box<JobExecution>),
    /// Completed, failed, cancelled or paused: nothing moves it now.
    Ended(Box<JobExecution>),
}

/// A subscription to one run.
#[derive(Debug)]
pub struct Followed {
    app: App,
    id: JobExecutionId,
    progress: broadcast::Receiver<ExecutionProgress>,
    changes: broadcast::Receiver<Change>,
    first: bool,
    seen: Option<JobExecution>,
}

/// News are an optimisation; the row is the truth, and is looked at this often at least.
const SAFETY_POLL: Duration = Duration::from_secs(1);

impl App {
    pub fn executions_follow(&self, id: JobExecutionId) -> Followed {
        Followed {
            app: self.clone(),
            id,
            progress: self.engine().progress().subscribe(),
            changes: self.changes(),
            first: true,
            seen: None,
        }
    }

    /// What this node last knew of a running execution's progress.
    pub fn executions_progress(&self, id: JobExecutionId) -> Option<ExecutionProgress> {
        self.engine().progress().latest(id)
    }
}

impl Followed {
    /// The next news. Do not call it again after [`RunUpdate::Ended`].
    pub async fn next(&mut self) -> Result<RunUpdate> {
        loop {
            if !std::mem::take(&mut self.first) {
                match self.wait().await {
                    Woken::Progress(progress) => return Ok(RunUpdate::Progress(progress)),
                    Woken::Look => {}
                }
            }
            let execution = self.app.read().await?.execution(self.id).await?;
            if execution.state.is_terminal() || execution.state == JobExecutionState::Paused {
                return Ok(RunUpdate::Ended(Box::new(execution)));
            }
            if self.seen.as_ref() != Some(&execution) {
                self.seen = Some(execution.clone());
                return Ok(RunUpdate::Changed(Box::new(execution)));
            }
        }
    }

    async fn wait(&mut self) -> Woken {
        loop {
            tokio::select! {
                news = self.progress.recv() => match news {
                    Ok(progress) if progress.execution_id == self.id => return Woken::Progress(progress),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Woken::Look,
                },
                news = self.changes.recv() => match news {
                    Ok(change) if change.entity_id == self.id.0 => return Woken::Look,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return Woken::Look,
                },
                () = tokio::time::sleep(SAFETY_POLL) => return Woken::Look,
            }
        }
    }
}

enum Woken {
    Progress(ExecutionProgress),
    Look,
}
