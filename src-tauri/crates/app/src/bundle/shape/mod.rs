//! The bundle's shape: typed entries, each with the path it stands at. References are still names.

mod calendar;
mod chain;
mod connection;
mod job;
mod key;
mod monitor;
mod rule;
mod tag;

pub(super) use calendar::CalendarEntry;
pub(super) use chain::ChainEntry;
pub(super) use connection::{ConnectionEntry, minimal_connection};
pub(super) use job::{DependencyEntry, JobEntry, StepSecret, steps};
pub(super) use key::{FileImport, KeyEntry, PgpOrigin, SshOrigin};
pub(super) use monitor::{MonitorEntry, minimal_monitor};
pub(super) use rule::{RuleEntry, minimal_rule};
pub(super) use tag::TagEntry;

use super::BundleKind;
use super::read::{fields, join, kind, list, nothing_else, object};
use super::secret::SecretSource;
use courier_domain::schedule::ScheduleDraft;
use courier_domain::{Problem, Problems};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The version of the format.
pub(super) const FORMAT: u64 = 1;

/// A bundle whose every object is well-formed.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    /// The kinds that it speaks of, if only by an empty list. A section without a value is none.
    pub(super) kinds: BTreeSet<BundleKind>,
    pub(super) settings: Vec<(String, String)>,
    pub(super) tags: Vec<TagEntry>,
    pub(super) calendars: Vec<CalendarEntry>,
    pub(super) ssh_keys: Vec<KeyEntry<SshOrigin>>,
    pub(super) pgp_keys: Vec<KeyEntry<PgpOrigin>>,
    pub(super) connections: Vec<ConnectionEntry>,
    pub(super) jobs: Vec<JobEntry>,
    pub(super) chains: Vec<ChainEntry>,
    pub(super) monitors: Vec<MonitorEntry>,
    pub(super) notification_rules: Vec<RuleEntry>,
}

/// Reads the whole bundle. What has a problem is left out and named in `problems`.
pub(super) fn read(value: Value, problems: &mut Problems) -> Bundle {
    let mut bundle = Bundle::default();
    let Some(mut top) = object(value, "", problems) else { return bundle };
    match top.remove("courier") {
        Some(Value::Number(n)) if n.as_u64() == Some(FORMAT) => {}
        Some(_) => {
            problems.push(Problem::error("courier", "invalid", "This Courier reads bundles of version 1."))
        }
        None => problems.push(Problem::error("courier", "required", "A bundle begins with `courier: 1`.")),
    }
    bundle.kinds = BundleKind::ALL
        .iter()
        .copied()
        .filter(|kind| top.get(kind.as_str()).is_some_and(|section| !section.is_null()))
        .collect();
    if let Some(settings) =
        top.remove("settings").filter(|v| !v.is_null()).and_then(|v| object(v, "settings", problems))
    {
        for (key, value) in settings {
            match value {
                Value::String(text) => bundle.settings.push((key, text)),
                Value::Number(n) => bundle.settings.push((key, n.to_string())),
                Value::Bool(b) => bundle.settings.push((key, b.to_string())),
                Value::Object(_) => bundle.settings.push((key, value.to_string())),
                Value::Null | Value::Array(_) => problems.push(Problem::error(
                    format!("settings.{key}"),
                    "invalid",
                    "A setting's value is a text, a number, true, false or an object.",
                )),
            }
        }
    }
    for (path, item) in list(top.remove("tags"), "tags", problems) {
        bundle.tags.extend(tag::tag(path, item, problems));
    }
    for (path, item) in list(top.remove("calendars"), "calendars", problems) {
        bundle.calendars.extend(calendar::calendar(path, item, problems));
    }
    for (path, item) in list(top.remove("ssh_keys"), "ssh_keys", problems) {
        bundle.ssh_keys.extend(key::ssh_key(path, item, problems));
    }
    for (path, item) in list(top.remove("pgp_keys"), "pgp_keys", problems) {
        bundle.pgp_keys.extend(key::pgp_key(path, item, problems));
    }
    for (path, item) in list(top.remove("connections"), "connections", problems) {
        bundle.connections.extend(connection::connection(path, item, problems));
    }
    for (path, item) in list(top.remove("jobs"), "jobs", problems) {
        bundle.jobs.extend(job::job(path, item, problems));
    }
    for (path, item) in list(top.remove("chains"), "chains", problems) {
        bundle.chains.extend(chain::chain(path, item, problems));
    }
    for (path, item) in list(top.remove("monitors"), "monitors", problems) {
        bundle.monitors.extend(monitor::monitor(path, item, problems));
    }
    for (path, item) in list(top.remove("notification_rules"), "notification_rules", problems) {
        bundle.notification_rules.extend(rule::rule(path, item, problems));
    }
    let known: Vec<&str> =
        ["courier"].into_iter().chain(BundleKind::ALL.iter().map(|kind| kind.as_str())).collect();
    nothing_else(&top, &known, "", problems);
    no_doubles(bundle.tags.iter().map(|e| (&e.path, &e.draft.name)), problems);
    no_doubles(bundle.calendars.iter().map(|e| (&e.path, &e.draft.name)), problems);
    no_doubles(bundle.ssh_keys.iter().map(|e| (&e.path, &e.name)), problems);
    no_doubles(bundle.pgp_keys.iter().map(|e| (&e.path, &e.name)), problems);
    no_doubles(bundle.connections.iter().map(|e| (&e.path, &e.draft.name)), problems);
    no_doubles(bundle.jobs.iter().map(|e| (&e.path, &e.draft.name)), problems);
    no_doubles(bundle.chains.iter().map(|e| (&e.path, &e.draft.name)), problems);
    no_doubles(bundle.monitors.iter().map(|e| (&e.path, &e.draft.name)), problems);
    no_doubles(bundle.notification_rules.iter().map(|e| (&e.path, &e.draft.name)), problems);
    bundle
}

fn no_doubles<'a>(entries: impl Iterator<Item = (&'a String, &'a String)>, problems: &mut Problems) {
    let mut seen = std::collections::BTreeSet::new();
    for (path, name) in entries {
        if !name.is_empty() && !seen.insert(name.to_lowercase()) {
            problems.push(Problem::error(
                join(path, "name"),
                "duplicate",
                format!("`{name}` is there twice."),
            ));
        }
    }
}

/// Takes a secret's source out of an object.
fn take_secret(
    map: &mut Map<String, Value>,
    name: &str,
    path: &str,
    problems: &mut Problems,
) -> Option<SecretSource> {
    let value = map.remove(name).filter(|v| !v.is_null())?;
    SecretSource::read(&value, &join(path, name), problems)
}

/// Takes true or false out of an object.
fn take_switch(
    map: &mut Map<String, Value>,
    name: &str,
    path: &str,
    problems: &mut Problems,
) -> Option<bool> {
    match map.remove(name).filter(|v| !v.is_null())? {
        Value::Bool(on) => Some(on),
        _ => {
            problems.push(Problem::error(join(path, name), "invalid", "Enter true or false."));
            None
        }
    }
}

/// Takes the name or id of `what` out of an object.
fn take_name(
    map: &mut Map<String, Value>,
    name: &str,
    what: &str,
    path: &str,
    problems: &mut Problems,
) -> Option<String> {
    match map.remove(name).filter(|v| !v.is_null())? {
        Value::String(name) => Some(name),
        other => {
            let message = format!("This needs the name or id of {what}, not {}.", kind(&other));
            problems.push(Problem::error(join(path, name), "invalid", message));
            None
        }
    }
}

/// As [`take_name`] for one that must be there. A stand-in takes its place, so that the rest can be read.
fn take_needed_name(
    map: &mut Map<String, Value>,
    name: &str,
    what: &str,
    path: &str,
    problems: &mut Problems,
) -> Option<String> {
    if map.get(name).is_none_or(Value::is_null) {
        let message = format!("This needs the name or id of {what}.");
        problems.push(Problem::error(join(path, name), "required", message));
    }
    let found = take_name(map, name, what, path, problems);
    map.insert(name.to_owned(), json!(uuid::Uuid::nil()));
    found
}

/// A list of names; `None` if there is no such list.
fn names(value: Option<Value>, path: &str, problems: &mut Problems) -> Option<Vec<String>> {
    let value = value?;
    let mut found = Vec::new();
    for (at, item) in list(Some(value), path, problems) {
        match item {
            Value::String(name) => found.push(name),
            other => {
                let message = format!("This needs a name, not {}.", kind(&other));
                problems.push(Problem::error(at, "invalid", message));
            }
        }
    }
    Some(found)
}

/// A schedule whose calendar is still a name.
#[derive(Debug)]
pub(super) struct ScheduleEntry {
    pub(super) path: String,
    pub(super) draft: ScheduleDraft,
    pub(super) calendar: Option<String>,
}

/// Takes checked schedules out of an object; `None` if it says nothing of them.
fn schedules(
    map: &mut Map<String, Value>,
    path: &str,
    problems: &mut Problems,
) -> Option<Vec<ScheduleEntry>> {
    let value = map.remove("schedules")?;
    let mut found = Vec::new();
    for (at, item) in list(Some(value), &join(path, "schedules"), problems) {
        let Some(mut map) = object(item, &at, problems) else { continue };
        let calendar = take_name(&mut map, "calendar_id", "a calendar", &at, problems);
        let before = problems.0.len();
        let minimal = json!({ "schedule_type": "cron" });
        if let Some(draft) = fields::<ScheduleDraft>(&minimal, map, &at, problems) {
            // Fields that could not be read are said once.
            if problems.0.len() == before {
                problems.extend(draft.check().under(&at));
            }
            found.push(ScheduleEntry { path: at, draft, calendar });
        }
    }
    Some(found)
}
