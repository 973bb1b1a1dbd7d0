//! Schedules of jobs and chains, and which job waits for which.

use super::{Answer, Courier};
use courier_app::domain::dependency::{DependencyDraft, JobDependency};
use courier_app::domain::schedule::ScheduleDraft;
use courier_app::domain::{CalendarId, JobDependencyId, JobId, Timestamp};
use courier_app::{
    DependencyRow, Fired, MissedFilter, MissedRow, ScheduleFilter, ScheduleOwner, ScheduleRow,
};
use uuid::Uuid;

#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_list(courier: Courier<'_>, filter: ScheduleFilter) -> Answer<Vec<ScheduleRow>> {
    courier.schedules_list(filter).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_add(
    courier: Courier<'_>,
    owner: ScheduleOwner,
    draft: ScheduleDraft,
) -> Answer<ScheduleRow> {
    courier.schedules_add(owner, draft).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_edit(
    courier: Courier<'_>,
    id: Uuid,
    draft: ScheduleDraft,
    seen: Option<Timestamp>,
) -> Answer<ScheduleRow> {
    courier.schedules_edit(id, draft, seen).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_enable(courier: Courier<'_>, id: Uuid, enabled: bool) -> Answer<ScheduleRow> {
    courier.schedules_set_enabled(id, enabled).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_remove(courier: Courier<'_>, id: Uuid) -> Answer<()> {
    courier.schedules_remove(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_fire(courier: Courier<'_>, id: Uuid) -> Answer<Fired> {
    courier.schedules_fire(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_missed(courier: Courier<'_>, filter: MissedFilter) -> Answer<Vec<MissedRow>> {
    courier.schedules_missed(filter).await
}

/// The next fire times of an expression, from now on, without those on the calendar's skipped days; without a time zone in
/// the system's.
#[tauri::command]
#[specta::specta]
pub(crate) async fn schedules_preview(
    courier: Courier<'_>,
    cron_expression: String,
    time_zone: Option<String>,
    calendar: Option<CalendarId>,
    count: u32,
) -> Answer<Vec<Timestamp>> {
    courier.schedules_preview(&cron_expression, time_zone.as_deref(), calendar, count, None).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn dependencies_list(
    courier: Courier<'_>,
    job: Option<JobId>,
) -> Answer<Vec<DependencyRow>> {
    courier.dependencies_list(job).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn dependencies_add(
    courier: Courier<'_>,
    job: JobId,
    draft: DependencyDraft,
) -> Answer<JobDependency> {
    courier.dependencies_add(job, draft).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn dependencies_remove(courier: Courier<'_>, id: JobDependencyId) -> Answer<()> {
    courier.dependencies_remove(id).await
}
