//! How a chain's run goes on: which members are due, which are left out, and how it ends.
//!
//! Left out: starting runs and storing anything. The graph is the one that the run began with.

use super::{ChainDraft, ChainMemberDraft, ChainMemberExecution, ChainMemberState};
use std::collections::BTreeMap;

/// What a member that has not begun does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Its job starts.
    Start,
    /// An upstream did not end as its edge demands; why, in a sentence.
    Skip(String),
}

/// How a run of a chain ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Completed,
    /// Why, in a sentence.
    Failed(String),
}

/// The members of a run with the graph that it follows.
#[derive(Debug)]
pub struct Progress<'a> {
    draft: BTreeMap<String, &'a ChainMemberDraft>,
    members: &'a [ChainMemberExecution],
}

impl<'a> Progress<'a> {
    pub fn new(draft: &'a ChainDraft, members: &'a [ChainMemberExecution]) -> Self {
        let draft = draft.members.iter().map(|member| (member.name.to_lowercase(), member)).collect();
        Self { draft, members }
    }

    /// What people entered about a member.
    pub fn draft_of(&self, member: &ChainMemberExecution) -> Option<&'a ChainMemberDraft> {
        self.draft.get(&member.name.to_lowercase()).copied()
    }

    fn named(&self, name: &str) -> Option<&'a ChainMemberExecution> {
        self.members.iter().find(|member| member.name.to_lowercase() == name.to_lowercase())
    }

    /// Members that have not begun and whose upstreams are all over.
    pub fn due(&self) -> Vec<(&'a ChainMemberExecution, Due)> {
        let pending = self.members.iter().filter(|member| member.state == ChainMemberState::Pending);
        pending.filter_map(|member| Some((member, self.due_of(member)?))).collect()
    }

    fn due_of(&self, member: &ChainMemberExecution) -> Option<Due> {
        let edges = self.draft_of(member).map(|draft| draft.depends_on.as_slice()).unwrap_or_default();
        let mut stands_in_the_way = None;
        for edge in edges {
            // A graph that was checked has every upstream.
            let Some(upstream) = self.named(&edge.member) else { continue };
            if !upstream.state.is_terminal() {
                return None;
            }
            if upstream.state != ChainMemberState::Completed && !edge.run_on_upstream_failure {
                stands_in_the_way.get_or_insert(upstream);
            }
        }
        Some(match stands_in_the_way {
            None => Due::Start,
            Some(upstream) => Due::Skip(format!("`{}` {}.", upstream.name, ended(upstream.state))),
        })
    }

    /// How the run ends, once every member is over.
    pub fn verdict(&self) -> Option<Verdict> {
        if !self.members.iter().all(|member| member.state.is_terminal()) {
            return None;
        }
        let broken = self.members.iter().filter(|member| {
            matches!(member.state, ChainMemberState::Failed | ChainMemberState::Cancelled)
                && !self.is_absorbed(member)
        });
        let broken: Vec<&ChainMemberExecution> = broken.collect();
        Some(match broken.split_first() {
            None => Verdict::Completed,
            Some((first, others)) => {
                let why = first.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
                let more = match others.len() {
                    0 => String::new(),
                    1 => " Another member failed, too.".to_owned(),
                    n => format!(" {n} other members failed, too."),
                };
                let end = if why.is_empty() { "." } else { "" };
                Verdict::Failed(format!("`{}` {}{why}{end}{more}", first.name, ended(first.state)))
            }
        })
    }

    /// Whether a member went on although this one failed, because its edge says so. How that one ended is its own matter.
    fn is_absorbed(&self, failed: &ChainMemberExecution) -> bool {
        self.members.iter().any(|member| {
            let began = matches!(
                member.state,
                ChainMemberState::Completed | ChainMemberState::Failed | ChainMemberState::Cancelled
            );
            let edges = self.draft_of(member).map(|draft| draft.depends_on.as_slice()).unwrap_or_default();
            began
                && edges.iter().any(|edge| {
                    edge.run_on_upstream_failure && edge.member.to_lowercase() == failed.name.to_lowercase()
                })
        })
    }
}

fn ended(state: ChainMemberState) -> &'static str {
    match state {
        ChainMemberState::Completed => "completed",
        ChainMemberState::Failed => "failed",
        ChainMemberState::Skipped => "was skipped",
        ChainMemberState::Cancelled => "was cancelled",
        ChainMemberState::Pending | ChainMemberState::Queued | ChainMemberState::Running => "is not over",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChainExecutionId, ChainMemberExecutionId, JobChainMemberId};
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    fn draft(members: serde_json::Value) -> ChainDraft {
        serde_json::from_value(json!({ "name": "Night", "members": members })).unwrap()
    }

    fn member(name: &str, after: &[(&str, bool)]) -> serde_json::Value {
        let edges: Vec<_> = after
            .iter()
            .map(|(member, allowed)| json!({ "member": member, "run_on_upstream_failure": allowed }))
            .collect();
        json!({ "name": name, "job_id": Uuid::nil(), "depends_on": edges })
    }

    fn at(name: &str, state: ChainMemberState) -> ChainMemberExecution {
        ChainMemberExecution {
            id: ChainMemberExecutionId(Uuid::nil()),
            chain_execution_id: ChainExecutionId(Uuid::nil()),
            member_id: JobChainMemberId(Uuid::nil()),
            execution_order: 0,
            name: name.into(),
            state,
            job_execution_id: None,
            reason: (state == ChainMemberState::Failed).then(|| "The disk is full.".into()),
            started_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn a_member_waits_for_all_its_upstreams() {
        use ChainMemberState as S;
        let draft =
            draft(json!([member("a", &[]), member("b", &[]), member("c", &[("A", false), ("b", false)])]));
        let due = |a, b| {
            let members = [at("a", a), at("b", b), at("c", S::Pending)];
            Progress::new(&draft, &members)
                .due()
                .into_iter()
                .map(|(m, due)| (m.name.clone(), due))
                .collect::<Vec<_>>()
        };
        let start = |name: &str| (name.to_owned(), Due::Start);
        assert_eq!(due(S::Pending, S::Pending), [start("a"), start("b")]);
        assert_eq!(due(S::Completed, S::Running), []);
        assert_eq!(due(S::Failed, S::Running), [], "also one that will be skipped waits until all is clear");
        assert_eq!(due(S::Completed, S::Completed), [start("c")]);
        assert_eq!(due(S::Completed, S::Failed), [("c".to_owned(), Due::Skip("`b` failed.".into()))]);
    }

    #[test]
    fn a_failure_that_an_edge_allows_is_absorbed_by_who_went_on() {
        use ChainMemberState as S;
        let draft =
            draft(json!([member("a", &[]), member("b", &[("a", true)]), member("c", &[("a", false)])]));
        let verdict = |a, b, c| Progress::new(&draft, &[at("a", a), at("b", b), at("c", c)]).verdict();
        assert_eq!(verdict(S::Failed, S::Running, S::Skipped), None);
        assert_eq!(verdict(S::Failed, S::Completed, S::Skipped), Some(Verdict::Completed));
        let failed = |text: &str| Some(Verdict::Failed(text.into()));
        assert_eq!(verdict(S::Failed, S::Skipped, S::Skipped), failed("`a` failed: The disk is full."));
        assert_eq!(verdict(S::Failed, S::Failed, S::Skipped), failed("`b` failed: The disk is full."));
        assert_eq!(verdict(S::Completed, S::Cancelled, S::Completed), failed("`b` was cancelled."));
    }

    proptest! {
        /// Whatever the graph and however its members end, every run of a chain comes to an end.
        #[test]
        fn every_run_ends(edges in prop::collection::vec((0..8usize, 0..8usize, any::<bool>()), 0..20),
                          ends in prop::collection::vec(0..3u8, 8)) {
            let name = |n: usize| format!("m{n}");
            let members: Vec<_> = (0..8).map(|n| {
                let after: Vec<_> = edges.iter().filter(|(from, to, _)| *to == n && from < to)
                    .map(|(from, _, allowed)| (name(*from), *allowed)).collect();
                let after: Vec<_> = after.iter().map(|(from, allowed)| (from.as_str(), *allowed)).collect();
                member(&name(n), &after)
            }).collect();
            let draft = draft(json!(members));
            let mut now: Vec<_> = (0..8).map(|n| at(&name(n), ChainMemberState::Pending)).collect();
            for _ in 0..8 {
                let due: Vec<_> = Progress::new(&draft, &now).due().into_iter()
                    .map(|(member, due)| (member.name.clone(), due)).collect();
                for (name, due) in due {
                    let index = now.iter().position(|member| member.name == name).unwrap();
                    now[index].state = match (due, ends[index]) {
                        (Due::Skip(_), _) => ChainMemberState::Skipped,
                        (Due::Start, 0) => ChainMemberState::Failed,
                        (Due::Start, 1) => ChainMemberState::Cancelled,
                        (Due::Start, _) => ChainMemberState::Completed,
                    };
                }
            }
            prop_assert!(Progress::new(&draft, &now).verdict().is_some());
        }
    }
}
