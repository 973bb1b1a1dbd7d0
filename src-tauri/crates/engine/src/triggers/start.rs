//! Putting a job or a chain into the queue, whoever asks for it.

use crate::parameters;
use courier_domain::chain::{ChainExecution, JobChain, NewChainExecution};
use courier_domain::execution::{JobExecution, NewExecution};
use courier_domain::job::Job;
use courier_domain::{ChainExecutionId, ChainMemberExecutionId, IdSource, JobExecutionId, Problems};
use courier_store::{StoreError, UnitOfWork};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    pub triggered_by: String,
    pub parameters: &'a BTreeMap<String, Value>,
    /// Used once: a second run under it is refused.
    pub trigger_key: Option<String>,
    /// The chain's run that it belongs to.
    pub chain_execution_id: Option<ChainExecutionId>,
}

/// Why nothing was started.
#[derive(Debug)]
pub enum Refusal {
    /// It was started before, under the same key.
    Already,
    /// Disabled or deleted, in a sentence.
    Off(String),
    /// What is wrong with the parameters.
    Parameters(Problems),
}

impl Refusal {
    /// In a sentence.
    pub fn message(&self) -> String {
        match self {
            Self::Already => "It was started already.".to_owned(),
            Self::Off(message) => message.clone(),
            Self::Parameters(problems) => {
                let told: Vec<String> = problems
                    .0
                    .iter()
                    .map(|problem| format!("{}: {}", problem.path, problem.message))
                    .collect();
                told.join(" ")
            }
        }
    }
}

/// Whether anything may start the job, or let a run of it begin again.
///
/// # Errors
/// It is disabled or deleted.
pub fn may_start(job: &Job) -> Result<(), Refusal> {
    if job.is_deleted || !job.is_enabled {
        let how = if job.is_deleted { "deleted" } else { "disabled" };
        return Err(Refusal::Off(format!("The job `{}` is {how}.", job.name)));
    }
    Ok(())
}

/// Queues a run of a job in its newest version.
///
/// # Errors
/// The store's.
pub async fn start_job(
    unit: &mut UnitOfWork,
    ids: &dyn IdSource,
    job: &Job,
    start: Start<'_>,
) -> Result<Result<JobExecution, Refusal>, StoreError> {
    if let Err(refusal) = may_start(job) {
        return Ok(Err(refusal));
    }
    let parameters = match parameters::resolve(job, start.parameters, unit.now()) {
        Ok(parameters) => parameters,
        Err(problems) => return Ok(Err(Refusal::Parameters(problems))),
    };
    let mut execution = JobExecution::new(NewExecution {
        id: JobExecutionId(ids.new_id()),
        job_id: job.id,
        job_version_number: job.current_version,
        triggered_by: start.triggered_by,
        parameters,
        priority: job.priority,
        retry_of: None,
        trigger_key: start.trigger_key,
        now: unit.now(),
    });
    execution.chain_execution_id = start.chain_execution_id;
    match unit.enqueue(&execution).await {
        Ok(queued) => Ok(Ok(queued)),
        Err(StoreError::AlreadyTriggered { .. }) => Ok(Err(Refusal::Already)),
        Err(error) => Err(error),
    }
}

/// Stores a run of a chain, which goes on from there by itself.
///
/// # Errors
/// The store's.
pub async fn start_chain(
    unit: &mut UnitOfWork,
    ids: &dyn IdSource,
    chain: &JobChain,
    start: Start<'_>,
) -> Result<Result<ChainExecution, Refusal>, StoreError> {
    if chain.is_deleted || !chain.is_enabled {
        let how = if chain.is_deleted { "deleted" } else { "disabled" };
        return Ok(Err(Refusal::Off(format!("The chain `{}` is {how}.", chain.name))));
    }
    let begin = NewChainExecution {
        id: ChainExecutionId(ids.new_id()),
        triggered_by: start.triggered_by,
        parameters: start.parameters.clone(),
        trigger_key: start.trigger_key,
        now: unit.now(),
    };
    let execution = ChainExecution::new(chain, begin, || ChainMemberExecutionId(ids.new_id()))
        .map_err(|error| StoreError::Damaged { what: format!("chain `{}`: {error}", chain.name) })?;
    match unit.insert_chain_execution(&execution).await {
        Ok(()) => Ok(Ok(execution)),
        Err(StoreError::AlreadyTriggered { .. }) => Ok(Err(Refusal::Already)),
        Err(error) => Err(error),
    }
}
