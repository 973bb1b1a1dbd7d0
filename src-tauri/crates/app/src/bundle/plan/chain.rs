//! Chains of a bundle: members keep their ids by their names.

use super::super::shape::ChainEntry;
use super::known::{Known, by_name};
use super::{Change, Plan, PlannedChain, schedule, tag};
use crate::app::App;
use crate::bundle::export;
use crate::error::Result;
use crate::surroundings;
use courier_domain::ChainScheduleId;
use courier_domain::chain::JobChain;
use courier_domain::schedule::Schedule;
use courier_domain::tag::TaggableEntityType;

pub(super) fn chain(app: &App, entry: ChainEntry, known: &Known, plan: &mut Plan) -> Result<()> {
    let ChainEntry { path, mut draft, jobs, is_enabled, tags, schedules } = entry;
    for (index, (member, job)) in draft.members.iter_mut().zip(jobs).enumerate() {
        let at = format!("{path}.members[{index}].job_id");
        if let Some(id) = job.and_then(|job| known.jobs.resolve(&job, &at, "job", &mut plan.problems)) {
            member.job_id = id;
        }
    }
    plan.more(draft.check(&known.jobs.ids()).under(&path));
    let before = by_name(&known.stored.chains, &draft.name, |c| &c.name);
    let id = known.chains.find(&draft.name).unwrap_or_else(|| app.new_id());
    let mut after = match before {
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), before.updated_at, || app.new_id());
            after
        }
        None => JobChain::new(id, draft.clone(), app.now(), || app.new_id()),
    };
    after.is_enabled = is_enabled.unwrap_or(after.is_enabled);
    let stored: Vec<(ChainScheduleId, &Schedule)> = known
        .stored
        .chain_schedules
        .iter()
        .filter(|s| s.chain_id == id)
        .map(|s| (s.id, &s.schedule))
        .collect();
    let old_schedules: Vec<_> = stored.iter().map(|(_, schedule)| schedule.to_draft()).collect();
    let old_tags = known.stored.tagged.get(&id.0).cloned().unwrap_or_default();
    let here = schedule::Here { zone: &surroundings::time_zone(), now: app.now() };
    let (schedules, planned) = schedule::wanted(schedules, id, &stored, &here, known, plan);
    plan.chain_schedules.extend(planned);
    let tags = tag::wanted(tags, (TaggableEntityType::JobChain, id.0, &path), known, plan);
    let names = &known.names;
    let written = before.map(|b| export::chain(b, &old_tags, &old_schedules, names)).transpose()?;
    let changed = plan.compare(Change {
        kind: "chain",
        name: &draft.name,
        before: written,
        after: export::chain(&after, &tags, &schedules, names)?,
        secret: None,
    })?;
    if changed {
        let same = before.is_some_and(|b| b.to_draft() == after.to_draft());
        let switched = before.is_none_or(|b| b.is_enabled != after.is_enabled) && is_enabled.is_some();
        plan.chains.push(PlannedChain {
            id,
            before: before.cloned(),
            draft: (!same).then_some(draft),
            is_enabled: is_enabled.filter(|_| switched),
        });
    }
    Ok(())
}
