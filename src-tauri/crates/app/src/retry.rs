//! Doing a finished run again, as a run of its own: from its first step or a later one, in the version that ran or the
//! newest.
//!
//! What earlier steps handed on comes along: their outputs, and copies of the files that the run still keeps. The engine
//! proves each file before it relies on it, and goes back to the step that made it where one is gone.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::surroundings::make_private_folder;
use courier_domain::execution::{JobContext, JobExecution, NewExecution};
use courier_domain::job::blocks;
use courier_domain::job::{JobStep, steps_of_snapshot};
use courier_domain::{ErrorCode, JobExecutionId};
use courier_engine::triggers::may_start;
use courier_engine::workspace_of;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How a run is done again.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct RetryFrom {
    /// Alias or name of the step that it begins with; the first step when left out.
    pub step: Option<String>,
    /// The job as it is now, instead of the version that ran.
    pub current: bool,
}

/// What doing a run again would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RetryPreview {
    /// The version that would run.
    pub job_version_number: i32,
    /// The newest one.
    pub current_version: i32,
    /// The step that it would begin with.
    pub begins_with: Option<String>,
    /// Steps that are not done again, by name: what they handed on is taken over.
    pub taken_over: Vec<String>,
    /// Files that are copied from the old run's folder.
    pub files: u64,
    pub bytes: u64,
    /// Files that are no longer there; the steps that made them are done again.
    pub missing: Vec<String>,
}

/// What both need to know: looking at it and doing it.
struct Plan {
    old: JobExecution,
    version: i32,
    current: i32,
    steps: Vec<JobStep>,
}

impl App {
    /// What [`App::executions_retry`] would do. Changes nothing.
    ///
    /// # Errors
    /// As there.
    pub async fn executions_retry_preview(
        &self,
        id: JobExecutionId,
        from: RetryFrom,
    ) -> Result<RetryPreview> {
        let plan = self.retry_plan(id, &from).await?;
        let theirs = workspace_of(self.home(), id);
        let mut preview = RetryPreview {
            job_version_number: plan.version,
            current_version: plan.current,
            begins_with: plan.steps.iter().find(|step| step.enabled).map(|step| step.name.clone()),
            taken_over: Vec::new(),
            files: 0,
            bytes: 0,
            missing: Vec::new(),
        };
        let Some(step) = &from.step else { return Ok(preview) };
        let first = step_named(&plan.steps, step)?;
        let known = JobContext::from_snapshot(&plan.old.context_snapshot);
        let context = handed_on(known, &plan.steps, step, &[theirs.clone(), theirs.clone()])?;
        preview.begins_with = Some(first.name.clone());
        preview.taken_over = plan
            .steps
            .iter()
            .filter(|step| context.steps.contains_key(&step.alias))
            .map(|step| step.name.clone())
            .collect();
        let kept = blocking(move || {
            let own = context.files.into_iter().filter(|file| Path::new(&file.path).starts_with(&theirs));
            own.partition::<Vec<_>, _>(|file| Path::new(&file.path).is_file())
        });
        let (there, gone) = kept.await?;
        preview.files = there.len() as u64;
        preview.bytes = there.iter().map(|file| file.size).sum();
        preview.missing = gone.into_iter().map(|file| file.path).collect();
        Ok(preview)
    }

    /// Queues a new run like a finished one, with its parameters.
    ///
    /// # Errors
    /// The run is not over; there is no such step; an earlier step has no results in that run.
    pub async fn executions_retry(&self, id: JobExecutionId, from: RetryFrom) -> Result<JobExecutionId> {
        self.sandbox_wake().await;
        let Plan { old, version, current: _, steps } = self.retry_plan(id, &from).await?;
        let mut execution = JobExecution::new(NewExecution {
            id: self.new_id(),
            job_id: old.job_id,
            job_version_number: version,
            triggered_by: format!("retry:{id}"),
            parameters: old.parameters.clone(),
            priority: old.priority,
            retry_of: Some(id),
            trigger_key: None,
            now: self.now(),
        });
        let folders = [id, execution.id].map(|run| workspace_of(self.home(), run));
        if let Some(step) = &from.step {
            let known = JobContext::from_snapshot(&old.context_snapshot);
            let context = handed_on(known, &steps, step, &folders)?;
            execution.context_snapshot = context.to_snapshot();
            let [theirs, ours] = folders.clone();
            blocking(move || copy_kept(&context, &theirs, &ours)).await??;
        }
        let mut unit = self.begin().await?;
        let queued = async {
            may_start(&unit.job(old.job_id).await?)?;
            let queued = unit.enqueue(&execution).await?;
            unit.commit().await?;
            Ok::<_, AppError>(queued)
        };
        let queued = queued.await;
        if queued.is_err() && from.step.is_some() {
            let [_, ours] = folders;
            // The copies serve nobody; the error is the one to tell.
            let _ = blocking(move || std::fs::remove_dir_all(ours)).await;
        }
        Ok(queued?.id)
    }

    async fn retry_plan(&self, id: JobExecutionId, from: &RetryFrom) -> Result<Plan> {
        let mut session = self.read().await?;
        let old = session.execution(id).await?;
        if !old.state.is_terminal() {
            return Err(AppError::new(
                ErrorCode::InvalidTransition,
                format!("The run {id} is {}; only a finished run can be repeated.", old.state),
            ));
        }
        let current = session.job(old.job_id).await?.current_version;
        let version = if from.current { current } else { old.job_version_number };
        let snapshot = session.job_version(old.job_id, version).await?.config_snapshot;
        let (_, steps) = steps_of_snapshot(old.job_id, &snapshot).map_err(AppError::internal)?;
        Ok(Plan { old, version, current, steps })
    }
}

fn step_named<'a>(steps: &'a [JobStep], step: &str) -> Result<&'a JobStep> {
    let is_it = |candidate: &&JobStep| candidate.alias == step || candidate.name.eq_ignore_ascii_case(step);
    steps.iter().find(is_it).ok_or_else(|| {
        let names: Vec<&str> = steps.iter().map(|step| step.alias.as_str()).collect();
        AppError::new(
            ErrorCode::NotFound,
            format!("There is no step `{step}` in that version; there are {}.", names.join(", ")),
        )
    })
}

/// What is known before `step`, as if the new run had done the steps before it.
fn handed_on(
    mut known: JobContext,
    steps: &[JobStep],
    step: &str,
    [theirs, ours]: &[PathBuf; 2],
) -> Result<JobContext> {
    let first = step_named(steps, step)?;
    let types: Vec<_> = steps.iter().map(|step| step.type_key.parse().ok()).collect();
    let nodes = blocks::parse(&types).map_err(AppError::internal)?;
    let mut context = JobContext { params: known.params, ..JobContext::default() };
    let mut before: BTreeSet<&str> = BTreeSet::new();
    for node in &nodes {
        let block = steps.get(node.first()..=node.last()).unwrap_or_default();
        let Some(opener) = block.first().filter(|opener| opener.step_order < first.step_order) else { break };
        if block.iter().any(|step| step.step_order == first.step_order) {
            return Err(AppError::new(
                ErrorCode::Conflict,
                format!(
                    "The step `{}` stands in the block of `{}`. Begin with that.",
                    first.alias, opener.alias
                ),
            ));
        }
        if opener.enabled && !known.steps.contains_key(&opener.alias) {
            return Err(AppError::new(
                ErrorCode::Conflict,
                format!(
                    "The step `{}` has no results in that run. Begin with it, or before it.",
                    opener.alias
                ),
            ));
        }
        // Of a block that is over, what was done in it has results, and what was not is over as well.
        for step in block {
            if let Some(outputs) = known.steps.remove(&step.alias)
                && let Value::Object(outputs) = moved_to(Value::Object(outputs), theirs, ours)
            {
                context.steps.insert(step.alias.clone(), outputs);
            }
            before.insert(&step.alias);
            context.finished.insert(step.step_order);
        }
    }
    context.files = known.files.into_iter().filter(|file| before.contains(file.step.as_str())).collect();
    for file in &mut context.files {
        file.path = moved_path(&file.path, theirs, ours);
    }
    Ok(context)
}

fn moved_to(value: Value, theirs: &Path, ours: &Path) -> Value {
    match value {
        Value::String(text) => Value::String(moved_path(&text, theirs, ours)),
        Value::Array(items) => items.into_iter().map(|item| moved_to(item, theirs, ours)).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, field)| (name, moved_to(field, theirs, ours))).collect()
        }
        other => other,
    }
}

fn moved_path(path: &str, theirs: &Path, ours: &Path) -> String {
    match Path::new(path).strip_prefix(theirs) {
        Ok(inside) if inside.as_os_str().is_empty() => ours.to_string_lossy().into_owned(),
        Ok(inside) => ours.join(inside).to_string_lossy().into_owned(),
        Err(_) => path.to_owned(),
    }
}

/// Copies the files that lie in the old run's folder. One that is gone is missed by the engine, which knows what to do.
fn copy_kept(context: &JobContext, theirs: &Path, ours: &Path) -> Result<()> {
    make_private_folder(ours)?;
    for file in &context.files {
        let Ok(inside) = Path::new(&file.path).strip_prefix(ours) else { continue };
        let (from, to) = (theirs.join(inside), ours.join(inside));
        if !from.is_file() {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(|error| AppError::disk("create", folder, &error))?;
        }
        std::fs::copy(&from, &to).map_err(|error| AppError::disk("copy", &from, &error))?;
    }
    Ok(())
}
