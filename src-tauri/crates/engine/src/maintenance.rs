//! What a node tidies: folders of runs that nothing resumes any more, old entries of monitors, keys whose time is over, and the leases of dead
//! neighbours.

use crate::context::Services;
use crate::key_dates;
use crate::workspace;
use chrono::TimeDelta;
use courier_domain::execution::JobExecutionState;
use courier_domain::{ErrorCode, JobExecutionId, NodeId, setting};
use courier_store::StoreError;
use courier_transfer::Owner;

/// Removes the folders of runs that ended long enough ago, and looks at the dates of keys.
pub(crate) async fn run(services: &Services) {
    if let Err(error) = key_dates::check(services).await {
        tracing::warn!(%error, "the dates of keys were not looked at; that is tried again in an hour");
    }
    if let Err(error) = forget_files(services).await {
        tracing::warn!(%error, "old entries of monitors were not removed");
    }
    if let Err(error) = clean_workspaces(services).await {
        tracing::warn!(%error, "old folders of runs were not removed");
    }
}

/// Removes what monitors have logged long ago.
async fn forget_files(services: &Services) -> Result<(), StoreError> {
    let days = services.store.read().await?.setting_i64(setting::MONITOR_LOG_RETENTION_DAYS).await?;
    services.store.prune_monitor_files(services.clock.now() - TimeDelta::days(days)).await.map(drop)
}

async fn clean_workspaces(services: &Services) -> Result<(), StoreError> {
    let Ok(listing) = std::fs::read_dir(&services.workspaces) else { return Ok(()) };
    let ids: Vec<JobExecutionId> =
        listing.flatten().filter_map(|e| e.file_name().to_string_lossy().parse().ok()).collect();
    let mut session = services.store.read().await?;
    let days = session.setting_i64(setting::TEMP_CLEANUP_DAYS).await?;
    let before = services.clock.now() - TimeDelta::days(days);
    for id in ids {
        let run = match session.execution(id).await {
            Ok(run) => run,
            // Another store's, which somebody used with this home: it may hold the only copy of a file.
            Err(error) if error.code() == ErrorCode::NotFound => continue,
            Err(error) => return Err(error),
        };
        let over = match run.state {
            JobExecutionState::Completed | JobExecutionState::Cancelled => true,
            JobExecutionState::Failed => run.completed_at.is_some_and(|at| at < before),
            JobExecutionState::Paused => run.updated_at < before,
            JobExecutionState::Created | JobExecutionState::Queued | JobExecutionState::Running => false,
        };
        if over {
            give_up(services, id, run.epoch).await?;
        }
    }
    Ok(())
}

/// Removes what a run that never goes on has left: its folder, and unfinished files beside their destinations. `epoch`
/// is its newest.
pub(crate) async fn give_up(services: &Services, id: JobExecutionId, epoch: i64) -> Result<(), StoreError> {
    if epoch > 0 {
        let destinations = services.store.read().await?.intended_destinations(id).await?;
        for destination in destinations {
            courier_transfer::discard(destination.into(), Owner { execution: id, epoch }).await;
        }
    }
    remove_workspace(services, id).await;
    Ok(())
}

pub(crate) async fn remove_workspace(services: &Services, id: JobExecutionId) {
    let root = services.workspaces.clone();
    let _ = tokio::task::spawn_blocking(move || workspace::remove(&root, id)).await;
}

/// A node of this machine whose process is gone will never renew: its leases end now instead of in half a minute. Were
/// the process alive after all, its epoch would be refused.
pub(crate) async fn release_dead_neighbours(
    services: &Services,
    me: NodeId,
    machine: &str,
) -> Result<(), StoreError> {
    let nodes = services.store.read().await?.nodes_alive(chrono::DateTime::UNIX_EPOCH).await?;
    let dead: Vec<NodeId> = nodes
        .into_iter()
        .filter(|node| node.id != me && node.name == machine && !is_alive(node.pid))
        .map(|node| node.id)
        .collect();
    if dead.is_empty() {
        return Ok(());
    }
    let mut unit = services.store.begin("system").await?;
    for node in dead {
        unit.expire_leases(node).await?;
        unit.remove_node(node).await?;
    }
    unit.commit().await
}

#[cfg(unix)]
fn is_alive(pid: i64) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    if pid.as_raw_nonzero().get() == i32::try_from(std::process::id()).unwrap_or(0) {
        return true;
    }
    // Not allowed to signal it means that it is there.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

/// Elsewhere nobody can tell; the lease's end decides.
#[cfg(not(unix))]
fn is_alive(_pid: i64) -> bool {
    true
}
