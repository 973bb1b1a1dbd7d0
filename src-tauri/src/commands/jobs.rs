//! Jobs and step types.

use super::{Answer, Courier};
use courier_app::domain::job::{Job, JobDraft};
use courier_app::domain::step::StepSpec;
use courier_app::domain::{JobExecutionId, JobId, Problem};
use courier_app::{JobRow, JobVersionRow, JobView};
use std::collections::BTreeMap;

#[tauri::command]
#[specta::specta]
pub(crate) fn step_types(courier: Courier<'_>) -> Vec<StepSpec> {
    courier.step_types()
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
pub(crate) async fn jobs_validate(courier: Courier<'_>, draft: JobDraft) -> Answer<Vec<Problem>> {
    courier.jobs_validate(&draft).await
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
pub(crate) async fn jobs_run(
    courier: Courier<'_>,
    id: JobId,
    parameters: BTreeMap<String, serde_json::Value>,
) -> Answer<JobExecutionId> {
    courier.jobs_run(id, parameters).await
}
