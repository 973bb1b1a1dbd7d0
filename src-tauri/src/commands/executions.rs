//! Runs: list, look, steer, follow.

use super::{Answer, Courier};
use crate::shell::progress::Gate;
use courier_app::domain::receipt::Receipt;
use courier_app::domain::{JobExecutionId, ReceiptId};
use courier_app::{
    Activity, ExecutionFilter, ExecutionPage, ExecutionProgress, ExecutionView, IterationPage,
    IterationQuery, LogPage, LogQuery, RetryFrom, RetryPreview, RunUpdate, StepView,
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
    let mut view = courier.executions_get(id).await?;
    // What steps hand to each other may be long, and no page shows it.
    view.execution.context_snapshot.clear();
    Ok(view)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_iterations(
    courier: Courier<'_>,
    id: JobExecutionId,
    query: IterationQuery,
) -> Answer<IterationPage> {
    courier.executions_iterations(id, query).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_iteration(
    courier: Courier<'_>,
    id: JobExecutionId,
    loop_order: i32,
    path: String,
) -> Answer<Vec<StepView>> {
    courier.executions_iteration(id, loop_order, path).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_receipts(
    courier: Courier<'_>,
    id: JobExecutionId,
    after: Option<ReceiptId>,
    limit: u32,
) -> Answer<Vec<Receipt>> {
    courier.executions_receipts(id, after, limit).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_log(
    courier: Courier<'_>,
    id: JobExecutionId,
    query: LogQuery,
) -> Answer<LogPage> {
    courier.executions_log_page(id, query).await
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
pub(crate) async fn executions_retry(
    courier: Courier<'_>,
    id: JobExecutionId,
    from: RetryFrom,
) -> Answer<JobExecutionId> {
    courier.executions_retry(id, from).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn executions_retry_preview(
    courier: Courier<'_>,
    id: JobExecutionId,
    from: RetryFrom,
) -> Answer<RetryPreview> {
    courier.executions_retry_preview(id, from).await
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
