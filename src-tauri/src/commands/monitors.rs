//! Monitors: what they watch, how they are, and the files they started something for.

use super::{Answer, Courier};
use courier_app::domain::expected::ExpectedFileCheck;
use courier_app::domain::monitor::{FileMonitor, MonitorDraft};
use courier_app::domain::{FileMonitorId, Problem, Timestamp};
use courier_app::{MonitorFileFilter, MonitorFilePage, MonitorFilter, MonitorRow, MonitorView};

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_list(courier: Courier<'_>, filter: MonitorFilter) -> Answer<Vec<MonitorRow>> {
    courier.monitors_list(filter).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_get(courier: Courier<'_>, id: FileMonitorId) -> Answer<MonitorView> {
    courier.monitors_get(id).await
}

/// Everything wrong with a draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_validate(courier: Courier<'_>, draft: MonitorDraft) -> Answer<Vec<Problem>> {
    Ok(courier.monitors_validate(&draft).await?.0)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_save(
    courier: Courier<'_>,
    id: Option<FileMonitorId>,
    draft: MonitorDraft,
    seen: Option<Timestamp>,
) -> Answer<FileMonitor> {
    courier.monitors_save(id, draft, seen).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_pause(courier: Courier<'_>, id: FileMonitorId) -> Answer<FileMonitor> {
    courier.monitors_pause(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_resume(courier: Courier<'_>, id: FileMonitorId) -> Answer<FileMonitor> {
    courier.monitors_resume(id).await
}

/// Every active one; returns those.
#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_pause_all(courier: Courier<'_>) -> Answer<Vec<FileMonitor>> {
    courier.monitors_pause_all().await
}

/// Those that were paused all at once; returns them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_resume_all(courier: Courier<'_>) -> Answer<Vec<FileMonitor>> {
    courier.monitors_resume_all().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_disable(courier: Courier<'_>, id: FileMonitorId) -> Answer<FileMonitor> {
    courier.monitors_disable(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_activate(courier: Courier<'_>, id: FileMonitorId) -> Answer<FileMonitor> {
    courier.monitors_activate(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_acknowledge(courier: Courier<'_>, id: FileMonitorId) -> Answer<FileMonitor> {
    courier.monitors_acknowledge(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_delete(courier: Courier<'_>, id: FileMonitorId) -> Answer<()> {
    courier.monitors_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_restore(courier: Courier<'_>, id: FileMonitorId) -> Answer<FileMonitor> {
    courier.monitors_restore(id).await
}

/// What was found at the deadlines of a monitor's expected-file clock, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_checks(
    courier: Courier<'_>,
    id: FileMonitorId,
    limit: u32,
) -> Answer<Vec<ExpectedFileCheck>> {
    courier.monitors_checks(id, limit).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_files_list(
    courier: Courier<'_>,
    filter: MonitorFileFilter,
) -> Answer<MonitorFilePage> {
    courier.monitors_files_list(filter).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_files_forget(
    courier: Courier<'_>,
    id: FileMonitorId,
    paths: Vec<String>,
) -> Answer<u64> {
    courier.monitors_files_forget(id, paths).await
}

/// Looks at a monitor's folder now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_scan(courier: Courier<'_>, id: FileMonitorId) -> Answer<MonitorView> {
    courier.monitors_scan(id).await
}

/// Takes files for known, so that they trigger nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_files_mark(
    courier: Courier<'_>,
    id: FileMonitorId,
    paths: Vec<String>,
) -> Answer<u64> {
    courier.monitors_files_mark(id, paths).await
}

/// Starts once more what files have started.
#[tauri::command]
#[specta::specta]
pub(crate) async fn monitors_files_rerun(
    courier: Courier<'_>,
    id: FileMonitorId,
    paths: Vec<String>,
) -> Answer<u64> {
    courier.monitors_files_rerun(id, paths).await
}
