//! What the rehearsal of a step may look at: the imagined disk and servers, the keys, the vault. Nothing on it writes.

use super::foreseen::{Halt, Look};
use super::imagined_disk::ImaginedDisk;
use super::imagined_remote::ImaginedRemote;
use super::room::Room;
use crate::context::Services;
use crate::error::StepError;
use crate::local::{self, LocalFile};
use crate::remote::TrustNotes;
use crate::sessions::Sessions;
use crate::workspace::Workspace;
use courier_domain::pattern::PathPattern;
use courier_domain::step::{PathList, StepType};
use courier_domain::{ConnectionId, ErrorCode, JobExecutionId, JobId, Timestamp};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// The local side, for code that blocks.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) disk: ImaginedDisk,
    pub(super) room: Room,
    pub(super) workspace: Workspace,
}

impl Local {
    /// What patterns mean; `None` where nothing is missing and nothing is found. What an earlier step may have made,
    /// nobody knows, is not missing.
    pub(super) fn find(&self, patterns: &PathList) -> Look<local::Selection> {
        let found = local::select_in(&self.disk, patterns, &self.workspace)?;
        if let Some(path) = found.missing.first() {
            self.sure_of(path)?;
        }
        if found.files.is_empty() {
            for pattern in &patterns.0 {
                self.sure_of(&self.workspace.join(base(pattern)))?;
            }
        }
        Ok(found)
    }

    /// [`Local::find`], where nothing may be missing and something must be there.
    pub(super) fn find_all(&self, patterns: &PathList) -> Look<Vec<LocalFile>> {
        Ok(local::all_of(self.find(patterns)?, patterns)?)
    }

    /// Halts where an earlier step may have changed what is at a path.
    pub(super) fn sure_of(&self, path: &Path) -> Look<()> {
        match self.disk.doubts(path) {
            Some(step) => Err(Halt::Unknown(format!(
                "It works with what the step {step} leaves in {}, and that cannot be known before the run.",
                path.display()
            ))),
            None => Ok(()),
        }
    }

    pub(super) fn join(&self, path: &str) -> PathBuf {
        self.workspace.join(path).components().collect()
    }
}

/// The path, or the folder below which everything that matches must lie.
pub(super) fn base(pattern: &PathPattern) -> String {
    pattern.literal().unwrap_or_else(|| pattern.split_base().0)
}

/// See the module.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) services: Arc<Services>,
    pub(super) sessions: Sessions,
    /// What a run would have stored about servers.
    pub(super) met: Arc<TrustNotes>,
    pub(super) cancel: CancellationToken,
    pub(super) job: JobId,
    /// Of the run that there will not be.
    pub(super) execution: JobExecutionId,
    pub(super) local: Arc<Mutex<Local>>,
    pub(super) remotes: HashMap<ConnectionId, Arc<ImaginedRemote>>,
}

impl Stage {
    pub(super) fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// Looks at the local side on a blocking thread. A panic there is this step's error.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Local) -> Look<T> + Send + 'static,
    ) -> Look<T> {
        let local = Arc::clone(&self.local);
        let done = tokio::task::spawn_blocking(move || {
            work(&mut local.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.unwrap_or_else(|error| {
            Err(Halt::Cannot(StepError {
                code: ErrorCode::Internal,
                message: "A part of this rehearsal broke. Please report it with the log.".into(),
                cause: Some(Box::new(error)),
            }))
        })
    }

    /// The connection's server, as the steps before would have left it. Connects as a run does.
    pub(super) async fn remote(&mut self, id: ConnectionId, step: StepType) -> Look<Arc<ImaginedRemote>> {
        if let Some(remote) = self.remotes.get(&id) {
            return Ok(Arc::clone(remote));
        }
        let session = self.sessions.open(&self.services, id, Some(step), |_| {}).await?;
        let remote = Arc::new(ImaginedRemote::of(session));
        self.remotes.insert(id, Arc::clone(&remote));
        Ok(remote)
    }
}
