//! Doing a finished run again, as a run of its own: from its first step or a later one, in the version that ran or the
//! newest.
//!
//! What earlier steps handed on comes along: their outputs, and copies of the files that the run still keeps. The engine
//! proves each file before it relies on it, and goes back to the step that made it where one is gone.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::surroundings::make_private_folder;
use courier_domain::execution::{JobContext, JobExecution, NewExecution};
use courier_domain::job::{JobStep, steps_of_snapshot};
use courier_domain::{ErrorCode, JobExecutionId};
use courier_engine::workspace_of;
use serde::Deserialize;
use serde_json::Value;
use specta::Type;
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

impl App {
    /// Queues a new run like a finished one, with its parameters.
    ///
    /// # Errors
    /// The run is not over; there is no such step; an earlier step has no results in that run.
    pub async fn executions_retry(&self, id: JobExecutionId, from: RetryFrom) -> Result<JobExecutionId> {
        self.sandbox_wake().await;
        let mut session = self.read().await?;
        let old = session.execution(id).await?;
        if !old.state.is_terminal() {
            return Err(AppError::new(
                ErrorCode::InvalidTransition,
                format!("The run {id} is {}; only a finished run can be repeated.", old.state),
            ));
        }
        let job = session.job(old.job_id).await?;
        let version = if from.current { job.current_version } else { old.job_version_number };
        let snapshot = session.job_version(old.job_id, version).await?.config_snapshot;
        drop(session);
        let (_, steps) = steps_of_snapshot(old.job_id, &snapshot).map_err(AppError::internal)?;
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
        let queued = match unit.enqueue(&execution).await {
            Ok(queued) => unit.commit().await.map(|()| queued),
            Err(error) => Err(error),
        };
        if queued.is_err() && from.step.is_some() {
            let [_, ours] = folders;
            // The copies serve nobody; the error is the one to tell.
            let _ = blocking(move || std::fs::remove_dir_all(ours)).await;
        }
        Ok(queued?.id)
    }
}

/// What is known before `step`, as if the new run had done the steps before it.
fn handed_on(
    mut known: JobContext,
    steps: &[JobStep],
    step: &str,
    [theirs, ours]: &[PathBuf; 2],
) -> Result<JobContext> {
    let is_it = |candidate: &&JobStep| candidate.alias == step || candidate.name.eq_ignore_ascii_case(step);
    let Some(first) = steps.iter().find(is_it) else {
        let names: Vec<&str> = steps.iter().map(|step| step.alias.as_str()).collect();
        return Err(AppError::new(
            ErrorCode::NotFound,
            format!("There is no step `{step}` in that version; there are {}.", names.join(", ")),
        ));
    };
    let before = |step: &&JobStep| step.step_order < first.step_order;
    let mut context = JobContext { params: known.params, ..JobContext::default() };
    for step in steps.iter().filter(before) {
        match known.steps.remove(&step.alias) {
            Some(outputs) => {
                let moved = Value::Object(outputs);
                if let Value::Object(outputs) = moved_to(moved, theirs, ours) {
                    context.steps.insert(step.alias.clone(), outputs);
                }
            }
            None if !step.enabled => {}
            None => {
                return Err(AppError::new(
                    ErrorCode::Conflict,
                    format!(
                        "The step `{}` has no results in that run. Begin with it, or before it.",
                        step.alias
                    ),
                ));
            }
        }
        context.finished.insert(step.step_order);
    }
    let is_known = |alias: &str| context.steps.contains_key(alias);
    context.files = known.files.into_iter().filter(|file| is_known(&file.step)).collect();
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
