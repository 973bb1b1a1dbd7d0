//! The one look at everything: what the window's frame and `courier doctor` show.

use crate::app::App;
use crate::error::Result;
use courier_domain::schedule::ScheduleHold;
use courier_domain::setting;
use courier_vault::VaultStatus;
use serde::Serialize;
use specta::Type;

/// Courier at a glance.
#[derive(Debug, Clone, Serialize, Type)]
pub struct AppStatus {
    pub version: String,
    pub node_name: String,
    pub home: String,
    pub vault: VaultStatus,
    pub engine: EngineStatus,
    pub counts: AppCounts,
    /// Whether the sample was made here.
    pub has_sample: bool,
}

/// How busy the queue is, over all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct EngineStatus {
    pub running: u64,
    /// Runs that may be running at the same time.
    pub slots: u64,
    pub queued: u64,
    /// Why schedules do not fire on this node, if they do not.
    pub schedule_hold: Option<ScheduleHold>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct AppCounts {
    pub jobs: usize,
    pub executions_running: u64,
    pub connections: usize,
    pub pgp_keys: usize,
    pub ssh_keys: usize,
}

impl App {
    pub async fn app_status(&self) -> Result<AppStatus> {
        let mut session = self.read().await?;
        let queue = session.queue_counts().await?;
        let slots = session.setting_i64(setting::CONCURRENCY_LIMIT).await?;
        let jobs = session.jobs().await?;
        let (running, queued) =
            (u64::try_from(queue.running).unwrap_or(0), u64::try_from(queue.queued).unwrap_or(0));
        Ok(AppStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            node_name: self.node_name().to_owned(),
            home: self.home().display().to_string(),
            vault: self.vault().status(),
            engine: EngineStatus {
                running,
                slots: u64::try_from(slots).unwrap_or(0),
                queued,
                schedule_hold: self.schedule_hold(),
            },
            counts: AppCounts {
                jobs: jobs.len(),
                executions_running: running,
                connections: session.connections().await?.len(),
                pgp_keys: session.pgp_keys().await?.len(),
                ssh_keys: session.ssh_keys().await?.len(),
            },
            has_sample: jobs.iter().any(|j| j.name == crate::demo::JOB_NAME),
        })
    }
}
