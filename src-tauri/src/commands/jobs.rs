//! Jobs and step types.

use super::{Answer, Courier};
use crate::shell::transfers::Transfers;
use courier_app::domain::job::{Job, JobDraft, StepDraft};
use courier_app::domain::step::{StepGuide, StepSpec};
use courier_app::domain::{JobExecutionId, JobId, Problem};
use courier_app::{
    FirstSign, JobRow, JobTemplate, JobVersionRow, JobView, MadeStart, PathsAsked, PathsMatch, ReadSteps,
    Rehearsal, RehearsedStep, VersionDiff,
};
use serde::Deserialize;
use specta::Type;
use std::collections::BTreeMap;
use tauri::State;
use tauri::ipc::Channel;

#[tauri::command]
#[specta::specta]
pub(crate) fn step_types(courier: Courier<'_>) -> Vec<StepSpec> {
    courier.step_types()
}

/// What is to be known of every step type beyond its fields.
#[tauri::command]
#[specta::specta]
pub(crate) fn step_guides(courier: Courier<'_>) -> Vec<StepGuide> {
    courier.step_guides()
}

/// The fields of a step that decide what one of its path fields matches.
#[tauri::command]
#[specta::specta]
pub(crate) fn paths_decided_by(courier: Courier<'_>, type_key: String, field: String) -> Vec<String> {
    courier.paths_decided_by(&type_key, &field)
}

/// What a step's path field matches now; `null` where only a run can tell. `look` is a name of the window's own, by which
/// it can be stopped.
#[tauri::command]
#[specta::specta]
pub(crate) async fn paths_match(
    courier: Courier<'_>,
    transfers: State<'_, Transfers>,
    look: String,
    asked: PathsAsked,
) -> Answer<Option<PathsMatch>> {
    let running = transfers.begin(&look);
    courier.paths_match(&asked, running.cancel()).await
}

/// Steps in the words of a bundle, to be copied.
#[tauri::command]
#[specta::specta]
pub(crate) async fn steps_write(courier: Courier<'_>, steps: Vec<StepDraft>) -> Answer<String> {
    courier.steps_write(&steps).await
}

/// The steps of a text that is pasted.
#[tauri::command]
#[specta::specta]
pub(crate) async fn steps_read(courier: Courier<'_>, text: String) -> Answer<ReadSteps> {
    courier.steps_read(&text).await
}

/// Jobs to begin with.
#[tauri::command]
#[specta::specta]
pub(crate) async fn job_templates(courier: Courier<'_>) -> Answer<Vec<JobTemplate>> {
    courier.job_templates()
}

/// Makes what a template has beside its job, for the job that was saved from it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn job_templates_start(
    courier: Courier<'_>,
    key: String,
    job: JobId,
) -> Answer<Option<MadeStart>> {
    courier.job_templates_start(&key, job).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_list(courier: Courier<'_>) -> Answer<Vec<JobRow>> {
    courier.jobs_list().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_get(courier: Courier<'_>, id: JobId) -> Answer<JobView> {
    courier.jobs_get(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_validate(
    courier: Courier<'_>,
    id: Option<JobId>,
    draft: JobDraft,
) -> Answer<Vec<Problem>> {
    courier.jobs_validate(id, &draft).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_save(
    courier: Courier<'_>,
    id: Option<JobId>,
    draft: JobDraft,
    expected_version: Option<i32>,
) -> Answer<Job> {
    courier.jobs_save(id, draft, expected_version).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_delete(courier: Courier<'_>, id: JobId) -> Answer<()> {
    courier.jobs_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_enable(courier: Courier<'_>, id: JobId, enabled: bool) -> Answer<()> {
    courier.jobs_enable(id, enabled).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_duplicate(courier: Courier<'_>, id: JobId) -> Answer<Job> {
    courier.jobs_duplicate(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_versions(courier: Courier<'_>, id: JobId) -> Answer<Vec<JobVersionRow>> {
    courier.jobs_versions(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_version(courier: Courier<'_>, id: JobId, version: i32) -> Answer<JobDraft> {
    courier.jobs_version(id, version).await
}

/// What changed from one version to another, references by the names of today.
#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_diff(courier: Courier<'_>, id: JobId, from: i32, to: i32) -> Answer<VersionDiff> {
    courier.jobs_diff(id, Some(from), Some(to)).await
}

/// Makes version `to` the newest again, as a new one; refused when `expected_version` is not the newest any more.
#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_revert(
    courier: Courier<'_>,
    id: JobId,
    to: i32,
    expected_version: i32,
) -> Answer<Job> {
    courier.jobs_revert(id, to, Some(expected_version)).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_run(
    courier: Courier<'_>,
    id: JobId,
    parameters: BTreeMap<String, serde_json::Value>,
) -> Answer<JobExecutionId> {
    courier.jobs_run(id, parameters).await
}

/// A dry run. `rehearsal` is a name of the window's own, by which it can be stopped.
#[derive(Debug, Deserialize, Type)]
pub(crate) struct RehearsalAsked {
    rehearsal: String,
    /// Without a draft, the job as it is saved.
    id: Option<JobId>,
    draft: Option<JobDraft>,
    parameters: BTreeMap<String, serde_json::Value>,
}

/// What every step would do, each as it is known. Writes nothing but that there was a dry run, for the first steps.
#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_rehearse(
    courier: Courier<'_>,
    transfers: State<'_, Transfers>,
    request: RehearsalAsked,
    channel: Channel<RehearsedStep>,
) -> Answer<Rehearsal> {
    let running = transfers.begin(&request.rehearsal);
    let RehearsalAsked { id, draft, parameters, .. } = request;
    // A window that is gone needs no steps.
    let tell = move |step: &RehearsedStep| drop(channel.send(step.clone()));
    let rehearsal = courier.jobs_rehearse(id, draft, &parameters, running.cancel(), &tell).await?;
    courier.first_steps_note(FirstSign::DryRun(&rehearsal)).await;
    Ok(rehearsal)
}

/// Stops a dry run; one that has ended is no error.
#[tauri::command]
#[specta::specta]
pub(crate) async fn jobs_rehearse_stop(transfers: State<'_, Transfers>, rehearsal: String) -> Answer<()> {
    transfers.stop(&rehearsal);
    Ok(())
}
