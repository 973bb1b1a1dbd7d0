//! Tells the window what changed in the store.

use crate::ipc::Changed;
use courier_app::App;
use courier_app::domain::audit::AuditableEntityType;
use tauri::AppHandle;
use tauri_specta::Event;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

/// Forwards every change until the store closes.
pub(crate) fn forward(handle: AppHandle, courier: &App) {
    let mut changes = courier.changes();
    tauri::async_runtime::spawn(async move {
        loop {
            match changes.recv().await {
                Ok(change) => emit(&handle, change.entity_type, change.entity_id),
                // Too much at once: tell of every kind instead of every entity.
                Err(RecvError::Lagged(_)) => {
                    for entity_type in AuditableEntityType::ALL {
                        emit(&handle, *entity_type, Uuid::nil());
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
}

fn emit(handle: &AppHandle, entity_type: AuditableEntityType, entity_id: Uuid) {
    if let Err(error) = (Changed { entity_type, entity_id }).emit(handle) {
        tracing::debug!(%error, "the window did not hear of a change");
    }
}
