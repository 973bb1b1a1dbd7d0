//! Jobs: named, versioned pipelines of steps.
//!
//! [`JobDraft`] is what people edit and bundles hold; [`JobDraft::check`] finds everything wrong with it at once, with
//! paths. A [`Job`] is a checked draft under an id; each change of it is a [`JobVersion`] with the whole snapshot.

use crate::connection::check_name;
use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use crate::step::{AfterTransfer, Configuration, FieldType, StepParams, StepType, Widget};
use crate::template;
use crate::{ConnectionId, JobId, JobStepId, JobVersionId, PgpKeyId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};

text_enum! {
    pub enum FailurePolicyType {
        Stop = "stop", RetryStep = "retry_step", RetryJob = "retry_job", SkipAndContinue = "skip_and_continue",
    }
}
text_enum! { pub enum ParameterType { Text = "text", Number = "number", Boolean = "boolean", Date = "date", List = "list" } }

/// What happens when a step fails. Delays are `min(base · 2^attempt, max)` seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct FailurePolicy {
    #[serde(rename = "type")]
    pub policy_type: FailurePolicyType,
    #[serde(default = "three")]
    pub max_retries: u32,
    #[serde(default = "one")]
    pub backoff_base_seconds: u32,
    #[serde(default = "sixty")]
    pub backoff_max_seconds: u32,
}

fn three() -> u32 {
    3
}
fn one() -> u32 {
    1
}
fn sixty() -> u32 {
    60
}

impl Default for FailurePolicy {
    fn default() -> Self {
        Self {
            policy_type: FailurePolicyType::Stop,
            max_retries: 3,
            backoff_base_seconds: 1,
            backoff_max_seconds: 60,
        }
    }
}

impl FailurePolicy {
    /// Seconds to wait before attempt `retry` (1 = first retry), without jitter.
    pub fn backoff_seconds(&self, retry: u32) -> u64 {
        let doubled =
            u64::from(self.backoff_base_seconds).saturating_mul(1u64 << retry.saturating_sub(1).min(32));
        doubled.min(u64::from(self.backoff_max_seconds))
    }

    fn check(&self, path: &str, problems: &mut Problems) {
        if self.max_retries > 100 {
            problems.push(Problem::error(
                format!("{path}.max_retries"),
                "out_of_range",
                "Enter a number from 0 to 100.",
            ));
        }
        if self.backoff_max_seconds > 86_400 {
            problems.push(Problem::error(
                format!("{path}.backoff_max_seconds"),
                "out_of_range",
                "Enter at most 86400 seconds (a day).",
            ));
        }
        if self.backoff_base_seconds > self.backoff_max_seconds {
            problems.push(Problem::error(
                format!("{path}.backoff_base_seconds"),
                "out_of_range",
                "The first delay cannot be longer than the longest.",
            ));
        }
    }
}

/// A value that a run is started with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct JobParameter {
    pub name: String,
    #[serde(rename = "type", default = "text_parameter")]
    pub parameter_type: ParameterType,
    #[serde(default)]
    pub default: Option<Value>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub description: Option<String>,
}

fn text_parameter() -> ParameterType {
    ParameterType::Text
}

/// A step as people edit it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct StepDraft {
    /// Kept over edits, so that history still points at the step; absent for a new one.
    #[serde(default)]
    pub id: Option<JobStepId>,
    pub name: String,
    /// What templates call it; made from the name when absent, and kept when the step is renamed.
    #[serde(default)]
    pub alias: Option<String>,
    pub type_key: String,
    #[serde(default)]
    pub configuration: Configuration,
    /// Wall time in seconds; 0 means no limit.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
    /// Instead of the job's.
    #[serde(default)]
    pub failure_policy: Option<FailurePolicy>,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn default_timeout() -> u32 {
    300
}
fn yes() -> bool {
    true
}
fn any_node() -> String {
    "any".into()
}
fn one_instance() -> i32 {
    1
}

/// A job as people edit it; also the shape of a version's snapshot and of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct JobDraft {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub failure_policy: FailurePolicy,
    #[serde(default)]
    pub parameters: Vec<JobParameter>,
    /// IANA name; absent means the system's.
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default = "one_instance")]
    pub max_instances: i32,
    /// Higher goes first.
    #[serde(default)]
    pub priority: i32,
    /// `any`, or a node's name.
    #[serde(default = "any_node")]
    pub run_on: String,
    #[serde(default)]
    pub steps: Vec<StepDraft>,
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct JobStep {
    pub id: JobStepId,
    pub job_id: JobId,
    /// 0-based.
    pub step_order: i32,
    pub name: String,
    pub alias: String,
    pub type_key: String,
    pub configuration: Configuration,
    pub timeout_seconds: u32,
    pub failure_policy: Option<FailurePolicy>,
    pub enabled: bool,
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Job {
    pub id: JobId,
    pub name: String,
    pub description: Option<String>,
    pub current_version: i32,
    pub failure_policy: FailurePolicy,
    pub is_enabled: bool,
    pub parameters: Vec<JobParameter>,
    pub time_zone: Option<String>,
    pub max_instances: i32,
    pub priority: i32,
    pub run_on: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
    pub steps: Vec<JobStep>,
}

/// A job as it was at one save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct JobVersion {
    pub id: JobVersionId,
    pub job_id: JobId,
    pub version_number: i32,
    /// A [`JobDraft`] as JSON, every step with id and alias.
    pub config_snapshot: String,
    pub created_at: Timestamp,
    pub created_by: String,
}

/// What exists outside the job, for checking its references.
#[derive(Debug, Clone, Default)]
pub struct References {
    pub connections: BTreeSet<ConnectionId>,
    pub pgp_keys: BTreeSet<PgpKeyId>,
}

/// Lower case; everything else than letters and digits becomes `_`.
pub fn slug(name: &str) -> String {
    let mut out: String =
        name.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if out.is_empty() || out.starts_with(|c: char| c.is_numeric()) {
        out.insert(0, '_');
    }
    out
}

impl JobDraft {
    /// Gives every step an alias that is unique in the job. Aliases that are there stay.
    pub fn fill_aliases(&mut self) {
        let mut taken: BTreeSet<String> =
            self.steps.iter().filter_map(|s| s.alias.clone()).filter(|a| !a.is_empty()).collect();
        for step in &mut self.steps {
            if step.alias.as_deref().is_none_or(str::is_empty) {
                let base = slug(&step.name);
                let mut alias = base.clone();
                let mut n = 2;
                while !taken.insert(alias.clone()) {
                    alias = format!("{base}_{n}");
                    n += 1;
                }
                step.alias = Some(alias);
            }
        }
    }

    /// Everything wrong with the draft, each with its path. Warnings do not stop a save.
    pub fn check(&self, references: &References) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        self.failure_policy.check("failure_policy", &mut problems);
        if !(1..=1_000).contains(&self.max_instances) {
            problems.push(Problem::error("max_instances", "out_of_range", "Enter a number from 1 to 1000."));
        }
        if let Some(zone) = self.time_zone.as_deref().filter(|z| z.parse::<chrono_tz::Tz>().is_err()) {
            problems.push(Problem::error(
                "time_zone",
                "invalid",
                format!("`{zone}` is not a time zone; use a name such as Europe/Berlin."),
            ));
        }
        self.check_parameters(&mut problems);
        if self.steps.is_empty() {
            problems.push(Problem::error("steps", "required", "Add at least one step."));
        }
        self.check_steps(references, &mut problems);
        problems
    }

    fn check_parameters(&self, problems: &mut Problems) {
        let mut seen = BTreeSet::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let path = format!("parameters[{index}].name");
            let good = !parameter.name.is_empty()
                && !parameter.name.starts_with(|c: char| c.is_ascii_digit())
                && parameter.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !good {
                problems.push(Problem::error(
                    path,
                    "invalid",
                    "A parameter's name has letters, digits and _ only, and does not begin with a digit.",
                ));
            } else if !seen.insert(parameter.name.as_str()) {
                problems.push(Problem::error(
                    path,
                    "duplicate",
                    format!("`{}` is there twice.", parameter.name),
                ));
            }
        }
    }

    fn check_steps(&self, references: &References, problems: &mut Problems) {
        let mut scope: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut draft = self.clone();
        draft.fill_aliases();
        let later: BTreeSet<String> = draft.steps.iter().filter_map(|s| s.alias.clone()).collect();
        let mut aliases = BTreeSet::new();
        for (index, step) in draft.steps.iter().enumerate() {
            let path = format!("steps[{index}]");
            check_name(&step.name, &format!("{path}.name"), problems);
            let alias = step.alias.clone().unwrap_or_default();
            if alias != slug(&alias) {
                problems.push(Problem::error(
                    format!("{path}.alias"),
                    "invalid",
                    "An alias has lower-case letters, digits and _ only, and does not begin with a digit.",
                ));
            }
            if !aliases.insert(alias.clone()) {
                problems.push(Problem::error(
                    format!("{path}.alias"),
                    "duplicate",
                    format!("Two steps are called `{alias}`."),
                ));
            }
            if let Some(policy) = &step.failure_policy {
                policy.check(&format!("{path}.failure_policy"), problems);
            }
            let Ok(step_type) = step.type_key.parse::<StepType>() else {
                problems.push(Problem::error(
                    format!("{path}.type_key"),
                    "unknown_type",
                    format!("There is no step type `{}`; `courier step-types` lists them.", step.type_key),
                ));
                continue;
            };
            let visible = Visible { parameters: &self.parameters, steps: &scope, later: &later };
            let found = check_configuration(step_type, &step.configuration, references, &visible);
            problems.extend(found.under(&format!("{path}.configuration")));
            if step.enabled {
                scope.insert(alias, step_type.spec().outputs.into_iter().map(|o| o.name).collect());
            }
        }
    }
}

/// The names a template may use at one place.
struct Visible<'a> {
    parameters: &'a [JobParameter],
    steps: &'a BTreeMap<String, BTreeSet<String>>,
    /// Aliases of the whole job, for a better message.
    later: &'a BTreeSet<String>,
}

/// Checks one step's configuration: unknown and missing fields, values that are not templates, references, and every
/// name inside templates.
fn check_configuration(
    step_type: StepType,
    configuration: &Configuration,
    references: &References,
    visible: &Visible<'_>,
) -> Problems {
    let spec = step_type.spec();
    let mut problems = Problems::default();
    // Values that hold templates are only known at run time; a stand-in of the right type takes their place.
    let mut resolved = configuration.clone();
    let mut unknown_yet = BTreeSet::new();
    for field in &spec.fields {
        let Some(value) = configuration.get(&field.name) else { continue };
        let mut texts = Vec::new();
        collect_texts(value, &field.name, &mut texts);
        let mut has_template = false;
        for (path, text) in &texts {
            match template::names(text) {
                Ok(names) => {
                    has_template |= template::is_template(text);
                    for name in names {
                        if let Err(message) = visible.knows(&name) {
                            problems.push(Problem::error(path.as_str(), "unknown_name", message));
                        }
                    }
                }
                Err(error) => {
                    has_template = true;
                    problems.push(Problem::error(path.as_str(), "template", capitalised(&error.to_string())));
                }
            }
        }
        if has_template {
            let reference = matches!(
                field.field_type,
                FieldType::ConnectionId | FieldType::PgpKeyId | FieldType::PgpKeyIdList | FieldType::Secret
            );
            if reference {
                problems.push(Problem::error(
                    field.name.as_str(),
                    "no_template",
                    "Choose one here; a template cannot stand for it.",
                ));
            }
            resolved.insert(field.name.clone(), stand_in(field));
            unknown_yet.insert(field.name.as_str());
        }
    }
    match step_type.parse(&resolved) {
        Ok(params) => {
            let mut found = params.check();
            found.0.retain(|problem| !unknown_yet.contains(problem.path.as_str()));
            problems.extend(found);
        }
        Err(found) => problems.extend(found),
    }
    for field in &spec.fields {
        let Some(value) = resolved.get(&field.name) else { continue };
        check_reference(field.widget, &field.name, value, references, &mut problems);
    }
    problems
}

impl StepParams {
    /// What is wrong with values that have the right types: ranges, and fields that need each other. Paths are the
    /// fields' names.
    fn check(&self) -> Problems {
        let mut problems = Problems::default();
        match self {
            StepParams::SftpDownload(p) => {
                check_move(p.after_download, p.move_to.as_deref(), &mut problems);
                check_concurrency(p.concurrency, &mut problems);
                if p.max_files == Some(0) {
                    problems.push(Problem::error(
                        "max_files",
                        "out_of_range",
                        "Enter a number from 1, or leave it empty for every file.",
                    ));
                }
            }
            StepParams::SftpUpload(p) => {
                check_move(p.after_upload, p.move_to.as_deref(), &mut problems);
                check_concurrency(p.concurrency, &mut problems);
                let octal = |text: &str| {
                    (1..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b))
                };
                if p.permissions.as_deref().is_some_and(|text| !octal(text)) {
                    problems.push(Problem::error(
                        "permissions",
                        "invalid",
                        "Enter an octal mode such as 640, or leave it empty.",
                    ));
                }
                if p.atomic_suffix
                    .as_deref()
                    .is_some_and(|text| text.contains(|c: char| c == '/' || c.is_control()))
                {
                    problems.push(Problem::error(
                        "atomic_suffix",
                        "invalid",
                        "An ending of a file's name has no `/` and no control characters.",
                    ));
                }
            }
            StepParams::SftpList(_)
            | StepParams::PgpDecrypt(_)
            | StepParams::PgpEncrypt(_)
            | StepParams::PgpSign(_)
            | StepParams::PgpVerify(_)
            | StepParams::FileUnzip(_)
            | StepParams::FileZip(_)
            | StepParams::FileMove(_)
            | StepParams::FileCopy(_)
            | StepParams::FileDelete(_) => {}
        }
        problems
    }
}

fn check_move(after: AfterTransfer, move_to: Option<&str>, problems: &mut Problems) {
    if after == AfterTransfer::Move && move_to.is_none_or(|folder| folder.trim().is_empty()) {
        problems.push(Problem::error(
            "move_to",
            "required",
            "Name the folder for files that were transferred.",
        ));
    }
}

/// What the engine does at most.
fn check_concurrency(count: u32, problems: &mut Problems) {
    if !(1..=32).contains(&count) {
        problems.push(Problem::error("concurrency", "out_of_range", "Enter a number from 1 to 32."));
    }
}

fn check_reference(
    widget: Widget,
    name: &str,
    value: &Value,
    references: &References,
    problems: &mut Problems,
) {
    let missing = |what: &str| {
        Problem::error(
            name,
            "unknown_reference",
            format!("This {what} does not exist any more; choose another."),
        )
    };
    let ids: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    for id in ids {
        match widget {
            Widget::Connection => {
                if id.parse().is_ok_and(|id| !references.connections.contains(&id)) {
                    problems.push(missing("connection"));
                }
            }
            Widget::PgpKey | Widget::PgpKeys => {
                if id.parse().is_ok_and(|id| !references.pgp_keys.contains(&id)) {
                    problems.push(missing("key"));
                }
            }
            Widget::RemotePath
            | Widget::LocalPath
            | Widget::Globs
            | Widget::Template
            | Widget::Secret
            | Widget::Number
            | Widget::Switch
            | Widget::Choice => {}
        }
    }
}

/// A valid value of the field's type, for checking the rest of the configuration.
fn stand_in(field: &crate::step::FieldSpec) -> Value {
    match field.field_type {
        FieldType::Text | FieldType::PathList | FieldType::TextList => Value::String("x".into()),
        FieldType::Integer => Value::from(1),
        FieldType::Boolean => Value::Bool(true),
        FieldType::Choice => field.choices.first().map_or(Value::Null, |c| Value::String(c.value.clone())),
        FieldType::ConnectionId | FieldType::PgpKeyId | FieldType::PgpKeyIdList | FieldType::Secret => {
            Value::Null
        }
    }
}

fn collect_texts(value: &Value, path: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => texts.push((path.to_owned(), text.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_texts(item, &format!("{path}[{index}]"), texts);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                collect_texts(item, &format!("{path}.{name}"), texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Visible<'_> {
    fn knows(&self, name: &str) -> Result<(), String> {
        let parts: Vec<&str> = name.split('.').collect();
        match parts.as_slice() {
            ["now", ..] => Ok(()),
            ["job", "id" | "name" | "version", ..]
            | ["execution", "id" | "triggered_by" | "started_at" | "attempt", ..] => Ok(()),
            ["job"] | ["execution"] | ["params"] | ["steps"] => Ok(()),
            ["params", parameter, ..] => {
                if self.parameters.iter().any(|p| p.name == *parameter) {
                    return Ok(());
                }
                let known: Vec<_> = self.parameters.iter().map(|p| format!("params.{}", p.name)).collect();
                Err(format!("This job has no parameter `{parameter}`{}.", listed(&known)))
            }
            ["steps", alias, rest @ ..] => match (self.steps.get(*alias), rest.first()) {
                (Some(outputs), Some(output)) if !outputs.contains(*output) => {
                    let known: Vec<_> = outputs.iter().map(|o| format!("steps.{alias}.{o}")).collect();
                    Err(format!("The step `{alias}` has no output `{output}`{}.", listed(&known)))
                }
                (Some(_), _) => Ok(()),
                (None, _) if self.later.contains(*alias) => {
                    Err(format!("The step `{alias}` does not come before this one, or is disabled."))
                }
                (None, _) => {
                    let known: Vec<_> = self.steps.keys().map(|a| format!("steps.{a}")).collect();
                    Err(format!("There is no earlier step `{alias}`{}.", listed(&known)))
                }
            },
            _ => Err(format!("`{name}` is not known here; there are steps, params, job, execution and now.")),
        }
    }
}

fn listed(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; there are {}", known.join(", ")) }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).chain(".".chars()).collect())
}

impl Job {
    /// A new job from a draft whose check found no error. `step_id` gives the ids of new steps.
    pub fn new(id: JobId, draft: JobDraft, now: Timestamp, step_id: impl FnMut() -> JobStepId) -> Self {
        let mut job = Self {
            id,
            name: String::new(),
            description: None,
            current_version: 0,
            failure_policy: FailurePolicy::default(),
            is_enabled: true,
            parameters: Vec::new(),
            time_zone: None,
            max_instances: 1,
            priority: 0,
            run_on: any_node(),
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
            steps: Vec::new(),
        };
        job.edit(draft, now, step_id);
        job
    }

    /// Takes over a draft whose check found no error, as the next version. Step ids of other jobs are not taken over.
    pub fn edit(&mut self, mut draft: JobDraft, now: Timestamp, mut step_id: impl FnMut() -> JobStepId) {
        draft.fill_aliases();
        let mine: BTreeSet<JobStepId> = self.steps.iter().map(|s| s.id).collect();
        let mut used = BTreeSet::new();
        let job_id = self.id;
        self.steps = draft
            .steps
            .into_iter()
            .zip(0i32..)
            .map(|(step, step_order)| JobStep {
                id: step.id.filter(|id| mine.contains(id) && used.insert(*id)).unwrap_or_else(&mut step_id),
                job_id,
                step_order,
                alias: step.alias.unwrap_or_else(|| slug(&step.name)),
                name: step.name,
                type_key: step.type_key,
                configuration: step.configuration,
                timeout_seconds: step.timeout_seconds,
                failure_policy: step.failure_policy,
                enabled: step.enabled,
            })
            .collect();
        self.name = draft.name;
        self.description = draft.description.filter(|d| !d.trim().is_empty());
        self.failure_policy = draft.failure_policy;
        self.parameters = draft.parameters;
        self.time_zone = draft.time_zone;
        self.max_instances = draft.max_instances;
        self.priority = draft.priority;
        self.run_on = draft.run_on;
        self.current_version += 1;
        self.updated_at = now;
    }

    /// The draft that describes the job as it is.
    pub fn to_draft(&self) -> JobDraft {
        JobDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            failure_policy: self.failure_policy.clone(),
            parameters: self.parameters.clone(),
            time_zone: self.time_zone.clone(),
            max_instances: self.max_instances,
            priority: self.priority,
            run_on: self.run_on.clone(),
            steps: self.steps.iter().map(JobStep::to_draft).collect(),
        }
    }
}

impl JobStep {
    /// The step as people edit it.
    pub fn to_draft(&self) -> StepDraft {
        StepDraft {
            id: Some(self.id),
            name: self.name.clone(),
            alias: Some(self.alias.clone()),
            type_key: self.type_key.clone(),
            configuration: self.configuration.clone(),
            timeout_seconds: self.timeout_seconds,
            failure_policy: self.failure_policy.clone(),
            enabled: self.enabled,
        }
    }
}

/// A job definition before it has a file of its own: the steps of a snapshot.
pub fn steps_of_snapshot(
    job_id: JobId,
    snapshot: &str,
) -> Result<(JobDraft, Vec<JobStep>), serde_json::Error> {
    let draft: JobDraft = serde_json::from_str(snapshot)?;
    let steps = draft
        .steps
        .iter()
        .zip(0i32..)
        .map(|(step, step_order)| JobStep {
            id: step.id.unwrap_or(JobStepId(uuid::Uuid::nil())),
            job_id,
            step_order,
            name: step.name.clone(),
            alias: step.alias.clone().unwrap_or_else(|| slug(&step.name)),
            type_key: step.type_key.clone(),
            configuration: step.configuration.clone(),
            timeout_seconds: step.timeout_seconds,
            failure_policy: step.failure_policy.clone(),
            enabled: step.enabled,
        })
        .collect();
    Ok((draft, steps))
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;
