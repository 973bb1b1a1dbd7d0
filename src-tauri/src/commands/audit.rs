//! The record of who did what.

use super::{Answer, Courier};
use crate::shell::progress::Gate;
use crate::shell::transfers::Transfers;
use courier_app::{
    AuditChoices, AuditExportRequest, AuditProgress, AuditQuery, AuditReport, AuditRows, OnAuditProgress,
};
use std::sync::Arc;
use tauri::State;
use tauri::ipc::Channel;

#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_list(courier: Courier<'_>, query: AuditQuery) -> Answer<AuditRows> {
    courier.audit_rows(query).await
}

/// What the record can be filtered by.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_choices(courier: Courier<'_>) -> Answer<AuditChoices> {
    courier.audit_choices().await
}

/// Computes the whole chain anew. `transfer` is a name under which it can be stopped.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_verify(
    courier: Courier<'_>,
    transfers: State<'_, Transfers>,
    transfer: String,
    channel: Channel<AuditProgress>,
) -> Answer<AuditReport> {
    let running = transfers.begin(&transfer);
    courier.audit_check(running.cancel(), progress(channel)).await
}

/// Writes the record to a new file; answers how many bytes it has. `transfer` is a name under which it can be stopped.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_export(
    courier: Courier<'_>,
    transfers: State<'_, Transfers>,
    request: AuditExportRequest,
    transfer: String,
    channel: Channel<AuditProgress>,
) -> Answer<u64> {
    let running = transfers.begin(&transfer);
    courier.audit_export_file(request, running.cancel(), progress(channel)).await
}

fn progress(channel: Channel<AuditProgress>) -> OnAuditProgress {
    let gate = Gate::default();
    Arc::new(move |progress| {
        if gate.is_open() {
            // A window that is gone needs no progress.
            drop(channel.send(progress));
        }
    })
}
