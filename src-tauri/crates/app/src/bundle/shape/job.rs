//! Jobs with their steps, schedules and dependencies. References are still names.

use super::{ScheduleEntry, names, schedules, take_needed_name, take_switch};
use crate::bundle::read::{fields, join, list, object};
use crate::bundle::secret::SecretSource;
use courier_domain::Problems;
use courier_domain::dependency::DependencyDraft;
use courier_domain::job::{FailurePolicy, JobDraft, JobParameter, StepDraft};
use courier_domain::step::{FieldType, StepType};
use serde_json::{Map, Value, json};
use uuid::Uuid;

#[derive(Debug)]
pub(in crate::bundle) struct JobEntry {
    pub(in crate::bundle) path: String,
    /// References in configurations are still names, secrets are taken out.
    pub(in crate::bundle) draft: JobDraft,
    pub(in crate::bundle) is_enabled: Option<bool>,
    pub(in crate::bundle) secrets: Vec<StepSecret>,
    pub(in crate::bundle) tags: Option<Vec<String>>,
    /// `None` leaves them as they are.
    pub(in crate::bundle) schedules: Option<Vec<ScheduleEntry>>,
    /// `None` leaves them as they are.
    pub(in crate::bundle) dependencies: Option<Vec<DependencyEntry>>,
}

#[derive(Debug)]
pub(in crate::bundle) struct StepSecret {
    pub(in crate::bundle) step: usize,
    pub(in crate::bundle) field: String,
    pub(in crate::bundle) source: SecretSource,
}

/// A dependency by the upstream's name.
#[derive(Debug)]
pub(in crate::bundle) struct DependencyEntry {
    pub(in crate::bundle) path: String,
    pub(in crate::bundle) upstream: String,
    /// Its upstream is still to be set.
    pub(in crate::bundle) draft: DependencyDraft,
}

fn failure_policy(
    map: &mut Map<String, Value>,
    path: &str,
    problems: &mut Problems,
) -> Option<FailurePolicy> {
    let value = map.remove("failure_policy").filter(|v| !v.is_null())?;
    let at = join(path, "failure_policy");
    let policy = object(value, &at, problems)?;
    // Without its type there is nothing to read the rest as.
    fields(&json!({ "type": "stop" }), policy, &at, problems)
}

pub(super) fn job(path: String, value: Value, problems: &mut Problems) -> Option<JobEntry> {
    let mut map = object(value, &path, problems)?;
    let is_enabled = take_switch(&mut map, "is_enabled", &path, problems);
    let tags = names(map.remove("tags"), &join(&path, "tags"), problems);
    let schedules = schedules(&mut map, &path, problems);
    let dependencies = dependencies(&mut map, &path, problems);
    let policy = failure_policy(&mut map, &path, problems);
    let mut parameters: Vec<JobParameter> = Vec::new();
    for (at, item) in list(map.remove("parameters"), &join(&path, "parameters"), problems) {
        let parameter = object(item, &at, problems).unwrap_or_default();
        parameters.extend(fields::<JobParameter>(&json!({ "name": "" }), parameter, &at, problems));
    }
    let (steps, secrets) = steps(map.remove("steps"), &join(&path, "steps"), problems);
    let draft: JobDraft = fields(&json!({ "name": "" }), map, &path, problems)?;
    let draft = JobDraft { failure_policy: policy.unwrap_or_default(), parameters, steps, ..draft };
    Some(JobEntry { path, draft, is_enabled, secrets, tags, schedules, dependencies })
}

/// The steps of a list, and where their secrets come from.
pub(in crate::bundle) fn steps(
    value: Option<Value>,
    path: &str,
    problems: &mut Problems,
) -> (Vec<StepDraft>, Vec<StepSecret>) {
    let (mut steps, mut secrets) = (Vec::new(), Vec::new());
    for (index, (at, item)) in list(value, path, problems).into_iter().enumerate() {
        steps.extend(step(&at, index, item, &mut secrets, problems));
    }
    (steps, secrets)
}

fn step(
    path: &str,
    index: usize,
    value: Value,
    secrets: &mut Vec<StepSecret>,
    problems: &mut Problems,
) -> Option<StepDraft> {
    let mut map = object(value, path, problems).unwrap_or_default();
    let policy = failure_policy(&mut map, path, problems);
    let mut step: StepDraft = fields(&json!({ "name": "", "type_key": "" }), map, path, problems)?;
    step.failure_policy = policy;
    // An id in a bundle would be another store's.
    step.id = None;
    if let Ok(step_type) = step.type_key.parse::<StepType>() {
        for field in step_type.spec().fields.iter().filter(|f| f.field_type == FieldType::Secret) {
            let Some(value) = step.configuration.get(&field.name).filter(|v| !v.is_null()) else { continue };
            let at = format!("{path}.configuration.{}", field.name);
            if let Some(source) = SecretSource::read(value, &at, problems) {
                secrets.push(StepSecret { step: index, field: field.name.clone(), source });
            }
            step.configuration.remove(&field.name);
        }
    }
    Some(step)
}

fn dependencies(
    map: &mut Map<String, Value>,
    path: &str,
    problems: &mut Problems,
) -> Option<Vec<DependencyEntry>> {
    let value = map.remove("dependencies")?;
    let mut found = Vec::new();
    for (at, item) in list(Some(value), &join(path, "dependencies"), problems) {
        let Some(mut map) = object(item, &at, problems) else { continue };
        let upstream = take_needed_name(&mut map, "upstream_job_id", "a job", &at, problems);
        let minimal = json!({ "upstream_job_id": Uuid::nil() });
        let draft = fields::<DependencyDraft>(&minimal, map, &at, problems);
        if let (Some(upstream), Some(draft)) = (upstream, draft) {
            found.push(DependencyEntry { path: at, upstream, draft });
        }
    }
    Some(found)
}
