//! Schedules of a bundle: a set for each owner, compared as wholes because they have no names.

use super::super::shape::ScheduleEntry;
use super::Plan;
use super::known::Known;
use courier_domain::Timestamp;
use courier_domain::schedule::{Schedule, ScheduleDraft};

/// What changes about the schedules of one owner.
pub(in crate::bundle) struct PlannedSchedules<O, S> {
    pub(in crate::bundle) owner: O,
    pub(in crate::bundle) removed: Vec<S>,
    pub(in crate::bundle) added: Vec<ScheduleDraft>,
}

/// Where the schedules are meant, if they do not say it themselves.
pub(super) struct Here<'a> {
    pub(super) zone: &'a str,
    pub(super) now: Timestamp,
}

/// Those that the owner will have, and what must be done for it. Without a word of the bundle they stay.
pub(super) fn wanted<O, S: Copy>(
    given: Option<Vec<ScheduleEntry>>,
    owner: O,
    stored: &[(S, &Schedule)],
    here: &Here<'_>,
    known: &Known,
    plan: &mut Plan,
) -> (Vec<ScheduleDraft>, Option<PlannedSchedules<O, S>>) {
    let present: Vec<ScheduleDraft> = stored.iter().map(|(_, schedule)| schedule.to_draft()).collect();
    let Some(given) = given.or_else(|| plan.prune.then(Vec::new)) else { return (present, None) };
    let given: Vec<ScheduleDraft> =
        given.into_iter().map(|entry| resolved(entry, here, known, plan)).collect();
    let mut left = given;
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

/// Puts the calendar's id where its name stands, and the zone where none is said.
fn resolved(entry: ScheduleEntry, here: &Here<'_>, known: &Known, plan: &mut Plan) -> ScheduleDraft {
    let ScheduleEntry { path, mut draft, calendar } = entry;
    draft.time_zone.get_or_insert_with(|| here.zone.to_owned());
    let Some(name) = calendar else { return draft };
    let at = format!("{path}.calendar_id");
    draft.calendar_id = known.calendars.resolve(&name, &at, "calendar", &mut plan.problems);
    if let Some(calendar) = draft.calendar_id.and_then(|id| known.days.get(&id))
        && !draft.check().has_errors()
    {
        plan.more(draft.check_calendar(calendar, here.now).under(&path));
    }
    draft
}
