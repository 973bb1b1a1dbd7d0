//! How Courier is, for whoever looks up for a moment: the tray.
//!
//! Left out: schedules that were missed, since a person puts those away in the window only.

use crate::app::App;
use crate::error::Result;
use courier_domain::JobExecutionId;
use courier_domain::execution::JobExecutionState;
use courier_store::ExecutionFilter;
use courier_vault::VaultState;

/// So many of the newest runs.
const RECENT: u32 = 5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    pub running: u64,
    pub queued: u64,
    /// Things that wait for a person: jobs that failed, monitors in error, keys that expire, the vault.
    pub attention: u64,
    pub monitors_active: u64,
    /// Monitors that [`App::monitors_resume_all`] would let go on.
    pub monitors_paused_with_all: u64,
    /// The newest runs, newest first.
    pub recent: Vec<GlancedRun>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlancedRun {
    pub id: JobExecutionId,
    pub job_name: String,
    pub state: JobExecutionState,
    pub had_skips: bool,
}

impl App {
    pub async fn app_glance(&self) -> Result<Glance> {
        let mut session = self.read().await?;
        let found = session.glance().await?;
        let newest = ExecutionFilter { limit: RECENT, ..ExecutionFilter::default() };
        let recent = session.executions(&newest).await?.rows;
        let vault = match self.vault().state() {
            VaultState::Locked | VaultState::Unavailable => 1,
            VaultState::Uninitialised | VaultState::Unlocked => 0,
        };
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(Glance {
            running: count(found.running),
            queued: count(found.queued),
            attention: count(found.jobs_failed + found.monitors_in_error + found.keys_expiring) + vault,
            monitors_active: count(found.monitors_active),
            monitors_paused_with_all: count(found.monitors_paused_with_all),
            recent: recent
                .into_iter()
                .map(|run| GlancedRun {
                    id: run.id,
                    job_name: run.job_name,
                    state: run.state,
                    had_skips: run.had_skips,
                })
                .collect(),
        })
    }
}
