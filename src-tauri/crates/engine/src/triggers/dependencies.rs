//! Jobs that another job's end starts.
//!
//! It happens in the unit of work that ends the other one's run, so that no end is overlooked and none counts twice.

use super::start::{Start, start_job};
use courier_domain::IdSource;
use courier_domain::dependency::JobDependency;
use courier_domain::execution::{JobExecution, JobExecutionState, TriggerKind};
use courier_store::{StoreError, UnitOfWork};
use std::collections::BTreeMap;

/// Starts what waits for the end of these runs. One that cannot be started is told of and passed over.
pub(crate) async fn runs_ended(
    unit: &mut UnitOfWork,
    ids: &dyn IdSource,
    ended: &[JobExecution],
) -> Result<(), StoreError> {
    let over = ended.iter().filter(|run| run.state.is_terminal());
    let dependencies = unit.triggering_dependencies(&over.map(|run| run.job_id).collect()).await?;
    for dependency in &dependencies {
        for run in ended.iter().filter(|run| run.job_id == dependency.upstream_job_id) {
            start_downstream(unit, ids, dependency, run).await?;
        }
    }
    Ok(())
}

async fn start_downstream(
    unit: &mut UnitOfWork,
    ids: &dyn IdSource,
    dependency: &JobDependency,
    ended: &JobExecution,
) -> Result<(), StoreError> {
    let is_met = match ended.state {
        JobExecutionState::Completed => true,
        JobExecutionState::Failed => dependency.run_on_failure,
        JobExecutionState::Created
        | JobExecutionState::Queued
        | JobExecutionState::Running
        | JobExecutionState::Paused
        | JobExecutionState::Cancelled => false,
    };
    if !is_met {
        return Ok(());
    }
    let job = unit.job(dependency.downstream_job_id).await?;
    let start = Start {
        triggered_by: format!("{}:{}", TriggerKind::Dependency, ended.id),
        parameters: &BTreeMap::new(),
        // A run that failed and went on ends a second time, and is done a second time.
        trigger_key: Some(format!("dependency:{}:{}:{}", dependency.id, ended.id, ended.epoch)),
        chain_execution_id: None,
    };
    if let Err(refusal) = start_job(unit, ids, &job, start).await? {
        tracing::warn!(job = %job.name, why = refusal.message(), "a job that depends on another was not started");
    }
    Ok(())
}
