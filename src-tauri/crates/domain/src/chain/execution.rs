//! Runs of chains and of their members: what is recorded, and which changes of state are allowed.

use crate::execution::InvalidTransition;
use crate::macros::text_enum;
use crate::{
    ChainExecutionId, ChainMemberExecutionId, JobChainId, JobChainMemberId, JobExecutionId, Timestamp,
};
use serde::Serialize;
use serde_json::Value;
use specta::Type;
use std::collections::BTreeMap;

text_enum! {
    pub enum ChainExecutionState {
        Pending = "pending", Running = "running", Completed = "completed", Failed = "failed",
        Paused = "paused", Cancelled = "cancelled",
    }
}
text_enum! {
    /// What can happen to a chain's run.
    pub enum ChainEvent {
        Start = "start", Pause = "pause", Resume = "resume", Complete = "complete", Fail = "fail",
        Cancel = "cancel",
        /// The failed members of a failed run go again.
        Retry = "retry",
    }
}
text_enum! {
    pub enum ChainMemberState {
        Pending = "pending", Queued = "queued", Running = "running", Completed = "completed",
        Failed = "failed", Skipped = "skipped", Cancelled = "cancelled",
    }
}
text_enum! {
    /// What can happen to a member in a chain's run.
    pub enum MemberEvent {
        Enqueue = "enqueue", Start = "start", Complete = "complete", Fail = "fail",
        /// An upstream did not end as its edge demands.
        Skip = "skip",
        Cancel = "cancel",
        /// Back to the start, with the chain's retry.
        Reset = "reset",
    }
}

impl ChainExecutionState {
    /// The state after `event`, or a refusal.
    pub fn apply(self, event: ChainEvent) -> Result<Self, InvalidTransition> {
        use ChainEvent as E;
        use ChainExecutionState as S;
        Ok(match (self, event) {
            (S::Pending, E::Start) | (S::Paused, E::Resume) | (S::Failed, E::Retry) => S::Running,
            (S::Running, E::Pause) => S::Paused,
            (S::Running, E::Complete) => S::Completed,
            (S::Running, E::Fail) => S::Failed,
            (S::Pending | S::Running | S::Paused, E::Cancel) => S::Cancelled,
            (state, event) => {
                return Err(InvalidTransition { state: state.as_str(), event: event.as_str() });
            }
        })
    }

    /// Nothing moves it any more, except [`ChainEvent::Retry`].
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl ChainMemberState {
    /// The state after `event`, or a refusal.
    pub fn apply(self, event: MemberEvent) -> Result<Self, InvalidTransition> {
        use ChainMemberState as S;
        use MemberEvent as E;
        Ok(match (self, event) {
            (S::Pending, E::Enqueue) => S::Queued,
            (S::Queued, E::Start) => S::Running,
            (S::Queued | S::Running, E::Complete) => S::Completed,
            (S::Pending | S::Queued | S::Running, E::Fail) => S::Failed,
            (S::Pending, E::Skip) => S::Skipped,
            (S::Pending | S::Queued | S::Running, E::Cancel) => S::Cancelled,
            (S::Failed | S::Skipped | S::Cancelled, E::Reset) => S::Pending,
            (state, event) => {
                return Err(InvalidTransition { state: state.as_str(), event: event.as_str() });
            }
        })
    }

    /// Nothing moves it any more, except [`MemberEvent::Reset`].
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Skipped | Self::Cancelled)
    }
}

/// A run of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ChainExecution {
    pub id: ChainExecutionId,
    pub chain_id: JobChainId,
    /// `schedule`, `manual:{user@host}`, `monitor:{id}`, `retry:{chain execution}`.
    pub triggered_by: String,
    pub state: ChainExecutionState,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    /// The [`super::ChainDraft`] as JSON that this run follows, whatever is edited meanwhile.
    pub config_snapshot: String,
    pub parameters: BTreeMap<String, Value>,
    pub error_message: Option<String>,
    /// Unique for what must start once, such as one fire time of a schedule.
    pub trigger_key: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// One for each member, in their order.
    pub members: Vec<ChainMemberExecution>,
}

/// What a new run of a chain begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChainExecution {
    pub id: ChainExecutionId,
    pub triggered_by: String,
    pub parameters: BTreeMap<String, Value>,
    /// As [`ChainExecution::trigger_key`].
    pub trigger_key: Option<String>,
    pub now: Timestamp,
}

/// A member in one run of its chain.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ChainMemberExecution {
    pub id: ChainMemberExecutionId,
    pub chain_execution_id: ChainExecutionId,
    pub member_id: JobChainMemberId,
    pub execution_order: i32,
    pub name: String,
    pub state: ChainMemberState,
    /// The newest of its runs; none before it is enqueued and when it is skipped.
    pub job_execution_id: Option<JobExecutionId>,
    /// Why it was skipped or failed, in a sentence.
    pub reason: Option<String>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

impl ChainExecution {
    /// A run that nothing has happened to yet, of the chain as it is now. `member_id` gives the ids of its records.
    pub fn new(
        chain: &super::JobChain,
        begin: NewChainExecution,
        mut member_id: impl FnMut() -> ChainMemberExecutionId,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: begin.id,
            chain_id: chain.id,
            triggered_by: begin.triggered_by,
            state: ChainExecutionState::Pending,
            started_at: None,
            completed_at: None,
            config_snapshot: serde_json::to_string(&chain.to_draft())?,
            parameters: begin.parameters,
            error_message: None,
            trigger_key: begin.trigger_key,
            created_at: begin.now,
            updated_at: begin.now,
            members: chain
                .members
                .iter()
                .map(|member| ChainMemberExecution {
                    id: member_id(),
                    chain_execution_id: begin.id,
                    member_id: member.id,
                    execution_order: member.execution_order,
                    name: member.name.clone(),
                    state: ChainMemberState::Pending,
                    job_execution_id: None,
                    reason: None,
                    started_at: None,
                    completed_at: None,
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every move that is allowed, as the design draws them; everything else is refused.
    #[test]
    fn a_chain_moves_only_as_drawn() {
        use ChainExecutionState as S;
        let allowed = [
            (S::Pending, S::Running),
            (S::Pending, S::Cancelled),
            (S::Running, S::Completed),
            (S::Running, S::Failed),
            (S::Running, S::Cancelled),
            (S::Running, S::Paused),
            (S::Paused, S::Running),
            (S::Paused, S::Cancelled),
            (S::Failed, S::Running),
        ];
        let mut found = Vec::new();
        for state in S::ALL {
            for event in ChainEvent::ALL {
                if let Ok(next) = state.apply(*event) {
                    found.push((*state, next));
                }
            }
        }
        let sorted = |mut moves: Vec<(S, S)>| {
            moves.sort();
            moves
        };
        assert_eq!(sorted(found), sorted(allowed.to_vec()));
    }

    #[test]
    fn a_member_that_is_over_moves_only_by_a_retry() {
        for state in ChainMemberState::ALL.iter().filter(|s| s.is_terminal()) {
            for event in MemberEvent::ALL {
                let retry = *event == MemberEvent::Reset && *state != ChainMemberState::Completed;
                assert_eq!(state.apply(*event).is_ok(), retry, "{state} {event}");
            }
        }
    }
}
