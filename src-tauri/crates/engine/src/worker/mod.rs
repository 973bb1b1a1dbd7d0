//! Runs one claimed execution: its steps in order, a checkpoint after each, and what a failure means.
//!
//! Every write carries the lease. A write that is refused because another node holds the execution now ends the work
//! at once and silently; an unavailable store is waited for. Invariant: a step counts as finished only together with
//! its outputs, proofs and receipts, in one unit of work.

mod blocks;
mod each;
mod frame;
mod lineage;
mod record;
mod resume;
mod step;

pub(crate) use frame::KeptFiles;

use crate::context::Services;
use crate::error::StepError;
use crate::roots::Roots;
use crate::scope::RunFacts;
use crate::sessions::Sessions;
use crate::stop::{Stop, StopReason};
use crate::workspace::Workspace;
use crate::{steps, triggers, workspace};
use courier_domain::execution::{JobContext, JobExecution, TriggerKind};
use courier_domain::job::blocks::{self as tree, Node};
use courier_domain::job::{FailurePolicy, JobDraft, JobStep, steps_of_snapshot};
use courier_domain::step::StepType;
use courier_domain::template::Known;
use courier_domain::{ErrorCode, setting};
use courier_store::{Lease, LogLevel, Outcome as RunOutcome, StoreError};
use frame::Frame;
use record::Unwritten;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// Works on an execution until it ends, pauses, or is somebody else's.
pub(crate) async fn work(services: Arc<Services>, execution: JobExecution, stop: Stop) {
    let id = execution.id;
    let Some(lease) = Lease::of(&execution) else { return };
    let sessions = Arc::new(Sessions::new(stop.token().clone()));
    let mut run = Run {
        services: services.clone(),
        lease,
        execution,
        stop,
        sessions: sessions.clone(),
        unwritten: Mutex::default(),
        writing: tokio::sync::Mutex::default(),
        reached_out: AtomicBool::new(false),
        has_loops: false,
    };
    match run.drive().await {
        Ok(()) => {}
        Err(error) if error.code() == ErrorCode::LeaseLost => {
            tracing::info!(execution = %id, "another node has taken the run over");
        }
        // Nothing of the run was read or written, so it goes on from its checkpoint.
        Err(error) if error.code() == ErrorCode::StoreUnavailable => {
            tracing::warn!(execution = %id, %error, "the store is away; the run is given back when it is there again");
            run.hand_back().await;
        }
        Err(error) => {
            tracing::error!(execution = %id, %error, "a run could not be recorded");
            run.end_unrecorded(&error).await;
        }
    }
    sessions.close(&services).await;
    services.hub.forget(id);
}

/// A store that cannot be reached is no failure of the job: nothing is written, and the run goes on from its checkpoint
/// when the store is back. Any other error comes back.
fn store_is_away(mut error: StepError) -> Result<StepError, StoreError> {
    if error.code == ErrorCode::StoreUnavailable
        && let Some(cause) = error.cause.take()
    {
        match cause.downcast::<StoreError>() {
            Ok(store) => return Err(*store),
            Err(cause) => error.cause = Some(cause),
        }
    }
    Ok(error)
}

struct Run {
    services: Arc<Services>,
    lease: Lease,
    execution: JobExecution,
    stop: Stop,
    /// The job's own; iterations that go on beside each other have theirs.
    sessions: Arc<Sessions>,
    unwritten: Mutex<Unwritten>,
    writing: tokio::sync::Mutex<()>,
    /// A step began that may have left something unfinished beside a destination.
    reached_out: AtomicBool,
    has_loops: bool,
}

/// A run's definition.
struct Plan {
    draft: JobDraft,
    steps: Vec<JobStep>,
    nodes: Vec<Node>,
    facts: RunFacts,
    workspace: Workspace,
}

impl Plan {
    /// What holds when the step fails: its own policy, or the job's.
    fn policy<'a>(&'a self, step: &'a JobStep) -> &'a FailurePolicy {
        step.failure_policy.as_ref().unwrap_or(&self.draft.failure_policy)
    }
}

/// Where a run goes after a step or a block.
#[derive(Debug)]
enum Flow {
    Go,
    /// Begin again from the first step, after the policy's delay.
    Restart(Again),
    End(RunOutcome),
}

/// A retry that waits for its time.
#[derive(Debug)]
struct Again {
    alias: String,
    policy: FailurePolicy,
    /// 1 is the first.
    retry: u32,
}

impl Run {
    async fn drive(&mut self) -> Result<(), StoreError> {
        match self.prepare().await {
            Ok((mut plan, mut frame)) => {
                let outcome = self.steps(&mut plan, &mut frame).await?;
                self.finish(outcome, Some(&frame.context)).await
            }
            Err(error) if error.code == ErrorCode::LeaseLost => {
                Err(StoreError::LeaseLost { execution_id: self.execution.id })
            }
            Err(error) => {
                let error = store_is_away(error)?;
                self.log(LogLevel::Error, None, error.message.clone());
                self.finish(failed(&error), None).await
            }
        }
    }

    async fn prepare(&mut self) -> Result<(Plan, Frame), StepError> {
        let mut session = self.services.store.read().await?;
        let (job, number) = (self.execution.job_id, self.execution.job_version_number);
        let (version, allowed) = session.job_version_and_setting(job, number, setting::ALLOWED_ROOTS).await?;
        // Only holders write rows of steps, and the first one has not written any.
        let rows = match self.execution.epoch {
            1 => Vec::new(),
            _ => session.steps_outside_loops(self.execution.id).await?,
        };
        let monitor = match is_from_outside(&self.execution) {
            true => session.run_trigger(self.execution.id).await?,
            false => None,
        };
        drop(session);
        let unreadable = |cause: Box<dyn std::error::Error + Send + Sync>| StepError {
            code: ErrorCode::Internal,
            message: format!("Version {} of the job cannot be read.", version.version_number),
            cause: Some(cause),
        };
        let (draft, steps) = steps_of_snapshot(self.execution.job_id, &version.config_snapshot)
            .map_err(|error| unreadable(Box::new(error)))?;
        let types: Vec<_> = steps.iter().map(|step| step.type_key.parse().ok()).collect();
        self.has_loops = types.contains(&Some(StepType::FlowForEach));
        let nodes = tree::parse(&types).map_err(|problems| unreadable(Box::new(problems)))?;
        let mut context: JobContext =
            serde_json::from_str(&self.execution.context_snapshot).unwrap_or_default();
        if context.params.is_empty() {
            context.params = self.execution.parameters.clone();
        }
        let chain = match self.execution.chain_execution_id {
            Some(chain) => {
                let mut session = self.services.store.read().await?;
                let known = triggers::chains::facts(&mut session, chain, self.execution.id).await?;
                Some(Known::from(&known))
            }
            None => None,
        };
        let facts = RunFacts {
            job_id: self.execution.job_id.to_string(),
            job_name: draft.name.clone(),
            job_version: version.version_number,
            execution_id: self.execution.id.to_string(),
            triggered_by: self.execution.triggered_by.clone(),
            started_at: self.execution.started_at.unwrap_or_else(|| self.services.clock.now()),
            attempt: self.execution.attempt,
            time_zone: draft.time_zone.clone(),
            params: Known::from(&context.params),
            chain,
            monitor: monitor
                .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
                .map(|facts| Known::from(&facts)),
        };
        let (root, id) = (self.services.workspaces.clone(), self.execution.id);
        let opened = tokio::task::spawn_blocking(move || {
            let folder = workspace::open(&root, id)?;
            Ok(Workspace { roots: Roots::of(&allowed, &folder)?, folder })
        });
        let workspace = opened
            .await
            .unwrap_or_else(|error| Err(StepError::new(ErrorCode::Internal, error.to_string())))?;
        let plan = Plan { draft, steps, nodes, facts, workspace };
        let mut frame = Frame::of_job(context, rows);
        // One that begins behind its first step relies on files that another run made.
        let begins_late = self.execution.epoch == 1 && !frame.context.finished.is_empty();
        if self.execution.epoch > 1 || begins_late {
            self.take_up(&plan, &mut frame).await?;
            let from = if begins_late { "with what an earlier run made" } else { "from the last checkpoint" };
            self.log(LogLevel::Info, None, format!("Going on {from}."));
        }
        Ok((plan, frame))
    }

    async fn steps(&mut self, plan: &mut Plan, frame: &mut Frame) -> Result<RunOutcome, StoreError> {
        loop {
            match self.block(plan, &plan.nodes, frame, &self.sessions).await? {
                Flow::Go => return Ok(RunOutcome::Completed { had_skips: frame.context.had_skips }),
                Flow::End(outcome) => return Ok(outcome),
                Flow::Restart(again) => {
                    self.wait_before_retry(&again).await;
                    if let Some(outcome) = self.stopped() {
                        return Ok(outcome);
                    }
                    self.restart(plan, frame).await?;
                }
            }
        }
    }

    /// Begins the run anew in a clean workspace, as its next attempt. Only what exists nowhere else stays in it.
    async fn restart(&mut self, plan: &mut Plan, frame: &mut Frame) -> Result<(), StoreError> {
        frame.forget();
        let snapshot = frame.context.to_snapshot();
        let mut unit = self.services.store.begin("system").await?;
        unit.retry_whole_job(&self.lease, &snapshot).await?;
        unit.commit().await?;
        self.execution.attempt += 1;
        plan.facts.attempt = self.execution.attempt;
        let keep = self.taken_from_servers(plan).await?;
        let (root, id) = (self.services.workspaces.clone(), self.execution.id);
        let cleaned = tokio::task::spawn_blocking(move || workspace::clean(&root, id, &keep)).await;
        if let Ok(Err(error)) = cleaned {
            tracing::warn!(%error, "a clean folder for the next attempt could not be made");
        }
        Ok(())
    }

    /// What the run has fetched and taken away from its server: cleaning it up would lose it.
    async fn taken_from_servers(&self, plan: &Plan) -> Result<HashSet<PathBuf>, StoreError> {
        let mut session = self.services.store.read().await?;
        let mut taken = HashSet::new();
        for step in plan.steps.iter().filter(|step| step.type_key.ends_with(".download")) {
            taken
                .extend(steps::taken_away(&session.intents(self.execution.id, step.step_order, None).await?));
        }
        Ok(taken)
    }

    fn stopped(&self) -> Option<RunOutcome> {
        match self.stop.reason()? {
            StopReason::Cancel => Some(RunOutcome::Cancelled),
            StopReason::Pause => Some(RunOutcome::Paused),
            StopReason::Shutdown => Some(RunOutcome::Paused),
            StopReason::LeaseLost => None,
        }
    }

    fn log(&self, level: LogLevel, step: Option<&str>, message: String) {
        self.services.log.line(self.execution.id, level, step, None, message);
    }
}

/// Whether a monitor may have told the run something: it, the run that this one does again, or its chain's.
fn is_from_outside(execution: &JobExecution) -> bool {
    execution.triggered_by.starts_with(TriggerKind::Monitor.as_str())
        || execution.retry_of.is_some()
        || execution.chain_execution_id.is_some()
}

fn failed(error: &StepError) -> RunOutcome {
    RunOutcome::Failed { code: error.code, message: error.message.clone() }
}
