//! File monitors of a bundle.

use super::super::shape::MonitorEntry;
use super::known::{Known, by_name};
use super::{Change, Plan, PlannedMonitor, tag};
use crate::app::App;
use crate::bundle::export;
use crate::error::Result;
use crate::surroundings;
use courier_domain::monitor::{FileMonitor, MonitorEvent, MonitorReferences, MonitorState};
use courier_domain::tag::TaggableEntityType;

pub(super) fn monitor(app: &App, entry: MonitorEntry, known: &Known, plan: &mut Plan) -> Result<()> {
    let MonitorEntry { path, mut draft, connection, calendar, bindings, state, tags } = entry;
    if let Some(name) = connection {
        let at = format!("{path}.watch_target.connection_id");
        draft.watch_target.connection_id =
            known.connections.resolve(&name, &at, "connection", &mut plan.problems);
    }
    let before = by_name(&known.stored.monitors, &draft.name, |m| &m.name);
    if let Some(expected) = &mut draft.expected_files {
        expected.calendar_id = calendar.and_then(|name| {
            let at = format!("{path}.expected_files.calendar_id");
            known.calendars.resolve(&name, &at, "calendar", &mut plan.problems)
        });
        let stored = before.and_then(|b| b.expected_files.as_ref()?.time_zone.clone());
        expected.time_zone = expected.time_zone.take().or(stored).or_else(|| Some(surroundings::time_zone()));
    }
    for (index, (binding, named)) in draft.bindings.iter_mut().zip(bindings).enumerate() {
        let at = |field: &str| format!("{path}.bindings[{index}].{field}");
        binding.job_id =
            named.job.and_then(|n| known.jobs.resolve(&n, &at("job_id"), "job", &mut plan.problems));
        binding.chain_id =
            named.chain.and_then(|n| known.chains.resolve(&n, &at("chain_id"), "chain", &mut plan.problems));
    }
    let references = MonitorReferences {
        connections: known.connections.ids(),
        jobs: known.jobs.ids(),
        chains: known.chains.ids(),
        calendars: known.days.clone(),
    };
    plan.more(draft.check(&references).under(&path));
    let id = known.monitors.find(&draft.name).unwrap_or_else(|| app.new_id());
    let node = app.node_name();
    let mut after = match before {
        Some(before) => {
            // Whoever applies a bundle does not take a folder over from the node that watches it.
            draft.run_on = draft.run_on.or_else(|| Some(before.run_on.clone()));
            let mut after = before.clone();
            after.edit(draft.clone(), node, before.updated_at, || app.new_id());
            after
        }
        None => FileMonitor::new(id, draft.clone(), node, app.now(), || app.new_id()),
    };
    let from = before.map_or(MonitorState::Active, |b| b.state);
    after.state = state.unwrap_or(after.state);
    let old_tags = known.stored.tagged.get(&id.0).cloned().unwrap_or_default();
    let tags = tag::wanted(tags, (TaggableEntityType::FileMonitor, id.0, &path), known, plan);
    let changed = plan.compare(Change {
        kind: "monitor",
        name: &draft.name,
        before: before.map(|b| export::monitor(b, &old_tags, &known.names)).transpose()?,
        after: export::monitor(&after, &tags, &known.names)?,
        secret: None,
    })?;
    // Error shows as active in a bundle, so going there is no difference of texts.
    if changed || after.state != from {
        let same = before.is_some_and(|b| b.to_draft() == after.to_draft());
        plan.monitors.push(PlannedMonitor {
            id,
            before: before.cloned(),
            draft: (!same).then_some(draft),
            moves: way(from, after.state),
        });
    }
    Ok(())
}

/// What must happen to a monitor to get from one state to another.
fn way(from: MonitorState, to: MonitorState) -> &'static [MonitorEvent] {
    use MonitorEvent as E;
    use MonitorState as S;
    match (from, to) {
        (S::Active, S::Paused) => &[E::Pause],
        (S::Active | S::Paused | S::Error, S::Disabled) => &[E::Disable],
        (S::Paused, S::Active) => &[E::Resume],
        (S::Disabled, S::Active) => &[E::Activate],
        (S::Error, S::Active) => &[E::Acknowledge],
        (S::Disabled, S::Paused) => &[E::Activate, E::Pause],
        (S::Error, S::Paused) => &[E::Acknowledge, E::Pause],
        (S::Active, S::Active)
        | (S::Paused, S::Paused)
        | (S::Disabled, S::Disabled)
        | (S::Active | S::Paused | S::Disabled | S::Error, S::Error) => &[],
    }
}
