//! Runs one claimed execution: its steps in order, a checkpoint after each, and what a failure means.
//!
//! Every write carries the lease. A write that is refused because another node holds the execution now ends the work
//! at once and silently; an unavailable store is waited for. Invariant: a step counts as finished only together with
//! its outputs, proofs and receipts, in one unit of work.

use crate::attempt::{self, Ended};
use crate::context::{Outcome, Services, StepContext};
use crate::error::StepError;
use crate::progress::StepProgress;
use crate::roots::Roots;
use crate::scope::RunFacts;
use crate::sessions::Sessions;
use crate::stop::{Stop, StopReason};
use crate::workspace::Workspace;
use crate::{maintenance, resume, steps, workspace};
use courier_domain::execution::{JobContext, JobExecution, StepEvent, StepExecution, StepExecutionState};
use courier_domain::job::{FailurePolicy, FailurePolicyType, JobDraft, JobStep, steps_of_snapshot};
use courier_domain::receipt::Receipt;
use courier_domain::{ErrorCode, StepExecutionId, setting};
use courier_store::{Checkpoint, Ending, Lease, LogLevel, Outcome as RunOutcome, StoreError};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Between attempts to reach a store that is away.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

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
        unwritten: Unwritten::default(),
    };
    match run.drive().await {
        Ok(()) => {}
        Err(error) if error.code() == ErrorCode::LeaseLost => {
            tracing::info!(execution = %id, "another node has taken the run over");
        }
        Err(error) => {
            tracing::error!(execution = %id, %error, "a run could not be recorded; it will be rescued")
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

/// Step rows and receipts that the next write takes along.
#[derive(Debug, Default)]
struct Unwritten {
    steps: Vec<StepExecution>,
    receipts: Vec<Receipt>,
}

struct Run {
    services: Arc<Services>,
    lease: Lease,
    execution: JobExecution,
    stop: Stop,
    sessions: Arc<Sessions>,
    unwritten: Unwritten,
}

/// A run's definition and what it knows so far.
struct Plan {
    draft: JobDraft,
    steps: Vec<JobStep>,
    facts: RunFacts,
    workspace: Workspace,
    context: JobContext,
    rows: Vec<StepExecution>,
}

/// What to do after a step's attempt.
enum Next {
    Go,
    /// Begin again from the first step.
    Restart,
    End(RunOutcome),
}

impl Run {
    async fn drive(&mut self) -> Result<(), StoreError> {
        match self.prepare().await {
            Ok(mut plan) => {
                let outcome = self.steps(&mut plan).await?;
                self.finish(outcome, Some(&plan.context)).await
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

    async fn prepare(&mut self) -> Result<Plan, StepError> {
        let mut session = self.services.store.read().await?;
        let version = session.job_version(self.execution.job_id, self.execution.job_version_number).await?;
        let rows = session.step_executions(self.execution.id).await?;
        drop(session);
        let (draft, steps) =
            steps_of_snapshot(self.execution.job_id, &version.config_snapshot).map_err(|error| {
                StepError {
                    code: ErrorCode::Internal,
                    message: format!("Version {} of the job cannot be read.", version.version_number),
                    cause: Some(Box::new(error)),
                }
            })?;
        let mut context: JobContext =
            serde_json::from_str(&self.execution.context_snapshot).unwrap_or_default();
        if context.params.is_empty() {
            context.params = self.execution.parameters.clone();
        }
        let facts = RunFacts {
            job_id: self.execution.job_id.to_string(),
            job_name: draft.name.clone(),
            job_version: version.version_number,
            execution_id: self.execution.id.to_string(),
            triggered_by: self.execution.triggered_by.clone(),
            started_at: self.execution.started_at.unwrap_or_else(|| self.services.clock.now()),
            attempt: self.execution.attempt,
            time_zone: draft.time_zone.clone(),
        };
        let (root, id) = (self.services.workspaces.clone(), self.execution.id);
        let allowed = self.services.store.read().await?.setting(setting::ALLOWED_ROOTS).await?;
        let opened = tokio::task::spawn_blocking(move || {
            let folder = workspace::open(&root, id)?;
            Ok(Workspace { roots: Roots::of(&allowed, &folder)?, folder })
        });
        let workspace = opened
            .await
            .unwrap_or_else(|error| Err(StepError::new(ErrorCode::Internal, error.to_string())))?;
        let mut plan = Plan { draft, steps, facts, workspace, context, rows };
        // One that begins behind its first step relies on files that another run made.
        let begins_late = self.execution.epoch == 1 && !plan.context.finished.is_empty();
        if self.execution.epoch > 1 || begins_late {
            let given = self.given_away(&plan).await?;
            let undone = resume::check_files(&plan.steps, &mut plan.context, &given).await?;
            for line in undone {
                self.log(LogLevel::Warn, None, line);
            }
            let from = if begins_late { "with what an earlier run made" } else { "from the last checkpoint" };
            self.log(LogLevel::Info, None, format!("Going on {from}."));
        }
        Ok(plan)
    }

    async fn steps(&mut self, plan: &mut Plan) -> Result<RunOutcome, StoreError> {
        let mut index = 0;
        let mut tries = 0;
        while let Some(step) = plan.steps.get(index).cloned() {
            if let Some(outcome) = self.stopped() {
                return Ok(outcome);
            }
            if plan.context.finished.contains(&step.step_order) {
                index += 1;
                continue;
            }
            if !step.enabled {
                self.skip_disabled(plan, &step);
                index += 1;
                continue;
            }
            match self.attempt(plan, &step, tries).await? {
                Next::Go if plan.context.finished.contains(&step.step_order) => {
                    (index, tries) = (index + 1, 0)
                }
                Next::Go => tries += 1,
                Next::Restart => (index, tries) = (0, 0),
                Next::End(outcome) => return Ok(outcome),
            }
        }
        Ok(RunOutcome::Completed { had_skips: plan.context.had_skips })
    }

    /// One attempt of one step, from its row to its checkpoint.
    async fn attempt(&mut self, plan: &mut Plan, step: &JobStep, tries: u32) -> Result<Next, StoreError> {
        let mut row = self.begin_row(plan, step)?;
        self.unwritten.steps.push(row.clone());
        self.write(&plan.context).await?;
        self.log(LogLevel::Info, Some(&step.alias), format!("Step {} began.", step.name));

        let context = StepContext {
            services: self.services.clone(),
            lease: self.lease,
            step: step.clone(),
            step_execution: row.id,
            workspace: plan.workspace.clone(),
            cancel: self.stop.token().child_token(),
            stop: self.stop.clone(),
            progress: StepProgress::new(self.services.hub.clone(), self.execution.id, step.step_order),
            sessions: self.sessions.clone(),
            receipts: Mutex::default(),
            results: Mutex::default(),
            consumed: Mutex::default(),
            kept: Arc::new(kept_by_others(&plan.context, &step.alias)),
        };
        let ended = attempt::run(&context, &plan.facts, &plan.context, &self.stop).await;
        self.unwritten.receipts.extend(context.take_receipts());
        let (results, consumed) = (context.take_results(), context.take_consumed());
        plan.context.files.retain(|proof| !is_below(&proof.path, &consumed));
        let results = (!results.is_empty()).then(|| serde_json::json!(results));
        let ended = match ended {
            Ended::Done(mut outcome) => {
                outcome.outputs.extend(results.map(|results| ("results".to_owned(), results)));
                Ended::Done(outcome)
            }
            other => {
                row.output_data =
                    results.map(|results| serde_json::json!({ "results": results }).to_string());
                other
            }
        };
        match ended {
            Ended::Done(outcome) => match context.proofs(&outcome.made).await {
                Ok(proofs) => {
                    plan.context.files.retain(|proof| !is_below(&proof.path, &outcome.consumed));
                    plan.context.files.extend(proofs);
                    self.complete(plan, step, &mut row, outcome);
                    Ok(Next::Go)
                }
                Err(error) => self.failed_step(plan, step, row, store_is_away(error)?, tries).await,
            },
            Ended::Failed(error) if error.code == ErrorCode::LeaseLost => {
                Err(StoreError::LeaseLost { execution_id: self.execution.id })
            }
            Ended::Failed(error) => {
                let error = store_is_away(error)?;
                // A session that failed may be half dead; the next attempt connects anew.
                self.sessions.close(&self.services).await;
                self.failed_step(plan, step, row, error, tries).await
            }
            Ended::Stopped => match self.stopped() {
                Some(outcome) => Ok(Next::End(outcome)),
                None => Err(StoreError::LeaseLost { execution_id: self.execution.id }),
            },
        }
    }

    /// The row of the next attempt: one that was paused or rescued goes on, else a new one.
    fn begin_row(&self, plan: &Plan, step: &JobStep) -> Result<StepExecution, StoreError> {
        let mine = || plan.rows.iter().filter(|r| r.step_order == step.step_order);
        let now = self.services.clock.now();
        let mut row = match mine().find(|r| r.state == StepExecutionState::Pending) {
            Some(pending) => pending.clone(),
            None => StepExecution {
                id: StepExecutionId(self.services.ids.new_id()),
                job_execution_id: self.execution.id,
                job_step_id: step.id,
                step_order: step.step_order,
                state: StepExecutionState::Pending,
                started_at: None,
                completed_at: None,
                duration_ms: None,
                bytes_processed: None,
                output_data: None,
                error_message: None,
                error_stack_trace: None,
                retry_attempt: mine().map(|r| r.retry_attempt + 1).max().unwrap_or(0),
                iteration_path: String::new(),
                error_code: None,
            },
        };
        self.advance(&mut row, StepEvent::Start)?;
        row.started_at = Some(now);
        Ok(row)
    }

    fn advance(&self, row: &mut StepExecution, event: StepEvent) -> Result<(), StoreError> {
        row.state = row.state.apply(event).map_err(|cause| StoreError::InvalidTransition {
            what: format!("step {} of run {}", row.step_order, self.execution.id),
            cause,
        })?;
        if row.state.is_terminal() {
            let now = self.services.clock.now();
            row.completed_at = Some(now);
            row.duration_ms = row.started_at.map(|at| (now - at).num_milliseconds().max(0));
        }
        Ok(())
    }

    fn complete(&mut self, plan: &mut Plan, step: &JobStep, row: &mut StepExecution, outcome: Outcome) {
        row.bytes_processed = outcome.bytes.map(|b| i64::try_from(b).unwrap_or(i64::MAX));
        row.output_data = Some(serde_json::Value::Object(outcome.outputs.clone()).to_string());
        // Running to Completed is always allowed.
        let _ = self.advance(row, StepEvent::Complete);
        plan.context.steps.insert(step.alias.clone(), outcome.outputs);
        plan.context.finished.insert(step.step_order);
        let took = row.duration_ms.unwrap_or(0);
        self.log(LogLevel::Info, Some(&step.alias), format!("Step {} completed after {took} ms.", step.name));
        self.keep(plan, row.clone());
    }

    fn skip_disabled(&mut self, plan: &mut Plan, step: &JobStep) {
        plan.context.finished.insert(step.step_order);
        self.log(LogLevel::Info, Some(&step.alias), format!("Step {} is disabled.", step.name));
        let now = self.services.clock.now();
        let attempts = plan.rows.iter().filter(|r| r.step_order == step.step_order);
        let row = StepExecution {
            id: StepExecutionId(self.services.ids.new_id()),
            job_execution_id: self.execution.id,
            job_step_id: step.id,
            step_order: step.step_order,
            state: StepExecutionState::Skipped,
            started_at: None,
            completed_at: Some(now),
            duration_ms: None,
            bytes_processed: None,
            output_data: None,
            error_message: None,
            error_stack_trace: None,
            retry_attempt: attempts.map(|r| r.retry_attempt + 1).max().unwrap_or(0),
            iteration_path: String::new(),
            error_code: None,
        };
        self.keep(plan, row);
    }

    /// Takes a finished row into the next write.
    fn keep(&mut self, plan: &mut Plan, row: StepExecution) {
        plan.rows.retain(|r| r.id != row.id);
        plan.rows.push(row.clone());
        self.unwritten.steps.push(row);
    }

    async fn failed_step(
        &mut self,
        plan: &mut Plan,
        step: &JobStep,
        mut row: StepExecution,
        error: StepError,
        tries: u32,
    ) -> Result<Next, StoreError> {
        row.error_code = Some(error.code);
        row.error_message = Some(error.message.clone());
        row.error_stack_trace = error.trace();
        self.log(LogLevel::Error, Some(&step.alias), error.message.clone());
        let policy = step.failure_policy.as_ref().unwrap_or(&plan.draft.failure_policy).clone();
        match policy.policy_type {
            FailurePolicyType::SkipAndContinue => {
                self.advance(&mut row, StepEvent::Skip)?;
                plan.context.finished.insert(step.step_order);
                plan.context.had_skips = true;
                self.keep(plan, row);
                return Ok(Next::Go);
            }
            FailurePolicyType::RetryStep if error.is_retryable() && tries < policy.max_retries => {
                self.advance(&mut row, StepEvent::Fail)?;
                self.keep(plan, row);
                self.write(&plan.context).await?;
                self.wait_before_retry(step, &policy, tries + 1).await;
                return Ok(Next::Go);
            }
            FailurePolicyType::RetryJob
                if error.is_retryable()
                    && i64::from(self.execution.attempt) < i64::from(policy.max_retries) =>
            {
                self.advance(&mut row, StepEvent::Fail)?;
                self.keep(plan, row);
                self.write(&plan.context).await?;
                let retry = u32::try_from(self.execution.attempt).unwrap_or(0) + 1;
                self.wait_before_retry(step, &policy, retry).await;
                if let Some(outcome) = self.stopped() {
                    return Ok(Next::End(outcome));
                }
                self.restart(plan).await?;
                return Ok(Next::Restart);
            }
            FailurePolicyType::Stop | FailurePolicyType::RetryStep | FailurePolicyType::RetryJob => {}
        }
        self.advance(&mut row, StepEvent::Fail)?;
        self.keep(plan, row);
        Ok(Next::End(failed(&error)))
    }

    /// Waits as the policy says, with up to a tenth more, or until the run is stopped.
    async fn wait_before_retry(&self, step: &JobStep, policy: &FailurePolicy, retry: u32) {
        let base = Duration::from_secs(policy.backoff_seconds(retry));
        // The last bytes of a UUIDv7 are random.
        let random = self.services.ids.new_id().as_u128() & 0xffff;
        let wait = base + base.mul_f64(0.1 * random as f64 / 65_536.0);
        let text =
            format!("Trying again in {:.1} s ({retry} of {}).", wait.as_secs_f64(), policy.max_retries);
        self.log(LogLevel::Info, Some(&step.alias), text);
        tokio::select! {
            () = self.stop.token().cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    /// Begins the run anew in a clean workspace, as its next attempt. Only what exists nowhere else stays in it.
    async fn restart(&mut self, plan: &mut Plan) -> Result<(), StoreError> {
        plan.context = JobContext { params: plan.context.params.clone(), ..JobContext::default() };
        let snapshot = plan.context.to_snapshot();
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

    /// Local files that an unfinished step has taken away: they are elsewhere, or gone as was wanted.
    async fn given_away(&self, plan: &Plan) -> Result<HashSet<String>, StoreError> {
        let mut session = self.services.store.read().await?;
        let mut given = HashSet::new();
        let unfinished = |step: &&JobStep| !plan.context.finished.contains(&step.step_order);
        for step in plan.steps.iter().filter(unfinished) {
            let intents = session.intents(self.execution.id, step.step_order).await?;
            given.extend(steps::given_away(&step.type_key, &intents));
        }
        Ok(given)
    }

    /// What the run has fetched and taken away from its server: cleaning it up would lose it.
    async fn taken_from_servers(&self, plan: &Plan) -> Result<HashSet<PathBuf>, StoreError> {
        let mut session = self.services.store.read().await?;
        let mut taken = HashSet::new();
        for step in plan.steps.iter().filter(|step| step.type_key.ends_with(".download")) {
            taken.extend(steps::taken_away(&session.intents(self.execution.id, step.step_order).await?));
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

    /// Writes what is unwritten; waits while the store is away.
    async fn write(&mut self, context: &JobContext) -> Result<(), StoreError> {
        let snapshot = context.to_snapshot();
        let unwritten = std::mem::take(&mut self.unwritten);
        let mut wait = FIRST_WAIT;
        loop {
            match self.write_once(&unwritten, &snapshot).await {
                Ok(()) => return Ok(()),
                Err(error) => self.wait_for_store(error, &mut wait).await?,
            }
        }
    }

    async fn write_once(&self, unwritten: &Unwritten, snapshot: &str) -> Result<(), StoreError> {
        let mut unit = self.services.store.begin("system").await?;
        let checkpoint = Checkpoint { steps: &unwritten.steps, context_snapshot: Some(snapshot) };
        unit.checkpoint(&self.lease, &checkpoint).await?;
        for receipt in &unwritten.receipts {
            unit.insert_receipt(&self.lease, receipt).await?;
        }
        unit.commit().await
    }

    async fn finish(&mut self, outcome: RunOutcome, context: Option<&JobContext>) -> Result<(), StoreError> {
        if self.stop.reason() == Some(StopReason::LeaseLost) {
            return Err(StoreError::LeaseLost { execution_id: self.execution.id });
        }
        let (level, line) = match &outcome {
            RunOutcome::Completed { had_skips: false } => (LogLevel::Info, "The run completed.".to_owned()),
            RunOutcome::Completed { had_skips: true } => {
                (LogLevel::Warn, "The run completed; steps were skipped because of errors.".to_owned())
            }
            RunOutcome::Failed { .. } => (LogLevel::Error, "The run failed.".to_owned()),
            RunOutcome::Cancelled => (LogLevel::Warn, "The run was cancelled.".to_owned()),
            RunOutcome::Paused => (LogLevel::Info, "The run is paused.".to_owned()),
        };
        self.log(level, None, line);
        self.services.log.flush().await;
        let unwritten = std::mem::take(&mut self.unwritten);
        let keep = matches!(outcome, RunOutcome::Failed { .. } | RunOutcome::Paused);
        let snapshot = context.map(JobContext::to_snapshot);
        let ending = Ending { outcome, steps: &unwritten.steps, context_snapshot: snapshot.as_deref() };
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.finish_once(&unwritten.receipts, &ending).await {
            self.wait_for_store(error, &mut wait).await?;
        }
        if !keep {
            maintenance::give_up(&self.services, self.execution.id, self.lease.epoch).await?;
        }
        Ok(())
    }

    async fn finish_once(&self, receipts: &[Receipt], ending: &Ending<'_>) -> Result<(), StoreError> {
        let mut unit = self.services.store.begin("system").await?;
        for receipt in receipts {
            unit.insert_receipt(&self.lease, receipt).await?;
        }
        unit.finish(&self.lease, ending).await?;
        unit.commit().await
    }

    /// Waits a little when the store is unavailable; any other error, or a run that is no longer ours, ends the work.
    async fn wait_for_store(&self, error: StoreError, wait: &mut Duration) -> Result<(), StoreError> {
        let lost = self.stop.reason() == Some(StopReason::LeaseLost);
        if lost || error.code() != ErrorCode::StoreUnavailable {
            return Err(error);
        }
        tracing::warn!(%error, "the store is away; the run waits for it");
        tokio::time::sleep(*wait).await;
        *wait = (*wait * 2).min(LONGEST_WAIT);
        Ok(())
    }

    fn log(&self, level: LogLevel, step: Option<&str>, message: String) {
        self.services.log.line(self.execution.id, level, step, None, message);
    }
}

fn kept_by_others(context: &JobContext, alias: &str) -> HashSet<PathBuf> {
    context.files.iter().filter(|file| file.step != alias).map(|file| PathBuf::from(&file.path)).collect()
}

fn failed(error: &StepError) -> RunOutcome {
    RunOutcome::Failed { code: error.code, message: error.message.clone() }
}

fn is_below(path: &str, gone: &[PathBuf]) -> bool {
    gone.iter().any(|gone| std::path::Path::new(path).starts_with(gone))
}
