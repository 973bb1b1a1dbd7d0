//! Compares a bundle with the store: what is new, what changes, what stays, and everything wrong with it.
//!
//! Nothing is written and no key is made here. Invariant: a plan without problems applies, unless the store changes
//! meanwhile.

use super::secret::SecretSource;
use super::shape::{Bundle, ConnectionEntry, FileImport, JobEntry, KeyEntry, PgpOrigin, SshOrigin};
use super::{ApplyRequest, PlanAction, PlannedChange};
use crate::app::App;
use crate::error::{AppError, Result};
use crate::pgp_keys::PgpKeyDraft;
use crate::{local, places, ssh_keys};
use courier_domain::connection::{Connection, ConnectionDraft};
use courier_domain::job::{Job, JobDraft, References};
use courier_domain::key::{PgpKey, SshKey, SshKeyType};
use courier_domain::setting::setting;
use courier_domain::step::{FieldType, StepType};
use courier_domain::{ConnectionId, ErrorCode, JobId, PgpKeyId, Problem, Problems, SecretId, SshKeyId};
use courier_keys::pgp::ImportedPgp;
use courier_keys::ssh::SshKeyPair;
use courier_vault::SecretString;
use serde_json::{Value, json};
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
        ssh_key(app, request, entry, &mut known, &mut plan).await?;
    }
    for entry in bundle.pgp_keys {
        pgp_key(app, request, entry, &mut known, &mut plan).await?;
    }
    // All ids first, so that what refers to a thing may stand anywhere.
    for entry in &bundle.connections {
        if known.connections.find(&entry.draft.name).is_none() {
            known.connections.add(&entry.draft.name, app.new_id());
        }
    }
    for entry in bundle.connections {
        connection(app, request, entry, &known, &mut plan)?;
    }
    for entry in bundle.jobs {
        job(app, request, entry, &known, &mut plan).await?;
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

/// The bytes and passphrase of a key file.
fn key_file(
    request: &ApplyRequest,
    import: &FileImport,
    path: &str,
    problems: &mut Problems,
) -> Option<(courier_vault::SecretBytes, Option<SecretString>)> {
    let passphrase = match &import.passphrase {
        None => Some(None),
        Some(source) => source
            .resolve(&format!("{path}.import.passphrase"), &request.folder, &request.prompt, problems)
            .map(Some),
    };
    if import.file.is_empty() {
        return None;
    }
    match local::read_small(&request.folder.join(&import.file)) {
        Ok(bytes) => Some((bytes, passphrase?)),
        Err(error) => {
            problems.push(Problem::error(format!("{path}.import.file"), "missing_file", error.message));
            None
        }
    }
}

/// A key that cannot be read is the bundle's problem, at the file or at its passphrase.
fn key_problem(error: AppError, path: &str, has_passphrase: bool) -> Problem {
    let field =
        if error.code == ErrorCode::WrongPassphrase && has_passphrase { "passphrase" } else { "file" };
    Problem::error(format!("{path}.import.{field}"), error.code.as_str(), error.message)
}

async fn ssh_key(
    app: &App,
    request: &ApplyRequest,
    entry: KeyEntry<SshOrigin>,
    known: &mut Known,
    plan: &mut Plan,
) -> Result<()> {
    let KeyEntry { path, name, origin } = entry;
    if known.ssh_keys.find(&name).is_some() {
        plan.change("ssh_key", &name, PlanAction::Unchanged);
        return Ok(());
    }
    check_name(&name, &path, plan);
    let made = match origin {
        SshOrigin::Generate(key_type) => SshMade::Generate(key_type),
        SshOrigin::Import(import) => {
            let Some((bytes, passphrase)) = key_file(request, &import, &path, &mut plan.problems) else {
                known.ssh_keys.add(&name, app.new_id());
                return Ok(());
            };
            let pair = match ssh_keys::read_ssh(bytes, passphrase).await {
                Ok(pair) => pair,
                Err(error) => {
                    plan.problems.push(key_problem(error, &path, import.passphrase.is_some()));
                    known.ssh_keys.add(&name, app.new_id());
                    return Ok(());
                }
            };
            if let Some(old) = known.stored_ssh.iter().find(|k| k.fingerprint == pair.fingerprint) {
                plan.warnings.push(there_already(&path, "SSH", &old.name));
                plan.changes.push(PlannedChange {
                    kind: "ssh_key",
                    name: name.clone(),
                    action: PlanAction::Unchanged,
                });
                known.ssh_keys.add(&name, old.id);
                return Ok(());
            }
            SshMade::Imported(pair)
        }
        SshOrigin::Expected => {
            plan.problems.push(expected(&path, &name, "ssh-keygen"));
            known.ssh_keys.add(&name, app.new_id());
            return Ok(());
        }
    };
    let id: SshKeyId = app.new_id();
    known.ssh_keys.add(&name, id);
    plan.needs_vault = true;
    plan.change("ssh_key", &name, PlanAction::Create);
    plan.ssh_keys.push(NewSsh { id, name, made });
    Ok(())
}

async fn pgp_key(
    app: &App,
    request: &ApplyRequest,
    entry: KeyEntry<PgpOrigin>,
    known: &mut Known,
    plan: &mut Plan,
) -> Result<()> {
    let KeyEntry { path, name, origin } = entry;
    if known.pgp_keys.find(&name).is_some() {
        plan.change("pgp_key", &name, PlanAction::Unchanged);
        return Ok(());
    }
    check_name(&name, &path, plan);
    let (bytes, passphrase, at) = match origin {
        PgpOrigin::Generate { algorithm, user_id, expires_in_days, passphrase } => {
            let at = format!("{path}.generate");
            let passphrase = match passphrase {
                None => None,
                Some(source) => source.resolve(
                    &format!("{at}.passphrase"),
                    &request.folder,
                    &request.prompt,
                    &mut plan.problems,
                ),
            };
            let draft = PgpKeyDraft { name: name.clone(), algorithm, user_id, expires_in_days, passphrase };
            let mut found = draft.check();
            found.0.retain(|p| p.path != "name");
            plan.more(found.under(&at));
            let id: PgpKeyId = app.new_id();
            known.pgp_keys.add(&name, id);
            plan.needs_vault = true;
            plan.change("pgp_key", &name, PlanAction::Create);
            plan.pgp_keys.push(NewPgp { id, made: PgpMade::Generate(draft) });
            return Ok(());
        }
        PgpOrigin::Import(import) => match key_file(request, &import, &path, &mut plan.problems) {
            Some((bytes, passphrase)) => (bytes, passphrase, import.passphrase.is_some()),
            None => {
                known.pgp_keys.add(&name, app.new_id());
                return Ok(());
            }
        },
        PgpOrigin::PublicKey(armored) => (courier_vault::SecretBytes::new(armored.into_bytes()), None, false),
        PgpOrigin::Expected => {
            plan.problems.push(expected(&path, &name, "gpg --export"));
            known.pgp_keys.add(&name, app.new_id());
            return Ok(());
        }
    };
    let (found, warnings) = match app.read_pgp(bytes, passphrase.as_ref(), None).await {
        Ok(found) => found,
        Err(error) => {
            plan.problems.push(key_problem(error, &path, at));
            known.pgp_keys.add(&name, app.new_id());
            return Ok(());
        }
    };
    plan.warnings.extend(warnings.into_iter().map(|w| Problem::warning(path.as_str(), "left_out", w)));
    for (index, read) in found.into_iter().enumerate() {
        let key = read.key;
        let key_name = if index == 0 { name.clone() } else { format!("{name} {}", index + 1) };
        if let Some(old) = known.stored_pgp.iter().find(|k| k.fingerprint == key.info.fingerprint) {
            plan.warnings.push(there_already(&path, "PGP", &old.name));
            plan.change("pgp_key", &key_name, PlanAction::Unchanged);
            let id = old.id;
            known.pgp_keys.add(&key_name, id);
            continue;
        }
        let id: PgpKeyId = app.new_id();
        known.pgp_keys.add(&key_name, id);
        plan.needs_vault |= key.private.is_some();
        plan.change("pgp_key", &key_name, PlanAction::Create);
        let passphrase = passphrase.as_ref().map(SecretString::duplicate);
        let made = PgpMade::Imported { name: key_name, key: Box::new(key), passphrase };
        plan.pgp_keys.push(NewPgp { id, made });
    }
    Ok(())
}

fn check_name(name: &str, path: &str, plan: &mut Plan) {
    let mut problems = Problems::default();
    courier_domain::connection::check_name(name, "name", &mut problems);
    plan.more(problems.under(path));
}

fn there_already(path: &str, kind: &str, name: &str) -> Problem {
    Problem::warning(
        path,
        "already_there",
        format!("This {kind} key is there already, as `{name}`; that one is used."),
    )
}

fn expected(path: &str, name: &str, tool: &str) -> Problem {
    Problem::error(
        path,
        "unknown_name",
        format!(
            "There is no key `{name}` yet and the bundle does not say where it comes from: add generate, or import with \
             a file (as `{tool}` writes it)."
        ),
    )
}

fn connection(
    app: &App,
    request: &ApplyRequest,
    entry: ConnectionEntry,
    known: &Known,
    plan: &mut Plan,
) -> Result<()> {
    let ConnectionEntry { path, mut draft, ssh_key, password } = entry;
    if let Some(name) = ssh_key {
        match known.ssh_keys.find(&name) {
            Some(id) => draft.ssh_key_id = Some(id),
            None => plan.problems.push(Problem::error(
                format!("{path}.ssh_key_id"),
                "unknown_name",
                format!("There is no SSH key with the name or id `{name}`."),
            )),
        }
    }
    let before = known.stored_connections.iter().find(|c| c.name.to_lowercase() == draft.name.to_lowercase());
    let at = format!("{path}.password");
    let stored = before.and_then(|c| c.password_encrypted.as_ref().map(|sealed| (c.id, sealed)));
    let needs = draft.auth_method.needs_password();
    let given = match password {
        Some(_) if !needs => {
            plan.warnings.push(Problem::warning(
                at.as_str(),
                "unused",
                format!("The auth_method {} needs no password; it is not stored.", draft.auth_method),
            ));
            None
        }
        Some(SecretSource::Prompt) if stored.is_some() => None,
        Some(source) => source.resolve(&at, &request.folder, &request.prompt, &mut plan.problems),
        None => None,
    };
    let has_password = given.is_some() || stored.is_some();
    plan.more(draft.check(has_password).under(&path));
    let given = match (given, stored) {
        (Some(given), Some((id, sealed))) => {
            let same = app
                .vault()
                .open_secret(&places::connection_password(id), sealed)
                .is_ok_and(|old| old.expose() == given.expose().as_bytes());
            Some(given).filter(|_| !same)
        }
        (given, _) => given,
    };
    plan.needs_vault |= given.is_some();
    let id = known.connections.find(&draft.name).unwrap_or_else(|| app.new_id());
    let action = match before {
        None => PlanAction::Create,
        Some(before) => {
            let mut after = before.clone();
            // A draft with problems never gets written, so what it would change does not matter.
            let unchanged = given.is_none()
                && after.edit(draft.clone(), None, before.updated_at).is_ok()
                && after == *before;
            if unchanged { PlanAction::Unchanged } else { PlanAction::Update }
        }
    };
    plan.change("connection", &draft.name, action);
    if action != PlanAction::Unchanged {
        plan.connections.push(PlannedConnection { id, before: before.cloned(), draft, password: given });
    }
    Ok(())
}

async fn job(
    app: &App,
    request: &ApplyRequest,
    entry: JobEntry,
    known: &Known,
    plan: &mut Plan,
) -> Result<()> {
    let JobEntry { path, mut draft, is_enabled, secrets } = entry;
    let before = known.stored_jobs.iter().find(|j| j.name.to_lowercase() == draft.name.to_lowercase());
    draft.fill_aliases();
    // The same alias is the same step, so that history still points at it.
    for step in &mut draft.steps {
        let old = before.and_then(|j| j.steps.iter().find(|s| Some(&s.alias) == step.alias.as_ref()));
        step.id = old.map(|s| s.id);
    }
    for (index, step) in draft.steps.iter_mut().enumerate() {
        let Ok(step_type) = step.type_key.parse::<StepType>() else { continue };
        for field in step_type.spec().fields {
            let Some(value) = step.configuration.get_mut(&field.name) else { continue };
            let at = format!("{path}.steps[{index}].configuration.{}", field.name);
            let problems = &mut plan.problems;
            match field.field_type {
                FieldType::ConnectionId => refer(value, &at, "connection", &known.connections, problems),
                FieldType::PgpKeyId | FieldType::PgpKeyIdList => {
                    refer(value, &at, "PGP key", &known.pgp_keys, problems)
                }
                FieldType::Text
                | FieldType::Integer
                | FieldType::Boolean
                | FieldType::Choice
                | FieldType::PathList
                | FieldType::TextList
                | FieldType::Secret => {}
            }
        }
    }
    for secret in secrets {
        let Some(step) = draft.steps.get_mut(secret.step) else { continue };
        let at = format!("{path}.steps[{}].configuration.{}", secret.step, secret.field);
        let stored = before
            .and_then(|j| j.steps.iter().find(|s| Some(s.id) == step.id))
            .and_then(|s| s.configuration.get(&secret.field))
            .and_then(|v| v.get("secret_id"))
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<SecretId>().ok());
        let id = match (stored, &secret.source) {
            (Some(id), SecretSource::Prompt) => id,
            (stored, source) => {
                let Some(value) = source.resolve(&at, &request.folder, &request.prompt, &mut plan.problems)
                else {
                    continue;
                };
                match stored {
                    Some(id) if opens_to(app, id, &value).await => id,
                    _ => {
                        let id: SecretId = app.new_id();
                        plan.needs_vault = true;
                        plan.secrets.push((id, value));
                        id
                    }
                }
            }
        };
        step.configuration.insert(secret.field, json!({ "secret_id": id }));
    }
    let references = References {
        connections: known.connections.0.values().copied().collect(),
        pgp_keys: known.pgp_keys.0.values().copied().collect(),
    };
    plan.more(draft.check(&references).under(&path));
    let action = match before {
        None => PlanAction::Create,
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), before.updated_at, || app.new_id());
            let same_draft = after.to_draft() == before.to_draft();
            let same_switch = is_enabled.is_none_or(|on| on == before.is_enabled);
            if same_draft && same_switch {
                PlanAction::Unchanged
            } else {
                let name = draft.name.clone();
                plan.jobs.push(PlannedJob {
                    id: before.id,
                    before: Some(before.clone()),
                    draft: Some(draft).filter(|_| !same_draft),
                    is_enabled: is_enabled.filter(|_| !same_switch),
                });
                plan.change("job", &name, PlanAction::Update);
                return Ok(());
            }
        }
    };
    plan.change("job", &draft.name, action);
    if action == PlanAction::Create {
        let is_enabled = is_enabled.filter(|on| !on);
        plan.jobs.push(PlannedJob { id: app.new_id(), before: None, draft: Some(draft), is_enabled });
    }
    Ok(())
}

/// Whether a stored step secret has this value.
async fn opens_to(app: &App, id: SecretId, value: &SecretString) -> bool {
    let Ok(mut session) = app.read().await else { return false };
    let Ok(sealed) = session.secret(id).await else { return false };
    app.vault()
        .open_secret(&places::step_secret(id), &sealed)
        .is_ok_and(|old| old.expose() == value.expose().as_bytes())
}

/// Puts ids where names stand. A template stays; the job's own check refuses it.
fn refer<T: Copy + std::fmt::Display>(
    value: &mut Value,
    path: &str,
    kind: &str,
    names: &Names<T>,
    problems: &mut Problems,
) {
    match value {
        Value::String(name) if courier_domain::template::is_template(name) || name.is_empty() => {}
        Value::String(name) => match names.find(name) {
            Some(id) => *value = Value::String(id.to_string()),
            None => problems.push(Problem::error(
                path,
                "unknown_name",
                format!("There is no {kind} with the name or id `{name}`."),
            )),
        },
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                refer(item, &format!("{path}[{index}]"), kind, names, problems);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}
