//! Runs: list, look, steer, follow.

use super::{Answer, Courier};
use crate::shell::progress::Gate;
use courier_app::domain::JobExecutionId;
use courier_app::{
    Activity, ExecutionFilter, ExecutionPage, ExecutionProgress, ExecutionView, LogLine, RetryFrom, RunUpdate,
};
use tauri::ipc::Channel;
use tauri::{State, WebviewWindow};

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_list(courier: Courier<'_>, filter: ExecutionFilter) -> Answer<ExecutionPage> {
    courier.executions_list(filter).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_activity(courier: Courier<'_>) -> Answer<Activity> {
    courier.executions_activity().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_get(courier: Courier<'_>, id: JobExecutionId) -> Answer<ExecutionView> {
    courier.executions_get(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_log(
    courier: Courier<'_>,
    id: JobExecutionId,
    after: Option<i64>,
) -> Answer<Vec<LogLine>> {
    courier.executions_log(id, after).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_cancel(courier: Courier<'_>, id: JobExecutionId) -> Answer<()> {
    courier.executions_cancel(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_pause(courier: Courier<'_>, id: JobExecutionId) -> Answer<()> {
    courier.executions_pause(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_resume(courier: Courier<'_>, id: JobExecutionId) -> Answer<()> {
    courier.executions_resume(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_retry(courier: Courier<'_>, id: JobExecutionId) -> Answer<JobExecutionId> {
    courier.executions_retry(id, RetryFrom::default()).await
}

/// Streams a run's progress until the run ends or nobody listens. Nothing is sent while the window is hidden.
#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_follow(
    courier: Courier<'_>,
    gate: State<'_, Gate>,
    window: WebviewWindow,
    id: JobExecutionId,
    channel: Channel<ExecutionProgress>,
) -> Answer<()> {
    let mut followed = courier.executions_follow(id);
    loop {
        match followed.next().await? {
            RunUpdate::Progress(progress) => {
                let shown = window.is_visible().unwrap_or(true);
                if shown && gate.is_open() && channel.send(progress).is_err() {
                    return Ok(());
                }
            }
            RunUpdate::Changed(_) => {}
            RunUpdate::Ended(_) => return Ok(()),
        }
    }
}
