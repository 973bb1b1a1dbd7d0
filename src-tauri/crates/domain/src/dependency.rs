//! Dependencies between jobs that stand alone: the downstream waits until the upstream has been done.
//!
//! Left out: waiting itself (the queue asks the store). Invariant: the edges of one store never make a cycle.

use crate::{JobDependencyId, JobId, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

/// One edge. `downstream_job_id` starts only after `upstream_job_id` has been done since its last start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct JobDependency {
    pub id: JobDependencyId,
    pub upstream_job_id: JobId,
    pub downstream_job_id: JobId,
    /// The upstream may also have failed.
    pub run_on_failure: bool,
    /// The upstream's end starts the downstream, instead of only letting it go on.
    pub trigger_downstream: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What people enter about an edge, at the downstream job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct DependencyDraft {
    pub upstream_job_id: JobId,
    #[serde(default)]
    pub run_on_failure: bool,
    #[serde(default)]
    pub trigger_downstream: bool,
}

/// A path that comes back to where it began, following `(upstream, downstream)` edges; first and last are the same.
/// None if there is none.
pub fn cycle<N: Copy + Ord + Hash>(edges: impl IntoIterator<Item = (N, N)>) -> Option<Vec<N>> {
    let mut next: BTreeMap<N, BTreeSet<N>> = BTreeMap::new();
    for (upstream, downstream) in edges {
        next.entry(upstream).or_default().insert(downstream);
    }
    let mut done = BTreeSet::new();
    for start in next.keys().copied() {
        // Depth first without recursion: a chain of dependencies may be as long as there are jobs.
        let mut path = vec![start];
        let mut on_path = BTreeSet::from([start]);
        let mut open = vec![children(&next, start)];
        while let Some(level) = open.last_mut() {
            match level.pop() {
                Some(node) if done.contains(&node) => {}
                Some(node) => {
                    if !on_path.insert(node) {
                        let at = path.iter().position(|n| *n == node).unwrap_or_default();
                        let mut found = path.split_off(at);
                        found.push(node);
                        return Some(found);
                    }
                    path.push(node);
                    open.push(children(&next, node));
                }
                None => {
                    open.pop();
                    if let Some(node) = path.pop() {
                        on_path.remove(&node);
                        done.insert(node);
                    }
                }
            }
        }
    }
    None
}

fn children<N: Copy + Ord>(next: &BTreeMap<N, BTreeSet<N>>, node: N) -> Vec<N> {
    next.get(&node).map(|nodes| nodes.iter().rev().copied().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_diamond_is_no_cycle() {
        assert_eq!(cycle([(1, 2), (1, 3), (2, 4), (3, 4)]), None);
    }

    #[test]
    fn a_cycle_is_named_with_its_path() {
        assert_eq!(cycle([(1, 2), (2, 3), (3, 4), (4, 2)]), Some(vec![2, 3, 4, 2]));
        assert_eq!(cycle([(7, 7)]), Some(vec![7, 7]));
    }

    #[test]
    fn a_long_line_needs_no_deep_stack() {
        assert_eq!(cycle((0..100_000).map(|n| (n, n + 1)).take(20_000)), None);
    }

    proptest! {
        #[test]
        fn edges_that_only_go_up_make_no_cycle(edges in prop::collection::vec((0..40u8, 0..40u8), 0..200)) {
            let up = edges.iter().filter(|(a, b)| a < b).copied();
            prop_assert_eq!(cycle(up), None);
        }

        #[test]
        fn what_is_named_is_a_cycle(edges in prop::collection::vec((0..8u8, 0..8u8), 0..40)) {
            if let Some(path) = cycle(edges.iter().copied()) {
                prop_assert_eq!(path.first(), path.last());
                for pair in path.windows(2) {
                    prop_assert!(edges.contains(&(pair[0], pair[1])));
                }
            }
        }
    }
}
