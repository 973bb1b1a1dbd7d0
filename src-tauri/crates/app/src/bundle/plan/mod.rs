//! Compares a bundle with the store: what is new, what changes, what goes, what stays, and everything wrong with it.
//!
//! Nothing is written and no key is made here. Invariant: a plan without problems applies, unless the store changes
//! meanwhile.

mod calendar;
mod chain;
mod connection;
mod job;
mod keys;
mod known;
mod monitor;
mod prune;
mod rule;
mod schedule;
mod secret;
mod tag;

pub(super) use job::{refer_steps, waits_for_secret};
pub(super) use prune::Removals;
pub(super) use schedule::PlannedSchedules;

use super::diff::differences;
use super::export::Ordered;
use super::shape::Bundle;
use super::{ApplyRequest, PlanAction, PlannedChange, Unnamed};
use crate::app::App;
use crate::error::{AppError, Result};
use crate::pgp_keys::PgpKeyDraft;
use courier_domain::calendar::{Calendar, CalendarDraft};
use courier_domain::chain::{ChainDraft, JobChain};
use courier_domain::connection::{Connection, ConnectionDraft, ConnectionProtocol};
use courier_domain::dependency::DependencyDraft;
use courier_domain::job::{FieldChange, Job, JobDraft};
use courier_domain::key::SshKeyType;
use courier_domain::monitor::{FileMonitor, MonitorDraft, MonitorEvent};
use courier_domain::notification::{NotificationRule, RuleDraft};
use courier_domain::setting::{ALLOW_COMMANDS, setting};
use courier_domain::tag::{Tag, TagDraft, TaggableEntityType};
use courier_domain::{
    CalendarId, ChainScheduleId, ConnectionId, FileMonitorId, JobChainId, JobId, JobScheduleId,
    NotificationRuleId, PgpKeyId, Problem, Problems, SecretId, SshKeyId, TagId,
};
use courier_keys::pgp::ImportedPgp;
use courier_keys::ssh::{SshKeyPair, SshPublicKey};
use courier_vault::SecretString;
use known::Known;
use prune::Named;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What will be written.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) settings: Vec<(String, String)>,
    pub(super) tags: Vec<PlannedTag>,
    pub(super) calendars: Vec<PlannedCalendar>,
    pub(super) ssh_keys: Vec<NewSsh>,
    pub(super) pgp_keys: Vec<NewPgp>,
    pub(super) secrets: Vec<(SecretId, SecretString)>,
    pub(super) connections: Vec<PlannedConnection>,
    pub(super) jobs: Vec<PlannedJob>,
    pub(super) job_schedules: Vec<PlannedSchedules<JobId, JobScheduleId>>,
    /// What each of these jobs will wait for, instead of what it does.
    pub(super) dependencies: Vec<(JobId, Vec<DependencyDraft>)>,
    pub(super) chains: Vec<PlannedChain>,
    pub(super) chain_schedules: Vec<PlannedSchedules<JobChainId, ChainScheduleId>>,
    pub(super) monitors: Vec<PlannedMonitor>,
    pub(super) rules: Vec<PlannedRule>,
    /// The tags that each of these things will have, instead of those it has.
    pub(super) tagged: Vec<(TaggableEntityType, Uuid, Vec<TagId>)>,
    pub(super) removals: Removals,
    pub(super) changes: Vec<PlannedChange>,
    pub(super) warnings: Vec<Problem>,
    pub(super) problems: Problems,
    /// Whether writing it seals anything.
    pub(super) needs_vault: bool,
    /// What the bundle does not name goes away.
    prune: bool,
    /// What the connections of the bundle speak.
    protocols: HashMap<ConnectionId, ConnectionProtocol>,
    /// Names of stored keys that the bundle has under other names.
    same_keys: Vec<String>,
    /// Upstream, downstream, and where the bundle says so.
    waits: Vec<(JobId, JobId, String)>,
}

pub(super) struct PlannedTag {
    pub(super) id: TagId,
    pub(super) before: Option<Tag>,
    pub(super) draft: TagDraft,
}

pub(super) struct PlannedCalendar {
    pub(super) id: CalendarId,
    pub(super) before: Option<Calendar>,
    pub(super) draft: CalendarDraft,
}

pub(super) struct NewSsh {
    pub(super) id: SshKeyId,
    pub(super) name: String,
    pub(super) made: SshMade,
}

pub(super) enum SshMade {
    Generate(SshKeyType),
    Imported(SshKeyPair),
    /// Its private part is still to be imported.
    Public(SshPublicKey),
}

pub(super) struct NewPgp {
    pub(super) id: PgpKeyId,
    pub(super) made: PgpMade,
}

pub(super) enum PgpMade {
    Generate(PgpKeyDraft),
    Imported { name: String, key: Box<ImportedPgp>, passphrase: Option<SecretString> },
}

pub(super) struct PlannedConnection {
    pub(super) id: ConnectionId,
    pub(super) before: Option<Connection>,
    pub(super) draft: ConnectionDraft,
    /// Replaces the stored one.
    pub(super) password: Option<SecretString>,
    /// Replaces the stored one.
    pub(super) proxy_password: Option<SecretString>,
}

pub(super) struct PlannedJob {
    pub(super) id: JobId,
    pub(super) before: Option<Job>,
    /// `None` when only its switch, or what stands beside it, changes.
    pub(super) draft: Option<JobDraft>,
    pub(super) is_enabled: Option<bool>,
}

pub(super) struct PlannedChain {
    pub(super) id: JobChainId,
    pub(super) before: Option<JobChain>,
    /// `None` when only its switch, or what stands beside it, changes.
    pub(super) draft: Option<ChainDraft>,
    pub(super) is_enabled: Option<bool>,
}

pub(super) struct PlannedMonitor {
    pub(super) id: FileMonitorId,
    pub(super) before: Option<FileMonitor>,
    /// `None` when only its state or its tags change.
    pub(super) draft: Option<MonitorDraft>,
    pub(super) moves: &'static [MonitorEvent],
}

pub(super) struct PlannedRule {
    pub(super) id: NotificationRuleId,
    pub(super) before: Option<NotificationRule>,
    pub(super) draft: RuleDraft,
    /// Replaces the stored one.
    pub(super) secret: Option<SecretString>,
    /// Its secret is still to be given.
    pub(super) waits: bool,
}

/// An object before and after, as a bundle writes it.
struct Change<'a> {
    kind: &'static str,
    name: &'a str,
    before: Option<Ordered>,
    after: Ordered,
    /// The path of a secret that gets another value, which no text shows.
    secret: Option<&'a str>,
}

impl Plan {
    /// What every connection speaks once the bundle is applied.
    fn protocols(&self, known: &Known) -> BTreeMap<ConnectionId, ConnectionProtocol> {
        let stored = known.stored.connections.iter().map(|c| (c.id, c.protocol));
        stored.chain(self.protocols.iter().map(|(id, protocol)| (*id, *protocol))).collect()
    }

    /// Notes what becomes of an object; says whether anything does.
    fn compare(&mut self, change: Change<'_>) -> Result<bool> {
        let value = |object: &Ordered| serde_json::to_value(object).map_err(AppError::internal);
        let Some(before) = &change.before else {
            self.create(change.kind, change.name);
            return Ok(true);
        };
        let mut fields = differences(&value(before)?, &value(&change.after)?);
        if let Some(path) = change.secret {
            fields.retain(|field| !field.path.starts_with(path));
            fields.push(FieldChange { path: path.to_owned(), from: None, to: Some(json!("changed")) });
        }
        let differs = !fields.is_empty();
        self.note(change.kind, change.name, fields);
        Ok(differs)
    }

    fn create(&mut self, kind: &'static str, name: &str) {
        let action = PlanAction::Create;
        self.changes.push(PlannedChange { kind, name: name.to_owned(), action, fields: Vec::new() });
    }

    /// An object that is there: without differences it is unchanged.
    fn note(&mut self, kind: &'static str, name: &str, fields: Vec<FieldChange>) {
        let action = if fields.is_empty() { PlanAction::Unchanged } else { PlanAction::Update };
        self.changes.push(PlannedChange { kind, name: name.to_owned(), action, fields });
    }

    /// Adds problems of a later check, but not a second one for a place that has one already.
    fn more(&mut self, found: Problems) {
        for problem in found.0 {
            if problem.severity == courier_domain::Severity::Warning {
                self.warnings.push(problem);
            } else if !self.problems.0.iter().any(|p| p.path == problem.path) {
                self.problems.push(problem);
            }
        }
    }
}

/// Makes the plan. Its problems are for the caller to refuse.
pub(super) async fn plan(
    app: &App,
    request: &ApplyRequest,
    bundle: Bundle,
    problems: Problems,
) -> Result<Plan> {
    let prune = request.unnamed == Unnamed::Delete;
    let mut plan = Plan { problems, prune, ..Plan::default() };
    let mut known = Known::load(app).await?;
    let named = Named::of(&bundle);
    settings(app, &bundle, &mut plan).await?;
    // All ids first, so that what refers to a thing may stand anywhere.
    macro_rules! announce {
        ($entries:expr, $names:ident) => {
            for entry in &$entries {
                let name = &entry.draft.name;
                let id = known.$names.find(name).unwrap_or_else(|| app.new_id());
                known.$names.add(name, id);
                known.names.add(id, name);
            }
        };
    }
    announce!(bundle.tags, tags);
    announce!(bundle.calendars, calendars);
    announce!(bundle.connections, connections);
    announce!(bundle.jobs, jobs);
    announce!(bundle.chains, chains);
    announce!(bundle.monitors, monitors);
    known.called = job::called(&bundle.jobs, &known);
    for entry in bundle.tags {
        tag::tag(app, entry, &known, &mut plan)?;
    }
    for entry in bundle.calendars {
        calendar::calendar(app, entry, &mut known, &mut plan)?;
    }
    for entry in bundle.ssh_keys {
        keys::ssh_key(app, request, entry, &mut known, &mut plan).await?;
    }
    for entry in bundle.pgp_keys {
        keys::pgp_key(app, request, entry, &mut known, &mut plan).await?;
    }
    for entry in bundle.connections {
        connection::connection(app, request, entry, &known, &mut plan)?;
    }
    connection::order_by_jump(&known, &mut plan);
    for entry in bundle.jobs {
        job::job(app, request, entry, &known, &mut plan).await?;
    }
    job::refuse_cycle(&known, &mut plan);
    for entry in bundle.chains {
        chain::chain(app, entry, &known, &mut plan)?;
    }
    for entry in bundle.monitors {
        monitor::monitor(app, entry, &known, &mut plan)?;
    }
    for entry in bundle.notification_rules {
        rule::rule(app, request, entry, &known, &mut plan)?;
    }
    if prune {
        prune::prune(app, &named, &known, &mut plan).await?;
    }
    Ok(plan)
}

async fn settings(app: &App, bundle: &Bundle, plan: &mut Plan) -> Result<()> {
    let mut session = app.read().await?;
    for (key, value) in &bundle.settings {
        let path = format!("settings.{key}");
        let Some(spec) = setting(key) else {
            plan.problems.push(Problem::error(
                path,
                "unknown_field",
                format!("There is no setting `{key}`; `courier settings list` shows them all."),
            ));
            continue;
        };
        match spec.check(value) {
            Err(problem) => plan.problems.push(Problem { path, ..problem }),
            Ok(value) => {
                let old = session.setting(key).await?;
                let fields = if old == value {
                    Vec::new()
                } else if key == ALLOW_COMMANDS && value == "true" {
                    // Whoever sends a bundle must not get to run programs here.
                    let message = "A bundle cannot allow commands; `courier settings set` can.";
                    plan.problems.push(Problem::error(path, "not_allowed", message));
                    continue;
                } else {
                    plan.settings.push((key.clone(), value.clone()));
                    vec![FieldChange {
                        path: "value".to_owned(),
                        from: Some(Value::from(old)),
                        to: Some(Value::from(value)),
                    }]
                };
                plan.note("setting", key, fields);
            }
        }
    }
    Ok(())
}
