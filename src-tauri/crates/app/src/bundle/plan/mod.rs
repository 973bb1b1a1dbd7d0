//! Compares a bundle with the store: what is new, what changes, what stays, and everything wrong with it.
//!
//! Nothing is written and no key is made here. Invariant: a plan without problems applies, unless the store changes
//! meanwhile.

mod connection;
mod job;
mod keys;

use super::shape::Bundle;
use super::{ApplyRequest, PlanAction, PlannedChange};
use crate::app::App;
use crate::error::Result;
use crate::pgp_keys::PgpKeyDraft;
use courier_domain::connection::{Connection, ConnectionDraft};
use courier_domain::job::{Job, JobDraft};
use courier_domain::key::{PgpKey, SshKey, SshKeyType};
use courier_domain::setting::setting;
use courier_domain::{ConnectionId, JobId, PgpKeyId, Problem, Problems, SecretId, SshKeyId};
use courier_keys::pgp::ImportedPgp;
use courier_keys::ssh::SshKeyPair;
use courier_vault::SecretString;
use std::collections::HashMap;

/// What will be written.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) settings: Vec<(String, String)>,
    pub(super) ssh_keys: Vec<NewSsh>,
    pub(super) pgp_keys: Vec<NewPgp>,
    pub(super) secrets: Vec<(SecretId, SecretString)>,
    pub(super) connections: Vec<PlannedConnection>,
    pub(super) jobs: Vec<PlannedJob>,
    pub(super) changes: Vec<PlannedChange>,
    pub(super) warnings: Vec<Problem>,
    pub(super) problems: Problems,
    /// Whether writing it seals anything.
    pub(super) needs_vault: bool,
}

pub(super) struct NewSsh {
    pub(super) id: SshKeyId,
    pub(super) name: String,
    pub(super) made: SshMade,
}

pub(super) enum SshMade {
    Generate(SshKeyType),
    Imported(SshKeyPair),
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
}

pub(super) struct PlannedJob {
    pub(super) id: JobId,
    pub(super) before: Option<Job>,
    /// `None` when only its switch changes.
    pub(super) draft: Option<JobDraft>,
    pub(super) is_enabled: Option<bool>,
}

/// What is in the store, and what the bundle adds, by lower-case name and by id.
struct Known {
    ssh_keys: Names<SshKeyId>,
    pgp_keys: Names<PgpKeyId>,
    connections: Names<ConnectionId>,
    stored_ssh: Vec<SshKey>,
    stored_pgp: Vec<PgpKey>,
    stored_connections: Vec<Connection>,
    stored_jobs: Vec<Job>,
}

struct Names<T>(HashMap<String, T>);

impl<T: Copy + std::fmt::Display> Names<T> {
    fn new<'a>(rows: impl Iterator<Item = (&'a str, T)>) -> Self {
        let mut names = Self(HashMap::new());
        for (name, id) in rows {
            names.add(name, id);
        }
        names
    }

    fn add(&mut self, name: &str, id: T) {
        self.0.insert(id.to_string(), id);
        self.0.insert(name.to_lowercase(), id);
    }

    fn find(&self, name_or_id: &str) -> Option<T> {
        self.0.get(&name_or_id.to_lowercase()).copied()
    }
}

impl Plan {
    fn change(&mut self, kind: &'static str, name: &str, action: PlanAction) {
        self.changes.push(PlannedChange { kind, name: name.to_owned(), action });
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
    let mut plan = Plan { problems, ..Plan::default() };
    let mut known = load(app).await?;
    settings(app, &bundle, &mut plan).await?;
    for entry in bundle.ssh_keys {
        keys::ssh_key(app, request, entry, &mut known, &mut plan).await?;
    }
    for entry in bundle.pgp_keys {
        keys::pgp_key(app, request, entry, &mut known, &mut plan).await?;
    }
    // All ids first, so that what refers to a thing may stand anywhere.
    for entry in &bundle.connections {
        if known.connections.find(&entry.draft.name).is_none() {
            known.connections.add(&entry.draft.name, app.new_id());
        }
    }
    for entry in bundle.connections {
        connection::connection(app, request, entry, &known, &mut plan);
    }
    for entry in bundle.jobs {
        job::job(app, request, entry, &known, &mut plan).await?;
    }
    Ok(plan)
}

async fn load(app: &App) -> Result<Known> {
    let mut session = app.read().await?;
    let stored_ssh = session.ssh_keys().await?;
    let stored_pgp = session.pgp_keys().await?;
    let stored_connections = session.connections().await?;
    let stored_jobs = session.jobs().await?;
    Ok(Known {
        ssh_keys: Names::new(stored_ssh.iter().map(|k| (k.name.as_str(), k.id))),
        pgp_keys: Names::new(stored_pgp.iter().map(|k| (k.name.as_str(), k.id))),
        connections: Names::new(stored_connections.iter().map(|c| (c.name.as_str(), c.id))),
        stored_ssh,
        stored_pgp,
        stored_connections,
        stored_jobs,
    })
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
            Ok(value) if session.setting(key).await? == value => {
                plan.change("setting", key, PlanAction::Unchanged)
            }
            Ok(value) => {
                plan.change("setting", key, PlanAction::Update);
                plan.settings.push((key.clone(), value));
            }
        }
    }
    Ok(())
}
