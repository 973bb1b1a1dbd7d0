//! Chains: jobs that run in an order, as a graph without cycles.
//!
//! [`ChainDraft`] is what people edit and bundles hold; a [`JobChain`] is a checked draft under an id. The same job may
//! stand in a chain twice, so whatever a run says of a member it says of the member, never of the job.

mod advance;
mod draft;
mod execution;

pub use advance::{Due, Progress, Verdict};
pub use draft::{ChainDraft, ChainEdgeDraft, ChainMemberDraft};
pub use execution::{
    ChainEvent, ChainExecution, ChainExecutionState, ChainMemberExecution, ChainMemberState, MemberEvent,
    NewChainExecution,
};

use crate::{JobChainId, JobChainMemberId, JobId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use specta::Type;
use std::collections::BTreeMap;

/// A chain as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct JobChain {
    pub id: JobChainId,
    pub name: String,
    pub description: Option<String>,
    pub is_enabled: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
    /// In `execution_order`.
    pub members: Vec<JobChainMember>,
}

/// One job at one place of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct JobChainMember {
    pub id: JobChainMemberId,
    pub chain_id: JobChainId,
    pub job_id: JobId,
    /// What templates and people call it; unique in the chain.
    pub name: String,
    /// 0-based.
    pub execution_order: i32,
    /// The first of `depends_on`; none for an entry of the chain.
    pub depends_on_member_id: Option<JobChainMemberId>,
    /// That edge's; false for an entry.
    pub run_on_upstream_failure: bool,
    /// Every edge that leads here.
    pub depends_on: Vec<ChainEdge>,
    /// Values for the job's parameters; may be templates over `chain.<member>.steps…` and `monitor`.
    pub parameters: BTreeMap<String, Value>,
}

/// An edge of the graph, seen from where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct ChainEdge {
    pub depends_on_member_id: JobChainMemberId,
    pub run_on_upstream_failure: bool,
}

impl JobChain {
    /// A new chain from a draft whose check found no error. `member_id` gives the ids of new members.
    pub fn new(
        id: JobChainId,
        draft: ChainDraft,
        now: Timestamp,
        member_id: impl FnMut() -> JobChainMemberId,
    ) -> Self {
        let mut chain = Self {
            id,
            name: String::new(),
            description: None,
            is_enabled: true,
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
            members: Vec::new(),
        };
        chain.edit(draft, now, member_id);
        chain
    }

    /// Takes over a draft whose check found no error. A member keeps its id by the draft's id, else by its name.
    pub fn edit(
        &mut self,
        draft: ChainDraft,
        now: Timestamp,
        mut member_id: impl FnMut() -> JobChainMemberId,
    ) {
        let mut mine: BTreeMap<JobChainMemberId, String> =
            self.members.iter().map(|m| (m.id, m.name.to_lowercase())).collect();
        let mut keep = |id: Option<JobChainMemberId>, name: &str| {
            let by_name = || mine.iter().find(|(_, n)| **n == name.to_lowercase()).map(|(id, _)| *id);
            let id = id.filter(|id| mine.contains_key(id)).or_else(by_name);
            id.inspect(|id| drop(mine.remove(id)))
        };
        // Given ids first, so that a name does not take what another member claims.
        let mut ids: Vec<Option<JobChainMemberId>> =
            draft.members.iter().map(|m| m.id.and_then(|id| keep(Some(id), ""))).collect();
        for (id, member) in ids.iter_mut().zip(&draft.members) {
            *id = id.or_else(|| keep(None, &member.name)).or_else(|| Some(member_id()));
        }
        let ids: Vec<JobChainMemberId> = ids.into_iter().flatten().collect();
        let by_name: BTreeMap<String, JobChainMemberId> =
            draft.members.iter().map(|m| m.name.to_lowercase()).zip(ids.iter().copied()).collect();
        let chain_id = self.id;
        self.members = draft
            .members
            .into_iter()
            .zip(ids)
            .zip(0i32..)
            .map(|((member, id), execution_order)| {
                let depends_on: Vec<ChainEdge> = member
                    .depends_on
                    .iter()
                    .filter_map(|edge| {
                        let depends_on_member_id = *by_name.get(&edge.member.to_lowercase())?;
                        Some(ChainEdge {
                            depends_on_member_id,
                            run_on_upstream_failure: edge.run_on_upstream_failure,
                        })
                    })
                    .collect();
                let first = depends_on.first().copied();
                JobChainMember {
                    id,
                    chain_id,
                    job_id: member.job_id,
                    name: member.name,
                    execution_order,
                    depends_on_member_id: first.map(|e| e.depends_on_member_id),
                    run_on_upstream_failure: first.is_some_and(|e| e.run_on_upstream_failure),
                    depends_on,
                    parameters: member.parameters,
                }
            })
            .collect();
        self.name = draft.name;
        self.description = draft.description.filter(|d| !d.trim().is_empty());
        self.updated_at = now;
    }

    /// The draft that describes the chain as it is.
    pub fn to_draft(&self) -> ChainDraft {
        let names: BTreeMap<JobChainMemberId, &str> =
            self.members.iter().map(|m| (m.id, m.name.as_str())).collect();
        ChainDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            members: self
                .members
                .iter()
                .map(|member| ChainMemberDraft {
                    id: Some(member.id),
                    name: member.name.clone(),
                    job_id: member.job_id,
                    parameters: member.parameters.clone(),
                    depends_on: member
                        .depends_on
                        .iter()
                        .filter_map(|edge| {
                            let name = names.get(&edge.depends_on_member_id)?;
                            Some(ChainEdgeDraft {
                                member: (*name).to_owned(),
                                run_on_upstream_failure: edge.run_on_upstream_failure,
                            })
                        })
                        .collect(),
                })
                .collect(),
        }
    }
}
