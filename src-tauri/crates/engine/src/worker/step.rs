//! One step: its attempts, from a row to a checkpoint, and what its failure means.

use super::frame::{Frame, MOST_RESULTS};
use super::lineage;
use super::{Again, Flow, Plan, Run, failed, store_is_away};
use crate::attempt::{self, Ended};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::progress::StepProgress;
use crate::sessions::Sessions;
use courier_domain::ErrorCode;
use courier_domain::execution::{FileProof, StepEvent, StepExecution};
use courier_domain::job::{FailurePolicyType, JobStep};
use courier_domain::passage::Passage;
use courier_domain::receipt::Receipt;
use courier_domain::step::StepType;
use courier_store::{LogLevel, StoreError};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What to do after an attempt.
pub(super) enum After {
    Over,
    /// The same step once more.
    Again,
    Leave(Flow),
}

impl Run {
    /// Does a step until it is over or the run leaves it.
    pub(super) async fn step(
        &self,
        plan: &Plan,
        step: &JobStep,
        frame: &mut Frame,
        sessions: &Arc<Sessions>,
    ) -> Result<Flow, StoreError> {
        if frame.is_over(step) {
            return Ok(Flow::Go);
        }
        if !step.enabled {
            self.log(LogLevel::Info, Some(&step.alias), format!("Step {} is disabled.", step.name));
            self.skip(step, frame);
            return Ok(Flow::Go);
        }
        let mut tries = 0;
        loop {
            match self.attempt(plan, step, frame, sessions, tries).await? {
                After::Over => return Ok(Flow::Go),
                After::Again => tries += 1,
                After::Leave(flow) => return Ok(flow),
            }
            if let Some(outcome) = self.stopped() {
                return Ok(Flow::End(outcome));
            }
        }
    }

    /// One attempt of one step, from its row to its checkpoint.
    async fn attempt(
        &self,
        plan: &Plan,
        step: &JobStep,
        frame: &mut Frame,
        sessions: &Arc<Sessions>,
        tries: u32,
    ) -> Result<After, StoreError> {
        let mut row = self.begin(step, frame).await?;
        let context = StepContext {
            services: self.services.clone(),
            lease: self.lease,
            step: step.clone(),
            step_execution: row.id,
            iteration_path: frame.path.clone(),
            workspace: plan.workspace.clone(),
            cancel: self.stop.token().child_token(),
            stop: self.stop.clone(),
            progress: StepProgress::new(self.services.hub.clone(), self.execution.id, step.step_order),
            sessions: sessions.clone(),
            receipts: Mutex::default(),
            results: Mutex::default(),
            consumed: Mutex::default(),
            kept: frame.kept_by_others(&step.alias),
        };
        let scope = frame.scope(&plan.facts, self.services.clock.now());
        let ended = attempt::run(&context, &scope, &self.stop).await;
        let receipts = context.take_receipts();
        self.keep_receipts(receipts.clone());
        let (results, mut consumed) = (context.take_results(), HashSet::from_iter(context.take_consumed()));
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
        let failure = match ended {
            Ended::Done(outcome) => match self.prove(&context, &outcome, &receipts).await {
                Ok((proofs, passages)) => {
                    consumed.extend(outcome.consumed.iter().cloned());
                    match self.complete(step, frame, &mut row, outcome, (proofs, consumed)) {
                        Ok(()) => {
                            self.keep_passages(passages);
                            self.write_much(frame).await?;
                            return Ok(After::Over);
                        }
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            },
            Ended::Failed(error) if error.code == ErrorCode::LeaseLost => {
                return Err(StoreError::LeaseLost { execution_id: self.execution.id });
            }
            Ended::Failed(error) => {
                // A session that failed may be half dead; the next attempt connects anew.
                sessions.close(&self.services).await;
                row.resume_data = frame.resume_data(Vec::new(), &consumed);
                frame.drop_files(&consumed);
                error
            }
            Ended::Stopped => {
                frame.drop_files(&consumed);
                return match self.stopped() {
                    Some(outcome) => Ok(After::Leave(Flow::End(outcome))),
                    None => Err(StoreError::LeaseLost { execution_id: self.execution.id }),
                };
            }
        };
        self.failed_step(plan, step, frame, row, store_is_away(failure)?, tries).await
    }

    /// What the step's files are, and what they were made of.
    async fn prove(
        &self,
        context: &StepContext,
        outcome: &Outcome,
        receipts: &[Receipt],
    ) -> Result<(Vec<FileProof>, Vec<Passage>), StepError> {
        let proofs = context.proofs(&outcome.made).await?;
        let passages = lineage::passages(context, outcome, &proofs, receipts).await?;
        Ok((proofs, passages))
    }

    /// The row of the next attempt. It is written before anything is done that others can see; a step that only thinks
    /// is written when it is over.
    pub(super) async fn begin(&self, step: &JobStep, frame: &mut Frame) -> Result<StepExecution, StoreError> {
        let mut row = frame.next_row(step, self.execution.id, &*self.services.ids);
        self.advance(&mut row, StepEvent::Start)?;
        row.started_at = Some(self.services.clock.now());
        self.keep(row.clone());
        let only_thinks = match step.type_key.parse::<StepType>() {
            Ok(step_type) => step_type.only_thinks(),
            Err(_) => false,
        };
        if !only_thinks {
            self.reached_out.store(true, Ordering::Relaxed);
            self.write(frame).await?;
        }
        self.log(LogLevel::Info, Some(&step.alias), format!("Step {}{} began.", step.name, place(frame)));
        Ok(row)
    }

    fn complete(
        &self,
        step: &JobStep,
        frame: &mut Frame,
        row: &mut StepExecution,
        outcome: Outcome,
        (proofs, consumed): (Vec<FileProof>, HashSet<PathBuf>),
    ) -> Result<(), StepError> {
        let outputs = serde_json::Value::Object(outcome.outputs.clone()).to_string();
        if !frame.has_room_for(outputs.len()) {
            return Err(StepError::new(
                ErrorCode::ContextTooLarge,
                format!(
                    "What this step hands on takes {} MiB; together with the steps before it, it may be {} MiB. Narrow the listing, or work in parts.",
                    outputs.len() >> 20,
                    MOST_RESULTS >> 20
                ),
            ));
        }
        row.output_data = Some(outputs);
        row.bytes_processed = outcome.bytes.map(|b| i64::try_from(b).unwrap_or(i64::MAX));
        frame.bytes = frame.bytes.saturating_add(row.bytes_processed.unwrap_or(0));
        row.resume_data = frame.resume_data(proofs.clone(), &consumed);
        // Running to Completed is always allowed.
        let _ = self.advance(row, StepEvent::Complete);
        frame.drop_files(&consumed);
        frame.context.files.extend(proofs);
        frame.hand_on(step, outcome.outputs);
        frame.context.finished.insert(step.step_order);
        let took = row.duration_ms.unwrap_or(0);
        let line = format!("Step {}{} completed after {took} ms.", step.name, place(frame));
        self.log(LogLevel::Info, Some(&step.alias), line);
        self.keep(row.clone());
        Ok(())
    }

    /// A row for a step that is not done.
    pub(super) fn skip(&self, step: &JobStep, frame: &mut Frame) {
        let mut row = frame.next_row(step, self.execution.id, &*self.services.ids);
        // Pending to Skipped is always allowed.
        let _ = self.advance(&mut row, StepEvent::Skip);
        frame.context.finished.insert(step.step_order);
        self.keep(row);
    }

    pub(super) async fn failed_step(
        &self,
        plan: &Plan,
        step: &JobStep,
        frame: &mut Frame,
        mut row: StepExecution,
        error: StepError,
        tries: u32,
    ) -> Result<After, StoreError> {
        row.error_code = Some(error.code);
        row.error_message = Some(error.message.clone());
        row.error_stack_trace = error.trace();
        self.log(LogLevel::Error, Some(&step.alias), error.message.clone());
        let policy = plan.policy(step).clone();
        let attempt = u32::try_from(plan.facts.attempt).unwrap_or(0);
        match policy.policy_type {
            FailurePolicyType::SkipAndContinue => {
                self.advance(&mut row, StepEvent::Skip)?;
                frame.context.finished.insert(step.step_order);
                frame.context.had_skips = true;
                self.keep(row);
                Ok(After::Over)
            }
            FailurePolicyType::RetryStep if error.is_retryable() && tries < policy.max_retries => {
                self.advance(&mut row, StepEvent::Fail)?;
                self.keep(row);
                self.write(frame).await?;
                self.wait_before_retry(&Again { alias: step.alias.clone(), policy, retry: tries + 1 }).await;
                Ok(After::Again)
            }
            FailurePolicyType::RetryJob if error.is_retryable() && attempt < policy.max_retries => {
                self.advance(&mut row, StepEvent::Fail)?;
                self.keep(row);
                self.write(frame).await?;
                let again = Again { alias: step.alias.clone(), policy, retry: attempt + 1 };
                Ok(After::Leave(Flow::Restart(again)))
            }
            FailurePolicyType::Stop | FailurePolicyType::RetryStep | FailurePolicyType::RetryJob => {
                self.advance(&mut row, StepEvent::Fail)?;
                self.keep(row);
                Ok(After::Leave(Flow::End(failed(&error))))
            }
        }
    }

    /// Waits as the policy says, with up to a tenth more, or until the run is stopped.
    pub(super) async fn wait_before_retry(&self, again: &Again) {
        let Again { alias, policy, retry } = again;
        let base = Duration::from_secs(policy.backoff_seconds(*retry));
        // The last bytes of a UUIDv7 are random.
        let random = self.services.ids.new_id().as_u128() & 0xffff;
        let wait = base + base.mul_f64(0.1 * random as f64 / 65_536.0);
        let text =
            format!("Trying again in {:.1} s ({retry} of {}).", wait.as_secs_f64(), policy.max_retries);
        self.log(LogLevel::Info, Some(alias), text);
        tokio::select! {
            () = self.stop.token().cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Where the step stands, for the log: ` (iteration 4)`, counted from 1 as people do.
fn place(frame: &Frame) -> String {
    if frame.path.is_empty() {
        return String::new();
    }
    let counted = frame.path.split('/').map(|at| at.parse::<u64>().map_or(0, |at| at + 1).to_string());
    format!(" (iteration {})", counted.collect::<Vec<_>>().join(" / "))
}
