//! Notification rules of a bundle: a secret changes only when it is another one.

use super::super::ApplyRequest;
use super::super::shape::RuleEntry;
use super::known::{Known, Names, by_name};
use super::secret::{Given, given};
use super::{Change, Plan, PlannedRule};
use crate::app::App;
use crate::bundle::export;
use crate::error::Result;
use courier_domain::Problems;
use courier_domain::connection::Sealed;
use courier_domain::notification::NotificationRule;
use courier_engine::places;

pub(super) fn rule(
    app: &App,
    request: &ApplyRequest,
    entry: RuleEntry,
    known: &Known,
    plan: &mut Plan,
) -> Result<()> {
    let RuleEntry { path, mut draft, tags, jobs, chains, monitors, secret } = entry;
    let problems = &mut plan.problems;
    draft.tags = ids(&known.tags, &tags, &format!("{path}.tags"), "tag", problems);
    draft.jobs = ids(&known.jobs, &jobs, &format!("{path}.jobs"), "job", problems);
    draft.chains = ids(&known.chains, &chains, &format!("{path}.chains"), "chain", problems);
    draft.monitors = ids(&known.monitors, &monitors, &format!("{path}.monitors"), "monitor", problems);
    plan.more(draft.check().under(&path));
    let before = by_name(&known.stored.rules, &draft.name, |r| &r.name);
    let id = before.map_or_else(|| app.new_id(), |b| b.id);
    let stored = before.and_then(|b| b.secret_encrypted.as_ref()).filter(|sealed| !sealed.0.is_empty());
    let mut waits = false;
    let at = format!("{path}.channel.secret");
    let value = match given(secret, stored.is_some(), &at, request, plan) {
        Given::Nothing => None,
        Given::Missing => {
            (draft.is_enabled, waits) = (false, true);
            None
        }
        Given::Value(value) => Some(value).filter(|value| {
            !stored.is_some_and(|sealed| {
                app.vault()
                    .open_secret(&places::notification_secret(id), sealed)
                    .is_ok_and(|old| old.expose() == value.expose().as_bytes())
            })
        }),
    };
    plan.needs_vault |= value.is_some();
    // An export shows whether there is a secret; which one does not matter for that.
    let sealed = match (&value, waits) {
        (Some(_), _) => Some(Sealed(vec![0])),
        (None, true) => Some(Sealed(Vec::new())),
        (None, false) => before.and_then(|b| b.secret_encrypted.clone()),
    };
    let after = match before {
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), before.updated_at);
            after.secret_encrypted = sealed;
            after
        }
        None => NotificationRule::new(id, draft.clone(), sealed, app.now()),
    };
    let changed = plan.compare(Change {
        kind: "notification_rule",
        name: &draft.name,
        before: before.map(|b| export::rule(b, &known.names)).transpose()?,
        after: export::rule(&after, &known.names)?,
        secret: value.is_some().then_some("channel.secret"),
    })?;
    if changed {
        plan.rules.push(PlannedRule { id, before: before.cloned(), draft, secret: value, waits });
    }
    Ok(())
}

fn ids<T: Copy + std::fmt::Display + PartialEq>(
    names: &Names<T>,
    given: &[String],
    path: &str,
    kind: &str,
    problems: &mut Problems,
) -> Vec<T> {
    let mut ids = Vec::new();
    for (index, name) in given.iter().enumerate() {
        if let Some(id) = names.resolve(name, &format!("{path}[{index}]"), kind, problems)
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    ids
}
