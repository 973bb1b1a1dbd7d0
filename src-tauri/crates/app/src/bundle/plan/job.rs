//! Jobs of a bundle: names become ids, steps keep theirs by alias, and secrets change only when they are others.

use super::super::ApplyRequest;
use super::super::shape::{DependencyEntry, JobEntry, StepSecret};
use super::known::{Known, by_name};
use super::secret::{Given, given};
use super::{Change, Plan, PlannedJob, schedule, tag};
use crate::app::App;
use crate::bundle::export::{self, Attached};
use crate::error::Result;
use crate::surroundings;
use courier_domain::dependency::{DependencyDraft, cycle};
use courier_domain::job::{Job, JobDraft, KnownJob, References, StepDraft};
use courier_domain::schedule::Schedule;
use courier_domain::step::{FieldType, StepType};
use courier_domain::tag::TaggableEntityType;
use courier_domain::{JobId, JobScheduleId, Problem, Problems, SecretId};
use courier_engine::places;
use courier_vault::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) async fn job(
    app: &App,
    request: &ApplyRequest,
    entry: JobEntry,
    known: &Known,
    plan: &mut Plan,
) -> Result<()> {
    let JobEntry { path, mut draft, is_enabled, secrets, tags, schedules, dependencies } = entry;
    let before = by_name(&known.stored.jobs, &draft.name, |j| &j.name);
    let id = known.jobs.find(&draft.name).unwrap_or_else(|| app.new_id());
    draft.fill_aliases();
    // The same alias is the same step, so that history still points at it.
    for step in &mut draft.steps {
        let old = before.and_then(|j| j.steps.iter().find(|s| Some(&s.alias) == step.alias.as_ref()));
        step.id = old.map(|s| s.id);
    }
    refer(&mut draft, &path, known, plan);
    let waited = match before {
        Some(before) => waits_for_secret(app, before).await?,
        None => false,
    };
    let (waits, changed_secret) =
        fill_secrets(app, request, secrets, before, &path, &mut draft, plan).await?;
    let is_enabled = if waits { Some(false) } else { is_enabled.or(waited.then_some(true)) };
    let references = References {
        connections: plan.protocols(known),
        pgp_keys: known.pgp_keys.ids(),
        jobs: known.called.clone(),
        own: Some(id),
    };
    plan.more(draft.check(&references).under(&path));

    let stored: Vec<(JobScheduleId, &Schedule)> =
        known.stored.job_schedules.iter().filter(|s| s.job_id == id).map(|s| (s.id, &s.schedule)).collect();
    let old = Attached {
        tags: known.stored.tagged.get(&id.0).cloned().unwrap_or_default(),
        schedules: stored.iter().map(|(_, schedule)| schedule.to_draft()).collect(),
        dependencies: stored_dependencies(id, known),
        waits_for_secret: waited,
    };
    let here = schedule::Here { zone: &surroundings::time_zone(), now: app.now() };
    let (schedules, planned) = schedule::wanted(schedules, id, &stored, &here, known, plan);
    plan.job_schedules.extend(planned);
    let new = Attached {
        tags: tag::wanted(tags, (TaggableEntityType::Job, id.0, &path), known, plan),
        schedules,
        dependencies: wanted_dependencies(dependencies, id, known, plan),
        waits_for_secret: waits,
    };
    let mut after = match before {
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), before.updated_at, || app.new_id());
            after
        }
        None => Job::new(id, draft.clone(), app.now(), || app.new_id()),
    };
    after.is_enabled = is_enabled.unwrap_or(after.is_enabled);
    let changed = plan.compare(Change {
        kind: "job",
        name: &draft.name,
        before: before.map(|b| export::job(b, &old, &known.names)).transpose()?,
        after: export::job(&after, &new, &known.names)?,
        secret: changed_secret.as_deref(),
    })?;
    if changed {
        let same = before.is_some_and(|b| b.to_draft() == after.to_draft());
        let switched = is_enabled.is_some_and(|on| before.is_none_or(|b| b.is_enabled != on));
        plan.jobs.push(PlannedJob {
            id,
            before: before.cloned(),
            draft: (!same).then_some(draft),
            is_enabled: is_enabled.filter(|_| switched),
        });
    }
    Ok(())
}

/// Every job as it will be, for those that start it by a step.
pub(super) fn called(entries: &[JobEntry], known: &Known) -> BTreeMap<JobId, KnownJob> {
    let mut jobs: BTreeMap<JobId, KnownJob> =
        known.stored.jobs.iter().map(|job| (job.id, KnownJob::from(job))).collect();
    for entry in entries {
        let Some(id) = known.jobs.find(&entry.draft.name) else { continue };
        let mut draft = entry.draft.clone();
        for target in draft.steps.iter_mut().filter_map(|step| step.configuration.get_mut("job_id")) {
            // What is not found is told where the step itself is read.
            known.jobs.put(target, "", "job", &mut Problems::default());
        }
        jobs.insert(id, KnownJob::from(&draft));
    }
    jobs
}

/// Puts ids where the steps name connections, keys and jobs.
fn refer(draft: &mut JobDraft, path: &str, known: &Known, plan: &mut Plan) {
    for (index, step) in draft.steps.iter_mut().enumerate() {
        let Ok(step_type) = step.type_key.parse::<StepType>() else { continue };
        for field in step_type.spec().fields {
            let Some(value) = step.configuration.get_mut(&field.name) else { continue };
            let at = format!("{path}.steps[{index}].configuration.{}", field.name);
            refer_field(field.field_type, value, &at, known, &mut plan.problems);
        }
    }
}

/// The same for steps without a job. A field that names what is not in the store is emptied, and told.
pub(in crate::bundle) async fn refer_steps(app: &App, steps: &mut [StepDraft]) -> Result<Problems> {
    let known = Known::load(app).await?;
    let mut missing = Problems::default();
    for (index, step) in steps.iter_mut().enumerate() {
        let Ok(step_type) = step.type_key.parse::<StepType>() else { continue };
        for field in step_type.spec().fields {
            let Some(value) = step.configuration.get_mut(&field.name) else { continue };
            let mut found = Problems::default();
            let at = format!("steps[{index}].configuration.{}", field.name);
            refer_field(field.field_type, value, &at, &known, &mut found);
            if !found.0.is_empty() {
                step.configuration.remove(&field.name);
                missing.0.extend(found.0);
            }
        }
    }
    Ok(missing)
}

fn refer_field(field_type: FieldType, value: &mut Value, at: &str, known: &Known, problems: &mut Problems) {
    match field_type {
        FieldType::ConnectionId => known.connections.put(value, at, "connection", problems),
        FieldType::JobId => known.jobs.put(value, at, "job", problems),
        FieldType::PgpKeyId | FieldType::PgpKeyIdList => {
            known.pgp_keys.put(value, at, "PGP key", problems);
        }
        FieldType::Text
        | FieldType::Integer
        | FieldType::Boolean
        | FieldType::Choice
        | FieldType::PathList
        | FieldType::TextList
        | FieldType::NameTemplate
        | FieldType::Value
        | FieldType::List
        | FieldType::Condition
        | FieldType::Values
        | FieldType::Secret => {}
    }
}

/// Puts the places of secrets into the steps. Says whether one is still missing, and the path of one that changes.
async fn fill_secrets(
    app: &App,
    request: &ApplyRequest,
    secrets: Vec<StepSecret>,
    before: Option<&Job>,
    path: &str,
    draft: &mut JobDraft,
    plan: &mut Plan,
) -> Result<(bool, Option<String>)> {
    let (mut waits, mut changed) = (false, None);
    for secret in secrets {
        let Some(step) = draft.steps.get_mut(secret.step) else { continue };
        let at = format!("{path}.steps[{}].configuration.{}", secret.step, secret.field);
        let place = before
            .and_then(|j| j.steps.iter().find(|s| Some(s.id) == step.id))
            .and_then(|s| s.configuration.get(&secret.field))
            .and_then(secret_id);
        let stored = match place {
            Some(id) => app.read().await?.has_secret(id).await?,
            None => false,
        };
        let id = match given(Some(secret.source), stored, &at, request, plan) {
            Given::Nothing => place,
            Given::Missing => {
                waits = true;
                Some(place.unwrap_or_else(|| app.new_id()))
            }
            Given::Value(value) => match place {
                Some(id) if stored && opens_to(app, id, &value).await => Some(id),
                _ => {
                    let id: SecretId = app.new_id();
                    plan.needs_vault = true;
                    plan.secrets.push((id, value));
                    changed = Some(format!("steps[{}].configuration.{}", step.name, secret.field));
                    Some(id)
                }
            },
        };
        if let Some(id) = id {
            step.configuration.insert(secret.field, json!({ "secret_id": id }));
        }
    }
    Ok((waits, changed))
}

fn secret_id(value: &Value) -> Option<SecretId> {
    value.get("secret_id")?.as_str()?.parse().ok()
}

/// Whether a job is disabled because a secret of a step is still to be given.
pub(in crate::bundle) async fn waits_for_secret(app: &App, job: &Job) -> Result<bool> {
    if job.is_enabled {
        return Ok(false);
    }
    for id in job.steps.iter().flat_map(|step| step.configuration.values()).filter_map(secret_id) {
        if !app.read().await?.has_secret(id).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a stored step secret has this value.
async fn opens_to(app: &App, id: SecretId, value: &SecretString) -> bool {
    let Ok(mut session) = app.read().await else { return false };
    let Ok(sealed) = session.secret(id).await else { return false };
    app.vault()
        .open_secret(&places::step_secret(id), &sealed)
        .is_ok_and(|old| old.expose() == value.expose().as_bytes())
}

/// What a job waits for, in the order of the upstreams' names.
fn stored_dependencies(id: JobId, known: &Known) -> Vec<DependencyDraft> {
    let mut found: Vec<DependencyDraft> = known
        .stored
        .dependencies
        .iter()
        .filter(|d| d.downstream_job_id == id)
        .map(|d| DependencyDraft {
            upstream_job_id: d.upstream_job_id,
            run_on_failure: d.run_on_failure,
            trigger_downstream: d.trigger_downstream,
        })
        .collect();
    sort(&mut found, known);
    found
}

fn sort(dependencies: &mut [DependencyDraft], known: &Known) {
    dependencies.sort_by_key(|d| known.names.of(d.upstream_job_id).to_lowercase());
}

/// Those that the job will have; without a word of the bundle they stay.
fn wanted_dependencies(
    given: Option<Vec<DependencyEntry>>,
    id: JobId,
    known: &Known,
    plan: &mut Plan,
) -> Vec<DependencyDraft> {
    let present = stored_dependencies(id, known);
    let Some(given) = given.or_else(|| plan.prune.then(Vec::new)) else { return present };
    let mut wanted: Vec<DependencyDraft> = Vec::new();
    for entry in given {
        let at = format!("{}.upstream_job_id", entry.path);
        let Some(upstream_job_id) = known.jobs.resolve(&entry.upstream, &at, "job", &mut plan.problems)
        else {
            continue;
        };
        if wanted.iter().any(|other| other.upstream_job_id == upstream_job_id) {
            let message = format!("The job waits for `{}` already.", entry.upstream);
            plan.problems.push(Problem::error(at, "duplicate", message));
            continue;
        }
        plan.waits.push((upstream_job_id, id, at));
        wanted.push(DependencyDraft { upstream_job_id, ..entry.draft });
    }
    sort(&mut wanted, known);
    if wanted != present {
        plan.dependencies.push((id, wanted.clone()));
    }
    wanted
}

/// Refuses jobs that would wait for each other, at a place of the bundle that makes them.
pub(super) fn refuse_cycle(known: &Known, plan: &mut Plan) {
    let changed = |job: JobId| plan.dependencies.iter().any(|(id, _)| *id == job);
    let kept = known.stored.dependencies.iter().filter(|d| !changed(d.downstream_job_id));
    let edges: Vec<(JobId, JobId)> = kept
        .map(|d| (d.upstream_job_id, d.downstream_job_id))
        .chain(
            plan.dependencies.iter().flat_map(|(id, drafts)| drafts.iter().map(|d| (d.upstream_job_id, *id))),
        )
        .collect();
    let Some(path) = cycle(edges) else { return };
    let on_path = |up: JobId, down: JobId| path.windows(2).any(|pair| pair == [up, down]);
    let place = plan.waits.iter().find(|(up, down, _)| on_path(*up, *down)).map(|(_, _, at)| at.clone());
    let names: Vec<String> = path.iter().map(|id| known.names.of(id)).collect();
    let message = format!("The jobs would wait for each other: {}.", names.join(" → "));
    plan.problems.push(Problem::error(place.unwrap_or_else(|| "jobs".to_owned()), "cycle", message));
}
