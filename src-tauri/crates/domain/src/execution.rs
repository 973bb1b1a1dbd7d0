//! Runs of jobs and their steps: what is recorded, and which changes of state are allowed.
//!
//! The state machines are pure functions. Whoever applies a transition performs it in one unit of work together with
//! its audit entry and event; anything the tables below do not name is [`InvalidTransition`] and changes nothing.

use crate::error::ErrorCode;
use crate::macros::text_enum;
use crate::{ChainExecutionId, JobExecutionId, JobId, JobStepId, LoopId, NodeId, StepExecutionId, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};

text_enum! {
    pub enum JobExecutionState {
        Created = "created", Queued = "queued", Running = "running", Paused = "paused",
        Completed = "completed", Failed = "failed", Cancelled = "cancelled",
    }
}
text_enum! {
    pub enum StepExecutionState {
        Pending = "pending", Running = "running", Completed = "completed", Failed = "failed", Skipped = "skipped",
    }
}

text_enum! {
    /// What started a run: the word before the colon of [`JobExecution::triggered_by`].
    pub enum TriggerKind {
        Schedule = "schedule", Manual = "manual", Monitor = "monitor", Chain = "chain",
        Dependency = "dependency", Job = "job", Retry = "retry",
    }
}

text_enum! {
    /// The order of a list of runs, by when they were made.
    #[derive(Default)]
    pub enum ExecutionSort {
        #[default]
        Newest = "newest",
        Oldest = "oldest",
    }
}

text_enum! {
    /// Which iterations of a loop to list.
    #[derive(Default)]
    pub enum IterationShow {
        #[default]
        All = "all",
        /// Stopped by a step whose newest attempt failed.
        Failed = "failed",
        /// With a step that runs or waits to run.
        Unfinished = "unfinished",
    }
}

text_enum! {
    /// What can happen to a job execution.
    pub enum ExecutionEvent {
        Enqueue = "enqueue",
        /// A node takes it.
        Claim = "claim",
        Pause = "pause",
        /// A person or a restarting node lets a paused one go on.
        Resume = "resume",
        /// A failed one goes on from its failed step.
        ResumeFailed = "resume_failed",
        Complete = "complete",
        Fail = "fail",
        Cancel = "cancel",
        /// Its node's lease expired.
        Rescue = "rescue",
    }
}

text_enum! {
    /// What can happen to a step execution.
    pub enum StepEvent {
        Start = "start", Complete = "complete", Fail = "fail", Skip = "skip",
        /// Back to the start on pause, rescue or before another attempt.
        Reset = "reset",
    }
}

/// A change that the state machine does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {event} what is {state}")]
pub struct InvalidTransition {
    pub state: &'static str,
    pub event: &'static str,
}

impl JobExecutionState {
    /// The state after `event`, or a refusal.
    pub fn apply(self, event: ExecutionEvent) -> Result<JobExecutionState, InvalidTransition> {
        use ExecutionEvent as E;
        use JobExecutionState as S;
        Ok(match (self, event) {
            (S::Created, E::Enqueue) => S::Queued,
            (S::Queued, E::Claim) => S::Running,
            (S::Running, E::Pause) => S::Paused,
            (S::Paused, E::Resume) => S::Queued,
            (S::Failed, E::ResumeFailed) => S::Queued,
            (S::Running, E::Complete) => S::Completed,
            (S::Running, E::Fail) => S::Failed,
            (S::Created | S::Queued | S::Running | S::Paused, E::Cancel) => S::Cancelled,
            (S::Running, E::Rescue) => S::Queued,
            (state, event) => {
                return Err(InvalidTransition { state: state.as_str(), event: event.as_str() });
            }
        })
    }

    /// Nothing moves it any more, except [`ExecutionEvent::ResumeFailed`].
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl StepExecutionState {
    /// The state after `event`, or a refusal.
    pub fn apply(self, event: StepEvent) -> Result<StepExecutionState, InvalidTransition> {
        use StepEvent as E;
        use StepExecutionState as S;
        Ok(match (self, event) {
            (S::Pending, E::Start) => S::Running,
            (S::Running, E::Complete) => S::Completed,
            (S::Running, E::Fail) => S::Failed,
            (S::Pending | S::Running, E::Skip) => S::Skipped,
            (S::Running, E::Reset) => S::Pending,
            (state, event) => {
                return Err(InvalidTransition { state: state.as_str(), event: event.as_str() });
            }
        })
    }

    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Skipped)
    }
}

/// A run of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct JobExecution {
    pub id: JobExecutionId,
    pub job_id: JobId,
    /// The version whose snapshot this run follows, whatever is edited meanwhile.
    pub job_version_number: i32,
    pub chain_execution_id: Option<ChainExecutionId>,
    /// A [`TriggerKind`], and who or what it was: `schedule`, `manual:{user@host}`, `monitor:{id}`, `retry:{execution}`.
    pub triggered_by: String,
    pub state: JobExecutionState,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// [`JobContext`] as JSON: what later steps and a resume need.
    pub context_snapshot: String,
    pub priority: i32,
    pub parameters: BTreeMap<String, serde_json::Value>,
    pub retry_of: Option<JobExecutionId>,
    /// Unique for what must start once, such as one fire time of a schedule.
    pub trigger_key: Option<String>,
    /// 0 at first, +1 for each whole-job retry.
    pub attempt: i32,
    /// Completed, although steps were skipped because of errors.
    pub had_skips: bool,
    pub error_code: Option<ErrorCode>,
    pub error_message: Option<String>,
    pub cancel_requested_at: Option<Timestamp>,
    pub pause_requested_at: Option<Timestamp>,
    pub claimed_by: Option<NodeId>,
    pub lease_expires_at: Option<Timestamp>,
    /// Grows with every claim; a write with an older one is refused.
    pub epoch: i64,
    /// Rescues in a row without a new checkpoint.
    pub rescues: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a new run begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewExecution {
    pub id: JobExecutionId,
    pub job_id: JobId,
    pub job_version_number: i32,
    /// As [`JobExecution::triggered_by`].
    pub triggered_by: String,
    pub priority: i32,
    /// Resolved: every value is there and of its type.
    pub parameters: BTreeMap<String, serde_json::Value>,
    pub retry_of: Option<JobExecutionId>,
    /// As [`JobExecution::trigger_key`].
    pub trigger_key: Option<String>,
    pub now: Timestamp,
}

impl JobExecution {
    /// A run that nothing has happened to yet.
    pub fn new(begin: NewExecution) -> Self {
        let context = JobContext { params: begin.parameters.clone(), ..JobContext::default() };
        Self {
            id: begin.id,
            job_id: begin.job_id,
            job_version_number: begin.job_version_number,
            chain_execution_id: None,
            triggered_by: begin.triggered_by,
            state: JobExecutionState::Created,
            queued_at: None,
            started_at: None,
            completed_at: None,
            context_snapshot: context.to_snapshot(),
            priority: begin.priority,
            parameters: begin.parameters,
            retry_of: begin.retry_of,
            trigger_key: begin.trigger_key,
            attempt: 0,
            had_skips: false,
            error_code: None,
            error_message: None,
            cancel_requested_at: None,
            pause_requested_at: None,
            claimed_by: None,
            lease_expires_at: None,
            epoch: 0,
            rescues: 0,
            created_at: begin.now,
            updated_at: begin.now,
        }
    }
}

/// One attempt of one step (or of one iteration of it).
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StepExecution {
    pub id: StepExecutionId,
    pub job_execution_id: JobExecutionId,
    pub job_step_id: JobStepId,
    pub step_order: i32,
    pub state: StepExecutionState,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub duration_ms: Option<i64>,
    pub bytes_processed: Option<i64>,
    /// The step's outputs as a JSON object.
    pub output_data: Option<String>,
    pub error_message: Option<String>,
    pub error_stack_trace: Option<String>,
    pub retry_attempt: i32,
    /// Empty outside loops; `3/0` is iteration 0 inside iteration 3.
    pub iteration_path: String,
    pub error_code: Option<ErrorCode>,
    /// The run of the loop that the iteration belongs to.
    #[serde(skip)]
    pub loop_id: Option<LoopId>,
    /// [`ResumeData`] as JSON, where there is any.
    #[serde(skip)]
    pub resume_data: Option<String>,
}

impl StepExecution {
    /// The first row of a step outside loops, before it begins.
    pub fn pending(
        id: StepExecutionId,
        run: JobExecutionId,
        job_step_id: JobStepId,
        step_order: i32,
    ) -> Self {
        Self {
            id,
            job_execution_id: run,
            job_step_id,
            step_order,
            state: StepExecutionState::Pending,
            started_at: None,
            completed_at: None,
            duration_ms: None,
            bytes_processed: None,
            output_data: None,
            error_message: None,
            error_stack_trace: None,
            retry_attempt: 0,
            iteration_path: String::new(),
            error_code: None,
            loop_id: None,
            resume_data: None,
        }
    }
}

/// What a resume needs to know of a step's row beside its outputs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResumeData {
    /// Files of an iteration, with what they must still be. Outside loops they are in the run's context.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileProof>,
    /// Files from before the iteration that are gone on purpose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consumed: Vec<String>,
    /// Of a loop inside an iteration: how it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun: Option<LoopMark>,
    /// A step of the iteration was skipped because of its error.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub had_skips: bool,
    /// Bytes that the steps of an iteration moved, at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
}

impl ResumeData {
    /// The text that is stored; nothing when there is nothing to know.
    pub fn to_text(&self) -> Option<String> {
        (*self != Self::default()).then(|| serde_json::to_string(self).ok()).flatten()
    }

    /// What was stored; nothing known if it cannot be read.
    pub fn of(row: &StepExecution) -> Self {
        row.resume_data.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// A loop as it began: what it goes through must be the same when it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopMark {
    pub id: LoopId,
    pub count: u64,
    /// Of the items as JSON, lower-case hex.
    pub sha256: String,
    /// What `retry_attempt` its steps begin with: one more than in an earlier run of the loop.
    pub first_attempt: i32,
}

/// What a run knows: its inputs and the outputs of finished steps, by alias. Serialised at each checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobContext {
    pub params: BTreeMap<String, serde_json::Value>,
    pub steps: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    /// Files that finished steps handed on, with what they must still be on a resume.
    #[serde(default)]
    pub files: Vec<FileProof>,
    /// Orders of the steps that are over in this attempt.
    #[serde(default)]
    pub finished: BTreeSet<i32>,
    /// A step was skipped because of its error.
    #[serde(default)]
    pub had_skips: bool,
    /// Loops that have begun, by the order of their first step. One inside a loop is in its row's [`ResumeData`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub loops: BTreeMap<i32, LoopMark>,
    /// Of such loops, over or not, that had begun in an earlier attempt of the run already: the first attempt of their
    /// steps that is this attempt's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub begun_anew: BTreeMap<i32, i32>,
}

impl JobContext {
    /// The text that is stored.
    pub fn to_snapshot(&self) -> String {
        // Maps with text keys and plain values always serialise.
        serde_json::to_string(self).unwrap_or_else(|_| "{}".into())
    }

    /// What was stored; nothing known if it cannot be read, so that the run begins with its first step.
    pub fn from_snapshot(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// A local file as a step left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProof {
    /// Alias of the step that made it.
    pub step: String,
    pub path: String,
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = ExecutionEvent> {
        proptest::sample::select(ExecutionEvent::ALL)
    }

    proptest! {
        #[test]
        fn a_terminal_execution_only_leaves_by_resuming_a_failure(events in proptest::collection::vec(event(), 0..40)) {
            let mut state = JobExecutionState::Created;
            for event in events {
                if let Ok(next) = state.apply(event) {
                    if state.is_terminal() {
                        prop_assert_eq!((state, event), (JobExecutionState::Failed, ExecutionEvent::ResumeFailed));
                    }
                    if next == JobExecutionState::Running {
                        prop_assert_eq!(state, JobExecutionState::Queued);
                    }
                    state = next;
                }
            }
        }

        #[test]
        fn a_terminal_step_never_moves(events in proptest::collection::vec(proptest::sample::select(StepEvent::ALL), 0..20)) {
            let mut state = StepExecutionState::Pending;
            for event in events {
                let next = state.apply(event);
                prop_assert!(!(state.is_terminal() && next.is_ok()));
                state = next.unwrap_or(state);
            }
        }
    }

    /// The whole table, so that a change of it is seen in review.
    #[test]
    fn the_execution_state_machine_is_the_documented_one() {
        let mut table = String::new();
        for state in JobExecutionState::ALL {
            for event in ExecutionEvent::ALL {
                if let Ok(next) = state.apply(*event) {
                    table.push_str(&format!("{state} --{event}--> {next}\n"));
                }
            }
        }
        insta::assert_snapshot!(table, @r"
        created --enqueue--> queued
        created --cancel--> cancelled
        queued --claim--> running
        queued --cancel--> cancelled
        running --pause--> paused
        running --complete--> completed
        running --fail--> failed
        running --cancel--> cancelled
        running --rescue--> queued
        paused --resume--> queued
        paused --cancel--> cancelled
        failed --resume_failed--> queued
        ");
    }
}
