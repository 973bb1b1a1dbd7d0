//! Schedules of a bundle: a set for each owner, compared as wholes because they have no names.

use super::Plan;
use courier_domain::schedule::{Schedule, ScheduleDraft};

/// What changes about the schedules of one owner.
pub(in crate::bundle) struct PlannedSchedules<O, S> {
    pub(in crate::bundle) owner: O,
    pub(in crate::bundle) removed: Vec<S>,
    pub(in crate::bundle) added: Vec<ScheduleDraft>,
}

/// Those that the owner will have, and what must be done for it. Without a word of the bundle they stay.
pub(super) fn wanted<O, S: Copy>(
    given: Option<Vec<ScheduleDraft>>,
    owner: O,
    stored: &[(S, &Schedule)],
    zone: &str,
    plan: &Plan,
) -> (Vec<ScheduleDraft>, Option<PlannedSchedules<O, S>>) {
    let present: Vec<ScheduleDraft> = stored.iter().map(|(_, schedule)| schedule.to_draft()).collect();
    let Some(mut given) = given.or_else(|| plan.prune.then(Vec::new)) else { return (present, None) };
    for draft in &mut given {
        draft.time_zone.get_or_insert_with(|| zone.to_owned());
    }
    let mut left = given.clone();
    let mut removed = Vec::new();
    let mut kept = Vec::new();
    for ((id, _), draft) in stored.iter().zip(present) {
        match left.iter().position(|wanted| *wanted == draft) {
            Some(at) => kept.push(left.remove(at)),
            None => removed.push(*id),
        }
    }
    kept.extend(left.iter().cloned());
    let planned = PlannedSchedules { owner, removed, added: left };
    let changes = !planned.removed.is_empty() || !planned.added.is_empty();
    (kept, changes.then_some(planned))
}
