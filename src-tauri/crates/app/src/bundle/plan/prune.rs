//! What a bundle does not name goes away, of every kind that it speaks of.

use super::super::{BundleKind, PlanAction, PlannedChange};
use super::Plan;
use super::known::Known;
use crate::app::App;
use crate::bundle::shape::Bundle;
use crate::error::Result;
use courier_domain::setting::setting;
use courier_domain::{
    CalendarId, ConnectionId, FileMonitorId, JobChainId, JobId, NotificationRuleId, PgpKeyId, SshKeyId, TagId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is deleted, after everything else is written.
#[derive(Default)]
pub(in crate::bundle) struct Removals {
    pub(in crate::bundle) settings: Vec<&'static str>,
    pub(in crate::bundle) rules: Vec<NotificationRuleId>,
    pub(in crate::bundle) monitors: Vec<FileMonitorId>,
    pub(in crate::bundle) chains: Vec<JobChainId>,
    pub(in crate::bundle) jobs: Vec<JobId>,
    pub(in crate::bundle) connections: Vec<ConnectionId>,
    pub(in crate::bundle) pgp_keys: Vec<PgpKeyId>,
    pub(in crate::bundle) ssh_keys: Vec<SshKeyId>,
    pub(in crate::bundle) tags: Vec<TagId>,
    pub(in crate::bundle) calendars: Vec<CalendarId>,
}

/// The names that a bundle has, lower case, by kind.
pub(super) struct Named(BTreeMap<BundleKind, BTreeSet<String>>);

impl Named {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let lower = |names: &mut dyn Iterator<Item = &String>| names.map(|n| n.to_lowercase()).collect();
        Self(
            bundle
                .kinds
                .iter()
                .map(|kind| {
                    let names: BTreeSet<String> = match kind {
                        BundleKind::Settings => lower(&mut bundle.settings.iter().map(|(key, _)| key)),
                        BundleKind::Tags => lower(&mut bundle.tags.iter().map(|e| &e.draft.name)),
                        BundleKind::Calendars => lower(&mut bundle.calendars.iter().map(|e| &e.draft.name)),
                        BundleKind::SshKeys => lower(&mut bundle.ssh_keys.iter().map(|e| &e.name)),
                        BundleKind::PgpKeys => lower(&mut bundle.pgp_keys.iter().map(|e| &e.name)),
                        BundleKind::Connections => {
                            lower(&mut bundle.connections.iter().map(|e| &e.draft.name))
                        }
                        BundleKind::Jobs => lower(&mut bundle.jobs.iter().map(|e| &e.draft.name)),
                        BundleKind::Chains => lower(&mut bundle.chains.iter().map(|e| &e.draft.name)),
                        BundleKind::Monitors => lower(&mut bundle.monitors.iter().map(|e| &e.draft.name)),
                        BundleKind::NotificationRules => {
                            lower(&mut bundle.notification_rules.iter().map(|e| &e.draft.name))
                        }
                    };
                    (*kind, names)
                })
                .collect(),
        )
    }
}

/// Adds to the plan what goes away.
pub(super) async fn prune(app: &App, named: &Named, known: &Known, plan: &mut Plan) -> Result<()> {
    let stored = &known.stored;
    // A key that is there under another name, and is used for an entry of the bundle, stays.
    let used: BTreeSet<String> = plan.same_keys.iter().map(|name| name.to_lowercase()).collect();
    for (kind, names) in &named.0 {
        let gone = |name: &str| !names.contains(&name.to_lowercase()) && !used.contains(&name.to_lowercase());
        let mut deleted: Vec<String> = Vec::new();
        macro_rules! remove {
            ($rows:expr, $ids:ident) => {
                for row in $rows.iter().filter(|row| gone(&row.name)) {
                    plan.removals.$ids.push(row.id);
                    deleted.push(row.name.clone());
                }
            };
        }
        match kind {
            BundleKind::Settings => {
                let mut session = app.read().await?;
                for row in session.settings().await? {
                    let Some(spec) = setting(&row.key) else { continue };
                    if gone(&row.key) && row.value != spec.default {
                        plan.removals.settings.push(spec.key);
                        deleted.push(row.key);
                    }
                }
            }
            BundleKind::Tags => remove!(stored.tags, tags),
            BundleKind::Calendars => remove!(stored.calendars, calendars),
            BundleKind::SshKeys => remove!(stored.ssh_keys, ssh_keys),
            BundleKind::PgpKeys => remove!(stored.pgp_keys, pgp_keys),
            BundleKind::Connections => remove!(stored.connections, connections),
            BundleKind::Jobs => remove!(stored.jobs, jobs),
            BundleKind::Chains => remove!(stored.chains, chains),
            BundleKind::Monitors => remove!(stored.monitors, monitors),
            BundleKind::NotificationRules => remove!(stored.rules, rules),
        }
        plan.changes.extend(deleted.into_iter().map(|name| PlannedChange {
            kind: kind.one(),
            name,
            action: PlanAction::Delete,
            fields: Vec::new(),
        }));
    }
    Ok(())
}
