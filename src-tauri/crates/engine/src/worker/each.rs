//! `flow.foreach`: its iterations, one after the other or some at once, each with a frame of its own.
//!
//! An iteration is over when the row of the loop's end says so, which also proves the files that it left; so a loop that
//! goes on does only what is not over, and what was done is written once, however long the loop is. Invariant: nothing
//! of an iteration is in the run's context before the whole loop is over.

use super::frame::{Frame, Outer};
use super::step::After;
use super::{Flow, Plan, Run, resume, store_is_away};
use crate::attempt::step_type;
use crate::error::StepError;
use crate::scope;
use crate::sessions::Sessions;
use courier_domain::execution::{FileProof, LoopMark, ResumeData, StepEvent, StepExecution};
use courier_domain::job::blocks::Node;
use courier_domain::job::{FailurePolicyType, JobStep};
use courier_domain::step::{FlowForEach, StepParams};
use courier_domain::{ErrorCode, LoopId};
use courier_store::{LogLevel, Outcome as RunOutcome, StoreError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A loop under way; what its iterations share.
struct Looping<'a> {
    step: &'a JobStep,
    body: &'a [Node],
    end: &'a JobStep,
    mark: LoopMark,
    items: Vec<Value>,
    outer: Arc<Outer>,
    path: String,
    /// Rows of iterations may be there already.
    goes_on: bool,
    left: Mutex<Left>,
}

/// What the iterations leave.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// The first item that nobody has taken.
    next: u64,
    /// Iterations that were over when the loop went on.
    pub(super) over: HashSet<u64>,
    pub(super) files: Vec<FileProof>,
    pub(super) consumed: HashSet<PathBuf>,
    pub(super) bytes: i64,
    pub(super) skipped: u64,
    pub(super) had_skips: bool,
    /// Why no further one begins.
    halt: Option<Flow>,
}

impl Looping<'_> {
    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next item that is to be done.
    fn take(&self) -> Option<u64> {
        let mut left = self.left();
        if left.halt.is_some() {
            return None;
        }
        loop {
            let index = left.next;
            if index >= self.mark.count {
                return None;
            }
            left.next += 1;
            if !left.over.contains(&index) {
                return Some(index);
            }
        }
    }
}

impl Run {
    /// Does a loop until it is over or the run leaves it.
    pub(super) async fn each(
        &self,
        plan: &Plan,
        step: &JobStep,
        (body, end): (&[Node], &JobStep),
        frame: &mut Frame,
        sessions: &Arc<Sessions>,
    ) -> Result<Flow, StoreError> {
        if frame.is_over(step) {
            return Ok(Flow::Go);
        }
        let had_rows = frame.was_tried(step);
        let mut row = self.begin(step, frame).await?;
        let (params, mark) = match self.begin_loop(plan, step, end, frame, had_rows).await {
            Ok(begun) => begun,
            Err(error) => return self.left_behind(plan, step, frame, row, error).await,
        };
        let goes_on = frame.context.loops.insert(step.step_order, mark.clone()).is_some();
        if mark.first_attempt > 0 {
            frame.context.begun_anew.insert(step.step_order, mark.first_attempt);
        }
        row.resume_data = frame.loop_id.and(begun(&mark));
        self.keep(row.clone());
        self.write(frame).await?;
        let at_once = params.concurrency;
        let looping = Looping {
            step,
            body,
            end,
            items: params.source.0,
            outer: frame.as_outer(step),
            path: frame.path.clone(),
            goes_on,
            left: Mutex::default(),
            mark,
        };
        if goes_on {
            match resume::iterations(self, plan, &looping.mark, body, end).await {
                Ok(left) => *looping.left() = left,
                Err(error) => return self.left_behind(plan, step, frame, row, error).await,
            }
        }
        let todo = looping.mark.count - looping.left().over.len() as u64;
        self.log(
            LogLevel::Info,
            Some(&step.alias),
            format!("{}: {todo} of {} items to do.", step.name, looping.mark.count),
        );
        if at_once > 1 {
            let lanes = (0..todo.min(u64::from(at_once))).map(|_| async {
                // A session that fails is closed; it must not be another iteration's.
                let sessions = Arc::new(Sessions::new(self.stop.token().clone()));
                let done = self.lane(plan, &looping, &sessions).await;
                sessions.close(&self.services).await;
                done
            });
            futures::future::try_join_all(lanes).await?;
        } else {
            self.lane(plan, &looping, sessions).await?;
        }
        let count = looping.mark.count;
        let left = looping.left.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.end_loop(plan, step, frame, row, (count, left)).await
    }

    /// What the loop goes through, and how it began: now, or before the run stopped.
    async fn begin_loop(
        &self,
        plan: &Plan,
        step: &JobStep,
        end: &JobStep,
        frame: &Frame,
        had_rows: bool,
    ) -> Result<(FlowForEach, LoopMark), StepError> {
        let scope = frame.scope(&plan.facts, self.services.clock.now());
        let resolved = scope::resolve(step_type(step)?, &step.configuration, &scope)?;
        let StepParams::FlowForEach(params) = resolved.params else {
            return Err(StepError::new(ErrorCode::Internal, format!("{} is no loop.", step.name)));
        };
        let count = params.source.0.len() as u64;
        let sha256 = fingerprint(&params.source.0)?;
        if let Some(known) = frame.context.loops.get(&step.step_order) {
            if (known.count, &known.sha256) == (count, &sha256) {
                return Ok((params, known.clone()));
            }
            return Err(StepError::new(
                ErrorCode::SourceChanged,
                format!(
                    "The list that {} goes through is another one than when it began ({} items then, {count} now), so nobody can tell which are done. Start a new run.",
                    step.name, known.count
                ),
            ));
        }
        let first_attempt = if had_rows {
            let mut session = self.services.store.read().await?;
            let newest =
                session.newest_attempt(self.execution.id, step.step_order + 1, end.step_order).await?;
            newest.map_or(frame.first_attempt, |newest| newest + 1)
        } else {
            frame.first_attempt
        };
        let id = LoopId(self.services.ids.new_id());
        Ok((params, LoopMark { id, count, sha256, first_attempt }))
    }

    /// Does items until none is left or one of them stops the loop.
    async fn lane(
        &self,
        plan: &Plan,
        looping: &Looping<'_>,
        sessions: &Arc<Sessions>,
    ) -> Result<(), StoreError> {
        while let Some(index) = looping.take() {
            let flow = self.iteration(plan, looping, index, sessions).await?;
            match flow {
                Flow::Go => {}
                Flow::Restart(_) | Flow::End(_) => {
                    looping.left().halt.get_or_insert(flow);
                }
            }
        }
        Ok(())
    }

    async fn iteration(
        &self,
        plan: &Plan,
        looping: &Looping<'_>,
        index: u64,
        sessions: &Arc<Sessions>,
    ) -> Result<Flow, StoreError> {
        let item = usize::try_from(index).ok().and_then(|at| looping.items.get(at)).cloned();
        let of = (looping.mark.id, looping.mark.first_attempt);
        let mut frame =
            Frame::of_iteration(&looping.outer, &looping.path, index, item.unwrap_or(Value::Null), of);
        if looping.goes_on
            && let Err(error) = resume::iteration(self, plan, &mut frame, (looping.body, looping.end)).await
        {
            let error = store_is_away(error)?;
            return self.failed_iteration(plan, looping, frame, (error.code, error.message), index);
        }
        match self.block(plan, looping.body, &mut frame, sessions).await? {
            Flow::Go => {
                let mut row = frame.next_row(looping.end, self.execution.id, &*self.services.ids);
                self.advance(&mut row, StepEvent::Start)?;
                row.started_at = Some(self.services.clock.now());
                self.advance(&mut row, StepEvent::Complete)?;
                self.over(looping, frame, row);
                Ok(Flow::Go)
            }
            Flow::End(RunOutcome::Failed { code, message }) => {
                self.failed_iteration(plan, looping, frame, (code, message), index)
            }
            left @ (Flow::Restart(_) | Flow::End(_)) => Ok(left),
        }
    }

    /// Under "skip and continue" the next item has its turn; else the loop fails.
    fn failed_iteration(
        &self,
        plan: &Plan,
        looping: &Looping<'_>,
        mut frame: Frame,
        (code, message): (ErrorCode, String),
        index: u64,
    ) -> Result<Flow, StoreError> {
        match plan.policy(looping.step).policy_type {
            FailurePolicyType::SkipAndContinue => {
                let mut row = frame.next_row(looping.end, self.execution.id, &*self.services.ids);
                self.advance(&mut row, StepEvent::Skip)?;
                row.error_code = Some(code);
                row.error_message = Some(message);
                frame.context.had_skips = true;
                looping.left().skipped += 1;
                self.over(looping, frame, row);
                Ok(Flow::Go)
            }
            FailurePolicyType::Stop | FailurePolicyType::RetryStep | FailurePolicyType::RetryJob => {
                let message = format!("Item {} of {}: {message}", index + 1, looping.mark.count);
                Ok(Flow::End(RunOutcome::Failed { code, message }))
            }
        }
    }

    /// Takes the end of an iteration into the next write, and what it left into the loop.
    fn over(&self, looping: &Looping<'_>, frame: Frame, mut row: StepExecution) {
        let consumed = frame.consumed.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let data = ResumeData {
            files: frame.context.files.clone(),
            consumed,
            begun: None,
            had_skips: frame.context.had_skips,
            bytes: (frame.bytes > 0).then_some(frame.bytes),
        };
        row.resume_data = data.to_text();
        self.keep(row);
        let mut left = looping.left();
        left.files.extend(frame.context.files);
        left.consumed.extend(frame.consumed);
        left.bytes = left.bytes.saturating_add(frame.bytes);
        left.had_skips |= frame.context.had_skips;
    }

    async fn end_loop(
        &self,
        plan: &Plan,
        step: &JobStep,
        frame: &mut Frame,
        mut row: StepExecution,
        (count, left): (u64, Left),
    ) -> Result<Flow, StoreError> {
        frame.context.had_skips |= left.had_skips;
        match left.halt {
            None => {}
            Some(Flow::End(RunOutcome::Failed { code, message })) => {
                let error = StepError::new(code, message);
                // Iterations that were over stay so: the loop goes on with the others when the run is resumed.
                return self.left_behind(plan, step, frame, row, error).await;
            }
            Some(Flow::End(outcome)) => return Ok(Flow::End(outcome)),
            Some(again @ Flow::Restart(_)) => {
                row.error_message = Some("An item of the loop made the run begin anew.".into());
                row.error_code = Some(ErrorCode::Cancelled);
                self.advance(&mut row, StepEvent::Fail)?;
                self.keep(row);
                self.write(frame).await?;
                return Ok(again);
            }
            Some(Flow::Go) => {}
        }
        row.resume_data = frame.resume_data(left.files.clone(), &left.consumed);
        frame.absorb(left.files, &left.consumed, left.had_skips);
        frame.bytes = frame.bytes.saturating_add(left.bytes);
        let Value::Object(outputs) = json!({ "count": count, "skipped": left.skipped }) else {
            return Ok(Flow::Go);
        };
        row.output_data = Some(Value::Object(outputs.clone()).to_string());
        row.bytes_processed = (left.bytes > 0).then_some(left.bytes);
        self.advance(&mut row, StepEvent::Complete)?;
        frame.hand_on(step, outputs);
        frame.context.finished.insert(step.step_order);
        frame.context.loops.remove(&step.step_order);
        let took = row.duration_ms.unwrap_or(0);
        let line =
            format!("{} completed after {took} ms: {count} items, {} skipped.", step.name, left.skipped);
        self.log(LogLevel::Info, Some(&step.alias), line);
        self.keep(row);
        Ok(Flow::Go)
    }

    /// The loop fails as a step does; trying again at once is the business of the steps inside.
    async fn left_behind(
        &self,
        plan: &Plan,
        step: &JobStep,
        frame: &mut Frame,
        row: StepExecution,
        error: StepError,
    ) -> Result<Flow, StoreError> {
        let error = store_is_away(error)?;
        match self.failed_step(plan, step, frame, row, error, u32::MAX).await? {
            After::Over | After::Again => Ok(Flow::Go),
            After::Leave(flow) => Ok(flow),
        }
    }
}

fn begun(mark: &LoopMark) -> Option<String> {
    ResumeData { begun: Some(mark.clone()), ..ResumeData::default() }.to_text()
}

/// SHA-256 of a list as JSON, lower-case hex.
fn fingerprint(items: &[Value]) -> Result<String, StepError> {
    struct Hasher(Sha256);
    impl std::io::Write for Hasher {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hasher = Hasher(Sha256::new());
    serde_json::to_writer(&mut hasher, items)
        .map_err(|error| StepError::new(ErrorCode::Internal, error.to_string()))?;
    Ok(hex::encode(hasher.0.finalize()))
}
