//! A chain as people edit it, and everything that can be wrong with it.

use crate::connection::check_name;
use crate::dependency::cycle;
use crate::job::slug;
use crate::problem::{Problem, Problems};
use crate::{JobChainMemberId, JobId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};

/// A chain as people edit it; also the shape of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ChainDraft {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub members: Vec<ChainMemberDraft>,
}

/// A member as people edit it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ChainMemberDraft {
    /// Kept over edits; absent for a new one.
    #[serde(default)]
    pub id: Option<JobChainMemberId>,
    pub name: String,
    pub job_id: JobId,
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    #[serde(default)]
    pub depends_on: Vec<ChainEdgeDraft>,
}

/// An edge, by the name of the member it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ChainEdgeDraft {
    pub member: String,
    #[serde(default)]
    pub run_on_upstream_failure: bool,
}

impl ChainDraft {
    /// Everything wrong with it, each with its path. `jobs` are those that exist.
    pub fn check(&self, jobs: &BTreeSet<JobId>) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        if self.members.is_empty() {
            problems.push(Problem::error("members", "required", "Add at least one job."));
        }
        // Templates say `chain.<member>`, so names must differ in that form.
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (index, member) in self.members.iter().enumerate() {
            check_name(&member.name, &format!("members[{index}].name"), &mut problems);
            if places.insert(slug(&member.name), index).is_some() {
                let message = format!("Two members are called `{}`.", member.name);
                problems.push(Problem::error(format!("members[{index}].name"), "duplicate", message));
            }
            if !jobs.contains(&member.job_id) {
                problems.push(Problem::error(
                    format!("members[{index}].job_id"),
                    "unknown_reference",
                    "This job does not exist any more; choose another.",
                ));
            }
        }
        let by_name: BTreeMap<String, usize> =
            self.members.iter().enumerate().map(|(index, m)| (m.name.to_lowercase(), index)).collect();
        let mut edges = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            let mut seen = BTreeSet::new();
            for (at, edge) in member.depends_on.iter().enumerate() {
                let path = format!("members[{index}].depends_on[{at}].member");
                match by_name.get(&edge.member.to_lowercase()) {
                    None => {
                        let known: Vec<&str> = self.members.iter().map(|m| m.name.as_str()).collect();
                        let message = format!(
                            "The chain has no member `{}`; there are {}.",
                            edge.member,
                            known.join(", ")
                        );
                        problems.push(Problem::error(path, "unknown_reference", message));
                    }
                    Some(upstream) if !seen.insert(*upstream) => {
                        problems.push(Problem::error(
                            path,
                            "duplicate",
                            format!("`{}` is there twice.", edge.member),
                        ));
                    }
                    Some(upstream) => edges.push((*upstream, index)),
                }
            }
        }
        if let Some(path) = cycle(edges) {
            let names: Vec<&str> =
                path.iter().filter_map(|at| self.members.get(*at)).map(|m| m.name.as_str()).collect();
            let message = format!("The members wait for each other: {}.", names.join(" → "));
            problems.push(Problem::error("members", "cycle", message));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::JobChain;
    use serde_json::json;
    use uuid::Uuid;

    const JOB: &str = "00000000-0000-7000-8000-000000000001";

    fn draft(members: Value) -> ChainDraft {
        serde_json::from_value(json!({ "name": "nightly", "members": members })).unwrap()
    }

    fn paths(members: Value) -> Vec<(String, String)> {
        let jobs = [JOB.parse().unwrap()].into();
        draft(members).check(&jobs).0.into_iter().map(|p| (p.path, p.code)).collect()
    }

    fn found(path: &str, code: &str) -> Vec<(String, String)> {
        vec![(path.into(), code.into())]
    }

    #[test]
    fn a_diamond_with_the_same_job_twice_is_fine() {
        let members = json!([
            { "name": "a", "job_id": JOB },
            { "name": "b", "job_id": JOB, "depends_on": [{ "member": "A" }] },
            { "name": "c", "job_id": JOB, "depends_on": [{ "member": "a" }] },
            { "name": "d", "job_id": JOB, "depends_on": [{ "member": "b", "run_on_upstream_failure": true }, { "member": "c" }] },
        ]);
        assert!(paths(members.clone()).is_empty());
        let mut next = 0;
        let mut id = || {
            next += 1;
            JobChainMemberId(Uuid::from_u128(next))
        };
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut chain = JobChain::new(Uuid::from_u128(9).into(), draft(members), now, &mut id);
        let last = &chain.members[3];
        assert_eq!(last.depends_on_member_id, Some(chain.members[1].id));
        assert!(last.run_on_upstream_failure);
        assert_eq!(last.depends_on.len(), 2);
        // Names find the members again when the draft has no ids, as in a bundle.
        let before: Vec<_> = chain.members.iter().map(|m| m.id).collect();
        let mut again = chain.to_draft();
        for member in &mut again.members {
            member.id = None;
        }
        again.members.swap(1, 2);
        chain.edit(again, now, &mut id);
        assert_eq!(chain.members[1].id, before[2]);
        assert_eq!(chain.members[3].depends_on_member_id, Some(before[1]));
    }

    #[test]
    fn wrong_members_are_named() {
        let other = "00000000-0000-7000-8000-000000000002";
        assert_eq!(paths(json!([])), found("members", "required"));
        assert_eq!(
            paths(json!([{ "name": "a", "job_id": other }])),
            found("members[0].job_id", "unknown_reference")
        );
        let twice = json!([{ "name": "a b", "job_id": JOB }, { "name": "A_B", "job_id": JOB }]);
        assert_eq!(paths(twice), found("members[1].name", "duplicate"));
        let unknown = json!([{ "name": "a", "job_id": JOB, "depends_on": [{ "member": "z" }] }]);
        assert_eq!(paths(unknown), found("members[0].depends_on[0].member", "unknown_reference"));
    }

    #[test]
    fn a_cycle_is_refused_with_its_path() {
        let members = json!([
            { "name": "a", "job_id": JOB, "depends_on": [{ "member": "c" }] },
            { "name": "b", "job_id": JOB, "depends_on": [{ "member": "a" }] },
            { "name": "c", "job_id": JOB, "depends_on": [{ "member": "b" }] },
        ]);
        let jobs = [JOB.parse().unwrap()].into();
        let problems = draft(members).check(&jobs);
        assert_eq!(problems.0[0].code, "cycle");
        assert!(problems.0[0].message.contains("a → b → c → a"), "{}", problems.0[0].message);
    }
}
