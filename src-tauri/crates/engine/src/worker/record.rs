//! What a run writes: step rows and receipts, together with the context that they change.
//!
//! Rows are gathered and written with the next write, so that one unit of work holds the end of a step and the beginning
//! of the next. An unavailable store is waited for.

use super::Run;
use super::frame::Frame;
use crate::maintenance;
use crate::run_log::End;
use crate::stop::StopReason;
use crate::triggers::dependencies;
use courier_domain::execution::{JobContext, StepEvent, StepExecution};
use courier_domain::passage::Passage;
use courier_domain::receipt::Receipt;
use courier_domain::{ErrorCode, StepExecutionId};
use courier_store::{Checkpoint, LogLevel, Outcome as RunOutcome, StoreError};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

/// Between attempts to reach a store that is away.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Rows that are gathered at most.
const MOST_ROWS: usize = 200;

/// Step rows, receipts and passages of files that the next write takes along.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    steps: Vec<StepExecution>,
    /// Rows of which not even their beginning is written.
    begun: Vec<StepExecutionId>,
    receipts: Vec<Receipt>,
    passages: Vec<Passage>,
}

impl Unwritten {
    /// A row has one place: a newer state takes the older one's.
    fn put(&mut self, row: StepExecution) {
        match self.steps.iter_mut().find(|known| known.id == row.id) {
            Some(known) => {
                if !self.begun.contains(&row.id) && row.state.is_terminal() {
                    self.begun.push(row.id);
                }
                *known = row;
            }
            None => self.steps.push(row),
        }
    }
}

impl Run {
    fn unwritten(&self) -> MutexGuard<'_, Unwritten> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a row into the next write.
    pub(super) fn keep(&self, row: StepExecution) {
        self.unwritten().put(row);
    }

    pub(super) fn keep_receipts(&self, receipts: Vec<Receipt>) {
        self.unwritten().receipts.extend(receipts);
    }

    pub(super) fn keep_passages(&self, passages: Vec<Passage>) {
        self.unwritten().passages.extend(passages);
    }

    pub(super) fn advance(&self, row: &mut StepExecution, event: StepEvent) -> Result<(), StoreError> {
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

    /// Writes what is unwritten, and the context where the frame is the job's; waits while the store is away.
    pub(super) async fn write(&self, frame: &Frame) -> Result<(), StoreError> {
        self.write_with(frame.loop_id.is_none().then(|| frame.context.to_snapshot())).await
    }

    /// Writes what is unwritten; the context stays as it is.
    pub(super) async fn write_rows(&self) -> Result<(), StoreError> {
        self.write_with(None).await
    }

    async fn write_with(&self, snapshot: Option<String>) -> Result<(), StoreError> {
        // One after the other: what one iteration did must not be written after what it did next.
        let _turn = self.writing.lock().await;
        let unwritten = std::mem::take(&mut *self.unwritten());
        let mut wait = FIRST_WAIT;
        loop {
            match self.write_once(&unwritten, snapshot.as_deref()).await {
                Ok(()) => return Ok(()),
                Err(error) => self.wait_for_store(error, &mut wait).await?,
            }
        }
    }

    /// Writes when much is gathered.
    pub(super) async fn write_much(&self, frame: &Frame) -> Result<(), StoreError> {
        let much = self.unwritten().steps.len() >= MOST_ROWS;
        if much { self.write(frame).await } else { Ok(()) }
    }

    async fn write_once(&self, unwritten: &Unwritten, snapshot: Option<&str>) -> Result<(), StoreError> {
        let mut unit = self.services.store.begin("system").await?;
        let checkpoint =
            Checkpoint { steps: &unwritten.steps, begun: &unwritten.begun, context_snapshot: snapshot };
        unit.checkpoint(&self.lease, &checkpoint).await?;
        for receipt in &unwritten.receipts {
            unit.insert_receipt(&self.lease, receipt).await?;
        }
        unit.insert_passages_of_run(&self.lease, &unwritten.passages).await?;
        unit.commit().await
    }

    pub(super) async fn finish(
        &self,
        outcome: RunOutcome,
        context: Option<&JobContext>,
    ) -> Result<(), StoreError> {
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
        let unwritten = std::mem::take(&mut *self.unwritten());
        let keep = matches!(outcome, RunOutcome::Failed { .. } | RunOutcome::Paused);
        let end = Arc::new(End {
            lease: self.lease,
            outcome,
            steps: unwritten.steps,
            begun: unwritten.begun,
            receipts: unwritten.receipts,
            passages: unwritten.passages,
            context_snapshot: context.map(JobContext::to_snapshot),
            has_loops: self.has_loops,
        });
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.services.log.end(end.clone()).await {
            self.wait_for_store(error, &mut wait).await?;
        }
        if !keep {
            // The end was taken under this epoch, so it is the newest. What an earlier holder did is not known here.
            let (id, epoch) = (self.execution.id, self.lease.epoch);
            if epoch > 1 || self.reached_out.load(Ordering::Relaxed) {
                maintenance::give_up(&self.services, id, epoch).await?;
            } else {
                maintenance::remove_workspace(&self.services, id).await;
            }
        }
        Ok(())
    }

    /// Ends a run of which the store refuses what it would write: done again, it would be refused again.
    pub(super) async fn end_unrecorded(&self, error: &StoreError) {
        self.stop.press(StopReason::LeaseLost);
        let message = format!("What the run came to could not be recorded: {error}");
        let end = End {
            lease: self.lease,
            outcome: RunOutcome::Failed { code: ErrorCode::Internal, message },
            steps: Vec::new(),
            begun: Vec::new(),
            receipts: Vec::new(),
            passages: Vec::new(),
            context_snapshot: None,
            has_loops: self.has_loops,
        };
        if let Err(error) = self.services.log.end(Arc::new(end)).await {
            tracing::error!(execution = %self.execution.id, %error, "nor could that it failed; it will be rescued");
        }
    }

    /// Gives the run back to the queue as soon as the store takes it, unless it is somebody else's by then.
    pub(super) async fn hand_back(&self) {
        // What still works on a thread of its own ends.
        self.stop.press(StopReason::LeaseLost);
        let mut wait = FIRST_WAIT;
        loop {
            let handed = async {
                let mut unit = self.services.store.begin("system").await?;
                let back = unit.hand_back(&self.lease).await?;
                dependencies::runs_ended(&mut unit, &*self.services.ids, back.as_slice()).await?;
                unit.commit().await
            };
            match handed.await {
                Ok(()) => return,
                Err(error) if error.code() == ErrorCode::StoreUnavailable => {
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Err(error) => {
                    tracing::warn!(execution = %self.execution.id, %error, "the run was not given back; it will be rescued");
                    return;
                }
            }
        }
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
}
