//! Tells the window what changed in the store.
//!
//! Invariant: of changes that follow each other closely the window hears once for each thing, or of every kind if they
//! are many: a loop of a hundred thousand iterations must not keep it busy with listening.

use crate::ipc::Changed;
use courier_app::domain::audit::AuditableEntityType;
use courier_app::{App, Change};
use std::collections::BTreeSet;
use std::time::Duration;
use tauri::AppHandle;
use tauri_specta::Event;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

/// Changes are gathered for so long.
const APART: Duration = Duration::from_millis(80);
/// With more things changed than this, their kinds are told instead.
const MANY: usize = 64;

/// Forwards every change until the store closes.
pub(crate) fn forward(handle: AppHandle, courier: &App) {
    let mut changes = courier.changes();
    tauri::async_runtime::spawn(async move {
        while let Some(gathered) = gather(&mut changes).await {
            for (entity_type, entity_id) in gathered {
                emit(&handle, entity_type, entity_id);
            }
        }
    });
}

/// What changed, from the next change on; nothing when the store has closed. Steps are told without their ids, since
/// nothing shows one alone.
async fn gather(changes: &mut Receiver<Change>) -> Option<BTreeSet<(AuditableEntityType, Uuid)>> {
    let mut gathered = BTreeSet::new();
    let mut next = Some(changes.recv().await);
    let end = tokio::time::sleep(APART);
    tokio::pin!(end);
    while let Some(news) = next.take() {
        match news {
            Ok(Change { entity_type: AuditableEntityType::StepExecution, .. }) => {
                gathered.insert((AuditableEntityType::StepExecution, Uuid::nil()));
            }
            Ok(change) => {
                gathered.insert((change.entity_type, change.entity_id));
            }
            // Too much at once: tell of every kind instead of every entity.
            Err(RecvError::Lagged(_)) => {
                gathered.extend(AuditableEntityType::ALL.iter().map(|kind| (*kind, Uuid::nil())));
            }
            Err(RecvError::Closed) if gathered.is_empty() => return None,
            Err(RecvError::Closed) => break,
        }
        tokio::select! {
            news = changes.recv() => next = Some(news),
            () = &mut end => {}
        }
    }
    if gathered.len() > MANY {
        gathered = gathered.into_iter().map(|(kind, _)| (kind, Uuid::nil())).collect();
    }
    Some(gathered)
}

fn emit(handle: &AppHandle, entity_type: AuditableEntityType, entity_id: Uuid) {
    if let Err(error) = (Changed { entity_type, entity_id }).emit(handle) {
        tracing::debug!(%error, "the window did not hear of a change");
    }
}
