//! Chains and their runs.

use super::{Answer, Courier};
use courier_app::domain::chain::{ChainDraft, JobChain};
use courier_app::domain::{ChainExecutionId, JobChainId, Problem, Timestamp};
use courier_app::{ChainExecutionFilter, ChainExecutionPage, ChainExecutionView, ChainRow, ChainView};
use serde_json::Value;
use std::collections::BTreeMap;

#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_list(courier: Courier<'_>) -> Answer<Vec<ChainRow>> {
    courier.chains_list().await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_get(courier: Courier<'_>, id: JobChainId) -> Answer<ChainView> {
    courier.chains_get(id).await
}

/// Everything wrong with a draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_validate(courier: Courier<'_>, draft: ChainDraft) -> Answer<Vec<Problem>> {
    Ok(courier.chains_validate(&draft).await?.0)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_save(
    courier: Courier<'_>,
    id: Option<JobChainId>,
    draft: ChainDraft,
    seen: Option<Timestamp>,
) -> Answer<JobChain> {
    courier.chains_save(id, draft, seen).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_enable(courier: Courier<'_>, id: JobChainId, enabled: bool) -> Answer<JobChain> {
    courier.chains_set_enabled(id, enabled).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_delete(courier: Courier<'_>, id: JobChainId) -> Answer<()> {
    courier.chains_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_restore(courier: Courier<'_>, id: JobChainId) -> Answer<JobChain> {
    courier.chains_restore(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chains_run(
    courier: Courier<'_>,
    id: JobChainId,
    parameters: BTreeMap<String, Value>,
) -> Answer<ChainExecutionId> {
    courier.chains_run(id, parameters).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chain_executions_list(
    courier: Courier<'_>,
    filter: ChainExecutionFilter,
) -> Answer<ChainExecutionPage> {
    courier.chain_executions_list(filter).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chain_executions_get(
    courier: Courier<'_>,
    id: ChainExecutionId,
) -> Answer<ChainExecutionView> {
    courier.chain_executions_get(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chain_executions_pause(courier: Courier<'_>, id: ChainExecutionId) -> Answer<()> {
    courier.chain_executions_pause(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chain_executions_resume(courier: Courier<'_>, id: ChainExecutionId) -> Answer<()> {
    courier.chain_executions_resume(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chain_executions_cancel(courier: Courier<'_>, id: ChainExecutionId) -> Answer<()> {
    courier.chain_executions_cancel(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn chain_executions_retry(courier: Courier<'_>, id: ChainExecutionId) -> Answer<()> {
    courier.chain_executions_retry(id).await
}
