//! Jobs that start other jobs by a step: what such a step must give them, and that none comes round to itself.

use super::check::References;
use super::draft::{JobDraft, JobParameter, StepDraft};
use super::{Job, given};
use crate::JobId;
use crate::problem::{Problem, Problems};
use crate::step::StepType;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A job as far as those that start it must know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownJob {
    pub name: String,
    pub parameters: Vec<JobParameter>,
    /// What its own steps start.
    pub starts: BTreeSet<JobId>,
}

impl From<&JobDraft> for KnownJob {
    fn from(draft: &JobDraft) -> Self {
        Self {
            name: draft.name.clone(),
            parameters: draft.parameters.clone(),
            starts: draft.steps.iter().filter_map(started).collect(),
        }
    }
}

impl From<&Job> for KnownJob {
    fn from(job: &Job) -> Self {
        Self::from(&job.to_draft())
    }
}

/// The job that a step starts; a step that is disabled starts none.
fn started(step: &StepDraft) -> Option<JobId> {
    let runs = step.enabled && step.type_key == StepType::JobRun.as_str();
    step.configuration.get("job_id").filter(|_| runs)?.as_str()?.parse().ok()
}

/// What is wrong with a step of the type `job.run`, seen from the job that it starts. Paths are those of its
/// configuration.
pub(super) fn check(step: &StepDraft, name: &str, references: &References) -> Problems {
    let mut problems = Problems::default();
    let target = step.configuration.get("job_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let Some((target, known)) = target.and_then(|id| Some((id, references.jobs.get(&id)?))) else {
        return problems;
    };
    if let (Some(own), Some(_)) = (references.own, started(step))
        && let Some(path) = way(target, own, &references.jobs)
    {
        let between = path.iter().map(|id| references.jobs.get(id).map_or("?", |job| job.name.as_str()));
        // The job itself stands at both ends, by the name that it is about to have.
        let inner = between.take(path.len() - 1).map(str::to_owned);
        let names: Vec<String> =
            std::iter::once(name.to_owned()).chain(inner).chain(std::iter::once(name.to_owned())).collect();
        let message = format!("The job would start itself: {}.", names.join(" → "));
        problems.push(Problem::error("job_id", "cycle", message));
    }
    let given: BTreeMap<String, Value> = match step.configuration.get("parameters") {
        Some(Value::Object(values)) => values.iter().map(|(n, v)| (n.clone(), v.clone())).collect(),
        // Another kind of value is told by the field's own check.
        Some(Value::Null) | None => BTreeMap::new(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => return problems,
    };
    problems.extend(given::check(&known.parameters, &given));
    problems.extend(given::missing(&known.parameters, &given));
    problems
}

/// The shortest way from one job to another along what starts what, both ends with it.
fn way(from: JobId, to: JobId, jobs: &BTreeMap<JobId, KnownJob>) -> Option<Vec<JobId>> {
    let mut came_from = BTreeMap::from([(from, from)]);
    let mut open = VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        if at == to {
            let mut path = vec![at];
            let mut last = at;
            while let Some(before) = came_from.get(&last).filter(|before| **before != last) {
                path.push(*before);
                last = *before;
            }
            path.reverse();
            return Some(path);
        }
        for next in jobs.get(&at).into_iter().flat_map(|job| &job.starts) {
            if let std::collections::btree_map::Entry::Vacant(unseen) = came_from.entry(*next) {
                unseen.insert(at);
                open.push_back(*next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn id(n: u128) -> JobId {
        JobId(Uuid::from_u128(n))
    }

    /// The job `name` with a step for each job that it starts.
    fn draft(name: &str, starts: &[(u128, Value)]) -> JobDraft {
        let steps: Vec<_> = starts
            .iter()
            .map(|(n, parameters)| {
                json!({ "name": format!("Run {n}"), "type_key": "job.run",
                        "configuration": { "job_id": id(*n).to_string(), "parameters": parameters } })
            })
            .collect();
        serde_json::from_value(json!({ "name": name, "steps": steps })).unwrap()
    }

    fn found(own: Option<u128>, draft: &JobDraft, jobs: &[(u128, JobDraft)]) -> Vec<String> {
        let jobs = jobs.iter().map(|(n, draft)| (id(*n), KnownJob::from(draft))).collect();
        let references = References { own: own.map(id), jobs, ..References::default() };
        draft.check(&references).0.iter().map(|p| format!("{} {p}", p.code)).collect()
    }

    #[test]
    fn a_job_that_would_start_itself_is_refused_with_the_way() {
        let c1 = draft("c1", &[(2, json!(null))]);
        let c2 = draft("c2", &[(3, json!(null))]);
        let c3 = draft("c3", &[(1, json!(null))]);
        let own = draft("me", &[(1, json!(null))]);
        assert_eq!(
            found(Some(1), &own, &[(1, own.clone())]),
            ["cycle steps[0].configuration.job_id: The job would start itself: me → me."]
        );
        let jobs = [(1, draft("c1", &[])), (2, c2.clone()), (3, c3.clone())];
        assert_eq!(
            found(Some(1), &c1, &jobs),
            ["cycle steps[0].configuration.job_id: The job would start itself: c1 → c2 → c3 → c1."]
        );
        assert_eq!(found(None, &c1, &jobs), Vec::<String>::new(), "a new job starts jobs as it likes");
        let mut off = c1.clone();
        off.steps[0].enabled = false;
        assert_eq!(found(Some(1), &off, &jobs), Vec::<String>::new(), "a disabled step starts none");
    }

    #[test]
    fn what_another_job_is_given_must_be_what_it_takes() {
        let mut other = draft("other", &[]);
        other.parameters = serde_json::from_value(json!([
            { "name": "n", "type": "number" }, { "name": "must", "required": true },
        ]))
        .unwrap();
        let given = |parameters| {
            found(Some(1), &draft("me", &[(2, parameters)]), &[(1, draft("me", &[])), (2, other.clone())])
        };
        assert_eq!(given(json!({ "n": "{{ job.version }}", "must": "x" })), Vec::<String>::new());
        assert_eq!(
            given(json!({ "n": "abc", "nope": 1 })),
            [
                "unknown_field steps[0].configuration.parameters.nope: There is no parameter `nope`; there are n, must.",
                "invalid steps[0].configuration.parameters.n: `abc` is not a number.",
                "required steps[0].configuration.parameters.must: Give a value for this parameter.",
            ]
        );
    }
}
